"""KPIs of days whose figures can be worked out on paper, from rows as the energy room leaves them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline_tests.kpi.computed import DAY, PAIRED, POWER, SUN, compute, outcome, outcomes, rows
from plant_pipeline_tests.kpi.fleet import Fleet

FORECAST = [name for name in CATALOGUE if name.startswith("forecast_")]


def test_every_kpi_of_a_solar_plant(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=100, capacity_ac_kw=80)
    # 240 of 320 kWh leave the site, which takes 160 from the grid. At 45 °C and γ = -0.005/K the modules give a tenth
    # less, so 4000 Wh/m² are worth 3600.
    fleet.energy(plant, DAY, 320.0, method="power_integral", exported_kwh=240.0, imported_kwh=160.0)
    warm = {"warm_kwh": 320.0, "warm_wh_per_m2": 4000.0, "warm_corrected_wh_per_m2": 3600.0, "warm_sun_h": 12.0}
    horizontal = {"ghi_wh_per_m2": 3200.0, "ghi_h": 24.0, "ghi_sun_h": 12.0}
    quarters = [0.0] * 32 + [10.0] * 32 + [0.0] * 32  # 08:00 to 16:00
    fleet.measured(
        plant,
        DAY,
        **SUN,
        **POWER,
        **PAIRED,
        **warm,
        **horizontal,
        temperature_sensor_ids=[1],
        peak_power_kw=40.0,
        quarter_kwh=quarters,
    )
    # The day before 30 kW. The forecast says 50 kW: 80 kWh too much in all, 10 each hour.
    fleet.measured(plant, DAY - timedelta(days=1), quarter_kwh=[0.75 * kwh for kwh in quarters])
    midnight = datetime(2026, 3, 20, tzinfo=UTC)
    hourly = {midnight + timedelta(hours=hour): 50.0 if 8 < hour <= 16 else 0.0 for hour in range(1, 25)}
    fleet.forecast(plant, hourly, midnight - timedelta(hours=6))
    fleet.connected(plant, [midnight + timedelta(minutes=15 * number) for number in range(96)])
    result = compute(connection)
    found = rows(connection)
    assert {name: outcome(row) for name, row in found.items()} == pytest.approx(
        {
            "energy_kwh": 320.0,
            "specific_yield": 3.2,  # 320 / 100
            "yield_ac": 4.0,  # 320 / 80
            "reference_yield": 4.0,
            "ref_yield_ghi": 3.2,
            "performance_ratio": 0.8,  # 320 / (100 × 4)
            "performance_ratio_25c": 8 / 9,  # 320 / (100 × 3.6)
            "capacity_factor": 1 / 6,  # 320 / (80 × 24)
            "full_load_hours": 4.0,
            "peak_power_kw": 40.0,
            "data_completeness": 1.0,
            "daylight_completeness": 1.0,
            "communication_availability": 1.0,  # asked for every quarter of an hour
            "self_consumption": 0.25,  # (320 - 240) / 320
            "self_sufficiency": 1 / 3,  # 80 / (80 + 160)
            "forecast_energy_kwh": 400.0,
            "forecast_daily_error": 1 / 24,  # 80 / (80 × 24)
            "forecast_nmae": 1 / 24,
            "forecast_nrmse": (1 / 192) ** 0.5,  # 8 × 10² / (80² × 24)
            "forecast_nmbe": 1 / 24,
            "forecast_wape": 0.25,  # 80 / 320
            "forecast_skill": 0.0,  # 10 kWh an hour off, as the day before
        }
    )
    assert {name: row["unit"] for name, row in found.items()} == {name: kpi.unit for name, kpi in CATALOGUE.items()}
    assert found["performance_ratio"]["numerator"] == 320
    assert found["performance_ratio"]["denominator"] == 400
    assert found["performance_ratio_25c"]["denominator"] == 360
    assert found["daylight_completeness"]["denominator"] == 12
    assert (result.plants, result.rows, result.values, result.written) == (1, 22, 22, 22)
    assert result.null_reasons == {}
    assert result.findings == ()


def test_a_day_of_25_hours_has_a_lower_capacity_factor(connection: Connection, fleet: Fleet) -> None:
    autumn = date(2026, 10, 25)
    plant = fleet.plant("P-A", timezone="Europe/Madrid", place=(40.0, -4.0))
    fleet.energy(plant, autumn, 320.0, hours_in_day=25.0)
    compute(connection, day=autumn)
    found = rows(connection, day=autumn)
    assert found["capacity_factor"]["value"] == pytest.approx(0.16)  # 320 / (80 × 25)
    assert found["capacity_factor"]["denominator"] == 2000
    assert found["full_load_hours"]["value"] == 4.0


@pytest.mark.parametrize(
    ("energy", "is_told"),
    [
        # Daylight decides for photovoltaics, as 0.9 of the readings came, or not quite.
        ({"method": "power_integral", "coverage": 0.5, "data_completeness": 0.5, "daylight_completeness": 0.9}, True),
        ({"method": "power_integral", "coverage": 1.0, "data_completeness": 1.0, "daylight_completeness": 0.89}, False),
        # Without a known place the whole day does.
        ({"method": "power_integral", "coverage": 0.9, "data_completeness": 0.9, "daylight_completeness": None}, True),
        (
            {"method": "power_integral", "coverage": 0.89, "data_completeness": 0.89, "daylight_completeness": None},
            False,
        ),
        # A register that brackets the day is complete, but for what a reset took.
        ({"coverage": 1.0, "data_completeness": 0.4, "daylight_completeness": 0.3}, True),
        ({"coverage": 0.9, "data_completeness": 1.0, "daylight_completeness": 1.0}, True),
        ({"coverage": 0.89, "data_completeness": 1.0, "daylight_completeness": 1.0}, False),
        ({"coverage": 0.95, "data_completeness": 0.95, "daylight_completeness": 0.85}, True),  # as many readings
        # So are inverters with registers.
        ({"method": "inverter_sum", "coverage": 1.0, "data_completeness": 0.4, "daylight_completeness": 0.3}, True),
        ({"coverage": None, "data_completeness": None, "daylight_completeness": None}, False),
    ],
)
def test_part_of_a_day_has_an_energy_and_no_yields(
    connection: Connection, fleet: Fleet, energy: Mapping[str, Any], is_told: bool
) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0, status="provisional", **energy)
    compute(connection)
    found = rows(connection)
    yields = ("specific_yield", "yield_ac", "capacity_factor", "full_load_hours")
    assert outcome(found["energy_kwh"]) == 320
    assert {outcome(found[name]) == "low_completeness" for name in yields} == {not is_told}
    assert (found["capacity_factor"]["numerator"], found["capacity_factor"]["denominator"]) == (320, 1920)


def test_a_performance_ratio_rests_on_common_intervals(connection: Connection, fleet: Fleet) -> None:
    # Half of the day was measured, 10 of 12 hours of irradiance: 6 hours in common at 40 kW and 500 W/m².
    plant = fleet.plant("P-A")
    fleet.energy(
        plant,
        DAY,
        360.0,
        method="power_integral",
        status="provisional",
        coverage=0.5,
        data_completeness=0.5,
        daylight_completeness=0.5,
    )
    common = {"paired_kwh": 240.0, "paired_wh_per_m2": 3000.0, "paired_h": 6.0, "paired_sun_h": 6.0}
    fleet.measured(plant, DAY, **{**SUN, "poa_sun_h": 10.0}, **POWER, **common)
    compute(connection)
    ratio = rows(connection)["performance_ratio"]
    assert ratio["value"] == pytest.approx(0.8)
    assert (ratio["numerator"], ratio["denominator"]) == (240, 300)
    assert (ratio["method"], ratio["coverage"]) == ("power_integral", 0.5)
    assert outcome(rows(connection)["specific_yield"]) == "low_completeness"


@pytest.mark.parametrize(
    ("poa_sun_h", "coverage", "expected"),
    [(11.88, 0.99, 0.8), (11.87, 1.0, "low_completeness"), (12.0, 0.989, "low_completeness")],
)
def test_a_register_total_serves_only_if_irradiance_covers_daylight(
    connection: Connection, fleet: Fleet, poa_sun_h: float, coverage: float, expected: object
) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0, coverage=coverage)
    fleet.measured(plant, DAY, **{**SUN, "poa_sun_h": poa_sun_h})  # and no power to pair the rest with
    compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == expected


def test_interval_values_go_before_a_total_and_a_register_before_its_increments(
    connection: Connection, fleet: Fleet
) -> None:
    # All of the irradiance, and 300 kWh of the 320 in whole intervals with it.
    for code, method in (("P-A", "power_integral"), ("P-B", "register_difference")):
        plant = fleet.plant(code)
        fleet.energy(plant, DAY, 320.0, method=method)
        fleet.measured(plant, DAY, **SUN, **POWER, **{**PAIRED, "paired_kwh": 300.0})
    compute(connection)
    assert rows(connection, "P-A")["performance_ratio"]["numerator"] == 300
    assert rows(connection, "P-B")["performance_ratio"]["numerator"] == 320


def test_a_hybrid_is_judged_by_its_photovoltaic_devices(connection: Connection, fleet: Fleet) -> None:
    # The battery gives 100 of 420 kWh at the meter. The panels: 320 kWh, paired 240 kWh at 3000 Wh/m².
    plant = fleet.plant("P-A", technology="hybrid")
    fleet.energy(plant, DAY, 420.0)
    common = {"paired_kwh": 240.0, "paired_wh_per_m2": 3000.0, "paired_h": 9.0, "paired_sun_h": 9.0}
    devices = {**POWER, "power_method": "inverter_sum"}
    fleet.measured(plant, DAY, **SUN, **devices, **common, pv_kwh=320.0, pv_coverage=0.9)
    compute(connection)
    found = rows(connection)
    assert outcome(found["energy_kwh"]) == 420
    assert outcome(found["specific_yield"]) == pytest.approx(3.2)
    assert outcome(found["yield_ac"]) == 4
    assert found["yield_ac"]["coverage"] == 0.9
    assert (found["performance_ratio"]["numerator"], found["performance_ratio"]["denominator"]) == (240, 300)
    assert outcome(found["capacity_factor"]) == pytest.approx(420 / 1920)  # of the plant as a whole
    assert outcome(found["full_load_hours"]) == pytest.approx(5.25)


@pytest.mark.parametrize(
    ("measured", "energy", "expected"),
    [
        ({"pv_kwh": 320.0, "pv_coverage": 0.89}, {}, "low_completeness"),
        ({}, {}, "no_data"),
        ({}, {"produced_kwh": None, "null_reason": "source_failed"}, "source_failed"),
        # The devices are known, whatever happened to the meter of the whole.
        ({"pv_kwh": 320.0, "pv_coverage": 1.0}, {"produced_kwh": None, "null_reason": "meter_unexplained"}, 3.2),
    ],
)
def test_a_hybrid_without_its_devices_has_no_yields(
    connection: Connection,
    fleet: Fleet,
    measured: Mapping[str, float],
    energy: Mapping[str, Any],
    expected: object,
) -> None:
    plant = fleet.plant("P-A", technology="hybrid")
    fleet.energy(plant, DAY, **{"produced_kwh": 420.0, **energy})
    fleet.measured(plant, DAY, **SUN, **measured)
    compute(connection)
    assert outcome(rows(connection)["specific_yield"]) == (
        expected if isinstance(expected, str) else pytest.approx(expected)
    )
    if not measured:
        assert outcome(rows(connection)["performance_ratio"]) == expected


def test_storage_has_no_capacity_factor_and_no_yields(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", technology="storage", capacity_dc_kw=None)
    fleet.energy(plant, DAY, 320.0, daylight_completeness=None)
    compute(connection)
    found = outcomes(connection)
    assert found["energy_kwh"] == 320
    assert {found[name] for name in ("capacity_factor", "full_load_hours", "specific_yield", "yield_ac")} == {
        "not_applicable"
    }
    assert found["performance_ratio"] == found["performance_ratio_25c"] == "not_applicable"


def test_nothing_is_related_to_a_capacity_that_the_energy_runs_above(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0, flags=["above_capacity", "outlier"])
    midnight = datetime(2026, 3, 20, tzinfo=UTC)
    fleet.measured(plant, DAY, **SUN, **POWER, **PAIRED, peak_power_kw=95.0, quarter_kwh=[10.0] * 96)
    fleet.forecast(plant, {midnight + timedelta(hours=hour): 50.0 for hour in range(1, 25)}, midnight)
    result = compute(connection)
    found = outcomes(connection)
    assert {name for name, value in found.items() if value == "inconsistent_inputs"} == {
        "specific_yield",
        "yield_ac",
        "performance_ratio",
        "capacity_factor",
        "full_load_hours",
        "forecast_daily_error",
        "forecast_nmae",
        "forecast_nrmse",
        "forecast_nmbe",
    }
    assert (found["energy_kwh"], found["reference_yield"], found["peak_power_kw"]) == (320, 4, 95)
    assert found["forecast_wape"] == pytest.approx(0.25)  # 10 of 40 kWh each hour
    assert rows(connection)["capacity_factor"]["numerator"] == 320
    assert result.findings == ()  # energy has told it


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"warm_sun_h": 4.0}, 0.8),
        ({"warm_sun_h": 3.9}, "low_completeness"),
        ({"temperature_sensor_ids": []}, "no_temperature"),
        ({"warm_kwh": None, "warm_wh_per_m2": None, "warm_corrected_wh_per_m2": None}, "low_completeness"),
        ({"warm_wh_per_m2": 500.0}, 0.8),
        ({"warm_wh_per_m2": 499.0}, "night_only"),  # it is the sun that counts, not what heat makes of it
        ({"warm_kwh": 479.9}, pytest.approx(1.19975)),
        ({"warm_kwh": 480.1}, "inconsistent_inputs"),
        ({"poa_wh_per_m2": None}, "no_irradiance"),
    ],
)
def test_performance_ratio_at_25_degrees(
    connection: Connection, fleet: Fleet, measured: Mapping[str, Any], expected: object
) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0)
    warm = {"warm_kwh": 320.0, "warm_wh_per_m2": 4100.0, "warm_corrected_wh_per_m2": 4000.0, "warm_h": 12.0}
    fleet.measured(
        plant, DAY, **{**SUN, **POWER, **warm, "warm_sun_h": 12.0, "temperature_sensor_ids": [1], **measured}
    )
    compute(connection)
    assert outcome(rows(connection)["performance_ratio_25c"]) == expected


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"peak_power_kw": 95.5}, 95.5),
        # An hour's mean says nothing about its quarters.
        ({"power_step_s": 901.0, "peak_power_kw": None}, "not_applicable"),
        ({"power_step_s": 900.0, "peak_power_kw": None}, "low_completeness"),
        ({"power_sun_h": 4.0}, 40.0),
        ({"power_sun_h": 3.9}, "low_completeness"),
        ({"power_h": None}, "no_data"),
    ],
)
def test_peak_power(connection: Connection, fleet: Fleet, measured: Mapping[str, Any], expected: object) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0)
    fleet.measured(plant, DAY, **{**SUN, **POWER, "peak_power_kw": 40.0, **measured})
    compute(connection)
    assert outcome(rows(connection)["peak_power_kw"]) == expected


def test_the_peak_of_wind_is_judged_by_the_whole_day(connection: Connection, fleet: Fleet) -> None:
    for code, hours in (("P-A", 8.0), ("P-B", 7.9)):
        plant = fleet.plant(code, technology="wind")
        fleet.energy(plant, DAY, 320.0, daylight_completeness=None)
        fleet.measured(plant, DAY, **{**POWER, "power_h": hours, "power_sun_h": 12.0, "peak_power_kw": 40.0})
    compute(connection)
    assert outcome(rows(connection, "P-A")["peak_power_kw"]) == 40
    assert outcome(rows(connection, "P-B")["peak_power_kw"]) == "low_completeness"


def test_horizontal_irradiance_never_stands_in_for_the_plane_of_array(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0)
    fleet.measured(plant, DAY, sun_h=12.0, ghi_wh_per_m2=4000.0, ghi_h=24.0, ghi_sun_h=12.0)
    compute(connection)
    found = rows(connection)
    assert outcome(found["ref_yield_ghi"]) == pytest.approx(4.0)
    assert outcome(found["reference_yield"]) == "no_irradiance"
    assert outcome(found["performance_ratio"]) == "no_irradiance"


def test_too_little_irradiance_is_no_irradiation(connection: Connection, fleet: Fleet) -> None:
    # A third of 12 h of daylight is enough.
    for code, hours in (("P-A", 3.0), ("P-B", 4.0)):
        plant = fleet.plant(code)
        fleet.energy(plant, DAY, 320.0)
        fleet.measured(plant, DAY, sun_h=12.0, poa_wh_per_m2=1500.0, poa_h=hours, poa_sun_h=hours)
    compute(connection)
    found = rows(connection)
    assert outcome(found["reference_yield"]) == "low_completeness"
    assert found["reference_yield"]["coverage"] == 0.25
    assert outcome(found["performance_ratio"]) == "low_completeness"
    assert outcome(rows(connection, "P-B")["reference_yield"]) == 1.5
