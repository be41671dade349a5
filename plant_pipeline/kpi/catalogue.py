"""The catalogue of KPIs: one record each, with what it is called, means, needs and counts in, and the rule it follows.

What belongs here: names, units, formulas in words, inputs. What does not: how a rule computes (rules.py), SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from plant_pipeline.kpi import rules
from plant_pipeline.kpi.inputs import DayInputs
from plant_pipeline.kpi.rules import KpiValue


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of a plant and day: `unit` `1` is a fraction; `source` is the standard or custom it follows.

    `rule` computes it; `inputs` (names in `DayInputs` and its parts) and `roles` (of its series) are what it depends
    on, as `explain` shows them. A changed formula gets a higher `formula_version`, stored beside every value.
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
    formula_version: int = 1


_IEC_61724 = "IEC 61724-1"
_OURS = "this project"
_ENERGY = ("produced_kwh", "energy_method", "energy_coverage")
_POA = ("poa_wh_per_m2", "poa_h", "sun_h")
_NEEDS_ENERGY = "the day's energy is known"

CATALOGUE: Final[dict[str, Kpi]] = {
    kpi.name: kpi
    for kpi in (
        Kpi(
            "energy_kwh",
            "energy",
            "kWh",
            "energy produced on the plant-local day, gross of what the plant draws, by the method energy chose",
            _NEEDS_ENERGY,
            _IEC_61724,
            rules.energy_kwh,
            (*_ENERGY, "hours_in_day"),
        ),
        Kpi(
            "specific_yield",
            "specific yield",
            "kWh/kWp",
            "energy / DC capacity at standard test conditions",
            f"photovoltaic; {_NEEDS_ENERGY}; DC capacity known",
            f"{_IEC_61724} (final yield)",
            rules.specific_yield,
            ("technology", *_ENERGY, "capacity_dc_kw"),
        ),
        Kpi(
            "yield_ac",
            "yield per AC capacity",
            "kWh/kW",
            "energy / nominal AC capacity",
            f"photovoltaic; {_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day",
            _OURS,
            rules.yield_ac,
            ("technology", *_ENERGY, "capacity_ac_kw"),
        ),
        Kpi(
            "reference_yield",
            "reference yield",
            "h",
            "plane-of-array irradiation / 1000 W/m²; the mean of the sensors that are valid at the time",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            _IEC_61724,
            partial(rules.irradiation_over, role="irradiance_poa"),
            ("technology", *_POA),
            roles=("irradiance_poa",),
        ),
        Kpi(
            "ref_yield_ghi",
            "horizontal reference yield",
            "h",
            "horizontal irradiation / 1000 W/m²; the mean of the sensors that are valid at the time",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            f"{_IEC_61724}, on the horizontal",
            partial(rules.irradiation_over, role="irradiance_ghi"),
            ("technology", "ghi_wh_per_m2", "ghi_h", "sun_h"),
            roles=("irradiance_ghi",),
        ),
        Kpi(
            "performance_ratio",
            "performance ratio",
            "1",
            "energy / (DC capacity × plane-of-array irradiation / 1000 W/m²), both over the same intervals; "
            "a total of the whole day counts as such only if irradiance covers 0.99 of daylight",
            f"photovoltaic; {_NEEDS_ENERGY}; DC capacity known; reference yield at least 0.5 h; common intervals at "
            "least a third of daylight; at most 1.2",
            _IEC_61724,
            rules.performance_ratio,
            ("technology", *_ENERGY, "capacity_dc_kw", *_POA, "paired_kwh", "paired_wh_per_m2", "paired_h"),
            roles=("power", "irradiance_poa"),
        ),
        Kpi(
            "capacity_factor",
            "capacity factor",
            "1",
            "energy / (nominal AC capacity × real hours of the day)",
            f"{_NEEDS_ENERGY}; AC capacity known; at most 1.05",
            "common use",
            rules.capacity_factor,
            (*_ENERGY, "capacity_ac_kw", "hours_in_day"),
        ),
        Kpi(
            "full_load_hours",
            "full-load hours",
            "h",
            "energy / nominal AC capacity",
            f"{_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day",
            "common use",
            rules.per_ac_capacity,
            (*_ENERGY, "capacity_ac_kw"),
        ),
        Kpi(
            "peak_power_kw",
            "peak power",
            "kW",
            "highest mean power of a quarter of an hour: of the main meter's power, else its interval energy, else "
            "its register read at least every 15 minutes, else the sum of the inverters",
            f"{_NEEDS_ENERGY}; a series at least every 15 minutes; a quarter of an hour counts only if complete",
            _OURS,
            rules.peak_power_kw,
            ("energy_method", "power_h", "sun_h"),
            roles=("power",),
        ),
        Kpi(
            "data_completeness",
            "data completeness",
            "1",
            "time with valid readings of the series energy was computed from / real length of the day",
            "a series exists",
            "pvanalytics, related to the real length of the day",
            rules.data_completeness,
            ("energy_method", "data_completeness", "hours_in_day"),
        ),
        Kpi(
            "daylight_completeness",
            "daylight completeness",
            "1",
            "the same over the time the sun stands above the horizon",
            "photovoltaic; coordinates known; a series exists",
            "pvanalytics, related to daylight",
            rules.daylight_completeness,
            ("technology", "energy_method", "daylight_completeness", "sun_h"),
        ),
        Kpi(
            "self_consumption",
            "self-consumption",
            "1",
            "(energy - export) / energy",
            f"{_NEEDS_ENERGY} and positive; export measured; export at most 1 % above energy; not for a gateway "
            "that says it has no load where no import meter exists",
            "common use",
            rules.self_consumption,
            ("produced_kwh", "exported_kwh", "imported_kwh", "has_load", "has_import_sensor"),
        ),
        Kpi(
            "self_sufficiency",
            "self-sufficiency",
            "1",
            "(energy - export) / (energy - export + import)",
            "as self_consumption; import measured; the load is positive",
            "common use",
            rules.self_sufficiency,
            ("produced_kwh", "exported_kwh", "imported_kwh", "has_load", "has_import_sensor"),
        ),
    )
}


def evaluate(day: DayInputs) -> list[KpiValue]:
    """Every KPI of the catalogue for one plant and day, in the catalogue's order."""
    return [replace(kpi.rule(day), kpi=name) for name, kpi in CATALOGUE.items()]
