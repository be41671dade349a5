"""Plants, equipment, sensors and readings for tests of the Raptor Maps room, written straight into the warehouse."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from plant_pipeline.warehouse import Warehouse, ensure_month_partitions

FIRST_SEEN = datetime(2025, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 1, tzinfo=UTC)
UNITS = {
    "ac_power": "W",
    "dc_power": "W",
    "dc_voltage": "V",
    "dc_current_amp": "A",
    "production_meter_power": "W",
    "production_meter_energy": "Wh",
    "irradiance_poa": "W/m²",
    "irradiance_ghi": "W/m²",
}


def utc(text: str) -> datetime:
    """`2025-10-26 00:15` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plant_id(number: int) -> UUID:
    return UUID(int=number)


def equipment_id(number: int) -> UUID:
    return UUID(int=0xE000 + number)


class Fleet:
    """Writes rows; numbers become ids, so that the order in the file is known."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def execute(self, statement: str, **parameters: object) -> None:
        with self._warehouse.transaction() as connection:
            connection.exec_driver_sql(statement, parameters)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self._warehouse.transaction() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def plant(self, number: int, code: str, **columns: object) -> None:
        values = {
            "plant_id": plant_id(number),
            "plant_code": code,
            "name": f"Plant {number}",
            "technology": "solar",
            "timezone": "UTC",
            "status": "active",
            "first_seen_at": FIRST_SEEN,
            "updated_at": FIRST_SEEN,
            **columns,
        }
        self._insert("registry.plant", values)
        self._insert(
            "registry.plant_alias",
            {
                "source": "flexmeasures",
                "source_plant_id": str(number),
                "plant_id": plant_id(number),
                "source_name": values["name"],
                "method": "new",
                "is_present": True,
                "first_seen_at": FIRST_SEEN,
                "last_seen_at": FIRST_SEEN,
            },
        )

    def equipment(self, number: int, plant: int, equipment_type: str, name: str | None = None) -> None:
        values = {
            "equipment_id": equipment_id(number),
            "plant_id": plant_id(plant),
            "source": "flexmeasures",
            "source_asset_id": f"asset {number}",
            "name": f"Equipment {number}" if name is None else name,
            "equipment_type": equipment_type,
            "is_present": True,
        }
        self._insert("registry.equipment", values)

    def sensor(
        self, number: int, plant: int, equipment: int, raptor_sensor_type: str | None, **columns: object
    ) -> None:
        values = {
            "sensor_id": number,
            "equipment_id": equipment_id(equipment),
            "plant_id": plant_id(plant),
            "source": "flexmeasures",
            "source_sensor_id": f"sensor {number}",
            "name": f"Sensor {number}",
            "unit": UNITS.get(raptor_sensor_type or "", "W"),
            "is_cumulative": raptor_sensor_type == "production_meter_energy",
            "is_main": False,
            "resolution": timedelta(minutes=5),
            "raptor_sensor_type": raptor_sensor_type,
            "is_present": True,
            **columns,
        }
        self._insert("registry.sensor", values)

    def decide_farm_id(self, plant: int, value: str | None, **columns: object) -> None:
        values = {
            "action": "set",
            "source": "flexmeasures",
            "source_plant_id": str(plant),
            "field": "farm_id",
            "value": value,
            "who": "a person",
            "decided_at": utc("2025-01-01 00:00"),
            **columns,
        }
        self._insert("registry.decision", values)

    def readings(self, sensor: int, values: dict[str, float]) -> None:
        """Readings by their UTC label; one that exists is replaced."""
        moments = {utc(text): value for text, value in values.items()}
        with self._warehouse.transaction() as connection:
            ensure_month_partitions(
                connection,
                "energy.reading",
                min(moments).date().replace(day=1),
                max(moments).date() + timedelta(days=31),
            )
            for moment, value in moments.items():
                connection.exec_driver_sql(
                    "insert into energy.reading values (%(sensor)s, %(moment)s, %(value)s) "
                    "on conflict (sensor_id, period_start) do update set value = excluded.value",
                    {"sensor": sensor, "moment": moment, "value": value},
                )

    def quarter_hours(self, sensor: int, first: str, values: list[float]) -> None:
        """One reading a quarter hour from `first` on."""
        start = utc(first)
        self.readings(
            sensor,
            {f"{start + timedelta(minutes=15) * i:%Y-%m-%d %H:%M}": value for i, value in enumerate(values)},
        )

    def _insert(self, table: str, values: dict[str, object]) -> None:
        names = ", ".join(values)
        places = ", ".join(f"%({name})s" for name in values)
        self.execute(f"insert into {table} ({names}) overriding system value values ({places})", **values)
