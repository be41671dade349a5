"""What the server knows of a sensor's data in a window: who recorded them, from when on, how many.

What belongs here: the statistics endpoint, and telling measurements from forecasts. What does not: the data
(`readings`).

A source whose last record was made no later than its last event began is a forecast: nobody measures an interval before
it has begun.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plant_pipeline.errors import SourceRejected, SourceShapeChanged
from plant_pipeline.http import HttpClient
from plant_pipeline.sources.cells import parse_instant
from plant_pipeline.sources.flexmeasures.client import API
from plant_pipeline.sources.shapes import SensorSeries
from plant_pipeline.units import conversion

_NEVER_FORECAST = ("V", "A")
_GRID_OF_ALL_ZONES = timedelta(minutes=15)  # the offsets of all zones are multiples of it
_SOURCE_ID = re.compile(r"\(ID: (\d{1,18})\)\s*$")


@dataclass(frozen=True)
class Statistics:
    """What is known of a window; all empty if the server keeps no statistics.

    `source_ids`: the sources that measure, the latest to record last, if there are forecasts beside them.
    `value_count`: stored values of what is measured, revisions among them.
    """

    first_event_utc: datetime | None = None
    value_count: int = 0
    has_values: bool = False
    has_only_forecasts: bool = False
    source_ids: tuple[int, ...] = ()

    @property
    def lies_between_minutes(self) -> bool:
        """Whether the first event is not on a whole minute."""
        first = self.first_event_utc
        return first is not None and bool(first.second or first.microsecond)


async def fetch_statistics(client: HttpClient, series: SensorSeries) -> Statistics:
    """Statistics of the series' window; none are asked for where they could not change anything."""
    converted = conversion(series.unit)
    is_on_common_grid = series.resolution > timedelta() and not _GRID_OF_ALL_ZONES % series.resolution
    if is_on_common_grid and converted is not None and converted[0] in _NEVER_FORECAST:
        return Statistics()
    path = f"{API}/sensors/{series.source_sensor_id}/stats"
    params = {"event_start_time": series.start_utc.isoformat(), "event_end_time": series.end_utc.isoformat()}
    try:
        answer = await client.get_json(path, params, entity="stats")
    except SourceRejected as error:
        if error.http_status in (401, 403):
            raise
        return Statistics()  # an older server: nothing is known beyond the data
    return parse_statistics(client.source, path, answer.json, series.resolution)


def parse_statistics(source: str, path: str, body: Any, resolution: timedelta) -> Statistics:
    """The answer in either of its shapes: figures of each source as an object, or as a list of pairs.

    Raises `SourceShapeChanged` if a measurement cannot be told from a forecast beside it.
    """
    sources = {
        name: figures
        for name, described in (body.items() if isinstance(body, dict) else ())
        if (figures := _figures(described))
    }
    measured = {name: figures for name, figures in sources.items() if not _is_forecast(figures, resolution)}
    if not measured:
        return Statistics(has_only_forecasts=bool(sources))
    return Statistics(
        first_event_utc=min(
            (first for figures in measured.values() if (first := parse_instant(figures.get("First event start")))),
            default=None,
        ),
        value_count=sum(_count(figures) for figures in measured.values()),
        has_values=any(figures.get("Max value") is not None for figures in measured.values()),
        source_ids=_ids(source, path, measured) if len(measured) < len(sources) else (),
    )


def _figures(described: Any) -> Mapping[str, Any]:
    if isinstance(described, list):
        pairs = [pair for pair in described if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)]
        return dict(pairs)
    return described if isinstance(described, dict) else {}


def _is_forecast(figures: Mapping[str, Any], resolution: timedelta) -> bool:
    recorded, ended = parse_instant(figures.get("Last recorded")), parse_instant(figures.get("Last event end"))
    if recorded is None or ended is None:
        return False
    return recorded <= ended - resolution if resolution > timedelta() else recorded < ended


def _ids(source: str, path: str, measured: Mapping[str, Mapping[str, Any]]) -> tuple[int, ...]:
    begin = datetime.min.replace(tzinfo=UTC)
    by_record = sorted(measured, key=lambda name: (parse_instant(measured[name].get("Last recorded")) or begin, name))
    found = [int(match[1]) for name in by_record if (match := _SOURCE_ID.search(name))]
    if len(found) < len(by_record):
        raise SourceShapeChanged(
            source, path, "there are forecasts, and the sources that measure have no id to ask for"
        )
    return tuple(found)


def _count(figures: Mapping[str, Any]) -> int:
    count = figures.get("Number of values")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0
