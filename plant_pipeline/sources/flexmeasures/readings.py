"""Sensor data: readings of one sensor over a window, none lost, none invented.

What belongs here: how the server has to be asked so that its answer is what was measured. What does not: which sensors
and windows (`readings.pull`), canonical units, what the statistics say (`sensor_stats`).

Known of the server, and handled here:
- It never resamples for us: its bins start at the first stored row and are averaged silently. Native resolution only.
- Events lie on the sensor's grid; a start off the grid gives nothing but nulls. The grid is that of the first event,
  as hours begin at a quarter past in zones like Asia/Kathmandu.
- An instantaneous sensor has no grid: the answer holds what lies on the spacing asked for, and one minute is the finest
  it takes. Readings between whole minutes are had from the endpoint of the server's own charts.
- One value per event, the latest belief of any source: where no measurement is known, a forecast fills in. So the
  sources that measure are asked for by id as soon as there is a forecast.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from plant_pipeline.errors import SourceRejected, SourceShapeChanged
from plant_pipeline.http import Answer, HttpClient
from plant_pipeline.sources.cells import parse_duration, parse_instant
from plant_pipeline.sources.flexmeasures.client import API
from plant_pipeline.sources.flexmeasures.sensor_stats import Statistics, fetch_statistics
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import FetchContext

_log = logging.getLogger(__name__)

_EPOCH = datetime.fromtimestamp(0, UTC)
_FINEST = timedelta(minutes=1)
_CHART_MS = 1000.0
_NUMBER_OR_NULL = frozenset({float, int, type(None)})


async def fetch_readings(context: FetchContext, series: Sequence[SensorSeries]) -> list[Readings]:
    """The readings of each series; see `fetch_series`."""
    return [await fetch_series(context.client, own) for own in series]


async def fetch_series(client: HttpClient, series: SensorSeries) -> Readings:
    """All measured readings of the series in its stored unit, those that begin in [start_utc, end_utc).

    Raises `SourceUnavailable`, `SourceRejected`, or `SourceShapeChanged` if the answer contradicts the question.
    """
    statistics = await fetch_statistics(client, series)
    if statistics.has_only_forecasts:
        _log.info("%s: sensor %s has nothing but forecasts here", client.source, series.source_sensor_id)
        return _readings(series, {})
    found: dict[float, float] = {}
    for source_id in statistics.source_ids or (None,):
        found |= await _fetch_values(client, series, statistics, source_id)
    if series.resolution <= timedelta() and len(found) < statistics.value_count:
        found |= await _fetch_between_minutes(client, series, statistics)
    if not found and statistics.has_values:
        raise SourceShapeChanged(
            client.source,
            _path(series),
            f"{statistics.value_count} values are stored between {series.start_utc} and {series.end_utc}, none came",
        )
    return _readings(series, found)


def _readings(series: SensorSeries, found: Mapping[float, float]) -> Readings:
    begin_s, end_s = series.start_utc.timestamp(), series.end_utc.timestamp()
    epochs_s = tuple(sorted([epoch_s for epoch_s in found if begin_s <= epoch_s < end_s]))
    return Readings(series.sensor_id, series.unit, epochs_s, tuple(map(found.__getitem__, epochs_s)))


def _path(series: SensorSeries) -> str:
    return f"{API}/sensors/{series.source_sensor_id}/data"


# -- on a grid --
async def _fetch_values(
    client: HttpClient, series: SensorSeries, statistics: Statistics, source_id: int | None
) -> dict[float, float]:
    is_instantaneous = series.resolution <= timedelta()
    step = _FINEST if is_instantaneous else series.resolution
    phase = _EPOCH if is_instantaneous else statistics.first_event_utc or _EPOCH
    start_utc, count = _grid(series.start_utc, series.end_utc, step, phase)
    params: dict[str, str | int] = {
        "start": start_utc.isoformat(),
        "duration": f"PT{int(count * step.total_seconds())}S",
        "unit": series.unit,
    }
    if is_instantaneous:
        params["resolution"] = f"PT{int(step.total_seconds() // 60)}M"
    if source_id is not None:
        params["source"] = source_id
    answer = await client.get_json(_path(series), params, entity="data")
    return _parse_values(client.source, answer, series.unit, start_utc, count, step)


def _grid(start_utc: datetime, end_utc: datetime, step: timedelta, phase: datetime) -> tuple[datetime, int]:
    """The first instant of the grid at or before the start, and how many steps reach the end."""
    first = start_utc - (start_utc - phase) % step
    return first, -((first - end_utc) // step)


def _parse_values(
    source: str, answer: Answer, unit: str, start_utc: datetime, count: int, step: timedelta
) -> dict[float, float]:
    body = answer.json if isinstance(answer.json, dict) else {}
    values = body.get("values")
    if not isinstance(values, list):
        raise SourceShapeChanged(source, answer.path, "expected an object with a list named values")
    if body.get("unit") not in (None, unit):
        raise SourceShapeChanged(source, answer.path, f"asked for {unit}, got {body['unit']!r}")
    spacing = _spacing(body, values, count, step)
    if spacing is None:
        raise SourceShapeChanged(
            source, answer.path, f"{len(values)} values do not fill {count} steps of {step.total_seconds():g} s"
        )
    begin_s, spacing_s = (parse_instant(body.get("start")) or start_utc).timestamp(), spacing.total_seconds()
    return _numbers(source, answer.path, [begin_s + i * spacing_s for i in range(len(values))], values)


def _spacing(body: Mapping[str, Any], values: list[Any], count: int, step: timedelta) -> timedelta | None:
    """Time between two values: as asked, unless length and stated resolution agree on another (never guessed)."""
    if len(values) == count:
        return step
    stated = parse_duration(str(body.get("resolution", "")))
    if stated and stated > timedelta() and len(values) * stated == count * step:
        return stated
    return None


def _numbers(source: str, path: str, epochs_s: Iterable[float], values: Sequence[Any]) -> dict[float, float]:
    """Values by epoch second; null is no reading, and neither is NaN, which this server may write for null."""
    if any(value != "NaN" for value in values if type(value) not in _NUMBER_OR_NULL):
        raise SourceShapeChanged(source, path, "a value is not a number")
    pairs = zip(epochs_s, values, strict=True)
    return {epoch_s: float(value) for epoch_s, value in pairs if value is not None and value != "NaN"}


# -- off every grid --
async def _fetch_between_minutes(
    client: HttpClient, series: SensorSeries, statistics: Statistics
) -> dict[float, float]:
    """Readings with their true instants. Fewer values came than are stored, though revisions are counted there too."""
    path = f"/api/dev/sensor/{series.source_sensor_id}/chart_data"
    params = {"event_starts_after": series.start_utc.isoformat(), "event_ends_before": series.end_utc.isoformat()}
    try:
        answer = await client.get_json(path, params, entity="data")
    except SourceRejected as error:
        if statistics.lies_between_minutes:
            reason = f"readings lie between whole minutes, and the server does not tell them ({error})"
            raise SourceShapeChanged(client.source, _path(series), reason) from error
        return {}
    return _parse_chart(client.source, answer, series.unit, statistics.source_ids)


def _parse_chart(source: str, answer: Answer, unit: str, source_ids: tuple[int, ...]) -> dict[float, float]:
    events: list[Any] = answer.json if isinstance(answer.json, list) else [None]
    latest: dict[float, tuple[float, Any]] = {}
    for event in events:
        try:
            begin_s, believed = float(event["event_start"]) / _CHART_MS, float(event["belief_time"])
            source_id, stored_unit, value = event["source"]["id"], event["sensor"]["sensor_unit"], event["event_value"]
        except (TypeError, KeyError, ValueError):
            raise SourceShapeChanged(source, answer.path, "expected a list of events with their sources") from None
        if stored_unit != unit:
            raise SourceShapeChanged(source, answer.path, f"asked for {unit}, got {stored_unit!r}")
        if (not source_ids or source_id in source_ids) and believed >= latest.get(begin_s, (believed, None))[0]:
            latest[begin_s] = believed, value
    return _numbers(source, answer.path, latest, [value for _, value in latest.values()])
