"""Coming and going: which records of a plant count, and which plants are in service.

What belongs here: members of plants, status of plants. What does not: golden values (golden), who is which plant
(resolve), presence of records (remembered).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.plants.golden import Member
from plant_pipeline.registry.plants.history import BEGINNING_UTC, local_date, local_midnight
from plant_pipeline.registry.plants.remembered import ABSENCES_OF_THE_GONE
from plant_pipeline.registry.records import Alias, Plant, RecordKey, founding_order, key_of
from plant_pipeline.sources.shapes import PlantCandidate


@dataclass(frozen=True, slots=True)
class Standing:
    """A record in its plant at one time.

    `home` is the plant it would belong to by itself, `is_linked` whether a person joined it by name, `gone_since` when
    its source was found not to have it any more (None: it has).
    """

    candidate: PlantCandidate
    absences: int
    first_seen_at: datetime
    home: UUID | None
    is_linked: bool = False
    is_duplicate: bool = False
    gone_since: datetime | None = None

    @property
    def key(self) -> RecordKey:
        """Which record it is."""
        return key_of(self.candidate)

    @property
    def is_live(self) -> bool:
        """Whether its source still has it."""
        return self.absences < ABSENCES_OF_THE_GONE


def members_of(standings: Sequence[Standing]) -> list[Member]:
    """The records of one plant as members.

    Of the records of one source those add up that a person joined, and one of each plant that was joined: the one that
    is still there, or was there first. Duplicates never add to others.
    """
    members: list[Member] = []
    for source in sorted({standing.candidate.source for standing in standings}):
        own = sorted((each for each in standings if each.candidate.source == source), key=_seniority)
        parts = [each for each in own if not each.is_duplicate] or own[:1]
        seniors = {each.home: each.key for each in reversed(parts) if not each.is_linked}
        counted = {each.key for each in parts if each.is_linked} | set(seniors.values())
        members += [Member(each.candidate, each.is_live, each.key in counted) for each in own]
    return members


def _seniority(standing: Standing) -> tuple[bool, datetime, str]:
    return standing.absences > 0, standing.first_seen_at, standing.candidate.source_plant_id


@dataclass(frozen=True, slots=True)
class Retirement:
    """A person's word that a plant is out of service: since when, and whether they named the date."""

    from_utc: datetime
    is_dated: bool


def stated_retirement(decisions: Iterable[Decision], zone: str | None, now_utc: datetime) -> Retirement | None:
    """The newest decision that the plant is retired, if it is in force by now."""
    newest = max(decisions, key=lambda each: each.decision_id or 0, default=None)
    if newest is None:
        return None
    if newest.valid_from is None:
        return Retirement(newest.decided_at or now_utc, is_dated=False)
    if newest.valid_from > local_date(now_utc, zone):
        return None
    from_date = max(newest.valid_from, (BEGINNING_UTC - timedelta(days=1)).date())  # the year 1 has no midnight in UTC
    return Retirement(local_midnight(from_date, zone), is_dated=True)


def with_status(plant: Plant, standings: Collection[Standing], retirement: Retirement | None) -> Plant:
    """The plant with the status that its records and people give it; `standings` is not empty."""
    if retirement is not None:
        return replace(plant, status="retired", merged_into=None, retired_at=retirement.from_utc)
    gone = [each.gone_since for each in standings if each.gone_since is not None]
    if len(gone) == len(standings):
        return replace(plant, status="retired", merged_into=None, retired_at=max(gone))
    is_active = (plant.status, plant.merged_into, plant.retired_at) == ("active", None, None)
    return plant if is_active else replace(plant, status="active", merged_into=None, retired_at=None)


def without_records(plant: Plant, moved: Sequence[Alias], now_utc: datetime) -> Plant:
    """A plant that lost all its records: merged into the plant that has them now, retired if none has.

    `moved` are the records it had, as they are now, without those that are no plant.
    """
    if moved:
        target = min(moved, key=lambda alias: founding_order(alias.key)).plant_id
        return replace(plant, status="merged", merged_into=target, retired_at=None)
    return replace(plant, status="retired", merged_into=None, retired_at=plant.retired_at or now_utc)
