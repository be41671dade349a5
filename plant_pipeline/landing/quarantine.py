"""Rejected records: kept with payload and reason until a person has looked at them.

What belongs here: writing and listing `quarantine.rejected_record`, and what becomes of its rows. What does not:
deciding what is bad (`sources.contract`), taking a record to its table later (`sources.replay`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.http import storable_json, storable_text
from plant_pipeline.warehouse import copy_rows, execute, read_objects

_LONGEST_KEY = 500  # characters that an index takes; an id that long is none
_COLUMNS = ("record_key", "column_name", "check_name", "value", "payload", "payload_sha256")


@dataclass(frozen=True)
class RejectedField:
    """One failed field of one record; `record_key` is the record's id as text, None if it has none.

    `value` is what was there, `payload` the record as received, `identity` the fields that make it the same record as
    on another night: all but those that may change without making it better or worse.
    """

    record_key: str | None
    column_name: str
    check_name: str
    value: str | None
    payload: Mapping[str, Any]
    identity: Mapping[str, Any]


@dataclass(frozen=True)
class RejectedRecord:
    """A rejected record as last received at `seen_at`, with the numbers of its rejected fields."""

    source: str
    entity: str
    rejected_ids: Sequence[int]
    payload: Mapping[str, Any]
    seen_at: datetime


def write_rejected(
    connection: Connection,
    source: str,
    entity: str,
    rejections: Sequence[RejectedField],
    run_id: str,
    seen_at: datetime,
) -> int:
    """Add rejections of a stream; the same content as before only counts up, and stays waived if it was.

    Returns how many of the records a person let be.
    """
    if not rejections:
        return 0
    execute(connection, "quarantine/create_rejected_now")
    copy_rows(connection, "rejected_now", _COLUMNS, (_row(rejection) for rejection in rejections))
    execute(connection, "quarantine/write_rejected", source=source, entity=entity, run_id=run_id, seen_at=seen_at)
    waived = execute(connection, "quarantine/waived_now", source=source, entity=entity, seen_at=seen_at)
    return int(waived.scalar_one())


def _row(rejection: RejectedField) -> tuple[object, ...]:
    return (
        None if rejection.record_key is None else storable_text(rejection.record_key)[:_LONGEST_KEY],
        rejection.column_name,
        rejection.check_name,
        None if rejection.value is None else storable_text(rejection.value),
        orjson.loads(_canonical(rejection.payload)),
        hashlib.sha256(_canonical(rejection.identity)).hexdigest(),
    )


def _canonical(payload: Mapping[str, Any]) -> bytes:
    """The record as JSON, the same whatever the order of its keys, without the NUL that PostgreSQL cannot store."""
    try:
        text = orjson.dumps(dict(payload), option=orjson.OPT_SORT_KEYS)
    except TypeError:  # the archive has it
        text = orjson.dumps({"not shown": "nested more than 250 levels deep", "fields": sorted(payload)})
    return storable_json(text)


def close_rejected(connection: Connection, source: str, entity: str, keys: Iterable[str], seen_at: datetime) -> None:
    """Close what waits of the records `keys`, which a listing taken at `seen_at` has good again."""
    execute(connection, "quarantine/close_rejected", source=source, entity=entity, keys=list(keys), seen_at=seen_at)


def waive_rejected(
    connection: Connection, rejected_ids: Sequence[int], who: str, why: str | None, now_utc: datetime
) -> None:
    """Let rejected fields be, also when they come again; raises `UsageError` if one of them is not known."""
    rows = execute(connection, "quarantine/waive", rejected_ids=list(rejected_ids), who=who, why=why, now_utc=now_utc)
    found = set(rows.scalars())
    _require_known(rejected_ids, found)


def rejected_to_replay(connection: Connection, rejected_ids: Sequence[int] | None) -> list[RejectedRecord]:
    """The records that wait, or those of the fields named, as last received, the oldest first.

    Raises `UsageError` if a field named is not known.
    """
    parameter = None if rejected_ids is None else list(rejected_ids)
    records = read_objects(connection, RejectedRecord, "quarantine/records_to_replay", rejected_ids=parameter)
    _require_known(rejected_ids or (), {rejected_id for record in records for rejected_id in record.rejected_ids})
    return records


def mark_replayed(connection: Connection, records: Sequence[RejectedRecord]) -> None:
    """Note that records have reached their table."""
    rejected_ids = [rejected_id for record in records for rejected_id in record.rejected_ids]
    execute(connection, "quarantine/replayed", rejected_ids=rejected_ids)


def _require_known(rejected_ids: Sequence[int], known: Set[int]) -> None:
    if unknown := [str(rejected_id) for rejected_id in rejected_ids if rejected_id not in known]:
        raise UsageError(
            f"there is no rejected record {', '.join(unknown)}; `plant-pipeline quarantine list` shows them"
        )


def quarantined_keys(connection: Connection, source: str, entity: str, seen_at: datetime | None) -> set[str]:
    """Ids of the records rejected from the listing that was taken at `seen_at` (None: from any)."""
    rows = execute(connection, "quarantine/rejected_keys", source=source, entity=entity, seen_at=seen_at)
    return {row.record_key for row in rows}


def list_rejected(connection: Connection, state: str = "open") -> Sequence[Mapping[str, Any]]:
    """Rejected fields in a state, newest first, without payload."""
    return [dict(row) for row in execute(connection, "quarantine/rejected_fields", state=state).mappings()]


def show_rejected(connection: Connection, rejected_id: int) -> Mapping[str, Any]:
    """One rejected field with the payload of its record; raises `UsageError` if there is none."""
    row = execute(connection, "quarantine/rejected_field", rejected_id=rejected_id).mappings().first()
    _require_known([rejected_id], set() if row is None else {rejected_id})
    return dict(row or {})
