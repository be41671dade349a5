"""The delivery as a Dagster asset.

What belongs here: which dates, reporting. What does not: the file, the receiver.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import date

import dagster as dg

from plant_pipeline.http import RetryPolicy
from plant_pipeline.landing.stream import RunIssue, replace_issues, write_issues
from plant_pipeline.orchestration import (
    DAILY,
    MONTH_A_RUN,
    OWNERS,
    QUEUED_DAY,
    ROW_COUNT,
    WITHOUT_DATES_TAG,
    Pipeline,
    asset_body,
    check_result,
    count_days,
    dates_of,
    report_days,
    require_over,
    run_id_of,
    table_metadata,
)
from plant_pipeline.raptor_maps.client import RaptorClient, open_raptor_client
from plant_pipeline.raptor_maps.deliver import DayDelivery, deliver_day, undelivered_dates

_log = logging.getLogger(__name__)
_MOST_DATES = 20
_PATIENT = RetryPolicy(base_s=5.0, max_s=30.0)  # the first round has ridden out some four seconds
_DELIVERY = dg.AssetKey(["raptor_maps", "delivery"])


@dg.asset(
    key=_DELIVERY,
    description="The Raptor Maps CSV of each date: built, stored with its hash, sent to a signed URL, receipt kept.",
    group_name="raptor_maps",
    owners=OWNERS,
    kinds={"sql", "postgres", "csv"},
    deps=[
        QUEUED_DAY,
        dg.AssetKey(["energy", "reading"]),
        dg.AssetKey(["registry", "plant"]),
        dg.AssetKey(["registry", "sensor"]),
    ],
    partitions_def=DAILY,
    backfill_policy=MONTH_A_RUN,
    check_specs=[
        dg.AssetCheckSpec(
            "every_part_accepted", asset=_DELIVERY, description="Every part of the run's dates is at the receiver."
        )
    ],
)
@asset_body
def delivery(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """One date after the other, undelivered ones first; a part that fails leaves the others alone."""
    run_id, dates = run_id_of(context), dates_of(context)
    require_over(pipeline, dates)
    with pipeline.warehouse.transaction() as connection:
        undelivered = [day for day in undelivered_dates(connection) if day not in dates]
    takes_up = WITHOUT_DATES_TAG in context.run.tags and pipeline.upload and pipeline.settings.raptor_maps is not None
    days = deliver_days(pipeline, [*(undelivered if takes_up else ()), *dates], run_id)
    with pipeline.warehouse.transaction() as connection:
        if undelivered and not takes_up:
            text = describe_undelivered(undelivered)
            write_issues(connection, run_id, [RunIssue("raptor_maps", "undelivered", text, "finding")])
        receipts = count_days(connection, "raptor_maps.delivery", "observation_date", [*undelivered, *dates])
        metadata = table_metadata(connection, "raptor_maps.delivery", is_daily=True)
        shown = {
            own.observation_date: {
                **_counts(own),
                **pipeline.show_day(connection, "raptor_maps.delivery", own.observation_date, run_id),
            }
            for own in days
        }
    report_days(context, receipts, shown)
    for day in days:
        if day.observation_date in undelivered:  # no partition of this run
            own = {ROW_COUNT: receipts.get(day.observation_date, 0), **shown[day.observation_date]}
            context.log_event(dg.AssetMaterialization(_DELIVERY, partition=str(day.observation_date), metadata=own))
    return dg.MaterializeResult(
        metadata=metadata,
        check_results=[delivery_check(days, is_configured=pipeline.settings.raptor_maps is not None)],
    )


def delivery_check(days: Sequence[DayDelivery], *, is_configured: bool) -> dg.AssetCheckResult:
    """Whether every part is at the receiver; what was not to be sent is no failure, and the text says why."""
    failures = [text for day in days for text in day.failures]
    accepted = sum(day.count("uploaded") + day.count("unchanged") for day in days)
    built = sum(day.count("built") for day in days)
    if built:
        why = "sending was switched off" if is_configured else "raptor_maps: not configured"
        delivered = f"nothing was sent ({why}): {built} part(s) built and kept, {accepted} accepted earlier"
    else:
        delivered = f"{accepted} part(s) are at the receiver" if accepted else "no rows of these days: nothing to send"
    described = "; ".join(failures[:20]) or delivered
    return check_result("every_part_accepted", not failures, described, dg.AssetCheckSeverity.ERROR)


def describe_undelivered(dates: Sequence[date]) -> str:
    """What a person has to know about days that a run was to send and did not."""
    named = ", ".join(map(str, dates[:_MOST_DATES]))
    more = f" and {len(dates) - _MOST_DATES} more" if len(dates) > _MOST_DATES else ""
    return f"raptor_maps: not delivered yet: {named}{more}; the next sync without dates sends them"


def deliver_days(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> list[DayDelivery]:
    """Deliver the dates in order, and note what could not be delivered and what a person should know."""
    days = asyncio.run(_deliver_days(pipeline, dates, run_id))
    issues = [RunIssue("raptor_maps", str(day.observation_date), text) for day in days for text in day.failures]
    issues += [
        RunIssue("raptor_maps", str(day.observation_date), text, "finding") for day in days for text in day.findings
    ]
    with pipeline.warehouse.transaction() as connection:
        replace_issues(connection, run_id, "raptor_maps", [str(day) for day in dates], issues)
    return days


async def _deliver_days(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> list[DayDelivery]:
    """Deliver the dates in order; those that failed for a passing reason once more at the end, with longer waits."""
    days = {}
    async with _open_client(pipeline) as client:
        for day in dates:
            days[day] = await _deliver_day(pipeline, client, day, run_id)
    failed = [day for day in dates if days[day].may_pass]
    async with _open_client(pipeline, _PATIENT) as client:
        for day in failed:
            _log.info("raptor_maps %s: tried again", day)
            days[day] = await _deliver_day(pipeline, client, day, run_id)
            if days[day].may_pass:
                break  # the receiver is still down
    return list(days.values())


@contextlib.asynccontextmanager
async def _open_client(pipeline: Pipeline, retry: RetryPolicy | None = None) -> AsyncIterator[RaptorClient | None]:
    settings = pipeline.settings.raptor_maps
    if settings is None:
        yield None
    else:
        async with open_raptor_client(settings, retry=retry) as client:
            yield client


async def _deliver_day(pipeline: Pipeline, client: RaptorClient | None, day: date, run_id: str) -> DayDelivery:
    delivered = await deliver_day(
        pipeline.warehouse,
        day,
        pipeline.files_folder,
        client=client,
        run_id=run_id,
        clock=pipeline.clock,
        upload=pipeline.upload,
        max_part_bytes=pipeline.settings.raptor_max_part_bytes,
    )
    for text in (*delivered.notes, *delivered.findings, *delivered.failures):
        _log.info("%s", text)
    counts = ", ".join(f"{count} {what}" for what, count in _counts(delivered).items() if count)
    _log.info("raptor_maps %s: %s", day, counts or "no rows, nothing to send")
    return delivered


def _counts(day: DayDelivery) -> dict[str, int]:
    return {
        **{f"parts {outcome}": day.count(outcome) for outcome in ("uploaded", "unchanged", "built", "failed")},
        "CSV rows": sum(part.row_count for part in day.parts),
    }
