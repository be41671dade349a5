"""What Voke tells of this moment only, asked for many times a day, each answer kept under the time it was had at.

What belongs here: the calls and the writes. What does not: what the samples of a day come to (kpi).
"""

from dataclasses import replace
from typing import Any

from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.sources.voke.client import PLANTS, fetch_paged
from plant_pipeline.sources.voke.schema import PLANT_STATUS
from plant_pipeline.warehouse import UpsertCounts, ensure_month_partitions, upsert_rows

_FIELDS = ("id", "status", "lastSeenAt")


async def fetch_statuses(context: FetchContext) -> Listing:
    """The connection of all plants, from the pages of their list: a call for each hundred."""
    listing = await fetch_paged(context.client, PLANTS, "plant_status")
    return replace(listing, records=[_status_of(record) for record in listing.records])


def _status_of(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {name: record[name] for name in _FIELDS if name in record}


def write_statuses(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add the statuses under the time they were fetched at."""
    day = context.fetched_at.date()
    ensure_month_partitions(context.connection, "voke.plant_status_sample", day, day)
    stamped = [{**row, "sampled_at": context.fetched_at} for row in rows]
    columns = ("sampled_at", *PLANT_STATUS.columns)
    return upsert_rows(context.connection, "voke.plant_status_sample", ("plant_id", "sampled_at"), stamped, columns)
