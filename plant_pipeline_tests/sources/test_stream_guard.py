"""A listing that suddenly lacks many plants takes none as gone."""

from typing import Any

import pytest

from plant_pipeline.sources.source import Listing
from plant_pipeline_tests.sources.nights import AT, Night, plant


# -- the guard --
def _plants(count: int) -> list[dict[str, Any]]:
    return [plant(i + 1) for i in range(count)]


@pytest.mark.parametrize(
    ("before", "lacking", "state"),
    [
        (10, 4, "complete"),  # 40 %, but only four
        (5, 5, "incomplete"),
        (25, 5, "complete"),  # exactly 20 %
        (24, 5, "incomplete"),
        (100, 20, "complete"),
        (100, 21, "incomplete"),
    ],
)
def test_a_listing_that_suddenly_lacks_many_plants_takes_none_as_gone(
    night: Night, before: int, lacking: int, state: str
) -> None:
    night.pull(_plants(before))
    outcome = night.pull([*_plants(before)[lacking:], plant(1000)])
    assert outcome.state == state
    if state == "complete":
        assert (outcome.seen_gone, len(night.present())) == (lacking, before - lacking + 1)
    else:
        assert f"{lacking} of {before} plants are suddenly missing" in (outcome.message or "")
        assert "registry retire" in (outcome.message or "")
        assert (outcome.seen_gone, len(night.present())) == (0, before + 1)


def test_a_listing_that_goes_on_lacking_them_stays_incomplete(night: Night) -> None:
    night.pull(_plants(10))
    assert [night.pull(_plants(5)).state for _ in range(3)] == ["incomplete"] * 3
    assert len(night.present()) == 10


def test_quarantined_and_unfetched_plants_are_not_lacking(night: Night) -> None:
    night.pull(_plants(10))
    bad = [plant(i, "n" * 50) for i in range(1, 4)]
    outcome = night.pull(Listing([*bad, *_plants(10)[6:]], unfetched_keys=frozenset({"4", "5", "6"})))
    assert (outcome.state, outcome.quarantined) == ("complete", 3)


def test_equipment_templates_and_what_is_no_plant_do_not_count(night: Night) -> None:
    night.pull(_plants(10))
    with night.warehouse.transaction() as connection:
        connection.exec_driver_sql("update flexmeasures.asset set parent_asset_id = 10 where id in (1, 2)")
        connection.exec_driver_sql("update flexmeasures.asset set account_id = null where id = 3")
        connection.exec_driver_sql(
            "insert into registry.not_a_plant values ('flexmeasures', '4', 'Depot', 'no power is measured')"
        )
    # Of 1 to 8 only 5, 6, 7 and 8 are plants: four are too few for alarm.
    assert night.pull(_plants(10)[8:]).state == "complete"


def _retire(night: Night, number: int, undone: bool = False) -> None:
    with night.warehouse.transaction() as connection:
        row = {"id": f"00000000-0000-0000-0000-{number:012d}", "key": str(number), "code": f"P-{number}", "at": AT}
        connection.exec_driver_sql(
            "insert into registry.plant (plant_id, plant_code, name, status, first_seen_at, updated_at) "
            "values (%(id)s, %(code)s, 'a', 'active', %(at)s, %(at)s)",
            row,
        )
        # Known to two systems; the person named the record of the other one.
        for source, key in (("flexmeasures", str(number)), ("voke", f"v{number}")):
            connection.exec_driver_sql(
                "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
                "first_seen_at, last_seen_at) values (%(source)s, %(key)s, %(id)s, 'a', 'new', true, %(at)s, %(at)s)",
                {**row, "source": source, "key": key},
            )
        connection.exec_driver_sql(
            "insert into registry.decision (action, source, source_plant_id, who, decided_at, undone_at) "
            "values ('retire', 'voke', %(key)s, 'me', %(at)s, %(undone_at)s)",
            {"key": f"v{number}", "at": AT, "undone_at": AT if undone else None},
        )


@pytest.mark.parametrize(("undone", "state"), [(False, "complete"), (True, "incomplete")])
def test_plants_that_people_retired_do_not_count(night: Night, undone: bool, state: str) -> None:
    night.pull(_plants(10))
    _retire(night, 1, undone)
    outcome = night.pull(_plants(10)[5:])  # 1 to 5 are missing; without number 1 it is four of nine
    assert outcome.state == state
    assert (1 in night.present()) is (state == "incomplete")
