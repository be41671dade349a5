"""From readings to stretches of time with a known power: the one way in which energy is integrated.

What belongs here: steps between readings, where a series has a gap, energy of a span. What does not: which readings
stand (limits.py, register.py), what was produced in a gap (gaps).

Within a segment power runs straight from one value to another: a constant for means of intervals and steps of a
register, the line between two readings for instants (trapezium). What no segment covers was not measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.series.arrays import ReadingArrays

GAP_STEPS: Final = 1.5
"""ReadingArrays further apart than so many steps have a gap between them (rdtools takes the same)."""

_JITTERED_GAP_STEPS: Final = 2.0
_OFF_THE_CLOCK: Final = 0.1  # steps; a series read by the clock has whole multiples of a step, also where some lack
_NEIGHBOURS: Final = 8
_LEAST_EVEN: Final = 4
_UNEVEN: Final = 0.1
_MOST_LACKING: Final = 0.2
_SAME_S: Final = 1e-3
_BESIDE: Final = 3  # so far a segment may be off the place that its number tells before it is searched
_MOST_FILLED: Final = 2  # times the segments: so many cells a table of all series may have
_WH_PER_WS: Final = 1 / 3600


@dataclass(frozen=True)
class Segments:
    """Stretches of series after series, in order of time, none over another; power in W at both ends of each.

    Those of the series at place i are `offsets[i]` to `offsets[i + 1]`.
    """

    offsets: Integers
    from_s: Floats
    to_s: Floats
    from_w: Floats
    to_w: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def owner(self) -> Integers:
        """The place of the series of each segment."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @cached_property
    def energy_wh(self) -> Floats:
        """Energy of each segment."""
        energy_wh: Floats = (self.from_w + self.to_w) / 2 * (self.to_s - self.from_s) * _WH_PER_WS
        return energy_wh

    @cached_property
    def longest_s(self) -> list[float]:
        """By series, the length of its longest segment; 0 without segments."""
        longest_s = np.zeros(len(self))
        filled = np.flatnonzero(np.diff(self.offsets) > 0)
        if len(filled):
            longest_s[filled] = np.maximum.reduceat(self.to_s - self.from_s, self.offsets[:-1][filled])
        return [float(own_s) for own_s in longest_s]

    @cached_property
    def is_level(self) -> bool:
        """Whether power stays the same within every segment."""
        return self.from_w is self.to_w or np.array_equal(self.from_w, self.to_w)

    @cached_property
    def until(self) -> tuple[Floats, Floats]:
        """By segment, energy (Ws) and seconds of those of its series before it.

        Each series is summed on its own: its figures must not depend on those before it.
        """
        length_s = self.to_s - self.from_s
        mean_w = self.from_w if self.is_level else (self.from_w + self.to_w) / 2
        return self._until(mean_w * length_s), self._until(length_s)

    def _until(self, of_segments: Floats) -> Floats:
        counts = np.diff(self.offsets)
        most = counts.max(initial=0)
        if most * len(counts) <= _MOST_FILLED * len(of_segments):
            is_one = np.arange(most) < counts[:, None]
            before = np.zeros((len(counts), most + 1))
            before[:, 1:][is_one] = of_segments
            return np.cumsum(before[:, :-1], axis=1)[is_one]
        until = np.zeros(len(of_segments))
        for count in np.unique(counts[counts > 1]):
            at = self.offsets[:-1][counts == count, None] + np.arange(count - 1)
            until[at + 1] = np.cumsum(of_segments[at], axis=1)
        return until

    def of(self, place: int) -> slice:
        """Where the segments of one series are."""
        return slice(int(self.offsets[place]), int(self.offsets[place + 1]))

    def at(self, places: Integers) -> "Segments":
        """Those of the series at `places`, in that order."""
        if len(places) == len(self) and np.array_equal(places, np.arange(len(self))):
            return self
        counts = np.diff(self.offsets)[places]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        index = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][places] - offsets[:-1], counts)
        return Segments(offsets, self.from_s[index], self.to_s[index], self.from_w[index], self.to_w[index])

    def within(self, start_s: Floats, end_s: Floats) -> "Segments":
        """What of each series lies between its start and its end."""
        owner = self.owner
        from_s, to_s = np.maximum(self.from_s, start_s[owner]), np.minimum(self.to_s, end_s[owner])
        inside = to_s > from_s
        from_w, to_w = self.from_w, self.to_w
        cut = np.flatnonzero(inside & ((from_s > self.from_s) | (to_s < self.to_s)))
        if len(cut):
            from_w, to_w = from_w.copy(), to_w.copy()
            slope = (self.to_w[cut] - self.from_w[cut]) / (self.to_s[cut] - self.from_s[cut])
            from_w[cut] += slope * (from_s[cut] - self.from_s[cut])
            at_end_w = self.from_w[cut] + slope * (to_s[cut] - self.from_s[cut])
            to_w[cut] = np.where(to_s[cut] < self.to_s[cut], at_end_w, self.to_w[cut])
        kept = np.concatenate([[0], np.cumsum(inside)])[self.offsets]
        return Segments(kept, from_s[inside], to_s[inside], from_w[inside], to_w[inside])

    def across(self, edges_s: Floats) -> tuple[Integers, Booleans]:
        """By series and edge (a row a series), the segment that may lie across it, and whether it does."""
        firsts, ends = self.offsets[:-1], self.offsets[1:]
        if not len(self.from_s):
            return np.zeros(edges_s.shape, dtype=np.int64), np.zeros(edges_s.shape, dtype=bool)
        at = _last_begun(self.from_s, firsts, ends, edges_s)
        return at, (self.from_s[at] < edges_s) & (self.to_s[at] > edges_s) & (firsts < ends)[:, None]

    def sum_of(self, of_segments: Floats) -> Floats:
        """By series, the sum of a figure of its segments."""
        return np.bincount(self.owner, weights=of_segments, minlength=len(self)).astype(np.float64)

    def highest_w(self) -> Floats:
        """By series, the highest power in either direction; 0 without segments."""
        highest_w = np.zeros(len(self))
        filled = np.flatnonzero(np.diff(self.offsets) > 0)
        if len(filled):
            size_w = np.maximum(np.abs(self.from_w), np.abs(self.to_w))
            highest_w[filled] = np.maximum.reduceat(size_w, self.offsets[:-1][filled])
        return highest_w

    def above_zero_wh(self) -> Floats:
        """Energy of each segment with its power's negative part left out; a line that crosses zero is a triangle."""
        if min(self.from_w.min(initial=0.0), self.to_w.min(initial=0.0)) >= 0:
            return self.energy_wh
        whole = np.maximum(self.from_w, 0) + np.maximum(self.to_w, 0)
        crosses = self.from_w * self.to_w < 0
        share = np.ones_like(whole)
        share[crosses] = whole[crosses] / np.abs(self.from_w[crosses] - self.to_w[crosses])
        energy_wh: Floats = whole / 2 * share * (self.to_s - self.from_s) * _WH_PER_WS
        return energy_wh

    def gaps(self, start_s: Floats, end_s: Floats) -> tuple[Integers, Floats, Floats]:
        """Owner, begin and end of each stretch between start and end of its series that no segment covers.

        The segments have to lie within.
        """
        owner = self.owner
        last = np.flatnonzero(np.diff(owner, append=-1) != 0)
        previous_end_s = np.concatenate([[np.nan], self.to_s[:-1]])
        first = np.flatnonzero(np.diff(owner, prepend=-1) != 0)
        previous_end_s[first] = start_s[owner[first]]
        inner = np.flatnonzero(self.from_s - previous_end_s > _SAME_S)
        late = last[end_s[owner[last]] - self.to_s[last] > _SAME_S]
        empty = np.flatnonzero(np.diff(self.offsets) == 0)
        owners = np.concatenate([owner[inner], owner[late], empty])
        from_s = np.concatenate([previous_end_s[inner], self.to_s[late], start_s[empty]])
        to_s = np.concatenate([self.from_s[inner], end_s[owner[late]], end_s[empty]])
        order = np.lexsort((from_s, owners))
        return owners[order], from_s[order], to_s[order]

    def overlap_s(self, from_s: Floats, to_s: Floats) -> Floats:
        """By series, the seconds of its segments between two instants of its own."""
        owner = self.owner
        return self.sum_of(np.maximum(np.minimum(self.to_s, to_s[owner]) - np.maximum(self.from_s, from_s[owner]), 0))


def usual_steps(readings: ReadingArrays, stated_s: Floats, start_s: Floats, end_s: Floats) -> Floats:
    """By series, the usual seconds from one reading to the next between start and end; NaN: fewer than two readings.

    A stated resolution holds unless the readings lie closer than that.
    """
    steps_s = np.where(stated_s > 0, stated_s, np.nan)
    owner, spacing_s = _spacings(readings)
    inside = (readings.at_s[1:] > start_s[owner]) & (readings.at_s[:-1] < end_s[owner]) & (spacing_s > 0)
    regular = np.full(len(readings), True)
    regular[owner[inside & ~(np.abs(spacing_s - steps_s[owner]) <= _SAME_S)]] = False
    usual_s = _medians(owner[inside], spacing_s[inside], ~regular)
    is_single = np.bincount(owner[inside], minlength=len(readings)) == 1
    usual: Floats = np.where(is_single & ~regular, usual_s, np.fmin(steps_s, usual_s))
    return usual


def even_steps(readings: ReadingArrays, start_s: Floats, end_s: Floats) -> Floats:
    """By series, the seconds from reading to reading between start and end, if they are the same all that time.

    Give or take a tenth, and but for a fifth of them that are longer as readings lack; NaN otherwise, and if there are
    fewer than four.
    """
    owner, spacing_s = _spacings(readings)
    inside = (readings.at_s[1:] > start_s[owner]) & (readings.at_s[:-1] < end_s[owner]) & (spacing_s > 0)
    owner, spacing_s = owner[inside], spacing_s[inside]
    counts = np.bincount(owner, minlength=len(readings))
    usual_s = _medians(owner, spacing_s, counts >= _LEAST_EVEN)
    closer = np.bincount(owner, weights=spacing_s < (1 - _UNEVEN) * usual_s[owner], minlength=len(readings))
    longer = np.bincount(owner, weights=spacing_s > (1 + _UNEVEN) * usual_s[owner], minlength=len(readings))
    return np.where((closer == 0) & (longer <= _MOST_LACKING * counts), usual_s, np.nan)


def _medians(owner: Integers, values: Floats, wanted: Booleans) -> Floats:
    """By series, the median of its values where it is wanted and there are any; NaN elsewhere.

    Where most values are equal to the smallest, that is the median; only the others are sorted.
    """
    medians = np.full(len(wanted), np.nan)
    counts = np.bincount(owner, minlength=len(wanted))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    filled = np.flatnonzero(counts > 0)
    if len(filled):
        medians[filled] = np.minimum.reduceat(values, offsets[filled])
        above = np.bincount(owner, weights=values > medians[owner], minlength=len(wanted))
        for place in np.flatnonzero(wanted & (2 * above >= counts) & (counts > 0)):
            medians[place] = np.median(values[offsets[place] : offsets[place + 1]])
    medians[~wanted] = np.nan
    return medians


def _spacings(readings: ReadingArrays) -> tuple[Integers, Floats]:
    """Owner, and seconds to the next reading, of each reading but the last of all; 0 at the end of a series."""
    owner = readings.owner
    spacing_s = np.diff(readings.at_s)
    spacing_s[owner[1:] != owner[:-1]] = 0.0
    return owner[:-1], spacing_s


def segments_of_means(readings: ReadingArrays, steps_s: Floats, watts_per_unit: Floats) -> Segments:
    """Of series whose readings stand for the step that begins with them, cut short where the next one begins."""
    owner = readings.owner
    to_s = readings.at_s + steps_s[owner]
    next_s = np.append(readings.at_s[1:], np.inf)
    ends = readings.offsets[1:]
    next_s[ends[ends > 0] - 1] = np.inf
    to_s = np.minimum(to_s, next_s)
    power_w = readings.value * watts_per_unit[owner]
    known = (to_s > readings.at_s) & np.isfinite(power_w)
    return _known(readings, known, readings.at_s, to_s, power_w, power_w)


def _known(
    readings: ReadingArrays, known: Booleans, from_s: Floats, to_s: Floats, from_w: Floats, to_w: Floats
) -> Segments:
    """The segments that are known, each of which begins with a reading."""
    if known.all():
        return Segments(readings.offsets, from_s, to_s, from_w, to_w)
    kept = np.concatenate([[0], np.cumsum(known)])[readings.offsets]
    return Segments(kept, from_s[known], to_s[known], from_w[known], to_w[known])


def segments_of_instants(readings: ReadingArrays, steps_s: Floats, watts_per_unit: Floats) -> Segments:
    """Of instantaneous series: the lines between readings that have no gap between them."""
    owner, spacing_s = _spacings(readings)
    power_w = readings.value * watts_per_unit[readings.owner] if len(readings.at_s) else readings.value
    known = (spacing_s > 0) & (spacing_s <= longest_spacings(owner, spacing_s, steps_s))
    known &= np.isfinite(power_w[:-1]) & np.isfinite(power_w[1:])
    return _between(readings, known, power_w[:-1], power_w[1:])


def segments_of_steps(readings: ReadingArrays, gained_wh: Floats, is_known: Booleans) -> Segments:
    """Of registers: each step to a reading that counted `gained_wh` and is known, as the mean power over it."""
    _, spacing_s = _spacings(readings)
    known = (spacing_s > 0) & is_known[1:]
    power_w = np.divide(gained_wh[1:], spacing_s * _WH_PER_WS, out=np.zeros_like(spacing_s), where=known)
    return _between(readings, known, power_w, power_w)


def _between(readings: ReadingArrays, known: Booleans, from_w: Floats, to_w: Floats) -> Segments:
    """The segments that are known of those from each reading to the next one, but the last of all readings."""
    from_s, to_s = readings.at_s[:-1], readings.at_s[1:]
    kept = np.concatenate([[0], np.cumsum(np.append(known, False))])[readings.offsets]
    at = np.flatnonzero(known)  # by numbers values are taken faster than by a mask
    own_w = from_w[at]
    return Segments(kept, from_s[at], to_s[at], own_w, own_w if from_w is to_w else to_w[at])


def longest_spacings(owner: Integers, spacing_s: Floats, steps_s: Floats) -> Floats:
    """How far each reading and the next may be apart without a gap between them.

    1.5 steps; where the spacing of a series changes in the course of the day, 1.5 times that of the readings on
    either side; 2 steps where the readings do not keep to a clock.
    """
    longest_s: Floats = GAP_STEPS * steps_s[owner]
    long = np.flatnonzero(spacing_s > longest_s)
    if len(long):
        before_s = _medians_at(spacing_s, owner, long, np.arange(-_NEIGHBOURS, 0))
        after_s = _medians_at(spacing_s, owner, long, np.arange(1, 1 + _NEIGHBOURS))
        usual_s = np.maximum(np.maximum(before_s, after_s), steps_s[owner[long]])
        is_wanted = np.zeros(len(steps_s), dtype=bool)
        is_wanted[owner[long]] = True
        longest_s[long] = _gap_steps(spacing_s, owner, is_wanted)[owner[long]] * usual_s
    return longest_s


def _gap_steps(spacing_s: Floats, owner: Integers, is_wanted: Booleans) -> Floats:
    """By series, how many steps make a gap, where it is wanted."""
    chosen = (spacing_s > 0) & is_wanted[owner]
    owner, spacing_s = owner[chosen], spacing_s[chosen]
    in_steps = spacing_s / _medians(owner, spacing_s, is_wanted)[owner]
    off_the_clock = _medians(owner, np.abs(in_steps - np.rint(in_steps)), is_wanted)
    return np.where(off_the_clock > _OFF_THE_CLOCK, _JITTERED_GAP_STEPS, GAP_STEPS)


def _medians_at(spacing_s: Floats, owner: Integers, index: Integers, reach: Integers) -> Floats:
    """The median of the spacings at some distances from each index, 0 if the series has too few there."""
    at = index[:, None] + reach
    is_own = (at >= 0) & (at < len(owner))
    at = np.clip(at, 0, len(owner) - 1)
    is_own &= (owner[at] == owner[index][:, None]) & (spacing_s[at] > 0)
    count, row = is_own.sum(axis=1), np.arange(len(index))
    in_order = np.sort(np.where(is_own, spacing_s[at], np.inf), axis=1)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(reach) - 1)
    medians: Floats = (in_order[row, low] + in_order[row, high]) / 2
    return np.where(count >= _NEIGHBOURS // 2, medians, 0.0)


def span_wh(segments: Segments, place: int, edges_s: Floats) -> tuple[Floats, Floats]:
    """The same as `spans_wh` of one series."""
    energy_wh, measured_s = spans_wh(segments, np.array([place]), edges_s[None])
    return energy_wh[0], measured_s[0]


def spans_wh(segments: Segments, places: Integers, edges_s: Floats) -> tuple[Floats, Floats]:
    """Energy and measured seconds of the series at `places` between each edge and the next, a row a series."""
    firsts, ends = segments.offsets[places], segments.offsets[np.asarray(places) + 1]
    if not len(segments.from_s):
        shape = (len(places), edges_s.shape[1] - 1)
        return np.zeros(shape), np.zeros(shape)
    energy_ws, measured_s = segments.until
    at = _last_begun(segments.from_s, firsts, ends, edges_s)
    length_s = segments.to_s - segments.from_s
    into_s = np.clip(edges_s - segments.from_s[at], 0, length_s[at])
    mean_w = segments.from_w[at]
    if not segments.is_level:
        mean_w += ((segments.to_w - segments.from_w) / length_s)[at] * into_s / 2
    energy_at = energy_ws[at] + mean_w * into_s
    energy_wh, seconds = np.diff(energy_at, axis=1) * _WH_PER_WS, np.diff(measured_s[at] + into_s, axis=1)
    is_empty = firsts == ends
    energy_wh[is_empty], seconds[is_empty] = 0.0, 0.0
    return energy_wh, seconds


def _last_begun(begins_s: Floats, firsts: Integers, ends: Integers, edges_s: Floats) -> Integers:
    """The segment of each series that begins at or before each edge, its first where none does.

    Where segments follow each other evenly their number tells it, or one of those beside it; the others are searched.
    """
    first, last = (np.minimum(own, len(begins_s) - 1)[:, None] for own in (firsts, np.maximum(ends - 1, firsts)))
    first_s = begins_s[first]
    steps_s = (begins_s[last] - first_s) / np.maximum(last - first, 1)
    counted = (edges_s - first_s) / np.where(steps_s > 0, steps_s, 1.0)
    at: Integers = first + np.clip(counted, 0, last - first).astype(np.int64)
    rows = np.arange(len(at))
    for _ in range(_BESIDE):
        own, edges = at[rows], edges_s[rows]
        is_early = (begins_s[np.minimum(own + 1, last[rows])] <= edges) & (own < last[rows])
        is_late = (begins_s[own] > edges) & (own > first[rows])
        is_off = is_early | is_late
        at[rows] = own + is_early - is_late
        rows = rows[is_off.any(axis=1)]
        if not len(rows):
            return at
    for row in rows.tolist():
        own_s = begins_s[firsts[row] : ends[row]]
        at[row] = first[row] + np.maximum(np.searchsorted(own_s, edges_s[row], side="right") - 1, 0)
    return at


def joined_segments(parts: Sequence[tuple[Integers, Segments]], length: int) -> Segments:
    """Segments of several kinds of series as one; each part comes with the places of its series."""
    if len(parts) == 1 and len(parts[0][1]) == length:
        return parts[0][1]
    counts = np.zeros(length, dtype=np.int64)
    for places, part in parts:
        counts[places] = np.diff(part.offsets)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    columns = [
        np.concatenate([getattr(part, name) for _, part in parts]) if parts else np.empty(0)
        for name in ("from_s", "to_s", "from_w", "to_w")
    ]
    at = np.concatenate([places for places, _ in parts]) if parts else np.empty(0, dtype=np.int64)
    if (np.diff(at) < 0).any():
        order = np.argsort(np.repeat(at, counts[at]), kind="stable")
        columns = [column[order] for column in columns]
    return Segments(offsets, *columns)
