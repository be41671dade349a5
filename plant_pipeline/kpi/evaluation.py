"""The rules of the KPIs: from the inputs of one plant and day to a value, or to the reason why there is none.

What belongs here: pure functions of `PlantDay`. What does not: reading inputs (inputs.py), words about formulas
(formulas.py). Nothing is ever clipped: an impossible ratio becomes NULL and keeps its numerator and denominator.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from plant_pipeline.energy.candidates import is_too_little
from plant_pipeline.kpi.formulas import (
    CATALOGUE,
    EXPORT_TOLERANCE,
    FULL_COVERAGE,
    HIGHEST_CAPACITY_FACTOR,
    HIGHEST_PERFORMANCE_RATIO,
    LEAST_REFERENCE_YIELD_H,
    PHOTOVOLTAIC,
    STANDARD_IRRADIANCE_W_PER_M2,
    NullReason,
)
from plant_pipeline.kpi.inputs import PlantDay


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


def evaluate(day: PlantDay) -> list[KpiValue]:
    """Every KPI of the catalogue for one plant and day, in the catalogue's order."""
    return [replace(_RULES[name](day), kpi=name) for name in CATALOGUE]


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


def _energy_reason(day: PlantDay) -> NullReason | None:
    return cast(NullReason | None, day.energy.null_reason)


def _photovoltaic_reason(day: PlantDay) -> NullReason | None:
    if day.version.technology is None:
        return "missing_parameter"
    return None if day.version.technology in PHOTOVOLTAIC else "not_applicable"


def _per_capacity(day: PlantDay, capacity_kw: float | None, hours: float = 1.0) -> KpiValue:
    reason = _energy_reason(day)
    if reason is not None:
        return _null(reason)
    produced_kwh = cast(float, day.energy.produced_kwh)
    if not capacity_kw or capacity_kw <= 0:
        return replace(_null("no_capacity"), numerator=produced_kwh)
    denominator = capacity_kw * hours
    return _known(produced_kwh / denominator, produced_kwh, denominator, day.energy.coverage, day.energy.method)


def _per_ac_capacity(day: PlantDay, hours: float = 1.0) -> KpiValue:
    ratio = _per_capacity(day, day.version.capacity_ac_kw, hours)
    # The same contradiction, whichever of the three names the ratio goes by.
    if ratio.value is not None and ratio.value * hours > HIGHEST_CAPACITY_FACTOR * day.energy.hours_in_day:
        return _withheld(ratio, "inconsistent_inputs")
    return ratio


def _energy_kwh(day: PlantDay) -> KpiValue:
    reason = _energy_reason(day)
    if reason is not None:
        return replace(_null(reason), coverage=day.energy.coverage, method=day.energy.method)
    return _known(cast(float, day.energy.produced_kwh), coverage=day.energy.coverage, method=day.energy.method)


def _specific_yield(day: PlantDay) -> KpiValue:
    reason = _photovoltaic_reason(day)
    return _null(reason) if reason else _per_capacity(day, day.version.capacity_dc_kw)


def _yield_ac(day: PlantDay) -> KpiValue:
    reason = _photovoltaic_reason(day)
    return _null(reason) if reason else _per_ac_capacity(day)


def _capacity_factor(day: PlantDay) -> KpiValue:
    return _per_ac_capacity(day, day.energy.hours_in_day)


def _daylight_share(day: PlantDay, hours: float | None, sun_hours: float | None) -> float:
    """Share of daylight with valid data; of the whole day where the place is unknown or the sun stays down."""
    if day.figures.sun_h:
        return min((sun_hours or 0.0) / day.figures.sun_h, 1.0)
    return min((hours or 0.0) / day.energy.hours_in_day, 1.0)


def _irradiation(day: PlantDay, role: str) -> KpiValue:
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


def _performance_ratio(day: PlantDay) -> KpiValue:
    reason = _photovoltaic_reason(day) or _energy_reason(day)
    if reason is not None:
        return _null(reason)
    if not day.version.capacity_dc_kw or day.version.capacity_dc_kw <= 0:
        return _null("no_capacity")
    irradiation = _irradiation(day, "irradiance_poa")
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


def _performance_of(day: PlantDay, irradiance_coverage: float) -> KpiValue | None:
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


def _has_power(day: PlantDay) -> bool:
    return any(series.role == "power" for series in day.series)


def _power_method(day: PlantDay) -> str | None:
    return next((series.method for series in day.series if series.role == "power"), None)


def _peak_power_kw(day: PlantDay) -> KpiValue:
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


def _data_completeness(day: PlantDay) -> KpiValue:
    share = day.energy.data_completeness
    if share is None:
        return _null(_energy_reason(day) or "no_data")
    return _known(share, share * day.energy.hours_in_day, day.energy.hours_in_day, share, day.energy.method)


def _daylight_completeness(day: PlantDay) -> KpiValue:
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


def _self_consumption(day: PlantDay) -> KpiValue:
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


def _self_sufficiency(day: PlantDay) -> KpiValue:
    consumption = _self_consumption(day)
    if consumption.null_reason is not None:
        return _null(consumption.null_reason)
    if day.energy.imported_kwh is None:
        return _null("no_data" if day.has_import_sensor else "not_applicable")
    used_kwh = cast(float, consumption.numerator)
    load_kwh = used_kwh + day.energy.imported_kwh
    if load_kwh <= 0:
        return replace(_null("not_applicable"), numerator=used_kwh, denominator=load_kwh)
    return _known(used_kwh / load_kwh, used_kwh, load_kwh, day.energy.coverage, day.energy.method)


_RULES: dict[str, Callable[[PlantDay], KpiValue]] = {
    "energy_kwh": _energy_kwh,
    "specific_yield": _specific_yield,
    "yield_ac": _yield_ac,
    "reference_yield": lambda day: _irradiation(day, "irradiance_poa"),
    "ref_yield_ghi": lambda day: _irradiation(day, "irradiance_ghi"),
    "performance_ratio": _performance_ratio,
    "capacity_factor": _capacity_factor,
    "full_load_hours": _per_ac_capacity,
    "peak_power_kw": _peak_power_kw,
    "data_completeness": _data_completeness,
    "daylight_completeness": _daylight_completeness,
    "self_consumption": _self_consumption,
    "self_sufficiency": _self_sufficiency,
}
