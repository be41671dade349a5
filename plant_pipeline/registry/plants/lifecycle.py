"""Coming and going: which records of a plant count, and which plants are in service.

What belongs here: members of plants, status of plants. What does not: golden values (golden), who is which plant
(resolve), presence of records (remembered).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings, is_older
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.plants.changed_identity import changes_of_identity, version_at
from plant_pipeline.registry.plants.golden import Member, golden_values
from plant_pipeline.registry.plants.history import BEGINNING_UTC, local_date, local_midnight
from plant_pipeline.registry.plants.remembered import ABSENCES_OF_THE_GONE, remembered
from plant_pipeline.registry.records import (
    Alias,
    Plant,
    Record,
    RecordKey,
    RecordVersion,
    founding_order,
    key_of,
)
from plant_pipeline.sources.shapes import PlantCandidate


@dataclass(frozen=True, slots=True)
class Standing:
    """A record in its plant at one time.

    `home` is the plant it would belong to by itself, `is_linked` whether a person joined it by name, `gone_since` when
    its source was found not to have it any more (None: it has). Of a record that is another plant than it was: it is
    this one since a `birth`, or was it until the next plant's, `death`.
    """

    candidate: PlantCandidate
    absences: int
    first_seen_at: datetime
    home: UUID | None
    is_linked: bool = False
    is_duplicate: bool = False
    gone_since: datetime | None = None
    birth: "Birth | None" = None
    death: "Birth | None" = None

    @property
    def key(self) -> RecordKey:
        """Which record it is."""
        return key_of(self.candidate)

    @property
    def seen_since(self) -> datetime:
        """Since when it is known as the plant that it is."""
        return max(self.first_seen_at, self.birth.since) if self.birth else self.first_seen_at

    @property
    def is_live(self) -> bool:
        """Whether its source still has it."""
        return self.absences < ABSENCES_OF_THE_GONE


@dataclass(frozen=True, slots=True)
class Birth:
    """Since when a record is another plant than it was, and who says so."""

    decision: Decision
    since: datetime


def standing_now(record: Record, version: RecordVersion, candidate: PlantCandidate, absences: int) -> Standing:
    """A record as it stands now."""
    return Standing(
        candidate=candidate,
        absences=absences,
        first_seen_at=record.first_seen_at,
        home=record.plant_id,
        gone_since=version.valid_from if absences >= ABSENCES_OF_THE_GONE else None,
    )


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


def is_of_life(decision: Decision, standing: Standing) -> bool:
    """Whether what is said of a record is said of the plant it is in: it may be another one than it was."""
    is_of_now = standing.birth is None or not is_older(decision, standing.birth.decision)
    return is_of_now and (standing.death is None or is_older(decision, standing.death.decision))


def births_of(
    decisions: Sequence[Decision], versions: Sequence[RecordVersion], was: PlantCandidate, now_utc: datetime
) -> list[Birth]:
    """When a record became another plant, and another again: the midnight in its place of each date stated.

    A newer decision that names an earlier date, or was made while the record said the same, corrects the one before. A
    date that has not come waits. `decisions` and `versions` of the record, oldest first; `was` is what it was.
    """
    zone = golden_values([Member(was)], {}).values["timezone"]
    found: list[Birth] = []
    for decision in reversed(decisions):
        if decision.valid_from is None:
            continue
        since = local_midnight(decision.valid_from, str(zone) if zone else None)
        if not BEGINNING_UTC < since <= now_utc:
            continue
        if not found or (since < found[0].since and _is_another(decision, found[0].decision, versions)):
            found.insert(0, Birth(decision, since))
    return found


def _is_another(decision: Decision, later: Decision, versions: Sequence[RecordVersion]) -> bool:
    """Whether two decisions speak of two plants, by what the record said when they were made."""
    if decision.decided_at is None or later.decided_at is None or not versions:
        return False
    one, other = (remembered(version_at(versions, instant)) for instant in (decision.decided_at, later.decided_at))
    return any(changes_of_identity(one, other))


def ended_as_another(record: Record, was: RecordVersion, birth: Birth | None, death: Birth) -> Standing:
    """A record in a plant that it was, which ended when the record became another one."""
    return Standing(
        candidate=remembered(was),
        absences=ABSENCES_OF_THE_GONE,
        first_seen_at=record.first_seen_at,
        home=record.plant_id if birth is None else None,
        gone_since=death.since,
        birth=birth,
        death=death,
    )


def versions_in_plant(versions: Sequence[RecordVersion], standing: Standing) -> Sequence[RecordVersion]:
    """The versions of a record, oldest first, as far as it is the plant of a standing; gone in all other time.

    What was noticed on the day from which it is another plant is that plant's.
    """
    if standing.birth is not None:
        versions = _since(standing.birth.since, versions)
    if standing.death is not None:
        since = standing.death.since
        before = [each for each in versions if each.valid_from < since] or versions[:1]
        return [*before, replace(before[-1], valid_from=since, absences=ABSENCES_OF_THE_GONE)]
    return versions


def _since(since: datetime, versions: Sequence[RecordVersion]) -> list[RecordVersion]:
    before = [each for each in versions if each.valid_from < since] or versions[:1]
    noticed = [each for each in versions if since <= each.valid_from < since + timedelta(days=1)]
    first = noticed[0] if noticed else before[-1]
    later = [each for each in versions if each.valid_from > max(first.valid_from, since)]
    unborn = replace(first, valid_from=BEGINNING_UTC, absences=ABSENCES_OF_THE_GONE)
    return [unborn, replace(first, valid_from=since), *later]


def retirement_of(
    standings: Sequence[Standing], rulings: Rulings, zone: str | None, now_utc: datetime
) -> tuple[Retirement | None, RecordKey | None]:
    """Since when a plant is out of service by what people say of it, and a record by which it is not.

    A retirement is that of the plant that its record was of when it was said: of what belongs to it by itself, and of
    what had been linked to it until then. What was joined since is in service for as long as a source has it and nobody
    retires it too; where all are retired, the last of them ends the plant.
    """
    said = ((each, own) for each in standings if (own := rulings.retired.get(each.key)) is not None)
    decisions = {own.decision_id: own for each, own in said if is_of_life(own, each)}
    if not decisions:
        return None, None
    spoken_of: list[tuple[Decision, set[RecordKey]]] = []
    for _, decision in sorted(decisions.items(), key=lambda item: -(item[0] or 0)):
        if not any(decision.record in records for _, records in spoken_of):
            spoken_of.append((decision, _plant_then(decision, standings, rulings)))
    ended = set().union(*(records for _, records in spoken_of))
    in_service = (each.key for each in standings if each.is_live and each.home is not None and each.key not in ended)
    serving = min(in_service, key=founding_order, default=None)
    stated = [stated_retirement([decision], zone, now_utc) for decision, _ in spoken_of]
    if serving is not None or None in stated:
        return None, serving
    return max((each for each in stated if each is not None), key=lambda each: each.from_utc), None


def _plant_then(decision: Decision, standings: Sequence[Standing], rulings: Rulings) -> set[RecordKey]:
    """The records, of those of its plant now, that were of the plant of a decision when it was made."""
    home_of = {each.key: each.home for each in standings}
    found: set[RecordKey] = set()
    open_ = {decision.record} & home_of.keys()
    while open_:
        found |= open_
        homes = {home for key in open_ if (home := home_of[key]) is not None}
        near = {key for key, home in home_of.items() if home in homes}
        near |= {
            record
            for key in open_
            for link in rulings.links.get(key, ())
            for record in (link.record, link.other)
            if record in home_of and not is_older(decision, link)
        }
        open_ = near - found
    return found


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
