"""The sensors: new plants, problems, runs that ended. They read the warehouse or the instance, never an API.

What belongs here: cursors and requests. What does not: what the runs do.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import dagster as dg

from plant_pipeline.automation.alerts import tell
from plant_pipeline.automation.command_line_runs import close_dead_runs, is_of_command_line
from plant_pipeline.automation.divided_nights import (
    LOST,
    NIGHT_JOB,
    is_inner_part,
    lost_runs,
    open_nights,
    run_ids_of,
)
from plant_pipeline.automation.missed_days import first_computable_date
from plant_pipeline.automation.new_plants import NewPlant, announcement, plants_to_run
from plant_pipeline.automation.outcome import OUTCOME_STEP, failed_steps, failures_of
from plant_pipeline.automation.planning import default_dates
from plant_pipeline.automation.problem_kinds import CHECK_FAILED
from plant_pipeline.automation.problems import RunEnd, Sighting
from plant_pipeline.automation.schedules import settings_or_skip
from plant_pipeline.automation.under_way import runs_under_way
from plant_pipeline.automation.watch import note_without_warehouse, run_end, watch, watch_dead_runs
from plant_pipeline.config import Settings
from plant_pipeline.errors import WarehouseError
from plant_pipeline.landing.alive import alive_runs
from plant_pipeline.orchestration import range_tags, rows_id_of, utc_now
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import open_warehouse, read_objects

# Checks of what the warehouse knows better: stream outcomes, unread sensors, deliveries.
_TOLD_OTHERWISE = frozenset({"stream_complete", "every_sensor_was_read", "every_part_accepted"})


@dg.sensor(
    name="new_plant_sensor",
    job_name="onboard_plant",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Announces plants that the registry has learned of, or that are measured for the first time, in one message, "
        "and computes the days of their history (PLANT_PIPELINE_ONBOARDING_DAYS). Of many at once the recent days are "
        "computed together, and their history is caught up at night."
    ),
)
def new_plant_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """A run for each plant with sensors and without days, one for all where they are many.

    The cursor is when the last one became known: each is announced once, also across restarts.
    """
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    watch_dead_runs(settings, close_dead_runs(context.instance))
    under_way = dg.RunsFilter(
        job_name="nightly_sync", statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTED]
    )
    if context.instance.get_runs_count(under_way) or open_nights(context.instance, utc_now()):
        return dg.SkipReason("nightly_sync is under way: it computes the days of plants it finds")
    try:
        plants, dates = _new_plants(settings, context.cursor or "-infinity")
    except WarehouseError as error:
        note_without_warehouse(settings, error)
        return dg.SkipReason(str(error))
    if not plants:
        return dg.SkipReason("no new plant")
    tell(settings, announcement(plants))
    requests = [
        dg.RunRequest(
            run_key=f"onboard {code or f'{len(plants)} plants known at {plants[-1].known_at.isoformat()}'}",
            run_config={"resources": {"pipeline": {"config": {"plant": code}}}} if code else {},
            tags=range_tags(dates),
        )
        for code in plants_to_run(plants)
    ]
    return dg.SensorResult(run_requests=requests, cursor=str(plants[-1].known_at))


def _new_plants(settings: Settings, after: str) -> tuple[Sequence[NewPlant], list[date]]:
    """The plants that became known after an instant, and the days to compute for them, of those that can be."""
    with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
        plants = read_objects(connection, NewPlant, "automation/new_plants", after=after)
        are_few = None not in plants_to_run(plants)
        days = settings.onboarding_days if are_few else settings.trailing_days
        dates = default_dates(connection, utc_now(), days)
        first = first_computable_date(connection, dates[-1], settings)
        return plants, [day for day in dates if day >= first]


@dg.sensor(
    name="problem_sensor",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Looks every minute whether something is wrong, and tells ALERT_WEBHOOK_URL when a problem begins and when it "
        "is over; what the webhook did not take before goes out too."
    ),
)
def problem_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """All that runs leave is looked at after a run has ended, and every hour; the cursor says what was looked at."""
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    watch_dead_runs(settings, close_dead_runs(context.instance))
    now_utc = utc_now()
    seen = f"{_latest_end(context.instance)} {now_utc:%Y-%m-%dT%H}"
    under_way = runs_under_way(context.instance) if seen != context.cursor else None
    if not watch(settings, under_way=under_way, now_utc=now_utc):
        return dg.SkipReason("the warehouse cannot be asked")
    context.update_cursor(seen)
    return dg.SkipReason("looked: `plant-pipeline problems list` shows what is wrong")


def _latest_end(instance: dg.DagsterInstance) -> str:
    """The run that ended last, and when."""
    ended = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    )
    records = instance.get_run_records(ended, limit=1, order_by="update_timestamp")
    return f"{records[0].dagster_run.run_id} {records[0].end_time}" if records else "none"


@dg.sensor(
    name="divided_night_sensor",
    job_name=NIGHT_JOB,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Of a night that PLANT_PIPELINE_SHARDS divides between runs, starts the parts that are due, and those again "
        "whose process is gone."
    ),
)
def divided_night_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """The cursor has the runs that no process worked on at the last look: at the second look they are lost."""
    nights = open_nights(context.instance, utc_now())
    if not nights:
        return dg.SkipReason("no night is divided between runs now")
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    try:
        with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
            suspects = lost_runs(nights, lambda run_ids: alive_runs(connection, run_ids))
    except WarehouseError as error:
        note_without_warehouse(settings, error)
        return dg.SkipReason(str(error))
    seen_before = (context.cursor or "").split()
    for run in suspects:
        if run.run_id in seen_before:
            context.instance.report_run_failed(run, LOST)
    requests = [
        night.request(part)
        for night in open_nights(context.instance, utc_now())
        for part in night.due(context.instance)
    ]
    return dg.SensorResult(run_requests=requests, cursor=" ".join(run.run_id for run in suspects))


@dg.run_failure_sensor(
    name="run_failure_alert_sensor",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Notes that a run failed, naming what is missing, and tells of it if that is new.",
)
def run_failure_alert_sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """One note a run, whatever number of its steps failed."""
    settings, run = load_settings(), context.dagster_run
    if is_of_command_line(run):
        return dg.SkipReason("the command line has told of its own run")
    if is_inner_part(run):
        return dg.SkipReason("the run that closes its night tells of it")
    end = run_end(run, _failures(settings, context))
    watch(settings, [end], under_way=runs_under_way(context.instance))
    return None


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
    description=(
        "Notes that a run ended well, which ends the problem that it failed before, and which of its checks of "
        "severity ERROR failed: they do not fail their run."
    ),
)
def check_failure_alert_sensor(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    """What checks of streams, readings and deliveries find is told by what the warehouse has of these."""
    settings, run = load_settings(), context.dagster_run
    if is_of_command_line(run):
        return dg.SkipReason("the command line has told of its own run")
    if is_inner_part(run):
        return dg.SkipReason("the run that closes its night tells of it")
    checks: dict[str, str | None] = {}
    for run_id in run_ids_of(context.instance, run):
        checks |= {own: text or checks.get(own) for own, text in checks_of_run(context.instance, run_id).items()}
    failed = [Sighting(CHECK_FAILED, name, text, run.run_id) for name, text in checks.items() if text is not None]
    passed = tuple(name for name, text in checks.items() if text is None)
    own = [sighting for sighting in failed if sighting.subject.rpartition(" ")[2] not in _TOLD_OTHERWISE]
    notes: list[Sighting | RunEnd] = [replace(run_end(run), passed_checks=passed), *own]
    watch(settings, notes, under_way=runs_under_way(context.instance))
    return None


def checks_of_run(instance: dg.DagsterInstance, run_id: str) -> dict[str, str | None]:
    """By check of severity ERROR, what it found wrong in a run, None: nothing; what a second try mended is well."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    events = [record.event_log_entry.dagster_event for record in records]
    evaluations = [event.asset_check_evaluation_data for event in events if event is not None]
    latest = {f"{own.asset_key.to_user_string()} {own.check_name}": own for own in evaluations}
    return {
        name: None if own.passed else own.description or "failed"
        for name, own in latest.items()
        if own.severity == dg.AssetCheckSeverity.ERROR
    }


SENSORS = (new_plant_sensor, divided_night_sensor, problem_sensor, run_failure_alert_sensor, check_failure_alert_sensor)
