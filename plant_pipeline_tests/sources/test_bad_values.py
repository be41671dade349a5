"""Every value that no document foresees, in every documented field, written to the real tables."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg import sql

from plant_pipeline.config import SourceSettings
from plant_pipeline.http.body import parse_json
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Entity, FetchContext, Listing, Source
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import Warehouse, read_table
from plant_pipeline_tests.sources.bad_values import BAD_VALUES, with_value
from plant_pipeline_tests.sources.fake_api import AT
from plant_pipeline_tests.sources.parsers import RECORD_PARSERS, Parser

_ALERT = {
    "id": "alert-1",
    "plantId": "p1",
    "type": "THRESHOLD_EXCEEDED",
    "severity": "INFO",
    "status": "ACTIVE",
    "message": "low",
    "createdAt": "2026-03-09T11:00:00Z",
    "updatedAt": "2026-03-09T11:00:00Z",
    "acknowledgedAt": None,
    "acknowledgedBy": None,
    "resolvedAt": None,
}


def _good_record(parser: Parser) -> Mapping[str, Any]:
    """A record that is as documented, as the parser gives it to the schema."""
    listing = parser.parse(
        lambda request: (
            httpx.Response(200, json=parser.documents[request.url.path])
            if request.url.path in parser.documents
            else httpx.Response(404)
        )
    )
    assert isinstance(listing, Listing)
    record = listing.records[0]
    assert isinstance(record, Mapping)
    return record


def _with_id(record: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The record under another id of the same kind, if it has one."""
    if "id" not in record:
        return dict(record)
    if isinstance(record["id"], int):
        return {**record, "id": number + 1}
    return {**record, "id": f"{number:08x}{str(record['id'])[8:]}"}


def _pull(warehouse: Warehouse, archive: Path, source: Source, entity: Entity, records: list[Any]) -> Any:
    async def fetch(_context: FetchContext) -> Listing:
        await asyncio.sleep(0)
        return Listing(records)

    run = Run(warehouse, FileArchive(archive), "run-1", lambda: AT)
    settings = SourceSettings(source.name, "https://api.test", token="token-7f3a91")
    return pull_entity(run, source, replace(entity, fetch=fetch), settings)


_LISTED = [(own.source, own.entity, _good_record(own)) for own in RECORD_PARSERS if own.entity.write is None]
_ENTITIES = [*_LISTED, (VOKE, VOKE.entity("alert"), _ALERT)]
_OWN_WAY = ("forecast", "metric", "kpi")
_WRITTEN = [(own.source, own.entity, _good_record(own)) for own in RECORD_PARSERS if own.entity_name in _OWN_WAY]


@pytest.mark.parametrize(("source", "entity", "good"), _ENTITIES, ids=lambda value: getattr(value, "name", ""))
def test_no_bad_value_in_any_field_stops_a_stream_or_changes_another_field(
    warehouse: Warehouse, tmp_path: Path, source: Source, entity: Entity, good: Mapping[str, Any]
) -> None:
    bad: list[tuple[str, Any]] = []
    for name in good:
        for text in BAD_VALUES:
            record, is_json = parse_json(with_value(_with_id(good, len(bad)), (name,), text))
            assert is_json
            bad.append((name, record))
    fillers = [_with_id(good, len(bad) + i) for i in range(len(bad))]
    outcome = _pull(warehouse, tmp_path, source, entity, [*fillers, *(record for _, record in bad)])
    assert outcome.state == "complete", outcome.message
    with warehouse.transaction() as connection:
        rows = {str(row["id"]): row for row in read_table(connection, entity.table)}
    model = rows[str(fillers[0]["id"])]
    columns = {column.metadata["meaning"].field: name for name, column in entity.schema.columns.items()}
    for changed, record in bad:
        if changed != "id" and (row := rows.get(str(record["id"]))) is not None:
            assert {**row, columns[changed]: None, "id": None} == {**model, columns[changed]: None, "id": None}
    assert 0 < outcome.quarantined < len(bad)


@pytest.mark.parametrize(("source", "entity", "good"), _WRITTEN, ids=lambda value: getattr(value, "name", ""))
def test_no_bad_value_in_any_field_stops_what_is_written_in_its_own_way(
    warehouse: Warehouse, tmp_path: Path, source: Source, entity: Entity, good: Mapping[str, Any]
) -> None:
    answered = [name for name in good if name not in ("asset_id", "kpi_date")]  # what was asked for is no answer
    bad = [parse_json(with_value(good, (name,), text))[0] for name in answered for text in BAD_VALUES]
    outcome = _pull(warehouse, tmp_path, source, entity, [*[dict(good)] * len(bad), *bad])
    assert outcome.state == "complete", outcome.message
    assert 0 < outcome.quarantined < len(bad)
    statement = sql.SQL("select count(*) from {}").format(sql.Identifier(*entity.table.split(".")))
    with warehouse.transaction() as connection:
        assert connection.exec_driver_sql(statement.as_string()).scalar_one() > 0


def test_a_text_of_ten_megabytes_is_no_name_and_no_label(warehouse: Warehouse, tmp_path: Path) -> None:
    plants = RAVENWITS.entity("plant")
    good = _good_record(RECORD_PARSERS[0])
    huge = "n" * 10_000_000
    records = [dict(good), {**_with_id(good, 1), "name": huge}, {**_with_id(good, 2), "agrupation": huge}]
    outcome = _pull(warehouse, tmp_path, RAVENWITS, plants, records)
    assert (outcome.state, outcome.quarantined) == ("complete", 1)
    with warehouse.transaction() as connection:
        assert [row["agrupation"] for row in read_table(connection, plants.table)] == [None, None]
