"""Every rule of a KPI and its limit, from inputs given by hand, without a warehouse.

Unless said otherwise: a solar plant of 100 kW DC and 80 kW AC that gave 400 kWh in 24 h; 5 kWh/m² in a day of 10 h of
sun, all of it measured.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from plant_pipeline.days import day_window
from plant_pipeline.energy.figures import Figures
from plant_pipeline.kpi import forecast_rules, rules
from plant_pipeline.kpi.inputs import DayInputs, Energy, Forecast, PlantVersion
from plant_pipeline.kpi.rules import KpiValue

FIGURES = Figures(
    uuid.UUID(int=1),
    sun_h=10.0,
    poa_wh_per_m2=5000.0,
    poa_h=24.0,
    poa_sun_h=10.0,
    ghi_wh_per_m2=4000.0,
    ghi_h=24.0,
    ghi_sun_h=9.0,
    power_h=24.0,
    power_sun_h=10.0,
    paired_kwh=300.0,
    paired_wh_per_m2=4000.0,
    paired_h=12.0,
    paired_sun_h=8.0,
    warm_kwh=270.0,
    warm_wh_per_m2=3500.0,
    warm_corrected_wh_per_m2=3000.0,
    warm_h=11.0,
    warm_sun_h=7.0,
    peak_power_kw=70.0,
    power_method="power_integral",
    power_step_s=300.0,
    temperature_sensor_ids=(5,),
)
ENERGY = Energy(400.0, 30.0, 100.0, "register_difference", 1.0, None, 24.0, 1.0, 1.0)
VERSION = PlantVersion(
    datetime(1970, 1, 1, tzinfo=UTC), True, "solar", 40.0, -4.0, 80.0, 100.0, day_window(date(2026, 6, 15), "UTC")
)
FORECAST = Forecast(
    step_s=3600.0,
    vintage_utc=datetime(2026, 6, 14, tzinfo=UTC),
    energy_kwh=480.0,
    hours=24.0,
    compared_h=24.0,
    error_kwh=48.0,
    absolute_error_kwh=96.0,
    squared_error_kw2h=600.0,
    observed_kwh=400.0,
    paired_h=23.0,
    paired_squared_error_kw2h=400.0,
    persistence_squared_error_kw2h=1600.0,
)


def _day(**values: Any) -> DayInputs:
    """The usual day with other values; each goes where it belongs by its name."""
    energy, version, figures, forecast = (
        {name: value for name, value in values.items() if name in of.__slots__}
        for of in (Energy, PlantVersion, Figures, Forecast)
    )
    rest = {"has_load": None, "has_import_sensor": True, "has_export_sensor": True, "forecast": FORECAST, **values}
    return DayInputs(
        uuid.UUID(int=1),
        "P-A",
        replace(ENERGY, **energy),
        replace(VERSION, **version),
        rest["has_load"],
        rest["has_import_sensor"],
        rest["has_export_sensor"],
        replace(FIGURES, **figures),
        replace(rest["forecast"], **forecast) if rest["forecast"] else None,
    )


def _parts(value: KpiValue) -> tuple[float | None, float | None, float | None, float | None, str | None]:
    return value.value, value.numerator, value.denominator, value.coverage, value.method


def _known(rule: Callable[[DayInputs], KpiValue], **values: Any) -> Any:
    """The value, to be compared in all but its last digits, or the reason why there is none."""
    found = rule(_day(**values))
    if found.value is None:
        assert found.null_reason is not None
        return found.null_reason
    return pytest.approx(found.value)


# Energy by capacity.


def test_energy_by_capacity() -> None:
    assert _parts(rules.specific_yield(_day())) == (4.0, 400, 100, 1.0, "register_difference")
    assert _parts(rules.yield_ac(_day())) == (5.0, 400, 80, 1.0, "register_difference")
    assert _parts(rules.full_load_hours(_day())) == (5.0, 400, 80, 1.0, "register_difference")
    assert _parts(rules.capacity_factor(_day(produced_kwh=384.0))) == (0.2, 384, 1920, 1.0, "register_difference")
    assert _known(rules.capacity_factor, produced_kwh=400.0, hours_in_day=25.0) == 0.2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"capacity_dc_kw": None}, "no_capacity"),
        ({"capacity_dc_kw": 0.0}, "no_capacity"),
        ({"capacity_dc_kw": -1.0}, "no_capacity"),
        ({"capacity_dc_kw": 0.5, "produced_kwh": 12.6}, 25.2),  # 1.05 x 0.5 kW x 24 h
        ({"capacity_dc_kw": 0.5, "produced_kwh": 12.7}, "inconsistent_inputs"),
        ({"flags": ["above_capacity"]}, "inconsistent_inputs"),
        ({"flags": ["outlier"]}, 4.0),
        ({"produced_kwh": 0.0}, 0.0),
        ({"coverage": 0.9}, 4.0),
        ({"coverage": 0.899}, "low_completeness"),
        ({"coverage": None}, "low_completeness"),
        ({"technology": "wind"}, "not_applicable"),
        ({"technology": None}, "missing_parameter"),
        ({"null_reason": "no_data", "produced_kwh": None}, "no_data"),
        # A hybrid's is that of its photovoltaics.
        ({"technology": "hybrid", "pv_kwh": 300.0, "pv_coverage": 0.95}, 3.0),
        ({"technology": "hybrid", "pv_kwh": 300.0, "pv_coverage": 0.89}, "low_completeness"),
        ({"technology": "hybrid", "pv_kwh": 0.0, "pv_coverage": 1.0}, 0.0),
        ({"technology": "hybrid"}, "no_data"),
        ({"technology": "hybrid", "null_reason": "low_completeness", "produced_kwh": None}, "low_completeness"),
    ],
)
def test_when_energy_by_capacity_is_known(values: dict[str, Any], expected: float | str) -> None:
    assert _known(rules.specific_yield, **values) == expected


def test_without_a_capacity_the_energy_stays_visible() -> None:
    found = rules.specific_yield(_day(capacity_dc_kw=None))
    assert (found.numerator, found.denominator) == (400.0, None)
    withheld = rules.specific_yield(_day(coverage=0.5))
    assert _parts(withheld) == (None, 400, 100, 0.5, "register_difference")


def test_which_technologies_have_which_yield() -> None:
    assert [_known(rules.yield_ac, technology=own) for own in ("wind", None)] == ["not_applicable", "missing_parameter"]
    assert [_known(rules.full_load_hours, technology=own) for own in ("wind", None, "other", "storage")] == [
        5.0,
        5.0,
        5.0,
        "not_applicable",
    ]


@pytest.mark.parametrize(
    ("values", "completeness"),
    [
        ({"method": "power_integral", "coverage": 0.6, "data_completeness": 0.6, "daylight_completeness": 0.95}, 0.95),
        ({"method": "power_integral", "coverage": 0.6, "data_completeness": 0.6, "daylight_completeness": None}, 0.6),
        ({"method": "power_integral", "coverage": 0.6, "data_completeness": 0.7, "daylight_completeness": 0.95}, 0.6),
        (
            {"method": "power_integral", "coverage": None, "data_completeness": None, "daylight_completeness": 0.95},
            0.95,
        ),
        (
            {"method": "register_difference", "coverage": 0.6, "data_completeness": 0.6, "daylight_completeness": 0.9},
            0.6,
        ),
    ],
)
def test_completeness_is_that_of_daylight_where_the_coverage_is_time_measured(
    values: dict[str, Any], completeness: float
) -> None:
    assert rules.completeness_of(_day(**values)) == completeness


def test_energy_as_it_stands() -> None:
    assert _parts(rules.energy_kwh(_day())) == (400.0, None, None, 1.0, "register_difference")
    unknown = rules.energy_kwh(_day(null_reason="low_completeness", produced_kwh=None, coverage=0.2))
    assert (unknown.null_reason, unknown.coverage, unknown.method) == ("low_completeness", 0.2, "register_difference")


# Irradiation and performance.


@pytest.mark.parametrize(
    ("role", "values", "expected"),
    [
        ("irradiance_poa", {}, 5.0),
        ("irradiance_ghi", {}, 4.0),
        ("irradiance_poa", {"poa_wh_per_m2": None}, "no_irradiance"),
        ("irradiance_ghi", {"ghi_wh_per_m2": None}, "no_irradiance"),
        ("irradiance_poa", {"poa_wh_per_m2": 0.0}, 0.0),
        ("irradiance_poa", {"window": None}, "no_timezone"),
        ("irradiance_poa", {"technology": "wind"}, "not_applicable"),
        ("irradiance_poa", {"poa_sun_h": 3.34}, 5.0),
        ("irradiance_poa", {"poa_sun_h": 3.3}, "low_completeness"),
        ("irradiance_poa", {"poa_sun_h": None}, "low_completeness"),
        # Without a place, or in a polar night, of the whole day.
        ("irradiance_poa", {"sun_h": None, "poa_h": 8.0, "poa_sun_h": None}, 5.0),
        ("irradiance_poa", {"sun_h": 0.0, "poa_h": 7.9, "poa_sun_h": 0.0}, "low_completeness"),
        ("irradiance_poa", {"sun_h": None, "poa_h": None}, "low_completeness"),
    ],
)
def test_irradiation(role: str, values: dict[str, Any], expected: float | str) -> None:
    assert _known(lambda day: rules.irradiation_over(day, role), **values) == expected


def test_irradiation_says_what_it_is_of() -> None:
    assert _parts(rules.irradiation_over(_day(), "irradiance_ghi")) == (4.0, 4000, 1000, 0.9, "irradiance_ghi")
    more = _day(poa_sun_h=11.0)
    assert rules.irradiation_over(more, "irradiance_poa").coverage == 1.0
    assert rules.irradiation_over(replace(more, measured=replace(FIGURES, sun_h=None, poa_h=25.0)),
                                  "irradiance_poa").coverage == 1.0  # fmt: skip


@pytest.mark.parametrize(
    ("values", "is_of_whole_day"),
    [
        ({}, True),
        ({"method": "power_integral"}, False),
        ({"method": "interval_energy"}, False),
        ({"method": "inverter_sum"}, False),
        ({"method": "inverter_sum", "paired_kwh": None}, True),
        ({"poa_sun_h": 9.9}, True),
        ({"poa_sun_h": 9.89}, False),
        ({"coverage": 0.99}, True),
        ({"coverage": 0.98}, False),
        ({"coverage": None}, False),
    ],
)
def test_performance_of_the_whole_day_by_a_total_else_over_common_intervals(
    values: dict[str, Any], is_of_whole_day: bool
) -> None:
    """400 kWh of 100 kW x 5 h; or 300 kWh of 100 kW x 4 h, in 8 of 10 h."""
    found = rules.performance_ratio(_day(**values))
    assert (found.numerator, found.denominator) == ((400, 500) if is_of_whole_day else (300, 400))
    assert found.value == pytest.approx(0.8 if is_of_whole_day else 0.75)
    assert found.coverage == pytest.approx(values.get("poa_sun_h", 10.0) / 10 if is_of_whole_day else 0.8)
    assert found.method == (values.get("method", "register_difference") if is_of_whole_day else "power_integral")


def test_performance_at_25_degrees() -> None:
    assert _parts(rules.performance_ratio_25c(_day())) == (0.9, 270, 300, 0.7, "power_integral")
    assert _known(rules.performance_ratio_25c, temperature_sensor_ids=()) == "no_temperature"
    assert _known(rules.performance_ratio_25c, warm_kwh=None) == "low_completeness"
    assert _known(rules.performance_ratio_25c, warm_corrected_wh_per_m2=None) == "low_completeness"
    assert _known(rules.performance_ratio_25c, warm_wh_per_m2=499.0) == "night_only"
    assert _known(rules.performance_ratio_25c, warm_wh_per_m2=500.0) == 0.9
    assert _known(rules.performance_ratio_25c, poa_wh_per_m2=None) == "no_irradiance"


@pytest.mark.parametrize("rule", [rules.performance_ratio, rules.performance_ratio_25c])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"capacity_dc_kw": None}, "no_capacity"),
        ({"capacity_dc_kw": 0.0}, "no_capacity"),
        ({"capacity_dc_kw": -1.0}, "no_capacity"),
        ({"technology": "wind"}, "not_applicable"),
        ({"technology": None}, "missing_parameter"),
        ({"null_reason": "no_data", "produced_kwh": None}, "no_data"),
        ({"technology": "hybrid"}, "no_data"),
        ({"flags": ["above_capacity"]}, "inconsistent_inputs"),
        ({"poa_sun_h": 1.0}, "low_completeness"),
    ],
)
def test_when_there_is_no_performance_ratio(
    rule: Callable[[DayInputs], KpiValue], values: dict[str, Any], expected: str
) -> None:
    assert _known(rule, **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"produced_kwh": 600.0}, 1.2),
        ({"produced_kwh": 601.0}, "inconsistent_inputs"),
        ({"poa_wh_per_m2": 500.0, "produced_kwh": 50.0}, 1.0),
        ({"poa_wh_per_m2": 499.0, "produced_kwh": 49.0}, "night_only"),
        ({"poa_wh_per_m2": 0.0}, "night_only"),
        ({"method": "power_integral", "paired_sun_h": 3.4}, 0.75),
        ({"method": "power_integral", "paired_sun_h": 3.3}, "low_completeness"),
        ({"method": "power_integral", "paired_wh_per_m2": None}, "low_completeness"),
        ({"coverage": 0.5, "paired_kwh": None}, "low_completeness"),
    ],
)
def test_when_a_performance_ratio_can_be(values: dict[str, Any], expected: float | str) -> None:
    assert _known(rules.performance_ratio, **values) == expected


# Power and completeness.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 70.0),
        ({"null_reason": "no_data", "produced_kwh": None}, "no_data"),
        ({"power_h": None}, "no_data"),
        ({"peak_power_kw": None}, "low_completeness"),
        ({"peak_power_kw": None, "power_step_s": 900.0}, "low_completeness"),
        ({"peak_power_kw": None, "power_step_s": 901.0}, "not_applicable"),
        ({"peak_power_kw": None, "power_step_s": None}, "low_completeness"),
        ({"power_sun_h": 3.3}, "low_completeness"),
        ({"power_sun_h": 3.4}, 70.0),
        ({"technology": "wind", "power_h": 8.0, "power_sun_h": None}, 70.0),
        ({"technology": "wind", "power_h": 7.9}, "low_completeness"),
    ],
)
def test_peak_power(values: dict[str, Any], expected: float | str) -> None:
    assert _known(rules.peak_power_kw, **values) == expected


def test_peak_power_says_how_much_was_measured() -> None:
    assert _parts(rules.peak_power_kw(_day(power_sun_h=9.0))) == (70.0, None, None, 0.9, "power_integral")
    assert rules.peak_power_kw(_day(technology="wind", power_h=25.0)).coverage == 1.0
    low = rules.peak_power_kw(_day(power_sun_h=2.0))
    assert (low.coverage, low.method) == (0.2, "power_integral")


def test_completeness_of_the_day_and_of_daylight() -> None:
    assert _parts(rules.data_completeness(_day(data_completeness=0.75))) == (0.75, 18, 24, 0.75, "register_difference")
    assert _known(rules.data_completeness, data_completeness=None) == "no_data"
    assert _known(rules.data_completeness, data_completeness=None, null_reason="source_failed") == "source_failed"
    assert _parts(rules.daylight_completeness(_day(daylight_completeness=0.75))) == (
        0.75, 7.5, 10, 0.75, "register_difference",
    )  # fmt: skip
    assert rules.daylight_completeness(_day(sun_h=None)).numerator is None
    unknown = {"daylight_completeness": None}
    assert _known(rules.daylight_completeness, **unknown, latitude=None) == "no_location"
    assert _known(rules.daylight_completeness, **unknown, longitude=None) == "no_location"
    assert _known(rules.daylight_completeness, **unknown, sun_h=0.0) == "night_only"
    assert _known(rules.daylight_completeness, **unknown, null_reason="source_failed") == "source_failed"
    assert _known(rules.daylight_completeness, technology="wind") == "not_applicable"


# Own use.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 0.75),
        ({"exported_kwh": 404.0}, -0.01),
        ({"exported_kwh": 404.1}, "inconsistent_inputs"),
        ({"technology": "storage"}, "not_applicable"),
        ({"has_load": False, "has_import_sensor": False}, "not_applicable"),
        ({"has_load": False}, 0.75),
        ({"has_load": True, "has_import_sensor": False}, 0.75),
        ({"exported_kwh": None, "has_export_sensor": False}, "not_applicable"),
        ({"exported_kwh": None}, "no_data"),
        ({"has_export_sensor": False}, 0.75),
        ({"null_reason": "low_completeness", "produced_kwh": None}, "low_completeness"),
        ({"produced_kwh": 0.0}, "not_applicable"),
        ({"produced_kwh": 0.5, "exported_kwh": 0.0}, 1.0),
    ],
)
def test_self_consumption(values: dict[str, Any], expected: float | str) -> None:
    assert _known(rules.self_consumption, **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 300 / 330),
        ({"imported_kwh": None}, "no_data"),
        ({"imported_kwh": None, "has_import_sensor": False}, "not_applicable"),
        ({"exported_kwh": 500.0}, "inconsistent_inputs"),
        ({"exported_kwh": 400.0, "imported_kwh": 0.0}, "not_applicable"),
        ({"exported_kwh": 400.0, "imported_kwh": 0.5}, 0.0),
        ({"produced_kwh": 0.0}, "not_applicable"),
    ],
)
def test_self_sufficiency(values: dict[str, Any], expected: float | str) -> None:
    assert _known(rules.self_sufficiency, **values) == expected


def test_what_was_used_stays_visible() -> None:
    assert _parts(rules.self_consumption(_day())) == (0.75, 300, 400, 1.0, "register_difference")
    none = rules.self_consumption(_day(produced_kwh=0.0))
    assert (none.numerator, none.denominator) == (-100.0, 0.0)
    assert _parts(rules.self_sufficiency(_day())) == (300 / 330, 300, 330, 1.0, "register_difference")
    no_load = rules.self_sufficiency(_day(exported_kwh=400.0, imported_kwh=0.0))
    assert (no_load.numerator, no_load.denominator) == (0.0, 0.0)


# Forecasts.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 480.0),
        ({"hours": 23.8}, 480.0),
        ({"hours": 23.7}, "low_completeness"),
        ({"hours": 25.0}, 480.0),
        ({"forecast": None}, "no_forecast"),
        ({"window": None}, "no_timezone"),
    ],
)
def test_forecast_energy(values: dict[str, Any], expected: float | str) -> None:
    assert _known(forecast_rules.forecast_energy_kwh, **values) == expected


def test_a_forecast_tells_how_much_of_the_day_it_covers() -> None:
    assert forecast_rules.forecast_energy_kwh(_day(hours=12.0)).coverage == 0.5
    assert forecast_rules.forecast_energy_kwh(_day(hours=30.0)).coverage == 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 80 / 1920),
        ({"energy_kwh": 320.0}, 80 / 1920),
        ({"produced_kwh": 0.0}, 0.25),
        ({"capacity_ac_kw": 0.5}, 80 / 12),
        ({"null_reason": "source_failed", "produced_kwh": None}, "source_failed"),
        ({"hours": 12.0}, "low_completeness"),
        ({"null_reason": "no_data", "produced_kwh": None}, "no_data"),
        ({"capacity_ac_kw": None}, "no_capacity"),
        ({"capacity_ac_kw": 0.0}, "no_capacity"),
        ({"capacity_ac_kw": -1.0}, "no_capacity"),
        ({"flags": ["above_capacity"]}, "inconsistent_inputs"),
        ({"coverage": 0.89}, "low_completeness"),
    ],
)
def test_daily_error_of_a_forecast(values: dict[str, Any], expected: float | str) -> None:
    assert _known(forecast_rules.forecast_daily_error, **values) == expected


def test_errors_by_capacity() -> None:
    # 80 kW over 24 h; 600 kW²h by (80 kW)² and 24 h below a root.
    assert _parts(forecast_rules.forecast_daily_error(_day())) == (
        80 / 1920, 80, 1920, 1.0, "register_difference",
    )  # fmt: skip
    assert _parts(forecast_rules.forecast_nmae(_day())) == (0.05, 96, 1920, 1.0, "power_integral")
    assert _parts(forecast_rules.forecast_nmbe(_day())) == (0.025, 48, 1920, 1.0, "power_integral")
    assert _parts(forecast_rules.forecast_nrmse(_day())) == (0.0625, 600, 153_600, 1.0, "power_integral")
    assert _parts(forecast_rules.forecast_wape(_day())) == (0.24, 96, 400, 1.0, "power_integral")
    assert _parts(forecast_rules.forecast_skill(_day(paired_h=24.0))) == (0.5, 400, 1600, 1.0, "power_integral")
    assert forecast_rules.forecast_nmae(_day(compared_h=30.0)).coverage == 1.0
    assert forecast_rules.forecast_wape(_day(compared_h=30.0)).coverage == 1.0


@pytest.mark.parametrize(
    "rule",
    [
        forecast_rules.forecast_nmae,
        forecast_rules.forecast_nmbe,
        forecast_rules.forecast_nrmse,
        forecast_rules.forecast_wape,
        forecast_rules.forecast_skill,
    ],
)
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"forecast": None}, "no_forecast"),
        ({"window": None}, "no_timezone"),
        ({"null_reason": "no_data", "produced_kwh": None}, "no_data"),
        ({"step_s": 899.0}, "not_applicable"),
        ({"step_s": 900.0}, None),
        ({"step_s": 3600.0, "power_step_s": 3600.0}, None),
        ({"step_s": 899.0, "null_reason": "no_data", "produced_kwh": None}, "no_data"),
        ({"power_step_s": None}, None),
    ],
)
def test_when_what_was_measured_can_be_held_against_a_forecast(
    rule: Callable[[DayInputs], KpiValue], values: dict[str, Any], reason: str | None
) -> None:
    assert rule(_day(**values)).null_reason == reason


@pytest.mark.parametrize(
    ("rule", "values", "reason"),
    [
        (forecast_rules.forecast_nmae, {"capacity_ac_kw": None}, "no_capacity"),
        (forecast_rules.forecast_nmae, {"compared_h": None}, "low_completeness"),
        (forecast_rules.forecast_nmae, {"compared_h": 0.0}, "low_completeness"),
        (forecast_rules.forecast_nmae, {"compared_h": None, "power_step_s": 900.0}, "low_completeness"),
        (forecast_rules.forecast_nmae, {"compared_h": 21.6}, None),
        (forecast_rules.forecast_nmae, {"compared_h": 21.5}, "low_completeness"),
        (forecast_rules.forecast_nmae, {"flags": ["above_capacity"]}, "inconsistent_inputs"),
        (forecast_rules.forecast_wape, {"flags": ["above_capacity"], "capacity_ac_kw": None}, None),
        (forecast_rules.forecast_wape, {"compared_h": None}, "low_completeness"),
        (forecast_rules.forecast_wape, {"compared_h": 21.5}, "low_completeness"),
        (forecast_rules.forecast_wape, {"observed_kwh": 0.0}, "not_applicable"),
        (forecast_rules.forecast_wape, {"observed_kwh": 0.5}, None),
        (forecast_rules.forecast_wape, {"observed_kwh": 0.0, "compared_h": 21.5}, "low_completeness"),
        (forecast_rules.forecast_wape, {"observed_kwh": None}, "low_completeness"),
        (forecast_rules.forecast_skill, {"paired_h": 21.5}, "low_completeness"),
        (forecast_rules.forecast_skill, {"paired_squared_error_kw2h": None}, "low_completeness"),
        (forecast_rules.forecast_skill, {"persistence_squared_error_kw2h": 0.0}, "not_applicable"),
    ],
)
def test_when_a_forecast_has_an_error(
    rule: Callable[[DayInputs], KpiValue], values: dict[str, Any], reason: str | None
) -> None:
    assert rule(_day(**values)).null_reason == reason


def test_a_share_of_nothing_stays_visible_without_its_value() -> None:
    found = forecast_rules.forecast_wape(_day(observed_kwh=0.0))
    assert _parts(found) == (None, 96, 0, 1.0, "power_integral")
