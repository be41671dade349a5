"""The plant's own id and code: issued once from its founding record, never reused for another plant.

What belongs here: how an id is made and when a plant gets an old one back. What does not: which records form a plant.
"""

import base64
from collections.abc import Collection, Container, Iterable, Iterator
from functools import lru_cache
from itertools import count, takewhile
from typing import Final
from uuid import UUID, uuid5

from plant_pipeline.registry.records import RecordKey, founding_order, written

NAMESPACE: Final = UUID("06f4229f-3611-485a-88e8-cd63b535e038")  # never change: every plant_id depends on it
CODE_LETTERS: Final = 8


def plant_ids_of(record: RecordKey) -> Iterator[UUID]:
    """The ids a plant founded by `record` may have, in the order they are issued; without end."""
    text = written(record)
    yield _plant_id(text)
    yield from (_plant_id(f"{text}#{number}") for number in count(2))


@lru_cache(maxsize=1024)  # one record is asked for several times in a row
def _plant_id(text: str) -> UUID:
    return uuid5(NAMESPACE, text)


def issue_plant_id(members: Collection[RecordKey], issued: Container[UUID], vacant: Container[UUID]) -> UUID:
    """The id of the plant that `members` form: a vacant one that one of them founded, else a new one of the first.

    `issued` are all ids ever given, `vacant` those of them whose plant has no record any more.
    """
    ordered = sorted(members, key=founding_order)
    for record in ordered:
        for plant_id in plant_ids_of(record):
            if plant_id not in issued:
                break
            if plant_id in vacant:
                return plant_id
    return next(plant_id for plant_id in plant_ids_of(ordered[0]) if plant_id not in issued)


def founder(plant_id: UUID, members: Iterable[RecordKey], issued: Container[UUID]) -> RecordKey:
    """The member that founded the plant, or the first one if the founder has left. `issued` are all ids ever given."""
    ordered = sorted(members, key=founding_order)
    for record in ordered:
        if plant_id in takewhile(issued.__contains__, plant_ids_of(record)):
            return record
    return ordered[0]


def plant_code(plant_id: UUID, taken: Container[str]) -> str:
    """`P-` and 8 characters of the id in base 32: the first 8, or the next ones if those are taken."""
    text = base64.b32encode(plant_id.bytes).decode("ascii").rstrip("=")
    for start in range(len(text) - CODE_LETTERS + 1):
        code = f"P-{text[start : start + CODE_LETTERS]}"
        if code not in taken:
            return code
    return f"P-{text}"
