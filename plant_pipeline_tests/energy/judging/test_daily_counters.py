"""Counters that begin anew with each day, read as real ones are, beside the truth.

Unless said otherwise: 1 MW of photovoltaics on the equator, where the sun is up from 05:57 to 18:04, and a bell of
2,400 kWh each day from 6 to 18 h.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    AFTER,
    BEFORE,
    DAY,
    EQUATOR,
    Course,
    Reading,
    assert_exact,
    assert_honest,
    bell,
    hour,
    replaced,
    steady,
)


def _plant(warehouse: Warehouse) -> Site:
    return Site(warehouse, technology="solar", place=EQUATOR)


def _counter(course: Course, labels: Sequence[float], begins_h: float = 0.0) -> list[Reading]:
    """What came since `begins_h` of the day, Wh, at hours since the 15th began."""
    return [(hour(label), 1000 * course.between(begins_h + (label - begins_h) // 24 * 24, label)) for label in labels]


def _every(step_min: float, days: int = 6) -> list[float]:
    return [number * step_min / 60 for number in range(round(-24 * days * 60 / step_min), round(60 * 60 / step_min))]


def _awake(labels: Sequence[float], from_h: float = 5, until_h: float = 21) -> list[float]:
    return [label for label in labels if from_h <= label % 24 <= until_h]


@pytest.mark.parametrize("step_min", [5, 15, 60])
@pytest.mark.parametrize("begins_h", [0.0, 5.5], ids=["at midnight", "at dawn"])
def test_of_an_inverter_that_sleeps_at_night(warehouse: Warehouse, step_min: float, begins_h: float) -> None:
    """Read from 5 to 21 h; by night there was nothing to count."""
    site = _plant(warehouse)
    site.readings(site.register(sign=1), _counter(bell(2400), _awake(_every(step_min)), begins_h))
    for row in site.days(BEFORE, DAY).values():
        assert_exact(row, 2400)
        assert row.coverage == pytest.approx(1.0)


def test_of_an_inverter_that_wakes_under_the_sun(warehouse: Warehouse) -> None:
    """Asleep from 17 h until 8 h: what came by then the first reading tells.

    What came after 17 h is not known: 2400/12 (1 - 6/π sin 30°) = 9.0 kWh.
    """
    site = _plant(warehouse)
    site.readings(site.register(sign=1), _counter(bell(2400), _awake(_every(5), 8, 17)))
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(bell(2400).between(0, 17))
    assert_honest(row, 2400)


@pytest.mark.parametrize("step_min", [5, 15, 30, 60])
def test_that_is_read_by_night_too(warehouse: Warehouse, step_min: float) -> None:
    site = _plant(warehouse)
    site.readings(site.register(sign=1), _counter(bell(2400), _every(step_min)))
    for row in site.days(BEFORE, AFTER).values():
        assert_exact(row, 2400)
        assert row.flags == []


def _weather(label: float) -> float:
    """Of each day by its number, so that some are brighter than the day before, and some less so."""
    return (2400, 1800, 3000, 600, 2100, 2700, 1200)[round(label // 24) % 7]


@pytest.mark.parametrize(
    "hours",
    [(23 + 50 / 60, 10 / 60), (21.0,), (19.0, 23.0), (4.0, 21.0)],
    ids=["beside midnight", "in the evening", "twice in the evening", "early and late"],
)
def test_that_is_read_once_or_twice_a_day(warehouse: Warehouse, hours: Sequence[float]) -> None:
    """Its last value before midnight is the day's energy, also where the next day's is higher still."""
    site = _plant(warehouse)
    labels = sorted(24 * day + label for day in range(-12, 3) for label in hours)
    readings = [
        (at, value * _weather(label) / 2400)
        for label, (at, value) in zip(labels, _counter(bell(2400), labels), strict=True)
    ]
    site.readings(site.register(sign=1), readings)
    rows = site.days("2026-06-13", DAY)
    for number, row in zip((-2, -1, 0), rows.values(), strict=True):
        assert_exact(row, _weather(24 * number))


def test_that_is_read_in_the_evening_of_ever_brighter_days(warehouse: Warehouse) -> None:
    """Four values that never fall, each 10 kWh above the one before: a total of each day, or of all days? Not final."""
    site = _plant(warehouse)
    site.readings(site.register(sign=1), [(hour(24 * day + 21), 2_400_000.0 + 10_000 * day) for day in range(-2, 2)])
    assert site.day(DAY).status == "provisional"


def test_of_a_wind_farm_knows_what_came_since_midnight(warehouse: Warehouse) -> None:
    """Each hour at half past: nothing tells of the half hour before midnight but its neighbours, 50 of 2,400 kWh."""
    site = Site(warehouse)
    labels = [label + 0.5 for label in _every(60)]
    site.readings(site.register(sign=1), _counter(steady(2400), labels))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2400 - steady(2400).between(23.5, 24))
    assert row.gap_kwh == pytest.approx(50, abs=2)


def test_of_a_day_without_any_reading_before(warehouse: Warehouse) -> None:
    """The first reading ever is that of 9 h: what came since midnight it says itself."""
    site = _plant(warehouse)
    readings = [(at, value) for at, value in _counter(bell(2400), _every(5)) if at >= hour(9)]
    site.readings(site.register(sign=1), readings)
    assert_honest(site.day(DAY), 2400)
    assert_exact(site.day(AFTER), 2400)


# -- what is no daily counter --
@pytest.mark.parametrize(
    "damage",
    [
        lambda readings: replaced(replaced(readings, 0, 0.01, 0.0), 24, 24.01, 0.0),
        lambda readings: replaced(replaced(readings, -0.1, 0.1, 0.0), 23.9, 24.1, 0.0),
    ],
    ids=["one reading", "some readings"],
)
@pytest.mark.parametrize("start_kwh", [10_000, 500_000])
def test_zeros_at_both_midnights_of_a_register(
    warehouse: Warehouse, start_kwh: float, damage: Callable[[list[Reading]], list[Reading]]
) -> None:
    site = _plant(warehouse)
    course = bell(2400)
    labels = _every(5)
    readings = [(hour(label), 1000 * (start_kwh + course.energy_kwh(label))) for label in labels]
    site.readings(site.register(sign=1), damage(readings))
    row = site.day(DAY)
    assert_exact(row, 2400)
    assert "outlier" in row.flags


def test_the_readings_of_a_bell_of_counters_never_fall_within_a_day() -> None:
    """The counters above are what they are said to be."""
    readings = _counter(bell(2400), _every(60))
    falls = [at for (_, before), (at, value) in pairwise(readings) if value < before]
    assert falls == [hour(24 * day) for day in range(-5, 3)]
