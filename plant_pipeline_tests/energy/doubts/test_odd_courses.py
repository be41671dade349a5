"""Power that is another for a part of the day: in another unit, off, held, or repeated when nothing was read."""

from collections.abc import Sequence

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
    power,
    register,
    replaced,
    steady,
)


def _solar(warehouse: Warehouse, code: str = "P-SITE", capacity_kw: float | None = 1000.0) -> Site:
    return Site(warehouse, code=code, technology="solar", capacity_kw=capacity_kw, place=EQUATOR)


def _scaled(readings: Sequence[Reading], from_h: float, until_h: float, factor: float) -> list[Reading]:
    return [(at, value * (factor if hour(from_h) <= at < hour(until_h) else 1)) for at, value in readings]


# -- in another unit --
@pytest.mark.parametrize("until_h", [14, 60])
@pytest.mark.parametrize("factor", [1000, 60, 10, 0.1, 1 / 60, 0.001])
@pytest.mark.parametrize("capacity_kw", [1000.0, None])
def test_another_unit_for_a_part_of_the_day_is_not_final(
    warehouse: Warehouse, factor: float, until_h: float, capacity_kw: float | None
) -> None:
    """From 10 h on, until 14 h or for good."""
    site = _solar(warehouse, capacity_kw=capacity_kw)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(2400)), 10, until_h, factor))
    result = site.compute(DAY)
    assert site.day(DAY).status == "provisional"
    assert result.findings


@pytest.mark.parametrize("factor", [0.1, 10])
def test_another_unit_for_a_part_of_the_day_beside_a_register(warehouse: Warehouse, factor: float) -> None:
    """The register is right, and it is said who contradicts it."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(2400)), 10, 14, factor))
    site.readings(site.register(sign=1), register(bell(2400), start_kwh=10_000))
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (pytest.approx(2400), "provisional")
    assert row.flags.count("methods_disagree") == 1


def test_far_above_the_capacity_and_the_days_before_is_not_final(warehouse: Warehouse) -> None:
    """Five days of 2,400 kWh, up to 400 kW of 300, then three times as much; who was as high all along keeps it."""
    rows = {}
    for code, before in (("P-NEWS", 1.0), ("P-USUAL", 3.0)):
        site = _solar(warehouse, code, capacity_kw=300.0)
        readings = _scaled(_scaled(power(bell(2400), first_h=-150), -150, 0, before), 0, 60, 3.0)
        site.readings(site.sensor("ac_power", 5, sign=1), readings)
        rows[code] = site.days("2026-06-10", DAY)[DAY]
    assert (rows["P-NEWS"].status, rows["P-NEWS"].flags) == ("provisional", ["above_capacity"])
    assert (rows["P-USUAL"].status, rows["P-USUAL"].flags) == ("final", ["above_capacity"])


def test_power_above_a_capacity_is_no_energy_above_it(warehouse: Warehouse) -> None:
    """2,400 kWh of a plant stated with 101 kW: the 400 kW at noon are too much, the energy would not be."""
    site = _solar(warehouse, capacity_kw=101.0)
    site.readings(site.sensor("ac_power", 5, sign=1), power(bell(2400)))
    _, finding = site.compute(DAY).findings
    assert "reaches 400 kW, more than the plant's capacity" in finding


# -- off --
@pytest.mark.parametrize(("from_h", "until_h"), [(0, 11), (14, 24), (10, 13)])
def test_a_solar_plant_that_falls_to_nothing_under_the_sun_is_not_final(
    warehouse: Warehouse, from_h: float, until_h: float
) -> None:
    """For good, or from the morning on, or in between; in the middle of an interval too."""
    site = _solar(warehouse)
    readings = replaced(power(bell(2400)), from_h, until_h, 0.0)
    readings = _scaled(readings, until_h, until_h + 1 / 12, 0.3)
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    assert site.day(DAY).status == "provisional"


def test_an_evening_is_no_outage(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 15, sign=1), power(bell(2400), step_min=15))
    assert_exact(site.day(DAY), 2400)


@pytest.mark.parametrize(
    ("step_min", "readings", "status"), [(1, 1, "final"), (30, 1, "provisional"), (15, 5, "provisional")]
)
def test_a_short_time_without_power_may_have_been_the_meter(
    warehouse: Warehouse, step_min: int, readings: int, status: str
) -> None:
    """From noon on, at 400 kW: a minute is 7 kWh, half an hour 200 kWh, and 1 % of the day 24 kWh."""
    site = _solar(warehouse)
    damaged = replaced(power(bell(2400), step_min=step_min), 12, 12 + readings * step_min / 60, 0.0)
    site.readings(site.sensor("ac_power", step_min, sign=1), damaged)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.status == status
    assert row.uncertainty_kwh > 0


def test_an_afternoon_without_power_is_told_beside_a_capacity_that_is_wrong(warehouse: Warehouse) -> None:
    """From 13 h on, at up to 400 kW of a stated gigawatt."""
    site = Site(warehouse, technology="solar", capacity_kw=1e6)
    site.readings(site.sensor("ac_power", 60, sign=1), replaced(power(bell(2400), step_min=60), 13, 24, 0.0))
    assert site.day(DAY).status == "provisional"


def test_an_hourly_counter_that_is_not_read_at_midnight(warehouse: Warehouse) -> None:
    """100 kW; at 0 h it shows what it did at 23 h: the hour's energy is that of the day before."""
    site = Site(warehouse)
    readings = register(steady(2400), step_min=60)
    last = next(value for at, value in readings if at == hour(-1))
    site.readings(site.register(sign=1), replaced(readings, 0, 0.5, last))
    rows = site.days(BEFORE, DAY)
    assert rows[DAY].produced_kwh + rows[DAY].gap_kwh == pytest.approx(2400, abs=rows[DAY].uncertainty_kwh + 1e-6)
    assert rows[BEFORE].produced_kwh == pytest.approx(2400, abs=rows[BEFORE].uncertainty_kwh + 1e-6)


# -- turned --
@pytest.mark.parametrize(("from_h", "until_h"), [(9, 10), (4, 8), (16, 20)])
def test_power_that_is_turned_for_a_while_is_left_out(warehouse: Warehouse, from_h: float, until_h: float) -> None:
    """In the day, or at an end of it; also beside a spike a thousand times as high."""
    site = _solar(warehouse)
    readings = replaced(_scaled(power(bell(2400)), from_h, until_h, -1), 11, 11 + 1 / 12, 4e9)
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert "outlier" in row.flags


def test_an_unknown_device_that_takes_as_much_as_it_gives_is_not_final(warehouse: Warehouse) -> None:
    """A wind farm without a capacity that runs backwards from noon on."""
    site = Site(warehouse, capacity_kw=None)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(steady(2400)), 12, 60, -1))
    assert site.day(DAY).status == "provisional"


# -- outliers that a rating does not tell --
@pytest.mark.parametrize("capacity_kw", [20.0, 10_000.0, None])
@pytest.mark.parametrize("readings", [1, 3])
def test_hours_far_above_all_others_are_no_energy(
    warehouse: Warehouse, capacity_kw: float | None, readings: int
) -> None:
    """100 kW all day, by the hour; then 5 MW for an hour or three, with a rating far too low, too high, or none."""
    site = Site(warehouse, capacity_kw=capacity_kw)
    site.readings(
        site.sensor("ac_power", 60, sign=1), replaced(power(steady(2400), step_min=60), 12, 12 + readings, 5e6)
    )
    row = site.day(DAY)
    assert "outlier" in row.flags
    assert row.status == "provisional"
    assert_honest(row, 2400, capacity_kw=capacity_kw)


def test_above_a_capacity_is_final_once_days_tell_that_it_can_be(warehouse: Warehouse) -> None:
    """400 kW at noon of 100 kW: the registry is wrong, as five days before show."""
    site = _solar(warehouse, capacity_kw=100.0)
    site.readings(site.sensor("ac_power", 5, sign=1), power(bell(2400), first_h=-170))
    rows = site.days("2026-06-09", DAY)
    assert [row.status for row in rows.values()] == ["provisional"] * 5 + ["final"] * 2


def test_a_value_above_a_rating_that_is_wrong_may_be_stuck(warehouse: Warehouse) -> None:
    """200 kW from 9 to 11 h of a day of up to 400 kW, at a plant stated with 20 kW."""
    site = _solar(warehouse, capacity_kw=20.0)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(bell(2400)), 9, 11, 200_000.0))
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 2400, capacity_kw=20.0)


# -- witnesses --
def test_two_sensors_of_one_meter_are_held_against_each_other(warehouse: Warehouse) -> None:
    """Both its power; the second is half as high from noon on."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), power(bell(2400)))
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(2400)), 12, 60, 0.5))
    findings = site.compute(DAY).findings
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.flags) == (pytest.approx(2400), "provisional", ["methods_disagree"])
    assert any("2400.0 kWh by sensor" in text and "1800.0 kWh by sensor" in text for text in findings)


def test_the_finer_of_two_registers_of_one_meter_tells(warehouse: Warehouse) -> None:
    """The first counts in steps of 100 kWh, which leave it open by 4 % of the day."""
    site = _solar(warehouse)
    fine = register(bell(2400), start_kwh=10_000)
    site.readings(site.register(sign=1), [(at, value // 1e5 * 1e5) for at, value in fine])
    site.readings(site.register(sign=1), fine)
    assert_exact(site.day(DAY), 2400)


def test_a_method_that_knows_little_confirms_nothing(warehouse: Warehouse) -> None:
    """One value for two hours is not final; a register read twice a day says the same give or take a third of it."""
    site = Site(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(steady(2400)), 9, 11, 103_000.0))
    assert site.day(DAY).status == "provisional"
    site.readings(site.register(sign=1), register(steady(2400), step_min=720, first_h=-66))
    assert site.day(DAY).status == "provisional"


# -- the last known value --
@pytest.mark.parametrize("quantity", ["ac_power", "production_energy"])
def test_a_value_repeated_from_the_afternoon_past_midnight(warehouse: Warehouse, quantity: str) -> None:
    """Shown from 15 h until 0:50 of the next day: also of that less than an hour is left out."""
    site = _solar(warehouse)
    site.readings(site.sensor(quantity, 5, sign=1), replaced(power(bell(2400)), 15, 24 + 5 / 6, 1e5))
    rows = site.days(DAY, AFTER)
    assert (rows[DAY].status, "stuck" in rows[DAY].flags) == ("provisional", True)
    if quantity == "ac_power":
        assert_exact(rows[AFTER], 2400)
    assert "stuck" in rows[AFTER].flags


@pytest.mark.parametrize("step_min", [5, 15])
def test_half_an_hour_of_one_value_is_told_where_none_is_repeated(warehouse: Warehouse, step_min: int) -> None:
    """45 minutes from 9 h on."""
    site = _solar(warehouse)
    readings = power(bell(2400), step_min=step_min)
    value = next(value for at, value in readings if at == hour(9))
    site.readings(site.sensor("ac_power", step_min, sign=1), replaced(readings, 9, 10, value))
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 2400)


def test_what_a_plant_draws_by_night_may_be_the_same_for_hours(warehouse: Warehouse) -> None:
    """5 kW of a day of up to 200 kW: 24 h less 12 h of sun, and the twilight below 5 kW."""
    site = _solar(warehouse)
    readings = [(at, value if value > 5000 else -5000.0) for at, value in power(bell(2400))]
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    produced_kwh = sum(value for at, value in readings if value > 0 and hour(0) <= at < hour(24)) / 12_000
    assert (row.status, row.flags) == ("final", [])
    assert row.produced_kwh == pytest.approx(produced_kwh)
    assert row.imported_kwh == pytest.approx(60, abs=6)


@pytest.mark.parametrize("course", [bell(2400), steady(2400)])
def test_register_and_power_that_are_not_read_for_three_hours(warehouse: Warehouse, course: Course) -> None:
    """Both show their last value from 9 to 12 h; then the register has counted on, which was not done at once."""
    site = _solar(warehouse) if course.power_kw(0) == 0 else Site(warehouse)
    for sensor_id, readings in (
        (site.register(sign=1), register(course, start_kwh=10_000)),
        (site.sensor("ac_power", 5, sign=1), power(course)),
    ):
        value = next(value for at, value in readings if at == hour(9))
        site.readings(sensor_id, replaced(readings, 9, 12, value))
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(2400)
    assert row.status == "final"
    assert "above_capacity" not in row.flags
    assert_exact(site.day(BEFORE), 2400)
