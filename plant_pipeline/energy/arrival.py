"""Whether what should have arrived of a date did: plants that a source had readings of before, and has none of now.

What belongs here: the rule and its words for one date. What does not: since when a plant is silent, and who is told
(`automation`).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.warehouse import read_objects, uuid_array

HEARD_BEFORE: Final = timedelta(days=7)
"""A plant that gave nothing for so long before a date is not expected on it."""
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class HeardPlant:
    """A plant and source, the dates of which something is there, and those that were computed."""

    plant_code: str
    source: str
    heard_dates: Sequence[date]
    computed_dates: Sequence[date]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Of one date and by source, how many plants were expected, and those of which nothing came."""

    day: date
    expected: dict[str, int]
    silent: dict[str, tuple[str, ...]]

    @property
    def is_complete(self) -> bool:
        """Whether all that was expected came; expecting nothing is no verdict."""
        return bool(self.expected) and not self.silent

    @property
    def description(self) -> str:
        """One line a person reads."""
        parts = [
            f"{source}: {len(codes)} of {self.expected[source]} plants gave nothing: {', '.join(codes[:_MOST_NAMED])}"
            + (f" and {len(codes) - _MOST_NAMED} more" if len(codes) > _MOST_NAMED else "")
            for source, codes in self.silent.items()
        ]
        complete = [
            f"{source}: each of {plants} plants gave something"
            for source, plants in self.expected.items()
            if source not in self.silent
        ]
        return (
            "; ".join([*parts, *complete])
            or f"not judged, no plant had readings in the {HEARD_BEFORE.days} days before"
        )


def read_arrivals(
    connection: Connection, dates: Sequence[date], plant_ids: Collection[UUID] | None = None
) -> list[Arrival]:
    """What came of each of the dates, of plants (`plant_ids`; None: all) whose day was computed."""
    if not dates:
        return []
    heard = read_objects(
        connection,
        HeardPlant,
        "energy/days_heard",
        first_date=min(dates) - HEARD_BEFORE,
        last_date=max(dates),
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    )
    return [arrival_of(heard, day) for day in sorted(dates)]


def arrival_of(plants: Sequence[HeardPlant], day: date) -> Arrival:
    """Which of the plants were expected on a date, and which gave nothing."""
    expected: dict[str, int] = defaultdict(int)
    silent: dict[str, list[str]] = defaultdict(list)
    for plant in plants:
        is_expected = any(day - HEARD_BEFORE <= own < day for own in plant.heard_dates)
        if day not in plant.computed_dates or not (is_expected or day in plant.heard_dates):
            continue
        expected[plant.source] += 1
        if day not in plant.heard_dates:
            silent[plant.source].append(plant.plant_code)
    return Arrival(day, dict(expected), {source: tuple(codes) for source, codes in silent.items()})
