"""The rules of the KPIs: from the inputs of one plant and day to a value, or to the reason why there is none.

What belongs here: pure functions of `DayInputs`. What does not: reading inputs (inputs.py), rules of forecasts
(forecast_rules.py), what a KPI is called and means (catalogue.py). Nothing is ever clipped: an impossible ratio becomes
NULL and keeps its numerator and denominator.
"""

from functools import cache
from math import isclose
from typing import Final, NamedTuple, cast

from plant_pipeline.energy.figures.pieces import QUARTER_S
from plant_pipeline.energy.methods.candidates import FINAL_COMPLETENESS, is_too_little
from plant_pipeline.energy.methods.status import ABOVE_CAPACITY
from plant_pipeline.kpi.inputs import PHOTOVOLTAIC, DayInputs
from plant_pipeline.kpi.reasons import NullReason

FULL_COVERAGE: Final = 0.99
"""From it on an energy total of the whole day may be set against the day's irradiation."""

LEAST_REFERENCE_YIELD_H: Final = 0.5
HIGHEST_PERFORMANCE_RATIO: Final = 1.2
HIGHEST_CAPACITY_FACTOR: Final = 1.05
EXPORT_TOLERANCE: Final = 0.01
STANDARD_IRRADIANCE_W_PER_M2: Final = 1000.0

_COUNTERS = ("register_difference", "voke_sampled")
_SLACK = 1e-9


class KpiValue(NamedTuple):
    """One KPI of one plant and day; exactly one of `value` and `null_reason` is None."""

    kpi: str
    value: float | None
    null_reason: NullReason | None
    numerator: float | None = None
    denominator: float | None = None
    coverage: float | None = None
    method: str | None = None


class _Produced(NamedTuple):
    """The energy a KPI relates to something; `reason`: why it is not known."""

    kwh: float
    coverage: float | None
    completeness: float | None
    method: str | None
    reason: NullReason | None


def known(
    value: float,
    numerator: float | None = None,
    denominator: float | None = None,
    coverage: float | None = None,
    method: str | None = None,
) -> KpiValue:
    """A figure with a value."""
    return KpiValue("", value, None, numerator, denominator, coverage, method)


@cache
def null(reason: NullReason) -> KpiValue:
    """A figure that is not known."""
    return KpiValue("", None, reason)


def withheld(ratio: KpiValue, reason: NullReason) -> KpiValue:
    """The same figure without its value: how far it got stays visible."""
    return ratio._replace(value=None, null_reason=reason)


def energy_reason(day: DayInputs) -> NullReason | None:
    """Why the day's energy is not known."""
    return cast("NullReason | None", day.energy.null_reason)


def is_incomplete(completeness: float | None) -> bool:
    """Whether a figure that stands for the whole day may not be told."""
    return completeness is None or completeness < FINAL_COMPLETENESS - _SLACK


def completeness_of(day: DayInputs) -> float | None:
    """What the completeness of the energy is judged by: daylight, where that is known, else the whole day.

    A counter that brackets the day knows its energy whatever came between; then coverage is not the share of valid
    time that `data_completeness` is.
    """
    energy = day.energy
    if day.version.technology == "solar" and day.measured.sun_h == 0 and energy.produced_kwh is not None:
        return 1.0  # a polar night
    is_valid_time = isclose(energy.coverage or 0.0, energy.data_completeness or 0.0, abs_tol=1e-6)
    if energy.method in _COUNTERS or not is_valid_time or energy.daylight_completeness is None:
        return energy.coverage
    return energy.daylight_completeness


def _whole(day: DayInputs) -> _Produced:
    energy = day.energy
    return _Produced(
        energy.produced_kwh or 0.0, energy.coverage, completeness_of(day), energy.method, energy_reason(day)
    )


def _photovoltaic(day: DayInputs) -> _Produced:
    """The energy of the photovoltaics: of a hybrid, that of its photovoltaic devices."""
    if day.version.technology != "hybrid":
        return _whole(day)
    measured = day.measured
    reason = None if measured.pv_kwh is not None else energy_reason(day) or "no_data"
    return _Produced(measured.pv_kwh or 0.0, measured.pv_coverage, measured.pv_coverage, measured.power_method, reason)


def _photovoltaic_reason(day: DayInputs) -> NullReason | None:
    if day.version.technology is None:
        return "missing_parameter"
    return None if day.version.technology in PHOTOVOLTAIC else "not_applicable"


def _per_capacity(day: DayInputs, produced: _Produced, capacity_kw: float | None, hours: float = 1.0) -> KpiValue:
    """Energy by capacity and `hours`; withheld if more than the capacity gives in the day, or of part of the day."""
    if produced.reason is not None:
        return null(produced.reason)
    if not capacity_kw or capacity_kw <= 0:
        return null("no_capacity")._replace(numerator=produced.kwh)
    denominator = capacity_kw * hours
    ratio = known(produced.kwh / denominator, produced.kwh, denominator, produced.coverage, produced.method)
    # The same contradiction, whichever name the ratio goes by.
    highest_kwh = HIGHEST_CAPACITY_FACTOR * capacity_kw * day.energy.hours_in_day
    if ABOVE_CAPACITY in day.energy.flags or produced.kwh > highest_kwh:
        return withheld(ratio, "inconsistent_inputs")
    return withheld(ratio, "low_completeness") if is_incomplete(produced.completeness) else ratio


def energy_kwh(day: DayInputs) -> KpiValue:
    """The day's energy as it stands in `energy.plant_daily`."""
    reason = energy_reason(day)
    if reason is not None:
        return null(reason)._replace(coverage=day.energy.coverage, method=day.energy.method)
    return known(cast(float, day.energy.produced_kwh), coverage=day.energy.coverage, method=day.energy.method)


def specific_yield(day: DayInputs) -> KpiValue:
    """Energy by DC capacity."""
    reason = _photovoltaic_reason(day)
    return null(reason) if reason else _per_capacity(day, _photovoltaic(day), day.version.capacity_dc_kw)


def yield_ac(day: DayInputs) -> KpiValue:
    """Energy by AC capacity, of photovoltaics."""
    reason = _photovoltaic_reason(day)
    return null(reason) if reason else _per_capacity(day, _photovoltaic(day), day.version.capacity_ac_kw)


def full_load_hours(day: DayInputs, hours: float = 1.0) -> KpiValue:
    """Energy by AC capacity and `hours`."""
    if day.version.technology == "storage":
        return null("not_applicable")
    return _per_capacity(day, _whole(day), day.version.capacity_ac_kw, hours)


def capacity_factor(day: DayInputs) -> KpiValue:
    """Energy by what the AC capacity gives in the real hours of the day."""
    return full_load_hours(day, day.energy.hours_in_day)


def _daylight_share(day: DayInputs, hours: float | None, sun_hours: float | None) -> float:
    """Share of daylight with valid data; of the whole day where the place is unknown or the sun stays down."""
    if day.measured.sun_h:
        return min((sun_hours or 0.0) / day.measured.sun_h, 1.0)
    return min((hours or 0.0) / day.energy.hours_in_day, 1.0)


def irradiation_over(day: DayInputs, role: str) -> KpiValue:
    """Irradiation of one role over 1000 W/m²: the reference yield, in hours."""
    reason = _photovoltaic_reason(day)
    if reason is not None:
        return null(reason)
    if day.window is None:
        return null("no_timezone")
    measured = day.measured
    irradiation, hours, sun_hours = (
        (measured.poa_wh_per_m2, measured.poa_h, measured.poa_sun_h)
        if role == "irradiance_poa"
        else (measured.ghi_wh_per_m2, measured.ghi_h, measured.ghi_sun_h)
    )
    if irradiation is None:
        return null("no_irradiance")
    coverage = _daylight_share(day, hours, sun_hours)
    ratio = known(irradiation / STANDARD_IRRADIANCE_W_PER_M2, irradiation, STANDARD_IRRADIANCE_W_PER_M2, coverage, role)
    return withheld(ratio, "low_completeness") if is_too_little(coverage) else ratio


def performance_ratio(day: DayInputs) -> KpiValue:
    """Energy by what DC capacity and irradiation promise, both over the same intervals."""
    irradiation = _irradiation_for_ratio(day)
    if irradiation.null_reason is not None:
        return irradiation
    measured, produced = day.measured, _photovoltaic(day)
    is_total = (
        produced.method not in ("power_integral", "interval_energy", "inverter_sum") or measured.paired_kwh is None
    )
    is_whole = min(irradiation.coverage or 0.0, produced.coverage or 0.0) >= FULL_COVERAGE
    if is_total and is_whole and produced.reason is None:
        return _judged(
            day, produced.kwh, measured.poa_wh_per_m2, measured.poa_wh_per_m2, irradiation.coverage, produced.method
        )
    coverage = _daylight_share(day, measured.paired_h, measured.paired_sun_h)
    irradiation_wh = measured.paired_wh_per_m2
    return _judged(day, measured.paired_kwh, irradiation_wh, irradiation_wh, coverage, measured.power_method)


def performance_ratio_25c(day: DayInputs) -> KpiValue:
    """The same, the irradiation of each interval corrected for the temperature of the modules."""
    irradiation = _irradiation_for_ratio(day)
    if irradiation.null_reason is not None:
        return irradiation
    measured = day.measured
    if not measured.temperature_sensor_ids:
        return null("no_temperature")
    coverage = _daylight_share(day, measured.warm_h, measured.warm_sun_h)
    corrected, irradiation_wh = measured.warm_corrected_wh_per_m2, measured.warm_wh_per_m2
    return _judged(day, measured.warm_kwh, corrected, irradiation_wh, coverage, measured.power_method)


def _irradiation_for_ratio(day: DayInputs) -> KpiValue:
    """The reference yield as a performance ratio needs it, or why there can be no such ratio."""
    reason = _photovoltaic_reason(day) or _photovoltaic(day).reason
    if reason is not None:
        return null(reason)
    if not day.version.capacity_dc_kw or day.version.capacity_dc_kw <= 0:
        return null("no_capacity")
    irradiation = irradiation_over(day, "irradiance_poa")
    return irradiation if irradiation.null_reason is None else null(irradiation.null_reason)


def _judged(
    day: DayInputs,
    energy_kwh: float | None,
    divisor_wh_per_m2: float | None,
    irradiation_wh_per_m2: float | None,
    coverage: float | None,
    method: str | None,
) -> KpiValue:
    """The ratio of one set of intervals; NULL where they are too few, too dark, or it cannot be."""
    if energy_kwh is None or divisor_wh_per_m2 is None or irradiation_wh_per_m2 is None:
        return null("low_completeness")._replace(coverage=coverage)
    denominator = cast(float, day.version.capacity_dc_kw) * divisor_wh_per_m2 / STANDARD_IRRADIANCE_W_PER_M2
    ratio = known(energy_kwh / denominator if denominator else 0.0, energy_kwh, denominator, coverage, method)
    if is_too_little(coverage or 0.0):
        return withheld(ratio, "low_completeness")
    if denominator <= 0 or irradiation_wh_per_m2 < LEAST_REFERENCE_YIELD_H * STANDARD_IRRADIANCE_W_PER_M2:
        return withheld(ratio, "night_only")
    if ABOVE_CAPACITY in day.energy.flags or cast(float, ratio.value) > HIGHEST_PERFORMANCE_RATIO:
        return withheld(ratio, "inconsistent_inputs")
    return ratio


def peak_power_kw(day: DayInputs) -> KpiValue:
    """The highest mean power of a quarter of an hour."""
    reason, measured = energy_reason(day), day.measured
    if reason is not None or measured.power_h is None:
        return null(reason or "no_data")
    if measured.peak_power_kw is None and (measured.power_step_s or 0.0) > QUARTER_S:
        return null("not_applicable")
    coverage = (
        _daylight_share(day, measured.power_h, measured.power_sun_h)
        if day.version.technology in PHOTOVOLTAIC
        else min(measured.power_h / day.energy.hours_in_day, 1.0)
    )
    if measured.peak_power_kw is None or is_too_little(coverage):
        return null("low_completeness")._replace(coverage=coverage, method=measured.power_method)
    return known(measured.peak_power_kw, coverage=coverage, method=measured.power_method)


def data_completeness(day: DayInputs) -> KpiValue:
    """Share of the day with valid readings."""
    share = day.energy.data_completeness
    if share is None:
        return null(energy_reason(day) or "no_data")
    return known(share, share * day.energy.hours_in_day, day.energy.hours_in_day, share, day.energy.method)


def daylight_completeness(day: DayInputs) -> KpiValue:
    """Share of daylight with valid readings."""
    reason = _photovoltaic_reason(day)
    if reason is not None:
        return null(reason)
    share, sun_h = day.energy.daylight_completeness, day.measured.sun_h
    if share is None:
        if day.version.latitude is None or day.version.longitude is None:
            return null("no_location")
        return null("night_only" if sun_h == 0 else energy_reason(day) or "inconsistent_inputs")
    return known(share, None if sun_h is None else share * sun_h, sun_h, share, day.energy.method)


def communication_availability(day: DayInputs) -> KpiValue:
    """Share of the time in which a source that tells so was in touch with the plant; nothing of what it could give."""
    contact, window = day.contact, day.window
    if contact is None:
        return null("no_data")
    if window is None:
        return null("no_timezone")
    coverage = contact.sampled_h / window.hours
    share = contact.connected_h / contact.sampled_h if contact.sampled_h else 0.0
    ratio = known(share, contact.connected_h, contact.sampled_h, coverage)
    return withheld(ratio, "low_completeness") if is_too_little(coverage) else ratio


def self_consumption(day: DayInputs) -> KpiValue:
    """Share of the production that was not exported."""
    exported_kwh = day.energy.exported_kwh
    has_no_load = day.has_load is False and not day.has_import_sensor
    is_measured = exported_kwh is not None or day.has_export_sensor
    if day.version.technology == "storage" or has_no_load or not is_measured:
        return null("not_applicable")
    reason = energy_reason(day)
    if reason is not None:
        return null(reason)
    if exported_kwh is None:
        return null("no_data")
    produced_kwh = cast(float, day.energy.produced_kwh)
    if produced_kwh <= 0:
        return null("not_applicable")._replace(numerator=produced_kwh - exported_kwh, denominator=produced_kwh)
    used_kwh = produced_kwh - exported_kwh
    ratio = known(used_kwh / produced_kwh, used_kwh, produced_kwh, day.energy.coverage, day.energy.method)
    if is_incomplete(completeness_of(day)):  # export is told of whole days alone: the rest was produced unseen
        return withheld(ratio, "low_completeness")
    if exported_kwh > produced_kwh * (1 + EXPORT_TOLERANCE):
        return withheld(ratio, "inconsistent_inputs")
    return ratio


def self_sufficiency(day: DayInputs) -> KpiValue:
    """Share of the load that was met by own production."""
    consumption = self_consumption(day)
    if consumption.null_reason is not None:
        return null(consumption.null_reason)
    if day.energy.imported_kwh is None:
        return null("no_data" if day.has_import_sensor else "not_applicable")
    used_kwh = cast(float, consumption.numerator)
    load_kwh = used_kwh + day.energy.imported_kwh
    if load_kwh <= 0:
        return null("not_applicable")._replace(numerator=used_kwh, denominator=load_kwh)
    return known(used_kwh / load_kwh, used_kwh, load_kwh, day.energy.coverage, day.energy.method)
