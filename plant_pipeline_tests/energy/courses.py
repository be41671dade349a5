"""Registers spelled out in minutes of the day and kWh, and what is to be said of their course."""

from collections.abc import Sequence

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.judging.register import MeterChange, RegisterCourse, judge_register

DAY_MIN = np.arange(-120.0, 1561.0, 5.0)
"""A reading every 5 minutes from two hours before the day to two hours after it."""
KNOWN = pytest.mark.parametrize("rating_kw", [1200.0, None], ids=["1 MW plant", "unknown capacity"])


def judge(
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


def day_kwh(course: RegisterCourse, minute: Floats = DAY_MIN) -> float:
    """What was certainly counted from the first reading of the day that stands to the last."""
    standing = minute[course.stands]
    return float(course.gained_wh[(standing > 0) & (standing <= 1440)].sum()) / 1000


def kinds(course: RegisterCourse) -> list[str]:
    return [event.kind for event in course.events]


def lost_min(course: RegisterCourse, minute: Floats = DAY_MIN) -> list[float]:
    return list(minute[course.stands][course.is_lost])


def left_out(course: RegisterCourse) -> list[int]:
    return [int(index) for index in np.flatnonzero(~course.stands)]


def lost(course: RegisterCourse) -> list[int]:
    """Which of the readings that stand end a lost step."""
    return [int(index) for index in np.flatnonzero(course.is_lost)]


def total_kwh(course: RegisterCourse) -> float:
    return float(course.gained_wh.sum()) / 1000


def steady(first_kwh: float, kw: float = 1.0) -> Floats:
    """A register that shows `first_kwh` at midnight."""
    return first_kwh + kw * DAY_MIN / 60


def sun(kwh: float) -> Floats:
    """What a clear day of 12 hours has yielded up to each reading of `DAY_MIN`."""
    return kwh * (1 - np.cos(np.pi * np.clip((DAY_MIN - 360) / 720, 0, 1))) / 2
