"""Retention as a Dagster job: what is old enough is deleted, whole days at a time, and what comes has its place.

What belongs here: when, with which settings, of which tables, and which days are still needed. What does not: how
answers are deleted (`landing.inspection`), and how rows are (`landing.retention`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from plant_pipeline.automation.schedules import settings_or_skip
from plant_pipeline.automation.under_way import UNDER_WAY
from plant_pipeline.energy.queued_days import read_queue, take_touched
from plant_pipeline.landing.inspection import remove_expired
from plant_pipeline.landing.retention import Removable, note_removed, removable_before, remove_days
from plant_pipeline.orchestration import PARTITION_TAG, RANGE_START_TAG, Pipeline, asset_body
from plant_pipeline.report.files import remove_old_reports, reports_folder
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.warehouse import ensure_month_partitions, execute

RETENTION_CRON = "0 12 * * *"
_AHEAD = timedelta(days=31)
_READING_TABLES = (("energy.reading", "period_start"), ("energy.reading_flag", "period_start"))


@dg.op(
    description=(
        "Deletes answers older than ARCHIVE_RETENTION_DAYS, their rows of landing.fetch, and reports of such dates."
    ),
    out=dg.Out(dg.Nothing),
)
@asset_body
def remove_expired_answers(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """What a person gets delivered stays; see `remove_expired`."""
    days = pipeline.settings.archive_retention_days
    removed = remove_expired(pipeline.archive, pipeline.warehouse, pipeline.clock().date(), days)
    context.log.info("archive: %d objects older than %d days deleted", removed, days)
    reports = remove_old_reports(reports_folder(pipeline.settings.home), pipeline.clock().date(), days)
    context.log.info("reports: %d of dates more than %d days ago deleted", reports, days)


@dg.op(
    description=(
        "Deletes readings, forecasts and samples older than READING_, FORECAST_ and SAMPLE_RETENTION_DAYS, where set, "
        "but none that a day still needs."
    ),
    out=dg.Out(dg.Nothing),
)
@asset_body
def remove_old_days(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """The days that are gone are noted first: none is computed again, also if this is killed half-way."""
    settings, now_utc = pipeline.settings, pipeline.clock()
    kept_days: dict[Removable, int | None] = {
        "reading": settings.reading_retention_days,
        "forecast": settings.forecast_retention_days,
        "sample": settings.sample_retention_days,
    }
    needed = [*_waiting(pipeline), *_asked_for(context.instance, context.run_id)]
    for kind, days in kept_days.items():
        if days is None:
            continue
        before = removable_before(now_utc.date(), days, settings.trailing_days, needed)
        with pipeline.warehouse.transaction() as connection:
            before = note_removed(connection, kind, before, now_utc)
        for table, column in tables_of(kind):
            removed = remove_days(pipeline.warehouse, table, column, before)
            context.log.info("%s: %d days or rows before %s deleted", table, removed, before)


@dg.op(
    description="Makes the monthly partitions of today and of the month to come, so that no night waits for a lock.",
    out=dg.Out(dg.Nothing),
)
@asset_body
def make_partitions_ahead(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """Of every partitioned table, those of installed sources included."""
    today = pipeline.clock().date()
    with pipeline.warehouse.transaction() as connection:
        tables = execute(connection, "automation/partitioned_tables").scalars().all()
    for table in tables:
        with pipeline.warehouse.transaction() as connection:
            ensure_month_partitions(connection, table, today, today + _AHEAD)
    context.log.info("partitions of %d tables are there until %s", len(tables), today + _AHEAD)


def tables_of(kind: Removable) -> Sequence[tuple[str, str]]:
    """The tables that hold a kind of thing, each with the column of its instant."""
    if kind == "reading":
        return _READING_TABLES
    entities = [entity for source in SOURCES for entity in source.entities]
    return [
        (entity.table, entity.instant_column)
        for entity in entities
        if entity.instant_column is not None and entity.is_sample == (kind == "sample")
    ]


def _waiting(pipeline: Pipeline) -> list[date]:
    """Days whose file is still to be sent, and built for that, and days that wait to be computed again."""
    with pipeline.warehouse.transaction() as connection:
        take_touched(connection, pipeline.clock())
        queued = [own.day_date for own in read_queue(connection)]
        return [*queued, *execute(connection, "raptor_maps/undelivered").scalars()]


def _asked_for(instance: dg.DagsterInstance, own_run_id: str) -> Iterator[date]:
    """The first days of runs that wait, or are under way."""
    for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
        first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG)
        if first and run.run_id != own_run_id:
            yield date.fromisoformat(first)


@dg.job(
    name="retention",
    description="Deletes what was received, read or sampled long ago, and makes room for the month to come.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": "21600"},
)
def retention_job() -> None:
    """Steps that do not need each other."""
    remove_expired_answers()
    remove_old_days()
    make_partitions_ahead()


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
