"""What the readings of one day say of each series: energy, what is missing of it, and how much of the day has data.

What belongs here: from readings to one `Measured` a series, all series at once. What does not: which series counts for
a plant (meters.py, producers.py), what was produced in gaps (estimates.py).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import DaySeries, Note, Stretch, Sun
from plant_pipeline.energy.day.skies import Skies
from plant_pipeline.energy.judging.register import MeterChange, RegisterEvent
from plant_pipeline.energy.measuring.echoes import leave_out_echoes
from plant_pipeline.energy.measuring.left_out import leave_out
from plant_pipeline.energy.measuring.misplaced import misplaced_plants
from plant_pipeline.energy.measuring.registers import Steps, follow_registers
from plant_pipeline.energy.measuring.sampling import sampling_half_widths_wh, split_half_widths_wh
from plant_pipeline.energy.measuring.steps import steps_of_day
from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.energy.series.first_readings import once_read
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import (
    GAP_STEPS,
    Segments,
    joined_segments,
    segments_of_instants,
    segments_of_means,
    segments_of_steps,
)
from plant_pipeline.energy.series.sensors import Series

_SAME_S = 1e-3


@dataclass(slots=True)
class Measured:
    """What one series says of one plant-local day.

    `forward_wh` is energy in the direction the quantity is named after (production, import, export), `reverse_wh` the
    other one; both were measured, None if not known for `null_reason`. `coverage` is the share of the day whose energy
    is known, `data_completeness` and `daylight_completeness` the shares with readings; the last is None where daylight
    does not matter. `gaps` are the stretches without known energy, `own_half_width_wh` how far the register's split at
    midnight, or the line through instants, may be off, `certain_wh` what of `forward_wh` was counted within gaps.
    `is_doubtful`: nobody declared the exchange of the meter that its register seems to show, or it is hard to believe
    for what `doubts` say. `stale_wh`: what readings left out as stale would come to. `is_dark`: the sun, its only
    source, stays down. `held`: stretches in which one value was shown that may be a limit, or no value at all. `place`
    is where the series stands in the `Block`. `is_new`: it was never read before the day.
    """

    series: Series
    place: int
    start_s: float
    end_s: float
    readings: int
    forward_wh: float | None
    reverse_wh: float | None
    coverage: float
    data_completeness: float
    daylight_completeness: float | None
    null_reason: str | None
    step_s: float | None = None
    highest_w: float | None = None
    gaps: tuple[Stretch, ...] = ()
    own_half_width_wh: float = 0.0
    certain_wh: float = 0.0
    flags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    events: tuple[RegisterEvent, ...] = ()
    is_doubtful: bool = False
    stale_wh: float | None = None
    doubts: tuple[str, ...] = ()
    is_dark: bool = False
    held: tuple[Stretch, ...] = ()
    is_new: bool = False

    @property
    def completeness(self) -> float:
        """The share that decides whether the energy can be used; where the sun stays down nothing can be missing."""
        if self.is_dark and self.null_reason is None:
            return 1.0
        if self.series.kind == "register" or self.daylight_completeness is None:
            return self.coverage
        return self.daylight_completeness


@dataclass(frozen=True, slots=True)
class Block:
    """The series of some plants and one day, measured: what the figures of plants are taken from.

    `segments` reach a little beyond both ends of the day; power in them has the sign of production. `misplaced` plants
    produce in the dark of their coordinates: they have neither sun nor sky, or those of so many seconds before.
    """

    plants: Mapping[UUID, PlantDay]
    measured: tuple[Measured, ...]
    segments: Segments
    suns: Mapping[UUID, Sun]
    skies: Skies
    misplaced: Mapping[UUID, float] = field(default_factory=dict)


def measure(
    connection: Connection,
    energy_date: date,
    plants: Mapping[UUID, PlantDay],
    day: DaySeries,
    undecided: Collection[int],
    changes: Mapping[int, Sequence[MeterChange]],
    skies: Skies,
) -> Block:
    """Measure every series of the plants, which have a window, over its plant's day.

    What is left out is taken from `day` and noted there. `undecided`: sensors that do not tell production from
    consumption; `changes`: by sensor, meter changes that people declared.
    """
    leave_out_echoes(day)
    read = day.readings
    steps_s = steps_of_day(day)
    misplaced = misplaced_plants(day, watts_per_unit(day, steps_s))
    if misplaced:
        day.move_suns(misplaced)
        skies.move(misplaced)
    leave_out(connection, energy_date, day, watts_per_unit(day, steps_s), skies)
    registers = day.places("register")
    steps = follow_registers(connection, energy_date, day, registers, changes, skies)
    segments = _segments(day, steps_s, registers, steps)
    measured = _measured(day, read, segments, steps_s, registers, steps, undecided)
    new = _never_read_before(connection, energy_date, measured, read)
    measured = [replace(own, is_new=True) if own.place in new else own for own in measured] if new else measured
    return Block(plants, tuple(measured), segments, day.suns, skies, misplaced)


def _never_read_before(
    connection: Connection, energy_date: date, measured: Sequence[Measured], read: ReadingArrays
) -> set[int]:
    """Places of production that lack the beginning of the day, and whose first readings ever are of it."""
    lacking = {
        own.series.sensor_id: own
        for own in measured
        if own.gaps and own.gaps[0][0] <= own.start_s < own.end_s and own.readings and _begins(own, read)
    }
    before = once_read(connection, energy_date, [(key, own.start_s) for key, own in lacking.items()])
    return {own.place for key, own in lacking.items() if key not in before}


def _begins(own: Measured, read: ReadingArrays) -> bool:
    at_s = read.at_s[read.of(own.place)]
    return own.series.quantity in ("ac_power", "production_energy") and bool(at_s[0] > own.start_s)


def watts_per_unit(day: DaySeries, steps_s: Floats) -> Floats:
    """What a value of 1 is in W, with the sign of production; weather keeps its unit."""
    is_energy = np.array(
        [sensor.kind == "interval" and sensor.quantity.endswith("_energy") for sensor in day.series], dtype=bool
    )
    sign = np.array([-1.0 if sensor.sign == -1 and not sensor.is_weather else 1.0 for sensor in day.series])
    per_unit: Floats = np.where(is_energy, 3600 / steps_s, 1.0) * sign
    return per_unit


def _segments(day: DaySeries, steps_s: Floats, registers: Integers, steps: Steps) -> Segments:
    per_unit = watts_per_unit(day, steps_s)
    means, instants = day.places("interval"), day.places("instant")
    parts = []
    if len(steps.readings.value):
        parts.append((registers, segments_of_steps(steps.readings, steps.gained_wh, ~steps.is_lost)))
    own = day.readings.of_places(means)
    if len(own.value):
        parts.append((means, segments_of_means(own, steps_s[means], per_unit[means])))
    own = day.readings.of_places(instants)
    if len(own.value):
        parts.append((instants, segments_of_instants(own, steps_s[instants], per_unit[instants])))
    return joined_segments(parts, len(day))


def _measured(
    day: DaySeries,
    read: ReadingArrays,
    segments: Segments,
    steps_s: Floats,
    registers: Integers,
    steps: Steps,
    undecided: Collection[int],
) -> list[Measured]:
    inside = segments.within(day.start_s, day.end_s)
    owner = read.owner
    in_day = (read.at_s >= day.start_s[owner]) & (read.at_s < day.end_s[owner])
    readings = np.bincount(owner[in_day], minlength=len(day))
    above_wh = inside.above_zero_wh()
    forward_wh, net_wh = inside.sum_of(above_wh), inside.sum_of(inside.energy_wh)
    length_s = day.end_s - day.start_s
    coverage = np.clip(inside.sum_of(inside.to_s - inside.from_s) / length_s, 0, 1)
    with_data = _with_data(day, inside, steps_s)
    completeness = coverage.copy()
    if with_data is not inside:
        completeness = np.clip(with_data.sum_of(with_data.to_s - with_data.from_s) / length_s, 0, 1)
    coverage[coverage > 1 - 1e-9] = 1.0
    by_daylight = _daylight_completeness(day, with_data, read, steps_s)
    gaps = _gaps(inside, day)
    _count_the_dark(day, gaps, coverage)
    certain_wh, half_width_wh = _of_registers(day, registers, steps)
    half_width_wh += sampling_half_widths_wh(inside, day.places("instant")) + split_half_widths_wh(day, segments)
    figures = zip(
        day.series,
        day.start_s.tolist(),
        day.end_s.tolist(),
        readings.tolist(),
        (forward_wh + certain_wh).tolist(),
        (forward_wh - net_wh).tolist(),
        _is_reversed(day, inside).tolist(),
        coverage.tolist(),
        completeness.tolist(),
        by_daylight,
        steps_s.tolist(),
        inside.highest_w().tolist(),
        half_width_wh.tolist(),
        certain_wh.tolist(),
        strict=True,
    )
    return [_one(day, undecided, gaps.get(place, ()), place, *own) for place, own in enumerate(figures)]


def _one(
    day: DaySeries,
    undecided: Collection[int],
    gaps: tuple[Stretch, ...],
    place: int,
    series: Series,
    start_s: float,
    end_s: float,
    readings: int,
    forward_wh: float,
    reverse_wh: float,
    is_reversed: bool,
    coverage: float,
    completeness: float,
    by_daylight: float | None,
    step_s: float,
    highest_w: float,
    half_width_wh: float,
    certain_wh: float,
) -> Measured:
    events, sun = day.events.get(place, ()), day.suns.get(series.plant_id)
    reason = _null_reason(series, events, readings, coverage)
    if reason is None and (is_reversed or series.sensor_id in undecided):
        reason = "inconsistent_inputs"
    return Measured(
        series=series,
        place=place,
        start_s=start_s,
        end_s=end_s,
        readings=readings,
        forward_wh=None if reason else forward_wh,
        reverse_wh=None if reason or series.kind == "register" else reverse_wh,
        coverage=coverage,
        data_completeness=completeness,
        daylight_completeness=by_daylight,
        null_reason=reason,
        step_s=None if math.isnan(step_s) else step_s,
        highest_w=highest_w if coverage else None,
        gaps=gaps,
        own_half_width_wh=half_width_wh,
        certain_wh=certain_wh,
        flags=_flags(day, place, step_s),
        notes=tuple(day.notes.get(place, ())),
        events=events,
        is_doubtful=place in day.doubtful,
        stale_wh=day.stale_wh.get(place),
        is_dark=sun is not None and sun.is_only_source and not sun.stretches,
        held=_within(day.held[place], start_s, end_s) if place in day.held else (),
    )


def _within(stretches: Sequence[Stretch], start_s: float, end_s: float) -> tuple[Stretch, ...]:
    cut = ((max(from_s, start_s), min(to_s, end_s)) for from_s, to_s in stretches)
    return tuple((from_s, to_s) for from_s, to_s in cut if from_s < to_s)


def _is_reversed(day: DaySeries, inside: Segments) -> Booleans:
    """By series, whether power of unknown sign is consumption by daylight, on balance."""
    is_unsigned = np.array([own.sign is None and own.quantity == "ac_power" for own in day.series], dtype=bool)
    if not is_unsigned.any():
        return is_unsigned
    bright_wh = inside.sum_of(np.where(_is_bright(day, inside), inside.energy_wh, 0.0))
    found: Booleans = is_unsigned & (bright_wh < 0)
    return found


def _is_bright(day: DaySeries, inside: Segments) -> Booleans:
    """Whether the sun is up in the middle of each segment; also where daylight does not matter."""
    owner, middle_s = inside.owner, (inside.from_s + inside.to_s) / 2
    found = ~day.daylight.matters[owner]
    for rise_s, set_s in day.daylight.edges_s:
        found |= (middle_s > rise_s[owner]) & (middle_s < set_s[owner])
    return found


def _null_reason(series: Series, events: Sequence[RegisterEvent], readings: int, coverage: float) -> str | None:
    if events and any(event.kind == "meter_unexplained" for event in events):
        return "meter_unexplained"
    is_known = coverage > 0 if series.kind == "register" else readings > 0
    return None if is_known else "no_data"


def _flags(day: DaySeries, place: int, step_s: float) -> tuple[str, ...]:
    is_irregular = 0 < step_s < day.stated_s[place] - _SAME_S
    if not is_irregular and place not in day.flags and not day.series[place].is_sign_learned:
        return ()
    own = list(day.flags.get(place, ()))
    if day.series[place].is_sign_learned:
        own.append("sign_learned")
    if is_irregular:
        own.append("step_irregular")
    return tuple(own)


def _with_data(day: DaySeries, inside: Segments, steps_s: Floats) -> Segments:
    """What of the day has readings: of a register, each reading stands for a usual step and no more."""
    is_register = np.array([sensor.kind == "register" for sensor in day.series], dtype=bool)
    if not is_register.any():
        return inside
    usual_s = np.where(is_register & np.isfinite(steps_s), GAP_STEPS * steps_s, np.inf)[inside.owner]
    is_long = inside.to_s - inside.from_s > usual_s
    to_s = np.where(is_long, inside.from_s + usual_s / GAP_STEPS, inside.to_s)
    return Segments(inside.offsets, inside.from_s, to_s, inside.from_w, inside.to_w)


def _daylight_completeness(
    day: DaySeries, with_data: Segments, read: ReadingArrays, steps_s: Floats
) -> list[float | None]:
    """By series, the share of daylight with readings; None where daylight does not matter, or the sun stays down.

    An interval counts as daylight if the sun is up at its middle.
    """
    covered_s, whole_s = np.zeros(len(day)), np.zeros(len(day))
    first_s = np.full(len(day), np.nan)
    filled = np.flatnonzero(np.diff(read.offsets) > 0)
    first_s[filled] = read.at_s[read.offsets[:-1][filled]]
    is_mean = np.array([sensor.kind == "interval" for sensor in day.series], dtype=bool)
    for stretch_s in day.daylight.edges_s:
        rounded = first_s + np.ceil((stretch_s - first_s) / steps_s - 0.5 - 1e-9) * steps_s
        edges = np.where(is_mean & np.isfinite(rounded) & (stretch_s > 0), rounded, stretch_s)
        edges = np.clip(edges, day.start_s, day.end_s)
        whole_s += edges[1] - edges[0]
        covered_s += with_data.overlap_s(edges[0], edges[1])
    share = np.clip(np.divide(covered_s, whole_s, out=np.full(len(day), np.nan), where=whole_s > 0), 0, 1)
    share[share > 1 - 1e-9] = 1.0
    return [None if math.isnan(value) else value for value in share.tolist()]


def _gaps(inside: Segments, day: DaySeries) -> dict[int, tuple[Stretch, ...]]:
    owners, from_s, to_s = inside.gaps(day.start_s, day.end_s)
    found: dict[int, list[Stretch]] = {}
    for owner, begin_s, end_s in zip(owners.tolist(), from_s.tolist(), to_s.tolist(), strict=True):
        found.setdefault(owner, []).append((begin_s, end_s))
    return {owner: tuple(own) for owner, own in found.items()}


def _count_the_dark(day: DaySeries, gaps: Mapping[int, Sequence[Stretch]], coverage: Floats) -> None:
    """Of registers, raise `coverage` by the gaps in which the sun was down and there was nothing to count."""
    for place, own in gaps.items():
        sun = day.suns.get(day.series[place].plant_id)
        if day.series[place].kind != "register" or sun is None or not sun.is_only_source or coverage[place] == 0:
            continue
        lit_s = sum(sun.seconds_within(from_s, to_s) for from_s, to_s in own)
        coverage[place] = 1 - lit_s / (day.end_s[place] - day.start_s[place])


def _of_registers(day: DaySeries, registers: Integers, steps: Steps) -> tuple[Floats, Floats]:
    """By series, the energy counted in steps whose whole energy is not known, and the half width of the ends."""
    certain_wh, half_width_wh = np.zeros(len(day)), np.zeros(len(day))
    half_width_wh[registers] = steps.end_half_width_wh
    own = steps.readings
    for index in np.flatnonzero(steps.is_lost):
        place = registers[int(np.searchsorted(own.offsets, index, side="right")) - 1]
        from_s, to_s = own.at_s[index - 1], own.at_s[index]
        shared_s = min(to_s, day.end_s[place]) - max(from_s, day.start_s[place])
        certain_wh[place] += steps.gained_wh[index] * max(shared_s, 0.0) / (to_s - from_s)
    return certain_wh, half_width_wh
