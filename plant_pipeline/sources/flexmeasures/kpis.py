"""The server's own daily KPIs: fetched once per asset and local day, kept for reference.

What belongs here: which assets show KPIs, and the call. What does not: our KPIs, which never use these: the server
answers 0 where it has no data.
"""

from datetime import date
from typing import Any

from plant_pipeline.days import DayWindow, day_window
from plant_pipeline.errors import SourceError
from plant_pipeline.http import call_each
from plant_pipeline.sources.flexmeasures.client import API, records_of
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.warehouse import UpsertCounts, query, upsert_rows


async def fetch_kpis(context: FetchContext) -> Listing:
    """The KPIs of each asset that shows some, for each of the context's dates that is over where the asset is.

    The zone of the day is that of most of the sensors shown.
    """
    shown = context.read(query("flexmeasures/assets_with_kpis"))
    wanted = [
        (asset_id, day, window)
        for asset_id, zone in zip(shown["asset_id"], shown["timezone"], strict=True)
        for day in context.dates
        if (window := day_window(day, zone)) is not None and window.end_utc <= context.now_utc
    ]

    async def fetch_day(asset_id: int, day: date, window: DayWindow) -> list[Any]:
        path = f"{API}/assets/{asset_id}/kpis"
        params = {"start": window.start_utc.isoformat(), "end": window.end_utc.isoformat()}
        answer = await context.client.get_json(path, params, entity="kpi")
        return [_of_asset(record, asset_id, day) for record in records_of(context.client.source, answer)]

    answers = [answer for _, answer in await call_each(wanted, lambda item: fetch_day(*item))]
    records = [record for answer in answers if not isinstance(answer, SourceError) for record in answer]
    failures = [answer for answer in answers if isinstance(answer, SourceError)]
    refused = [failure for failure in failures if failure.http_status == 403]
    if refused and len(refused) == len(answers):
        raise refused[0]
    others = [failure for failure in failures if failure.http_status != 403 and not failure.is_absence]
    return Listing(
        records,
        problem=f"{len(others)} of {len(answers)} calls failed, first: {others[0]}" if others else None,
        note=f"{len(refused)} of {len(answers)} calls were not permitted" if refused else None,
        is_transient=any(failure.is_transient for failure in others),
    )


def _of_asset(record: Any, asset_id: int, day: date) -> Any:
    return {**record, "asset_id": asset_id, "kpi_date": day.isoformat()} if isinstance(record, dict) else record


def write_kpis(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Insert or replace the values of the days fetched."""
    columns = ("asset_id", "kpi_date", "sensor_id", "title", "downsample_function", "unit", "value", "fetched_at")
    key = ("asset_id", "kpi_date", "sensor_id", "title", "downsample_function")
    unique = {tuple(row[name] for name in key): {**row, "fetched_at": context.fetched_at} for row in rows}
    rows = list(unique.values())
    return upsert_rows(context.connection, "flexmeasures.kpi", key, rows, columns, keeps_newer=context.is_replay)
