"""Powers as attributes and device models state them, in text or as numbers.

What belongs here: reading one value, and what no plant can have. What does not: which of them is a plant's capacity
(`facts`).
"""

from collections.abc import Mapping
from typing import Any, Final

from plant_pipeline.units import quantity_in

MOST_KW: Final = 1e8
"""100 GW: more than four times the largest power station there is."""


def power_in_kw(value: Any, unit_if_unstated: str | None) -> float | None:
    """A power as number or text; None where neither says the unit."""
    if isinstance(value, str):
        is_bare = value.strip().replace(".", "", 1).isdecimal()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        is_bare = True
    else:
        return None
    return quantity_in(f"{str(value).strip()} {unit_if_unstated or ''}" if is_bare else value, "kW")


def has_possible_capacity(attributes: Any) -> bool:
    """Whether attributes state no capacity that no plant has; that they state none is possible."""
    stated = power_in_kw(attributes.get("capacity_in_mw"), "MW") if isinstance(attributes, Mapping) else None
    return stated is None or abs(stated) <= MOST_KW


def has_possible_power(flex_model: Any) -> bool:
    """Whether a device model states no power that no plant has."""
    stated = power_in_kw(flex_model.get("power-capacity"), None) if isinstance(flex_model, Mapping) else None
    return stated is None or abs(stated) <= MOST_KW
