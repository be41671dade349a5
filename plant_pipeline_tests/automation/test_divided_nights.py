"""A night divided between runs: which part is due, what is started again, what the last part takes over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import StepFailureData  # no public name makes a failed step
from dagster_shared.error import SerializableErrorInfo

from plant_pipeline.automation.divided_nights import (
    CLOSING,
    LISTINGS,
    MOST_TRIES,
    TRY_TAG,
    gather,
    together,
)
from plant_pipeline.automation.schedules import NIGHT_TAG, NightKeys, nightly_requests
from plant_pipeline.automation.sensors import divided_night_sensor
from plant_pipeline.automation.under_way import runs_under_way
from plant_pipeline.definitions import defs
from plant_pipeline.landing.alive import shown_alive
from plant_pipeline.landing.stream import (
    RunIssue,
    StreamOutcome,
    read_issues,
    read_outcomes,
    write_issues,
    write_outcome,
)
from plant_pipeline.orchestration import PART_TAG, RANGE_END_TAG, RANGE_START_TAG, WITHOUT_DATES_TAG
from plant_pipeline.readings.pull import state_of
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse

_JOB = defs.resolve_job_def("nightly_sync")
_NOW = datetime(2026, 3, 3, 5, tzinfo=UTC)
_SHARDS = ["shard 1/2", "shard 2/2"]
_WAITING = dg.DagsterRunStatus.NOT_STARTED
_OK, _FAILED = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
_STARTED, _CANCELED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELED


class _Night:
    """The daemon's part: looks of the sensor, and runs made of what it requests."""

    def __init__(self, instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
        self.instance, self.warehouse = instance, warehouse
        self.cursor: str | None = None
        self.runs: dict[str, list[dg.DagsterRun]] = {}

    def start(self, request: dg.RunRequest, status: dg.DagsterRunStatus = _STARTED) -> dg.DagsterRun:
        keys = set(request.asset_selection or ())
        run = self.instance.create_run_for_job(
            _JOB, tags=dict(request.tags), status=status, asset_selection=frozenset(keys), run_config=request.run_config
        )
        self.runs.setdefault(run.tags[PART_TAG], []).append(run)
        return run

    def look(self) -> list[dg.RunRequest]:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = divided_night_sensor(context)
        if isinstance(result, dg.SkipReason):
            return []
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return list(result.run_requests or ())

    def due(self) -> list[str]:
        return [request.tags[PART_TAG] for request in self.look()]

    def end(self, part: str, status: dg.DagsterRunStatus, *, step: str | None = None) -> None:
        run = self.runs[part][-1]
        if step is not None:
            error = SerializableErrorInfo("it cannot be", [], None)
            failure = StepFailureData(error, None)  # type: ignore[no-untyped-call]
            self._report(run, dg.DagsterEventType.STEP_FAILURE, step, failure)
        if status == _FAILED:
            self.instance.report_run_failed(run)
        elif status == _CANCELED:
            self.instance.report_run_canceled(run)
        else:
            self._report(run, dg.DagsterEventType.RUN_SUCCESS)

    def _report(
        self,
        run: dg.DagsterRun,
        kind: dg.DagsterEventType,
        step: str | None = None,
        data: StepFailureData | None = None,
    ) -> None:
        event = dg.DagsterEvent(kind.value, "nightly_sync", step_key=step, event_specific_data=data)
        self.instance.report_dagster_event(event, run.run_id)


@pytest.fixture
def night(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse, warehouse_url: str, tmp_path: Path
) -> Iterator[_Night]:
    """A night of two shards, begun by the schedule: its first part is under way."""
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))
    monkeypatch.setenv("PLANT_PIPELINE_SHARDS", "2")
    with dg.DagsterInstance.ephemeral() as instance:
        night = _Night(instance, warehouse)
        keys = NightKeys((), [dg.AssetKey(["voke", "plant"])])
        requests = nightly_requests(load_settings(), instance, _NOW, keys)
        assert not isinstance(requests, dg.SkipReason)
        (first,) = requests
        assert first.tags[PART_TAG] == LISTINGS
        assert list(first.asset_selection or ()) == keys.listings
        night.start(first, _WAITING)
        yield night


def test_shards_follow_the_listings_and_the_closing_run_follows_all_of_them(night: _Night) -> None:
    assert night.due() == []
    night.end(LISTINGS, _OK)
    shards = night.look()
    assert [own.tags[PART_TAG] for own in shards] == _SHARDS
    assert {key.to_user_string() for own in shards for key in own.asset_selection or ()} == {
        "energy/reading",
        "energy/plant_daily",
        "kpi/plant_daily",
    }
    first = night.runs[LISTINGS][0]
    for own in shards:
        assert {name: own.tags[name] for name in (RANGE_START_TAG, RANGE_END_TAG, NIGHT_TAG)} == {
            name: first.tags[name] for name in (RANGE_START_TAG, RANGE_END_TAG, NIGHT_TAG)
        }
        night.start(own, _WAITING)
    assert night.due() == []
    night.end(_SHARDS[0], _OK)
    assert night.due() == []
    night.end(_SHARDS[1], _OK)
    (closing,) = night.look()
    assert closing.tags[PART_TAG] == CLOSING
    assert WITHOUT_DATES_TAG in closing.tags
    night.start(closing, _WAITING)
    night.end(CLOSING, _OK)
    assert night.due() == []


def test_between_two_parts_the_night_is_under_way(night: _Night) -> None:
    night.end(LISTINGS, _OK)
    run_id = night.runs[LISTINGS][0].run_id
    assert runs_under_way(night.instance).run_ids == {run_id}


def test_a_run_without_a_process_is_lost_at_the_second_look_and_started_again(night: _Night) -> None:
    night.end(LISTINGS, _OK)
    one, other = (night.start(request) for request in night.look())
    with shown_alive(night.warehouse, other.run_id):
        assert night.due() == []  # it may just be about to begin
        (again,) = night.look()
        assert again.tags[PART_TAG] == "shard 1/2"
        assert again.tags[TRY_TAG] == "2"
        statuses = [night.instance.get_run_by_id(run.run_id) for run in (one, other)]
        assert [run.status for run in statuses if run] == [_FAILED, _STARTED]
        with shown_alive(night.warehouse, night.start(again).run_id):
            assert night.due() == []
            assert night.due() == []
    night.end("shard 1/2", _OK)
    night.end("shard 2/2", _OK)
    assert night.due() == [CLOSING]


def test_a_part_is_started_so_often_and_then_the_night_closes_without_it(night: _Night) -> None:
    night.end(LISTINGS, _OK)
    for request in night.look():
        night.start(request)
    night.end("shard 2/2", _OK)
    for _ in range(MOST_TRIES - 1):
        night.end("shard 1/2", _FAILED)
        (again,) = night.look()
        night.start(again)
    night.end("shard 1/2", _FAILED)
    assert night.due() == [CLOSING]


def test_what_failed_by_itself_is_not_started_again(night: _Night) -> None:
    night.end(LISTINGS, _FAILED, step="reconcile_plants")
    shards = night.look()
    assert [own.tags[PART_TAG] for own in shards] == _SHARDS
    for request in shards:
        night.start(request)
    night.end("shard 1/2", _FAILED, step="energy__plant_daily")
    night.end("shard 2/2", _OK)
    assert night.due() == [CLOSING]


def test_a_lost_first_part_begins_again_as_part_of_the_same_night(night: _Night) -> None:
    night.end(LISTINGS, _FAILED)
    (again,) = night.look()
    assert again.tags[PART_TAG] == LISTINGS
    night.start(again, _WAITING)
    assert night.due() == []
    night.end(LISTINGS, _OK)
    assert night.due() == _SHARDS


def test_a_night_that_a_person_stops_at_its_listings_stays_stopped(night: _Night) -> None:
    night.end(LISTINGS, _CANCELED)
    assert night.due() == []
    assert runs_under_way(night.instance).run_ids == frozenset()


def test_the_closing_run_takes_over_streams_issues_and_failures(night: _Night) -> None:
    night.end(LISTINGS, _OK)
    one, other = (night.start(request) for request in night.look())
    unread = RunIssue("readings", "P-ALPHA", "P-ALPHA: 2 of 3 sensors could not be read")
    listed = StreamOutcome("voke", "plant", "complete", expected=24, got=24)
    with night.warehouse.transaction() as connection:
        write_outcome(connection, night.runs[LISTINGS][0].run_id, listed, _NOW)
        write_outcome(connection, one.run_id, _data(3, 2, seconds=4.0), _NOW)
        write_outcome(connection, other.run_id, _data(5, 0, seconds=9.0), _NOW)
        write_issues(connection, one.run_id, [unread])
    night.end("shard 1/2", _OK)
    night.end("shard 2/2", _FAILED, step="kpi__plant_daily")
    closing = night.start(night.look()[0])
    with night.warehouse.transaction() as connection:
        for _ in range(2):  # a second time is as the first
            gather(connection, night.instance, closing, _NOW)
        outcomes = read_outcomes(connection, closing.run_id)
        issues = read_issues(connection, closing.run_id)
    data = next(own for own in outcomes if own.entity == "data")
    assert (data.state, data.expected, data.got, data.failed, data.seconds) == ("incomplete", 8, 6, 2, 9.0)
    assert listed in outcomes
    assert {own.message for own in issues} == {unread.message, "shard 2/2: kpi__plant_daily: it cannot be"}


def test_streams_of_shards_that_all_failed_are_one_that_failed() -> None:
    (sum_of_failed,) = together([_data(3, 3), _data(5, 5)])
    assert sum_of_failed.state == "failed"
    (sum_of_well,) = together([_data(3, 0), _data(0, 0)])
    assert (sum_of_well.state, sum_of_well.expected) == ("complete", 3)


def _data(expected: int, failed: int, *, seconds: float = 1.0) -> StreamOutcome:
    outcome = StreamOutcome("flexmeasures", "data", state_of(failed, expected), seconds=seconds)
    return replace(outcome, expected=expected, got=expected - failed, failed=failed)
