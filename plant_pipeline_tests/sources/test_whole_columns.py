"""What is read at once is what would have been read cell by cell."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.sources.cells import READERS, Unfit
from plant_pipeline.sources.whole_columns import read_plain

_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(min_size=1, max_size=6),
    "identifier": st.uuids().map(str) | st.uuids().map(lambda found: str(found).upper()) | st.text("aB/1", min_size=1),
    "number": st.floats()
    | st.integers()
    | st.floats().map(str)
    | st.from_regex(r" ?[+-]?\d{1,3}(\.\d+)?", fullmatch=True),
    "integer": st.integers(-(2**64), 2**64) | st.integers().map(str) | st.floats(-5, 5) | st.just("9" * 45),
    "flag": st.booleans(),
    "instant": st.datetimes(timezones=st.just(UTC) | st.timezones()).map(datetime.isoformat)
    | st.datetimes().map(datetime.isoformat),
}
_OTHER = st.sampled_from(
    [True, 0, 1.5, "", "x", "nan", "1_0", "1e5", "\x00", "\ud800", [], {}, "x" * 100_001, "\u0661"]
)


@pytest.mark.parametrize("kind", sorted(_PLAIN))
@given(data=st.data())
def test_what_is_read_at_once_is_what_cells_would_be(kind: str, data: st.DataObject) -> None:
    one_type = st.sampled_from([str, int, float]).flatmap(
        lambda wanted: st.lists(_PLAIN[kind].filter(lambda value: isinstance(value, wanted)), max_size=5)
    )
    values = data.draw(one_type if kind in ("number", "integer") else st.lists(_PLAIN[kind], max_size=5))
    values += data.draw(st.lists(_OTHER, max_size=1))
    read = read_plain(kind, values)
    if read is not None:
        cells = [READERS[kind](value) for value in values]
        assert [(type(value), value) for value in read] == [(type(cell), cell) for cell in cells]


@pytest.mark.parametrize(
    ("kind", "values", "read"),
    [
        ("text", ["a", "Ø \U0001f31e"], ["a", "Ø \U0001f31e"]),
        ("identifier", ["a3c1e5f0-0000-4000-8000-000000000001", "x"], ["a3c1e5f0-0000-4000-8000-000000000001", "x"]),
        ("number", ["1.5", "-2e3", "+.5"], [1.5, -2000.0, 0.5]),
        ("number", [1, 2.5], [1.0, 2.5]),
        ("integer", ["5", " -7"], [5, -7]),
        ("integer", [5, 2**63 - 1], [5, 2**63 - 1]),
        ("flag", [True, False], [True, False]),
        ("instant", ["2026-03-10T04:00:00Z"], [datetime(2026, 3, 10, 4, tzinfo=UTC)]),
        ("text", [], []),
    ],
)
def test_plain_columns_are_read_at_once(kind: str, values: list[Any], read: list[Any]) -> None:
    assert read_plain(kind, values) == read


@pytest.mark.parametrize(
    ("kind", "values"),
    [("number", ["1", "nan"]), ("number", ["1", 2]), ("flag", [True, 1]), ("document", [{}]), ("instant", ["x"])],
)
def test_other_columns_are_not(kind: str, values: list[Any]) -> None:
    assert read_plain(kind, values) is None


@pytest.mark.parametrize("value", [[], {}, None, 10**400])
@pytest.mark.parametrize("kind", sorted(_PLAIN))
def test_a_cell_that_cannot_be_read_is_never_passed_over(kind: str, value: object) -> None:
    with pytest.raises(Unfit):
        READERS[kind](value)
    assert read_plain(kind, [value]) is None
