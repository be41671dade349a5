"""Figures that no plant of the stated capacity gives: a unit taken for another, or a wrong capacity.

What belongs here: what one method says of a plant held against its capacity, or against the days before. What does
not: single readings (limits.py), methods held against each other (candidates.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from plant_pipeline.energy.judging.limits import OUT_OF_COURSE, RATING_TOLERANCE
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.measuring.registers import USUAL_DAYS, Usual
from plant_pipeline.energy.methods.candidates import CALM_SHARE, Candidate
from plant_pipeline.energy.series.daylight import BRIGHT_S
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.sensors import PRODUCTION, TYPES

UNIT_FACTOR: Final = 1000.0
"""Between Wh, kWh and MWh."""

HIGHEST_SHARE: Final = 1.2
"""Of its capacity a plant reaches no more, so that this share of a thousandth is all that a unit a thousand times too
small leaves of it (our choice)."""

IMPOSSIBLE_SHARE: Final = 10.0
"""Of its capacity: no rating in a registry is as wrong as that by a typing error or an extension (our choice)."""

NOTABLE_SHARE: Final = 0.01
"""Of its capacity: from it on up to the capacity a power is far from all that is implausible (our choice)."""

UNHEARD_OF: Final = 5.0
"""Times what a plant of unknown capacity reached on the days before: no weather makes as much (our choice)."""


def held_against_capacity(
    block: Block,
    plant: PlantDay,
    candidates: Sequence[Candidate],
    measured: Sequence[Measured],
    usual: Mapping[int, Usual],
) -> tuple[list[Candidate], list[str]]:
    """The candidates, those doubtful whose power no such plant reaches, and why; another method is no witness of it."""
    sun = block.suns.get(plant.plant_id)
    has_sun = plant.technology == "solar" and sun is not None and sun.seconds > BRIGHT_S
    calm_kwh = CALM_SHARE * (plant.capacity_kw or np.inf) * plant.hours
    found, findings = [], []
    for candidate in candidates:
        used = [record for record in measured if record.series.sensor_id in candidate.sensor_ids]
        shown_w = {record.series.sensor_id: highest_hour_w(block, plant.capacity_kw, record) for record in used}
        is_calm = (candidate.produced_kwh or 0.0) <= calm_kwh
        text = implausible(shown_w, plant.capacity_kw, usual, has_sun=has_sun, is_calm=is_calm)
        found.append(candidate if text is None else replace(candidate, is_doubtful=True))
        findings += [text] if text else []
    return found, findings


def highest_hour_w(block: Block, rating_kw: float | None, one: Measured) -> float:
    """The highest power of a series, of a register that seems to exceed a rating over an hour.

    What a register makes up for after it stood still was counted all the time since it moved before.
    """
    highest_w = one.highest_w or 0.0
    if one.series.kind != "register" or highest_w <= 1000 * (rating_kw or np.inf):
        return highest_w
    own = block.segments.at(np.array([one.place]))
    moves = own.from_w > 0
    at_s = np.append(own.from_s[:1], own.to_s[moves])
    counted_wh = np.append(0.0, np.cumsum(own.energy_wh[moves]))
    hours_s = np.arange(one.start_s, one.end_s + 1, 3600.0)
    return float(np.diff(np.interp(hours_s, at_s, counted_wh)).max(initial=0.0))


def above_ratings(block: Block, plant: PlantDay, used: Sequence[Measured]) -> tuple[list[str], list[str]]:
    """In words, which series show more than the plant can give, and which of the others than their own device can.

    The energy stands, as what runs steadily above a rating has a wrong one.
    """
    above, above_own = [], []
    for one in used:
        reaches = (
            f"{one.series.equipment_name} (sensor {one.series.sensor_id}) reaches {(one.highest_w or 0) / 1000:.0f} kW"
        )
        if _is_above(block, plant.capacity_kw, one):
            above.append(
                f"{reaches}, more than the plant's capacity: correct the capacity (plant-pipeline registry set) or the "
                "sensor's unit"
            )
        elif one.series.equipment_type in TYPES and _is_above(block, one.series.rating_kw, one):
            above_own.append(
                f"{reaches}, but is stated to give {one.series.rating_kw:g} kW at most: correct its rating, or the "
                "sensor's unit, at the source"
            )
    return above, above_own


def _is_above(block: Block, rating_kw: float | None, one: Measured) -> bool:
    """Whether a series shows more than it can give, a register over an hour as it may move in coarse steps."""
    if rating_kw is None or one.series.quantity not in PRODUCTION:
        return False
    return highest_hour_w(block, rating_kw, one) > RATING_TOLERANCE * rating_kw * 1000


def implausible(
    shown_w: Mapping[int, float], capacity_kw: float | None, usual: Mapping[int, Usual], *, has_sun: bool, is_calm: bool
) -> str | None:
    """In words, why the highest powers of the day, by sensor that makes up an energy, cannot be; None: they can.

    `usual` are those of the days before. `has_sun`: the plant gives something on every day. Others have calm days, on
    which they give next to nothing (`is_calm`); only days on end of that speak against them.
    """
    highest_w = sum(shown_w.values())
    capacity_w = 1000 * (capacity_kw or 0.0)
    known = [usual[sensor_id] for sensor_id in shown_w if sensor_id in usual]
    before_w = sum(own.highest_w for own in known if own.days >= USUAL_DAYS)
    kept_w = sum(own.kept_w for own in known) if len(known) == len(shown_w) else 0.0
    if highest_w <= 0:
        return None
    if capacity_w and highest_w > IMPOSSIBLE_SHARE * capacity_w:
        return _says(highest_w, "more than ten times the plant's capacity")
    is_odd = has_sun or (before_w > 0 and (not is_calm or _is_faint(before_w, capacity_w)))
    if capacity_w and is_odd and _is_faint(highest_w, capacity_w):
        return _says(highest_w, "about a thousandth of the plant's capacity at best")
    is_unheard = len(known) < len(shown_w) or any(own.days < USUAL_DAYS for own in known)
    if capacity_w and is_unheard and highest_w > RATING_TOLERANCE * capacity_w:
        return _says(highest_w, "more than the plant's capacity, and too few days before tell that it can be")
    if kept_w and highest_w > (OUT_OF_COURSE if capacity_w else UNHEARD_OF) * kept_w:
        if not capacity_w:
            return _says(highest_w, f"more than {UNHEARD_OF:.0f} times what it reached on the days before")
        if highest_w > RATING_TOLERANCE * capacity_w:
            return _says(highest_w, "more than the plant's capacity, and than it ever reached on the days before")
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
