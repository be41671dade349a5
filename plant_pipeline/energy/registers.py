"""All registers of a day at once: what each counted from reading to reading, and where its day begins and ends.

What belongs here: telling plain registers from those that need a judge, the register at both ends of the day. What does
not: judging one (register.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.arrays import ReadingArrays
from plant_pipeline.energy.day_series import DaySeries
from plant_pipeline.energy.gaps import split_rise
from plant_pipeline.energy.increments import increments_of
from plant_pipeline.energy.left_out import HISTORY
from plant_pipeline.energy.register import MeterChange, RegisterCourse, judge_register
from plant_pipeline.energy.skies import Skies
from plant_pipeline.energy.standstill import LONG_REST_S, repeated, rests_at
from plant_pipeline.warehouse import execute

_STEADY_RATE: Final = 8.0  # a step so many times faster than the mean of those that rise needs a judge
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Steps:
    """Sound readings of registers, and what each counted (Wh) since the one before.

    `is_lost`: the step to the reading holds a break, its energy is not known but for the part that was counted.
    `end_half_width_wh`: by register, how far its split at both ends of the day may be off.
    """

    readings: ReadingArrays
    gained_wh: Floats
    is_lost: Booleans
    end_half_width_wh: Floats


def follow_registers(
    connection: Connection,
    energy_date: date,
    day: DaySeries,
    places: Integers,
    changes: Mapping[int, Sequence[MeterChange]],
    skies: Skies,
) -> Steps:
    """The registers at `places`; their events and readings that do not stand are noted in `day`."""
    own = _signed(day, places)
    is_declared = np.array([day.series[place].sensor_id in changes for place in places], dtype=bool)
    suspects = np.flatnonzero(_suspicious(own, day.rating_w[places]) | is_declared)
    usual = usual_power_w(connection, [day.series[places[index]].sensor_id for index in suspects], energy_date)
    stands = np.ones(len(own.value), dtype=bool)
    gained_wh = np.maximum(np.diff(own.value, prepend=own.value[:1]), 0.0)
    is_lost = np.zeros(len(own.value), dtype=bool)
    for index in suspects:
        part, series = own.of(int(index)), day.series[places[index]]
        rating_w = float(day.rating_w[places[index]])
        course = judge_register(
            own.at_s[part],
            own.value[part],
            rating_w=None if np.isnan(rating_w) else rating_w,
            usual_w=usual.get(series.sensor_id),
            changes=changes.get(series.sensor_id, ()),
        )
        stands[part] = course.stands
        chosen = np.arange(part.start, part.stop)[course.stands]
        gained_wh[chosen], is_lost[chosen] = course.gained_wh, course.is_lost
        _note(day, int(places[index]), own.at_s[part], course)
        events = day.events[int(places[index])]
        if any(event.kind == "meter_change" and not event.is_declared for event in events):
            day.doubtful.add(int(places[index]))
    sound = own.only(stands)
    sensor_ids = [day.series[place].sensor_id for place in places]
    increments_wh = increments_of(connection, energy_date, sensor_ids, sound)
    is_known = ~_repeated(day, places, sound, increments_wh)
    kept = sound.only(is_known)
    steps = Steps(kept, gained_wh[stands][is_known], is_lost[stands][is_known], increments_wh)
    return _split_at_ends(day, places, steps, skies)


def _repeated(day: DaySeries, places: Integers, sound: ReadingArrays, increments_wh: Floats) -> Booleans:
    """Readings around the ends of the day that only repeat what was last known; those of hours are noted in `day`."""
    found = np.zeros(len(sound.value), dtype=bool)
    filled = np.flatnonzero(np.diff(sound.offsets) > 1)
    chosen = np.zeros(len(sound), dtype=bool)
    chosen[filled] = True
    is_own = chosen[sound.owner]
    own, at = sound.only(is_own).at(filled), places[filled]
    if not len(at):
        return found
    is_stale = np.zeros(len(own.value), dtype=bool)
    sunlit_s = day.daylight.until_s(day.end_s)[at]
    for at_s in (day.start_s[at], day.end_s[at]):
        rests = rests_at(own, at_s, increments_wh[filled], day.start_s[at], sunlit_s)
        is_stale |= repeated(own, rests)
        for row in np.flatnonzero(rests.is_stale & (own.at_s[rests.last] - own.at_s[rests.first] > LONG_REST_S)):
            day.note(int(at[row]), own.at_s[rests.first[row] + 1 : rests.last[row] + 1], "stuck")
        for row in np.flatnonzero(rests.is_stale & rests.is_open):
            day.stale_wh[int(at[row])] = 0.0  # it may have been at rest
    found[is_own] = is_stale
    return found


def _signed(day: DaySeries, places: Integers) -> ReadingArrays:
    """The readings of the registers, rising with what they are named after."""
    wanted = np.zeros(len(day), dtype=bool)
    wanted[places] = True
    part = day.readings.only(wanted[day.readings.owner])
    own = ReadingArrays(np.append(part.offsets[places], len(part.value)), part.at_s, part.value)
    sign = np.array([day.series[place].sign or 1 for place in places], dtype=np.float64)
    return ReadingArrays(own.offsets, own.at_s, own.value * sign[own.owner]) if len(places) else own


def _suspicious(own: ReadingArrays, rating_w: Floats) -> Booleans:
    """By register, whether any step falls, or rises faster than its rating or far faster than its others."""
    found = np.zeros(len(own), dtype=bool)
    if len(own.value) < 2:
        return found
    owner = own.owner
    same = owner[1:] == owner[:-1]
    rise_wh, seconds = np.diff(own.value)[same], np.diff(own.at_s)[same]
    of_step, before_wh = owner[1:][same], own.value[:-1][same]
    rate_w = rise_wh / seconds * 3600
    rises = rise_wh > 0
    counted = np.bincount(of_step[rises], weights=rate_w[rises], minlength=len(own))
    mean_w = counted / np.maximum(np.bincount(of_step[rises], minlength=len(own)), 1)
    limit_w = np.fmin(rating_w, _STEADY_RATE * mean_w)
    found[of_step[(rise_wh < -_ROUNDING * np.abs(before_wh)) | (rate_w > limit_w[of_step])]] = True
    return found


@dataclass(frozen=True, slots=True)
class Usual:
    """The highest power (W) of a series on the days before, and on how many of them it is known."""

    highest_w: float
    days: int


def usual_powers(connection: Connection, sensor_ids: Sequence[int], energy_date: date) -> dict[int, Usual]:
    """By sensor, what it showed on the days before, where there are any."""
    if not sensor_ids:
        return {}
    rows = execute(
        connection,
        "energy/usual_power",
        sensor_ids=list(sensor_ids),
        from_date=energy_date - HISTORY,
        energy_date=energy_date,
    )
    return {row.sensor_id: Usual(row.highest_w, row.days) for row in rows}


def usual_power_w(connection: Connection, sensor_ids: Sequence[int], energy_date: date) -> dict[int, float]:
    """By sensor, its highest power of the days before, where there are any."""
    usual = usual_powers(connection, sensor_ids, energy_date)
    return {sensor_id: own.highest_w for sensor_id, own in usual.items()}


def _note(day: DaySeries, place: int, at_s: Floats, course: RegisterCourse) -> None:
    day.note(place, at_s[~course.stands], "outlier")
    inside = tuple(
        event for event in course.events if event.from_s < day.end_s[place] and event.at_s > day.start_s[place]
    )
    day.events[place] = inside
    for event in inside:
        if event.kind != "glitch":
            day.note(place, np.array([event.at_s]), event.kind)
            day.flag(place, event.kind)


def _split_at_ends(day: DaySeries, places: Integers, steps: Steps, skies: Skies) -> Steps:
    """With a reading at either end of the day wherever a step that rose reaches over it."""
    own = steps.readings
    positions: list[int] = []
    instants: list[float] = []
    parts_wh: list[float] = []
    half_width_wh = steps.end_half_width_wh.copy()
    owner_of_new: list[int] = []
    for index in np.flatnonzero(_lacks_end(own, day.start_s[places]) | _lacks_end(own, day.end_s[places])).tolist():
        place, part = places[index], own.of(index)
        for at_s in (day.start_s[place], day.end_s[place]):
            step = part.start + int(np.searchsorted(own.at_s[part], at_s))
            if not part.start < step < part.stop or own.at_s[step] == at_s or steps.is_lost[step]:
                continue
            if positions and positions[-1] == step:
                rise_wh, from_s = steps.gained_wh[step] - parts_wh[-1], instants[-1]
            else:
                rise_wh, from_s = steps.gained_wh[step], own.at_s[step - 1]
            sky = skies.around(day.series[place].plant_id) if rise_wh > 0 else None
            until_wh, off_wh = split_rise(from_s, 0.0, own.at_s[step], float(rise_wh), float(at_s), sky)
            half_width_wh[index] = np.hypot(half_width_wh[index], off_wh)
            positions.append(step)
            instants.append(float(at_s))
            parts_wh.append(until_wh)
            owner_of_new.append(index)
    return _inserted(steps, positions, instants, parts_wh, owner_of_new, half_width_wh)


def _lacks_end(own: ReadingArrays, at_s: Floats) -> Booleans:
    """By register, whether it has no reading at its instant."""
    found = np.ones(len(own), dtype=bool)
    owner = own.owner
    found[owner[own.at_s == at_s[owner]]] = False
    return found


def _inserted(
    steps: Steps,
    positions: Sequence[int],
    instants: Sequence[float],
    parts_wh: Sequence[float],
    owner_of_new: Sequence[int],
    half_width_wh: Floats,
) -> Steps:
    gained_wh = steps.gained_wh.copy()
    for position, part_wh in zip(positions, parts_wh, strict=True):
        gained_wh[position] -= part_wh
    own = steps.readings
    added = np.bincount(np.asarray(owner_of_new, dtype=np.int64), minlength=len(own))
    offsets = own.offsets + np.concatenate([[0], np.cumsum(added)])
    readings = ReadingArrays(offsets, np.insert(own.at_s, positions, instants), np.insert(own.value, positions, np.nan))
    return Steps(
        readings, np.insert(gained_wh, positions, parts_wh), np.insert(steps.is_lost, positions, False), half_width_wh
    )
