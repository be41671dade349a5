"""What was produced in the gaps of a block's series: their profiles and those of their peers put together.

What belongs here: which series are estimated, and from which others. What does not: the estimate itself (gaps).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from plant_pipeline.energy.day.day_series import DAY_MARGIN, Stretch, bounds_of
from plant_pipeline.energy.gaps.estimate import Estimate, combine, estimate_gaps, peers_of
from plant_pipeline.energy.gaps.model import Profiles
from plant_pipeline.energy.judging.limits import RATING_TOLERANCE
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.series.segments import span_wh, spans_wh
from plant_pipeline.energy.series.sensors import TYPES

PROFILE_STEP_S: Final = 300.0
_SPREAD_OF_ONE: Final = 0.25
_LEAST_SPREAD: Final = 0.1
_PRODUCTION: Final = ("ac_power", "production_energy")


@dataclass(slots=True)
class Missing:
    """What a series did not measure: best estimate of the energy, None if it cannot be told, and its half width (95 %).

    The half width also holds how far a register's split at midnight, or what instants show, may be off.
    """

    energy_wh: float | None
    half_width_wh: float


NOTHING_MISSING: Final = Missing(0.0, 0.0)


def missing_of(block: Block) -> dict[int, Missing]:
    """By sensor, what every production series of the block that has an energy did not measure."""
    lacking = [record for record in block.measured if _is_estimated(record)]
    if not lacking:
        return {record.series.sensor_id: _missing(record, ()) for record in block.measured if record.own_half_width_wh}
    rows, profiles = _profiles(block, {record.series.plant_id for record in lacking})
    gaps = [(gap, rows[record.place], record) for record in lacking for gap in (*record.gaps, *record.held)]
    found = estimate_gaps(
        np.array([gap[0] for gap, *_ in gaps]),
        np.array([gap[1] for gap, *_ in gaps]),
        np.array([row for _, row, _ in gaps], dtype=np.intp),
        profiles,
    )
    of_sensor: dict[int, list[Estimate]] = defaultdict(list)
    held_wh: dict[int, float] = defaultdict(float)
    for index, (gap, _, lacks) in enumerate(gaps):
        estimate = Estimate(float(found.energy_wh[index]), float(found.half_width_wh[index]), found.basis[index])
        if lacks.is_new and gap == lacks.gaps[0]:  # there may have been no plant yet
            estimate = replace(estimate, half_width_wh=max(estimate.half_width_wh, estimate.energy_wh))
        if gap in lacks.held:
            held_wh[lacks.series.sensor_id] += _off_wh(block, lacks, gap, estimate)
        else:
            of_sensor[lacks.series.sensor_id].append(estimate)
    return {
        record.series.sensor_id: _missing(
            record, of_sensor.get(record.series.sensor_id, []), held_wh[record.series.sensor_id]
        )
        for record in block.measured
    }


def _off_wh(block: Block, measured: Measured, held: Stretch, estimate: Estimate) -> float:
    """How far what was read of a stretch may be off, if its value was no limit."""
    read_wh = float(span_wh(block.segments, measured.place, np.array(held))[0].sum())
    return abs(read_wh) if estimate.basis == "none" else abs(estimate.energy_wh - read_wh) + estimate.half_width_wh


def _is_estimated(measured: Measured) -> bool:
    is_produced = measured.series.quantity in _PRODUCTION
    return is_produced and measured.forward_wh is not None and bool(measured.gaps or measured.held)


def _missing(measured: Measured, estimates: Sequence[Estimate], held_wh: float = 0.0) -> Missing:
    """`held_wh`: how far what was read of stretches of one value may be off."""
    if not estimates:
        return Missing(0.0, measured.own_half_width_wh + held_wh)
    day = combine(estimates)
    if any(estimate.basis == "none" for estimate in estimates):
        return Missing(None, 0.0)
    energy_wh = max(day.energy_wh - measured.certain_wh, 0.0)
    excess_wh = max(measured.certain_wh - day.energy_wh, 0.0)  # counted since a reset, if it was one
    half_width_wh = day.half_width_wh
    if measured.own_half_width_wh:
        half_width_wh = float(np.hypot(half_width_wh, measured.own_half_width_wh))
    half_width_wh += excess_wh + held_wh
    if (
        measured.stale_wh is not None
    ):  # a plant that is held at a limit stands still as well: then what was read is true
        half_width_wh = max(half_width_wh, abs(measured.stale_wh - energy_wh))
    return Missing(energy_wh, half_width_wh)


def _profiles(block: Block, plant_ids: Collection[UUID]) -> tuple[dict[int, int], Profiles]:
    """By place, the row of each production series of the plants in profiles of all of them.

    A cell that was not wholly measured has no power.
    """
    chosen = [
        record
        for record in block.measured
        if record.series.plant_id in plant_ids and record.series.quantity in _PRODUCTION
    ]
    margin_s = DAY_MARGIN.total_seconds()
    bounds = {key: bounds_of(block.plants[key]) for key in plant_ids}
    longest_s = max((end_s - start_s for start_s, end_s in bounds.values()), default=0.0) + 2 * margin_s
    length = int(np.ceil(longest_s / PROFILE_STEP_S))
    starts_s = np.array([bounds[record.series.plant_id][0] - margin_s for record in chosen])
    edges_s = starts_s[:, None] + np.arange(length + 1) * PROFILE_STEP_S
    energy_wh, measured_s = spans_wh(
        block.segments, np.array([record.place for record in chosen], dtype=np.int64), edges_s
    )
    power_w = np.where(measured_s >= PROFILE_STEP_S - 1, energy_wh * 3600 / PROFILE_STEP_S, np.nan)
    for row, record in enumerate(chosen):
        for from_s, to_s in record.held:
            power_w[row, (edges_s[row, 1:] > from_s) & (edges_s[row, :-1] < to_s)] = np.nan
    peers_w = np.full((len(chosen), length), np.nan)
    sky = np.full((2, len(chosen), length), np.nan)
    rating_w = np.full(len(chosen), np.nan)
    of_plant: dict[UUID, list[int]] = defaultdict(list)
    for row, record in enumerate(chosen):
        of_plant[record.series.plant_id].append(row)
    skies = block.skies.of_days(list(of_plant))
    for key, own in of_plant.items():
        plant = block.plants[key]
        if len(own) > 1:
            peers_w[own] = peers_of(power_w[own])
        clear_sky = skies.get(key)
        if clear_sky is not None:
            sky[:, own] = 0.0
            for side, course in enumerate((clear_sky.relative[:length], clear_sky.ceiling[:length])):
                sky[side, own, : len(course)] = course
        rating_w[own] = np.nan if plant.capacity_kw is None else plant.capacity_kw * 1000
    own_kw = [record.series.rating_kw if record.series.equipment_type in TYPES else None for record in chosen]
    rating_w = np.fmin(rating_w, 1000 * np.array(own_kw, dtype=np.float64))
    shown_w = np.array([record.highest_w or 0.0 for record in chosen])
    rating_w[shown_w > RATING_TOLERANCE * rating_w] = np.nan  # a rating that the device disproves bounds nothing
    rows = {record.place: row for row, record in enumerate(chosen)}
    reading_s = np.array([record.step_s or PROFILE_STEP_S for record in chosen])
    return rows, Profiles(starts_s, PROFILE_STEP_S, power_w, peers_w, sky[0], sky[1], rating_w, reading_s)


def expected_of_silent(peers: Sequence[Measured], sizes_w: Sequence[float], size_w: float) -> Missing:
    """What a device without any reading produced: as much as its peers by their size, give or take their spread.

    `sizes_w` are the peers' highest powers, `size_w` its own.
    """
    known = [(one.forward_wh, of_peer_w) for one, of_peer_w in zip(peers, sizes_w, strict=True) if of_peer_w > 0]
    per_watt = np.array([(energy_wh or 0.0) / of_peer_w for energy_wh, of_peer_w in known])
    if not len(per_watt):
        return Missing(None, 0.0)
    energy_wh = float(per_watt.mean()) * size_w
    spread = float(per_watt.std() / per_watt.mean()) if len(per_watt) > 1 and per_watt.mean() > 0 else _SPREAD_OF_ONE
    return Missing(energy_wh, energy_wh * max(2 * spread, _LEAST_SPREAD))
