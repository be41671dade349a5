import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.review import ProposalView, accept, decide, open_proposals, reject, undo
from plant_pipeline_tests.registry.given import Given, at, decision, record, velka_louka, villanueva


def _views(given: Given) -> list[ProposalView]:
    with given.warehouse.transaction() as connection:
        return open_proposals(connection)


def _accept(given: Given, proposal_id: int, day: float = 1) -> None:
    with given.warehouse.transaction() as connection:
        accept(connection, proposal_id, "jana", at(day))


def _reject(given: Given, proposal_id: int, day: float = 1) -> None:
    with given.warehouse.transaction() as connection:
        reject(connection, proposal_id, "jana", at(day), "two owners")


def test_a_proposal_is_shown_side_by_side(given: Given) -> None:
    given.sync([*villanueva(), *velka_louka()])
    (view,) = _views(given)
    assert (view.record, view.other) == ("flexmeasures:8", "ravenwits:r2")
    assert view.plant_code == given.plant("ravenwits:r2")["plant_code"]
    assert view.own_plant_code == given.plant("flexmeasures:8")["plant_code"]
    assert ("AC capacity, kW", "12,500", "18,000") in view.rows
    assert ("latitude", "38.246", "38.183") in view.rows
    assert ("DC capacity, kW", "", "") in view.rows
    assert view.doubts[0] == "7.0 km apart"


def test_accepting_joins_the_plants_at_once_and_for_good(given: Given) -> None:
    plants = [*villanueva(), *velka_louka()]
    given.sync(plants)
    kept, newer = given.plant("ravenwits:r2")["plant_id"], given.plant("flexmeasures:8")["plant_id"]
    _accept(given, _views(given)[0].proposal_id)
    assert given.plant("flexmeasures:8")["plant_id"] == kept
    assert given.aliases()["flexmeasures:8"][0] == "decision"
    assert given.rows("select status, merged_into from registry.plant where plant_id = %(id)s", id=newer) == [
        ("merged", kept)
    ]
    assert given.rows("select status, decided_by, decided_at from registry.match_proposal") == [
        ("accepted", "jana", at(1))
    ]
    assert given.rows(
        "select action, source_plant_id, other_source_plant_id, who, decided_at from registry.decision"
    ) == [("link", "8", "r2", "jana", at(1))]
    before = given.state()
    given.sync(plants, day=2)
    assert given.state() == before


def test_accepting_changes_nothing_of_other_plants(given: Given) -> None:
    plants = [*villanueva(), *velka_louka(), record("voke:v9", "Rack", is_plant=None, reason="a rack")]
    given.sync(plants)
    before = {table: rows for table, rows in given.state().items() if table == "registry.not_a_plant"}
    louka = given.rows("select xmin from registry.plant_alias where source_plant_id = 'v1'")
    _accept(given, _views(given)[0].proposal_id)
    assert {table: rows for table, rows in given.state().items() if table in before} == before
    assert given.rows("select xmin from registry.plant_alias where source_plant_id = 'v1'") == louka


def test_a_rejected_proposal_is_never_made_again(given: Given) -> None:
    given.sync(villanueva())
    _reject(given, _views(given)[0].proposal_id)
    for number in (2, 3):
        changes = given.sync(villanueva(), day=number)
        assert (changes.proposals_open, changes.proposals_new) == (0, 0)
    assert given.plants() == [["flexmeasures:8"], ["ravenwits:r2"]]
    assert given.proposals("rejected") == ["flexmeasures:8"]
    assert given.rows("select action, why from registry.decision") == [("reject", "two owners")]


def test_a_rejected_pair_is_not_linked_by_a_likeness_or_an_id_that_comes_later(given: Given) -> None:
    given.sync(villanueva())
    _reject(given, _views(given)[0].proposal_id)
    alike = [
        record("ravenwits:r2", "Villanueva", 38.183, -2.998, capacity_ac_kw=18_000.0, own_keys=("VILLA",)),
        record("flexmeasures:8", "Villanueva", 38.183, -2.998, capacity_ac_kw=18_000.0, external_keys=("VILLA",)),
    ]
    given.sync(alike, day=2)
    assert given.plants() == [["flexmeasures:8"], ["ravenwits:r2"]]
    assert given.proposals() == []


def test_accepting_one_of_two_rivals_settles_the_other(given: Given) -> None:
    twins = [record(f"voke:{each}", "FVE Velká Louka", 50.001, 14.0, capacity_dc_kw=1300.0) for each in "ab"]
    given.sync([velka_louka()[0], *twins])
    _accept(given, _views(given)[0].proposal_id)
    assert given.plants() == [["ravenwits:r1", "voke:a"], ["voke:b"]]
    assert given.proposals() == []


def test_an_undone_acceptance_asks_again(given: Given) -> None:
    given.sync(villanueva())
    _accept(given, _views(given)[0].proposal_id)
    given.undo("link", day=2)
    given.sync(villanueva(), day=2)
    assert given.plants() == [["flexmeasures:8"], ["ravenwits:r2"]]
    assert given.proposals() == ["flexmeasures:8"]
    assert given.rows("select decided_by from registry.match_proposal") == [(None,)]


def test_a_decision_that_belongs_to_no_command_is_undone_alone(given: Given) -> None:
    """An export made before decisions were grouped has none of a group."""
    given.sync(villanueva())
    given.decide(
        decision("link", "flexmeasures:8", "ravenwits:r2"), decision("set", "ravenwits:r2", field="name", value="V")
    )
    given.rows("update registry.decision set group_id = null returning 1")
    ((link_id,),) = given.rows("select decision_id from registry.decision where action = 'link'")
    with given.warehouse.transaction() as connection:
        undo(connection, link_id, "jana", at(1))
    assert given.rows("select action from registry.decision where undone_at is null") == [("set",)]
    assert given.plants() == [["flexmeasures:8"], ["ravenwits:r2"]]


def test_a_gateway_that_is_accepted_joins_with_the_next_sync(given: Given) -> None:
    plants = [villanueva()[0], record("voke:8", "Villanueva", 38.246, -2.998, is_plant=None, technology=None)]
    given.sync(plants)
    _accept(given, _views(given)[0].proposal_id)
    given.sync(plants, day=2)
    assert given.plants() == [["ravenwits:r2", "voke:8"]]
    assert given.not_plants() == {}


def test_unknown_and_decided_proposals_are_refused_with_a_way_out(given: Given) -> None:
    given.sync(villanueva())
    with pytest.raises(UsageError, match=r"there is no proposal 99; .*registry review"):
        _accept(given, 99)
    proposal_id = _views(given)[0].proposal_id
    _reject(given, proposal_id)
    with pytest.raises(UsageError, match=r"was rejected by jana on 2026-03-11; use `registry link`"):
        _accept(given, proposal_id)


def test_any_decision_is_followed_at_once(given: Given) -> None:
    given.sync(velka_louka())
    with given.warehouse.transaction() as connection:
        decide(connection, decision("unlink", "voke:v1", "ravenwits:r1"), at(1))
        decide(connection, decision("unlink", "voke:v1", "flexmeasures:7"), at(1))
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1"]]
    with given.warehouse.transaction() as connection, pytest.raises(UsageError, match="only link has a value"):
        decide(connection, decision("unlink", "voke:v1", value="duplicate"), at(1))


def test_a_decision_works_on_what_was_last_delivered(given: Given) -> None:
    plants = [*velka_louka(), record("voke:v5", "Far away", 10.0, 10.0, technology="wind", capacity_ac_kw=5.0)]
    given.sync(plants)
    before = given.state()
    with given.warehouse.transaction() as connection:
        decide(connection, decision("set", "voke:v5", field="name", value="Nearby"), at(1))
    after = given.state()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {
        "registry.decision", "registry.plant", "registry.plant_basis", "registry.plant_field", "registry.plant_history",
    }  # fmt: skip
    assert given.plant("voke:v5")["name"] == "Nearby"
    given.sync(plants, day=2)
    assert given.state() == after
