"""Plants, sensors, readings and daily energy put into a warehouse by hand, as the rooms before the KPIs leave them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from plant_pipeline.warehouse import copy_rows, ensure_month_partitions

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NO_SENSORS: Mapping[str, object] = {
    f"{role}_sensor_ids": [] for role in ("power", "poa", "ghi", "temperature", "suspect")
}
RUN = {"run_id": "energy", "computed_at": SEEN_AT}


@dataclass
class Fleet:
    """Writes rows through an open connection."""

    connection: Connection
    names: set[str] = field(default_factory=set)

    def plant(
        self,
        code: str,
        *,
        technology: str | None = "solar",
        capacity_dc_kw: float | None = 100.0,
        capacity_ac_kw: float | None = 80.0,
        place: tuple[float, float] | None = (0.0, 0.0),
        timezone: str | None = "UTC",
        status: str = "active",
    ) -> uuid.UUID:
        plant_id = uuid.uuid5(uuid.NAMESPACE_OID, code)
        row = {
            "plant_id": plant_id,
            "plant_code": code,
            "name": f"Plant {code}",
            "technology": technology,
            "latitude": place[0] if place else None,
            "longitude": place[1] if place else None,
            "timezone": timezone,
            "country": None,
            "capacity_ac_kw": capacity_ac_kw,
            "capacity_dc_kw": capacity_dc_kw,
            "status": status,
            "first_seen_at": SEEN_AT,
            "updated_at": SEEN_AT,
        }
        self._insert("registry.plant", row)
        self._insert("registry.plant_history", {**row, "valid_from": EPOCH, "recorded_at": SEEN_AT})
        return plant_id

    def change(self, plant_id: uuid.UUID, valid_from: datetime, **columns: object) -> None:
        """The plant's properties from an instant on."""
        assignments = ", ".join(f"{name} = %({name})s" for name in columns)
        parameters = {"plant_id": plant_id, "valid_from": valid_from, **columns}
        current = "plant_id = %(plant_id)s and valid_to is null"
        for statement in (
            f"create temporary table version as select * from registry.plant_history where {current}",
            f"update registry.plant_history set valid_to = %(valid_from)s where {current}",
            f"update version set valid_from = %(valid_from)s, {assignments}",
            "insert into registry.plant_history select * from version",
            "drop table version",
        ):
            self.connection.exec_driver_sql(statement, parameters)

    def sensor(
        self,
        plant_id: uuid.UUID,
        quantity: str,
        *,
        minutes: float = 0,
        is_cumulative: bool = False,
        sign: int | None = None,
        equipment_type: str = "meter",
        is_reference: bool = False,
    ) -> int:
        key = f"{plant_id} {quantity} {len(self.names)}"
        self.names.add(key)
        equipment_id = uuid.uuid5(uuid.NAMESPACE_OID, key)
        self._insert(
            "registry.equipment",
            {
                "equipment_id": equipment_id,
                "plant_id": plant_id,
                "source": "flexmeasures",
                "source_asset_id": key,
                "name": f"{equipment_type} {len(self.names)}",
                "equipment_type": equipment_type,
                "is_present": True,
            },
        )
        self._insert(
            "registry.sensor",
            {
                "equipment_id": equipment_id,
                "plant_id": plant_id,
                "source": "flexmeasures",
                "source_sensor_id": key,
                "name": quantity,
                "quantity": quantity,
                "unit": "W/m²" if quantity.startswith("irradiance") else "Wh" if quantity.endswith("energy") else "W",
                "is_cumulative": is_cumulative,
                "sign": sign,
                "is_main": equipment_type == "meter",
                "resolution": timedelta(minutes=minutes),
                "is_reference": is_reference,
                "is_present": True,
            },
        )
        return int(
            self.connection.exec_driver_sql(
                "select sensor_id from registry.sensor where source_sensor_id = %(key)s", {"key": key}
            ).scalar_one()
        )

    def readings(self, sensor_id: int, values: Mapping[datetime, float]) -> None:
        if not values:
            return
        ensure_month_partitions(self.connection, "energy.reading", min(values).date(), max(values).date())
        copy_rows(
            self.connection,
            "energy.reading",
            ("sensor_id", "period_start", "value"),
            [(sensor_id, instant, value) for instant, value in values.items()],
        )

    def energy(
        self,
        plant_id: uuid.UUID,
        day_date: date,
        produced_kwh: float | None,
        *,
        method: str | None = "register_difference",
        sensors: Mapping[str, Iterable[int]] | None = None,
        **columns: object,
    ) -> None:
        """The day's energy; `sensors` are those of each method that was possible."""
        self._insert(
            "energy.plant_daily",
            {
                "plant_id": plant_id,
                "energy_date": day_date,
                "produced_kwh": produced_kwh,
                "method": method,
                "coverage": 1.0,
                "status": "final",
                "null_reason": None,
                "hours_in_day": 24.0,
                "data_completeness": 1.0,
                "daylight_completeness": 1.0,
                **columns,
                **RUN,
            },
        )
        ensure_month_partitions(self.connection, "energy.plant_daily_candidate", day_date, day_date)
        for candidate, sensor_ids in (sensors or {}).items():
            self._insert(
                "energy.plant_daily_candidate",
                {
                    "plant_id": plant_id,
                    "energy_date": day_date,
                    "method": candidate,
                    "produced_kwh": 0.0 if produced_kwh is None else produced_kwh,
                    "sensor_ids": list(sensor_ids),
                    "hours_in_day": 24.0,
                    **RUN,
                },
            )

    def measured(self, plant_id: uuid.UUID, day_date: date, **columns: object) -> None:
        """What the day's readings add up to beside its energy."""
        ensure_month_partitions(self.connection, "energy.plant_measured", day_date, day_date)
        row: dict[str, object] = {"plant_id": plant_id, "energy_date": day_date, **_NO_SENSORS, **columns, **RUN}
        self._insert("energy.plant_measured", row)

    def connected(
        self, plant_id: uuid.UUID, at: Sequence[datetime], status: str | None = "ONLINE", *, gateway: str = "gate"
    ) -> None:
        """What Voke said of one gateway of the plant when it was asked."""
        if gateway not in self.names:
            self.names.add(gateway)
            row = {"source": "voke", "source_plant_id": gateway, "plant_id": plant_id, "source_name": gateway}
            row |= {"method": "new", "is_present": True, "first_seen_at": SEEN_AT, "last_seen_at": SEEN_AT}
            self._insert("registry.plant_alias", row)
        table = "voke.plant_status_sample"
        ensure_month_partitions(self.connection, table, at[0].date(), at[-1].date())
        columns = ("plant_id", "sampled_at", "status")
        copy_rows(self.connection, table, columns, ((gateway, instant, status) for instant in at))

    def forecast(
        self,
        plant_id: uuid.UUID,
        kwh_by_period_end: Mapping[datetime, float],
        retrieved_at: datetime,
        *,
        record: str = "1",
        **alias: object,
    ) -> None:
        """A snapshot of one record of the plant, as Ravenwits gave it under the record's name."""
        if record not in self.names:
            self.names.add(record)
            row: dict[str, object] = {"source": "ravenwits", "source_plant_id": record, "plant_id": plant_id}
            row |= {"source_name": record, "method": "new", "is_present": True}
            self._insert("registry.plant_alias", {**row, "first_seen_at": SEEN_AT, "last_seen_at": SEEN_AT, **alias})
        ensure_month_partitions(
            self.connection, "ravenwits.forecast", min(kwh_by_period_end).date(), max(kwh_by_period_end).date()
        )
        copy_rows(
            self.connection,
            "ravenwits.forecast",
            ("plant_name", "source_plant_id", "period_end", "retrieved_at", "energy_kwh"),
            [(record, record, period_end, retrieved_at, kwh) for period_end, kwh in kwh_by_period_end.items()],
        )

    def _insert(self, table: str, row: Mapping[str, object]) -> None:
        columns = ", ".join(row)
        values = ", ".join(f"%({name})s" for name in row)
        self.connection.exec_driver_sql(f"insert into {table} ({columns}) values ({values})", dict(row))


def steps(start_utc: datetime, minutes: float, values: Iterable[float | None]) -> dict[datetime, float]:
    """Readings `minutes` apart from an instant on; None is a missing one."""
    return {
        start_utc + timedelta(minutes=minutes * index): value for index, value in enumerate(values) if value is not None
    }
