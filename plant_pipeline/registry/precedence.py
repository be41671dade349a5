"""Whose value of which field is taken, as data that people can read.

What belongs here: what sources and rules declare, as rows of `registry.field_precedence`. What does not: choosing
(golden), conflicts (the view `registry.plant_conflict`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import orjson
from sqlalchemy import Connection

from plant_pipeline.registry.plants.golden import (
    CAPACITY_FIELDS,
    CAPACITY_TOLERANCE,
    DECISION,
    DERIVED,
    PLACE_TOLERANCE_KM,
)
from plant_pipeline.registry.records import GOLDEN_FIELDS, dc_source_order, source_order
from plant_pipeline.warehouse import execute

_DERIVABLE: Final = ("technology", "timezone", "country")
_OF_PEOPLE: Final = ("commissioned_at",)
_TOLERANCES: Final = dict.fromkeys(CAPACITY_FIELDS, CAPACITY_TOLERANCE) | dict.fromkeys(
    ("latitude", "longitude"), PLACE_TOLERANCE_KM
)


@dataclass(frozen=True, slots=True)
class Precedence:
    """A row of `registry.field_precedence`: the lowest rank is asked first."""

    field: str
    source: str
    rank: int
    tolerance: float | None


def precedence() -> Iterator[Precedence]:
    """The rows as they follow from the sources there are."""
    for field in GOLDEN_FIELDS:
        sources = dc_source_order() if field == "capacity_dc_kw" else source_order()
        asked = [DECISION, *(() if field in _OF_PEOPLE else sources), *([DERIVED] if field in _DERIVABLE else [])]
        for rank, source in enumerate(asked):
            yield Precedence(field, source, rank, _TOLERANCES.get(field) if source in sources else None)


def write_precedence(connection: Connection) -> None:
    """Bring the table to what is declared; rows that are the same stay untouched."""
    rows = orjson.dumps([asdict(each) for each in precedence()]).decode()
    execute(connection, "registry/write_precedence", rows=rows)
