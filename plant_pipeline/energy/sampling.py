"""How far the line through instants may be from what happened between them.

What belongs here: the error of power that was seen now and then only. What does not: gaps (energy/gap_spread.py).
"""

from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.energy.segments import Segments

SAMPLED_ABOVE_S: Final = 900.0
"""Readings as close as that show nearly all that happens; farther apart, passing clouds and gusts fall between them."""

SAMPLING_SPREAD: Final = 1.2
"""Between 0.8, if power wandered at random between two readings, and 1.6, if it were another each time; found on public
measurements seen every half hour to every hour and a half (docs/uncertainty.md)."""


def sampling_half_widths_wh(segments: Segments, instants: Integers) -> Floats:
    """By series, the half width (95 %) of the energy of power at instants; 0 of other series and closely read ones.

    The root of the sum of squares of what each reading lies off the line between its neighbours, times its share of
    time: clouds that show in the readings are those that fall between them as well.
    """
    is_instant = np.zeros(len(segments), dtype=bool)
    is_instant[instants] = True
    owner, length_s = segments.owner, segments.to_s - segments.from_s
    is_far = length_s > SAMPLED_ABOVE_S
    meets = is_far[:-1] & is_far[1:] & (owner[:-1] == owner[1:]) & (segments.to_s[:-1] == segments.from_s[1:])
    meets &= is_instant[owner[:-1]]
    slope = (segments.to_w - segments.from_w) / length_s
    # The bend at a reading, as the distance from the line between its neighbours times half the time between them.
    off_wh = (slope[1:] - slope[:-1]) * length_s[:-1] * length_s[1:] / 2 / 3600
    squares = np.bincount(owner[:-1][meets], weights=off_wh[meets] ** 2, minlength=len(segments))
    half_widths_wh: Floats = SAMPLING_SPREAD * np.sqrt(squares)
    return half_widths_wh
