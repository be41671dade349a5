"""Why a figure may be unknown: the closed list of reasons, and each in words.

What belongs here: the list, the same for energy and KPIs. What does not: deciding which one holds.
"""

from collections.abc import Mapping
from typing import Final, Literal

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
    "identity_in_doubt",
    "not_applicable",
]
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
    "identity_in_doubt": "it is not certain which plant the readings belong to",
    "not_applicable": "it does not apply to this plant",
}
