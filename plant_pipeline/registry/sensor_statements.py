"""What people state of single sensors against the rules: what they may say, which days it bears on.

What belongs here: what the warehouse knows of such decisions and their sensors. What does not: their form (statements),
noting them (review), what becomes of a sensor by them (equipment).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.equipment.quantity import NO_QUANTITY, UNIT_OF_QUANTITY
from plant_pipeline.registry.plants.history import TouchedTime
from plant_pipeline.registry.plants.state import Touched
from plant_pipeline.units import conversion
from plant_pipeline.warehouse import execute

ALWAYS = TouchedTime(None, None)


def sensor_to_decide_on(connection: Connection, sensor: str) -> Row[Any]:
    """What is known of a sensor (SOURCE:ID) that a person decides on. Raises `UsageError` if there is none."""
    source, _, source_sensor_id = sensor.partition(":")
    row = execute(
        connection, "registry/sensor_to_decide_on", source=source, source_sensor_id=source_sensor_id
    ).one_or_none()
    if row is None:
        raise UsageError(
            f"no sensor {sensor} (SOURCE:ID) is known; `plant-pipeline registry show PLANT` lists those of a plant"
        )
    return row


def check_sensor_statement(connection: Connection, decision: Decision) -> None:
    """Raise `UsageError` if there is no such sensor, or its unit is not one of the quantity stated."""
    row = sensor_to_decide_on(connection, decision.sensor or "")
    if decision.field != "quantity" or decision.value in (None, NO_QUANTITY):
        return
    converted = conversion(row.source_unit or "")
    unit = converted[0] if converted else None
    if UNIT_OF_QUANTITY.get(decision.value or "") != unit:
        fitting = ", ".join(quantity for quantity, own in UNIT_OF_QUANTITY.items() if own == unit)
        can_be = f"it may be {fitting} or {NO_QUANTITY}" if fitting else "nothing measured in it is used"
        raise UsageError(f"{decision.sensor} is in {row.source_unit!r}, which is no unit of {decision.value}: {can_be}")


def touched_by_sensor_statements(connection: Connection, now_utc: datetime) -> list[Touched]:
    """The plants all of whose days bear on what was stated of a sensor, or taken back, at `now_utc`."""
    return [
        Touched(
            row.plant_id,
            ALWAYS,
            f"{row.field} of {row.sensor} is {'no longer ' if row.is_undone else ''}stated to be {row.value}",
        )
        for row in execute(connection, "registry/sensor_statements_noted", now_utc=now_utc)
    ]


def statements_of_nothing(connection: Connection) -> list[str]:
    """Findings on statements of sensors that no source has: they may be mistyped."""
    rows = execute(connection, "registry/statements_of_no_sensor")
    return [f"set {row.field} names {row.sensor}, which no source has as a sensor" for row in rows]
