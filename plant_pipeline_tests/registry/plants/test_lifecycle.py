"""Records and plants that go and come back."""

from dataclasses import replace

import pytest

from plant_pipeline_tests.registry.given import Given, at, day, decision, record, velka_louka


def test_a_plant_is_retired_when_all_sources_lack_it_in_two_complete_listings(given: Given) -> None:
    given.sync(velka_louka())
    given.sync([], day=1)
    assert given.aliases()["voke:v1"] == ("name_place", False, 1)
    assert given.plant("voke:v1")["status"] == "active"
    changes = given.sync([], day=2)
    plant = given.plant("voke:v1")
    assert (plant["status"], plant["retired_at"], plant["name"]) == ("retired", at(2), "VELKA_LOUKA_01")
    assert (changes.plants_retired, changes.plants_active) == (1, 0)
    before = given.state()
    given.sync([], day=3)
    assert given.state() == before


def test_gone_records_may_still_be_delivered_as_gone(given: Given) -> None:
    given.sync(velka_louka())
    gone = [replace(each, is_present=False) for each in velka_louka()]
    given.sync(gone, day=1, complete=())
    assert given.aliases()["voke:v1"] == ("name_place", True, 0)
    given.sync(gone, day=2)
    given.sync(gone, day=3)
    assert given.plant("voke:v1")["status"] == "retired"


@pytest.mark.parametrize("complete", [(), ("ravenwits",), ("voke", "flexmeasures")])
def test_a_listing_that_failed_retires_nothing(given: Given, complete: tuple[str, ...]) -> None:
    given.sync(velka_louka())
    for number in range(1, 5):
        given.sync([], day=number, complete=complete)
    assert given.plant("voke:v1")["status"] == "active"


def test_only_successive_absences_count(given: Given) -> None:
    plant = velka_louka()[:1]
    given.sync(plant)
    for number in range(1, 6):
        given.sync(plant if number % 2 == 0 else [], day=number)
    assert given.plant("ravenwits:r1")["status"] == "active"


def test_a_returning_plant_has_its_old_id_and_no_end(given: Given) -> None:
    given.sync(velka_louka())
    before = given.plant("ravenwits:r1")
    given.sync([], day=1)
    given.sync([], day=2)
    changes = given.sync(velka_louka()[1:2], day=3)
    after = given.plant("ravenwits:r1")
    assert (after["plant_id"], after["plant_code"]) == (before["plant_id"], before["plant_code"])
    assert (after["status"], after["retired_at"]) == ("active", None)
    assert changes.plants_returned == 1
    assert given.versions("ravenwits:r1", "status")[1:] == [
        # Retired on 12 and back on 13 March, at midnight in Prague (UTC+1).
        (at(1).replace(hour=23), "retired"),
        (at(2).replace(hour=23), "active"),
    ]


def test_values_of_a_source_that_lost_the_plant_give_way_to_those_that_have_it(given: Given) -> None:
    given.sync(velka_louka())
    given.sync(velka_louka()[1:], day=1)
    assert given.plant("voke:v1")["name"] == "VELKA_LOUKA_01"
    changes = given.sync(velka_louka()[1:], day=2)
    plant = given.plant("voke:v1")
    # Only Ravenwits stated a country, and nobody unlearns it; the name is Voke's now.
    assert (plant["name"], plant["country"], plant["capacity_ac_kw"]) == ("FVE Velká Louka", "CZE", 1000)
    assert changes.plants_changed == 1


def test_a_person_retires_a_plant_until_it_is_undone(given: Given) -> None:
    given.sync(velka_louka())
    given.decide(decision("retire", "voke:v1", valid_from=day(-30)))
    changes = given.sync(velka_louka(), day=1)
    plant = given.plant("voke:v1")
    # 8 February 2026 begins at 23:00 UTC of the day before in Prague.
    assert (plant["status"], plant["retired_at"]) == ("retired", at(-31).replace(hour=23))
    assert changes.plants_retired == 1
    assert [value for _, value in given.versions("voke:v1", "status")] == ["active", "retired"]
    assert given.versions("voke:v1", "status")[1][0] == at(-31).replace(hour=23)
    before = given.state()
    given.sync(velka_louka(), day=2)
    assert given.state() == before
    given.undo("retire", day=3)
    given.sync(velka_louka(), day=3)
    assert given.plant("voke:v1")["status"] == "active"


def test_a_retirement_in_future_waits(given: Given) -> None:
    given.decide(decision("retire", "ravenwits:r1", valid_from=day(2)))
    given.sync(velka_louka())
    assert given.plant("voke:v1")["status"] == "active"
    given.sync(velka_louka(), day=2)
    assert given.plant("voke:v1")["status"] == "retired"


def test_a_record_that_was_never_seen_present_is_no_plant(given: Given) -> None:
    given.sync([replace(velka_louka()[0], is_present=False)])
    assert given.plants() == []
    assert given.rows("select count(*) from registry.plant") == [(0,)]


def test_an_unchanged_rerun_changes_no_row(given: Given) -> None:
    plants = [*velka_louka(), record("voke:v9", "Rack", is_plant=False, reason="a rack")]
    given.decide(decision("set", "voke:v1", field="capacity_ac_kw", value="900", valid_from=day(-40)))
    given.sync(plants)
    before = given.state()
    later = [replace(each, observed_at=at(1)) for each in plants]
    given.sync(later, day=1)
    assert given.state() == before
    assert given.rows("select distinct last_seen_at from registry.plant_alias") == [(at(1),)]
    assert given.plant("voke:v1")["updated_at"] == at(0)


def test_a_linked_record_that_its_source_denies_is_not_gone_while_its_source_is_silent(given: Given) -> None:
    one, other = record("ravenwits:1", "Alpha", 45.0, 9.0), record("voke:2", "Omega", 45.0, 9.0)
    given.sync([one, other])
    given.decide(decision("link", "voke:2", "ravenwits:1"))
    denied = replace(other, is_plant=False)
    for number in (1, 2, 3):
        given.sync([one, denied], day=number)
    assert given.aliases()["voke:2"] == ("decision", True, 0)
    given.sync([one], day=4, complete=["ravenwits"])
    assert given.aliases()["voke:2"] == ("decision", True, 0)
    # A complete listing without it counts as ever.
    for number in (5, 6):
        given.sync([one], day=number)
    assert given.aliases()["voke:2"] == ("decision", False, 2)
