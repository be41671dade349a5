"""Weights of matching refitted with what people decided about their own plants: tried first, adopted, taken back.

What belongs here: which decisions say something of a pair, what would change, adopting. What does not: the fit itself
(matching.fitting), what follows for plants (reconcile).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
import orjson
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.decisions.statements import DUPLICATE, Decision
from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.fitting import moved_by
from plant_pipeline.registry.matching.likelihood import Weights, match_weights
from plant_pipeline.registry.matching.match import Match, compare_sources, features_of, matches_among
from plant_pipeline.registry.plants.remembered import remembered
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.reconcile import RegistryChanges, reconcile
from plant_pipeline.registry.records import RecordKey, key_of, written
from plant_pipeline.registry.store import adopted_weights, read_decisions, read_registry
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import execute, lock_registry

Judgement = Literal["link", "ask", "neither"]
_IN_WORDS: Final[Mapping[Judgement, str]] = {
    "link": "would link by itself",
    "ask": "would be asked about",
    "neither": "would be neither",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """Two records that other weights judge otherwise, each written `SOURCE:ID`, with their probabilities."""

    one: str
    one_name: str
    other: str
    other_name: str
    before: Judgement
    after: Judgement
    probability_before: float
    probability_after: float

    def as_row(self) -> dict[str, object]:
        """Its fields by name."""
        return asdict(self)

    def __str__(self) -> str:
        """One line for a terminal."""
        return (
            f"{self.one} {self.one_name!r} = {self.other} {self.other_name!r}: {self.probability_before:.2f} -> "
            f"{self.probability_after:.2f}, {_IN_WORDS[self.after]}"
        )


@dataclass(frozen=True, slots=True)
class Refit:
    """Weights that decisions moved, how many of these said that two records are one plant or two, and what shifts."""

    weights: Weights
    same: int
    different: int
    shifts: Sequence[Shift]

    @property
    def links(self) -> int:
        """How many pairs would link that did not, or the other way round."""
        return sum("link" in (shift.before, shift.after) for shift in self.shifts)


def refit(connection: Connection, candidates: Sequence[PlantCandidate], now_utc: datetime) -> Refit:
    """Fit the weights of the package anew with the decisions in force, and judge the records by both; writes nothing.

    Raises `UsageError` if nobody has decided on a pair of records of two systems.
    """
    in_force = [own.decision for own in read_decisions(connection) if own.is_in_force]
    registry = read_registry(connection)
    decided = list(_decided_pairs(registry, in_force))
    if not decided:
        raise UsageError(
            "nobody has decided whether two records of different systems are one plant, so there is nothing to fit to: "
            "answer some questions first, `plant-pipeline registry review`"
        )
    values = np.array([features_of(one, other) for one, other, _ in decided])
    is_same = np.array([same for _, _, same in decided], dtype=np.bool_)
    weights = moved_by(match_weights(), values, is_same, now_utc.date())
    shifts = _shifts(registry, candidates, in_force, weights)
    return Refit(weights, int(is_same.sum()), int((~is_same).sum()), shifts)


def _decided_pairs(
    registry: Registry, decisions: Sequence[Decision]
) -> Iterator[tuple[PlantCandidate, PlantCandidate, bool]]:
    """Records of two systems, and whether a decision in force says that they are one plant."""
    overruled = {id(each) for each in rule(decisions).overruled}
    said: dict[frozenset[RecordKey], Decision] = {}
    for decision in decisions:
        other = decision.other
        if other is None or other[0] == decision.source or decision.value == DUPLICATE or id(decision) in overruled:
            continue
        if decision.action in ("link", "unlink", "reject") and {decision.record, other} <= registry.versions.keys():
            said[frozenset((decision.record, other))] = decision
    for pair, decision in sorted(said.items(), key=lambda item: sorted(item[0])):
        first, second = (remembered(registry.versions[key]) for key in sorted(pair))
        yield first, second, decision.action == "link"


def _shifts(
    registry: Registry, candidates: Sequence[PlantCandidate], decisions: Sequence[Decision], weights: Weights
) -> list[Shift]:
    """What the weights in force and others judge differently, but for what people decided; most changed first."""
    apart = rule(decisions).apart
    present = [each for each in candidates if each.is_present and each.is_plant is not False]
    before, after = (
        {
            (key_of(match.one), key_of(match.other)): match
            for match in matches_among(compare_sources(present, own), apart)
        }
        for own in (registry.weights, weights)
    )
    joined = rule(decisions).joined
    found = [
        _shift(before.get(pair), after.get(pair))
        for pair in sorted(before.keys() | after.keys())
        if not joined.are_joined(*pair)
    ]
    changed = [shift for shift in found if shift.before != shift.after]
    return sorted(changed, key=lambda shift: -abs(shift.probability_after - shift.probability_before))


def _shift(before: Match | None, after: Match | None) -> Shift:
    match = before or after
    if match is None:
        raise ValueError("neither weights found the pair")
    return Shift(
        written(key_of(match.one)), match.one.name, written(key_of(match.other)), match.other.name,
        _judged(before), _judged(after), before.score if before else 0.0, after.score if after else 0.0,
    )  # fmt: skip


def _judged(match: Match | None) -> Judgement:
    if match is None:
        return "neither"
    return "link" if match.is_clear else "ask"


def adopt(
    connection: Connection,
    who: str,
    now_utc: datetime,
    why: str | None = None,
    candidates: Sequence[PlantCandidate] = (),
) -> RegistryChanges:
    """Refit, and judge by that from now on. Links that are there stay; plants are never joined by it, but asked about.

    Raises `UsageError` if there is nothing to fit to.
    """
    lock_registry(connection)
    found = refit(connection, candidates, now_utc)
    by_feature = dict(zip(FEATURES, found.weights.weights.tolist(), strict=True))
    execute(
        connection,
        "registry/add_weights",
        base_version=found.weights.version,
        weights=orjson.dumps(by_feature).decode(),
        decisions=found.same + found.different,
        who=who,
        why=why,
        now_utc=now_utc,
    )
    return reconcile(connection, candidates, complete_sources=(), now_utc=now_utc)


def take_back(
    connection: Connection, who: str, now_utc: datetime, candidates: Sequence[PlantCandidate] = ()
) -> RegistryChanges:
    """Judge by the weights before those adopted last; what these linked by themselves is judged again.

    Raises `UsageError` if the weights in force are those of the package.
    """
    lock_registry(connection)
    weights_id = adopted_weights(connection).weights_id
    if weights_id is None:
        raise UsageError("the weights in force are those of the package: there is nothing to take back")
    execute(connection, "registry/withdraw_weights", weights_id=weights_id, who=who, now_utc=now_utc)
    return reconcile(connection, candidates, complete_sources=(), now_utc=now_utc)
