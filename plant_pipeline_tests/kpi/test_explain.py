from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.kpi.explain import explain_kpi
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def connection(connection: Connection) -> Connection:
    """A plant of 100 kWp with 4 h of reference yield by one of two pyranometers, 320 kWh, and no AC capacity."""
    fleet = Fleet(connection)
    plant = fleet.plant("P-A", capacity_ac_kw=None)
    good, dead, module = (
        fleet.sensor(plant, quantity, minutes=60, equipment_type="weather_station")
        for quantity in ("irradiance_poa", "irradiance_poa", "module_temperature")
    )
    fleet.energy(plant, DAY, 320.0)
    fleet.measured(
        plant,
        DAY,
        sun_h=12.0,
        poa_wh_per_m2=4000.0,
        poa_h=24.0,
        poa_sun_h=12.0,
        warm_kwh=280.0,
        warm_wh_per_m2=3600.0,
        warm_corrected_wh_per_m2=3500.0,
        warm_h=10.0,
        warm_sun_h=10.0,
        poa_sensor_ids=[good],
        suspect_sensor_ids=[dead],
        temperature_sensor_ids=[module],
        temperature_coefficient_per_k=-0.0035,
    )
    for hours, kwh in ((30, 12.0), (6, 13.0)):
        retrieved_at = MIDNIGHT - timedelta(hours=hours)
        fleet.forecast(plant, {MIDNIGHT + timedelta(hours=n): kwh for n in range(1, 25)}, retrieved_at)
    compute_kpis(connection, DAY, now_utc=MIDNIGHT, run_id="run")
    return connection


def test_a_value_is_explained_by_formula_figures_and_sensors(connection: Connection) -> None:
    explanation = explain_kpi(connection, "P-A", DAY, "performance_ratio")
    assert explanation.stored.value == pytest.approx(0.8)
    assert (explanation.stored.numerator, explanation.stored.denominator) == (320, 400)
    assert {each.name: each.value for each in explanation.inputs} == {
        "technology": "solar",
        "produced_kwh": 320,
        "energy_method": "register_difference",
        "energy_coverage": 1.0,
        "data_completeness": 1.0,
        "daylight_completeness": 1.0,
        "flags": "none",
        "pv_kwh": None,
        "pv_coverage": None,
        "capacity_dc_kw": 100,
        "poa_wh_per_m2": 4000,
        "poa_h": 24,
        "poa_sun_h": 12,
        "sun_h": 12,
        "paired_kwh": None,
        "paired_wh_per_m2": None,
        "paired_h": None,
        "paired_sun_h": None,
    }
    assert [(sensor.role, sensor.equipment_name) for sensor in explanation.sensors] == [
        ("irradiance_poa", "weather_station 1"),
        ("irradiance_suspect", "weather_station 2"),
    ]
    assert explanation.plant_valid_from == datetime(1970, 1, 1, tzinfo=UTC)
    assert explanation.is_current
    text = "\n".join(explanation.lines())
    assert text.startswith("performance ratio of P-A Plant P-A on 2026-03-20: 0.8\n")
    assert "  numerator   320\n  denominator 400\n" in text
    assert "input       capacity_dc_kw = 100 (registry.plant_history)" in text
    assert "input       poa_wh_per_m2 = 4000 (energy.plant_measured)" in text
    assert "sensor      irradiance_poa: weather_station 1 / irradiance_poa (sensor 1, flexmeasures " in text
    assert "sensor      left out, contradicts the others: weather_station 2 / irradiance_poa (sensor 2" in text
    assert "changed since" not in text


def test_the_temperature_coefficient_is_named(connection: Connection) -> None:
    text = "\n".join(explain_kpi(connection, "P-A", DAY, "performance_ratio_25c").lines())
    assert text.startswith("performance ratio at 25 °C of P-A Plant P-A on 2026-03-20: 0.8\n")  # 280 / 350
    assert "input       temperature_coefficient_per_k = -0.0035 (energy.plant_measured)" in text
    assert "sensor      module_temperature: weather_station 3 / module_temperature" in text


def test_the_vintage_of_a_forecast_is_told(connection: Connection) -> None:
    text = "\n".join(explain_kpi(connection, "P-A", DAY, "forecast_energy_kwh").lines())
    assert text.startswith("forecast energy of P-A Plant P-A on 2026-03-20: 312 kWh\n")
    assert "input       forecast_vintage_utc = 2026-03-19 18:00Z (registry.forecast)" in text
    assert "input       forecast_step_s = 3600 (registry.forecast)" in text


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
