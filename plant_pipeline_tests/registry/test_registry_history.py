"""History as it stands in the warehouse after reconciling."""

from dataclasses import replace
from datetime import UTC, date, datetime

from plant_pipeline.registry.plants.history import BEGINNING_UTC
from plant_pipeline_tests.registry.given import Given, decision, record, velka_louka


def test_a_change_at_a_source_is_a_version_from_local_midnight(given: Given) -> None:
    plants = velka_louka()
    given.sync(plants)
    given.sync([replace(plants[0], capacity_ac_kw=1100.0), *plants[1:]], day=1)
    # 11 March begins at 23:00 UTC of the 10th in Prague.
    assert given.versions("ravenwits:r1", "capacity_ac_kw") == [
        (BEGINNING_UTC, 1000), (datetime(2026, 3, 10, 23, tzinfo=UTC), 1100),
    ]  # fmt: skip
    given.sync([replace(plants[0], capacity_ac_kw=1200.0), *plants[1:]], day=1.2)
    assert [value for _, value in given.versions("ravenwits:r1", "capacity_ac_kw")] == [1000, 1200]
    assert given.rows("select capacity_ac_kw from registry.plant_history_superseded") == [(1100,)]
    assert given.rows("select valid_to from registry.plant_history order by valid_from")[-1] == (None,)


def test_a_source_that_comes_later_teaches_what_nobody_knew(given: Given) -> None:
    given.sync(velka_louka()[:1])
    given.sync(velka_louka(), day=1)
    assert given.versions("ravenwits:r1", "capacity_dc_kw") == [(BEGINNING_UTC, 1480)]


def test_a_stated_value_holds_from_the_midnight_of_its_date_over_a_clock_change(given: Given) -> None:
    given.sync(velka_louka())
    given.decide(
        decision("set", "voke:v1", field="capacity_ac_kw", value="800", valid_from=date(2025, 7, 1)),
        decision("set", "ravenwits:r1", field="capacity_ac_kw", value="900", valid_from=date(2026, 1, 1)),
    )
    changes = given.sync(velka_louka(), day=1)
    # Prague: UTC+2 on 1 July, UTC+1 on 1 January.
    assert given.versions("ravenwits:r1", "capacity_ac_kw") == [
        (BEGINNING_UTC, 1000),
        (datetime(2025, 6, 30, 22, tzinfo=UTC), 800),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), 900),
    ]
    assert given.plant("voke:v1")["capacity_ac_kw"] == 900
    assert changes.plants_changed == 1
    assert given.rows("select value from registry.plant_field where source = 'decision'") == [("900.0",)]
    before = given.state()
    given.sync(velka_louka(), day=2)
    assert given.state() == before


def test_a_value_stated_for_a_future_date_waits_for_it(given: Given) -> None:
    given.decide(decision("set", "voke:v1", field="capacity_ac_kw", value="2000", valid_from=date(2026, 3, 12)))
    given.sync(velka_louka())
    assert given.plant("voke:v1")["capacity_ac_kw"] == 1000
    # 03:00 UTC on 12 March.
    given.sync(velka_louka(), day=2)
    assert given.versions("voke:v1", "capacity_ac_kw") == [
        (BEGINNING_UTC, 1000), (datetime(2026, 3, 11, 23, tzinfo=UTC), 2000),
    ]  # fmt: skip


def test_the_farthest_dates_that_can_be_written_are_followed(given: Given) -> None:
    """A file of decisions may say "for ever" so."""
    bor = record("ravenwits:1", "Bor", 49.0, 15.0, capacity_ac_kw=1000.0, timezone="Europe/Prague")
    given.sync([bor])
    for year in (1, 9999):
        last = date(year, 1, 1) if year == 1 else date.max
        given.decide(decision("set", "ravenwits:1", field="capacity_ac_kw", value=f"{year}", valid_from=last), day=1)
    given.sync([bor], 1)
    assert [row[1] for row in given.versions("ravenwits:1", "capacity_ac_kw")] == [1.0]
    given.decide(decision("retire", "ravenwits:1", valid_from=date.min), day=2)
    given.sync([bor], 2)
    assert [row[1] for row in given.versions("ravenwits:1", "status")] == ["retired"]


def test_what_is_stated_of_a_new_plant_without_a_date_holds_from_the_beginning(given: Given) -> None:
    lines = [
        decision("set", "voke:v1", field="commissioned_at", value="2019-05-01", line=2),
        decision("set", "voke:v1", field="name", value="Louka", line=3),
        decision("set", "voke:v1", field="farm_id", value="4711", line=4),
    ]
    given.sync(velka_louka(), crosswalk=lines)
    given.sync(velka_louka(), day=1, crosswalk=lines)
    assert given.versions("voke:v1", "name") == [(BEGINNING_UTC, "Louka")]
    assert given.plant("voke:v1")["commissioned_at"] == date(2019, 5, 1)
    assert given.rows("select value from registry.plant_field where field = 'farm_id'") == [("4711",)]


def test_a_plant_put_into_the_registry_without_history_gets_one(given: Given) -> None:
    given.sync(velka_louka())
    with given.warehouse.transaction() as connection:
        connection.exec_driver_sql("delete from registry.plant_history")
    given.sync(velka_louka(), day=1)
    assert given.versions("voke:v1", "name") == [(BEGINNING_UTC, "VELKA_LOUKA_01")]
