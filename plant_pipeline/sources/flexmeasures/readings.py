"""Sensor data: readings of one sensor over a window, none lost, none invented.

What belongs here: how the server has to be asked so that its answer is what was measured. What does not: which sensors
and windows (`energy.readings`), canonical units.

Known of the server, and handled here:
- It never resamples for us: its bins start at the first stored row and are averaged silently. Native resolution only.
- Events lie on the sensor's grid; a start off the grid gives nothing but nulls.
- An instantaneous sensor has no grid: the answer holds what lies on the spacing asked for. One minute is the finest it
  takes; the seconds within the minute come from the first event it has in the window.
- One value per event, the latest belief of any source: where no measurement is known, a forecast fills in. A source
  whose last record was made before its last event ended is a forecast, and the others are asked for by id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plant_pipeline.errors import SourceRejected, SourceShapeChanged
from plant_pipeline.http_client import Answer, HttpClient
from plant_pipeline.sources.contract import parse_duration
from plant_pipeline.sources.flexmeasures.client import API
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.units import conversion

_FINEST = timedelta(minutes=1)
_FORECASTABLE_UNITS = ("W", "Wh", "W/m²")
_SOURCE_ID = re.compile(r"\(ID: (\d+)\)\s*$")


@dataclass(frozen=True)
class _Stats:
    """What the server says of a sensor's data in a window."""

    first_event_utc: datetime | None = None
    source_id: int | None = None


async def fetch_readings(client: HttpClient, series: SensorSeries) -> Readings:
    """All readings of the series in its stored unit.

    Raises `SourceUnavailable`, `SourceRejected`, or `SourceShapeChanged` if the answer contradicts the question.
    """
    is_instantaneous = series.resolution <= timedelta()
    step = _FINEST if is_instantaneous else series.resolution
    stats = await _fetch_stats(client, series, is_instantaneous)
    phase = stats.first_event_utc if is_instantaneous and stats.first_event_utc else datetime.fromtimestamp(0, UTC)
    start_utc, count = _grid(series.start_utc, series.end_utc, step, phase)
    params: dict[str, str | int] = {
        "start": start_utc.isoformat(),
        "duration": f"PT{int(count * step.total_seconds())}S",
        "unit": series.unit,
    }
    if is_instantaneous:
        params["resolution"] = f"PT{int(step.total_seconds() // 60)}M"
    if stats.source_id is not None:
        params["source"] = stats.source_id
    answer = await client.get_json(f"{API}/sensors/{series.source_sensor_id}/data", params, entity="data")
    return _parse(client.source, answer, series, start_utc, count, step)


def _grid(start_utc: datetime, end_utc: datetime, step: timedelta, phase: datetime) -> tuple[datetime, int]:
    """The first instant of the grid at or before the start, and how many steps reach the end."""
    first = start_utc - (start_utc - phase) % step
    return first, -((first - end_utc) // step)


def _parse(
    source: str, answer: Answer, series: SensorSeries, start_utc: datetime, count: int, step: timedelta
) -> Readings:
    body = answer.json if isinstance(answer.json, dict) else {}
    values = body.get("values")
    if not isinstance(values, list):
        raise SourceShapeChanged(source, answer.path, "expected an object with a list named values")
    if body.get("unit") not in (None, series.unit):
        raise SourceShapeChanged(source, answer.path, f"asked for {series.unit}, got {body['unit']}")
    first_utc = _instant(body.get("start")) or start_utc
    spacing = _spacing(body, values, count, step)
    if spacing is None:
        raise SourceShapeChanged(
            source, answer.path, f"{len(values)} values do not fill {count} steps of {step.total_seconds():g} s"
        )
    begin_s, spacing_s = first_utc.timestamp(), spacing.total_seconds()
    pairs = [(begin_s + i * spacing_s, value) for i, value in enumerate(values) if value is not None]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for _, value in pairs):
        raise SourceShapeChanged(source, answer.path, "a value is not a number")
    return Readings(
        series.sensor_id, series.unit, tuple(epoch_s for epoch_s, _ in pairs), tuple(float(v) for _, v in pairs)
    )


def _spacing(body: Mapping[str, Any], values: list[Any], count: int, step: timedelta) -> timedelta | None:
    """Time between two values: as asked, unless length and stated resolution agree on another (never guessed)."""
    if len(values) == count:
        return step
    stated = parse_duration(str(body.get("resolution", "")))
    if stated and stated > timedelta() and len(values) * stated == count * step:
        return stated
    return None


async def _fetch_stats(client: HttpClient, series: SensorSeries, is_instantaneous: bool) -> _Stats:
    converted = conversion(series.unit)
    if not is_instantaneous and (converted is None or converted[0] not in _FORECASTABLE_UNITS):
        return _Stats()
    params = {
        "sort": "false",
        "event_start_time": series.start_utc.isoformat(),
        "event_end_time": series.end_utc.isoformat(),
    }
    try:
        answer = await client.get_json(f"{API}/sensors/{series.source_sensor_id}/stats", params, entity="stats")
    except SourceRejected as error:
        if error.http_status in (401, 403):
            raise
        return _Stats()  # an older server without statistics: nothing known beyond the data
    return _parse_stats(answer.json)


def _parse_stats(body: Any) -> _Stats:
    sources = {
        name: dict(figures)
        for name, figures in (body.items() if isinstance(body, dict) else ())
        if isinstance(figures, dict | list)
    }
    measured = [name for name, figures in sources.items() if _is_measured(figures)]
    chosen = measured if measured else list(sources)
    starts = [start for name in chosen if (start := _instant(sources[name].get("First event start")))]
    match = _SOURCE_ID.search(measured[0]) if len(measured) == 1 and len(sources) > 1 else None
    return _Stats(min(starts, default=None), int(match[1]) if match else None)


def _is_measured(figures: Mapping[str, Any]) -> bool:
    recorded, ended = _instant(figures.get("Last recorded")), _instant(figures.get("Last event end"))
    return recorded is not None and ended is not None and recorded >= ended


def _instant(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
