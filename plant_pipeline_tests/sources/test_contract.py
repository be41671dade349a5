from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.days import is_zone
from plant_pipeline.landing.drift import Drift
from plant_pipeline.sources.columns import (
    array,
    document,
    duration,
    flag,
    identifier,
    instant,
    integer,
    is_uuid,
    number,
    text,
    utc_instant,
)
from plant_pipeline.sources.contract import Validated, validate

_SCHEMA = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0)),
        "name": text("name", pa.Check.str_length(1, 20)),
        "area": text("area", vital=False),
        "technology": text("tech", optional=True, vital=True, choices=("solar", "wind"), closed=True),
        "status": text("status", optional=True, choices=("ONLINE", "OFFLINE")),
        "zone": text("zone", optional=True, expected=is_zone),
        "lat": number("lat", pa.Check.in_range(-90, 90), nullable=True, vital=True),
        "peak_kw": number("peakKw", optional=True),
        "is_on": flag("on", optional=True),
        "seen_at": instant("seenAt", optional=True),
        "period_end": utc_instant("end", optional=True),
        "resolution": duration("resolution", pa.Check.ge(pd.Timedelta(0)), optional=True),
        "attributes": document("attributes", optional=True),
        "groups": array("groups", optional=True),
        "uuid": identifier("uuid", is_uuid(), optional=True),
    },
    strict=True,
)
_NOTHING = dict.fromkeys(_SCHEMA.columns)


def _record(number: object = 1, name: object = "a", **fields: Any) -> dict[str, Any]:
    """A record that is as documented but for `fields`."""
    return {"id": number, "name": name, "area": "ESP", "lat": None, **fields}


def _validate(*records: Any) -> Validated:
    return validate(records, _SCHEMA)


def _one(**fields: Any) -> dict[str, Any]:
    """The typed row of one good record."""
    validated = _validate(_record(**fields))
    assert (validated.rejections, list(validated.drift)) == ([], [])
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
        ("uuid", "uuid", "A3C1E5F0-0000-4000-8000-000000000001", "a3c1e5f0-0000-4000-8000-000000000001"),
        ("tech", "technology", "SOLAR", "solar"),
        ("status", "status", "Offline", "OFFLINE"),
        ("zone", "zone", "Europe/Madrid", "Europe/Madrid"),
    ],
)
def test_a_cell_is_read_as_its_documented_type(field: str, column: str, received: object, typed: object) -> None:
    cell = _one(**{field: received})[column]
    assert cell == typed
    assert type(cell) is type(typed)


@pytest.mark.parametrize("received", [1, "1", " 1 ", 1.0, "+1"])
def test_an_id_is_one_id_however_it_is_written(received: object) -> None:
    validated = _validate(_record(received))
    assert validated.rows[0]["id"] == 1
    assert validated.keys == {"1"}


@pytest.mark.parametrize("nothing", ["", None])
@pytest.mark.parametrize("field", ["lat", "on", "seenAt", "end", "resolution", "attributes", "groups", "uuid"])
def test_the_empty_string_is_null(field: str, nothing: object) -> None:
    assert _one(**{field: nothing}) == {**_NOTHING, "id": 1, "name": "a", "area": "ESP"}


def test_what_is_tolerated_is_counted() -> None:
    validated = _validate(_record("1", lat="4.5", x=1), _record(2, x=1, y=""))
    assert validated.tolerated == {"numbers as text": 2, "unknown fields": 3}
    assert _validate(_record()).tolerated == {}


# -- bad cells --
@pytest.mark.parametrize(
    "received", [True, "NaN", float("nan"), float("inf"), "1e999", 10**400, "4,5", "4_5", " ", [], 5 * [None], "nul"]
)
def test_a_vital_cell_of_another_type_rejects_its_record(received: object) -> None:
    validated = _validate(_record(lat=received), _record(2))
    assert [(r.record_key, r.column_name, r.check_name) for r in validated.rejections] == [("1", "lat", "type")]
    assert [row["id"] for row in validated.rows] == [2]
    assert validated.rejections[0].payload == _record(lat=received)
    assert list(validated.drift) == []  # quarantine says it


@pytest.mark.parametrize(
    ("field", "received", "kind"),
    [
        ("peakKw", "many", "type"),
        ("on", "true", "type"),
        ("on", 1, "type"),
        ("seenAt", "2026-03-10T04:00:00", "type"),
        ("seenAt", "2026-03-10T04:00:00z", "type"),
        ("seenAt", "2026-03-10T04:00:60Z", "type"),
        ("seenAt", "yesterday", "type"),
        ("seenAt", 1_773_115_200_000, "type"),
        ("seenAt", "1969-12-31T23:59:59Z", "unknown_value"),
        ("seenAt", "0001-01-01T00:00:00+14:00", "type"),
        ("seenAt", "9999-12-31T23:59:59-14:00", "type"),
        ("end", "2026-13-01 00:00", "type"),
        ("end", "1899-12-30 00:00", "unknown_value"),
        ("resolution", "P1M", "type"),
        ("resolution", "P1Y", "type"),
        ("resolution", "15 min", "type"),
        ("resolution", "P999999999D", "type"),
        ("resolution", 900, "type"),
        ("resolution", "-PT5M", "unknown_value"),
        ("attributes", "text", "type"),
        ("attributes", '{"a": NaN}', "type"),
        ("attributes", "{", "type"),
        ("attributes", "5", "type"),
        ("attributes", 5, "type"),
        ("attributes", {"a": "\x00"}, "type"),
        ("attributes", '{"a": "\\u0000"}', "type"),
        ("attributes", {"a": "\\\x00"}, "type"),
        ("groups", {"a": 1}, "type"),
        ("uuid", 5, "type"),
        ("uuid", "a\x00", "type"),
        ("uuid", "a\ud800", "type"),
        ("uuid", "17", "unknown_value"),
        ("status", 7, "type"),
        ("zone", 7, "type"),
    ],
)
def test_any_other_bad_cell_becomes_null_and_is_told(field: str, received: object, kind: str) -> None:
    validated = _validate(_record(**{field: received}), _record(2))
    assert validated.rows == [
        {**_NOTHING, "id": 1, "name": "a", "area": "ESP"},
        {**_NOTHING, "id": 2, "name": "a", "area": "ESP"},
    ]
    (drift,) = validated.drift
    assert (drift.kind, drift.records, drift.of_records, drift.is_kept) == (kind, 1, 2, False)
    assert (validated.rejections, validated.mostly_rejected) == ([], None)


@pytest.mark.parametrize(("field", "received"), [("status", "ASLEEP"), ("zone", "Mars/Olympus")])
def test_a_value_that_the_document_does_not_list_is_kept_and_told(field: str, received: str) -> None:
    validated = _validate(_record(**{field: received}), _record(2))
    assert [row[field] for row in validated.rows] == [received, None]
    (drift,) = validated.drift
    assert (drift.column_name, drift.kind, drift.is_kept) == (field, "unknown_value", True)
    assert received in str(drift)


def test_a_list_that_the_document_closes_rejects_another_value() -> None:
    validated = _validate(_record(tech="nuclear"), _record(2, tech="Wind"))
    assert [(r.column_name, r.check_name) for r in validated.rejections] == [("technology", "isin(['solar', 'wind'])")]
    assert [row["technology"] for row in validated.rows] == ["wind"]


@pytest.mark.parametrize(
    "key", [0.5, "1.5", True, "abc", 2**63, "9" * 5000, "-9223372036854775808", "\u0661\u0662x", float("nan")]
)
def test_an_id_that_is_none_is_rejected_and_still_names_its_record(key: object) -> None:
    validated = _validate(_record(key), _record(2), _record(3))
    (rejection,) = validated.rejections
    assert (rejection.column_name, rejection.check_name, rejection.record_key) == ("id", "type", str(key))
    assert validated.keys == {str(key), "2", "3"}


def test_all_failed_vital_fields_of_a_record_are_told_with_what_was_there() -> None:
    record = _record(name="", lat="95", tech="x", peakKw="many")
    assert _failures(record, {"id": 2, "area": "ESP"}, _record(3), _record(4), _record(5)) == [
        ("1", "lat", "in_range(-90, 90)", "95"),
        ("1", "name", "null", ""),
        ("1", "technology", "isin(['solar', 'wind'])", "x"),
        ("2", "name", "missing", None),
    ]
    assert _failures({"id": 2, "name": "b"}, _record(3)) == [("2", "lat", "missing", None)]


def test_a_value_is_shown_as_it_was_received_but_never_at_length() -> None:
    (failure,) = _failures(_record(lat={"deg": [4, "\x00"]}), _record(2))
    assert failure[3] == '{"deg":[4,"\\u0000"]}'
    (failure,) = _failures(_record(name="n" * 5000), _record(2))
    assert failure[2:] == ("str_length(1, 20)", "n" * 500)


def test_a_document_nested_beyond_measure_is_null() -> None:
    nested: Any = {}
    for _ in range(600):
        nested = {"in": nested}
    validated = _validate(_record(attributes=nested), _record(2))
    assert [row["attributes"] for row in validated.rows] == [None, None]
    assert [(drift.column_name, drift.seen) for drift in validated.drift] == [("attributes", "object")]
    assert _failures(_record(lat=nested), _record(2)) == [("1", "lat", "type", "(nested too deeply)")]


@pytest.mark.parametrize("record", [None, 5, "text", [], [{"id": 1, "name": "a"}], True])
def test_what_is_no_object_is_one_rejection(record: object) -> None:
    validated = _validate(record, _record(2), _record(3))
    (rejection,) = validated.rejections
    assert (rejection.record_key, rejection.column_name, rejection.check_name) == (None, "(record)", "type")
    assert rejection.payload == {"value": record}
    assert (validated.rejected_count, validated.keyless_count, len(validated.rows)) == (1, 1, 2)
    assert list(validated.drift) == []


def test_a_record_without_id_has_no_key() -> None:
    keyless: list[dict[str, Any]] = [{"name": "a", "area": "E", "lat": 1}, _record(""), _record([1])]
    validated = _validate(*keyless, _record(4), _record(5), _record(6))
    assert (validated.keyless_count, set(validated.keys)) == (3, {"4", "5", "6"})
    assert [r.record_key for r in validated.rejections] == [None, None, None]


def test_a_rejection_is_the_same_whatever_changes_beside_what_decides_on_it() -> None:
    first, second, other = (
        _validate(_record(lat=lat, seenAt=seen_at, x=seen_at), _record(2)).rejections[0].identity
        for lat, seen_at in ((95, "2026-03-10T04:00:00Z"), (95, "2026-03-11T04:00:00Z"), (96, "2026-03-10T04:00:00Z"))
    )
    assert first == second == {"id": 1, "name": "a", "lat": 95, "tech": None}
    assert other != first


# -- drift --
def test_drift_is_told_once_a_field_with_how_often_and_what_it_should_be() -> None:
    validated = _validate(
        _record(1, seenAt=1_773_115_200_000, on="yes", x={"key": "secret"}),
        _record(2, seenAt=1_773_115_200_001, status="ASLEEP", y=5),
        _record(3, area=None, x=[1], peakKw=[]),
        {"id": 4, "name": "d", "lat": 4},
    )
    assert list(validated.drift) == [
        Drift("area", "missing_field", "string", None, 1, 4),
        Drift("area", "null", "string", None, 1, 4),
        Drift("is_on", "type", "boolean", "string yes", 1, 4),
        Drift("peak_kw", "type", "number", "array", 1, 4),
        Drift("seen_at", "type", "date and time with offset", "number 1773115200000", 2, 4),
        Drift("status", "unknown_value", "one of ONLINE, OFFLINE", "string ASLEEP", 1, 4, is_kept=True),
        Drift("x", "extra_field", None, "object", 2, 4),
        Drift("y", "extra_field", None, "number", 1, 4),
    ]


def test_free_text_and_documents_are_told_by_their_type_alone() -> None:
    assert [drift.seen for drift in _validate(_record(attributes="user:secret")).drift] == ["string"]
    assert [drift.seen for drift in _validate(_record(area=["secret"])).drift] == ["array"]


def test_what_came_instead_is_told_but_never_at_length() -> None:
    (drift,) = _validate(_record(seenAt="x" * 10_000_000)).drift
    assert drift.seen == "string " + "x" * 53


def test_a_field_that_may_be_null_is_missing_only_if_no_record_has_it() -> None:
    schema = pa.DataFrameSchema({"id": integer("id"), "tag": text("tag", nullable=True)})
    assert list(validate([{"id": 1, "tag": None}, {"id": 2}], schema).drift) == []
    assert list(validate([{"id": 1}, {"id": 2}], schema).drift) == [Drift("tag", "missing_field", "string", None, 2, 2)]


def test_ids_as_names_of_fields_are_not_told_one_by_one() -> None:
    records = [_record(i + 1, every=1, **{f"f{i}": 1}) for i in range(1000)]
    told = [drift.column_name for drift in _validate(*records).drift]
    assert (len(told), told[0]) == (20, "every")


# -- more than half --
@pytest.mark.parametrize(
    ("bad", "good", "is_stopped"),
    [(1, 1, False), (2, 1, True), (1, 0, True), (2, 2, False), (3, 2, True), (0, 3, False)],
)
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"name": 5}, "name: type in {} of {} records (such as 5)"),
        ({"name": None}, "name: null in {} of {} records"),
        ({"name": "n" * 21}, "name: str_length(1, 20) in {} of {} records (such as nnnnnnnnnnnnnnnnnnnnn)"),
        ({"lat": 95}, "lat: in_range(-90, 90) in {} of {} records (such as 95)"),
        ({"tech": "nuclear"}, "tech: isin(['solar', 'wind']) in {} of {} records (such as nuclear)"),
    ],
)
def test_a_listing_more_than_half_of_whose_records_are_rejected_is_told_by_field_and_check(
    broken: dict[str, Any], reason: str, bad: int, good: int, is_stopped: bool
) -> None:
    validated = _validate(*(_record(i + 1, **broken) for i in range(bad)), *(_record(i + 100) for i in range(good)))
    assert validated.rejected_count == bad
    assert validated.mostly_rejected == (reason.format(bad, bad + good) if is_stopped else None)


def test_records_that_are_rejected_each_for_another_reason_count_together() -> None:
    records = [_record(1, lat=95), _record(2, tech="x"), {"id": 3, "lat": 1}, _record(0), "text", *map(_record, (5, 6))]
    assert _validate(*records).mostly_rejected == (
        "lat: in_range(-90, 90) in 1 of 7 records (such as 95); tech: isin(['solar', 'wind']) in 1 of 7 records "
        "(such as x); name: missing in 1 of 7 records; and 2 more"
    )
    assert _validate(*records, _record(7), _record(8), _record(9)).mostly_rejected is None


def test_what_a_record_can_do_without_stops_nothing() -> None:
    validated = _validate(*(_record(i + 1, area=5, seenAt=0, peakKw="x") for i in range(9)))
    assert (validated.mostly_rejected, len(validated.rows)) == (None, 9)


def test_a_stopped_listing_tells_its_vital_fields_as_drift_too() -> None:
    (drift,) = _validate(_record(1, lat={"deg": 4}), _record(2, lat={"deg": 5})).drift
    assert drift == Drift("lat", "type", "number", "object", 2, 2)


def test_an_empty_listing_is_no_rows_and_no_failure() -> None:
    assert _validate() == Validated([], [], 0, None, [])


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
_FIELDS = [
    *("id", "name", "area", "lat", "tech", "status", "zone", "peakKw", "on", "seenAt", "end", "resolution"),
    *("attributes", "groups", "uuid", "x"),
]
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
    assert all(0 < drift.records <= drift.of_records for drift in validated.drift)
    assert (validated.mostly_rejected is not None) is (2 * len(rejected) > len(records))
    assert {str(row["id"]) for row in validated.rows} <= validated.keys
    assert not any("\x00" in key for key in validated.keys)
    assert len(validated.keys) + validated.keyless_count <= len(records)
