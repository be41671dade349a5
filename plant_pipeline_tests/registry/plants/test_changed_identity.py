"""A source that uses an id again: the question for a person, what waits until it is answered, and the answers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.plants.changed_identity import changes_of_identity
from plant_pipeline.registry.plants.history import BEGINNING_UTC
from plant_pipeline.registry.review import accept, decide, open_proposals, reject, undo
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import (
    Given,
    applied,
    at,
    day,
    decision,
    planned,
    record,
    velka_louka,
    villanueva,
)
from plant_pipeline_tests.registry.plans import asked, record_groups, synced

RAVENWITS, VOKE, FLEXMEASURES = velka_louka()
WIND = replace(VOKE, name="Windpark Nordsee", latitude=55.01, technology="wind", capacity_dc_kw=None)
"""Voke's record turned into a wind farm, 5 degrees of latitude or 556 km to the north."""


def _fleet(voke: PlantCandidate = VOKE) -> list[PlantCandidate]:
    return [RAVENWITS, voke, FLEXMEASURES]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"technology": "wind"}, ["it is wind and was solar"]),
        ({"technology": "hybrid"}, []),
        ({"latitude": 50.46}, ["it is 50 km from where it was"]),  # 0.45 degrees of 111.19 km: 50.04 km
        ({"latitude": 50.459}, []),  # 49.9 km
        ({"latitude": None}, []),
        ({"name": "Bor", "capacity_dc_kw": 1480.0 * 5.1},
         ["it has 7,548 kW DC and had 1,480, and is called 'Bor' and was 'FVE Velká Louka'"]),
        ({"name": "Bor", "capacity_dc_kw": 1480.0 / 5.1},
         ["it has 290 kW DC and had 1,480, and is called 'Bor' and was 'FVE Velká Louka'"]),
        ({"name": "Bor", "capacity_dc_kw": 1480.0 * 4.9}, []),
        ({"name": "Velka Louka solar", "capacity_dc_kw": 14_800.0}, []),
        ({"name": "Bor", "capacity_dc_kw": None, "capacity_ac_kw": 9_000.0}, []),
        ({"name": "n/a", "capacity_dc_kw": 14_800.0}, []),
    ],
)  # fmt: skip
def test_what_tells_another_identity(changed: dict[str, object], words: list[str]) -> None:
    assert list(changes_of_identity(VOKE, replace(VOKE, **changed))) == words  # type: ignore[arg-type]


def test_a_changed_identity_is_asked_about_every_night_until_it_is_as_it_was() -> None:
    registry = synced(_fleet(), _fleet(WIND))
    for night in (2, 3):
        plan = planned(_fleet(WIND), rule([]), registry, day=night)
        assert asked(plan) == [("voke:v1", "flexmeasures:7")]
        assert [each.kind for each in plan.resolution.proposals] == ["split"]
        assert plan.records["voke", "v1"].doubted_since == at(1)
        registry = applied(registry, plan)
    plan = planned(_fleet(), rule([]), registry, day=4)
    assert (asked(plan), plan.records["voke", "v1"].doubted_since) == ([], None)
    assert planned(_fleet(WIND), rule([]), applied(registry, plan), day=5).records["voke", "v1"].doubted_since == at(5)


def test_the_question_is_put_in_words_with_what_the_other_records_say() -> None:
    plan = planned(_fleet(WIND), rule([]), synced(_fleet()), day=1)
    (proposal,) = plan.resolution.proposals
    assert proposal.score == 1.0  # what it was and both other records speak against it
    assert proposal.evidence["reasons"] == [
        "it is wind and was solar",
        "it is 556 km from where it was",
        "flexmeasures:7, of the same plant: technologies differ: solar, wind",
        "ravenwits:r1, of the same plant: technologies differ: solar, wind",
    ]
    assert proposal.evidence["since"] == "2026-03-11"
    (finding,) = (each for each in plan.findings if "may be another plant" in each)
    assert "voke:v1 may be another plant since 2026-03-11: it is wind and was solar; it is 556 km from" in finding


def test_other_records_that_say_nothing_against_it_make_the_question_less_likely() -> None:
    placeless = [replace(each, latitude=None, longitude=None, technology=None) for each in (RAVENWITS, FLEXMEASURES)]
    fleet = [*placeless, replace(VOKE, technology=None)]
    links = [decision("link", "voke:v1", "ravenwits:r1"), decision("link", "flexmeasures:7", "ravenwits:r1")]
    links = [replace(each, decided_at=at(0)) for each in links]
    registry = synced(fleet, decisions=links)
    plan = planned([*placeless, replace(fleet[2], latitude=55.01)], rule(links), registry, day=1)
    (proposal,) = plan.resolution.proposals
    assert proposal.score == 0.3333
    assert proposal.evidence["doubts"] == [
        "nothing speaks against flexmeasures:7, of the same plant",
        "nothing speaks against ravenwits:r1, of the same plant",
        "the name is as it was",
    ]


def test_a_correction_towards_the_other_records_is_none() -> None:
    # Voke's place was wrong by 556 km, and it was linked by a person.
    link = replace(decision("link", "voke:v1", "ravenwits:r1"), decided_at=at(0))
    registry = synced(_fleet(replace(VOKE, latitude=55.01)), decisions=[link])
    assert asked(planned(_fleet(VOKE), rule([link]), registry, day=1)) == []
    # All move together, or one after the other.
    moved = [replace(each, latitude=(each.latitude or 0) + 5) for each in _fleet()]
    assert asked(planned(moved, rule([]), synced(_fleet()), day=1)) == []
    plan = planned([moved[0], VOKE, FLEXMEASURES], rule([]), synced(_fleet()), day=1)
    assert asked(plan) == [("ravenwits:r1", "flexmeasures:7")]
    plan = planned([*moved[:2], FLEXMEASURES], rule([]), applied(synced(_fleet()), plan), day=2)
    assert asked(plan) == []


def test_what_a_record_in_doubt_says_waits_and_its_plant_stays_what_it_was(given: Given) -> None:
    lone = replace(villanueva()[0], timezone="UTC")
    other = replace(lone, name="Bor", latitude=52.0, capacity_ac_kw=250.0, technology="wind")
    given.sync([lone])
    given.sync([other], day=1)
    plant = given.plant("ravenwits:r2")
    values = plant["name"], plant["latitude"], plant["capacity_ac_kw"], plant["technology"]
    assert values == ("VILLANUEVA_SOLAR", 38.183, 18_000.0, "solar")
    assert [row[1] for row in given.versions("ravenwits:r2", "capacity_ac_kw")] == [18_000.0]
    before = given.state()
    given.sync([other], day=2)
    assert given.state() == before
    # It goes while it is in doubt: gone from the second listing without it on.
    for night in (3, 4):
        given.sync([], day=night)
    assert [row[1] for row in given.versions("ravenwits:r2", "status")] == ["active", "retired"]
    assert [row[1] for row in given.versions("ravenwits:r2", "capacity_ac_kw")] == [18_000.0] * 2


def _asked(given: Given) -> int:
    with given.warehouse.transaction() as connection:
        (view,) = (each for each in open_proposals(connection) if each.kind == "split")
    assert (view.kind, view.record, view.other) == ("split", "voke:v1", "until 2026-03-11")
    assert ("technology", "wind", "solar") in view.rows
    return view.proposal_id


def test_rejecting_a_split_keeps_the_record_which_is_not_asked_about_again(given: Given) -> None:
    given.sync(_fleet())
    given.sync(_fleet(WIND), day=1)
    with given.warehouse.transaction() as connection:
        reject(connection, _asked(given), "jana", at(1.5))
    assert given.proposals("rejected") == ["voke:v1"]
    assert given.rows("select action, source_plant_id, other_source from registry.decision") == [("reject", "v1", None)]
    given.sync(_fleet(WIND), day=2)
    assert given.proposals() == []
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1", "voke:v1"]]
    # Voke alone knew the DC capacity, and now does not: from the day on which that was noticed.
    assert [row[1] for row in given.versions("voke:v1", "capacity_dc_kw")] == [1480.0, None]
    with given.warehouse.transaction() as connection:
        undo(connection, 1, "jana", at(2.5))
    assert (given.proposals(), given.plant("voke:v1")["capacity_dc_kw"]) == (["voke:v1"], 1480.0)


def test_accepting_a_split_makes_the_record_a_plant_of_its_own(given: Given) -> None:
    given.sync(_fleet())
    kept = given.plant("voke:v1")["plant_id"]
    given.sync(_fleet(WIND), day=1)
    with given.warehouse.transaction() as connection:
        accept(connection, _asked(given), "jana", at(1.5))
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1"], ["voke:v1"]]
    assert given.plant("ravenwits:r1")["plant_id"] == kept
    assert given.plant("voke:v1")["technology"] == "wind"
    assert given.proposals("accepted") == ["voke:v1"]
    before = given.state()
    given.sync(_fleet(WIND), day=2)
    assert given.state() == before
    with given.warehouse.transaction() as connection:
        undo(connection, 1, "jana", at(2.5))
    assert given.plants() == [["flexmeasures:7", "ravenwits:r1", "voke:v1"]]
    assert given.proposals() == ["voke:v1"]


def _ended(given: Given) -> list[tuple[object, ...]]:
    """Begin, status, technology and capacity in the versions of the plant that lost its only record."""
    return given.rows(
        "select valid_from, h.status, h.technology, h.capacity_dc_kw from registry.plant_history as h "
        "inner join registry.plant as p using (plant_id) "
        "where p.plant_id not in (select plant_id from registry.plant_alias) order by 1"
    )


def test_the_only_record_of_a_plant_becomes_another_one_and_the_plant_that_it_was_has_ended(given: Given) -> None:
    solar, wind = (replace(each, timezone="Europe/Prague") for each in (VOKE, WIND))
    given.sync([solar])
    was = given.plant("voke:v1")
    given.sync([wind], day=1)
    before = given.versions("voke:v1", "status")
    midnight = datetime(2026, 3, 10, 23, tzinfo=UTC)  # of the day in Prague on which it was noticed
    with given.warehouse.transaction() as connection:
        accept(connection, _asked(given), "jana", at(1.5))
    now = given.plant("voke:v1")
    assert now["plant_id"] != was["plant_id"]
    assert (now["status"], now["technology"], now["first_seen_at"]) == ("active", "wind", midnight)
    assert given.versions("voke:v1", "status") == [(BEGINNING_UTC, "retired"), (midnight, "active")]
    assert _ended(given) == [
        (BEGINNING_UTC, "active", "solar", 1480.0),
        (midnight, "retired", "solar", 1480.0),
    ]
    assert given.rows(
        "select plant_id, from_utc, to_utc from registry.touched where why like '%%left%%' order by plant_id = %(was)s",
        was=was["plant_id"],
    ) == [(now["plant_id"], midnight, None), (was["plant_id"], midnight, None)]
    for night in (2, 3):
        settled = given.state()
        given.sync([wind], day=night)
        assert given.state() == settled
    with given.warehouse.transaction() as connection:
        undo(connection, 1, "jana", at(3.5))
    assert given.plant("voke:v1")["plant_id"] == was["plant_id"]
    assert given.proposals() == ["voke:v1"]
    assert given.versions("voke:v1", "status") == before


def test_what_was_said_of_the_plant_that_ended_is_not_said_of_the_other_one(given: Given) -> None:
    given.sync([VOKE])
    given.decide(decision("set", "voke:v1", field="capacity_dc_kw", value="1500", valid_from=day(-9)))
    given.sync([WIND], day=1)
    with given.warehouse.transaction() as connection:
        accept(connection, _asked(given), "jana", at(1.5))
        decide(connection, decision("set", "voke:v1", field="name", value="Nordsee II"), at(1.6), [WIND])
    now = given.plant("voke:v1")
    assert (now["name"], now["capacity_dc_kw"]) == ("Nordsee II", None)
    assert [row[1:] for row in _ended(given)] == [
        ("active", "solar", 1480.0), ("active", "solar", 1500.0), ("retired", "solar", 1500.0),
    ]  # fmt: skip


def test_a_plant_that_another_one_came_of_is_linked_like_any_other(given: Given) -> None:
    far = record("ravenwits:9", "Nordsee", 55.01, 14.0, technology="wind", capacity_ac_kw=50_000.0)
    given.sync([VOKE, far])
    given.sync([WIND, far], day=1)
    with given.warehouse.transaction() as connection:
        accept(connection, _asked(given), "jana", at(1.5))
        decide(connection, decision("link", "voke:v1", "ravenwits:9"), at(1.6), [WIND, far])
    assert given.plants() == [["ravenwits:9", "voke:v1"]]
    assert [row[1:] for row in _ended(given) if row[2] == "solar"] == [
        ("active", "solar", 1480.0), ("retired", "solar", 1480.0),
    ]  # fmt: skip


def test_a_plant_that_another_one_came_of_is_the_younger_one_from_the_first_night_on() -> None:
    fleet = villanueva()
    reborn = rule([replace(decision("unlink", "ravenwits:r2", valid_from=day(1)), decided_at=at(1.5))])
    registry = synced(fleet)
    first = planned(fleet, reborn, registry, day=2)
    again = planned(fleet, reborn, applied(registry, first), day=3)
    assert asked(first) == asked(again) == [("ravenwits:r2", "flexmeasures:8")]


def test_a_date_that_has_not_come_makes_no_other_plant_yet(given: Given) -> None:
    given.sync([VOKE])
    was = given.plant("voke:v1")["plant_id"]
    given.decide(decision("unlink", "voke:v1", valid_from=day(3)))
    for night, is_other in ((1, False), (2, False), (3, True), (4, True)):
        given.sync([VOKE], day=night)
        assert (given.plant("voke:v1")["plant_id"] != was) == is_other


def test_an_answer_given_before_the_change_does_not_answer_it() -> None:
    link = replace(decision("link", "voke:v1", "ravenwits:r1"), decided_at=at(0.5))
    plan = planned(_fleet(WIND), rule([link]), synced(_fleet(), decisions=[link]), day=1)
    assert asked(plan) == [("voke:v1", "flexmeasures:7")]
    stays = replace(decision("reject", "voke:v1"), decided_at=at(1))
    plan = planned(_fleet(WIND), rule([link, stays]), synced(_fleet(), decisions=[link]), day=1)
    assert (asked(plan), record_groups(plan)) == ([], [["flexmeasures:7", "ravenwits:r1", "voke:v1"]])


# --------------------------------------------------------------------------------------------------- and a third plant
HYDRO = replace(WIND, name="Gebirge", latitude=46.0, technology="other")
"""Voke's record turned once more: 9 degrees of latitude to the south."""


def _lives(given: Given) -> list[tuple[object, ...]]:
    """Begin, status, technology and name in the versions of all plants, each plant's behind the other, oldest first."""
    return given.rows(
        "select h.valid_from, h.status, h.technology, h.name from registry.plant_history as h "
        "inner join registry.plant as p using (plant_id) order by p.first_seen_at, p.plant_id, h.valid_from"
    )


def _split(given: Given, day: float) -> None:
    with given.warehouse.transaction() as connection:
        (view,) = (each for each in open_proposals(connection) if each.kind == "split")
        accept(connection, view.proposal_id, "jana", at(day))


def test_an_id_that_is_used_a_third_time_is_asked_about_again_and_makes_a_third_plant(given: Given) -> None:
    solar, wind, hydro = (replace(each, timezone="UTC") for each in (VOKE, WIND, HYDRO))
    given.sync([solar])
    given.sync([wind], day=1)
    _split(given, 1.5)
    given.sync([wind], day=2)
    second = given.plant("voke:v1")["plant_id"]
    assert given.proposals() == []
    given.sync([hydro], day=3)
    assert (given.proposals(), given.plant("voke:v1")["technology"]) == (["voke:v1"], "wind")
    before = given.state()
    given.sync([hydro], day=4)
    assert given.state() == before
    _split(given, 4.5)
    third = given.plant("voke:v1")
    assert (third["plant_id"] != second, third["technology"], third["status"]) == (True, "other", "active")
    midnights = [datetime(2026, 3, night, tzinfo=UTC) for night in (11, 13)]
    expected = [
        (BEGINNING_UTC, "active", "solar", "FVE Velká Louka"),
        (midnights[0], "retired", "solar", "FVE Velká Louka"),
        (BEGINNING_UTC, "retired", "wind", "Windpark Nordsee"),
        (midnights[0], "active", "wind", "Windpark Nordsee"),
        (midnights[1], "retired", "wind", "Windpark Nordsee"),
        (BEGINNING_UTC, "retired", "other", "Gebirge"),
        (midnights[1], "active", "other", "Gebirge"),
    ]
    assert _lives(given) == expected
    for night in (5, 6):
        settled = given.state()
        given.sync([hydro], day=night)
        assert given.state() == settled
    with given.warehouse.transaction() as connection:
        undo(connection, 2, "jana", at(6.5))
    assert (given.proposals(), given.plant("voke:v1")["plant_id"]) == (["voke:v1"], second)
    _split(given, 7)
    assert _lives(given) == expected


def test_an_id_that_returns_to_its_first_plant_is_asked_about(given: Given) -> None:
    given.sync([VOKE])
    given.sync([WIND], day=1)
    _split(given, 1.5)
    given.sync([VOKE], day=2)
    assert given.proposals() == ["voke:v1"]
    _split(given, 2.5)
    assert [row[1:3] for row in _lives(given)] == [
        ("active", "solar"), ("retired", "solar"),
        ("retired", "wind"), ("active", "wind"), ("retired", "wind"),
        ("retired", "solar"), ("active", "solar"),
    ]  # fmt: skip


def test_an_id_used_again_after_a_person_said_that_it_is_the_same_plant_is_asked_about(given: Given) -> None:
    given.sync(_fleet())
    given.sync(_fleet(WIND), day=1)
    with given.warehouse.transaction() as connection:
        reject(connection, _asked(given), "jana", at(1.5))
    given.sync(_fleet(HYDRO), day=2)
    assert given.proposals() == ["voke:v1"]
    (finding,) = (each for each in given.sync(_fleet(HYDRO), day=3).findings if "may be another plant" in each)
    assert "may be another plant since 2026-03-12: it is other and was wind; it is 1002 km from where it was" in finding
    given.sync(_fleet(WIND), day=4)
    assert given.proposals() == []


def test_another_date_for_one_change_is_no_second_change(given: Given) -> None:
    given.sync([replace(VOKE, timezone="UTC")])
    given.sync([replace(WIND, timezone="UTC")], day=1)
    for told, since in ((1.5, 1), (1.6, 0), (1.7, 1)):
        with given.warehouse.transaction() as connection:
            made = decision("unlink", "voke:v1", valid_from=day(since))
            decide(connection, made, at(told), [replace(WIND, timezone="UTC")])
        assert given.rows("select count(*) from registry.plant") == [(2,)]
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    assert [row[:3] for row in _lives(given)] == [
        (BEGINNING_UTC, "active", "solar"), (midnight, "retired", "solar"),
        (BEGINNING_UTC, "retired", "wind"), (midnight, "active", "wind"),
    ]  # fmt: skip


def test_what_was_said_of_each_plant_of_one_id_stays_with_it(given: Given) -> None:
    fleet = [replace(each, timezone="UTC") for each in (VOKE, WIND, HYDRO)]
    for number, each in enumerate(fleet):
        given.sync([each], day=2 * number)
        if number:
            _split(given, 2 * number + 0.2)
        with given.warehouse.transaction() as connection:
            made = decision("set", "voke:v1", field="name", value=f"Plant {number}", valid_from=day(-9))
            decide(connection, made, at(2 * number + 0.5), [each])
    named = given.rows("select name, technology, status from registry.plant order by name")
    assert named == [("Plant 0", "solar", "retired"), ("Plant 1", "wind", "retired"), ("Plant 2", "other", "active")]
