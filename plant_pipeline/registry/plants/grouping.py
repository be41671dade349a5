"""Records gathered into plants: the sets while they grow, and what may not be put together.

What belongs here: the sets and the rules against a union. What does not: the order of reasons for a union (resolve).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.matching.evidence import contradiction, name_contradiction
from plant_pipeline.registry.plants.identity import founder
from plant_pipeline.registry.records import MatchMethod, RecordKey, founding_order
from plant_pipeline.sources.shapes import PlantCandidate

JoinVerdict = Literal["joined", "same", "kept_apart", "occupied", "both_known", "contradicted"]


@dataclass(eq=False)
class Group:
    """Records that are one plant; `plant_id` is None until the plant has one."""

    members: set[RecordKey]
    plant_id: UUID | None = None
    first_seen_at: datetime | None = None

    def age(self, issued: Container[UUID]) -> tuple[bool, float, tuple[tuple[int, str], str]]:
        """Sort key, oldest plant first: first seen, then the founder's order; plants to be come last.

        `issued` are all ids ever given.
        """
        lead = founder(self.plant_id, self.members, issued) if self.plant_id else min(self.members, key=founding_order)
        seen_s = self.first_seen_at.timestamp() if self.first_seen_at else 0.0
        return self.first_seen_at is None, seen_s, founding_order(lead)


@dataclass(frozen=True, slots=True)
class Bond:
    """Why two records were put together."""

    method: MatchMethod
    score: float | None


@dataclass
class Grouping:
    """All groups, and the bonds that formed them."""

    records: Mapping[RecordKey, PlantCandidate]
    present: frozenset[RecordKey]
    rulings: Rulings
    group_of: dict[RecordKey, Group] = field(default_factory=dict)
    bonds: dict[RecordKey, list[Bond]] = field(default_factory=lambda: defaultdict(list))

    def put(self, plant_id: UUID, first_seen_at: datetime, members: Iterable[RecordKey]) -> None:
        """Start with the records of a known plant."""
        group = Group(set(members), plant_id, first_seen_at)
        for record in group.members:
            self.group_of[record] = group

    def free(self, record: RecordKey) -> None:
        """Start with a record by itself, or take it out of its group."""
        if record in self.group_of:
            self.group_of[record].members.discard(record)
        self.group_of[record] = Group({record})

    def groups(self) -> list[Group]:
        """All groups, in the order of their first members."""
        found = {id(group): group for group in self.group_of.values()}
        return sorted(found.values(), key=lambda group: min(map(founding_order, group.members)))

    def move(self, records: Iterable[RecordKey], target: Group, bond: Bond) -> None:
        """Put records into a group whatever speaks against it."""
        for record in list(records):
            self.group_of[record].members.discard(record)
            self.group_of[record] = target
            target.members.add(record)
            self.bonds[record].append(bond)

    def join(self, one: RecordKey, other: RecordKey, bond: Bond, *, by_name: bool) -> JoinVerdict:
        """Make the groups of two records one, unless something speaks against it; says what.

        A group without a plant joins the other; of two without, either way is the same.
        """
        verdict = self.obstacle(one, other, by_name=by_name)
        if verdict is not None:
            return verdict
        target, joining = self.group_of[one], self.group_of[other]
        if joining.plant_id is not None:
            target, joining = joining, target
        for record in (one, other):
            if self.group_of[record] is joining or target.plant_id is None:
                self.bonds[record].append(bond)
        for record in joining.members:
            self.group_of[record] = target
        target.members |= joining.members
        return "joined"

    def obstacle(self, one: RecordKey, other: RecordKey, *, by_name: bool) -> JoinVerdict | None:
        """What keeps the groups of two records from being joined without a person; None: nothing."""
        here, there = self.group_of[one], self.group_of[other]
        if here is there:
            return "same"
        everybody = here.members | there.members
        if self.rulings.are_apart(here.members, there.members) or everybody & self.rulings.alone:
            return "kept_apart"
        if self.is_occupied(here, there):
            return "occupied"
        if here.plant_id is not None and there.plant_id is not None:
            return "both_known"
        if any(self._contradict(here, there, by_name)):
            return "contradicted"
        return None

    def is_occupied(self, here: Group, there: Group) -> bool:
        """Whether both groups have a present record of one source, which only a person may join."""
        sources = Counter(source for group in (here, there) for source in self.present_sources(group))
        return any(count > 1 for count in sources.values())

    def present_sources(self, group: Group) -> set[str]:
        """Sources that still have a record in the group."""
        return {record[0] for record in group.members if record in self.present}

    def _contradict(self, here: Group, there: Group, by_name: bool) -> Iterator[bool]:
        tests: list[Callable[[PlantCandidate, PlantCandidate], str | None]] = [contradiction]
        if by_name:
            tests.append(name_contradiction)
        for record in here.members & self.present:
            for other in there.members & self.present:
                yield any(test(self.records[record], self.records[other]) is not None for test in tests)
