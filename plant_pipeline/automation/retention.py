"""Retention as a Dagster job: what was received long ago is deleted, whole UTC days at a time.

What belongs here: when, and with which setting. What does not: what is deleted (`landing.inspection`).
"""

import dagster as dg

from plant_pipeline.automation.schedules import settings_or_skip
from plant_pipeline.landing.inspection import remove_expired
from plant_pipeline.orchestration import Pipeline, translate_errors

RETENTION_CRON = "0 12 * * *"


@dg.op(
    description="Deletes answers older than ARCHIVE_RETENTION_DAYS and their rows of landing.fetch, whole days.",
    out=dg.Out(dg.Nothing),
)
@translate_errors
def remove_expired_answers(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """What a person gets delivered stays; see `remove_expired`."""
    days = pipeline.settings.archive_retention_days
    removed = remove_expired(pipeline.archive, pipeline.warehouse, pipeline.clock().date(), days)
    context.log.info("archive: %d objects older than %d days deleted", removed, days)


@dg.job(
    name="retention",
    description="Deletes what was received long ago.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": "21600"},
)
def retention_job() -> None:
    """One step."""
    remove_expired_answers()


@dg.schedule(
    job=retention_job,
    name="retention_schedule",
    cron_schedule=RETENTION_CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at noon, when no night is under way.",
)
def retention_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A run a day."""
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    return dg.RunRequest(run_key=f"retention {context.scheduled_execution_time.isoformat()}")
