"""Schedules and sensors through Dagster's own test API."""

import os
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.automation.command_line_runs import COMMAND_LINE_TAG, DIED, command_line_tags
from plant_pipeline.automation.jobs import build_jobs
from plant_pipeline.automation.problems import list_problems
from plant_pipeline.automation.sensors import (
    check_failure_alert_sensor,
    new_plant_sensor,
    run_failure_alert_sensor,
)
from plant_pipeline.definitions import defs
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.stream import RunIssue, StreamOutcome, write_issues, write_outcome
from plant_pipeline.orchestration import RANGE_END_TAG, RANGE_START_TAG
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant

_TICK = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
_SCHEDULES = {schedule.name: schedule for schedule in defs.get_repository_def().schedule_defs}


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path) -> None:
    """One source configured; nothing here asks it for anything."""
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))


def _tick(schedule: dg.ScheduleDefinition) -> object:
    with dg.instance_for_test() as instance:
        return schedule(dg.build_schedule_context(instance=instance, scheduled_execution_time=_TICK))


@pytest.mark.parametrize("schedule", _SCHEDULES.values(), ids=_SCHEDULES)
def test_a_tick_without_configuration_skips_and_says_why(schedule: dg.ScheduleDefinition) -> None:
    result = _tick(schedule)
    assert isinstance(result, dg.SkipReason)
    assert "no source is configured" in str(result.skip_message)


def test_the_registry_is_asked_for_every_hour_unless_a_run_that_does_it_is_under_way(configured: None) -> None:
    schedule = _SCHEDULES["registry_sync_schedule"]
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=_TICK)
        assert isinstance(schedule(context), dg.RunRequest)
        for job_name in ("registry_sync", "nightly_sync"):
            run = instance.create_run_for_job(
                defs.resolve_job_def(job_name), status=dg.DagsterRunStatus.STARTED, run_id=None
            )
            skipped = schedule(context)
            assert isinstance(skipped, dg.SkipReason)
            assert skipped.skip_message == f"{job_name} is under way: it pulls the listings"
            instance.report_run_canceled(run)
        assert isinstance(schedule(context), dg.RunRequest)


def test_the_sampling_tick_needs_voke(monkeypatch: pytest.MonkeyPatch, configured: None) -> None:
    assert isinstance(_tick(_SCHEDULES["voke_energy_sampling_schedule"]), dg.SkipReason)
    monkeypatch.setenv("VOKE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("VOKE_TOKEN", "not-a-real-token")
    assert isinstance(_tick(_SCHEDULES["voke_energy_sampling_schedule"]), dg.RunRequest)


def test_samples_wait_for_a_place_once(monkeypatch: pytest.MonkeyPatch, configured: None) -> None:
    """While nights take all places of the queue, no run for each quarter of an hour of them gathers in it."""
    monkeypatch.setenv("VOKE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("VOKE_TOKEN", "not-a-real-token")
    schedule, job = _SCHEDULES["voke_energy_sampling_schedule"], defs.resolve_job_def("voke_energy_sampling")
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=_TICK)
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        assert isinstance(schedule(context), dg.RunRequest)  # the one beside midnight is not lost to the one before
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.NOT_STARTED)
        skipped = schedule(context)
    assert isinstance(skipped, dg.SkipReason)
    assert str(skipped.skip_message).startswith("a run of voke_energy_sampling waits")


def test_a_job_of_a_source_takes_no_name_that_is_taken() -> None:
    voke = next(source for source in SOURCES if source.name == "voke")
    second = replace(voke, jobs=(replace(voke.jobs[0], name="nightly_sync"),))
    with pytest.raises(UsageError, match="there is a job nightly_sync already"):
        build_jobs([second])


def test_the_forecast_tick_needs_ravenwits(monkeypatch: pytest.MonkeyPatch, configured: None) -> None:
    assert isinstance(_tick(_SCHEDULES["forecast_snapshot_schedule"]), dg.RunRequest)
    monkeypatch.delenv("RAVENWITS_TOKEN")
    monkeypatch.setenv("VOKE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("VOKE_TOKEN", "not-a-real-token")
    result = _tick(_SCHEDULES["forecast_snapshot_schedule"])
    assert isinstance(result, dg.SkipReason)
    assert result.skip_message == "ravenwits: not configured"


def _add_sensor(warehouse: Warehouse, name: str, seen: datetime) -> None:
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, name, "Europe/Madrid", first_seen_at=seen)
        connection.exec_driver_sql(
            "insert into registry.equipment "
            "(equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present) "
            "values (%(id)s, %(id)s, 'flexmeasures', %(name)s, 'M', 'meter', true)",
            {"id": plant_id, "name": name},
        )
        connection.exec_driver_sql(
            "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, is_cumulative, "
            "is_main, resolution, is_present) "
            "values (%(id)s, %(id)s, 'flexmeasures', %(name)s, 's', false, false, '5 min', true)",
            {"id": plant_id, "name": name},
        )


def _evaluate(cursor: str | None, **under_way: str) -> dg.SensorResult | dg.SkipReason:
    """What the sensor answers; `under_way`: the tags of a nightly_sync that has started and not ended."""
    with dg.instance_for_test() as instance, dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        if under_way:
            instance.create_run_for_job(
                defs.resolve_job_def("nightly_sync"),
                run_id=under_way[COMMAND_LINE_TAG],
                status=dg.DagsterRunStatus.STARTED,
                tags=under_way,
            )
        result = new_plant_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_a_new_plant_is_onboarded_once(configured: None, warehouse: Warehouse) -> None:
    assert isinstance(_evaluate(None), dg.SkipReason)
    _add_sensor(warehouse, "Alpha", datetime(2026, 2, 1, tzinfo=UTC))
    _add_sensor(warehouse, "Beta", datetime(2026, 2, 2, tzinfo=UTC))
    with warehouse.transaction() as connection:
        add_plant(connection, "Silent", "Europe/Madrid", first_seen_at=datetime(2026, 2, 3, tzinfo=UTC))
    first = _evaluate(None)
    assert isinstance(first, dg.SensorResult)
    assert [request.run_key for request in first.run_requests or ()] == ["onboard P-ALPHA", "onboard P-BETA"]
    config = (first.run_requests or ())[0].run_config
    assert config == {"resources": {"pipeline": {"config": {"plant": "P-ALPHA"}}}}
    span = [date.fromisoformat((first.run_requests or ())[0].tags[tag]) for tag in (RANGE_START_TAG, RANGE_END_TAG)]
    assert span[1] - span[0] == timedelta(days=30)
    assert isinstance(_evaluate(first.cursor), dg.SkipReason)
    _add_sensor(warehouse, "Gamma", datetime(2026, 2, 4, tzinfo=UTC))
    again = _evaluate(first.cursor)
    assert isinstance(again, dg.SensorResult)
    assert [request.run_key for request in again.run_requests or ()] == ["onboard P-GAMMA"]


@pytest.mark.parametrize(("status", "is_held_back"), [("QUEUED", True), ("STARTED", True), ("SUCCESS", False)])
def test_a_nightly_run_that_is_under_way_holds_onboarding_back(
    configured: None, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, status: str, is_held_back: bool
) -> None:
    """The instance has one run; it is stood in for, as a run is queued by a daemon only."""

    def count(_: dg.DagsterInstance, runs: dg.RunsFilter) -> int:
        return int(runs.job_name == "nightly_sync" and dg.DagsterRunStatus(status) in runs.statuses)

    monkeypatch.setattr(dg.DagsterInstance, "get_runs_count", count)
    _add_sensor(warehouse, "Alpha", datetime(2026, 2, 1, tzinfo=UTC))
    assert isinstance(_evaluate(None), dg.SkipReason) == is_held_back


def test_a_sync_of_the_command_line_is_waited_for_while_its_process_lives(
    configured: None, warehouse: Warehouse, webhook: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_sensor(warehouse, "Alpha", datetime(2026, 2, 1, tzinfo=UTC))
    run_id = "00000000-0000-4000-8000-000000000001"
    waiting = _evaluate(None, **command_line_tags(run_id))
    assert isinstance(waiting, dg.SkipReason)
    assert "under way" in str(waiting.skip_message)
    assert webhook == []

    with subprocess.Popen(["true"]) as gone:
        tags = {**command_line_tags(run_id)}
        tags = {name: value.replace(str(os.getpid()), str(gone.pid)) for name, value in tags.items()}
    assert isinstance(_evaluate(None, **tags), dg.SensorResult)
    told, announced = webhook
    assert announced["title"] == "new plant: P-ALPHA Alpha"
    assert told["title"] == "run failed: nightly_sync"
    assert [(own["run_id"], own["message"]) for own in told["problems"]] == [(run_id, DIED)]  # type: ignore[attr-defined]


def test_a_failed_run_is_told_once_with_what_is_missing(
    configured: None, webhook: list[dict[str, object]], warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOKE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("VOKE_TOKEN", "not-a-real-token")

    @dg.op
    def breaks() -> None:
        raise dg.Failure("broken")

    @dg.job
    def night() -> None:
        breaks()

    with dg.instance_for_test() as instance:
        result = night.execute_in_process(instance=instance, raise_on_error=False)
        with warehouse.transaction() as connection:
            outcome = StreamOutcome("voke", "plant", "failed", message="answered 503")
            write_outcome(connection, result.run_id, outcome, _TICK)
            write_issues(connection, result.run_id, [RunIssue("readings", "P-X", "P-X, 2026-03-01: 1 of 3 sensors")])
        context = dg.build_run_status_sensor_context(
            sensor_name="run_failure_alert_sensor",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()
        run_failure_alert_sensor(context)
    (told,) = webhook
    problems = told["problems"]
    assert isinstance(problems, list)
    run, stream = problems
    assert (run["event"], run["kind"], run["subject"], run["run_id"]) == ("began", "run_failed", "night", result.run_id)
    assert run["message"] == ("voke plant: failed: answered 503; P-X, 2026-03-01: 1 of 3 sensors; breaks: broken")
    assert (stream["kind"], stream["subject"], stream["message"]) == ("stream_failed", "voke plant", "answered 503")


def test_a_failed_check_of_a_good_run_is_told_once(
    configured: None, webhook: list[dict[str, object]], warehouse: Warehouse
) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="listing")])
    def listing() -> dg.MaterializeResult:  # type: ignore[type-arg] # Dagster reads the bare annotation
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, description="3 of 9 came")])

    with dg.instance_for_test() as instance:
        result = dg.materialize([listing], instance=instance)
        check_failure_alert_sensor(_succeeded(instance, result))
    (told,) = webhook
    assert told["title"] == "check failed: listing whole"
    assert "3 of 9 came" in str(told["text"])


def test_a_check_that_fails_each_time_is_told_once_and_once_that_it_passes(
    configured: None, webhook: list[dict[str, object]], warehouse: Warehouse
) -> None:
    with dg.instance_for_test() as instance:
        for is_up in (False, False, True, True, False):
            result = dg.materialize(_listing(is_up).assets or (), instance=instance)  # type: ignore[arg-type]
            check_failure_alert_sensor(_succeeded(instance, result))
    told = [(own["event"], own["kind"]) for message in webhook for own in message["problems"]]  # type: ignore[attr-defined]
    assert told == [("began", "check_failed"), ("over", "check_failed"), ("began", "check_failed")]


def _listing(is_up: bool) -> dg.Definitions:
    @dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="listing")])
    def listing() -> dg.MaterializeResult:  # type: ignore[type-arg] # Dagster reads the bare annotation
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=is_up, description="nothing came")])

    return dg.Definitions([listing])


def _succeeded(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> dg.RunStatusSensorContext:
    return dg.build_run_status_sensor_context(
        sensor_name="check_failure_alert_sensor",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_success_event(),
    )


def test_without_a_webhook_a_failed_run_is_a_problem_all_the_same(configured: None, warehouse: Warehouse) -> None:
    with dg.instance_for_test() as instance:
        result = dg.materialize(_listing(False).assets or (), instance=instance)  # type: ignore[arg-type]
        check_failure_alert_sensor(_succeeded(instance, result))
    with warehouse.transaction() as connection:
        assert [own["kind"] for own in list_problems(connection)] == ["check_failed"]


def test_all_of_them_are_wired() -> None:
    repository = defs.get_repository_def()
    assert repository.has_sensor_def("new_plant_sensor")
    assert repository.has_schedule_def("nightly_sync_schedule")


def test_a_plant_that_is_gone_again_when_its_history_is_computed_leaves_all_others_alone(
    configured: None, warehouse: Warehouse
) -> None:
    """It was announced and its run queued; then a person merged it, and its code is none of a plant any more."""
    _add_sensor(warehouse, "Alpha", datetime(2026, 2, 1, tzinfo=UTC))
    found = _evaluate(None)
    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    _add_sensor(warehouse, "Beta", datetime(2026, 2, 2, tzinfo=UTC))
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("delete from registry.sensor where source_sensor_id = 'Alpha'")
        connection.exec_driver_sql("delete from registry.equipment where source_asset_id = 'Alpha'")
        connection.exec_driver_sql("delete from registry.plant where plant_code = 'P-ALPHA'")
    job = defs.resolve_job_def("onboard_plant")
    with dg.instance_for_test() as instance:
        done = job.execute_in_process(instance=instance, run_config=request.run_config, tags=dict(request.tags))
    assert done.success
    with warehouse.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from energy.plant_daily").scalar_one() == 0
