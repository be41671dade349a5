"""KPIs of days whose figures can be worked out on paper, from rows as the energy room leaves them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import KpiDayResult, compute_kpis
from plant_pipeline.kpi.reasons import NullReason
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 21, 6, tzinfo=UTC)

# 500 W/m² for 8 of 12 hours of sun are 4000 Wh/m², a reference yield of 4 h.
SUN = {"sun_h": 12.0, "poa_wh_per_m2": 4000.0, "poa_h": 24.0, "poa_sun_h": 12.0}
POWER = {"power_method": "power_integral", "power_step_s": 900.0, "power_h": 24.0, "power_sun_h": 12.0}
# 40 kW all the while: 320 kWh.
PAIRED = {"paired_kwh": 320.0, "paired_wh_per_m2": 4000.0, "paired_h": 24.0, "paired_sun_h": 12.0}
FORECAST = [name for name in CATALOGUE if name.startswith("forecast_")]


def compute(connection: Connection, run_id: str = "run", day: date = DAY, **options: Any) -> KpiDayResult:
    return compute_kpis(connection, day, now_utc=NOW, run_id=run_id, **options)


def rows(connection: Connection, code: str = "P-A", day: date = DAY) -> Mapping[str, Any]:
    result = connection.exec_driver_sql(
        "select k.* from kpi.plant_daily as k inner join registry.plant using (plant_id) "
        "where plant_code = %(code)s and kpi_date = %(day)s",
        {"code": code, "day": day},
    )
    return {row["kpi"]: row for row in result.mappings()}


def outcomes(connection: Connection, code: str = "P-A", day: date = DAY) -> dict[str, float | str]:
    """The value of each KPI, or the reason why there is none."""
    return {name: outcome(row) for name, row in rows(connection, code, day).items()}


def outcome(row: Mapping[str, Any]) -> float | str:
    """The value, or the reason why there is none."""
    found: float | str = row["null_reason"] if row["value"] is None else row["value"]
    return found


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
    assert (result.plants, result.rows, result.values, result.written) == (1, 21, 21, 21)
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


def test_capacity_is_that_of_the_day(connection: Connection, fleet: Fleet) -> None:
    # Madrid's 21 March begins at 23:00 UTC on the 20th: from then on the plant has twice the capacity.
    plant = fleet.plant("P-A", timezone="Europe/Madrid", capacity_dc_kw=100, capacity_ac_kw=80)
    fleet.change(plant, datetime(2026, 3, 20, 23, tzinfo=UTC), capacity_dc_kw=200.0, capacity_ac_kw=160.0)
    following = DAY + timedelta(days=1)
    for day in (DAY, following):
        fleet.energy(plant, day, 320.0)
        compute(connection, day=day)
    assert rows(connection)["specific_yield"]["value"] == pytest.approx(3.2)
    assert rows(connection, day=following)["specific_yield"]["value"] == pytest.approx(1.6)
    assert rows(connection, day=following)["capacity_factor"]["denominator"] == 160 * 24


@pytest.mark.parametrize(
    ("kpi", "last_good", "first_bad", "reason"),
    [
        # 10 kW for 24 h are 240 kWh; 1.05 of them are 252.
        ("capacity_factor", {"produced_kwh": 251.9}, {"produced_kwh": 252.1}, "inconsistent_inputs"),
        # 100 kWp at 4 h of full sun are 400 kWh; 1.2 of them are 480.
        ("performance_ratio", {"produced_kwh": 479.9}, {"produced_kwh": 480.1}, "inconsistent_inputs"),
        # One per cent more exported than produced is within what two meters may differ.
        (
            "self_consumption",
            {"produced_kwh": 100.0, "exported_kwh": 100.9},
            {"produced_kwh": 100.0, "exported_kwh": 101.1},
            "inconsistent_inputs",
        ),
    ],
)
def test_a_ratio_is_withheld_from_its_bound_on(
    connection: Connection,
    fleet: Fleet,
    kpi: str,
    last_good: dict[str, float],
    first_bad: dict[str, float],
    reason: str,
) -> None:
    for day, figures in ((DAY, last_good), (DAY + timedelta(days=1), first_bad)):
        plant = fleet.plant(f"P-{day}", capacity_dc_kw=100, capacity_ac_kw=10)
        fleet.measured(plant, day, **SUN)
        fleet.energy(plant, day, figures["produced_kwh"], exported_kwh=figures.get("exported_kwh"))
        compute(connection, day=day)
    assert isinstance(outcome(rows(connection, code=f"P-{DAY}", day=DAY)[kpi]), float)
    assert outcome(rows(connection, code=f"P-{DAY + timedelta(days=1)}", day=DAY + timedelta(days=1))[kpi]) == reason


def test_impossible_ratios_are_withheld_and_their_raw_figures_kept(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=100, capacity_ac_kw=10)
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 490.0, exported_kwh=500.0)
    result = compute(connection)
    found = rows(connection)
    withheld = ("performance_ratio", "capacity_factor", "full_load_hours", "yield_ac", "self_consumption")
    assert {name: outcome(found[name]) for name in withheld} == dict.fromkeys(withheld, "inconsistent_inputs")
    assert found["performance_ratio"]["numerator"] == 490  # 490 / 400 = 1.225
    assert found["performance_ratio"]["denominator"] == pytest.approx(400)
    assert (found["capacity_factor"]["numerator"], found["capacity_factor"]["denominator"]) == (490, 240)
    assert (found["self_consumption"]["numerator"], found["self_consumption"]["denominator"]) == (-10, 490)
    assert outcome(found["energy_kwh"]) == 490
    assert outcome(found["specific_yield"]) == pytest.approx(4.9)
    assert [finding.kpi for finding in result.findings] == [name for name in CATALOGUE if name in withheld]
    assert "1.23" in next(found.message for found in result.findings if found.kpi == "performance_ratio")


def test_a_performance_ratio_just_above_one_is_kept_and_noticed(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 420.0)
    result = compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == pytest.approx(1.05)
    assert [(finding.plant_code, finding.kpi) for finding in result.findings] == [("P-A", "performance_ratio")]


def test_without_half_an_hour_of_sun_there_is_no_performance_ratio(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **{**SUN, "poa_wh_per_m2": 496.0})
    fleet.energy(plant, DAY, 40.0)
    compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == "night_only"
    assert rows(connection)["performance_ratio"]["denominator"] == pytest.approx(49.6)
    assert outcome(rows(connection)["reference_yield"]) == pytest.approx(0.496)


def test_measured_zero_is_zero(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 0.0, exported_kwh=0.0)
    compute(connection)
    found = rows(connection)
    zero = ("energy_kwh", "specific_yield", "yield_ac", "capacity_factor", "full_load_hours", "performance_ratio")
    assert {name: outcome(found[name]) for name in zero} == dict.fromkeys(zero, 0.0)
    assert outcome(found["self_consumption"]) == "not_applicable"  # no share of nothing


def test_photovoltaic_kpis_do_not_apply_to_wind(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", technology="wind", capacity_dc_kw=None, capacity_ac_kw=2000)
    fleet.energy(plant, DAY, 12_000.0, daylight_completeness=None)
    compute(connection)
    found = rows(connection)
    assert {name for name in found if outcome(found[name]) == "not_applicable"} == {
        "specific_yield",
        "yield_ac",
        "reference_yield",
        "ref_yield_ghi",
        "performance_ratio",
        "performance_ratio_25c",
        "daylight_completeness",
        "self_consumption",
        "self_sufficiency",
    }
    assert outcome(found["capacity_factor"]) == pytest.approx(0.25)  # 12 000 / (2000 × 24)
    assert outcome(found["full_load_hours"]) == pytest.approx(6)
    assert outcome(found["peak_power_kw"]) == "no_data"


@pytest.mark.parametrize(
    ("dc", "ac", "expected"),
    [
        (None, 80.0, {"specific_yield": "no_capacity", "yield_ac": 4.0, "capacity_factor": pytest.approx(1 / 6)}),
        (100.0, None, {"specific_yield": 3.2, "yield_ac": "no_capacity", "capacity_factor": "no_capacity"}),
        (None, 80.0, {"performance_ratio": "no_capacity", "performance_ratio_25c": "no_capacity"}),
        (None, None, {"performance_ratio": "no_capacity", "full_load_hours": "no_capacity", "energy_kwh": 320.0}),
    ],
)
def test_each_yield_needs_its_own_capacity(
    connection: Connection, fleet: Fleet, dc: float | None, ac: float | None, expected: Mapping[str, object]
) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=dc, capacity_ac_kw=ac)
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    found = rows(connection)
    assert {name: outcome(found[name]) for name in expected} == expected


@pytest.mark.parametrize("reason", ["meter_unexplained", "low_completeness", "no_data", "source_failed"])
def test_unknown_energy_makes_what_depends_on_it_unknown(connection: Connection, fleet: Fleet, reason: str) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN, **POWER, **PAIRED)
    fleet.energy(
        plant,
        DAY,
        None,
        null_reason=reason,
        coverage=None,
        data_completeness=None,
        daylight_completeness=None,
        exported_kwh=3.0,
    )
    result = compute(connection)
    found = rows(connection)
    independent = {"reference_yield": pytest.approx(4.0), "ref_yield_ghi": "no_irradiance"}
    assert {name: outcome(row) for name, row in found.items()} == {
        **dict.fromkeys(CATALOGUE, reason),
        **dict.fromkeys(FORECAST, "no_forecast"),
        **independent,
    }
    assert result.null_reasons == {reason: 12, "no_irradiance": 1, "no_forecast": 7}


def test_a_plant_without_a_zone_has_no_day(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", timezone=None)
    fleet.energy(plant, DAY, None, null_reason="no_timezone", coverage=None, data_completeness=None)
    compute(connection)
    found = rows(connection)
    assert outcome(found["energy_kwh"]) == outcome(found["reference_yield"]) == "no_timezone"


def test_there_is_no_daylight_to_be_complete_in_at_polar_night(connection: Connection, fleet: Fleet) -> None:
    winter = date(2026, 12, 21)
    plant = fleet.plant("P-A", place=(78.2, 15.6), timezone="Europe/Oslo")
    fleet.energy(plant, winter, 0.0, daylight_completeness=None)
    fleet.measured(plant, winter, sun_h=0.0)
    compute(connection, day=winter)
    assert outcome(rows(connection, day=winter)["daylight_completeness"]) == "night_only"


def test_unknown_technology_and_place_are_named(connection: Connection, fleet: Fleet) -> None:
    unknown, placeless = fleet.plant("P-A", technology=None), fleet.plant("P-B", place=None)
    fleet.measured(placeless, DAY, **{**SUN, "sun_h": None, "poa_sun_h": None})
    fleet.energy(unknown, DAY, 320.0)
    fleet.energy(placeless, DAY, 320.0, daylight_completeness=None)
    compute(connection)
    assert outcome(rows(connection, "P-A")["specific_yield"]) == "missing_parameter"
    assert outcome(rows(connection, "P-A")["capacity_factor"]) == pytest.approx(1 / 6)
    assert outcome(rows(connection, "P-B")["daylight_completeness"]) == "no_location"
    assert outcome(rows(connection, "P-B")["performance_ratio"]) == pytest.approx(0.8)  # judged over the whole day


@pytest.mark.parametrize(
    ("has_load", "sensors", "exported", "expected"),
    [
        (False, (), 100.0, "not_applicable"),  # nobody to consume anything
        (False, ("import_energy",), 100.0, 0.6875),  # (320 - 100) / 320
        (True, (), 100.0, 0.6875),
        (None, (), 100.0, 0.6875),
        (True, (), None, "not_applicable"),  # export is not measured
        (True, ("export_energy",), None, "no_data"),  # it is, but not that day
        (True, ("export_energy",), 322.0, pytest.approx(-2 / 320)),  # within what two meters may differ by
    ],
)
def test_self_consumption(
    connection: Connection,
    fleet: Fleet,
    has_load: bool | None,
    sensors: tuple[str, ...],
    exported: float | None,
    expected: object,
) -> None:
    plant = fleet.plant("P-A")
    for quantity in sensors:
        fleet.sensor(plant, quantity, minutes=15)
    if has_load is not None:
        connection.exec_driver_sql(
            "insert into voke.plant (id, name, serial_number, type, plant_with_load, fetched_at, is_present) "
            "values ('7', 'A', 'S', 'GATEWAY', %(has_load)s, now(), true)",
            {"has_load": has_load},
        )
        connection.exec_driver_sql(
            "insert into registry.plant_alias "
            "(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at) "
            "values ('voke', '7', %(plant)s, 'A', 'new', true, now(), now())",
            {"plant": plant},
        )
    fleet.energy(plant, DAY, 320.0, exported_kwh=exported)
    compute(connection)
    assert outcome(rows(connection)["self_consumption"]) == expected


def test_an_unchanged_rerun_writes_nothing_and_a_change_only_itself(connection: Connection, fleet: Fleet) -> None:
    plant, other = fleet.plant("P-A"), fleet.plant("P-B")
    for one in (plant, other):
        fleet.energy(one, DAY, 320.0)
    compute(connection, "first")
    before = rows(connection)
    assert compute(connection, "second").written == 0
    assert rows(connection) == before
    connection.exec_driver_sql(
        "update energy.plant_daily set produced_kwh = 330 where plant_id = %(id)s", {"id": plant}
    )
    assert compute(connection, "third", plant_ids=[other]).written == 0
    result = compute(connection, "fourth", plant_ids=[plant])
    assert (result.plants, result.written) == (1, 5)  # energy, two yields, capacity factor, full-load hours
    assert rows(connection)["energy_kwh"]["run_id"] == "fourth"
    assert rows(connection)["data_completeness"]["run_id"] == "first"


def test_rows_of_plants_without_energy_of_the_day_go_and_other_kpis_stay(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    connection.exec_driver_sql(
        "insert into kpi.plant_daily (plant_id, kpi_date, kpi, value, unit, formula_version, run_id, computed_at) "
        "values (%(id)s, %(day)s, 'revenue_eur', 1, 'EUR', 1, 'r', now())",
        {"id": plant, "day": DAY},
    )
    connection.exec_driver_sql("delete from energy.plant_daily")
    assert compute(connection).removed == len(CATALOGUE)
    assert set(rows(connection)) == {"revenue_eur"}


def test_a_day_without_energy_computes_nothing(connection: Connection) -> None:
    result = compute(connection)
    assert (result.plants, result.rows, result.written, result.removed, result.group_rows) == (0, 0, 0, 0, 0)


def test_reasons_are_of_the_closed_list() -> None:
    assert len(get_args(NullReason)) == len(set(get_args(NullReason))) == 16
