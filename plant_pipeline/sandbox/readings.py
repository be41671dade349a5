"""What the sensors recorded: the curves seen through instruments, with their quirks and the end at the present.

The value of any signal on any grid of times, NaN where no row exists; the server's own resampling comes after it.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from plant_pipeline.sandbox import production
from plant_pipeline.sandbox.noise import Booleans, Floats, Integers, between, lattice, smooth, word
from plant_pipeline.sandbox.plants import Quirk, TruePlant
from plant_pipeline.sandbox.production import ANCHOR_S, STEP_H, STEP_S, holds, local_midnight_s, register_kwh
from plant_pipeline.sandbox.weather import DAY_S, HOUR_S
from plant_pipeline.sandbox.world import Signal

MEASUREMENTS: Final = 4
FORECASTER: Final = 2

# From the curves' own units (kW, kWh) to the signal's, and the decimals an instrument writes.
_UNIT_FACTOR: Final = {"MW": 1e-3, "MWh": 1e-3}
_DECIMALS: Final = {"V": 3, "W/m²": 2, "°C": 2, "m/s": 2}


def values(
    signal: Signal, start_s: int, spacing_s: int, count: int, now_s: float, source: int = MEASUREMENTS
) -> Floats:
    """`count` values in the signal's unit at `start_s + i * spacing_s`, NaN where nothing was recorded.

    Interval signals must be asked at their own resolution; a start off their grid finds nothing, and daily ones are
    found at local midnights only. Of an instantaneous signal any spacing may be asked, and readings off that grid are
    not seen.
    """
    plant = signal.asset.plant
    if plant is None or source not in sources_of(signal):
        return np.full(count, np.nan)
    times = start_s + spacing_s * np.arange(count, dtype=np.int64)
    if signal.is_daily:
        days = [datetime.fromtimestamp(time_s, ZoneInfo(plant.timezone)).date() for time_s in times.tolist()]
        found = np.array([daily_value(signal, day, now_s) for day in days])
        return np.where(times == [local_midnight_s(plant, day) for day in days], found, np.nan)
    recorded = _register if signal.curve == "register_kwh" else _intervals
    found, is_recorded = recorded(signal, plant, times, known_until_s(now_s, source))
    if source == FORECASTER:
        found = found * (0.9 + 0.2 * smooth(word(plant.key, "day-ahead"), times.astype(np.float64), 3600.0))
    for quirk in _quirks(signal):
        is_there = holds(quirk, plant, times)
        found = np.where(is_there, found * quirk.factor if quirk.shows is None else quirk.shows, found)
        is_recorded = is_recorded & ~(is_there & quirk.is_silent)
    rounded = np.round(found, _DECIMALS.get(signal.unit, 6)) + 0.0
    return np.where(is_recorded & (times >= ANCHOR_S), rounded, np.nan)


def sources_of(signal: Signal) -> tuple[int, ...]:
    """The data sources that ever wrote to the signal, the preferred one first."""
    if signal.asset.plant is None:
        return ()
    has_forecast = any(quirk.has_forecast for quirk in _quirks(signal))
    return (MEASUREMENTS, FORECASTER) if has_forecast else (MEASUREMENTS,)


def known_until_s(now_s: float, source: int) -> float:
    """Until when a source knows anything: the forecaster a day ahead."""
    return now_s + DAY_S if source == FORECASTER else now_s


def latest_values(signal: Signal, start_s: int, spacing_s: int, count: int, now_s: float) -> Floats:
    """The values of no source in particular: those measured, and a forecast where nothing was."""
    found = np.full(count, np.nan)
    for source in sources_of(signal):
        found = np.where(np.isnan(found), values(signal, start_s, spacing_s, count, now_s, source), found)
    return found


def recorded_every_s(signal: Signal) -> int:
    """The spacing of times that misses no row of the signal."""
    return 60 if any(quirk.jitter_min for quirk in _quirks(signal)) else signal.resolution_s or signal.reading_s


def daily_value(signal: Signal, day: date, now_s: float) -> float:
    """The value of a daily signal on a local day; NaN if the day is not over or nothing was recorded on it."""
    plant = signal.asset.plant
    if plant is None:
        return float("nan")
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    is_silent = any(quirk.is_silent and holds(quirk, plant, np.array([start])).all() for quirk in _quirks(signal))
    if start < ANCHOR_S or end > now_s or is_silent:
        return float("nan")
    if signal.curve == "peak_kw":
        quarters = production.local_day(plant, "meter_kw", day).reshape(-1, 900 // STEP_S)
        return round(float(quarters.mean(axis=1).max()), 3)
    energy = production.daily_energy_kwh(plant, day)
    if signal.curve == "performance_ratio_pct":
        yield_h = float(production.local_day(plant, "poa_w_per_m2", day).sum()) * STEP_H / 1000.0
        return round(100.0 * energy / ((plant.capacity_dc_kw or plant.capacity_ac_kw) * yield_h), 2)
    return round(energy, 3)


def _intervals(signal: Signal, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """Means (sums for energy) of the intervals that begin at `times`, and which of them are over."""
    count = len(times)
    if count == 0 or times[0] % signal.resolution_s:
        return np.full(count, np.nan), np.zeros(count, dtype=np.bool_)
    per_interval = signal.resolution_s // STEP_S
    fine = production.steps(plant, signal.curve, int(times[0]), count * per_interval) * signal.share
    blocks = fine.reshape(count, per_interval)
    found = blocks.sum(axis=1) if signal.curve == "delivered_kwh" else blocks.mean(axis=1)
    return found * (signal.sign * _UNIT_FACTOR.get(signal.unit, 1.0)), times + signal.resolution_s <= now_s


def _register(signal: Signal, plant: TruePlant, times: Integers, now_s: float) -> tuple[Floats, Booleans]:
    """The meter's counter at `times`, and at which of them it was read."""
    jitter_min = max((quirk.jitter_min for quirk in _quirks(signal)), default=0)
    due = (times + signal.reading_s // 2) // signal.reading_s
    stray_min = np.floor((2 * jitter_min + 1) * lattice(word(plant.key, "jitter"), due)).astype(np.int64) - jitter_min
    is_read = (times == due * signal.reading_s + 60 * stray_min) & (times <= now_s) & (times >= ANCHOR_S)
    found = np.zeros(len(times))
    if not is_read.any():
        return found, is_read
    falls = [quirk for quirk in _quirks(signal) if quirk.loses]
    # A register that is zeroed every month begins at zero too.
    is_zeroed = any(quirk.loses == 1.0 for quirk in falls)
    begin = 0.0 if is_zeroed else round(between(1e5, 5e6, plant.key, signal.asset.name, "register"), 1)
    instants = times[is_read].astype(np.float64)
    counted = register_kwh(plant, instants) * signal.share + begin
    for quirk in falls:
        falls_s = _falls_s(quirk, plant, instants[0], instants[-1])
        at_fall = np.concatenate(([0.0], register_kwh(plant, falls_s) * signal.share + begin))
        fallen = np.searchsorted(falls_s, instants, side="right")
        counted = counted - quirk.loses * at_fall[fallen] + quirk.begins_kwh * (fallen > 0)
    found[is_read] = counted * _UNIT_FACTOR.get(signal.unit, 1.0)
    return found, is_read


def _falls_s(quirk: Quirk, plant: TruePlant, first_s: float, last_s: float) -> Floats:
    """When a register falls: once, or at noon again and again, from the last time before `first_s` on."""
    if quirk.at is not None:
        return np.array([quirk.at.timestamp()])
    hours_s = np.arange(first_s - 32 * DAY_S - first_s % HOUR_S, last_s + HOUR_S, HOUR_S)
    return hours_s[holds(replace(quirk, hours=(12, 13)), plant, hours_s.astype(np.int64))]


def _quirks(signal: Signal) -> list[Quirk]:
    """Those of the plant that concern this signal."""
    quirks = signal.asset.plant.quirks if signal.asset.plant is not None else ()
    device, curve = (None, signal.asset.name), (None, signal.curve)
    return [quirk for quirk in quirks if quirk.device in device and quirk.curve in curve]
