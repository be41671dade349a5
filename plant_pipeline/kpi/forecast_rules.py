"""The rules of the KPIs of a day's forecast: its energy, and how far off it was in the form of 24 hours.

What belongs here: pure functions of `DayInputs`. What does not: which forecast counts (the query of inputs.py).
Numerators and denominators are what adds up over plants and days: energies, or squares (kW² × h) below a root.
"""

from math import sqrt

from plant_pipeline.energy.figures.pieces import QUARTER_S
from plant_pipeline.energy.methods.status import ABOVE_CAPACITY
from plant_pipeline.kpi.inputs import DayInputs, Forecast
from plant_pipeline.kpi.reasons import NullReason
from plant_pipeline.kpi.rules import (
    FULL_COVERAGE,
    KpiValue,
    completeness_of,
    energy_reason,
    is_incomplete,
    known,
    null,
    withheld,
)


def _forecast(day: DayInputs) -> Forecast | NullReason:
    return (day.forecast or "no_forecast") if day.window is not None else "no_timezone"


def _measured_forecast(day: DayInputs) -> Forecast | NullReason:
    """The forecast, where what was measured can be held against it: over whole steps of both, up to an hour's."""
    forecast, power_step_s = _forecast(day), day.measured.power_step_s or 0.0
    if isinstance(forecast, str):
        return forecast
    grid_s = max(QUARTER_S, QUARTER_S * round(power_step_s / QUARTER_S), forecast.step_s)
    if grid_s % forecast.step_s or (power_step_s > QUARTER_S and grid_s % power_step_s and not forecast.compared_h):
        return energy_reason(day) or "not_applicable"
    return energy_reason(day) or forecast


def _ac_capacity(day: DayInputs) -> float | None:
    capacity_kw = day.version.capacity_ac_kw
    return capacity_kw if capacity_kw and capacity_kw > 0 else None


def _judged(day: DayInputs, ratio: KpiValue, completeness: float | None, *, is_by_capacity: bool = True) -> KpiValue:
    if is_by_capacity and ABOVE_CAPACITY in day.energy.flags:
        return withheld(ratio, "inconsistent_inputs")
    return withheld(ratio, "low_completeness") if is_incomplete(completeness) else ratio


def forecast_energy_kwh(day: DayInputs) -> KpiValue:
    """What was forecast for the day; a period that reaches out of it counts by its share within."""
    forecast = _forecast(day)
    if isinstance(forecast, str):
        return null(forecast)
    coverage = min(forecast.hours / day.energy.hours_in_day, 1.0)
    energy = known(forecast.energy_kwh, coverage=coverage)
    return withheld(energy, "low_completeness") if coverage < FULL_COVERAGE else energy


def forecast_daily_error(day: DayInputs) -> KpiValue:
    """Distance of the forecast energy from the energy produced, by what the AC capacity gives in the day."""
    energy, reason, capacity_kw = forecast_energy_kwh(day), energy_reason(day), _ac_capacity(day)
    if energy.value is None or reason is not None:
        return null(energy.null_reason or reason or "no_data")
    if capacity_kw is None:
        return null("no_capacity")
    error_kwh = abs(energy.value - (day.energy.produced_kwh or 0.0))
    denominator = capacity_kw * day.energy.hours_in_day
    ratio = known(error_kwh / denominator, error_kwh, denominator, day.energy.coverage, day.energy.method)
    return _judged(day, ratio, completeness_of(day))


def _by_capacity(day: DayInputs, error: str, power: int = 1) -> KpiValue:
    """An error over the AC capacity to a power, both summed over the hours that could be compared."""
    forecast, capacity_kw = _measured_forecast(day), _ac_capacity(day)
    if isinstance(forecast, str):
        return null(forecast)
    if capacity_kw is None:
        return null("no_capacity")
    if not forecast.compared_h:
        return null("low_completeness")
    numerator, denominator = getattr(forecast, error), capacity_kw**power * forecast.compared_h
    ratio, coverage = numerator / denominator, min(forecast.compared_h / day.energy.hours_in_day, 1.0)
    value = sqrt(ratio) if power == 2 else ratio
    return _judged(day, known(value, numerator, denominator, coverage, day.measured.power_method), coverage)


def forecast_nmae(day: DayInputs) -> KpiValue:
    """Mean absolute error by AC capacity."""
    return _by_capacity(day, "absolute_error_kwh")


def forecast_nmbe(day: DayInputs) -> KpiValue:
    """Mean error by AC capacity, positive where too much was forecast."""
    return _by_capacity(day, "error_kwh")


def forecast_nrmse(day: DayInputs) -> KpiValue:
    """Root mean square error by AC capacity."""
    return _by_capacity(day, "squared_error_kw2h", power=2)


def forecast_wape(day: DayInputs) -> KpiValue:
    """Sum of the absolute errors over the energy of the same periods."""
    forecast = _measured_forecast(day)
    if isinstance(forecast, str):
        return null(forecast)
    return _ratio(day, forecast.absolute_error_kwh, forecast.observed_kwh, forecast.compared_h)


def forecast_skill(day: DayInputs) -> KpiValue:
    """What the forecast does better than the production of 24 hours earlier, over the periods that both have."""
    forecast = _measured_forecast(day)
    if isinstance(forecast, str):
        return null(forecast)
    ratio = _ratio(day, forecast.paired_squared_error_kw2h, forecast.persistence_squared_error_kw2h, forecast.paired_h)
    return (
        ratio
        if ratio.value is None
        else known(1 - sqrt(ratio.value), ratio.numerator, ratio.denominator, ratio.coverage, ratio.method)
    )


def _ratio(day: DayInputs, numerator: float | None, denominator: float | None, hours: float | None) -> KpiValue:
    if numerator is None or denominator is None or not hours:
        return null("low_completeness")
    coverage = min(hours / day.energy.hours_in_day, 1.0)
    if denominator <= 0:
        empty = known(0.0, numerator, denominator, coverage, day.measured.power_method)
        return withheld(empty, "low_completeness" if is_incomplete(coverage) else "not_applicable")
    ratio = known(numerator / denominator, numerator, denominator, coverage, day.measured.power_method)
    return _judged(day, ratio, coverage, is_by_capacity=False)
