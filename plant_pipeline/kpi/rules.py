"""The rules of the KPIs: from the inputs of one plant and day to a value, or to the reason why there is none.

What belongs here: pure functions of `DayInputs`. What does not: reading inputs (inputs.py), what a KPI is called and
means (catalogue.py). Nothing is ever clipped: an impossible ratio becomes NULL and keeps its numerator and denominator.
"""

from dataclasses import dataclass, replace
from typing import Final, cast

from plant_pipeline.energy.candidates import is_too_little
from plant_pipeline.kpi.inputs import PHOTOVOLTAIC, DayInputs
from plant_pipeline.kpi.reasons import NullReason

FULL_COVERAGE: Final = 0.99
"""From it on an energy total of the whole day may be set against the day's irradiation."""

LEAST_REFERENCE_YIELD_H: Final = 0.5
HIGHEST_PERFORMANCE_RATIO: Final = 1.2
HIGHEST_CAPACITY_FACTOR: Final = 1.05
EXPORT_TOLERANCE: Final = 0.01
STANDARD_IRRADIANCE_W_PER_M2: Final = 1000.0


@dataclass(frozen=True, slots=True)
class KpiValue:
    """One KPI of one plant and day; exactly one of `value` and `null_reason` is None."""

    kpi: str
    value: float | None
    null_reason: NullReason | None
    numerator: float | None = None
    denominator: float | None = None
    coverage: float | None = None
    method: str | None = None


def _known(
    value: float,
    numerator: float | None = None,
    denominator: float | None = None,
    coverage: float | None = None,
    method: str | None = None,
) -> KpiValue:
    return KpiValue("", value, None, numerator, denominator, coverage, method)


def _null(reason: NullReason) -> KpiValue:
    return KpiValue("", None, reason)


def _withheld(ratio: KpiValue, reason: NullReason) -> KpiValue:
    """The same figure without its value: how far it got stays visible."""
    return replace(ratio, value=None, null_reason=reason)


def _energy_reason(day: DayInputs) -> NullReason | None:
    return cast(NullReason | None, day.energy.null_reason)


def _photovoltaic_reason(day: DayInputs) -> NullReason | None:
    if day.version.technology is None:
        return "missing_parameter"
    return None if day.version.technology in PHOTOVOLTAIC else "not_applicable"


def _per_capacity(day: DayInputs, capacity_kw: float | None, hours: float = 1.0) -> KpiValue:
    reason = _energy_reason(day)
    if reason is not None:
        return _null(reason)
    produced_kwh = cast(float, day.energy.produced_kwh)
    if not capacity_kw or capacity_kw <= 0:
        return replace(_null("no_capacity"), numerator=produced_kwh)
    denominator = capacity_kw * hours
    return _known(produced_kwh / denominator, produced_kwh, denominator, day.energy.coverage, day.energy.method)


def per_ac_capacity(day: DayInputs, hours: float = 1.0) -> KpiValue:
    """Energy by AC capacity and `hours`; withheld if more than the capacity could have produced in the day."""
    ratio = _per_capacity(day, day.version.capacity_ac_kw, hours)
    # The same contradiction, whichever of the three names the ratio goes by.
    if ratio.value is not None and ratio.value * hours > HIGHEST_CAPACITY_FACTOR * day.energy.hours_in_day:
        return _withheld(ratio, "inconsistent_inputs")
    return ratio


def energy_kwh(day: DayInputs) -> KpiValue:
    """The day's energy as it stands in `energy.plant_daily`."""
    reason = _energy_reason(day)
    if reason is not None:
        return replace(_null(reason), coverage=day.energy.coverage, method=day.energy.method)
    return _known(cast(float, day.energy.produced_kwh), coverage=day.energy.coverage, method=day.energy.method)


def specific_yield(day: DayInputs) -> KpiValue:
    """Energy by DC capacity."""
    reason = _photovoltaic_reason(day)
    return _null(reason) if reason else _per_capacity(day, day.version.capacity_dc_kw)


def yield_ac(day: DayInputs) -> KpiValue:
    """Energy by AC capacity, of photovoltaics."""
    reason = _photovoltaic_reason(day)
    return _null(reason) if reason else per_ac_capacity(day)


def capacity_factor(day: DayInputs) -> KpiValue:
    """Energy by what the AC capacity gives in the real hours of the day."""
    return per_ac_capacity(day, day.energy.hours_in_day)


def _daylight_share(day: DayInputs, hours: float | None, sun_hours: float | None) -> float:
    """Share of daylight with valid data; of the whole day where the place is unknown or the sun stays down."""
    if day.figures.sun_h:
        return min((sun_hours or 0.0) / day.figures.sun_h, 1.0)
    return min((hours or 0.0) / day.energy.hours_in_day, 1.0)


def irradiation_over(day: DayInputs, role: str) -> KpiValue:
    """Irradiation of one role over 1000 W/m²: the reference yield, in hours."""
    reason = _photovoltaic_reason(day)
    if reason is not None:
        return _null(reason)
    if day.window is None:
        return _null("no_timezone")
    figures = day.figures
    irradiation, hours, sun_hours = (
        (figures.poa_wh_per_m2, figures.poa_h, figures.poa_sun_h)
        if role == "irradiance_poa"
        else (figures.ghi_wh_per_m2, figures.ghi_h, figures.ghi_sun_h)
    )
    if irradiation is None:
        return _null("no_irradiance")
    coverage = _daylight_share(day, hours, sun_hours)
    ratio = _known(
        irradiation / STANDARD_IRRADIANCE_W_PER_M2, irradiation, STANDARD_IRRADIANCE_W_PER_M2, coverage, role
    )
    return _withheld(ratio, "low_completeness") if is_too_little(coverage) else ratio


def performance_ratio(day: DayInputs) -> KpiValue:
    """Energy by what DC capacity and irradiation promise, both over the same intervals."""
    reason = _photovoltaic_reason(day) or _energy_reason(day)
    if reason is not None:
        return _null(reason)
    if not day.version.capacity_dc_kw or day.version.capacity_dc_kw <= 0:
        return _null("no_capacity")
    irradiation = irradiation_over(day, "irradiance_poa")
    if irradiation.null_reason is not None:
        return _null(irradiation.null_reason)
    ratio = _performance_of(day, cast(float, irradiation.coverage))
    if ratio is None:
        return replace(_null("low_completeness"), coverage=irradiation.coverage)
    if is_too_little(cast(float, ratio.coverage)):
        return _withheld(ratio, "low_completeness")
    if cast(float, ratio.denominator) < LEAST_REFERENCE_YIELD_H * day.version.capacity_dc_kw:
        return _withheld(ratio, "night_only")
    if cast(float, ratio.value) > HIGHEST_PERFORMANCE_RATIO:
        return _withheld(ratio, "inconsistent_inputs")
    return ratio


def _performance_of(day: DayInputs, irradiance_coverage: float) -> KpiValue | None:
    """The raw ratio over the intervals energy and irradiance have in common; None if they cannot be paired."""
    figures, capacity_kw = day.figures, cast(float, day.version.capacity_dc_kw)
    is_total = day.energy.method not in ("power_integral", "interval_energy", "inverter_sum") or not _has_power(day)
    if is_total and irradiance_coverage >= FULL_COVERAGE and (day.energy.coverage or 0.0) >= FULL_COVERAGE:
        energy_kwh, method, coverage = day.energy.produced_kwh, day.energy.method, irradiance_coverage
        irradiation = figures.poa_wh_per_m2
    else:
        energy_kwh, method = figures.paired_kwh, _power_method(day)
        irradiation = figures.paired_wh_per_m2
        coverage = _daylight_share(day, figures.paired_h, figures.paired_sun_h)
    if energy_kwh is None or irradiation is None:
        return None
    denominator = capacity_kw * irradiation / STANDARD_IRRADIANCE_W_PER_M2
    return _known(energy_kwh / denominator if denominator else 0.0, energy_kwh, denominator, coverage, method)


def _has_power(day: DayInputs) -> bool:
    return any(series.role == "power" for series in day.series)


def _power_method(day: DayInputs) -> str | None:
    return next((series.method for series in day.series if series.role == "power"), None)


def peak_power_kw(day: DayInputs) -> KpiValue:
    """The highest mean power of a quarter of an hour."""
    reason = _energy_reason(day)
    if reason is not None:
        return _null(reason)
    power = [series for series in day.series if series.role == "power"]
    if not power:
        return _null("no_data")
    if max(series.step_s for series in power) > 900:
        return _null("not_applicable")
    is_photovoltaic = day.version.technology in PHOTOVOLTAIC
    coverage = (
        _daylight_share(day, day.figures.power_h, day.figures.power_sun_h)
        if is_photovoltaic
        else min((day.figures.power_h or 0.0) / day.energy.hours_in_day, 1.0)
    )
    if day.figures.peak_power_kw is None or is_too_little(coverage):
        return replace(_null("low_completeness"), coverage=coverage, method=power[0].method)
    return _known(day.figures.peak_power_kw, coverage=coverage, method=power[0].method)


def data_completeness(day: DayInputs) -> KpiValue:
    """Share of the day with valid readings."""
    share = day.energy.data_completeness
    if share is None:
        return _null(_energy_reason(day) or "no_data")
    return _known(share, share * day.energy.hours_in_day, day.energy.hours_in_day, share, day.energy.method)


def daylight_completeness(day: DayInputs) -> KpiValue:
    """Share of daylight with valid readings."""
    reason = _photovoltaic_reason(day)
    if reason is not None:
        return _null(reason)
    share = day.energy.daylight_completeness
    if share is None:
        if day.version.latitude is None or day.version.longitude is None:
            return _null("no_location")
        is_polar_night = day.window is not None and not day.figures.sun_h
        return _null("night_only" if is_polar_night else _energy_reason(day) or "no_data")
    sun_h = day.figures.sun_h
    return _known(share, None if sun_h is None else share * sun_h, sun_h, share, day.energy.method)


def self_consumption(day: DayInputs) -> KpiValue:
    """Share of the production that was not exported."""
    exported_kwh = day.energy.exported_kwh
    has_no_load = day.has_load is False and not day.has_import_sensor
    is_measured = exported_kwh is not None or day.has_export_sensor
    if day.version.technology == "storage" or has_no_load or not is_measured:
        return _null("not_applicable")
    reason = _energy_reason(day)
    if reason is not None:
        return _null(reason)
    if exported_kwh is None:
        return _null("no_data")
    produced_kwh = cast(float, day.energy.produced_kwh)
    if produced_kwh <= 0:
        return replace(_null("not_applicable"), numerator=produced_kwh - exported_kwh, denominator=produced_kwh)
    used_kwh = produced_kwh - exported_kwh
    ratio = _known(used_kwh / produced_kwh, used_kwh, produced_kwh, day.energy.coverage, day.energy.method)
    if exported_kwh > produced_kwh * (1 + EXPORT_TOLERANCE):
        return _withheld(ratio, "inconsistent_inputs")
    return ratio


def self_sufficiency(day: DayInputs) -> KpiValue:
    """Share of the load that was met by own production."""
    consumption = self_consumption(day)
    if consumption.null_reason is not None:
        return _null(consumption.null_reason)
    if day.energy.imported_kwh is None:
        return _null("no_data" if day.has_import_sensor else "not_applicable")
    used_kwh = cast(float, consumption.numerator)
    load_kwh = used_kwh + day.energy.imported_kwh
    if load_kwh <= 0:
        return replace(_null("not_applicable"), numerator=used_kwh, denominator=load_kwh)
    return _known(used_kwh / load_kwh, used_kwh, load_kwh, day.energy.coverage, day.energy.method)
