"""The last steps of a night: a second try for what may have passed, before the delivery, and the verdict.

What belongs here: Dagster wiring of trying again and judging. What does not: what is tried again (`repeat`), what is a
failure (`outcome`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.automation.divided_nights import CLOSING, gather
from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.automation.outcome import OUTCOME_STEP, failed_steps, failures_of
from plant_pipeline.automation.repeat import Event, Lacking, Repeat, lacking_of, take_over
from plant_pipeline.landing.heartbeat import write_heartbeat
from plant_pipeline.landing.stream import read_issues, read_outcomes
from plant_pipeline.orchestration import (
    OWNERS,
    PART_TAG,
    ROW_COUNT,
    SECOND_TRY,
    Pipeline,
    asset_body,
    dates_of_run,
    rows_id_of,
    run_id_of,
)
from plant_pipeline.sources.source import Source

_NIGHTLY = "nightly_sync"


def build_second_try_asset(sources: Sequence[Source]) -> dg.AssetsDefinition:
    """`second_try`, after the KPIs and before the delivery: a day that it completes is sent once."""

    @dg.asset(
        key=SECOND_TRY,
        description="Has what failed for a passing reason again, once; if that helped, computes the run's days anew.",
        group_name="run",
        owners=OWNERS,
        kinds={"python"},
        deps=[dg.AssetKey(["kpi", "plant_daily"]), dg.AssetKey(["kpi", "portfolio_daily"])],
    )
    @asset_body
    def second_try(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[Event | dg.MaterializeResult[None]]:
        events = _have_again(context, pipeline, sources, is_last=False)
        yield from events
        yield dg.MaterializeResult(metadata={ROW_COUNT: 0})

    return second_try


def build_outcome_asset(sources: Sequence[Source], upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """`run_outcome`, after everything else."""

    @dg.asset(
        key=dg.AssetKey([OUTCOME_STEP]),
        description=(
            "Fails if any stream, day or delivery of the run failed, and names them; all else is written. A run that "
            "repeats another first has again what that one lacked."
        ),
        group_name="run",
        owners=OWNERS,
        kinds={"python"},
        deps=upstream,
    )
    @asset_body
    def run_outcome(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[Event | dg.MaterializeResult[None]]:
        yield from _have_again(context, pipeline, sources, is_last=True)
        with pipeline.warehouse.transaction() as connection:
            failures = failures_of(connection, run_id_of(context))
        if failures:
            raise dg.Failure("; ".join(failures), metadata={"failures": failures}, allow_retries=False)
        if _is_night(context.run, pipeline):
            dates = dates_of_run(context.instance, context.run)
            with pipeline.warehouse.transaction() as connection:
                write_heartbeat(connection, _NIGHTLY, run_id_of(context), dates, pipeline.clock())
        yield dg.MaterializeResult(metadata={"failures": 0, ROW_COUNT: 0})

    return run_outcome


def _is_night(run: dg.DagsterRun, pipeline: Pipeline) -> bool:
    """Whether it does what a night does: days that a week without nights left are caught up while these still fail."""
    is_of_all_plants = pipeline.plant_code is None and pipeline.replayed is None
    return run.job_name == _NIGHTLY and is_of_all_plants and MISSED_TAG not in run.tags


def _have_again(
    context: dg.AssetExecutionContext, pipeline: Pipeline, sources: Sequence[Source], *, is_last: bool
) -> list[Event]:
    """Try again what the run lacks, first taking over what the run that it repeats lacked."""
    run, run_id = context.run, run_id_of(context)
    days: list[date] = []
    with pipeline.warehouse.transaction() as connection:
        if not is_last and run.tags.get(PART_TAG) == CLOSING:
            gather(connection, context.instance, run, pipeline.clock())
        if run.parent_run_id is not None:
            days = _take_over(connection, context.instance, run, run.parent_run_id, pipeline.clock(), is_last=is_last)
        lacking = lacking_of(read_outcomes(connection, run_id), read_issues(connection, run_id), days)
    repeat = Repeat(pipeline, sources, run_id, dates_of_run(context.instance, run), delivers=is_last)
    if lacking != Lacking():
        repeat.work(lacking)
    return repeat.events


def _take_over(
    connection: Connection,
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    parent_id: str,
    now_utc: datetime,
    *,
    is_last: bool,
) -> list[date]:
    parent = instance.get_run_by_id(parent_id)
    if parent is None:
        raise dg.Failure(f"the run {parent_id} that this one repeats is not known any more: start a new run")
    started = {
        record.event_log_entry.step_key or ""
        for record in instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_START).records
    }
    crashed = {step: why for step, why in failed_steps(instance, parent_id).items() if step != OUTCOME_STEP}
    return take_over(connection, rows_id_of(run), rows_id_of(parent), started if is_last else None, crashed, now_utc)
