"""What a person is told of new plants: the real query, sensor and webhook."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import dagster as dg
import pytest
from sqlalchemy import Connection

from plant_pipeline.automation.sensors import new_plant_sensor
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant

_SEEN = datetime(2026, 2, 1, 6, tzinfo=UTC)
_LATER = _SEEN + timedelta(days=10)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path) -> None:
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))


def _look(cursor: str | None = None) -> tuple[Sequence[dg.RunRequest], str | None]:
    with dg.instance_for_test() as instance, dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = new_plant_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return (result.run_requests or (), result.cursor) if isinstance(result, dg.SensorResult) else ((), cursor)


def _add(
    connection: Connection, name: str, records: Sequence[str] = (), *, seen: datetime = _SEEN, **columns: Any
) -> UUID:
    plant_id = add_plant(connection, name, columns.pop("timezone", None), first_seen_at=seen)
    for column, value in columns.items():
        connection.exec_driver_sql(
            f"update registry.plant set {column} = %(value)s where plant_id = %(id)s", {"value": value, "id": plant_id}
        )
    for record in records:
        _know(connection, plant_id, record, seen)
    return plant_id


def _know(connection: Connection, plant_id: UUID, record: str, seen: datetime) -> None:
    source, _, source_plant_id = record.partition(":")
    connection.exec_driver_sql(
        "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
        "first_seen_at, last_seen_at) values (%(source)s, %(record)s, %(id)s, 'x', 'new', true, %(seen)s, %(seen)s)",
        {"source": source, "record": source_plant_id, "id": plant_id, "seen": seen},
    )


def _measure(connection: Connection, plant_id: UUID, source: str) -> None:
    fields = {"id": plant_id, "source": source, "name": str(plant_id)}
    connection.exec_driver_sql(
        "insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type, "
        "is_present) values (%(id)s, %(id)s, %(source)s, %(name)s, 'M', 'meter', true)",
        fields,
    )
    connection.exec_driver_sql(
        "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, is_cumulative, is_main, "
        "resolution, is_present) values (%(id)s, %(id)s, %(source)s, %(name)s, 's', false, false, '5 min', true)",
        fields,
    )


def test_who_knows_a_plant_where_it_is_and_what_is_missing(
    configured: None, warehouse: Warehouse, webhook: list[dict[str, Any]]
) -> None:
    with warehouse.transaction() as connection:
        known = _add(connection, "OLD", seen=_SEEN - timedelta(days=90), timezone="UTC")
        _know(connection, known, "voke:8f", _SEEN - timedelta(days=90))
        place: dict[str, Any] = {"latitude": 39.61783, "longitude": -2.09908, "country": "ESP", "capacity_ac_kw": 5e4}
        alpha = _add(connection, "ALPHA", ("ravenwits:123", "flexmeasures:7"), timezone="Europe/Madrid", **place)
        _measure(connection, alpha, "flexmeasures")
        connection.exec_driver_sql("update registry.plant set technology = null where plant_code = 'P-ALPHA'")
        _add(connection, "BETA", ("voke:<@here>",), country="AUS", seen=_SEEN + timedelta(hours=1))
        connection.exec_driver_sql(
            "insert into registry.match_proposal (source, source_plant_id, plant_id, score, evidence) "
            "values ('ravenwits', '123', %(id)s, 0.8, '{}')",
            {"id": known},
        )
    requests, cursor = _look(str(_SEEN - timedelta(days=1)))
    assert [own.run_key for own in requests] == ["onboard P-ALPHA"]
    (message,) = webhook
    title, first, second = message["text"].split("\n")
    assert title == "2 new plants"
    assert first == (
        "- P-ALPHA ALPHA: known by flexmeasures:7, ravenwits:123; 50,000 kW ESP (39.6178, -2.0991); "
        "missing: technology: `plant-pipeline registry show P-ALPHA`; "
        "doubtful match: ravenwits:123 and P-OLD: `plant-pipeline registry review`"
    )
    assert second == (
        "- P-BETA BETA: known by voke:‹@\u2060here›; solar AUS; "
        "missing: time zone, capacity, location, sensors: `plant-pipeline registry show P-BETA`"
    )
    assert [own["missing"] for own in message["plants"]] == [
        ["technology"],
        ["time zone", "capacity", "location", "sensors"],
    ]
    assert _look(cursor) == ((), cursor)
    assert len(webhook) == 1


def test_a_known_plant_that_is_measured_for_the_first_time_is_announced_too(
    configured: None, warehouse: Warehouse, webhook: list[dict[str, Any]]
) -> None:
    with warehouse.transaction() as connection:
        plant_id = _add(connection, "ALPHA", ("ravenwits:1",), timezone="Europe/Madrid")
    _, cursor = _look()
    with warehouse.transaction() as connection:
        _know(connection, plant_id, "flexmeasures:7", _LATER)
        _measure(connection, plant_id, "flexmeasures")
    requests, cursor = _look(cursor)
    assert [own.run_key for own in requests] == ["onboard P-ALPHA"]
    assert [own["title"] for own in webhook] == [
        "new plant: P-ALPHA ALPHA",
        "first data of a known plant: P-ALPHA ALPHA",
    ]
    with warehouse.transaction() as connection:  # another system that measures it is no news
        _know(connection, plant_id, "voke:9", _LATER + timedelta(days=1))
    assert _look(cursor) == ((), cursor)


def test_a_hundred_plants_at_once_are_one_message_and_one_run(
    configured: None, warehouse: Warehouse, webhook: list[dict[str, Any]]
) -> None:
    with warehouse.transaction() as connection:
        for number in range(100):
            name = f"P{number:03}"
            plant_id = _add(connection, name, (f"flexmeasures:{number}",), timezone="UTC" if number else None)
            _measure(connection, plant_id, "flexmeasures")
    requests, _ = _look()
    assert [own.run_config for own in requests] == [{}]
    (message,) = webhook
    assert message["title"] == "100 new plants"
    assert message["text"].split("\n")[-2:] == [
        "- and 90 more: `plant-pipeline registry list`",
        "  of all 100: 100 lack something, 0 have a doubtful match",
    ]
    assert (len(message["plants"]), message["more"]) == (10, 90)
