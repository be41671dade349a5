"""What the invented plants produce: the curves of a UTC day in 5-minute steps, registers, energy of any day.

The energy of a UTC day is a coarse sum of the model, cheap enough for years at once (half-hourly where the sun is
computed); the 5-minute steps of a day are scaled by a factor near 1 so that they sum to exactly that. A register is
then the days' energies since `ANCHOR_S` added up, plus the steps of its own day: it always agrees with the power.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pvlib import inverter, pvsystem

from plant_pipeline.sandbox.noise import Booleans, Floats, Integers, lattice, word
from plant_pipeline.sandbox.plants import Quirk, TruePlant
from plant_pipeline.sandbox.weather import DAY_S, sky, solar_hours, wind_speed_m_per_s

STEP_S: Final = 300
STEPS_PER_DAY: Final = 288
STEP_H: Final = STEP_S / 3600.0
ANCHOR_S: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())

INVERTER_EFFICIENCY: Final = 0.97
METER_LOSS: Final = 0.01
ARRAY_LOSS: Final = 0.10
GAMMA_PER_K: Final = -0.0035
STATION_DRAW: Final = 0.002
ROUND_TRIP: Final = 0.90
CHARGE_HOURS: Final = (10.0, 14.0)
DISCHARGE_HOURS: Final = (18.0, 18.0 + 4.0 * ROUND_TRIP)


@lru_cache(maxsize=1024)
def curves(plant: TruePlant, day_number: int) -> Mapping[str, Floats]:
    """Everything about `plant` on the UTC day `day_number` days after 1970-01-01, 288 means of 5 minutes each.

    `ac_kw`, `dc_kw` are the sums at the inverter (turbine, battery) terminals, `dc_v`, `dc_a` the array's; `meter_kw`
    is what passes the meter: 1 % less, and negative where the station draws from the grid. `delivered_kwh` is the
    meter's positive energy of each step; `counted_kwh` has 289 values, what it delivered from the day's begin to the
    steps' ends. The rest are `battery_kw` (discharge positive), `stored_kwh`, and the weather.
    """
    middles = day_number * DAY_S + STEP_S * np.arange(STEPS_PER_DAY, dtype=np.float64) + STEP_S / 2
    weather = sky(plant, middles)
    running, (month, index) = _running(plant, middles), _month(day_number)
    ac, dc = (power * running for power in _terminals(plant, middles, weather))
    at_meter = ac * (1.0 - METER_LOSS)
    total = float(at_meter.sum()) * STEP_H
    factor = float(_month_kwh(plant, month)[index]) / total if total > 0 else 0.0
    delivered, dc = at_meter * factor, dc * factor
    battery, stored = _battery(plant, middles)
    # About 850 V at 25 °C, falling 0.3 % per K; 0 while nothing is produced.
    voltage = np.where(dc > 0, 850.0 * (1.0 - 0.003 * (weather["module_c"] - 25.0)), 0.0)
    draw_kw = STATION_DRAW * plant.capacity_ac_kw if plant.style == "wind fine" else 0.0
    return {
        "ac_kw": ac * factor,
        "dc_kw": dc,
        "dc_v": voltage,
        "dc_a": np.divide(dc * 1000.0, voltage, out=np.zeros_like(dc), where=voltage > 0),
        "meter_kw": np.where(delivered <= 0, delivered - draw_kw, delivered),
        "delivered_kwh": np.maximum(delivered, 0.0) * STEP_H,
        "counted_kwh": np.concatenate(([0.0], np.cumsum(delivered) * STEP_H)),
        **weather,
        "wind_m_per_s": wind_speed_m_per_s(plant, middles),
        "battery_kw": battery,
        "stored_kwh": stored,
    }


def steps(plant: TruePlant, curve: str, start_s: int, count: int) -> Floats:
    """`count` 5-minute values of one of the `curves` from `start_s`, which must be a multiple of 300 s."""
    first, offset = divmod(start_s, DAY_S)
    days = range(first, (start_s + max(count, 1) * STEP_S - 1) // DAY_S + 1)
    return np.concatenate([curves(plant, day)[curve] for day in days])[offset // STEP_S :][: max(count, 0)]


def register_kwh(plant: TruePlant, instants_s: Floats) -> Floats:
    """Energy delivered at the meter from 2025-01-01 UTC until each instant; linear within a 5-minute step."""
    days = np.floor_divide(instants_s, DAY_S).astype(np.int64)
    result = np.empty_like(instants_s)
    for day in np.unique(days):
        here = days == day
        position = (instants_s[here] - day * DAY_S) / STEP_S
        counted = np.interp(position, np.arange(STEPS_PER_DAY + 1), curves(plant, int(day))["counted_kwh"])
        result[here] = _energy_before_kwh(plant, int(day)) + counted
    return result


def local_midnight_s(plant: TruePlant, day: date) -> int:
    """The instant `day` begins where the plant stands."""
    return int(datetime.combine(day, time(), ZoneInfo(plant.timezone)).timestamp())


def local_day(plant: TruePlant, curve: str, day: date) -> Floats:
    """The 5-minute values of one of the `curves` on a plant-local day: 276, 288 or 300."""
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    return steps(plant, curve, start, (end - start) // STEP_S)


def daily_energy_kwh(plant: TruePlant, day: date) -> float:
    """Energy of a plant-local day: delivered at the meter, or at the terminals where the plant has no meter."""
    ends = np.array([local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))], dtype=np.float64)
    at_meter = float(np.diff(register_kwh(plant, ends))[0])
    return at_meter / (1.0 - METER_LOSS) if plant.style == "inverters only" else at_meter


def holds(quirk: Quirk, plant: TruePlant, times: Integers) -> Booleans:
    """At which times the quirk is there."""
    local = pd.DatetimeIndex(pd.to_datetime(times, unit="s", utc=True)).tz_convert(plant.timezone)
    begin, end = quirk.hours
    hour = local.hour + local.minute / 60
    days = (local.tz_localize(None).normalize() - pd.Timestamp(2026, 11, 1)).days
    is_its_day = (
        local.day_of_week.isin(quirk.weekdays) & local.day.isin(quirk.days_of_month) & (days % quirk.every_days == 0)
    )
    return np.asarray(((hour - begin) % 24 < end - begin + 24 * (end < begin)) & is_its_day, dtype=np.bool_)


def _terminals(plant: TruePlant, times_s: Floats, weather: Mapping[str, Floats] | None = None) -> tuple[Floats, Floats]:
    """AC and DC power in kW at the terminals of all machines together.

    A common turbine begins at 3 m/s, is full at 12 m/s and stops above 25 m/s. Modules after PVWatts (Dobos 2014,
    through pvlib): DC from irradiance and module temperature, AC limited by the inverters.
    """
    none, ac_limit = np.zeros_like(times_s), plant.capacity_ac_kw
    if plant.technology == "wind":
        wind = wind_speed_m_per_s(plant, times_s)
        rising = np.clip((wind**3 - 27.0) / (1728.0 - 27.0), 0.0, 1.0)
        return ac_limit * np.where(wind > 25.0, 0.0, rising), none
    if plant.technology == "storage":
        return np.maximum(_battery(plant, times_s)[0], 0.0), none
    weather = weather or sky(plant, times_s)
    dc_peak = (plant.capacity_dc_kw or ac_limit) * (1.0 - ARRAY_LOSS)
    dc = pvsystem.pvwatts_dc(weather["poa_w_per_m2"], weather["module_c"], dc_peak, GAMMA_PER_K)
    ac = np.maximum(inverter.pvwatts(dc, ac_limit / INVERTER_EFFICIENCY, INVERTER_EFFICIENCY), 0.0)
    # A limiting inverter leaves the optimal point: the array gives only what passes through.
    return ac, np.where(ac >= ac_limit, ac / INVERTER_EFFICIENCY, np.where(ac > 0, dc, 0.0))


def _running(plant: TruePlant, times_s: Floats) -> Floats:
    """The share of the plant's machines that run."""
    still = (quirk for quirk in plant.quirks if quirk.stands_still)
    lost = (quirk.stands_still * holds(quirk, plant, times_s.astype(np.int64)) for quirk in still)
    return np.ones_like(times_s) - sum(lost)


def _battery(plant: TruePlant, times_s: Floats) -> tuple[Floats, Floats]:
    """Power (discharge positive, kW) and stored energy (kWh): charged around noon, given back in the evening."""
    if plant.storage_kwh is None:
        return np.zeros_like(times_s), np.zeros_like(times_s)
    hours = solar_hours(plant, times_s)
    solar_day = np.floor((times_s / 3600.0 + plant.longitude / 15.0) / 24.0).astype(np.int64)
    depth = 0.55 + 0.35 * lattice(word(plant.key, "battery"), solar_day)
    rate = depth * plant.storage_kwh / (CHARGE_HOURS[1] - CHARGE_HOURS[0])
    # Hours of charging (of giving) that are over: still 0 before it begins, constant once it has ended.
    charged, given = (np.clip(hours, *limits) - limits[0] for limits in (CHARGE_HOURS, DISCHARGE_HOURS))
    is_charging, is_giving = ((hours >= begin) & (hours < end) for begin, end in (CHARGE_HOURS, DISCHARGE_HOURS))
    power = np.where(is_giving, rate, np.where(is_charging, -rate, 0.0))
    return power, 0.05 * plant.storage_kwh + rate * (charged - given / ROUND_TRIP)


def _month(day_number: int) -> tuple[int, int]:
    """The month of a UTC day, counted from January 2025, and the day's place in it, from 0."""
    day = pd.Timestamp(day_number, unit="D")
    return (day.year - 2025) * 12 + day.month - 1, day.day - 1


@lru_cache(maxsize=20_000)
def _month_kwh(plant: TruePlant, month: int) -> Floats:
    """Delivered energy of every UTC day of a month, counted from January 2025."""
    step_s = 1800 if plant.technology in ("solar", "hybrid") else STEP_S
    begin = pd.Timestamp(2025 + month // 12, month % 12 + 1, 1)
    offsets = np.arange(begin.days_in_month * DAY_S // step_s, dtype=np.float64) + 0.5
    middles = begin.timestamp() + step_s * offsets
    power = _terminals(plant, middles)[0] * _running(plant, middles)
    hourly = power.reshape(-1, DAY_S // step_s).sum(axis=1) * (step_s / 3600.0)
    return np.asarray(hourly * (1.0 - METER_LOSS), dtype=np.float64)


@lru_cache(maxsize=20_000)
def _energy_before_kwh(plant: TruePlant, day_number: int) -> float:
    """Delivered energy from 2025-01-01 to the start of a UTC day; negative for days before."""
    month, index = _month(day_number)
    sign, months = (1.0, range(month)) if month >= 0 else (-1.0, range(month, 0))
    whole = sign * sum(float(_month_kwh(plant, number).sum()) for number in months)
    return whole + float(_month_kwh(plant, month)[:index].sum())
