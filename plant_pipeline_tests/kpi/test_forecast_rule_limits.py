"""Every rule of a KPI of forecasts and its limit, from inputs given by hand (given_day.py), without a warehouse."""

from collections.abc import Callable
from typing import Any

import pytest

from plant_pipeline.kpi import forecast_rules
from plant_pipeline.kpi.inputs import DayInputs
from plant_pipeline.kpi.rules import KpiValue
from plant_pipeline_tests.kpi.given_day import day, known, parts


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
    assert known(forecast_rules.forecast_energy_kwh, **values) == expected


def test_a_forecast_tells_how_much_of_the_day_it_covers() -> None:
    assert forecast_rules.forecast_energy_kwh(day(hours=12.0)).coverage == 0.5
    assert forecast_rules.forecast_energy_kwh(day(hours=30.0)).coverage == 1.0


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
    assert known(forecast_rules.forecast_daily_error, **values) == expected


def test_errors_by_capacity() -> None:
    # 80 kW over 24 h; 600 kW²h by (80 kW)² and 24 h below a root.
    assert parts(forecast_rules.forecast_daily_error(day())) == (
        80 / 1920, 80, 1920, 1.0, "register_difference",
    )  # fmt: skip
    assert parts(forecast_rules.forecast_nmae(day())) == (0.05, 96, 1920, 1.0, "power_integral")
    assert parts(forecast_rules.forecast_nmbe(day())) == (0.025, 48, 1920, 1.0, "power_integral")
    assert parts(forecast_rules.forecast_nrmse(day())) == (0.0625, 600, 153_600, 1.0, "power_integral")
    assert parts(forecast_rules.forecast_wape(day())) == (0.24, 96, 400, 1.0, "power_integral")
    assert parts(forecast_rules.forecast_skill(day(paired_h=24.0))) == (0.5, 400, 1600, 1.0, "power_integral")
    assert forecast_rules.forecast_nmae(day(compared_h=30.0)).coverage == 1.0
    assert forecast_rules.forecast_wape(day(compared_h=30.0)).coverage == 1.0


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
    assert rule(day(**values)).null_reason == reason


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
    assert rule(day(**values)).null_reason == reason


def test_a_share_of_nothing_stays_visible_without_its_value() -> None:
    found = forecast_rules.forecast_wape(day(observed_kwh=0.0))
    assert parts(found) == (None, 96, 0, 1.0, "power_integral")
