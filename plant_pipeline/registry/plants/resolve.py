"""Which records form which plant: decisions first, then what is known, then shared ids, then name and place.

What belongs here: the order of reasons, ids of plants, doubts for a person. Pure. What does not: likenesses
(match), what may never be joined (grouping), values of plants (golden).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings, denial
from plant_pipeline.registry.matching.evidence import contradiction, evidence
from plant_pipeline.registry.matching.match import Match
from plant_pipeline.registry.matching.shared_ids import SharedId, ambiguous_ids
from plant_pipeline.registry.plants.grouping import Bond, Group, Grouping
from plant_pipeline.registry.plants.identity import founder, issue_plant_id
from plant_pipeline.registry.records import (
    MatchMethod,
    Proposal,
    RecordKey,
    founding_order,
    key_of,
    written,
)
from plant_pipeline.sources.shapes import PlantCandidate

DECIDED: Final = Bond("decision", None)
DOUBTFUL_ID_SCORE: Final = 0.5  # of a shared id that something speaks against, if the records are not alike at all
_OCCUPIED: Final = (
    ", but the plant of one of them has another record of that source; join them with `registry link` if they are parts"
)
_METHOD_RANK: Final[Mapping[MatchMethod, int]] = {"decision": 0, "external_id": 1, "name_place": 2, "new": 3}


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to resolve: records in play (known or present), the registry, decisions and likenesses.

    `homes` is the plant of each known record, `seen_since` when a record was first seen, `plants` when a plant was;
    `reborn` are records that are another plant than their home, with since when, `ended` what they were in between.
    """

    records: Mapping[RecordKey, PlantCandidate]
    present: frozenset[RecordKey]
    homes: Mapping[RecordKey, UUID]
    seen_since: Mapping[RecordKey, datetime]
    plants: Mapping[UUID, datetime]
    rulings: Rulings
    shared: Sequence[SharedId]
    matches: Sequence[Match]
    reborn: Mapping[RecordKey, datetime] = field(default_factory=dict)
    ended: frozenset[UUID] = frozenset()


@dataclass
class Resolution:
    """Who is which plant: `plant_of` by record, `bonds` of records newly placed, doubts as proposals, and the rest.

    `displaced` are records that had to leave, each with the one of its source that is back.
    """

    plant_of: dict[RecordKey, UUID] = field(default_factory=dict)
    bonds: dict[RecordKey, Bond] = field(default_factory=dict)
    not_plants: dict[RecordKey, str] = field(default_factory=dict)
    displaced: dict[RecordKey, RecordKey] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def resolve(known: Known) -> Resolution:
    """Form the plants. The order of records, matches and ids does not matter."""
    grouping = Grouping(known.records, known.present, known.rulings)
    result = Resolution()
    kept = _start(known, grouping, result)
    _separate(known, grouping)
    _follow_links(known, grouping)
    _separate(known, grouping)  # a link may bring a record into a plant where one is that it is kept apart from
    doubts = _Doubts(known, grouping)
    _follow_ids(known, grouping, doubts, result)
    _follow_matches(known, grouping, doubts, result)
    _name_plants(known, grouping, kept, result)
    result.proposals = doubts.proposals(result.plant_of)
    return result


# ------------------------------------------------------------------------------------------------ what is known already
def _start(known: Known, grouping: Grouping, result: Resolution) -> set[RecordKey]:
    """Records of known plants go where they are, all others stand alone; returns the former."""
    kept: dict[UUID, list[RecordKey]] = defaultdict(list)
    for record in known.records:
        denied = known.rulings.not_plants.get(record)
        if denied is not None:
            result.not_plants[record] = denial(denied)
        elif record in known.homes and record not in known.reborn:
            kept[known.homes[record]].append(record)
        else:
            grouping.free(record)
    for plant_id, records in kept.items():
        grouping.put(plant_id, known.plants[plant_id], records)
    for records in kept.values():
        result.displaced |= _displaced(known, records)
    for record in result.displaced:
        grouping.free(record)
    return {record for records in kept.values() for record in records} - result.displaced.keys()


def _displaced(known: Known, records: Sequence[RecordKey]) -> dict[RecordKey, RecordKey]:
    """Records that took the place of one of their source which is back: it gets its plant, they have to go."""
    seniors: dict[str, RecordKey] = {}
    present = sorted(known.present.intersection(records), key=lambda each: (known.seen_since[each], each))
    return {record: senior for record in present if (senior := seniors.setdefault(record[0], record)) != record}


# ------------------------------------------------------------------------------------------------------------ decisions
def _separate(known: Known, grouping: Grouping) -> None:
    """Take out of each plant who is decided not to belong to it, with those a decision joins to it."""
    leaving = [
        (leaver, pair - {leaver})
        for pair, leaver in sorted(known.rulings.apart.items(), key=lambda item: sorted(item[0]))
    ]
    leaving += [(record, frozenset(())) for record in sorted(known.rulings.alone)]
    for leaver, stayers in leaving:
        group = grouping.group_of.get(leaver)
        if group is None or (stayers and not stayers & group.members):
            continue
        going = known.rulings.joined.of(leaver) & group.members
        if going != group.members:
            grouping.move(going, Group(set()), DECIDED)


def _follow_links(known: Known, grouping: Grouping) -> None:
    """Join whole plants, but for those in them that are to be kept apart from the others."""
    for joined in known.rulings.joined:
        records = sorted((record for record in joined if record in grouping.group_of), key=founding_order)
        groups = {id(group): group for group in (grouping.group_of[record] for record in records)}
        if len(groups) < 2:
            continue
        target, *rest = sorted(groups.values(), key=lambda group: group.age(known.plants))
        for group in rest:
            stay = known.rulings.are_apart(group.members - joined, target.members)
            grouping.move(group.members & joined if stay else set(group.members), target, DECIDED)


# -------------------------------------------------------------------------------------------------- ids, name and place
def _follow_ids(known: Known, grouping: Grouping, doubts: "_Doubts", result: Resolution) -> None:
    ruled_out = set(result.not_plants)
    for shared in known.shared:
        if {shared.one, shared.other} & ruled_out:
            continue
        if not shared.is_unique or contradiction(known.records[shared.one], known.records[shared.other]):
            doubts.add_id(shared)
            continue
        verdict = grouping.join(shared.one, shared.other, Bond("external_id", None), by_name=False)
        if verdict in ("both_known", "contradicted"):
            doubts.add_id(shared)
        elif verdict == "occupied":
            text = f"{written(shared.one)} and {written(shared.other)} carry the id {shared.text!r}"
            result.findings.append(text + _OCCUPIED)
    result.findings += ambiguous_ids(known.shared)


def _follow_matches(known: Known, grouping: Grouping, doubts: "_Doubts", result: Resolution) -> None:
    ordered = sorted(known.matches, key=lambda match: (-match.score, key_of(match.one), key_of(match.other)))
    for match in ordered:
        one, other = key_of(match.one), key_of(match.other)
        if one not in grouping.group_of or other not in grouping.group_of:
            continue
        if not match.is_clear:
            doubts.add_match(match)
            continue
        verdict = grouping.join(one, other, Bond("name_place", match.score), by_name=True)
        if verdict in ("both_known", "contradicted"):
            doubts.add_match(match)
        elif verdict == "occupied":
            text = f"{written(one)} {match.one.name!r} and {written(other)} {match.other.name!r} look like one plant"
            result.findings.append(text + _OCCUPIED)


# ------------------------------------------------------------------------------------------------------------------ ids
def _is_plant(known: Known, record: RecordKey) -> bool:
    return record in known.homes or record in known.rulings.linked or known.records[record].is_plant is True


def _name_plants(known: Known, grouping: Grouping, kept: set[RecordKey], result: Resolution) -> None:
    """Give every group its plant; groups without any record that is a plant are none."""
    groups = grouping.groups()
    issued = set(known.plants)
    ended = {known.homes[record] for record in known.reborn if record in known.homes} | known.ended
    vacant = issued - {group.plant_id for group in groups} - ended
    issued |= ended
    for group in groups:
        if group.plant_id is None:
            if not any(_is_plant(known, record) for record in group.members):
                for record in group.members:
                    result.not_plants[record] = known.records[record].reason or "no sign of a plant, and no clear match"
                continue
            group.plant_id = issue_plant_id(group.members, issued, vacant)
            seen_since = min(
                max(known.seen_since[record], known.reborn.get(record, known.seen_since[record]))
                for record in group.members
            )
            group.first_seen_at = known.plants.get(group.plant_id, seen_since)
            issued.add(group.plant_id)
        placed = [record for record in group.members if record not in kept or grouping.bonds.get(record)]
        lead = founder(group.plant_id, group.members, issued) if placed else None
        for record in placed:
            result.bonds[record] = _best_bond(grouping.bonds.get(record, ()), is_founder=record == lead)
        result.plant_of |= dict.fromkeys(group.members, group.plant_id)


def _best_bond(bonds: Sequence[Bond], *, is_founder: bool) -> Bond:
    decided = [bond for bond in bonds if bond.method == "decision"]
    if decided:
        return decided[0]
    if is_founder or not bonds:
        return Bond("new", None)
    return min(bonds, key=lambda bond: (_METHOD_RANK[bond.method], -(bond.score or 0)))


# --------------------------------------------------------------------------------------------------------------- doubts
@dataclass
class _Doubts:
    """Pairs for a person, gathered while groups form and written up when they are final."""

    known: Known
    grouping: Grouping
    matches: dict[frozenset[RecordKey], Match] = field(default_factory=dict)
    ids: dict[frozenset[RecordKey], SharedId] = field(default_factory=dict)

    def add_match(self, match: Match) -> None:
        self.matches[frozenset((key_of(match.one), key_of(match.other)))] = match

    def add_id(self, shared: SharedId) -> None:
        self.ids.setdefault(frozenset((shared.one, shared.other)), shared)

    def proposals(self, plant_of: Mapping[RecordKey, UUID]) -> list[Proposal]:
        """One proposal for each record and plant, the best supported pair speaking for it."""
        best: dict[tuple[str, str, UUID], Proposal] = {}
        for pair in sorted(self.matches.keys() | self.ids.keys(), key=sorted):
            proposal = self._proposal(pair, plant_of)
            if proposal and (proposal.key not in best or proposal.score > best[proposal.key].score):
                best[proposal.key] = proposal
        return [best[key] for key in sorted(best)]

    def _proposal(self, pair: frozenset[RecordKey], plant_of: Mapping[RecordKey, UUID]) -> Proposal | None:
        one, other = sorted(pair, key=founding_order)
        if one not in plant_of and other not in plant_of:
            return None
        match, shared = self.matches.get(pair), self.ids.get(pair)
        whole = _whole_of(match)
        obstacle = self.grouping.obstacle(one, other, by_name=True)
        if obstacle not in (None, "both_known", "contradicted", *(["occupied"] if whole else [])):
            return None
        if whole is not None and whole in plant_of:
            one, other = whole, next(iter(pair - {whole}))
        elif one not in plant_of or (other in plant_of and self._is_older(other, one)):
            one, other = other, one
        notes = []
        if shared is not None and not shared.is_unique:
            notes.append("the id could mean other records as well")
        if match is not None and match.is_clear:
            notes.append(
                "clear by itself, but both are already plants of the registry, or others of their plants differ"
            )
        return Proposal(
            source=other[0],
            source_plant_id=other[1],
            plant_id=plant_of[one],
            score=match.score if match else DOUBTFUL_ID_SCORE,
            evidence=evidence(
                self.known.records[other], self.known.records[one], match, shared.text if shared else None, notes
            ),
            kind="match" if whole is None else "part_of",
        )

    def _is_older(self, one: RecordKey, other: RecordKey) -> bool:
        issued = self.known.plants
        return self.grouping.group_of[one].age(issued) < self.grouping.group_of[other].age(issued)


def _whole_of(match: Match | None) -> RecordKey | None:
    """The record that the other one of the match is a part of."""
    return None if match is None or match.whole is None else key_of(match.one if match.whole == "one" else match.other)
