"""The catalogue of KPIs as data: what each is called, means, needs and counts in, and why one may be unknown.

What belongs here: names, units, formulas in words, thresholds. What does not: computing anything (evaluation.py), SQL.
A changed formula gets a higher `formula_version`, which is stored beside every value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

NullReason = Literal[
    "no_timezone",
    "no_capacity",
    "no_irradiance",
    "no_temperature",
    "no_forecast",
    "low_completeness",
    "no_data",
    "source_failed",
    "no_location",
    "missing_parameter",
    "meter_unexplained",
    "inconsistent_inputs",
    "night_only",
    "source_day_not_local",
    "not_applicable",
]
NULL_REASONS: Final[tuple[NullReason, ...]] = get_args(NullReason)

NULL_REASON_TEXTS: Final[Mapping[str, str]] = {
    "no_timezone": "the plant's time zone is not known, so neither is its day",
    "no_capacity": "the capacity it is related to is not known",
    "no_irradiance": "no irradiance of the kind it needs was measured",
    "no_temperature": "no module or air temperature was measured",
    "no_forecast": "there is no forecast",
    "low_completeness": "too little of the day was measured",
    "no_data": "no readings arrived",
    "source_failed": "the source could not be read",
    "no_location": "the plant's coordinates are not known, so neither is its daylight",
    "missing_parameter": "a property of the plant is not known, such as its technology",
    "meter_unexplained": "the meter fell and nothing explains it",
    "inconsistent_inputs": "the inputs contradict each other; the raw figures are kept",
    "night_only": "there was too little sun to divide by",
    "source_day_not_local": "the source's day is not the plant's day",
    "not_applicable": "it does not apply to this plant",
}

PHOTOVOLTAIC: Final = ("solar", "hybrid")
"""The technologies to which KPIs of photovoltaics apply."""

FULL_COVERAGE: Final = 0.99
"""From it on an energy total of the whole day may be set against the day's irradiation."""

LEAST_REFERENCE_YIELD_H: Final = 0.5
HIGHEST_PERFORMANCE_RATIO: Final = 1.2
NOTABLE_PERFORMANCE_RATIO: Final = 1.0
HIGHEST_CAPACITY_FACTOR: Final = 1.05
EXPORT_TOLERANCE: Final = 0.01

LOWEST_IRRADIANCE_W_PER_M2: Final = -20.0
"""The offset a pyranometer may show at night; readings from here to 0 count as 0, lower ones are invalid."""

HIGHEST_IRRADIANCE_W_PER_M2: Final = 2000.0
"""Above what clouds and reflections can add to the sun; higher readings are invalid."""

STANDARD_IRRADIANCE_W_PER_M2: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of a plant and day: `unit` `1` is a fraction; `source` is the standard or custom it follows."""

    name: str
    title: str
    unit: str
    formula: str
    conditions: str
    source: str
    formula_version: int = 1


_IEC_61724 = "IEC 61724-1"
_OURS = "this project"
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
        ),
        Kpi(
            "specific_yield",
            "specific yield",
            "kWh/kWp",
            "energy / DC capacity at standard test conditions",
            f"photovoltaic; {_NEEDS_ENERGY}; DC capacity known",
            f"{_IEC_61724} (final yield)",
        ),
        Kpi(
            "yield_ac",
            "yield per AC capacity",
            "kWh/kW",
            "energy / nominal AC capacity",
            f"photovoltaic; {_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day",
            _OURS,
        ),
        Kpi(
            "reference_yield",
            "reference yield",
            "h",
            "plane-of-array irradiation / 1000 W/m²; the mean of the sensors that are valid at the time",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            _IEC_61724,
        ),
        Kpi(
            "ref_yield_ghi",
            "horizontal reference yield",
            "h",
            "horizontal irradiation / 1000 W/m²; the mean of the sensors that are valid at the time",
            "photovoltaic; valid for at least a third of daylight (of the day, where the place is unknown)",
            f"{_IEC_61724}, on the horizontal",
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
        ),
        Kpi(
            "capacity_factor",
            "capacity factor",
            "1",
            "energy / (nominal AC capacity × real hours of the day)",
            f"{_NEEDS_ENERGY}; AC capacity known; at most 1.05",
            "common use",
        ),
        Kpi(
            "full_load_hours",
            "full-load hours",
            "h",
            "energy / nominal AC capacity",
            f"{_NEEDS_ENERGY}; AC capacity known; at most 1.05 × the length of the day",
            "common use",
        ),
        Kpi(
            "peak_power_kw",
            "peak power",
            "kW",
            "highest mean power of a quarter of an hour: of the main meter's power, else its interval energy, else "
            "its register read at least every 15 minutes, else the sum of the inverters",
            f"{_NEEDS_ENERGY}; a series at least every 15 minutes; a quarter of an hour counts only if complete",
            _OURS,
        ),
        Kpi(
            "data_completeness",
            "data completeness",
            "1",
            "time with valid readings of the series energy was computed from / real length of the day",
            "a series exists",
            "pvanalytics, related to the real length of the day",
        ),
        Kpi(
            "daylight_completeness",
            "daylight completeness",
            "1",
            "the same over the time the sun stands above the horizon",
            "photovoltaic; coordinates known; a series exists",
            "pvanalytics, related to daylight",
        ),
        Kpi(
            "self_consumption",
            "self-consumption",
            "1",
            "(energy - export) / energy",
            f"{_NEEDS_ENERGY} and positive; export measured; export at most 1 % above energy; not for a gateway "
            "that says it has no load where no import meter exists",
            "common use",
        ),
        Kpi(
            "self_sufficiency",
            "self-sufficiency",
            "1",
            "(energy - export) / (energy - export + import)",
            "as self_consumption; import measured; the load is positive",
            "common use",
        ),
    )
}
