"""Data taken out of complete days, and how far the estimates of what was lost lie from the truth."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.energy.gaps.estimate import split_rise
from plant_pipeline.energy.gaps.model import Courses, GapRows, Profiles, courses
from plant_pipeline.energy.series.clear_sky import ClearSky
from plant_pipeline_tests.energy.public_series import AROUND_S, CELLS, DAY_S, STEP_S, PublicDays

Losses = Callable[[int, np.random.Generator], Booleans]
"""Of a day of so many readings an hour: which readings are lost, of those from 2 h before it to 2 h after it."""


def single_rows(per_hour: int, generator: np.random.Generator) -> Booleans:
    """7 % of the readings, at random."""
    return generator.random(28 * per_hour) < 0.07


def bursts(per_hour: int, generator: np.random.Generator) -> Booleans:
    """Three bursts of two readings to an hour and a half, anywhere."""
    lost = np.zeros(28 * per_hour, np.bool_)
    for _ in range(3):
        length = int(generator.integers(2, 3 * per_hour // 2 + 1))
        first = int(generator.integers(0, len(lost) - length))
        lost[first : first + length] = True
    return lost


def over_midnight(per_hour: int, generator: np.random.Generator) -> Booleans:
    """Up to three hours on each side of the day's beginning or end; what lies beyond 2 h is nobody's here."""
    lost = np.zeros(28 * per_hour, np.bool_)
    midnight = int(generator.choice([2, 26])) * per_hour
    before, after = generator.integers(1, 3 * per_hour, 2)
    lost[max(0, midnight - int(before)) : midnight + int(after)] = True
    return lost


def whole_morning(per_hour: int, generator: np.random.Generator) -> Booleans:
    """From midnight to noon."""
    return _between(2, 14, per_hour)


def three_hours(per_hour: int, generator: np.random.Generator) -> Booleans:
    """One block of three hours within the day."""
    first = int(generator.integers(2 * per_hour, 23 * per_hour))
    return _between(first / per_hour, first / per_hour + 3, per_hour)


def rows_and_three_hours(per_hour: int, generator: np.random.Generator) -> Booleans:
    """7 % of the readings and one block of three hours."""
    return single_rows(per_hour, generator) | three_hours(per_hour, generator)


SCENARIOS: dict[str, Losses] = {
    "7 % of the rows": single_rows,
    "bursts": bursts,
    "over midnight": over_midnight,
    "whole morning": whole_morning,
    "three hours": three_hours,
    "7 % and three hours": rows_and_three_hours,
}


def _between(from_h: float, to_h: float, per_hour: int) -> Booleans:
    lost = np.zeros(28 * per_hour, np.bool_)
    lost[round(from_h * per_hour) : round(to_h * per_hour)] = True
    return lost


@dataclass(frozen=True)
class Trial:
    """Gaps of many damaged days, estimated.

    Per gap: its day (a number counted through all scenarios), courses, and whether the sun was down all the time. Per
    day: scenario, the error of the summed estimates in Wh, and what the day truly produced. Days without a gap under
    the sun, or with one that cannot be estimated, are not among them; `unknown` is how many of the latter there were.
    """

    day: GapRows
    courses: Courses
    scenario: npt.NDArray[np.str_]
    error_wh: Floats
    produced_wh: Floats
    unknown: int

    def half_width_wh(self, per_gap_wh: Floats) -> Floats:
        """Of each day, from those of its gaps, whose errors are independent of each other."""
        width_wh: Floats = np.sqrt(np.bincount(self.day, per_gap_wh**2, len(self.error_wh)))
        return width_wh


def damaged(days: PublicDays, seed: int) -> Trial:
    """Each scenario once on each day."""
    return together([_damage(days, name, np.random.default_rng([seed, at])) for at, name in enumerate(SCENARIOS)])


def _damage(days: PublicDays, scenario: str, generator: np.random.Generator) -> Trial:
    profiles, reading_s = days.profiles, days.series.reading_s
    power_w = profiles.power_w.copy()
    gaps: list[tuple[int, float, float, float]] = []
    for at in range(len(days.dates)):
        lost = SCENARIOS[scenario](round(3600 / reading_s), generator)
        power_w[at, np.repeat(lost, round(reading_s / STEP_S))] = np.nan
        gaps += [(at, *gap) for gap in _gaps_of(lost, reading_s, profiles.power_w[at])]
    row = np.array([gap[0] for gap in gaps], np.intp)
    since_s, until_s, truth_wh = np.array([gap[1:] for gap in gaps]).T
    start_s = profiles.start_s[row]
    found = _courses(start_s + since_s, start_s + until_s, row, replace(profiles, power_w=power_w))
    is_dark = found.has_sky & (found.exposure_h == 0)
    count = len(days.dates)
    is_unknown = np.bincount(row, ~found.is_known & ~is_dark, count) > 0
    is_used = (np.bincount(row, ~is_dark, count) > 0) & ~is_unknown
    error_wh = np.bincount(row, np.where(is_dark, 0.0, found.energy_wh) - truth_wh, count)[is_used].astype(np.float64)
    kept = is_used[row] & ~is_dark
    number: GapRows = np.cumsum(is_used) - 1
    names = np.full(is_used.sum(), scenario)
    produced_wh = days.produced_wh[is_used]
    return Trial(number[row[kept]], _cut(found, kept), names, error_wh, produced_wh, int(is_unknown.sum()))


def _gaps_of(lost: Booleans, reading_s: float, power_w: Floats) -> list[tuple[float, float, float]]:
    """Begin, end (seconds from the grid's start, within the day) and true energy in Wh of each run of lost readings."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    gaps = []
    for first, last in edges.reshape(-1, 2) * reading_s:
        since_s, until_s = max(first, AROUND_S), min(last, AROUND_S + DAY_S)
        if until_s > since_s:
            cells = power_w[round(since_s / STEP_S) : round(until_s / STEP_S)]
            gaps.append((since_s, until_s, float(cells.sum()) * STEP_S / 3600))
    return gaps


def _courses(from_s: Floats, to_s: Floats, row: GapRows, profiles: Profiles) -> Courses:
    """All at once in the order given: in parts of one length, as `estimate_gaps` does."""
    order = np.argsort(to_s - from_s, kind="stable")
    parts = [courses(from_s[some], to_s[some], row[some], profiles) for some in np.array_split(order, 8) if len(some)]
    back = np.argsort(order)
    return _cut(_joined(parts), back)


def _joined(parts: list[Courses]) -> Courses:
    return Courses(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Courses)))


def _cut(found: Courses, chosen: npt.NDArray[np.bool_] | GapRows) -> Courses:
    return Courses(*(getattr(found, field.name)[chosen] for field in fields(Courses)))


def together(trials: list[Trial]) -> Trial:
    """Trials as one, the days counted on."""
    offsets = np.cumsum([0, *(len(trial.error_wh) for trial in trials)])
    return Trial(
        np.concatenate([trial.day + offset for trial, offset in zip(trials, offsets, strict=False)]),
        _joined([trial.courses for trial in trials]),
        np.concatenate([trial.scenario for trial in trials]),
        np.concatenate([trial.error_wh for trial in trials]),
        np.concatenate([trial.produced_wh for trial in trials]),
        sum(trial.unknown for trial in trials),
    )


@dataclass(frozen=True)
class Rises:
    """Registers between two readings, with an instant between them. `produced_wh` is what the day brought.

    Without those that rose by less than half a percent of that: what they hide decides nothing.
    """

    rise_wh: Floats
    half_width_wh: Floats
    error_wh: Floats
    produced_wh: Floats

    def is_within(self) -> Booleans:
        """Whether the truth lies within, twilight (half a thousandth of the day) aside."""
        return np.abs(self.error_wh) <= self.half_width_wh + 5e-4 * self.produced_wh


def rises(days: PublicDays, seed: int, each: int = 6) -> Rises:
    """What a register would show that counts the energy of the series, read every half hour to every twelve."""
    generator = np.random.default_rng(seed)
    profiles, reading_s = days.profiles, days.series.reading_s
    found = []
    for row in range(len(days.dates)):
        counted_wh = np.concatenate([[0.0], np.cumsum(profiles.power_w[row])]) * STEP_S / 3600
        for long_h in generator.choice([0.5, 1, 2, 3, 6, 12], each):
            length = round(long_h * 3600 / reading_s)
            first = int(generator.integers(0, round(CELLS * STEP_S / reading_s) - length))
            at = np.array([first, first + int(generator.integers(1, length)), first + length]) * reading_s
            from_wh, at_wh, to_wh = counted_wh[np.round(at / STEP_S).astype(np.intp)].tolist()
            from_s, boundary_s, to_s = (at + profiles.start_s[row]).tolist()
            split_wh, width_wh = split_rise(from_s, from_wh, to_s, to_wh, boundary_s, _sky(profiles, row))
            found.append((to_wh - from_wh, width_wh, split_wh - at_wh, days.produced_wh[row]))
    rise_wh, half_width_wh, error_wh, produced_wh = np.array(found).T
    matter = rise_wh > 0.005 * produced_wh
    return Rises(rise_wh[matter], half_width_wh[matter], error_wh[matter], produced_wh[matter])


def _sky(profiles: Profiles, row: int) -> ClearSky | None:
    if profiles.relative is None or profiles.ceiling is None:
        return None
    return ClearSky(float(profiles.start_s[row]), STEP_S, profiles.relative[row], profiles.ceiling[row])
