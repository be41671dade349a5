"""Which records come together on a plant, and which do not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from plant_pipeline.errors import ContractViolation
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import Given, decision, record, velka_louka, villanueva


def _llanos(source: str, *numbers: str) -> list[PlantCandidate]:
    places = {"I": 38.8, "II": 38.809}
    return [
        record(f"{source}:{each}", f"Los Llanos {each}", places[each], -2.88, capacity_ac_kw=2e4) for each in numbers
    ]


def test_one_plant_in_three_systems_is_one_plant(given: Given) -> None:
    changes = given.sync(velka_louka())
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1", "voke:v1"]]
    assert {written: row[0] for written, row in given.aliases().items()} == {
        "ravenwits:r1": "new", "voke:v1": "name_place", "flexmeasures:7": "name_place",
    }  # fmt: skip
    assert (changes.plants_new, changes.linked, changes.proposals_open) == (1, {"name_place": 2, "new": 1}, 0)


def test_ids_are_the_same_whoever_is_delivered_first_and_do_not_come_from_the_name(given: Given) -> None:
    given.sync(velka_louka()[:1])
    before = given.plant("ravenwits:r1")
    renamed = replace(velka_louka()[0], name="Another name")
    given.sync([*velka_louka()[1:], renamed], day=1)
    after = given.plant("ravenwits:r1")
    assert (after["plant_id"], after["plant_code"], after["name"]) == (
        before["plant_id"], before["plant_code"], "Another name",
    )  # fmt: skip
    assert len(before["plant_code"]) == 10


def test_whether_consumption_sits_behind_a_plant_is_kept_with_its_record_and_while_that_is_gone(given: Given) -> None:
    statement = "select source, has_load from registry.plant_alias order by source"
    given.sync([replace(own, has_load=True if own.source == "voke" else None) for own in velka_louka()])
    assert given.rows(statement) == [("flexmeasures", None), ("ravenwits", None), ("voke", True)]
    given.sync([own for own in velka_louka() if own.source != "voke"], day=1)
    assert given.rows(statement)[-1] == ("voke", True)
    given.sync([replace(own, has_load=False) for own in velka_louka()], day=2)
    assert given.rows(statement) == [("flexmeasures", False), ("ravenwits", False), ("voke", False)]


def test_neighbouring_phases_are_two_plants_and_no_question(given: Given) -> None:
    given.sync([*_llanos("ravenwits", "I", "II"), *_llanos("flexmeasures", "I", "II")])
    assert given.plants() == [["flexmeasures:I", "ravenwits:I"], ["flexmeasures:II", "ravenwits:II"]]
    assert given.proposals() == []


def test_a_doubtful_match_is_proposed_and_lives_by_itself(given: Given) -> None:
    changes = given.sync(villanueva())
    assert given.plants() == [["flexmeasures:8"], ["ravenwits:r2"]]
    assert given.proposals() == ["flexmeasures:8"]
    assert (changes.proposals_new, changes.proposals_open) == (1, 1)
    ((evidence, score),) = given.rows("select evidence, score from registry.match_proposal")
    # 0.063 degrees of latitude on a sphere of 6,371 km.
    assert evidence["distance_km"] == pytest.approx(7.005, abs=0.001)
    assert evidence["record"]["name"] == "Villanueva Solar"
    assert evidence["other"]["capacity_ac_kw"] == 18_000
    assert evidence["reasons"] == ["the names are the same", "both are solar"]
    assert evidence["doubts"] == [
        "7.0 km apart", "the capacities differ: flexmeasures 12,500 kW AC, ravenwits 18,000 kW AC",
    ]  # fmt: skip
    assert 0.9 < score < 1  # one name, but neither place nor capacity confirms it


def test_a_proposal_goes_when_its_doubt_goes(given: Given) -> None:
    doubtful = villanueva()
    given.sync(doubtful)
    moved = replace(doubtful[1], latitude=38.6)
    given.sync([doubtful[0], moved], day=1)
    assert given.proposals() == []
    given.sync(doubtful, day=2)
    given.sync(doubtful[:1], day=3)
    assert given.proposals() == []


def test_a_proposal_stays_while_its_source_is_silent(given: Given) -> None:
    given.sync(villanueva())
    given.sync([], day=1, complete=())
    given.sync(villanueva()[:1], day=2, complete=("ravenwits",))
    assert given.proposals() == ["flexmeasures:8"]


def test_two_records_of_one_source_that_claim_one_plant_are_both_asked_about(given: Given) -> None:
    twins = [record(f"voke:{each}", "FVE Velká Louka", 50.001, 14.0, capacity_dc_kw=1300.0) for each in "ab"]
    given.sync([velka_louka()[0], *twins])
    assert given.plants() == [["ravenwits:r1"], ["voke:a"], ["voke:b"]]
    assert given.proposals() == ["voke:a", "voke:b"]


def test_a_second_record_of_a_source_never_joins_a_plant_but_is_pointed_out(given: Given) -> None:
    given.sync(velka_louka())
    newcomer = record("ravenwits:r9", "Velka Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    given.sync([*velka_louka()[1:], replace(velka_louka()[0], name="Altogether other"), newcomer], day=1)
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["ravenwits:r9"]]
    changes = given.sync([*velka_louka()[1:], replace(velka_louka()[0], name="Altogether other"), newcomer], day=2)
    assert any("ravenwits:r9" in finding and "registry link" in finding for finding in changes.findings)


def test_a_record_recreated_under_another_id_takes_its_place(given: Given) -> None:
    given.sync(velka_louka())
    plant_id = given.plant("ravenwits:r1")["plant_id"]
    recreated = replace(velka_louka()[2], source_plant_id="99")
    given.sync([*velka_louka()[:2], recreated], day=1)
    assert given.plant("flexmeasures:99")["plant_id"] == plant_id
    assert given.plant("ravenwits:r1")["capacity_ac_kw"] == 1000
    changes = given.sync([*velka_louka(), recreated], day=2)
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1", "voke:v1"], ["flexmeasures:99"]]
    assert "flexmeasures:7 is back; flexmeasures:99, which had its place, has to leave" in changes.findings


def test_plants_known_as_two_are_not_merged_but_proposed(given: Given) -> None:
    one, other = record("ravenwits:1", "Lhota", 50.0, 14.0), record("voke:2", "Somewhere else", 50.0, 14.0)
    given.sync([one, other])
    alike = [replace(one, name="Velká Louka"), replace(other, name="FVE Velká Louka")]
    changes = given.sync(alike, day=1)
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]
    assert given.proposals() == ["voke:2"]
    assert changes.plants_merged == 0


# ---------------------------------------------------------------------------------------------------------------- ids
def _quoting(latitude: float = 49.0, **values: object) -> list[PlantCandidate]:
    return [
        record("ravenwits:r1", "Alpha", 49.0, 16.0, own_keys=("PLANT-ALPHA",)),
        record("voke:v1", "Totally different", latitude, 16.0, external_keys=(" plant-alpha ",), **values),
    ]


def test_a_shared_external_id_links_whatever_the_names_say(given: Given) -> None:
    given.sync(_quoting())
    assert given.plants() == [["ravenwits:r1", "voke:v1"]]
    assert given.aliases()["voke:v1"][0] == "external_id"


def test_two_records_that_quote_one_third_system_are_one_plant(given: Given) -> None:
    given.sync(
        [
            record("voke:1", "A", external_keys=("VELVARY-MAIN",)),
            record("flexmeasures:2", "B", external_keys=("velvary-main",)),
        ]
    )
    assert given.plants() == [["flexmeasures:2", "voke:1"]]


def test_a_name_that_both_call_themselves_by_is_no_shared_id(given: Given) -> None:
    given.sync([record("ravenwits:1", "Alpha", own_keys=("PLANT1",)), record("voke:2", "Omega", own_keys=("PLANT1",))])
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]


@pytest.mark.parametrize("key", ["n/a", "12", "", "test"])
def test_ids_that_say_nothing_link_nothing(given: Given, key: str) -> None:
    given.sync([record("ravenwits:1", "Alpha", own_keys=(key,)), record("voke:2", "Omega", external_keys=(key,))])
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]


@pytest.mark.parametrize(
    ("candidates", "doubt"),
    [(_quoting(latitude=49.5), "55.6 km apart"), (_quoting(technology="wind"), "technologies differ: wind, solar")],
    ids=["place", "technology"],
)
def test_a_contradicted_id_links_nothing_but_is_asked_about(
    given: Given, candidates: Sequence[PlantCandidate], doubt: str
) -> None:
    # Half a degree of latitude on a sphere of 6,371 km is 55.6 km.
    given.sync(candidates)
    assert given.plants() == [["ravenwits:r1"], ["voke:v1"]]
    ((evidence,),) = given.rows("select evidence from registry.match_proposal")
    assert evidence["shared_id"] == "plant-alpha"
    assert doubt in evidence["doubts"]


def test_an_id_that_two_records_of_a_source_carry_is_not_used(given: Given) -> None:
    changes = given.sync([*_quoting(), record("voke:v2", "Beta", external_keys=("PLANT-ALPHA",))])
    assert given.plants() == [["ravenwits:r1"], ["voke:v1"], ["voke:v2"]]
    assert given.proposals() == ["voke:v1", "voke:v2"]
    assert any("'plant-alpha' is not used" in finding for finding in changes.findings)


def test_an_id_beats_a_likeness(given: Given) -> None:
    alike = record("ravenwits:r9", "Totally different", 49.0, 16.0)
    given.sync([*_quoting(), alike])
    assert given.plants() == [["ravenwits:r1", "voke:v1"], ["ravenwits:r9"]]


def test_an_id_that_turns_up_later_does_not_merge_known_plants(given: Given) -> None:
    first, second = _quoting()
    given.sync([first, replace(second, external_keys=())])
    given.sync([first, second], day=1)
    assert given.plants() == [["ravenwits:r1"], ["voke:v1"]]
    assert given.proposals() == ["voke:v1"]


# ----------------------------------------------------------------------------------------------------- not every record
def test_a_gateway_is_a_plant_only_if_it_clearly_matches_one(given: Given) -> None:
    maybe = {"is_plant": None, "technology": None, "reason": "no capacity and no sub-device"}
    given.sync(
        [
            velka_louka()[0],
            record("voke:v1", "Velka Louka", 50.001, 14.0, **maybe),
            record("voke:v2", "Rack in the office", 50.2, 14.2, **maybe),
            record("voke:v3", "Kiosk", is_plant=False, reason="a sensor"),
        ]
    )
    assert given.plants() == [["ravenwits:r1", "voke:v1"]]
    assert given.not_plants() == {"voke:v2": "no capacity and no sub-device", "voke:v3": "a sensor"}


def test_two_gateways_alike_are_still_no_plant(given: Given) -> None:
    maybe = {"is_plant": None, "technology": None}
    given.sync([record(f"{source}:1", "Velká Louka", 50.0, 14.0, **maybe) for source in ("voke", "flexmeasures")])
    assert given.plants() == []
    assert set(given.not_plants()) == {"voke:1", "flexmeasures:1"}


def test_a_gateway_that_becomes_a_plant_leaves_the_list_and_one_that_leaves_its_source_too(given: Given) -> None:
    gateways = [record(f"voke:{each}", f"Gateway {each}", is_plant=None) for each in "ab"]
    given.sync(gateways)
    given.sync([replace(gateways[0], is_plant=True)], day=1)
    assert given.plants() == [["voke:a"]]
    assert given.not_plants() == {}


def test_a_doubtful_gateway_is_asked_about_and_no_plant_meanwhile(given: Given) -> None:
    gateway = record("voke:8", "Villanueva", 38.246, -2.998, is_plant=None, technology=None, reason="no capacity")
    given.sync([villanueva()[0], gateway])
    assert given.not_plants() == {"voke:8": "no capacity"}
    assert given.proposals() == ["voke:8"]
    given.sync([villanueva()[0]], day=1, complete=("ravenwits",))
    assert given.proposals() == ["voke:8"]
    given.sync([villanueva()[0]], day=2)
    assert (given.proposals(), given.not_plants()) == ([], {})


def test_a_record_whose_source_no_longer_calls_it_a_plant_counts_as_absent(given: Given) -> None:
    plant = velka_louka()[0]
    given.sync([plant])
    no_plant = replace(plant, is_plant=False, reason="now below another asset")
    changes = given.sync([no_plant], day=1)
    assert given.not_plants() == {"ravenwits:r1": "now below another asset"}
    assert given.aliases()["ravenwits:r1"] == ("new", False, 1)
    assert any("no longer a plant" in finding for finding in changes.findings)
    given.sync([], day=1, complete=())  # its source is silent
    assert given.not_plants() == {"ravenwits:r1": "now below another asset"}
    given.sync([no_plant], day=2)
    assert given.plants() == []
    given.sync([plant], day=3)
    assert given.plants() == [["ravenwits:r1"]]
    assert given.not_plants() == {}


def test_a_record_delivered_twice_is_refused(given: Given) -> None:
    with pytest.raises(ContractViolation, match="ravenwits:r1 was delivered twice"):
        given.sync([velka_louka()[0], replace(velka_louka()[0], name="Other")])


# ----------------------------------------------------------------------------------------------------------- decisions
def test_a_decision_links_what_nothing_else_would(given: Given) -> None:
    given.decide(decision("link", "voke:2", "ravenwits:1"))
    given.sync([record("ravenwits:1", "Alpha", 50.0, 14.0), record("voke:2", "Omega", 40.0, -3.0, technology="wind")])
    assert given.plants() == [["ravenwits:1", "voke:2"]]
    assert given.aliases()["voke:2"][0] == "decision"


def test_a_decision_beats_a_known_alias(given: Given) -> None:
    plants = [*velka_louka(), record("ravenwits:r5", "Elsewhere", 45.0, 9.0)]
    given.sync(plants)
    given.decide(decision("unlink", "voke:v1", "ravenwits:r1"), decision("link", "voke:v1", "ravenwits:r5"))
    given.sync(plants, day=1)
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1"], ["ravenwits:r5", "voke:v1"]]


def test_unlinked_records_stay_apart_for_good_and_take_turns_at_no_id(given: Given) -> None:
    given.sync(velka_louka())
    before = given.plant("ravenwits:r1")["plant_id"]
    given.decide(decision("unlink", "ravenwits:r1", "voke:v1"), decision("unlink", "ravenwits:r1", "flexmeasures:7"))
    for number in (1, 2):
        given.sync(velka_louka(), day=number)
        assert given.plants() == [["flexmeasures:7", "voke:v1"], ["ravenwits:r1"]]
    assert given.proposals() == []
    # The plant that loses its founder keeps the id; the founder gets the next one of its own.
    assert given.plant("voke:v1")["plant_id"] == before
    assert given.plant("ravenwits:r1")["plant_id"] != before


def test_a_record_unlinked_from_all_stands_alone(given: Given) -> None:
    given.decide(decision("unlink", "voke:v1"))
    given.sync(velka_louka())
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1"]]


def test_an_undone_unlink_brings_the_record_and_an_undone_link_the_old_plant_back(given: Given) -> None:
    given.sync(velka_louka())
    whole = given.plant("ravenwits:r1")["plant_id"]
    given.decide(decision("unlink", "voke:v1", "ravenwits:r1"), decision("unlink", "voke:v1", "flexmeasures:7"))
    given.sync(velka_louka(), day=1)
    apart = given.plant("voke:v1")["plant_id"]
    given.undo("unlink")
    given.sync(velka_louka(), day=2)
    assert given.plant("voke:v1")["plant_id"] == whole
    ((status, merged_into),) = given.rows(
        "select status, merged_into from registry.plant where plant_id = %(id)s", id=apart
    )
    assert (status, merged_into) == ("merged", whole)

    far = record("flexmeasures:50", "Elsewhere", 45.0, 9.0)
    given.sync([*velka_louka(), far], day=3)
    own = given.plant("flexmeasures:50")["plant_id"]
    given.decide(decision("link", "flexmeasures:50", "ravenwits:r1"), day=4)
    given.sync([*velka_louka(), far], day=4)
    assert given.plant("flexmeasures:50")["plant_id"] == whole
    given.undo("link", day=5)
    given.sync([*velka_louka(), far], day=5)
    again = given.plant("flexmeasures:50")
    assert (again["plant_id"], again["status"], again["merged_into"]) == (own, "active", None)
    assert given.plant("ravenwits:r1")["plant_id"] == whole


def test_linking_joins_whole_plants(given: Given) -> None:
    # voke:2 and flexmeasures:3 are one plant by name; linking voke:2 to ravenwits:1 moves both.
    plants = [
        record("ravenwits:1", "Alpha", 45.0, 9.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
        record("flexmeasures:3", "Velka Louka", 50.0, 14.0),
    ]
    given.sync(plants)
    given.decide(decision("link", "voke:2", "ravenwits:1"))
    given.sync(plants, day=1)
    given.sync(plants, day=2)
    assert given.plants() == [["flexmeasures:3", "ravenwits:1", "voke:2"]]

    given.undo("link", day=3)
    given.sync([*plants, record("flexmeasures:4", "Alpha", 45.0, 9.0)], day=3)
    assert given.plants() == [["flexmeasures:3", "voke:2"], ["flexmeasures:4", "ravenwits:1"]]
    given.decide(decision("link", "voke:2", "ravenwits:1", why="again"), day=4)
    given.sync([*plants, record("flexmeasures:4", "Alpha", 45.0, 9.0)], day=4)
    assert given.plants() == [["flexmeasures:3", "flexmeasures:4", "ravenwits:1", "voke:2"]]


def test_the_newest_decision_wins(given: Given) -> None:
    given.decide(decision("link", "voke:2", "ravenwits:1"), decision("unlink", "voke:2", "ravenwits:1"))
    plants = [record("ravenwits:1", "Alpha", 50.0, 14.0), record("voke:2", "Omega", 50.0, 14.0)]
    changes = given.sync(plants)
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]
    assert any("is overruled by a newer one" in finding for finding in changes.findings)


def test_a_record_that_is_no_plant_loses_it_and_gets_it_back(given: Given) -> None:
    given.sync(velka_louka()[:1])
    plant_id = given.plant("ravenwits:r1")["plant_id"]
    given.decide(decision("not_a_plant", "ravenwits:r1", why="a test site"))
    given.sync(velka_louka()[:1], day=1)
    assert given.plants() == []
    assert given.not_plants() == {"ravenwits:r1": "decided by jana: a test site"}
    assert given.rows("select status from registry.plant") == [("retired",)]
    given.undo("not_a_plant")
    given.sync(velka_louka()[:1], day=2)
    assert given.plant("ravenwits:r1")["plant_id"] == plant_id
    assert given.plants() == [["ravenwits:r1"]]


def test_a_decision_makes_a_plant_of_a_gateway(given: Given) -> None:
    given.decide(decision("link", "voke:2", "ravenwits:1"))
    given.sync([record("ravenwits:1", "Alpha"), record("voke:2", "Box", is_plant=False, reason="a box")])
    assert given.plants() == [["ravenwits:1", "voke:2"]]


def test_parts_add_up_and_duplicates_do_not(given: Given) -> None:
    parts = [
        record("ravenwits:1", "Alpha", 50.0, 14.0),
        record("voke:a", "Alpha gateway 1", capacity_dc_kw=600.0, storage_kwh=100.0),
        record("voke:b", "Alpha gateway 2", capacity_dc_kw=400.0),
        record("voke:c", "Alpha gateway 2 copy", capacity_dc_kw=400.0),
    ]
    links = [decision("link", f"voke:{each}", "ravenwits:1") for each in "ab"]
    given.decide(*links, decision("link", "voke:c", "voke:b", value="duplicate"))
    given.sync(parts)
    plant = given.plant("ravenwits:1")
    assert (plant["capacity_dc_kw"], plant["storage_kwh"]) == (1000, 100)
    selected = given.rows(
        "select source_plant_id, is_selected from registry.plant_field where field = 'capacity_dc_kw' order by 1"
    )
    assert selected == [("a", True), ("b", True), ("c", False)]
    assert given.rows("select source_plant_id from registry.plant_alias where is_duplicate") == [("c",)]


def test_a_decision_on_an_unknown_record_is_pointed_out(given: Given) -> None:
    given.decide(decision("set", "voke:typo", field="name", value="Alpha"))
    assert given.sync(velka_louka()).findings == ("a decision names voke:typo, which no source has delivered",)
