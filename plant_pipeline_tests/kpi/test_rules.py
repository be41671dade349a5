"""What holds for every KPI whatever its inputs are."""

import math
import uuid
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.days import day_window
from plant_pipeline.energy.figures.plant_figures import Figures
from plant_pipeline.kpi.catalogue import CATALOGUE, evaluate
from plant_pipeline.kpi.inputs import DayInputs, Energy, Forecast, PlantVersion
from plant_pipeline.kpi.reasons import NullReason

DAY = date(2026, 10, 25)

amounts = st.none() | st.just(0.0) | st.floats(1e-6, 1e7)
shares = st.none() | st.floats(0, 1)
hours = st.none() | st.floats(0, 25)
methods = st.sampled_from(["register_difference", "power_integral", "inverter_sum", None])


@st.composite
def plant_days(draw: st.DrawFn) -> DayInputs:
    reason = draw(st.sampled_from([None, None, None, "no_data", "meter_unexplained", "low_completeness"]))
    zone = draw(st.sampled_from(["Europe/Madrid", "Asia/Kolkata", None]))
    return DayInputs(
        plant_id=uuid.UUID(int=1),
        plant_code="P-A",
        energy=Energy(
            produced_kwh=None if reason else draw(st.just(0.0) | st.floats(1e-6, 1e7)),
            imported_kwh=draw(amounts),
            exported_kwh=draw(amounts),
            method=draw(methods),
            coverage=draw(shares),
            null_reason=reason,
            hours_in_day=draw(st.sampled_from([23.0, 24.0, 25.0])),
            data_completeness=draw(shares),
            daylight_completeness=draw(shares),
            flags=draw(st.sampled_from([[], ["outlier"], ["above_capacity"]])),
        ),
        version=PlantVersion(
            valid_from=datetime(1970, 1, 1, tzinfo=UTC),
            is_active=True,
            technology=draw(st.sampled_from(["solar", "wind", "hybrid", "storage", "other", None])),
            latitude=draw(st.sampled_from([40.0, None])),
            longitude=-4.0,
            capacity_ac_kw=draw(amounts),
            capacity_dc_kw=draw(amounts),
            window=day_window(DAY, zone) if zone else None,
        ),
        has_load=draw(st.sampled_from([True, False, None])),
        has_import_sensor=draw(st.booleans()),
        has_export_sensor=draw(st.booleans()),
        measured=Figures(
            uuid.UUID(int=1),
            sun_h=draw(hours),
            poa_wh_per_m2=draw(amounts),
            poa_h=draw(hours),
            poa_sun_h=draw(hours),
            power_h=draw(hours),
            power_sun_h=draw(hours),
            paired_kwh=draw(amounts),
            paired_wh_per_m2=draw(amounts),
            paired_h=draw(hours),
            paired_sun_h=draw(hours),
            warm_kwh=draw(amounts),
            warm_wh_per_m2=draw(amounts),
            warm_corrected_wh_per_m2=draw(amounts),
            warm_h=draw(hours),
            warm_sun_h=draw(hours),
            temperature_sensor_ids=draw(st.sampled_from([(), (1,)])),
            peak_power_kw=draw(amounts),
            pv_kwh=draw(amounts),
            pv_coverage=draw(shares),
            power_method=draw(methods),
            power_step_s=draw(st.sampled_from([300.0, 3600.0])),
        ),
        forecast=draw(st.none() | forecasts()),
    )


@st.composite
def forecasts(draw: st.DrawFn) -> Forecast:
    return Forecast(
        draw(st.sampled_from([300.0, 900.0, 3600.0])),
        datetime(2026, 10, 24, tzinfo=UTC),
        draw(st.floats(0, 1e7)),
        draw(st.floats(0, 25)),
        compared_h=draw(st.just(24.0) | hours),
        error_kwh=draw(st.floats(-1e6, 1e6)),
        absolute_error_kwh=draw(st.floats(0, 1e6)),
        squared_error_kw2h=draw(st.floats(0, 1e9)),
        observed_kwh=draw(amounts),
        paired_h=draw(st.just(24.0) | hours),
        paired_squared_error_kw2h=draw(amounts),
        persistence_squared_error_kw2h=draw(amounts),
    )


@given(plant_days())
def test_every_kpi_has_a_possible_value_or_a_reason(day: DayInputs) -> None:
    values = {value.kpi: value for value in evaluate(day)}
    assert list(values) == list(CATALOGUE)
    for kpi, found in values.items():
        assert (found.value is None) == (found.null_reason is not None), kpi
        assert found.null_reason is None or found.null_reason in get_args(NullReason)
        assert found.value is None or math.isfinite(found.value)
        if found.value is not None and found.denominator:
            assert found.numerator is not None
            ratio = found.numerator / found.denominator
            root = {"forecast_nrmse": math.sqrt(abs(ratio)), "forecast_skill": 1 - math.sqrt(abs(ratio))}
            assert found.value == pytest.approx(root.get(kpi, ratio))
        assert found.coverage is None or 0 <= found.coverage <= 1
    assert 0 <= (values["performance_ratio"].value or 0) <= 1.2
    assert 0 <= (values["performance_ratio_25c"].value or 0) <= 1.2
    assert (values["forecast_skill"].value or 0) <= 1
    assert 0 <= (values["capacity_factor"].value or 0) <= 1.05 + 1e-9
    assert -0.0100001 <= (values["self_consumption"].value or 0) <= 1


@given(plant_days())
def test_names_of_one_ratio_agree(day: DayInputs) -> None:
    values = {value.kpi: value for value in evaluate(day)}
    assert (values["capacity_factor"].null_reason) == (values["full_load_hours"].null_reason)
    if values["capacity_factor"].value is not None:
        full_load_hours = values["capacity_factor"].value * day.energy.hours_in_day
        assert values["full_load_hours"].value == pytest.approx(full_load_hours)
