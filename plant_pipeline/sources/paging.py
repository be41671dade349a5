"""Listings as they arrive: one record per id, page by page, and whether all of it came.

What belongs here: the order of asking and the counting, the same for every paged API. What does not: paths, parameters,
where an answer keeps its records and its total.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from plant_pipeline.errors import SourceError, SourceShapeChanged
from plant_pipeline.http import Answer
from plant_pipeline.sources.cells import comparable_id
from plant_pipeline.sources.source import Listing

_MOST_PAGES = 10_000
_LONGEST_TOTAL = 18  # digits
_NEXT = re.compile(r""";\s*rel\s*=\s*["']?(?:[^"',;]*\s)?next(?=["'\s,;]|$)""", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page: its records as parsed JSON, and how many records the answer says there are in all."""

    records: list[Any]
    total: int | None


def stated_total(value: Any) -> int | None:
    """How many records an answer says there are, as a number or its text; None if it is neither."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_TOTAL:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def goes_on(answer: Answer) -> str | None:
    """How an answer says that the list in it is not all (RFC 8288, or a header of totals); None: it does not."""
    if _NEXT.search(answer.headers.get("link", "")):
        return "the list goes on at a next page (header Link)"
    total = stated_total(answer.headers.get("x-total-count"))
    if total is not None and isinstance(answer.json, list) and total > len(answer.json):
        return f"the list holds {len(answer.json)} of {total} records (header X-Total-Count)"
    return None


def require_whole(source: str, answer: Answer) -> None:
    """Of a list that is documented to come whole: raises `SourceShapeChanged` if the answer says that it goes on."""
    if said := goes_on(answer):
        raise SourceShapeChanged(source, answer.path, f"{said}, where the whole of it is documented")


async def read_pages(read_page: Callable[[int], Awaitable[Page]], *, states_total: bool = True) -> Listing:
    """Read pages 1, 2, ... until the stated total is reached, or a page holds nothing that was not there before.

    `states_total`: the document says that a total comes; where none need come, the page with nothing new ends the list.
    The listing's `problem` says if the total is missing, changed between pages, or is not what came: not before all was
    asked for once more, as a page may come empty, or records move between pages, while they are read. Lets the errors
    of `read_page` through, those of the first time.
    """
    first = await _read_once(read_page, states_total=states_total)
    if first.problem is None or first.expected is None:
        return first
    try:
        second = await _read_once(read_page, states_total=states_total)
    except SourceError:
        return first
    return first if second.problem and len(second.records) < len(first.records) else second


async def _read_once(read_page: Callable[[int], Awaitable[Page]], *, states_total: bool) -> Listing:
    found: dict[str, Any] = {}
    totals: list[int | None] = []
    for number in range(1, _MOST_PAGES + 1):
        page = await read_page(number)
        totals.append(page.total)
        known = len(found)
        found |= {identity(record): record for record in page.records}
        if len(found) == known or (page.total is not None and len(found) >= page.total):
            break
    if not states_total and set(totals) == {None}:
        return Listing(list(found.values()), len(found))
    return Listing(list(found.values()), totals[-1], _problem(len(found), totals))


def identity(record: Any) -> str:
    """What makes a record one of its own: its id, or all of its content if it has none."""
    key = record.get("id") if isinstance(record, dict) else None
    if key is not None and not isinstance(key, dict | list):
        return f"id {comparable_id(key)}"
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return "(nested too deeply)"


def _problem(got: int, totals: Sequence[int | None]) -> str | None:
    if None in totals:
        return f"{got} records came, but the answer does not state how many there are"
    if len(set(totals)) > 1:
        return f"the total changed between pages ({', '.join(map(str, totals))})"
    return None if got == totals[-1] else f"{got} of {totals[-1]} records came"
