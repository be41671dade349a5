"""The registry's tables: read as a whole, written by difference.

What belongs here: SQL in and out. What does not: any rule (plan).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import Connection

from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.likelihood import Weights, match_weights
from plant_pipeline.registry.plants.basis import GoldenBasis
from plant_pipeline.registry.plants.golden import Offer
from plant_pipeline.registry.plants.history import Revision, Version
from plant_pipeline.registry.plants.state import Difference, Registry, Touched
from plant_pipeline.registry.records import (
    ALIAS_COLUMNS,
    PLANT_COLUMNS,
    RECORD_COLUMNS,
    VERSION_COLUMNS,
    Alias,
    FieldKey,
    Plant,
    Proposal,
    Record,
    RecordKey,
    RecordVersion,
    source_order,
)
from plant_pipeline.warehouse import (
    copy_first_rows,
    copy_rows,
    execute,
    has_rows,
    read_objects,
    read_tuples,
    upsert_rows,
    uuid_array,
)

HISTORY_COLUMNS: Final = (PLANT_COLUMNS[0], "valid_from", *PLANT_COLUMNS[1:], "valid_to", "recorded_at")
_PLANT_ROW: Final = attrgetter(*PLANT_COLUMNS)
FIELD_COLUMNS: Final = ("plant_id", "field", "source", "source_plant_id", "value", "is_selected", "observed_at")
_DECISION_COLUMNS: Final = tuple(
    column.name for column in fields(Decision) if column.name not in ("decision_id", "decided_at", "line")
)


# ------------------------------------------------------------------------------------------------------------- reading
def read_registry(connection: Connection) -> Registry:
    """Everything but decisions, history and offers."""
    if not execute(connection, "registry/has_records").scalar_one():
        execute(connection, "registry/remember_records", source_order=list(source_order()))
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
        bases={
            plant_id: GoldenBasis(digest, tuple(zones.split()))
            for plant_id, digest, zones in read_tuples(connection, "registry/plant_bases")
        },
        proposals={proposal.key: proposal for proposal in read_objects(connection, Proposal, "registry/proposals")},
        without_history=frozenset(execute(connection, "registry/plants_without_history").scalars()),
        weights=adopted_weights(connection),
        withdrawn_weights=frozenset(
            row.weights_id for row in execute(connection, "registry/weights") if row.withdrawn_at is not None
        ),
    )


def adopted_weights(connection: Connection) -> Weights:
    """The weights that a person adopted last beside those that the package brings, else these."""
    brought = match_weights()
    for row in execute(connection, "registry/weights"):
        if row.withdrawn_at is None and row.base_version == brought.version and row.weights.keys() == set(FEATURES):
            weights = np.array([row.weights[feature] for feature in FEATURES], dtype=np.float64)
            return replace(brought, weights=weights, fitted_on=row.adopted_at.date(), weights_id=row.weights_id)
    return brought


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


def read_offers(connection: Connection, plant_ids: Collection[UUID]) -> dict[UUID, dict[FieldKey, Offer]]:
    """What the records of some plants offer, by field, source and record."""
    offers: dict[UUID, dict[FieldKey, Offer]] = defaultdict(dict)
    if plant_ids:
        rows = read_tuples(connection, "registry/fields", plant_ids=uuid_array(plant_ids))
        for plant_id, field, source, record_id, *offered in rows:
            offers[plant_id][field, source, record_id] = Offer(*offered)
    return offers


def read_history(connection: Connection, plant_ids: Iterable[UUID]) -> dict[UUID, list[Version]]:
    """The versions of some plants, oldest first."""
    found: dict[UUID, list[Version]] = defaultdict(list)
    for row in execute(connection, "registry/history", plant_ids=uuid_array(plant_ids)).mappings():
        plant = Plant(**{name: row[name] for name in PLANT_COLUMNS})
        found[plant.plant_id].append(Version(plant, row["valid_from"], row["valid_to"], row["recorded_at"]))
    return found


def read_versions(connection: Connection, records: Collection[RecordKey]) -> dict[RecordKey, list[RecordVersion]]:
    """All versions of some records, oldest first."""
    found: dict[RecordKey, list[RecordVersion]] = defaultdict(list)
    if not records:
        return found
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


def reword_decisions(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Note who says so now, and why, of decisions that are written and say what they said."""
    if decisions:
        ids, who, why = zip(*((each.decision_id, each.who, each.why) for each in decisions), strict=True)
        execute(connection, "registry/reword_decisions", decision_ids=list(ids), who=list(who), why=list(why))


def withdraw_decisions(
    connection: Connection, decisions: Sequence[Decision], undone_by: str, now_utc: datetime
) -> None:
    """Take back what is no longer in force."""
    ids = [decision.decision_id for decision in decisions]
    if ids:
        execute(connection, "registry/withdraw_decisions", decision_ids=ids, undone_by=undone_by, now_utc=now_utc)


def write_difference(connection: Connection, difference: Difference, now_utc: datetime) -> None:
    """Write what changed; set-based, in an order that keeps every reference valid."""
    _upsert(connection, "registry.plant", 1, PLANT_COLUMNS, map(_PLANT_ROW, difference.plants))
    _upsert(connection, "registry.plant_alias", 2, ALIAS_COLUMNS, map(attrgetter(*ALIAS_COLUMNS), difference.aliases))
    _delete_records(connection, "registry/delete_aliases", difference.deleted_aliases)
    _write_records(connection, difference)
    _delete_records(connection, "registry/delete_not_plants", difference.deleted_not_plants)
    _upsert(
        connection,
        "registry.not_a_plant",
        2,
        ("source", "source_plant_id", "source_name", "reason"),
        ((*key, *row) for key, row in difference.not_plants.items()),
    )
    _write_offers(connection, difference)
    _write_bases(connection, difference)
    _write_proposals(connection, difference)
    _write_history(connection, difference.revisions, now_utc)
    _note_touched(connection, difference.touched, now_utc)


def _upsert(
    connection: Connection, table: str, of_key: int, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows, of which the first `of_key` columns are the key."""
    written = list(rows)
    if written and not has_rows(connection, table):  # under the registry's lock, so nobody else writes it
        copy_first_rows(connection, table, columns, written)
        return
    named = [dict(zip(columns, row, strict=True)) for row in written]
    upsert_rows(connection, table, columns[:of_key], named, columns, touch=())


def _write_records(connection: Connection, difference: Difference) -> None:
    records = map(attrgetter(*RECORD_COLUMNS), difference.records)
    _upsert(connection, "registry.record", 2, RECORD_COLUMNS, records)
    versions = map(attrgetter(*VERSION_COLUMNS), difference.versions)
    _upsert(connection, "registry.record_version", 3, VERSION_COLUMNS, versions)
    _delete_records(connection, "registry/delete_records", difference.deleted_records)


def _note_touched(connection: Connection, touched: Sequence[Touched], now_utc: datetime) -> None:
    copy_rows(
        connection,
        "registry.touched",
        ("plant_id", "from_utc", "to_utc", "why", "touched_at"),
        ((each.plant_id, each.stretch.from_utc, each.stretch.to_utc, each.why, now_utc) for each in touched),
    )


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
        (plant_id, *key, row.value, row.is_selected, row.observed_at)
        for (plant_id, key), row in difference.offers.items()
    )
    _upsert(connection, "registry.plant_field", 4, FIELD_COLUMNS, rows)


def _write_bases(connection: Connection, difference: Difference) -> None:
    if difference.deleted_bases:
        execute(connection, "registry/delete_plant_bases", plant_ids=uuid_array(difference.deleted_bases))
    rows = ((plant_id, basis.digest, " ".join(basis.zones)) for plant_id, basis in difference.bases.items())
    _upsert(connection, "registry.plant_basis", 1, ("plant_id", "digest", "zones"), rows)


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
        ((*_version_row(version), now_utc) for version in superseded),
    )
    deleted = [(plant_id, start) for plant_id, revision in revisions.items() for start in revision.deleted]
    if deleted:
        plant_ids, starts = zip(*deleted, strict=True)
        execute(connection, "registry/delete_history", plant_ids=list(plant_ids), valid_froms=list(starts))
    written = [_version_row(version) for revision in revisions.values() for version in revision.written]
    _upsert(connection, "registry.plant_history", 2, HISTORY_COLUMNS, written)


def _version_row(version: Version) -> tuple[object, ...]:
    plant_id, *values = _PLANT_ROW(version.plant)
    return plant_id, version.valid_from, *values, version.valid_to, version.recorded_at


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(rows).decode()
