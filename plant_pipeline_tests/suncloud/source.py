"""SunCloud as a source: what it declares, how it is asked, and what leaves it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandera.pandas as pa

from plant_pipeline.config import SourceSettings, SourceVariables, Variable
from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.http import HttpClient, StaticHeaders
from plant_pipeline.sources.columns import flag, identifier, instant, is_short, number, text
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, Readings, SensorFact, SensorSeries
from plant_pipeline.sources.source import (
    Entity,
    Facts,
    FetchContext,
    Listing,
    ReadTable,
    Source,
    SourceJob,
    WriteContext,
)
from plant_pipeline.warehouse import UpsertCounts, query, upsert_rows

NAME: Final = "suncloud"

# -- what is documented --
_SITE = pa.DataFrameSchema(
    {
        "id": identifier("id", is_short(), description="Id at the portal."),
        "name": text("name", is_short(), description="As the owner wrote it."),
        "power_kw": number("powerKw", pa.Check.gt(0), description="AC power, kW."),
        "peak_kwp": number("peakKwp", pa.Check.gt(0), nullable=True, description="Peak power of the panels, kWp."),
        "latitude": number("lat", pa.Check.in_range(-90, 90), description="Degrees north."),
        "longitude": number("lon", pa.Check.in_range(-180, 180), description="Degrees east."),
        "has_load": flag("ownUse", nullable=True, description="Whether somebody consumes at the site."),
    }
)
_SERIES = pa.DataFrameSchema(
    {
        "id": identifier("id", is_short(), description="Id at the portal."),
        "site_id": identifier("siteId", is_short(), description="The site it is measured at."),
        "device": text("device", is_short(), description="What measures it."),
        "unit": text("unit", is_short(), description="Unit of its values."),
        "minutes": number("minutes", pa.Check.gt(0), description="Length of its intervals, minutes."),
    }
)
_FORECAST = pa.DataFrameSchema(
    {
        "site_id": identifier("siteId", is_short(), description="The site it is for."),
        "period_end": instant("until", description="End of the period."),
        "energy_kwh": number("kwh", pa.Check.ge(0), description="Energy of the period, kWh."),
    }
)
_STATE = pa.DataFrameSchema(
    {
        "site_id": identifier("id", is_short(), description="The site that was asked for."),
        "is_connected": flag("online", nullable=True, description="Whether the portal was in touch with it."),
    }
)


# -- how it is asked --
def _open_client(settings: SourceSettings, **options: Any) -> HttpClient:
    key = settings.token or settings.api_key or ""
    headers = {"Authorization": f"Bearer {key}"} if settings.token else {"X-Key": key}
    return HttpClient(settings.name, settings.base_url, StaticHeaders(headers, key), makes_many_calls=True, **options)


async def _fetch(context: FetchContext, path: str, entity: str) -> Listing:
    answer = await context.client.get_json(path, {"region": _region(context)}, entity=entity)
    match answer.json:
        case {"items": list(records), "total": int(total)}:
            return Listing(records, total)
    raise SourceShapeChanged(NAME, path, "expected an object with items and total")


def _region(context: FetchContext) -> str:
    return context.settings.others.get("SUNCLOUD_REGION", "eu")


async def _fetch_sites(context: FetchContext) -> Listing:
    return await _fetch(context, "/v1/sites", "site")


async def _fetch_series(context: FetchContext) -> Listing:
    return await _fetch(context, "/v1/series", "series")


async def _fetch_forecast(context: FetchContext) -> Listing:
    return await _fetch(context, "/v1/forecast", "forecast")


async def _fetch_state(context: FetchContext) -> Listing:
    present = set(context.read(query("suncloud/present_sites"))["id"])
    listing = await _fetch(context, "/v1/state", "state")
    return Listing([own for own in listing.records if _site_of(own) in present or _site_of(own) is None])


def _site_of(record: Any) -> str | None:
    """The site a record is of; None: it does not say, which is for the schema to judge."""
    key = record.get("id") if isinstance(record, dict) else None
    return key if isinstance(key, str) else None


async def _fetch_readings(context: FetchContext, series: Sequence[SensorSeries]) -> list[Readings]:
    found = []
    for own in series:
        path = f"/v1/series/{own.source_sensor_id}/points"
        window = {"from": own.start_utc.isoformat(), "to": own.end_utc.isoformat()}
        answer = await context.client.get_json(path, window, entity="points")
        found.append(_readings(own, path, answer.json))
    return found


def _readings(own: SensorSeries, path: str, points: object) -> Readings:
    if not isinstance(points, list):
        raise SourceShapeChanged(NAME, path, "expected a list of points")
    values: dict[float, float] = {}
    for point in points:
        match point:
            case [int(epoch_s), float() | int() as value] if not isinstance(value, bool) and abs(value) < 1e12:
                values[epoch_s] = float(value)
            case _:
                raise SourceShapeChanged(NAME, path, "expected points of an instant in seconds and a number")
    inside = {at: values[at] for at in sorted(values) if own.start_utc.timestamp() <= at < own.end_utc.timestamp()}
    return Readings(own.sensor_id, own.unit, tuple(inside), tuple(inside.values()))


def _write_forecast(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    key = ("site_id", "period_end", "retrieved_at")
    stamped = {tuple(row[name] for name in key[:2]): {**row, "retrieved_at": context.fetched_at} for row in rows}
    return upsert_rows(context.connection, "suncloud.forecast", key, list(stamped.values()), (*key, "energy_kwh"))


def _write_state(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    key = ("site_id", "sampled_at")
    stamped = {row["site_id"]: {**row, "sampled_at": context.fetched_at} for row in rows}
    return upsert_rows(context.connection, "suncloud.state", key, list(stamped.values()), (*key, "is_connected"))


# -- what leaves it --
def _facts(read: ReadTable, quarantined: Mapping[str, set[str]], settings: SourceSettings | None) -> Facts:
    series = read("suncloud.series")
    plants = [
        PlantCandidate(
            source=NAME,
            source_plant_id=row["id"],
            name=row["name"],
            is_plant=True,
            is_present=row["is_present"],
            observed_at=row["fetched_at"],
            technology="solar",
            latitude=row["latitude"],
            longitude=row["longitude"],
            capacity_ac_kw=row["power_kw"],
            capacity_dc_kw=row["peak_kwp"],
            own_keys=(row["id"],),
            has_load=row["has_load"],
        )
        for row in read("suncloud.site")
    ]
    equipment = [
        EquipmentFact(NAME, f"{row['id']}/device", row["site_id"], row["device"], "inverter", row["is_present"])
        for row in series
    ]
    sensors = [
        SensorFact(
            source=NAME,
            source_sensor_id=row["id"],
            source_asset_id=f"{row['id']}/device",
            name="energy",
            unit=row["unit"],
            resolution=timedelta(minutes=row["minutes"]),
            is_present=row["is_present"],
            attributes={"direction": "production"},
        )
        for row in series
    ]
    return Facts(plants, equipment, sensors)


SOURCE = Source(
    name=NAME,
    variables=SourceVariables(
        source=NAME,
        variables=(
            Variable("SUNCLOUD_BASE_URL", "base_url"),
            Variable("SUNCLOUD_TOKEN", "token"),
            Variable("SUNCLOUD_KEY", "api_key"),
            Variable("SUNCLOUD_REGION", default="eu"),
        ),
        required=((("SUNCLOUD_BASE_URL",),), (("SUNCLOUD_TOKEN",), ("SUNCLOUD_KEY",))),
    ),
    rank=40,
    requests_per_minute=600,
    allowed_calls=(
        "GET /v1/sites",
        "GET /v1/series",
        "GET /v1/series/{id}/points",
        "GET /v1/forecast",
        "GET /v1/state",
    ),
    folder=Path(__file__).absolute().parent,
    open_client=_open_client,
    probe=("/v1/sites", {}),
    plant_entity="site",
    facts=_facts,
    fact_entities=("site", "series"),
    fetch_readings=_fetch_readings,
    entities=(
        Entity(
            name="site",
            table="suncloud.site",
            description="Sites of the portal.",
            schema=_SITE,
            fetch=_fetch_sites,
            guarded_ids="suncloud/present_sites",
        ),
        Entity(
            name="series",
            table="suncloud.series",
            description="Energy of each inverter.",
            schema=_SERIES,
            fetch=_fetch_series,
        ),
        Entity(
            name="forecast",
            table="suncloud.forecast",
            description="Forecasts of the portal, as they were.",
            schema=_FORECAST,
            fetch=_fetch_forecast,
            write=_write_forecast,
            is_optional=True,
            needs=("site",),
        ),
        Entity(
            name="state",
            table="suncloud.state",
            description="Whether the portal is in touch with each site, every hour.",
            schema=_STATE,
            fetch=_fetch_state,
            write=_write_state,
            is_sample=True,
        ),
    ),
    jobs=(
        SourceJob(
            name="suncloud_state",
            entities=("state",),
            description="Keeps which sites the portal is in touch with.",
            cron="5 * * * *",
            reason="Every hour: the portal tells of this moment only.",
        ),
    ),
)
