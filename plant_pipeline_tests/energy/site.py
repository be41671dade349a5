"""An invented plant in a real warehouse: its devices, sensors and readings, in a line each."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from plant_pipeline.energy.daily import compute_day
from plant_pipeline.energy.writing import EnergyDayResult
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.warehouse import Warehouse, copy_rows, ensure_month_partitions

NOW = datetime(2031, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    """`2026-06-15 12:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Site:
    """One plant; sensors sit on devices that are made when first named."""

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        code: str = "P-SITE",
        zone: str | None = "UTC",
        technology: str = "wind",
        capacity_kw: float | None = 1000.0,
        capacity_dc_kw: float | None = None,
        place: tuple[float, float] | None = None,
        status: str = "active",
    ) -> None:
        self.warehouse = warehouse
        self.code = code
        self.plant_id = uuid.uuid5(uuid.NAMESPACE_OID, code)
        self._devices: dict[str, uuid.UUID] = {}
        latitude, longitude = place or (None, None)
        self.execute(
            "insert into registry.plant (plant_id, plant_code, name, technology, latitude, longitude, timezone, "
            "capacity_ac_kw, capacity_dc_kw, status, first_seen_at, updated_at) values (%(plant_id)s, %(code)s, "
            "%(code)s, %(technology)s, %(latitude)s, %(longitude)s, %(zone)s, %(capacity_kw)s, %(capacity_dc_kw)s, "
            "%(status)s, %(at)s, %(at)s)",
            code=code,
            technology=technology,
            latitude=latitude,
            longitude=longitude,
            zone=zone,
            capacity_kw=capacity_kw,
            capacity_dc_kw=capacity_dc_kw,
            status=status,
            at=EPOCH,
        )

    def execute(self, statement: str, **parameters: object) -> Any:
        with self.warehouse.transaction() as connection:
            result = connection.exec_driver_sql(statement, {"plant_id": self.plant_id, **parameters})
            return result.fetchall() if result.returns_rows else None

    def device(
        self,
        name: str,
        kind: str = "meter",
        *,
        is_present: bool = True,
        parent: str | None = None,
        rating_kw: float | None = None,
    ) -> uuid.UUID:
        if name not in self._devices:
            self._devices[name] = uuid.uuid5(self.plant_id, name)
            self.execute(
                "insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, "
                "equipment_type, parent_equipment_id, is_present, capacity_ac_kw) values (%(equipment_id)s, "
                "%(plant_id)s, 'flexmeasures', %(asset_id)s, %(name)s, %(kind)s, %(parent_id)s, %(is_present)s, "
                "%(rating_kw)s)",
                equipment_id=self._devices[name],
                asset_id=f"{self.code}-{len(self._devices)}",
                name=name,
                kind=kind,
                parent_id=self._devices[parent] if parent else None,
                is_present=is_present,
                rating_kw=rating_kw,
            )
        return self._devices[name]

    def sensor(
        self,
        quantity: str,
        resolution_min: float,
        *,
        device: str = "meter",
        kind: str = "meter",
        is_cumulative: bool = False,
        is_main: bool | None = None,
        sign: int | None = None,
        is_present: bool = True,
        finding: str | None = None,
        source_unit: str | None = None,
    ) -> int:
        """A sensor with production meters marked as main unless said otherwise."""
        rows = self.execute(
            "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, "
            "source_unit, is_cumulative, sign, is_main, resolution, is_present, finding) values (%(equipment_id)s, "
            "%(plant_id)s, 'flexmeasures', %(name)s, %(name)s, %(quantity)s, %(unit)s, %(source_unit)s, "
            "%(is_cumulative)s, %(sign)s, %(is_main)s, %(resolution)s, %(is_present)s, %(finding)s) "
            "returning sensor_id",
            equipment_id=self.device(device, kind),
            name=f"{self.code} {device} {quantity} {resolution_min} {uuid.uuid4()}",
            quantity=quantity,
            unit=_unit(quantity),
            source_unit=source_unit or _unit(quantity),
            is_cumulative=is_cumulative,
            sign=sign,
            is_main=kind == "meter" and quantity in ("ac_power", "production_energy") if is_main is None else is_main,
            resolution=timedelta(minutes=resolution_min),
            is_present=is_present,
            finding=finding,
        )
        return int(rows[0].sensor_id)

    def register(self, **properties: Any) -> int:
        """A cumulative register of produced energy without a resolution, as most are."""
        return self.sensor("production_energy", 0, is_cumulative=True, **properties)

    def series(self, sensor_id: int, start: str, step_min: float, values: Iterable[float | None]) -> None:
        """Equidistant readings; None leaves a hole."""
        self.readings(
            sensor_id,
            [
                (utc(start) + timedelta(minutes=index * step_min), value)
                for index, value in enumerate(values)
                if value is not None
            ],
        )

    def readings(self, sensor_id: int, readings: Sequence[tuple[datetime, float]]) -> None:
        with self.warehouse.transaction() as connection:
            instants = [at_utc for at_utc, _ in readings]
            ensure_month_partitions(connection, "energy.reading", min(instants).date(), max(instants).date())
            copy_rows(
                connection,
                "energy.reading",
                ("sensor_id", "period_start", "value"),
                ((sensor_id, at_utc, value) for at_utc, value in readings),
            )

    def samples(
        self,
        counts_kwh: Mapping[datetime, float | None],
        *,
        dates: Mapping[datetime, date] | None = None,
        record: str = "gate",
        imported_kwh: Mapping[datetime, float] | None = None,
        exported_kwh: Mapping[datetime, float] | None = None,
        self_consumption_pct: float | None = None,
    ) -> None:
        """What a gateway of Voke said at some instants of its UTC day, which `dates` may say is another one."""
        self.execute(
            "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
            "first_seen_at, last_seen_at) values ('voke', %(record)s, %(plant_id)s, %(record)s, 'new', true, %(at)s, "
            "%(at)s) on conflict do nothing",
            record=record,
            at=EPOCH,
        )
        with self.warehouse.transaction() as connection:
            ensure_month_partitions(connection, "voke.energy_sample", min(counts_kwh).date(), max(counts_kwh).date())
            columns = ("produced_kwh", "imported_kwh", "exported_kwh", "self_consumption_pct")
            rows = (
                (
                    record,
                    at_utc,
                    (dates or {}).get(at_utc, at_utc.date()),
                    count_kwh,
                    (imported_kwh or {}).get(at_utc),
                    (exported_kwh or {}).get(at_utc),
                    self_consumption_pct,
                )
                for at_utc, count_kwh in counts_kwh.items()
            )
            copy_rows(connection, "voke.energy_sample", ("plant_id", "sampled_at", "energy_date", *columns), rows)

    def compute(self, day: str, **options: Any) -> EnergyDayResult:
        options = {"now_utc": NOW, "run_id": "run", **options}
        with self.warehouse.transaction() as connection:
            return compute_day(connection, date.fromisoformat(day), **options)

    def day(self, day: str, **options: Any) -> Any:
        """The plant's row after computing the date; None if there is none."""
        self.compute(day, **options)
        rows = self.execute(
            "select * from energy.plant_daily where plant_id = %(plant_id)s and energy_date = %(day)s", day=day
        )
        return rows[0] if rows else None

    def days(self, first: str, last: str, **options: Any) -> dict[str, Any]:
        """The plant's rows of all dates from the first to the last, computed in their order."""
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        dates = [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]
        return {day: self.day(day, **options) for day in dates}

    def kpis(self, day: str, **options: Any) -> dict[str, Any]:
        """The plant's rows of `kpi.plant_daily` by name, after computing energy and KPIs of the date."""
        options = {"now_utc": NOW, "run_id": "run", **options}
        self.compute(day, **options)
        with self.warehouse.transaction() as connection:
            compute_kpis(connection, date.fromisoformat(day), **options)
        rows = self.execute(
            "select * from kpi.plant_daily where plant_id = %(plant_id)s and kpi_date = %(day)s", day=day
        )
        return {row.kpi: row for row in rows}

    def reading_flags(self, sensor_id: int) -> dict[datetime, set[str]]:
        """What is said of a sensor's readings, by their instants."""
        found: dict[datetime, set[str]] = {}
        rows = self.execute(
            "select period_start, flag from energy.reading_flag where sensor_id = %(sensor_id)s", sensor_id=sensor_id
        )
        for row in rows:
            found.setdefault(row.period_start.astimezone(UTC), set()).add(row.flag)
        return found

    def candidates(self, day: str) -> dict[str, Any]:
        rows = self.execute(
            "select * from energy.plant_daily_candidate where plant_id = %(plant_id)s and energy_date = %(day)s",
            day=day,
        )
        return {row.method: row for row in rows}


def _unit(quantity: str) -> str:
    if quantity.startswith("irradiance"):
        return "W/m²"
    if quantity.endswith("temperature"):
        return "°C"
    return "Wh" if quantity.endswith("energy") else "W"


def whole_table(connection: Connection, table: str, without: Sequence[str]) -> list[tuple[object, ...]]:
    """All rows of a table but for some columns, in order."""
    rows = connection.exec_driver_sql(f"select * from {table} order by 1, 2, 3").mappings()
    return [tuple(value for name, value in row.items() if name not in without) for row in rows]
