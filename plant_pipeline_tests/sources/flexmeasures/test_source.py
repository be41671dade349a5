"""Whole streams of the source, into the tables."""

from datetime import timedelta
from functools import partial

from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.stream import quarantined_now
from plant_pipeline.warehouse import read_table
from plant_pipeline_tests.sources.fake_api import AT, FakeApi, status
from plant_pipeline_tests.sources.flexmeasures.conftest import (
    ASSETS,
    SENSORS,
    SETTINGS,
    TYPES,
    FlexPuller,
    asset,
    pages,
    payload,
    sensor,
)

_NIGHT = timedelta(days=1)


def _serve(api: FakeApi) -> FakeApi:
    return (
        api.on(TYPES, payload("asset_types"))
        .on(ASSETS, pages(payload("assets")))
        .on(SENSORS, pages(payload("sensors")))
    )


def test_recorded_answers_become_typed_rows(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api)
    assert [pull(entity).state for entity in ("asset_type", "asset", "sensor")] == ["complete"] * 3
    (site,) = pull.rows("select * from flexmeasures.asset where id = 4")
    assert (site["name"], site["account_id"], site["latitude"], site["external_id"]) == (
        "Polder Oost",
        1,
        52.1,
        "PO-001",
    )
    assert site["attributes"]["tags"] == ["tracker", "ppa"]
    assert site["sensors_to_show_as_kpis"][0] == {"title": "Daily energy", "sensor": 35, "function": "sum"}
    assert site["flex_model"] == {}
    assert (site["fetched_at"], site["is_present"]) == (AT, True)
    (register,) = pull.rows("select * from flexmeasures.sensor where id = 31")
    assert (register["event_resolution"], register["unit"]) == (timedelta(), "kWh")
    assert register["attributes"] == {"cumulative": True}
    assert pull.column("select event_resolution from flexmeasures.sensor where id = 35") == [_NIGHT]
    assert pull.column("select count(*) from quarantine.rejected_record") == [0]


def test_a_second_pull_of_the_same_changes_nothing_but_the_time(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api)
    tables = ("asset_type", "asset", "sensor")
    for entity in tables:
        pull(entity)
    before = {table: pull.rows(f"select * from flexmeasures.{table} order by id") for table in tables}
    for table in tables:
        outcome = pull(table, "run-2", AT + _NIGHT)
        assert (outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == (0, 0, 0)
        after = pull.rows(f"select * from flexmeasures.{table} order by id")
        assert after == [{**row, "fetched_at": AT + _NIGHT} for row in before[table]]


def test_the_facts_of_recorded_tables(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api)
    for entity in ("asset_type", "asset", "sensor"):
        pull(entity)
    with pull.warehouse.transaction() as connection:
        found = FLEXMEASURES.facts(
            partial(read_table, connection),
            quarantined_now(connection, FLEXMEASURES),
            SETTINGS,
        )
    assert [(c.source_plant_id, c.name, c.technology) for c in found.plants] == [
        ("4", "Polder Oost", "solar"),
        ("16", "Murray Bend", "solar"),
    ]
    parents = {fact.source_asset_id: (fact.source_plant_id, fact.parent_source_asset_id) for fact in found.equipment}
    # Number 35 sits on site 4 itself; site 16 has no sensor of its own in this excerpt, its block does not either.
    assert parents == {
        "4": ("4", None),
        "5": ("4", "4"),
        "8": ("4", "4"),
        "9": ("4", "4"),
        "17": ("16", None),
        "18": ("16", "17"),
        "21": ("16", None),
    }
    assert len(found.sensors) == 9


def test_every_answer_is_in_archive_and_ledger(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api).on(TYPES, status(503), payload("asset_types"))
    for entity in ("asset_type", "asset", "sensor"):
        pull(entity)
    rows = pull.rows(
        "select entity, path, http_status, record_count, attempts, object_key from landing.fetch order by 1, 5"
    )
    assert [(r["entity"], r["path"], r["http_status"], r["record_count"], r["attempts"]) for r in rows] == [
        ("asset", ASSETS, 200, 8, 1),
        ("asset_type", TYPES, 503, None, 1),
        ("asset_type", TYPES, 200, 6, 2),
        ("sensor", SENSORS, 200, 9, 1),
    ]
    assert all((pull.archive / row["object_key"]).exists() for row in rows)


def test_a_bad_asset_is_quarantined_and_its_equipment_waits(api: FakeApi, pull: FlexPuller) -> None:
    assets = [asset(4, latitude=95.0, attributes="{broken"), asset(5, parent_asset_id=4), asset(9), asset(10)]
    api.on(ASSETS, pages(assets)).on(TYPES, []).on(SENSORS, [sensor(1, 5)])
    outcome = pull("asset")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 4, 1)
    rejected = pull.rows("select record_key, column_name, check_name, value from quarantine.rejected_record order by 2")
    assert [tuple(row.values()) for row in rejected] == [
        ("4", "latitude", "in_range(-90, 90)", "95.0"),
    ]
    pull("sensor")
    with pull.warehouse.transaction() as connection:
        found = FLEXMEASURES.facts(
            partial(read_table, connection),
            quarantined_now(connection, FLEXMEASURES),
            SETTINGS,
        )
    assert {candidate.source_plant_id for candidate in found.plants} == {"9", "10"}
    assert found.sensors == []


def test_attributes_that_cannot_be_read_are_no_attributes(api: FakeApi, pull: FlexPuller) -> None:
    api.on(ASSETS, pages([asset(4, attributes='{"capacity_in_mw": NaN}'), asset(5)])).on(TYPES, [])
    outcome = pull("asset")
    assert (outcome.state, outcome.quarantined) == ("complete", 0)
    assert pull.column("select attributes from flexmeasures.asset order by id") == [None, {}]
    assert pull.rows("select column_name, kind, seen from quarantine.schema_drift") == [
        {"column_name": "attributes", "kind": "type", "seen": "string"}
    ]


def test_a_capacity_that_no_plant_has_is_told_and_the_attributes_stay(api: FakeApi, pull: FlexPuller) -> None:
    odd = [asset(4, attributes='{"capacity_in_mw": 1e29}'), asset(5, flex_model='{"power-capacity": "1e29 MW"}')]
    api.on(ASSETS, pages([*odd, asset(6, attributes='{"capacity_in_mw": "2.5"}')])).on(TYPES, [])
    assert pull("asset").quarantined == 0
    assert pull.column("select attributes ? 'capacity_in_mw' from flexmeasures.asset order by id") == [
        True,
        False,
        True,
    ]
    assert pull.rows("select column_name, kind, records, is_kept from quarantine.schema_drift order by 1") == [
        {"column_name": "attributes", "kind": "unknown_value", "records": 1, "is_kept": True},
        {"column_name": "flex_model", "kind": "unknown_value", "records": 1, "is_kept": True},
    ]


def test_sensors_that_contradict_their_documents_are_quarantined(api: FakeApi, pull: FlexPuller) -> None:
    bad = [
        sensor(1, 4, timezone="Mars/Base"),
        sensor(2, 4, event_resolution="15 minutes"),
        sensor(3, 4, event_resolution="-PT15M"),
        sensor(4, 4, name=""),
        sensor(5, 0),
    ]
    good = [sensor(i, 4, unit="", timezone=None) for i in range(10, 20)]
    api.on(SENSORS, [*bad, *good])
    outcome = pull("sensor")
    assert (outcome.state, outcome.quarantined) == ("complete", 5)
    assert pull.column("select column_name from quarantine.rejected_record order by record_key") == [
        "timezone",
        "event_resolution",
        "event_resolution",
        "name",
        "generic_asset_id",
    ]
    assert pull.column("select count(*) from flexmeasures.sensor where unit is null and timezone is null") == [10]


def test_a_server_in_sunset_mode_gives_the_same_rows(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api)
    pull("asset")
    before = pull.rows("select * from flexmeasures.asset order by id")
    shown = ("id", "name", "account_id", "generic_asset_type")
    api.on(ASSETS, pages([{name: record[name] for name in shown} for record in payload("assets")]))
    for record in payload("assets"):
        api.on(f"{ASSETS}/{record['id']}", {**record, "status": 200})
    api.on(f"{ASSETS}/21", status(500))
    outcome = pull("asset", "run-2")
    assert (outcome.state, outcome.got, outcome.seen_changed, outcome.seen_gone) == ("complete", 8, 0, 0)
    assert pull.rows("select * from flexmeasures.asset order by id") == before
    detail = pull.outcome_of("asset_detail", "run-2")
    assert (detail["state"], detail["expected"], detail["got"], detail["failed"]) == ("failed", 8, 7, 1)


def test_no_detail_stream_where_the_list_tells_all(api: FakeApi, pull: FlexPuller) -> None:
    _serve(api)
    pull("asset")
    assert pull.column("select entity from landing.stream_run") == ["asset"]


def test_asset_types_may_be_forbidden_and_assets_may_not(api: FakeApi, pull: FlexPuller) -> None:
    api.on(TYPES, status(403)).on(ASSETS, status(403)).on(SENSORS, status(403))
    states = [pull(entity).state for entity in ("asset_type", "asset", "sensor")]
    assert states == ["not_permitted", "failed", "failed"]
    assert pull("kpi").state == "failed"  # not asked for without them
    assert api.asked(f"{ASSETS}/4/kpis") == 0


def test_every_column_of_a_schema_is_in_its_table(pull: FlexPuller) -> None:
    for entity in FLEXMEASURES.entities:
        schema_name, _, table = entity.table.partition(".")
        found = set(
            pull.column(
                f"select column_name from information_schema.columns where table_schema = '{schema_name}' "
                f"and table_name = '{table}'"
            )
        )
        assert set(entity.schema.columns) <= found
