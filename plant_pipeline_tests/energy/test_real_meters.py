"""Registers as real ones behave, beside the truth: zeros, spikes, jumps, resets, exchanges, and standing still.

Unless said otherwise: 1 MW of photovoltaics on the equator, a bell of 24 or 2,400 kWh from 6 to 18 h, read every 5 min.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    AFTER,
    BEFORE,
    DAY,
    DEVICE_FLAGS,
    EQUATOR,
    Reading,
    assert_exact,
    assert_honest,
    bell,
    exchanged,
    hour,
    power,
    register,
    replaced,
    shifted,
    steady,
    without,
)

GWH_5 = 5_000_000.0  # kWh


def _plant(warehouse: Warehouse, capacity_kw: float | None = 1000.0) -> Site:
    return Site(warehouse, technology="solar", capacity_kw=capacity_kw, place=EQUATOR)


def _register(site: Site, readings: Sequence[Reading]) -> int:
    sensor_id = site.register(sign=1)
    site.readings(sensor_id, readings)
    return sensor_id


def _power(site: Site, readings: Sequence[Reading], step_min: float = 5) -> int:
    sensor_id = site.sensor("ac_power", step_min, sign=1)
    site.readings(sensor_id, readings)
    return sensor_id


def _flags(site: Site, row: Any, day: str = DAY) -> set[str]:
    """What is said of the day or of any method of it."""
    return set(row.flags).union(*(candidate.flags for candidate in site.candidates(day).values()))


# -- without a known capacity --
def test_five_zeros_of_a_large_counter(warehouse: Warehouse) -> None:
    """Was 5,000,034 kWh. The counter before the zeros and the one after them are right: nothing is lost."""
    site = _plant(warehouse, None)
    sensor_id = _register(site, replaced(register(bell(24), start_kwh=GWH_5), 10, 10.4, 0.0))
    row = site.day(DAY)
    assert_exact(row, 24)
    assert "outlier" in row.flags
    assert site.reading_flags(sensor_id) == {hour(10 + number / 12): {"outlier"} for number in range(5)}


def test_a_spike_on_the_closing_midnight_of_a_large_counter(warehouse: Warehouse) -> None:
    """Was 4,999,999,000 kWh. The counter stands still at night: what it shows at 23:55 it shows at midnight."""
    site = _plant(warehouse, None)
    sensor_id = _register(site, replaced(register(bell(24), start_kwh=1000), 24, 24.01, 5e12))
    rows = site.days(BEFORE, AFTER)
    for row in rows.values():
        assert_exact(row, 24)
    assert site.reading_flags(sensor_id) == {hour(24): {"outlier"}}


def test_a_jump_that_the_meters_power_knows_nothing_of(warehouse: Warehouse) -> None:
    """8 MWh within five minutes at noon, which was 8,024 kWh; power adds up to 24."""
    site = _plant(warehouse, None)
    course = bell(24)
    _register(site, shifted(register(course, start_kwh=GWH_5), 12, 8e6))
    _power(site, power(course))
    row = site.day(DAY)
    assert_honest(row, 24, capacity_kw=None)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(24, abs=0.4)  # five minutes at noon are 0.33 kWh
    assert _flags(site, row) & {"meter_change", "meter_unexplained", "methods_disagree"}


# -- with a capacity, and steps that it allows --
def test_twelve_zeros_and_back(warehouse: Warehouse) -> None:
    """Was 1,033.75 kWh: the counter stands at 1,000 kWh, which a 1 MW plant can produce in an hour."""
    site = _plant(warehouse)
    sensor_id = _register(site, replaced(register(bell(24), start_kwh=1000), 9, 10, 0.0))
    row = site.day(DAY)
    assert_exact(row, 24)
    assert "outlier" in row.flags
    assert set(site.reading_flags(sensor_id)) == {hour(9 + number / 12) for number in range(12)}


@pytest.mark.parametrize("capacity_kw", [1000.0, None])
@pytest.mark.parametrize(
    ("old_kwh", "new_kwh"),
    [
        (80_000.0, 54.3),  # was 78.07 kWh, and called a reset
        (1000.0, 1512.0),  # upwards by 500: was 512 kWh
        (GWH_5, 0.0),
        (54.3, 80_000.0),
    ],
)
def test_a_meter_replaced_at_noon(
    warehouse: Warehouse, capacity_kw: float | None, old_kwh: float, new_kwh: float
) -> None:
    """All but the five minutes between the old meter's last reading and the new one's first: at 4 kW 0.33 kWh."""
    site = _plant(warehouse, capacity_kw)
    sensor_id = _register(site, exchanged(register(bell(24), start_kwh=old_kwh), 12, new_kwh * 1000))
    row = site.day(DAY)
    assert_honest(row, 24, capacity_kw=capacity_kw)
    assert row.produced_kwh == pytest.approx(24, abs=0.34)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(24, abs=0.34)
    assert set(row.flags) & {"meter_change", "reset"}
    if new_kwh != 0:
        assert "reset" not in row.flags  # a counter that begins anew begins at 0
    assert site.reading_flags(sensor_id).keys() == {hour(12)}
    for day in (BEFORE, AFTER):
        assert_exact(site.day(day), 24)


@pytest.mark.parametrize("step_min", [5, 60])
@pytest.mark.parametrize("capacity_kw", [1000.0, None])
@pytest.mark.parametrize("at_h", [0, 23, 24, 12], ids=["opening", "before", "closing", "noon"])
@pytest.mark.parametrize("value_kwh", [1224.0, 0.0, 5e9], ids=["spike", "dip", "huge"])
def test_one_wrong_reading_is_told_from_both_sides(
    warehouse: Warehouse, step_min: float, capacity_kw: float | None, at_h: float, value_kwh: float
) -> None:
    """200 kWh up for one reading at the closing midnight: was 224 kWh, and the next day NULL. At noon it was seen."""
    site = _plant(warehouse, capacity_kw)
    sensor_id = _register(site, replaced(register(bell(24), step_min=step_min), at_h, at_h + 0.01, value_kwh * 1000))
    rows = site.days(BEFORE, AFTER)
    for row in rows.values():
        assert_exact(row, 24)
    assert site.reading_flags(sensor_id) == {hour(at_h): {"outlier"}}
    assert any("outlier" in row.flags for row in rows.values())  # a midnight belongs to two days


@pytest.mark.parametrize("value_kwh", [1224.0, 0.0, 5e9], ids=["spike", "dip", "huge"])
@pytest.mark.parametrize("at_h", [9, 13], ids=["last before a gap", "first after it"])
def test_one_wrong_reading_beside_a_gap(warehouse: Warehouse, value_kwh: float, at_h: float) -> None:
    """Nothing is read between 9:00 and 13:00; the counter two readings further on knows all."""
    site = _plant(warehouse)
    readings = without(register(bell(24)), 9.01, 13)
    _register(site, replaced(readings, at_h, at_h + 0.01, value_kwh * 1000))
    row = site.day(DAY)
    assert_exact(row, 24)


@pytest.mark.parametrize("modulus_wh", [1e9, 2.0**32], ids=["six digits of kWh", "32 bits of Wh"])
def test_a_counter_that_runs_over(warehouse: Warehouse, modulus_wh: float) -> None:
    """From its highest number to 0 at 11 h, 12 kWh short of it as the day begins."""
    site = _plant(warehouse)
    course = bell(24)
    start_kwh = modulus_wh / 1000 - course.energy_kwh(11) + 0.0001
    _register(site, [(at, value % modulus_wh) for at, value in register(course, start_kwh=start_kwh)])
    row = site.day(DAY)
    assert_exact(row, 24, abs_kwh=1e-3)
    assert "rollover" in row.flags


def test_a_counter_begins_anew_at_midnight(warehouse: Warehouse) -> None:
    """Nothing is produced at night, so nothing is lost: exact on both days."""
    site = _plant(warehouse)
    _register(site, exchanged(register(bell(24), start_kwh=80_000), 24, 0.0))
    for row in site.days(DAY, AFTER).values():
        assert_exact(row, 24)


def test_a_daily_counter_is_exact(warehouse: Warehouse) -> None:
    """Anew from 0 after each midnight, as the total of the day that inverters show."""
    site = _plant(warehouse)
    course = bell(24)
    labels = range(-48 * 12, 60 * 12)
    _register(site, [(hour(label / 12), 1000 * course.energy_kwh(label / 12 % 24)) for label in labels])
    for row in site.days(DAY, AFTER).values():
        assert_exact(row, 24)


# -- resets in gaps --
# Steady 100 kW; nothing is read from 3 to 21 h, and the counter begins anew at 18 h. It knows 3 + 3 + 3 hours: 900 kWh.
def _reset_in_gap() -> list[Reading]:
    return without(shifted(register(steady(2400), start_kwh=10_000), 18, -11_800_000), 3.01, 21)


def test_a_reset_in_a_gap_is_out_of_coverage_and_bounded(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _register(site, _reset_in_gap())
    row = site.day(DAY)
    if row.produced_kwh is None:
        assert row.null_reason == "low_completeness"
    else:
        assert_honest(row, 2400)
    assert row.status == "provisional"
    candidate = site.candidates(DAY)["register_difference"]
    assert candidate.coverage == pytest.approx(0.25, abs=0.01)  # 18 of 24 h are not known
    assert set(candidate.flags) & {"reset", "meter_change"}


def test_a_reset_in_a_gap_beside_complete_power(warehouse: Warehouse) -> None:
    """Was 900 kWh with coverage 1."""
    site = Site(warehouse)
    _register(site, _reset_in_gap())
    _power(site, power(steady(2400)))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(2400, rel=0.01)
    assert site.candidates(DAY)["register_difference"].coverage < 0.3
    assert _flags(site, row) & DEVICE_FLAGS


def test_a_reset_in_a_short_gap_of_a_bright_day(warehouse: Warehouse) -> None:
    """Between 9 and 11 h, anew at 10 h: of the bell 218 to 600 kWh, of which 191 before the reset are lost."""
    site = _plant(warehouse)
    course = bell(2400)
    lost_kwh = course.between(9, 10)
    reset = shifted(register(course, start_kwh=10_000), 10, -1000 * (10_000 + course.energy_kwh(10)))
    _register(site, without(reset, 9.01, 11))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh <= 2400 - lost_kwh + 1e-6
    assert row.status == "provisional"
    assert row.coverage < 0.95
    assert "reset" in row.flags


# -- standing still --
def test_a_stuck_register_beside_power(warehouse: Warehouse) -> None:
    """Was 0 kWh. The register of the days before is right, so is power of this one."""
    site = _plant(warehouse)
    course = bell(2400)
    readings = register(course, start_kwh=10_000)
    _register(site, replaced(readings, 0, 60, 1e7))
    _power(site, power(course))
    result = site.compute(DAY)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert (row.method, row.status) == ("power_integral", "provisional")
    assert row.produced_kwh == pytest.approx(2400)
    assert "methods_disagree" in row.flags
    assert "stuck" in _flags(site, row)
    (finding,) = [text for text in result.findings if "register" in text and "power" in text]
    assert "P-SITE 2026-06-15" in finding
    assert site.day(BEFORE).method == "register_difference"


def test_a_register_stuck_for_the_middle_of_the_day_catches_up(warehouse: Warehouse) -> None:
    """From 10 to 13 h it shows what it showed at 10 h, then what it should: the total of the day was never wrong."""
    site = _plant(warehouse)
    course = bell(2400)
    stuck_wh = 1000 * (10_000 + course.energy_kwh(10))
    _register(site, replaced(register(course, start_kwh=10_000), 10, 13, stuck_wh))
    row = site.day(DAY)
    assert_honest(row, 2400)


# -- sleep, and what is lacking at midnight --
def test_a_register_that_sleeps_at_night(warehouse: Warehouse) -> None:
    """Read from 5 to 21 h: the counter of the morning is that of the evening before. 21 % of real inverters' days."""
    site = _plant(warehouse)
    readings = register(bell(2400), start_kwh=10_000)
    _register(site, [(at, value) for at, value in readings if 5 <= at.hour < 21])
    for row in site.days(BEFORE, DAY).values():
        assert_exact(row, 2400)
        assert row.coverage == pytest.approx(1.0)


def test_a_register_read_only_at_21_and_at_5(warehouse: Warehouse) -> None:
    site = _plant(warehouse)
    readings = register(bell(2400), start_kwh=10_000, step_min=60)
    _register(site, [(at, value) for at, value in readings if at.hour in (5, 21)])
    assert_exact(site.day(DAY), 2400)


def test_nothing_rose_from_evening_to_morning_wherever_the_plant_is(warehouse: Warehouse) -> None:
    """Nothing is known of the sun, but a counter that did not move counted nothing."""
    site = Site(warehouse, technology="other")
    readings = register(bell(2400), start_kwh=10_000)
    _register(site, [(at, value) for at, value in readings if 6 <= at.hour < 19])
    assert_exact(site.day(DAY), 2400)


def test_an_hourly_register_that_lacks_midnight(warehouse: Warehouse) -> None:
    """By night nothing is uncertain; under a steady wind the two hours around midnight were 200 kWh."""
    solar = _plant(warehouse)
    _register(solar, without(register(bell(2400), start_kwh=10_000, step_min=60), 24, 24.5))
    assert_exact(solar.day(DAY), 2400)
    windy = Site(warehouse, code="P-WIND")
    _register(windy, without(register(steady(2400), start_kwh=10_000, step_min=60), 24, 24.5))
    row = windy.day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(
        2400
    )  # alike on both sides: in proportion to time it is exact
    assert 0 < row.uncertainty_kwh <= 200


@pytest.mark.parametrize("first_h", [20, 22.5], ids=["four hours", "an hour and a half"])
def test_the_split_at_midnight_is_uncertain_by_the_rise_at_most(warehouse: Warehouse, first_h: float) -> None:
    """Nothing is read as long before midnight as after it, and at midnight the wind falls to half of 100 kW.

    In proportion to time the 15th gets half of the rise; two thirds of it are the truth.
    """
    site = Site(warehouse)
    truth_wh = 1000 * (10_000 + 2400)
    readings = [
        (at, value if value < truth_wh else (truth_wh + value) / 2)
        for at, value in register(steady(2400), start_kwh=10_000, step_min=30)
    ]
    _register(site, without(readings, first_h + 0.1, 48 - first_h))
    row = site.day(DAY)
    rise_kwh = steady(2400).between(first_h, 24) + steady(2400).between(24, 48 - first_h) / 2
    assert_honest(row, 2400)
    assert 0 < row.uncertainty_kwh <= rise_kwh
    following = site.day(AFTER)
    assert_honest(following, 1200)
    # What falls to the one day falls not to the other.
    both_kwh = row.produced_kwh + row.gap_kwh + following.produced_kwh + following.gap_kwh
    assert both_kwh == pytest.approx(3600)


def test_a_register_that_counts_in_coarse_steps_is_uncertain_by_them(warehouse: Warehouse) -> None:
    """240 kWh a day, shown in whole 100 kWh: 200 or 300 by the register, and the truth within 100 kWh of it."""
    site = Site(warehouse, technology="solar", place=EQUATOR, capacity_kw=100)
    readings = [(at, value // 1e5 * 1e5) for at, value in register(bell(240), start_kwh=100_090)]
    site.readings(site.register(sign=1), readings)
    for row in site.days(BEFORE, DAY).values():
        assert_honest(row, 240, capacity_kw=100)
        assert row.status == "provisional"
        assert row.uncertainty_kwh == pytest.approx(100)


@pytest.mark.parametrize("days_before", [3, 0], ids=["seen to move before", "never seen to move"])
@pytest.mark.parametrize("technology", ["solar", "wind"])
def test_a_register_of_whole_megawatt_hours_that_does_not_move_all_day(
    warehouse: Warehouse, days_before: int, technology: str
) -> None:
    """240 kWh a day at 100 kW, from 12,345,010 kWh on: the register shows 12,345 MWh on the 15th and long after.

    Three days before it went there from 12,344 MWh; its resolution, or how round its number is, bounds the day.
    """
    site = Site(warehouse, technology=technology, place=EQUATOR, capacity_kw=100)
    course = bell(240) if technology == "solar" else steady(240)
    readings = register(course, start_kwh=12_345_010, first_h=-24 * days_before - 2)
    site.readings(site.register(sign=1), [(at, value // 1e6 * 1e6) for at, value in readings])
    row = site.day(DAY)
    assert_honest(row, 240, capacity_kw=100)
    assert (row.produced_kwh, row.status) == (0, "provisional")
    assert row.uncertainty_kwh == pytest.approx(1000)


def test_a_coarse_register_that_moves_with_every_reading(warehouse: Warehouse) -> None:
    """Some 100 kWh an hour in whole 10 kWh, read every hour from 3 h to 2 h: 9 kWh may be missing at either end."""
    site = Site(warehouse)
    readings = register(steady(2400), start_kwh=10_003, step_min=60)
    site.readings(site.register(sign=1), [(at, (value + 4000 * (at.hour % 3)) // 1e4 * 1e4) for at, value in readings])
    row = site.day(DAY)
    assert row.uncertainty_kwh == pytest.approx(10)
    assert_honest(row, 2400)


def test_what_a_new_meter_shows_first_may_not_have_been_counted_since_the_exchange(warehouse: Warehouse) -> None:
    """At 11 h some 31 kWh come in five minutes; the new meter's first 54.3 kWh look as if counted from 0, and were not.

    Nobody declared the exchange: the interval reaches down to what the hours around say.
    """
    site = Site(warehouse, technology="solar", place=EQUATOR)
    site.readings(site.register(sign=1), exchanged(register(bell(2400), start_kwh=10_000), 11, 54_300))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert set(row.flags) & {"reset", "meter_change"}
