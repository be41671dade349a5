"""Many invented plants in a real warehouse at once, by COPY: for tests that compute hundreds in one pass."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from plant_pipeline.arrays import Floats
from plant_pipeline.warehouse import Warehouse, copy_rows, ensure_month_partitions
from plant_pipeline_tests.energy.site import EPOCH


@dataclass(frozen=True)
class ParkSensor:
    """A production meter's sensor of sign +1 and its readings: seconds since 1970 and values in W or Wh."""

    quantity: str
    resolution_min: float
    is_cumulative: bool
    at_s: Floats
    value: Floats


@dataclass(frozen=True)
class ParkPlant:
    """A plant with one meter."""

    code: str
    zone: str
    technology: str
    capacity_kw: float | None
    place: tuple[float, float] | None
    sensors: tuple[ParkSensor, ...]

    @property
    def plant_id(self) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, self.code)


def put_plants(warehouse: Warehouse, plants: Sequence[ParkPlant]) -> None:
    """Plants, meters, sensors and readings."""
    sensors = [(plant, number, sensor) for plant in plants for number, sensor in enumerate(plant.sensors)]
    with warehouse.transaction() as connection:
        copy_rows(
            connection, "registry.plant", tuple(_plant_row(plants[0])), (tuple(_plant_row(p).values()) for p in plants)
        )
        equipment = ("equipment_id", "plant_id", "source", "source_asset_id", "name", "equipment_type", "is_present")
        copy_rows(
            connection,
            "registry.equipment",
            equipment,
            ((p.plant_id, p.plant_id, "flexmeasures", p.code, f"meter {p.code}", "meter", True) for p in plants),
        )
        copy_rows(
            connection,
            "registry.sensor",
            tuple(_sensor_row(*sensors[0])),
            (tuple(_sensor_row(*sensor).values()) for sensor in sensors),
        )
        ids: Mapping[str, int] = {
            row.source_sensor_id: row.sensor_id
            for row in connection.exec_driver_sql("select source_sensor_id, sensor_id from registry.sensor")
        }
        instants = np.concatenate([sensor.at_s for _, _, sensor in sensors])
        ensure_month_partitions(connection, "energy.reading", _utc(instants.min()).date(), _utc(instants.max()).date())
        copy_rows(
            connection,
            "energy.reading",
            ("sensor_id", "period_start", "value"),
            (
                (ids[f"{plant.code} {number}"], _utc(at_s), float(value))
                for plant, number, sensor in sensors
                for at_s, value in zip(sensor.at_s, sensor.value, strict=True)
            ),
        )


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(float(at_s), UTC)


def _plant_row(plant: ParkPlant) -> dict[str, Any]:
    latitude, longitude = plant.place or (None, None)
    return {
        "plant_id": plant.plant_id,
        "plant_code": plant.code,
        "name": plant.code,
        "technology": plant.technology,
        "latitude": latitude,
        "longitude": longitude,
        "timezone": plant.zone,
        "capacity_ac_kw": plant.capacity_kw,
        "status": "active",
        "first_seen_at": EPOCH,
        "updated_at": EPOCH,
    }


def _sensor_row(plant: ParkPlant, number: int, sensor: ParkSensor) -> dict[str, Any]:
    return {
        "equipment_id": plant.plant_id,
        "plant_id": plant.plant_id,
        "source": "flexmeasures",
        "source_sensor_id": f"{plant.code} {number}",
        "name": sensor.quantity,
        "quantity": sensor.quantity,
        "unit": "Wh" if sensor.quantity.endswith("energy") else "W",
        "is_cumulative": sensor.is_cumulative,
        "sign": 1,
        "is_main": True,
        "resolution": timedelta(minutes=sensor.resolution_min),
        "is_present": True,
    }
