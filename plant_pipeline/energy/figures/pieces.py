"""The day of many plants cut into pieces, and what their series say of each piece.

What belongs here: edges of the pieces, sums and means of series over them, a row a plant. What does not: which series
count (plant_figures.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import Stretch
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.series.segments import Segments, spans_wh

QUARTER_S: Final = 900.0

_WHOLE: Final = 1e-6


@dataclass(frozen=True)
class Pieces:
    """Pieces of plants' days between all edges that matter, a row a plant; some may have no length.

    All days are equally long and have bins of the same width, at the same distance from their beginning.
    """

    edges_s: Floats
    bin_s: float
    has_sun: Booleans

    @cached_property
    def hours(self) -> Floats:
        """Length of each piece."""
        hours: Floats = np.diff(self.edges_s, axis=1) / 3600
        return hours

    @cached_property
    def middle_s(self) -> Floats:
        """Middle of each piece."""
        middle_s: Floats = (self.edges_s[:, :-1] + self.edges_s[:, 1:]) / 2
        return middle_s

    @cached_property
    def quarter_of(self) -> Integers:
        """The quarter of an hour that each piece lies in, counted through all rows."""
        quarter = ((self.middle_s - self.edges_s[:, :1]) // QUARTER_S).astype(np.int64)
        counted: Integers = np.minimum(quarter, self.quarters - 1) + self.quarters * np.arange(len(quarter))[:, None]
        return counted

    @property
    def quarters(self) -> int:
        """Quarters of an hour in a day."""
        return int(np.ceil((self.edges_s[0, -1] - self.edges_s[0, 0]) / QUARTER_S))

    def by_quarter(self, values: Floats | Booleans) -> Floats:
        """The sum of values of pieces by quarter of an hour."""
        length = len(self.edges_s) * self.quarters
        summed = np.bincount(self.quarter_of.ravel(), weights=values.ravel(), minlength=length)
        return summed.astype(np.float64).reshape(-1, self.quarters)

    def within(self, stretches: Sequence[Sequence[Stretch]]) -> Booleans:
        """The pieces whose middle lies in one of the stretches of its row."""
        found = np.zeros(self.middle_s.shape, dtype=bool)
        for nth in range(max(map(len, stretches), default=0)):
            rows = [row for row, own in enumerate(stretches) if len(own) > nth]
            edges_s = np.array([stretches[row][nth] for row in rows])
            found[rows] |= (self.middle_s[rows] > edges_s[:, :1]) & (self.middle_s[rows] < edges_s[:, 1:])
        return found

    def whole_bins(self, is_valid: Booleans) -> Booleans:
        """The pieces of bins that are valid throughout."""
        bins = np.floor(self.middle_s / self.bin_s)
        place = np.cumsum(np.diff(bins, axis=1, prepend=np.nan) != 0).reshape(bins.shape) - 1
        whole: Booleans = (np.bincount(place.ravel(), weights=~is_valid.ravel()) == 0)[place]
        return whole


def pieces_of(
    start_s: Floats,
    end_s: Floats,
    bin_s: float,
    suns: Sequence[Sequence[Stretch]],
    others: Sequence[Sequence[Stretch]],
) -> Pieces:
    """Pieces between edges of bins, quarters of an hour, daylight, and of other stretches, all by plant.

    Bins lie on whole multiples of their width since 1970, as servers cut intervals; `bin_s` 0: no bins are needed.
    """
    first_s, length_s = float(start_s[0]), float(end_s[0] - start_s[0])
    clock_s = [np.arange(0, length_s, QUARTER_S, dtype=np.float64), np.array([length_s])]
    if bin_s:
        clock_s.append(
            np.arange(np.floor(first_s / bin_s), np.ceil((first_s + length_s) / bin_s) + 1) * bin_s - first_s
        )
    edges_s = start_s[:, None] + np.unique(np.clip(np.concatenate(clock_s), 0, length_s))
    daylight, beside = (_flat(start_s, stretches) for stretches in (suns, others))
    edges_s = np.concatenate(
        [edges_s, np.clip(np.hstack([daylight, beside]), start_s[:, None], end_s[:, None])], axis=1
    )
    pieces = Pieces(np.sort(edges_s, axis=1), bin_s, np.zeros(0, dtype=bool))
    return replace(pieces, has_sun=pieces.within(suns))


def _flat(start_s: Floats, stretches: Sequence[Sequence[Stretch]]) -> Floats:
    """Begins and ends of the stretches of each row, filled up with its beginning."""
    flat = np.repeat(start_s[:, None], 2 * max(map(len, stretches), default=0), axis=1)
    for row, own in enumerate(stretches):
        if own:
            flat[row, : 2 * len(own)] = [edge for stretch in own for edge in stretch]
    return flat


def sums(segments: Segments, pieces: Pieces, series: Sequence[Sequence[Measured]]) -> tuple[Floats, Booleans]:
    """Energy (Wh, only what was produced) of each piece, and whether all of a plant's series are valid in it."""
    rows, own_wh, is_valid = _of_series(segments, pieces, series)
    count = np.array([len(own) for own in series])
    energy_wh = _added(rows, np.maximum(own_wh, 0), len(series))
    return energy_wh, (_added(rows, is_valid, len(series)) == count[:, None]) & (count > 0)[:, None]


def means(segments: Segments, pieces: Pieces, series: Sequence[Sequence[Measured]]) -> tuple[Floats, Booleans]:
    """Mean of the plant's series valid in each piece, times hours, and whether any is."""
    rows, own_h, is_valid = _of_series(segments, pieces, series)
    total = _added(rows, np.where(is_valid, own_h, 0.0), len(series))
    count = _added(rows, is_valid, len(series))
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0), count > 0


def _of_series(
    segments: Segments, pieces: Pieces, series: Sequence[Sequence[Measured]]
) -> tuple[Integers, Floats, Booleans]:
    """By series of all plants, the row of its plant, its sum over each piece, and whether it is valid in it."""
    rows = np.repeat(np.arange(len(series)), [len(own) for own in series])
    places = np.array([record.place for own in series for record in own], dtype=np.int64)
    own, valid_s = spans_wh(segments, places, pieces.edges_s[rows])
    return rows, own, valid_s / 3600 >= pieces.hours[rows] - _WHOLE


def _added(rows: Integers, values: Floats | Booleans, length: int) -> Floats:
    """The sums of values of the same row; rows come in order."""
    if np.array_equal(rows, np.arange(length)):
        return values.astype(np.float64)
    total = np.zeros((length, values.shape[1]))
    first = np.flatnonzero(np.diff(rows, prepend=-1) != 0)
    if len(first):
        total[rows[first]] = np.add.reduceat(values.astype(np.float64), first, axis=0)
    return total
