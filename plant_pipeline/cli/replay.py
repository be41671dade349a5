"""`plant-pipeline replay`: days computed again from the archive, no API asked.

What belongs here: which runs are replayed, in Dagster, and saying how it went. What does not: how a run is answered by
the archive (`orchestration`, `sources.run`).

Each run is the same job again, over the same code: only its clock and the transport of its clients are others.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import click
import dagster as dg

from plant_pipeline.automation.outcome import OUTCOME_STEP
from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.instance import dagster_instance, progress, run_job
from plant_pipeline.cli.invocation import say
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.archived_run import rows_of_run
from plant_pipeline.landing.ledger import write_rows
from plant_pipeline.landing.retention import REMOVABLE
from plant_pipeline.landing.run_record import RunRecord, runs_of
from plant_pipeline.orchestration import DIVIDED_TAG, PART_TAG, SECOND_TRY, Pipeline, open_pipeline, require_kept
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import execute

REPLAY_TAG: Final = "plant_pipeline/replay_of"
_DATE = click.DateTime(formats=["%Y-%m-%d"])
_NIGHT = "nightly_sync"


@click.command()
@click.option("--from", "first", type=_DATE, required=True, help="First plant-local date.")
@click.option("--to", "last", type=_DATE, required=True, help="Last plant-local date, included.")
@click.option("--source", help="Take the answers of this source only; what the others brought stays as it is.")
def replay(first: datetime, last: datetime, source: str | None) -> None:
    """Compute days again from the archive: all runs that computed them, in their order. No API is asked.

    Nothing is sent to Raptor Maps. Where the warehouse knows later nights, their listings and registry stay, and only
    readings, energy and KPIs of the days are computed again.
    """
    settings = load_settings()
    with open_pipeline(settings, upload=False) as pipeline:
        dates = requested_dates(None, first.date(), last.date(), pipeline.clock()) or ()
        require_kept(pipeline, dates, *REMOVABLE)
        runs = runs_of(pipeline.archive, min(dates), max(dates))
        _check_source(runs, source)
        failed: dict[str, str] = {}
        ids: dict[str, str] = {}
        with dagster_instance(settings) as instance, progress(settings):
            for run in runs:
                new_id = ids.setdefault(run.rows_id, str(uuid.uuid4()))
                tags = {REPLAY_TAG: run.run_id} | _part_tags(run, ids)
                why = _replay(instance, pipeline, run, [day for day in run.dates if day in dates], source, new_id, tags)
                failed |= {f"{_title(run)}, {step}": text for step, text in why.items()}
    if failed:
        for step, reason in failed.items():
            say(f"{step}: {reason}", err=True)
        raise click.exceptions.Exit(1)


def _check_source(runs: Sequence[RunRecord], source: str | None) -> None:
    known = sorted({name for run in runs for name in run.sources})
    if source is not None and source not in known:
        raise UsageError(f"no run of these days asked {source}; they asked {', '.join(known)}")


def _replay(
    instance: dg.DagsterInstance,
    pipeline: Pipeline,
    run: RunRecord,
    dates: Sequence[date],
    source: str | None,
    new_id: str,
    tags: Mapping[str, str],
) -> dict[str, str]:
    with pipeline.warehouse.transaction() as connection:
        is_newer = execute(connection, "landing/is_newer", instant=run.ended_at).scalar_one()
    if is_newer and not dates:
        say(f"{_title(run)}: left out, as the warehouse knows later ones")
        return {}
    job, keys = _selection(run, dates, only_days=is_newer)
    failed = run_job(
        instance,
        job,
        new_id,
        dates,
        plant_code=run.plant_code,
        upload=False,
        asset_keys=keys,
        tags=tags,
        is_before=run.run_id != run.rows_id,
        replayed=run.key,
        source=source,
    )
    _complete_ledger(pipeline, run)
    if not failed:
        say(f"{_title(run)}: replayed" + (", days only, as the warehouse knows later ones" if is_newer else ""))
    alone = failed.keys() == {OUTCOME_STEP}
    return {step: why for step, why in failed.items() if alone or step != OUTCOME_STEP}


def _part_tags(run: RunRecord, ids: dict[str, str]) -> dict[str, str]:
    """Those of a part of a night that was divided between runs, which the runs of its replay are too."""
    first = {DIVIDED_TAG: ids.setdefault(run.divided, str(uuid.uuid4()))} if run.divided else {}
    return first | ({PART_TAG: run.part} if run.part else {})


def _selection(run: RunRecord, dates: Sequence[date], *, only_days: bool) -> tuple[str, Sequence[dg.AssetKey] | None]:
    """The job of the run and the assets to make; None: all of the job."""
    from plant_pipeline.definitions import definitions_for  # half a second that most commands do not need

    definitions = definitions_for(dates)
    known = {job.name for job in definitions.jobs or ()}
    job_name = run.job if run.job in known else _NIGHT  # what a person picked in the UI is in no job of ours
    keys = None if run.assets is None else [dg.AssetKey(asset.split("/")) for asset in run.assets]
    if not only_days:
        return job_name, keys
    layer = definitions.resolve_job_def(job_name).asset_layer
    last = {SECOND_TRY, dg.AssetKey([OUTCOME_STEP])}
    of_days = {key for key in layer.selected_asset_keys if layer.get(key).is_partitioned or key in last}
    return job_name, sorted(of_days & set(keys) if keys is not None else of_days)


def _complete_ledger(pipeline: Pipeline, run: RunRecord) -> None:
    """Give the ledger the rows of the run that it lacks, from the indexes in the archive."""
    rows = [dict(row) for source in run.sources for row in rows_of_run(pipeline.archive, source, run)]
    with pipeline.warehouse.transaction() as connection:
        known = execute(
            connection,
            "landing/fetches_known",
            object_keys=list({row["object_key"] for row in rows}),
            since=run.began_at,
            until=run.ended_at,
        ).scalars()
        there = set(known)
    write_rows(pipeline.warehouse, [row for row in rows if row["object_key"] not in there])


def _title(run: RunRecord) -> str:
    days = f" for {min(run.dates)}" + (f" to {max(run.dates)}" if len(run.dates) > 1 else "") if run.dates else ""
    return f"{run.job} of {run.began_at:%Y-%m-%d %H:%M:%S} UTC{days}"
