"""The course of one register. Readings are spelled out in minutes of the day and kWh; expected numbers are by hand."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.register import MeterChange, RegisterCourse, judge_register

DAY_MIN = np.arange(-120.0, 1561.0, 5.0)
"""A reading every 5 minutes from two hours before the day to two hours after it."""
KNOWN = pytest.mark.parametrize("rating_kw", [1200.0, None], ids=["1 MW plant", "unknown capacity"])


def _judge(
    minute: Sequence[float] | Floats,
    kwh: Sequence[float] | Floats,
    *,
    rating_kw: float | None = None,
    usual_kw: float | None = None,
    changes: Sequence[MeterChange] = (),
) -> RegisterCourse:
    return judge_register(
        np.asarray(minute, np.float64) * 60,
        np.asarray(kwh, np.float64) * 1000,
        rating_w=None if rating_kw is None else rating_kw * 1000,
        usual_w=None if usual_kw is None else usual_kw * 1000,
        changes=changes,
    )


def _day_kwh(course: RegisterCourse, minute: Floats = DAY_MIN) -> float:
    """What was certainly counted from the first reading of the day that stands to the last."""
    standing = minute[course.stands]
    return float(course.gained_wh[(standing > 0) & (standing <= 1440)].sum()) / 1000


def _kinds(course: RegisterCourse) -> list[str]:
    return [event.kind for event in course.events]


def _lost_min(course: RegisterCourse, minute: Floats = DAY_MIN) -> list[float]:
    return list(minute[course.stands][course.is_lost])


def _left_out(course: RegisterCourse) -> list[int]:
    return [int(index) for index in np.flatnonzero(~course.stands)]


def _lost(course: RegisterCourse) -> list[int]:
    """Which of the readings that stand end a lost step."""
    return [int(index) for index in np.flatnonzero(course.is_lost)]


def _total_kwh(course: RegisterCourse) -> float:
    return float(course.gained_wh.sum()) / 1000


def _steady(first_kwh: float, kw: float = 1.0) -> Floats:
    """A register that shows `first_kwh` at midnight."""
    return first_kwh + kw * DAY_MIN / 60


def _sun(kwh: float) -> Floats:
    """What a clear day of 12 hours has yielded up to each reading of `DAY_MIN`."""
    return kwh * (1 - np.cos(np.pi * np.clip((DAY_MIN - 360) / 720, 0, 1))) / 2


class TestWhatWasSeenToBeWrong:
    """The registers of real faults: 24 kWh in the day unless said, the wrong number that was published beside it."""

    @KNOWN
    def test_five_zeros_in_5_gwh(self, rating_kw: float | None) -> None:
        kwh = _steady(5_000_000)
        kwh[100:105] = 0
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _day_kwh(course) == pytest.approx(24)  # 5,000,034
        assert (_kinds(course), _lost_min(course)) == (["glitch"] * 5, [])
        assert list(np.flatnonzero(~course.stands)) == list(range(100, 105))

    @KNOWN
    @pytest.mark.parametrize("top_kwh", [9_999_999_000.0, 5_000_224.0], ids=["10 TWh", "200 kWh too much"])
    @pytest.mark.parametrize("at_min", [0, 720, 1440], ids=["opening midnight", "noon", "closing midnight"])
    def test_spike(self, rating_kw: float | None, top_kwh: float, at_min: int) -> None:
        kwh = _steady(5_000_000)
        kwh[at_min == DAY_MIN] = top_kwh
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert (_kinds(course), _lost_min(course)) == (["glitch"], [])
        assert list(DAY_MIN[~course.stands]) == [at_min]
        assert _total_kwh(course) == pytest.approx(28)  # 4,999,999,000 and 224

    @KNOWN
    def test_jump_of_8_mwh(self, rating_kw: float | None) -> None:
        kwh = _steady(5_000_000) + np.where(DAY_MIN >= 720, 8000, 0)
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _day_kwh(course) == pytest.approx(24 - 5 / 60)  # 8,024
        assert (_kinds(course), _lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_twelve_zeros_then_back(self, rating_kw: float | None) -> None:
        kwh = _steady(1000)
        kwh[100:112] = 0
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _day_kwh(course) == pytest.approx(24)  # 1,033.75
        assert (_kinds(course), _lost_min(course)) == (["glitch"] * 12, [])

    @KNOWN
    def test_exchanged_meter_that_starts_at_54_3(self, rating_kw: float | None) -> None:
        kwh = np.where(DAY_MIN < 720, _steady(5_000_000), 54.3 + (DAY_MIN - 720) / 60)
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _day_kwh(course) == pytest.approx(24 - 5 / 60)  # 78.07, as a reset
        assert (_kinds(course), _lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_exchange_upwards_by_500(self, rating_kw: float | None) -> None:
        kwh = _steady(5000, 0.5) + np.where(DAY_MIN >= 720, 500, 0)
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _day_kwh(course) == pytest.approx(12 - 2.5 / 60)  # 512
        assert (_kinds(course), _lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_reset_inside_a_gap(self, rating_kw: float | None) -> None:
        """100 kW the day long; no readings from 8 to 16 h, and the register began anew at 14 h."""
        kwh = np.where(DAY_MIN < 840, _steady(900, 100), (DAY_MIN - 840) / 60 * 100)
        kept = (DAY_MIN <= 480) | (DAY_MIN >= 960)
        course = _judge(DAY_MIN[kept], kwh[kept], rating_kw=rating_kw)
        # 800 up to 8 h, 200 that the register shows at 16 h, 800 after it; 600 of 2,400 are lost.
        assert _day_kwh(course, DAY_MIN[kept]) == pytest.approx(1800)
        assert (_kinds(course), _lost_min(course, DAY_MIN[kept])) == (["reset"], [960])
        assert course.events[0].gained_wh == pytest.approx(200_000)

    def test_zero_in_the_register_of_a_120_kw_plant(self) -> None:
        kwh = 41_561 + _sun(600)
        kwh[180] = 0
        course = _judge(DAY_MIN, kwh, rating_kw=144)
        assert _day_kwh(course) == pytest.approx(600)
        mean_kw = course.gained_wh[1:] / np.diff(DAY_MIN[course.stands]) * 60 / 1000
        assert mean_kw.max() == pytest.approx(600 * np.pi / 24, rel=1e-3)  # the sun's; was 41,561

    def test_meter_replaced_at_noon_with_stated_values(self) -> None:
        kwh = np.where(DAY_MIN < 720, 70_000 + _sun(600), 12.5 + _sun(600) - 301)
        stated = MeterChange(720 * 60.0, last_wh=70_299_500, first_wh=11_000)
        course = _judge(DAY_MIN, kwh, rating_kw=144, changes=[stated])
        before, after = kwh[DAY_MIN == 715][0], kwh[DAY_MIN == 720][0]
        assert (_kinds(course), _lost_min(course)) == (["meter_change"], [])
        assert course.events[0].gained_wh == pytest.approx((70_299.5 - before + after - 11) * 1000)

    def test_sleeping_inverter_is_no_fault(self) -> None:
        kwh = 1000 + _sun(40)
        awake = (DAY_MIN > 360) & (DAY_MIN < 1080) | (DAY_MIN == -120) | (DAY_MIN == 1560)
        course = _judge(DAY_MIN[awake], kwh[awake], rating_kw=12)
        assert (course.gained_wh.sum(), course.events) == (pytest.approx(40_000), ())


def test_a_steady_register_is_left_as_it_is() -> None:
    course = _judge([0, 30, 60, 90], [100, 104, 109, 109], rating_kw=12)
    assert course.stands.all()
    assert course.gained_wh.tolist() == [0, 4000, 5000, 0]
    assert (_lost(course), _kinds(course)) == ([], [])


def test_no_readings_and_a_single_one() -> None:
    assert _judge([], []).stands.size == 0
    course = _judge([0], [100], rating_kw=12)
    assert (list(course.stands), list(course.gained_wh), list(course.is_lost)) == ([True], [0], [False])


def test_rounding_in_the_last_digits_is_no_fall() -> None:
    kwh = 123_456.789 + np.floor(np.arange(30.0) / 3) + np.resize([0.0, 1e-11, -1e-11], 30)
    course = _judge(5.0 * np.arange(30.0), kwh, rating_kw=30)
    assert _kinds(course) == []
    assert course.gained_wh.sum() == pytest.approx(9000)
    assert course.gained_wh.min() == 0


@pytest.mark.parametrize(
    ("modulus_kwh", "before_kwh", "after_kwh"),
    [
        (100_000.0, 99_999.8, 0.3),  # 1e8 Wh
        (1_000_000.0, 999_999.9, 0.4),
        (4_294_967.296, 4_294_967.0, 0.204),  # 32 bits of Wh
        (65_536.0, 65_535.8, 0.3),  # 16 bits of kWh
        (42_949_672.96, 42_949_672.5, 0.04),  # 32 bits of 10 Wh
    ],
)
def test_rollover_counts_up_to_the_modulus(modulus_kwh: float, before_kwh: float, after_kwh: float) -> None:
    minute = np.arange(-100.0, 101, 5)
    kwh = np.where(minute < 0, before_kwh + (minute + 5) / 10, after_kwh + minute / 10)
    course = _judge(minute, kwh, rating_kw=12)
    assert _kinds(course) == ["rollover"]
    assert _lost(course) == []
    assert course.events[0].gained_wh == pytest.approx((modulus_kwh - before_kwh + after_kwh) * 1000)
    assert course.gained_wh.sum() == pytest.approx((modulus_kwh - kwh[0] + kwh[-1]) * 1000)


def test_rollover_inside_a_gap_and_as_the_very_last_reading() -> None:
    minute = np.array([*range(-60, 1, 5), *range(120, 181, 5)], float)
    kwh = (99_995 + minute / 10) % 100_000  # rolls over at minute 50
    course = _judge(minute, kwh, rating_kw=12)
    assert (_kinds(course), _lost(course)) == (["rollover"], [])
    assert _total_kwh(course) == pytest.approx(24)
    course = _judge(minute[:14], kwh[:14], rating_kw=12)
    assert _kinds(course) == ["rollover"]
    assert _total_kwh(course) == pytest.approx(18)


def test_far_from_a_modulus_is_a_reset_even_if_it_could_be_reached() -> None:
    # From 900 kWh over 1 MWh to 50 would be 150 kWh, which 1.8 MW make in 5 minutes; but a tenth is not near.
    kwh = [300.0, 400, 500, 600, 700, 800, 900, 50, 150, 250, 350, 450]
    course = _judge(5.0 * np.arange(12.0), kwh, rating_kw=2000)
    assert (_kinds(course), course.events[0].gained_wh, _lost(course)) == (["reset"], 50_000, [7])


def test_near_a_modulus_but_too_far_for_the_rate_before_and_after() -> None:
    # 5 kWh to the modulus in 10 minutes would be 30 kW where it counts 3 kW; 0.4 since a reset is possible.
    minute = np.arange(0.0, 200, 10)
    kwh = np.where(minute < 100, 999_990.5 + minute / 20, 0.4 + (minute - 100) / 20)
    course = _judge(minute, kwh, rating_kw=120)
    assert _kinds(course) == ["reset"]
    assert course.events[0].gained_wh == pytest.approx(400)
    assert course.is_lost.sum() == 1


def test_reset_is_certain_of_what_the_register_shows_since() -> None:
    course = _judge([0, 10, 20, 30, 40, 50, 60, 70], [5000, 5001, 5002, 5003, 0.5, 1.5, 2.5, 3.5], rating_kw=12)
    assert _kinds(course) == ["reset"]
    assert list(course.gained_wh) == [0, 1000, 1000, 1000, 500, 1000, 1000, 1000]
    assert _lost(course) == [4]


def test_more_than_can_have_been_counted_since_zero_is_an_exchange() -> None:
    # The rating allows 2 kWh in 10 minutes, but the register counts 0.1 on both sides.
    minute = np.arange(0.0, 400, 10)
    kwh = np.where(minute < 200, 5000 + minute / 100, 1.9 + (minute - 200) / 100)
    course = _judge(minute, kwh, rating_kw=12)
    assert (_kinds(course), course.events[0].gained_wh) == (["meter_change"], 0)
    assert course.is_lost.sum() == 1


def test_a_fall_to_another_level_is_an_exchange() -> None:
    minute = np.arange(0.0, 100, 10)
    course = _judge(minute, np.where(minute < 50, 1000, 700) + minute / 10, rating_kw=12)
    assert (_kinds(course), _lost(course)) == (["meter_change"], [5])
    assert course.gained_wh.sum() == 8000  # four steps on either side


@pytest.mark.parametrize("nonsense_kwh", [[2000, 2001], [2000, 2001, 7000, 7001], [2000, 7000, 100, 8000, 4000, 50]])
def test_a_few_readings_between_two_courses_prove_nothing(nonsense_kwh: list[float]) -> None:
    minute = np.arange(0.0, 600, 10)
    kwh = np.where(minute < 100, 5000, 9000) + minute / 10
    kwh[10 : 10 + len(nonsense_kwh)] = nonsense_kwh
    course = _judge(minute, kwh, rating_kw=12)
    assert _lost(course) == [10]
    assert _left_out(course) == list(range(10, 10 + len(nonsense_kwh)))
    assert ("meter_unexplained" in _kinds(course)) == (len(nonsense_kwh) > 3)
    assert _total_kwh(course) == pytest.approx(59 - len(nonsense_kwh) - 1)


def test_a_register_that_bounces_is_unexplained() -> None:
    kwh = 0.5 * np.arange(40.0) + np.repeat([9000.0, 5500.0, 8000.0, 3000.0, 7000.0], 8)
    course = _judge(10.0 * np.arange(40.0), kwh, rating_kw=12)
    assert set(_kinds(course)) == {"meter_unexplained"}
    assert _lost(course) == [8, 16, 24, 32]


@pytest.mark.parametrize("readings", [1, 3, 12, 36, 100])
@pytest.mark.parametrize("level_kwh", [0.0, 777.0, 8000.0], ids=["zeros", "low", "high"])
def test_odd_readings_of_any_length_that_come_back_are_left_out(readings: int, level_kwh: float) -> None:
    kwh = _steady(2000, 100)
    kwh[150 : 150 + readings] = level_kwh
    course = _judge(DAY_MIN, kwh, rating_kw=1200)
    assert (_kinds(course), _lost(course)) == (["glitch"] * readings, [])
    assert _total_kwh(course) == pytest.approx(2_800)


def test_random_nonsense_that_comes_back_is_left_out() -> None:
    kwh = _steady(2000, 100)
    kwh[150:160] = [7, 88_000, 3, 4500, 0, 12, 65_535, 1, 9_999_999, 2]
    course = _judge(DAY_MIN, kwh)
    assert (_left_out(course), _lost(course)) == (list(range(150, 160)), [])
    assert _total_kwh(course) == pytest.approx(2_800)


def test_a_spike_at_night_is_left_out_though_a_stuck_register_could_have_risen_so() -> None:
    kwh = 1000 + _sun(600)
    kwh[60] = 1100
    course = _judge(DAY_MIN, kwh, rating_kw=144)
    assert (_kinds(course), _left_out(course)) == (["glitch"], [60])


def test_spikes_on_the_first_and_last_readings_of_what_is_known() -> None:
    kwh = _steady(5000)
    kwh[[0, -1]] = [9000, 0]
    course = _judge(DAY_MIN, kwh, rating_kw=1200)
    assert _kinds(course) == ["glitch", "glitch"]
    assert (_left_out(course), _lost(course)) == ([0, DAY_MIN.size - 1], [])
    assert course.gained_wh.sum() == pytest.approx((28 - 10 / 60) * 1000)


def test_a_last_odd_reading_waits_for_more() -> None:
    course = _judge([0, 10, 20, 30, 40, 50], [100, 101, 102, 103, 104, 0], rating_kw=12)
    assert list(course.stands) == [True] * 5 + [False]
    course = _judge([0, 10, 20, 30, 40, 50, 60, 70], [100, 101, 102, 103, 104, 0, 0, 107], rating_kw=12)
    assert list(course.stands) == [True] * 5 + [False] * 2 + [True]
    assert course.gained_wh.sum() == 7000


def test_zeros_to_the_end_beside_a_running_register_are_not_believed() -> None:
    kwh = _steady(5000, 100)
    kwh[200:] = 0
    course = _judge(DAY_MIN, kwh, rating_kw=1200)
    assert _left_out(course) == list(range(200, DAY_MIN.size))


def test_zeros_before_a_register_that_begins_anew_are_lost_time() -> None:
    kwh = np.where(DAY_MIN < 720, _steady(5000, 100), (DAY_MIN - 720) / 60 * 100)
    kwh[(DAY_MIN >= 660) & (DAY_MIN < 720)] = 0
    course = _judge(DAY_MIN, kwh, rating_kw=1200)
    assert course.is_lost.sum() == 1
    assert np.diff(DAY_MIN[course.stands])[course.is_lost[1:]][0] >= 60


class TestCoarseAndLagging:
    @pytest.mark.parametrize("resolution_kwh", [1.0, 10.0, 1000.0])
    @pytest.mark.parametrize("known", ["rating", "usual", "nothing"])
    def test_coarse_steps_are_no_spikes(self, resolution_kwh: float, known: str) -> None:
        kwh = np.floor((77_000 + _sun(6000)) / resolution_kwh) * resolution_kwh
        rating_kw, usual_kw = {"rating": (1200.0, None), "usual": (None, 800.0), "nothing": (None, None)}[known]
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw, usual_kw=usual_kw)
        assert (_kinds(course), _lost(course)) == ([], [])
        assert course.gained_wh.sum() / 1000 == pytest.approx(6000, abs=resolution_kwh)

    @pytest.mark.parametrize("rating_kw", [1200.0, None])
    def test_a_register_that_moves_once_an_hour(self, rating_kw: float | None) -> None:
        kwh = np.interp(np.floor(DAY_MIN / 60) * 60, DAY_MIN, 77_000 + _sun(6000))
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _kinds(course) == []
        assert _total_kwh(course) == pytest.approx(6_000)
        kwh[[100, 180, 181]] = [0, 99_000, 99_000]
        course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert _kinds(course) == ["glitch"] * 3
        assert _total_kwh(course) == pytest.approx(6_000)

    def test_an_exchange_of_a_coarse_meter(self) -> None:
        kwh = np.floor(np.where(DAY_MIN < 720, 5000, 5500) + DAY_MIN / 60)
        course = _judge(DAY_MIN, kwh, rating_kw=1200)
        assert _kinds(course) == ["meter_change"]
        assert course.gained_wh.sum() == pytest.approx(28_000, abs=1001)

    def test_hourly_readings_that_lack_single_hours(self) -> None:
        minute = np.arange(-240.0, 1681, 60)
        kwh = 9000 + 25 * np.arange(minute.size) + 5.0 * (np.arange(minute.size) % 3)
        kept = ~np.isin(minute, [0, 300, 720, 1440])
        kwh[minute == 840] = 0
        course = _judge(minute[kept], kwh[kept], rating_kw=60)
        assert (_kinds(course), _lost(course)) == (["glitch"], [])
        assert course.gained_wh.sum() == pytest.approx((kwh[-1] - kwh[0]) * 1000)

    def test_15_minutes_by_night_and_1_minute_by_day(self) -> None:
        minute = np.array([*range(-120, 360, 15), *range(360, 1080), *range(1080, 1561, 15)], float)
        kwh = 1000 + np.interp(minute, DAY_MIN, _sun(6000))
        assert _judge(minute, kwh).events == ()
        kwh[[5, 300, 301, 775]] = [0, 0, 0, 20_000]
        course = _judge(minute, kwh)
        assert _kinds(course) == ["glitch"] * 4
        assert _total_kwh(course) == pytest.approx(6_000)

    def test_catching_up_after_a_stuck_time_is_energy(self) -> None:
        kwh = 1000 + _sun(6000)
        stuck = (DAY_MIN > 540) & (DAY_MIN < 780)
        kwh[stuck] = kwh[DAY_MIN == 540]
        for rating_kw in (1200.0, None):
            course = _judge(DAY_MIN, kwh, rating_kw=rating_kw)
            assert _kinds(course) == []
            assert _total_kwh(course) == pytest.approx(6_000)


class TestRating:
    def test_a_device_that_steadily_exceeds_its_rating_disproves_it(self) -> None:
        course = _judge([60.0 * hour for hour in range(8)], [100.0 * hour for hour in range(8)], rating_kw=12)
        assert (_kinds(course), _total_kwh(course)) == ([], 700)
        kwh = 1000 + _sun(6000)  # up to 785 kW
        course = _judge(DAY_MIN, kwh, rating_kw=300)
        assert _kinds(course) == []
        assert _total_kwh(course) == pytest.approx(6_000)

    def test_spikes_do_not_disprove_it(self) -> None:
        kwh = 1000 + _sun(600)
        kwh[150:165:2] = 9000
        course = _judge(DAY_MIN, kwh, rating_kw=144)
        assert _kinds(course) == ["glitch"] * 8
        assert _total_kwh(course) == pytest.approx(600)

    def test_the_usual_power_decides_where_no_rating_is_known(self) -> None:
        """After a gap of ten hours of sun the register is 500 kWh higher, of which its own dawn knows nothing."""
        kwh = 1000 + _sun(600)
        kept = (DAY_MIN < 400) | (DAY_MIN > 1040)
        course = _judge(DAY_MIN[kept], kwh[kept], usual_kw=80)
        assert _kinds(course) == []
        assert _total_kwh(course) == pytest.approx(600)
        course = _judge(DAY_MIN[kept], kwh[kept] + np.where(DAY_MIN[kept] > 720, 5000, 0), usual_kw=80)
        assert (_kinds(course), course.is_lost.sum()) == (["meter_change"], 1)


class TestStatedChange:
    @pytest.mark.parametrize("stated_min", [720.0, 717.0, 690.0, 750.0])
    def test_both_values_make_it_exact(self, stated_min: float) -> None:
        """The old meter counts on to 5,012.05 and the new one begins at 54.3, five minutes before noon."""
        kwh = np.where(DAY_MIN < 720, _steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        stated = MeterChange(stated_min * 60, last_wh=5_011_950, first_wh=54_300)
        course = _judge(DAY_MIN, kwh, changes=[stated])
        assert (_kinds(course), _lost(course)) == (["meter_change"], [])
        assert _total_kwh(course) == pytest.approx(28)

    @pytest.mark.parametrize(
        ("last_wh", "first_wh", "certain_wh"), [(5_011_950, None, 200 / 6), (None, 54_300, 50), (None, None, 0)]
    )
    def test_else_the_step_is_lost(self, last_wh: float | None, first_wh: float | None, certain_wh: float) -> None:
        kwh = np.where(DAY_MIN < 720, _steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        course = _judge(DAY_MIN, kwh, changes=[MeterChange(720 * 60, last_wh, first_wh)])
        assert (_kinds(course), _lost_min(course)) == (["meter_change"], [720])
        assert course.events[0].gained_wh == pytest.approx(certain_wh)

    def test_values_that_contradict_the_readings_are_not_believed(self) -> None:
        kwh = np.where(DAY_MIN < 720, _steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        for last_wh, first_wh in ((4_000_000.0, 54_300.0), (6_000_000.0, 54_300.0), (5_011_950.0, 99_000.0)):
            course = _judge(DAY_MIN, kwh, changes=[MeterChange(720 * 60, last_wh, first_wh)])
            assert (_lost_min(course), course.events[0].gained_wh) == ([720], 0)

    def test_a_change_that_the_register_does_not_show(self) -> None:
        """The new meter was set to the old one's value: the statement holds where it was made."""
        stated = MeterChange(720 * 60, last_wh=5_011_950, first_wh=5_011_950)
        course = _judge(DAY_MIN, _steady(5000), changes=[stated])
        assert (_kinds(course), _lost(course)) == (["meter_change"], [])
        assert _total_kwh(course) == pytest.approx(28)

    def test_a_change_outside_the_readings_does_not_matter(self) -> None:
        for minute in (-500, 5000):
            assert _judge(DAY_MIN, _steady(5000), changes=[MeterChange(minute * 60.0, None, None)]).events == ()


class _Fault(NamedTuple):
    kind: str
    place: int
    readings: int
    kwh: float


_FAULTS = st.lists(
    st.builds(
        _Fault,
        kind=st.sampled_from(["dip to zero", "dip", "spike", "gap", "reset", "exchange", "rollover"]),
        place=st.integers(0, 5),
        readings=st.integers(1, 36),
        kwh=st.floats(500, 9000),
    ),
    max_size=6,
    unique_by=lambda fault: fault.place,
)


def _damage(shown_kwh: Floats, faults: Sequence[_Fault]) -> tuple[Floats, NDArray[np.bool_]]:
    """A register of about 54 MWh that shows `shown_kwh` more and more, with faults; and which readings came at all.

    One change of level at most: two can undo each other.
    """
    kwh, came = 54_321 + shown_kwh, np.ones(shown_kwh.size, np.bool_)
    levels = [fault for fault in faults if fault.kind in {"reset", "exchange", "rollover"}]
    for fault in levels[:1]:
        first = 20 + 50 * fault.place
        if fault.kind == "reset":
            kwh[first:] -= kwh[first - 1]
        elif fault.kind == "exchange":
            kwh[first:] += fault.kwh if fault.readings > 18 else -fault.kwh
        else:
            kwh = (100_000 - (shown_kwh[first - 1] + shown_kwh[first]) / 2 + shown_kwh) % 100_000
    for fault in faults:
        odd = slice(20 + 50 * fault.place, 20 + 50 * fault.place + fault.readings)
        if fault.kind == "gap":
            came[odd] = False
        elif fault.kind == "spike":
            kwh[odd] = kwh[odd][0] + fault.kwh
        elif fault.kind.startswith("dip"):
            kwh[odd] = kwh[odd][0] / 2 if fault.kind == "dip" and kwh[odd][0] > 1000 else 0
    return kwh, came


@given(
    hourly_kw=st.lists(st.floats(30, 100), min_size=29, max_size=29),
    resolution_kwh=st.sampled_from([0.001, 1.0, 10.0]),
    lag=st.sampled_from([1, 3, 12]),
    known=st.sampled_from(["rating", "usual", "nothing"]),
    faults=_FAULTS,
)
def test_what_is_not_marked_as_lost_is_right(
    hourly_kw: list[float], resolution_kwh: float, lag: int, known: str, faults: list[_Fault]
) -> None:
    """A register of 5-minute readings that moves every `lag` readings, damaged by any mixture of faults.

    Its power varies threefold from hour to hour: what a register that moves hourly does beyond that looks like a fault.
    """
    counted_kwh = np.concatenate(([0.0], np.cumsum(np.repeat(hourly_kw, 12) / 12)))[: DAY_MIN.size]
    shown_kwh = counted_kwh[np.arange(DAY_MIN.size) // lag * lag]
    kwh, came = _damage(shown_kwh, faults)
    course = _judge(
        DAY_MIN[came],
        np.floor(kwh / resolution_kwh + 1e-9)[came] * resolution_kwh,
        rating_kw=120 if known == "rating" else None,
        usual_kw=max(hourly_kw) if known == "usual" else None,
    )
    true_kwh = np.diff(shown_kwh[came][course.stands], prepend=np.nan)[1:]
    sure = ~course.is_lost[1:]
    pieces = 1 + np.count_nonzero(course.is_lost)
    rounding_kwh = 1.001 * resolution_kwh * pieces
    assert course.gained_wh[1:][sure].sum() / 1000 == pytest.approx(true_kwh[sure].sum(), abs=rounding_kwh)
