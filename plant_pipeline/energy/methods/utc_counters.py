"""Energy of a local day from samples of a counter that begins at 0 with each UTC day and can be asked only today.

What belongs here: what was counted between samples, what of it lies in the day, how far that may be off. What does not:
where samples come from, methods beside this one (samples.py).

Between two samples of one UTC day the rise is certain, and so is what the first one shows, since midnight. Between the
last one and the next midnight nobody knows: that is filled from the powers on both sides of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.energy.day.day_series import Stretch
from plant_pipeline.energy.series.segments import GAP_STEPS

UTC_DAY_S: Final = 86_400.0
USUAL_STEP_S: Final = 900.0
"""Between samples, where a day has too few to tell."""

LONGEST_FILLED_S: Final = 3600.0
"""So long the powers on both sides may stand for what is between them; or 1.5 usual steps (our choice)."""

_TWILIGHT_S: Final = 2700.0  # light enough for some power while the sun is just below the horizon
_DARK_SHARE: Final = 0.01  # of the energy: with more of it in the dark the coordinates are wrong
_FALL_KWH: Final = 0.001  # what rounding to a watt-hour may take away


@dataclass(frozen=True, slots=True)
class CounterSamples:
    """Samples of one counter in order of time: when it was asked, the UTC midnight it counts from, and what it showed.

    Instants are in seconds since 1970. A count that was not told is NaN.
    """

    at_s: Floats
    midnight_s: Floats
    count_kwh: Floats


@dataclass(frozen=True, slots=True)
class CounterSteps:
    """Stretches of time, each beginning where the one before ended, and what was counted in them (NaN: not known).

    `usual_s`: the usual time between samples. `has_fallen`: the counter fell within a UTC day.
    """

    from_s: Floats
    to_s: Floats
    energy_kwh: Floats
    usual_s: float
    has_fallen: bool


@dataclass(frozen=True, slots=True)
class CountedDay:
    """What a counter says of a local day.

    `measured_kwh` as far as it is known. `gap_kwh` stands for the rest, `half_width_kwh` for how far both together may
    be off; None: not to be told. `coverage` is the share of the day whose energy is known, `data_completeness` that for
    which samples came as usual, `daylight_completeness` the same of daylight.
    """

    measured_kwh: float
    gap_kwh: float | None
    half_width_kwh: float | None
    coverage: float
    data_completeness: float
    daylight_completeness: float | None


def counter_steps(
    samples: CounterSamples, first_midnight_s: float, last_midnight_s: float, start_s: float, end_s: float
) -> CounterSteps:
    """The steps of all UTC days that begin between two UTC midnights, both included.

    A sample that still counts the day before, taken after its end, shows all of that day. Falls count if they may lie
    between `start_s` and `end_s`: what a counter does on another local day says nothing against this one.
    """
    edges_s: list[Floats] = []
    counted_kwh: list[Floats] = []
    gaps_s: list[Floats] = []
    has_fallen = False
    for midnight_s in np.arange(first_midnight_s, last_midnight_s + 1, UTC_DAY_S):
        own = (samples.midnight_s == midnight_s) & (samples.at_s > midnight_s) & np.isfinite(samples.count_kwh)
        at_s = np.minimum(samples.at_s[own], midnight_s + UTC_DAY_S)
        count_kwh = np.append(0.0, samples.count_kwh[own])
        may_be_within = (at_s > start_s) & (np.append(midnight_s, at_s[:-1])[: len(at_s)] < end_s)
        has_fallen |= bool(((np.diff(count_kwh) < -_FALL_KWH) & may_be_within).any())
        is_last = np.append(np.diff(at_s) > 0, True)[: len(at_s)]
        at_s, count_kwh = at_s[is_last], np.append(0.0, count_kwh[1:][is_last])
        edges_s.append(np.append(midnight_s, at_s))
        gaps_s.append(np.diff(at_s))
        counted_kwh.append(np.diff(count_kwh))
        if not len(at_s) or at_s[-1] < midnight_s + UTC_DAY_S:
            counted_kwh.append(np.array([np.nan]))
        else:
            edges_s[-1] = edges_s[-1][:-1]
    from_s = np.concatenate(edges_s)
    between_s = np.concatenate(gaps_s)
    return CounterSteps(
        from_s,
        np.append(from_s[1:], last_midnight_s + UTC_DAY_S),
        np.concatenate(counted_kwh),
        float(np.median(between_s)) if len(between_s) else USUAL_STEP_S,
        has_fallen,
    )


def counted_day(
    steps: CounterSteps,
    start_s: float,
    end_s: float,
    *,
    highest_kw: float = 0.0,
    daylight: Sequence[Stretch] | None = None,
    is_dark_idle: bool = False,
) -> CountedDay:
    """What the steps come to between two instants; a step across one of them is shared out evenly.

    `highest_kw`: what is never exceeded, or less: what was seen counts too. `daylight`: when the sun is up, of the day
    and as far as the steps reach around it; `is_dark_idle`: nothing is produced without it.
    """
    lit = _twilight(daylight) if is_dark_idle and daylight is not None else None
    if lit is not None and _produces_in_the_dark(steps, lit):
        lit = None
    from_s, to_s = np.maximum(steps.from_s, start_s), np.minimum(steps.to_s, end_s)
    is_inside = to_s > from_s
    length_s = np.where(is_inside, to_s - from_s, 0.0)
    own_s = np.where(is_inside, _seconds(from_s, to_s, lit), 0.0)
    is_known = np.isfinite(steps.energy_kwh)
    whole_s = _seconds(steps.from_s, steps.to_s, lit)
    measured_kwh, half_width_kwh = _shared_out(steps, length_s, own_s, whole_s, is_known & is_inside)
    fills = _fills(steps, own_s, whole_s, ~is_known & (own_s > 0), highest_kw)
    seconds_s = end_s - start_s
    seen_s = np.where(is_known, _seen_s(steps, length_s), 0.0)
    share = np.divide(seen_s, length_s, out=np.zeros_like(seen_s), where=length_s > 0)
    by_daylight = None if daylight is None else np.where(is_inside, _seconds(from_s, to_s, daylight), 0.0)
    return CountedDay(
        measured_kwh=measured_kwh,
        gap_kwh=None if fills is None else fills[0],
        half_width_kwh=None if fills is None else half_width_kwh + fills[1],
        coverage=1.0 - float(own_s[~is_known].sum()) / seconds_s,
        data_completeness=float(seen_s.sum()) / seconds_s,
        daylight_completeness=None
        if by_daylight is None or by_daylight.sum() == 0
        else float((share * by_daylight).sum() / by_daylight.sum()),
    )


def _twilight(daylight: Sequence[Stretch]) -> list[Stretch]:
    """Daylight and the twilight on both sides of it, as stretches that do not overlap."""
    joined: list[Stretch] = []
    for rise_s, set_s in daylight:
        begin_s, end_s = rise_s - _TWILIGHT_S, set_s + _TWILIGHT_S
        if joined and begin_s <= joined[-1][1]:
            begin_s, _ = joined.pop()
        joined.append((begin_s, end_s))
    return joined


def _produces_in_the_dark(steps: CounterSteps, lit: Sequence[Stretch]) -> bool:
    energy_kwh = np.nan_to_num(steps.energy_kwh)
    is_dark = _seconds(steps.from_s, steps.to_s, lit) == 0
    return bool(energy_kwh[is_dark].sum() > _DARK_SHARE * energy_kwh.sum())


def _seconds(from_s: Floats, to_s: Floats, stretches: Sequence[Stretch] | None) -> Floats:
    """Of each stretch of time, what lies in the others; all of it without them."""
    if stretches is None:
        return to_s - from_s
    found = np.zeros_like(from_s)
    for begin_s, end_s in stretches:
        found += np.clip(np.minimum(to_s, end_s) - np.maximum(from_s, begin_s), 0, None)
    return found


def _shared_out(
    steps: CounterSteps, length_s: Floats, own_s: Floats, whole_s: Floats, is_counted: Booleans
) -> tuple[float, float]:
    """Energy of the counted steps in the day, and how far off the shares of those across its ends may be."""
    is_lit = whole_s > 0
    part_s, all_s = np.where(is_lit, own_s, length_s), np.where(is_lit, whole_s, steps.to_s - steps.from_s)
    share = (part_s / all_s)[is_counted]
    energy_kwh = steps.energy_kwh[is_counted]
    widest = np.where((share > 0) & (share < 1), np.maximum(share, 1 - share), 0.0)
    return float((share * energy_kwh).sum()), float((widest * np.abs(energy_kwh)).sum())


def _fills(
    steps: CounterSteps, own_s: Floats, whole_s: Floats, is_open: Booleans, highest_kw: float
) -> tuple[float, float] | None:
    """Estimate and half width of what was produced in the steps that nobody knows; None: not to be told."""
    power_kw = steps.energy_kwh / (steps.to_s - steps.from_s) * 3600
    highest_kw = float(np.nanmax(np.append(power_kw, highest_kw)))
    longest_s = max(LONGEST_FILLED_S, GAP_STEPS * steps.usual_s)
    gap_kwh = half_width_kwh = 0.0
    for index in np.flatnonzero(is_open):
        beside_kw = power_kw[max(index - 1, 0) : index + 2]
        beside_kw = beside_kw[np.isfinite(beside_kw)]
        if not len(beside_kw) or whole_s[index] > longest_s:
            return None
        hours = own_s[index] / 3600
        filled_kwh = max(float(beside_kw.mean()), 0.0) * hours
        gap_kwh += filled_kwh
        half_width_kwh += max(filled_kwh, highest_kw * hours - filled_kwh)
    return gap_kwh, half_width_kwh


def _seen_s(steps: CounterSteps, length_s: Floats) -> Floats:
    """Of each step's time in the day, what a sample stands for: a usual step at most."""
    is_long = steps.to_s - steps.from_s > GAP_STEPS * steps.usual_s
    return np.where(is_long, np.minimum(length_s, steps.usual_s), length_s)
