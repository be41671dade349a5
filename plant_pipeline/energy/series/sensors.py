"""The sensors that can tell a plant's energy.

What belongs here: reading them from the registry, and of what kind their readings are. What does not: readings
(measurement.py), which sensor counts for the plant (meters.py, producers.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute, uuid_array

Kind = Literal["register", "interval", "instant"]
WEATHER: Final = ("irradiance_poa", "irradiance_ghi", "module_temperature")
PRODUCTION: Final = ("ac_power", "production_energy")
TYPES: Final = ("inverter", "turbine")


@dataclass(slots=True)
class Series:
    """One sensor as an input of energy. `kind`: cumulative register, means or energies of intervals, instants.

    `resolution_s` is the stated one, 0 of registers and instants; `learned_step_s` what was found over many days.
    `energy_method`: what energy from it is called, where it is told apart from that of the plant's other meters.
    `part_id`: the part it is of, of a plant that consists of several. `doubted_since`: since then it may be of another
    plant. `rating_kw`: what its device gives at most, where its source documents that.
    """

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
    learned_step_s: float | None
    sign: int | None
    is_sign_learned: bool
    is_main: bool
    is_present: bool
    finding: str | None
    energy_method: str | None = None
    part_id: UUID | None = None
    doubted_since: datetime | None = None
    rating_kw: float | None = None

    @property
    def is_power(self) -> bool:
        """Power in W, else energy in Wh (or the weather)."""
        return self.quantity in ("ac_power", "grid_power")

    @property
    def is_weather(self) -> bool:
        """Irradiance or temperature, not energy."""
        return self.quantity in WEATHER


_KIND: Final = list(Series.__slots__).index("kind")  # where the query tells whether it is cumulative


def read_series(connection: Connection, plant_ids: Collection[UUID]) -> list[Series]:
    """Every sensor of the plants whose quantity is energy or power at the AC side or weather, in order of their ids."""
    found: list[Series] = []
    for row in execute(connection, "energy/series", plant_ids=uuid_array(plant_ids)).all():
        kind = _kind(row.is_cumulative, row.quantity, row.resolution_s)
        if kind is not None:
            values = list(row)
            values[_KIND] = kind
            found.append(Series(*values))
    return found


def _kind(is_cumulative: bool, quantity: str, resolution_s: float) -> Kind | None:
    is_energy = quantity.endswith("_energy")
    if is_energy and is_cumulative:
        return "register"
    if resolution_s > 0:
        return "interval"
    return None if is_energy else "instant"
