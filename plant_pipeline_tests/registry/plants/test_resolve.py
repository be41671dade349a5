"""Which records form which plant: the order of reasons, without a warehouse."""

from dataclasses import replace

from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline.registry.records import written
from plant_pipeline_tests.registry.given import applied, decision, planned, record, velka_louka
from plant_pipeline_tests.registry.plans import ALPHA, BETA, GAMMA, QUOTING, methods, record_groups, synced


# ------------------------------------------------------------------------------------------------------ why and by what
def test_the_founder_is_new_and_the_others_have_their_best_reason() -> None:
    plan = planned([ALPHA, QUOTING, record("flexmeasures:1", "Omega Park", 49.0, 16.0)], rule([]))
    assert record_groups(plan) == [["flexmeasures:1", "ravenwits:1", "voke:1"]]
    # Voke's record has an id and a likeness for it: an id is the better reason.
    assert methods(plan) == {"ravenwits:1": "new", "voke:1": "external_id", "flexmeasures:1": "name_place"}
    assert plan.aliases["voke", "1"].score is None


def test_of_two_likenesses_the_better_one_is_the_reason() -> None:
    near = record("flexmeasures:7", "Velka Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    fleet = [*velka_louka()[:2], near]
    scores = {match.other.source: match.score for match in find_matches(fleet) if match.one.source == "flexmeasures"}
    assert scores["ravenwits"] > scores["voke"]
    plan = planned(fleet, rule([]))
    assert plan.aliases["flexmeasures", "7"].score == scores["ravenwits"]


def test_a_decision_is_the_reason_of_both_records_even_of_the_founder() -> None:
    plan = planned([ALPHA, BETA, GAMMA], rule([decision("link", "voke:1", "ravenwits:1")]))
    assert record_groups(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert methods(plan) == {"ravenwits:1": "new", "voke:1": "decision", "flexmeasures:1": "new"}


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
    unsure = replace(ALPHA, is_plant=None)
    plan = planned([unsure], rule([]), synced([ALPHA]), day=1)
    assert record_groups(plan) == [["ravenwits:1"]]


# ------------------------------------------------------------------------------------------------------- known already
def test_a_record_that_is_back_gets_the_place_that_another_had_meanwhile() -> None:
    one, *rest = velka_louka()[::-1]
    recreated = replace(one, source_plant_id="99")
    registry = synced([one, *rest], [recreated, *rest])
    assert registry.aliases["flexmeasures", "99"].plant_id == registry.aliases["ravenwits", "r1"].plant_id
    plan = planned([one, recreated, *rest], rule([]), registry, day=2)
    assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["flexmeasures:99"]]
    assert "flexmeasures:7 is back; flexmeasures:99, which had its place, has to leave" in plan.findings
    # Whoever was there first is the senior, not who has the lower id.
    younger = replace(one, source_plant_id="1")
    registry = synced([one, *rest], [younger, *rest])
    plan = planned([one, younger, *rest], rule([]), registry, day=2)
    assert record_groups(plan) == [["flexmeasures:1"], ["flexmeasures:7", "ravenwits:r1", "voke:v1"]]


def test_a_record_that_a_person_linked_keeps_its_place_beside_one_that_is_back() -> None:
    one, *rest = velka_louka()[::-1]
    recreated = replace(one, source_plant_id="99")
    registry = synced([one, *rest], [recreated, *rest])
    linked = rule([decision("link", "flexmeasures:99", "flexmeasures:7")])
    plan = planned([one, recreated, *rest], linked, registry, day=2)
    assert record_groups(plan) == [["flexmeasures:7", "flexmeasures:99", "ravenwits:r1", "voke:v1"]]
    assert not any("is back" in finding for finding in plan.findings)


def test_a_link_taken_back_lets_its_record_go_and_no_other() -> None:
    links = [decision("link", "voke:1", "ravenwits:1"), decision("link", "flexmeasures:1", "ravenwits:1")]
    fleet = [ALPHA, BETA, GAMMA]
    registry = synced(fleet, decisions=links)
    assert record_groups(planned(fleet, rule(links[:1]), registry, day=1)) == [
        ["flexmeasures:1"], ["ravenwits:1", "voke:1"],
    ]  # fmt: skip
    assert record_groups(planned(fleet, rule([]), registry, day=1)) == [["flexmeasures:1"], ["ravenwits:1"], ["voke:1"]]


def test_a_link_holds_all_whom_it_brought_along_and_undone_leaves_what_was_there_without_it() -> None:
    # Voke's and FlexMeasures' records are one plant by name; the link moves both into that of Ravenwits.
    fleet = [
        record("ravenwits:1", "Alpha", 45.0, 9.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
        record("flexmeasures:3", "Velka Louka", 50.0, 14.0),
    ]
    apart = synced(fleet)
    link = rule([decision("link", "voke:2", "ravenwits:1")])
    together = applied(apart, planned(fleet, link, apart, day=1))
    renamed = [fleet[0], fleet[1], replace(fleet[2], name="Altogether other")]
    assert record_groups(planned(renamed, link, together, day=2)) == [["flexmeasures:3", "ravenwits:1", "voke:2"]]
    without = planned(renamed, rule([]), together, day=2)
    assert record_groups(without) == [["flexmeasures:3", "voke:2"], ["ravenwits:1"]]
    assert without.aliases["ravenwits", "1"].plant_id == apart.aliases["ravenwits", "1"].plant_id


def test_a_link_between_others_of_the_plant_does_not_hold_one_whose_own_link_was_taken_back() -> None:
    # Voke's record is there by likeness, and a person confirmed it; Gamma is there by a link alone.
    fleet = [*velka_louka()[:2], replace(GAMMA, latitude=50.0, longitude=14.0)]
    confirmed = decision("link", "voke:v1", "ravenwits:r1")
    registry = synced(fleet, fleet, decisions=[decision("link", "flexmeasures:1", "ravenwits:r1")])
    plan = planned(fleet, rule([confirmed]), registry, day=2)
    assert record_groups(plan) == [["flexmeasures:1"], ["ravenwits:r1", "voke:v1"]]


# ------------------------------------------------------------------------------------------------------------ decisions
def test_who_is_kept_apart_leaves_with_those_it_is_linked_to() -> None:
    fleet = [*velka_louka(), record("voke:v2", "Kiosk", 50.0, 14.0)]
    linked = [decision("link", "voke:v2", "voke:v1")]
    registry = synced(fleet, decisions=linked)
    assert record_groups(planned(fleet, rule(linked), registry, day=1)) == [
        ["flexmeasures:7", "ravenwits:r1", "voke:v1", "voke:v2"]
    ]
    plan = planned(fleet, rule([*linked, decision("unlink", "voke:v1", "ravenwits:r1")]), registry, day=1)
    assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1", "voke:v2"]]
    assert (plan.aliases["voke", "v1"].method, plan.aliases["voke", "v2"].method) == ("decision", "new")
    assert plan.aliases["flexmeasures", "7"].plant_id == registry.aliases["flexmeasures", "7"].plant_id


def test_being_kept_apart_from_a_record_elsewhere_moves_nobody() -> None:
    fleet = [*velka_louka(), record("ravenwits:r5", "Elsewhere", 45.0, 9.0)]
    registry = synced(fleet)
    plan = planned(fleet, rule([decision("unlink", "voke:v1", "ravenwits:r5")]), registry, day=1)
    assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["ravenwits:r5"]]
    assert plan.aliases == registry.aliases


def test_the_leaver_is_the_record_that_the_decision_names_first() -> None:
    fleet = velka_louka()
    registry = synced(fleet)
    whole = registry.aliases["ravenwits", "r1"].plant_id
    for leaver, stayer in (("ravenwits:r1", "voke:v1"), ("voke:v1", "ravenwits:r1")):
        plan = planned(fleet, rule([decision("unlink", leaver, stayer)]), registry, day=1)
        left = {written(key) for key, alias in plan.aliases.items() if alias.plant_id != whole}
        assert left == {leaver}


def test_a_record_alone_leaves_and_one_that_is_alone_already_stays_as_it_is() -> None:
    fleet = velka_louka()
    registry = synced(fleet)
    alone = rule([decision("unlink", "voke:v1")])
    plan = planned(fleet, alone, registry, day=1)
    assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1"]]
    after = applied(registry, plan)
    assert planned(fleet, alone, after, day=2).aliases == after.aliases


def test_each_decision_is_followed_also_after_one_that_moves_nobody() -> None:
    fleet = [*velka_louka(), record("ravenwits:r5", "Elsewhere", 45.0, 9.0)]
    registry = synced(fleet)
    for idle in (
        decision("unlink", "flexmeasures:7", "ravenwits:r5"),  # they are no plant together
        decision("unlink", "flexmeasures:1", "flexmeasures:2"),  # nobody has ever seen these
        decision("link", "flexmeasures:7", "ravenwits:r1"),  # they are a plant already
    ):
        decisions = [
            idle, decision("unlink", "voke:v1", "ravenwits:r1"), decision("link", "voke:v1", "ravenwits:r5"),
        ]  # fmt: skip
        plan = planned(fleet, rule(decisions), registry, day=1)
        assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1"], ["ravenwits:r5", "voke:v1"]]


def test_a_gateway_that_was_part_of_a_plant_is_one_when_it_leaves() -> None:
    fleet = [velka_louka()[0], replace(velka_louka()[1], is_plant=None)]
    unlink = rule([decision("unlink", "voke:v1", "ravenwits:r1")])
    assert record_groups(planned(fleet, unlink, synced(fleet), day=1)) == [["ravenwits:r1"], ["voke:v1"]]
    # It makes no difference whether the decision came first.
    assert record_groups(planned(fleet, unlink)) == [["ravenwits:r1"], ["voke:v1"]]


def test_linked_plants_are_the_older_one() -> None:
    old, new = record("voke:1", "Omega", 40.0, 9.0), record("ravenwits:1", "Alpha", 49.0, 16.0)
    registry = synced([old], [old, new])
    link = rule([decision("link", "voke:1", "ravenwits:1")])
    plan = planned([old, new], link, registry, day=2)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["voke", "1"].plant_id}
    # Of two seen first on one day it is the one whose founder comes first in the order of sources.
    registry = synced([old, new])
    plan = planned([old, new], link, registry, day=1)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["ravenwits", "1"].plant_id}
    # A plant that is known is older than one to be come.
    registry = synced([old])
    plan = planned([old, new], link, registry, day=1)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["voke", "1"].plant_id}


def test_a_linked_record_brings_its_whole_plant_along_but_for_who_is_kept_apart() -> None:
    fleet = [
        record("ravenwits:1", "Alpha", 45.0, 9.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
        record("flexmeasures:3", "Velka Louka", 50.0, 14.0),
    ]
    registry = synced(fleet)
    link = decision("link", "voke:2", "ravenwits:1")
    assert record_groups(planned(fleet, rule([link]), registry, day=1)) == [["flexmeasures:3", "ravenwits:1", "voke:2"]]
    # Also where its source has a record there already: the two are parts.
    occupied = [*fleet, record("flexmeasures:4", "Alpha", 45.0, 9.0)]
    registry = synced(occupied)
    assert record_groups(planned(occupied, rule([link]), registry, day=1)) == [
        ["flexmeasures:3", "flexmeasures:4", "ravenwits:1", "voke:2"]
    ]
    # A person keeps it apart from there.
    apart = decision("unlink", "flexmeasures:3", "ravenwits:1")
    registry = synced(fleet)
    assert record_groups(planned(fleet, rule([apart, link]), registry, day=1)) == [
        ["flexmeasures:3"], ["ravenwits:1", "voke:2"],
    ]  # fmt: skip
