"""What the receiver documents about its file: headers, equipment and sensor types, units, interval, size.

What belongs here: the constants of Raptor Maps' "Upload data through signed URL" page, and what we fixed where it is
silent. What does not: building, checking or sending a file.
"""

import re
from datetime import date
from typing import NamedTuple

HEADERS = (
    "farm_id",
    "farm_name",
    "timezone",
    "commissioning date",
    "farm_latitude",
    "farm_longitude",
    "equipment_id",
    "equipment_name",
    "equipment_type",
    "sensor_id",
    "sensor_name",
    "sensor_type",
    "observation_time",
    "measured_value",
)
HEADER_LINE = ",".join(HEADERS).encode() + b"\n"
REQUIRED = frozenset(
    {"farm_id", "farm_name", "equipment_id", "equipment_name", "sensor_type", "observation_time", "measured_value"}
)
INTERVAL_MINUTES = 15
MAX_PART_BYTES = 5_000_000_000
CONTENT_TYPE = "text/csv"

LINE_BREAK = "\r\n|[\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]"
"""Regular expression for everything some reader takes for the end of a line."""
NOT_IN_NAMES = f"{LINE_BREAK}|[\x01-\x08\x0e-\x1f\x7f-\x9f]"
"""What a blank stands for in names: line breaks, and control characters, which programs obey instead of showing."""


class ExportedSensor(NamedTuple):
    """One line of the table "Sensor Type By Equipment", beside our own name of the equipment and our unit."""

    equipment_type: str
    raptor_equipment_type: str
    sensor_type: str
    unit: str
    is_register: bool  # the interval's value is the maximum of a cumulative register, not an average


_ELECTRICAL = (("dc_voltage", "V"), ("dc_current_amp", "A"), ("ac_power", "W"), ("dc_power", "W"))
_IRRADIANCE = (("irradiance_poa", "W/m²"), ("irradiance_ghi", "W/m²"))
EXPORTED_SENSORS = (
    *(ExportedSensor("inverter", "Inverter", sensor_type, unit, False) for sensor_type, unit in _ELECTRICAL),
    *(ExportedSensor("combiner", "Combiner", sensor_type, unit, False) for sensor_type, unit in _ELECTRICAL),
    ExportedSensor("meter", "Meter", "production_meter_energy", "Wh", True),
    ExportedSensor("meter", "Meter", "production_meter_power", "W", False),
    *(
        ExportedSensor("weather_station", "Weather Station/Pyranometer", sensor_type, unit, False)
        for sensor_type, unit in _IRRADIANCE
    ),
)
SENSOR_TYPES = {
    equipment_type: frozenset(
        row.sensor_type for row in EXPORTED_SENSORS if row.raptor_equipment_type == equipment_type
    )
    for equipment_type in dict.fromkeys(row.raptor_equipment_type for row in EXPORTED_SENSORS)
}
"""Sensor types that each of the receiver's equipment types may carry."""

_FILE_NAME = re.compile(r"raptor_maps_(\d{4}-\d\d-\d\d)_part(\d{3,})\.csv")


def file_name(observation_date: date, part: int) -> str:
    """Name of one part of a day; parts count from 1."""
    return f"raptor_maps_{observation_date.isoformat()}_part{part:03d}.csv"


def parsed_file_name(name: str) -> tuple[date, int] | None:
    """Day and part in a part's file name; None for any other name."""
    match = _FILE_NAME.fullmatch(name)
    try:
        return (date.fromisoformat(match[1]), int(match[2])) if match else None
    except ValueError:
        return None
