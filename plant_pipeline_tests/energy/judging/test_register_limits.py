"""Where the course of a register turns from one explanation to another; readings in minutes and kWh, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.judging.register import MeterChange, RegisterCourse, judge_register

DAY_MIN = np.arange(0.0, 1441.0, 5.0)
STEADY_KWH = 5000 + DAY_MIN / 60  # 1 kW


def _judge(
    minute: Floats, kwh: Floats, *, rating_kw: float | None = 12, changes: Sequence[MeterChange] = ()
) -> RegisterCourse:
    return judge_register(
        np.asarray(minute, np.float64) * 60,
        np.asarray(kwh, np.float64) * 1000,
        rating_w=None if rating_kw is None else rating_kw * 1000,
        usual_w=None,
        changes=changes,
    )


def _kinds(course: RegisterCourse) -> list[str]:
    return [event.kind for event in course.events]


def test_without_readings_nothing_is_told_of_any() -> None:
    course = _judge(np.empty(0), np.empty(0))
    assert (course.stands.size, course.gained_wh.size, course.is_lost.size, course.events) == (0, 0, 0, ())


@pytest.mark.parametrize(
    ("last_kwh", "first_kwh", "step_kwh", "kind", "gained_wh"),
    [
        (9.95, 0.05, 0.1, "rollover", 100),  # four digits of Wh are the fewest that a counter has
        (0.995, 0.04, 0.05, "reset", 40),
    ],
)
def test_the_smallest_counter_rolls_over_at_ten_kilowatt_hours(
    last_kwh: float, first_kwh: float, step_kwh: float, kind: str, gained_wh: float
) -> None:
    count = np.arange(20.0)
    kwh = np.where(count < 10, last_kwh - step_kwh * (9 - count), first_kwh + step_kwh * (count - 10))
    course = _judge(10 * count, kwh)
    assert _kinds(course) == [kind]
    assert course.events[0].gained_wh == pytest.approx(gained_wh)


@pytest.mark.parametrize(("changes", "kind"), [(2, "meter_change"), (3, "meter_unexplained")])
def test_a_register_that_changes_its_level_more_than_twice_is_not_believed(changes: int, kind: str) -> None:
    levels_kwh = [9000.0, 5500.0, 8000.0, 3000.0][: changes + 1]
    kwh = 0.5 * np.arange(12.0 * len(levels_kwh)) + np.repeat(levels_kwh, 12)
    course = _judge(10 * np.arange(12.0 * len(levels_kwh)), kwh)
    assert _kinds(course) == [kind] * changes


@pytest.mark.parametrize(
    ("stated_min", "at_min"),
    [(655.0, [720.0]), (654.0, [655.0, 720.0]), (780.0, [720.0]), (781.0, [720.0, 785.0])],
)
def test_a_statement_is_of_the_odd_step_within_an_hour_of_it(stated_min: float, at_min: list[float]) -> None:
    """The register jumps between 715 and 720; a statement further off is another change, beside one of its own."""
    kwh = STEADY_KWH + np.where(DAY_MIN >= 720, 3000, 0)
    course = _judge(DAY_MIN, kwh, changes=[MeterChange(stated_min * 60, None, None)])
    assert [event.at_s / 60 for event in course.events] == at_min
    declared = [event.at_s / 60 for event in course.events if event.is_declared]
    assert declared == ([720.0] if len(at_min) == 1 else [at for at in at_min if at != 720.0])


def test_a_statement_is_of_the_nearest_of_several_odd_steps() -> None:
    kwh = STEADY_KWH + np.where(DAY_MIN >= 720, 3000, 0) + np.where(DAY_MIN >= 770, 3000, 0)
    for stated_min, at_min in ((740.0, 720.0), (750.0, 770.0)):
        course = _judge(DAY_MIN, kwh, changes=[MeterChange(stated_min * 60, None, None)])
        assert [(event.at_s / 60, event.is_declared) for event in course.events] == [
            (720.0, at_min == 720.0),
            (770.0, at_min == 770.0),
        ]


def test_a_stated_change_does_not_explain_a_later_reset() -> None:
    """An exchange at 6 h that a person stated, and a register that begins anew at 18 h, which shows 0.25 kWh then."""
    kwh = np.where(DAY_MIN < 360, STEADY_KWH, 70 + DAY_MIN / 60)
    kwh = np.where(DAY_MIN < 1080, kwh, 0.25 + (DAY_MIN - 1080) / 60)
    stated = MeterChange(360 * 60, last_wh=kwh[71] * 1000 + 40, first_wh=kwh[72] * 1000 - 30)
    course = _judge(DAY_MIN, kwh, changes=[stated])
    assert [(event.kind, event.is_declared, round(event.gained_wh)) for event in course.events] == [
        ("meter_change", True, 70),
        ("reset", False, 250),
    ]
    assert list(DAY_MIN[course.stands][course.is_lost]) == [1080]


def test_two_statements_of_one_step_do_not_tell_its_energy() -> None:
    kwh = STEADY_KWH + np.where(DAY_MIN >= 720, 3000, 0)
    stated = [MeterChange(minute * 60.0, kwh[143] * 1000, kwh[144] * 1000) for minute in (716, 719)]
    course = _judge(DAY_MIN, kwh, changes=stated)
    assert [(event.kind, event.is_declared, event.gained_wh) for event in course.events] == [("meter_change", True, 0)]
    assert course.is_lost.sum() == 1


@pytest.mark.parametrize(
    ("last_over_wh", "gained_wh", "is_lost"),
    [(999.0, 999, False), (1001.0, 0, True), (0.0, 0, False), (-1.0, 0, True)],
)
def test_a_statement_of_more_than_is_possible_contradicts_the_readings(
    last_over_wh: float, gained_wh: float, is_lost: bool
) -> None:
    """12 kW are 1 kWh in 5 minutes; the new meter began with what it showed first."""
    kwh = STEADY_KWH + np.where(DAY_MIN >= 720, 3000, 0)
    # Twice its smallest moves, which are 1/12 kWh, may hide in its resolution.
    slack_wh = 2000 / 12 if last_over_wh > 0 else 0.0
    stated = MeterChange(720 * 60, kwh[143] * 1000 + last_over_wh + slack_wh, kwh[144] * 1000)
    course = _judge(DAY_MIN, kwh, changes=[stated])
    assert course.events[0].gained_wh == pytest.approx(gained_wh and gained_wh + slack_wh, abs=0.1)
    assert bool(course.is_lost.any()) is is_lost


def test_a_register_that_begins_anew_at_exactly_zero_was_reset() -> None:
    kwh = np.where(DAY_MIN < 720, STEADY_KWH, (DAY_MIN - 720) / 60)
    course = _judge(DAY_MIN, kwh)
    assert [(event.kind, event.gained_wh) for event in course.events] == [("reset", 0)]
    assert course.is_lost.sum() == 1


@pytest.mark.parametrize(("moves_on", "kinds"), [(True, []), (False, ["meter_change"])])
def test_a_register_makes_up_for_a_standstill_only_if_it_moves_again(moves_on: bool, kinds: list[str]) -> None:
    """1 kW; it stands from 6 to 12 h and is 6 kWh higher then. Its rating would not give that in 5 minutes."""
    kwh = np.where(DAY_MIN <= 360, DAY_MIN, np.where(DAY_MIN < 720, 360, 720 + (DAY_MIN - 720 if moves_on else 0))) / 60
    assert _kinds(_judge(DAY_MIN, 5000 + kwh)) == kinds


def test_three_odd_readings_beside_an_exchange_do_not_make_it_unexplained() -> None:
    kwh = STEADY_KWH + np.where(DAY_MIN >= 720, 3000, 0)
    kwh[144:147] = [100, 7000, 50]
    course = _judge(DAY_MIN, kwh)
    assert sorted(_kinds(course)) == ["glitch"] * 3 + ["meter_change"]
    kwh[144:148] = [100, 7000, 50, 9999]
    assert sorted(_kinds(_judge(DAY_MIN, kwh))) == ["glitch"] * 4 + ["meter_unexplained"]


def test_an_odd_reading_is_told_from_the_one_before_it_that_stands() -> None:
    kwh = STEADY_KWH.copy()
    kwh[[0, 1, 100, 101]] = 0
    course = _judge(DAY_MIN, kwh)
    assert [(event.kind, event.from_s / 60, event.at_s / 60, event.gained_wh) for event in course.events] == [
        ("glitch", 0, 0, 0),  # nothing stands before the first ones
        ("glitch", 5, 5, 0),
        ("glitch", 495, 500, 0),
        ("glitch", 495, 505, 0),
    ]
    assert [(event.before_wh, event.after_wh) for event in course.events[2:]] == [(5_008_250, 0)] * 2
