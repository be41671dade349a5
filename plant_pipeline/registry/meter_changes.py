"""Exchanges of meters that people declare: of which sensor, when, and which days they bear on.

What belongs here: what the warehouse knows of the sensor of such a decision. What does not: its form (statements),
noting it (review), what it leads to (energy).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from plant_pipeline.days import is_zone
from plant_pipeline.errors import UsageError
from plant_pipeline.registry.plants.history import TouchedTime, local_date, local_midnight
from plant_pipeline.registry.plants.state import Touched
from plant_pipeline.registry.sensor_statements import sensor_to_decide_on
from plant_pipeline.warehouse import execute


def zone_of_register(connection: Connection, sensor: str) -> str | None:
    """The time zone of the plant whose register `sensor` (SOURCE:ID) is, if it is known.

    Raises `UsageError` if there is no such sensor, or it is no cumulative register of energy.
    """
    row = sensor_to_decide_on(connection, sensor)
    if not row.is_register:
        raise UsageError(f"{sensor} is no cumulative register of energy: an exchange of its meter needs no decision")
    return row.timezone if is_zone(row.timezone) else None


def check_meter_change(connection: Connection, sensor: str, at_utc: datetime, now_utc: datetime) -> None:
    """Raise `UsageError` if `sensor` is not a register, or its meter is yet to be exchanged at `now_utc`."""
    zone_of_register(connection, sensor)
    if at_utc > now_utc:
        raise UsageError(f"{at_utc:%Y-%m-%d %H:%M:%S} UTC lies in the future: declare an exchange when it has happened")


def touched_by_meter_changes(connection: Connection, now_utc: datetime) -> list[Touched]:
    """The days that an exchange bears on, its own and both beside it, of those declared or taken back at `now_utc`."""
    found = []
    for row in execute(connection, "registry/meter_changes_noted", now_utc=now_utc):
        zone = row.timezone if is_zone(row.timezone) else "UTC"
        at_date = local_date(row.valid_at, zone)
        from_utc, to_utc = (local_midnight(at_date + timedelta(days=days), zone) for days in (-1, 2))
        verb = "is not declared any more" if row.is_undone else "was declared"
        why = f"the exchange of the meter of {row.sensor} at {row.valid_at:%Y-%m-%d %H:%M}Z {verb}"
        found.append(Touched(row.plant_id, TouchedTime(from_utc, to_utc), why))
    return found


def meter_changes_of_nothing(connection: Connection) -> list[str]:
    """Findings on exchanges that bear on no register: their sensor may be mistyped."""
    sensors = execute(connection, "registry/meter_changes_of_no_register").scalars()
    return [f"meter_change names {sensor}, which is no cumulative register of any plant" for sensor in sensors]
