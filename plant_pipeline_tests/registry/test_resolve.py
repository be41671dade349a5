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
from plant_pipeline_tests.registry.given import applied, decision, planned, record, velka_louka, villanueva


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


def _doubts(proposal: Proposal) -> list[str]:
    doubts = proposal.evidence["doubts"]
    assert isinstance(doubts, list)
    return doubts


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


def test_a_link_still_in_force_holds_all_whom_it_brought_along() -> None:
    # Voke's and FlexMeasures' records are one plant by name; the link moves both into that of Ravenwits.
    fleet = [
        record("ravenwits:1", "Alpha", 45.0, 9.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
        record("flexmeasures:3", "Velka Louka", 50.0, 14.0),
    ]
    apart = _synced(fleet)
    link = rule([decision("link", "voke:2", "ravenwits:1")])
    together = applied(apart, planned(fleet, link, apart, day=1))
    renamed = [fleet[0], fleet[1], replace(fleet[2], name="Altogether other")]
    assert _plants(planned(renamed, link, together, day=2)) == [["flexmeasures:3", "ravenwits:1", "voke:2"]]
    without = planned(renamed, rule([]), together, day=2)
    assert _plants(without) == [["flexmeasures:3"], ["ravenwits:1"], ["voke:2"]]
    assert without.aliases["ravenwits", "1"].plant_id == apart.aliases["ravenwits", "1"].plant_id


def test_a_link_between_others_of_the_plant_does_not_hold_one_whose_own_link_was_taken_back() -> None:
    # Voke's record is there by likeness, and a person confirmed it; Gamma is there by a link alone.
    fleet = [*velka_louka()[:2], replace(_GAMMA, latitude=50.0, longitude=14.0)]
    confirmed = decision("link", "voke:v1", "ravenwits:r1")
    registry = _synced(fleet, fleet, decisions=[decision("link", "flexmeasures:1", "ravenwits:r1")])
    plan = planned(fleet, rule([confirmed]), registry, day=2)
    assert _plants(plan) == [["flexmeasures:1"], ["ravenwits:r1", "voke:v1"]]


# ------------------------------------------------------------------------------------------------------------ decisions
def test_who_is_kept_apart_leaves_with_those_it_is_linked_to() -> None:
    fleet = [*velka_louka(), record("voke:v2", "Kiosk", 50.0, 14.0)]
    linked = [decision("link", "voke:v2", "voke:v1")]
    registry = _synced(fleet, decisions=linked)
    assert _plants(planned(fleet, rule(linked), registry, day=1)) == [
        ["flexmeasures:7", "ravenwits:r1", "voke:v1", "voke:v2"]
    ]
    plan = planned(fleet, rule([*linked, decision("unlink", "voke:v1", "ravenwits:r1")]), registry, day=1)
    assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1", "voke:v2"]]
    assert plan.aliases["voke", "v1"].method == plan.aliases["voke", "v2"].method == "decision"
    assert plan.aliases["flexmeasures", "7"].plant_id == registry.aliases["flexmeasures", "7"].plant_id


def test_being_kept_apart_from_a_record_elsewhere_moves_nobody() -> None:
    fleet = [*velka_louka(), record("ravenwits:r5", "Elsewhere", 45.0, 9.0)]
    registry = _synced(fleet)
    plan = planned(fleet, rule([decision("unlink", "voke:v1", "ravenwits:r5")]), registry, day=1)
    assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["ravenwits:r5"]]
    assert plan.aliases == registry.aliases


def test_the_leaver_is_the_record_that_the_decision_names_first() -> None:
    fleet = velka_louka()
    registry = _synced(fleet)
    whole = registry.aliases["ravenwits", "r1"].plant_id
    for leaver, stayer in (("ravenwits:r1", "voke:v1"), ("voke:v1", "ravenwits:r1")):
        plan = planned(fleet, rule([decision("unlink", leaver, stayer)]), registry, day=1)
        left = {written(key) for key, alias in plan.aliases.items() if alias.plant_id != whole}
        assert left == {leaver}


def test_a_record_alone_leaves_and_one_that_is_alone_already_stays_as_it_is() -> None:
    fleet = velka_louka()
    registry = _synced(fleet)
    alone = rule([decision("unlink", "voke:v1")])
    plan = planned(fleet, alone, registry, day=1)
    assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1"]]
    after = applied(registry, plan)
    assert planned(fleet, alone, after, day=2).aliases == after.aliases


def test_each_decision_is_followed_also_after_one_that_moves_nobody() -> None:
    fleet = [*velka_louka(), record("ravenwits:r5", "Elsewhere", 45.0, 9.0)]
    registry = _synced(fleet)
    for idle in (
        decision("unlink", "flexmeasures:7", "ravenwits:r5"),  # they are no plant together
        decision("unlink", "flexmeasures:1", "flexmeasures:2"),  # nobody has ever seen these
        decision("link", "flexmeasures:7", "ravenwits:r1"),  # they are a plant already
    ):
        decisions = [
            idle, decision("unlink", "voke:v1", "ravenwits:r1"), decision("link", "voke:v1", "ravenwits:r5"),
        ]  # fmt: skip
        plan = planned(fleet, rule(decisions), registry, day=1)
        assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1"], ["ravenwits:r5", "voke:v1"]]


def test_a_gateway_that_was_part_of_a_plant_is_one_when_it_leaves() -> None:
    fleet = [velka_louka()[0], replace(velka_louka()[1], is_plant=None)]
    unlink = rule([decision("unlink", "voke:v1", "ravenwits:r1")])
    assert _plants(planned(fleet, unlink, _synced(fleet), day=1)) == [["ravenwits:r1"], ["voke:v1"]]
    assert _plants(planned(fleet, unlink)) == [["ravenwits:r1"]]


def test_linked_plants_are_the_older_one() -> None:
    old, new = record("voke:1", "Omega", 40.0, 9.0), record("ravenwits:1", "Alpha", 49.0, 16.0)
    registry = _synced([old], [old, new])
    link = rule([decision("link", "voke:1", "ravenwits:1")])
    plan = planned([old, new], link, registry, day=2)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["voke", "1"].plant_id}
    # Of two seen first on one day it is the one whose founder comes first in the order of sources.
    registry = _synced([old, new])
    plan = planned([old, new], link, registry, day=1)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["ravenwits", "1"].plant_id}
    # A plant that is known is older than one to be come.
    registry = _synced([old])
    plan = planned([old, new], link, registry, day=1)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["voke", "1"].plant_id}


def test_a_linked_record_brings_its_plant_along_unless_that_stands_against_it() -> None:
    fleet = [
        record("ravenwits:1", "Alpha", 45.0, 9.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
        record("flexmeasures:3", "Velka Louka", 50.0, 14.0),
    ]
    registry = _synced(fleet)
    link = decision("link", "voke:2", "ravenwits:1")
    assert _plants(planned(fleet, rule([link]), registry, day=1)) == [["flexmeasures:3", "ravenwits:1", "voke:2"]]
    # Its source has a record there already.
    occupied = [*fleet, record("flexmeasures:4", "Alpha", 45.0, 9.0)]
    registry = _synced(occupied)
    assert _plants(planned(occupied, rule([link]), registry, day=1)) == [
        ["flexmeasures:3"], ["flexmeasures:4", "ravenwits:1", "voke:2"],
    ]  # fmt: skip
    # A person keeps it apart from there.
    apart = decision("unlink", "flexmeasures:3", "ravenwits:1")
    registry = _synced(fleet)
    assert _plants(planned(fleet, rule([apart, link]), registry, day=1)) == [
        ["flexmeasures:3"], ["ravenwits:1", "voke:2"],
    ]  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- shared ids
def test_an_ambiguous_id_is_asked_about_for_each_record_it_could_mean() -> None:
    two = [replace(_QUOTING, source_plant_id=each, name=name) for each, name in (("1", "Omega"), ("2", "Psi"))]
    plan = planned([_ALPHA, *two], rule([]))
    assert _plants(plan) == [["ravenwits:1"], ["voke:1"], ["voke:2"]]
    assert _asked(plan) == [("voke:1", "ravenwits:1"), ("voke:2", "ravenwits:1")]
    assert [each.score for each in plan.resolution.proposals] == [0.5, 0.5]
    for proposal in plan.resolution.proposals:
        assert "the id could mean other records as well" in _doubts(proposal)
    assert any("id 'main' is not used for matching" in finding for finding in plan.findings)


def test_an_id_against_place_or_technology_is_asked_about() -> None:
    for other in (replace(_QUOTING, latitude=49.5), replace(_QUOTING, technology="wind")):
        plan = planned([_ALPHA, other], rule([]))
        assert _plants(plan) == [["ravenwits:1"], ["voke:1"]]
        proposal = _proposal(plan)
        assert (proposal.source, proposal.evidence["shared_id"], proposal.score) == ("voke", "main", 0.5)
        assert "the id could mean other records as well" not in _doubts(proposal)


def test_an_id_of_a_record_that_is_no_plant_links_and_asks_nothing() -> None:
    plan = planned([_ALPHA, _QUOTING], rule([decision("not_a_plant", "voke:1")]))
    assert _plants(plan) == [["ravenwits:1"]]
    assert plan.resolution.proposals == []


def test_an_id_links_also_after_one_that_may_not() -> None:
    denied = [record("ravenwits:5", "Psi", own_keys=("AAA-1",)), record("voke:5", "Chi", external_keys=("AAA-1",))]
    doubtful = [record("ravenwits:6", "Xi", own_keys=("BBB-1",)),
                record("voke:6", "Ny", technology="wind", external_keys=("BBB-1",))]  # fmt: skip
    plan = planned([*denied, *doubtful, _ALPHA, _QUOTING], rule([decision("not_a_plant", "voke:5")]))
    assert _plants(plan) == [["ravenwits:1", "voke:1"], ["ravenwits:5"], ["ravenwits:6"], ["voke:6"]]


def test_an_id_against_another_member_of_the_plant_is_asked_about() -> None:
    # Voke's record joins that of Ravenwits by id; the wind farm of FlexMeasures shares another id with Voke's only.
    voke = record("voke:1", "Omega", 49.0, 16.0, technology=None, external_keys=("MAIN", "WIND"))
    wind = record("flexmeasures:1", "Gamma", 49.0, 16.0, technology="wind", external_keys=("WIND",))
    plan = planned([_ALPHA, voke, wind], rule([]))
    assert _plants(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert [each.evidence["shared_id"] for each in plan.resolution.proposals] == ["wind"]


def test_an_id_of_two_known_plants_is_asked_about_and_merges_nothing() -> None:
    registry = _synced([_ALPHA, _BETA])
    plan = planned([_ALPHA, _QUOTING], rule([]), registry, day=1)
    assert _plants(plan) == [["ravenwits:1"], ["voke:1"]]
    assert _asked(plan) == [("voke:1", "ravenwits:1")]


def test_an_id_into_a_plant_that_has_a_record_of_that_source_is_only_told() -> None:
    registry = _synced([_ALPHA, _QUOTING])
    newcomer = record("voke:9", "Psi", 49.0, 16.0, external_keys=("MAIN",))
    plan = planned([_ALPHA, _BETA, newcomer], rule([]), registry, day=1)
    assert _plants(plan) == [["ravenwits:1", "voke:1"], ["voke:9"]]
    assert plan.resolution.proposals == []
    (finding,) = (each for each in plan.findings if "carry the id" in each)
    assert finding == (
        "ravenwits:1 and voke:9 carry the id 'main', but the plant of one of them has another record of that source; "
        "join them with `registry link` if they are parts"
    )


# ------------------------------------------------------------------------------------------------------- name and place
def test_a_likeness_of_two_known_plants_is_asked_about_with_what_keeps_them_apart() -> None:
    one, other = record("ravenwits:1", "Lhota", 50.0, 14.0), record("voke:2", "Somewhere else", 50.0, 14.0)
    registry = _synced([one, other])
    alike = [replace(one, name="Velká Louka"), replace(other, name="FVE Velká Louka")]
    plan = planned(alike, rule([]), registry, day=1)
    assert _plants(plan) == [["ravenwits:1"], ["voke:2"]]
    assert _proposal(plan).evidence["doubts"] == [
        "clear by itself, but both are already plants of the registry, or others of their plants differ",
        "capacities cannot be compared: voke none, ravenwits none",
    ]


def test_a_clear_likeness_is_followed_also_after_a_doubtful_one_with_a_higher_score() -> None:
    twins = [
        record(written, "Dlouhá Lhota", 49.0, 16.0, capacity_ac_kw=1000.0)
        for written in ("ravenwits:1", "flexmeasures:8", "flexmeasures:9")
    ]
    fleet = [*twins, *velka_louka()[:2]]
    matches = find_matches(fleet)
    best, clear = max(match.score for match in matches), [match.score for match in matches if match.is_clear]
    assert best > max(clear)
    assert ["ravenwits:r1", "voke:v1"] in _plants(planned(fleet, rule([])))


def test_a_likeness_into_a_plant_that_has_a_record_of_that_source_is_only_told() -> None:
    registry = _synced(velka_louka())
    newcomer = record("ravenwits:r9", "Velka Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    renamed = replace(velka_louka()[0], name="Altogether other")
    plan = planned([renamed, *velka_louka()[1:], newcomer], rule([]), registry, day=1)
    assert _plants(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["ravenwits:r9"]]
    assert plan.resolution.proposals == []
    assert (
        "flexmeasures:7 'Velka Louka PV' and ravenwits:r9 'Velka Louka' look like one plant, but the plant of one of "
        "them has another record of that source; join them with `registry link` if they are parts"
    ) in plan.findings


def test_a_likeness_to_a_record_that_is_no_plant_is_none() -> None:
    plan = planned(velka_louka(), rule([decision("not_a_plant", "ravenwits:r1")]))
    assert _plants(plan) == [["flexmeasures:7", "voke:v1"]]


def test_a_phase_of_another_number_keeps_a_likeness_out_of_the_plant_but_not_an_id() -> None:
    # Phase 2 and the plain name are one plant by id. Phase 1 may well be the plain name, but never phase 2.
    plant = [
        record("ravenwits:1", "Velká Louka 2", 50.0, 14.0, own_keys=("MAIN",)),
        record("voke:1", "Velká Louka", 50.0, 14.0, capacity_ac_kw=1000.0, external_keys=("MAIN",)),
    ]
    other = record("flexmeasures:1", "Velká Louka 1", 50.0, 14.0, capacity_ac_kw=1000.0)
    assert _plants(planned([plant[1], other], rule([]))) == [["flexmeasures:1", "voke:1"]]
    plan = planned([*plant, other], rule([]))
    assert _plants(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert _asked(plan) == [("flexmeasures:1", "ravenwits:1")]
    quoting = replace(other, external_keys=("MAIN",))
    assert _plants(planned([*plant, quoting], rule([]))) == [["flexmeasures:1", "ravenwits:1", "voke:1"]]


def test_a_record_that_joins_a_known_plant_says_why_and_leaves_the_others_their_reasons() -> None:
    registry = _synced([_ALPHA, _QUOTING])
    plan = planned([_ALPHA, _QUOTING, record("flexmeasures:1", "Omega Park", 49.0, 16.0)], rule([]), registry, day=1)
    assert _methods(plan) == {"ravenwits:1": "new", "voke:1": "external_id", "flexmeasures:1": "name_place"}
    assert plan.aliases["voke", "1"] == registry.aliases["voke", "1"]


def test_a_plant_keeps_its_id_when_a_record_joins_it_although_its_founder_has_left() -> None:
    unlink = rule([decision("unlink", "ravenwits:1", "voke:1")])
    registry = _synced([_ALPHA, _QUOTING])
    registry = applied(registry, planned([_ALPHA, _QUOTING], unlink, registry, day=1))
    plant_id = registry.aliases["voke", "1"].plant_id
    newcomer = record("flexmeasures:1", "Omega Park", 49.0, 16.0)
    plan = planned([_ALPHA, _QUOTING, newcomer], unlink, registry, day=2)
    assert _plants(plan) == [["flexmeasures:1", "voke:1"], ["ravenwits:1"]]
    assert plan.aliases["flexmeasures", "1"].plant_id == plan.aliases["voke", "1"].plant_id == plant_id


def test_of_plants_seen_first_together_the_founder_tells_which_is_older_not_who_joined_since() -> None:
    founder, far = replace(_QUOTING, external_keys=()), record("ravenwits:9", "Far away", 40.0, 9.0)
    registry = _synced([founder, far], [_ALPHA, _QUOTING, far])
    assert registry.aliases["ravenwits", "1"].plant_id == registry.aliases["voke", "1"].plant_id
    link = rule([decision("link", "ravenwits:1", "ravenwits:9")])
    plan = planned([_ALPHA, _QUOTING, far], link, registry, day=2)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["ravenwits", "9"].plant_id}


# --------------------------------------------------------------------------------------------------------------- doubts
def test_the_record_of_the_younger_plant_is_proposed_for_the_older_one() -> None:
    one, other = villanueva()
    assert _asked(planned([one, other], rule([]))) == [("flexmeasures:8", "ravenwits:r2")]
    registry = _synced([other])
    assert _asked(planned([one, other], rule([]), registry, day=1)) == [("ravenwits:r2", "flexmeasures:8")]


def test_a_record_that_is_no_plant_yet_is_the_one_proposed() -> None:
    plant, other = villanueva()
    gateway = replace(other, is_plant=None)
    for fleet in ([plant, gateway], [replace(plant, is_plant=None), other]):
        plan = planned(fleet, rule([]))
        (unsure,) = (each for each in fleet if each.is_plant is None)
        assert (_proposal(plan).source, len(plan.not_plants)) == (unsure.source, 1)
    assert planned([replace(plant, is_plant=None), gateway], rule([])).resolution.proposals == []


def test_of_several_pairs_the_one_with_the_highest_score_speaks_for_a_record_and_a_plant() -> None:
    # FlexMeasures' record resembles both records of the plant, that of Voke more closely.
    plant = [
        record("ravenwits:1", "Villanueva Solar", 38.183, -2.998, capacity_ac_kw=18_000.0),
        record("voke:2", "Villanueva", 38.190, -2.998, capacity_ac_kw=18_000.0),
    ]
    doubtful = record("flexmeasures:8", "Villanueva Solar", 38.246, -2.998, capacity_ac_kw=12_500.0)
    scores = {match.other.source: match.score for match in find_matches([*plant, doubtful]) if match.one == doubtful}
    plan = planned([*plant, doubtful], rule([]))
    assert _plants(plan) == [["flexmeasures:8"], ["ravenwits:1", "voke:2"]]
    assert scores["voke"] > scores["ravenwits"]
    assert (_proposal(plan).score, _proposal(plan).evidence["other_source"]) == (scores["voke"], "voke")


def test_of_pairs_that_speak_equally_for_it_the_first_in_the_order_of_records_is_shown() -> None:
    gamma = replace(_GAMMA, external_keys=("MAIN",))
    plan = planned([_ALPHA, gamma, replace(_QUOTING, technology="wind")], rule([]))
    assert _plants(plan) == [["flexmeasures:1", "ravenwits:1"], ["voke:1"]]
    assert (_proposal(plan).score, _proposal(plan).evidence["other_source"]) == (0.5, "flexmeasures")


def test_a_likeness_with_a_shared_id_shows_both() -> None:
    one, other = villanueva()
    two = [replace(one, own_keys=("MAIN",)), replace(other, external_keys=("MAIN",), latitude=39.0)]
    assert find_matches(two) == []
    assert (_proposal(planned(two, rule([]))).score, _proposal(planned(two, rule([]))).evidence["shared_id"]) == (
        0.5, "main",
    )  # fmt: skip


def test_pairs_decided_to_be_apart_are_not_asked_about() -> None:
    for unlink in (decision("reject", "flexmeasures:8", "ravenwits:r2"), decision("unlink", "flexmeasures:8")):
        assert planned(villanueva(), rule([unlink])).resolution.proposals == []
