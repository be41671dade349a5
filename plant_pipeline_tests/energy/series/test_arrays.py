"""Finding readings among those of many series."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.energy.series.arrays import ReadingArrays

SERIES = st.lists(st.lists(st.integers(0, 20), max_size=12, unique=True).map(sorted), min_size=1, max_size=6)


def _readings(series: list[list[int]]) -> ReadingArrays:
    """Readings at these instants, each with the third of its instant as its value."""
    at_s = np.array([at for own in series for at in own], dtype=np.float64)
    return ReadingArrays(np.cumsum([0, *map(len, series)]), at_s, at_s // 3)


@given(SERIES, st.integers(-1, 21))
def test_readings_before_an_instant_are_counted_series_by_series(series: list[list[int]], instant: int) -> None:
    instants_s = np.full(len(series), float(instant))
    readings = _readings(series)
    assert readings.count_until(instants_s).tolist() == [sum(at <= instant for at in own) for own in series]
    before = readings.count_until(instants_s, included=False)
    assert before.tolist() == [sum(at < instant for at in own) for own in series]


@given(SERIES)
def test_runs_of_one_value_end_with_their_series(series: list[list[int]]) -> None:
    readings = _readings(series)
    expected = [
        (place, at)
        for place, own in enumerate(series)
        for index, at in enumerate(own)
        if index == 0 or at // 3 != own[index - 1] // 3
    ]
    first = readings.first_of_runs
    found = zip(readings.owners_of(first).tolist(), readings.at_s[first].tolist(), strict=True)
    assert list(found) == expected
