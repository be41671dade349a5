"""Which decisions are in force when several speak of one record: the newest wins."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plant_pipeline.registry.decisions.rulings import Step, denial, rule, steps_by_field
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline_tests.registry.given import NOW, decision

_R1, _V1, _V2, _F1 = ("ravenwits", "1"), ("voke", "1"), ("voke", "2"), ("flexmeasures", "1")
_LINK = decision("link", "voke:1", "ravenwits:1")
_UNLINK = decision("unlink", "voke:1", "ravenwits:1")
_ALONE = decision("unlink", "voke:1")
_NO_PLANT = decision("not_a_plant", "voke:1")


def _at(made: Decision, minute: int) -> Decision:
    """The decision as it was stored, a minute after another."""
    return replace(made, decision_id=minute, decided_at=datetime(2026, 3, 1, 12, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (_LINK, _UNLINK),
        (_UNLINK, _LINK),
        (_LINK, _ALONE),
        (_ALONE, _LINK),
        (_LINK, _NO_PLANT),
        (_NO_PLANT, _LINK),
        (_LINK, decision("reject", "ravenwits:1", "voke:1")),
        (_LINK, decision("unlink", "ravenwits:1")),
        (_LINK, decision("unlink", "voke:1", valid_from=date(2026, 1, 1))),
    ],
    ids=lambda made: f"{made.action} {made.other_source or ''}",
)
def test_of_two_that_contradict_each_other_the_older_one_is_overruled(older: Decision, newer: Decision) -> None:
    assert rule([_at(older, 1), _at(newer, 2)]).overruled == [_at(older, 1)]


@pytest.mark.parametrize(
    "decisions",
    [
        [_LINK, decision("link", "flexmeasures:1", "ravenwits:1")],
        [_LINK, decision("unlink", "voke:1", "flexmeasures:1")],
        [_LINK, decision("retire", "voke:1")],
        [_LINK, decision("retire", "ravenwits:1")],
        [_UNLINK, decision("reject", "ravenwits:1", "voke:1")],
        [_UNLINK, _ALONE],
        [_ALONE, _UNLINK],
        [decision("unlink", "voke:1", valid_from=date(2026, 1, 1)), _LINK],
        [_NO_PLANT, _UNLINK],
        [_NO_PLANT, replace(_NO_PLANT, why="a test site")],
        [decision("set", "voke:1", field="name", value="A"), decision("set", "voke:1", field="name", value="B")],
    ],
)
def test_decisions_that_do_not_contradict_each_other_are_all_in_force(decisions: list[Decision]) -> None:
    assert rule([_at(each, minute) for minute, each in enumerate(decisions)]).overruled == []


def test_records_joined_over_a_third_cannot_be_kept_apart_by_an_older_decision() -> None:
    others = [_LINK, decision("link", "flexmeasures:1", "ravenwits:1")]
    apart = decision("unlink", "voke:1", "flexmeasures:1")
    assert rule([apart, *others]).overruled == [apart]
    assert rule([*others, apart]).overruled == [_LINK]


def test_a_decision_to_keep_apart_names_both_records_and_one_alone_only_itself() -> None:
    rulings = rule([_UNLINK, decision("unlink", "flexmeasures:1")])
    assert (rulings.apart, rulings.alone) == ({frozenset((_V1, _R1)): _V1}, {_F1})
    assert rulings.are_apart([_V2, _V1], [_F1, _R1])
    assert rulings.are_apart([_R1], [_V1])
    assert not rulings.are_apart([_V1], [_F1, _V2])


def test_the_newest_of_two_that_keep_a_pair_apart_says_who_leaves() -> None:
    rulings = rule([_UNLINK, decision("unlink", "ravenwits:1", "voke:1")])
    assert rulings.apart == {frozenset((_R1, _V1)): _R1}


def test_only_the_record_that_a_link_calls_a_duplicate_is_one() -> None:
    duplicate = decision("link", "voke:2", "voke:1", value="duplicate")
    assert rule([duplicate]).duplicates == {_V2}
    assert rule([duplicate, decision("link", "voke:2", "voke:1")]).duplicates == set()
    assert rule([decision("link", "voke:2", "voke:1"), duplicate]).duplicates == {_V2}


def test_the_newest_word_on_a_record_that_is_no_plant_or_out_of_service_holds() -> None:
    rulings = rule([_NO_PLANT, replace(_NO_PLANT, who="petr", why="a test site")])
    assert denial(rulings.not_plants[_V1]) == "decided by petr: a test site"
    assert denial(rule([_NO_PLANT]).not_plants[_V1]) == "decided by jana"
    older, newer = (decision("retire", "voke:1", valid_from=date(2026, each, 1)) for each in (1, 2))
    assert rule([older, newer]).retired == {_V1: newer}


def test_what_was_overruled_does_not_come_back_by_what_is_said_of_something_else() -> None:
    alone, elsewhere = _at(_ALONE, 2), _at(decision("link", "voke:1", "flexmeasures:1"), 3)
    far = _at(decision("link", "ravenwits:7", "ravenwits:8"), 4)
    rulings = rule([_at(_LINK, 1), alone, elsewhere, far])
    assert rulings.overruled == [alone, _at(_LINK, 1)]
    assert list(rulings.joined) == [{_F1, _V1}, {("ravenwits", "7"), ("ravenwits", "8")}]
    assert rulings.named >= {_V1, _R1, _F1}
    # Undone is as if it had never been decided.
    assert list(rule([_at(_LINK, 1), elsewhere]).joined) == [{_V1, _R1, _F1}]
    assert rule([_at(_LINK, 1), alone]).overruled == [_at(_LINK, 1)]


def test_lines_of_one_file_that_say_it_is_another_plant_and_whose_hold_both() -> None:
    reborn = decision("unlink", "voke:1", valid_from=date(2026, 1, 1))
    same = [replace(_at(each, 1), decision_id=number) for number, each in enumerate((_LINK, reborn))]
    assert rule(same).overruled == []
    assert rule(same).joined.are_joined(_V1, _R1)


def test_what_is_stated_of_a_record_stays_in_the_order_it_was_said() -> None:
    said = [decision("set", "voke:1", field="name", value=value) for value in "ABC"]
    assert rule(said).stated == {_V1: said}


def test_of_two_values_stated_for_one_date_the_newest_counts_in_whatever_order_they_come() -> None:
    older, newer = (
        _at(decision("set", "voke:1", field="name", value=value, valid_from=date(2026, 1, 1)), minute)
        for minute, value in ((1, "A"), (2, "B"))
    )
    for order in ([older, newer], [newer, older]):
        assert steps_by_field(order, "UTC", NOW) == {"name": [Step(date(2026, 1, 1), "B", is_dated=True)]}


def test_a_decision_that_states_no_value_is_passed_over() -> None:
    stated = _at(decision("set", "voke:1", field="name", value="A", valid_from=date(2026, 1, 1)), 9)
    silent = [
        _at(decision("link", "voke:2", "voke:1", value="duplicate"), 1),
        _at(decision("set", "voke:1", field="name"), 2),
        replace(stated, value="B", decided_at=None, decision_id=3),
    ]
    assert steps_by_field([*silent, stated], "UTC", NOW) == {"name": [Step(date(2026, 1, 1), "A", is_dated=True)]}
