"""Which readings of power stand: every limit, by short series spelled out and worked out by hand."""

from itertools import pairwise

import numpy as np
import pytest

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.energy.judging.limits import (
    is_alone,
    longest_run,
    outliers,
    stale,
    suspicious_power,
    suspicious_stale,
    turned,
)
from plant_pipeline.energy.series.arrays import ReadingArrays

NAN = float("nan")
HOUR_S = 3600.0


def _series(*parts: list[float], step_s: float = 900.0) -> ReadingArrays:
    offsets = np.cumsum([0, *(len(part) for part in parts)])
    at_s = np.concatenate([step_s * np.arange(len(part)) for part in parts]) if parts else np.empty(0)
    return ReadingArrays(offsets, at_s, np.array([value for part in parts for value in part], dtype=np.float64))


def _places(found: Booleans) -> list[int]:
    return [int(index) for index in np.flatnonzero(found)]


# Power beyond what is possible.


def test_a_reading_is_alone_if_it_is_more_than_twice_its_neighbours() -> None:
    assert _places(is_alone(np.array([10.0, 21.0, 10.0]))) == [1]
    assert _places(is_alone(np.array([10.0, 20.0, 10.0]))) == []
    assert _places(is_alone(np.array([10.5, 21.5, 10.0]))) == [1]
    assert _places(is_alone(np.array([11.0, 21.0, 10.0]))) == []
    assert _places(is_alone(np.array([10.0, 21.0, 11.0]))) == []
    # At an end there is one neighbour; zeros are never alone.
    assert _places(is_alone(np.array([21.0, 10.0, 0.0, 0.0, 5.0]))) == [0, 4]
    assert _places(is_alone(np.zeros(3))) == []
    assert [_places(is_alone(np.array(own))) for own in ([0.5], [0.5, 0.2], [0.2, 0.5])] == [[0], [0], [1]]


def test_up_to_four_readings_in_a_row_are_alone_if_all_are_more_than_thrice_those_beside_them() -> None:
    for length in (2, 3, 4):
        high = [31.0] * length
        assert _places(is_alone(np.array([10.0, *high, 10.0]))) == list(range(1, 1 + length))
        assert _places(is_alone(np.array([10.0, *high[1:], 30.0, 10.0]))) == []
        assert _places(is_alone(np.array([0.0, *high, 0.0]))) == []  # a short day
        assert _places(is_alone(np.array([*high, 10.0]))) == []  # what came before is not known
    assert _places(is_alone(np.array([10.0, *[31.0] * 5, 10.0]))) == []


def test_a_series_is_looked_at_beyond_its_limit_or_if_a_reading_is_alone() -> None:
    readings = _series([50.0, -101.0, 50.0], [50.0, 100.0, 50.0], [50.0, 101.0, 50.0], [50.0, 100.0, 50.0], [])
    found = suspicious_power(readings, readings.value, np.array([100.0, 100.0, NAN, NAN, NAN]))
    assert _places(found) == [0, 2]
    # Below a limit too: that may be wrong.
    assert _places(suspicious_power(readings, readings.value, np.array([200.0, 90.0, 90.0, 90.0, 90.0]))) == [
        0,
        1,
        2,
        3,
    ]
    # But not beside ten times as much.
    low = _series([5.0, 11.0, 5.0, *range(100, 200, 10)], [5.0, 30.0, 5.0, *range(100, 200, 10)])
    assert _places(suspicious_power(low, low.value, np.full(2, 1000.0))) == [1]
    assert _places(suspicious_power(_series([], []), np.empty(0), np.array([1.0, NAN]))) == []


def _odd(odd_w: float, *, of: int = 40, times: int = 1, limit_w: float = 110.0, usual_w: float | None = None) -> int:
    """How many of a series of 100 W are left out, if so many of its readings are odd."""
    power_w = np.full(of, 100.0)
    power_w[1 : 1 + 2 * times : 2] = odd_w
    found = outliers(power_w, limit_w, usual_w)
    assert set(_places(found)) <= set(range(1, 1 + 2 * times, 2))
    return int(found.sum())


def test_what_is_beyond_the_limit_and_half_above_the_own_course_is_left_out() -> None:
    assert [_odd(151.0), _odd(150.0), _odd(-151.0)] == [1, 0, 1]
    assert [_odd(151.0, limit_w=151.0), _odd(151.0, limit_w=150.9)] == [0, 1]
    # The days before show that the device can do more.
    assert [_odd(181.0, usual_w=120.0), _odd(180.0, usual_w=120.0), _odd(151.0, usual_w=50.0)] == [1, 0, 1]


def test_without_a_limit_only_what_is_alone_and_thrice_a_short_course_is_left_out() -> None:
    assert [_odd(301.0, limit_w=NAN), _odd(300.0, limit_w=NAN)] == [1, 0]
    # With days before, half above their course.
    assert [_odd(301.0, limit_w=NAN, usual_w=200.0), _odd(300.0, limit_w=NAN, usual_w=200.0)] == [1, 0]
    assert [_odd(201.0, limit_w=NAN, usual_w=10.0), _odd(200.0, limit_w=NAN, usual_w=10.0)] == [1, 0]


def test_more_than_a_twentieth_beyond_it_disprove_a_rating() -> None:
    """Then only readings that are alone, and four of them at most, are odd."""
    assert [_odd(500.0, times=times) for times in (2, 3, 4, 5)] == [2, 3, 4, 0]
    # Thrice the course while nothing else is known, half above it where the days before are.
    assert [_odd(290.0, times=3), _odd(290.0, times=3, usual_w=100.0)] == [0, 3]
    assert _odd(500.0, of=2, usual_w=100.0) == 0
    assert not outliers(np.array([500.0]), 100.0, None).any()
    assert not outliers(np.full(3, 100.0), 110.0, None).any()


def test_a_run_is_left_out_if_it_is_thrice_what_the_device_ever_showed() -> None:
    power_w = np.full(40, 100.0)
    power_w[10:13] = 301.0
    assert _places(outliers(power_w, NAN, None)) == [10, 11, 12]
    assert _places(outliers(power_w, NAN, 100.0)) == [10, 11, 12]
    assert _places(outliers(power_w, NAN, 101.0)) == []
    # Hourly, three of 24 are an eighth.
    assert _places(outliers(power_w[:24], NAN, None)) == [10, 11, 12]
    # Also below a rating, which may be wrong.
    assert _places(outliers(power_w, 10_000.0, None)) == [10, 11, 12]


def test_the_longest_run() -> None:
    assert longest_run(np.array([True, False, True, True, True, False, True])) == 3
    assert longest_run(np.array([False, True, True])) == 2
    assert longest_run(np.array([True])) == 1
    assert longest_run(np.array([True, False, True, True, False])) == 2
    assert longest_run(np.zeros(2, dtype=bool)) == 0
    assert longest_run(np.zeros(0, dtype=bool)) == 0


# Values that stand still.


def test_a_series_is_looked_at_if_a_value_other_than_zero_lasts_half_an_hour() -> None:
    parts = [
        [1.0, 7.0, 7.0, 7.0, 2.0],
        [1.0, 7.0, 7.0, 2.0],
        [0.0] * 9,
        [7.0, 7.0],
        [7.0, 7.0, 3.0, 7.0],
        [-5.0] * 3,
        [],
    ]
    assert _places(suspicious_stale(_series(*parts))) == [0, 5]
    assert _places(suspicious_stale(_series([1.0, 7.0, 7.0, 7.0], step_s=899.0))) == []
    assert _places(suspicious_stale(_series([7.0] * 3))) == [0]
    assert _places(suspicious_stale(_series([], []))) == []


def _day(*, values: int = 10, step_s: float = 300.0, **still: tuple[float, float, float]) -> tuple[Floats, Floats]:
    """A day that goes through so many values from 1 to 100, each twice as often as it has to; see `_stale`."""
    at_s = np.arange(0.0, 24 * HOUR_S + 1, step_s)
    value = np.resize(np.linspace(1.0, 100.0, values), at_s.size)
    for from_h, to_h, level in still.values():
        value[(at_s >= from_h * HOUR_S) & (at_s <= to_h * HOUR_S)] = level
    return at_s, value


def _stale_h(
    from_h: float,
    to_h: float,
    level: float = 55.0,
    *,
    daylight: list[tuple[float, float]] | None = None,
    rating: float | None = None,
    values: int = 10,
) -> tuple[float, float] | None:
    """From when to when a day is stale (hours), in which one level stands still."""
    at_s, value = _day(still=(from_h, to_h, level), values=values)
    found = at_s[stale(at_s, value, daylight and [(rise * HOUR_S, down * HOUR_S) for rise, down in daylight], rating)]
    if not len(found):
        return None
    assert all(later - earlier == 300.0 for earlier, later in pairwise(found.tolist()))
    return found[0] / HOUR_S, found[-1] / HOUR_S


def test_a_value_that_stands_still_for_three_hours_is_stale() -> None:
    assert _stale_h(10, 13) == (10, 13)
    assert _stale_h(10, 13 - 1 / 12) is None


def test_an_hour_is_enough_in_a_series_of_many_values() -> None:
    assert _stale_h(10, 11, values=59) == (10, 11)  # and the level: 60
    assert _stale_h(10, 11 - 1 / 12, values=60) is None
    assert _stale_h(10, 11, values=58) is None  # and the level: 59


def test_into_the_dark_an_hour_is_enough_too() -> None:
    sun = [(6.0, 18.0)]
    assert _stale_h(18, 19, daylight=sun) == (18, 19)
    assert _stale_h(17.5, 18.5, daylight=sun) is None  # up to half an hour after it sets nobody wonders
    assert _stale_h(17.75, 18.75, daylight=sun) == (17.75, 18.75)
    assert _stale_h(5.5, 6.5, daylight=sun) is None
    assert _stale_h(5.25, 6.25, daylight=sun) == (5.25, 6.25)
    assert _stale_h(18, 18.75, daylight=sun) is None
    assert _stale_h(10, 11, daylight=sun) is None
    assert _stale_h(18, 19, daylight=[(6.0, 18.0), (18.5, 20.0)]) is None


def test_at_its_rating_a_device_may_stand_still_by_day_but_not_at_night() -> None:
    assert _stale_h(10, 14, 95.0, rating=100.0) is None
    assert _stale_h(10, 14, 94.9, rating=100.0) == (10, 14)
    assert _stale_h(10, 14, -95.0, rating=100.0) is None
    assert _stale_h(20, 24, 95.0, rating=100.0, daylight=[(6.0, 18.0)]) == (20, 24)


def test_next_to_nothing_may_stand_still() -> None:
    assert _stale_h(10, 14, 1.0 + 1e-9) == (10, 14)  # a hundredth of the highest
    assert _stale_h(10, 14, 0.99) is None
    assert _stale_h(10, 14, -2.0) == (10, 14)


def test_a_series_of_a_few_values_repeats_them() -> None:
    assert _stale_h(10, 14, values=7) == (10, 14)
    assert _stale_h(10, 14, values=6) is None


def _still_but(*odd: tuple[int, int]) -> int:
    """Readings left out of the 48 of a level from 10:00 to 13:55, some of which (first, count) show something else."""
    at_s, value = _day(still=(10.0, 14.0 - 1 / 12, 55.0))
    for first, count in odd:
        value[120 + first : 120 + first + count] = 0.0
    return int(stale(at_s, value, None, None).sum())


def test_readings_in_between_do_not_hide_a_value_that_stands_still() -> None:
    assert _still_but((12, 11), (30, 1)) == 48  # three quarters show it
    assert _still_but((12, 11), (30, 2)) == 0
    assert _still_but((12, 12)) == 0  # after a dozen others it is another stretch, of less than three hours


def test_fewer_than_eight_readings_are_not_told() -> None:
    for to_h, count in ((11.75, 8), (11.5, 0)):
        at_s, value = _day(still=(10.0, to_h, 55.0), values=70, step_s=900.0)
        assert stale(at_s, value, None, None).sum() == count


def test_the_same_value_at_another_time_stands() -> None:
    at_s, value = _day(still=(10.0, 13.0, 55.0))
    value[[24, 30]] = 55.0
    found = at_s[stale(at_s, value, None, None)]
    assert (found[0], found[-1], len(found)) == (10 * HOUR_S, 13 * HOUR_S, 37)


@pytest.mark.parametrize(("lowest_kw", "is_turned"), [(-8.0, False), (-12.0, False), (-13.0, True)])
def test_a_plant_may_draw_three_times_what_it_draws_elsewhere(lowest_kw: float, is_turned: bool) -> None:
    """It draws 4 kW at both ends: up to 12 kW are its own, though 5 % of its 100 kW are but 5."""
    power_kw = [-4.0, -4.0, 10.0, 100.0, lowest_kw, 100.0, 10.0, -4.0]
    found = turned(1000 * np.array(power_kw), 0.0)
    assert found.tolist() == [False] * 4 + [is_turned] + [False] * 3


def test_a_flicker_close_to_zero_hides_no_spike() -> None:
    """Half of the night's readings stand alone among zeros; none of them is as high as a hundredth of the day's."""
    power_w = np.concatenate([np.tile([0.0, 3.0], 30), 800 + 10 * np.sin(np.arange(100))])
    power_w[100] = 65_535.0
    assert np.flatnonzero(outliers(power_w, np.nan, None)).tolist() == [100]
