"""Columns whose values all come plainly as documented: converted at once, a twentieth of the work of cell by cell.

What belongs here: quick ways to what `cells` would read. What does not: anything it would refuse or read otherwise: a
column in which one value is not plain is none of ours, and is read cell by cell.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from plant_pipeline.sources.cells import LONGEST_INTEGER, LONGEST_TEXT

_IN_NUMBERS = frozenset("0123456789.+-eE ")
_IN_INTEGERS = frozenset("0123456789+- ")


def read_plain(kind: str, values: Sequence[Any]) -> list[Any] | None:
    """The values (none of them null or "") read as `kind`; None if they have to be looked at one by one."""
    read = _READERS.get(kind)
    try:
        return None if read is None else read(values, set(map(type, values)))
    except (ValueError, OverflowError):
        return None


def _texts(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    if types - {str} or max(map(len, values), default=0) > LONGEST_TEXT or not "".join(values).isprintable():
        return None
    return list(values)


def _identifiers(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    texts = _texts(values, types)
    if texts is None:
        return None
    joined = "".join(texts)
    return texts if joined == joined.lower() else None


def _numbers(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    if types == {str} and not set("".join(values)) <= _IN_NUMBERS:
        return None
    if types - {str} and types - {int, float}:
        return None
    read = list(map(float, values))
    return read if all(map(math.isfinite, read)) else None


def _integers(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    if types == {str} and (max(map(len, values)) >= LONGEST_INTEGER or not set("".join(values)) <= _IN_INTEGERS):
        return None
    if types - {str} and types - {int}:
        return None
    read = list(map(int, values))
    return read if not read or -(1 << 63) < min(read) <= max(read) < 1 << 63 else None


def _flags(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    return None if types - {bool} else list(values)


def _instants(values: Sequence[Any], types: set[type]) -> list[Any] | None:
    if types - {str}:
        return None
    read = list(map(datetime.fromisoformat, values))
    return read if {instant.tzinfo for instant in read} <= {UTC} else None


_READERS: Mapping[str, Callable[[Sequence[Any], set[type]], list[Any] | None]] = {
    "text": _texts,
    "identifier": _identifiers,
    "number": _numbers,
    "integer": _integers,
    "flag": _flags,
    "instant": _instants,
}
