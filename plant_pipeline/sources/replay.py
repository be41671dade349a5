"""Rejected records held against their schema anew, after the schema or a reader was corrected.

What belongs here: taking those that are good now to their tables. What does not: the registry, which takes them up with
the next sync.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.landing.quarantine import RejectedRecord, mark_replayed, rejected_to_replay
from plant_pipeline.sources.contract import validate
from plant_pipeline.sources.source import Entity, Source, WriteContext
from plant_pipeline.warehouse import lock_name, upsert_rows


@dataclass(frozen=True)
class Replayed:
    """What became of the rejected records of one stream."""

    source: str
    entity: str
    table: str
    good: int
    still_rejected: int


def replay_rejected(
    connection: Connection, sources: Sequence[Source], rejected_ids: Sequence[int] | None = None
) -> list[Replayed]:
    """Take what is good now of the waiting records, or of those named, to their tables.

    A newer row stays as it is. Raises `UsageError` if a record named is not known.
    """
    waiting = rejected_to_replay(connection, rejected_ids)
    found = []
    for source in sources:
        for entity in source.entities:
            records = [own for own in waiting if (own.source, own.entity) == (source.name, entity.name)]
            if records:
                lock_name(connection, f"plant_pipeline stream {entity.table}")
                good = _replay(connection, entity, records)
                found.append(Replayed(source.name, entity.name, entity.table, good, len(records) - good))
    return found


def _replay(connection: Connection, entity: Entity, records: Sequence[RejectedRecord]) -> int:
    payloads = [_as_received(record.payload) for record in records]
    validated = validate(payloads, entity.schema, entity.key_field)
    bad = {id(rejection.payload) for rejection in validated.rejections}
    good = [
        record
        for record, payload in zip(records, payloads, strict=True)
        if isinstance(payload, Mapping) and id(payload) not in bad
    ]
    for seen_at, own in groupby(zip(good, validated.rows, strict=True), key=lambda pair: pair[0].seen_at):
        rows = [row for _, row in own]
        if entity.write is not None:
            entity.write(WriteContext(connection, seen_at, is_replay=True), rows)
        else:
            _write_listed(connection, entity, rows, seen_at)
    mark_replayed(connection, good)
    return len(good)


def _as_received(payload: Mapping[str, Any]) -> Any:
    """The record; what is no object was stored inside of one."""
    return payload["value"] if payload.keys() == {"value"} else payload


def _write_listed(connection: Connection, entity: Entity, rows: Sequence[Mapping[str, Any]], seen_at: datetime) -> None:
    """Write rows as of the listing they were in: present, unless there was a later one."""
    statement = sql.SQL("select coalesce(max(fetched_at) <= {seen_at}, true) from {table}").format(
        seen_at=sql.Literal(seen_at), table=sql.Identifier(*entity.table.split("."))
    )
    is_latest = bool(connection.exec_driver_sql(statement.as_string()).scalar_one())
    stamp = {"fetched_at": seen_at, "is_present": is_latest}
    unique = {row["id"]: {**row, **stamp} for row in rows}
    columns = (*entity.schema.columns, *stamp)
    upsert_rows(connection, entity.table, ("id",), list(unique.values()), columns, keeps_newer=True)
