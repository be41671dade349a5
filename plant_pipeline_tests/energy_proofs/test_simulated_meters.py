"""What has to hold of any plant, however its meter fails: a final number is right, and nothing is lost or made up."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from plant_pipeline.days import day_window
from plant_pipeline.energy.daily import compute_day
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.park import put_plants
from plant_pipeline_tests.energy.simulated_meter import (
    CAPACITY_KW,
    DAY,
    FAULTS,
    KINDS,
    Draw,
    Fault,
    Kind,
    SimulatedPlant,
    simulate,
)
from plant_pipeline_tests.energy.site import NOW, whole_table
from plant_pipeline_tests.energy.truth import negligible_kwh

STEPS_MIN: Final[dict[Kind, tuple[int, ...]]] = {
    "register": (5, 15, 60),
    "intervals": (5, 15),
    "power": (5, 15),
    "instants": (5,),
}
TABLES = (
    "energy.plant_daily",
    "energy.plant_daily_candidate",
    "energy.sensor_daily",
    "energy.plant_measured",
    "energy.reading_flag",
    "energy.restatement",
)
# What one method can be held against; power and instants are one.
SECONDS: Final[dict[Kind, tuple[Kind, ...]]] = {
    "register": ("intervals", "power", "instants"),
    "intervals": ("register", "power"),
    "power": ("register", "intervals"),
    "instants": ("register", "intervals"),
}
_numbers = count()


def compute(warehouse: Warehouse, plants: Sequence[SimulatedPlant], run_id: str = "run") -> list[Any]:
    """Rows of `energy.plant_daily` in order of the plants."""
    with warehouse.transaction() as connection:
        ids = [simulated.plant.plant_id for simulated in plants]
        compute_day(connection, DAY, now_utc=NOW, run_id=run_id, plant_ids=ids)
        rows = connection.exec_driver_sql("select * from energy.plant_daily where energy_date = %(day)s", {"day": DAY})
        by_plant = {row.plant_id: row for row in rows}
    return [by_plant[plant_id] for plant_id in ids]


def off_kwh(one: SimulatedPlant, row: Any) -> float:
    """How far the row's best guess is from the truth."""
    return abs(float(row.produced_kwh) + float(row.gap_kwh or 0) - one.truth_kwh)


def untruth(one: SimulatedPlant, row: Any) -> str | None:
    """What is wrong with a row; None: it is honest."""
    if row.produced_kwh is None:
        return None if row.null_reason and row.status != "final" else f"NULL and {row.status}, {row.null_reason}"
    numbers = (row.produced_kwh, row.coverage, row.gap_kwh, row.uncertainty_kwh)
    if not all(number is None or np.isfinite(number) for number in numbers):
        return f"no numbers: {numbers}"
    if row.status != "final":
        return None
    capacity_kw = CAPACITY_KW if one.draw.is_capacity_known else None
    allowed_kwh = max(row.uncertainty_kwh, 0.01 * one.truth_kwh, negligible_kwh(capacity_kw), 1e-6)
    return None if off_kwh(one, row) <= allowed_kwh else f"final, off by {off_kwh(one, row)} kWh"


def untruths(plants: Sequence[SimulatedPlant], rows: Sequence[Any]) -> list[str]:
    """Everything wrong, each with what was drawn, so that it can be simulated again."""
    told = ((one, row, untruth(one, row)) for one, row in zip(plants, rows, strict=True))
    return [
        f"{text}: {one.draw} of {one.truth_kwh:.1f} kWh gave {row.produced_kwh} + {row.gap_kwh} "
        f"± {row.uncertainty_kwh} by {row.method} {row.flags}"
        for one, row, text in told
        if text
    ]


def drawn(number: int) -> Draw:
    """One of the fixed draws: kinds in turn, none to four faults."""
    chance = np.random.default_rng(number)
    kind = KINDS[number % len(KINDS)]
    faults: list[Fault] = [FAULTS[kind][index] for index in chance.permutation(len(FAULTS[kind]))]
    seconds: tuple[Kind | None, ...] = (None, None, *SECONDS[kind])
    return Draw(
        seed=number,
        technology="solar" if chance.uniform() < 0.6 else "wind",
        kind=kind,
        step_min=int(chance.choice(STEPS_MIN[kind])),
        faults=tuple(faults[: int(chance.integers(0, 5))]),
        is_capacity_known=bool(chance.uniform() < 0.7),
        is_place_known=bool(chance.uniform() < 0.8),
        second=seconds[int(chance.integers(len(seconds)))],
    )


@pytest.mark.parametrize("first", [0, 200])
def test_two_hundred_damaged_meters(warehouse: Warehouse, first: int) -> None:
    plants = [simulate(drawn(first + number)) for number in range(200)]
    put_plants(warehouse, [simulated.plant for simulated in plants])
    fingerprint = "select count(*), sum(hashtextextended(r::text, 0)) from energy.reading as r"
    before = _select(warehouse, fingerprint)
    rows = compute(warehouse, plants)
    assert untruths(plants, rows) == []
    # A number that is not final is held to its own interval: that of 95 % of the days.
    known = [(one, row) for one, row in zip(plants, rows, strict=True) if row.produced_kwh is not None]
    bounded = [(one, row) for one, row in known if row.uncertainty_kwh is not None]
    outside = [one.draw for one, row in bounded if off_kwh(one, row) > row.uncertainty_kwh + 1e-3 * one.truth_kwh]
    assert len(outside) <= 0.08 * len(bounded), outside
    # Nothing of all this is beyond knowing: few are NULL, and what lacks nothing is final.
    assert len(known) >= 0.9 * len(plants)
    assert all(row.status == "final" for one, row in zip(plants, rows, strict=True) if not one.draw.faults)
    assert _select(warehouse, fingerprint) == before
    tables = _tables(warehouse)
    compute(warehouse, plants, run_id="again")
    assert _tables(warehouse) == tables


def _select(warehouse: Warehouse, statement: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def _tables(warehouse: Warehouse) -> list[list[tuple[object, ...]]]:
    with warehouse.transaction() as connection:
        return [whole_table(connection, table, ("run_id", "computed_at")) for table in TABLES]


@st.composite
def draws(draw: st.DrawFn) -> Draw:
    kind = draw(st.sampled_from(KINDS))
    return Draw(
        seed=draw(st.integers(0, 2**32 - 1)),
        technology=draw(st.sampled_from(("solar", "wind"))),
        kind=kind,
        step_min=draw(st.sampled_from(STEPS_MIN[kind])),
        faults=tuple(draw(st.lists(st.sampled_from(FAULTS[kind]), max_size=6, unique=True))),
        is_capacity_known=draw(st.booleans()),
        is_place_known=draw(st.booleans()),
        second=draw(st.none() | st.sampled_from(SECONDS[kind])),
    )


@settings(
    max_examples=max(8, settings().max_examples // 10),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # what fails says what was drawn: nothing is to be made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(draws(), min_size=20, max_size=20))
def test_any_mixture_of_faults(warehouse: Warehouse, batch: list[Draw]) -> None:
    # All examples share a warehouse, in which each plant needs a name of its own.
    simulated = [simulate(drawing) for drawing in batch]
    plants = [replace(each, plant=replace(each.plant, code=f"P-{next(_numbers)}")) for each in simulated]
    put_plants(warehouse, [simulated.plant for simulated in plants])
    assert untruths(plants, compute(warehouse, plants)) == []


# -- the simulation itself --
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("technology", ["solar", "wind"])
def test_a_meter_without_faults_tells_the_truth(kind: Kind, technology: Any) -> None:
    """Judged by hand: the difference of the counter, the sum of the intervals, the trapezium."""
    for seed in range(10):
        one = simulate(Draw(seed=seed, technology=technology, kind=kind))
        (sensor,) = one.plant.sensors
        day_s = _day_s(one)
        is_own = (sensor.at_s >= day_s[0]) & (sensor.at_s < day_s[1])
        if kind == "register":
            start_wh, end_wh = np.interp(day_s, sensor.at_s, sensor.value)
            kwh = float(end_wh - start_wh) / 1000
        elif kind == "instants":
            closed = (sensor.at_s >= day_s[0]) & (sensor.at_s <= day_s[1])
            kwh = float(np.trapezoid(sensor.value[closed], sensor.at_s[closed])) / 3.6e6
        else:
            kwh = float(sensor.value[is_own].sum()) / 1000 * (1 if kind == "intervals" else 5 / 60)
        assert kwh == pytest.approx(one.truth_kwh, rel=1e-3)


def _day_s(one: SimulatedPlant) -> tuple[float, float]:
    window = day_window(DAY, one.plant.zone)
    assert window is not None
    return window.start_utc.timestamp(), window.end_utc.timestamp()


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_does_damage(kind: Kind) -> None:
    """Most of the times: a stuck counter by night, or a spike outside the day, may change nothing of it."""
    for fault in FAULTS[kind]:
        changed = 0
        for seed in range(10):
            second: Kind | None = None if kind == "register" else "register"
            whole, damaged = (
                simulate(Draw(seed=seed, technology="wind", kind=kind, faults=faults, second=second)).plant.sensors[0]
                for faults in ((), (fault,))
            )
            changed += not (np.array_equal(whole.at_s, damaged.at_s) and np.array_equal(whole.value, damaged.value))
        assert changed >= 8, fault
