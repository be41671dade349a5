"""Registers that move in coarse steps or late, have a rating or stated changes; and any mixture of faults."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.judging.register import MeterChange
from plant_pipeline_tests.energy.courses import (
    DAY_MIN,
    judge,
    kinds,
    left_out,
    lost,
    lost_min,
    steady,
    sun,
    total_kwh,
)


class TestCoarseAndLagging:
    @pytest.mark.parametrize("resolution_kwh", [1.0, 10.0, 1000.0])
    @pytest.mark.parametrize("known", ["rating", "usual", "nothing"])
    def test_coarse_steps_are_no_spikes(self, resolution_kwh: float, known: str) -> None:
        kwh = np.floor((77_000 + sun(6000)) / resolution_kwh) * resolution_kwh
        rating_kw, usual_kw = {"rating": (1200.0, None), "usual": (None, 800.0), "nothing": (None, None)}[known]
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw, usual_kw=usual_kw)
        assert (kinds(course), lost(course)) == ([], [])
        assert course.gained_wh.sum() / 1000 == pytest.approx(6000, abs=resolution_kwh)

    @pytest.mark.parametrize("rating_kw", [1200.0, None])
    def test_a_register_that_moves_once_an_hour(self, rating_kw: float | None) -> None:
        kwh = np.interp(np.floor(DAY_MIN / 60) * 60, DAY_MIN, 77_000 + sun(6000))
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert kinds(course) == []
        assert total_kwh(course) == pytest.approx(6_000)
        kwh[[100, 180, 181]] = [0, 99_000, 99_000]
        course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
        assert kinds(course) == ["glitch"] * 3
        assert total_kwh(course) == pytest.approx(6_000)

    def test_an_exchange_of_a_coarse_meter(self) -> None:
        kwh = np.floor(np.where(DAY_MIN < 720, 5000, 5500) + DAY_MIN / 60)
        course = judge(DAY_MIN, kwh, rating_kw=1200)
        assert kinds(course) == ["meter_change"]
        assert course.gained_wh.sum() == pytest.approx(28_000, abs=1001)

    def test_hourly_readings_that_lack_single_hours(self) -> None:
        minute = np.arange(-240.0, 1681, 60)
        kwh = 9000 + 25 * np.arange(minute.size) + 5.0 * (np.arange(minute.size) % 3)
        kept = ~np.isin(minute, [0, 300, 720, 1440])
        kwh[minute == 840] = 0
        course = judge(minute[kept], kwh[kept], rating_kw=60)
        assert (kinds(course), lost(course)) == (["glitch"], [])
        assert course.gained_wh.sum() == pytest.approx((kwh[-1] - kwh[0]) * 1000)

    def test_15_minutes_by_night_and_1_minute_by_day(self) -> None:
        minute = np.array([*range(-120, 360, 15), *range(360, 1080), *range(1080, 1561, 15)], float)
        kwh = 1000 + np.interp(minute, DAY_MIN, sun(6000))
        assert judge(minute, kwh).events == ()
        kwh[[5, 300, 301, 775]] = [0, 0, 0, 20_000]
        course = judge(minute, kwh)
        assert kinds(course) == ["glitch"] * 4
        assert total_kwh(course) == pytest.approx(6_000)

    def test_catching_up_after_a_stuck_time_is_energy(self) -> None:
        kwh = 1000 + sun(6000)
        stuck = (DAY_MIN > 540) & (DAY_MIN < 780)
        kwh[stuck] = kwh[DAY_MIN == 540]
        for rating_kw in (1200.0, None):
            course = judge(DAY_MIN, kwh, rating_kw=rating_kw)
            assert kinds(course) == []
            assert total_kwh(course) == pytest.approx(6_000)


class TestRating:
    def test_a_device_that_steadily_exceeds_its_rating_disproves_it(self) -> None:
        course = judge([60.0 * hour for hour in range(8)], [100.0 * hour for hour in range(8)], rating_kw=12)
        assert (kinds(course), total_kwh(course)) == ([], 700)
        kwh = 1000 + sun(6000)  # up to 785 kW
        course = judge(DAY_MIN, kwh, rating_kw=300)
        assert kinds(course) == []
        assert total_kwh(course) == pytest.approx(6_000)

    def test_spikes_do_not_disprove_it(self) -> None:
        kwh = 1000 + sun(600)
        kwh[150:165:2] = 9000
        course = judge(DAY_MIN, kwh, rating_kw=144)
        assert kinds(course) == ["glitch"] * 8
        assert total_kwh(course) == pytest.approx(600)

    def test_the_usual_power_decides_where_no_rating_is_known(self) -> None:
        """After a gap of ten hours of sun the register is 500 kWh higher, of which its own dawn knows nothing."""
        kwh = 1000 + sun(600)
        kept = (DAY_MIN < 400) | (DAY_MIN > 1040)
        course = judge(DAY_MIN[kept], kwh[kept], usual_kw=80)
        assert kinds(course) == []
        assert total_kwh(course) == pytest.approx(600)
        course = judge(DAY_MIN[kept], kwh[kept] + np.where(DAY_MIN[kept] > 720, 5000, 0), usual_kw=80)
        assert (kinds(course), course.is_lost.sum()) == (["meter_change"], 1)


class TestStatedChange:
    @pytest.mark.parametrize("stated_min", [720.0, 717.0, 690.0, 750.0])
    def test_both_values_make_it_exact(self, stated_min: float) -> None:
        """The old meter counts on to 5,012.05 and the new one begins at 54.3, five minutes before noon."""
        kwh = np.where(DAY_MIN < 720, steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        stated = MeterChange(stated_min * 60, last_wh=5_011_950, first_wh=54_300)
        course = judge(DAY_MIN, kwh, changes=[stated])
        assert (kinds(course), lost(course)) == (["meter_change"], [])
        assert total_kwh(course) == pytest.approx(28)

    @pytest.mark.parametrize(
        ("last_wh", "first_wh", "certain_wh"), [(5_011_950, None, 200 / 6), (None, 54_300, 50), (None, None, 0)]
    )
    def test_else_the_step_is_lost(self, last_wh: float | None, first_wh: float | None, certain_wh: float) -> None:
        kwh = np.where(DAY_MIN < 720, steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        course = judge(DAY_MIN, kwh, changes=[MeterChange(720 * 60, last_wh, first_wh)])
        assert (kinds(course), lost_min(course)) == (["meter_change"], [720])
        assert course.events[0].gained_wh == pytest.approx(certain_wh)

    def test_values_that_contradict_the_readings_are_not_believed(self) -> None:
        kwh = np.where(DAY_MIN < 720, steady(5000), 54.3 + (DAY_MIN - 717) / 60)
        for last_wh, first_wh in ((4_000_000.0, 54_300.0), (6_000_000.0, 54_300.0), (5_011_950.0, 99_000.0)):
            course = judge(DAY_MIN, kwh, changes=[MeterChange(720 * 60, last_wh, first_wh)])
            assert (lost_min(course), course.events[0].gained_wh) == ([720], 0)

    def test_a_change_that_the_register_does_not_show(self) -> None:
        """The new meter was set to the old one's value: the statement holds where it was made."""
        stated = MeterChange(720 * 60, last_wh=5_011_950, first_wh=5_011_950)
        course = judge(DAY_MIN, steady(5000), changes=[stated])
        assert (kinds(course), lost(course)) == (["meter_change"], [])
        assert total_kwh(course) == pytest.approx(28)

    def test_a_change_outside_the_readings_does_not_matter(self) -> None:
        for minute in (-500, 5000):
            assert judge(DAY_MIN, steady(5000), changes=[MeterChange(minute * 60.0, None, None)]).events == ()


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
    course = judge(
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


def test_a_fall_below_the_readings_before_it_may_be_an_exchange() -> None:
    """60 kW by the hour; from 17 h on a counter that stands 100 or 150 kWh lower: one or two readings are left out, and
    the meter may be another: then there was that much more, and an hour of 60 kWh.
    """
    hours = np.arange(24.0)
    for lower_kwh in (100, 150):
        course = judge(60 * hours, 1000 + 60 * hours - np.where(hours >= 17, lower_kwh, 0), rating_kw=100)
        assert len(left_out(course)) == lower_kwh // 60
        assert total_kwh(course) + course.perhaps_wh.sum() / 1000 == pytest.approx(23 * 60)


def test_a_spike_is_no_exchange() -> None:
    kwh = steady(1000)
    kwh[100] += 500
    assert judge(DAY_MIN, kwh, rating_kw=1200).perhaps_wh.sum() == 0
