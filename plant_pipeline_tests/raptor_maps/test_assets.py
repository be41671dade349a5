"""The delivery step against the sandbox's receiver: its own days, and those a run before could not send."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.stream import RunIssue, read_issues
from plant_pipeline.orchestration import WITHOUT_DATES_TAG, Pipeline, range_tags
from plant_pipeline.raptor_maps.assets import deliver_days, delivery
from plant_pipeline.raptor_maps.deliver import note_changed, undelivered_dates
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.html import render_report
from plant_pipeline.report.summary import run_summary
from plant_pipeline.report.summary_text import render_summary
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.raptor_maps.fleet import Fleet, plant_id

_OLD = [date(2026, 3, day) for day in (2, 3, 5)]
_TODAY = date(2026, 3, 20)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


class Night:
    """Runs the delivery step for one day, at six the next morning."""

    def __init__(
        self, warehouse: Warehouse, archive_url: str, environment: Mapping[str, str], instance: dg.DagsterInstance
    ) -> None:
        self.warehouse, self.archive_url = warehouse, archive_url
        self.environment, self.instance = environment, instance

    def pipeline(self, day: date, *, upload: bool = True, configured: bool = True) -> Pipeline:
        now_utc = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=30)
        settings = load_settings(self.environment if configured else {"RAVENWITS_TOKEN": "x"})
        archive = open_archive(self.archive_url)
        return Pipeline(settings, self.warehouse, archive, clock=lambda: now_utc, upload=upload)

    def run(self, day: date, *, without_dates: bool = False, upload: bool = True, configured: bool = True) -> str:
        resources = {"pipeline": self.pipeline(day, upload=upload, configured=configured)}
        tags = {**range_tags([day]), **({WITHOUT_DATES_TAG: "true"} if without_dates else {})}
        done = dg.materialize([delivery], resources=resources, tags=tags, instance=self.instance)
        self.materialized = [
            str(event.partition) for event in done.all_events if event.is_step_materialization and event.partition
        ]
        return done.run_id

    def undelivered(self) -> list[date]:
        with self.warehouse.transaction() as connection:
            return undelivered_dates(connection)

    def issues(self, run_id: str) -> list[RunIssue]:
        with self.warehouse.transaction() as connection:
            return read_issues(connection, run_id)

    def summary(self, run_id: str) -> str:
        with self.warehouse.transaction() as connection:
            return " ".join(render_summary(run_summary(connection, run_id, [_TODAY]), where={}).split())

    def report(self) -> str:
        with self.warehouse.transaction() as connection:
            return render_report(read_fleet_report(connection, _TODAY))


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def night(warehouse: Warehouse, fleet: Fleet, sandbox: Sandbox, tmp_path: Path, instance: dg.DagsterInstance) -> Night:
    """A plant with rows on four days; the receiver refuses the three old ones."""
    fleet.plant(1, "P-AAAAAAAA", name="Park")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power", resolution=timedelta(minutes=15))
    for day in (*_OLD, _TODAY):
        fleet.quarter_hours(1, f"{day} 08:00", [1000.0, 2000.0])
    night = Night(warehouse, (tmp_path / "archive").as_uri(), sandbox.environment, instance)
    sandbox.faults.add(Fault("raptor_maps", "*", status=400))
    deliver_days(night.pipeline(_OLD[-1]), _OLD, "an earlier run")
    sandbox.faults.clear()
    assert night.undelivered() == _OLD
    return night


def _sent(sandbox: Sandbox) -> list[str]:
    return [upload.path.read_text().splitlines()[1].split(",")[-2][:10] for upload in sandbox.uploads]


def test_a_run_without_dates_sends_undelivered_days_oldest_first(night: Night, sandbox: Sandbox) -> None:
    run_id = night.run(_TODAY, without_dates=True)
    assert _sent(sandbox) == [*map(str, _OLD), str(_TODAY)]
    assert night.undelivered() == []
    assert sorted(night.materialized) == [*map(str, _OLD), str(_TODAY)]
    assert "sent 4" in night.summary(run_id)
    night.run(_TODAY, without_dates=True)
    assert len(sandbox.uploads) == 4


def test_a_run_with_dates_names_undelivered_days_and_sends_its_own(night: Night, sandbox: Sandbox) -> None:
    run_id = night.run(_TODAY)
    assert _sent(sandbox) == [str(_TODAY)]
    (issue,) = night.issues(run_id)
    assert issue.severity == "finding"
    assert "not delivered yet: 2026-03-02, 2026-03-03, 2026-03-05" in issue.message
    assert "done" in night.summary(run_id)
    assert "not delivered yet: 2026-03-02, 2026-03-03, 2026-03-05" in night.summary(run_id)
    report = night.report()
    assert "3 days not delivered to Raptor Maps</strong>" in report
    assert "<li>2026-03-02</li><li>2026-03-03</li><li>2026-03-05</li>" in report


@pytest.mark.parametrize("options", [{"upload": False}, {"configured": False}])
def test_a_run_that_sends_nothing_takes_no_day_up(night: Night, sandbox: Sandbox, options: dict[str, bool]) -> None:
    run_id = night.run(_TODAY, without_dates=True, **options)
    assert sandbox.uploads == []
    assert night.undelivered() == _OLD
    assert [issue.severity for issue in night.issues(run_id)] == ["finding"]


def test_a_day_that_is_refused_again_fails_the_run_that_took_it_up(night: Night, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("raptor_maps", "*", status=400))
    run_id = night.run(_TODAY, without_dates=True)
    failed = [issue.subject for issue in night.issues(run_id) if issue.severity == "failure"]
    assert failed == [*map(str, _OLD), str(_TODAY)]
    assert "INCOMPLETE" in night.summary(run_id)


def test_a_delivery_that_failed_for_a_passing_reason_is_tried_again_in_the_same_run(
    night: Night, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plant_pipeline.http.retry.RetryPolicy.wait_s", lambda *_: 0.0)
    four_tries = Fault("raptor_maps", "*", status=503, times=4, method="PUT")  # all those of the oldest day
    fault = sandbox.faults.add(four_tries)
    run_id = night.run(_TODAY, without_dates=True)
    assert fault.times == 0
    assert _sent(sandbox) == [*map(str, _OLD[1:]), str(_TODAY), str(_OLD[0])]
    assert night.undelivered() == []
    assert night.issues(run_id) == []


def test_a_receiver_that_stays_down_is_asked_for_one_day_more_only(
    night: Night, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plant_pipeline.http.retry.RetryPolicy.wait_s", lambda *_: 0.0)
    fault = sandbox.faults.add(Fault("raptor_maps", "*", status=503, times=1_000, method="PUT"))
    run_id = night.run(_TODAY, without_dates=True)
    assert fault.times == 1_000 - 4 * (4 + 1)  # four tries for each of four days, and once more for the first
    assert night.undelivered() == [*_OLD, _TODAY]
    failed = [issue.subject for issue in night.issues(run_id) if issue.severity == "failure"]
    assert failed == [*map(str, _OLD), str(_TODAY)]


def test_a_refusal_is_not_tried_again(night: Night, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add(Fault("raptor_maps", "*", status=404, times=100, method="PUT"))
    night.run(_TODAY)
    assert fault.times == 99


def _note_changed(night: Night, *days: date, plant: int = 1) -> None:
    with night.warehouse.transaction() as connection:
        for day in days:
            note_changed(connection, day, [plant_id(plant)], "test", night.pipeline(day).clock())


@pytest.fixture
def delivered(night: Night, sandbox: Sandbox) -> Night:
    """All four days are at the receiver."""
    night.run(_TODAY, without_dates=True)
    sandbox.uploads.clear()
    return night


def test_a_delivered_day_that_was_computed_again_is_built_again_and_sent_if_it_differs(
    delivered: Night, fleet: Fleet, sandbox: Sandbox
) -> None:
    """Of two days whose plants were computed again, one has other readings now; the third was never delivered."""
    _note_changed(delivered, *_OLD[:2], date(2026, 3, 4))
    assert delivered.undelivered() == _OLD[:2]
    fleet.readings(1, {f"{_OLD[0]} 08:00": 1500.0})
    run_id = delivered.run(_TODAY)
    assert sandbox.uploads == []
    assert "not delivered yet: 2026-03-02, 2026-03-03" in delivered.summary(run_id)
    run_id = delivered.run(_TODAY, without_dates=True)
    assert _sent(sandbox) == [str(_OLD[0])]
    assert delivered.undelivered() == []
    assert "sent 1, unchanged 1" in delivered.summary(run_id)


def test_a_changed_day_that_is_refused_stays_to_be_sent(delivered: Night, fleet: Fleet, sandbox: Sandbox) -> None:
    _note_changed(delivered, _OLD[0])
    fleet.readings(1, {f"{_OLD[0]} 08:00": 1500.0})
    sandbox.faults.add(Fault("raptor_maps", "*", status=400))
    delivered.run(_OLD[0])
    assert delivered.undelivered() == [_OLD[0]]
    sandbox.faults.clear()
    delivered.run(_OLD[0])
    assert _sent(sandbox) == [str(_OLD[0])]
    assert delivered.undelivered() == []


def test_a_changed_day_of_a_plant_that_is_in_no_file_is_not_built_again(delivered: Night, fleet: Fleet) -> None:
    fleet.plant(2, "P-BBBBBBBB", name="Mill")
    _note_changed(delivered, _OLD[0], plant=2)
    assert delivered.undelivered() == []


def test_rows_of_a_plant_that_was_merged_go_to_the_farm_it_is_part_of(
    night: Night, fleet: Fleet, sandbox: Sandbox
) -> None:
    fleet.plant(2, "P-BBBBBBBB", name="Yard")
    fleet.equipment(2, 2, "inverter")
    fleet.sensor(2, 2, 2, "ac_power", resolution=timedelta(minutes=15))
    fleet.quarter_hours(2, f"{_OLD[0]} 08:00", [500.0])
    night.run(_TODAY, without_dates=True)
    assert {line.split(",")[0] for line in sandbox.uploads[0].path.read_text().splitlines()[1:]} == {
        "P-AAAAAAAA",
        "P-BBBBBBBB",
    }
    sandbox.uploads.clear()
    fleet.execute("update registry.plant set status = 'merged', merged_into = %(a)s where plant_id = %(b)s",
                  a=plant_id(1), b=plant_id(2))  # fmt: skip
    for table in ("equipment", "sensor", "plant_alias"):
        fleet.execute(f"update registry.{table} set plant_id = %(a)s", a=plant_id(1))
    _note_changed(night, *_OLD)
    night.run(_TODAY, without_dates=True)
    assert _sent(sandbox) == [str(_OLD[0])]  # the other days had no rows of it
    assert {line.split(",")[0] for line in sandbox.uploads[0].path.read_text().splitlines()[1:]} == {"P-AAAAAAAA"}
