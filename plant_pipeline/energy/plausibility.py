"""Figures that no plant of the stated capacity gives: a unit taken for another, or a wrong capacity.

What belongs here: what one method says of a plant held against its capacity, or against the days before. What does
not: single readings (limits.py), methods held against each other (candidates.py).
"""

from collections.abc import Mapping
from typing import Final

from plant_pipeline.energy.registers import Usual

UNIT_FACTOR: Final = 1000.0
"""Between Wh, kWh and MWh."""

HIGHEST_SHARE: Final = 1.2
"""Of its capacity a plant reaches no more, so that this share of a thousandth is all that a unit a thousand times too
small leaves of it (our choice)."""

IMPOSSIBLE_SHARE: Final = 10.0
"""Of its capacity: no rating in a registry is as wrong as that by a typing error or an extension (our choice)."""

NOTABLE_SHARE: Final = 0.01
"""Of its capacity: from it on up to the capacity a power is far from all that is implausible (our choice)."""

USUAL_DAYS: Final = 5
"""From so many days on the highest power of the days before tells what a plant gives (our choice)."""


def implausible(
    shown_w: Mapping[int, float], capacity_kw: float | None, usual: Mapping[int, Usual], *, has_sun: bool
) -> str | None:
    """In words, why the highest powers of the day, by sensor that makes up an energy, cannot be; None: they can.

    `usual` are those of the days before. `has_sun`: the plant gives something on every day. Others have calm days, and
    only days on end without anything else speak against them.
    """
    highest_w = sum(shown_w.values())
    capacity_w = 1000 * (capacity_kw or 0.0)
    known = [usual[sensor_id] for sensor_id in shown_w if sensor_id in usual]
    before_w = sum(own.highest_w for own in known if own.days >= USUAL_DAYS)
    if highest_w <= 0:
        return None
    if capacity_w and highest_w > IMPOSSIBLE_SHARE * capacity_w:
        return _says(highest_w, "more than ten times the plant's capacity")
    if capacity_w and _is_faint(highest_w, capacity_w) and (has_sun or (before_w and _is_faint(before_w, capacity_w))):
        return _says(highest_w, "about a thousandth of the plant's capacity at best")
    if has_sun and not capacity_w and before_w and _is_faint(highest_w, before_w):
        return _says(highest_w, "about a thousandth of what it reached on the days before")
    return None


def _is_faint(highest_w: float, reference_w: float) -> bool:
    return highest_w <= HIGHEST_SHARE * reference_w / UNIT_FACTOR


def _says(highest_w: float, than: str) -> str:
    return (
        f"the highest power of the day is {highest_w / 1000:.3f} kW, {than}: not final; correct the unit of the sensor "
        "at the source, or the capacity (plant-pipeline registry set)"
    )
