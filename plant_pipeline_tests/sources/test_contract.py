from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.sources.cells import parse_duration
from plant_pipeline.sources.contract import (
    Validated,
    array,
    document,
    duration,
    flag,
    instant,
    integer,
    is_uuid,
    number,
    text,
    utc_instant,
    validate,
)

_SCHEMA = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0)),
        "name": text("name", pa.Check.str_length(1, 20)),
        "lat": number("lat", pa.Check.in_range(-90, 90), nullable=True),
        "peak_kw": number("peakKw", nullable=True),
        "is_on": flag("on", nullable=True),
        "seen_at": instant("seenAt", nullable=True),
        "period_end": utc_instant("end", nullable=True),
        "resolution": duration("resolution", pa.Check.ge(pd.Timedelta(0)), nullable=True),
        "attributes": document("attributes", nullable=True),
        "groups": array("groups", nullable=True),
        "uuid": text("uuid", is_uuid(), nullable=True),
    },
    strict=True,
)
_NOTHING = dict.fromkeys(_SCHEMA.columns)


def _validate(*records: Any) -> Validated:
    return validate(records, _SCHEMA)


def _one(**fields: Any) -> dict[str, Any]:
    """The typed row of one good record."""
    validated = _validate({"id": 1, "name": "a", **fields})
    assert validated.rejections == []
    (row,) = validated.rows
    return row


def _failures(*records: Any) -> list[tuple[str | None, str, str, str | None]]:
    return [(r.record_key, r.column_name, r.check_name, r.value) for r in _validate(*records).rejections]


# -- good cells --
@pytest.mark.parametrize(
    ("field", "column", "received", "typed"),
    [
        ("lat", "lat", 45.5, 45.5),
        ("lat", "lat", 45, 45.0),
        ("lat", "lat", "45.5", 45.5),
        ("lat", "lat", " -4.5e1 ", -45.0),
        ("lat", "lat", ".5", 0.5),
        ("peakKw", "peak_kw", 0, 0.0),
        ("peakKw", "peak_kw", 10**25, 1e25),
        ("on", "is_on", False, False),
        ("seenAt", "seen_at", "2026-03-10T05:00:00+01:00", datetime(2026, 3, 10, 4, tzinfo=UTC)),
        ("seenAt", "seen_at", "2026-03-10T04:00:00.123456Z", datetime(2026, 3, 10, 4, 0, 0, 123456, tzinfo=UTC)),
        ("seenAt", "seen_at", "9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("end", "period_end", "2026-03-10 04:00", datetime(2026, 3, 10, 4, tzinfo=UTC)),
        ("resolution", "resolution", "PT15M", timedelta(minutes=15)),
        ("attributes", "attributes", {"a": [1, None]}, {"a": [1, None]}),
        ("attributes", "attributes", '{"a": [1, null]}', {"a": [1, None]}),
        ("attributes", "attributes", "[]", []),
        ("attributes", "attributes", "null", None),
        ("attributes", "attributes", {"note": "\\u0000 as text"}, {"note": "\\u0000 as text"}),
        ("groups", "groups", "[1]", [1]),
        ("name", "name", "  Ø \U0001f31e\n", "  Ø \U0001f31e\n"),
        ("uuid", "uuid", "A3C1E5F0-0000-4000-8000-000000000001", "A3C1E5F0-0000-4000-8000-000000000001"),
    ],
)
def test_a_cell_is_read_as_its_documented_type(field: str, column: str, received: object, typed: object) -> None:
    cell = _one(**{field: received})[column]
    assert cell == typed
    assert type(cell) is type(typed)


@pytest.mark.parametrize("received", [1, "1", " 1 ", 1.0, "+1"])
def test_an_id_is_one_id_however_it_is_written(received: object) -> None:
    validated = _validate({"id": received, "name": "a"})
    assert validated.rows[0]["id"] == 1
    assert validated.keys == {"1"}


@pytest.mark.parametrize("nothing", ["", None])
@pytest.mark.parametrize("field", ["lat", "on", "seenAt", "end", "resolution", "attributes", "groups", "uuid"])
def test_the_empty_string_is_null(field: str, nothing: object) -> None:
    assert _one(**{field: nothing}) == {**_NOTHING, "id": 1, "name": "a"}


def test_what_is_tolerated_is_counted() -> None:
    validated = _validate({"id": "1", "name": "a", "lat": "4.5", "x": 1}, {"id": 2, "name": "b", "x": 1, "y": ""})
    assert validated.tolerated == {"numbers as text": 2, "unknown fields": 3}
    assert _validate({"id": 1, "name": "a"}).tolerated == {}


# -- bad cells --
@pytest.mark.parametrize(
    ("field", "received"),
    [
        ("lat", True),
        ("lat", "NaN"),
        ("lat", float("nan")),
        ("lat", float("inf")),
        ("lat", "1e999"),
        ("lat", 10**400),
        ("lat", "4,5"),
        ("lat", "4_5"),
        ("lat", " "),
        ("lat", []),
        ("on", "true"),
        ("on", 1),
        ("seenAt", "2026-03-10T04:00:00"),
        ("seenAt", "yesterday"),
        ("seenAt", 1_773_115_200),
        ("seenAt", "0001-01-01T00:00:00+14:00"),
        ("seenAt", "9999-12-31T23:59:59-14:00"),
        ("end", "2026-13-01 00:00"),
        ("resolution", "P1M"),
        ("resolution", "P1Y"),
        ("resolution", "15 min"),
        ("resolution", "P999999999D"),
        ("resolution", 900),
        ("attributes", "{"),
        ("attributes", "5"),
        ("attributes", 5),
        ("attributes", {"a": "\x00"}),
        ("attributes", '{"a": "\\u0000"}'),
        ("attributes", {"a": "\\\x00"}),
        ("groups", {"a": 1}),
        ("uuid", 5),
        ("uuid", "a\x00"),
        ("uuid", "a\ud800"),
    ],
)
def test_a_cell_of_another_type_rejects_its_record(field: str, received: object) -> None:
    validated = _validate({"id": 1, "name": "a", field: received}, {"id": 2, "name": "b"})
    assert [(r.record_key, r.check_name) for r in validated.rejections] == [("1", "type")]
    assert [row["id"] for row in validated.rows] == [2]
    assert validated.rejections[0].payload == {"id": 1, "name": "a", field: received}


@pytest.mark.parametrize(
    "key", [0.5, "1.5", True, "abc", 2**63, "9" * 5000, "-9223372036854775808", "\u0661\u0662x", float("nan")]
)
def test_an_id_that_is_none_is_rejected_and_still_names_its_record(key: object) -> None:
    validated = _validate({"id": key, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"})
    (rejection,) = validated.rejections
    assert (rejection.column_name, rejection.check_name, rejection.record_key) == ("id", "type", str(key))
    assert validated.keys == {str(key), "2", "3"}


def test_all_failed_fields_of_a_record_are_told_with_what_was_there() -> None:
    record = {"id": 1, "name": "", "lat": "95", "peakKw": "many", "on": "yes", "uuid": "x", "resolution": "-PT5M"}
    assert _failures(record, {"id": 2}, {"id": 3, "name": "c"}, {"id": 4, "name": "d"}) == [
        ("1", "is_on", "type", "yes"),
        ("1", "lat", "in_range(-90, 90)", "95"),
        ("1", "name", "null", ""),
        ("1", "peak_kw", "type", "many"),
        ("1", "resolution", "greater_than_or_equal_to(0 days 00:00:00)", "-PT5M"),
        ("1", "uuid", "is_uuid", "x"),
        ("2", "name", "missing", None),
    ]


def test_a_value_is_shown_as_it_was_received_but_never_at_length() -> None:
    (failure,) = _failures({"id": 1, "name": "a", "lat": {"deg": [4, "\x00"]}}, {"id": 2, "name": "b"})
    assert failure[3] == '{"deg":[4,"\\u0000"]}'
    (failure,) = _failures({"id": 1, "name": "n" * 5000}, {"id": 2, "name": "b"})
    assert failure[2:] == ("str_length(1, 20)", "n" * 500)


def test_a_record_nested_beyond_measure_is_rejected_and_no_other() -> None:
    nested: Any = {}
    for _ in range(600):
        nested = {"in": nested}
    assert _failures({"id": 1, "name": "a", "attributes": nested}, {"id": 2, "name": "b"}) == [
        ("1", "attributes", "type", "(nested too deeply)")
    ]


@pytest.mark.parametrize("record", [None, 5, "text", [], [{"id": 1, "name": "a"}], True])
def test_what_is_no_object_is_one_rejection(record: object) -> None:
    validated = _validate(record, {"id": 2, "name": "b"}, {"id": 3, "name": "c"})
    (rejection,) = validated.rejections
    assert (rejection.record_key, rejection.column_name, rejection.check_name) == (None, "(record)", "type")
    assert rejection.payload == {"value": record}
    assert (validated.rejected_count, validated.keyless_count, len(validated.rows)) == (1, 1, 2)


def test_a_record_without_id_has_no_key() -> None:
    validated = _validate({"name": "a"}, {"id": "", "name": "b"}, {"id": [1], "name": "c"}, {"id": 4, "name": "d"})
    assert (validated.keyless_count, set(validated.keys)) == (3, {"4"})
    assert [r.record_key for r in validated.rejections] == [None, None, None]


# -- more than half --
@pytest.mark.parametrize(
    ("bad", "good", "is_broken"),
    [(1, 1, False), (2, 1, True), (1, 0, True), (2, 2, False), (3, 2, True), (0, 3, False)],
)
@pytest.mark.parametrize("broken", [{"name": 5}, {"name": None}, {}])
def test_a_required_field_bad_in_more_than_half_of_the_records_is_broken(
    broken: dict[str, Any], bad: int, good: int, is_broken: bool
) -> None:
    records = [{"id": i + 1, **broken} for i in range(bad)] + [{"id": i + 100, "name": "a"} for i in range(good)]
    assert _validate(*records).broken_fields == (["name"] if is_broken else [])


def test_values_out_of_range_and_optional_fields_break_nothing() -> None:
    assert _validate(*({"id": i + 1, "name": "n" * 50, "lat": "x"} for i in range(9))).broken_fields == []


def test_a_listing_of_anything_but_objects_is_broken_in_all_required_fields() -> None:
    assert _validate("a", "b", "c").broken_fields == ["id", "name"]


def test_an_empty_listing_is_no_rows_and_no_failure() -> None:
    assert _validate() == Validated([], [], 0, [])


# -- durations --
@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("P0D", timedelta()),
        ("PT0S", timedelta()),
        ("PT0H", timedelta()),
        ("PT5M", timedelta(minutes=5)),
        ("P1DT2H", timedelta(hours=26)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(days=14)),
        ("PT1H30M15.5S", timedelta(hours=1, minutes=30, seconds=15.5)),
        ("-PT5M", timedelta(minutes=-5)),
    ],
)
def test_a_duration_in_iso_8601(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


@pytest.mark.parametrize(
    "written", ["", "P", "PT", "P1DT", "1D", "PT5", "5M", "P1M", "PT1.5H", "pt5m", "P1D ", "P" + "9" * 400 + "D"]
)
def test_what_is_no_duration_is_none(written: str) -> None:
    assert parse_duration(written) is None


# -- anything at all --
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "P1D", "PT5M", "{}", "[1]", "2026-03-10T04:00:00Z", "1e999", "\x00", "9" * 40, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ["id", "name", "lat", "peakKw", "on", "seenAt", "end", "resolution", "attributes", "groups", "uuid", "x"]
_LIKELY_ID, _LIKELY_NAME = st.integers(1, 5), st.text("ab", min_size=1, max_size=3)
_RECORD = (
    _JSON
    | st.dictionaries(st.sampled_from(_FIELDS), _JSON)
    | st.fixed_dictionaries(
        {"id": _LIKELY_ID | _JSON, "name": _LIKELY_NAME | _JSON}, optional=dict.fromkeys(_FIELDS[2:], _JSON)
    )
)


@given(st.lists(_RECORD, max_size=5))
def test_any_json_is_split_into_rows_and_rejections(found: list[Any]) -> None:
    records = [{**record, "mark": i} if isinstance(record, dict) else [i, record] for i, record in enumerate(found)]
    validated = validate(records, _SCHEMA)
    rejected = {r.payload["mark"] if "mark" in r.payload else r.payload["value"][0] for r in validated.rejections}
    assert len(rejected) == validated.rejected_count
    assert len(validated.rows) == len(records) - len(rejected)
    assert all(set(row) == set(_SCHEMA.columns) and row["id"] > 0 and row["name"] for row in validated.rows)
    assert {str(row["id"]) for row in validated.rows} <= validated.keys
    assert not any("\x00" in key for key in validated.keys)
    assert len(validated.keys) + validated.keyless_count <= len(records)
