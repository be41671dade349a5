"""FlexMeasures' time series: the values of a sensor in the unit, grid and resolution asked for, and figures about them.

What belongs here: how the server cuts and converts what was recorded, its known oddities included. What does not: the
recorded values (readings.py), listings (flexmeasures.py).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from plant_pipeline.sandbox.answers import Call, Json, Refusal
from plant_pipeline.sandbox.catalogue import DAY, HOUR, MINUTE, Sensor
from plant_pipeline.sandbox.noise import Floats
from plant_pipeline.sandbox.production import ANCHOR_S
from plant_pipeline.sandbox.readings import FORECASTER, MEASUREMENTS, daily_value, sources_of, values

MAX_VALUES: Final = 3_000_000
MISSING: Final = "Missing data for required field."
NAIVE: Final = "Not a valid aware datetime."
KPI_TITLES: Final[Mapping[str, tuple[str, str | None]]] = {
    "daily_kwh": ("Daily energy", "sum"),
    "performance_ratio_pct": ("Performance ratio", None),
    "peak_kw": ("Peak power", "max"),
}

_WHERE: Final = "combined_sensor_data_description"
_REQUIRED: Final = ("start", "duration", "unit")
_OPTIONAL: Final = ("resolution", "horizon", "prior", "source", "source-account", "source-type", "auth_token")
_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

# Units by kind, each in the base unit of its kind.
_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "power": {"W": 1.0, "kW": 1e3, "MW": 1e6},
    "energy": {"Wh": 1.0, "kWh": 1e3, "MWh": 1e6},
    "voltage": {"V": 1.0, "kV": 1e3},
    "current": {"A": 1.0, "kA": 1e3},
    "irradiance": {"W/m²": 1.0, "W/m^2": 1.0, "kW/m²": 1e3, "kW/m^2": 1e3},
    "temperature": {"°C": 1.0, "degC": 1.0},
    "speed": {"m/s": 1.0},
    "share": {"%": 1.0},
}
_KINDS: Final = {unit: kind for kind, units in _UNITS.items() for unit in units}
# Instants without a resolution are spaced by the length of the window.
_SPACINGS: Final = ((8 * HOUR, 5 * MINUTE), (48 * HOUR, 15 * MINUTE), (14 * DAY, HOUR), (112 * DAY, DAY))


@dataclass(frozen=True)
class _Window:
    """What was asked of a sensor: `count` values every `spacing_s` from `start`, as the server knew them at `now_s`."""

    sensor: Sensor
    start: datetime
    duration_s: int
    spacing_s: int
    count: int
    factor: float
    source: int
    now_s: float

    def recorded(self, start_s: int, spacing_s: int, count: int) -> Floats:
        """What was recorded, in the sensor's unit."""
        return values(self.sensor, start_s, spacing_s, count, self.now_s, self.source)


def sensor_data(call: Call, sensor: Sensor) -> Json:
    """Equidistant values from the start, without times; null where no row is."""
    window = _parse_window(call, sensor)
    if window.count > MAX_VALUES:
        raise rejected(_WHERE, {"duration": [f"More than {MAX_VALUES} values."]})
    found = _found(window) if window.duration_s else np.full(1, np.nan)
    return {
        "duration": duration_text(window.duration_s),
        "message": "Request has been processed.",
        "resolution": "PT0H" if sensor.reading.resolution_s == 0 else duration_text(window.spacing_s),
        "start": window.start.isoformat(),
        "status": "PROCESSED",
        "unit": call.one("unit"),
        "values": found * window.factor,
    }


def sensor_stats(call: Call, sensor: Sensor) -> Json:
    """Count, extremes and sum of the recorded values, per data source, over the asked time or all of it."""
    reasons: dict[str, list[str]] = {}
    first_at, last_at = (_instant(call, name, reasons) for name in ("event_start_time", "event_end_time"))
    if reasons:
        raise rejected("query", reasons)
    now_s = call.now.timestamp()
    first = float(ANCHOR_S) if first_at is None else max(ANCHOR_S, first_at.timestamp())
    last = now_s if last_at is None else min(now_s, last_at.timestamp())
    result: Json = {"status": 200}
    spacing = sensor.reading.resolution_s or sensor.reading.reading_s
    start = math.ceil(first / spacing) * spacing
    for source in () if sensor.is_daily else sources_of(sensor):
        recorded = values(sensor, start, spacing, max(int(last - start) // spacing, 0), now_s, source)
        rows = np.flatnonzero(~np.isnan(recorded))
        if rows.size:
            end = start + int(rows[-1]) * spacing + sensor.reading.resolution_s
            times = (start + int(rows[0]) * spacing, end)
            result[f"source {source} (ID: {source})"] = _statistics(sensor, recorded[rows], *times)
    return result


def kpis(call: Call, sensors: Sequence[Sensor]) -> Json:
    """One number per daily sensor over the window, rounded to 2 decimals; no data is 0.0."""
    reasons: dict[str, list[str]] = {name: [MISSING] for name in ("start", "end") if call.one(name) is None}
    start, end = (_instant(call, name, reasons) for name in ("start", "end"))
    if start is None or end is None:
        raise rejected("query", reasons)
    daily = [sensor for sensor in sensors if sensor.is_daily]
    return {"data": [_kpi(sensor, start, end, call.now.timestamp()) for sensor in daily]}


def rejected(where: str, fields: Mapping[str, list[str]]) -> Refusal:
    """422 with the reasons by field."""
    content = {"message": {where: fields}, "result": "Rejected", "status": "UNPROCESSABLE_ENTITY"}
    return Refusal(422, content)


def duration_text(seconds: int) -> str:
    """A duration in hours and minutes: `PT24H`, `PT5M`, `PT0H`."""
    parts = zip((seconds // HOUR, seconds % HOUR // MINUTE, seconds % MINUTE), "HMS", strict=True)
    return "PT" + ("".join(f"{number}{letter}" for number, letter in parts if number) or "0H")


def parse_duration_s(text: str) -> int | None:
    """Seconds of an ISO 8601 duration of weeks, days (24 h each), hours, minutes and seconds; None if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or text in ("P", "PT") or text.endswith("T"):
        return None
    sizes = (7 * DAY, DAY, HOUR, MINUTE, 1)
    return sum(int(number) * size for number, size in zip(match.groups(), sizes, strict=True) if number)


def _instant(call: Call, name: str, reasons: dict[str, list[str]]) -> datetime | None:
    """An ISO 8601 time with offset; a `+` that was not escaped arrives as a space."""
    text = call.one(name)
    try:
        instant = None if text is None else datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        instant = None
    if instant is not None and instant.tzinfo is not None:
        return instant
    if text is not None:
        reasons[name] = [NAIVE]
    return None


def _parse_window(call: Call, sensor: Sensor) -> _Window:
    reasons = {name: ["Unknown field."] for name in call.query if name not in (*_REQUIRED, *_OPTIONAL)}
    reasons |= {name: [MISSING] for name in _REQUIRED if call.one(name) is None}
    start, prior, unit = _instant(call, "start", reasons), _instant(call, "prior", reasons), call.one("unit") or ""
    duration_s, spacing_s = (_seconds(call, name, reasons) for name in ("duration", "resolution"))
    if spacing_s == 0:
        reasons["resolution"] = [f"FlexMeasures only supports a positive resolution, got: {call.one('resolution')}."]
    source, factor = _source(call, sensor, reasons), _factor(sensor, unit)
    if "unit" not in reasons and factor is None:
        reasons["_schema"] = [f"Required unit for this sensor is {sensor.reading.unit}, got incompatible unit: {unit}"]
    if reasons or start is None or duration_s is None or factor is None:
        raise rejected(_WHERE, reasons)
    by_length = next((spacing for length, spacing in _SPACINGS if duration_s <= length), 7 * DAY)
    spacing = spacing_s or sensor.reading.resolution_s or by_length
    now_s = min(prior or call.now, call.now).timestamp()
    return _Window(sensor, start, duration_s, spacing, max(-(-duration_s // spacing), 1), factor, source, now_s)


def _seconds(call: Call, name: str, reasons: dict[str, list[str]]) -> int | None:
    text = call.one(name)
    seconds = None if text is None else parse_duration_s(text)
    if text is not None and seconds is None:
        reasons[name] = [f"Cannot parse {text} as ISO8601 duration: Unable to parse duration string '{text}'"]
    return seconds


def _source(call: Call, sensor: Sensor, reasons: dict[str, list[str]]) -> int:
    """The data source that is asked for; without one the measurements, the latest belief, answer."""
    kind, text = call.one("source-type"), call.one("source") or str(MEASUREMENTS)
    if kind is not None:
        wanted = {"user": MEASUREMENTS, "forecaster": FORECASTER}.get(kind)
        if wanted in sources_of(sensor):
            return wanted
        reasons["source-type"] = [f"No data source with source-type '{kind}' has recorded any data on this sensor."]
    elif text.isdecimal():
        return int(text)
    else:
        reasons["source"] = ["Not a valid integer."]
    return MEASUREMENTS


def _factor(sensor: Sensor, unit: str) -> float | None:
    """From the sensor's unit to the asked one; power becomes the energy of its interval, never the other way round."""
    kind, wanted_kind = _KINDS[sensor.reading.unit], _KINDS.get(unit)
    if wanted_kind is None or (kind != wanted_kind and (kind, wanted_kind) != ("power", "energy")):
        return None
    ratio = _UNITS[kind][sensor.reading.unit] / _UNITS[wanted_kind][unit]
    return ratio if kind == wanted_kind else ratio * sensor.reading.resolution_s / HOUR


def _found(window: _Window) -> Floats:
    start, native = window.start.timestamp(), window.sensor.reading.resolution_s
    spacing, count = window.spacing_s, window.count
    if start != int(start):
        return np.full(count, np.nan)
    if native in (0, spacing):
        return window.recorded(int(start), spacing, count)
    if native < spacing:
        return _downsampled(window, native, int(start))
    fine = window.recorded(int(start), native, -(-count * spacing // native))
    return fine[np.arange(count) * spacing // native]


def _downsampled(window: _Window, native: int, start: int) -> Floats:
    """Means of bins that begin at the first row, not at the start asked for: any other grid finds nothing.

    This is what a 1.0.1 server does; partly filled bins are averaged, and energies are averaged, not summed.
    """
    first, spacing, count = -(-start // native) * native, window.spacing_s, window.count
    rows = window.recorded(first, native, max((start + window.duration_s - first) // native, 0))
    present = np.flatnonzero(~np.isnan(rows))
    result = np.full(count, np.nan)
    if not present.size or (first + int(present[0]) * native - start) % spacing:
        return result
    bins = (first + present * native - start) // spacing
    sums, sizes = np.bincount(bins, weights=rows[present], minlength=count), np.bincount(bins, minlength=count)
    np.divide(sums, sizes, out=result, where=sizes > 0)
    return result


def _kpi(sensor: Sensor, start: datetime, end: datetime, now_s: float) -> Json:
    title, function = KPI_TITLES[sensor.reading.curve]
    function = function or "mean"
    days = _daily_values(sensor, start, end, now_s) or [0.0]
    value = {"sum": sum(days), "mean": sum(days) / len(days), "max": max(days)}[function]
    head: Json = {"downsample_function": function, "downsample_value": round(value, 2)}
    return {**head, "sensor": sensor.id, "title": title, "unit": sensor.reading.unit}


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


def _statistics(sensor: Sensor, recorded: Floats, first_s: int, end_s: int) -> Json:
    first, end = (datetime.fromtimestamp(at, ZoneInfo(sensor.timezone)).isoformat() for at in (first_s, end_s))
    return {
        "First event start": first,
        "Last event end": end,
        "Last recorded": end,
        "Max value": float(recorded.max()),
        "Mean value": float(recorded.mean()),
        "Min value": float(recorded.min()),
        "Number of values": int(recorded.size),
        "Sum over values": float(recorded.sum()),
    }
