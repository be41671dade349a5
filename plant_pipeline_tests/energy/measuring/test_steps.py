"""Sensors that are read more seldom from some day on."""

from datetime import timedelta

import numpy as np
import pytest

from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.energy.series.segments import even_steps
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import AFTER, DAY, EQUATOR, assert_honest, bell, instants, power, steady


def _even(*minutes: float) -> float:
    at_s = 60 * np.array(minutes)
    readings = ReadingArrays(np.array([0, len(at_s)]), at_s, np.zeros(len(at_s)))
    return float(even_steps(readings, np.array([0.0]), np.array([86400.0]))[0])


def test_even_readings() -> None:
    assert _even(0, 180, 360, 540, 720) == 3 * 3600
    assert _even(0, 180, 351, 540, 720) == 3 * 3600
    assert np.isnan(_even(0, 180, 330, 540, 720))  # one comes half an hour early
    assert _even(0, 60, 120, 180, 300, 360) == 3600  # one lacks
    assert np.isnan(_even(0, 60, 180, 300, 360, 420))  # two of five lack
    assert np.isnan(_even(0, 180, 360))


@pytest.mark.parametrize("hours", [2, 3])
@pytest.mark.parametrize("technology", ["solar", "wind"])
def test_instants_every_few_hours_after_days_of_five_minutes(warehouse: Warehouse, hours: int, technology: str) -> None:
    """Was NULL: what is missing beside the days before is no gap, it is how the sensor is read from now on."""
    site = Site(warehouse, technology=technology, place=EQUATOR)
    course = bell(2400) if technology == "solar" else steady(2400)
    sensor_id = site.sensor("ac_power", 0, sign=1)
    site.readings(sensor_id, instants(course, [*np.arange(-72, 0, 1 / 12), *np.arange(0, 60, hours)]))
    site.execute(
        "update registry.sensor set learned_step = %(step)s where sensor_id = %(id)s",
        step=timedelta(minutes=5),
        id=sensor_id,
    )
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert (row.coverage, row.gap_kwh) == (1.0, 0.0)
    assert_honest(site.day(AFTER), 2400)


def test_power_stated_for_five_minutes_that_comes_every_half_hour(warehouse: Warehouse) -> None:
    """Was a sixth of the day, and NULL."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    readings = [own for number, own in enumerate(power(bell(2400))) if number % 6 == 0]
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.coverage == 1.0
    assert row.produced_kwh == pytest.approx(2400, rel=0.01)
    assert "step_irregular" in row.flags
