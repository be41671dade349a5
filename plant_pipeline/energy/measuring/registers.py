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
from plant_pipeline.energy.day.day_series import DaySeries
from plant_pipeline.energy.day.skies import Skies
from plant_pipeline.energy.gaps.estimate import split_rise
from plant_pipeline.energy.judging.daily_counters import (
    FEW_IN_FOUR_DAYS,
    LONG_S,
    PATTERN,
    Beginning,
    beginning,
    is_ambiguous,
    is_daily_counter,
)
from plant_pipeline.energy.judging.limits import RATING_TOLERANCE
from plant_pipeline.energy.judging.register import MeterChange, RegisterCourse, judge_register
from plant_pipeline.energy.judging.standstill import LONG_REST_S, CountedRises, repeated, rests_at
from plant_pipeline.energy.measuring.increments import increments_of
from plant_pipeline.energy.measuring.left_out import HISTORY
from plant_pipeline.energy.series.arrays import ReadingArrays, read_readings
from plant_pipeline.warehouse import execute

_STEADY_RATE: Final = 8.0  # a step so many times faster than the mean of those that rise needs a judge
_ROUNDING: Final = 1e-12
_MATTERS: Final = 0.002  # of the day's rise: less is within what a final number may lack
_FULL_SHARE: Final = 0.8  # of the time with the sun up: photovoltaics do not give their rated power for longer


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


@dataclass(frozen=True, slots=True)
class _Split:
    """A new reading at an end of the day, before reading `step` of a register, and what was counted until then.

    `is_lost`: what came before it is not known.
    """

    register: int
    step: int
    at_s: float
    until_wh: float
    is_lost: bool


def follow_registers(
    connection: Connection,
    energy_date: date,
    day: DaySeries,
    places: Integers,
    changes: Mapping[int, Sequence[MeterChange]],
    skies: Skies,
) -> Steps:
    """The registers at `places`; their events and readings that do not stand are noted in `day`."""
    own = signed_registers(day, places, day.readings.of_places(places))
    is_declared = np.array([day.series[place].sensor_id in changes for place in places], dtype=bool)
    is_suspicious = suspicious_registers(own, day.rating_w[places])
    anew = _daily_counters(connection, day, places, own, is_suspicious & ~is_declared)
    is_daily = np.zeros(len(own), dtype=bool)
    is_daily[list(anew)] = True
    suspects = np.flatnonzero((is_suspicious | is_declared) & ~is_daily)
    usual = usual_power_w(connection, [day.series[places[index]].sensor_id for index in suspects], energy_date)
    stands = np.ones(len(own.value), dtype=bool)
    gained_wh = np.maximum(np.diff(own.value, prepend=own.value[:1]), 0.0)
    is_lost = np.zeros(len(own.value), dtype=bool)
    perhaps_wh = np.zeros(len(own))
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
        perhaps_wh[index] = _perhaps_wh(day, int(places[index]), own.at_s[chosen], course)
    begins = np.zeros(len(own.value), dtype=bool)
    for register, beginnings in anew.items():
        _begin_anew(day, int(places[register]), own, own.of(register), beginnings, gained_wh, is_lost, begins)
    sound = own.only(stands)
    sensor_ids = [day.series[place].sensor_id for place in places]
    increments_wh = increments_of(connection, energy_date, sensor_ids, sound)
    is_known = ~_repeated(day, places, sound, increments_wh, is_daily)
    kept = sound.only(is_known)
    steps = Steps(kept, gained_wh[stands][is_known], is_lost[stands][is_known], increments_wh + perhaps_wh)
    return _split_at_ends(day, places, steps, begins[stands][is_known], skies)


def _perhaps_wh(day: DaySeries, place: int, at_s: Floats, course: RegisterCourse) -> float:
    """What readings of the day that are left out may have counted: where it matters, nothing is final by them."""
    inside = (at_s > day.start_s[place]) & (at_s <= day.end_s[place])
    perhaps_wh = float(course.perhaps_wh[inside].sum())
    if perhaps_wh > _MATTERS * float(course.gained_wh[inside].sum()):
        day.doubtful.add(place)
    return perhaps_wh


def _daily_counters(
    connection: Connection, day: DaySeries, places: Integers, own: ReadingArrays, is_suspicious: Booleans
) -> dict[int, list[tuple[float, Beginning]]]:
    """By register that begins anew with each day, where it does so beside the midnights of this one."""
    is_seldom_read = np.diff(own.offsets) <= FEW_IN_FOUR_DAYS
    candidates = np.flatnonzero(is_suspicious | (is_seldom_read & (np.diff(own.offsets) > 0)))
    before = _weeks_before(connection, day, places, own, candidates[is_seldom_read[candidates]])
    found = {}
    for index in candidates.tolist():
        part, place = own.of(index), int(places[index])
        at_s, value_wh = before.get(index, (own.at_s[part], own.value[part]))
        bounds_s = (float(day.start_s[place]), float(day.end_s[place]))
        rating_w = None if np.isnan(day.rating_w[place]) else float(day.rating_w[place])
        if is_daily_counter(at_s, value_wh, *bounds_s, rating_w):
            begins = [(bound_s, beginning(own.at_s[part], own.value[part], bound_s)) for bound_s in bounds_s]
            known = [(bound_s, begin) for bound_s, begin in begins if begin is not None]
            if all(begin is not None or own.at_s[part][-1] <= bound_s for bound_s, begin in begins):
                found[index] = known
        elif index in before and is_ambiguous(at_s, value_wh, _most_wh(day, place)):
            day.doubtful.add(place)
    return found


def _most_wh(day: DaySeries, place: int) -> float:
    """The most that a day can bring; infinite where the rating is not known."""
    sun = day.suns.get(day.series[place].plant_id)
    lit_s = day.end_s[place] - day.start_s[place] if sun is None else _FULL_SHARE * sun.seconds
    rating_w = day.rating_w[place] / RATING_TOLERANCE
    return np.inf if np.isnan(rating_w) else float(rating_w * lit_s / 3600)


def _weeks_before(
    connection: Connection, day: DaySeries, places: Integers, own: ReadingArrays, seldom_read: Integers
) -> dict[int, tuple[Floats, Floats]]:
    """By register, its readings of this day and the weeks before it, rising with what it is named after."""
    chosen = places[seldom_read]
    ids = np.array([day.series[place].sensor_id for place in chosen], dtype=np.int64)
    last_s = own.at_s[own.offsets[1:][seldom_read] - 1]
    read = read_readings(connection, ids, day.start_s[chosen] - PATTERN.total_seconds(), last_s)
    sign = [float(day.series[place].sign or 1) for place in chosen]
    return {
        index: (read.at_s[read.of(row)], sign[row] * read.value[read.of(row)])
        for row, index in enumerate(seldom_read.tolist())
    }


def _begin_anew(
    day: DaySeries,
    place: int,
    own: ReadingArrays,
    part: slice,
    beginnings: Sequence[tuple[float, Beginning]],
    gained_wh: Floats,
    is_lost: Booleans,
    begins: Booleans,
) -> None:
    """Count a daily counter from the midnights on; `begins`: the steps that hold one within, to be split there."""
    for midnight_s, begin in beginnings:
        step = part.start + begin.step
        gained_wh[step] = own.value[step]
        if begin.step == 0:
            begins[step] = own.at_s[step] > midnight_s
            continue
        from_s, to_s = own.at_s[step - 1], own.at_s[step]
        begins[step] |= from_s < midnight_s < to_s
        is_unseen = begin.is_held and to_s - from_s > LONG_S and day.series[place].plant_id not in day.suns
        is_lost[step] = to_s == midnight_s or is_unseen


def _repeated(
    day: DaySeries, places: Integers, sound: ReadingArrays, increments_wh: Floats, is_daily: Booleans
) -> Booleans:
    """Readings around the ends of the day that only repeat what was last known; those of hours are noted in `day`.

    `is_daily`: a counter that begins anew with the day keeps its last value until it does.
    """
    found = np.zeros(len(sound.value), dtype=bool)
    filled = np.flatnonzero((np.diff(sound.offsets) > 1) & ~is_daily)
    chosen = np.zeros(len(sound), dtype=bool)
    chosen[filled] = True
    is_own = chosen[sound.owner]
    own, at = sound.only(is_own).at(filled), places[filled]
    if not len(at):
        return found
    is_stale, course = np.zeros(len(own.value), dtype=bool), CountedRises(own)
    sunlit_s = day.daylight.until_s(day.end_s)[at]
    for of_all_s in (day.start_s, day.end_s):
        night_s = day.night_around(of_all_s)
        night_s, at_s = (night_s[0][at], night_s[1][at]), of_all_s[at]
        rests = rests_at(course, at_s, increments_wh[filled], day.start_s[at], sunlit_s, night_s)
        is_stale |= repeated(own, rests)
        for row in np.flatnonzero(rests.is_stale & (own.at_s[rests.last] - own.at_s[rests.first] > LONG_REST_S)):
            day.note(int(at[row]), own.at_s[rests.first[row] + 1 : rests.last[row] + 1], "stuck")
        for row in np.flatnonzero(rests.is_stale & rests.is_open):
            day.stale_wh[int(at[row])] = 0.0  # it may have been at rest
    found[is_own] = is_stale
    return found


def signed_registers(day: DaySeries, places: Integers, own: ReadingArrays) -> ReadingArrays:
    """`own` readings of the registers at `places`, rising with what they are named after."""
    sign = np.array([day.series[place].sign or 1 for place in places], dtype=np.float64)
    return ReadingArrays(own.offsets, own.at_s, own.value * sign[own.owner]) if len(places) else own


def suspicious_registers(own: ReadingArrays, rating_w: Floats) -> Booleans:
    """By register, whether any step falls, or rises faster than its rating or far faster than its others."""
    found = np.zeros(len(own), dtype=bool)
    if len(own.value) < 2:
        return found
    filled = np.flatnonzero(np.diff(own.offsets) > 0)
    begins = own.offsets[:-1][filled]
    # Register after register: a step from one to the next counts nothing.
    rise_wh, seconds = np.diff(own.value, prepend=own.value[0]), np.diff(own.at_s, prepend=own.at_s[0])
    rise_wh[begins], seconds[begins] = 0.0, 1.0
    rate_w = rise_wh / seconds * 3600
    counted = np.add.reduceat(np.fmax(rate_w, 0.0), begins)
    rises = np.add.reduceat(rise_wh > 0, begins, dtype=np.int64)
    limit_w = np.fmin(rating_w[filled], _STEADY_RATE * counted / np.maximum(rises, 1))
    found[filled] = np.fmax.reduceat(rate_w, begins) > limit_w
    falls = np.flatnonzero(rise_wh < 0)
    falls = falls[rise_wh[falls] < -_ROUNDING * np.abs(own.value[falls - 1])]
    found[own.owners_of(falls)] = True
    return found


USUAL_DAYS: Final = 5
"""From so many days on the highest power of the days before tells what a plant gives (our choice)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The highest power (W) of a series on the days before, and on how many of them it is known.

    `kept_w` was reached on `USUAL_DAYS` of them; 0 if there are fewer.
    """

    highest_w: float
    days: int
    kept_w: float


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
        usual_days=USUAL_DAYS,
    )
    return {row.sensor_id: Usual(row.highest_w, row.days, row.kept_w or 0.0) for row in rows}


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


def _split_at_ends(day: DaySeries, places: Integers, steps: Steps, begins: Booleans, skies: Skies) -> Steps:
    """With a reading at either end of the day wherever a step that rose reaches over it.

    `begins`: in the step to that reading a daily counter begins anew: nothing is known of what came before the end.
    """
    own = steps.readings
    splits: list[_Split] = []
    half_width_wh = steps.end_half_width_wh.copy()
    for index in np.flatnonzero(_lacks_end(own, day.start_s[places]) | _lacks_end(own, day.end_s[places])).tolist():
        place, part = places[index], own.of(index)
        for at_s in (float(day.start_s[place]), float(day.end_s[place])):
            step = part.start + int(np.searchsorted(own.at_s[part], at_s))
            if step == part.stop or own.at_s[step] == at_s or steps.is_lost[step]:
                continue
            if begins[step] and step == part.start:
                splits.append(_Split(index, step, at_s, 0.0, is_lost=False))
            elif step > part.start:
                split, off_wh = _split(day, int(place), steps, index, step, at_s, splits, begins, skies)
                half_width_wh[index] = np.hypot(half_width_wh[index], off_wh)
                splits.append(split)
    return _inserted(steps, splits, half_width_wh)


def _split(
    day: DaySeries,
    place: int,
    steps: Steps,
    index: int,
    step: int,
    at_s: float,
    earlier: Sequence[_Split],
    begins: Booleans,
    skies: Skies,
) -> tuple[_Split, float]:
    """What a step counted until an end of the day within it, and how far off that may be."""
    rise_wh, from_s = float(steps.gained_wh[step]), float(steps.readings.at_s[step - 1])
    if earlier and earlier[-1].step == step:
        rise_wh, from_s = rise_wh - earlier[-1].until_wh, earlier[-1].at_s
    sky = skies.around(day.series[place].plant_id) if rise_wh > 0 else None
    until_wh, off_wh = split_rise(from_s, 0.0, float(steps.readings.at_s[step]), rise_wh, at_s, sky)
    if begins[step]:  # it shows what came since midnight, unless its clock is wrong
        return _Split(index, step, at_s, 0.0, is_lost=True), min(until_wh + off_wh, rise_wh)
    return _Split(index, step, at_s, until_wh, is_lost=False), off_wh


def _lacks_end(own: ReadingArrays, at_s: Floats) -> Booleans:
    """By register, whether it has no reading at its instant."""
    found = np.ones(len(own), dtype=bool)
    owner = own.owner
    found[owner[own.at_s == at_s[owner]]] = False
    return found


def _inserted(steps: Steps, splits: Sequence[_Split], half_width_wh: Floats) -> Steps:
    gained_wh = steps.gained_wh.copy()
    for split in splits:
        gained_wh[split.step] -= split.until_wh
    own = steps.readings
    positions = [split.step for split in splits]
    added = np.bincount(np.array([split.register for split in splits], dtype=np.int64), minlength=len(own))
    offsets = own.offsets + np.concatenate([[0], np.cumsum(added)])
    at_s = np.insert(own.at_s, positions, [split.at_s for split in splits])
    return Steps(
        ReadingArrays(offsets, at_s, np.insert(own.value, positions, np.nan)),
        np.insert(gained_wh, positions, [split.until_wh for split in splits]),
        np.insert(steps.is_lost, positions, [split.is_lost for split in splits]),
        half_width_wh,
    )
