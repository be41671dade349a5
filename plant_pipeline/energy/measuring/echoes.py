"""Readings that were sent twice, the second time under another time stamp.

What belongs here: telling them from a series that shows the same value twice by itself. What does not: everything else
that is left out (left_out.py).
"""

from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import DaySeries
from plant_pipeline.energy.series.arrays import ReadingArrays

_LEAST_PAIRS: Final = 8
_PAIRED_SHARE: Final = 0.4  # of the readings other than 0: no series shows so many of its values twice, and hardly any
_LONGER_SHARE: Final = 0.05  # of the values more often (our choice)
_AT_LIMIT: Final = 0.99  # of the highest value: there a device stays by itself
_OF_BOTH_STEPS: Final = 0.6  # of the time that a reading and its echo take: so soon the echo comes


def leave_out_echoes(day: DaySeries) -> None:
    """Take out of `day` the second of two readings of power or increments where a series sends most of them twice."""
    is_power = np.array([sensor.kind != "register" and not sensor.is_weather for sensor in day.series], dtype=bool)
    echoed = np.flatnonzero(perhaps_echoed(day.readings) & is_power).tolist()
    if not echoed:
        return
    stands = np.ones(len(day.readings.value), dtype=bool)
    for place in echoed:
        part = day.readings.of(place)
        odd = echoes(day.readings.at_s[part], day.readings.value[part], float(day.stated_s[place]))
        day.note(place, day.readings.at_s[part][odd], "outlier")
        stands[part] = ~odd
    day.readings = day.readings.only(stands)


def perhaps_echoed(readings: ReadingArrays) -> Booleans:
    """By series, whether many readings other than 0 repeat the one before."""
    is_shown = readings.value != 0
    repeats = is_shown.copy()
    repeats[readings.first_of_runs] = False
    shown, repeated = (_counted(readings, chosen) for chosen in (is_shown, repeats))
    found: Booleans = (repeated >= _LEAST_PAIRS) & (2 * repeated >= _PAIRED_SHARE * shown)
    return found


def _counted(readings: ReadingArrays, chosen: Booleans) -> Integers:
    """By series, how many of its readings are chosen."""
    until = np.searchsorted(np.flatnonzero(chosen), readings.offsets)
    counted: Integers = np.diff(until)
    return counted


def echoes(at_s: Floats, value: Floats, stated_s: float) -> Booleans:
    """Of one series, the readings that repeat the one before sooner than the next one is due.

    `stated_s`: the stated resolution, 0 of instants, which are due as often as every other reading comes.
    """
    first = np.flatnonzero(np.append(True, value[1:] != value[:-1]))
    length = np.diff(np.append(first, len(value)))
    is_shown = (value[first] != 0) & (np.abs(value[first]) < _AT_LIMIT * np.abs(value).max(initial=0.0))
    single, paired = (int(((length == times) & is_shown).sum()) for times in (1, 2))
    longer = int((is_shown & (length > 2)).sum())
    found = np.zeros(len(value), dtype=bool)
    is_echoed = paired >= max(_PAIRED_SHARE * (single + 2 * paired) / 2, _LEAST_PAIRS)
    if not is_echoed or longer > 1 + _LONGER_SHARE * (single + paired):
        return found
    is_shown = value[first] != 0
    due_s = stated_s or _OF_BOTH_STEPS * float(np.median(at_s[2:] - at_s[:-2]))
    # By night a series of zeros is echoed as well: of pairs of them the second comes as soon as those of others.
    pairs = first[(length == 2) & is_shown]
    soon_s = at_s[pairs + 1] - at_s[pairs]
    found[pairs[soon_s < due_s] + 1] = True
    usual_s = float(np.median(soon_s))
    zeros = 1 + np.flatnonzero((value[1:] == 0) & (value[:-1] == 0))
    if usual_s < due_s:
        steps_s = at_s[zeros] - at_s[zeros - 1]
        found[zeros[np.abs(steps_s - usual_s) <= 0.1 * usual_s]] = True
    return found
