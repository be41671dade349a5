"""Numbers and words as people read them.

What belongs here: how a figure, a unit or a reason is written. What does not: layout, choosing figures.
"""

from collections.abc import Mapping

from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS

UNKNOWN = "–"
_OTHER_TEXTS: Mapping[str, str] = {
    "no_sensors": "no sensor that measures its energy is known",
    "not_computed": "this date has not been computed for it",
    "provisional": "known, but it may still change",
    "partly_measured": "final, though a part of the day was not measured",
}
_UNITS = ((10_000_000, 1_000_000, "GWh"), (10_000, 1000, "MWh"))


def number_text(value: float | None, decimals: int = 0) -> str:
    """With thousands separators; a dash for unknown, a plain 0 for zero."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def percent(share: float | None, decimals: int = 1) -> str:
    """A share in percent, without rounding an incomplete one up to 100."""
    if not share:
        return UNKNOWN if share is None else "0"
    text = f"{100 * share:,.{decimals}f}"
    if share < 1 and text == f"{100:.{decimals}f}":
        text = f"{100 - 10**-decimals:.{decimals}f}"
    return text


def energy(value_kwh: float | None) -> str:
    """Energy with the unit that keeps the number short."""
    if value_kwh is None:
        return UNKNOWN
    for least, size, unit in _UNITS:
        if abs(value_kwh) >= least:
            return f"{number_text(value_kwh / size, 1)} {unit}"
    return f"{number_text(value_kwh, 1)} kWh"


def power(value_kw: float | None) -> str:
    """Power, or a capacity, with the unit that keeps the number short."""
    if value_kw is None:
        return UNKNOWN
    return f"{number_text(value_kw, 0)} kW" if abs(value_kw) < 1000 else f"{number_text(value_kw / 1000, 1)} MW"


def reason_text(reason: str | None) -> str:
    """A null reason, or a cause of a gap, in words."""
    return NULL_REASON_TEXTS.get(reason or "") or _OTHER_TEXTS.get(reason or "") or words(reason or "")


def words(name: str) -> str:
    """A name of ours as words."""
    return name.replace("_", " ")
