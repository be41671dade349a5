"""Leaving out readings of power and irradiance that cannot be right.

What belongs here: which series are looked at, and what their own course is. What does not: the limits (limits.py),
registers (registers.py).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.days import utc_span
from plant_pipeline.energy.day.day_series import DAY_MARGIN, DaySeries, Stretch
from plant_pipeline.energy.day.skies import Skies
from plant_pipeline.energy.judging.limits import (
    HIGHEST_IRRADIANCE_W_PER_M2,
    LOWEST_IRRADIANCE_W_PER_M2,
    RATING_TOLERANCE,
    longest_run,
    may_be_held,
    no_numbers,
    outliers,
    perhaps_turned,
    stale,
    suspicious_power,
    suspicious_stale,
    turned,
)
from plant_pipeline.energy.judging.register_runs import FEW_READINGS
from plant_pipeline.energy.series.sensors import TYPES, Series
from plant_pipeline.warehouse import execute

HISTORY: Final = timedelta(days=30)
"""How far back the own course of a device is looked at."""

_AT_HELD: Final = 0.999


def leave_out(connection: Connection, energy_date: date, day: DaySeries, per_unit: Floats, skies: Skies) -> None:
    """Take readings out of `day` that are beyond what is possible and out of their course, or stale."""
    is_power = np.array([sensor.kind != "register" and not sensor.is_weather for sensor in day.series], dtype=bool)
    _leave_out_no_numbers(day, is_power)
    readings = day.readings
    stands = np.isfinite(readings.value)
    power_w = readings.value * per_unit[readings.owner]
    _leave_out_outliers(connection, energy_date, day, per_unit, power_w, is_power, stands)
    _leave_out_irradiance(day, stands)
    _leave_out_turned(day, np.where(stands, power_w, 0.0), is_power & ~day.has_battery, stands)
    day.readings = readings.only(stands)
    stands = np.ones(len(day.readings.value), dtype=bool)
    for place in np.flatnonzero(suspicious_stale(day.readings) & is_power & ~day.has_battery).tolist():
        _leave_out_stale(connection, energy_date, day, place, float(per_unit[place]), skies, stands)
    day.readings = day.readings.only(stands)


def _leave_out_no_numbers(day: DaySeries, is_power: Booleans) -> None:
    odd = no_numbers(day.readings.value) & is_power[day.readings.owner]
    for place in np.unique(day.readings.owner[odd]).tolist():
        part = day.readings.of(place)
        day.note(place, day.readings.at_s[part][odd[part]], "outlier")
    day.readings = day.readings.only(~odd)


def _leave_out_outliers(
    connection: Connection,
    energy_date: date,
    day: DaySeries,
    per_unit: Floats,
    power_w: Floats,
    is_power: Booleans,
    stands: Booleans,
) -> None:
    suspects = np.flatnonzero(suspicious_power(day.readings, power_w, day.rating_w) & is_power).tolist()
    usual = _usual_highest(connection, [day.series[place].sensor_id for place in suspects], energy_date)
    for place in suspects:
        part = day.readings.of(int(place))
        highest = usual.get(day.series[place].sensor_id)
        usual_w = None if highest is None else highest * abs(float(per_unit[place]))
        odd = outliers(power_w[part], float(day.rating_w[place]), usual_w)
        day.note(int(place), day.readings.at_s[part][odd], "outlier")
        stands[part] &= ~odd
        possible = odd & (np.abs(power_w[part]) <= day.rating_w[place])  # not by its own course, but by its rating
        if possible.any():
            _count_maybe(day, place, power_w[part], possible)
        if longest_run(odd) > FEW_READINGS:
            day.doubtful.add(int(place))  # no spike lasts so long: it may be the rating that is wrong


def _count_maybe(day: DaySeries, place: int, power_w: Floats, left_out: Booleans) -> None:
    """Note what readings that are left out come to, as they may have been right."""
    part = day.readings.of(place)
    at_s = day.readings.at_s[part]
    inside = (at_s >= day.start_s[place]) & (at_s <= day.end_s[place])
    seconds = np.diff(at_s, append=at_s[-1:])
    maybe_wh = float((power_w * seconds * (inside & left_out)).sum()) / 3600
    if maybe_wh:
        day.stale_wh[place] = day.stale_wh.get(place, 0.0) + maybe_wh


def _leave_out_turned(day: DaySeries, power_w: Floats, is_power: Booleans, stands: Booleans) -> None:
    is_signed = np.array([sensor.sign is not None for sensor in day.series], dtype=bool)
    for place in np.flatnonzero(perhaps_turned(day.readings, power_w) & is_power & is_signed).tolist():
        part = day.readings.of(place)
        own_w = power_w[part]
        rating_w = (
            0.0 if _is_unrated(day.series[place]) else float(np.nan_to_num(day.rating_w[place])) / RATING_TOLERANCE
        )
        odd = turned(own_w, rating_w) & stands[part]
        day.note(place, day.readings.at_s[part][odd], "outlier")
        stands[part] &= ~odd


def _usual_highest(connection: Connection, sensor_ids: Sequence[int], energy_date: date) -> dict[int, float]:
    if not sensor_ids:
        return {}
    to_utc = utc_span([energy_date])[0] - DAY_MARGIN
    rows = execute(
        connection, "energy/usual_highest", sensor_ids=list(sensor_ids), from_utc=to_utc - HISTORY, to_utc=to_utc
    )
    return {row.sensor_id: row.highest for row in rows}


def _leave_out_irradiance(day: DaySeries, stands: Booleans) -> None:
    readings, owner = day.readings, day.readings.owner
    is_irradiance = np.array([sensor.quantity.startswith("irradiance") for sensor in day.series], dtype=bool)
    is_odd = (readings.value > HIGHEST_IRRADIANCE_W_PER_M2) | (readings.value < LOWEST_IRRADIANCE_W_PER_M2)
    odd = is_irradiance[owner] & is_odd if len(owner) else is_odd
    for place in np.unique(owner[odd]):
        part = readings.of(int(place))
        day.note(int(place), readings.at_s[part][odd[part]], "outlier")
    stands &= ~odd


def _leave_out_stale(
    connection: Connection,
    energy_date: date,
    day: DaySeries,
    place: int,
    per_unit: float,
    skies: Skies,
    stands: Booleans,
) -> None:
    """Leave out what stands still, but for what may be a limit: that counts, and is doubted (doubts)."""
    part = day.readings.of(place)
    at_s, value = day.readings.at_s[part], day.readings.value[part]
    inside = (at_s >= day.start_s[place]) & (at_s <= day.end_s[place])
    daylight = _daylight(day, place)
    odd = stale(at_s, value, daylight, _limit(day, place, per_unit, value[inside]))
    if (odd & inside).any() and _is_held(connection, energy_date, day, place, value[inside]):
        odd = stale(at_s, value, daylight, float(np.abs(value[inside]).max()), _AT_HELD)
    power_w = value * per_unit
    seconds = np.diff(at_s, append=at_s[-1:])
    maybe_wh = 0.0
    for first, last in _runs(odd):
        is_draw = power_w[first] < 0
        highest_w = _highest_possible_w(day, place, skies, float(at_s[first]), float(at_s[last]))
        if is_draw and highest_w == 0:
            odd[first : last + 1] = False  # what a plant draws by night may well be the same for hours
        elif may_be_held(power_w, first, last) and power_w[first] <= highest_w:
            odd[first : last + 1] = False
            day.held.setdefault(place, []).append((float(at_s[first]), float(at_s[last] + seconds[last])))
        elif power_w[first] <= highest_w:
            maybe_wh += float((power_w * seconds * inside)[first : last + 1].sum()) / 3600
    day.note(place, at_s[odd], "stuck")
    if maybe_wh:
        day.stale_wh[place] = day.stale_wh.get(place, 0.0) + maybe_wh
    stands[part] &= ~odd


def _runs(is_so: Booleans) -> list[tuple[int, int]]:
    """First and last place of each run of what is so."""
    edges = np.flatnonzero(np.diff(is_so.astype(np.int8), prepend=0, append=0))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]


def _daylight(day: DaySeries, place: int) -> list[Stretch] | None:
    """With the sun up, also beyond the ends of the day where it is up there; None: it does not matter."""
    sun = day.suns.get(day.series[place].plant_id)
    if sun is None or not sun.is_only_source:
        return None
    start_s, end_s, margin_s = float(day.start_s[place]), float(day.end_s[place]), DAY_MARGIN.total_seconds()
    return [
        (from_s - margin_s * (from_s <= start_s), to_s + margin_s * (to_s >= end_s)) for from_s, to_s in sun.stretches
    ]


def _highest_possible_w(day: DaySeries, place: int, skies: Skies, from_s: float, to_s: float) -> float:
    """What a plant can give all the time between two instants, by the sky above it."""
    series = day.series[place]
    sky = skies.of_days([series.plant_id]).get(series.plant_id)
    if sky is None or not day.daylight.matters[place]:
        return np.inf
    cells = np.clip((np.array([from_s, to_s]) - sky.start_s) // sky.step_s, 0, len(sky.ceiling) - 1).astype(np.int64)
    lowest = float(sky.ceiling[cells[0] : cells[1] + 1].min())
    rating_w = float(day.rating_w[place] / RATING_TOLERANCE)
    return lowest * rating_w if np.isfinite(rating_w) else np.inf if lowest else 0.0


def _is_unrated(series: Series) -> bool:
    """Whether it is of a device whose own rating is not known: that of its plant says little of it."""
    return series.equipment_type in TYPES and series.rating_kw is None


def _limit(day: DaySeries, place: int, per_unit: float, value: Floats) -> float | None:
    """At which value the series may stand still; where no rating is known or it is exceeded, the highest it shows.

    None: of a plant without a rating.
    """
    highest = float(np.abs(value).max(initial=0.0))
    if _is_unrated(day.series[place]) or highest * abs(per_unit) > day.rating_w[place]:
        return highest
    rating_w = float(day.rating_w[place] / RATING_TOLERANCE)
    return None if np.isnan(rating_w) else rating_w / abs(per_unit)


def _is_held(connection: Connection, energy_date: date, day: DaySeries, place: int, value: Floats) -> bool:
    """Whether the day's highest value was the highest for an hour and more of another day: what is stuck never is.

    So a plant is held at a limit, by its inverters or by the grid.
    """
    midnight_utc = datetime.combine(energy_date, time(), UTC)
    rows = execute(
        connection,
        "energy/days_held",
        sensor_ids=[day.series[place].sensor_id],
        held=[float(value[np.abs(value).argmax()])],
        starts_utc=[datetime.fromtimestamp(float(day.start_s[place]), UTC)],
        from_utc=midnight_utc - HISTORY,
        to_utc=midnight_utc + HISTORY,
    )
    return any(row.days for row in rows)
