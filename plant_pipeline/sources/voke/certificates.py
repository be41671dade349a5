"""Health of the devices' certificates: one answer a run, each kept as a row, so that a trend can be seen.

What belongs here: the call and the write. What does not: telling anybody that a certificate is about to end.
"""

from typing import Any

from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.sources.voke.client import PLANTS
from plant_pipeline.sources.voke.schema import CERTIFICATE_STATS
from plant_pipeline.warehouse import UpsertCounts, upsert_rows


async def fetch_certificate_stats(context: FetchContext) -> Listing:
    """The figures of this moment as a single record."""
    answer = await context.client.get_json(f"{PLANTS}/certificate-stats", entity="certificate_stats")
    if not isinstance(answer.json, dict):
        raise SourceShapeChanged(context.client.source, answer.path, "expected an object with counts")
    return Listing([answer.json])


def write_certificate_stats(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add the figures under the time they were fetched at."""
    stamped = [{**row, "fetched_at": context.fetched_at} for row in rows]
    columns = ("fetched_at", *CERTIFICATE_STATS.columns)
    return upsert_rows(context.connection, "voke.certificate_stats", ("fetched_at",), stamped, columns)
