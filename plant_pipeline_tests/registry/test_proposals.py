"""What is left for a person: shared ids that do not settle it, likenesses, and the pair that is shown."""

from dataclasses import replace

from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.matching.likelihood import LINK_PROBABILITY
from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline_tests.registry.given import applied, decision, planned, record, velka_louka, villanueva
from plant_pipeline_tests.registry.plans import (
    ALPHA,
    BETA,
    GAMMA,
    QUOTING,
    asked,
    doubts_of,
    methods,
    proposal_of,
    record_groups,
    synced,
)


# ----------------------------------------------------------------------------------------------------------- shared ids
def test_an_ambiguous_id_is_asked_about_for_each_record_it_could_mean() -> None:
    two = [replace(QUOTING, source_plant_id=each, name=name) for each, name in (("1", "Omega"), ("2", "Psi"))]
    plan = planned([ALPHA, *two], rule([]))
    assert record_groups(plan) == [["ravenwits:1"], ["voke:1"], ["voke:2"]]
    assert asked(plan) == [("voke:1", "ravenwits:1"), ("voke:2", "ravenwits:1")]
    assert [each.evidence["shared_id"] for each in plan.resolution.proposals] == ["main", "main"]
    for proposal in plan.resolution.proposals:
        assert "the id could mean other records as well" in doubts_of(proposal)
    assert any("id 'main' is not used for matching" in finding for finding in plan.findings)


def test_an_id_against_place_or_technology_is_asked_about() -> None:
    for other in (replace(QUOTING, latitude=49.5), replace(QUOTING, technology="wind")):
        plan = planned([ALPHA, other], rule([]))
        assert record_groups(plan) == [["ravenwits:1"], ["voke:1"]]
        proposal = proposal_of(plan)
        assert (proposal.source, proposal.evidence["shared_id"], proposal.score) == ("voke", "main", 0.5)
        assert "the id could mean other records as well" not in doubts_of(proposal)


def test_an_id_of_a_record_that_is_no_plant_links_and_asks_nothing() -> None:
    plan = planned([ALPHA, QUOTING], rule([decision("not_a_plant", "voke:1")]))
    assert record_groups(plan) == [["ravenwits:1"]]
    assert plan.resolution.proposals == []


def test_an_id_links_also_after_one_that_may_not() -> None:
    denied = [record("ravenwits:5", "Psi", own_keys=("AAA-1",)), record("voke:5", "Chi", external_keys=("AAA-1",))]
    doubtful = [record("ravenwits:6", "Xi", own_keys=("BBB-1",)),
                record("voke:6", "Ny", technology="wind", external_keys=("BBB-1",))]  # fmt: skip
    plan = planned([*denied, *doubtful, ALPHA, QUOTING], rule([decision("not_a_plant", "voke:5")]))
    assert record_groups(plan) == [["ravenwits:1", "voke:1"], ["ravenwits:5"], ["ravenwits:6"], ["voke:6"]]


def test_an_id_against_another_member_of_the_plant_is_asked_about() -> None:
    # Voke's record joins that of Ravenwits by id; the wind farm of FlexMeasures shares another id with Voke's only.
    voke = record("voke:1", "Omega", 49.0, 16.0, technology=None, external_keys=("MAIN", "WIND"))
    wind = record("flexmeasures:1", "Gamma", 49.0, 16.0, technology="wind", external_keys=("WIND",))
    plan = planned([ALPHA, voke, wind], rule([]))
    assert record_groups(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert [each.evidence["shared_id"] for each in plan.resolution.proposals] == ["wind"]


def test_an_id_of_two_known_plants_is_asked_about_and_merges_nothing() -> None:
    registry = synced([ALPHA, BETA])
    plan = planned([ALPHA, QUOTING], rule([]), registry, day=1)
    assert record_groups(plan) == [["ravenwits:1"], ["voke:1"]]
    assert asked(plan) == [("voke:1", "ravenwits:1")]


def test_an_id_into_a_plant_that_has_a_record_of_that_source_is_only_told() -> None:
    registry = synced([ALPHA, QUOTING])
    newcomer = record("voke:9", "Psi", 49.0, 16.0, external_keys=("MAIN",))
    plan = planned([ALPHA, BETA, newcomer], rule([]), registry, day=1)
    assert record_groups(plan) == [["ravenwits:1", "voke:1"], ["voke:9"]]
    assert plan.resolution.proposals == []
    (finding,) = (each for each in plan.findings if "carry the id" in each)
    assert finding == (
        "ravenwits:1 and voke:9 carry the id 'main', but the plant of one of them has another record of that source; "
        "join them with `registry link` if they are parts"
    )


# ------------------------------------------------------------------------------------------------------- name and place
def test_a_likeness_of_two_known_plants_is_asked_about_with_what_keeps_them_apart() -> None:
    one, other = record("ravenwits:1", "Lhota", 50.0, 14.0), record("voke:2", "Somewhere else", 50.0, 14.0)
    registry = synced([one, other])
    alike = [replace(one, name="Velká Louka"), replace(other, name="FVE Velká Louka")]
    plan = planned(alike, rule([]), registry, day=1)
    assert record_groups(plan) == [["ravenwits:1"], ["voke:2"]]
    assert proposal_of(plan).evidence["doubts"] == [
        "clear by itself, but both are already plants of the registry, or others of their plants differ",
        "capacities cannot be compared: voke none, ravenwits none",
    ]


def test_a_clear_likeness_is_followed_also_after_a_doubtful_one_with_a_higher_score() -> None:
    halves = [
        record("ravenwits:1", "Dlouhá Lhota", 49.0, 16.0, capacity_ac_kw=1000.0),
        record("flexmeasures:8", "Dlouhá Lhota", 49.0, 16.0, capacity_ac_kw=499.0),
    ]
    louka = [replace(each, latitude=50.0 + 0.03 * n) for n, each in enumerate(velka_louka()[:2])]
    fleet = [*halves, *louka]
    matches = find_matches(fleet)
    best, clear = max(match.score for match in matches), [match.score for match in matches if match.is_clear]
    assert best > max(clear)
    assert ["ravenwits:r1", "voke:v1"] in record_groups(planned(fleet, rule([])))


def test_a_likeness_into_a_plant_that_has_a_record_of_that_source_is_only_told() -> None:
    registry = synced(velka_louka())
    newcomer = record("ravenwits:r9", "Velka Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    renamed = replace(velka_louka()[0], name="Altogether other")
    plan = planned([renamed, *velka_louka()[1:], newcomer], rule([]), registry, day=1)
    assert record_groups(plan) == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["ravenwits:r9"]]
    assert plan.resolution.proposals == []
    assert (
        "flexmeasures:7 'Velka Louka PV' and ravenwits:r9 'Velka Louka' look like one plant, but the plant of one of "
        "them has another record of that source; join them with `registry link` if they are parts"
    ) in plan.findings


def test_a_pair_that_was_rejected_is_no_rival_any_more() -> None:
    louka = velka_louka()[0]
    twins = [replace(louka, source="voke", source_plant_id=each) for each in ("a", "b")]
    fleet = [louka, *twins]
    registry = synced(fleet)
    scores = {each.source_plant_id: each.score for each in planned(fleet, rule([]), registry).resolution.proposals}
    assert scores.keys() == {"a", "b"}
    assert max(scores.values()) < LINK_PROBABILITY  # two of a kind share what is certain
    (alone,) = find_matches([louka, twins[1]])
    for pair in (("voke:a", "ravenwits:r1"), ("ravenwits:r1", "voke:a")):
        plan = planned(fleet, rule([decision("reject", *pair)]), registry, day=1)
        proposal = proposal_of(plan)
        assert (proposal.source_plant_id, proposal.score) == ("b", alone.score)
        assert alone.score >= LINK_PROBABILITY
        assert "another record fits as well or nearly so" not in doubts_of(proposal)
        assert plan.records == registry.records  # where they belong by themselves is as without the decision
    assert len(planned(fleet, rule([decision("reject", "voke:a", "voke:b")]), registry).resolution.proposals) == 2


def test_a_likeness_to_a_record_that_is_no_plant_is_none() -> None:
    plan = planned(velka_louka(), rule([decision("not_a_plant", "ravenwits:r1")]))
    assert record_groups(plan) == [["flexmeasures:7", "voke:v1"]]


def test_a_phase_of_another_number_keeps_a_likeness_out_of_the_plant_but_not_an_id() -> None:
    # Phase 2 and the plain name are one plant by id. Phase 1 may well be the plain name, but never phase 2.
    plant = [
        record("ravenwits:1", "Velká Louka 2", 50.0, 14.0, own_keys=("MAIN",)),
        record("voke:1", "Velká Louka", 50.0, 14.0, capacity_ac_kw=1000.0, external_keys=("MAIN",)),
    ]
    other = record("flexmeasures:1", "Velká Louka 1", 50.0, 14.0, capacity_ac_kw=1000.0)
    assert record_groups(planned([plant[1], other], rule([]))) == [["flexmeasures:1", "voke:1"]]
    plan = planned([*plant, other], rule([]))
    assert record_groups(plan) == [["flexmeasures:1"], ["ravenwits:1", "voke:1"]]
    assert asked(plan) == [("flexmeasures:1", "ravenwits:1")]
    quoting = replace(other, external_keys=("MAIN",))
    assert record_groups(planned([*plant, quoting], rule([]))) == [["flexmeasures:1", "ravenwits:1", "voke:1"]]


def test_a_record_that_joins_a_known_plant_says_why_and_leaves_the_others_their_reasons() -> None:
    registry = synced([ALPHA, QUOTING])
    plan = planned([ALPHA, QUOTING, record("flexmeasures:1", "Omega Park", 49.0, 16.0)], rule([]), registry, day=1)
    assert methods(plan) == {"ravenwits:1": "new", "voke:1": "external_id", "flexmeasures:1": "name_place"}
    assert plan.aliases["voke", "1"] == registry.aliases["voke", "1"]


def test_a_plant_keeps_its_id_when_a_record_joins_it_although_its_founder_has_left() -> None:
    unlink = rule([decision("unlink", "ravenwits:1", "voke:1")])
    registry = synced([ALPHA, QUOTING])
    registry = applied(registry, planned([ALPHA, QUOTING], unlink, registry, day=1))
    plant_id = registry.aliases["voke", "1"].plant_id
    newcomer = record("flexmeasures:1", "Omega Park", 49.0, 16.0)
    plan = planned([ALPHA, QUOTING, newcomer], unlink, registry, day=2)
    assert record_groups(plan) == [["flexmeasures:1", "voke:1"], ["ravenwits:1"]]
    assert plan.aliases["flexmeasures", "1"].plant_id == plan.aliases["voke", "1"].plant_id == plant_id


def test_of_plants_seen_first_together_the_founder_tells_which_is_older_not_who_joined_since() -> None:
    founder, far = replace(QUOTING, external_keys=()), record("ravenwits:9", "Far away", 40.0, 9.0)
    registry = synced([founder, far], [ALPHA, QUOTING, far])
    assert registry.aliases["ravenwits", "1"].plant_id == registry.aliases["voke", "1"].plant_id
    link = rule([decision("link", "ravenwits:1", "ravenwits:9")])
    plan = planned([ALPHA, QUOTING, far], link, registry, day=2)
    assert {alias.plant_id for alias in plan.aliases.values()} == {registry.aliases["ravenwits", "9"].plant_id}


# --------------------------------------------------------------------------------------------------------------- doubts
def test_the_record_of_the_younger_plant_is_proposed_for_the_older_one() -> None:
    one, other = villanueva()
    assert asked(planned([one, other], rule([]))) == [("flexmeasures:8", "ravenwits:r2")]
    registry = synced([other])
    assert asked(planned([one, other], rule([]), registry, day=1)) == [("ravenwits:r2", "flexmeasures:8")]


def test_a_record_that_was_known_before_it_was_a_plant_is_of_the_older_one_at_once() -> None:
    one, other = villanueva()
    registry = synced([replace(other, is_plant=None)], [one, replace(other, is_plant=None)])
    first = planned([one, other], rule([]), registry, day=2)
    again = planned([one, other], rule([]), applied(registry, first), day=3)
    assert asked(first) == asked(again) == [("ravenwits:r2", "flexmeasures:8")]


def test_a_record_that_is_no_plant_yet_is_the_one_proposed() -> None:
    plant, other = villanueva()
    gateway = replace(other, is_plant=None)
    for fleet in ([plant, gateway], [replace(plant, is_plant=None), other]):
        plan = planned(fleet, rule([]))
        (unsure,) = (each for each in fleet if each.is_plant is None)
        assert (proposal_of(plan).source, len(plan.not_plants)) == (unsure.source, 1)
    assert planned([replace(plant, is_plant=None), gateway], rule([])).resolution.proposals == []


def test_of_several_pairs_the_one_with_the_highest_score_speaks_for_a_record_and_a_plant() -> None:
    # FlexMeasures' record resembles both records of the plant, that of Voke more closely.
    plant = [
        record("ravenwits:1", "Villanueva", 38.183, -2.998, capacity_ac_kw=18_000.0),
        record("voke:2", "Villanueva Solar", 38.190, -2.998, capacity_ac_kw=18_000.0),
    ]
    doubtful = record("flexmeasures:8", "Villanueva Solar", 38.246, -2.998, capacity_ac_kw=12_500.0)
    scores = {match.other.source: match.score for match in find_matches([*plant, doubtful]) if match.one == doubtful}
    plan = planned([*plant, doubtful], rule([]))
    assert record_groups(plan) == [["flexmeasures:8"], ["ravenwits:1", "voke:2"]]
    assert scores["voke"] > scores["ravenwits"]
    assert (proposal_of(plan).score, proposal_of(plan).evidence["other_source"]) == (scores["voke"], "voke")


def test_of_pairs_that_speak_equally_for_it_the_first_in_the_order_of_records_is_shown() -> None:
    gamma = replace(GAMMA, external_keys=("MAIN",))
    plan = planned([ALPHA, gamma, replace(QUOTING, technology="wind")], rule([]))
    assert record_groups(plan) == [["flexmeasures:1", "ravenwits:1"], ["voke:1"]]
    assert (proposal_of(plan).score, proposal_of(plan).evidence["other_source"]) == (0.5, "flexmeasures")


def test_a_likeness_with_a_shared_id_shows_both() -> None:
    one, other = villanueva()
    two = [replace(one, own_keys=("MAIN",)), replace(other, external_keys=("MAIN",), latitude=39.0)]
    assert find_matches(two) == []
    assert (proposal_of(planned(two, rule([]))).score, proposal_of(planned(two, rule([]))).evidence["shared_id"]) == (
        0.5, "main",
    )  # fmt: skip


def test_pairs_decided_to_be_apart_are_not_asked_about() -> None:
    for unlink in (decision("reject", "flexmeasures:8", "ravenwits:r2"), decision("unlink", "flexmeasures:8")):
        assert planned(villanueva(), rule([unlink])).resolution.proposals == []
