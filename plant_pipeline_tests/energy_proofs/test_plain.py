"""Plants that are measured past the rules, or compared with nothing, against the same plants by every rule there is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.days import day_window
from plant_pipeline.energy.daily import Computed, compute_plants, findings_of
from plant_pipeline.energy.day.day_series import read_day_series
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.status import judge
from plant_pipeline.energy.plain import measure_plain
from plant_pipeline.energy.series.plant_days import PlantDay, read_plant_days
from plant_pipeline.energy.series.sensors import read_series
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.park import ParkPlant, ParkSensor, put_plants
from plant_pipeline_tests.energy.simulated_meter import DAY, FAULTS, KINDS, Draw, Kind, simulate
from plant_pipeline_tests.energy.site import NOW

_numbers = count()

# What no rule has anything to say about, and what one of them has: W or Wh of readings from two days before the day on.
_SCALES = (1e-3, 0.02, 1.0, 1.4, 3.0, 20.0)
_ROUNDED_TO = (1.0, 100.0, 2_000.0, 50_000.0)
_NO_NUMBERS = (32_767.0, 65_535.0, -9_999.0, 0.0, 1e9)


@dataclass(frozen=True)
class Oddity:
    """One change of the readings of a sensor, in the hours from some time of the day on."""

    kind: str
    from_h: float
    hours: float
    size: float


def _odd(sensor: ParkSensor, one: Oddity, start_s: float) -> ParkSensor:
    since_h = (sensor.at_s - start_s) / 3600 - one.from_h
    is_meant = (since_h >= 0) & (since_h < one.hours)
    if one.kind == "late":
        return replace(sensor, at_s=sensor.at_s + 60 * np.floor(one.size * 720))
    if one.kind in ("gone", "cut"):
        is_late = since_h >= 24 + 3 * one.size - one.from_h
        is_lost = is_meant if one.kind == "gone" else is_late | (since_h < -3 * one.size - one.from_h)
        return replace(sensor, at_s=sensor.at_s[~is_lost], value=sensor.value[~is_lost])
    return replace(sensor, value=_SHOWN[one.kind](sensor.value.copy(), is_meant, one.size))


def _rounded(value: Floats, _: Booleans, size: float) -> Floats:
    unit = _ROUNDED_TO[int(size * len(_ROUNDED_TO))]
    return np.asarray(np.floor(value / unit) * unit)


def _no_number(value: Floats, is_meant: Booleans, size: float) -> Floats:
    value[np.argmax(is_meant)] = _NO_NUMBERS[int(size * len(_NO_NUMBERS))]
    return value


_SHOWN: Mapping[str, Callable[[Floats, Booleans, float], Floats]] = {
    "scaled": lambda value, _, size: value * _SCALES[int(size * len(_SCALES))],
    "rounded": _rounded,
    "no number": _no_number,
    "offset": lambda value, _, size: value + (size - 0.5) * 0.1 * np.ptp(value),
    "turned": lambda value, is_meant, size: np.where(is_meant, -size * value, value),
    "held": lambda value, is_meant, _: np.where(is_meant, np.minimum(value, value[np.argmax(is_meant)]), value),
    "off": lambda value, is_meant, _: np.where(is_meant, 0.0, value),
}

oddities = st.builds(
    Oddity,
    kind=st.sampled_from((*_SHOWN, "gone", "late", "cut")),
    from_h=st.integers(-3, 25).map(float),
    hours=st.sampled_from((0.1, 0.5, 1.5, 4.0)),
    size=st.floats(0, 0.999),
)


@dataclass(frozen=True)
class Case:
    """What is drawn of one plant; `place`: elsewhere than its sun."""

    draw: Draw
    changes: tuple[Oddity, ...] = ()
    place: tuple[float, float] | None = None

    def plant(self) -> ParkPlant:
        """As it is put into the warehouse, under a name of its own: all examples share one."""
        plant = simulate(self.draw).plant
        window = day_window(DAY, plant.zone)
        assert window is not None
        sensors = list(plant.sensors)
        for change in self.changes:
            sensors[0] = _odd(sensors[0], change, window.start_utc.timestamp())
        place = plant.place and (self.place or plant.place)
        return replace(plant, code=f"P-PLAIN-{next(_numbers)}", sensors=tuple(sensors), place=place)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Mostly sound ones: what several things are wrong with is measured by the rules for certain."""
    kind = draw(st.sampled_from(KINDS))
    own = Draw(
        seed=draw(st.integers(0, 2**32 - 1)),
        technology=draw(st.sampled_from(("solar", "wind"))),
        kind=kind,
        step_min=draw(st.sampled_from((5, 15, 60))),
        faults=(draw(st.sampled_from(FAULTS[kind])),) if draw(st.integers(0, 3)) == 0 else (),
        is_capacity_known=draw(st.integers(0, 9)) > 0,
        is_place_known=draw(st.integers(0, 3)) > 0,
        second=draw(st.sampled_from([other for other in KINDS if other != kind])) if draw(st.booleans()) else None,
    )
    elsewhere = st.tuples(st.floats(-70, 70), st.floats(-180, 180)) if draw(st.integers(0, 9)) == 0 else st.none()
    return Case(own, tuple(draw(st.lists(oddities, max_size=2))), draw(elsewhere))


@settings(
    max_examples=max(12, settings().max_examples // 4),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
@given(batch=st.lists(cases(), min_size=12, max_size=12))
def test_whatever_is_told_to_be_plain_comes_out_of_the_rules_the_same(warehouse: Warehouse, batch: list[Case]) -> None:
    _compare(warehouse, batch)


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_alone_comes_out_of_the_rules_the_same(warehouse: Warehouse, kind: Kind) -> None:
    """What one bound alone excludes is too rare among mixtures to be met for certain."""
    sound = [Draw(seed=seed, technology="solar" if seed % 2 else "wind", kind=kind) for seed in range(8)]
    batch = [Case(replace(draw, faults=(fault,))) for fault in FAULTS[kind] for draw in sound]
    batch += [Case(draw, (Oddity(odd, 11.0, 1.5, size),)) for odd in _SHOWN for draw in sound for size in (0.2, 0.6)]
    batch += [Case(draw, (Oddity("held", 23.0, 2.0, 0.5),)) for draw in sound]  # over midnight
    _compare(warehouse, batch)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("technology", ["solar", "wind"])
def test_a_sound_day_is_plain(warehouse: Warehouse, kind: Kind, technology: Any) -> None:
    draws = [Draw(seed=seed, technology=technology, kind=kind) for seed in range(10)]
    sound = [replace(simulate(draw).plant, code=f"P-SOUND-{draw.seed}") for draw in draws]
    put_plants(warehouse, sound)
    assert len(_plain(warehouse, sound)) >= 9


def _compare(warehouse: Warehouse, batch: Sequence[Case]) -> None:
    plants = [case.plant() for case in batch]
    put_plants(warehouse, plants)
    plain, by_rules = _both_ways(warehouse, plants)
    for case, plant in zip(batch, plants, strict=True):
        assert plain[plant.plant_id] == by_rules[plant.plant_id], case


def _days(connection: Connection, batch: Sequence[ParkPlant]) -> Sequence[PlantDay]:
    return read_plant_days(connection, DAY, NOW, [plant.plant_id for plant in batch]).days


def _plain(warehouse: Warehouse, batch: Sequence[ParkPlant]) -> Collection[UUID]:
    with warehouse.transaction() as connection:
        days = {day.plant_id: day for day in _days(connection, batch)}
        return measure_plain(read_day_series(connection, days, read_series(connection, list(days))), days, ()).plant_ids


Outcome = Mapping[UUID, object]


def _both_ways(warehouse: Warehouse, batch: Sequence[ParkPlant]) -> list[Outcome]:
    with warehouse.transaction() as connection:
        days = _days(connection, batch)
        return [
            _outcome(days, compute_plants(connection, DAY, days, by_rules_alone=alone), figure)
            for alone, figure in ((False, float), (True, _about))
        ]


def _outcome(days: Sequence[PlantDay], computed: Computed, figure: Callable[[float], object]) -> Outcome:
    """By plant, everything that is written of it."""
    figures = {own.plant_id: tuple(own) for own in computed.figures}
    return {
        day.plant_id: _told(
            (
                judge(day, energy, is_failed=False),
                findings_of(energy, judge(day, energy, is_failed=False)),
                energy.candidates,
                energy.imported_kwh,
                energy.exported_kwh,
                sorted(energy.measured, key=lambda own: own.series.sensor_id),
                figures[day.plant_id],
            ),
            figure,
        )
        for day in days
        for energy in (computed.energies[day.plant_id],)
    }


def _told(value: Any, figure: Callable[[float], object]) -> Any:
    """Everything but the places within a block."""
    if isinstance(value, Measured):
        value = replace(value, place=0)
    if is_dataclass(value) and not isinstance(value, type):
        return [_told(getattr(value, own.name), figure) for own in fields(value)]
    if isinstance(value, np.ndarray | list | tuple):
        return [_told(own, figure) for own in value]
    return figure(float(value)) if isinstance(value, float) else value


def _about(value: float) -> object:
    """As far as the order of a sum leaves it."""
    return pytest.approx(value, rel=1e-10, abs=1e-9, nan_ok=True)
