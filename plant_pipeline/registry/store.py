"""The registry's tables: read as a whole, written by difference.

What belongs here: SQL in and out. What does not: any rule (plan).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import Connection

from plant_pipeline.registry.history import Revision, Version
from plant_pipeline.registry.records import (
    ALIAS_COLUMNS,
    PLANT_COLUMNS,
    RECORD_COLUMNS,
    VERSION_COLUMNS,
    Alias,
    FieldKey,
    FieldRow,
    Plant,
    Proposal,
    Record,
    RecordKey,
    RecordVersion,
    source_order,
)
from plant_pipeline.registry.state import Difference, Registry, Touched
from plant_pipeline.registry.statements import Decision
from plant_pipeline.warehouse import copy_rows, execute, has_rows, read_objects, upsert_rows

HISTORY_COLUMNS: Final = (*PLANT_COLUMNS, "valid_from", "valid_to", "recorded_at")
FIELD_COLUMNS: Final = ("plant_id", "field", "source", "source_plant_id", "value", "is_selected", "observed_at")
_DECISION_COLUMNS: Final = tuple(
    column.name for column in fields(Decision) if column.name not in ("decision_id", "decided_at", "line")
)


# ------------------------------------------------------------------------------------------------------------- reading
def read_registry(connection: Connection) -> Registry:
    """Everything but decisions and history."""
    if not execute(connection, "registry/has_records").scalar_one():
        execute(connection, "registry/remember_records", source_order=list(source_order()))
    offers: dict[UUID, dict[FieldKey, FieldRow]] = defaultdict(dict)
    for row in execute(connection, "registry/fields").all():
        key = row.field, row.source, row.source_plant_id
        offers[row.plant_id][key] = FieldRow(row.value, row.is_selected, row.observed_at)
    return Registry(
        plants={plant.plant_id: plant for plant in read_objects(connection, Plant, "registry/plants")},
        aliases={alias.key: alias for alias in read_objects(connection, Alias, "registry/aliases")},
        not_plants={
            (row.source, row.source_plant_id): (row.source_name, row.reason)
            for row in execute(connection, "registry/not_plants")
        },
        records={record.key: record for record in read_objects(connection, Record, "registry/records")},
        versions={
            version.key: version for version in read_objects(connection, RecordVersion, "registry/latest_versions")
        },
        trusted={
            version.key: version for version in read_objects(connection, RecordVersion, "registry/trusted_versions")
        },
        offers=offers,
        proposals={proposal.key: proposal for proposal in read_objects(connection, Proposal, "registry/proposals")},
        without_history=frozenset(execute(connection, "registry/plants_without_history").scalars()),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made, and when and by whom it was undone, if it was."""

    decision: Decision
    undone_at: datetime | None
    undone_by: str | None

    @property
    def is_in_force(self) -> bool:
        """Whether it counts."""
        return self.undone_at is None


def read_decisions(connection: Connection) -> list[Decided]:
    """All decisions, oldest first."""
    undone = ("undone_at", "undone_by")
    return [
        Decided(Decision(**{name: row[name] for name in row if name not in undone}), *(row[name] for name in undone))
        for row in execute(connection, "registry/decisions").mappings()
    ]


def read_history(connection: Connection, plant_ids: Iterable[UUID]) -> dict[UUID, list[Version]]:
    """The versions of some plants, oldest first."""
    found: dict[UUID, list[Version]] = defaultdict(list)
    for row in execute(connection, "registry/history", plant_ids=list(plant_ids)).mappings():
        plant = Plant(**{name: row[name] for name in PLANT_COLUMNS})
        found[plant.plant_id].append(Version(plant, row["valid_from"], row["valid_to"], row["recorded_at"]))
    return found


def read_versions(connection: Connection, records: Collection[RecordKey]) -> dict[RecordKey, list[RecordVersion]]:
    """All versions of some records, oldest first."""
    found: dict[RecordKey, list[RecordVersion]] = defaultdict(list)
    wanted = {
        "sources": [source for source, _ in records],
        "source_plant_ids": [source_plant_id for _, source_plant_id in records],
    }
    for version in read_objects(connection, RecordVersion, "registry/versions_of_records", **wanted):
        found[version.key].append(version)
    return found


# ------------------------------------------------------------------------------------------------------------- writing
def add_decisions(
    connection: Connection, decisions: Sequence[Decision], decided_at: datetime, *, are_one: bool = False
) -> Sequence[int]:
    """Write new decisions, in their order; `are_one`: they are undone together. Returns their ids."""
    rows = [
        {"place": place} | {name: getattr(decision, name) for name in _DECISION_COLUMNS}
        for place, decision in enumerate(decisions)
    ]
    if not rows:
        return []
    ids = execute(connection, "registry/add_decisions", decisions=_json(rows), decided_at=decided_at).scalars().all()
    execute(connection, "registry/group_decisions", decision_ids=list(ids), are_one=are_one)
    return ids


def withdraw_decisions(
    connection: Connection, decisions: Sequence[Decision], undone_by: str, now_utc: datetime
) -> None:
    """Take back what is no longer in force."""
    ids = [decision.decision_id for decision in decisions]
    if ids:
        execute(connection, "registry/withdraw_decisions", decision_ids=ids, undone_by=undone_by, now_utc=now_utc)


def write_difference(connection: Connection, difference: Difference, now_utc: datetime) -> None:
    """Write what changed; set-based, in an order that keeps every reference valid."""
    _upsert(connection, "registry.plant", ("plant_id",), PLANT_COLUMNS, map(_plant_row, difference.plants))
    _upsert(
        connection,
        "registry.plant_alias",
        ("source", "source_plant_id"),
        ALIAS_COLUMNS,
        ({name: getattr(alias, name) for name in ALIAS_COLUMNS} for alias in difference.aliases),
    )
    _delete_records(connection, "registry/delete_aliases", difference.deleted_aliases)
    _write_records(connection, difference)
    _delete_records(connection, "registry/delete_not_plants", difference.deleted_not_plants)
    _upsert(
        connection,
        "registry.not_a_plant",
        ("source", "source_plant_id"),
        ("source", "source_plant_id", "source_name", "reason"),
        (
            {"source": key[0], "source_plant_id": key[1], "source_name": name, "reason": reason}
            for key, (name, reason) in difference.not_plants.items()
        ),
    )
    _write_offers(connection, difference)
    _write_proposals(connection, difference)
    _write_history(connection, difference.revisions, now_utc)
    _note_touched(connection, difference.touched, now_utc)


def _upsert(
    connection: Connection, table: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[Mapping[str, object]]
) -> None:
    written = list(rows)
    if written and not has_rows(connection, table):  # under the registry's lock, so nobody else writes it
        copy_rows(connection, table, columns, ([row[column] for column in columns] for row in written))
        return
    upsert_rows(connection, table, key, written, columns, touch=())


def _write_records(connection: Connection, difference: Difference) -> None:
    records = ({name: getattr(record, name) for name in RECORD_COLUMNS} for record in difference.records)
    _upsert(connection, "registry.record", RECORD_COLUMNS[:2], RECORD_COLUMNS, records)
    versions = ({name: getattr(version, name) for name in VERSION_COLUMNS} for version in difference.versions)
    _upsert(connection, "registry.record_version", VERSION_COLUMNS[:3], VERSION_COLUMNS, versions)
    _delete_records(connection, "registry/delete_records", difference.deleted_records)


def _note_touched(connection: Connection, touched: Sequence[Touched], now_utc: datetime) -> None:
    copy_rows(
        connection,
        "registry.touched",
        ("plant_id", "from_utc", "to_utc", "why", "touched_at"),
        ((each.plant_id, each.stretch.from_utc, each.stretch.to_utc, each.why, now_utc) for each in touched),
    )


def _plant_row(plant: Plant) -> dict[str, object]:
    return {name: getattr(plant, name) for name in PLANT_COLUMNS}


def _delete_records(connection: Connection, query_name: str, records: Sequence[RecordKey]) -> None:
    if records:
        sources, ids = zip(*records, strict=True)
        execute(connection, query_name, sources=list(sources), source_plant_ids=list(ids))


def _write_offers(connection: Connection, difference: Difference) -> None:
    if difference.deleted_offers:
        plant_ids, keys = zip(*difference.deleted_offers, strict=True)
        names, sources, ids = zip(*keys, strict=True)
        execute(
            connection,
            "registry/delete_fields",
            plant_ids=list(plant_ids),
            fields=list(names),
            sources=list(sources),
            source_plant_ids=list(ids),
        )
    rows = (
        dict(zip(FIELD_COLUMNS, (plant_id, *key, row.value, row.is_selected, row.observed_at), strict=True))
        for (plant_id, key), row in difference.offers.items()
    )
    _upsert(connection, "registry.plant_field", FIELD_COLUMNS[:4], FIELD_COLUMNS, rows)


def _write_proposals(connection: Connection, difference: Difference) -> None:
    if difference.deleted_proposals:
        ids = [proposal.proposal_id for proposal in difference.deleted_proposals]
        execute(connection, "registry/delete_proposals", proposal_ids=ids)
    if difference.proposals:
        names = ("kind", "source", "source_plant_id", "plant_id", "score", "evidence")
        rows = [{name: getattr(proposal, name) for name in names} for proposal in difference.proposals]
        execute(connection, "registry/put_proposals", proposals=_json(rows))


def _write_history(connection: Connection, revisions: Mapping[UUID, Revision], now_utc: datetime) -> None:
    superseded = [version for revision in revisions.values() for version in revision.superseded]
    copy_rows(
        connection,
        "registry.plant_history_superseded",
        (*HISTORY_COLUMNS, "superseded_at"),
        ((*_version_row(version).values(), now_utc) for version in superseded),
    )
    deleted = [(plant_id, start) for plant_id, revision in revisions.items() for start in revision.deleted]
    if deleted:
        plant_ids, starts = zip(*deleted, strict=True)
        execute(connection, "registry/delete_history", plant_ids=list(plant_ids), valid_froms=list(starts))
    written = [_version_row(version) for revision in revisions.values() for version in revision.written]
    _upsert(connection, "registry.plant_history", ("plant_id", "valid_from"), HISTORY_COLUMNS, written)


def _version_row(version: Version) -> dict[str, object]:
    return _plant_row(version.plant) | {
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "recorded_at": version.recorded_at,
    }


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(rows).decode()
