"""The sensors: new plants, failed runs, failed checks. They read the warehouse or the instance, never an API.

What belongs here: cursors and requests. What does not: what the runs do.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from plant_pipeline.automation.alerts import (
    message,
    note_over,
    store_kept_issues,
    tell,
    tell_of_dead_runs,
    tell_once,
    tell_waiting,
)
from plant_pipeline.automation.command_line_runs import close_dead_runs, is_of_command_line
from plant_pipeline.automation.jobs import FREQUENT_TAG
from plant_pipeline.automation.outcome import OUTCOME_STEP, failed_steps, failures_of
from plant_pipeline.automation.planning import default_dates
from plant_pipeline.automation.schedules import settings_or_skip
from plant_pipeline.config import Settings
from plant_pipeline.errors import WarehouseError
from plant_pipeline.orchestration import range_tags, rows_id_of, utc_now
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import execute, open_warehouse


@dg.sensor(
    name="new_plant_sensor",
    job_name="onboard_plant",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Computes the recent days of each plant that the registry has learned of.",
)
def new_plant_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run per new active plant with sensors and without any energy; the cursor is the last plant's first sight."""
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    tell_waiting(settings)
    tell_of_dead_runs(settings, close_dead_runs(context.instance))
    under_way = dg.RunsFilter(
        job_name="nightly_sync", statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTED]
    )
    if context.instance.get_runs_count(under_way):
        return dg.SkipReason("nightly_sync is under way: it computes the days of plants it finds")
    try:
        plants, dates = _new_plants(settings, context.cursor or "-infinity")
    except WarehouseError as error:
        tell_once(settings, "warehouse", "down", message("the warehouse cannot be opened", [str(error)], "", ""))
        return dg.SkipReason(str(error))
    note_over(settings, "warehouse")
    if not plants:
        return dg.SkipReason("no new plant")
    requests = [
        dg.RunRequest(
            run_key=f"onboard {plant['plant_code']}",
            run_config={"resources": {"pipeline": {"config": {"plant": plant["plant_code"]}}}},
            tags=range_tags(dates),
        )
        for plant in plants
        if plant["needs_days"]
    ]
    return dg.SensorResult(run_requests=requests, cursor=str(plants[-1]["first_seen_at"]))


def _new_plants(settings: Settings, after: str) -> tuple[Sequence[Mapping[Any, Any]], list[date]]:
    """The plants first seen after an instant, and the days to compute for them."""
    with open_warehouse(settings) as warehouse:
        store_kept_issues(settings, warehouse)
        with warehouse.transaction() as connection:
            plants = execute(connection, "automation/new_plants", after=after).mappings().all()
            return plants, default_dates(connection, utc_now(), settings.trailing_days)


@dg.run_failure_sensor(
    name="run_failure_alert_sensor",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends one message to ALERT_WEBHOOK_URL for each failed run, naming what is missing.",
)
def run_failure_alert_sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """One message a run, whatever number of its steps failed."""
    settings = load_settings()
    if settings.alert_webhook_url is None:
        return dg.SkipReason("ALERT_WEBHOOK_URL is not set")
    run = context.dagster_run
    if is_of_command_line(run):
        tell_waiting(settings)
        return dg.SkipReason("the command line has told of its own run")
    lines = _failures(settings, context)
    _tell_of_run(settings, run, message(f"{run.job_name} failed", lines, run.run_id, run.job_name))
    return None


def _tell_of_run(settings: Settings, run: dg.DagsterRun, payload: dict[str, Any]) -> None:
    """Tell of a run that went wrong; of one that is made many times a day the first time, until one goes well."""
    if FREQUENT_TAG in run.tags:
        tell_once(settings, run.job_name, "down", payload)
    else:
        tell(settings, payload)


def _failures(settings: Settings, context: dg.RunFailureSensorContext) -> list[str]:
    """What the warehouse says the run could not do; else, or if it cannot be asked, which steps failed and why."""
    run = context.dagster_run
    steps = failed_steps(context.instance, run.run_id)
    crashed = [f"{step}: {why}" for step, why in steps.items() if step != OUTCOME_STEP]
    try:
        with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
            lines = [*failures_of(connection, rows_id_of(run)), *crashed]
    except WarehouseError as error:
        lines = [*(f"{step}: {why}" for step, why in steps.items()), str(error)]
    return lines or [_why(context.failure_event)]


def _why(event: dg.DagsterEvent) -> str:
    """Why a run failed of which no step did."""
    error = event.job_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else (event.message or "see the run")


@dg.run_status_sensor(
    name="check_failure_alert_sensor",
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends one message for checks of severity ERROR that failed in a run which itself succeeded.",
)
def check_failure_alert_sensor(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    """A failed check does not fail its run, so no other alert would tell of it."""
    settings = load_settings()
    if settings.alert_webhook_url is None:
        return dg.SkipReason("ALERT_WEBHOOK_URL is not set")
    run = context.dagster_run
    lines = failed_checks(context.instance, run.run_id)
    if not lines:
        if FREQUENT_TAG in run.tags:
            note_over(settings, run.job_name)
        tell_waiting(settings)
        return dg.SkipReason("no check of severity ERROR failed")
    _tell_of_run(settings, run, message(f"checks of {run.job_name} failed", lines, run.run_id, run.job_name))
    return None


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The checks of severity ERROR that failed in a run, in words; what a second try mended did not."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    events = [record.event_log_entry.dagster_event for record in records]
    evaluations = [event.asset_check_evaluation_data for event in events if event is not None]
    latest = {(evaluation.asset_key, evaluation.check_name): evaluation for evaluation in evaluations}
    return [
        f"{evaluation.asset_key.to_user_string()} {evaluation.check_name}: {evaluation.description}"
        for evaluation in latest.values()
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR
    ]


SENSORS = (new_plant_sensor, run_failure_alert_sensor, check_failure_alert_sensor)
