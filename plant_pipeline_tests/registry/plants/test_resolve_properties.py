"""What holds for any fleet, delivered in any order, whatever people decide."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.registry.decisions.rulings import Rulings, rule
from plant_pipeline.registry.decisions.statements import Action, Decision
from plant_pipeline.registry.difference import changes, difference
from plant_pipeline.registry.plants.planned import Delivery, Plan
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.records import RecordKey, key_of, written
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import ALL_SOURCES, NOW, applied, decision, planned, record

_NAMES = (
    "Velká Louka",
    "VELKA_LOUKA_01",
    "Velka Louka 2",
    "Malá Louka",
    "FVE Velká Louka PV",
    "Bor",
    "n/a",
    "Villanueva",
)
_KEYS = ("MAIN", "ALPHA-1", "n/a")


@st.composite
def _fleets(draw: st.DrawFn) -> list[PlantCandidate]:
    """Up to nine records of three sources: few names, near places and few ids, so that they get in each other's way."""
    count = draw(st.integers(0, 9))
    return [
        record(
            f"{draw(st.sampled_from(ALL_SOURCES))}:{number}",
            draw(st.sampled_from(_NAMES)),
            draw(st.sampled_from([None, 50.0, 50.01, 50.06, 52.0])),
            14.0,
            technology=draw(st.sampled_from(["solar", "solar", "wind", "storage", None])),
            capacity_ac_kw=draw(st.sampled_from([None, 1000.0, 1100.0, 5000.0])),
            is_plant=draw(st.sampled_from([True, True, True, None, False])),
            own_keys=tuple(draw(st.lists(st.sampled_from(_KEYS), max_size=1))),
            external_keys=tuple(draw(st.lists(st.sampled_from(_KEYS), max_size=1))),
        )
        for number in range(count)
    ]


@st.composite
def _decided_fleets(draw: st.DrawFn) -> tuple[list[PlantCandidate], list[Decision]]:
    fleet = draw(_fleets())
    written = [f"{each.source}:{each.source_plant_id}" for each in fleet]
    if len(written) < 2:
        return fleet, []
    decisions = []
    for number in range(draw(st.integers(0, 5))):
        action: Action = draw(st.sampled_from(["link", "link", "unlink", "reject", "not_a_plant", "retire"]))
        one, other = draw(st.permutations(written))[:2]
        made = decision(action, one, None if action in ("not_a_plant", "retire") else other)
        decisions.append(replace(made, decision_id=number, decided_at=NOW + timedelta(minutes=number)))
    return fleet, decisions


def _unjoined_present(plan: Plan, rulings: Rulings) -> Counter[tuple[object, str]]:
    return Counter(
        (alias.plant_id, alias.source)
        for key, alias in plan.aliases.items()
        if alias.is_present and key not in rulings.linked
    )


def _check(plan: Plan, fleet: list[PlantCandidate], rulings: Rulings) -> None:
    placed = plan.aliases.keys()
    assert all(count == 1 for count in _unjoined_present(plan, rulings).values())
    for pair in rulings.apart:
        one, other = sorted(pair)
        if one in placed and other in placed:
            assert plan.aliases[one].plant_id != plan.aliases[other].plant_id
    for joined in rulings.joined:
        assert len({plan.aliases[key].plant_id for key in joined}) == 1
    for candidate in fleet:
        key = key_of(candidate)
        is_plant = key in rulings.linked or (candidate.is_plant is True and key not in rulings.not_plants)
        assert (key in placed) >= is_plant
        assert (key in placed) != (key in plan.not_plants)
    assert {alias.plant_id for alias in plan.aliases.values()} <= plan.plants.keys()
    assert len({planned.plant.plant_code for planned in plan.plants.values()}) == len(plan.plants)
    for proposal in plan.resolution.proposals:
        own = plan.aliases.get((proposal.source, proposal.source_plant_id))
        assert own is None or own.plant_id != proposal.plant_id


@given(_decided_fleets(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    decided: tuple[list[PlantCandidate], list[Decision]], chance: random.Random
) -> None:
    fleet, decisions = decided
    plan = planned(fleet, rule(decisions))
    _check(plan, fleet, rule(decisions))
    shuffled = fleet.copy()
    chance.shuffle(shuffled)
    again = planned(shuffled, rule(decisions))
    assert (again.plants, again.aliases, again.not_plants) == (plan.plants, plan.aliases, plan.not_plants)
    assert again.resolution.proposals == plan.resolution.proposals
    assert sorted(again.findings) == sorted(plan.findings)


@given(_decided_fleets())
def test_the_same_again_changes_nothing(decided: tuple[list[PlantCandidate], list[Decision]]) -> None:
    fleet, decisions = decided
    rulings = rule(decisions)
    first = planned(fleet, rulings)
    registry = applied(Registry(), first)
    again = planned(fleet, rulings, registry, day=1)
    offers = {key: each.offers or {} for key, each in first.plants.items()}
    found = difference(registry, again, Delivery.of(fleet, ALL_SOURCES), offers)
    assert (found.plants, found.aliases, found.deleted_aliases) == ([], [], [])
    assert (found.not_plants, found.deleted_not_plants) == ({}, [])
    assert (found.offers, found.deleted_offers, found.bases, found.deleted_bases) == ({}, [], {}, [])
    assert (found.proposals, found.deleted_proposals) == ([], [])
    assert changes(registry, again, found).linked == {}


@given(_decided_fleets(), st.data())
def test_records_keep_their_plant_while_others_come_and_go(
    decided: tuple[list[PlantCandidate], list[Decision]], data: st.DataObject
) -> None:
    fleet, decisions = decided
    rulings = rule(decisions)
    registry = Registry()
    plant_of: dict[RecordKey, UUID] = {}
    for number in range(4):
        delivered = [each for each in fleet if data.draw(st.booleans())] if number < 3 else fleet
        plan = planned(delivered, rulings, registry, day=number)
        for key, plant_id in plant_of.items():
            is_decided = key in rulings.linked or key in rulings.alone or any(key in pair for pair in rulings.apart)
            is_displaced = any(f"{written(key)}, which had its place" in finding for finding in plan.findings)
            if key in plan.aliases and not is_decided and not is_displaced:
                kept = plan.plants[plan.aliases[key].plant_id].plant
                former = plan.plants[plant_id].plant if plant_id in plan.plants else None
                moved_along = former is not None and former.status == "merged"
                assert kept.plant_id == plant_id or moved_along
        plant_of = {key: alias.plant_id for key, alias in plan.aliases.items()}
        registry = applied(registry, plan)
    _check(plan, fleet, rulings)


def test_a_record_kept_apart_from_one_that_comes_later_leaves_when_a_link_brings_it() -> None:
    first, later, apart = (
        record(written, "Velká Louka", external_keys=keys)
        for written, keys in (("ravenwits:0", ("MAIN",)), ("ravenwits:1", ()), ("voke:6", ("MAIN",)))
    )
    rulings = rule([decision("link", "ravenwits:0", "ravenwits:1"), decision("unlink", "voke:6", "ravenwits:1")])
    together = planned([first, apart], rulings)
    assert len({alias.plant_id for alias in together.aliases.values()}) == 1
    plan = planned([first, later, apart], rulings, applied(Registry(), together), day=1)
    _check(plan, [first, later, apart], rulings)
    assert plan.aliases["ravenwits", "0"].plant_id == together.aliases["ravenwits", "0"].plant_id


def test_a_linked_pair_leaves_together_what_one_of_the_two_is_kept_apart_from() -> None:
    later, linked, apart = (
        record(written, "Velká Louka", external_keys=keys)
        for written, keys in (("ravenwits:0", ()), ("ravenwits:2", ("MAIN",)), ("voke:3", ("MAIN",)))
    )
    rulings = rule([decision("link", "ravenwits:0", "ravenwits:2"), decision("unlink", "ravenwits:0", "voke:3")])
    together = planned([linked, apart], rulings)
    assert len({alias.plant_id for alias in together.aliases.values()}) == 1
    plan = planned([later, linked, apart], rulings, applied(Registry(), together), day=1)
    _check(plan, [later, linked, apart], rulings)
    assert plan.aliases["voke", "3"].plant_id == together.aliases["voke", "3"].plant_id
