from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.kpi.explain import explain_kpi
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet, steps

DAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """A plant of 100 kWp with 4 h of reference yield, 320 kWh, and no AC capacity."""
    with warehouse.transaction() as opened:
        fleet = Fleet(opened)
        plant = fleet.plant("P-A", capacity_ac_kw=None)
        poa = fleet.sensor(plant, "irradiance_poa", minutes=60, equipment_type="weather_station")
        fleet.readings(poa, steps(MIDNIGHT, 60, [500.0 if 8 <= hour < 16 else 0.0 for hour in range(24)]))
        fleet.energy(plant, DAY, 320.0)
        compute_kpis(opened, DAY, now_utc=MIDNIGHT, run_id="run")
        yield opened


def test_a_value_is_explained_by_formula_figures_and_sensors(connection: Connection) -> None:
    explanation = explain_kpi(connection, "P-A", DAY, "performance_ratio")
    assert explanation.stored.value == pytest.approx(0.8)
    assert explanation.stored.numerator == 320
    assert explanation.stored.denominator == pytest.approx(400)
    assert {one.name: one.value for one in explanation.inputs} == {
        "technology": "solar",
        "produced_kwh": 320,
        "energy_method": "register_difference",
        "energy_coverage": 1.0,
        "capacity_dc_kw": 100,
        "poa_wh_per_m2": pytest.approx(4000),
        "poa_h": pytest.approx(24),
        "sun_h": pytest.approx(12, abs=0.01),
        "paired_kwh": None,
        "paired_wh_per_m2": None,
        "paired_h": None,
    }
    (sensor,) = explanation.sensors
    assert (sensor.role, sensor.kind, sensor.step_s, sensor.readings) == ("irradiance_poa", "mean", 3600, 24)
    assert explanation.plant_valid_from == datetime(1970, 1, 1, tzinfo=UTC)
    assert explanation.is_current
    text = "\n".join(explanation.lines())
    assert text.startswith("performance ratio of P-A Plant P-A on 2026-03-20: 0.8\n")
    assert "input       capacity_dc_kw = 100 (registry.plant_history)" in text
    assert "weather_station 1 / irradiance_poa, mean every 3600 s, 24 readings" in text
    assert "changed since" not in text


def test_an_unknown_value_is_explained_by_its_reason(connection: Connection) -> None:
    lines = list(explain_kpi(connection, "P-A", DAY, "capacity_factor").lines())
    assert lines[0].endswith("NULL, no_capacity: the capacity it is related to is not known")
    assert any("capacity_ac_kw = unknown" in line for line in lines)


def test_every_kpi_can_be_explained(connection: Connection) -> None:
    for kpi in CATALOGUE:
        assert list(explain_kpi(connection, "P-A", DAY, kpi).lines())


def test_inputs_that_changed_since_are_pointed_out(connection: Connection) -> None:
    connection.exec_driver_sql("update energy.plant_daily set produced_kwh = 200")
    explanation = explain_kpi(connection, "P-A", DAY, "performance_ratio")
    assert explanation.stored.value == pytest.approx(0.8)
    assert not explanation.is_current
    (note,) = [line for line in explanation.lines() if "note" in line]
    assert "now it would be 0.5" in note
    assert "sync --date 2026-03-20" in note


@pytest.mark.parametrize(
    ("code", "day", "kpi", "message"),
    [
        ("P-X", DAY, "energy_kwh", "registry list"),
        ("P-A", date(2026, 3, 21), "energy_kwh", "sync --date 2026-03-21"),
        ("P-A", DAY, "profit", "unknown KPI 'profit'; there are energy_kwh"),
    ],
)
def test_what_cannot_be_explained_says_what_to_do(
    connection: Connection, code: str, day: date, kpi: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        explain_kpi(connection, code, day, kpi)


def test_a_merged_plant_names_its_successor(connection: Connection) -> None:
    fleet = Fleet(connection)
    fleet.plant("P-B", status="merged")
    connection.exec_driver_sql(
        "update registry.plant set merged_into = (select plant_id from registry.plant where plant_code = 'P-A') "
        "where plant_code = 'P-B'"
    )
    with pytest.raises(UsageError, match="merged into P-A"):
        explain_kpi(connection, "P-B", DAY, "energy_kwh")
