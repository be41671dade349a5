"""Meters whose clock is wrong: against the sun, and against another method; readings sent twice; and first readings."""

from datetime import timedelta
from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    DAY,
    EQUATOR,
    Course,
    Reading,
    assert_exact,
    assert_honest,
    bell,
    hour,
    instants,
    intervals,
    power,
    register,
    without,
)


def _solar(warehouse: Warehouse, code: str = "P-SITE") -> Site:
    return Site(warehouse, code=code, technology="solar", place=EQUATOR)


def _late(readings: list[Reading], hours: float) -> list[Reading]:
    return [(at + timedelta(hours=hours), value) for at, value in readings]


def _put(site: Site, kind: str, hours: float, course: Course | None = None, step_min: float = 5) -> None:
    course = course or bell(2400)
    if kind == "register":
        site.readings(site.register(sign=1), _late(register(course, start_kwh=1e4, step_min=step_min), hours))
    elif kind == "intervals":
        site.readings(
            site.sensor("production_energy", step_min, sign=1), _late(intervals(course, step_min=step_min), hours)
        )
    elif kind == "power":
        site.readings(site.sensor("ac_power", step_min, sign=1), _late(power(course, step_min=step_min), hours))
    else:
        grid = [number * step_min / 60 for number in range(-24, round(36 * 60 / step_min))]
        site.readings(site.sensor("ac_power", 0, sign=1), _late(instants(course, grid), hours))


# -- against the sun --
@pytest.mark.parametrize("hours", [2, -2])
@pytest.mark.parametrize("kind", ["register", "intervals", "power", "instants"])
def test_a_clock_that_the_sun_contradicts_is_told(warehouse: Warehouse, kind: str, hours: float) -> None:
    """The energy of the day is what it was: no part of it came from another one."""
    site = _solar(warehouse)
    _put(site, kind, hours)
    (finding,) = site.compute(DAY).findings
    assert f"about 120 minutes {'after' if hours > 0 else 'before'} the sun" in finding
    row = site.day(DAY)
    assert (row.status, row.flags) == ("final", [])
    assert row.produced_kwh == pytest.approx(2400, rel=1e-3)


@pytest.mark.parametrize("hours", [0, 0.25, -0.25])
def test_labels_at_the_end_of_a_quarter_of_an_hour_are_no_wrong_clock(warehouse: Warehouse, hours: float) -> None:
    site = _solar(warehouse)
    _put(site, "power", hours, step_min=15)
    assert site.compute(DAY).findings == ()


def test_a_gap_lies_where_the_clock_says_the_sun_is(warehouse: Warehouse) -> None:
    """Two hours late, nothing is read from 17 to 19 h: of 15 to 17 h 2400/12 (2 + 6/π (sin(π/6) - 1)) are lost."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), without(_late(power(bell(2400)), 2), 17, 19))
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(2400 - 209.0, abs=0.1)
    assert_honest(row, 2400)
    assert row.status == "provisional"


# -- against another method --
def test_a_power_that_runs_an_hour_behind_its_register(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    _put(site, "register", 0)
    _put(site, "power", 1)
    (finding,) = site.compute(DAY).findings
    assert "register difference runs about 60 minutes ahead of power integral" in finding
    assert_exact(site.day(DAY), 2400)


def test_of_a_wind_farm_the_day_is_not_final(warehouse: Warehouse) -> None:
    """A gust of 2,400 kWh in the middle of the day, over little wind by night."""
    site = Site(warehouse)
    _put(site, "register", 0)
    _put(site, "power", 1)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (pytest.approx(2400), "provisional")
    assert row.flags == ["methods_disagree"]


# -- sent twice --
@pytest.mark.parametrize("shift_s", [1, 150, 299])
@pytest.mark.parametrize("kind", ["intervals", "power"])
def test_a_day_sent_twice_under_other_time_stamps_counts_once(warehouse: Warehouse, kind: str, shift_s: int) -> None:
    site = _solar(warehouse)
    readings = intervals(bell(2400)) if kind == "intervals" else power(bell(2400))
    again = [(at + timedelta(seconds=shift_s), value) for at, value in readings]
    quantity = "production_energy" if kind == "intervals" else "ac_power"
    site.readings(site.sensor(quantity, 5, sign=1), sorted([*readings, *again]))
    row = site.day(DAY)
    assert_exact(row, 2400)
    assert row.flags == ["outlier"]


# -- first readings --
@pytest.mark.parametrize("truth_kwh", [2400.0, 1200.0])
def test_before_the_first_reading_there_may_have_been_no_plant(warehouse: Warehouse, truth_kwh: float) -> None:
    """Read from noon on: it stood there all the time, or produced since then."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), [own for own in power(bell(2400)) if own[0] >= hour(12)])
    row: Any = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, truth_kwh)
