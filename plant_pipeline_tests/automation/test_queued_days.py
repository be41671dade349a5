"""Days that the registry touched are computed again, however old: energy is conserved over people's decisions."""

import json
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from plant_pipeline.energy.assets import compute_energy
from plant_pipeline.energy.queued_days import QueuedDate, bounded, take_touched
from plant_pipeline.kpi.assets import compute_kpi_days
from plant_pipeline.kpi.daily import KpiDayResult, compute_kpis
from plant_pipeline.landing.stream import write_issues
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.html import render_report
from plant_pipeline.report.summary import run_summary
from plant_pipeline.report.summary_text import render_summary
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import DAYS, LATEST, LONG_AGO, POWER_KW, RECENT, Fleet
from plant_pipeline_tests.cli.conftest import Run, run

__all__ = ["run"]  # a fixture


@pytest.fixture
def fleet(warehouse: Warehouse, tmp_path: Path) -> Fleet:
    """All three plants were computed for all days: 19.2, 12 and 7.2 MWh each."""
    fleet = Fleet(warehouse, tmp_path)
    fleet.night(*DAYS)
    assert fleet.produced(LONG_AGO) == {"a": 19_200.0, "b": 12_000.0, "c": 7_200.0}
    return fleet


def test_energy_is_conserved_when_two_plants_become_one_and_part_again(fleet: Fleet) -> None:
    """Also 198 days ago; what was decided and undone leaves the rows that were there, but for their status."""
    energy, kpis = fleet.energy(), fleet.kpis()
    assert {fleet.fleet_kwh(day) for day in DAYS} == {38_400.0}

    fleet.link("b", "a")
    result = fleet.night(LATEST, run_id="linked", takes_up=True)
    for day in DAYS:
        assert fleet.produced(day) == {"a": 31_200.0, "c": 7_200.0}
        assert fleet.fleet_kwh(day) == 38_400.0
    assert fleet.queue() == []
    assert dict(result.done) == {LONG_AGO: 2, RECENT: 2}  # the night had its own day anyway
    plants = {row[0] for row in fleet.kpis()}
    assert plants == {fleet.plant("a"), fleet.plant("c")}

    fleet.undo()
    fleet.night(LATEST, run_id="undone", takes_up=True)
    assert fleet.energy() == energy
    assert fleet.kpis() == kpis
    assert {fleet.fleet_kwh(day) for day in DAYS} == {38_400.0}


def test_a_duplicate_drops_one_side_alone(fleet: Fleet) -> None:
    fleet.link("b", "a", duplicate=True)
    fleet.night(LATEST, takes_up=True)
    for day in DAYS:
        assert fleet.produced(day) == {"a": 19_200.0, "c": 7_200.0}
        assert fleet.fleet_kwh(day) == 26_400.0


def test_any_decisions_undone_leave_what_was_there(fleet: Fleet) -> None:
    energy = fleet.energy()
    for record, other, duplicate in (("b", "a", False), ("c", "b", True), ("c", "a", False)):
        fleet.link(record, other, duplicate=duplicate)
        if not duplicate:
            fleet.night(LATEST, takes_up=True)  # sometimes between, sometimes not
    for _ in range(3):
        fleet.undo()
    fleet.night(LATEST, takes_up=True)
    assert fleet.energy() == energy
    assert fleet.queue() == []


def test_what_people_were_told_stays_traceable(fleet: Fleet) -> None:
    fleet.link("b", "a")
    fleet.night(takes_up=True)
    fleet.now += timedelta(days=1)
    fleet.undo()
    fleet.night(takes_up=True)
    told = fleet.rows(
        "select source_plant_id, old_value_kwh, new_value_kwh, cause from energy.restatement as r "
        "inner join registry.plant_alias as a on r.plant_id = a.plant_id "
        "where energy_date = %(day)s order by 1, r.recorded_at",
        day=LONG_AGO,
    )
    code = fleet.value("select plant_code from registry.plant where plant_id = %(id)s", id=fleet.plant("a"))
    assert [row[:3] for row in told] == [
        ("a", 19_200.0, 31_200.0),
        ("a", 31_200.0, 19_200.0),
        ("b", 12_000.0, None),
        ("b", None, 12_000.0),
    ]
    assert told[2][3].endswith(f"counted in {code}")
    other = fleet.value("select plant_code from registry.plant where plant_id = %(id)s", id=fleet.plant("b"))
    there, back = (f"flexmeasures:b left {one} and joined {two}" for one, two in ((other, code), (code, other)))
    assert all(row[3].startswith(why) for row, why in zip(told, [there, back] * 2, strict=True))
    statuses = {str(row[0]): row[-1] for row in fleet.energy(with_status=True) if row[1] == LONG_AGO}
    assert [statuses[str(fleet.plant(record))] for record in "abc"] == ["restated", "restated", "final"]


def test_the_same_touched_row_is_taken_once_and_twice_the_same_changes_nothing(fleet: Fleet) -> None:
    fleet.touch(fleet.plant("a"))
    fleet.touch(fleet.plant("a"), why="again")
    before = fleet.energy(with_status=True), fleet.kpis(), fleet.rows("select * from energy.restatement")
    assert fleet.night(takes_up=True).done.total() == 3
    assert (fleet.energy(with_status=True), fleet.kpis(), fleet.rows("select * from energy.restatement")) == before
    assert fleet.night(takes_up=True).done.total() == 0


def test_the_days_of_a_stretch_wait_from_its_first_to_its_last_date_of_the_plant(fleet: Fleet) -> None:
    fleet.touch(fleet.plant("a"), RECENT, LATEST)
    fleet.touch(fleet.plant("b"), None, LONG_AGO + timedelta(days=1))
    fleet.touch(fleet.plant("c"), LATEST)
    fleet.night()
    assert fleet.queue() == [(LONG_AGO, "b"), (RECENT, "a"), (LATEST, "c")]
    fleet.execute("delete from energy.queued_day")
    fleet.execute("update registry.plant set timezone = 'Asia/Tokyo'")  # its midnight is 15:00 UTC of the day before
    fleet.touch(fleet.plant("a"), RECENT, LATEST)
    fleet.night()
    assert fleet.queue() == [(RECENT, "a"), (LATEST, "a")]


def test_a_row_that_is_committed_after_one_with_a_higher_number_is_taken_too(fleet: Fleet) -> None:
    insert = (
        "insert into registry.touched (plant_id, why, touched_at) values (%(plant_id)s, 'slow', %(at)s) "
        "returning touched_id"
    )
    with fleet.warehouse.transaction() as slow:
        number = slow.exec_driver_sql(insert, {"plant_id": fleet.plant("a"), "at": fleet.now}).scalar_one()
        fleet.touch(fleet.plant("b"), RECENT)
        fleet.night()
        assert fleet.value("select max(touched_id) from energy.touched_taken") > number
    assert {record for _, record in fleet.queue()} == {"b"}
    fleet.night()
    assert {record for _, record in fleet.queue()} == {"a", "b"}


def test_a_run_with_dates_computes_those_and_names_the_others(fleet: Fleet) -> None:
    fleet.link("b", "a")
    result = fleet.night(LONG_AGO)
    assert fleet.produced(LONG_AGO) == {"a": 31_200.0, "c": 7_200.0}
    assert fleet.queue() == [(day, record) for day in (RECENT, LATEST) for record in ("?", "a")]
    (issue,) = result.issues()
    assert issue.severity == "finding"
    assert issue.message == (
        "4 plant days from 2026-09-15 to 2026-09-16 still to be computed again: the next sync without dates does it"
    )


def test_a_day_that_waits_says_so_before_and_after_it_is_queued(fleet: Fleet, run: Run) -> None:
    code = fleet.value("select plant_code from registry.plant where plant_id = %(id)s", id=fleet.plant("a"))

    def waits(day: date) -> object:
        return json.loads(run("explain", code, str(day), "--json").stdout)["waits_because"]

    def listed() -> list[tuple[object, ...]]:
        rows = json.loads(run("registry", "show", code, "--json").stdout)["days_to_be_computed_again"]
        return [tuple(row.values()) for row in rows]

    assert (waits(RECENT), listed()) == (None, [])
    fleet.touch(fleet.plant("a"), RECENT, why="another capacity")
    assert listed() == [("2026-09-15", None, None, "another capacity")]
    assert (waits(LONG_AGO), waits(RECENT)) == (None, "another capacity")
    fleet.night()
    assert listed() == [("2026-09-15", "2026-09-16", 2, "another capacity")]
    assert (waits(LONG_AGO), waits(RECENT)) == (None, "another capacity")
    assert "waits       to be computed again by the next sync without dates: another capacity" in run(
        "explain", code, str(RECENT)
    ).stdout  # fmt: skip
    fleet.night(takes_up=True)
    assert (waits(RECENT), listed()) == (None, [])


def test_summary_and_report_say_how_many_days_were_computed_again_and_how_many_wait(fleet: Fleet) -> None:
    fleet.touch(fleet.plant("a"))
    result = fleet.night(LATEST)
    with fleet.warehouse.transaction() as connection:
        write_issues(connection, "night", result.issues())
        summary = run_summary(connection, "night", [LATEST])
        report = render_report(read_fleet_report(connection, LATEST))
    assert "           2 plant days from 2026-03-02 to 2026-09-15 still to be computed again" in render_summary(
        summary, where={}
    )  # fmt: skip
    assert summary.findings == []
    assert "2 plant days to be computed again: the registry learned" in report


def test_a_night_takes_so_many_days_newest_first(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.link("b", "a")
    monkeypatch.setattr("plant_pipeline.automation.queued_days.bounded", partial(bounded, most_plant_days=3))
    result = fleet.night(LATEST, takes_up=True)
    assert dict(result.done) == {RECENT: 2}
    assert [issue.message.partition(":")[0] for issue in result.issues()] == [
        "2 plant days of 2026-09-15 computed again, as the registry learned something new of them",
        "2 plant days of 2026-03-02 still to be computed again",
    ]
    assert dict(fleet.night(LATEST, takes_up=True).done) == {LONG_AGO: 2}


@pytest.mark.parametrize(
    ("most_dates", "most_plant_days", "dates"), [(9, 99, 3), (2, 99, 2), (9, 4, 2), (9, 5, 2), (9, 6, 3), (9, 1, 1)]
)
def test_a_queue_is_bounded_by_dates_and_by_plant_days(most_dates: int, most_plant_days: int, dates: int) -> None:
    queue = [QueuedDate(day, [UUID(int=1), UUID(int=2)]) for day in DAYS]
    assert bounded(queue, most_dates, most_plant_days) == queue[:dates]


def test_a_kill_in_the_middle_of_a_date_loses_nothing(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.link("b", "a")
    before = fleet.produced(LONG_AGO)

    def killed(connection: Connection, kpi_date: date, **options: Any) -> KpiDayResult:
        if kpi_date == LONG_AGO:
            raise KeyboardInterrupt
        return compute_kpis(connection, kpi_date, **options)

    with monkeypatch.context() as patch:
        patch.setattr("plant_pipeline.automation.queued_days.compute_kpis", killed)
        with pytest.raises(KeyboardInterrupt):
            fleet.night(takes_up=True)
    assert fleet.produced(LATEST) == {"a": 31_200.0, "c": 7_200.0}
    assert fleet.queue() == [(LONG_AGO, "?"), (LONG_AGO, "a")]
    assert sum(fleet.produced(LONG_AGO).values()) == sum(before.values())
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 31_200.0, "c": 7_200.0}
    assert fleet.queue() == []


def test_a_run_killed_between_its_energy_and_its_kpis_leaves_the_days_in_the_queue(fleet: Fleet) -> None:
    fleet.link("b", "a")
    compute_energy(fleet.pipeline, [LONG_AGO], "killed")
    assert (LONG_AGO, "a") in fleet.queue()
    fleet.night(takes_up=True)
    assert fleet.fleet_kwh(LONG_AGO) == 38_400.0
    assert {row[0] for row in fleet.kpis() if row[1] == LONG_AGO} == {fleet.plant("a"), fleet.plant("c")}


def test_what_is_touched_while_a_day_is_computed_waits_for_the_next_run(fleet: Fleet) -> None:
    fleet.touch(fleet.plant("a"))
    compute_energy(fleet.pipeline, [LONG_AGO], "run")
    fleet.touch(fleet.plant("a"), why="meanwhile")
    with fleet.warehouse.transaction() as connection:
        take_touched(connection, fleet.now)
    compute_kpi_days(fleet.pipeline, [LONG_AGO], "run")
    assert (LONG_AGO, "a") in fleet.queue()


def test_capacity_in_the_past_makes_kpis_of_the_past(fleet: Fleet) -> None:
    """800 kW all day are 0.8 of 1000 kW and 0.4 of the 2000 kW that a person states from September on."""
    fleet.decide("set", "a", field="capacity_ac_kw", value="2000", valid_from=date(2026, 9, 1))
    fleet.touch(fleet.plant("a"), date(2026, 9, 1))
    assert fleet.night(takes_up=True).done.total() == 2
    statement = (
        "select kpi_date, value from kpi.plant_daily where plant_id = %(id)s and kpi = 'capacity_factor' order by 1"
    )
    factors = dict(fleet.rows(statement, id=fleet.plant("a")))
    assert factors == pytest.approx({LONG_AGO: 0.8, RECENT: 0.4, LATEST: 0.4})


def test_a_plant_out_of_service_has_no_days_since_and_has_them_again_when_that_is_undone(fleet: Fleet) -> None:
    energy = fleet.energy()
    fleet.decide("retire", "b", valid_from=date(2026, 9, 1))
    fleet.touch(fleet.plant("b"), date(2026, 9, 1), why="retired")
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 19_200.0, "b": 12_000.0, "c": 7_200.0}
    assert fleet.produced(RECENT) == {"a": 19_200.0, "c": 7_200.0}
    fleet.execute("update registry.plant_history set status = 'active', retired_at = null")
    fleet.touch(fleet.plant("b"), date(2026, 9, 1), why="in service after all")
    fleet.night(takes_up=True)
    assert fleet.energy() == energy


def test_days_whose_readings_are_gone_stay_as_they_are_and_are_named(fleet: Fleet) -> None:
    energy = [row for row in fleet.energy() if row[1] == LONG_AGO]
    fleet.execute("delete from energy.reading where period_start < '2026-03-03'")
    fleet.touch(fleet.plant("a"), why="another capacity")
    result = fleet.night(takes_up=True)
    assert [row for row in fleet.energy() if row[1] == LONG_AGO] == energy
    assert result.done.total() == 2
    code = fleet.value("select plant_code from registry.plant where plant_id = %(id)s", id=fleet.plant("a"))
    assert [issue.message for issue in result.issues()][1] == (
        f"{code}: 1 plant day of 2026-03-02 cannot be computed again (another capacity): their readings are no longer "
        "kept, so what was computed of them stands, added up where plants became one"
    )
    assert fleet.queue() == []


def _lose_readings(fleet: Fleet) -> None:
    fleet.execute("delete from energy.reading where period_start < '2026-03-03'")


def test_days_whose_readings_are_gone_add_up_when_plants_become_one_and_part_again(fleet: Fleet) -> None:
    energy, kpis = fleet.energy(), fleet.kpis()
    measured = fleet.rows("select * from energy.plant_measured order by 1, 2")
    _lose_readings(fleet)
    fleet.link("b", "a")
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 31_200.0, "c": 7_200.0}
    assert {row[0] for row in fleet.kpis()} == {fleet.plant("a"), fleet.plant("c")}
    assert fleet.fleet_kwh(LONG_AGO) == 38_400.0
    assert fleet.queue() == []

    merged = fleet.energy(with_status=True), fleet.kpis()
    fleet.touch(fleet.plant("a"), why="once more")
    fleet.night(takes_up=True, run_id="again")
    assert (fleet.energy(with_status=True), fleet.kpis()) == merged

    fleet.link("c", "a")
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 38_400.0}

    for _ in range(2):
        fleet.undo()
    fleet.night(takes_up=True)
    assert fleet.energy() == energy
    assert fleet.kpis() == kpis
    assert _without_run(fleet.rows("select * from energy.plant_measured order by 1, 2")) == _without_run(measured)
    assert fleet.rows("select * from energy.unmerged_day") == []


def _without_run(measured: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row[:2] + tuple(value for value in row[2:] if not isinstance(value, str | datetime)) for row in measured]


def test_of_days_whose_readings_are_gone_a_duplicate_drops_one_side_alone(fleet: Fleet) -> None:
    energy = fleet.energy()
    _lose_readings(fleet)
    fleet.link("b", "a", duplicate=True)
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 19_200.0, "c": 7_200.0}
    assert fleet.fleet_kwh(LONG_AGO) == 26_400.0
    fleet.undo()
    fleet.night(takes_up=True)
    assert fleet.energy() == energy


def test_a_plant_that_was_not_yet_there_takes_over_what_another_had(fleet: Fleet) -> None:
    fleet.execute("delete from energy.plant_daily where plant_id = %(a)s and energy_date = %(day)s",
                  a=fleet.plant("a"), day=LONG_AGO)  # fmt: skip
    energy = fleet.energy()
    _lose_readings(fleet)
    fleet.link("b", "a")
    fleet.night(takes_up=True)
    fleet.touch(fleet.plant("a"), why="once more")
    fleet.night(takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 12_000.0, "c": 7_200.0}
    fleet.undo()
    fleet.night(takes_up=True)
    assert fleet.energy() == energy


def test_kpis_of_days_whose_readings_are_gone_follow_the_capacity_they_had(fleet: Fleet) -> None:
    _lose_readings(fleet)
    fleet.decide("set", "a", field="capacity_ac_kw", value="2000", valid_from=LONG_AGO)
    fleet.touch(fleet.plant("a"))
    fleet.night(takes_up=True)
    statement = (
        "select value from kpi.plant_daily where plant_id = %(id)s and kpi = 'capacity_factor' and kpi_date = %(day)s"
    )
    assert fleet.value(statement, id=fleet.plant("a"), day=LONG_AGO) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_decide_and_undo_the_fleet_has_the_energy_of_its_records(fleet: Fleet, seed: int) -> None:
    """With and without the readings of the oldest day; in the end all is undone."""
    chance = Random(seed)  # noqa: S311 -- nothing is secret here
    if seed % 2:
        _lose_readings(fleet)
    energy, decided = fleet.energy(), 0
    for step in range(6):
        record, other = chance.sample("abc", 2)
        if decided and chance.random() < 0.4:
            fleet.undo()
            decided -= 1
        elif fleet.plant(record) != fleet.plant(other):
            fleet.link(record, other, duplicate=chance.random() < 0.3)
            decided += 1
        if chance.random() < 0.7:
            fleet.night(LATEST, takes_up=True)
            counted_kwh = 24 * sum(POWER_KW[own] for own in fleet.counted())
            for day in DAYS:
                assert sum(fleet.produced(day).values()) == pytest.approx(counted_kwh), (step, day)
                assert fleet.fleet_kwh(day) == pytest.approx(counted_kwh), (step, day)
    for _ in range(decided):
        fleet.undo()
    fleet.night(LATEST, takes_up=True)
    assert fleet.energy() == energy
    assert fleet.queue() == []
