"""A whole sync against a real FlexMeasures server; run by `make test-real`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plant_pipeline.warehouse import Warehouse, read_frame
from plant_pipeline_tests.real_flexmeasures.plant import DAY, IMPORTED_KWH, POA_W_PER_M2, PRODUCED_KWH, RealPlant

pytestmark = pytest.mark.real

_URL = os.environ.get("REAL_FLEXMEASURES_URL", "")
_EMAIL = os.environ.get("REAL_FLEXMEASURES_EMAIL", "")
_PASSWORD = os.environ.get("REAL_FLEXMEASURES_PASSWORD", "")


@pytest.fixture(scope="module")
def plant() -> Iterator[RealPlant]:
    if not _URL:
        pytest.fail("these tests need a server: run `make test-real`")
    real = RealPlant(_URL, _EMAIL, _PASSWORD)
    real.fill()
    yield real
    real.close()


def _sync(warehouse_url: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "FLEXMEASURES_BASE_URL": _URL,
        "FLEXMEASURES_EMAIL": _EMAIL,
        "FLEXMEASURES_PASSWORD": _PASSWORD,
        "WAREHOUSE_URL": warehouse_url,
        "PLANT_PIPELINE_HOME": str(home),
        "COLUMNS": "200",
    }
    program = str(Path(sys.executable).parent / "plant-pipeline")
    return subprocess.run(
        [program, "sync", "--date", DAY.isoformat()],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sync_of_a_real_server_gives_the_energy_of_a_day_of_25_hours(
    plant: RealPlant, warehouse: Warehouse, warehouse_url: str, tmp_path: Path
) -> None:
    for _ in range(2):  # the second run changes nothing
        done = _sync(warehouse_url, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ravenwits: not configured" in done.stdout
        assert "voke: not configured" in done.stdout
        _assert_energy(warehouse)


def _assert_energy(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        rows = read_frame(
            connection,
            "select p.name, p.timezone, p.technology, p.capacity_ac_kw, e.produced_kwh, e.imported_kwh, e.method, "
            "e.status, e.hours_in_day from energy.plant_daily as e inner join registry.plant as p using (plant_id) "
            "where e.energy_date = %(day)s",
            day=DAY,
        ).to_dict("records")
        assert len(rows) == 1
        day = rows[0]
        assert (day["name"], day["timezone"], day["technology"]) == ("Zonnepark Bunnik", "Europe/Amsterdam", "solar")
        assert (day["capacity_ac_kw"], day["hours_in_day"]) == (750.0, 25.0)
        assert (day["method"], day["status"]) == ("register_difference", "final")
        assert day["produced_kwh"] == pytest.approx(PRODUCED_KWH, abs=0.001)
        assert day["imported_kwh"] == pytest.approx(IMPORTED_KWH, abs=0.001)
        candidates = read_frame(
            connection,
            "select method, produced_kwh from energy.plant_daily_candidate where energy_date = %(day)s",
            day=DAY,
        )
        by_method = dict(zip(candidates["method"], candidates["produced_kwh"], strict=True))
        assert by_method["power_integral"] == pytest.approx(6930.0, abs=0.001)  # 693 kW for 10 h
        assert by_method["inverter_sum"] == pytest.approx(7000.0, abs=0.001)  # (400 + 300) kW for 10 h
        kpis = read_frame(connection, "select kpi, value from kpi.plant_daily where kpi_date = %(day)s", day=DAY)
        value = dict(zip(kpis["kpi"], kpis["value"], strict=True))
        # Irradiance counts while the sun is up: by the almanac its middle sets there at 16:16 UTC.
        assert value["reference_yield"] == pytest.approx((9 + 16 / 60) * POA_W_PER_M2 / 1000, abs=0.01)
        assert value["capacity_factor"] == pytest.approx(PRODUCED_KWH / (750 * 25))
        assert value["full_load_hours"] == pytest.approx(PRODUCED_KWH / 750)
