"""FlexMeasures' time series: the values of a sensor in the unit, grid and resolution asked for.

What belongs here: how the server cuts and converts what was recorded, its known oddities included. What does not: the
recorded values (readings.py), figures about them (flexmeasures_statistics.py), listings (flexmeasures.py).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from starlette.responses import Response

from plant_pipeline.sandbox.catalogue import Sensor
from plant_pipeline.sandbox.exchange import Call
from plant_pipeline.sandbox.flexmeasures_answers import MISSING, NAIVE, aware, rejected, respond, unprocessable
from plant_pipeline.sandbox.flexmeasures_records import duration_text
from plant_pipeline.sandbox.layouts import DAY, HOUR, MINUTE
from plant_pipeline.sandbox.noise import Floats
from plant_pipeline.sandbox.readings import FORECASTER, MEASUREMENTS, sources_of, values

MAX_VALUES: Final = 3_000_000

_WHERE: Final = "combined_sensor_data_description"
_PARAMETERS: Final = frozenset(
    [
        "start",
        "duration",
        "unit",
        "resolution",
        "horizon",
        "prior",
        "source",
        "source-account",
        "source-type",
        "auth_token",
    ]
)
_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

# What one unit is in the base unit of its kind.
_UNITS: Final = {
    "W": ("power", 1.0),
    "kW": ("power", 1e3),
    "MW": ("power", 1e6),
    "Wh": ("energy", 1.0),
    "kWh": ("energy", 1e3),
    "MWh": ("energy", 1e6),
    "V": ("voltage", 1.0),
    "kV": ("voltage", 1e3),
    "A": ("current", 1.0),
    "kA": ("current", 1e3),
    "W/m²": ("irradiance", 1.0),
    "W/m^2": ("irradiance", 1.0),
    "kW/m²": ("irradiance", 1e3),
    "kW/m^2": ("irradiance", 1e3),
    "°C": ("temperature", 1.0),
    "degC": ("temperature", 1.0),
    "m/s": ("speed", 1.0),
    "%": ("share", 1.0),
}


@dataclass(frozen=True)
class _Window:
    """What was asked of a sensor; `spacing_s` None leaves it to the server."""

    start: datetime
    duration_s: int
    spacing_s: int | None
    factor: float
    unit: str
    source: int
    now_s: float


def sensor_data(call: Call, sensor: Sensor) -> Response:
    """Equidistant values from the start, without times; null where no row is."""
    window = _parse_window(call, sensor)
    if isinstance(window, Response):
        return window
    spacing = _spacing_s(sensor, window)
    count = max(-(-window.duration_s // spacing), 1)
    if count > MAX_VALUES:
        return unprocessable(_WHERE, "duration", f"More than {MAX_VALUES} values.")
    found = _found(sensor, window, spacing, count) if window.duration_s else np.full(1, np.nan)
    return respond(
        {
            "duration": duration_text(window.duration_s),
            "message": "Request has been processed.",
            "resolution": "PT0H" if sensor.reading.resolution_s == 0 else duration_text(spacing),
            "start": window.start.isoformat(),
            "status": "PROCESSED",
            "unit": window.unit,
            "values": found * window.factor,
        }
    )


def parse_duration_s(text: str) -> int | None:
    """Seconds of an ISO 8601 duration of weeks, days (24 h each), hours, minutes and seconds; None if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or text in ("P", "PT") or text.endswith("T"):
        return None
    sizes = (7 * DAY, DAY, HOUR, MINUTE, 1)
    return sum(int(number) * size for number, size in zip(match.groups(), sizes, strict=True) if number)


def _parse_window(call: Call, sensor: Sensor) -> _Window | Response:
    reasons = {name: ["Unknown field."] for name in call.query if name not in _PARAMETERS}
    for name in ("start", "duration", "unit"):
        if call.one(name) is None:
            reasons[name] = [MISSING]
    start_text, unit = call.one("start") or "", call.one("unit") or ""
    start, prior = aware(start_text), aware(call.one("prior") or call.now.isoformat())
    if start is None:
        reasons.setdefault("start", [NAIVE])
    if prior is None:
        reasons["prior"] = [NAIVE]
    duration = _parsed_duration(call, "duration", reasons)
    spacing = _parsed_duration(call, "resolution", reasons)
    if spacing == 0:
        reasons["resolution"] = [f"FlexMeasures only supports a positive resolution, got: {call.one('resolution')}."]
    source = _source(call, sensor, reasons)
    factor = _factor(sensor, unit)
    if "unit" not in reasons and factor is None:
        reasons["_schema"] = [f"Required unit for this sensor is {sensor.reading.unit}, got incompatible unit: {unit}"]
    if reasons or start is None or prior is None or duration is None or factor is None:
        return rejected(_WHERE, reasons)
    now_s = min(prior, call.now).timestamp()
    return _Window(start, duration, spacing, factor, unit, source, now_s)


def _parsed_duration(call: Call, name: str, reasons: dict[str, list[str]]) -> int | None:
    text = call.one(name)
    seconds = None if text is None else parse_duration_s(text)
    if text is not None and seconds is None:
        reasons[name] = [f"Cannot parse {text} as ISO8601 duration: Unable to parse duration string '{text}'"]
    return seconds


def _source(call: Call, sensor: Sensor, reasons: dict[str, list[str]]) -> int:
    """The data source that is asked for; without one the measurements, the latest belief, answer."""
    known = sources_of(sensor)
    kind = call.one("source-type")
    if kind is not None:
        wanted = {"user": MEASUREMENTS, "forecaster": FORECASTER}.get(kind)
        if wanted not in known:
            text = f"No data source with source-type '{kind}' has recorded any data on this sensor."
            reasons["source-type"] = [text]
            return MEASUREMENTS
        return wanted
    text = call.one("source") or str(MEASUREMENTS)
    if not text.isdecimal():
        reasons["source"] = ["Not a valid integer."]
        return MEASUREMENTS
    return int(text)


def _factor(sensor: Sensor, unit: str) -> float | None:
    """From the sensor's unit to the asked one; power becomes the energy of its interval, never the other way round."""
    if unit not in _UNITS:
        return None
    (kind, size), (wanted_kind, wanted_size) = _UNITS[sensor.reading.unit], _UNITS[unit]
    if kind == wanted_kind:
        return size / wanted_size
    if (kind, wanted_kind) == ("power", "energy"):
        return size / wanted_size * sensor.reading.resolution_s / HOUR
    return None


def _spacing_s(sensor: Sensor, window: _Window) -> int:
    """The distance of the values: as asked, else the sensor's, else (instants) decided by the length of the window."""
    if window.spacing_s is not None:
        return window.spacing_s
    if sensor.reading.resolution_s:
        return sensor.reading.resolution_s
    limits = ((8 * HOUR, 5 * MINUTE), (48 * HOUR, 15 * MINUTE), (14 * DAY, HOUR), (112 * DAY, DAY))
    return next((spacing for length, spacing in limits if window.duration_s <= length), 7 * DAY)


def _found(sensor: Sensor, window: _Window, spacing: int, count: int) -> Floats:
    start = window.start.timestamp()
    if start != int(start):
        return np.full(count, np.nan)
    native = sensor.reading.resolution_s
    if native in (0, spacing):
        return values(sensor, int(start), spacing, count, window.now_s, window.source)
    if native < spacing:
        return _downsampled(sensor, window, spacing, count)
    fine = values(sensor, int(start), native, -(-count * spacing // native), window.now_s, window.source)
    return fine[np.arange(count) * spacing // native]


def _downsampled(sensor: Sensor, window: _Window, spacing: int, count: int) -> Floats:
    """Means of bins that begin at the first row, not at the start asked for: any other grid finds nothing.

    This is what a 1.0.1 server does; partly filled bins are averaged, and energies are averaged, not summed.
    """
    native, start = sensor.reading.resolution_s, int(window.start.timestamp())
    first = -(-start // native) * native
    rows = values(
        sensor, first, native, max((start + window.duration_s - first) // native, 0), window.now_s, window.source
    )
    present = np.flatnonzero(~np.isnan(rows))
    result = np.full(count, np.nan)
    if not present.size or (first + int(present[0]) * native - start) % spacing:
        return result
    times = first + present * native
    bins = (times - start) // spacing
    inside = (bins >= 0) & (bins < count)
    sums = np.bincount(bins[inside], weights=rows[present][inside], minlength=count)
    sizes = np.bincount(bins[inside], minlength=count)
    np.divide(sums, sizes, out=result, where=sizes > 0)
    return result
