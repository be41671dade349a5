"""Kinds of columns that `sources/<name>/schema.py` is written in: a type, and what the document says of the field.

What belongs here: the vocabulary of schemas. What does not: reading a cell (`cells`), judging a listing (`contract`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd
import pandera.pandas as pa

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
_LONGEST_NAME = 500  # characters; of four bytes each they stay below a third of a page
_SINCE_1970 = pa.Check.ge(pd.Timestamp(0, tz="UTC"), error="not_before_1970")  # what is older stands for "none"
_TYPES: Mapping[str, str] = {
    "text": "string",
    "identifier": "string",
    "number": "number",
    "integer": "integer",
    "flag": "boolean",
    "instant": "date and time with offset",
    "utc_instant": "date and time in UTC",
    "utc_day": "UTC day",
    "duration": "duration",
    "document": "object or array",
    "array": "array",
}


@dataclass(frozen=True)
class Meaning:
    """What is known of a field beside its type in our table.

    `field`: its name in the API. `kind`: how it is read (`cells.READERS`). `is_nullable`, `is_optional`: the document
    lets it be null, lets it be absent. `is_vital`: a record without a good one is rejected. `choices`: the documented
    values, in any letter case; another one is kept and told, unless `is_closed`: then it is a bad one. So is kept and
    told what `is_expected` does not accept.
    """

    field: str
    kind: str
    is_nullable: bool
    is_optional: bool
    is_vital: bool
    choices: tuple[str, ...] = ()
    is_closed: bool = False
    is_expected: Callable[[Any], bool] | None = None

    def failure_of_nothing(self, *, is_there: bool) -> str | None:
        """What is wrong with a record in which the field is null (`is_there`) or absent."""
        if is_there:
            return None if self.is_nullable else "null"
        return None if self.is_optional else "missing"

    def documented_spelling(self, value: Any) -> str | None:
        """The documented value that is this one but for letter case; None if there is none."""
        return self._spellings.get(str(value).casefold())

    @property
    def documented(self) -> str:
        """What the document says it is."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return _TYPES[self.kind] + (f", {self.is_expected.__name__}" if self.is_expected else "")

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return {choice.casefold(): choice for choice in self.choices}


def meaning_of(column: pa.Column) -> Meaning:
    """What was declared of a column."""
    meaning = column.metadata["meaning"]
    assert isinstance(meaning, Meaning)  # noqa: S101 -- every column is made here
    return meaning


def _column(
    dtype: str,
    kind: str,
    field_name: str,
    *checks: pa.Check,
    nullable: bool = False,
    optional: bool = False,
    vital: bool | None = None,
    choices: Sequence[str] = (),
    closed: bool = False,
    expected: Callable[[Any], bool] | None = None,
    description: str = "",
) -> pa.Column:
    """A column of the typed table that holds the API's `field_name`; see `Meaning`.

    What may be absent may be null; what may not be null is vital, unless said otherwise.
    """
    nullable = nullable or optional
    is_vital = not nullable if vital is None else vital
    meaning = Meaning(field_name, kind, nullable, optional, is_vital, tuple(choices), closed, expected)
    return pa.Column(
        dtype,
        checks=list(checks),
        # Of a field that a record can do without, what is null is told and no failure of the column.
        nullable=nullable or not is_vital,
        description=description or None,
        metadata={"meaning": meaning},
    )


text = partial(_column, "string", "text")  # the empty string means null
identifier = partial(_column, "string", "identifier")  # text; the letters of a UUID become small
number = partial(_column, "float64", "number")  # finite, also when it comes as text
integer = partial(_column, "Int64", "integer")  # also when it comes as text
flag = partial(_column, "boolean", "flag")
duration = partial(_column, "timedelta64[us]", "duration")  # ISO 8601 without years and months
document = partial(_column, "object", "document")  # an object or array, also when it comes as JSON inside a string
array = partial(_column, "object", "array")  # an array, likewise


def instant(field_name: str, *checks: pa.Check, **more: Any) -> pa.Column:
    """A column of instants since 1970, in UTC: ISO 8601 with offset."""
    return _column("datetime64[us, UTC]", "instant", field_name, _SINCE_1970, *checks, **more)


def utc_instant(field_name: str, *checks: pa.Check, **more: Any) -> pa.Column:
    """A column of instants since 1970 that are documented to be in UTC though they state no offset."""
    return _column("datetime64[us, UTC]", "utc_instant", field_name, _SINCE_1970, *checks, **more)


def utc_day(field_name: str, *checks: pa.Check, **more: Any) -> pa.Column:
    """A column of UTC days since 1970, each as its midnight: a date, or an instant of the day."""
    return _column("datetime64[us, UTC]", "utc_day", field_name, _SINCE_1970, *checks, **more)


def is_short() -> pa.Check:
    """The check that a name or id is one that somebody can have written, and that an index of PostgreSQL takes."""
    return pa.Check.str_length(1, _LONGEST_NAME)


def is_uuid() -> pa.Check:
    """The check that a text is a UUID of any version (RFC 9562, section 4)."""
    return pa.Check.str_matches(_UUID, error="is_uuid")
