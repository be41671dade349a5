"""Telemetry: which series a plant and its sub-devices send, and their values.

What belongs here: the two calls, and whose a row is. What does not: what a metric measures (`metrics`, `registry`).

Known, and handled here:
- Nothing lists the metrics; the latest point of each says that it exists. One that falls silent stays known.
- Values are asked for as sent, without `bucket`: a bucket's value is a mean, which no counter has, and buckets
  are not made again for data that come days late.
- What the server gives for long spans is coarser (documented of sub-devices), so a request spans a day at most.
- The document shows `metadata` as an object without fields. A row is of the sub-device that any text in it names by id
  or externalId, else of the plant itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.http import Answer
from plant_pipeline.sources.cells import READERS, Unfit, comparable_id
from plant_pipeline.sources.each_plant import ask_each_plant
from plant_pipeline.sources.paging import require_whole
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.sources.voke.schema import METRIC
from plant_pipeline.warehouse import UpsertCounts, query, upsert_rows

TELEMETRY: Final = "/api/v1/telemetry"
OF_PLANT: Final = "-"
"""Stands for the device of what the plant itself sends."""

_LONGEST_SPAN = timedelta(days=1)
_NO_VALUE = (None, "", "NaN")  # no JSON has NaN, but servers write it for null


@dataclass(frozen=True, slots=True)
class MetricKey:
    """Which series: plant, externalId of the sub-device or `OF_PLANT`, metric."""

    plant_id: str
    device: str
    metric: str

    def __str__(self) -> str:
        return f"{self.plant_id}/{self.device}/{self.metric}"

    @classmethod
    def of(cls, text: str) -> "MetricKey":
        """From its text; only a metric may hold a slash."""
        plant_id, device, metric = text.split("/", 2)
        return cls(plant_id, device, metric)


def _device_of(row: Mapping[str, Any], devices: Mapping[str, str]) -> str:
    """The externalId of the sub-device a row is of; `devices` has them by every text that names one."""
    metadata = row.get("metadata")
    texts = metadata.values() if isinstance(metadata, Mapping) else ()
    return next((devices[text] for text in texts if isinstance(text, str) and text in devices), OF_PLANT)


def _devices(context: FetchContext, plant_ids: list[str]) -> dict[str, dict[str, str]]:
    """By plant: the externalIds of its sub-devices, by themselves and by id."""
    found: dict[str, dict[str, str]] = {}
    rows = context.read(query("voke/named_sub_devices"), plant_ids=plant_ids)
    for plant_id, device_id, external_id in rows.itertuples(index=False):
        found.setdefault(plant_id, {}).update({device_id: external_id, external_id: external_id})
    return found


def _rows(source: str, answer: Answer, plant_id: str) -> list[Mapping[str, Any]]:
    rows = answer.json
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise SourceShapeChanged(source, answer.path, "expected a list of objects with time, metric and value")
    require_whole(source, answer)
    if any(
        row.get("plant_id") is not None and comparable_id(row["plant_id"]) != comparable_id(plant_id) for row in rows
    ):
        raise SourceShapeChanged(source, answer.path, f"asked for plant {plant_id}, got rows of another one")
    return rows


# -- which series there are --
async def fetch_metrics(context: FetchContext) -> Listing:
    """The series of all present plants, by their latest points; one call a plant.

    A plant that left meanwhile (404) is no failure. Raises `SourceRejected` (403) if all are refused.
    """
    client = context.client
    plants = context.read(query("voke/present_plants"))
    names: dict[str, str] = dict(zip(plants["id"], plants["name"], strict=True))
    asked = await ask_each_plant(
        names, lambda plant_id: client.get_json(f"{TELEMETRY}/{plant_id}/latest", entity="metric")
    )
    devices = _devices(context, list(names))
    records = {
        record["id"]: record
        for plant_id, answer in asked.answers.items()
        for record in _metrics(client.source, plant_id, answer, devices.get(plant_id, {}))
    }
    return Listing(
        list(records.values()),
        problem=asked.problem("metrics"),
        note=asked.note("metrics"),
        is_transient=asked.is_transient,
    )


def _metrics(source: str, plant_id: str, answer: Answer, devices: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for row in _rows(source, answer, plant_id):
        device, metric = _device_of(row, devices), row.get("metric")
        key = MetricKey(plant_id, device, str(metric or ""))
        own = {name: row.get(name) for name in ("metric", "unit", "time")}
        yield {"id": str(key), "plantId": plant_id, "device": device, **own}


def write_metrics(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add what is new; a series that has fallen silent is kept."""
    stamped = list({row["id"]: {**row, "fetched_at": context.fetched_at} for row in rows}.values())
    columns = (*METRIC.columns, "fetched_at")
    touch = ("fetched_at", "last_seen_at")
    keeps_newer = context.is_replay
    return upsert_rows(
        context.connection, "voke.metric", ("id",), stamped, columns, touch=touch, keeps_newer=keeps_newer
    )


# -- their values --
def asked_together(series: SensorSeries) -> tuple[str, str]:
    """Plant and metric: one answer holds the rows of all sub-devices."""
    key = MetricKey.of(series.source_sensor_id)
    return key.plant_id, key.metric


async def fetch_readings(context: FetchContext, series: Sequence[SensorSeries]) -> list[Readings]:
    """The values of one metric of one plant, those in [start_utc, end_utc), for each of its devices in `series`.

    Raises `SourceUnavailable`, `SourceRejected`, or `SourceShapeChanged` if the answer contradicts the question.
    """
    plant_id, metric = asked_together(series[0])
    devices = _devices(context, [plant_id]).get(plant_id, {})
    found: dict[str, dict[float, float]] = {MetricKey.of(own.source_sensor_id).device: {} for own in series}
    units = {MetricKey.of(own.source_sensor_id).device: own.unit for own in series}
    for start_utc, end_utc in _spans(series[0].start_utc, series[0].end_utc):
        params = {"plantId": plant_id, "metric": metric, "from": start_utc.isoformat(), "to": end_utc.isoformat()}
        answer = await context.client.get_json(TELEMETRY, params, entity="data")
        for row in _rows(context.client.source, answer, plant_id):
            device = _device_of(row, devices)
            if row.get("metric") == metric and device in found and row.get("value") not in _NO_VALUE:
                at_s, value = _point(context.client.source, answer.path, row, units[device])
                if start_utc.timestamp() <= at_s < end_utc.timestamp():
                    found[device][at_s] = value
    return [_readings(own, found[MetricKey.of(own.source_sensor_id).device]) for own in series]


def _spans(start_utc: datetime, end_utc: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start_utc < end_utc:
        until_utc = min(start_utc + _LONGEST_SPAN, end_utc)
        yield start_utc, until_utc
        start_utc = until_utc


def _point(source: str, path: str, row: Mapping[str, Any], unit: str) -> tuple[float, float]:
    if row.get("unit") not in (None, "", unit):
        raise SourceShapeChanged(source, path, f"{row['metric']} was in {unit} so far, now in {row['unit']!r}")
    try:
        return READERS["instant"](row.get("time")).timestamp(), READERS["number"](row["value"])
    except Unfit:
        raise SourceShapeChanged(source, path, f"{row['metric']}: a time or value that is none") from None


def _readings(series: SensorSeries, found: Mapping[float, float]) -> Readings:
    ordered = sorted(found.items())
    return Readings(series.sensor_id, series.unit, tuple(at for at, _ in ordered), tuple(value for _, value in ordered))
