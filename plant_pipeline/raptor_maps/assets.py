"""The delivery as a Dagster asset.

What belongs here: which dates, reporting. What does not: the file, the receiver.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import date

import dagster as dg

from plant_pipeline.landing.stream import RunIssue, write_issues
from plant_pipeline.orchestration import DAILY, OWNERS, Pipeline, dates_of, run_id_of, table_metadata, translate_errors
from plant_pipeline.raptor_maps.client import open_client
from plant_pipeline.raptor_maps.deliver import DayDelivery, deliver_day

_log = logging.getLogger(__name__)
_DELIVERY = dg.AssetKey(["raptor_maps", "delivery"])


@dg.asset(
    key=_DELIVERY,
    description="The Raptor Maps CSV of each date: built, stored with its hash, sent to a signed URL, receipt kept.",
    group_name="raptor_maps",
    owners=OWNERS,
    kinds={"sql", "postgres", "csv"},
    deps=[
        dg.AssetKey(["energy", "reading"]),
        dg.AssetKey(["registry", "plant"]),
        dg.AssetKey(["registry", "sensor"]),
    ],
    partitions_def=DAILY,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        dg.AssetCheckSpec(
            "every_part_accepted", asset=_DELIVERY, description="Every part of the run's dates is at the receiver."
        )
    ],
)
@translate_errors
def delivery(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """One date after the other; a part that fails leaves the others alone."""
    days = asyncio.run(deliver_days(pipeline, dates_of(context), run_id_of(context)))
    issues = [RunIssue("raptor_maps", str(day.observation_date), text) for day in days for text in day.failures]
    issues += [
        RunIssue("raptor_maps", str(day.observation_date), text, "finding") for day in days for text in day.findings
    ]
    with pipeline.warehouse.transaction() as connection:
        write_issues(connection, run_id_of(context), issues)
        metadata = {**table_metadata(connection, "raptor_maps.delivery"), **_counts(days)}
    failures = [issue.message for issue in issues if issue.severity == "failure"]
    check = dg.AssetCheckResult(
        check_name="every_part_accepted",
        passed=not failures,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(failures[:20]) or "every part is at the receiver, or nothing was to be sent",
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


async def deliver_days(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> list[DayDelivery]:
    """Deliver the dates in order, over one client if the receiver is configured."""
    settings = pipeline.settings.raptor_maps
    days = []
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_client(settings)) if settings is not None else None
        for observation_date in dates:
            day = await deliver_day(
                pipeline.warehouse,
                observation_date,
                pipeline.archive.root,
                client=client,
                run_id=run_id,
                clock=pipeline.clock,
                upload=pipeline.upload,
                max_part_bytes=pipeline.settings.raptor_max_part_bytes,
            )
            for text in (*day.notes, *day.findings, *day.failures):
                _log.info("%s", text)
            counts = ", ".join(f"{count} {what}" for what, count in _counts([day]).items() if count)
            _log.info("raptor_maps %s: %s", observation_date, counts or "no rows, nothing to send")
            days.append(day)
    return days


def _counts(days: Sequence[DayDelivery]) -> dict[str, int]:
    return {
        f"parts {outcome}": sum(day.count(outcome) for day in days)
        for outcome in ("uploaded", "unchanged", "built", "failed")
    } | {"rows": sum(part.row_count for day in days for part in day.parts)}
