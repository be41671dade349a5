"""The rules of coming and going, one by one and without a warehouse."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from plant_pipeline.registry.plants.lifecycle import (
    Retirement,
    Standing,
    members_of,
    stated_retirement,
    with_status,
    without_records,
)
from plant_pipeline.registry.records import Alias, Plant, key_of, written
from plant_pipeline_tests.registry.given import NOW, at, decision, record

_PLANT = Plant(
    plant_id=UUID(int=1), plant_code="P-ABCDEFGH", name="Lhota", technology="solar", latitude=50.0, longitude=14.0,
    timezone="Europe/Prague", country="CZE", capacity_ac_kw=1000.0, capacity_dc_kw=None, storage_kwh=None,
    commissioned_at=None, status="active", merged_into=None, first_seen_at=NOW, updated_at=NOW, retired_at=None,
)  # fmt: skip


def _standing(written: str, **values: object) -> Standing:
    """A record of the plant, present and seen first at `NOW` unless said otherwise; written `SOURCE:ID`."""
    standing = Standing(record(written, "Lhota"), absences=0, first_seen_at=NOW, home=_PLANT.plant_id)
    return replace(standing, **values)  # type: ignore[arg-type] # values of the right type for each field


# -------------------------------------------------------------------------------------------------------------- members
def _counted(*standings: Standing) -> dict[str, tuple[bool, bool]]:
    """Whether each record is live, and whether its capacity counts."""
    return {written(key_of(member.candidate)): (member.is_live, member.is_counted) for member in members_of(standings)}


def test_one_record_of_each_source_counts_the_one_that_was_first() -> None:
    found = _counted(_standing("voke:1", first_seen_at=at(1)), _standing("voke:2"), _standing("ravenwits:9"))
    assert found == {"ravenwits:9": (True, True), "voke:2": (True, True), "voke:1": (True, False)}


def test_a_record_that_is_still_there_counts_before_one_that_was_first() -> None:
    found = _counted(_standing("voke:1", absences=2), _standing("voke:2", first_seen_at=at(1)))
    assert found == {"voke:2": (True, True), "voke:1": (False, False)}


@pytest.mark.parametrize(("absences", "is_live"), [(0, True), (1, True), (2, False)])
def test_a_record_lives_until_its_second_absence(absences: int, is_live: bool) -> None:
    assert _counted(_standing("voke:1", absences=absences)) == {"voke:1": (is_live, True)}


def test_records_that_a_person_linked_add_up_with_one_other() -> None:
    found = _counted(*(_standing(f"voke:{each}", is_linked=each in "12") for each in "1234"))
    assert [name for name, (_, is_counted) in found.items() if is_counted] == ["voke:1", "voke:2", "voke:3"]


def test_of_plants_that_were_joined_each_brings_one_record_of_a_source_that_counts() -> None:
    other = UUID(int=2)
    found = _counted(
        _standing("voke:1"), _standing("voke:2", first_seen_at=at(1)), _standing("voke:3", home=other),
        _standing("voke:4", home=other, first_seen_at=at(1)),
    )  # fmt: skip
    assert [name for name, (_, is_counted) in found.items() if is_counted] == ["voke:1", "voke:3"]


def test_a_duplicate_counts_only_where_there_is_nothing_else_of_its_source() -> None:
    duplicate = _standing("voke:1", is_duplicate=True, is_linked=True)
    assert _counted(duplicate, _standing("voke:2", first_seen_at=at(1))) == {
        "voke:1": (True, False), "voke:2": (True, True),
    }  # fmt: skip
    assert _counted(duplicate, _standing("voke:2", is_duplicate=True)) == {
        "voke:1": (True, True), "voke:2": (True, False),
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- status
def test_a_plant_is_retired_when_each_of_its_records_is_gone_since_the_last_one_is() -> None:
    gone = _standing("voke:1", absences=2, gone_since=at(5))
    once = _standing("ravenwits:1", absences=1)
    assert with_status(_PLANT, [gone, once], None) == _PLANT
    retired = with_status(_PLANT, [gone, replace(once, absences=2, gone_since=at(3))], None)
    assert (retired.status, retired.retired_at) == ("retired", at(5))
    merged = replace(_PLANT, status="merged", merged_into=UUID(int=2))
    assert with_status(merged, [gone], None).merged_into is None


def test_a_plant_with_a_record_is_in_service_whatever_it_was() -> None:
    retired = replace(_PLANT, status="retired", merged_into=UUID(int=2), retired_at=at(-9))
    assert with_status(retired, [_standing("voke:1")], None) == _PLANT


def test_what_a_person_says_of_the_end_of_a_plant_beats_its_records() -> None:
    merged = replace(_PLANT, status="merged", merged_into=UUID(int=2))
    retired = with_status(merged, [_standing("voke:1")], Retirement(at(-30), is_dated=True))
    assert (retired.status, retired.merged_into, retired.retired_at) == ("retired", None, at(-30))


def test_the_newest_word_on_the_end_of_a_plant_holds() -> None:
    older, newer = (
        replace(decision("retire", "voke:1", valid_from=day_date), decision_id=number)
        for number, day_date in ((1, date(2026, 1, 1)), (2, date(2026, 2, 1)))
    )
    # Midnight in Prague is at 23:00 UTC of the day before in winter.
    expected = Retirement(datetime(2026, 1, 31, 23, tzinfo=UTC), is_dated=True)
    assert stated_retirement([newer, older], "Europe/Prague", NOW) == expected
    assert stated_retirement([older, newer], "Europe/Prague", NOW) == expected
    assert stated_retirement([], "Europe/Prague", NOW) is None


def test_an_end_without_a_date_is_when_it_was_said_and_stays_then() -> None:
    said = [replace(decision("retire", "voke:1"), decided_at=at(-3))]
    assert stated_retirement(said, "Europe/Prague", NOW) == Retirement(at(-3), is_dated=False)


def test_an_end_in_the_future_is_not_yet_one() -> None:
    # 2026-03-10 03:00 UTC is the 10th in Prague.
    today, tomorrow = (decision("retire", "voke:1", valid_from=date(2026, 3, each)) for each in (10, 11))
    assert stated_retirement([tomorrow], "Europe/Prague", NOW) is None
    assert stated_retirement([today], "Europe/Prague", NOW) == Retirement(
        datetime(2026, 3, 9, 23, tzinfo=UTC), is_dated=True
    )


def _alias(written: str, plant_id: UUID) -> Alias:
    source, _, source_plant_id = written.partition(":")
    return Alias(
        source=source, source_plant_id=source_plant_id, plant_id=plant_id, source_name="Lhota", method="new",
        score=None, is_present=True, is_duplicate=False, absences=0, first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip


def test_a_plant_without_records_is_merged_into_where_its_first_record_went_or_retired() -> None:
    moved = [_alias("voke:1", UUID(int=3)), _alias("ravenwits:1", UUID(int=2))]
    merged = without_records(replace(_PLANT, retired_at=at(-3)), moved, NOW)
    assert (merged.status, merged.merged_into, merged.retired_at) == ("merged", UUID(int=2), None)
    retired = without_records(replace(merged, status="merged"), [], NOW)
    assert (retired.status, retired.merged_into, retired.retired_at) == ("retired", None, NOW)
    assert without_records(retired, [], at(5)).retired_at == NOW
