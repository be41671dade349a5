"""What the sensors recorded: production seen through instruments, with their gaps, resets and the end at the present.

What belongs here: the value of any sensor on any grid of times, NaN where no row exists. What does not: units asked for
and the server's own resampling (flexmeasures_data.py).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from plant_pipeline.sandbox.catalogue import Sensor, is_daily
from plant_pipeline.sandbox.layouts import QUARTER, Quantity
from plant_pipeline.sandbox.noise import Booleans, Floats, Integers, between, smooth, word
from plant_pipeline.sandbox.plants import Quirk, TruePlant
from plant_pipeline.sandbox.production import (
    ANCHOR_S,
    STEP_H,
    STEP_S,
    daily_energy_kwh,
    local_midnight_s,
    register_kwh,
    steps,
)

MEASUREMENTS: Final = 4
FORECASTER: Final = 2
REGISTER_FALL_AT: Final = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
REGISTER_FALL_SHARE: Final = 0.01
RESET_DAY_OF_MONTH: Final = 15
GAP_HOURS: Final = (10, 13)
TUESDAY: Final = 1

_UNIT_FACTOR: Final = {"MW": 1e-3, "MWh": 1e-3}
_DECIMALS: Final = {
    Quantity.DC_VOLTAGE: 3,
    Quantity.POA: 2,
    Quantity.GHI: 2,
    Quantity.MODULE_TEMPERATURE: 2,
    Quantity.AIR_TEMPERATURE: 2,
    Quantity.WIND_SPEED: 2,
}
_FIELD: Final = {
    Quantity.POA: "poa_w_per_m2",
    Quantity.GHI: "ghi_w_per_m2",
    Quantity.MODULE_TEMPERATURE: "module_c",
    Quantity.AIR_TEMPERATURE: "air_c",
    Quantity.WIND_SPEED: "wind_m_per_s",
    Quantity.BATTERY_POWER: "battery_kw",
    Quantity.STORED_ENERGY: "stored_kwh",
}


def values(
    sensor: Sensor, start_s: int, spacing_s: int, count: int, now_s: float, source: int = MEASUREMENTS
) -> Floats:
    """`count` values in the sensor's unit at `start_s + i * spacing_s`, NaN where nothing was recorded.

    Interval sensors must be asked at their own resolution; a start off their grid finds nothing. Of an instantaneous
    sensor any spacing may be asked, and readings off that grid are not seen.
    """
    plant = sensor.plant
    if plant is None or source not in sources_of(sensor):
        return np.full(count, np.nan)
    if is_daily(sensor):
        return _daily(sensor, plant, start_s, count, now_s)
    times = start_s + spacing_s * np.arange(count, dtype=np.int64)
    if sensor.reading.quantity is Quantity.REGISTER:
        found, is_recorded = _register(sensor, plant, times, now_s)
    else:
        found, is_recorded = _intervals(sensor, plant, times, now_s)
    if source == FORECASTER:
        found = found * (0.9 + 0.2 * smooth(word(plant.key, "day-ahead"), times.astype(np.float64), 3600.0))
    is_recorded &= ~_is_silent(sensor, plant, times)
    rounded = np.round(found, _DECIMALS.get(sensor.reading.quantity, 6)) + 0.0
    return np.where(is_recorded, rounded, np.nan)


def sources_of(sensor: Sensor) -> tuple[int, ...]:
    """The data sources that ever wrote to the sensor, the preferred one first."""
    plant, reading = sensor.plant, sensor.reading
    if plant is None:
        return ()
    if plant.quirk is Quirk.TWO_SOURCES and reading.quantity is Quantity.METER_POWER:
        return (MEASUREMENTS, FORECASTER)
    return (MEASUREMENTS,)


def register_resets_s(plant: TruePlant, first_s: float, last_s: float) -> list[int]:
    """When the meter of a `METER_RESET` plant is zeroed: from the last time before `first_s` until `last_s`."""
    zone = ZoneInfo(plant.timezone)
    month = datetime.fromtimestamp(first_s, zone).date().replace(day=1) - timedelta(days=1)
    result = []
    while (
        instant := int(datetime(month.year, month.month, RESET_DAY_OF_MONTH, 12, tzinfo=zone).timestamp())
    ) <= last_s:
        result.append(instant)
        month = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return result


def _intervals(sensor: Sensor, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """Means (sums for energy) of the intervals that begin at `times`, and which of them are over."""
    resolution = sensor.reading.resolution_s
    count = len(times)
    is_recorded = (times + resolution <= now_s) & (times >= ANCHOR_S)
    if count == 0 or times[0] % resolution:
        return np.full(count, np.nan), np.zeros(count, dtype=np.bool_)
    per_interval = resolution // STEP_S
    fine = _five_minutes(sensor, plant, int(times[0]), count * per_interval)
    blocks = fine.reshape(count, per_interval)
    scale = sensor.reading.sign * _UNIT_FACTOR.get(sensor.reading.unit, 1.0)
    if sensor.reading.quantity is Quantity.METER_ENERGY:
        return blocks.sum(axis=1) * scale, is_recorded
    return blocks.mean(axis=1) * scale, is_recorded


def _five_minutes(sensor: Sensor, plant: TruePlant, start_s: int, count: int) -> Floats:
    """5-minute values in the fleet's own units, before sign and unit of the sensor."""
    quantity = sensor.reading.quantity
    if quantity in _FIELD:
        return steps(plant, _FIELD[quantity], start_s, count)
    computed: dict[Quantity, Callable[[], Floats]] = {
        Quantity.AC_POWER: lambda: steps(plant, "plant_ac_kw", start_s, count) * sensor.share,
        Quantity.DC_POWER: lambda: steps(plant, "plant_dc_kw", start_s, count) * sensor.share,
        Quantity.DC_VOLTAGE: lambda: _dc_voltage(plant, start_s, count),
        Quantity.DC_CURRENT: lambda: _dc_current(sensor, plant, start_s, count),
        Quantity.METER_POWER: lambda: steps(plant, "meter_kw", start_s, count) * sensor.share,
        Quantity.METER_ENERGY: lambda: (
            np.maximum(steps(plant, "meter_kw", start_s, count), 0.0) * sensor.share * STEP_H
        ),
    }
    return computed[quantity]()


def _dc_voltage(plant: TruePlant, start_s: int, count: int) -> Floats:
    """About 850 V at 25 °C, falling 0.3 % per K; 0 while nothing is produced."""
    module, power = steps(plant, "module_c", start_s, count), steps(plant, "plant_dc_kw", start_s, count)
    return np.where(power > 0, 850.0 * (1.0 - 0.003 * (module - 25.0)), 0.0)


def _dc_current(sensor: Sensor, plant: TruePlant, start_s: int, count: int) -> Floats:
    voltage = _dc_voltage(plant, start_s, count)
    power = steps(plant, "plant_dc_kw", start_s, count) * sensor.share * 1000.0
    return np.divide(power, voltage, out=np.zeros_like(power), where=voltage > 0)


def _register(sensor: Sensor, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """The meter's counter at `times`, and at which of them it was read."""
    is_read = (times % sensor.reading.reading_s == 0) & (times <= now_s) & (times >= ANCHOR_S)
    found = np.zeros(len(times))
    if not is_read.any():
        return found, is_read
    instants = times[is_read].astype(np.float64)
    counted = register_kwh(plant, instants) * sensor.share
    if plant.quirk is Quirk.METER_RESET:
        counted = _since_reset(plant, instants, counted, sensor.share)
    else:
        base = between(1e5, 5e6, plant.key, sensor.equipment_name, "register")
        counted = counted + round(base, 1)
        fall_s = REGISTER_FALL_AT.timestamp()
        if plant.quirk is Quirk.UNEXPLAINED_FALL and instants[-1] >= fall_s:
            at_fall = round(base, 1) + float(register_kwh(plant, np.array([fall_s]))[0]) * sensor.share
            counted = np.where(instants >= fall_s, counted - REGISTER_FALL_SHARE * at_fall, counted)
    found[is_read] = counted * _UNIT_FACTOR.get(sensor.reading.unit, 1.0)
    return found, is_read


def _since_reset(plant: TruePlant, instants: Floats, counted: Floats, share: float) -> Floats:
    resets = np.array(register_resets_s(plant, float(instants[0]), float(instants[-1])), dtype=np.float64)
    at_reset = register_kwh(plant, resets) * share
    return counted - at_reset[np.searchsorted(resets, instants, side="right") - 1]


def _is_silent(sensor: Sensor, plant: TruePlant, times: Integers) -> Booleans:
    """Where a quirk of the plant keeps rows from being recorded."""
    is_gappy = plant.quirk is Quirk.INVERTER_GAP and sensor.equipment_name == "INV-02"
    if not is_gappy and plant.quirk is not Quirk.SILENT_TUESDAYS:
        return np.zeros(len(times), dtype=np.bool_)
    local = pd.DatetimeIndex(pd.to_datetime(times, unit="s", utc=True)).tz_convert(plant.timezone)
    if is_gappy:
        return np.asarray((local.hour >= GAP_HOURS[0]) & (local.hour < GAP_HOURS[1]))
    return np.asarray(local.day_of_week == TUESDAY)


def _daily(sensor: Sensor, plant: TruePlant, start_s: int, count: int, now_s: float) -> Floats:
    """One value per local day that is over; only a request that meets the local midnights finds them."""
    zone = ZoneInfo(plant.timezone)
    result = np.full(count, np.nan)
    for index in range(count):
        instant = start_s + index * 86_400
        day = datetime.fromtimestamp(instant, zone).date()
        if instant == local_midnight_s(plant, day):
            result[index] = daily_value(sensor, plant, day, now_s)
    return result


def daily_value(sensor: Sensor, plant: TruePlant, day: date, now_s: float) -> float:
    """The value of a daily sensor on a local day; NaN if the day is not over or nothing was recorded on it."""
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    if start < ANCHOR_S or end > now_s or (plant.quirk is Quirk.SILENT_TUESDAYS and day.weekday() == TUESDAY):
        return float("nan")
    if sensor.reading.quantity is Quantity.PEAK_POWER:
        quarters = steps(plant, "meter_kw", start, (end - start) // STEP_S).reshape(-1, QUARTER // STEP_S)
        return round(float(quarters.mean(axis=1).max()), 3)
    energy = daily_energy_kwh(plant, day)
    if sensor.reading.quantity is Quantity.PERFORMANCE_RATIO:
        yield_h = float(steps(plant, "poa_w_per_m2", start, (end - start) // STEP_S).sum()) * STEP_H / 1000.0
        return round(100.0 * energy / ((plant.capacity_dc_kw or plant.capacity_ac_kw) * yield_h), 2)
    return round(energy, 3)
