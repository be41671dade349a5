"""The schedules: the nightly sync, and what sources have between the nights.

What belongs here: when, and which days a tick asks for. What does not: what a run does.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from plant_pipeline.automation.alerts import message, note_over, tell_once
from plant_pipeline.automation.planning import default_dates
from plant_pipeline.config import Settings
from plant_pipeline.errors import PlantPipelineError, WarehouseError
from plant_pipeline.orchestration import WITHOUT_DATES_TAG, range_tags
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.source import Source, SourceJob
from plant_pipeline.warehouse import open_warehouse

NIGHTLY_CRON = "30 3 * * *"
MISSED_NIGHT = "nightly_sync_schedule"  # the trouble that the warehouse was down when a night was due


def settings_or_skip(source: str | None = None) -> Settings | dg.SkipReason:
    """The settings, or why a tick has to be skipped (`source`: the one it needs)."""
    try:
        settings = load_settings()
        settings.require_any_source()
    except PlantPipelineError as error:
        return dg.SkipReason(str(error))
    if source is not None and source not in settings.sources:
        return dg.SkipReason(f"{source}: not configured")
    return settings


@dg.schedule(
    job_name="nightly_sync",
    name="nightly_sync_schedule",
    cron_schedule=NIGHTLY_CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night: the latest date that is over in every plant's zone, and the trailing days before it.",
)
def nightly_sync_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run over a range of dates; the run key makes a repeated tick harmless."""
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    request = nightly_request(settings, context.scheduled_execution_time.astimezone(UTC))
    if isinstance(request, dg.RunRequest):
        note_over(settings, MISSED_NIGHT)
    return request


def nightly_request(settings: Settings, now_utc: datetime) -> dg.RunRequest | dg.SkipReason:
    """The run of the night that was due at `now_utc`; with the warehouse down that is told, and why no run is."""
    try:
        with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
            dates = default_dates(connection, now_utc, settings.trailing_days)
    except WarehouseError as error:
        text = message("nightly_sync was not started", [str(error)], "", "nightly_sync")
        tell_once(settings, MISSED_NIGHT, now_utc.isoformat(), text)
        return dg.SkipReason(f"not started: {error}")
    return dg.RunRequest(
        run_key=f"nightly {now_utc.isoformat()}", tags={**range_tags(dates), WITHOUT_DATES_TAG: "true"}
    )


def build_schedules(sources: Sequence[Source]) -> list[dg.ScheduleDefinition]:
    """The nightly sync and the jobs that sources have between the nights."""
    return [nightly_sync_schedule, *(_source_schedule(source, job) for source in sources for job in source.jobs)]


def _source_schedule(source: Source, job: SourceJob) -> dg.ScheduleDefinition:
    @dg.schedule(
        job_name=job.name,
        name=f"{job.name}_schedule",
        cron_schedule=job.cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=job.reason,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        settings = settings_or_skip(source.name)
        if isinstance(settings, dg.SkipReason):
            return settings
        return dg.RunRequest(run_key=f"{job.name} {context.scheduled_execution_time.isoformat()}")

    return schedule
