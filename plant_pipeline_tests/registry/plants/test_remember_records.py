"""A registry that was written before records were remembered, or that came as files without them, stays as it is."""

from dataclasses import replace

import pytest

from plant_pipeline_tests.registry.given import Given, decision, record

_STAYS = {
    "plant": "plant_id, name, technology, latitude, timezone, capacity_ac_kw, status, retired_at, updated_at",
    "plant_alias": "source, source_plant_id, plant_id, is_present, is_duplicate, absences",
    "plant_history": "plant_id, valid_from, valid_to, name, timezone, capacity_ac_kw, status, retired_at, recorded_at",
    "plant_history_superseded": "plant_id, valid_from, superseded_at",
    "touched": "touched_id",
}


@pytest.mark.parametrize("is_from_files", [False, True])
def test_the_next_night_changes_nothing_of_it(given: Given, is_from_files: bool) -> None:
    """Renamed, with another capacity, gone, and unlinked and gone: each has the past that it had."""
    fleet = [
        record("ravenwits:r1", "Bor", 49.0, 15.0, capacity_ac_kw=1000.0, timezone="Europe/Prague"),
        record("flexmeasures:1", "Bor", 49.0, 15.0, capacity_ac_kw=1100.0),
        record("ravenwits:r2", "Lhota", 49.5, 16.0, capacity_ac_kw=2000.0, timezone="Europe/Prague"),
        record("flexmeasures:2", "Lhota", 49.5, 16.0, capacity_ac_kw=2000.0),
        record("ravenwits:r3", "Kranj", 46.2, 14.4, capacity_ac_kw=3000.0, timezone="Europe/Ljubljana"),
    ]
    given.sync(fleet)
    given.decide(decision("unlink", "flexmeasures:2", "ravenwits:r2"))
    given.sync(fleet)
    fleet = [replace(fleet[0], name="Bor I", capacity_ac_kw=1200.0), fleet[1], fleet[2]]
    for day in (3, 4, 5):
        given.sync(fleet, day)
    given.sync(fleet[1:], 6)
    given.sync(fleet[1:], 7)
    assert [row[1] for row in given.versions("ravenwits:r1", "capacity_ac_kw")] == [1000.0, 1200.0, 1100.0]
    before = _kept(given)

    with given.warehouse.transaction() as connection:
        connection.exec_driver_sql("delete from registry.record")
        if is_from_files:
            connection.exec_driver_sql("delete from registry.plant_field")
    given.sync(fleet[1:], 8)
    assert _kept(given) == before


def test_parts_keep_their_share_of_what_their_plant_had_before(given: Given) -> None:
    parts = [
        record("ravenwits:r1", "Bor", 49.0, 15.0, capacity_ac_kw=1000.0, timezone="Europe/Prague"),
        record("ravenwits:r2", "Bor II", 49.01, 15.0, capacity_ac_kw=500.0),
    ]
    given.sync(parts)
    given.decide(decision("link", "ravenwits:r2", "ravenwits:r1"))
    given.sync([parts[0], replace(parts[1], capacity_ac_kw=800.0)], 3)
    assert [row[1] for row in given.versions("ravenwits:r1", "capacity_ac_kw")] == [1500.0, 1800.0]
    before = _kept(given)
    with given.warehouse.transaction() as connection:
        connection.exec_driver_sql("delete from registry.record")
    given.sync([parts[0], replace(parts[1], capacity_ac_kw=800.0)], 4)
    assert _kept(given)["plant_history"] == before["plant_history"]


def _kept(given: Given) -> dict[str, list[str]]:
    return {
        name: [row[0] for row in given.rows(f"select row({columns})::text from registry.{name} order by 1")]
        for name, columns in _STAYS.items()
    }
