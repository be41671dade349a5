"""Which meter counts, in a real warehouse."""

import pytest

from plant_pipeline.energy.methods.meters import first_if_agreed
from plant_pipeline.registry.equipment.main_meter import CHECK_METER, PARTIAL_METER, SEVERAL_METERS
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site

DAY = "2026-06-15"
MIDNIGHT = "2026-06-15 00:00"


def _meter(site: Site, name: str, kw: float, *, is_main: bool = False, finding: str | None = None) -> int:
    sensor_id = site.sensor("ac_power", 60, device=name, is_main=is_main, finding=finding)
    site.series(sensor_id, MIDNIGHT, 60, [kw * 1000] * 24)
    return sensor_id


def _roles(site: Site) -> list[tuple[str, bool, str | None]]:
    """Name, `is_main` and finding of the meters' sensors."""
    rows = site.execute(
        "select e.name, s.is_main, s.finding from registry.sensor s join registry.equipment e using (equipment_id) "
        "where e.equipment_type = 'meter' order by s.sensor_id"
    )
    return [tuple(row) for row in rows]


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


def test_meters_in_question_that_agree_get_roles_that_last(warehouse: Warehouse) -> None:
    """The next day they differ by 0.1 % the other way round: no change. Then by 10 %: a finding, and no change."""
    site = Site(warehouse)
    ids = [_meter(site, name, kw, finding=SEVERAL_METERS) for name, kw in (("meter A", 10), ("meter B", 10.01))]
    roles = [("meter A", True, None), ("meter B", False, CHECK_METER)]
    assert site.day(DAY).produced_kwh == 240.0
    assert _roles(site) == roles
    for day, kw in (("2026-06-16", 9.99), ("2026-06-17", 9.0)):
        site.series(ids[0], f"{day} 00:00", 60, [10_000] * 24)
        site.series(ids[1], f"{day} 00:00", 60, [kw * 1000] * 24)
    assert site.day("2026-06-16").produced_kwh == 240.0
    assert site.compute("2026-06-17").findings == (
        (
            "P-SITE 2026-06-17: production meters differ by more than 2 % (meter A 240.0 kWh, meter B 216.0 kWh): "
            "the inverters decide"
        ),
    )
    assert _roles(site) == roles


@pytest.mark.parametrize(
    ("kw", "hours", "is_present"),
    [(11, 24, True), (0, 24, True), (10, 0, True), (10, 21, True), (10, 24, False)],
    ids=["differs", "stands still", "silent", "in part", "left"],
)
def test_meters_get_no_role_without_a_whole_day_of_each(
    warehouse: Warehouse, kw: float, hours: int, is_present: bool
) -> None:
    site = Site(warehouse)
    for name in ("meter A", "meter B"):
        sensor_id = site.sensor(
            "ac_power", 60, device=name, is_main=False, finding=SEVERAL_METERS, is_present=is_present
        )
        if name == "meter A" and kw:
            site.series(sensor_id, MIDNIGHT, 60, [10_000] * (hours or 24))
        elif hours:
            site.series(sensor_id, MIDNIGHT, 60, [kw * 1000] * hours)
    site.compute(DAY)
    assert _roles(site) == [("meter A", False, SEVERAL_METERS), ("meter B", False, SEVERAL_METERS)]


def test_a_backup_meter_is_not_asked(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _meter(site, "backup", 5)
    _meter(site, "meter A", 10, finding=SEVERAL_METERS)
    _meter(site, "meter B", 10, finding=SEVERAL_METERS)
    assert site.day(DAY).produced_kwh == 240.0
    assert _roles(site)[0] == ("backup", False, None)


def test_import_is_the_main_meters_on_the_day_it_becomes_that(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    for name, energy_wh in (("meter A", 100), ("meter B", 200)):
        _meter(site, name, 10, finding=SEVERAL_METERS)
        site.series(site.sensor("import_energy", 60, device=name), MIDNIGHT, 60, [energy_wh] * 24)
    assert [site.day(DAY).imported_kwh for _ in range(2)] == [2.4, 2.4]


@pytest.mark.parametrize(
    ("energies_kwh", "main"),
    [
        ({"7": 100.0, "8": 98.0}, "7"),  # 2 of 100 kWh is just 2 %
        ({"7": 98.0, "8": 100.0}, "7"),
        ({"7": 100.0, "8": 97.9}, None),
        ({"7": 100.0, "8": 99.0, "9": 50.0}, None),
        ({"7": 100.0, "8": 99.0, "9": 98.5}, "7"),
        ({"7": 0.0, "8": 0.0}, "7"),
    ],
)
def test_meters_within_two_percent_agree(energies_kwh: dict[str, float], main: str | None) -> None:
    assert first_if_agreed(energies_kwh) == main


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


def test_a_change_between_meter_and_inverters_is_named(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "inverter", 10)
    meter_id = site.sensor("ac_power", 60, device="meter", is_main=True)
    site.series(meter_id, "2026-06-14 00:00", 60, [9800] * 24)
    before = site.compute("2026-06-14")
    assert (before.by_method, before.findings) == ({"power_integral": 1}, ())
    result = site.compute(DAY)
    assert result.by_method == {"inverter_sum": 1}
    assert result.findings == (
        (
            "P-SITE 2026-06-15: measured by inverter_sum, the day before by power_integral: "
            "the losses between inverters and meter lie between the two"
        ),
    )
    assert site.day(DAY).flags == []


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
