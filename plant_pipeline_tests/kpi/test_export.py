import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.kpi.export import export_kpis
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 31)
NOW = datetime(2026, 4, 3, tzinfo=UTC)
HEADER = [
    "plant_code",
    "name",
    "kpi_date",
    "kpi",
    "value",
    "unit",
    "null_reason",
    "coverage",
    "method",
    "energy_status",
]


def fill(warehouse: Warehouse) -> None:
    """Three days across the end of a month; the second plant's energy is unknown."""
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        plants = [fleet.plant(code) for code in ("P-b", "P-A")]
        for offset in range(3):
            day = DAY + timedelta(days=offset)
            fleet.energy(plants[0], day, 320.0)
            fleet.energy(plants[1], day, None, null_reason="no_data", status="provisional", coverage=None)
            compute_kpis(connection, day, now_utc=NOW, run_id="run")


def test_rows_are_sorted_and_the_same_rows_give_the_same_bytes(warehouse: Warehouse, tmp_path: Path) -> None:
    fill(warehouse)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    with warehouse.transaction() as connection:
        # Two of three days, two plants.
        assert export_kpis(connection, DAY, DAY + timedelta(days=1), first) == 2 * 2 * len(CATALOGUE)
        export_kpis(connection, DAY, DAY + timedelta(days=1), second)
    assert first.read_bytes() == second.read_bytes()
    with first.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    assert list(found[0]) == HEADER
    keys = [(row["plant_code"], row["kpi_date"], row["kpi"]) for row in found]
    assert keys == sorted(keys)  # capitals before small letters, as bytes
    assert {row["kpi_date"] for row in found} == {"2026-03-31", "2026-04-01"}
    energy = {row["plant_code"]: row for row in found if row["kpi"] == "energy_kwh"}
    assert (energy["P-b"]["value"], energy["P-b"]["null_reason"], energy["P-b"]["energy_status"]) == (
        "320",
        "",
        "final",
    )
    assert (energy["P-A"]["value"], energy["P-A"]["null_reason"]) == ("", "no_data")


def test_a_span_without_rows_is_a_header(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    with warehouse.transaction() as connection:
        assert export_kpis(connection, DAY, DAY, file) == 0
    assert file.read_text(encoding="utf-8").splitlines() == [",".join(HEADER)]


def test_a_failed_export_leaves_no_file(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), warehouse.transaction() as connection:
        export_kpis(connection, DAY, DAY, tmp_path / "nowhere" / "out.csv")
    assert list(tmp_path.iterdir()) == []
