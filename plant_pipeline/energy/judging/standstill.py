"""Registers that show the same value over the beginning or the end of a day: at rest, or no longer read.

What belongs here: telling a counter at rest from one whose last known value is repeated. What does not: what was
produced meanwhile (gaps), registers that stand still for a whole day (doubts).

A counter at rest goes on from there in ordinary steps. One that was not read makes up for it in its next step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.series.arrays import ReadingArrays

Night = tuple[Floats, Floats]
"""By series, from when to when it is dark around an instant; no time at all where that is not known."""

LONG_REST_S: Final = 2 * 3600.0
"""What repeats its last value for longer is flagged as stuck; until then a register may be updated so seldom."""

_READINGS_BESIDE: Final = 12
_MAKES_UP: Final = 1.5  # times what the readings beside the rest say of its next step (our choice)
_MATTERS: Final = 0.01  # of the day's rise: less than that is within what a final number may lack
_IN_THE_DARK: Final = 0.001  # of the same: so much a meter may show late (our choice)


@dataclass(frozen=True, slots=True)
class Rests:
    """By register, the readings of the same value at an instant: index of the first and last of them.

    `is_stale`: they repeat what was last known, as the next step shows or, at the end of what is known (`is_open`),
    what was counted before them.
    """

    first: Integers
    last: Integers
    is_stale: Booleans
    is_open: Booleans


@dataclass(frozen=True)
class CountedRises:
    """Registers, which have readings, as what their rests are told from at any instant."""

    readings: ReadingArrays

    @cached_property
    def rises_wh(self) -> Floats:
        """By reading, how much it lies above the one before of the same register, 0 where it does not."""
        own = self.readings
        rises_wh = np.zeros(len(own.value))
        np.maximum(own.value[1:] - own.value[:-1], 0.0, out=rises_wh[1:])
        rises_wh[own.offsets[:-1]] = 0.0
        return rises_wh

    @cached_property
    def counted_wh(self) -> Floats:
        """By reading, what all registers counted until then, whatever any of them begins anew."""
        counted_wh: Floats = np.cumsum(self.rises_wh)
        return counted_wh


def rests_at(
    course: CountedRises, at_s: Floats, increments_wh: Floats, start_s: Floats, sunlit_s: Floats, night_s: Night
) -> Rests:
    """The rests of registers, which have readings, at one instant each.

    `start_s`, `sunlit_s`: by register the beginning of the day, and the end of its sunlight, or of the day where the
    sun does not matter. `night_s`: the night around the instant, in which nothing can be counted but what was before.
    What rests for the whole of a day is not told here.
    """
    own, counted_wh = course.readings, course.counted_wh
    begins, ends = own.offsets[:-1], own.offsets[1:]
    before = own.count_until(at_s)
    reading = np.maximum(begins + before - 1, begins)
    run = np.searchsorted(own.first_of_runs, reading, side="right")
    first, last = own.first_of_runs[run - 1], np.append(own.first_of_runs, len(own.value))[run] - 1
    is_rest = (before > 0) & (last > first) & (own.at_s[first] < at_s)
    resumed = np.minimum(last + 1, ends - 1)
    is_open = last == ends - 1
    rate_after = _rate(own.at_s, counted_wh, resumed, np.minimum(resumed + _READINGS_BESIDE, ends - 1))
    rate_before = _rate(own.at_s, counted_wh, np.maximum(first - _READINGS_BESIDE, begins), first)
    seconds = own.at_s[resumed] - own.at_s[last]
    usual_wh = np.fmax(rate_after, rate_before) * seconds
    lost_wh = rate_before * np.maximum(np.minimum(sunlit_s, own.at_s[last]) - own.at_s[first], 0.0)
    all_wh = counted_wh[ends - 1] - counted_wh[begins]
    is_lost = (own.at_s[first] > start_s) & (lost_wh > _MATTERS * all_wh + increments_wh)
    is_dark = (own.at_s[last] >= night_s[0]) & (own.at_s[resumed] <= night_s[1])
    makes_up = course.rises_wh[resumed] > _MAKES_UP * (usual_wh + increments_wh)
    makes_up |= is_dark & (course.rises_wh[resumed] > _IN_THE_DARK * all_wh + increments_wh)
    is_stale = is_rest & np.where(is_open, is_lost, makes_up)
    return Rests(first, last, is_stale, is_rest & is_open)


def _rate(at_s: Floats, counted_wh: Floats, first: Integers, last: Integers) -> Floats:
    """Mean rise per second from one reading to another, 0 where they are the same."""
    seconds = at_s[last] - at_s[first]
    rise_wh = counted_wh[last] - counted_wh[first]
    return np.divide(rise_wh, seconds, out=np.zeros(len(seconds)), where=seconds > 0)


def repeated(own: ReadingArrays, rests: Rests) -> Booleans:
    """The readings that only repeat what was last known."""
    found = np.zeros(len(own.value), dtype=bool)
    for first, last in zip(rests.first[rests.is_stale].tolist(), rests.last[rests.is_stale].tolist(), strict=True):
        found[first + 1 : last + 1] = True
    return found


def reaching_further(
    own: ReadingArrays, start_s: Floats, end_s: Floats, sunlit_s: Floats, nights_s: Sequence[Night]
) -> Booleans:
    """The registers, which have readings, whose rest at either end of the day only readings further off can explain.

    `nights_s`: those around its beginning and its end.
    """
    course, fine = CountedRises(own), np.zeros(len(own))
    at_start, at_end = (
        rests_at(course, at_s, fine, start_s, sunlit_s, night_s)
        for at_s, night_s in zip((start_s, end_s), nights_s, strict=True)
    )
    is_first = at_start.first == own.offsets[:-1]
    is_whole = at_end.is_open & (at_end.first == own.offsets[:-1])
    found: Booleans = (at_start.is_stale & is_first) | (at_end.is_stale & at_end.is_open) | is_whole
    return found
