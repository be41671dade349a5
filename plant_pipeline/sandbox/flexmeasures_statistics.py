"""FlexMeasures' figures about series: statistics of a sensor, daily KPIs of an asset.

What belongs here: one number about many values. What does not: the values themselves (flexmeasures_data.py).
"""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import Response

from plant_pipeline.sandbox.catalogue import Asset, Catalogue, Sensor, is_daily
from plant_pipeline.sandbox.exchange import Call
from plant_pipeline.sandbox.flexmeasures_answers import MISSING, NAIVE, aware, rejected, respond
from plant_pipeline.sandbox.flexmeasures_records import KPI_TITLES
from plant_pipeline.sandbox.noise import Floats, Integers
from plant_pipeline.sandbox.production import ANCHOR_S
from plant_pipeline.sandbox.readings import daily_value, sources_of, values

Json = dict[str, object]


def sensor_stats(call: Call, sensor: Sensor) -> Response:
    """Count, extremes and sum of the recorded values, per data source, over the asked time or all of it."""
    first, last = float(ANCHOR_S), call.now.timestamp()
    reasons: dict[str, list[str]] = {}
    for name in ("event_start_time", "event_end_time"):
        text = call.one(name)
        instant = None if text is None else aware(text)
        if text is not None and instant is None:
            reasons[name] = [NAIVE]
        elif instant is not None and name == "event_start_time":
            first = max(first, instant.timestamp())
        elif instant is not None:
            last = min(last, instant.timestamp())
    if reasons:
        return rejected("query", reasons)
    result: Json = {"status": 200}
    spacing = sensor.reading.resolution_s or sensor.reading.reading_s
    for source in () if is_daily(sensor) else sources_of(sensor):
        start = math.ceil(first / spacing) * spacing
        recorded = values(sensor, start, spacing, max(int(last - start) // spacing, 0), call.now.timestamp(), source)
        rows = np.flatnonzero(~np.isnan(recorded))
        if rows.size:
            result[f"source {source} (ID: {source})"] = _statistics(sensor, recorded[rows], rows * spacing + start)
    return respond(result)


def kpis(call: Call, asset: Asset, catalogue: Catalogue) -> Response:
    """One number per KPI over the window, rounded to 2 decimals; no data is 0.0."""
    texts = {name: call.one(name) for name in ("start", "end")}
    reasons = {
        name: [MISSING if text is None else NAIVE] for name, text in texts.items() if text is None or not aware(text)
    }
    if reasons:
        return rejected("query", reasons)
    start, end = aware(texts["start"] or ""), aware(texts["end"] or "")
    daily = [sensor for sensor in catalogue.sensors_of.get(asset.id, ()) if is_daily(sensor)]
    if start is None or end is None:
        return respond({"data": []})
    return respond({"data": [_kpi(sensor, start, end, call.now.timestamp()) for sensor in daily]})


def _kpi(sensor: Sensor, start: datetime, end: datetime, now_s: float) -> Json:
    title, function = KPI_TITLES[sensor.reading.quantity]
    function = function or ("mean" if sensor.reading.unit == "%" else "sum")
    found = _daily_values(sensor, start, end, now_s)
    value = 0.0
    if found:
        value = {"sum": sum(found), "mean": sum(found) / len(found), "max": max(found)}[function]
    return {
        "downsample_function": function,
        "downsample_value": round(value, 2),
        "sensor": sensor.id,
        "title": title,
        "unit": sensor.reading.unit,
    }


def _daily_values(sensor: Sensor, start: datetime, end: datetime, now_s: float) -> list[float]:
    """The values of the local days that begin inside [start, end)."""
    if sensor.plant is None:
        return []
    zone = ZoneInfo(sensor.timezone)
    day, found = start.astimezone(zone).date(), []
    while (midnight := datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)) < end:
        value = daily_value(sensor, sensor.plant, day, now_s)
        if midnight >= start and not math.isnan(value):
            found.append(value)
        day += timedelta(days=1)
    return found


def _statistics(sensor: Sensor, recorded: Floats, times: Integers) -> Json:
    zone = ZoneInfo(sensor.timezone)
    last = int(times[-1]) + sensor.reading.resolution_s
    return {
        "First event start": datetime.fromtimestamp(int(times[0]), zone).isoformat(),
        "Last event end": datetime.fromtimestamp(last, zone).isoformat(),
        "Last recorded": datetime.fromtimestamp(last, zone).isoformat(),
        "Max value": float(recorded.max()),
        "Mean value": float(recorded.mean()),
        "Min value": float(recorded.min()),
        "Number of values": int(recorded.size),
        "Sum over values": float(recorded.sum()),
    }
