"""Days whose energy is known by formula, what meters would show of them, and when a day's row is honest about it.

What belongs here: courses of power, readings made of them, damage to readings, the judgement. What does not: sensors
and the warehouse (site.py), invented plants at random (simulated_meter.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi, sin
from typing import Any

from plant_pipeline_tests.energy.site import utc

DAY = "2026-06-15"
BEFORE = "2026-06-14"
AFTER = "2026-06-16"
MIDNIGHT = utc(f"{DAY} 00:00")

EQUATOR = (0.0, 0.0)
"""Here the sun is up from 05:57 to 18:04 UTC on 15 June: the bell below lies wholly within."""

Reading = tuple[datetime, float]

DEVICE_FLAGS = frozenset({"reset", "rollover", "meter_change", "meter_unexplained"})


def hour(hours: float) -> datetime:
    """An instant by the hours since the beginning of 15 June, UTC."""
    return MIDNIGHT + timedelta(seconds=round(hours * 3600))


@dataclass(frozen=True)
class Course:
    """True power in kW, and true energy in kWh since the 15th began, of an instant in hours since then.

    Each day is like the other, so that `total_kwh` is the truth of every day.
    """

    total_kwh: float
    power_kw: Callable[[float], float]
    energy_kwh: Callable[[float], float]

    def between(self, from_h: float, until_h: float) -> float:
        """True energy from one hour until another, kWh."""
        return self.energy_kwh(until_h) - self.energy_kwh(from_h)


def bell(total_kwh: float) -> Course:
    """A clear day: power P sin²(π (h - 6) / 12) from 6 to 18 h, nothing outside.

    Its integral from 6 h to 6 h + t is P/2 (t - 6/π sin(π t / 6)), 6 P over the day.
    """

    def power_kw(hours: float) -> float:
        since = hours % 24 - 6
        return total_kwh / 6 * sin(pi * since / 12) ** 2 if 0 < since < 12 else 0.0

    def energy_kwh(hours: float) -> float:
        day, of_day = divmod(hours, 24)
        since = min(max(of_day - 6, 0.0), 12.0)
        return total_kwh * (day + (since - 6 / pi * sin(pi * since / 6)) / 12)

    return Course(total_kwh, power_kw, energy_kwh)


def steady(total_kwh: float) -> Course:
    """The same energy in each hour of day and night, within which power moves by 5 % as no stuck meter's would.

    P (1 + 0.05 sin(2 π h)) kW with h in hours, whose integral is P (h + 0.05 / 2π (1 - cos(2 π h))) kWh.
    """
    mean_kw = total_kwh / 24
    return Course(
        total_kwh,
        lambda hours: mean_kw * (1 + 0.05 * sin(2 * pi * hours)),
        lambda hours: mean_kw * (hours + 0.05 / (2 * pi) * (1 - cos(2 * pi * hours))),
    )


# -- what a meter shows --
def _labels(step_min: float, first_h: float, last_h: float) -> list[float]:
    count = round((last_h - first_h) * 60 / step_min)
    return [first_h + index * step_min / 60 for index in range(count)]


def register(
    course: Course, *, start_kwh: float = 1000.0, step_min: float = 5, first_h: float = -72, last_h: float = 60
) -> list[Reading]:
    """A counter in Wh that shows `start_kwh` as the 15th begins."""
    labels = _labels(step_min, first_h, last_h)
    return [(hour(label), 1000 * (start_kwh + course.energy_kwh(label))) for label in labels]


def power(course: Course, *, step_min: float = 5, first_h: float = -72, last_h: float = 60) -> list[Reading]:
    """Mean power of each interval, W, as it is exactly."""
    hours = step_min / 60
    labels = _labels(step_min, first_h, last_h)
    return [(hour(label), 1000 * course.between(label, label + hours) / hours) for label in labels]


def intervals(course: Course, *, step_min: float = 5, first_h: float = -72, last_h: float = 60) -> list[Reading]:
    """Energy of each interval, Wh."""
    labels = _labels(step_min, first_h, last_h)
    return [(hour(label), 1000 * course.between(label, label + step_min / 60)) for label in labels]


def instants(course: Course, hours: Sequence[float]) -> list[Reading]:
    """Power at instants, W."""
    return [(hour(label), 1000 * course.power_kw(label)) for label in hours]


# -- damage --
def without(readings: Sequence[Reading], from_h: float, until_h: float) -> list[Reading]:
    """Nothing was read from one hour on until another."""
    return [(at, value) for at, value in readings if not hour(from_h) <= at < hour(until_h)]


def replaced(readings: Sequence[Reading], from_h: float, until_h: float, value: float) -> list[Reading]:
    """The same value is read all the time from one hour on until another."""
    return [(at, value if hour(from_h) <= at < hour(until_h) else own) for at, own in readings]


def shifted(readings: Sequence[Reading], from_h: float, by: float) -> list[Reading]:
    """Values from an hour on are higher by some."""
    return [(at, value + by if at >= hour(from_h) else value) for at, value in readings]


def exchanged(readings: Sequence[Reading], from_h: float, first_wh: float) -> list[Reading]:
    """From an hour on another counter is read, which shows `first_wh` in its first reading."""
    old_wh = next(value for at, value in readings if at >= hour(from_h))
    return shifted(readings, from_h, first_wh - old_wh)


# -- judgement --
def negligible_kwh(capacity_kw: float | None, hours: float = 24.0) -> float:
    """The energy that a plant of this size is not asked about: 0.0002 of its capacity over the day."""
    return 0.0002 * (capacity_kw or 0.0) * hours


def assert_honest(row: Any, truth_kwh: float, *, capacity_kw: float | None = 1000.0, hours: float = 24.0) -> None:
    """The row has a number whose own interval holds the truth, and `final` means within 1 % (or negligibly off)."""
    assert row.produced_kwh is not None, row.null_reason
    assert row.gap_kwh is not None
    assert row.uncertainty_kwh is not None
    assert row.null_reason is None
    assert row.gap_kwh >= 0
    assert row.uncertainty_kwh >= 0
    assert 0 <= row.coverage <= 1
    off_kwh = abs(row.produced_kwh + row.gap_kwh - truth_kwh)
    rounding_kwh = 1e-6 + 1e-9 * abs(truth_kwh)
    assert off_kwh <= row.uncertainty_kwh + rounding_kwh
    if row.status == "final":
        assert off_kwh <= max(0.01 * abs(truth_kwh), negligible_kwh(capacity_kw, hours)) + rounding_kwh


def assert_exact(row: Any, truth_kwh: float, *, abs_kwh: float = 1e-6) -> None:
    """All of the day's energy was measured, nothing hides behind it, and it is final."""
    assert (row.null_reason, row.status) == (None, "final")
    assert abs(row.produced_kwh - truth_kwh) <= abs_kwh + 1e-9 * abs(truth_kwh)
    assert row.gap_kwh <= abs_kwh
    assert row.uncertainty_kwh <= abs_kwh
