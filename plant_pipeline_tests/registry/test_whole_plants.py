"""Plants are merged and split by people who change their minds: what was not named stays together, and as it counts."""

from collections.abc import Sequence

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.review import decide_together
from plant_pipeline.registry.whole_plants import merging, record_of_plant, splitting
from plant_pipeline_tests.registry.given import Given, at, decision, record

_FLEET = [
    record(f"ravenwits:{number}", name, 40.0 + number / 100, -3.0, capacity_ac_kw=100.0 * number)
    for number, name in enumerate(("Alba", "Bosque", "Cerro", "Duna"), 1)
]


def _code(given: Given, written: str) -> str:
    return str(given.plant(written)["plant_code"])


def _decide(given: Given, *decisions: Decision) -> None:
    with given.warehouse.transaction() as connection:
        decide_together(connection, decisions, at(1), _FLEET)


def _merge(given: Given, written: str, other: str) -> None:
    with given.warehouse.transaction() as connection:
        made = merging(connection, _code(given, written), _code(given, other), "jana", None)
    _decide(given, *made)


def _split(given: Given, written: str, records: Sequence[str]) -> None:
    keys = [("ravenwits", own.partition(":")[2]) for own in records]
    with given.warehouse.transaction() as connection:
        made = splitting(connection, _code(given, written), keys, "jana", None)
    _decide(given, *made)


def _plants(given: Given) -> list[str]:
    return [", ".join(own.partition(":")[2] for own in records) for records in given.plants()]


@pytest.fixture
def joined(given: Given) -> Given:
    """Records 1, 2 and 3 are one plant by decision, the last two only as parts of the first."""
    given.sync(_FLEET)
    _decide(given, decision("link", "ravenwits:2", "ravenwits:1"))
    _decide(given, decision("link", "ravenwits:3", "ravenwits:1"))
    assert _plants(given) == ["1, 2, 3", "4"]
    return given


def test_those_that_stay_remain_one_plant_although_the_one_that_joined_them_leaves(joined: Given) -> None:
    _split(joined, "ravenwits:1", ["ravenwits:1"])
    assert _plants(joined) == ["1", "2, 3", "4"]


def test_what_was_split_can_be_merged_again(joined: Given) -> None:
    for _ in range(2):
        _split(joined, "ravenwits:1", ["ravenwits:3"])
        assert _plants(joined) == ["1, 2", "3", "4"]
        _merge(joined, "ravenwits:3", "ravenwits:1")
        assert _plants(joined) == ["1, 2, 3", "4"]


def test_a_record_that_repeats_another_still_does_after_a_merger_and_a_split(joined: Given) -> None:
    given = joined
    _decide(given, decision("link", "ravenwits:4", "ravenwits:3", value="duplicate"))
    _split(given, "ravenwits:1", ["ravenwits:3", "ravenwits:4"])
    assert given.plant("ravenwits:3")["capacity_ac_kw"] == 300.0
    _merge(given, "ravenwits:1", "ravenwits:3")
    assert given.plant("ravenwits:1")["capacity_ac_kw"] == 600.0


def test_what_is_said_of_a_plant_is_noted_by_its_founder_and_stays_when_another_record_leaves(given: Given) -> None:
    fleet = [
        record(f"{source}:1", "Alba", 40.0, -3.0, capacity_ac_kw=100.0) for source in ("ravenwits", "flexmeasures")
    ]
    given.sync(fleet)
    with given.warehouse.transaction() as connection:
        assert record_of_plant(connection, _code(given, "flexmeasures:1")) == ("ravenwits", "1")


def test_the_code_of_a_merged_plant_is_answered_with_that_of_the_plant_it_is_in(given: Given) -> None:
    given.sync(_FLEET)
    gone, stays = _code(given, "ravenwits:2"), _code(given, "ravenwits:1")
    _merge(given, "ravenwits:1", "ravenwits:2")
    with pytest.raises(UsageError, match=f"{gone} was merged into {stays}"), given.warehouse.transaction() as opened:
        merging(opened, gone, stays, "jana", None)


def test_a_record_that_came_along_with_a_duplicate_counts_when_a_person_links_it_as_a_part(given: Given) -> None:
    fleet = [
        *_FLEET[:2],
        record("flexmeasures:1", "Alba", 40.01, -3.0, capacity_ac_kw=100.0),
        record("flexmeasures:2", "Bosque", 40.02, -3.0, capacity_ac_kw=200.0),
    ]

    def duplicates() -> list[str]:
        rows = given.rows(
            "select source || ':' || source_plant_id from registry.plant_alias where is_duplicate order by 1"
        )
        return [row[0] for row in rows]

    given.sync(fleet)
    given.decide(decision("link", "ravenwits:2", "ravenwits:1", value="duplicate"), day=1)
    given.sync(fleet, day=1)
    assert duplicates() == ["flexmeasures:2", "ravenwits:2"]
    given.decide(decision("link", "flexmeasures:2", "flexmeasures:1"), day=2)
    given.sync(fleet, day=2)
    assert duplicates() == ["ravenwits:2"]
    # Linked to what repeats another one, it repeats with it.
    given.undo("link", day=3)
    given.decide(decision("link", "flexmeasures:2", "ravenwits:2"), day=3)
    given.decide(decision("link", "ravenwits:2", "ravenwits:1", value="duplicate"), day=3)
    given.sync(fleet, day=3)
    assert duplicates() == ["flexmeasures:2", "ravenwits:2"]
