"""The catalogue of KPIs: one record each, with what it is called, means, needs and counts in, and the rule it follows.

What belongs here: names, units, formulas in words, inputs. What does not: how a rule computes (rules.py), SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from plant_pipeline.kpi import forecast_rules, rules
from plant_pipeline.kpi.inputs import DayInputs
from plant_pipeline.kpi.rules import KpiValue

Combination = Literal["sum", "ratio", "root", "skill", "completeness"]
"""How a group's figure follows from its plants': the sum of values, or the sum of numerators over that of denominators,
as it is, its root, or what the root lacks to 1. Of completeness days that are not final count as well."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of a plant and day: `unit` `1` is a fraction; `source` is the standard or custom it follows.

    `rule` computes it; `inputs` (names in `DayInputs` and its parts) and `roles` (of its sensors) are what it depends
    on, as `explain` shows them. `combination` None: it says nothing of a group of plants. A changed formula gets a
    higher `formula_version`, stored beside every value.
    """

    name: str
    title: str
    unit: str
    formula: str
    conditions: str
    source: str
    rule: Callable[[DayInputs], KpiValue]
    inputs: tuple[str, ...]
    roles: tuple[str, ...] = ()
    combination: Combination | None = None
    formula_version: int = 1


_IEC_61724 = "IEC 61724-1"
_OURS = "this project"
_ENERGY = ("produced_kwh", "energy_method", "energy_coverage")
_COMPLETE = (*_ENERGY, "data_completeness", "daylight_completeness")
_JUDGED = (*_COMPLETE, "flags")
_PV = ("technology", *_JUDGED, "pv_kwh", "pv_coverage")
_POA = ("poa_wh_per_m2", "poa_h", "poa_sun_h", "sun_h")
_OWN_USE = (*_COMPLETE, "exported_kwh", "imported_kwh", "has_load", "has_import_sensor")
_FORECAST = ("forecast_vintage_utc", "forecast_step_s")
_COMPARED = (*_FORECAST, "forecast_compared_h", "hours_in_day")
_IRRADIANCE = ("irradiance_poa", "irradiance_suspect")
_NEEDS_ENERGY = "the day's energy is known"
_NEEDS_WHOLE = "complete for 0.90 of daylight (of the day, where the place is unknown; by a register that brackets it)"
_NEEDS_DAY = f"{_NEEDS_WHOLE}; not where the energy runs above the capacity"
_NEEDS_RATIO = (
    "DC capacity known; reference yield at least 0.5 h; common intervals at least a third of daylight; at most 1.2; "
    "not where the energy runs above the capacity"
)
_NEEDS_FORECAST = (
    "a forecast stood before the day began; of the coarser steps of forecast and meter, at least quarters of an hour, "
    "those count that were wholly measured and under no announced limit, and they are 0.90 of the day's 24 hours"
)
_ARBITER = "Forecast Arbiter, in the form of 24 hours"

# fmt: off
CATALOGUE: Final[dict[str, Kpi]] = {
    kpi.name: kpi
    for kpi in (
        Kpi(
            "energy_kwh", "energy", "kWh",
            "energy produced on the plant-local day, gross of what the plant draws, by the method energy chose",
            _NEEDS_ENERGY,
            _IEC_61724, rules.energy_kwh, (*_ENERGY, "hours_in_day"), combination="sum",
        ),
        Kpi(
            "specific_yield", "specific yield", "kWh/kWp",
            "energy (of a hybrid: of its photovoltaic devices) / DC capacity at standard test conditions",
            f"photovoltaic; {_NEEDS_ENERGY}; DC capacity known; {_NEEDS_DAY}",
            f"{_IEC_61724} (final yield)", rules.specific_yield, (*_PV, "capacity_dc_kw"), combination="ratio",
            formula_version=2,
        ),
        Kpi(
            "yield_ac", "yield per AC capacity", "kWh/kW",
            "energy (of a hybrid: of its photovoltaic devices) / nominal AC capacity",
            f"photovoltaic; {_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day; {_NEEDS_DAY}",
            _OURS, rules.yield_ac, (*_PV, "capacity_ac_kw"), combination="ratio", formula_version=2,
        ),
        Kpi(
            "reference_yield", "reference yield", "h",
            "plane-of-array irradiation while the sun is up / 1000 W/m²; the mean of the sensors that are valid at the "
            "time, without those that contradict the others",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            _IEC_61724, partial(rules.irradiation_over, role="irradiance_poa"), ("technology", *_POA),
            roles=_IRRADIANCE, formula_version=2,
        ),
        Kpi(
            "ref_yield_ghi", "horizontal reference yield", "h",
            "horizontal irradiation while the sun is up / 1000 W/m²; the mean of the sensors that are valid at the "
            "time, without those that contradict the others",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            f"{_IEC_61724}, on the horizontal", partial(rules.irradiation_over, role="irradiance_ghi"),
            ("technology", "ghi_wh_per_m2", "ghi_h", "ghi_sun_h", "sun_h"),
            roles=("irradiance_ghi", "irradiance_suspect"), formula_version=2,
        ),
        Kpi(
            "performance_ratio", "performance ratio", "1",
            "energy (of a hybrid: of its photovoltaic devices) / (DC capacity × plane-of-array irradiation / 1000 "
            "W/m²), both over the same intervals; a total of the whole day counts as such only if irradiance covers "
            "0.99 of daylight",
            f"photovoltaic; {_NEEDS_ENERGY}; {_NEEDS_RATIO}",
            _IEC_61724, rules.performance_ratio,
            (*_PV, "capacity_dc_kw", *_POA, "paired_kwh", "paired_wh_per_m2", "paired_h", "paired_sun_h"),
            roles=("power", *_IRRADIANCE), combination="ratio", formula_version=2,
        ),
        Kpi(
            "performance_ratio_25c", "performance ratio at 25 °C", "1",
            "energy / Σ (DC capacity × plane-of-array irradiation / 1000 W/m² × (1 + γ (T - 25 °C))) over the "
            "intervals in which energy, irradiance and module temperature T are valid; γ: temperature coefficient of "
            "power",
            f"photovoltaic; {_NEEDS_ENERGY}; module or cell temperature measured; {_NEEDS_RATIO}",
            _IEC_61724, rules.performance_ratio_25c,
            (*_PV, "capacity_dc_kw", "temperature_coefficient_per_k", "warm_kwh", "warm_corrected_wh_per_m2",
             "warm_wh_per_m2", "warm_h", "warm_sun_h", "sun_h"),
            roles=("power", *_IRRADIANCE, "module_temperature"), combination="ratio",
        ),
        Kpi(
            "capacity_factor", "capacity factor", "1",
            "energy / (nominal AC capacity × real hours of the day)",
            f"not storage; {_NEEDS_ENERGY}; AC capacity known; at most 1.05; {_NEEDS_DAY}",
            "common use", rules.capacity_factor, ("technology", *_JUDGED, "capacity_ac_kw", "hours_in_day"),
            combination="ratio", formula_version=2,
        ),
        Kpi(
            "full_load_hours", "full-load hours", "h",
            "energy / nominal AC capacity",
            f"not storage; {_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day; {_NEEDS_DAY}",
            "common use", rules.full_load_hours, ("technology", *_JUDGED, "capacity_ac_kw"), combination="ratio",
            formula_version=2,
        ),
        Kpi(
            "peak_power_kw", "peak power", "kW",
            "highest mean power of a quarter of an hour of the series that give the power",
            f"{_NEEDS_ENERGY}; a series at least every 15 minutes; a quarter of an hour counts only if complete",
            _OURS, rules.peak_power_kw,
            ("energy_method", "power_method", "power_step_s", "peak_power_kw", "power_h", "power_sun_h", "sun_h"),
            roles=("power",), formula_version=2,
        ),
        Kpi(
            "data_completeness", "data completeness", "1",
            "time with valid readings of the series energy was computed from / real length of the day",
            "a series exists",
            "pvanalytics, related to the real length of the day", rules.data_completeness,
            ("energy_method", "data_completeness", "hours_in_day"), combination="completeness",
        ),
        Kpi(
            "daylight_completeness", "daylight completeness", "1",
            "the same over the time the sun stands above the horizon",
            "photovoltaic; coordinates known; a series exists",
            "pvanalytics, related to daylight", rules.daylight_completeness,
            ("technology", "energy_method", "daylight_completeness", "sun_h"), combination="completeness",
        ),
        Kpi(
            "communication_availability", "communication availability", "1",
            "time in which a source was in touch with the plant / time for which it told so or not; a sample stands "
            "until the next one, for half an hour at most; says nothing of what the plant could give",
            "a source tells, for at least a third of the day",
            _OURS, rules.communication_availability, ("sampled_h", "connected_h", "hours_in_day"),
            combination="completeness",
        ),
        Kpi(
            "self_consumption", "self-consumption", "1",
            "(energy - export) / energy",
            f"{_NEEDS_ENERGY} and positive; export measured; {_NEEDS_WHOLE}; export at most 1 % above energy; not for "
            "a gateway that says it has no load where no import meter exists",
            "common use", rules.self_consumption, _OWN_USE, combination="ratio", formula_version=2,
        ),
        Kpi(
            "self_sufficiency", "self-sufficiency", "1",
            "(energy - export) / (energy - export + import)",
            "as self_consumption; import measured; the load is positive",
            "common use", rules.self_sufficiency, _OWN_USE, combination="ratio", formula_version=2,
        ),
        Kpi(
            "forecast_energy_kwh", "forecast energy", "kWh",
            "energy forecast for the plant-local day by the values that stood when it began",
            "a forecast stood before the day began, for 0.99 of the day",
            _OURS, forecast_rules.forecast_energy_kwh,
            (*_FORECAST, "forecast_energy_kwh", "forecast_hours", "hours_in_day"), combination="sum",
        ),
        Kpi(
            "forecast_daily_error", "daily forecast error", "1",
            "|forecast energy - energy| / (nominal AC capacity × real hours of the day)",
            f"forecast energy known; {_NEEDS_ENERGY}; AC capacity known; {_NEEDS_DAY}",
            _OURS, forecast_rules.forecast_daily_error,
            (*_FORECAST, "forecast_energy_kwh", *_JUDGED, "capacity_ac_kw", "hours_in_day"), combination="ratio",
        ),
        Kpi(
            "forecast_nmae", "normalized mean absolute forecast error", "1",
            "Σ |forecast - energy| of the forecast's periods / (nominal AC capacity × their hours)",
            f"{_NEEDS_FORECAST}; AC capacity known",
            _ARBITER, forecast_rules.forecast_nmae, (*_COMPARED, "forecast_absolute_error_kwh", "capacity_ac_kw"),
            roles=("power",), combination="ratio", formula_version=2,
        ),
        Kpi(
            "forecast_nrmse", "normalized root mean square forecast error", "1",
            "√ (Σ (forecast - energy)² / hours of the period / (nominal AC capacity² × hours of all periods))",
            f"{_NEEDS_FORECAST}; AC capacity known",
            _ARBITER, forecast_rules.forecast_nrmse, (*_COMPARED, "forecast_squared_error_kw2h", "capacity_ac_kw"),
            roles=("power",), combination="root", formula_version=2,
        ),
        Kpi(
            "forecast_nmbe", "normalized mean forecast error", "1",
            "Σ (forecast - energy) of the forecast's periods / (nominal AC capacity × their hours)",
            f"{_NEEDS_FORECAST}; AC capacity known; positive: too much was forecast",
            _ARBITER, forecast_rules.forecast_nmbe, (*_COMPARED, "forecast_error_kwh", "capacity_ac_kw"),
            roles=("power",), combination="ratio", formula_version=2,
        ),
        Kpi(
            "forecast_wape", "weighted absolute percentage forecast error", "1",
            "Σ |forecast - energy| / Σ energy of the forecast's periods",
            f"{_NEEDS_FORECAST}; their energy is positive",
            "FlexMeasures", forecast_rules.forecast_wape,
            (*_COMPARED, "forecast_absolute_error_kwh", "forecast_observed_kwh"), roles=("power",), combination="ratio",
            formula_version=2,
        ),
        Kpi(
            "forecast_skill", "forecast skill", "1",
            "1 - √ (Σ (forecast - energy)² / Σ (energy of 24 hours earlier - energy)²) over the forecast's periods; "
            "numerator and denominator are those below the root",
            f"{_NEEDS_FORECAST}, as were the same ones 24 hours earlier, with the sun in the same place",
            "common use; against 24 h persistence, sun-paired", forecast_rules.forecast_skill,
            (*_FORECAST, "forecast_paired_h", "hours_in_day", "forecast_paired_squared_error_kw2h",
             "forecast_persistence_squared_error_kw2h"),
            roles=("power",), combination="skill", formula_version=2,
        ),
    )
}
# fmt: on


def evaluate(day: DayInputs) -> list[KpiValue]:
    """Every KPI of the catalogue for one plant and day, in the catalogue's order."""
    return [KpiValue(name, *kpi.rule(day)[1:]) for name, kpi in CATALOGUE.items()]
