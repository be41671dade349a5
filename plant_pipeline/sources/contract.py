"""Holding records of an API against their documented schema: coerce column by column, validate, split good from bad.

What belongs here: the mechanics, for any entity. What does not: any entity's fields (`sources/<name>/schema.py`), or
writing rejected records (`landing.quarantine`).

Pandera coerces a column as a whole: one bad cell hides its other failures and their rows. So cells are converted here,
and Pandera then checks typed columns lazily, without coercion.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import orjson
import pandas as pd
import pandera.pandas as pa

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class _Unfit(Exception):
    """A cell that cannot be read as its documented type."""


@dataclass(frozen=True)
class Rejection:
    """One failed field of one record; `record_key` is the record's id as text, None if it has none."""

    record_key: str | None
    column_name: str
    check_name: str
    value: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Validated:
    """A listing held against its schema.

    `rows`: the good records, one dict of typed values a record (None for null). `rejections`: every failed field of the
    others. `rejected_count`: how many records that is. `broken_fields`: required fields missing or of another type in
    more than half of the records. `tolerated`: how often numbers came as text, and unknown fields came at all.
    """

    rows: list[dict[str, Any]]
    rejections: list[Rejection]
    rejected_count: int
    broken_fields: list[str]
    tolerated: Mapping[str, int] = field(default_factory=dict)


# -- kinds of columns --
def text(field_name: str, *checks: pa.Check, nullable: bool = False, description: str = "") -> pa.Column:
    """A string; the empty string means null."""
    return _column("string", "text", field_name, checks, nullable, description)


def number(field_name: str, *checks: pa.Check, nullable: bool = False, description: str = "") -> pa.Column:
    """A finite number, also when it comes as text."""
    return _column("float64", "number", field_name, checks, nullable, description)


def integer(field_name: str, *checks: pa.Check, nullable: bool = False, description: str = "") -> pa.Column:
    """A whole number, also when it comes as text."""
    return _column("Int64", "integer", field_name, checks, nullable, description)


def flag(field_name: str, *, nullable: bool = False, description: str = "") -> pa.Column:
    """true or false."""
    return _column("boolean", "flag", field_name, (), nullable, description)


def instant(field_name: str, *, nullable: bool = False, description: str = "") -> pa.Column:
    """An ISO 8601 instant with offset, in UTC."""
    return _column("datetime64[us, UTC]", "instant", field_name, (), nullable, description)


def utc_instant(field_name: str, *checks: pa.Check, nullable: bool = False, description: str = "") -> pa.Column:
    """A date and time that is documented to be in UTC though it states no offset."""
    return _column("datetime64[us, UTC]", "utc_instant", field_name, checks, nullable, description)


def duration(field_name: str, *, nullable: bool = False, description: str = "") -> pa.Column:
    """An ISO 8601 duration without years and months."""
    return _column("timedelta64[us]", "duration", field_name, (), nullable, description)


def document(field_name: str, *, nullable: bool = False, description: str = "") -> pa.Column:
    """An object or array, also when it comes as JSON inside a string."""
    return _column("object", "document", field_name, (), nullable, description)


def array(field_name: str, *, nullable: bool = False, description: str = "") -> pa.Column:
    """An array, also when it comes as JSON inside a string."""
    return _column("object", "array", field_name, (), nullable, description)


def is_uuid() -> pa.Check:
    """The check that a text is a UUID of any version (RFC 9562, section 4)."""
    return pa.Check.str_matches(_UUID, error="is_uuid")


def _column(
    dtype: str, kind: str, field_name: str, checks: Sequence[pa.Check], nullable: bool, description: str
) -> pa.Column:
    return pa.Column(
        dtype,
        checks=list(checks),
        nullable=nullable,
        description=description or None,
        metadata={"field": field_name, "kind": kind},
    )


# -- validation --
def validate(records: Sequence[Any], schema: pa.DataFrameSchema, key_field: str = "id") -> Validated:
    """Hold `records` (parsed JSON) against `schema`; a record that is no object at all is rejected as well."""
    objects = [record if isinstance(record, Mapping) else {} for record in records]
    failures: dict[tuple[int, str], tuple[str, Any]] = {
        (i, "(record)"): ("type", record) for i, record in enumerate(records) if not isinstance(record, Mapping)
    }
    tolerated: Counter[str] = Counter()
    columns: dict[str, Any] = {}
    required_failures: Counter[str] = Counter()
    for name, column in schema.columns.items():
        cells = _read_column(objects, name, column, failures, tolerated, required_failures)
        columns[name] = pd.Series(cells, dtype=str(column.dtype) if str(column.dtype) != "object" else object)
    frame = pd.DataFrame(columns)
    _check(frame, schema, failures)
    known = {column.metadata["field"] for column in schema.columns.values()}
    tolerated["unknown fields"] += sum(len(record.keys() - known) for record in objects)

    bad = {i for i, _ in failures}
    rejections = [
        Rejection(
            _key_of(objects[i], key_field),
            column_name,
            check_name,
            None if value is None else _shown(value),
            objects[i] if isinstance(records[i], Mapping) else {"value": records[i]},
        )
        for (i, column_name), (check_name, value) in sorted(failures.items())
    ]
    return Validated(
        rows=[row for i, row in enumerate(_rows(frame)) if i not in bad],
        rejections=rejections,
        rejected_count=len(bad),
        broken_fields=sorted(name for name, count in required_failures.items() if 2 * count > len(records)),
        tolerated={what: count for what, count in tolerated.items() if count},
    )


def _read_column(
    objects: Sequence[Mapping[str, Any]],
    name: str,
    column: pa.Column,
    failures: dict[tuple[int, str], tuple[str, Any]],
    tolerated: Counter[str],
    required_failures: Counter[str],
) -> list[Any]:
    field_name, kind = column.metadata["field"], column.metadata["kind"]
    read = _READERS[kind]
    cells: list[Any] = []
    for i, record in enumerate(objects):
        value = record.get(field_name)
        cell, failure = None, None
        if value is None or value == "":
            failure = None if column.nullable else ("null" if field_name in record else "missing")
        else:
            try:
                cell = read(value)
            except _Unfit:
                failure = "type"
            if kind in ("number", "integer") and isinstance(value, str) and failure is None:
                tolerated["numbers as text"] += 1
        if failure is not None:
            failures.setdefault((i, name), (failure, value))
            required_failures[field_name] += not column.nullable
        cells.append(cell)
    return cells


def _check(frame: pd.DataFrame, schema: pa.DataFrameSchema, failures: dict[tuple[int, str], tuple[str, Any]]) -> None:
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            if pd.isna(case["index"]):
                raise  # not about a cell: the schema and the frame disagree, which is a defect here
            cell = (int(case["index"]), str(case["column"]))
            failures.setdefault(cell, (str(case["check"]), case["failure_case"]))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = {name: _plain(frame[name]) for name in frame.columns}
    names = list(plain)
    return [dict(zip(names, values, strict=True)) for values in zip(*plain.values(), strict=True)]


def _plain(series: "pd.Series[Any]") -> list[Any]:
    """Python values with None for null, as the database driver wants them."""
    if series.dtype == object:
        return series.tolist()
    values = series.astype(object).where(series.notna(), None).tolist()
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [value.to_pydatetime() if value is not None else None for value in values]
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return [value.to_pytimedelta() if value is not None else None for value in values]
    return values


def _key_of(record: Mapping[str, Any], key_field: str) -> str | None:
    key = record.get(key_field)
    return None if key is None or isinstance(key, Mapping | list) else str(key)


def _shown(value: Any) -> str:
    return (value if isinstance(value, str) else orjson.dumps(value, default=str).decode())[:500]


# -- reading cells --
def _read_text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise _Unfit
    return value


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Unfit
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise _Unfit
    try:
        read = float(value)
    except OverflowError as error:
        raise _Unfit from error
    if not math.isfinite(read):
        raise _Unfit
    return read


def _read_integer(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise _Unfit
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit
    return value


def _read_instant(value: Any) -> datetime:
    return _in_utc(value, None)


def _read_utc_instant(value: Any) -> datetime:
    return _in_utc(value, UTC)


def _in_utc(value: Any, zone_if_unstated: tzinfo | None) -> datetime:
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=read.tzinfo or zone_if_unstated)
        if read.tzinfo is None:
            raise _Unfit
        return read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Unfit from error


def parse_duration(value: str) -> timedelta | None:
    """An ISO 8601 duration without years and months (`PT5M`, `P1D`, `PT0S`); None if it is none."""
    match = _DURATION.fullmatch(value)
    if match is None or value.rstrip("T").endswith("P"):
        return None
    parts = {name: float(text) for name, text in match.groupdict().items() if text and name != "sign"}
    try:
        return timedelta(**parts) * (-1 if match["sign"] else 1)
    except OverflowError:
        return None


def _read_duration(value: Any) -> timedelta:
    read = parse_duration(value) if isinstance(value, str) else None
    if read is None:
        raise _Unfit
    return read


def _read_document(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise _Unfit from error
        if value is None:
            return None
    if not isinstance(value, dict | list) or b"\\u0000" in orjson.dumps(value):
        raise _Unfit
    return value


def _read_array(value: Any) -> Any:
    read = _read_document(value)
    if isinstance(read, dict):
        raise _Unfit
    return read


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _read_text,
    "number": _read_number,
    "integer": _read_integer,
    "flag": _read_flag,
    "instant": _read_instant,
    "utc_instant": _read_utc_instant,
    "duration": _read_duration,
    "document": _read_document,
    "array": _read_array,
}
