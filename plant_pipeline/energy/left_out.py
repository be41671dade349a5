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
from plant_pipeline.energy.day_series import DAY_MARGIN, DaySeries
from plant_pipeline.energy.limits import (
    HIGHEST_IRRADIANCE_W_PER_M2,
    LOWEST_IRRADIANCE_W_PER_M2,
    RATING_TOLERANCE,
    longest_run,
    no_numbers,
    outliers,
    perhaps_turned,
    stale,
    suspicious_power,
    suspicious_stale,
    turned,
)
from plant_pipeline.energy.register_runs import FEW_READINGS
from plant_pipeline.warehouse import execute

HISTORY: Final = timedelta(days=30)
"""How far back the own course of a device is looked at."""

_AT_HELD: Final = 0.999


def leave_out(connection: Connection, energy_date: date, day: DaySeries, per_unit: Floats) -> None:
    """Take readings out of `day` that are beyond what is possible and out of their course, or stale."""
    is_power = np.array([sensor.kind != "register" and not sensor.is_weather for sensor in day.series], dtype=bool)
    _leave_out_no_numbers(day, is_power)
    readings = day.readings
    stands = np.isfinite(readings.value)
    power_w = readings.value * per_unit[readings.owner]
    _leave_out_outliers(connection, energy_date, day, per_unit, power_w, is_power, stands)
    _leave_out_irradiance(day, stands)
    _leave_out_turned(day, power_w, is_power & ~day.has_battery, stands)
    day.readings = readings.only(stands)
    stands = np.ones(len(day.readings.value), dtype=bool)
    for place in np.flatnonzero(suspicious_stale(day.readings) & is_power & ~day.has_battery).tolist():
        _leave_out_stale(connection, energy_date, day, place, float(per_unit[place]), stands)
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
        if longest_run(odd) > FEW_READINGS:
            day.doubtful.add(int(place))  # no spike lasts so long: it may be the rating that is wrong


def _leave_out_turned(day: DaySeries, power_w: Floats, is_power: Booleans, stands: Booleans) -> None:
    is_signed = np.array([sensor.sign is not None for sensor in day.series], dtype=bool)
    for place in np.flatnonzero(perhaps_turned(day.readings, power_w) & is_power & is_signed).tolist():
        part = day.readings.of(place)
        own_w = np.where(stands[part], power_w[part], 0.0)
        is_device = day.series[place].equipment_type in ("inverter", "turbine")
        rating_w = 0.0 if is_device else float(np.nan_to_num(day.rating_w[place])) / RATING_TOLERANCE
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
    connection: Connection, energy_date: date, day: DaySeries, place: int, per_unit: float, stands: Booleans
) -> None:
    part = day.readings.of(place)
    at_s, value = day.readings.at_s[part], day.readings.value[part]
    inside = (at_s >= day.start_s[place]) & (at_s <= day.end_s[place])
    sun = day.suns.get(day.series[place].plant_id)
    daylight = sun.stretches if sun and sun.is_only_source else None
    odd = np.zeros(len(at_s), dtype=bool)
    odd[inside] = stale(at_s[inside], value[inside], daylight, _limit(day, place, per_unit, value[inside]))
    if odd.any() and _is_held(connection, energy_date, day, place, value[inside]):
        odd[inside] = stale(at_s[inside], value[inside], daylight, float(np.abs(value[inside]).max()), _AT_HELD)
    if not odd.any():
        return
    day.note(place, at_s[odd], "stuck")
    seconds = np.diff(at_s, append=at_s[-1:])
    day.stale_wh[place] = float((value * seconds)[odd].sum()) * per_unit / 3600
    stands[part] &= ~odd


def _limit(day: DaySeries, place: int, per_unit: float, value: Floats) -> float | None:
    """At which value the series may stand still; of a device, whose rating is not known, the highest it shows."""
    if day.series[place].equipment_type in ("inverter", "turbine"):
        return float(np.abs(value).max(initial=0.0))
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
