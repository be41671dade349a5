"""The schedules: the nightly sync, the registry every hour, and what sources have between the nights.

What belongs here: when, and which days a tick asks for. What does not: what a run does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from plant_pipeline.automation.divided_nights import (
    NOT_ENDED,
    PRIORITY_TAG,
    first_tags,
    is_inner_part,
    listing_keys,
    open_nights,
)
from plant_pipeline.automation.missed_days import MISSED_TAG, MissedSpan, missed_spans
from plant_pipeline.automation.planning import default_dates, latest_night, night_to_start
from plant_pipeline.automation.under_way import UNDER_WAY
from plant_pipeline.automation.watch import note_without_warehouse
from plant_pipeline.config import Settings
from plant_pipeline.errors import PlantPipelineError, WarehouseError
from plant_pipeline.orchestration import WITHOUT_DATES_TAG, range_tags
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.source import Source, SourceJob
from plant_pipeline.warehouse import open_warehouse

NIGHTLY_CRON = "*/15 * * * *"
REGISTRY_CRON = "50 * * * *"
NIGHT_TAG = "plant_pipeline/night"  # the date on which it was due
_AFTER_THE_NIGHT = {PRIORITY_TAG: "-1"}
_WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
_ENDED_BADLY = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING)


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


@dataclass(frozen=True)
class NightKeys:
    """Assets that runs of a night make: `of_days` those over missed days, `listings` what begins a divided night."""

    of_days: Sequence[dg.AssetKey]
    listings: Sequence[dg.AssetKey]


def build_schedules(sources: Sequence[Source], keys: NightKeys) -> list[dg.ScheduleDefinition]:
    """The nightly sync, the registry between nights, and the jobs that sources have between them."""
    own = [_nightly_sync_schedule(keys), registry_sync_schedule]
    return [*own, *(_source_schedule(source, job) for source in sources for job in source.jobs)]


def _nightly_sync_schedule(keys: NightKeys) -> dg.ScheduleDefinition:
    @dg.schedule(
        job_name="nightly_sync",
        name="nightly_sync_schedule",
        cron_schedule=NIGHTLY_CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Once a night, from NIGHTLY_SYNC_TIME in NIGHTLY_SYNC_ZONE on, as soon as the day before is over in every "
            "plant's zone: that day, the trailing days before it, and days that were missed."
        ),
    )
    def nightly_sync_schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        settings = settings_or_skip()
        if isinstance(settings, dg.SkipReason):
            return settings
        now_utc = context.scheduled_execution_time.astimezone(UTC)
        return nightly_requests(settings, context.instance, now_utc, keys)

    return nightly_sync_schedule


def nightly_requests(
    settings: Settings, instance: dg.DagsterInstance, now_utc: datetime, keys: NightKeys
) -> list[dg.RunRequest] | dg.SkipReason:
    """The runs of the night that is due at `now_utc` and has not been started; with the warehouse down that is told.

    Dagster's run keys hold within a tick only: what was started is asked of the instance.
    """
    latest = latest_night(now_utc, settings.nightly_time, settings.nightly_zone)
    if _has_run(instance, {NIGHT_TAG: str(latest)}):
        return dg.SkipReason(f"the night of {latest} has been started")
    try:
        with open_warehouse(settings) as warehouse, warehouse.transaction() as connection:
            night = night_to_start(connection, now_utc, latest)
            if night < latest and _has_run(instance, {NIGHT_TAG: str(night)}):
                return dg.SkipReason(
                    f"the night of {latest} waits until {latest - timedelta(days=1)} is over, and an hour more, in "
                    "every plant's zone"
                )
            dates = default_dates(connection, now_utc, settings.trailing_days)
            spans = missed_spans(connection, dates, settings)
    except WarehouseError as error:
        note_without_warehouse(settings, error, f"the nightly sync of {latest} waits")
        return dg.SkipReason(f"not started: {error}")
    tags = {**range_tags(dates), WITHOUT_DATES_TAG: "true", NIGHT_TAG: str(night)}
    missed = [
        _missed_request(span, night, keys.of_days, settings.shards)
        for span in spans
        if not is_caught_up(instance, span, now_utc)
    ]
    if settings.shards == 1:
        return [dg.RunRequest(run_key=f"nightly {night}", tags=tags), *missed]
    first = {**tags, **first_tags(settings.shards)}
    return [dg.RunRequest(run_key=f"nightly {night}", tags=first, asset_selection=keys.listings), *missed]


def _missed_request(span: MissedSpan, night: date, day_keys: Sequence[dg.AssetKey], shards: int) -> dg.RunRequest:
    """The run over a span, or the first one of it: days that many plants lack are divided as a night is."""
    tags = {**range_tags([span.first_date, span.last_date]), MISSED_TAG: span.key, **_AFTER_THE_NIGHT}
    config = {"resources": {"pipeline": {"config": {"plant": span.plant_code}}}} if span.plant_code else {}
    is_divided = shards > 1 and span.plant_code is None
    return dg.RunRequest(
        run_key=f"missed {night} {span.key}",
        run_config=config,
        tags=tags | first_tags(shards) if is_divided else tags,
        asset_selection=listing_keys(day_keys) if is_divided else day_keys,
    )


def is_caught_up(instance: dg.DagsterInstance, span: MissedSpan, now_utc: datetime) -> bool:
    """Whether a run over this very span waits, is under way or ended well: then another would find no more.

    Of a span that is divided between runs the closing one counts, as long as there is one to come.
    """
    own = {MISSED_TAG: span.key}
    runs = instance.get_runs(dg.RunsFilter(job_name="nightly_sync", tags=own))
    if any(_may_mend(run) for run in runs):
        return True
    return any(own.items() <= night.first.tags.items() for night in open_nights(instance, now_utc))


def _may_mend(run: dg.DagsterRun) -> bool:
    return run.status in NOT_ENDED if is_inner_part(run) else run.status not in _ENDED_BADLY


def _has_run(instance: dg.DagsterInstance, tags: dict[str, str]) -> bool:
    return bool(instance.get_runs(dg.RunsFilter(job_name="nightly_sync", tags=tags), limit=1))


@dg.schedule(
    job_name="registry_sync",
    name="registry_sync_schedule",
    cron_schedule=REGISTRY_CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour, or a new plant is noticed at night only; within what the sources permit.",
)
def registry_sync_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """None while one is under way, as where a source's limit stretches it, and none beside a night, which does it."""
    settings = settings_or_skip()
    if isinstance(settings, dg.SkipReason):
        return settings
    for job_name in ("nightly_sync", "registry_sync"):
        if context.instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=UNDER_WAY)):
            return dg.SkipReason(f"{job_name} is under way: it pulls the listings")
    return dg.RunRequest(run_key=f"registry_sync {context.scheduled_execution_time.isoformat()}")


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
        if context.instance.get_runs_count(dg.RunsFilter(job_name=job.name, statuses=_WAITING)):
            return dg.SkipReason(
                f"a run of {job.name} waits: it asks when it begins, and a second one for nothing more"
            )
        return dg.RunRequest(run_key=f"{job.name} {context.scheduled_execution_time.isoformat()}")

    return schedule
