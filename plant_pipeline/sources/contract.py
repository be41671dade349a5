"""Holding records of an API against their documented schema: coerce column by column, validate, split good from bad.

What belongs here: the mechanics, for any entity. What does not: any entity's fields (`sources/<name>/schema.py`), how
one cell is read (`cells`), writing rejected records (`landing.quarantine`).

Pandera coerces a column as a whole: one bad cell hides its other failures and their rows. So cells are converted first,
and Pandera then checks typed columns lazily, without coercion.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import pandas as pd
import pandera.pandas as pa

from plant_pipeline.http import storable_text
from plant_pipeline.landing.quarantine import RejectedField
from plant_pipeline.sources.cells import READERS, Unfit

_WHOLE = "(record)"  # stands for a column where a record has no fields at all
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"


@dataclass(frozen=True)
class Validated:
    """A listing held against its schema.

    `rows`: the good records, one dict of typed values a record (None for null). `rejections`: every failed field of the
    others. `rejected_count`: how many records that is. `broken_fields`: required fields missing or of another type in
    more than half of the records. `keys`: ids of all records, good or not, in the spelling that the table gives them;
    `keyless_count`: how many records have none. `tolerated`: how often numbers came as text, and unknown fields came.
    """

    rows: list[dict[str, Any]]
    rejections: list[RejectedField]
    rejected_count: int
    broken_fields: list[str]
    keys: frozenset[str] = frozenset()
    keyless_count: int = 0
    tolerated: Mapping[str, int] = field(default_factory=dict)


# -- kinds of columns --
def _column(
    dtype: str, kind: str, field_name: str, *checks: pa.Check, nullable: bool = False, description: str = ""
) -> pa.Column:
    """A column of the typed table that holds the API's `field_name`, read as `kind` (`cells.READERS`)."""
    return pa.Column(
        dtype,
        checks=list(checks),
        nullable=nullable,
        description=description or None,
        metadata={"field": field_name, "kind": kind},
    )


text = partial(_column, "string", "text")  # the empty string means null
number = partial(_column, "float64", "number")  # finite, also when it comes as text
integer = partial(_column, "Int64", "integer")  # also when it comes as text
flag = partial(_column, "boolean", "flag")
instant = partial(_column, "datetime64[us, UTC]", "instant")  # ISO 8601 with offset, in UTC
utc_instant = partial(_column, "datetime64[us, UTC]", "utc_instant")  # documented to be in UTC though it has no offset
duration = partial(_column, "timedelta64[us]", "duration")  # ISO 8601 without years and months
document = partial(_column, "object", "document")  # an object or array, also when it comes as JSON inside a string
array = partial(_column, "object", "array")  # an array, likewise


def is_uuid() -> pa.Check:
    """The check that a text is a UUID of any version (RFC 9562, section 4)."""
    return pa.Check.str_matches(_UUID, error="is_uuid")


# -- validation --
def validate(records: Sequence[Any], schema: pa.DataFrameSchema, key_field: str = "id") -> Validated:
    """Hold `records` (parsed JSON) against `schema`; a record that is no object at all is rejected as well."""
    objects = [record if isinstance(record, Mapping) else {} for record in records]
    failures = {(i, _WHOLE): "type" for i, record in enumerate(records) if not isinstance(record, Mapping)}
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

    read_key = _key_reader(schema, key_field)
    keys = [read_key(record.get(key_field)) for record in objects]
    bad = {i for i, _ in failures}
    return Validated(
        rows=[row for i, row in enumerate(_rows(frame)) if i not in bad],
        rejections=_rejections(records, keys, failures, schema),
        rejected_count=len(bad),
        broken_fields=sorted(name for name, count in required_failures.items() if 2 * count > len(records)),
        keys=frozenset(key for key in keys if key is not None),
        keyless_count=keys.count(None),
        tolerated={what: count for what, count in tolerated.items() if count},
    )


def _rejections(
    records: Sequence[Any],
    keys: Sequence[str | None],
    failures: Mapping[tuple[int, str], str],
    schema: pa.DataFrameSchema,
) -> list[RejectedField]:
    found = []
    for (i, name), check_name in sorted(failures.items()):
        record = records[i]
        if isinstance(record, Mapping):
            value = record.get(schema.columns[name].metadata["field"])
            found.append(RejectedField(keys[i], name, check_name, _shown(value), record))
        elif name == _WHOLE:
            found.append(RejectedField(None, name, check_name, _shown(record), {"value": record}))
    return found


def _read_column(
    objects: Sequence[Mapping[str, Any]],
    name: str,
    column: pa.Column,
    failures: dict[tuple[int, str], str],
    tolerated: Counter[str],
    required_failures: Counter[str],
) -> list[Any]:
    field_name, kind = column.metadata["field"], column.metadata["kind"]
    read = READERS[kind]
    cells: list[Any] = []
    for i, record in enumerate(objects):
        value = record.get(field_name)
        cell, failure = None, None
        if value is None or value == "":
            failure = None if column.nullable else ("null" if field_name in record else "missing")
        else:
            try:
                cell = read(value)
            except Unfit:
                failure = "type"
            if kind in ("number", "integer") and isinstance(value, str) and failure is None:
                tolerated["numbers as text"] += 1
        if failure is not None:
            failures[i, name] = failure
            required_failures[field_name] += not column.nullable
        cells.append(cell)
    return cells


def _check(frame: pd.DataFrame, schema: pa.DataFrameSchema, failures: dict[tuple[int, str], str]) -> None:
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            if pd.isna(case["index"]):
                raise  # not about a cell: the schema and the frame disagree, which is a defect here
            failures.setdefault((int(case["index"]), str(case["column"])), str(case["check"]))


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


def _key_reader(schema: pa.DataFrameSchema, key_field: str) -> Callable[[Any], str | None]:
    """What turns an id as received into the text of the id as stored, so that `5`, `"5"` and `5.0` are one."""
    kinds = {column.metadata["field"]: column.metadata["kind"] for column in schema.columns.values()}
    read = READERS[kinds.get(key_field, "text")]

    def read_key(value: Any) -> str | None:
        if value is None or value == "" or isinstance(value, Mapping | list):
            return None
        try:
            return str(read(value))
        except Unfit:
            return storable_text(str(value))

    return read_key


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError:
        return "(nested too deeply)"
    return storable_text(text)[:500]
