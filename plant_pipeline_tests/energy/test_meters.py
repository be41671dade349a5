"""Which meter counts, in a real warehouse."""

import pytest

from plant_pipeline.registry.main_meter import CHECK_METER, PARTIAL_METER
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site

DAY = "2026-06-15"
MIDNIGHT = "2026-06-15 00:00"


def _meter(site: Site, name: str, kw: float, *, is_main: bool = False, finding: str | None = None) -> int:
    sensor_id = site.sensor("ac_power", 60, device=name, is_main=is_main, finding=finding)
    site.series(sensor_id, MIDNIGHT, 60, [kw * 1000] * 24)
    return sensor_id


def _inverter(site: Site, name: str, kw: float, hours: int = 24) -> int:
    sensor_id = site.sensor("ac_power", 60, device=name, kind="inverter")
    site.series(sensor_id, MIDNIGHT, 60, [kw * 1000] * hours)
    return sensor_id


def test_of_unmarked_meters_within_two_percent_the_first_counts(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    first_id = _meter(site, "meter A", 10)
    _meter(site, "meter B", 10.1)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, result.findings) == (240.0, "power_integral", ())
    assert site.candidates(DAY)["power_integral"].sensor_ids == [first_id]


def test_unmarked_meters_further_apart_leave_it_to_the_inverters(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "meter A", 10)
    _meter(site, "meter B", 11)
    _inverter(site, "inverter 1", 4)
    _inverter(site, "inverter 2", 6.5)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method) == (252.0, "inverter_sum")
    assert result.findings == (
        (
            "P-SITE 2026-06-15: production meters differ by more than 2 % (meter A 240.0 kWh, meter B 264.0 kWh): "
            "the inverters decide"
        ),
    )


def test_unmarked_meters_further_apart_and_no_inverters(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "meter A", 10)
    _meter(site, "meter B", 11)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.method) == (None, "inconsistent_inputs", None)


def test_two_meters_that_stood_still_agree(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "meter A", 0)
    _meter(site, "meter B", 0)
    assert site.day(DAY).produced_kwh == 0.0


def test_of_two_unmarked_meters_the_one_with_data_counts(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.sensor("ac_power", 60, device="meter A", is_main=False)
    _meter(site, "meter B", 11)
    assert site.day(DAY).produced_kwh == 264.0


def test_the_main_meter_counts_and_its_check_meter_checks(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    check_id = _meter(site, "meter A", 10.1, finding=CHECK_METER)
    _meter(site, "meter B", 10, is_main=True)
    assert site.day(DAY).produced_kwh == 240.0
    site.execute("update energy.reading set value = 12000 where sensor_id = %(id)s", id=check_id)
    _inverter(site, "inverter", 10.5)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (252.0, "inverter_sum", "restated")


def test_a_check_meter_stands_in_where_the_main_one_has_no_data(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "meter A", 10.1, finding=CHECK_METER)
    site.sensor("ac_power", 60, device="meter B", is_main=True)
    assert site.day(DAY).produced_kwh == 242.4


def test_the_main_meters_of_several_parts_add_up(warehouse: Warehouse) -> None:
    """Part A by its register, 24 x 3 kWh; part B, which has none, by its power, 24 x 5 kWh."""
    site = Site(warehouse)
    site.series(site.register(device="part A"), "2026-06-14 23:00", 60, [3000.0 * step for step in range(27)])
    _meter(site, "part B", 5, is_main=True)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.coverage) == (192.0, "register_difference", 1.0)


def test_a_part_without_data_leaves_the_whole_unknown(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.sensor("ac_power", 60, device="part A", is_main=True)
    _meter(site, "part B", 5, is_main=True)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason) == (None, "no_data")


def test_meters_of_a_part_and_meters_at_the_side_are_ignored(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "half of the plant", 5, finding=PARTIAL_METER)
    _inverter(site, "inverter", 10)
    assert site.day(DAY).produced_kwh == 240.0
    _meter(site, "the meter", 9.9, is_main=True)
    _meter(site, "backup", 8)
    assert site.day(DAY).produced_kwh == pytest.approx(237.6)


def test_of_two_sensors_of_one_kind_the_fuller_counts(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60), MIDNIGHT, 60, [1000] * 12)
    site.series(site.sensor("ac_power", 15), MIDNIGHT, 15, [2000] * 96)
    assert site.day(DAY).produced_kwh == 48.0


def test_a_sensor_that_left_counts_on_the_days_it_was_there(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    old_id = site.sensor("ac_power", 60, is_present=False)
    site.series(old_id, MIDNIGHT, 60, [1000] * 24)
    site.sensor("production_energy", 60, device="new meter")
    assert site.day(DAY).null_reason == "no_data"  # two main meters, one silent: parts of which one is missing
    site.execute("update registry.sensor set is_present = false where sensor_id <> %(id)s", id=old_id)
    assert site.day(DAY).produced_kwh == 24.0


def test_a_change_between_meter_and_inverters_is_flagged(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "inverter", 10)
    meter_id = site.sensor("ac_power", 60, device="meter", is_main=True)
    site.series(meter_id, "2026-06-14 00:00", 60, [9800] * 24)
    assert site.day("2026-06-14").flag is None
    row = site.day(DAY)
    assert (row.method, row.flag) == ("inverter_sum", "terminals_changed")


def test_import_of_two_meters_that_differ_is_not_told(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("production_energy", 60), MIDNIGHT, 60, [1000] * 24)
    for name, energy_wh in (("grid A", 100), ("grid B", 200)):
        site.series(site.sensor("import_energy", 60, device=name), MIDNIGHT, 60, [energy_wh] * 24)
    result = site.compute(DAY)
    assert site.day(DAY).imported_kwh is None
    assert result.findings == (
        (
            "P-SITE 2026-06-15: production meters differ by more than 2 % (grid A 2.4 kWh, grid B 4.8 kWh): "
            "neither import nor export is told"
        ),
    )
