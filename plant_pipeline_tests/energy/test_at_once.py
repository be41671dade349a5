"""What is computed for many series at once, against the same done one by one."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy import daily
from plant_pipeline.energy.series.array_dumpers import ARRAY_DUMPERS
from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import Segments, longest_spacings, spans_wh, usual_steps
from plant_pipeline.warehouse import Warehouse, copy_typed_rows

_START_S = datetime(2026, 6, 15, tzinfo=UTC).timestamp()


def _segments(rng: np.random.Generator) -> Segments:
    """Series of 0 to 40 segments with gaps between some of them."""
    counts = [0, 40, 1, 0, *rng.integers(0, 40, 8), 0]
    parts = []
    for count in counts:
        edges_s = _START_S + np.cumsum(rng.integers(1, 900, 2 * count))
        parts.append((edges_s[::2], edges_s[1::2]))
    from_s, to_s = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    power_w = rng.normal(0, 1000, (2, len(from_s)))
    return Segments(np.cumsum([0, *counts]), from_s, to_s, *power_w)


def _by_midpoints(segments: Segments, place: int, edges_s: Floats) -> tuple[Floats, Floats]:
    """Each piece cut at all edges of segments; power is linear in between, so its middle tells the mean."""
    part = segments.of(place)
    energy_wh, measured_s = np.zeros(len(edges_s) - 1), np.zeros(len(edges_s) - 1)
    for piece, (begin_s, end_s) in enumerate(pairwise(edges_s)):
        for from_s, to_s, from_w, to_w in zip(
            segments.from_s[part], segments.to_s[part], segments.from_w[part], segments.to_w[part], strict=True
        ):
            low_s, high_s = max(begin_s, from_s), min(end_s, to_s)
            if high_s > low_s:
                middle = ((low_s + high_s) / 2 - from_s) / (to_s - from_s)
                energy_wh[piece] += (from_w + middle * (to_w - from_w)) * (high_s - low_s) / 3600
                measured_s[piece] += high_s - low_s
    return energy_wh, measured_s


@pytest.mark.parametrize("seed", range(5))
def test_spans_of_many_series(seed: int) -> None:
    rng = np.random.default_rng(seed)
    segments = _segments(rng)
    places = rng.permutation(np.append(np.arange(len(segments)), [1, 1]))
    edges_s = np.sort(_START_S + rng.integers(-2000, 40000, (len(places), 30)), axis=1).astype(np.float64)
    energy_wh, measured_s = spans_wh(segments, places, edges_s)
    for row, place in enumerate(places):
        expected_wh, expected_s = _by_midpoints(segments, int(place), edges_s[row])
        assert energy_wh[row] == pytest.approx(expected_wh, abs=1e-6)
        assert measured_s[row] == pytest.approx(expected_s, abs=1e-6)


def test_a_series_does_not_depend_on_those_before_it() -> None:
    """Not in the last digit either: a row would be taken for a changed one."""
    segments = _segments(np.random.default_rng(1))
    huge = Segments(
        np.append(0, segments.offsets + 1),
        np.append(_START_S, segments.from_s),
        np.append(_START_S + 1, segments.to_s),
        np.append(1e15, segments.from_w),
        np.append(1e15, segments.to_w),
    )
    edges_s = np.linspace(_START_S, _START_S + 20000, 50)[None]
    alone, beside = (
        spans_wh(segments, np.array([1]), edges_s),
        spans_wh(huge, np.array([0, 2]), np.repeat(edges_s, 2, 0)),
    )
    assert np.array_equal(alone[0][0], beside[0][1])


@pytest.mark.parametrize("seed", range(5))
def test_usual_steps_of_many_series(seed: int) -> None:
    """The median of what was observed, but no more than the resolution; a single spacing counts as it is."""
    rng = np.random.default_rng(seed)
    lengths = [0, 1, 2, 3, *rng.integers(2, 60, 20)]
    steps = [rng.choice([60.0, 300.0, 300.0, 300.0, 900.0], length) for length in lengths]
    readings = ReadingArrays(
        np.cumsum([0, *lengths]), np.concatenate([_START_S + np.cumsum(own) for own in steps]), np.zeros(sum(lengths))
    )
    stated_s = rng.choice([0.0, 300.0], len(lengths))
    bounds_s = np.full(len(lengths), _START_S), np.full(len(lengths), _START_S + 1e6)
    found = usual_steps(readings, stated_s, *bounds_s)
    for place, stated in enumerate(stated_s):
        spacings = np.diff(readings.at_s[readings.of(place)])
        expected = stated or np.nan
        if len(spacings) == 1:
            expected = spacings[0]
        elif len(spacings):
            expected = np.nanmin([expected, np.median(spacings)])
        assert found[place] == pytest.approx(expected, nan_ok=True), place


def test_longest_spacings_look_at_own_neighbours() -> None:
    """A series that slows from 1 to 15 minutes beside one of every 5 minutes with a hole, and a jittered one."""
    slowing = np.cumsum([60.0] * 20 + [900.0] * 10)
    holed = np.cumsum([300.0] * 10 + [900.0] + [300.0] * 10)
    jittered = np.cumsum([200.0, 430.0, 310.0, 250.0, 330.0, 520.0, 290.0, 240.0, 410.0, 350.0, 310.0, 260.0])
    owner = np.repeat([0, 1, 2], [len(slowing), len(holed), len(jittered)])
    at_s = np.concatenate([slowing, holed, jittered])
    spacing_s = np.diff(at_s)
    spacing_s[owner[1:] != owner[:-1]] = 0
    longest_s = longest_spacings(owner[:-1], spacing_s, np.array([60.0, 300.0, 310.0]))
    gaps = owner[:-1][spacing_s > longest_s]
    assert gaps.tolist() == [1]


def test_arrays_go_to_the_warehouse(warehouse: Warehouse) -> None:
    rows = [
        (1, (), (), np.array([])),
        (2, (7, -1), ("a", 'ü, "quoted" {}'), np.array([1.5, np.nan, -2.0])),
    ]
    types = {"id": "int4", "ids": "int4[]", "words": "text[]", "reals": "float4[]"}
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("create temp table kept (id integer, ids integer[], words text[], reals real[])")
        copy_typed_rows(connection, "kept", types, rows, ARRAY_DUMPERS)
        found = connection.exec_driver_sql("select * from kept order by id").all()
    assert [tuple(row) for row in found] == [
        (1, [], [], []),
        (2, [7, -1], ["a", 'ü, "quoted" {}'], [1.5, None, -2.0]),
    ]


def test_blocks_hold_so_many_sensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plant with more than that has a block of its own; none is left out."""
    monkeypatch.setattr(daily, "_SENSORS_AT_ONCE", 10)
    plants = [PlantDay(uuid4(), str(n), None, None, None, None, None, sensors=n) for n in (4, 6, 1, 30, 9, 2)]
    assert [[plant.sensors for plant in block] for block in daily._blocks(plants)] == [[4, 6], [1], [30], [9], [2]]
    assert list(daily._blocks([])) == []
