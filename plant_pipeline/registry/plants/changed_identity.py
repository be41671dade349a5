"""Records that describe another plant than they did, under the id they had: a source used an id again.

What belongs here: what tells another identity, since when it is in doubt, the question for a person. Pure. What does
not: which records form which plant (resolve), what people answered (rulings).

A record is judged every night against what it said before the doubt began, and against the other records of its plant.
Until a person answers, what it says since then waits: its plant keeps what it said before. From then on it is judged
against what it said when the person answered: a source may use an id a third time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from rapidfuzz import fuzz

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.matching.comparison import LEAST_NAME
from plant_pipeline.registry.matching.evidence import contradiction, known_distance_km, side, technologies_contradict
from plant_pipeline.registry.matching.fleet import technology_of
from plant_pipeline.registry.matching.normalise import normalise_name
from plant_pipeline.registry.plants.remembered import remembered
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.records import Plant, Proposal, Record, RecordKey, RecordVersion, written
from plant_pipeline.sources.shapes import PlantCandidate

MOVED_KM: Final = 50.0  # farther than a plant is wide, offshore wind farms included
OTHER_SIZE_RATIO: Final = 5.0  # no extension, if the name is another one too
_SIZES: Final = (("capacity_ac_kw", "kW AC"), ("capacity_dc_kw", "kW DC"), ("storage_kwh", "kWh"))


@dataclass(frozen=True, slots=True)
class Doubt:
    """A record that is another plant by what it says since `since`; `was` is what it said before."""

    since: datetime
    was: RecordVersion
    reasons: tuple[str, ...]

    def finding(self, key: RecordKey, plant: Plant) -> str:
        """What a person should know of it."""
        return (
            f"{plant.plant_code} {plant.name}: {written(key)} may be another plant since {self.since:%Y-%m-%d}: "
            f"{'; '.join(self.reasons)}; what it says since then waits for an answer (`plant-pipeline registry review`)"
        )


def find_doubts(
    registry: Registry, versions: Mapping[RecordKey, RecordVersion], plant_of: Mapping[RecordKey, UUID]
) -> dict[RecordKey, Doubt]:
    """The records in doubt after a delivery, whatever people said; `versions` and `plant_of` are of all after it.

    None where another record of its plant, which spoke against what the record said before, agrees with it now: it was
    corrected.
    """
    members = _by_plant(plant_of)
    found = {}
    for key, fresh in versions.items():
        known, last, trusted = registry.records.get(key), registry.versions.get(key), registry.trusted.get(key)
        if known is None or known.plant_id is None or last is None or (trusted is None and fresh is last):
            continue
        was = trusted or last
        since = known.doubted_since if trusted is not None and known.doubted_since else fresh.valid_from
        before, now = remembered(was), remembered(fresh)
        reasons = tuple(changes_of_identity(before, now))
        fellows = members.get(plant_of.get(key, known.plant_id), ())
        if reasons and not _is_correction(before, now, _present(fellows, key, versions)):
            found[key] = Doubt(since, was, reasons)
    return found


def open_doubts(
    doubts: Mapping[RecordKey, Doubt],
    plant_of: Mapping[RecordKey, UUID],
    versions: Mapping[RecordKey, RecordVersion],
    pasts: Mapping[RecordKey, Sequence[RecordVersion]],
    rulings: Rulings,
) -> dict[RecordKey, Doubt]:
    """The doubts that nobody has answered, in plants as people decided; corrections towards those are none either.

    `pasts` are all stored versions of the records of which a person said which plant they are.
    """
    answered = {
        key: doubt
        for key, decision in rulings.settled.items()
        if key in versions and (doubt := _since_answer(decision, up_to(pasts.get(key, ()), versions[key])))
    }
    unanswered = {key: doubt for key, doubt in doubts.items() if key not in rulings.settled} | answered
    members = _by_plant(plant_of) if unanswered else {}
    return {
        key: doubt
        for key, doubt in sorted(unanswered.items())
        if key in plant_of
        and not _is_correction(
            remembered(doubt.was), remembered(versions[key]), _present(members[plant_of[key]], key, versions)
        )
    }


def up_to(past: Iterable[RecordVersion], latest: RecordVersion) -> list[RecordVersion]:
    """The stored versions of a record and its latest, which may be one of them."""
    return [*(version for version in past if version.valid_from < latest.valid_from), latest]


def version_at(versions: Sequence[RecordVersion], instant: datetime) -> RecordVersion:
    """The one in force at an instant, of the time before all of them the first; `versions` oldest first, not empty."""
    return next((version for version in reversed(versions) if version.valid_from <= instant), versions[0])


def version_before(versions: Sequence[RecordVersion], instant: datetime) -> RecordVersion:
    """The last one from before an instant, else the first; `versions` oldest first, not empty."""
    return next((version for version in reversed(versions) if version.valid_from < instant), versions[0])


def _since_answer(decision: Decision, versions: Sequence[RecordVersion]) -> Doubt | None:
    """What came after a person said which plant the record is, night by night as if what it said then were trusted."""
    if decision.decided_at is None:
        return None
    was, doubt = version_at(versions, decision.decided_at), None
    for version in versions:
        if version.valid_from <= max(decision.decided_at, was.valid_from):
            continue
        reasons = tuple(changes_of_identity(remembered(was), remembered(version)))
        if reasons:
            doubt = Doubt(doubt.since if doubt else version.valid_from, was, reasons)
        else:
            was, doubt = version, None
    return doubt


def _by_plant(plant_of: Mapping[RecordKey, UUID]) -> Mapping[UUID, Sequence[RecordKey]]:
    members: dict[UUID, list[RecordKey]] = defaultdict(list)
    for key, plant_id in sorted(plant_of.items()):
        members[plant_id].append(key)
    return members


def _present(
    members: Iterable[RecordKey], but: RecordKey, versions: Mapping[RecordKey, RecordVersion]
) -> Iterator[PlantCandidate]:
    return (remembered(versions[key]) for key in members if key != but and versions[key].absences == 0)


def changes_of_identity(was: PlantCandidate, now: PlantCandidate) -> Iterator[str]:
    """In words, what makes the record another plant than it was: technology, place, or size and name together."""
    if technologies_contradict(was, now):
        yield f"it is {technology_of(now)} and was {technology_of(was)}"
    moved_km = known_distance_km(was, now)
    if moved_km is not None and moved_km > MOVED_KM:
        yield f"it is {moved_km:.0f} km from where it was"
    for field, unit in _SIZES:
        before, after = getattr(was, field), getattr(now, field)
        if before and after and max(before, after) > OTHER_SIZE_RATIO * min(before, after) and _is_renamed(was, now):
            yield f"it has {after:,.0f} {unit} and had {before:,.0f}, and is called {now.name!r} and was {was.name!r}"


def _is_renamed(was: PlantCandidate, now: PlantCandidate) -> bool:
    before, after = normalise_name(was.name), normalise_name(now.name)
    if before is None or after is None:
        return False
    return fuzz.token_set_ratio(" ".join(before.words), " ".join(after.words)) < 100 * LEAST_NAME


def _is_correction(was: PlantCandidate, now: PlantCandidate, fellows: Iterable[PlantCandidate]) -> bool:
    return any(
        any(changes_of_identity(fellow, was)) and not any(changes_of_identity(fellow, now)) for fellow in fellows
    )


def while_in_doubt(versions: Sequence[RecordVersion], doubt: Doubt) -> list[RecordVersion]:
    """The versions of a record as its plant takes them until a person answers: what came since waits."""
    return [
        each
        if each.valid_from < doubt.since
        else replace(doubt.was, valid_from=each.valid_from, absences=each.absences)
        for each in versions
    ]


def waiting(record: Record, doubt: Doubt | None) -> Record:
    """The record with since when it waits for an answer."""
    since = doubt.since if doubt else None
    return record if record.waits_since == since else replace(record, waits_since=since)


def as_before(
    doubts: Mapping[RecordKey, Doubt], candidates: Mapping[RecordKey, PlantCandidate]
) -> dict[RecordKey, PlantCandidate]:
    """Records in doubt as their plants take them: as they were, but for being there."""
    return {
        key: replace(
            remembered(doubt.was), is_present=candidates[key].is_present, observed_at=candidates[key].observed_at
        )
        for key, doubt in doubts.items()
    }


def split_proposals(
    doubts: Mapping[RecordKey, Doubt],
    plant_of: Mapping[RecordKey, UUID],
    versions: Mapping[RecordKey, RecordVersion],
) -> list[Proposal]:
    """The questions whether records are still the plants they are taken for."""
    members = _by_plant(plant_of) if doubts else {}
    return [_split_proposal(key, doubt, plant_of[key], members, versions) for key, doubt in doubts.items()]


def _split_proposal(
    key: RecordKey,
    doubt: Doubt,
    plant_id: UUID,
    members: Mapping[UUID, Sequence[RecordKey]],
    versions: Mapping[RecordKey, RecordVersion],
) -> Proposal:
    """The score is the share of what the record is compared with, itself before and its fellows, that speaks for it."""
    before, now = remembered(doubt.was), remembered(versions[key])
    spoken = {other: contradiction(remembered(versions[other]), now) for other in members[plant_id] if other != key}
    reasons = [f"{written(other)}, of the same plant: {text}" for other, text in spoken.items() if text]
    silent = [written(other) for other, text in spoken.items() if not text]
    doubts = [f"nothing speaks against {other}, of the same plant" for other in silent]
    return Proposal(
        source=key[0],
        source_plant_id=key[1],
        plant_id=plant_id,
        score=round((1 + len(reasons)) / (1 + len(spoken)), 4),
        evidence={
            "record": side(now),
            "other": side(before),
            "other_source": key[0],
            "other_source_plant_id": key[1],
            "since": f"{doubt.since:%Y-%m-%d}",
            "reasons": [*doubt.reasons, *reasons],
            "doubts": [*doubts, *(["the name is as it was"] if now.name == before.name else [])],
        },
        kind="split",
    )
