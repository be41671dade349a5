"""Units at the border: every reading becomes W, Wh, V, A, W/m² or °C before it is stored.

What belongs here: names of units and factors between them. What does not: what a sensor measures (registry.classify).
"""

from functools import lru_cache

import pint

CANONICAL_UNITS = ("W", "Wh", "V", "A", "W/m²", "°C", "m/s", "%")

_SPELLINGS = {
    "W/m2": "W/m²",
    "W/m^2": "W/m²",
    "kW/m2": "kW/m²",
    "kW/m^2": "kW/m²",
    "C": "°C",
    "degC": "°C",
    "Celsius": "°C",
    "K": "kelvin",
    "F": "°F",
    "pct": "%",
    "kWp": "kW",
    "MWp": "MW",
    "Wp": "W",
}


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[float]":
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=1024)
def conversion(unit: str) -> tuple[str, float, float] | None:
    """Canonical unit, factor and offset with `canonical = value * factor + offset`; None for any other quantity.

    `unit` is text as an API writes it, such as `kW`, `MWh`, `kW/m²`, `°F`.
    """
    spelled = _SPELLINGS.get(unit.strip(), unit.strip())
    registry = _registry()
    try:
        parsed = registry.Unit(spelled)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, AssertionError):
        return None
    is_apparent_power = "volt_ampere" in str(parsed)  # the same dimension as W, another quantity
    if is_apparent_power or (parsed.dimensionless and spelled != "%"):
        return None
    for canonical in CANONICAL_UNITS:
        target = registry.Unit(canonical)
        if parsed.dimensionality != target.dimensionality or (canonical == "%") != (spelled == "%"):
            continue
        offset = float(registry.Quantity(0.0, parsed).to(target).magnitude)
        factor = float(registry.Quantity(1.0, parsed).to(target).magnitude) - offset
        return canonical, float(f"{factor:.12g}"), round(offset, 9)
    return None


def quantity_in(text: str, unit: str) -> float | None:
    """The number of `unit` in a quantity written as text (`"25 kW"`); None if it is no such quantity."""
    try:
        return float(_registry().Quantity(text).to(unit).magnitude)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, AssertionError):
        return None
