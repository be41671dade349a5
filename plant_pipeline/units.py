"""Units at the border: every reading becomes W, Wh, V, A, W/m², °C, m/s or % before it is stored.

What belongs here: names of units and factors between them. What does not: what a sensor measures (registry.classify).
"""

import math
import re
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
    "percent": "%",
    "kWp": "kW",
    "MWp": "MW",
    "Wp": "W",
}
# A few names with small exponents: the parser behind this would calculate any expression, `9**9**9` as well.
_NAME = r"°?[^\W\d_]+(?:_[^\W\d_]+)*(?:[²³]|(?:\^|\*\*)?-?[1-9])?"
_UNIT = re.compile(rf"{_NAME}(?: ?[/*· ] ?{_NAME}){{0,3}}")
_QUANTITY = re.compile(r"([+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?) ?(\D.{0,40})", re.ASCII)
# The same dimension as W or Wh, another quantity: apparent power, torque.
_NEITHER_POWER_NOR_ENERGY = ("volt", "newton", "delta")


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[float]":
    return pint.UnitRegistry()


@lru_cache(maxsize=1024)
def conversion(unit: str) -> tuple[str, float, float] | None:
    """Canonical unit, factor and offset with `canonical = value * factor + offset`; None for any other quantity.

    `unit` is text as an API writes it, such as `kW`, `MWh`, `kW/m²`, `°F`. Apparent and reactive power (kVA, kvar) are
    no power in W.
    """
    spelled = _SPELLINGS.get(unit.strip(), unit.strip())
    if spelled == "%":
        return "%", 1.0, 0.0
    parsed = _parsed(spelled)
    if parsed is None or parsed.dimensionless:
        return None
    registry = _registry()
    for canonical in CANONICAL_UNITS:
        target = registry.Unit(canonical)
        if parsed.dimensionality != target.dimensionality:
            continue
        if canonical in ("W", "Wh", "°C") and any(word in str(parsed) for word in _NEITHER_POWER_NOR_ENERGY):
            return None
        offset = float(registry.Quantity(0.0, parsed).to(target).magnitude)
        factor = float(registry.Quantity(1.0, parsed).to(target).magnitude) - offset
        return canonical, float(f"{factor:.12g}"), round(offset, 9)
    return None


def _parsed(spelled: str) -> "pint.Unit | None":
    if not _UNIT.fullmatch(spelled):
        return None
    try:
        return _registry().Unit(spelled)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, AssertionError):
        return None


def quantity_in(text: str, unit: str) -> float | None:
    """The number of `unit` in a quantity written as text (`"25 kW"`); None if it is no such quantity."""
    match = _QUANTITY.fullmatch(text.strip())
    stated, wanted = conversion(match[2]) if match else None, conversion(unit)
    if match is None or stated is None or wanted is None or stated[0] != wanted[0]:
        return None
    canonical = float(match[1]) * stated[1] + stated[2]
    value = (canonical - wanted[2]) / wanted[1]
    return value if math.isfinite(value) else None
