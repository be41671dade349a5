"""Power of a whole plant that jumps as no weather makes it: to nothing and back, or to many times as much.

What belongs here: telling jumps in the course of a day. What does not: what becomes of the day (doubts).

An outage, a sensor that was off, and one whose values were taken for another unit for a while show the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import Stretch, Sun
from plant_pipeline.energy.series.segments import Segments
from plant_pipeline.energy.series.sensors import PRODUCTION, TYPES, Series

OFF_S: Final = 3600.0
NOTABLE: Final = 0.1
OF_ITS_OWN: Final = 0.5
"""From more than this share of its highest power a plant falls to nothing for so long, and rises to it again, by an
outage alone; from that share of its capacity, or half of its highest power, it does either of the two (our choice)."""

HIDDEN_SPREAD: Final = 1.25
"""Times the power beside such a time, as what it may hide (our choice)."""

BETWEEN: Final = 0.02
PASSING_S: Final = 3 * 3600.0
"""From more than that share of its highest power a plant may fall to nothing and come back within so long, by itself
or as its meter failed (our choice)."""

NOTHING: Final = 0.0012
"""Of the highest power: what a unit a thousand times too small leaves of it at most (our choice)."""

FACTOR: Final = 7.0
"""A plant gives so many times as much, or as little, within two readings after which, and before which, it hardly
moved, on none to three of a hundred days of the public measurements (docs/uncertainty.md)."""

_STEADY: Final = 0.25  # of the logarithm of a jump: so much power may move from reading to reading beside it
_BESIDE: Final = 3
_CLOSE_S: Final = 1800.0  # what is read more seldom may change as much by itself


@dataclass(frozen=True, slots=True)
class Jump:
    """Of the series at `place`: power next to nothing from one instant to another, or (`factor`) a jump at `from_s`.

    `hidden_wh`: what a time with next to nothing may hide; `is_doubtful`: no plant does so by itself.
    """

    place: int
    from_s: float
    to_s: float
    factor: float | None = None
    hidden_wh: float = 0.0
    is_doubtful: bool = True


def jumps_of(segments: Segments, series: Sequence[Series], rating_w: Floats, suns: Sequence[Sun | None]) -> list[Jump]:
    """The jumps of those series that are the production of whole plants; all lie within their plants' day.

    `rating_w` by series, NaN where it is not known.
    """
    of_plants = [place for place, one in enumerate(series) if is_of_plant(one)]
    if not of_plants:
        return []
    places = np.array(of_plants, dtype=np.int64)
    own = segments.at(places)
    mean_w = (own.from_w + own.to_w) / 2
    highest_w = np.zeros(len(own))
    filled = np.flatnonzero(np.diff(own.offsets) > 0)
    if len(filled):
        highest_w[filled] = np.maximum.reduceat(mean_w, own.offsets[:-1][filled]).clip(0)
    # A register that stood still makes up for it.
    lit = [_lit(suns[place]) for place in of_plants]
    is_counted = np.array([series[place].kind == "register" for place in of_plants], dtype=bool)
    found = [*_interruptions(own, mean_w, highest_w, rating_w[places], is_counted, lit)]
    found += _shifts(own, mean_w, highest_w)
    return [replace(jump, place=of_plants[jump.place]) for jump in found]


def is_of_plant(series: Series) -> bool:
    """Whether it is the production of a whole plant, as far as a sensor's equipment tells."""
    return series.quantity in PRODUCTION and series.equipment_type not in TYPES


def _lit(sun: Sun | None) -> Sequence[Stretch] | None:
    return sun.stretches if sun and sun.is_only_source else None


def _interruptions(
    own: Segments,
    mean_w: Floats,
    highest_w: Floats,
    rating_w: Floats,
    is_counted: Booleans,
    lit: Sequence[Sequence[Stretch] | None],
) -> list[Jump]:
    """Times with next to nothing; `lit`: when the sun is up, its only source; None: it may give power at any time."""
    owner = own.owner
    is_nothing = ~is_counted[owner]
    is_nothing &= np.maximum(np.abs(own.from_w), np.abs(own.to_w)) <= NOTHING * highest_w[owner]
    begins = np.flatnonzero(is_nothing & ~(np.append(False, is_nothing[:-1]) & _follows(owner)))
    ends = np.flatnonzero(is_nothing & ~np.append((is_nothing[1:] & _follows(owner)[1:]), False))
    of = owner[begins]
    lasting_s = own.to_s[ends] - own.from_s[begins]
    # An interval in which it happened lies in between.
    before_w = np.maximum(_beside(mean_w, owner, begins, -1), _beside(mean_w, owner, begins, -2))
    after_w = np.maximum(_beside(mean_w, owner, ends, 1), _beside(mean_w, owner, ends, 2))
    is_off = (before_w > NOTABLE * highest_w[of]) & (after_w > NOTABLE * highest_w[of])
    with np.errstate(invalid="ignore"):
        is_off |= np.maximum(before_w, after_w) > np.fmin(NOTABLE * rating_w[of], OF_ITS_OWN * highest_w[of])
    is_off &= lasting_s >= OFF_S
    is_between = (np.minimum(before_w, after_w) > BETWEEN * highest_w[of]) & (lasting_s < PASSING_S)
    told = np.flatnonzero(is_off | is_between)
    beside_w = np.maximum(before_w, after_w)[told]
    columns = (of[told], own.from_s[begins[told]], own.to_s[ends[told]], beside_w, is_off[told])
    found = []
    for place, from_s, to_s, power_w, is_doubtful in zip(*(column.tolist() for column in columns), strict=True):
        stretches = lit[place]
        lit_s = to_s - from_s
        if stretches is not None:
            lit_s = sum(max(min(to_s, set_s) - max(from_s, rise_s), 0.0) for rise_s, set_s in stretches)
        if not is_doubtful or lit_s >= OFF_S:
            hidden_wh = HIDDEN_SPREAD * power_w * lit_s / 3600
            found.append(Jump(place, from_s, to_s, None, hidden_wh, is_doubtful))
    return found


def _follows(owner: Integers) -> Booleans:
    """Whether each segment comes after one of the same series."""
    return np.append(False, owner[1:] == owner[:-1])


def _beside(mean_w: Floats, owner: Integers, index: Integers, by: int) -> Floats:
    """The power of the segment so far from each, 0 beyond the series."""
    at = np.clip(index + by, 0, len(owner) - 1)
    is_own = (index + by >= 0) & (index + by < len(owner)) & (owner[at] == owner[index])
    beside_w: Floats = np.where(is_own, mean_w[at], 0.0)
    return beside_w


def _shifts(own: Segments, mean_w: Floats, highest_w: Floats) -> list[Jump]:
    """Jumps of what is steady on both sides, but for the one segment in which it happened."""
    found: dict[tuple[int, int], Jump] = {}
    owner = own.owner
    for width in (1, 2):
        before_w, after_w = mean_w[:-width], mean_w[width:]
        index = np.flatnonzero(
            (np.maximum(before_w, after_w) > FACTOR * np.minimum(before_w, after_w)) & (before_w > 0)
        )
        index = index[(index >= _BESIDE) & (index + width + _BESIDE < len(mean_w))]
        around = index[:, None] + np.arange(-_BESIDE, width + _BESIDE + 1)
        is_told = (owner[around] == owner[index][:, None]).all(axis=1) & (mean_w[around] > 0).all(axis=1)
        is_told &= np.maximum(mean_w[index], mean_w[index + width]) > NOTABLE * highest_w[owner[index]]
        is_told &= (own.to_s[around[:, :-1]] == own.from_s[around[:, 1:]]).all(axis=1)
        is_told &= (own.to_s[around] - own.from_s[around] <= _CLOSE_S).all(axis=1)
        index, around = index[is_told], around[is_told]
        rise = np.diff(np.log(mean_w[around]), axis=1)
        jump = rise[:, _BESIDE : _BESIDE + width].sum(axis=1)
        beside = np.hstack([rise[:, :_BESIDE], rise[:, _BESIDE + width :]])
        is_steady = np.abs(beside).max(axis=1, initial=0.0) <= _STEADY * np.abs(jump)
        for at, factor in zip(index[is_steady].tolist(), np.exp(jump[is_steady]).tolist(), strict=True):
            at_s = float(own.to_s[at])
            found.setdefault((int(owner[at]), at), Jump(int(owner[at]), at_s, at_s, factor))
    return list(found.values())
