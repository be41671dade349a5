"""What a FlexMeasures server tells of its own work: who changed an asset, which jobs ran, which sensors lack data.

What belongs here: the calls and the writes, and which assets and sensors are asked about. What does not: listings of
the registry (`client`), sensor data (`readings`). None of it is needed by a night, so it is asked for beside it.
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from plant_pipeline.errors import SourceError, SourceShapeChanged
from plant_pipeline.http import call_each
from plant_pipeline.sources.each_plant import ask_each_plant
from plant_pipeline.sources.flexmeasures.client import API, fetch_pages
from plant_pipeline.sources.flexmeasures.schema import AUDIT_EVENT, JOB, SENSOR_STATUS
from plant_pipeline.sources.missing import named
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.warehouse import UpsertCounts, query, upsert_rows

_LATELY: Final = timedelta(days=7)
_EVENT_KEY: Final = ("asset_id", "event_at", "event")


# -- history --
async def fetch_audit_events(context: FetchContext) -> Listing:
    """What was done to each plant's asset, from its first day on, a page at a time."""
    names = _plant_assets(context)

    async def fetch_history(asset_id: str) -> Listing:
        path, params = f"{API}/assets/{asset_id}/auditlog", {"sort_by": "event_datetime", "sort_dir": "asc"}
        return await fetch_pages(context.client, path, "audit_event", params)

    asked = await ask_each_plant(names, fetch_history)
    doubts = {asset_id: own.problem for asset_id, own in asked.answers.items() if own.problem}
    return Listing(
        [_of_asset(record, asset_id) for asset_id, own in asked.answers.items() for record in own.records],
        problem=asked.problem("histories", doubts),
        note=asked.note("histories"),
        is_transient=asked.is_transient or bool(doubts),
    )


def write_audit_events(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add what is new; nothing of a history changes."""
    return upsert_rows(context.connection, "flexmeasures.audit_event", _EVENT_KEY, rows, tuple(AUDIT_EVENT.columns))


# -- jobs --
async def fetch_jobs(context: FetchContext) -> Listing:
    """The jobs of each plant's asset that the server still remembers: it forgets them within days."""

    async def fetch_of(asset_id: str) -> Mapping[str, Any]:
        answer = await context.client.get_json(f"{API}/assets/{asset_id}/jobs", entity="job")
        if not isinstance(answer.json, dict) or not isinstance(answer.json.get("jobs"), list):
            raise SourceShapeChanged(context.client.source, answer.path, "expected an object with a list named jobs")
        return answer.json

    asked = await ask_each_plant(_plant_assets(context), fetch_of)
    lost = {asset_id: str(own["redis_connection_err"]) for asset_id, own in asked.answers.items() if _is_lost(own)}
    return Listing(
        [_job(record, asset_id) for asset_id, own in asked.answers.items() for record in own["jobs"]],
        problem=asked.problem(
            "jobs", {asset_id: f"the server cannot see its queues: {lost[asset_id]}" for asset_id in lost}
        ),
        note=asked.note("jobs"),
        is_transient=asked.is_transient or bool(lost),
    )


def _is_lost(answer: Mapping[str, Any]) -> bool:
    return bool(answer.get("redis_connection_err"))


def _job(record: Any, asset_id: str) -> Any:
    if not isinstance(record, dict):
        return record
    job_id, enqueued_at = record.get("job_id"), record.get("enqueued_at")
    known = {"job_id": str(job_id) if isinstance(job_id, int) else job_id, "enqueued_at": _as_iso(enqueued_at)}
    return {**_of_asset(record, asset_id), **known}


def _as_iso(instant: Any) -> Any:
    """ISO 8601 as documented; servers also write the date of HTTP headers (RFC 9110, section 5.6.7)."""
    if not isinstance(instant, str):
        return instant
    try:
        return parsedate_to_datetime(instant).isoformat()
    except (TypeError, ValueError):
        return instant


def write_jobs(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Write the latest state of each job; what the server has forgotten stays as it was last seen."""
    stamped = [{**row, "fetched_at": context.fetched_at} for row in rows]
    columns = (*JOB.columns, "fetched_at")
    keeps_newer = context.is_replay
    return upsert_rows(context.connection, "flexmeasures.job", ("job_id",), stamped, columns, keeps_newer=keeps_newer)


# -- sensors --
async def fetch_sensor_statuses(context: FetchContext) -> Listing:
    """What the server says of the sensors of plants whose latest day is not known whole: a call a sensor."""
    sensors = context.read(query("flexmeasures/sensors_to_watch"), from_date=(context.now_utc - _LATELY).date())

    async def fetch_of(sensor_id: str) -> list[Any]:
        path = f"{API}/sensors/{sensor_id}/status"
        answer = await context.client.get_json(path, entity="sensor_status")
        found = answer.json.get("sensors_data") if isinstance(answer.json, dict) else answer.json
        if not isinstance(found, list):
            raise SourceShapeChanged(context.client.source, path, "expected a list, or one named sensors_data")
        return found

    answers = await call_each(list(sensors["id"]), fetch_of)
    errors = [answer for _, answer in answers if isinstance(answer, SourceError)]
    refused = [error for error in errors if error.http_status == 403]
    if refused and len(refused) == len(answers):
        raise refused[0]
    failed = [error for error in errors if error.http_status not in (403, 422) and not error.is_absence]
    records = [record for _, answer in answers if not isinstance(answer, SourceError) for record in answer]
    stale = [str(own.get("name")) for own in records if isinstance(own, dict) and own.get("stale") is True]
    return Listing(
        records,
        problem=f"the status of {len(failed)} of {len(answers)} sensors could not be had, first: {failed[0]}"
        if failed
        else None,
        note=f"the server misses data of {len(stale)} of {len(answers)} sensors: {named(stale)}" if stale else None,
        is_transient=any(error.is_transient for error in failed),
    )


def write_sensor_statuses(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Write the latest status of each sensor and kind of data source."""
    stamped = [{**row, "source_type": row["source_type"] or "", "fetched_at": context.fetched_at} for row in rows]
    key, columns = ("sensor_id", "source_type"), (*SENSOR_STATUS.columns, "fetched_at")
    table, touch = "flexmeasures.sensor_status", ("fetched_at", "staleness", "reason")
    return upsert_rows(context.connection, table, key, stamped, columns, touch=touch, keeps_newer=context.is_replay)


def _plant_assets(context: FetchContext) -> dict[str, str]:
    """Names of the assets that are plants, by id."""
    assets = context.read(query("flexmeasures/plant_assets"))
    return dict(zip(assets["id"], assets["name"], strict=True))


def _of_asset(record: Any, asset_id: str) -> Any:
    return {**record, "assetId": int(asset_id)} if isinstance(record, dict) else record
