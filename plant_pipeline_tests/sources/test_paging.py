import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.http import Answer
from plant_pipeline.sources.paging import Page, goes_on, identity, read_pages, require_whole, stated_total
from plant_pipeline.sources.source import Listing


def _read(pages: list[Page]) -> tuple[Listing, int]:
    asked: list[int] = []

    async def read_page(number: int) -> Page:
        asked.append(number)
        return pages[min(number, len(pages)) - 1]

    return asyncio.run(read_pages(read_page)), len(asked)


@given(st.integers(0, 40), st.integers(1, 12))
def test_every_record_comes_once_whatever_the_page_size(count: int, size: int) -> None:
    records = [{"id": number} for number in range(count)]
    pages = [Page(records[start : start + size], count) for start in range(0, count, size)] or [Page([], 0)]
    listing, asked = _read(pages)
    assert (listing.records, listing.expected, listing.problem) == (records, count, None)
    assert asked == len(pages)


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=6), st.integers(0, 30))
def test_reading_ends_and_ids_are_unique_whatever_the_pages_hold(pages: list[list[int]], total: int) -> None:
    listing, asked = _read([Page([{"id": number} for number in page], total) for page in pages])
    ids = [record["id"] for record in listing.records]
    assert len(set(ids)) == len(ids)
    assert asked <= 2 * (len(pages) + 1)
    assert (listing.problem is None) == (len(ids) == total)


def test_the_last_of_two_versions_of_a_record_counts() -> None:
    listing, _ = _read([Page([{"id": 1, "n": "old"}, {"id": 2}], 3), Page([{"id": 1, "n": "new"}, {"id": 3}], 3)])
    assert listing.records == [{"id": 1, "n": "new"}, {"id": 2}, {"id": 3}]


def test_records_without_an_id_are_told_apart_by_content() -> None:
    records: list[Any] = [{"id": None, "a": 1}, {"a": 2}, "text", ["id"], {"id": {"x": 1}}]
    assert len({identity(record) for record in records}) == 5
    assert identity({"b": 1, "a": 2}) == identity({"a": 2, "b": 1})
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    assert identity({"a": deep}) != identity({"a": 1})
    # A server that ignores the page number must not be asked for ever.
    assert _read([Page([{"a": 2}], 9)])[1] == 4


def _read_changing(*nights: list[Page]) -> Listing:
    """`nights`: what the pages hold, the first time and the times after."""
    seen: dict[int, int] = {}

    async def read_page(number: int) -> Page:
        pages = nights[min(seen.get(number, 0), len(nights) - 1)]
        seen[number] = seen.get(number, 0) + 1
        return pages[min(number, len(pages)) - 1]

    return asyncio.run(read_pages(read_page))


def test_what_was_incomplete_is_asked_for_once_more() -> None:
    one, two, three, four = ({"id": number} for number in range(1, 5))
    whole = [Page([one, two], 4), Page([three, four], 4)]
    empty_once = [Page([one, two], 4), Page([], 4)]
    shifted_once = [Page([one, two], 4), Page([two, three], 4)]
    grown = [Page([one, two], 3), Page([three, four], 4)]
    for first in (empty_once, shifted_once, grown):
        listing = _read_changing(first, whole)
        assert (listing.records, listing.problem) == ([one, two, three, four], None)
        assert _read_changing(first).problem is not None
    fewer = [Page([one, two], 2)]  # whole, as records went meanwhile
    listing = _read_changing(shifted_once, fewer)
    assert (listing.records, listing.problem) == ([one, two], None)
    # The better of both is told if neither is whole.
    assert len(_read_changing(shifted_once, empty_once).records) == 3


# -- what an answer says of itself --
@pytest.mark.parametrize(
    ("value", "total"),
    [
        (0, 0),
        (24, 24),
        ("24", 24),
        ("", None),
        ("24.0", None),
        (24.0, None),
        (True, None),
        (None, None),
        ("9" * 30, None),
    ],
)
def test_a_total_is_a_number_or_its_text(value: Any, total: int | None) -> None:
    assert stated_total(value) == total


@pytest.mark.parametrize(
    "link",
    [
        '<https://api.test/plants/?page=2>; rel="next"',
        "</plants/?page=2>;rel=next",
        '<https://api.test/a>; rel="prev", <https://api.test/b>; title="x"; rel="last next"',
        "<https://api.test/b>; REL=Next",
    ],
)
def test_a_list_that_goes_on_is_not_whole(link: str) -> None:
    with pytest.raises(SourceShapeChanged, match="goes on at a next page"):
        require_whole("sun", _answer(link))


@pytest.mark.parametrize(
    "link", ["", '<https://api.test/next>; rel="deprecation"', '<https://api.test/a>; rel="next-archive"']
)
def test_other_links_are_none_of_a_list(link: str) -> None:
    require_whole("sun", _answer(link))


@pytest.mark.parametrize(("total", "is_whole"), [("3", False), ("2", True), ("0", True), ("many", True)])
def test_a_total_in_a_header_is_believed(total: str, is_whole: bool) -> None:
    answer = Answer("/plants/", 200, b"[1,2]", [1, 2], {"x-total-count": total}, datetime(2026, 3, 10, tzinfo=UTC))
    said = None if is_whole else "the list holds 2 of 3 records (header X-Total-Count)"
    assert goes_on(answer) == said


def _answer(link: str) -> Answer:
    return Answer("/plants/", 200, b"[]", [], {"link": link}, datetime(2026, 3, 10, tzinfo=UTC))
