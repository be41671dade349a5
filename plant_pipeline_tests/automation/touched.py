"""Two plants of one source with a meter each, in a real registry and warehouse, and decisions on them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from plant_pipeline.automation.queued_days import QueueResult, work_off_queue
from plant_pipeline.energy.assets import compute_energy
from plant_pipeline.kpi.assets import compute_kpi_days
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.orchestration import Pipeline
from plant_pipeline.registry.decisions.statements import Action, Decision
from plant_pipeline.registry.equipment.placing import write_equipment
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.review import decide, undo
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact
from plant_pipeline.warehouse import Warehouse, copy_rows, ensure_month_partitions

LONG_AGO, RECENT, LATEST = date(2026, 3, 2), date(2026, 9, 15), date(2026, 9, 16)  # 198 days, two days, one
DAYS = (LONG_AGO, RECENT, LATEST)
POWER_KW = {"a": 800.0, "b": 500.0, "c": 300.0}
SOURCE = "flexmeasures"
_ENERGY = (
    "select plant_id, energy_date, produced_kwh, gap_kwh, uncertainty_kwh, imported_kwh, exported_kwh, method, "
    "coverage, null_reason, hours_in_day, data_completeness, flags, {} from energy.plant_daily order by 1, 2"
)
_KPIS = (
    "select plant_id, kpi_date, kpi, value, unit, numerator, denominator, coverage, null_reason, method "
    "from kpi.plant_daily order by 1, 2, 3"
)


class Fleet:
    """The plants of records `a`, `b` and `c`, each 1 MW, far from each other, and constant all day."""

    sources: Mapping[str, str] = dict.fromkeys(POWER_KW, SOURCE)
    """Of the records."""

    def __init__(self, warehouse: Warehouse, folder: Path, records: str = "abc") -> None:
        self.warehouse, self.records = warehouse, records
        self.moved: dict[str, float] = {}  # degrees of latitude
        self.now = datetime.combine(LATEST, time(6), UTC) + timedelta(days=1)
        settings = load_settings({"RAVENWITS_TOKEN": "x", "PLANT_PIPELINE_HOME": str(folder)})
        archive = open_archive((folder / "archive").as_uri())
        self.pipeline = Pipeline(settings, warehouse, archive, clock=lambda: self.now)
        self.sync_registry()
        for record in records:
            sensor_id = self.value("select sensor_id from registry.sensor where source_sensor_id = %(r)s", r=record)
            for day in DAYS:
                self.readings(sensor_id, day, POWER_KW[record], hours=24)

    # -- what a night does --
    def sync_registry(self) -> None:
        with self.warehouse.transaction() as connection:
            reconcile(connection, self._records(), complete_sources=[SOURCE], now_utc=self.now)
            self._place(connection)

    def night(self, *days: date, run_id: str = "night", takes_up: bool = False) -> QueueResult:
        """Energy and KPIs of the days, then the queue."""
        compute_energy(self.pipeline, days, run_id)
        compute_kpi_days(self.pipeline, days, run_id)
        return work_off_queue(self.pipeline, run_id, takes_up=takes_up)

    # -- what people do --
    def link(self, record: str, other: str, *, duplicate: bool = False) -> None:
        value = "duplicate" if duplicate else None
        source, other_source = self.sources[record], self.sources[other]
        decision = Decision(
            "link", source, record, "jana", other_source=other_source, other_source_plant_id=other, value=value
        )
        with self.warehouse.transaction() as connection:
            decide(connection, decision, self.now, self._records())
            self._place(connection)

    def undo(self) -> None:
        """Take the newest decision back."""
        newest = self.value("select max(decision_id) from registry.decision where undone_at is null")
        with self.warehouse.transaction() as connection:
            undo(connection, newest, "jana", self.now, None, self._records())
            self._place(connection)

    # -- what the registry says --
    def decide(self, action: Action, record: str, **values: Any) -> None:
        """A decision that moves no record."""
        with self.warehouse.transaction() as connection:
            decide(connection, Decision(action, SOURCE, record, "jana", **values), self.now, self._records())

    def touch(self, plant_id: Any, first: date | None = None, until: date | None = None, why: str = "test") -> None:
        instants = [None if day is None else datetime.combine(day, time(), UTC) for day in (first, until)]
        self.execute(
            "insert into registry.touched (plant_id, from_utc, to_utc, why, touched_at) values "
            "(%(plant_id)s, %(first)s, %(until)s, %(why)s, %(at)s)",
            plant_id=plant_id, first=instants[0], until=instants[1], why=why, at=self.now,
        )  # fmt: skip

    # -- what stands in the warehouse --
    def plant(self, record: str) -> Any:
        return self._plants()[record]

    def counted(self) -> list[str]:
        """The records that repeat no other."""
        return [row[0] for row in self.rows("select source_plant_id from registry.plant_alias where not is_duplicate")]

    def energy(self, *, with_status: bool = False) -> list[tuple[Any, ...]]:
        return self.rows(_ENERGY.format("status" if with_status else "1"))

    def kpis(self) -> list[tuple[Any, ...]]:
        return self.rows(_KPIS)

    def produced(self, day: date) -> dict[str, float]:
        """By record's plant: of records that are one plant the energy stands once, under the first."""
        of_plant = {str(row[0]): row[2] for row in self.energy() if row[1] == day}
        plants = self._plants()
        return {record: of_plant.pop(str(plants[record])) for record in plants if str(plants[record]) in of_plant} | {
            f"? {plant_id}": kwh for plant_id, kwh in of_plant.items()
        }

    def fleet_kwh(self, day: date) -> float:
        """What the portfolio says."""
        statement = (
            "select value from kpi.portfolio_daily where group_code = 'all' and kpi_date = %(day)s and kpi = %(k)s"
        )
        return float(self.value(statement, day=day, k="energy_kwh"))

    def queue(self) -> list[tuple[date, str]]:
        """Days that wait, with the first record of the plant, or ? for one without any."""
        records = {str(plant_id): record for record, plant_id in reversed(self._plants().items())}
        rows = self.rows("select day_date, plant_id from energy.queued_day")
        return sorted((row[0], records.get(str(row[1]), "?")) for row in rows)

    def readings(self, sensor_id: int, day: date, power_kw: float, hours: int) -> None:
        begin = datetime.combine(day, time(), UTC)
        with self.warehouse.transaction() as connection:
            ensure_month_partitions(connection, "energy.reading", day, day)
            rows = ((sensor_id, begin + timedelta(hours=hour), 1000 * power_kw) for hour in range(hours))
            copy_rows(connection, "energy.reading", ("sensor_id", "period_start", "value"), rows)

    def execute(self, statement: str, **parameters: object) -> None:
        with self.warehouse.transaction() as connection:
            connection.exec_driver_sql(statement, parameters)

    def rows(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self.warehouse.transaction() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement, parameters)]

    def value(self, statement: str, **parameters: object) -> Any:
        return self.rows(statement, **parameters)[0][0]

    def _plants(self) -> dict[str, Any]:
        return dict(self.rows("select source_plant_id, plant_id from registry.plant_alias order by 1"))

    def _records(self) -> Sequence[PlantCandidate]:
        first = PlantCandidate(
            SOURCE, "", "", True, True, self.now, technology="wind", timezone="UTC", capacity_ac_kw=1000.0
        )
        return [
            replace(
                first,
                source_plant_id=record,
                name=f"{record * 3} wind",
                latitude=40.0 + place + self.moved.get(record, 0.0),
                longitude=10.0,
            )
            for place, record in enumerate(self.records)
        ]

    def _place(self, connection: Any) -> None:
        devices = [EquipmentFact(SOURCE, f"meter {r}", r, f"meter {r}", "meter", True) for r in self.records]
        hour = timedelta(hours=1)
        sensors = [SensorFact(SOURCE, r, f"meter {r}", "ac_power", "W", hour, True, "UTC") for r in self.records]
        write_equipment(connection, devices, sensors)
