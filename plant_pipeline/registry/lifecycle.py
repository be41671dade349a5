"""Coming and going: which records their sources still have, and which plants are in service.

What belongs here: presence of records, status of plants. What does not: golden values (golden), who is which plant
(resolve).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from plant_pipeline.registry.golden import Member
from plant_pipeline.registry.history import local_date, local_midnight
from plant_pipeline.registry.records import Alias, Plant, RecordKey, founding_order
from plant_pipeline.registry.rulings import Rulings
from plant_pipeline.registry.statements import Decision
from plant_pipeline.sources.shapes import PlantCandidate

ABSENCES_OF_THE_GONE: Final = 2  # successive complete listings without a record, after which it counts as gone


def updated_presence(alias: Alias, candidate: PlantCandidate | None, complete_sources: Collection[str]) -> Alias:
    """The alias after this run's listing; `candidate` is None if nothing was delivered, or nothing that is a plant.

    An incomplete or failed listing tells nothing about who is absent from it.
    """
    if candidate is not None and candidate.is_present:
        return replace(
            alias,
            source_name=candidate.name,
            is_present=True,
            absences=0,
            last_seen_at=max(alias.last_seen_at, candidate.observed_at),
        )
    if alias.source not in complete_sources:
        return alias
    return replace(alias, is_present=False, absences=min(alias.absences + 1, ABSENCES_OF_THE_GONE))


def members_of(aliases: Sequence[Alias], records: Mapping[RecordKey, PlantCandidate], rulings: Rulings) -> list[Member]:
    """The records of one plant as members.

    Of the records of one source those that a person linked add up, and one other: the one that is still there, or was
    there first. Duplicates never add to others.
    """
    members: list[Member] = []
    for source in sorted({alias.source for alias in aliases}):
        own = sorted((alias for alias in aliases if alias.source == source), key=_seniority)
        parts = [alias for alias in own if not alias.is_duplicate] or own[:1]
        linked = {alias.key for alias in parts if alias.key in rulings.linked}
        counted = linked | {alias.key for alias in [each for each in parts if each.key not in linked][:1]}
        members += [
            Member(records[alias.key], alias.absences < ABSENCES_OF_THE_GONE, alias.key in counted) for alias in own
        ]
    return members


def _seniority(alias: Alias) -> tuple[bool, datetime, str]:
    return not alias.is_present, alias.first_seen_at, alias.source_plant_id


@dataclass(frozen=True, slots=True)
class Retirement:
    """A person's word that a plant is out of service: since when, and whether they named the date."""

    from_utc: datetime
    is_dated: bool


def stated_retirement(decisions: Iterable[Decision], plant: Plant, now_utc: datetime) -> Retirement | None:
    """The newest decision that the plant is retired, if it is in force by now."""
    newest = max(decisions, key=lambda each: each.decision_id or 0, default=None)
    if newest is None:
        return None
    if newest.valid_from is None:
        return Retirement(plant.retired_at or now_utc, is_dated=False)
    if newest.valid_from > local_date(now_utc, plant.timezone):
        return None
    return Retirement(local_midnight(newest.valid_from, plant.timezone), is_dated=True)


def with_status(plant: Plant, aliases: Sequence[Alias], retirement: Retirement | None, now_utc: datetime) -> Plant:
    """The plant with the status that its records and people give it; `aliases` is not empty."""
    if retirement is not None:
        return replace(plant, status="retired", merged_into=None, retired_at=retirement.from_utc)
    if all(alias.absences >= ABSENCES_OF_THE_GONE for alias in aliases):
        return replace(plant, status="retired", merged_into=None, retired_at=plant.retired_at or now_utc)
    return replace(plant, status="active", merged_into=None, retired_at=None)


def without_records(plant: Plant, moved: Sequence[Alias], now_utc: datetime) -> Plant:
    """A plant that lost all its records: merged into the plant that has them now, retired if none has.

    `moved` are the records it had, as they are now, without those that are no plant.
    """
    if moved:
        target = min(moved, key=lambda alias: founding_order(alias.key)).plant_id
        return replace(plant, status="merged", merged_into=target, retired_at=None)
    return replace(plant, status="retired", merged_into=None, retired_at=plant.retired_at or now_utc)
