"""The file of decisions as it stands is in force, sync by sync."""

from dataclasses import replace

from plant_pipeline_tests.registry.given import Given, decision, record


def test_crosswalk_lines_become_decisions_once(given: Given) -> None:
    lines = [decision("link", "voke:2", "ravenwits:1", why="same meter", line=2)]
    plants = [record("ravenwits:1", "Alpha"), record("voke:2", "Omega")]
    for number in range(3):
        given.sync(plants, day=number, crosswalk=lines)
    assert given.rows("select action, who, why from registry.decision") == [("link", "jana", "same meter")]
    assert given.plants() == [["ravenwits:1", "voke:2"]]
    given.undo("link", day=3)
    changes = given.sync(plants, day=3, crosswalk=lines)
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]
    assert any("crosswalk line 2" in finding for finding in changes.findings)


def test_the_crosswalk_as_it_stands_is_in_force(given: Given) -> None:
    plants = [record("ravenwits:1", "Alpha"), record("voke:2", "Omega")]
    link = decision("link", "voke:2", "ravenwits:1", why="same meter", line=2)
    given.sync(plants, crosswalk=[link])
    assert given.plants() == [["ravenwits:1", "voke:2"]]
    changes = given.sync(plants, day=1, crosswalk=[])
    assert given.plants() == [["ravenwits:1"], ["voke:2"]]
    assert [finding for finding in changes.findings if "crosswalk" in finding] == [
        "crosswalk: link voke:2 ravenwits:1 (jana) is no longer in force, its line was taken out"
    ]
    assert not any("crosswalk" in finding for finding in given.sync(plants, day=2, crosswalk=[]).findings)
    given.sync(plants, day=3, crosswalk=[link])
    assert given.plants() == [["ravenwits:1", "voke:2"]]
    given.sync(plants, day=4)  # no file is not an empty one
    assert given.plants() == [["ravenwits:1", "voke:2"]]


def test_a_line_that_gives_another_reason_goes_on_from_when_it_was_there_first(given: Given) -> None:
    plants = [record("ravenwits:1", "Alpha", capacity_ac_kw=1000.0, timezone="UTC")]
    given.sync(plants)
    line = decision("set", "ravenwits:1", field="capacity_ac_kw", value="1500", why="permit", line=2)
    given.sync(plants, day=1, crosswalk=[line])
    since = given.versions("ravenwits:1", "capacity_ac_kw")
    assert [value for _, value in since] == [1000.0, 1500.0]
    for night, (who, why) in enumerate([("jana", "the permit of 2026"), ("petr", None)], start=4):
        changes = given.sync(plants, day=night, crosswalk=[replace(line, who=who, why=why)])
        assert [finding for finding in changes.findings if "crosswalk" in finding] == []
        assert given.rows("select decision_id, who, why, undone_at from registry.decision") == [(1, who, why, None)]
        assert given.versions("ravenwits:1", "capacity_ac_kw") == since
    given.undo("set", day=6)
    given.sync(plants, day=6, crosswalk=[replace(line, who="petr", why=None)])
    assert given.versions("ravenwits:1", "capacity_ac_kw") == since[:1]
    # What a person undid holds again with a reason, from then on.
    given.sync(plants, day=7, crosswalk=[replace(line, why="the permit of 2027")])
    assert given.versions("ravenwits:1", "capacity_ac_kw")[1][0] > since[1][0]


def test_a_line_that_changes_to_and_fro_is_in_force_as_it_stands(given: Given) -> None:
    plants = [record("ravenwits:1", "Alpha", capacity_ac_kw=1000.0)]
    for day, value in enumerate(["1500", "1600", "1500"]):
        line = decision("set", "ravenwits:1", field="capacity_ac_kw", value=value, line=2)
        given.sync(plants, day=day, crosswalk=[line])
        assert given.rows("select capacity_ac_kw from registry.plant") == [(float(value),)]
    given.sync(plants, day=3, crosswalk=[])
    assert given.rows("select capacity_ac_kw from registry.plant") == [(1000.0,)]


def test_what_a_person_decided_outlives_the_lines_of_the_file(given: Given) -> None:
    plants = [record("ravenwits:1", "Alpha"), record("voke:2", "Omega"), record("flexmeasures:3", "Psi"),
              record("ravenwits:4", "Chi")]  # fmt: skip
    given.sync(plants)
    given.decide(decision("link", "voke:2", "ravenwits:1"))
    given.sync(plants, day=1, crosswalk=[decision("link", "flexmeasures:3", "ravenwits:4", line=2)])
    assert given.plants() == [["flexmeasures:3", "ravenwits:4"], ["ravenwits:1", "voke:2"]]
    given.sync(plants, day=2, crosswalk=[])
    assert given.plants() == [["flexmeasures:3"], ["ravenwits:1", "voke:2"], ["ravenwits:4"]]


def test_of_lines_that_link_one_record_to_two_ends_of_a_country_the_second_is_not_followed(given: Given) -> None:
    # Two degrees of latitude are 222 km.
    fleet = [
        record("ravenwits:1", "Alpha", 50.0, 14.0, capacity_ac_kw=1000.0),
        record("ravenwits:2", "Omega", 52.0, 14.0, capacity_ac_kw=500.0),
        record("voke:1", "Gateway 7", 50.0, 14.0),
    ]
    lines = [decision("link", "voke:1", "ravenwits:1"), decision("link", "voke:1", "ravenwits:2")]
    changes = given.sync(fleet, crosswalk=lines)
    assert given.plants() == [["ravenwits:1", "voke:1"], ["ravenwits:2"]]
    assert given.plant("voke:1")["capacity_ac_kw"] == 1000
    assert any("ravenwits:1 and ravenwits:2 are 222 km apart" in finding for finding in changes.findings)
