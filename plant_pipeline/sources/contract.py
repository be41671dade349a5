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
from plant_pipeline.sources.whole_columns import read_plain

_WHOLE = "(record)"  # stands for a column where a record has no fields at all
_MOST_REASONS = 3
_BLOCK_RECORDS = 128
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
    cells = {name: _read_column(objects, name, own, differences, tolerated) for name, own in meanings.items()}
    _check(cells, schema, differences)
    bad = {i for i, name in differences.failures if meanings[name].is_vital}
    for i, name in differences.failures:
        cells[name][i] = None
    known = {meaning.field for meaning in meanings.values()}
    tolerated["unknown fields"] = sum(len(own.keys() - known) for own in objects if not own.keys() <= known)

    read_key = key_reader(schema, key_field)
    keys = [read_key(record.get(key_field)) for record in objects]
    rejections = _rejections(objects, keys, bad, differences, meanings)
    rejections += [_rejected_whole(record) for record in records if not isinstance(record, Mapping)]
    rejected_count = len(bad) + len(records) - len(objects)
    is_stopped = 2 * rejected_count > len(records)
    return Validated(
        rows=_rows(cells, bad),
        rejections=rejections,
        rejected_count=rejected_count,
        mostly_rejected=_reasons(rejections, meanings, len(records)) if is_stopped else None,
        drift=drift_of(objects, meanings, differences, with_vital=is_stopped),
        keys=frozenset(key for key in keys if key is not None),
        keyless_count=keys.count(None) + len(records) - len(objects),
        tolerated={what: count for what, count in tolerated.items() if count},
    )


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
    """The column as a whole if every value is plainly as documented, else block by block, else cell by cell."""
    whole = _read_whole(objects, meaning, tolerated)
    if whole is not None:
        return whole
    cells: list[Any] = []
    for first in range(0, len(objects), _BLOCK_RECORDS):
        block = objects[first : first + _BLOCK_RECORDS]
        quick = _read_whole(block, meaning, tolerated)
        cells += _read_cells(block, first, name, meaning, differences, tolerated) if quick is None else quick
    return cells


def _read_whole(objects: Sequence[Mapping[str, Any]], meaning: Meaning, tolerated: Counter[str]) -> list[Any] | None:
    values = [record.get(meaning.field) for record in objects]
    has_nothing = None in values or "" in values
    if has_nothing and not _may_lack(objects, meaning):
        return None
    present = [value for value in values if value is not None and value != ""] if has_nothing else values
    cells = _as_listed(read_plain(meaning.kind, present), meaning)
    if cells is None:
        return None
    if meaning.kind in ("number", "integer") and present and isinstance(present[0], str):
        tolerated["numbers as text"] += len(present)
    if not has_nothing:
        return cells
    remaining = iter(cells)
    return [None if value is None or value == "" else next(remaining) for value in values]


def _may_lack(objects: Sequence[Mapping[str, Any]], meaning: Meaning) -> bool:
    """Whether nothing is wrong with records that lack a value."""
    return meaning.is_optional or (meaning.is_nullable and all(meaning.field in record for record in objects))


def _as_listed(cells: list[Any] | None, meaning: Meaning) -> list[Any] | None:
    """The cells in the documented spelling; None if one of them is not documented."""
    if cells is None or not (meaning.choices or meaning.is_expected):
        return cells
    if meaning.kind in ("array", "document"):  # which no set can hold
        expected = meaning.is_expected
        return cells if expected is None or all(cell is not None and expected(cell) for cell in cells) else None
    spelled = {cell: meaning.documented_spelling(cell) if meaning.choices else cell for cell in set(cells)}
    if None in spelled.values() or (meaning.is_expected and not all(map(meaning.is_expected, spelled))):
        return None
    return [spelled[cell] for cell in cells]


def _read_cells(
    objects: Sequence[Mapping[str, Any]],
    first: int,
    name: str,
    meaning: Meaning,
    differences: Differences,
    tolerated: Counter[str],
) -> list[Any]:
    read, is_number = READERS[meaning.kind], meaning.kind in ("number", "integer")
    cells: list[Any] = []
    for i, record in enumerate(objects, first):
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
            if failure is None and cell is not None and meaning.is_expected and not meaning.is_expected(cell):
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


def _check(cells: Mapping[str, list[Any]], schema: pa.DataFrameSchema, differences: Differences) -> None:
    """Hold the columns that have checks against them; nulls where none may be are known from reading."""
    checked = {name: column for name, column in schema.columns.items() if column.checks}
    frame = pd.DataFrame({name: pd.Series(cells[name], dtype=_dtype_of(column)) for name, column in checked.items()})
    try:
        schema.select_columns(list(checked)).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            if pd.isna(case["index"]):
                raise  # not about a cell: the schema and the frame disagree, which is a defect here
            differences.failures.setdefault((int(case["index"]), str(case["column"])), str(case["check"]))


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
def _rows(cells: Mapping[str, list[Any]], bad: set[int]) -> list[dict[str, Any]]:
    names = list(cells)
    rows = zip(*cells.values(), strict=True)
    return [dict(zip(names, row, strict=True)) for i, row in enumerate(rows) if i not in bad]


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
