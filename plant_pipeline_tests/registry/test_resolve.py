"""Which records form which plant, and what is left for a person: the order of reasons, without a warehouse."""

from collections.abc import Sequence
from dataclasses import replace

from plant_pipeline.registry.match import find_matches
from plant_pipeline.registry.plan import Plan
from plant_pipeline.registry.records import Proposal, written
from plant_pipeline.registry.rulings import rule
from plant_pipeline.registry.state import Registry
from plant_pipeline.registry.statements import Decision
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import applied, decision, planned, record, velka_louka


def _synced(*runs: Sequence[PlantCandidate], decisions: Sequence[Decision] = ()) -> Registry:
    """The registry after complete deliveries on successive days from `NOW` on, under these decisions."""
    registry = Registry()
    for number, fleet in enumerate(runs):
        registry = applied(registry, planned(fleet, rule(decisions), registry, day=number))
    return registry


def _plants(plan: Plan) -> list[list[str]]:
    """The records of each plant that has any, sorted."""
    of_plant: dict[object, list[str]] = {}
    for key in sorted(plan.aliases):
        of_plant.setdefault(plan.aliases[key].plant_id, []).append(written(key))
    return sorted(of_plant.values())


def _methods(plan: Plan) -> dict[str, str]:
    return {written(key): alias.method for key, alias in plan.aliases.items()}


def _proposal(plan: Plan) -> Proposal:
    (proposal,) = plan.resolution.proposals
    return proposal


def _asked(plan: Plan) -> list[tuple[str, str]]:
    """The proposed records, each with a record of the plant it may belong to."""
    founders = {alias.plant_id: written(key) for key, alias in sorted(plan.aliases.items(), reverse=True)}
    return [(f"{each.source}:{each.source_plant_id}", founders[each.plant_id]) for each in plan.resolution.proposals]


_ALPHA = record("ravenwits:1", "Alpha", 49.0, 16.0, own_keys=("MAIN",))
_QUOTING = record("voke:1", "Omega", 49.0, 16.0, external_keys=("MAIN",))
_BETA = record("voke:1", "Omega", 49.0, 16.0)
_GAMMA = record("flexmeasures:1", "Gamma", 49.0, 16.0)


# ------------------------------------------------------------------------------------------------------ why and by what
def test_the_founder_is_new_and_the_others_have_their_best_reason() -> None:
    plan = planned([_ALPHA, _QUOTING, record("flexmeasures:1", "Omega Park", 49.0, 16.0)], rule([]))
    assert _plants(plan) == [["flexmeasures:1", "ravenwits:1", "voke:1"]]
    # Voke's record has an id and a likeness for it: an id is the better reason.
    assert _methods(plan) == {"ravenwits:1": "new", "voke:1": "external_id", "flexmeasures:1": "name_place"}
    assert plan.aliases["voke", "1"].score is None


def test_of_two_likenesses_the_better_one_is_the_reason() -> None:
    near = record("flexmeasures:7", "Velka Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    fleet = [*velka_louka()[:2], near]
    scores = {match.other.source: match.score for match in find_matches(fleet) if match.one.source == "flexmeasures"}
    assert scores["ravenwits"] > scores["voke"]
    plan = planned(fleet, rule([]))
    assert plan.aliases["flexmeasures", "7"].score == scores["ravenwits"]


def test_a_decision_is_the_reason_of_both_records_even_of_the_founder() -> None:
    plan = planned([_ALPHA, _BETA, _GAMMA], rule([decision("link", "voke:1", "ravenwits:1")]))
    assert _plants(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert _methods(plan) == {"ravenwits:1": "new", "voke:1": "decision", "flexmeasures:1": "new"}


def test_a_record_without_any_reason_says_why_it_is_no_plant() -> None:
    maybe = [
        record("voke:1", "Kiosk", is_plant=None),
        record("voke:2", "Rack", is_plant=None, reason="no capacity"),
    ]
    plan = planned(maybe, rule([]))
    assert plan.not_plants == {
        ("voke", "1"): ("Kiosk", "no sign of a plant, and no clear match"),
        ("voke", "2"): ("Rack", "no capacity"),
    }


def test_a_known_plant_stays_one_although_its_source_is_no_longer_sure() -> None:
    unsure = replace(_ALPHA, is_plant=None)
    plan = planned([unsure], rule([]), _synced([_ALPHA]), day=1)
    assert _plants(plan) == [["ravenwits:1"]]


# ------------------------------------------------------------------------------------------------------- known already
def test_a_record_that_is_back_gets_the_place_that_another_had_meanwhile() -> None:
    one, *rest = velka_louka()[::-1]
    recreated = replace(one, source_plant_id="99")
    registry = _synced([one, *rest], [recreated, *rest])
    assert registry.aliases["flexmeasures", "99"].plant_id == registry.aliases["ravenwits", "r1"].plant_id
    plan = planned([one, recreated, *rest], rule([]), registry, day=2)
    assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["flexmeasures:99"]]
    assert "flexmeasures:7 is back; flexmeasures:99, which had its place, has to leave" in plan.findings
    # Whoever was there first is the senior, not who has the lower id.
    younger = replace(one, source_plant_id="1")
    registry = _synced([one, *rest], [younger, *rest])
    plan = planned([one, younger, *rest], rule([]), registry, day=2)
    assert _plants(plan) == [["flexmeasures:1"], ["flexmeasures:7", "ravenwits:r1", "voke:v1"]]


def test_a_record_that_a_person_linked_keeps_its_place_beside_one_that_is_back() -> None:
    one, *rest = velka_louka()[::-1]
    recreated = replace(one, source_plant_id="99")
    registry = _synced([one, *rest], [recreated, *rest])
    linked = rule([decision("link", "flexmeasures:99", "flexmeasures:7")])
    plan = planned([one, recreated, *rest], linked, registry, day=2)
    assert _plants(plan) == [["flexmeasures:7", "flexmeasures:99", "ravenwits:r1", "voke:v1"]]
    assert not any("is back" in finding for finding in plan.findings)


def test_a_link_taken_back_lets_its_record_go_and_no_other() -> None:
    links = [decision("link", "voke:1", "ravenwits:1"), decision("link", "flexmeasures:1", "ravenwits:1")]
    fleet = [_ALPHA, _BETA, _GAMMA]
    registry = _synced(fleet, decisions=links)
    assert _plants(planned(fleet, rule(links[:1]), registry, day=1)) == [["flexmeasures:1", "ravenwits:1", "voke:1"]]
    assert _plants(planned(fleet, rule([]), registry, day=1)) == [["flexmeasures:1"], ["ravenwits:1"], ["voke:1"]]
