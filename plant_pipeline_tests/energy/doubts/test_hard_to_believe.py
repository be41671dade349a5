"""Days that nothing contradicts and that are wrong all the same: standing still, turned round, in another unit."""

from collections.abc import Sequence
from datetime import date, timedelta

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


def _solar(warehouse: Warehouse, *, code: str = "P-SITE", capacity_kw: float | None = 1000.0) -> Site:
    return Site(warehouse, code=code, technology="solar", capacity_kw=capacity_kw, place=EQUATOR)


def _irradiance(site: Site, insolation_wh_per_m2: float) -> None:
    course = bell(insolation_wh_per_m2)
    readings = [(at, value / 1000) for at, value in power(course)]
    site.readings(site.sensor("irradiance_poa", 5, device="weather", kind="weather_station"), readings)


def _scaled(readings: Sequence[Reading], factor: float) -> list[Reading]:
    return [(at, value * factor) for at, value in readings]


# -- standing still --
@pytest.mark.parametrize("insolation", [6000, None])
def test_a_register_that_stands_still_under_the_sun_is_not_final(
    warehouse: Warehouse, insolation: float | None
) -> None:
    """The 14th has 2,400 kWh; from midnight on the register shows the same, and no power says what was produced."""
    site = _solar(warehouse)
    site.readings(site.register(sign=1), replaced(register(bell(2400), start_kwh=10_000.3), 0, 60, 10_000_300.0))
    if insolation is not None:
        _irradiance(site, insolation)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (0, "provisional")
    assert "stuck" in row.flags
    assert any("stood still" in text for text in result.findings)
    assert_exact(site.day(BEFORE), 2400)


def test_a_register_that_stands_still_in_the_dark_is_final(warehouse: Warehouse) -> None:
    """200 Wh/m²: a storm, or snow on the sensor as on the modules."""
    site = _solar(warehouse)
    site.readings(site.register(sign=1), replaced(register(bell(2400), start_kwh=10_000.3), 0, 60, 10_000_300.0))
    _irradiance(site, 200)
    row = site.day(DAY)
    assert_exact(row, 0)
    assert "stuck" not in row.flags


def test_a_plant_at_rest_by_its_register_and_its_power_is_at_rest(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    site.readings(site.register(sign=1), replaced(register(bell(2400), start_kwh=10_000.3), 0, 60, 10_000_300.0))
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(bell(2400)), 0, 60, 0.0))
    assert_exact(site.day(DAY), 0)


def test_a_sensor_that_shows_0_while_it_is_off_is_not_final(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(bell(2400)), 0, 24, 0.0))
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (0, "provisional")


def test_a_wind_farm_that_always_moved_does_not_stand_still_by_chance(warehouse: Warehouse) -> None:
    """Six days of wind, then a register that does not move; a farm of which nothing is known may be calm."""
    site = Site(warehouse)
    readings = register(steady(2400), start_kwh=10_000.3, first_h=-170)
    site.readings(site.register(sign=1), replaced(readings, 0, 60, 10_000_300.0))
    rows = site.days("2026-06-09", DAY)
    assert {row.status for day, row in rows.items() if day != DAY} == {"final"}
    assert rows[DAY].status == "provisional"
    calm = Site(warehouse, code="P-CALM")
    calm.readings(calm.register(sign=1), [(at, 10_000_312.0) for at, _ in register(steady(1))])
    assert_exact(calm.day(DAY), 0)


def test_a_sensor_that_is_off_for_hours_shows_what_an_outage_would(warehouse: Warehouse) -> None:
    """0 from 10 to 13 h: alone not final; beside the register it is the contradiction that tells."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced(power(bell(2400)), 10, 13, 0.0))
    assert site.day(DAY).status == "provisional"
    outage = _solar(warehouse, code="P-OUTAGE")
    readings = replaced(power(bell(2400)), 10, 13, 0.0)
    outage.readings(outage.sensor("ac_power", 5, sign=1), readings)
    counted_wh = [10_000_000 + sum(value for _, value in readings[:index]) / 12 for index in range(len(readings))]
    outage.readings(outage.register(sign=1), [(at, wh) for (at, _), wh in zip(readings, counted_wh, strict=True)])
    assert outage.day(DAY).status == "final"


# -- last known values --
@pytest.mark.parametrize("technology", ["wind", "solar"])
def test_a_register_whose_last_known_value_is_repeated_over_midnight(warehouse: Warehouse, technology: str) -> None:
    """From 15 h on the value of 15 h is shown until 9 h of the next day, then the counter has counted on."""
    site = Site(warehouse, technology=technology, place=EQUATOR)
    course = steady(2400) if technology == "wind" else bell(2400)
    last_wh = 1000 * (10_000 + course.energy_kwh(15))
    readings = register(course, start_kwh=10_000)
    site.readings(site.register(sign=1), replaced(readings, 15, 33, last_wh))
    for day, row in site.days(DAY, AFTER).items():
        assert_honest(row, 2400)
        assert row.status == "provisional", day
        assert "stuck" in row.flags


@pytest.mark.parametrize("technology", ["wind", "solar"])
def test_a_register_that_stops_for_good_is_not_final(warehouse: Warehouse, technology: str) -> None:
    """From 13 h on it shows the same, as far as is known: a fault of the plant, or of its meter."""
    site = Site(warehouse, technology=technology, place=EQUATOR)
    course = steady(2400) if technology == "wind" else bell(2400)
    last_wh = 1000 * (10_000 + course.energy_kwh(13))
    site.readings(site.register(sign=1), replaced(register(course, start_kwh=10_000), 13, 99, last_wh))
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 2400)
    assert_honest(row, course.energy_kwh(13))


def test_an_outage_after_which_the_register_goes_on_is_final(warehouse: Warehouse) -> None:
    """A solar plant is off from 13 h on until the next morning: its counter goes on from where it stopped."""
    site = _solar(warehouse)
    course = bell(2400)
    lost_wh = 1000 * (course.energy_kwh(24) - course.energy_kwh(13))
    readings = [
        (at, value - lost_wh if at >= hour(24) else min(value, 1000 * (10_000 + course.energy_kwh(13))))
        for at, value in register(course, start_kwh=10_000)
    ]
    site.readings(site.register(sign=1), readings)
    assert_exact(site.day(DAY), course.energy_kwh(13))


def test_a_register_that_is_updated_once_an_hour_is_split_between_its_updates(warehouse: Warehouse) -> None:
    """Read every 5 min, updated 20 min past each hour: by 2.4 kW of wind what midnight takes is told to within them."""
    site = Site(warehouse)
    course = steady(2400)
    labels = [label / 12 for label in range(-72 * 12, 60 * 12)]
    readings = [(hour(label), 1e7 + 1000 * course.energy_kwh((label - 1 / 3) // 1 + 1 / 3)) for label in labels]
    site.readings(site.register(sign=1), readings)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2400, rel=1e-3)


# -- signs --
@pytest.mark.parametrize("capacity_kw", [1000.0, None])
@pytest.mark.parametrize("step_min", [5, 0])
def test_one_reading_of_the_opposite_sign_at_noon(
    warehouse: Warehouse, capacity_kw: float | None, step_min: float
) -> None:
    """-400 kW between 400 and 400 kW: 33 kWh of five minutes, which were produced and not drawn."""
    site = _solar(warehouse, capacity_kw=capacity_kw)
    sensor_id = site.sensor("ac_power", step_min, sign=1)
    site.readings(sensor_id, replaced(power(bell(2400)), 12, 12.05, -400_000.0))
    row = site.day(DAY)
    assert_honest(row, 2400, capacity_kw=capacity_kw)
    assert row.imported_kwh == pytest.approx(0, abs=1e-6)
    assert "outlier" in row.flags
    assert set(site.reading_flags(sensor_id)) == {hour(12)}


def test_what_a_plant_draws_between_two_gusts_is_no_outlier(warehouse: Warehouse) -> None:
    """3 kW drawn for five minutes between 20 kW, as for the hours of the night before."""
    site = Site(warehouse)
    readings = replaced(replaced(power(steady(480)), 0, 6, -3000.0), 12, 12.05, -3000.0)
    readings = [(at, value + 10 * (at.minute % 7) if value < 0 else value) for at, value in readings]
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    assert "outlier" not in row.flags
    assert row.status == "final"


@pytest.mark.parametrize("direction", [1, -1])
def test_a_meter_turned_round_in_service(warehouse: Warehouse, direction: int) -> None:
    """A sign stated nowhere, learned on the days before; from the 15th on it is the other one, for good.

    No day is final and wrong; from the seventh day on the new direction is as good as learned, and the days before keep
    the old one.
    """
    site = _solar(warehouse)
    course = bell(2400)
    readings = [
        (at, direction * value * (1 if at < hour(0) else -1))
        for at, value in power(course, first_h=-10 * 24, last_h=12 * 24)
    ]
    sensor_id = site.sensor("ac_power", 5)
    site.readings(sensor_id, [reading for reading in readings if reading[0] < hour(0)])
    before = site.days("2026-06-06", BEFORE)
    assert {row.status for row in before.values()} == {"final"}
    site.readings(sensor_id, [reading for reading in readings if hour(0) <= reading[0] < hour(26)])
    result = site.compute(DAY)
    assert any("turned round" in text for text in result.findings)
    assert site.day(DAY).status == "provisional"
    site.readings(sensor_id, [reading for reading in readings if hour(26) <= reading[0]])
    days = [date(2026, 6, 15) + timedelta(days=number) for number in range(11)]
    rows = site.days(DAY, days[-1].isoformat())
    for day, row in rows.items():
        assert row.status == "provisional" or row.produced_kwh == pytest.approx(2400, rel=1e-6), day
    assert rows[days[-1].isoformat()].status == "final"
    (sensor,) = site.execute("select learned_sign from registry.sensor")
    assert sensor.learned_sign == -direction
    again = site.day(BEFORE)
    assert again.status == "provisional" or again.produced_kwh == pytest.approx(2400, rel=1e-6)


def test_a_stated_sign_that_the_readings_contradict_is_not_final(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(2400)), -1))
    result = site.compute(DAY)
    assert site.day(DAY).status == "provisional"
    assert any("turned round" in text for text in result.findings)


# -- values that stand for none --
@pytest.mark.parametrize("capacity_kw", [1000.0, None])
@pytest.mark.parametrize(
    "value", [-9999.0, 32_767.0, 6553.5, 65_535_000.0, 2_147_483_647.0, -32_768.0, 4_294_967_295.0]
)
def test_values_that_stand_for_none(warehouse: Warehouse, value: float, capacity_kw: float | None) -> None:
    """For half an hour and for single readings all over the day: left out, and estimated."""
    site = _solar(warehouse, capacity_kw=capacity_kw)
    readings = replaced(power(bell(2400)), 11, 11.5, value)
    readings = [(at, value if index % 29 == 0 else own) for index, (at, own) in enumerate(readings)]
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    assert_honest(row, 2400, capacity_kw=capacity_kw)
    assert row.produced_kwh == pytest.approx(2120, abs=20)
    assert {"outlier", "gap_estimated"} <= set(row.flags)


# -- units --
@pytest.mark.parametrize("factor", [1 / 1000, 1000])
@pytest.mark.parametrize("method", ["register", "power"])
@pytest.mark.parametrize("total_kwh", [6000, 300], ids=["bright", "dark"])
def test_a_unit_taken_for_another_is_not_final(
    warehouse: Warehouse, factor: float, method: str, total_kwh: float
) -> None:
    """kWh that are labelled Wh, or Wh labelled kWh; of a megawatt 6,000 kWh are a clear day, 300 a dark one."""
    site = _solar(warehouse)
    if method == "register":
        site.readings(site.register(sign=1), _scaled(register(bell(total_kwh), start_kwh=1e5), factor))
    else:
        site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(total_kwh)), factor))
    result = site.compute(DAY)
    assert site.day(DAY).status == "provisional"
    assert any("unit" in text for text in result.findings)


def test_a_wind_farm_whose_unit_is_taken_for_another_is_not_final(warehouse: Warehouse) -> None:
    """Told from a calm day by the days before: none of six showed more than a thousandth of the capacity."""
    site = Site(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(steady(9600), first_h=-170), 1 / 1000))
    assert [row.status for row in site.days("2026-06-09", DAY).values()][-1] == "provisional"


def test_a_small_day_of_a_plant_is_no_wrong_unit(warehouse: Warehouse) -> None:
    """24 kWh of a megawatt: 4 kW at noon, more than a thousandth."""
    site = _solar(warehouse)
    site.readings(site.register(sign=1), register(bell(24)))
    assert_exact(site.day(DAY), 24)


# -- counters of 16 bits --
def _sixteen_bits(site: Site, course: Course, unit_wh: int, step_min: float) -> None:
    readings = register(course, step_min=step_min, start_kwh=123_456.7)
    site.readings(site.register(sign=1), [(at, float(int(wh / unit_wh) % 65_536 * unit_wh)) for at, wh in readings])


@pytest.mark.parametrize("capacity_kw", [1000.0, None])
def test_a_counter_that_begins_anew_a_dozen_times_a_day_is_exact(
    warehouse: Warehouse, capacity_kw: float | None
) -> None:
    """655.36 kWh at 500 kW, and 6,553.6 kWh: between two readings neither can turn over unseen."""
    for unit_wh, step_min in ((10, 1), (10, 5), (100, 5)):
        site = Site(warehouse, code=f"P-{unit_wh}-{step_min}", capacity_kw=capacity_kw)
        _sixteen_bits(site, steady(12_000), unit_wh, step_min)
        assert_exact(site.day(DAY), 12_000, abs_kwh=0.2)


@pytest.mark.parametrize("capacity_kw", [1000.0, None])
@pytest.mark.parametrize(("unit_wh", "step_min"), [(1, 1), (1, 5), (1, 15), (1, 60), (10, 15), (10, 60)])
def test_a_counter_that_may_have_begun_anew_unseen_is_not_final_and_wrong(
    warehouse: Warehouse, unit_wh: int, step_min: float, capacity_kw: float | None
) -> None:
    """65.536 kWh, at a megawatt less than the rise of four minutes."""
    site = _solar(warehouse, capacity_kw=capacity_kw)
    _sixteen_bits(site, bell(6000), unit_wh, step_min)
    row = site.day(DAY)
    assert row.status == "provisional"
    assert row.produced_kwh is None or row.produced_kwh < 6000
