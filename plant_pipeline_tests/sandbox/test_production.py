from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from plant_pipeline.sandbox.plants import TruePlant
from plant_pipeline.sandbox.production import (
    METER_LOSS,
    STEP_S,
    daily_energy_kwh,
    local_midnight_s,
    register_kwh,
    steps,
)
from plant_pipeline.sandbox.readings import values
from plant_pipeline.sandbox.world import Signal, World

NOW_S = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
DAYS = (date(2026, 3, 29), date(2026, 6, 21), date(2026, 10, 25), date(2026, 11, 12))


def _sensors(world: World, plant: TruePlant, curve: str) -> list[Signal]:
    return [s for s in world.signals.values() if s.asset.plant is plant and s.curve == curve]


def _local_day(sensor: Signal, plant: TruePlant, day: date) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
    spacing = sensor.resolution_s or sensor.reading_s
    is_instant = sensor.resolution_s == 0
    return values(sensor, start, spacing, (end - start) // spacing + is_instant, NOW_S)


@pytest.mark.parametrize("day", DAYS)
def test_registers_agree_with_the_integrated_power(world: World, day: date) -> None:
    compared = 0
    for plant in world.truth:
        for power in _sensors(world, plant, "meter_kw"):
            registers = [s for s in _sensors(world, plant, "register_kwh") if s.asset.id == power.asset.id]
            for register in registers:
                per_unit = 1000.0 if register.unit == "MWh" else 1.0
                counted = np.diff(_local_day(register, plant, day)[[0, -1]])[0] * per_unit
                integrated = np.maximum(_local_day(power, plant, day), 0).sum() * power.resolution_s / 3600
                assert counted == pytest.approx(integrated, rel=1e-6), plant.key
                compared += 1
    assert compared >= 10


@pytest.mark.parametrize("day", DAYS)
def test_machines_sum_to_the_meter_and_one_percent(world: World, day: date) -> None:
    # A gap every day, one reading of 65,535 kW, an inverter that dies.
    crooked = ("velvary", "tabernas", "broken_hill")
    for plant in world.truth:
        meters, machines = (_sensors(world, plant, q) for q in ("meter_kw", "ac_kw"))
        if not meters or not machines or plant.key in crooked:
            continue
        produced = np.sum([_local_day(sensor, plant, day) for sensor in machines], axis=0)
        metered = np.maximum(_local_day(meters[0], plant, day) * meters[0].sign, 0)
        assert metered == pytest.approx(produced * (1 - METER_LOSS), rel=1e-5, abs=1e-4), plant.key


def test_dc_power_voltage_and_current_fit(world: World) -> None:
    plant = world.by_key["velvary"]
    curves = ("dc_kw", "dc_v", "dc_a", "ac_kw")
    power, voltage, current, ac = (
        _local_day(_sensors(world, plant, curve)[0], plant, date(2026, 6, 21)) for curve in curves
    )
    assert voltage * current / 1000 == pytest.approx(power, rel=1e-4, abs=0.01)
    producing = ac > 0.2 * ac.max()  # an inverter is poor at a few percent of its rating
    assert (ac[producing] / power[producing]).min() > 0.93
    assert (ac[producing] / power[producing]).max() < 0.98
    assert voltage[producing].min() > 700


def test_no_solar_power_at_night_and_never_more_than_the_capacity(world: World) -> None:
    for plant in world.truth:
        for day in DAYS:
            start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
            count = (end - start) // STEP_S
            power, sun = steps(plant, "meter_kw", start, count), steps(plant, "ghi_w_per_m2", start, count)
            assert power.max() <= plant.capacity_ac_kw
            if plant.technology in ("solar", "hybrid"):
                assert power[sun == 0].max() == 0
                assert (sun == 0).sum() > 60
                assert power.min() == 0


def test_yearly_yields_are_those_of_real_plants(world: World) -> None:
    # Fixed-tilt solar on these latitudes gives 900 to 2400 kWh per kW AC, wind 1500 to 4500.
    year = np.array([datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2025, 2026)])
    for plant in world.truth:
        hours = np.diff(register_kwh(plant, year))[0] / plant.capacity_ac_kw
        low, high = (1500, 4500) if plant.technology == "wind" else (900, 2600)
        if plant.technology != "storage":
            assert low < hours < high, (plant.key, hours)


def test_neighbours_share_their_weather(world: World) -> None:
    first, second = world.by_key["los_llanos_1"], world.by_key["los_llanos_2"]
    ratio = daily_energy_kwh(first, DAYS[1]) / daily_energy_kwh(second, DAYS[1])
    assert ratio == pytest.approx(24 / 26, rel=0.05)  # the ratio of their DC capacities


def test_a_calm_wind_farm_draws_from_the_grid(world: World) -> None:
    plant = world.by_key["mount_bryan"]
    assert plant.style == "wind fine"
    meter = _sensors(world, plant, "meter_kw")[0]
    drawn = {}
    for day in (date(2026, 11, 1) + timedelta(days=offset) for offset in range(10)):
        power = _local_day(meter, plant, day)
        drawn[day] = -np.minimum(power, 0).sum() / 12
    assert max(drawn.values()) > 0


def test_a_battery_gives_back_less_than_it_took(world: World) -> None:
    plant = world.by_key["zwickau"]
    power = _local_day(_sensors(world, plant, "battery_kw")[0], plant, date(2026, 6, 21))
    taken, given = -np.minimum(power, 0).sum() / 12, np.maximum(power, 0).sum() / 12
    assert given == pytest.approx(0.9 * taken, rel=0.02)
    stored = _local_day(_sensors(world, plant, "stored_kwh")[0], plant, date(2026, 6, 21))
    assert 0 < stored.min() < stored.max() <= (plant.storage_kwh or 0)


def test_a_plant_without_meter_is_expected_at_its_inverters(world: World) -> None:
    plant = world.by_key["karoo_kop"]
    machines = _sensors(world, plant, "ac_kw")
    summed = sum(float(_local_day(sensor, plant, DAYS[1]).sum()) / 12 for sensor in machines)
    assert daily_energy_kwh(plant, DAYS[1]) == pytest.approx(summed, rel=1e-6)


def test_days_of_a_month_add_up_across_months_and_the_beginning(world: World) -> None:
    # A local day east of Greenwich begins on the UTC day before: also at the turn of months, years, and at the start.
    plant = world.by_key["bhadla"]
    for day in (date(2025, 1, 1), date(2025, 2, 1), date(2026, 1, 1)):
        start, end = local_midnight_s(plant, day), local_midnight_s(plant, day + timedelta(days=1))
        integrated = float(steps(plant, "meter_kw", start, (end - start) // STEP_S).sum()) / 12
        assert daily_energy_kwh(plant, day) == pytest.approx(integrated, rel=1e-9)
