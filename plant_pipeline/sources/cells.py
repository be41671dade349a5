"""Cells of a record: reading a JSON value as the type its field is documented to have.

What belongs here: one value at a time, tolerant where the value is certain (numbers as text, JSON inside a string).
What does not: fields, records, what is done with a cell that cannot be read (`contract`).
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import orjson

from plant_pipeline.http import storable_json, storable_text

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
LONGEST_TEXT = 100_000  # characters
LONGEST_INTEGER = 40  # characters, blanks around it among them
_LONGEST_DURATION = timedelta(days=36_500)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Unfit(Exception):
    """A cell that cannot be read as its documented type."""


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Unfit
    if not (value.isprintable() or storable_text(value) == value):
        raise Unfit
    return value


def comparable_id(value: Any) -> Any:
    """An id as it is compared: a UUID in small letters, as their case makes no other id (RFC 9562, section 4)."""
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else value


def _read_identifier(value: Any) -> str:
    return str(comparable_id(_read_text(value)))


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unfit
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise Unfit
    try:
        read = float(value)
    except OverflowError as error:
        raise Unfit from error
    if not math.isfinite(read):
        raise Unfit
    return read


def _read_integer(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value) if len(value) < LONGEST_INTEGER else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise Unfit
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def _read_instant(value: Any) -> datetime:
    return _in_utc(value, None)


def _read_utc_instant(value: Any) -> datetime:
    return _in_utc(value, UTC)


def _read_utc_day(value: Any) -> datetime:
    """The midnight at which a UTC day begins: of a date, or of an instant that lies in it.

    A midnight of another zone begins a day of that zone, which is no UTC day and has no place among them.
    """
    read = _in_utc(value, UTC)
    if read.timetz() != time(tzinfo=UTC) and datetime.fromisoformat(value).time() == time():
        raise Unfit
    return datetime.combine(read.date(), time(tzinfo=UTC))


def _in_utc(value: Any, zone_if_unstated: tzinfo | None) -> datetime:
    read = parse_instant(value, zone_if_unstated)
    if read is None:
        raise Unfit
    return read


def parse_instant(value: Any, zone_if_unstated: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 date and time, in UTC; None if it is none, or states no offset and no zone is known."""
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=read.tzinfo or zone_if_unstated)
        return read.astimezone(UTC) if read.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def parse_duration(value: str) -> timedelta | None:
    """An ISO 8601 duration without years and months (`PT5M`, `P1D`, `PT0S`); None if it is none."""
    match = _DURATION.fullmatch(value)
    if match is None or value.endswith(("P", "T")):
        return None
    parts = {name: float(text) for name, text in match.groupdict().items() if text and name != "sign"}
    try:
        return timedelta(**parts) * (-1 if match["sign"] else 1)
    except OverflowError:
        return None


def _read_duration(value: Any) -> timedelta:
    read = parse_duration(value) if isinstance(value, str) else None
    if read is None or abs(read) > _LONGEST_DURATION:
        raise Unfit
    return read


def _read_document(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise Unfit from error
        if value is None:
            return None
    if not isinstance(value, dict | list) or not _is_storable(value):
        raise Unfit
    return value


def _is_storable(value: Any) -> bool:
    """Whether a JSON column takes it: no NUL inside, and not nested beyond measure."""
    try:
        text = orjson.dumps(value)
    except TypeError:
        return False
    return storable_json(text) == text


def _read_array(value: Any) -> Any:
    read = _read_document(value)
    if isinstance(read, dict):
        raise Unfit
    return read


READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _read_text,
    "identifier": _read_identifier,
    "number": _read_number,
    "integer": _read_integer,
    "flag": _read_flag,
    "instant": _read_instant,
    "utc_instant": _read_utc_instant,
    "utc_day": _read_utc_day,
    "duration": _read_duration,
    "document": _read_document,
    "array": _read_array,
}
