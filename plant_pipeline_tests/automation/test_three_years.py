"""Three years of nights at small size: what may go goes, what was computed stays, and nothing else grows with age."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from plant_pipeline.automation.retention import retention_job
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.orchestration import Pipeline
from plant_pipeline.readings.load import SensorWindow, load_windows
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse, ensure_month_partitions
from plant_pipeline_tests.plants import add_plant

_MONTHS = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(36)]
_KEPT = {"READING_RETENTION_DAYS": "430", "FORECAST_RETENTION_DAYS": "400", "SAMPLE_RETENTION_DAYS": "400"}
# 430 days and the trailing ones begin in a month that is kept whole: 15 behind this one, and the one to come.
_MOST_PARTITIONS = 17
_A_QUARTER = 3  # of months: so often does the job run here
_ENERGY = """insert into energy.plant_daily (plant_id, energy_date, produced_kwh, status, hours_in_day, run_id,
computed_at, flags) values (%(plant)s, %(day)s, 5, 'final', 24, 'r', %(at)s, '{}')"""
_KPI = """insert into kpi.plant_daily (plant_id, kpi_date, kpi, value, unit, formula_version, run_id, computed_at)
values (%(plant)s, %(day)s, 'energy_kwh', 5, 'kWh', 1, 'r', %(at)s)"""
_PARTITIONS = "select relname from pg_class where relkind = 'r' and relispartition and relname ~ %(name)s order by 1"


def _write_month(warehouse: Warehouse, archive: FileArchive, plant_id: object, month: date) -> None:
    """A night in the middle of the month: an answer, a day of two sensors, a forecast, a sample, energy and a KPI."""
    at = datetime.combine(month, time(3), UTC) + timedelta(days=14)
    start = at.replace(hour=0) - timedelta(days=1)
    ledger = FetchLedger(warehouse, archive, "voke", f"run-{month}")
    ledger.record(Received("plant", "/plants", None, 200, b"[]", [], 1, at))
    ledger.flush()
    starts_us = int(start.timestamp() * 1e6) + np.arange(24, dtype=np.int64) * 3_600_000_000
    windows = [SensorWindow(sensor, start, start + timedelta(days=1), starts_us, np.arange(24.0)) for sensor in (1, 2)]
    with warehouse.transaction() as connection:
        load_windows(connection, windows)
        for table in ("ravenwits.forecast", "voke.energy_sample", "kpi.plant_daily"):
            ensure_month_partitions(connection, table, start.date(), start.date())
        own = {"at": start, "day": start.date(), "plant": plant_id}
        for statement in (
            "insert into ravenwits.forecast values ('Old', %(at)s, %(at)s, '1', 1)",
            "insert into voke.energy_sample (plant_id, sampled_at, energy_date) values ('v', %(at)s, %(day)s)",
            _ENERGY,
            _KPI,
        ):
            connection.exec_driver_sql(statement, own)


def _partitions(warehouse: Warehouse, table: str) -> list[str]:
    with warehouse.transaction() as connection:
        return list(connection.exec_driver_sql(_PARTITIONS, {"name": rf"^{table}_\d{{4}}_\d{{2}}$"}).scalars())


@pytest.fixture
def aged(warehouse: Warehouse, tmp_path: Path) -> FileArchive:
    """The warehouse after three years, and the archive of it."""
    archive = FileArchive(tmp_path / "archive")
    settings = load_settings({**_KEPT, "PLANT_PIPELINE_HOME": str(tmp_path)}, tmp_path)
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, "Old", "UTC")
    for number, month in enumerate(_MONTHS):
        _write_month(warehouse, archive, plant_id, month)
        if number % _A_QUARTER != _A_QUARTER - 1:
            continue
        noon = datetime.combine(month, time(12), UTC) + timedelta(days=14)
        pipeline = Pipeline(settings, warehouse, archive, lambda now=noon: now)  # type: ignore[misc]
        with dg.DagsterInstance.ephemeral() as instance:
            assert retention_job.execute_in_process(instance=instance, resources={"pipeline": pipeline}).success
        following = month + timedelta(days=31)
        for table in ("reading", "fetch", "forecast"):
            assert _partitions(warehouse, table)[-1] == f"{table}_{following:%Y_%m}"  # made ahead
        assert len(_partitions(warehouse, "reading")) <= _MOST_PARTITIONS
    return archive


def test_what_may_go_is_gone_and_what_was_computed_is_there(aged: FileArchive, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:

        def count(table: str) -> int:
            return int(connection.exec_driver_sql(f"select count(*) from {table}").scalar_one())

        assert (count("energy.plant_daily"), count("kpi.plant_daily")) == (36, 36)
        assert 2 * 24 * 13 <= count("energy.reading") <= 2 * 24 * 16
        for table in ("ravenwits.forecast", "voke.energy_sample", 'landing."fetch"'):
            assert 13 <= count(table) <= 16, table
    for table in ("reading", "forecast", "energy_sample"):
        assert len(_partitions(warehouse, table)) <= _MOST_PARTITIONS, table
    # A pack and its index a month.
    assert len(list(aged.keys(""))) <= 2 * 16
    # A day reads its own month, however old the warehouse is.
    with warehouse.transaction() as connection:
        plan = connection.exec_driver_sql(
            "explain select * from energy.reading where sensor_id = 1 "
            "and period_start >= '2026-11-14' and period_start < '2026-11-15'"
        ).scalars()
        assert {name for line in plan for name in _partitions_in(line)} == {"reading_2026_11"}


def _partitions_in(line: str) -> Iterator[str]:
    return (word for word in line.split() if word.startswith("reading_") and not word.endswith("_pkey"))
