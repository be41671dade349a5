"""What follows from all decisions people ever made: who belongs together, who apart, what is stated.

What belongs here: precedence among decisions; the newest wins. What does not: where decisions come from (decisions,
store), matching without them (resolve).

A decision that a newer one contradicts is overruled as long as that one is not undone, also where that one is overruled
in its turn: what a person has dropped does not come back by what is said of something else.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from plant_pipeline.registry.decisions.components import Components
from plant_pipeline.registry.decisions.statements import DUPLICATE, Decision, stated_value
from plant_pipeline.registry.records import RecordKey, written


@dataclass
class Rulings:
    """The decisions in force, made by `rule`.

    `joined` are records that are one plant, by `links`, each of which is under both its records; `apart` pairs that are
    not one plant, with the one that leaves first; `linked` the newest decision that joins a record, `parts` the newest
    that joins it to another; `settled` the newest that says which plant a record is; `alone` records that no match may
    touch; `reborn` records that are another plant from a date on, with all that say so, oldest first; `named` records
    of any decision to join, overruled or not; `overruled` decisions that a newer one contradicts.
    """

    joined: Components = field(default_factory=Components)
    links: dict[RecordKey, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    linked: dict[RecordKey, Decision] = field(default_factory=dict)
    apart: dict[frozenset[RecordKey], RecordKey] = field(default_factory=dict)
    alone: set[RecordKey] = field(default_factory=set)
    reborn: dict[RecordKey, list[Decision]] = field(default_factory=dict)
    parts: dict[RecordKey, Decision] = field(default_factory=dict)
    settled: dict[RecordKey, Decision] = field(default_factory=dict)
    duplicates: set[RecordKey] = field(default_factory=set)
    not_plants: dict[RecordKey, Decision] = field(default_factory=dict)
    retired: dict[RecordKey, Decision] = field(default_factory=dict)
    stated: dict[RecordKey, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    named: set[RecordKey] = field(default_factory=set)
    overruled: list[Decision] = field(default_factory=list)
    _rivals: dict[RecordKey, set[RecordKey]] = field(default_factory=lambda: defaultdict(set))

    def are_apart(self, some: Iterable[RecordKey], others: Iterable[RecordKey]) -> bool:
        """Whether a decision keeps any of these records from any of those."""
        kept = list(others)
        return any(other in self._rivals.get(record, ()) for record in some for other in kept)

    @property
    def place_records(self) -> bool:
        """Whether any of them says who belongs where."""
        return bool(self.linked or self.apart or self.alone or self.reborn or self.not_plants)

    def keep_apart(self, leaver: RecordKey, stayer: RecordKey) -> None:
        """Note that two records are not one plant."""
        self.apart[frozenset((leaver, stayer))] = leaver
        self._rivals[leaver].add(stayer)
        self._rivals[stayer].add(leaver)


def denial(decision: Decision) -> str:
    """Why a record is no plant, where a person said so."""
    return f"decided by {decision.who}" + (f": {decision.why}" if decision.why else "")


def is_older(decision: Decision, other: Decision | None) -> bool:
    """Whether it was made before another one; the lines of one file were made together."""
    times = (decision.decided_at, other.decided_at if other else None)
    return times[0] is not None and times[1] is not None and times[0] < times[1]


def rule(decisions: Sequence[Decision]) -> Rulings:
    """The decisions on plants in force; `decisions` are those not undone, oldest first."""
    of_plants = [each for each in decisions if each.sensor is None]
    rulings = _newest_first(of_plants)
    if not rulings.overruled:
        return rulings
    overruled = _overruled_in_turn(of_plants, rulings.overruled)
    rulings = _newest_first([each for each in of_plants if id(each) not in overruled])
    rulings.overruled = [each for each in reversed(of_plants) if id(each) in overruled]
    rulings.named |= {record for each in rulings.overruled if each.action == "link" for record in _records_of(each)}
    return rulings


def _newest_first(decisions: Sequence[Decision]) -> Rulings:
    """What follows if each decision has to hold beside all newer ones."""
    rulings = Rulings()
    for decision in reversed(decisions):
        if not _RULES[decision.action](rulings, decision):
            rulings.overruled.append(decision)
    return rulings


def _overruled_in_turn(decisions: Sequence[Decision], overruled: Sequence[Decision]) -> set[int]:
    """Which decisions (by identity) a newer one overruled when it was made; what was decided at once counts as one."""
    together = Components()
    for decision in decisions:
        one, *others = _records_of(decision)
        for other in others:
            together.join(one, other)
    lost: set[int] = set()
    for records in {frozenset(together.of(each.record)) for each in overruled}:
        in_force: list[Decision] = []
        own = [decision for decision in decisions if decision.record in records]
        for _, made in groupby(own, key=lambda each: each.decided_at or each.decision_id or id(each)):
            in_force += made
            lost |= {id(each) for each in _newest_first(in_force).overruled}
            in_force = [each for each in in_force if id(each) not in lost]
    return lost


def _records_of(decision: Decision) -> list[RecordKey]:
    return [decision.record] if decision.other is None else [decision.record, decision.other]


def _link(rulings: Rulings, decision: Decision) -> bool:
    one, other = decision.record, decision.other
    if other is None:
        return False
    rulings.named |= {one, other}
    if any(record in rulings.not_plants or record in rulings.alone for record in (one, other)):
        return False
    if any(is_older(decision, rulings.reborn[record][-1]) for record in (one, other) if record in rulings.reborn):
        return False  # what was linked then was another plant
    if rulings.are_apart(rulings.joined.of(one), rulings.joined.of(other)):
        return False
    if rulings.parts.setdefault(one, decision) is decision and decision.value == DUPLICATE:
        rulings.duplicates.add(one)
    rulings.joined.join(one, other)
    for record in (one, other):
        rulings.links[record].append(decision)
        rulings.linked.setdefault(record, decision)
        rulings.settled.setdefault(record, decision)
    return True


def _keep_apart(rulings: Rulings, decision: Decision) -> bool:
    one, other = decision.record, decision.other
    if decision.action == "unlink" or other is None:
        rulings.settled.setdefault(one, decision)
    if other is None:
        if decision.action == "reject":
            return True
        if decision.valid_from is not None:
            rulings.reborn.setdefault(one, []).insert(0, decision)
            return True
        if one in rulings.linked:
            return False
        rulings.alone.add(one)
        return True
    if rulings.joined.are_joined(one, other):
        return False
    if frozenset((one, other)) not in rulings.apart:
        rulings.keep_apart(one, other)
    return True


def _not_a_plant(rulings: Rulings, decision: Decision) -> bool:
    if decision.record in rulings.linked:
        return False
    rulings.not_plants.setdefault(decision.record, decision)
    return True


def _retire(rulings: Rulings, decision: Decision) -> bool:
    rulings.retired.setdefault(decision.record, decision)
    return True


def _set(rulings: Rulings, decision: Decision) -> bool:
    rulings.stated[decision.record].insert(0, decision)
    return True


_RULES = {
    "link": _link,
    "unlink": _keep_apart,
    "reject": _keep_apart,
    "not_a_plant": _not_a_plant,
    "retire": _retire,
    "set": _set,
}


# ------------------------------------------------------------------------------------------------- impossible links
def refused_links(
    decisions: Sequence[Decision], far_apart_km: Callable[[RecordKey, RecordKey], float | None]
) -> dict[int, str]:
    """Links that cannot hold beside an earlier one, by id, each with the reason; `decisions` oldest first.

    One record is not part of two plants that its other links put at two ends of a country: `far_apart_km` is the
    distance of two records of one source, None if they may be parts of one plant. Who links those two themselves says
    that they are one.
    """
    links = [each for each in decisions if each.action == "link" and each.other is not None]
    said = {frozenset((each.record, each.other)) for each in links}
    joined: dict[RecordKey, list[tuple[RecordKey, Decision]]] = defaultdict(list)
    refused: dict[int, str] = {}
    for link in links:
        assert link.other is not None  # noqa: S101 -- as chosen above
        ends = ((link.record, link.other), (link.other, link.record))
        for one, other in ends:
            for known, earlier in joined[one]:
                is_said = not known[0] == other[0] != one[0] or frozenset((known, other)) in said
                far_km = None if is_said else far_apart_km(known, other)
                if far_km is not None and link.decision_id is not None:
                    refused[link.decision_id] = (
                        f"decision {link.decision_id} ({link}) is not followed beside decision {earlier.decision_id} "
                        f"({earlier}): {written(known)} and {written(other)} are {far_km:.0f} km apart; undo one, "
                        "or link these two themselves if they are one plant"
                    )
        if link.decision_id not in refused:
            for one, other in ends:
                joined[one].append((other, link))
    return refused


# ------------------------------------------------------------------------------------------------------ stated values
@dataclass(frozen=True, slots=True)
class Step:
    """A stated value from a plant-local date on (`date.min`: always); `is_dated`: a person named the date."""

    from_date: date
    value: object
    is_dated: bool


def steps_by_field(decisions: Iterable[Decision], zone: str, first_seen_at: datetime) -> dict[str, list[Step]]:
    """The steps each field takes, in order of date, from a plant's `set` decisions.

    A value without a date counts from the local date it was decided on, and always if that was before the plant was
    first seen. On one date the newest wins; a dated value also displaces older ones without date that would begin
    later.
    """
    ordered = sorted(decisions, key=lambda each: each.decision_id or 0)
    found: dict[str, dict[date, Step]] = defaultdict(dict)
    for decision in ordered:
        if decision.field is None or decision.value is None or decision.decided_at is None:
            continue
        from_date = decision.valid_from or _decided_from(decision.decided_at, zone, first_seen_at)
        steps = found[decision.field]
        if decision.valid_from:
            for later in [each for each in steps if each > from_date and not steps[each].is_dated]:
                del steps[later]
        steps[from_date] = Step(
            from_date, stated_value(decision.field, decision.value), decision.valid_from is not None
        )
    return {name: [steps[each] for each in sorted(steps)] for name, steps in found.items()}


def _decided_from(decided_at: datetime, zone: str, first_seen_at: datetime) -> date:
    return date.min if decided_at <= first_seen_at else decided_at.astimezone(ZoneInfo(zone)).date()


def stated_on(steps: Mapping[str, Sequence[Step]], day_date: date) -> dict[str, object]:
    """What is stated for a local date, by field."""
    found = {
        name: next((step for step in reversed(of_field) if step.from_date <= day_date), None)
        for name, of_field in steps.items()
    }
    return {name: step.value for name, step in found.items() if step is not None}


def contrary_statements(plant_code: str, name: str, decisions: Iterable[Decision]) -> list[str]:
    """Findings on a field for which people state different values, of different records of one plant, from one date."""
    said: dict[tuple[str, date | None], list[Decision]] = defaultdict(list)
    for decision in sorted(decisions, key=lambda each: each.decision_id or 0):
        said[decision.field or "", decision.valid_from].append(decision)
    return [
        f"{plant_code} {name}: decisions {' and '.join(f'{each.decision_id} ({each})' for each in of_field)} differ, "
        "the last one holds: undo the others"
        for of_field in said.values()
        if len({each.record for each in of_field}) > 1 and len({each.value for each in of_field}) > 1
    ]
