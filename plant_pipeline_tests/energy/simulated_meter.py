"""Invented plants whose true power is known, and meters that show it with every fault a real meter has.

What belongs here: true days, what a meter makes of them, damage. What does not: the warehouse (park.py), what has to
hold (test_simulated_meters.py).

Only what can be told from readings is asked for. Power that shows 0 for a while looks like a plant that stands still:
such damage is done only beside a register that is not deceived (`DECEIVING`). Power that stays the same to the last
digit for three hours is no real plant's. A counter sticks within the day, so that the day's total is never wrong; a new
counter begins far away from the old one; of the changes of a counter's course each plant has one at most.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from plant_pipeline.arrays import Floats
from plant_pipeline.days import day_window
from plant_pipeline_tests.energy.park import ParkPlant, ParkSensor

Kind = Literal["register", "intervals", "power", "instants"]
Fault = Literal[
    "rows", "burst", "morning", "spike", "dip", "zeros", "stuck", "reset", "exchange", "rollover", "jitter", "unit",
    "echo",
]  # fmt: skip

DAY: Final = date(2026, 6, 15)
CAPACITY_KW: Final = 1000.0
KINDS: Final[tuple[Kind, ...]] = ("register", "intervals", "power", "instants")
_LOSSES: Final[tuple[Fault, ...]] = ("rows", "burst", "morning")
_WRONG: Final[tuple[Fault, ...]] = ("spike", "dip", "zeros", "stuck")
FAULTS: Final[dict[Kind, tuple[Fault, ...]]] = {
    "register": (*_LOSSES, *_WRONG, "reset", "exchange", "rollover", "jitter"),
    "intervals": (*_LOSSES, *_WRONG, "unit", "echo"),
    "power": (*_LOSSES, *_WRONG, "unit", "echo"),
    "instants": (*_LOSSES, *_WRONG, "unit", "jitter"),
}
DECEIVING: Final[frozenset[Fault]] = frozenset({"dip", "zeros", "unit"})
"""Of power and intervals: what a plant that stands still, or is off in part, would show as well."""

COURSE_CHANGES: Final[frozenset[Fault]] = frozenset({"reset", "exchange", "rollover"})

SHORTEST_STUCK_H: Final = 3.0
"""For so long the power of a plant below its limits does not stay the same to the last digit."""

FARTHEST_KWH: Final = 50_000.0
"""A new counter's distance from the old one: more than any of the plants here produces in two days."""

_LEAD_MIN: Final = 2 * 1440  # of readings before the day
_TAIL_MIN: Final = 18 * 60
_PLACES: Final = (("UTC", 0.0), ("Europe/Madrid", -3.7), ("America/Lima", -77.0), ("Asia/Kolkata", 78.0))


@dataclass(frozen=True)
class Draw:
    """What is drawn at random of one plant; everything else follows from its seed."""

    seed: int
    technology: Literal["solar", "wind"] = "solar"
    kind: Kind = "register"
    step_min: int = 5
    faults: tuple[Fault, ...] = ()
    is_capacity_known: bool = True
    is_place_known: bool = True
    second: Kind | None = None
    """A second method of the same meter that lacks nothing."""


@dataclass(frozen=True)
class SimulatedPlant:
    """A plant for the warehouse, and its true energy of the day."""

    draw: Draw
    plant: ParkPlant
    truth_kwh: float


@dataclass(frozen=True)
class _Meter:
    at_s: Floats
    value: Floats


class _TrueDays:
    """Power of each minute's beginning from two days before the day on, kW, straight from one to the next."""

    def __init__(self, draw: Draw, chance: np.random.Generator, zone: str, longitude: float) -> None:
        window = day_window(DAY, zone)
        assert window is not None
        self.start_s = window.start_utc.timestamp()
        self.end_s = window.end_utc.timestamp()
        self.first_s = self.start_s - 60 * _LEAD_MIN
        self.at_s = np.arange(self.first_s, self.end_s + 60 * _TAIL_MIN, 60.0)
        peak_kw = CAPACITY_KW * chance.uniform(0.3, 0.9)
        if draw.technology == "solar":
            solar_h = self.at_s / 3600 % 24 + longitude / 15
            bell = np.maximum(np.sin(np.pi * ((solar_h - 6) % 24) / 12), 0.0) ** 1.5 * (((solar_h - 6) % 24) < 12)
            self.power_kw = peak_kw * bell * _cloudiness(chance, len(self.at_s))
        else:
            self.power_kw = peak_kw * _windiness(chance, len(self.at_s))
        steps_kwh = (self.power_kw[1:] + self.power_kw[:-1]) / 2 / 60
        self.energy_kwh = np.concatenate([[0.0], np.cumsum(steps_kwh)])

    def energy_at(self, at_s: Floats) -> Floats:
        return np.asarray(np.interp(at_s, self.at_s, self.energy_kwh))

    def power_at(self, at_s: Floats) -> Floats:
        return np.asarray(np.interp(at_s, self.at_s, self.power_kw))

    @property
    def truth_kwh(self) -> float:
        start, end = self.energy_at(np.array([self.start_s, self.end_s]))
        return float(end - start)


def _cloudiness(chance: np.random.Generator, minutes: int) -> Floats:
    """A clear, a hazy or a cloudy sky: a factor with a knot each 20 minutes."""
    depth = chance.choice([0.0, 0.3, 0.8])
    knots = 1 - depth * chance.uniform(size=minutes // 20 + 2)
    return np.asarray(np.interp(np.arange(minutes), np.arange(len(knots)) * 20, knots))


def _windiness(chance: np.random.Generator, minutes: int) -> Floats:
    """A random walk with a knot each 30 minutes, calm at times, never above 1."""
    walk = np.cumsum(chance.normal(0, 0.12, minutes // 30 + 2)) + chance.uniform(0, 1)
    knots = np.abs((walk + 1) % 2 - 1)
    return np.asarray(np.interp(np.arange(minutes), np.arange(len(knots)) * 30, knots))


def simulate(draw: Draw) -> SimulatedPlant:
    """The plant, its readings as damaged, and the truth."""
    chance = np.random.default_rng(draw.seed)
    zone, longitude = _PLACES[int(chance.integers(len(_PLACES)))]
    true = _TrueDays(draw, chance, zone, longitude)
    faults = _fair(draw)
    meter = _meter(draw.kind, draw.step_min, true, chance, faults)
    for fault in filter(_DAMAGE.__contains__, faults):
        meter = _DAMAGE[fault](meter, true, chance, draw.kind)
    sensors = [_sensor(draw.kind, draw.step_min, meter)]
    if draw.second is not None:
        sensors.append(_sensor(draw.second, 5, _meter(draw.second, 5, true, chance, [])))
    plant = ParkPlant(
        code=f"P-{draw.seed}",
        zone=zone,
        technology=draw.technology,
        capacity_kw=CAPACITY_KW if draw.is_capacity_known else None,
        place=(0.0, longitude) if draw.is_place_known else None,
        sensors=tuple(sensors),
    )
    return SimulatedPlant(draw, plant, true.truth_kwh)


def _fair(draw: Draw) -> list[Fault]:
    """The faults whose truth can be told, in the order in which they come about: in the counter, then on the way."""
    possible = [fault for fault in dict.fromkeys(draw.faults) if fault in FAULTS[draw.kind]]
    changes = [fault for fault in possible if fault in COURSE_CHANGES]
    unfair: set[Fault] = set(changes[1:])
    if changes:
        unfair.add("stuck")
    if draw.kind != "register" and draw.second != "register":
        unfair |= DECEIVING
    return sorted((fault for fault in possible if fault not in unfair), key=_IN_ORDER.index)


# -- meters --
def _meter(kind: Kind, step_min: int, true: _TrueDays, chance: np.random.Generator, faults: list[Fault]) -> _Meter:
    step_s = 60.0 * step_min
    at_s = np.arange(true.first_s, true.at_s[-1] - step_s, step_s)
    if "jitter" in faults:
        at_s = np.round(at_s + chance.uniform(-0.45, 0.45, len(at_s)) * step_s)
        at_s[0] = max(at_s[0], true.first_s)
    if kind == "register":
        return _Meter(at_s, _counter_wh(at_s, true, chance, runs_over="rollover" in faults))
    if kind == "instants":
        return _Meter(at_s, 1000 * true.power_at(at_s))
    energy_wh = 1000 * (true.energy_at(at_s + step_s) - true.energy_at(at_s))
    return _Meter(at_s, energy_wh if kind == "intervals" else energy_wh * 60 / step_min)


def _counter_wh(at_s: Floats, true: _TrueDays, chance: np.random.Generator, *, runs_over: bool) -> Floats:
    if not runs_over:
        return 1000 * (chance.uniform(2, 9) * FARTHEST_KWH + true.energy_at(at_s))
    modulus_wh = float(chance.choice([1e9, 2.0**32]))
    over_s = chance.uniform(true.start_s, true.end_s)
    rest_kwh = float(true.energy_at(np.array([over_s]))[0])
    return np.asarray((modulus_wh + 1000 * (true.energy_at(at_s) - rest_kwh)) % modulus_wh)


def _sensor(kind: Kind, step_min: int, meter: _Meter) -> ParkSensor:
    return ParkSensor(
        quantity="production_energy" if kind in ("register", "intervals") else "ac_power",
        resolution_min=0 if kind in ("register", "instants") else step_min,
        is_cumulative=kind == "register",
        at_s=meter.at_s,
        value=meter.value,
    )


# -- damage: each somewhere between three hours before the day and three hours after it --
def _some_time(true: _TrueDays, chance: np.random.Generator) -> float:
    return float(chance.uniform(true.start_s - 10_800, true.end_s + 10_800))


def _without(meter: _Meter, is_lost: npt.NDArray[np.bool_]) -> _Meter:
    return _Meter(meter.at_s[~is_lost], meter.value[~is_lost])


def _lose_rows(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    return _without(meter, chance.uniform(size=len(meter.at_s)) < chance.choice([0.002, 0.02, 0.07, 0.2]))


def _lose_bursts(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    for _ in range(int(chance.integers(1, 4))):
        from_s = _some_time(true, chance)
        meter = _without(meter, _is_between(meter.at_s, from_s, from_s + 60 * chance.uniform(10, 240)))
    return meter


def _lose_morning(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    from_s = true.start_s + 3600 * chance.uniform(-2, 5)
    return _without(meter, _is_between(meter.at_s, from_s, true.start_s + 3600 * chance.uniform(8, 13)))


def _is_between(at_s: Floats, from_s: float, until_s: float) -> npt.NDArray[np.bool_]:
    return (at_s >= from_s) & (at_s < until_s)


def _spike(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    """Of a counter more than it could count in two hours, of power at least four times what the plant can do."""
    place = _place(meter, true, chance)
    value = meter.value.copy()
    if kind == "register":
        value[place] += 1000 * chance.choice([3000.0, 20_000.0, 5e9])
    else:
        highest = CAPACITY_KW * 1000 * (1 if kind != "intervals" else 1 / 60)
        value[place] = highest * chance.choice([4 if kind != "intervals" else 240, 65.535 * 60, 1e6])
    return replace(meter, value=value)


def _place(meter: _Meter, true: _TrueDays, chance: np.random.Generator) -> int:
    return int(np.searchsorted(meter.at_s, _some_time(true, chance)))


def _dip(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    value = meter.value.copy()
    value[_place(meter, true, chance)] = 0.0
    return replace(meter, value=value)


def _zero(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    from_s = _some_time(true, chance)
    is_zero = _is_between(meter.at_s, from_s, from_s + 60 * chance.uniform(10, 120))
    return replace(meter, value=np.where(is_zero, 0.0, meter.value))


def _stick(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    """A counter that catches up after three hours at most; power that stays for longer, well above nothing."""
    if kind == "register":
        from_s = chance.uniform(true.start_s + 3600, true.end_s - 4 * 3600)
        hours = chance.uniform(0.2, 3.0)
    else:
        is_notable = (meter.value > 0.1 * meter.value.max()) & (meter.value < 0.8 * meter.value.max())
        is_notable &= _is_between(meter.at_s, true.start_s, true.end_s - 3600 * SHORTEST_STUCK_H)
        if not is_notable.any():
            return meter
        from_s = float(chance.choice(meter.at_s[is_notable]))
        hours = chance.uniform(SHORTEST_STUCK_H, 2 * SHORTEST_STUCK_H)
    is_stuck = _is_between(meter.at_s, from_s, from_s + 3600 * hours)
    if not is_stuck.any():
        return meter
    return replace(meter, value=np.where(is_stuck, meter.value[is_stuck][0], meter.value))


def _reset(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    """From some time on the counter shows what was produced since then."""
    at_s = _some_time(true, chance)
    since_wh = 1000 * (true.energy_at(meter.at_s) - float(true.energy_at(np.array([at_s]))[0]))
    return replace(meter, value=np.where(meter.at_s >= at_s, since_wh, meter.value))


def _exchange(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    """Another counter goes on from another number, far above or far below."""
    at_s = _some_time(true, chance)
    by_wh = 1000 * FARTHEST_KWH * chance.choice([-1.5, 1.0, 4.0, 20.0])
    return replace(meter, value=np.where(meter.at_s >= at_s, meter.value + by_wh, meter.value))


def _in_another_unit(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    from_s = _some_time(true, chance)
    is_other = _is_between(meter.at_s, from_s, from_s + 3600 * chance.uniform(1, 8))
    return replace(
        meter, value=np.where(is_other, meter.value * chance.choice([1000, 60, 10, 0.1, 0.001]), meter.value)
    )


def _echo(meter: _Meter, true: _TrueDays, chance: np.random.Generator, kind: Kind) -> _Meter:
    """All is sent twice, the second time under stamps that are some seconds later, up to half a step."""
    step_s = float(np.diff(meter.at_s).min())
    at_s = np.concatenate([meter.at_s, meter.at_s + np.ceil(chance.uniform(0, 0.5) * step_s)])
    order = np.argsort(at_s, kind="stable")
    return _Meter(at_s[order], np.concatenate([meter.value, meter.value])[order])


_DAMAGE: Final[dict[Fault, Callable[[_Meter, _TrueDays, np.random.Generator, Kind], _Meter]]] = {
    "reset": _reset,
    "exchange": _exchange,
    "stuck": _stick,
    "spike": _spike,
    "dip": _dip,
    "zeros": _zero,
    "rows": _lose_rows,
    "burst": _lose_bursts,
    "morning": _lose_morning,
    "unit": _in_another_unit,
    "echo": _echo,
}
_IN_ORDER: Final[tuple[Fault, ...]] = ("jitter", "rollover", *_DAMAGE)
