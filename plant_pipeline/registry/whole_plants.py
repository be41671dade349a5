"""Decisions about whole plants, as decisions about their records: merging two, splitting one.

What belongs here: which decisions on records say it. What does not: what follows from them (rulings, resolve), noting
them (review).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.records import RecordKey, written
from plant_pipeline.registry.statements import Action, Decision
from plant_pipeline.warehouse import execute


def record_of_plant(connection: Connection, plant_code: str) -> RecordKey:
    """The record by which a decision on a whole plant is noted: a present one if there is any, the first seen.

    Raises `UsageError` if no active or retired plant has the code.
    """
    return _records_of_plant(connection, plant_code)[0]


def merging(connection: Connection, plant_code: str, other_code: str, who: str, why: str | None) -> list[Decision]:
    """Two plants are one: all their records belong together; the id that was first seen stays.

    Raises `UsageError` if either is unknown, or they are the same.
    """
    if plant_code == other_code:
        raise UsageError(f"{plant_code} cannot be merged with itself: name two plants")
    record, other = record_of_plant(connection, plant_code), record_of_plant(connection, other_code)
    return [_decision("link", other, record, who, why)]


def splitting(
    connection: Connection, plant_code: str, records: Sequence[RecordKey], who: str, why: str | None
) -> list[Decision]:
    """These records of a plant are a plant of their own.

    Raises `UsageError` if one is no record of the plant, or none would be left.
    """
    own = _records_of_plant(connection, plant_code)
    strangers = [written(record) for record in records if record not in own]
    if strangers:
        raise UsageError(
            f"{', '.join(strangers)} is no record of {plant_code}, which has {', '.join(map(written, own))}"
        )
    first, *others = dict.fromkeys(records)
    staying = [record for record in own if record not in records]
    if not staying:
        raise UsageError(f"{plant_code} has no other record than these: there is nothing to split")
    return [
        *(_decision("unlink", first, record, who, why) for record in staying),
        *(_decision("link", record, first, who, why) for record in others),
    ]


def _records_of_plant(connection: Connection, plant_code: str) -> list[RecordKey]:
    rows = execute(connection, "registry/records_by_code", plant_code=plant_code).all()
    if not rows:
        raise UsageError(f"no plant has the code {plant_code}; `plant-pipeline registry list` shows them")
    return [(row.source, row.source_plant_id) for row in rows]


def _decision(action: Action, record: RecordKey, other: RecordKey, who: str, why: str | None) -> Decision:
    return Decision(action, *record, who, other_source=other[0], other_source_plant_id=other[1], why=why)
