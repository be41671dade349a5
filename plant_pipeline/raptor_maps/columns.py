"""What may stand in a column of the Raptor Maps CSV: one text at a time, whatever row it is in."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from plant_pipeline import days
from plant_pipeline.raptor_maps.contract import LINE_BREAK, REQUIRED, SENSOR_TYPES

LONG_COORDINATE = "not a number with up to 7 decimals and no exponent"
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COORDINATE = re.compile(r"-?\d{1,3}(\.\d{1,7})?")
_BREAK = re.compile(LINE_BREAK)


def moment_of(text: bytes) -> datetime | None:
    """The date and time that a text gives, without a zone, as those of the file; None: it gives none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.decode())
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def wrong_with(column: str, text: str) -> str | None:
    """What is wrong with a text in a column, in words; None: nothing."""
    if column in REQUIRED and not text.strip():
        return "empty, but required"
    if _BREAK.search(text):
        return "a line break inside the field"
    return _COLUMN_CHECKS[column](text) if text and column in _COLUMN_CHECKS else None


def _wrong_with_zone(text: str) -> str | None:
    return None if days.is_zone(text) else "not a zone of the IANA database"


def _wrong_with_commissioning(text: str) -> str | None:
    return None if moment_of(text.encode()) else "not a date and time like 2019-05-01 00:00:00"


def _coordinate_check(limit: int) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        try:
            is_far = not abs(float(text)) <= limit
        except ValueError:
            return "not a number"
        if is_far:
            return f"outside -{limit} to {limit}"
        return None if _COORDINATE.fullmatch(text) else LONG_COORDINATE

    return wrong


ALL_SENSOR_TYPES = frozenset().union(*SENSOR_TYPES.values())


def _wrong_with_equipment_type(text: str) -> str | None:
    return None if text in SENSOR_TYPES else f"{text!r} is none of {', '.join(SENSOR_TYPES)}"


def _wrong_with_sensor_type(text: str) -> str | None:
    return None if text in ALL_SENSOR_TYPES else f"{text!r} is none of {', '.join(sorted(ALL_SENSOR_TYPES))}"


_COLUMN_CHECKS: dict[str, Callable[[str], str | None]] = {
    "timezone": _wrong_with_zone,
    "commissioning date": _wrong_with_commissioning,
    "farm_latitude": _coordinate_check(90),
    "farm_longitude": _coordinate_check(180),
    "equipment_type": _wrong_with_equipment_type,
    "sensor_type": _wrong_with_sensor_type,
}
