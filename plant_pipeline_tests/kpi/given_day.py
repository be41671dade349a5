"""Inputs of KPIs given by hand.

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
from plant_pipeline.energy.figures.plant_figures import Figures
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


def day(**values: Any) -> DayInputs:
    """The usual day with other values; each goes where it belongs by its name."""
    energy, version, figures, forecast = (
        {name: value for name, value in values.items() if name in names}
        for names in (Energy.__slots__, PlantVersion.__slots__, Figures.columns(), Forecast.__slots__)
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
        FIGURES._replace(**figures),
        replace(rest["forecast"], **forecast) if rest["forecast"] else None,
    )


def parts(value: KpiValue) -> tuple[float | None, float | None, float | None, float | None, str | None]:
    return value.value, value.numerator, value.denominator, value.coverage, value.method


def known(rule: Callable[[DayInputs], KpiValue], **values: Any) -> Any:
    """The value, to be compared in all but its last digits, or the reason why there is none."""
    found = rule(day(**values))
    if found.value is None:
        assert found.null_reason is not None
        return found.null_reason
    return pytest.approx(found.value)
