"""How far what was measured may be from what happened within the day: between instants, and in means over its ends.

What belongs here: the error of power that was seen now and then only, and of means that reach over an end of the day.
What does not: gaps (energy/gaps/spread.py), registers at the ends of the day (registers.py).
"""

from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.energy.day.day_series import DaySeries
from plant_pipeline.energy.gaps.spread import rise_spread
from plant_pipeline.energy.series.segments import Segments

SAMPLING_SPREAD: Final = 1.2
SPREAD_FROM_S: Final = 900.0
SPREAD_GROWTH: Final = 0.35
"""The half width by readings that far apart or farther, and how it shrinks with those closer together: what falls
between two of them is smoother. By power that wandered at random it would be 0.8, by one that is another each time
1.6; found on public measurements seen every two minutes to every hour and a half (docs/uncertainty.md)."""


def sampling_half_widths_wh(segments: Segments, instants: Integers) -> Floats:
    """By series, the half width (95 %) of the energy of power at instants; 0 of other series.

    The root of the sum of squares of what each reading lies off the line between its neighbours, times its share of
    time: clouds that show in the readings are those that fall between them as well.
    """
    places = np.asarray(instants)
    own = segments.at(places)
    half_widths_wh = np.zeros(len(segments))
    if not len(own.from_s):
        return half_widths_wh
    owner, length_s = own.owner, own.to_s - own.from_s
    meets = (owner[:-1] == owner[1:]) & (own.to_s[:-1] == own.from_s[1:])
    slope = (own.to_w - own.from_w) / length_s
    # The bend at a reading, as the distance from the line between its neighbours times half the time between them.
    off_wh = (slope[1:] - slope[:-1]) * length_s[:-1] * length_s[1:] / 2 / 3600
    apart = np.minimum(np.maximum(length_s[:-1], length_s[1:]) / SPREAD_FROM_S, 1.0)
    squares = np.where(meets, off_wh**2 * apart ** (2 * SPREAD_GROWTH), 0.0)
    summed = np.bincount(owner[:-1], weights=squares, minlength=len(own))
    half_widths_wh[places] = SAMPLING_SPREAD * np.sqrt(summed)
    return half_widths_wh


def split_half_widths_wh(day: DaySeries, segments: Segments) -> Floats:
    """By series, the half width (95 %) of the energy of means that an end of the day divides; 0 of other series.

    They are split by time, as the rise of a register is. Where the sun alone gives power and is down at that end, all
    of it is on the other side, or nothing.
    """
    half_widths_wh = np.zeros(len(day))
    is_mean = np.zeros(len(day), dtype=bool)
    is_mean[day.places("interval")] = True
    ends_s = np.stack([day.start_s, day.end_s], axis=1)
    at, is_divided = segments.across(ends_s)
    is_dark = (day.daylight.matters & ~day.has_battery)[:, None] & ~day.daylight.is_up_at(ends_s)
    for place, end in np.argwhere(is_divided & is_mean[:, None] & ~is_dark).tolist():
        index, end_s = at[place, end], float(ends_s[place, end])
        from_s, length_s = float(segments.from_s[index]), float(segments.to_s[index] - segments.from_s[index])
        spread = rise_spread((end_s - from_s) / length_s, length_s / 3600, is_under_sun=False)
        half_width_wh = spread * abs(float(segments.from_w[index])) * length_s / 3600
        half_widths_wh[place] = np.hypot(half_widths_wh[place], half_width_wh)
    return half_widths_wh
