"""Plants where the sun hardly moves or does not rise, and plants that are not where they are said to be."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    DAY,
    EQUATOR,
    Reading,
    assert_exact,
    assert_honest,
    bell,
    instants,
    intervals,
    power,
    register,
    replaced,
    without,
)

LONGYEARBYEN = (78.2, 15.6)
POLAR_DAY, POLAR_NIGHT = "2026-06-15", "2026-12-21"
ANTIPODES = (0.0, 180.0)
"""The sun is up there from 18 to 6 h UTC: the sign of a longitude was lost, say."""


def _plant(warehouse: Warehouse, place: tuple[float, float]) -> Site:
    return Site(warehouse, technology="solar", place=place)


# -- beyond the polar circles --
@pytest.mark.parametrize(("from_h", "until_h"), [(0, 24), (0, 4), (10, 14)])
def test_in_a_polar_night_nothing_can_be_missing(warehouse: Warehouse, from_h: float, until_h: float) -> None:
    """Zeros for a part of the day or all of it: no sun, no energy, whatever is not read."""
    site = _plant(warehouse, LONGYEARBYEN)
    zeros = [0.0 if from_h <= number / 12 < until_h else None for number in range(288)]
    site.series(site.sensor("ac_power", 5, sign=1), f"{POLAR_NIGHT} 00:00", 5, zeros)
    kpis = site.kpis(POLAR_NIGHT)
    assert (kpis["capacity_factor"].value, kpis["daylight_completeness"].null_reason) == (0.0, "night_only")
    assert_exact(site.day(POLAR_NIGHT), 0)


def test_in_a_polar_night_without_readings_nothing_is_known(warehouse: Warehouse) -> None:
    """Whether there is a plant at all."""
    site = _plant(warehouse, LONGYEARBYEN)
    site.series(site.sensor("ac_power", 5, sign=1), "2026-12-19 00:00", 5, [0.0] * 12)
    row = site.day(POLAR_NIGHT)
    assert (row.produced_kwh, row.null_reason) == (None, "no_data")


def test_under_the_midnight_sun_a_gap_counts_at_any_hour(warehouse: Warehouse) -> None:
    """Nothing is read from 20 to 4 h, a third of a day that is all daylight."""
    site = _plant(warehouse, LONGYEARBYEN)
    course = bell(2400)
    readings = without(without(power(course), 20, 28), -4, 4)
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(POLAR_DAY)
    assert_honest(row, 2400)
    assert row.daylight_completeness == pytest.approx(16 / 24)


# -- elsewhere than stated --
def _series(site: Site, kind: str) -> list[Reading]:
    course = bell(2400)
    if kind == "register":
        readings = register(course, start_kwh=10_000)
        site.readings(site.register(sign=1), readings)
    elif kind == "intervals":
        readings = intervals(course)
        site.readings(site.sensor("production_energy", 5, sign=1), readings)
    elif kind == "power":
        readings = power(course)
        site.readings(site.sensor("ac_power", 5, sign=1), readings)
    else:
        readings = instants(course, [number / 12 for number in range(-24, 26 * 12)])
        site.readings(site.sensor("ac_power", 0, sign=1), readings)
    return readings


@pytest.mark.parametrize("kind", ["register", "intervals", "power", "instants"])
def test_production_in_the_dark_is_kept_and_a_person_told(warehouse: Warehouse, kind: str) -> None:
    site = _plant(warehouse, ANTIPODES)
    _series(site, kind)
    (finding,) = site.compute(DAY).findings
    assert "coordinates 0.0, 180.0, which look wrong" in finding
    assert "`plant-pipeline registry set P-SITE longitude VALUE`" in finding
    row = site.day(DAY)
    assert row.status == "final"
    assert row.produced_kwh == pytest.approx(2400, rel=1e-3)
    assert row.flags == []
    assert row.daylight_completeness is None


def test_a_gap_in_the_supposed_dark_is_a_gap(warehouse: Warehouse) -> None:
    """From 12 to 15 h the sun is down at the coordinates; the bell is not: 2400/12 (3 + 6/π) = 981.97 kWh."""
    site = _plant(warehouse, ANTIPODES)
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(bell(2400)), 12, 15))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.status == "provisional"
    assert row.produced_kwh == pytest.approx(2400 - 981.97, abs=0.01)


def test_power_that_stands_still_into_the_night_does_not_move_a_plant(warehouse: Warehouse) -> None:
    """50 kW from 16 h on until the next morning: what is stuck is not believed, the coordinates are."""
    site = _plant(warehouse, EQUATOR)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(bell(2400)), 16, 29, 50_000.0))
    result = site.compute(DAY)
    assert not any("coordinates" in finding for finding in result.findings)
    assert "stuck" in site.day(DAY).flags


def test_a_small_offset_by_night_does_not_move_a_plant(warehouse: Warehouse) -> None:
    """0.1 to 0.2 kW of a current clamp on a dull day of 6 kWh: a fifth of it, but below 2 % of its highest power."""
    site = _plant(warehouse, EQUATOR)
    offset = [(at, value + 100 * (number % 2 + 1) / 100) for number, (at, value) in enumerate(power(bell(6)))]
    site.readings(site.sensor("ac_power", 5, sign=1), offset)
    assert not any("coordinates" in finding for finding in site.compute(DAY).findings)
