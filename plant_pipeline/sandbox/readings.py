"""What the sensors recorded: the curves seen through instruments, with their gaps, resets and the end at the present.

What belongs here: the value of any sensor on any grid of times, NaN where no row exists. What does not: units asked for
and the server's own resampling (flexmeasures_data.py).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from plant_pipeline.sandbox.noise import Booleans, Floats, Integers, between, smooth, word
from plant_pipeline.sandbox.plants import TruePlant
from plant_pipeline.sandbox.production import (
    ANCHOR_S,
    STEP_H,
    STEP_S,
    daily_energy_kwh,
    local_day,
    local_midnight_s,
    register_kwh,
    steps,
)
from plant_pipeline.sandbox.weather import DAY_S
from plant_pipeline.sandbox.world import Signal

MEASUREMENTS: Final = 4
FORECASTER: Final = 2
REGISTER_FALL_AT: Final = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
REGISTER_FALL_SHARE: Final = 0.01
RESET_DAY_OF_MONTH: Final = 15
GAP_HOURS: Final = (10, 13)
TUESDAY: Final = 1

# From the curves' own units (kW, kWh) to the sensor's, and the decimals an instrument writes.
_UNIT_FACTOR: Final = {"MW": 1e-3, "MWh": 1e-3}
_DECIMALS: Final = {"V": 3, "W/m²": 2, "°C": 2, "m/s": 2}


def values(
    signal: Signal, start_s: int, spacing_s: int, count: int, now_s: float, source: int = MEASUREMENTS
) -> Floats:
    """`count` values in the sensor's unit at `start_s + i * spacing_s`, NaN where nothing was recorded.

    Interval sensors must be asked at their own resolution; a start off their grid finds nothing. Of an instantaneous
    sensor any spacing may be asked, and readings off that grid are not seen.
    """
    plant = signal.asset.plant
    if plant is None or source not in sources_of(signal):
        return np.full(count, np.nan)
    if signal.is_daily:
        return _daily(signal, plant, start_s, count, now_s)
    times = start_s + spacing_s * np.arange(count, dtype=np.int64)
    recorded = _register if signal.curve == "register_kwh" else _intervals
    found, is_recorded = recorded(signal, plant, times, now_s)
    if source == FORECASTER:
        found = found * (0.9 + 0.2 * smooth(word(plant.key, "day-ahead"), times.astype(np.float64), 3600.0))
    is_recorded &= (times >= ANCHOR_S) & ~_is_silent(signal, plant, times)
    rounded = np.round(found, _DECIMALS.get(signal.unit, 6)) + 0.0
    return np.where(is_recorded, rounded, np.nan)


def sources_of(signal: Signal) -> tuple[int, ...]:
    """The data sources that ever wrote to the sensor, the preferred one first."""
    if signal.asset.plant is None:
        return ()
    is_forecast = signal.asset.plant.quirk == "two_sources" and signal.curve == "meter_kw"
    return (MEASUREMENTS, FORECASTER) if is_forecast else (MEASUREMENTS,)


def daily_value(signal: Signal, day: date, now_s: float) -> float:
    """The value of a daily sensor on a local day; NaN if the day is not over or nothing was recorded on it."""
    plant = signal.asset.plant
    if plant is None:
        return float("nan")
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    if start < ANCHOR_S or end > now_s or (plant.quirk == "silent_tuesdays" and day.weekday() == TUESDAY):
        return float("nan")
    if signal.curve == "peak_kw":
        quarters = local_day(plant, "meter_kw", day).reshape(-1, 900 // STEP_S)
        return round(float(quarters.mean(axis=1).max()), 3)
    energy = daily_energy_kwh(plant, day)
    if signal.curve == "performance_ratio_pct":
        yield_h = float(local_day(plant, "poa_w_per_m2", day).sum()) * STEP_H / 1000.0
        return round(100.0 * energy / ((plant.capacity_dc_kw or plant.capacity_ac_kw) * yield_h), 2)
    return round(energy, 3)


def _intervals(signal: Signal, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """Means (sums for energy) of the intervals that begin at `times`, and which of them are over."""
    count = len(times)
    if count == 0 or times[0] % signal.resolution_s:
        return np.full(count, np.nan), np.zeros(count, dtype=np.bool_)
    per_interval = signal.resolution_s // STEP_S
    fine = steps(plant, signal.curve, int(times[0]), count * per_interval) * signal.share
    blocks = fine.reshape(count, per_interval)
    found = blocks.sum(axis=1) if signal.curve == "delivered_kwh" else blocks.mean(axis=1)
    return found * (signal.sign * _UNIT_FACTOR.get(signal.unit, 1.0)), times + signal.resolution_s <= now_s


def _register(signal: Signal, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """The meter's counter at `times`, and at which of them it was read."""
    is_read = (times % signal.reading_s == 0) & (times <= now_s) & (times >= ANCHOR_S)
    found = np.zeros(len(times))
    if not is_read.any():
        return found, is_read
    instants = times[is_read].astype(np.float64)
    counted = register_kwh(plant, instants) * signal.share
    if plant.quirk == "meter_reset":
        resets = _resets_s(plant, instants[0], instants[-1])
        at_reset = register_kwh(plant, resets) * signal.share
        counted = counted - at_reset[np.searchsorted(resets, instants, side="right") - 1]
    else:
        base = round(between(1e5, 5e6, plant.key, signal.asset.name, "register"), 1)
        counted = counted + base
        fall_s = REGISTER_FALL_AT.timestamp()
        if plant.quirk == "unexplained_fall" and instants[-1] >= fall_s:
            at_fall = base + float(register_kwh(plant, np.array([fall_s]))[0]) * signal.share
            counted = np.where(instants >= fall_s, counted - REGISTER_FALL_SHARE * at_fall, counted)
    found[is_read] = counted * _UNIT_FACTOR.get(signal.unit, 1.0)
    return found, is_read


def _resets_s(plant: TruePlant, first_s: float, last_s: float) -> Floats:
    """When the meter of a `meter_reset` plant is zeroed: from the last time before `first_s` until `last_s`."""
    zone = ZoneInfo(plant.timezone)
    first, last = (datetime.fromtimestamp(instant, zone) for instant in (first_s, last_s))
    months = range(first.year * 12 + first.month - 2, last.year * 12 + last.month)
    return np.array([datetime(m // 12, m % 12 + 1, RESET_DAY_OF_MONTH, 12, tzinfo=zone).timestamp() for m in months])


def _is_silent(signal: Signal, plant: TruePlant, times: Integers) -> Booleans:
    """Where a quirk of the plant keeps rows from being recorded."""
    is_gappy = plant.quirk == "inverter_gap" and signal.asset.name == "INV-02"
    if not is_gappy and plant.quirk != "silent_tuesdays":
        return np.zeros(len(times), dtype=np.bool_)
    local = pd.DatetimeIndex(pd.to_datetime(times, unit="s", utc=True)).tz_convert(plant.timezone)
    if is_gappy:
        return np.asarray((local.hour >= GAP_HOURS[0]) & (local.hour < GAP_HOURS[1]))
    return np.asarray(local.day_of_week == TUESDAY)


def _daily(signal: Signal, plant: TruePlant, start_s: int, count: int, now_s: float) -> Floats:
    """One value per local day that is over; only a request that meets the local midnights finds them."""
    zone = ZoneInfo(plant.timezone)
    result = np.full(count, np.nan)
    for index in range(count):
        day = datetime.fromtimestamp(start_s + index * DAY_S, zone).date()
        if start_s + index * DAY_S == local_midnight_s(plant, day):
            result[index] = daily_value(signal, day, now_s)
    return result
