"""The day in pieces: edges, quarters, bins and sums, of days of an hour or two worked out by hand."""

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.figures.pieces import Pieces, means, pieces_of, sums
from plant_pipeline_tests.energy.given_series import measured, segments, series

NIGHT: tuple[tuple[float, float], ...] = ()


def _floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def _hour(bin_s: float = 0.0, start_s: float = 3600.0) -> Pieces:
    return pieces_of(_floats(start_s), _floats(start_s + 3600), bin_s, [NIGHT], [NIGHT])


def test_a_day_is_cut_at_quarters_bins_daylight_and_gaps() -> None:
    pieces = pieces_of(_floats(600.0), _floats(4200.0), 1000.0, [[(0.0, 1200.0)]], [[(3300.0, 9000.0)]])
    # Quarters from its beginning; bins on whole thousands since 1970; the sun until 1200; a gap from 3300.
    assert np.unique(pieces.edges_s).tolist() == [600, 1000, 1200, 1500, 2000, 2400, 3000, 3300, 4000, 4200]
    assert pieces.edges_s[0, [0, -1]].tolist() == [600, 4200]
    has_length = pieces.hours[0] > 0
    assert pieces.has_sun[0][has_length].tolist() == [True, True, *[False] * 7]
    assert pieces.middle_s[0][has_length].tolist() == [800, 1100, 1350, 1750, 2200, 2700, 3150, 3650, 4100]
    assert pieces.hours.sum() == 1


def test_a_plant_with_less_to_cut_has_pieces_without_length() -> None:
    pieces = pieces_of(_floats(0.0, 7200.0), _floats(900.0, 8100.0), 0.0, [[(100.0, 200.0), (300.0, 400.0)], NIGHT],
                       [NIGHT, [(7300.0, 7400.0)]])  # fmt: skip
    assert [np.unique(own).tolist() for own in pieces.edges_s] == [
        [0, 100, 200, 300, 400, 900],
        [7200, 7300, 7400, 8100],
    ]
    assert pieces.has_sun.sum(axis=1).tolist() == [2, 0]


def test_pieces_are_added_by_the_quarter_of_an_hour_of_their_plant() -> None:
    starts_s = _floats(0.0, 7200.0)
    pieces = pieces_of(starts_s, starts_s + 2000, 600.0, [NIGHT] * 2, [NIGHT] * 2)
    # Edges 0, 600, 900, 1200, 1800, 2000: two pieces, two, and what is left.
    assert pieces.quarters == 3
    assert pieces.by_quarter(_floats(1, 2, 4, 8, 16)[None] * _floats(1, 100)[:, None]).tolist() == [
        [3, 12, 16],
        [300, 1200, 1600],
    ]
    assert pieces.quarter_of.tolist() == [[0, 0, 1, 1, 2], [3, 3, 4, 4, 5]]


def test_a_bin_is_whole_if_each_of_its_pieces_is_valid() -> None:
    pieces = _hour(1200.0)  # 3600, 4500 | 4800, 5400 | 6000, 6300 to 7200
    assert pieces.edges_s[0].tolist() == [3600, 4500, 4800, 5400, 6000, 6300, 7200]
    is_valid = np.array([[True, False, True, True, False, True]])
    assert pieces.whole_bins(is_valid).tolist() == [[False, False, True, True, False, False]]


def test_bins_of_two_plants_are_told_apart() -> None:
    pieces = pieces_of(_floats(0.0, 900.0), _floats(900.0, 1800.0), 900.0, [NIGHT] * 2, [NIGHT] * 2)
    assert pieces.whole_bins(np.array([[True], [False]])).tolist() == [[True], [False]]
    same = pieces_of(_floats(0.0, 0.0), _floats(900.0, 900.0), 900.0, [NIGHT] * 2, [NIGHT] * 2)
    assert same.whole_bins(np.array([[True], [False]])).tolist() == [[True], [False]]


def test_a_piece_lies_in_a_stretch_by_its_middle() -> None:
    pieces = _hour()  # middles at 4050, 4950, 5850, 6750
    assert pieces.within([[(4000.0, 4051.0), (5850.0, 6750.0), (6749.0, 9000.0)]]).tolist() == [
        [True, False, False, True]
    ]


def test_the_energy_of_pieces_is_known_where_all_series_are_and_counts_production_only() -> None:
    # An hour in quarters: one series of 400 W throughout, one of -400 W and, from half past, of 800 W.
    own = segments(
        [(3600, 7200, 400, 400)],
        [(3600, 4500, -400, -400), (5400, 7200, 800, 800)],
        [(3600, 7200, 9, 9)],
    )
    records = [measured(series(number), place=number) for number in range(3)]
    pieces = pieces_of(_floats(3600, 3600, 3600), _floats(7200, 7200, 7200), 0.0, [NIGHT] * 3, [NIGHT] * 3)
    energy_wh, is_known = sums(own, pieces, [records[:2], [], records[:1]])
    assert energy_wh.tolist() == [[100, 100, 300, 300], [0, 0, 0, 0], [100, 100, 100, 100]]
    assert is_known.tolist() == [[True, False, True, True], [False] * 4, [True] * 4]
    mean_h, has_any = means(own, pieces, [records[:2], [], records[1:2]])
    assert mean_h == pytest.approx(np.array([[0, 100, 150, 150], [0] * 4, [-100, 0, 200, 200]]))
    assert has_any.tolist() == [[True] * 4, [False] * 4, [True, False, True, True]]


def test_a_piece_that_was_measured_in_part_is_not_known() -> None:
    own = segments([(3600, 4499, 400, 400), (4500, 7200, 400, 400)])
    record = measured(series(1))
    assert sums(own, _hour(), [[record]])[1].tolist() == [[False, True, True, True]]
    assert means(own, _hour(), [[record]])[0].tolist() == [[0, 100, 100, 100]]
