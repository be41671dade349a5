"""Normalized forecasts: a snapshot of the latest one, kept as a history of what was forecast when.

What belongs here: the call and the write. What does not: comparing forecasts with production. The API gives only the
newest forecast, without the time it was made: the moment we saw a value for the first time stands for it.
"""

from typing import Any

from plant_pipeline.errors import SourceRejected
from plant_pipeline.sources.ravenwits.client import API, list_of
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.warehouse import UpsertCounts, copy_rows, ensure_month_partitions, execute

_NONE_YET = "No normalized forecast found"
_TABLE = "ravenwits.forecast"
_COLUMNS = ("plant_name", "period_end", "energy_kwh")


async def fetch_forecast(context: FetchContext) -> Listing:
    """The newest forecast of every plant; none at all if the customer has none (a 404 that says so, as documented).

    UTC is asked for by name: local times without offset would be ambiguous in the hour the clock is put back.
    """
    try:
        answer = await context.client.get_json(
            f"{API}/forecasts/normalized/", {"timezone": "UTC", "format": "json"}, entity="forecast"
        )
    except SourceRejected as error:
        if error.is_absence and _NONE_YET in (error.said or ""):
            return Listing([])
        raise
    return Listing(list_of(context.client.source, answer))


def write_forecast(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add the values that differ from the latest known of their plant and period; an unchanged one adds no row.

    `new` counts periods forecast for the first time, `changed` those forecast otherwise than before.
    """
    if not rows:
        return UpsertCounts()
    unique = {(row["plant_name"], row["period_end"]): row for row in rows}
    for month in {period_end.date().replace(day=1) for _, period_end in unique}:
        ensure_month_partitions(context.connection, _TABLE, month, month)
    execute(context.connection, "ravenwits/create_forecast_now")
    copy_rows(
        context.connection, "forecast_now", _COLUMNS, ([row[name] for name in _COLUMNS] for row in unique.values())
    )
    period_ends = [period_end for _, period_end in unique]
    counted = execute(
        context.connection,
        "ravenwits/write_forecast",
        first_period_end=min(period_ends),
        last_period_end=max(period_ends),
        retrieved_at=context.fetched_at,
    ).one()
    return UpsertCounts(counted.new, counted.changed, len(unique) - counted.new - counted.changed)
