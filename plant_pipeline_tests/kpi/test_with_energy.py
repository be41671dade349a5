"""KPIs on top of energy as its own room computes it, from readings alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from plant_pipeline.energy.daily import compute_day as compute_energy
from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet, steps

DAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
NOW = datetime(2026, 3, 22, tzinfo=UTC)
BRIGHT = [32 <= quarter < 64 for quarter in range(96)]  # 08:00 to 16:00


@pytest.mark.parametrize("kind", ["power", "interval energy", "register", "inverters"])
def test_kpis_rest_on_the_sensors_energy_was_computed_from(warehouse: Warehouse, kind: str) -> None:
    # 40 kW and 500 W/m² for 8 h: 320 kWh, 4 h; at 100 kWp and 80 kW a yield of 3.2, a ratio of 0.8, a factor of 1/6.
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        plant = fleet.plant("P-A")
        poa = fleet.sensor(plant, "irradiance_poa", minutes=15, equipment_type="weather_station")
        fleet.readings(poa, steps(MIDNIGHT, 15, [500.0 if is_bright else 0.0 for is_bright in BRIGHT]))
        if kind == "power":
            power = fleet.sensor(plant, "ac_power", minutes=15, sign=1)
            fleet.readings(power, steps(MIDNIGHT, 15, [40_000.0 if is_bright else 0.0 for is_bright in BRIGHT]))
        elif kind == "interval energy":
            energy = fleet.sensor(plant, "production_energy", minutes=15, sign=1)
            fleet.readings(energy, steps(MIDNIGHT, 15, [10_000.0 if is_bright else 0.0 for is_bright in BRIGHT]))
        elif kind == "register":
            register = fleet.sensor(plant, "production_energy", is_cumulative=True, sign=1)
            two_days = [*BRIGHT, *BRIGHT]  # in the morning the counter goes on in ordinary steps: it was at rest
            counters = [5e6 + 10_000.0 * sum(two_days[:index]) for index in range(96 + 48)]
            fleet.readings(register, steps(MIDNIGHT, 15, counters))
        else:
            for share in (0.25, 0.75):
                inverter = fleet.sensor(plant, "ac_power", minutes=15, sign=1, equipment_type="inverter")
                watts = [40_000.0 * share if is_bright else 0.0 for is_bright in BRIGHT]
                fleet.readings(inverter, steps(MIDNIGHT, 15, watts))
        compute_energy(connection, DAY, now_utc=NOW, run_id="run")
        result = compute_kpis(connection, DAY, now_utc=NOW, run_id="run")
        found = {
            row.kpi: row.value if row.null_reason is None else row.null_reason
            for row in connection.exec_driver_sql("select kpi, value, null_reason from kpi.plant_daily")
        }
        again = compute_kpis(connection, DAY, now_utc=NOW + timedelta(hours=1), run_id="another")
    assert found == pytest.approx(
        {
            "energy_kwh": 320.0,
            "specific_yield": 3.2,
            "yield_ac": 4.0,
            "reference_yield": 4.0,
            "ref_yield_ghi": "no_irradiance",
            "performance_ratio": 0.8,
            "performance_ratio_25c": "no_temperature",
            "capacity_factor": 1 / 6,
            "full_load_hours": 4.0,
            "peak_power_kw": 40.0,
            "data_completeness": 1.0,
            "daylight_completeness": 1.0,
            "self_consumption": "not_applicable",
            "self_sufficiency": "not_applicable",
            **{name: "no_forecast" for name in CATALOGUE if name.startswith("forecast_")},
            "communication_availability": "no_data",
        }
    )
    assert result.plants == 1
    assert again.written == 0


def test_no_own_use_is_told_of_a_day_whose_production_is_known_in_part(warehouse: Warehouse) -> None:
    """40 kW for 8 h, half of it exported: 0.5. Without the morning's readings it would be (160 - 160) / 160."""
    found = {}
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        for code, is_whole in (("P-WHOLE", True), ("P-PART", False)):
            plant = fleet.plant(code, technology="other", place=None)
            watts = [40_000.0 if is_bright else 0.0 for is_bright in BRIGHT]
            read = [watt if is_whole or quarter >= 48 else None for quarter, watt in enumerate(watts)]
            fleet.readings(fleet.sensor(plant, "ac_power", minutes=15, sign=1), steps(MIDNIGHT, 15, read))
            exported = fleet.sensor(plant, "export_energy", minutes=15)
            fleet.readings(exported, steps(MIDNIGHT, 15, [watt / 8 for watt in watts]))
            imported = fleet.sensor(plant, "import_energy", minutes=15)
            fleet.readings(imported, steps(MIDNIGHT, 15, [1000.0] * 96))
        compute_energy(connection, DAY, now_utc=NOW, run_id="run")
        compute_kpis(connection, DAY, now_utc=NOW, run_id="run")
        for row in connection.exec_driver_sql(
            "select plant_code, kpi, coalesce(value::text, null_reason) as said from kpi.plant_daily "
            "inner join registry.plant using (plant_id) where kpi in ('self_consumption', 'self_sufficiency')"
        ):
            found[row.plant_code, row.kpi] = row.said
    assert found == {
        ("P-WHOLE", "self_consumption"): "0.5",
        ("P-WHOLE", "self_sufficiency"): str(160 / (160 + 96)),
        ("P-PART", "self_consumption"): "low_completeness",
        ("P-PART", "self_sufficiency"): "low_completeness",
    }
