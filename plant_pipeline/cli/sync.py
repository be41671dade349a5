"""`plant-pipeline sync`: the nightly sync from the command line."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import click
import dagster as dg

from plant_pipeline.automation.alerts import keep_issues, store_kept_issues
from plant_pipeline.automation.command_line_runs import STOPPED
from plant_pipeline.automation.divided_nights import listing_keys, night_in_parts
from plant_pipeline.automation.outcome import OUTCOME_STEP, failures_of
from plant_pipeline.automation.planning import default_dates, has_active_plants, requested_dates
from plant_pipeline.automation.problems import RunEnd
from plant_pipeline.automation.under_way import runs_under_way
from plant_pipeline.automation.watch import watch
from plant_pipeline.cli.catching_up import catch_up
from plant_pipeline.cli.instance import dagster_instance, progress, run_in_parts, run_job
from plant_pipeline.cli.invocation import copyable, sandbox_apis, say
from plant_pipeline.config import Settings
from plant_pipeline.errors import RegistryConflict, UsageError
from plant_pipeline.landing.retention import REMOVABLE
from plant_pipeline.landing.stream import RunIssue, write_issues
from plant_pipeline.orchestration import (
    WITHOUT_DATES_TAG,
    Pipeline,
    check_accounts,
    open_pipeline,
    require_kept,
    require_over,
)
from plant_pipeline.registry.decisions.crosswalk import parse_crosswalk
from plant_pipeline.report.files import reports_folder
from plant_pipeline.report.summary import run_summary
from plant_pipeline.report.summary_text import render_summary
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import execute

_DATE = click.DateTime(formats=["%Y-%m-%d"])
_NIGHT = "nightly_sync"


@click.command()
@click.option("--date", "day", type=_DATE, help="One plant-local date.")
@click.option("--from", "first", type=_DATE, help="First plant-local date of a range.")
@click.option("--to", "last", type=_DATE, help="Last plant-local date of a range, included.")
@click.option("--plant", "plant_code", help="Only this plant's days (its plant_code).")
@click.option("--no-upload", is_flag=True, help="Write everything, send nothing.")
@sandbox_apis()
def sync(
    day: datetime | None, first: datetime | None, last: datetime | None, plant_code: str | None, no_upload: bool
) -> None:
    """Pull, reconcile, compute and deliver; without dates for the latest days that are over everywhere.

    Then days that no run has computed since a plant was first seen, and before that its history, are caught up: the
    newest first, up to 31 dates a time.
    """
    settings = load_settings()
    settings.require_any_source()
    sync_id = str(uuid.uuid4())
    failed: dict[str, str] = {}
    with (
        _told_of(settings, sync_id, failed, plant_code),
        open_pipeline(settings, plant_code=plant_code, upload=not no_upload) as pipeline,
    ):
        asked = requested_dates(_date(day), _date(first), _date(last), pipeline.clock())
        _check(pipeline, asked or ())
        store_kept_issues(settings, pipeline.warehouse)
        with dagster_instance(settings) as instance, progress(settings):
            knew_plants = _knows_plants(pipeline)
            dates = _run(instance, pipeline, sync_id, asked, failed)
            is_night = asked is None and plant_code is None and knew_plants  # a first sync has missed nothing
            behind = catch_up(instance, pipeline, dates) if is_night else {}
            under_way = runs_under_way(instance)
        with pipeline.warehouse.transaction() as connection:
            write_issues(connection, sync_id, _crashed(failed))
            summary = run_summary(connection, sync_id, dates)
            failures = failures_of(connection, sync_id)
        say(render_summary(summary, where=_places(settings, pipeline), copyable=copyable))
    for span, why in behind.items():
        say(f"Missed days  {span}: {why}", err=True)
    missing = (*((failures or failed.values()) if failed else ()), *(f"{span}: {why}" for span, why in behind.items()))
    watch(settings, [RunEnd(_NIGHT, sync_id, missing, plant_code, max(dates))], under_way=under_way)
    if missing:
        raise click.exceptions.Exit(1)


def _knows_plants(pipeline: Pipeline) -> bool:
    with pipeline.warehouse.transaction() as connection:
        return has_active_plants(connection)


@contextmanager
def _told_of(settings: Settings, sync_id: str, failed: Mapping[str, str], plant_code: str | None) -> Iterator[None]:
    """Tell of whatever ends the command before its summary: nobody may be reading this terminal at night."""
    try:
        yield
    except UsageError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if failed:
            keep_issues(settings, sync_id, _crashed(failed))
        steps = [f"{step}: {why}" for step, why in failed.items()]
        why = STOPPED if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        watch(settings, [RunEnd(_NIGHT, sync_id, (why, *steps), plant_code)])
        raise


def _crashed(failed: Mapping[str, str]) -> list[RunIssue]:
    """Steps that failed by themselves, not because of what `run_outcome` found."""
    return [RunIssue("run", step, f"{step}: {why}") for step, why in failed.items() if step != OUTCOME_STEP]


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _check(pipeline: Pipeline, asked: Sequence[date]) -> None:
    """Everything that can be wrong before the first request."""
    if pipeline.settings.crosswalk_path is not None:
        try:
            parse_crosswalk(pipeline.settings.crosswalk_path)
        except (RegistryConflict, OSError) as error:
            raise UsageError(f"PLANT_CROSSWALK: {error}") from error
    check_accounts(pipeline)
    if pipeline.plant_code is not None:
        with pipeline.warehouse.transaction() as connection:
            known = execute(connection, "registry/plant_by_code", plant_code=pipeline.plant_code).first()
        if known is None:
            raise UsageError(f"no plant has the code {pipeline.plant_code}; `plant-pipeline registry list` shows them")
    require_over(pipeline, asked)
    require_kept(pipeline, asked, *REMOVABLE)


def _run(
    instance: dg.DagsterInstance,
    pipeline: Pipeline,
    sync_id: str,
    asked: Sequence[date] | None,
    failed: dict[str, str],
) -> Sequence[date]:
    """Run `nightly_sync`, note in `failed` which steps did, and return its dates.

    Without dates and without any plant yet, the registry comes first: it knows the zones.
    """
    from plant_pipeline.definitions import defs

    options = {"plant_code": pipeline.plant_code, "upload": pipeline.upload}
    keys, tags = None, {}
    if asked is None:
        tags = {WITHOUT_DATES_TAG: "true"}
        if not _knows_plants(pipeline):
            failed |= run_job(instance, "registry_sync", sync_id, (), is_before=True, **options)  # type: ignore[arg-type] # a dict of two types
            listed = defs.resolve_job_def("registry_sync").asset_layer.selected_asset_keys
            keys = sorted(defs.resolve_job_def("nightly_sync").asset_layer.selected_asset_keys - listed)
        with pipeline.warehouse.transaction() as connection:
            asked = default_dates(connection, pipeline.clock(), pipeline.settings.trailing_days)
    if pipeline.settings.shards == 1 or pipeline.plant_code is not None:
        failed |= run_job(instance, _NIGHT, sync_id, asked, asset_keys=keys, tags=tags, **options)  # type: ignore[arg-type] # a dict of two types
        return asked
    night_keys = keys or defs.resolve_job_def(_NIGHT).asset_layer.selected_asset_keys
    parts = night_in_parts(pipeline.settings.shards, listing_keys(night_keys), sync_id, tags)
    failed |= run_in_parts(instance, parts, asked, upload=pipeline.upload)
    return asked


def _places(settings: Settings, pipeline: Pipeline) -> dict[str, str]:
    url = pipeline.warehouse.engine.url.render_as_string(hide_password=True)
    embedded = f"{settings.home / 'postgres'} (`plant-pipeline db shell` opens it)"
    return {
        "warehouse": url if settings.warehouse_url else embedded,
        "archive": settings.archive_url,
        "Raptor Maps files": f"{pipeline.files_folder / 'raptor_maps' / 'csv'}",
        "fleet reports": f"{reports_folder(settings.home)}",
    }
