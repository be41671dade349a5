"""The sensors: new plants, failed runs, failed checks. They read the warehouse or the instance, never an API.

What belongs here: cursors and requests. What does not: what the runs do.
"""

import dagster as dg

from plant_pipeline.automation.alerts import message, send
from plant_pipeline.automation.planning import default_dates
from plant_pipeline.automation.schedules import settings_or_skip
from plant_pipeline.config import load_settings
from plant_pipeline.landing.stream import read_issues, read_outcomes
from plant_pipeline.orchestration import SYNC_TAG, range_tags, utc_now
from plant_pipeline.warehouse import execute, open_warehouse

_EVENTS_A_TICK = 500


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
    with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
        plants = execute(connection, "automation/new_plants", after=context.cursor or "-infinity").mappings().all()
        dates = default_dates(connection, utc_now(), settings.trailing_days)
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
    with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
        run_id = run.tags.get(SYNC_TAG, run.run_id)
        lines = [
            f"{outcome.source} {outcome.entity}: {outcome.state}: {outcome.message}"
            for outcome in read_outcomes(connection, run_id)
            if outcome.is_failure
        ]
        lines += [issue.message for issue in read_issues(connection, run_id) if issue.severity == "failure"]
    send(
        settings.alert_webhook_url,
        message(
            f"{run.job_name} failed",
            lines or [context.failure_event.message or "see the run"],
            run.run_id,
            run.job_name,
        ),
    )
    return None


@dg.sensor(
    name="check_failure_alert_sensor",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends one message for checks of severity ERROR that failed in runs which themselves succeeded.",
)
def check_failure_alert_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason | dg.SensorResult:
    """Reads check evaluations after the cursor; a run that failed is told by `run_failure_alert_sensor`."""
    settings = load_settings()
    if settings.alert_webhook_url is None:
        return dg.SkipReason("ALERT_WEBHOOK_URL is not set")
    records = context.instance.get_event_records(
        dg.EventRecordsFilter(
            event_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            after_cursor=int(context.cursor) if context.cursor else None,
        ),
        limit=_EVENTS_A_TICK,
        ascending=True,
    )
    if not records:
        return dg.SkipReason("no check was evaluated")
    failed: dict[str, list[str]] = {}
    for record in records:
        event = record.event_log_entry.dagster_event
        evaluation = event.asset_check_evaluation_data if event is not None else None
        if evaluation is None or evaluation.passed or evaluation.severity != dg.AssetCheckSeverity.ERROR:
            continue
        text = f"{evaluation.asset_key.to_user_string()} {evaluation.check_name}: {evaluation.description}"
        failed.setdefault(record.run_id, []).append(text)
    for run_id, lines in failed.items():
        run = context.instance.get_run_by_id(run_id)
        if run is not None and run.status == dg.DagsterRunStatus.SUCCESS:
            send(settings.alert_webhook_url, message(f"checks of {run.job_name} failed", lines, run_id, run.job_name))
    return dg.SensorResult(cursor=str(records[-1].storage_id))


SENSORS = (new_plant_sensor, run_failure_alert_sensor, check_failure_alert_sensor)
