"""Solar plants that produce while the sun is down where they are said to stand: their sun says nothing about them.

Either they stand elsewhere, or their clock is wrong: time stamps in local time, an hour of summer time twice, ends of
intervals for beginnings.

What belongs here: telling them by the readings of a day. What does not: daylight itself (daylight.py).
"""

from collections import Counter, defaultdict
from statistics import median
from typing import Final
from uuid import UUID

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import DaySeries

DARK_SHARE: Final = 0.15
"""Of its energy of the day: whoever produces more than that in the dark stands elsewhere, or has a wrong clock."""

TWILIGHT_S: Final = 1800.0
"""Before the sun rises and after it set there may be light (our choice)."""

NIGHT_SHARE: Final = 0.02
"""Of the highest power: less by night may be an offset (our choice)."""

LATE_S: Final = 900.0
LATE_SHARE: Final = 0.01
"""A clock is wrong if more than this share of the highest power comes so long after sunset or before sunrise, and the
other end of the day is as far from the sun's (our choice)."""

_LONGEST_S: Final = 3600.0  # what is read more seldom does not tell when it was produced
_LEAST_READINGS: Final = 8
_LEAST_LATE: Final = 2
_LATE_STEP_S: Final = 900.0


def misplaced_plants(day: DaySeries, watts_per_unit: Floats) -> dict[UUID, float]:
    """Plants driven by the sun alone most of whose series produce in the dark, and not by standing still there.

    With how many seconds later than the sun they begin and end to produce, 0 if that is not told. `watts_per_unit` of
    all but registers, with the sign of production. Series of unknown sign tell nothing.
    """
    tells = np.array(
        [
            sensor.quantity == "production_energy" or (sensor.quantity == "ac_power" and sensor.sign is not None)
            for sensor in day.series
        ],
        dtype=bool,
    )
    tells &= np.array(
        [bool(sun and sun.is_only_source) for sun in (day.suns.get(sensor.plant_id) for sensor in day.series)],
        dtype=bool,
    )
    places = _of_plants_in_the_dark(day, watts_per_unit, tells)
    if not len(places):
        return {}
    day, tells = day.at(places), tells[places]
    power_w, lasting_s = _course(day, watts_per_unit[places])
    owner = day.readings.owner
    is_changed = np.diff(day.readings.value, prepend=np.nan) != 0
    highest_w = np.zeros(len(day))
    np.maximum.at(highest_w, owner, power_w)
    in_the_dark = _is_dark(day) & is_changed & (power_w > NIGHT_SHARE * highest_w[owner])
    energy_ws = power_w * lasting_s
    dark_ws = np.bincount(owner, weights=energy_ws * in_the_dark, minlength=len(day))
    whole_ws = np.bincount(owner, weights=energy_ws, minlength=len(day))
    readings = np.bincount(owner, weights=in_the_dark, minlength=len(day))
    late_s = _late(day, np.where(is_changed, power_w, 0.0), lasting_s, highest_w)
    is_misplaced = tells & (dark_ws > DARK_SHARE * whole_ws) & (readings >= _LEAST_READINGS)
    is_misplaced |= tells & (late_s != 0)
    if not is_misplaced.any():
        return {}
    votes: dict[UUID, list[float]] = defaultdict(list)
    for place in np.flatnonzero(is_misplaced).tolist():
        votes[day.series[place].plant_id].append(float(late_s[place]))
    contrary = np.flatnonzero(tells & ~is_misplaced & (whole_ws > 0)).tolist()
    others = Counter(day.series[place].plant_id for place in contrary)
    return {plant_id: median(own) for plant_id, own in votes.items() if len(own) > others[plant_id]}


def _of_plants_in_the_dark(day: DaySeries, watts_per_unit: Floats, tells: Booleans) -> Integers:
    """The series of plants one of whose series shows anything notable that moves while the sun is down."""
    readings, owner = day.readings, day.readings.owner
    in_day = (readings.at_s >= day.start_s[owner]) & (readings.at_s < day.end_s[owner])
    is_dark = tells[owner] & in_day & (np.diff(readings.value, prepend=np.nan) != 0)
    for rise_s, set_s in day.daylight.edges_s:
        is_stretch = (set_s > rise_s)[owner]
        is_dark &= ~(is_stretch & (readings.at_s > rise_s[owner] - LATE_S) & (readings.at_s < set_s[owner] + LATE_S))
    dark = np.flatnonzero(is_dark)
    highest = np.zeros(len(day))
    if len(dark):
        power = np.where(in_day & np.isfinite(readings.value), readings.value * watts_per_unit[owner], 0.0)
        np.maximum.at(highest, owner, power)
        is_register = np.array([sensor.kind == "register" for sensor in day.series], dtype=bool)
        dark = dark[is_register[owner[dark]] | (power[dark] > LATE_SHARE * highest[owner[dark]])]
    plants = {day.series[place].plant_id for place in np.unique(owner[dark]).tolist()}
    return np.array([place for place, own in enumerate(day.series) if own.plant_id in plants], dtype=np.int64)


def _late(day: DaySeries, power_w: Floats, lasting_s: Floats, highest_w: Floats) -> Floats:
    """By series how much later than the sun it begins and ends to produce, to a quarter of an hour.

    0 unless it produces in the dark at one end of the day, and is as late (or early) at the other.
    """
    if len(day.daylight.edges_s) != 1:
        return np.zeros(len(day))
    owner, at_s = day.readings.owner, day.readings.at_s
    is_register = np.array([sensor.kind == "register" for sensor in day.series], dtype=bool)[owner]
    is_instant = np.array([sensor.kind == "instant" for sensor in day.series], dtype=bool)[owner]
    is_notable = power_w > LATE_SHARE * highest_w[owner]
    begins_s = at_s - np.where(is_register, lasting_s, 0.0)
    ends_s = at_s + np.where(is_register | is_instant, 0.0, lasting_s)
    ((rise_s, set_s),) = day.daylight.edges_s
    is_after, is_before = begins_s > set_s[owner] + LATE_S, ends_s < rise_s[owner] - LATE_S
    after, before = (
        np.bincount(owner, weights=is_notable & is_so, minlength=len(day)) for is_so in (is_after, is_before)
    )
    first_s, last_s = np.full(len(day), np.inf), np.full(len(day), -np.inf)
    np.minimum.at(first_s, owner[is_notable], begins_s[is_notable])
    np.maximum.at(last_s, owner[is_notable], ends_s[is_notable])
    is_seen = np.isfinite(first_s)
    first_s, last_s = np.where(is_seen, first_s, rise_s), np.where(is_seen, last_s, set_s)
    late_s = (first_s - rise_s + last_s - set_s) / 2
    is_late = (after >= _LEAST_LATE) & (first_s - rise_s > LATE_S)
    is_early = (before >= _LEAST_LATE) & (set_s - last_s > LATE_S)
    found: Floats = np.where(is_late ^ is_early, np.round(late_s / _LATE_STEP_S) * _LATE_STEP_S, 0.0)
    return found


def _course(day: DaySeries, watts_per_unit: Floats) -> tuple[Floats, Floats]:
    """Power of production at each reading of the day, and for how long; 0 where it is not told."""
    readings, owner = day.readings, day.readings.owner
    is_register = np.array([sensor.kind == "register" for sensor in day.series], dtype=bool)[owner]
    sign = np.array([float(sensor.sign or 1) for sensor in day.series])[owner]
    long_s = np.diff(readings.at_s, append=np.inf)
    long_s[readings.offsets[1:][np.diff(readings.offsets) > 0] - 1] = np.inf
    since_s = np.concatenate([[np.inf], long_s[:-1]])
    rise_wh = np.diff(readings.value, prepend=np.nan) * sign
    with np.errstate(invalid="ignore"):
        power_w = np.where(is_register, rise_wh * 3600 / since_s, readings.value * watts_per_unit[owner])
    lasting_s = np.where(is_register, since_s, np.minimum(long_s, _LONGEST_S))
    is_told = (lasting_s <= _LONGEST_S) & (power_w > 0) & np.isfinite(power_w)
    in_day = (readings.at_s >= day.start_s[owner]) & (readings.at_s < day.end_s[owner])
    return np.where(is_told & in_day, power_w, 0.0), np.where(is_told & in_day, lasting_s, 0.0)


def _is_dark(day: DaySeries) -> Booleans:
    at_s, owner = day.readings.at_s, day.readings.owner
    found: Booleans = day.daylight.matters[owner].copy()
    for rise_s, set_s in day.daylight.edges_s:
        is_stretch = set_s[owner] > rise_s[owner]
        found &= ~(is_stretch & (at_s > rise_s[owner] - TWILIGHT_S) & (at_s < set_s[owner] + TWILIGHT_S))
    return found
