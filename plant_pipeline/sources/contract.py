"""Holding records of an API against their documented schema: coerce column by column, validate, split good from bad.

What belongs here: the mechanics, for any entity. What does not: any entity's fields (`sources/<name>/schema.py`), the
kinds of columns (`columns`), how one cell is read (`cells`), what is told of fields that differ from the document
(`drift`), writing any of it (`landing`).

A bad vital field rejects its record; any other bad field becomes null, and is drift. Pandera coerces a column as a
whole: one bad cell hides its other failures and their rows. So cells are converted first, and Pandera then checks typed
columns lazily, without coercion.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pandera.pandas as pa

from plant_pipeline.http import storable_text
from plant_pipeline.landing.drift import Drift
from plant_pipeline.landing.quarantine import RejectedField
from plant_pipeline.sources.cells import READERS, Unfit
from plant_pipeline.sources.columns import Meaning, meaning_of
from plant_pipeline.sources.drift import Differences, drift_of, json_text

_WHOLE = "(record)"  # stands for a column where a record has no fields at all
_MOST_REASONS = 3
_LONGEST_SAMPLE = 40


@dataclass(frozen=True)
class Validated:
    """A listing held against its schema.

    `rows`: the good records, one dict of typed values a record (None for null). `rejections`: every failed vital field
    of the others. `rejected_count`: how many records that is. `mostly_rejected`: if that is more than half, which
    fields failed which checks, and how often. `drift`: what else differs from the document. `keys`: ids of all
    records, good or not, in the spelling that the table gives them; `keyless_count`: how many records have none.
    `tolerated`: how often numbers came as text, and unknown fields came.
    """

    rows: list[dict[str, Any]]
    rejections: list[RejectedField]
    rejected_count: int
    mostly_rejected: str | None = None
    drift: Sequence[Drift] = ()
    keys: frozenset[str] = frozenset()
    keyless_count: int = 0
    tolerated: Mapping[str, int] = field(default_factory=dict)


def validate(records: Sequence[Any], schema: pa.DataFrameSchema, key_field: str = "id") -> Validated:
    """Hold `records` (parsed JSON) against `schema`; a record that is no object at all is rejected as well."""
    objects = [record for record in records if isinstance(record, Mapping)]
    meanings = {name: meaning_of(column) for name, column in schema.columns.items()}
    differences, tolerated = Differences(), Counter[str]()
    frame = pd.DataFrame(
        {
            name: pd.Series(
                _read_column(objects, name, meanings[name], differences, tolerated), dtype=_dtype_of(column)
            )
            for name, column in schema.columns.items()
        }
    )
    _check(frame, schema, differences)
    tolerated["unknown fields"] = sum(len(record.keys() - _fields(meanings)) for record in objects)
    bad = {i for i, name in differences.failures if meanings[name].is_vital}
    _empty_failed_cells(frame, differences, bad)

    read_key = key_reader(schema, key_field)
    keys = [read_key(record.get(key_field)) for record in objects]
    rejections = _rejections(objects, keys, bad, differences, meanings)
    rejections += [_rejected_whole(record) for record in records if not isinstance(record, Mapping)]
    rejected_count = len(bad) + len(records) - len(objects)
    is_stopped = 2 * rejected_count > len(records)
    return Validated(
        rows=[row for i, row in enumerate(_rows(frame)) if i not in bad],
        rejections=rejections,
        rejected_count=rejected_count,
        mostly_rejected=_reasons(rejections, meanings, len(records)) if is_stopped else None,
        drift=drift_of(objects, meanings, differences, with_vital=is_stopped),
        keys=frozenset(key for key in keys if key is not None),
        keyless_count=keys.count(None) + len(records) - len(objects),
        tolerated={what: count for what, count in tolerated.items() if count},
    )


def _fields(meanings: Mapping[str, Meaning]) -> set[str]:
    return {meaning.field for meaning in meanings.values()}


def _dtype_of(column: pa.Column) -> Any:
    return object if str(column.dtype) == "object" else str(column.dtype)


# -- cells --
def _read_column(
    objects: Sequence[Mapping[str, Any]],
    name: str,
    meaning: Meaning,
    differences: Differences,
    tolerated: Counter[str],
) -> list[Any]:
    read, is_number = READERS[meaning.kind], meaning.kind in ("number", "integer")
    cells: list[Any] = []
    for i, record in enumerate(objects):
        value = record.get(meaning.field)
        cell, failure = None, None
        if value is None or value == "":
            failure = meaning.failure_of_nothing(is_there=meaning.field in record)
        else:
            try:
                cell = read(value)
            except Unfit:
                failure = "type"
            if meaning.choices and failure is None:
                cell, failure = _choose(cell, meaning, differences, (i, name))
            if meaning.is_expected is not None and failure is None and not meaning.is_expected(cell):
                differences.kept.add((i, name))
            if is_number and isinstance(value, str) and failure is None:
                tolerated["numbers as text"] += 1
        if failure is not None:
            differences.failures[i, name] = failure
        cells.append(cell)
    return cells


def _choose(
    cell: Any, meaning: Meaning, differences: Differences, place: tuple[int, str]
) -> tuple[str | None, str | None]:
    """The documented spelling of a value, or the value as it came; and what is wrong with it if it cannot stay."""
    documented = meaning.documented_spelling(cell)
    if documented is not None:
        return documented, None
    if meaning.is_closed:
        return None, f"isin({list(meaning.choices)})"
    differences.kept.add(place)
    return cell, None


def _check(frame: pd.DataFrame, schema: pa.DataFrameSchema, differences: Differences) -> None:
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            if pd.isna(case["index"]):
                raise  # not about a cell: the schema and the frame disagree, which is a defect here
            differences.failures.setdefault((int(case["index"]), str(case["column"])), str(case["check"]))


def _empty_failed_cells(frame: pd.DataFrame, differences: Differences, bad: set[int]) -> None:
    """Make null what a record can do without and did not pass; a rejected record is left as it is."""
    failed: dict[str, list[int]] = {}
    for i, name in differences.failures:
        if i not in bad:
            failed.setdefault(name, []).append(i)
    for name, places in failed.items():
        frame[name] = frame[name].where(~frame.index.isin(places), None)


# -- rejected records --
def _rejections(
    objects: Sequence[Mapping[str, Any]],
    keys: Sequence[str | None],
    bad: set[int],
    differences: Differences,
    meanings: Mapping[str, Meaning],
) -> list[RejectedField]:
    vital = [meaning.field for meaning in meanings.values() if meaning.is_vital]
    failed = _vital_failures(differences, meanings)
    identities = {i: {name: objects[i].get(name) for name in vital} for i in bad}
    return [
        RejectedField(keys[i], name, check, json_text(objects[i].get(meanings[name].field)), objects[i], identities[i])
        for (i, name), check in sorted(failed.items())
    ]


def _vital_failures(differences: Differences, meanings: Mapping[str, Meaning]) -> dict[tuple[int, str], str]:
    """What records are rejected for. That they lack what may be null is only told if they fail for nothing else."""
    vital = {place: check for place, check in differences.failures.items() if meanings[place[1]].is_vital}
    lacking = {(i, name) for (i, name), check in vital.items() if check == "missing" and meanings[name].is_nullable}
    failing_otherwise = {i for i, name in vital.keys() - lacking}
    return {place: check for place, check in vital.items() if place not in lacking or place[0] not in failing_otherwise}


def _rejected_whole(record: Any) -> RejectedField:
    return RejectedField(None, _WHOLE, "type", json_text(record), {"value": record}, {"value": record})


def _reasons(rejections: Sequence[RejectedField], meanings: Mapping[str, Meaning], count: int) -> str:
    """Which fields failed which checks in how many records, the most frequent first, each with a value that did."""
    samples: dict[tuple[str, str], str | None] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for own in rejections:
        name = meanings[own.column_name].field if own.column_name in meanings else own.column_name
        counted[name, own.check_name] += 1
        samples.setdefault((name, own.check_name), own.value)
    told = [
        f"{name}: {check} in {failed} of {count} records{_such_as(samples[name, check])}"
        for (name, check), failed in counted.most_common(_MOST_REASONS)
    ]
    others = len(counted) - len(told)
    return "; ".join([*told, *([f"and {others} more"] if others else [])])


def _such_as(value: str | None) -> str:
    return f" (such as {value[:_LONGEST_SAMPLE]})" if value else ""


# -- good records --
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


def key_reader(schema: pa.DataFrameSchema, key_field: str) -> Callable[[Any], str | None]:
    """What turns an id as received into the text of the id as stored, so that `5`, `"5"` and `5.0` are one."""
    meanings = (meaning_of(column) for column in schema.columns.values())
    kinds = {meaning.field: meaning.kind for meaning in meanings}
    read = READERS[kinds.get(key_field, "text")]

    def read_key(value: Any) -> str | None:
        if value is None or value == "" or isinstance(value, Mapping | list):
            return None
        try:
            return str(read(value))
        except Unfit:
            return storable_text(str(value))

    return read_key
