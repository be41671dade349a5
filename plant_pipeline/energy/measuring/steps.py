"""How far apart the readings of a day are, series by series.

What belongs here: the step by which a day's readings are taken, whatever is stated or was learned. What does not: gaps
between them (series/segments.py), learning (day/learning.py).
"""

from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.day.day_series import DaySeries
from plant_pipeline.energy.series.segments import GAP_STEPS, even_steps, usual_steps

_FEW_READINGS: Final = 12
_COARSEST_MEAN_S: Final = 3600.0
_MOST_SELDOM_S: Final = 4 * 3600.0  # what is read more seldom tells nothing of a day (our choice)


def steps_of_day(day: DaySeries) -> Floats:
    """Usual seconds between readings; a day with next to no readings does not tell them, the days before it do.

    But few readings that come evenly are read so seldom. Power that is stated in shorter steps than it comes in is
    known at instants alone.
    """
    steps_s = usual_steps(day.readings, day.stated_s, day.start_s, day.end_s)
    even_s = even_steps(day.readings, day.start_s, day.end_s)
    learned_s = np.array([sensor.learned_step_s for sensor in day.series], dtype=np.float64)  # None becomes NaN
    owner, at_s = day.readings.owner, day.readings.at_s
    in_day = (at_s >= day.start_s[owner]) & (at_s < day.end_s[owner])
    is_rare = np.bincount(owner[in_day], minlength=len(day)) < _FEW_READINGS
    is_mean = np.array(
        [own.kind == "interval" and not own.quantity.endswith("_energy") for own in day.series], dtype=bool
    )
    coarser = np.flatnonzero(is_mean & (even_s > GAP_STEPS * day.stated_s) & (even_s <= _COARSEST_MEAN_S)).tolist()
    for place in coarser:
        day.take_for_instants(place)
        steps_s[place] = even_s[place]
    is_even = (even_s <= _MOST_SELDOM_S) & np.array([own.kind == "instant" for own in day.series], dtype=bool)
    return np.where(is_rare & (day.stated_s == 0) & np.isfinite(learned_s) & ~is_even, learned_s, steps_s)
