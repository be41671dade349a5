"""FlexMeasures' time series: the values of a sensor in the unit, grid and resolution asked for, and figures about them.

How the server cuts and converts what was recorded (readings.py), its known oddities included.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from plant_pipeline.sandbox.answers import Call, Json, Refusal
from plant_pipeline.sandbox.noise import Floats
from plant_pipeline.sandbox.plants import DATA
from plant_pipeline.sandbox.production import ANCHOR_S
from plant_pipeline.sandbox.readings import (
    FORECASTER,
    MEASUREMENTS,
    daily_value,
    known_until_s,
    latest_values,
    recorded_every_s,
    sources_of,
    values,
)
from plant_pipeline.sandbox.weather import DAY_S, HOUR_S
from plant_pipeline.sandbox.world import Signal

MAX_VALUES: Final = 3_000_000
MISSING: Final = "Missing data for required field."
KPIS: Final[Mapping[str, Mapping[str, str]]] = DATA["kpis"]

_WHERE: Final = "combined_sensor_data_description"
_REQUIRED: Final = ("start", "duration", "unit")
_OPTIONAL: Final = ("resolution", "horizon", "prior", "source", "source-account", "source-type", "auth_token")
_DURATION: Final = re.compile(r"P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS: Final = {unit: (kind, size) for kind, units in DATA["units"].items() for unit, size in units.items()}
# Instants without a resolution are spaced by the length of the window.
_SPACINGS: Final = ((8 * HOUR_S, 300), (48 * HOUR_S, 900), (14 * DAY_S, HOUR_S), (112 * DAY_S, DAY_S))

Reasons = dict[str, list[str]]


def time_series(call: Call, signal: Signal) -> Json:
    """Equidistant values from the start, without times; null where no row is."""
    start, duration_s, asked_s, now, factor, source = _validated(call, signal)
    by_length = next((spacing for length, spacing in _SPACINGS if duration_s <= length), 7 * DAY_S)
    spacing = asked_s or signal.resolution_s or by_length
    count = max(-(-duration_s // spacing), 1)
    if count > MAX_VALUES:
        raise rejected(_WHERE, {"duration": [f"More than {MAX_VALUES} values."]})
    found = np.full(count, np.nan)
    if duration_s and start.timestamp() % 1 == 0:
        of_source = latest_values if source is None else partial(values, source=source)
        recorded = partial(of_source, signal, now_s=now.timestamp())
        found = _resampled(recorded, signal.resolution_s, int(start.timestamp()), duration_s, spacing, count)
    return {
        "duration": duration_text(duration_s),
        "message": "Request has been processed.",
        "resolution": "PT0H" if signal.resolution_s == 0 else duration_text(spacing),
        "start": start.isoformat(),
        "status": "PROCESSED",
        "unit": call.one("unit"),
        "values": found * factor,
    }


def stats(call: Call, signal: Signal) -> Json:
    """Count, extremes and sum of the recorded values, per data source, over the asked time or all of it."""
    reasons: Reasons = {}
    first_at, last_at = (_instant(call, name, reasons) for name in ("event_start_time", "event_end_time"))
    if reasons:
        raise rejected("query", reasons)
    now_s, spacing = call.now.timestamp(), recorded_every_s(signal)
    first = float(ANCHOR_S) if first_at is None else max(ANCHOR_S, first_at.timestamp())
    start, result = math.ceil(first / spacing) * spacing, Json(status=200)
    for source in () if signal.is_daily else sources_of(signal):
        last = known_until_s(now_s, source)
        last = last if last_at is None else min(last, last_at.timestamp())
        recorded = values(signal, start, spacing, max(int(last - start) // spacing, 0), now_s, source)
        rows = np.flatnonzero(~np.isnan(recorded))
        if rows.size:
            first_s, last_s = (start + int(row) * spacing for row in (rows[0], rows[-1]))
            end_s = last_s + signal.resolution_s
            first_start, last_end, last_recorded = (
                datetime.fromtimestamp(at_s, ZoneInfo(signal.asset.timezone)).isoformat()
                for at_s in (first_s, end_s, end_s - known_until_s(0, source))  # a day ahead, if it is a forecast
            )
            result[f"source {source} (ID: {source})"] = {
                **{f"{name} value": float(getattr(recorded[rows], name.lower())()) for name in ("Max", "Mean", "Min")},
                "First event start": first_start,
                "Last event end": last_end,
                "Last recorded": last_recorded,
                "Number of values": int(rows.size),
                "Sum over values": float(recorded[rows].sum()),
            }
    return result


def status(call: Call, signal: Signal) -> Json:
    """How old the latest measured value of the last two days is, and since when that is too old."""
    now_s, spacing = call.now.timestamp(), recorded_every_s(signal)
    start = (int(now_s) // spacing - 2 * DAY_S // spacing) * spacing
    recorded = values(signal, start, spacing, 2 * DAY_S // spacing, now_s, MEASUREMENTS)
    rows = np.flatnonzero(~np.isnan(recorded))
    latest_s = start + int(rows[-1] if rows.size else 0) * spacing + signal.resolution_s
    old_s, most_s = max(int(now_s) - latest_s, 0), 2 * spacing
    is_stale = old_s > most_s
    reason = f"most recent data is {old_s} seconds old, {'but' if is_stale else 'and'} should not be more than {most_s}"
    since = datetime.fromtimestamp(latest_s, UTC).isoformat()
    return {
        "sensors_data": [
            {
                "asset_name": signal.asset.name,
                "id": signal.id,
                "name": signal.name,
                "reason": reason,
                "relation": "sensor belongs to this asset",
                "resolution": duration_text(signal.resolution_s),
                "source_type": "user",
                "stale": is_stale,
                "staleness": duration_text(old_s),
                "staleness_since": since if is_stale else None,
            }
        ],
        "status": 200,
    }


def kpis(call: Call, signals: Sequence[Signal]) -> Json:
    """One number per daily sensor over the window, rounded to 2 decimals; no data is 0.0."""
    reasons: Reasons = {name: [MISSING] for name in ("start", "end") if call.one(name) is None}
    start, end = (_instant(call, name, reasons) for name in ("start", "end"))
    if start is None or end is None:
        raise rejected("query", reasons)
    daily = [signal for signal in signals if signal.is_daily]
    return {"data": [_kpi(signal, start, end, call.now.timestamp()) for signal in daily]}


def rejected(where: str, fields: Mapping[str, list[str]]) -> Refusal:
    """422 with the reasons by field."""
    content = {"message": {where: fields}, "result": "Rejected", "status": "UNPROCESSABLE_ENTITY"}
    return Refusal(422, content)


def duration_text(seconds: int) -> str:
    """A duration in hours and minutes: `PT24H`, `PT5M`, `PT0H`."""
    parts = zip((seconds // HOUR_S, seconds % HOUR_S // 60, seconds % 60), "HMS", strict=True)
    return "PT" + ("".join(f"{number}{letter}" for number, letter in parts if number) or "0H")


def _validated(call: Call, signal: Signal) -> tuple[datetime, int, int | None, datetime, float, int | None]:
    """Start, duration and resolution in seconds, present, factor to the unit, data source; 422 with all reasons."""
    reasons = {name: ["Unknown field."] for name in call.request.query_params if name not in (*_REQUIRED, *_OPTIONAL)}
    reasons |= {name: [MISSING] for name in _REQUIRED if call.one(name) is None}
    start, prior = (_instant(call, name, reasons) for name in ("start", "prior"))
    duration_s, asked_s = (_seconds(call, name, reasons) for name in ("duration", "resolution"))
    if asked_s == 0:
        reasons["resolution"] = [f"FlexMeasures only supports a positive resolution, got: {call.one('resolution')}."]
    source, unit = _source(call, signal, reasons), call.one("unit") or ""
    factor = _factor(signal, unit)
    if "unit" not in reasons and factor is None:
        reasons["_schema"] = [f"Required unit for this sensor is {signal.unit}, got incompatible unit: {unit}"]
    if reasons or start is None or duration_s is None or factor is None:
        raise rejected(_WHERE, reasons)
    return start, duration_s, asked_s, min(prior or call.now, call.now), factor, source


def _instant(call: Call, name: str, reasons: Reasons) -> datetime | None:
    """An ISO 8601 time with offset; a `+` that was not escaped arrives as a space."""
    if (text := call.one(name)) is None:
        return None
    with suppress(ValueError):
        instant = datetime.fromisoformat(text.replace(" ", "+"))
        if instant.tzinfo is not None:
            return instant
    reasons[name] = ["Not a valid aware datetime."]
    return None


def _seconds(call: Call, name: str, reasons: Reasons) -> int | None:
    """An ISO 8601 duration of weeks, days (24 h each), hours, minutes and seconds."""
    if (text := call.one(name)) is None:
        return None
    if (match := _DURATION.fullmatch(text)) is not None:
        sizes = (7 * DAY_S, DAY_S, HOUR_S, 60, 1)
        return sum(int(number) * size for number, size in zip(match.groups(), sizes, strict=True) if number)
    reasons[name] = [f"Cannot parse {text} as ISO8601 duration: Unable to parse duration string '{text}'"]
    return None


def _source(call: Call, signal: Signal, reasons: Reasons) -> int | None:
    """The data source that is asked for; None: the latest belief of any answers."""
    kind, text = call.one("source-type"), call.one("source")
    if kind is not None:
        source = {"user": MEASUREMENTS, "forecaster": FORECASTER}.get(kind)
        if source not in sources_of(signal):
            reasons["source-type"] = [f"No data source with source-type '{kind}' has recorded any data on this sensor."]
        return source or MEASUREMENTS
    if text is not None and not text.isdecimal():
        reasons["source"] = ["Not a valid integer."]
        return None
    return None if text is None else int(text)


def _factor(signal: Signal, unit: str) -> float | None:
    """From the sensor's unit to the asked one; power becomes the energy of its interval, never the other way round."""
    (kind, size), (wanted_kind, wanted_size) = _UNITS[signal.unit], _UNITS.get(unit, ("", 1.0))
    if (kind, wanted_kind) == ("power", "energy"):
        return float(size / wanted_size * signal.resolution_s / HOUR_S)
    return float(size / wanted_size) if kind == wanted_kind else None


def _resampled(
    recorded: Callable[[int, int, int], Floats], native: int, start: int, duration_s: int, spacing: int, count: int
) -> Floats:
    """`count` values every `spacing` seconds of what was recorded every `native` seconds.

    Longer bins begin at the first row, not at the start asked for: any other grid finds nothing. This is what a 1.0.1
    server does; partly filled bins are averaged, and energies are averaged, not summed.
    """
    if native in (0, spacing):
        return recorded(start, spacing, count)
    if native > spacing:
        return recorded(start, native, -(-count * spacing // native))[np.arange(count) * spacing // native]
    first = -(-start // native) * native
    rows = recorded(first, native, max((start + duration_s - first) // native, 0))
    present, result = np.flatnonzero(~np.isnan(rows)), np.full(count, np.nan)
    if not present.size or (first + int(present[0]) * native - start) % spacing:
        return result
    bins = (first + present * native - start) // spacing
    sums, sizes = np.bincount(bins, weights=rows[present], minlength=count), np.bincount(bins, minlength=count)
    np.divide(sums, sizes, out=result, where=sizes > 0)
    return result


def _kpi(signal: Signal, start: datetime, end: datetime, now_s: float) -> Json:
    """Over the local days that begin inside [start, end)."""
    zone, kpi = ZoneInfo(signal.asset.timezone), KPIS[signal.curve]
    first, last = (instant.astimezone(zone).toordinal() for instant in (start, end))
    midnights = [datetime.fromordinal(day).replace(tzinfo=zone) for day in range(first, last + 1)]
    in_window = [midnight.date() for midnight in midnights if start <= midnight.astimezone(UTC) < end]
    found = [value for day in in_window if not math.isnan(value := daily_value(signal, day, now_s))] or [0.0]
    function = kpi.get("function", "mean")
    value = {"sum": sum(found), "mean": sum(found) / len(found), "max": max(found)}[function]
    head = {"downsample_function": function, "downsample_value": round(value, 2)}
    return {**head, "sensor": signal.id, "title": kpi["title"], "unit": signal.unit}
