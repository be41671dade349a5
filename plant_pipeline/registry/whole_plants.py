"""Decisions about whole plants, as decisions about their records: merging two, splitting one.

What belongs here: which decisions on records say it. What does not: what follows from them (rulings, resolve), noting
them (review).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.components import Components
from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.decisions.statements import Action, Decision
from plant_pipeline.registry.records import RecordKey, source_order, written
from plant_pipeline.registry.store import read_decisions
from plant_pipeline.warehouse import execute


def record_of_plant(connection: Connection, plant_code: str) -> RecordKey:
    """The record by which a decision on a whole plant is noted: a present one if there is any, the first seen.

    Of records seen first together the first in the founding order, as it is the one that keeps the plant's id.

    Raises `UsageError` if no active or retired plant has the code.
    """
    return next(iter(_records_of_plant(connection, plant_code)))


def merging(connection: Connection, plant_code: str, other_code: str, who: str, why: str | None) -> list[Decision]:
    """Two plants are one: all their records belong together, also those that were parted; the id first seen stays.

    Raises `UsageError` if either is unknown, or they are the same.
    """
    if plant_code == other_code:
        raise UsageError(f"{plant_code} cannot be merged with itself: name two plants")
    own, others = _records_of_plant(connection, plant_code), _records_of_plant(connection, other_code)
    kept_apart = rule(_in_force(connection)).apart
    parted = [(other, record) for other in others for record in own if frozenset((other, record)) in kept_apart]
    leading = next(iter(others)), next(iter(own))
    return [_decision("link", *pair, who, why) for pair in dict.fromkeys([*parted, leading])]


def splitting(
    connection: Connection,
    plant_code: str,
    records: Sequence[RecordKey],
    who: str,
    why: str | None,
    since: date | None = None,
) -> list[Decision]:
    """These records of a plant are a plant of their own.

    Where the plant has no other record, the only one is another plant from `since` on, a plant-local date; what it was
    until then has ended. Raises `UsageError` if one is no record of the plant, or without `since` none would be left.
    """
    own = _records_of_plant(connection, plant_code)
    strangers = [written(record) for record in records if record not in own]
    if strangers:
        raise UsageError(
            f"{', '.join(strangers)} is no record of {plant_code}, which has {', '.join(map(written, own))}"
        )
    going = list(dict.fromkeys(records))
    staying = [record for record in own if record not in going]
    if not staying and len(going) == 1 and since is not None:
        return [Decision("unlink", *going[0], who, valid_from=since, why=why)]
    if not staying:
        raise UsageError(f"{plant_code} has no other record than these: there is nothing to split")
    parting = [_decision("unlink", going[0], record, who, why) for record in staying]
    joined = rule([*_in_force(connection), *parting]).joined
    together = Components()
    for one, other in combinations(staying, 2):
        if joined.are_joined(one, other) or (own[one] is not None and own[one] == own[other]):
            together.join(one, other)
    pairs = [*_falling_apart(going, joined), *_falling_apart(staying, together)]
    return [*parting, *(_decision("link", *pair, who, why) for pair in pairs)]


def _falling_apart(records: Sequence[RecordKey], together: Components) -> Iterator[tuple[RecordKey, RecordKey]]:
    """What has to be linked so that the records stay together; no more, as a link may undo that one is a duplicate."""
    parts = {min(together.of(record)): record for record in reversed(records)}
    yield from ((record, records[0]) for record in records if record in parts.values() and record != records[0])


def _in_force(connection: Connection) -> list[Decision]:
    return [own.decision for own in read_decisions(connection) if own.is_in_force]


def _records_of_plant(connection: Connection, plant_code: str) -> dict[RecordKey, UUID | None]:
    """The records of a plant, the one that stands for it first, each with the plant it would be of by itself."""
    order = list(source_order())
    rows = execute(connection, "registry/records_by_code", plant_code=plant_code, source_order=order).all()
    if not rows:
        known = execute(connection, "registry/plant_by_code", plant_code=plant_code).first()
        if known is not None and known.merged_into_code:
            raise UsageError(f"{plant_code} was merged into {known.merged_into_code}: name that one")
        if known is not None:
            raise UsageError(f"{plant_code} has no record any more, and nothing can be said of it: it has ended")
        raise UsageError(f"no plant has the code {plant_code}; `plant-pipeline registry list` shows them")
    return {(row.source, row.source_plant_id): row.home for row in rows}


def _decision(action: Action, record: RecordKey, other: RecordKey, who: str, why: str | None) -> Decision:
    return Decision(action, *record, who, other_source=other[0], other_source_plant_id=other[1], why=why)
