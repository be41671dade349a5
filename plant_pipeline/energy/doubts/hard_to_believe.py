"""Series that nothing contradicts and that are hard to believe all the same: at a standstill, or running backwards.

What belongs here: what is odd about one series of one day, in words. What does not: methods held against each other
(candidates.py), units and ratings (plausibility.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.energy.day.learning import CLEARLY
from plant_pipeline.energy.doubts.jumps import Jump, is_of_plant, jumps_of
from plant_pipeline.energy.doubts.levels import LevelChange, level_changes
from plant_pipeline.energy.judging.limits import HIGHEST_DRAW
from plant_pipeline.energy.measuring.left_out import HISTORY
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.measuring.registers import USUAL_DAYS, usual_power_w
from plant_pipeline.energy.series.daylight import BRIGHT_S
from plant_pipeline.energy.series.sensors import PRODUCTION, TYPES
from plant_pipeline.warehouse import execute

DARK_WH_PER_M2: Final = 300.0
"""... unless its own sensors saw no more irradiation than this (our choice)."""

USUAL_SHARE: Final = 0.9
"""What moved on such a share of the days before (`USUAL_DAYS`) does not stand still all day by chance (our choice)."""

BACKWARDS_SHARE: Final = 0.1
"""What flows backwards may be a draw up to this share of the production (our choice)."""

AS_STRONG: Final = 0.5
"""Of the highest power of the day: what nothing else is known of draws less (our choice)."""


def with_doubts(
    connection: Connection, energy_date: date, block: Block, known: Mapping[int, str] = MappingProxyType({})
) -> Block:
    """The block with those of its series marked as doubtful that are hard to believe, and why.

    `known`: by sensor, doubts that there are already.
    """
    doubts = {own.place: known[own.series.sensor_id] for own in block.measured if own.series.sensor_id in known}
    doubts |= {own.place: _held(own) for own in block.measured if own.held}
    doubts |= {own.place: _over_midnight(own) for own in block.measured if _is_over_midnight(own, block)}
    jumps = _jumps(block)
    doubts |= _with_another_level(block)
    doubts |= {jump.place: _says_jump(block.measured[jump.place], jump) for jump in jumps if jump.is_doubtful}
    block = _with_hidden(block, jumps)
    doubts |= _standing_still(connection, energy_date, block) | _backwards(connection, energy_date, block)
    if not doubts:
        return block
    measured = [
        replace(own, is_doubtful=True, doubts=(doubts[own.place],), flags=_flags(own)) if own.place in doubts else own
        for own in block.measured
    ]
    return replace(block, measured=tuple(measured))


def turned_round(block: Block) -> dict[int, str]:
    """By sensor whose sign was learned, the doubt about those that run clearly the other way today."""
    return {
        own.series.sensor_id: text
        for own in block.measured
        if own.series.is_sign_learned and (own.reverse_wh or 0.0) > CLEARLY * (own.forward_wh or 0.0)
        for text in own.doubts
    }


def _flags(own: Measured) -> tuple[str, ...]:
    return own.flags if own.forward_wh or own.reverse_wh else tuple(dict.fromkeys((*own.flags, "stuck")))


def _held(own: Measured) -> str:
    """What a curtailed plant shows, or a sensor whose last value is repeated: counted as it was read."""
    longest_s = max(to_s - from_s for from_s, to_s in own.held)
    return (
        f"{_name(own)} shows the same value for {longest_s / 3600:.1f} hours: the plant was held at a limit, or the "
        "sensor was not read; it counts as read, and is not final until another method says the same"
    )


def _is_over_midnight(own: Measured, block: Block) -> bool:
    """Whether a series with a wrong clock may have brought production from one day into another."""
    sun = block.suns.get(own.series.plant_id)
    is_moved = own.series.plant_id in block.misplaced and sun is not None and bool(sun.stretches)
    return is_moved and sun is not None and (sun.stretches[0][0] <= own.start_s or sun.stretches[-1][1] >= own.end_s)


def _over_midnight(own: Measured) -> str:
    return f"{_name(own)} has a clock so far from the sun's that a part of its day may be another one's"


def _is_production(own: Measured) -> bool:
    return own.series.quantity in PRODUCTION and own.forward_wh is not None


def _standing_still(connection: Connection, energy_date: date, block: Block) -> dict[int, str]:
    """Series of nothing but zeros, or registers that did not move, where that is no news of a plant at rest.

    The power of a single device may well be 0 all day; if the same device shows it by power and by its register, it is.
    """
    still = [own for own in block.measured if _is_production(own) and not own.forward_wh and not own.reverse_wh]
    still = [own for own in still if own.series.kind == "register" or own.series.equipment_type not in TYPES]
    still = [own for own in still if not _is_confirmed(own, block.measured)]
    bright = {own.place for own in still if _is_bright(own, block)}
    usual = _usually_moving(connection, energy_date, [own for own in still if own.place not in bright])
    found = {}
    for own in still:
        if own.place in bright:
            found[own.place] = f"{_name(own)} stood still all day although the sun was up"
        elif own.series.sensor_id in usual:
            found[own.place] = f"{_name(own)} stood still all day, which it does not usually do"
    return found


def _name(own: Measured) -> str:
    return f"{own.series.equipment_name} (sensor {own.series.sensor_id})"


def _is_confirmed(own: Measured, measured: Sequence[Measured]) -> bool:
    """Whether power says the same as the register of the same device."""
    return any(
        other.series.equipment_id == own.series.equipment_id
        and other.series.kind != own.series.kind
        and _is_production(other)
        and not other.forward_wh
        for other in measured
    )


def _is_bright(own: Measured, block: Block) -> bool:
    sun = block.suns.get(own.series.plant_id)
    if sun is None or not sun.is_only_source or sun.seconds <= BRIGHT_S:
        return False
    seen_wh_per_m2 = [
        other.forward_wh
        for other in block.measured
        if other.series.plant_id == own.series.plant_id
        and other.series.quantity.startswith("irradiance")
        and other.forward_wh is not None
    ]
    return max(seen_wh_per_m2, default=DARK_WH_PER_M2 + 1) > DARK_WH_PER_M2


def _usually_moving(connection: Connection, energy_date: date, still: Sequence[Measured]) -> set[int]:
    """Which of the sensors moved on almost every day before."""
    if not still:
        return set()
    rows = execute(
        connection,
        "energy/days_moving",
        sensor_ids=[own.series.sensor_id for own in still],
        from_date=energy_date - HISTORY,
        energy_date=energy_date,
    )
    return {row.sensor_id for row in rows if row.days >= USUAL_DAYS and row.moving >= USUAL_SHARE * row.days}


def _with_another_level(block: Block) -> dict[int, str]:
    """Power that is all at once another part of what irradiance, other devices or the sky let expect."""
    plants = {key: plant for key, plant in block.plants.items() if key not in block.misplaced}
    chosen = [own for own in block.measured if own.series.plant_id in plants and own.coverage > 0 and not own.held]
    places = np.array([own.place for own in chosen], dtype=np.int64)
    steps_s = [own.step_s for own in chosen]
    changes = level_changes(block.segments.at(places), [own.series for own in chosen], steps_s, plants)
    return {chosen[change.place].place: _says_level(chosen[change.place], change) for change in changes}


def _says_level(own: Measured, change: LevelChange) -> str:
    at_utc = datetime.fromtimestamp(change.at_s, UTC)
    return (
        f"{_name(own)} gives {change.factor:.3g} times as much from {at_utc:%Y-%m-%d %H:%M}Z on as before, beside "
        f"{change.witness}: an outage or a limit of a part, or a sensor in another unit; not final until another "
        "method says the same"
    )


def _jumps(block: Block) -> list[Jump]:
    """Where a plant's power is next to nothing between much more, or all at once many times as much or as little."""
    chosen = [own for own in block.measured if is_of_plant(own.series) and _is_production(own)]
    start_s, end_s = (np.array([getattr(own, name) for own in chosen]) for name in ("start_s", "end_s"))
    capacities_kw = [block.plants[own.series.plant_id].capacity_kw for own in chosen]
    rating_w = 1000 * np.array([capacity_kw or np.nan for capacity_kw in capacities_kw], dtype=np.float64)
    suns = [block.suns.get(own.series.plant_id) for own in chosen]
    segments = block.segments.at(np.array([own.place for own in chosen], dtype=np.int64)).within(start_s, end_s)
    jumps = jumps_of(segments, [own.series for own in chosen], rating_w, suns)
    return [replace(jump, place=chosen[jump.place].place) for jump in jumps]


def _with_hidden(block: Block, jumps: Sequence[Jump]) -> Block:
    """A plant that stands still for some minutes, or a meter that showed nothing: the half width covers both."""
    hidden_wh: dict[int, float] = defaultdict(float)
    for jump in jumps:
        hidden_wh[jump.place] += jump.hidden_wh
    measured = [
        replace(own, own_half_width_wh=own.own_half_width_wh + hidden_wh[own.place]) if own.place in hidden_wh else own
        for own in block.measured
    ]
    return replace(block, measured=tuple(measured)) if any(hidden_wh.values()) else block


def _says_jump(own: Measured, jump: Jump) -> str:
    at_utc = datetime.fromtimestamp(jump.from_s, UTC)
    if jump.factor is None:
        return (
            f"{_name(own)} shows next to nothing for {(jump.to_s - jump.from_s) / 3600:.1f} hours from "
            f"{at_utc:%Y-%m-%d %H:%M}Z on, and much more beside it: an outage, or a sensor that was off or in another "
            "unit"
        )
    return (
        f"{_name(own)} went to {jump.factor:.3g} times its power at once at {at_utc:%Y-%m-%d %H:%M}Z and stayed there: "
        "an outage of a part, or a sensor in another unit; not final until another method says the same"
    )


def _backwards(connection: Connection, energy_date: date, block: Block) -> dict[int, str]:
    """Power that flows the other way for longer, and stronger, than a plant draws."""
    drawing = [
        own
        for own in block.measured
        if own.reverse_wh
        and own.series.quantity == "ac_power"
        and own.reverse_wh > BACKWARDS_SHARE * (own.forward_wh or 0.0)
        and block.plants[own.series.plant_id].technology not in ("hybrid", "storage")
    ]
    usual_w = usual_power_w(connection, [own.series.sensor_id for own in drawing], energy_date)
    found = {}
    for own in drawing:
        segments = block.segments.at(np.array([own.place]))
        drawn_w = -min(segments.from_w.min(), segments.to_w.min())
        capacity_w = 1000 * (block.plants[own.series.plant_id].capacity_kw or 0.0)
        own_w = usual_w.get(own.series.sensor_id, np.inf)
        reference_w = own_w if own.series.equipment_type in TYPES or not capacity_w else capacity_w
        is_as_strong = drawn_w > AS_STRONG * (own.highest_w or 0.0) and reference_w == np.inf
        if drawn_w > HIGHEST_DRAW * reference_w or is_as_strong:
            found[own.place] = (
                f"{_name(own)} takes {(own.reverse_wh or 0.0) / 1000:.1f} kWh at up to {drawn_w / 1000:.1f} kW, more "
                "than a plant draws: if it was turned round, state its sign at the source"
            )
    return found
