"""Every rule of a KPI and its limit, from inputs given by hand (given_day.py), without a warehouse."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plant_pipeline.kpi import rules
from plant_pipeline.kpi.inputs import DayInputs
from plant_pipeline.kpi.rules import KpiValue
from plant_pipeline_tests.kpi.given_day import FIGURES, day, known, parts

# Energy by capacity.


def test_energy_by_capacity() -> None:
    assert parts(rules.specific_yield(day())) == (4.0, 400, 100, 1.0, "register_difference")
    assert parts(rules.yield_ac(day())) == (5.0, 400, 80, 1.0, "register_difference")
    assert parts(rules.full_load_hours(day())) == (5.0, 400, 80, 1.0, "register_difference")
    assert parts(rules.capacity_factor(day(produced_kwh=384.0))) == (0.2, 384, 1920, 1.0, "register_difference")
    assert known(rules.capacity_factor, produced_kwh=400.0, hours_in_day=25.0) == 0.2


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
    assert known(rules.specific_yield, **values) == expected


def test_without_a_capacity_the_energy_stays_visible() -> None:
    found = rules.specific_yield(day(capacity_dc_kw=None))
    assert (found.numerator, found.denominator) == (400.0, None)
    withheld = rules.specific_yield(day(coverage=0.5))
    assert parts(withheld) == (None, 400, 100, 0.5, "register_difference")


def test_which_technologies_have_which_yield() -> None:
    assert [known(rules.yield_ac, technology=own) for own in ("wind", None)] == ["not_applicable", "missing_parameter"]
    assert [known(rules.full_load_hours, technology=own) for own in ("wind", None, "other", "storage")] == [
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
    assert rules.completeness_of(day(**values)) == completeness


def test_energy_as_it_stands() -> None:
    assert parts(rules.energy_kwh(day())) == (400.0, None, None, 1.0, "register_difference")
    unknown = rules.energy_kwh(day(null_reason="low_completeness", produced_kwh=None, coverage=0.2))
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
    assert known(lambda day: rules.irradiation_over(day, role), **values) == expected


def test_irradiation_says_what_it_is_of() -> None:
    assert parts(rules.irradiation_over(day(), "irradiance_ghi")) == (4.0, 4000, 1000, 0.9, "irradiance_ghi")
    more = day(poa_sun_h=11.0)
    assert rules.irradiation_over(more, "irradiance_poa").coverage == 1.0
    assert rules.irradiation_over(replace(more, measured=FIGURES._replace(sun_h=None, poa_h=25.0)),
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
    found = rules.performance_ratio(day(**values))
    assert (found.numerator, found.denominator) == ((400, 500) if is_of_whole_day else (300, 400))
    assert found.value == pytest.approx(0.8 if is_of_whole_day else 0.75)
    assert found.coverage == pytest.approx(values.get("poa_sun_h", 10.0) / 10 if is_of_whole_day else 0.8)
    assert found.method == (values.get("method", "register_difference") if is_of_whole_day else "power_integral")


def test_performance_at_25_degrees() -> None:
    assert parts(rules.performance_ratio_25c(day())) == (0.9, 270, 300, 0.7, "power_integral")
    assert known(rules.performance_ratio_25c, temperature_sensor_ids=()) == "no_temperature"
    assert known(rules.performance_ratio_25c, warm_kwh=None) == "low_completeness"
    assert known(rules.performance_ratio_25c, warm_corrected_wh_per_m2=None) == "low_completeness"
    assert known(rules.performance_ratio_25c, warm_wh_per_m2=499.0) == "night_only"
    assert known(rules.performance_ratio_25c, warm_wh_per_m2=500.0) == 0.9
    assert known(rules.performance_ratio_25c, poa_wh_per_m2=None) == "no_irradiance"


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
    assert known(rule, **values) == expected


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
    assert known(rules.performance_ratio, **values) == expected


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
    assert known(rules.peak_power_kw, **values) == expected


def test_peak_power_says_how_much_was_measured() -> None:
    assert parts(rules.peak_power_kw(day(power_sun_h=9.0))) == (70.0, None, None, 0.9, "power_integral")
    assert rules.peak_power_kw(day(technology="wind", power_h=25.0)).coverage == 1.0
    low = rules.peak_power_kw(day(power_sun_h=2.0))
    assert (low.coverage, low.method) == (0.2, "power_integral")


def test_completeness_of_the_day_and_of_daylight() -> None:
    assert parts(rules.data_completeness(day(data_completeness=0.75))) == (0.75, 18, 24, 0.75, "register_difference")
    assert known(rules.data_completeness, data_completeness=None) == "no_data"
    assert known(rules.data_completeness, data_completeness=None, null_reason="source_failed") == "source_failed"
    assert parts(rules.daylight_completeness(day(daylight_completeness=0.75))) == (
        0.75, 7.5, 10, 0.75, "register_difference",
    )  # fmt: skip
    assert rules.daylight_completeness(day(sun_h=None)).numerator is None
    unknown = {"daylight_completeness": None}
    assert known(rules.daylight_completeness, **unknown, latitude=None) == "no_location"
    assert known(rules.daylight_completeness, **unknown, longitude=None) == "no_location"
    assert known(rules.daylight_completeness, **unknown, sun_h=0.0) == "night_only"
    assert known(rules.daylight_completeness, **unknown, null_reason="source_failed") == "source_failed"
    assert known(rules.daylight_completeness, technology="wind") == "not_applicable"


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
        ({"coverage": 0.9}, 0.75),
        ({"coverage": 0.89}, "low_completeness"),  # export is of the whole day, production of a part
        ({"coverage": 0.89, "exported_kwh": 500.0}, "low_completeness"),  # what is missing explains it
    ],
)
def test_self_consumption(values: dict[str, Any], expected: float | str) -> None:
    assert known(rules.self_consumption, **values) == expected


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
        ({"coverage": 0.89}, "low_completeness"),
    ],
)
def test_self_sufficiency(values: dict[str, Any], expected: float | str) -> None:
    assert known(rules.self_sufficiency, **values) == expected


def test_what_was_used_stays_visible() -> None:
    assert parts(rules.self_consumption(day())) == (0.75, 300, 400, 1.0, "register_difference")
    none = rules.self_consumption(day(produced_kwh=0.0))
    assert (none.numerator, none.denominator) == (-100.0, 0.0)
    assert parts(rules.self_sufficiency(day())) == (300 / 330, 300, 330, 1.0, "register_difference")
    no_load = rules.self_sufficiency(day(exported_kwh=400.0, imported_kwh=0.0))
    assert (no_load.numerator, no_load.denominator) == (0.0, 0.0)


# Forecasts.
