"""Irradiance sensors of a plant held against each other.

What belongs here: which of them contradict the others. What does not: limits of single readings (limits.py).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from plant_pipeline.energy.day.day_series import Sun
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.series.segments import span_wh

IRRADIANCE_AGREEMENT: Final = 0.1
"""A sensor whose irradiation is further than this share from the median of three or more is voted out (our choice)."""

_DEAD: Final = 0.05
_NOTABLE_WH_PER_M2: Final = 200.0


def voted_out(block: Block, sensors: Sequence[Measured], sun: Sun | None) -> set[int]:
    """Sensors of one role whose irradiation over their common time contradicts the others'.

    Of two only one that shows next to nothing beside the other is told from it.
    """
    if len(sensors) < 2 or sun is None or not sun.stretches:
        return set()
    totals = _over_common_time(block, sensors, sun)
    highest = max(totals.values(), default=0.0)
    if highest < _NOTABLE_WH_PER_M2:
        return set()
    dead = {sensor_id for sensor_id, total in totals.items() if total < _DEAD * highest}
    alive = {sensor_id: total for sensor_id, total in totals.items() if sensor_id not in dead}
    if len(alive) < 3:
        return dead
    median = float(np.median(list(alive.values())))
    return dead | {
        sensor_id for sensor_id, total in alive.items() if abs(total - median) > IRRADIANCE_AGREEMENT * median
    }


def _over_common_time(block: Block, sensors: Sequence[Measured], sun: Sun) -> dict[int, float]:
    first_s, last_s = sun.stretches[0][0], sun.stretches[-1][1]
    edges_s = np.linspace(first_s, last_s, 97)
    spans = [span_wh(block.segments, own.place, edges_s) for own in sensors]
    common = np.all([valid_s > 0.99 * np.diff(edges_s) for _, valid_s in spans], axis=0)
    if common.mean() < 0.25:
        common = np.ones_like(common)
    return {
        own.series.sensor_id: float(np.maximum(irradiation, 0)[common].sum())
        for own, (irradiation, _) in zip(sensors, spans, strict=True)
    }
