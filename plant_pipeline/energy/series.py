"""The sensors that can tell a plant's energy.

What belongs here: reading them from the registry, and of what kind their readings are. What does not: readings
(measurement.py), which sensor counts for the plant (meters.py, producers.py).
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute

Kind = Literal["register", "interval", "instant"]
WEATHER: Final = ("irradiance_poa", "irradiance_ghi", "module_temperature")


@dataclass(frozen=True, slots=True)
class Series:
    """One sensor as an input of energy. `kind`: cumulative register, means or energies of intervals, instants."""

    sensor_id: int
    plant_id: UUID
    equipment_id: UUID
    parent_equipment_id: UUID | None
    equipment_type: str
    source: str
    source_sensor_id: str
    source_asset_id: str
    equipment_name: str
    quantity: str
    kind: Kind
    resolution_s: float
    sign: int | None
    is_sign_learned: bool
    is_main: bool
    is_present: bool
    finding: str | None

    @property
    def is_power(self) -> bool:
        """Power in W, else energy in Wh (or the weather)."""
        return self.quantity in ("ac_power", "grid_power")

    @property
    def is_weather(self) -> bool:
        """Irradiance or temperature, not energy."""
        return self.quantity in WEATHER


# Rows hold the fields in their order, with is_cumulative in the place of the kind.
_KIND: Final = [field.name for field in fields(Series)].index("kind")


def read_series(connection: Connection, plant_ids: Collection[UUID]) -> list[Series]:
    """Every sensor of the plants whose quantity is energy or power at the AC side or weather, in order of their ids."""
    found: list[Series] = []
    for row in execute(connection, "energy/series", plant_ids=list(plant_ids)):
        kind = _kind(row.is_cumulative, row.quantity, row.resolution_s)
        if kind is not None:
            values: list[Any] = list(row)
            found.append(Series(*[*values[:_KIND], kind, *values[_KIND + 1 :]]))
    return found


def _kind(is_cumulative: bool, quantity: str, resolution_s: float) -> Kind | None:
    is_energy = quantity.endswith("_energy")
    if is_energy and is_cumulative:
        return "register"
    if resolution_s > 0:
        return "interval"
    return None if is_energy else "instant"
