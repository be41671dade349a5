"""From readings to power over time: each rule by a few readings spelled out, energies worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.energy.series.segments import (
    Segments,
    joined_segments,
    longest_spacings,
    segments_of_instants,
    segments_of_means,
    segments_of_steps,
    span_wh,
    spans_wh,
    usual_steps,
)

NAN = float("nan")

Stretch = tuple[float, float, float, float]


def _readings(*series: Sequence[tuple[float, float]]) -> ReadingArrays:
    """Each series by instant (s) and value."""
    every = [reading for own in series for reading in own]
    return ReadingArrays(
        np.cumsum([0, *(len(own) for own in series)]),
        np.array([at_s for at_s, _ in every], dtype=np.float64),
        np.array([value for _, value in every], dtype=np.float64),
    )


def _at(*series: Sequence[float]) -> ReadingArrays:
    return _readings(*([(at_s, 1.0) for at_s in own] for own in series))


def _segments(*series: Sequence[Stretch]) -> Segments:
    """Each series by from, to (s), power at the one and at the other end (W)."""
    columns = np.array([stretch for own in series for stretch in own], dtype=np.float64).reshape(-1, 4).T
    return Segments(np.cumsum([0, *(len(own) for own in series)]), *columns)


def _listed(segments: Segments) -> list[list[Stretch]]:
    columns = [own.tolist() for own in (segments.from_s, segments.to_s, segments.from_w, segments.to_w)]
    every: list[Stretch] = list(zip(*columns, strict=True))
    return [every[segments.of(place)] for place in range(len(segments))]


def _floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


# What segments come to.


def test_the_energy_of_a_segment_is_its_mean_power_times_its_time() -> None:
    segments = _segments([(0, 3600, 100, 300), (7200, 9000, 50, 50)], [], [(0, 1800, -100, 100)])
    assert list(segments.energy_wh) == [200, 25, 0]
    assert list(segments.sum_of(segments.energy_wh)) == [225, 0, 0]


def test_only_what_is_above_zero_counts_forward() -> None:
    # From -100 to 300 W in 4 h: a triangle of 300 W and 3 h.
    segments = _segments([(0, 14400, -100, 300), (14400, 28800, 300, -100), (28800, 32400, -5, -1), (0, 3600, 0, 10),
                          (0, 3600, 0.5, 0.25)])  # fmt: skip
    assert segments.above_zero_wh() == pytest.approx([450, 450, 0, 5, 0.375])


def test_a_segment_that_reaches_over_an_end_is_cut_there() -> None:
    segments = _segments([(0, 100, 0, 100), (100, 200, 50, 50), (200, 300, 7, 7)], [(0, 10, 1, 1)], [])
    assert _listed(segments.within(_floats(25, 20, 0), _floats(200, 30, 9))) == [
        [(25, 100, 25, 100), (100, 200, 50, 50)],
        [],
        [],
    ]
    assert _listed(segments.within(_floats(0, 0, 0), _floats(60, 5, 9))) == [[(0, 60, 0, 60)], [(0, 5, 1, 1)], []]


def test_a_segment_may_be_cut_at_both_ends() -> None:
    segments = _segments([(100, 200, 0, 100), (300, 400, 10, 20)])
    assert _listed(segments.within(_floats(150), _floats(175))) == [[(150, 175, 50, 75)]]


def test_segments_of_chosen_series_in_their_order() -> None:
    one, other = [(0.0, 1.0, 2.0, 3.0), (4.0, 5.0, 6.0, 7.0)], [(8.0, 9.0, 10.0, 11.0)]
    assert _listed(_segments(one, [], other).at(np.array([2, 1, 0, 2]))) == [other, [], one, other]


def test_gaps_are_what_no_segment_covers() -> None:
    segments = _segments([(10, 20, 1, 1), (20.0005, 30, 1, 1), (40, 50, 1, 1)], [], [(0, 60, 1, 1)])
    owner, from_s, to_s = segments.gaps(_floats(0, 5, 0), _floats(60, 55, 60))
    assert list(zip(owner, from_s, to_s, strict=True)) == [(0, 0, 10), (0, 30, 40), (0, 50, 60), (1, 5, 55)]


def test_a_millisecond_is_no_gap() -> None:
    segments = _segments([(0.001, 59.999, 1, 1)], [(0.002, 59.998, 1, 1)])
    owner, from_s, to_s = segments.gaps(_floats(0, 0), _floats(60, 60))
    assert list(zip(owner, from_s, to_s, strict=True)) == [(1, 0, 0.002), (1, 59.998, 60)]


def test_seconds_that_segments_share_with_a_stretch() -> None:
    segments = _segments([(0, 10, 1, 1), (20, 40, 1, 1)], [(0, 10, 1, 1)], [])
    assert list(segments.overlap_s(_floats(5, 10, 0), _floats(30, 20, 9))) == [15, 0, 0]


def test_energy_and_measured_seconds_between_edges() -> None:
    # Rising from 0 to 3600 W within an hour: 450 Wh in its first half, 1350 in its second.
    segments = _segments([(0, 60, 1, 1)], [(0, 3600, 0, 3600), (7200, 10800, 100, 100)], [])
    energy_wh, measured_s = span_wh(segments, 1, _floats(-100, 1800, 3600, 5400, 9000, 20000))
    assert energy_wh == pytest.approx([450, 1350, 0, 50, 50])
    assert list(measured_s) == [1800, 1800, 0, 1800, 1800]
    energy_wh, measured_s = spans_wh(segments, np.array([2, 1]), np.array([[0.0, 3600.0], [3600.0, 7200.0]]))
    assert (energy_wh.tolist(), measured_s.tolist()) == ([[0], [0]], [[0], [0]])
    energy_wh, measured_s = spans_wh(segments, np.array([2]), np.array([[0.0, 3600.0, 7200.0]]))
    assert (energy_wh.tolist(), measured_s.tolist()) == ([[0, 0]], [[0, 0]])


def test_parts_of_several_kinds_become_one() -> None:
    one, two = _segments([(0, 1, 1, 1)], [(2, 3, 4, 5)]), _segments([(7, 8, 9, 9), (8, 9, 1, 1)])
    joined = joined_segments([(np.array([3, 0]), one), (np.array([1]), two)], 4)
    assert _listed(joined) == [[(2, 3, 4, 5)], [(7, 8, 9, 9), (8, 9, 1, 1)], [], [(0, 1, 1, 1)]]
    assert _listed(joined_segments([(np.array([1]), two)], 2)) == [[], [(7, 8, 9, 9), (8, 9, 1, 1)]]
    assert joined_segments([(np.array([0, 1]), one)], 2) is one
    assert joined_segments([], 2).offsets.tolist() == [0, 0, 0]


# From readings to segments.


def test_a_mean_holds_for_its_step_or_until_the_next_reading() -> None:
    readings = _readings([(0, 10), (300, 20), (400, 30), (1000, NAN), (1300, 40)], [(0, 1)])
    assert _listed(segments_of_means(readings, _floats(300, 900), _floats(2, -1))) == [
        [(0, 300, 20, 20), (300, 400, 40, 40), (400, 700, 60, 60), (1300, 1600, 80, 80)],
        [(0, 900, -1, -1)],
    ]
    # At one instant the last of two readings counts.
    assert _listed(segments_of_means(_readings([(0, 10), (0, 20)], []), _floats(300, 300), _floats(1, 1))) == [
        [(0, 300, 20, 20)],
        [],
    ]


def test_between_instants_power_is_a_line_as_long_as_there_is_no_gap() -> None:
    readings = _readings([(0, 10), (300, 20), (750, 30), (1201, 40)], [], [(0, 5), (300, NAN), (600, 6), (900, 7)])
    assert _listed(segments_of_instants(readings, _floats(300, 300, 300), _floats(2, 1, -1))) == [
        [(0, 300, 20, 40), (300, 750, 40, 60)],
        [],
        [(600, 900, -6, -7)],
    ]
    assert _listed(segments_of_instants(_readings([], []), _floats(NAN, NAN), _floats(1, 1))) == [[], []]


def test_a_step_of_a_register_is_its_mean_power() -> None:
    readings = _readings([(0, 0), (1800, 0), (3600, 0), (3600, 0)], [(0, 0), (7200, 0)])
    segments = segments_of_steps(
        readings, _floats(9, 50, 60, 1, 9, 80), np.array([True, True, False, True, True, True])
    )
    assert _listed(segments) == [[(0, 1800, 100, 100)], [(0, 7200, 40, 40)]]


# The usual step.


@pytest.mark.parametrize(
    ("at_s", "stated_s", "step_s"),
    [
        ([0, 300, 600, 900], 0, 300),
        ([0, 300, 600, 900], 900, 300),  # closer than stated
        ([0, 300, 600, 900], 60, 60),
        ([0, 300, 600, 900], 300, 300),
        ([0, 300, 600, 1200, 2400], 0, 450),  # the median of 300, 300, 600 and 1200
        ([0, 300, 700, 1200], 0, 400),
        ([0, 600], 0, 600),
        ([0, 600], 300, 600),  # a single spacing is believed
        ([0, 300.0005], 300, 300),
        ([0], 300, 300),
        ([0], 0, NAN),
        ([], 0, NAN),
    ],
)
def test_the_usual_step(at_s: list[float], stated_s: float, step_s: float) -> None:
    others = [0.0, 60, 120, 180]
    found = usual_steps(_at(others, at_s, others), _floats(0, stated_s, 0), _floats(0, 0, 0), _floats(9000, 9000, 9000))
    assert list(found) == [60, pytest.approx(step_s, nan_ok=True), 60]


def test_the_usual_step_is_that_of_the_day() -> None:
    readings = _at([0, 60, 120, 180, 480, 780, 1080, 1140, 1200, 1260])
    assert usual_steps(readings, _floats(0), _floats(180), _floats(1080)) == pytest.approx([300])
    assert usual_steps(readings, _floats(0), _floats(150), _floats(1100)) == pytest.approx([300])  # of 60, 3 x 300, 60


def test_spacings_that_only_touch_the_day_do_not_count() -> None:
    assert usual_steps(_at([0, 60, 360, 420]), _floats(0), _floats(60), _floats(360)) == pytest.approx([300])
    assert usual_steps(_at([0, 0, 300]), _floats(0), _floats(-1), _floats(900)) == pytest.approx([300])


def test_the_usual_step_of_the_first_series_is_its_median_too() -> None:
    found = usual_steps(_at([0, 60, 360, 960], [0, 60, 360, 960]), _floats(0, 0), _floats(0, 0), _floats(999, 999))
    assert found.tolist() == [300, 300]


# How far readings may be apart.


def _longest(at_s: Sequence[float], step_s: float) -> list[float]:
    others = np.arange(0.0, 6000, 60).tolist()
    readings = _at(others, at_s, others)
    owner, spacing_s = readings.owner[:-1], np.diff(readings.at_s)
    spacing_s[readings.owner[1:] != owner] = 0.0
    longest_s: list[float] = longest_spacings(owner, spacing_s, _floats(60, step_s, 60)).tolist()
    return longest_s[len(others) : len(others) + len(at_s) - 1]


def test_readings_may_be_one_and_a_half_steps_apart() -> None:
    assert _longest(np.arange(0.0, 3001, 300).tolist(), 300) == [450] * 10


def test_where_a_series_changes_its_step_the_readings_beside_tell_it() -> None:
    at_s = [*np.arange(0.0, 3001, 300), *np.arange(3600.0, 8401, 600)]
    assert _longest(at_s, 300) == [450] * 10 + [900] * 9


def test_the_readings_beside_are_as_far_apart_as_their_median() -> None:
    # On both sides four of 300 and four of 500 s, off the clock: twice 400.
    mixed = np.cumsum([0.0, *([300.0, 500.0] * 6), 900.0, *([300.0, 500.0] * 6)])
    assert _longest(mixed.tolist(), 300)[12] == 800


def test_a_single_hole_in_a_steady_series_is_a_gap() -> None:
    at_s = [*np.arange(0.0, 3001, 300), *np.arange(3600.0, 7201, 300)]
    assert _longest(at_s, 300)[10] == 450


def test_readings_off_the_clock_may_be_two_steps_apart() -> None:
    steady = np.cumsum([0.0, *([240.0, 360.0] * 10), 550.0, *([240.0, 360.0] * 10)])
    assert _longest(steady.tolist(), 300)[20] == 600
    by_the_clock = np.cumsum([0.0, *([290.0, 310.0] * 10), 550.0, *([290.0, 310.0] * 10)])
    assert _longest(by_the_clock.tolist(), 300)[20] == 450
