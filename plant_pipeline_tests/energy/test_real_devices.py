"""Sums of inverters and turbines as they really report: asleep at night, lossy, silent. Truth beside each."""

import numpy as np
import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    BEFORE,
    DAY,
    EQUATOR,
    assert_exact,
    assert_honest,
    bell,
    exchanged,
    power,
    register,
    steady,
    without,
)


def _inverters(warehouse: Warehouse, technology: str = "solar") -> Site:
    return Site(warehouse, technology=technology, place=EQUATOR)


def test_registers_of_inverters_that_sleep_at_night_add_up(warehouse: Warehouse) -> None:
    """Three inverters of 600, 800 and 1,000 kWh a day, each awake at its own time, none at midnight."""
    site = _inverters(warehouse)
    for number, (total_kwh, first_hour, last_hour) in enumerate([(600, 5, 19), (800, 4, 21), (1000, 6, 18)]):
        readings = register(bell(total_kwh), start_kwh=10_000 * (number + 1))
        awake = [(at, value) for at, value in readings if first_hour <= at.hour <= last_hour]
        site.readings(site.register(device=f"inverter {number}", kind="inverter", sign=1), awake)
    for row in site.days(BEFORE, DAY).values():
        assert_exact(row, 2400)
        assert row.method == "inverter_sum"


def test_an_exchange_at_one_of_three_inverters(warehouse: Warehouse) -> None:
    """One of three equal registers begins at 54.3 kWh at noon: five minutes of its 133 kW are lost, 11 kWh."""
    site = _inverters(warehouse)
    for number in range(3):
        readings = register(bell(800), start_kwh=10_000)
        sensor_id = site.register(device=f"inverter {number}", kind="inverter", sign=1)
        site.readings(sensor_id, exchanged(readings, 12, 54_300) if number == 1 else readings)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2400, abs=11.2)
    assert set(row.flags) & {"meter_change", "reset"}


def test_forty_turbines_that_each_miss_three_percent(warehouse: Warehouse) -> None:
    """The time in which all forty report is 0.97^40 = 0.3 of the day; 97 % of the turbines' time was measured."""
    site = Site(warehouse, capacity_kw=40 * 250.0)
    chance = np.random.default_rng(40)
    truth_kwh = missing_kwh = 0.0
    gust = 0.6 + 0.4 * np.sin(np.arange(-72 * 4, 60 * 4) / 17)  # of the whole farm
    for number in range(40):
        own_kw = 200 * np.clip(gust + chance.normal(0, 0.05, len(gust)), 0, 1)
        sensor_id = site.sensor("ac_power", 15, device=f"T{number:02}", kind="turbine", sign=1)
        is_lost = chance.uniform(size=len(gust)) < 0.03
        labels = power(steady(0), step_min=15)
        site.readings(
            sensor_id,
            [(at, 1000 * float(kw)) for (at, _), kw, lost in zip(labels, own_kw, is_lost, strict=True) if not lost],
        )
        of_day = slice(72 * 4, 96 * 4)
        truth_kwh += float(own_kw[of_day].sum() / 4)
        missing_kwh += float((own_kw * is_lost)[of_day].sum() / 4)
    row = site.day(DAY)
    assert_honest(row, truth_kwh, capacity_kw=10_000)
    assert row.method == "inverter_sum"
    # What was measured is all that was read, not the common time of the forty.
    assert row.produced_kwh == pytest.approx(truth_kwh - missing_kwh, rel=1e-6)
    assert row.gap_kwh == pytest.approx(missing_kwh, rel=0.1)
    assert row.uncertainty_kwh < 0.02 * truth_kwh
    assert row.coverage == pytest.approx(0.97, abs=0.01)
    assert "gap_estimated" in row.flags


def test_an_inverter_that_falls_silent_is_estimated_from_its_peers(warehouse: Warehouse) -> None:
    """Three equal inverters of 800 kWh; one is silent from 10 h on. Until then it had 800/12 (4 - 6/π sin 120°)."""
    site = _inverters(warehouse)
    course = bell(800)
    lost_kwh = course.between(10, 24)
    for number in range(3):
        sensor_id = site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter", sign=1)
        readings = power(course)
        site.readings(sensor_id, without(readings, 10, 60) if number == 2 else readings)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2400 - lost_kwh)
    assert row.gap_kwh == pytest.approx(lost_kwh, rel=0.05)
    assert {"device_silent", "gap_estimated"} <= set(row.flags)
    assert row.status == "provisional"
    assert "device_silent" not in site.day(BEFORE).flags


def test_an_inverter_that_is_silent_all_day_is_estimated_from_its_share(warehouse: Warehouse) -> None:
    """Its share of the days before, a quarter of the plant, says what it may have produced: 600 of 2,400 kWh."""
    site = _inverters(warehouse)
    for number, total_kwh in enumerate([800, 1000, 600]):
        sensor_id = site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter", sign=1)
        readings = power(bell(total_kwh))
        site.readings(sensor_id, without(readings, 0, 60) if number == 2 else readings)
    site.compute(BEFORE)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(1800)
    assert row.gap_kwh == pytest.approx(600, rel=0.1)
    assert {"device_silent", "gap_estimated"} <= set(row.flags)
    assert row.status == "provisional"


def test_a_small_inverter_silent_from_sunrise_is_estimated_from_its_share(warehouse: Warehouse) -> None:
    """Zeros by night, then nothing: 60 of 2,400 kWh by its share of the days before, not the 1,170 of a mean one."""
    site = _inverters(warehouse)
    for number, total_kwh in enumerate([1170, 1170, 60]):
        sensor_id = site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter", sign=1)
        readings = power(bell(total_kwh))
        site.readings(sensor_id, without(readings, 6, 60) if number == 2 else readings)
    site.compute(BEFORE)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2340)
    assert row.gap_kwh == pytest.approx(60, rel=0.1)
    assert {"device_silent", "gap_estimated"} <= set(row.flags)


def test_a_silent_inverter_beside_the_plants_meter_costs_nothing(warehouse: Warehouse) -> None:
    site = _inverters(warehouse)
    for number in range(3):
        sensor_id = site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter", sign=1)
        readings = power(bell(800))
        site.readings(sensor_id, without(readings, 10, 60) if number == 2 else readings)
    site.readings(site.register(sign=1), register(bell(2376), start_kwh=10_000))  # 1 % is lost on the way
    row = site.day(DAY)
    assert row.method == "register_difference"
    assert_exact(row, 2376)


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_inverters_whose_losses_fall_together(warehouse: Warehouse, loss: float) -> None:
    """A gateway that fails takes all inverters with it: no peer can help, and the day is not final unless bounded."""
    site = _inverters(warehouse)
    chance = np.random.default_rng(5)
    readings = power(bell(800))
    is_lost = chance.uniform(size=len(readings)) < loss
    for number in range(3):
        sensor_id = site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter", sign=1)
        site.readings(sensor_id, [one for one, lost in zip(readings, is_lost, strict=True) if not lost])
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.gap_kwh > 0
