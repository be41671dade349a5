"""Registers that begin anew with each day, as the totals of the day that inverters show.

What belongs here: telling them from registers that go on, and what each step across a midnight counted. What does not:
registers that go on (register.py), which day is asked for (registers.py).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.judging.register_runs import HOUR_S

FEW_IN_FOUR_DAYS: Final = 16
"""So few readings may show no fall: then the weeks before are asked (our choice)."""

LONG_S: Final = 3 * HOUR_S
"""Within a shorter step a counter that begins anew is seen to fall."""

PATTERN: Final = timedelta(days=14)
"""How far back they are asked."""

_DAY_S: Final = 86_400.0
_DAYS_BACK, _DAYS_AHEAD = 16, 3
_CLOCK_CHANGES_S: Final = (0.0, HOUR_S, -HOUR_S)
_FEWEST_FALLS: Final = 2
_LARGEST_RISE: Final = 0.5  # of the highest total: what comes in less than a quarter of a day is none of it, but a dip
_LATEST_S: Final = 15 * HOUR_S  # after midnight an inverter wakes and begins anew, or its day is over
_SETTLED_DAYS: Final = 8.0  # of rises alone: then it is no total of the day, whatever the weather
_SMALL_RISE: Final = 0.3  # of what it shows: a day brings more to a register that is a few days old


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a daily counter begins anew beside one midnight: in the step to reading `step`, or before the first one.

    `is_held`: it showed the old total until the step began, later than midnight.
    """

    step: int
    is_held: bool


def is_daily_counter(at_s: Floats, value_wh: Floats, start_s: float, end_s: float, rating_w: float | None) -> bool:
    """Whether a register falls beside midnights alone, at two at least, to what can have been counted since then.

    `start_s`, `end_s`: two of its midnights; the others lie whole days from them, an hour off where a clock changed.
    """
    rise_wh, step_s = np.diff(value_wh), np.diff(at_s)
    falls = 1 + np.flatnonzero(rise_wh < 0)
    if len(falls) < _FEWEST_FALLS or (value_wh < 0).any():
        return False
    is_beside_midnight = np.zeros(len(falls), dtype=bool)
    for moved_s in _CLOCK_CHANGES_S:
        midnights_s = _midnights_s(start_s, end_s) + moved_s
        midnight_s = midnights_s[np.searchsorted(midnights_s, at_s[falls], side="right") - 1]
        since_s = at_s[falls] - midnight_s
        last = np.maximum(np.searchsorted(at_s, midnight_s, side="right") - 1, 0)
        is_held = (value_wh[last] == value_wh[falls - 1]) & (since_s < _LATEST_S)
        counted_s = np.where(since_s > 0, since_s, step_s[falls - 1])
        is_possible = True if rating_w is None else value_wh[falls] <= rating_w * counted_s / HOUR_S
        is_beside_midnight |= ((at_s[falls - 1] <= midnight_s) | is_held) & is_possible
    is_dip = (rise_wh > _LARGEST_RISE * value_wh.max()) & (step_s < _DAY_S / 4)
    return bool(is_beside_midnight.all()) and not is_dip.any()


def is_ambiguous(at_s: Floats, value_wh: Floats, most_wh: float) -> bool:
    """Whether a register that is seldom read and never fell may be the total of the day on ever brighter days.

    `most_wh`: the most that a day can bring, infinite if that is not known.
    """
    if len(at_s) < 2 or (np.diff(value_wh) < 0).any():
        return False
    if at_s[-1] - at_s[0] > _SETTLED_DAYS * _DAY_S or value_wh[-1] > most_wh:
        return False
    since = int(np.searchsorted(at_s, at_s[-1] - _DAY_S))
    return bool(value_wh[-1] - value_wh[since] < _SMALL_RISE * value_wh[-1])


def beginning(at_s: Floats, value_wh: Floats, midnight_s: float) -> Beginning | None:
    """Where a daily counter begins anew beside a midnight; None: no reading tells."""
    first = int(np.searchsorted(at_s, midnight_s))
    if first == 0:
        return Beginning(0, is_held=False) if len(at_s) and at_s[0] - midnight_s < _DAY_S else None
    for step in range(first, len(at_s)):
        is_held, long_s = bool(at_s[step - 1] > midnight_s), at_s[step] - at_s[step - 1]
        if is_held and at_s[step - 1] - midnight_s > _LATEST_S:
            return None
        rise_wh = value_wh[step] - value_wh[step - 1]
        if rise_wh < 0 or (rise_wh > 0 and at_s[step] > midnight_s and long_s >= LONG_S):
            return Beginning(step, is_held)
        if rise_wh > 0 and at_s[step] > midnight_s:
            return None
    return None


def _midnights_s(start_s: float, end_s: float) -> Floats:
    back_s, ahead_s = (np.arange(days) * _DAY_S for days in (_DAYS_BACK, _DAYS_AHEAD))
    midnights_s: Floats = np.concatenate([(start_s - back_s)[::-1], end_s + ahead_s])
    return midnights_s
