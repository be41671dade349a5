"""What the invented plants produce: power in 5-minute steps, registers, energy of any day.

What belongs here: machines driven by weather. What does not: sensors, gaps, meter resets (readings.py).

The energy of a UTC day is a coarse sum of the model, cheap enough for years at once (half-hourly where the sun is
computed); the 5-minute steps of a day are scaled by a factor near 1 so that they sum to exactly that. A register is
then the days' energies since `ANCHOR_S` added up, plus the steps of its own day: it always agrees with the power.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from pvlib import inverter, pvsystem

from plant_pipeline.sandbox.noise import Floats, lattice, word
from plant_pipeline.sandbox.plants import Style, TruePlant
from plant_pipeline.sandbox.weather import DAY_S, Sky, sky, solar_hours, wind_speed_m_per_s

STEP_S: Final = 300
STEPS_PER_DAY: Final = 288
STEP_H: Final = STEP_S / 3600.0
ANCHOR_DATE: Final = date(2025, 1, 1)
ANCHOR_S: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())

INVERTER_EFFICIENCY: Final = 0.97
METER_LOSS: Final = 0.01
ARRAY_LOSS: Final = 0.10
GAMMA_PER_K: Final = -0.0035
STATION_DRAW: Final = 0.002
ROUND_TRIP: Final = 0.90
CHARGE_HOURS: Final = (10.0, 14.0)
DISCHARGE_HOURS: Final = (18.0, 18.0 + 4.0 * ROUND_TRIP)

_SOLAR_QUADRATURE_S = 1800
_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class PlantDay:
    """One UTC day of a plant, 288 means of 5 minutes each; `counted_kwh` has 289, the energy at the steps' ends.

    `plant_ac_kw` is the sum at the inverter (turbine, battery) terminals, `meter_kw` what passes the meter: 1 % less,
    and negative where the station draws from the grid. `counted_kwh` is what the meter delivered since the day began.
    """

    plant_ac_kw: Floats
    plant_dc_kw: Floats
    meter_kw: Floats
    counted_kwh: Floats
    ghi_w_per_m2: Floats
    poa_w_per_m2: Floats
    air_c: Floats
    module_c: Floats
    wind_m_per_s: Floats
    battery_kw: Floats
    stored_kwh: Floats


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


@lru_cache(maxsize=1024)
def plant_day(plant: TruePlant, day_number: int) -> PlantDay:
    """Everything about `plant` on the UTC day `day_number` days after 1970-01-01."""
    starts = day_number * DAY_S + STEP_S * np.arange(STEPS_PER_DAY, dtype=np.float64)
    middles = starts + STEP_S / 2
    weather = sky(plant.place, middles)
    ac, dc = _terminals(plant, middles, weather)
    day = _date(day_number)
    expected = float(_daily_energy_kwh(plant, day.year, day.month)[day.day - 1])
    at_meter = ac * (1.0 - METER_LOSS)
    total = float(at_meter.sum()) * STEP_H
    factor = expected / total if total > 0 else 0.0
    delivered = at_meter * factor
    battery, stored = _battery(plant, middles)
    return PlantDay(
        plant_ac_kw=ac * factor,
        plant_dc_kw=dc * factor,
        meter_kw=np.where((delivered <= 0) & _draws(plant), -STATION_DRAW * plant.capacity_ac_kw, delivered),
        counted_kwh=np.concatenate(([0.0], np.cumsum(delivered) * STEP_H)),
        ghi_w_per_m2=weather.ghi_w_per_m2,
        poa_w_per_m2=weather.poa_w_per_m2,
        air_c=weather.air_c,
        module_c=weather.module_c,
        wind_m_per_s=wind_speed_m_per_s(plant.place, middles),
        battery_kw=battery,
        stored_kwh=stored,
    )


def register_kwh(plant: TruePlant, instants_s: Floats) -> Floats:
    """Energy delivered at the meter from 2025-01-01 UTC until each instant; linear within a 5-minute step."""
    days = np.floor_divide(instants_s, DAY_S).astype(np.int64)
    result = np.empty_like(instants_s)
    for day in np.unique(days):
        here = days == day
        steps = (instants_s[here] - day * DAY_S) / STEP_S
        counted = np.interp(steps, np.arange(STEPS_PER_DAY + 1), plant_day(plant, int(day)).counted_kwh)
        result[here] = _energy_before_kwh(plant, int(day)) + counted
    return result


def local_midnight_s(plant: TruePlant, day: date) -> int:
    """The instant `day` begins where the plant stands."""
    return int(datetime.combine(day, time(), ZoneInfo(plant.timezone)).timestamp())


def daily_energy_kwh(plant: TruePlant, day: date) -> float:
    """Energy of a plant-local day: delivered at the meter, or at the terminals where the plant has no meter."""
    ends = np.array([local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))], dtype=np.float64)
    at_meter = float(np.diff(register_kwh(plant, ends))[0])
    return at_meter / (1.0 - METER_LOSS) if plant.style is Style.INVERTERS_ONLY else at_meter


def daily_import_kwh(plant: TruePlant, day: date) -> float:
    """Energy the station itself drew from the grid on a plant-local day, through its meter."""
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    meter = steps(plant, "meter_kw", start, (end - start) // STEP_S)
    return float(np.maximum(-meter, 0.0).sum()) * STEP_H


def steps(plant: TruePlant, quantity: str, start_s: int, count: int) -> Floats:
    """`count` 5-minute values of one field of `PlantDay` from `start_s`, which must be a multiple of 300 s."""
    if count <= 0:
        return np.empty(0)
    first, last = start_s // int(DAY_S), (start_s + count * STEP_S - 1) // int(DAY_S)
    values = [getattr(plant_day(plant, day), quantity)[:STEPS_PER_DAY] for day in range(first, last + 1)]
    offset = (start_s - first * int(DAY_S)) // STEP_S
    return np.asarray(np.concatenate(values)[offset : offset + count], dtype=np.float64)


def _terminals(plant: TruePlant, times_s: Floats, weather: Sky | None = None) -> tuple[Floats, Floats]:
    """AC and DC power in kW at the terminals of all machines together."""
    if plant.technology == "wind":
        wind = wind_speed_m_per_s(plant.place, times_s)
        return plant.capacity_ac_kw * _power_curve(wind), np.zeros_like(times_s)
    if plant.technology == "storage":
        return np.maximum(_battery(plant, times_s)[0], 0.0), np.zeros_like(times_s)
    return _photovoltaic(plant, weather or sky(plant.place, times_s))


def _photovoltaic(plant: TruePlant, weather: Sky) -> tuple[Floats, Floats]:
    """PVWatts (Dobos 2014, through pvlib): DC from irradiance and module temperature, AC limited by the inverters."""
    ac_limit = plant.capacity_ac_kw
    dc_peak = (plant.capacity_dc_kw or ac_limit) * (1.0 - ARRAY_LOSS)
    dc = np.asarray(pvsystem.pvwatts_dc(weather.poa_w_per_m2, weather.module_c, dc_peak, GAMMA_PER_K), dtype=np.float64)
    ac = np.asarray(inverter.pvwatts(dc, ac_limit / INVERTER_EFFICIENCY, INVERTER_EFFICIENCY), dtype=np.float64)
    ac = np.maximum(ac, 0.0)
    # A limiting inverter leaves the optimal point: the array gives only what passes through.
    return ac, np.where(ac >= ac_limit, ac / INVERTER_EFFICIENCY, np.where(ac > 0, dc, 0.0))


def _power_curve(wind_m_per_s: Floats) -> Floats:
    """Share of the rated power of a common turbine: from 3 m/s, full at 12 m/s, stopped above 25 m/s."""
    rising = np.clip((wind_m_per_s**3 - 27.0) / (1728.0 - 27.0), 0.0, 1.0)
    return np.where(wind_m_per_s > 25.0, 0.0, rising)


def _battery(plant: TruePlant, times_s: Floats) -> tuple[Floats, Floats]:
    """Power (discharge positive, kW) and stored energy (kWh): charged around noon, given back in the evening."""
    if plant.storage_kwh is None:
        return np.zeros_like(times_s), np.zeros_like(times_s)
    hours = solar_hours(plant.place, times_s)
    solar_day = np.floor((times_s / 3600.0 + plant.longitude / 15.0) / 24.0).astype(np.int64)
    depth = 0.55 + 0.35 * lattice(word(plant.key, "battery"), solar_day)
    rate = depth * plant.storage_kwh / (CHARGE_HOURS[1] - CHARGE_HOURS[0])
    charged = np.clip(hours - CHARGE_HOURS[0], 0.0, CHARGE_HOURS[1] - CHARGE_HOURS[0])
    given = np.clip(hours - DISCHARGE_HOURS[0], 0.0, DISCHARGE_HOURS[1] - DISCHARGE_HOURS[0])
    is_charging = (hours >= CHARGE_HOURS[0]) & (hours < CHARGE_HOURS[1])
    is_giving = (hours >= DISCHARGE_HOURS[0]) & (hours < DISCHARGE_HOURS[1])
    power = np.where(is_giving, rate, np.where(is_charging, -rate, 0.0))
    return power, 0.05 * plant.storage_kwh + rate * (charged - given / ROUND_TRIP)


def _draws(plant: TruePlant) -> bool:
    return plant.style is Style.WIND_FINE


def _date(day_number: int) -> date:
    return date.fromordinal(day_number + _EPOCH_DAY)


@lru_cache(maxsize=20_000)
def _daily_energy_kwh(plant: TruePlant, year: int, month: int) -> Floats:
    """Delivered energy of every UTC day of a month."""
    step_s = _SOLAR_QUADRATURE_S if plant.technology in ("solar", "hybrid") else STEP_S
    first, days = epoch_day(date(year, month, 1)), monthrange(year, month)[1]
    per_day = int(DAY_S) // step_s
    middles = first * DAY_S + step_s * (np.arange(days * per_day, dtype=np.float64) + 0.5)
    ac, _ = _terminals(plant, middles)
    energy = ac.reshape(days, per_day).sum(axis=1) * (step_s / 3600.0) * (1.0 - METER_LOSS)
    return np.asarray(energy, dtype=np.float64)


@lru_cache(maxsize=20_000)
def _monthly_energy_kwh(plant: TruePlant, year: int, month: int) -> float:
    return float(_daily_energy_kwh(plant, year, month).sum())


def _year_and_month(index: int) -> tuple[int, int]:
    """Month number `index` counted from January 2025."""
    return ANCHOR_DATE.year + index // 12, index % 12 + 1


def _energy_before_kwh(plant: TruePlant, day_number: int) -> float:
    """Delivered energy from 2025-01-01 to the start of a UTC day; negative for days before."""
    day = _date(day_number)
    months = (day.year - ANCHOR_DATE.year) * 12 + day.month - 1
    after, before = range(months), range(months, 0)
    whole = sum(_monthly_energy_kwh(plant, *_year_and_month(index)) for index in after)
    whole -= sum(_monthly_energy_kwh(plant, *_year_and_month(index)) for index in before)
    return whole + float(_daily_energy_kwh(plant, day.year, day.month)[: day.day - 1].sum())
