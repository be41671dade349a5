"""How a cumulative register usually moves, and its readings cut into runs of ordinary steps.

What belongs here: what the readings of one register show by themselves. What does not: what explains the cuts.
"""

from bisect import bisect_right
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from plant_pipeline.arrays import Floats

Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

HOUR_S = 3600.0
FEW_READINGS = 3
"""So many readings beside a break, or at the start or end of what is known, prove no course (our choice)."""

# A rise is ordinary up to these multiples of the register's own rate or increment, and possible up to a multiple of its
# own rate if nothing else is known (our choice); 1.5 x the usual power: kpis.md 4 (limits).
_ORDINARY_RATES, _ORDINARY_INCREMENTS, _OWN_RATES, _USUAL_RATES = 3.0, 2.0, 5.0, 1.5
_LOCAL_S = 2 * HOUR_S
_WINDOW = 5
_WIDEST_RANGE = 15.0
_FEWEST_SOUND = 0.2
_ROUNDING, _LEAST_ROUNDING_WH = 1e-12, 1e-6


@dataclass(frozen=True, slots=True)
class Manner:
    """How a register usually moves, learned from its moves (changes of the value), so that a coarse or lagging one is
    judged by its own steps.

    `own_w` is the highest rate it kept up, `highest_w` the highest possible; `increment_wh` the size of its large
    moves, `resolution_wh` of its small ones, `interval_s` the time from move to move. `rollover_wh`: where it was seen
    to begin anew again and again.
    """

    own_w: float
    highest_w: float
    increment_wh: float
    resolution_wh: float
    interval_s: float
    rounding_wh: float
    rollover_wh: float = np.inf

    def ordinary_wh(self, elapsed_s: Floats) -> Floats:
        """The rise up to which a step needs no explanation."""
        rate_w = min(_ORDINARY_RATES * self.own_w, self.highest_w)
        return np.maximum(rate_w * elapsed_s / HOUR_S, self.large_wh)

    def possible_wh(self, elapsed_s: Floats) -> Floats:
        """The rise up to which a step is possible."""
        return np.maximum(self.ordinary_wh(elapsed_s), self.highest_w * elapsed_s / HOUR_S + 2 * self.resolution_wh)

    @property
    def large_wh(self) -> float:
        """A rise that is ordinary for a single move, however short the step."""
        return _ORDINARY_INCREMENTS * self.increment_wh


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of ordinary steps: index of first and last reading, instant and value there, and the rates around.

    `start_w`, `end_w`: mean rate over a run's first and last two hours (NaN: a single reading). `moved_s`: when the
    last value was first shown; `moving_w`: the rate before that. `steps_before`, `steps_until`: how many steps lie in
    runs that move, up to the first and last reading. `is_void`: zeros for longer than the register usually rests.
    """

    first: Ints
    last: Ints
    start_s: Floats
    start_wh: Floats
    end_s: Floats
    end_wh: Floats
    start_w: Floats
    end_w: Floats
    moved_s: Floats
    moving_w: Floats
    steps_before: Ints
    steps_until: Ints
    is_void: Bools

    def part(self, start: int, stop: int) -> "Runs":
        """The runs from `start` to before `stop`."""
        return Runs(*(getattr(self, field.name)[start:stop] for field in fields(self)))


def learn_manner(at_s: Floats, value_wh: Floats, rating_w: float | None, usual_w: float | None) -> Manner:
    """Learn from each move over the time since the move before it.

    What the register keeps up beyond the rating or the usual power disproves them.
    """
    rounding_wh = max(_ROUNDING * float(np.abs(value_wh).max()), _LEAST_ROUNDING_WH)
    since_s, rises_wh = _moves(at_s, value_wh, rounding_wh)
    is_sound = _is_sound(rises_wh)
    if np.count_nonzero(is_sound) < _FEWEST_SOUND * rises_wh.size:
        rising = _longest_rise(value_wh)
        since_s, rises_wh = _moves(at_s[rising], value_wh[rising], rounding_wh)
        is_sound = np.ones(rises_wh.size, np.bool_)
    rises_wh, since_s = rises_wh[is_sound], since_s[is_sound]
    given_w = rating_w or _USUAL_RATES * (usual_w or 0.0) or np.inf
    if rises_wh.size == 0:
        return Manner(given_w, given_w, 0.0, 0.0, 0.0, rounding_wh)
    interval_s = float(np.median(since_s))
    known_w = 0.0 if given_w == np.inf else given_w
    own_w = _kept_up(rises_wh / since_s * HOUR_S, known_w)
    is_disproved = rises_wh.size >= FEW_READINGS and own_w > given_w
    highest_w = _OWN_RATES * own_w if is_disproved or given_w == np.inf else given_w
    increment_wh = _kept_up(rises_wh, known_w * interval_s / HOUR_S)
    return Manner(own_w, highest_w, increment_wh, float(np.quantile(rises_wh, 0.1)), interval_s, rounding_wh)


def _moves(at_s: Floats, value_wh: Floats, rounding_wh: float) -> tuple[Floats, Floats]:
    """Changes of the value: the time since the one before, and the rise."""
    moves = 1 + np.flatnonzero(np.abs(np.diff(value_wh)) > rounding_wh)
    return np.diff(at_s[np.concatenate(([0], moves))]), value_wh[moves] - value_wh[moves - 1]


def _is_sound(rises_wh: Floats) -> Bools:
    """Which moves teach something: one beside a fall, or between several, belongs to a fault."""
    if rises_wh.size == 0:
        return np.zeros(0, np.bool_)
    falls = np.lib.stride_tricks.sliding_window_view(np.pad(rises_wh < 0, _WINDOW // 2), _WINDOW)
    return np.asarray(~falls[:, 1:-1].any(axis=1) & (falls.sum(axis=1) < 2), np.bool_)


def _longest_rise(value_wh: Floats) -> Ints:
    """The longest series of readings that never falls (patience sorting)."""
    tops: list[float] = []
    top_of: list[int] = []
    before = np.full(value_wh.size, -1)
    for index, value in enumerate(value_wh.tolist()):
        height = bisect_right(tops, value)
        before[index] = top_of[height - 1] if height else -1
        tops[height : height + 1] = [value]
        top_of[height : height + 1] = [index]
    series = [top_of[-1]]
    while before[series[-1]] >= 0:
        series.append(int(before[series[-1]]))
    return np.array(series[::-1])


def _kept_up(sizes: Floats, known: float) -> float:
    """The highest size that most of a few successive moves reached: neither a spike nor a quiet day sways it.

    Far above the usual sizes it is believed only up to what is `known` to be possible.
    """
    if sizes.size < _WINDOW:
        return float(np.quantile(sizes, 0.5, method="lower"))
    padded = np.pad(sizes, _WINDOW // 2, mode="reflect")
    reached = np.quantile(np.lib.stride_tricks.sliding_window_view(padded, _WINDOW), 0.25, axis=1)
    widest = _WIDEST_RANGE * float(np.quantile(sizes, 0.75, method="lower"))
    return min(float(reached.max()), max(widest, known))


def find_cuts(at_s: Floats, value_wh: Floats, manner: Manner) -> Bools:
    """Per reading: the step to it is not an ordinary one, or a few readings apart from the rest begin or end there."""
    rises_wh = np.diff(value_wh)
    is_fall = rises_wh < -manner.rounding_wh
    is_cut = np.concatenate(([False], is_fall | (rises_wh > manner.ordinary_wh(np.diff(at_s)))))
    for after in (1 + np.flatnonzero(is_fall)).tolist():
        above = after - run_length(value_wh[:after][::-1] > value_wh[after])
        below = after + run_length(value_wh[after:] < value_wh[after - 1])
        is_cut[min(after + run_length(value_wh[after:] == 0), value_wh.size - 1)] |= value_wh[after] == 0
        is_cut[above] |= is_trifle(value_wh[above:after])
        if below < value_wh.size:
            is_cut[below] |= is_trifle(value_wh[after:below])
    is_cut[0] = False
    return is_cut


def run_length(is_so: Bools) -> int:
    """How many from the first on are so."""
    return int(np.argmin(np.append(is_so, False)))


def is_trifle(value_wh: Floats) -> bool:
    """Whether readings are so few, or so still, that they are no course."""
    return value_wh.size <= FEW_READINGS or bool(np.all(value_wh == value_wh[0]))


def cut_runs(at_s: Floats, value_wh: Floats, is_cut: Bools, interval_s: float) -> Runs:
    """The runs between the cuts; no rate is taken over less than `interval_s`."""
    first = np.concatenate(([0], np.flatnonzero(is_cut)))
    last = np.concatenate((first[1:] - 1, [at_s.size - 1]))
    is_move = np.diff(value_wh, prepend=np.nan) != 0
    moved = np.maximum.accumulate(np.where(is_move | is_cut, np.arange(at_s.size), 0))[last]
    is_moving = np.repeat(value_wh[first] != value_wh[last], last - first + 1)
    steps = np.cumsum(~is_cut & is_moving, dtype=np.intp)
    later = np.maximum(np.searchsorted(at_s, at_s[first] + _LOCAL_S, side="right") - 1, first + FEW_READINGS)

    def mean_w(start: Ints, end: Ints) -> Floats:
        elapsed_s = np.where(end > start, np.maximum(at_s[end] - at_s[start], interval_s), np.nan)
        return np.asarray((value_wh[end] - value_wh[start]) / elapsed_s * HOUR_S, np.float64)

    def earlier(index: Ints) -> Ints:
        return np.maximum(np.minimum(np.searchsorted(at_s, at_s[index] - _LOCAL_S), index - FEW_READINGS), first)

    return Runs(
        first=first,
        last=last,
        start_s=at_s[first],
        start_wh=value_wh[first],
        end_s=at_s[last],
        end_wh=value_wh[last],
        start_w=mean_w(first, np.minimum(later, last)),
        end_w=mean_w(earlier(last), last),
        moved_s=at_s[moved],
        moving_w=mean_w(earlier(moved), moved),
        steps_before=steps[first],
        steps_until=steps[last],
        is_void=(value_wh[last] == 0) & (last - first > FEW_READINGS) & (at_s[last] - at_s[first] > interval_s),
    )
