"""Running a date again: what changes, what does not, and what is put on record."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site, utc, whole_table

DAY = "2026-06-15"
TABLES = ("energy.plant_daily", "energy.plant_daily_candidate", "energy.restatement")


def _tables(site: Site) -> list[list[tuple[object, ...]]]:
    with site.warehouse.transaction() as connection:
        return [whole_table(connection, table, ("run_id", "computed_at")) for table in TABLES]


def test_a_run_on_the_same_readings_changes_nothing_but_the_run(warehouse: Warehouse) -> None:
    site = Site(warehouse, technology="solar", place=(52.1, 5.2), zone="Europe/Amsterdam")
    site.series(site.register(), "2026-06-14 20:00", 7, [1e6 / 3 + 1234.567 * step for step in range(260)])
    site.series(site.sensor("ac_power", 0), "2026-06-14 20:00", 7, [1e4 / 3 * (step % 11) for step in range(260)])
    for number in range(3):
        site.series(
            site.sensor("ac_power", 5, device=f"inverter {number}", kind="inverter"),
            "2026-06-14 20:00",
            5,
            [None if step % (31 + number) == 0 else 1e4 / 7 * (step % 13) for step in range(360)],
        )
    nothing = Site(warehouse, code="P-NONE")
    nothing.sensor("ac_power", 5)
    site.compute(DAY, now_utc=utc("2026-06-17 00:00"), run_id="first")
    before = _tables(site)
    assert len(before[0]) == 2
    assert len(before[1]) == 4
    assert site.compute(DAY, now_utc=utc("2026-06-18 00:00"), run_id="second").written == 0
    assert _tables(site) == before
    rows = site.execute("select distinct run_id, computed_at from energy.plant_daily")
    assert [(row.run_id, row.computed_at) for row in rows] == [("first", utc("2026-06-17 00:00"))]


def test_late_data_restate_a_final_day(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    sensor_id = site.sensor("ac_power", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [1000] * 24)
    assert site.day(DAY, run_id="first").status == "final"
    site.execute("update energy.reading set value = 2000 where period_start = '2026-06-15 23:00Z'")
    result = site.compute(DAY, run_id="second", now_utc=utc("2026-06-20 00:00"))
    row = site.day(DAY, run_id="second", now_utc=utc("2026-06-20 00:00"))
    assert (row.produced_kwh, row.status, row.run_id, result.restated) == (25.0, "restated", "second", 1)
    (restatement,) = site.execute("select * from energy.restatement")
    assert (restatement.old_value_kwh, restatement.new_value_kwh, restatement.cause) == (24.0, 25.0, "late data")
    assert (restatement.recorded_at, restatement.run_id) == (utc("2026-06-20 00:00"), "second")
    # Once restated it stays so, and is not put on record again, unless it moves once more.
    assert site.day(DAY, run_id="third").status == "restated"
    assert len(site.execute("select * from energy.restatement")) == 1
    site.execute("update energy.reading set value = 3000 where value = 2000")
    assert site.compute(DAY, run_id="fourth", now_utc=utc("2026-06-21 00:00")).restated == 1
    rows = site.execute("select old_value_kwh, new_value_kwh from energy.restatement order by recorded_at")
    assert [tuple(row) for row in rows] == [(24.0, 25.0), (25.0, 26.0)]


def test_late_data_complete_a_provisional_day_without_a_restatement(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    sensor_id = site.sensor("ac_power", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [1000] * 12)
    assert site.day(DAY).status == "provisional"
    site.series(sensor_id, "2026-06-15 12:00", 60, [1000] * 12)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (24.0, "final")
    assert site.execute("select * from energy.restatement") == []


def test_a_watt_hour_is_no_restatement(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    sensor_id = site.sensor("production_energy", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [1000] * 24)
    site.compute(DAY)
    site.execute(
        "update energy.reading set value = 1001 where sensor_id = %(id)s and period_start = %(at)s",
        id=sensor_id,
        at=utc("2026-06-15 12:00"),
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.status) == (24.001, "final")
    assert site.execute("select * from energy.restatement") == []


def test_a_change_of_method_is_named(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [1000] * 24)
    site.compute(DAY)
    site.series(site.register(), "2026-06-14 23:00", 60, [5000.0 + 1100 * step for step in range(27)])
    assert site.day(DAY).produced_kwh == 26.4
    (restatement,) = site.execute("select * from energy.restatement")
    assert restatement.cause == "method changed from power_integral to register_difference"


def test_a_final_energy_that_is_withdrawn_says_why(warehouse: Warehouse) -> None:
    """7 of 24 hours are left, less than a third."""
    site = Site(warehouse)
    sensor_id = site.sensor("ac_power", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [10_000] * 24)
    assert site.day(DAY).status == "final"
    site.execute(
        "delete from energy.reading where sensor_id = %(id)s and period_start >= %(at)s",
        id=sensor_id,
        at=utc("2026-06-15 07:00"),
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.status) == (None, "low_completeness", "provisional")
    (restatement,) = site.execute("select * from energy.restatement")
    assert (restatement.old_value_kwh, restatement.new_value_kwh) == (240.0, None)
    assert restatement.cause == "no longer known: low_completeness"


def test_a_final_energy_whose_register_turns_out_to_be_broken_is_put_on_record(warehouse: Warehouse) -> None:
    """10 kWh an hour; an exchange that nobody declared takes the hour to 12:00, and the day is not final again."""
    site = Site(warehouse)
    sensor_id = site.register()
    site.series(sensor_id, "2026-06-14 23:00", 60, [500_000.0 + 10_000 * step for step in range(27)])
    site.compute(DAY)
    site.execute(
        "update energy.reading set value = value - 300000 where sensor_id = %(id)s and period_start >= %(at)s",
        id=sensor_id,
        at=utc("2026-06-15 12:00"),
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (230.0, pytest.approx(10), "provisional")
    (restatement,) = site.execute("select * from energy.restatement")
    assert (restatement.old_value_kwh, restatement.new_value_kwh) == (240.0, 230.0)
    assert restatement.cause == "newly flagged meter_change, gap_estimated"


def test_a_register_that_turns_out_to_be_unexplained_says_so_beside_the_change_of_method(warehouse: Warehouse) -> None:
    """10 kWh an hour by both; the register then falls by 30 kWh at 12:00 and again at 13, 14 and 15 h."""
    site = Site(warehouse)
    sensor_id = site.register()
    site.series(sensor_id, "2026-06-14 23:00", 60, [500_000.0 + 10_000 * step for step in range(27)])
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [10_010.0, 10_030.0] * 12)
    assert site.day(DAY).status == "final"
    for number in (12, 13, 14, 15):
        site.execute(
            "update energy.reading set value = value - 30000 where sensor_id = %(id)s and period_start >= %(at)s",
            id=sensor_id,
            at=utc(f"2026-06-15 {number}:00"),
        )
    row = site.day(DAY)
    assert (row.produced_kwh, row.method) == (240.48, "power_integral")
    (restatement,) = site.execute("select * from energy.restatement")
    assert restatement.cause.startswith("method changed from register_difference to power_integral")


def test_candidates_of_a_method_no_longer_possible_disappear(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    power_id = site.sensor("ac_power", 60)
    site.series(power_id, "2026-06-15 00:00", 60, [1000] * 24)
    site.series(site.sensor("production_energy", 60), "2026-06-15 00:00", 60, [1000] * 24)
    site.compute(DAY)
    assert sorted(site.candidates(DAY)) == ["interval_energy", "power_integral"]
    site.execute("update registry.sensor set quantity = null where sensor_id = %(id)s", id=power_id)
    site.compute(DAY)
    assert sorted(site.candidates(DAY)) == ["interval_energy"]
