"""Units at the border: every reading becomes W, Wh, V, A, W/m² or °C before it is stored.

What belongs here: names of units and factors between them. What does not: what a sensor measures (registry.classify).
"""

import re
from functools import lru_cache

import pint

CANONICAL_UNITS = ("W", "Wh", "V", "A", "W/m²", "°C", "m/s", "%")

_SPELLINGS = {
    "w": "W",
    "kw": "kW",
    "KW": "kW",
    "Kw": "kW",
    "Wp": "W",
    "kWp": "kW",
    "MWp": "MW",
    "wh": "Wh",
    "kwh": "kWh",
    "KWh": "kWh",
    "KWH": "kWh",
    "MWH": "MWh",
    "v": "V",
    "a": "A",
    "W/m2": "W/m²",
    "w/m2": "W/m²",
    "W/m^2": "W/m²",
    "kW/m2": "kW/m²",
    "kW/m^2": "kW/m²",
    "C": "°C",
    "℃": "°C",
    "degC": "°C",
    "deg C": "°C",
    "Celsius": "°C",
    "degree Celsius": "°C",
    "degrees Celsius": "°C",
    "K": "kelvin",
    "F": "°F",
    "pct": "%",
}
# Letters, and products, quotients and one-digit powers of them: pint would evaluate whatever expression it is given.
_LIKE_A_UNIT = re.compile(r"%|[^\W\d_°]*°?[^\W\d_]+(?:[ /*·]?[^\W\d_]+|\^?[-−]?\d|[²³])*")
# What pint raises for text that is no unit, its tokenizer's errors among them.
_UNREADABLE = (pint.errors.PintError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError)
# Other units of the same dimension are other quantities: torque (N·m) is no energy, V·A no active power.
_PLAIN_NAMES = frozenset(
    {
        *("watt", "watt_hour", "joule", "volt", "ampere", "meter", "second", "minute", "hour", "percent"),
        *("degree_Celsius", "degree_Fahrenheit", "kelvin"),
    }
)


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
    if not _LIKE_A_UNIT.fullmatch(spelled):
        return None
    try:
        parsed = registry.Unit(spelled)
    except _UNREADABLE:
        return None
    names = {registry.parse_unit_name(name)[0][1] for name in parsed._units}
    if not names <= _PLAIN_NAMES or {"volt", "ampere"} <= names or (parsed.dimensionless and spelled != "%"):
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
    except _UNREADABLE:
        return None
