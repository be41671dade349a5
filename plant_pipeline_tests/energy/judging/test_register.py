"""The course of one register. Readings are spelled out in minutes of the day and kWh; expected numbers are by hand."""

import numpy as np
import pytest

from plant_pipeline.energy.judging.register import MeterChange
from plant_pipeline_tests.energy.courses import (
    DAY_MIN,
    KNOWN,
    day_kwh,
    judge,
    kinds,
    left_out,
    lost,
    lost_min,
    steady,
    sun,
    total_kwh,
)


class TestWhatWasSeenToBeWrong:
    """The registers of real faults: 24 kWh in the day unless said, the wrong number that was published beside it."""

    @KNOWN
    def test_five_zeros_in_5_gwh(self, rating_kw: float | None) -> None:
        kwh = steady(5_000_000)
        kwh[100:105] = 0
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert day_kwh(course) == pytest.approx(24)  # 5,000,034
        assert (kinds(course), lost_min(course)) == (["glitch"] * 5, [])
        assert list(np.flatnonzero(~course.stands)) == list(range(100, 105))

    @KNOWN
    @pytest.mark.parametrize("top_kwh", [9_999_999_000.0, 5_000_224.0], ids=["10 TWh", "200 kWh too much"])
    @pytest.mark.parametrize("at_min", [0, 720, 1440], ids=["opening midnight", "noon", "closing midnight"])
    def test_spike(self, rating_kw: float | None, top_kwh: float, at_min: int) -> None:
        kwh = steady(5_000_000)
        kwh[at_min == DAY_MIN] = top_kwh
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert (kinds(course), lost_min(course)) == (["glitch"], [])
        assert list(DAY_MIN[~course.stands]) == [at_min]
        assert total_kwh(course) == pytest.approx(28)  # 4,999,999,000 and 224

    @KNOWN
    def test_jump_of_8_mwh(self, rating_kw: float | None) -> None:
        kwh = steady(5_000_000) + np.where(DAY_MIN >= 720, 8000, 0)
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert day_kwh(course) == pytest.approx(24 - 5 / 60)  # 8,024
        assert (kinds(course), lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_twelve_zeros_then_back(self, rating_kw: float | None) -> None:
        kwh = steady(1000)
        kwh[100:112] = 0
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert day_kwh(course) == pytest.approx(24)  # 1,033.75
        assert (kinds(course), lost_min(course)) == (["glitch"] * 12, [])

    @KNOWN
    def test_exchanged_meter_that_starts_at_54_3(self, rating_kw: float | None) -> None:
        kwh = np.where(DAY_MIN < 720, steady(5_000_000), 54.3 + (DAY_MIN - 720) / 60)
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert day_kwh(course) == pytest.approx(24 - 5 / 60)  # 78.07, as a reset
        assert (kinds(course), lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_exchange_upwards_by_500(self, rating_kw: float | None) -> None:
        kwh = steady(5000, 0.5) + np.where(DAY_MIN >= 720, 500, 0)
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert day_kwh(course) == pytest.approx(12 - 2.5 / 60)  # 512
        assert (kinds(course), lost_min(course)) == (["meter_change"], [720])

    @KNOWN
    def test_reset_inside_a_gap(self, rating_kw: float | None) -> None:
        """100 kW the day long; no readings from 8 to 16 h, and the register began anew at 14 h."""
        kwh = np.where(DAY_MIN < 840, steady(900, 100), (DAY_MIN - 840) / 60 * 100)
        kept = (DAY_MIN <= 480) | (DAY_MIN >= 960)
        course = judge(DAY_MIN[kept], kwh[kept], rating_kw=rating_kw)
        # 800 up to 8 h, 200 that the register shows at 16 h, 800 after it; 600 of 2,400 are lost.
        assert day_kwh(course, DAY_MIN[kept]) == pytest.approx(1800)
        assert (kinds(course), lost_min(course, DAY_MIN[kept])) == (["reset"], [960])
        assert course.events[0].gained_wh == pytest.approx(200_000)

    def test_zero_in_the_register_of_a_120_kw_plant(self) -> None:
        kwh = 41_561 + sun(600)
        kwh[180] = 0
        course = judge(DAY_MIN, kwh, rating_kw=144)
        assert day_kwh(course) == pytest.approx(600)
        mean_kw = course.gained_wh[1:] / np.diff(DAY_MIN[course.stands]) * 60 / 1000
        assert mean_kw.max() == pytest.approx(600 * np.pi / 24, rel=1e-3)  # the sun's; was 41,561

    def test_meter_replaced_at_noon_with_stated_values(self) -> None:
        kwh = np.where(DAY_MIN < 720, 70_000 + sun(600), 12.5 + sun(600) - 301)
        stated = MeterChange(720 * 60.0, last_wh=70_299_500, first_wh=11_000)
        course = judge(DAY_MIN, kwh, rating_kw=144, changes=[stated])
        before, after = kwh[DAY_MIN == 715][0], kwh[DAY_MIN == 720][0]
        assert (kinds(course), lost_min(course)) == (["meter_change"], [])
        assert course.events[0].gained_wh == pytest.approx((70_299.5 - before + after - 11) * 1000)

    def test_sleeping_inverter_is_no_fault(self) -> None:
        kwh = 1000 + sun(40)
        awake = (DAY_MIN > 360) & (DAY_MIN < 1080) | (DAY_MIN == -120) | (DAY_MIN == 1560)
        course = judge(DAY_MIN[awake], kwh[awake], rating_kw=12)
        assert (course.gained_wh.sum(), course.events) == (pytest.approx(40_000), ())


def test_a_steady_register_is_left_as_it_is() -> None:
    course = judge([0, 30, 60, 90], [100, 104, 109, 109], rating_kw=12)
    assert course.stands.all()
    assert course.gained_wh.tolist() == [0, 4000, 5000, 0]
    assert (lost(course), kinds(course)) == ([], [])


def test_no_readings_and_a_single_one() -> None:
    assert judge([], []).stands.size == 0
    course = judge([0], [100], rating_kw=12)
    assert (list(course.stands), list(course.gained_wh), list(course.is_lost)) == ([True], [0], [False])


def test_rounding_in_the_last_digits_is_no_fall() -> None:
    kwh = 123_456.789 + np.floor(np.arange(30.0) / 3) + np.resize([0.0, 1e-11, -1e-11], 30)
    course = judge(5.0 * np.arange(30.0), kwh, rating_kw=30)
    assert kinds(course) == []
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
    course = judge(minute, kwh, rating_kw=12)
    assert kinds(course) == ["rollover"]
    assert lost(course) == []
    assert course.events[0].gained_wh == pytest.approx((modulus_kwh - before_kwh + after_kwh) * 1000)
    assert course.gained_wh.sum() == pytest.approx((modulus_kwh - kwh[0] + kwh[-1]) * 1000)


def test_rollover_inside_a_gap_and_as_the_very_last_reading() -> None:
    minute = np.array([*range(-60, 1, 5), *range(120, 181, 5)], float)
    kwh = (99_995 + minute / 10) % 100_000  # rolls over at minute 50
    course = judge(minute, kwh, rating_kw=12)
    assert (kinds(course), lost(course)) == (["rollover"], [])
    assert total_kwh(course) == pytest.approx(24)
    course = judge(minute[:14], kwh[:14], rating_kw=12)
    assert kinds(course) == ["rollover"]
    assert total_kwh(course) == pytest.approx(18)


def test_far_from_a_modulus_is_a_reset_even_if_it_could_be_reached() -> None:
    # From 900 kWh over 1 MWh to 50 would be 150 kWh, which 1.8 MW make in 5 minutes; but a tenth is not near.
    kwh = [300.0, 400, 500, 600, 700, 800, 900, 50, 150, 250, 350, 450]
    course = judge(5.0 * np.arange(12.0), kwh, rating_kw=2000)
    assert (kinds(course), course.events[0].gained_wh, lost(course)) == (["reset"], 50_000, [7])


def test_near_a_modulus_but_too_far_for_the_rate_before_and_after() -> None:
    # 5 kWh to the modulus in 10 minutes would be 30 kW where it counts 3 kW; 0.4 since a reset is possible.
    minute = np.arange(0.0, 200, 10)
    kwh = np.where(minute < 100, 999_990.5 + minute / 20, 0.4 + (minute - 100) / 20)
    course = judge(minute, kwh, rating_kw=120)
    assert kinds(course) == ["reset"]
    assert course.events[0].gained_wh == pytest.approx(400)
    assert course.is_lost.sum() == 1


def test_reset_is_certain_of_what_the_register_shows_since() -> None:
    course = judge([0, 10, 20, 30, 40, 50, 60, 70], [5000, 5001, 5002, 5003, 0.5, 1.5, 2.5, 3.5], rating_kw=12)
    assert kinds(course) == ["reset"]
    assert list(course.gained_wh) == [0, 1000, 1000, 1000, 500, 1000, 1000, 1000]
    assert lost(course) == [4]


def test_more_than_can_have_been_counted_since_zero_is_an_exchange() -> None:
    # The rating allows 2 kWh in 10 minutes, but the register counts 0.1 on both sides.
    minute = np.arange(0.0, 400, 10)
    kwh = np.where(minute < 200, 5000 + minute / 100, 1.9 + (minute - 200) / 100)
    course = judge(minute, kwh, rating_kw=12)
    assert (kinds(course), course.events[0].gained_wh) == (["meter_change"], 0)
    assert course.is_lost.sum() == 1


def test_a_fall_to_another_level_is_an_exchange() -> None:
    minute = np.arange(0.0, 100, 10)
    course = judge(minute, np.where(minute < 50, 1000, 700) + minute / 10, rating_kw=12)
    assert (kinds(course), lost(course)) == (["meter_change"], [5])
    assert course.gained_wh.sum() == 8000  # four steps on either side


@pytest.mark.parametrize("nonsense_kwh", [[2000, 2001], [2000, 2001, 7000, 7001], [2000, 7000, 100, 8000, 4000, 50]])
def test_a_few_readings_between_two_courses_prove_nothing(nonsense_kwh: list[float]) -> None:
    minute = np.arange(0.0, 600, 10)
    kwh = np.where(minute < 100, 5000, 9000) + minute / 10
    kwh[10 : 10 + len(nonsense_kwh)] = nonsense_kwh
    course = judge(minute, kwh, rating_kw=12)
    assert lost(course) == [10]
    assert left_out(course) == list(range(10, 10 + len(nonsense_kwh)))
    assert ("meter_unexplained" in kinds(course)) == (len(nonsense_kwh) > 3)
    assert total_kwh(course) == pytest.approx(59 - len(nonsense_kwh) - 1)


def test_a_register_that_bounces_is_unexplained() -> None:
    kwh = 0.5 * np.arange(40.0) + np.repeat([9000.0, 5500.0, 8000.0, 3000.0, 7000.0], 8)
    course = judge(10.0 * np.arange(40.0), kwh, rating_kw=12)
    assert set(kinds(course)) == {"meter_unexplained"}
    assert lost(course) == [8, 16, 24, 32]


@pytest.mark.parametrize("readings", [1, 3, 12, 36, 100])
@pytest.mark.parametrize("level_kwh", [0.0, 777.0, 8000.0], ids=["zeros", "low", "high"])
def test_odd_readings_of_any_length_that_come_back_are_left_out(readings: int, level_kwh: float) -> None:
    kwh = steady(2000, 100)
    kwh[150 : 150 + readings] = level_kwh
    course = judge(DAY_MIN, kwh, rating_kw=1200)
    assert (kinds(course), lost(course)) == (["glitch"] * readings, [])
    assert total_kwh(course) == pytest.approx(2_800)


def test_random_nonsense_that_comes_back_is_left_out() -> None:
    kwh = steady(2000, 100)
    kwh[150:160] = [7, 88_000, 3, 4500, 0, 12, 65_535, 1, 9_999_999, 2]
    course = judge(DAY_MIN, kwh)
    assert (left_out(course), lost(course)) == (list(range(150, 160)), [])
    assert total_kwh(course) == pytest.approx(2_800)


def test_a_spike_at_night_is_left_out_though_a_stuck_register_could_have_risen_so() -> None:
    kwh = 1000 + sun(600)
    kwh[60] = 1100
    course = judge(DAY_MIN, kwh, rating_kw=144)
    assert (kinds(course), left_out(course)) == (["glitch"], [60])


def test_spikes_on_the_first_and_last_readings_of_what_is_known() -> None:
    kwh = steady(5000)
    kwh[[0, -1]] = [9000, 0]
    course = judge(DAY_MIN, kwh, rating_kw=1200)
    assert kinds(course) == ["glitch", "glitch"]
    assert (left_out(course), lost(course)) == ([0, DAY_MIN.size - 1], [])
    assert course.gained_wh.sum() == pytest.approx((28 - 10 / 60) * 1000)


def test_a_last_odd_reading_waits_for_more() -> None:
    course = judge([0, 10, 20, 30, 40, 50], [100, 101, 102, 103, 104, 0], rating_kw=12)
    assert list(course.stands) == [True] * 5 + [False]
    course = judge([0, 10, 20, 30, 40, 50, 60, 70], [100, 101, 102, 103, 104, 0, 0, 107], rating_kw=12)
    assert list(course.stands) == [True] * 5 + [False] * 2 + [True]
    assert course.gained_wh.sum() == 7000


def test_zeros_to_the_end_beside_a_running_register_are_not_believed() -> None:
    kwh = steady(5000, 100)
    kwh[200:] = 0
    course = judge(DAY_MIN, kwh, rating_kw=1200)
    assert left_out(course) == list(range(200, DAY_MIN.size))


def test_zeros_before_a_register_that_begins_anew_are_lost_time() -> None:
    kwh = np.where(DAY_MIN < 720, steady(5000, 100), (DAY_MIN - 720) / 60 * 100)
    kwh[(DAY_MIN >= 660) & (DAY_MIN < 720)] = 0
    course = judge(DAY_MIN, kwh, rating_kw=1200)
    assert course.is_lost.sum() == 1
    assert np.diff(DAY_MIN[course.stands])[course.is_lost[1:]][0] >= 60
