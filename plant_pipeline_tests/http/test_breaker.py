"""Calls in a row without a usable answer."""

import asyncio

import httpx
import pytest

from plant_pipeline.errors import SourceUnavailable
from plant_pipeline.http import HttpClient, RetryPolicy, call_each
from plant_pipeline_tests.http.virtual_time import run_virtually, virtual_now


def _asked(failing: range) -> tuple[int, list[object]]:
    """How often 100 details were asked for, of which some answer 500, and what came of them."""
    asked = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        is_failing = int(request.url.path.rpartition("/")[2]) in failing
        return httpx.Response(500 if is_failing else 200, json={})

    async def ask() -> list[object]:
        transport = httpx.MockTransport(answer)
        once = RetryPolicy(attempts=1)
        async with HttpClient("sun", "https://sun.test", transport=transport, retry=once, clock=virtual_now) as client:
            got = await call_each(range(100), lambda number: client.get_json(f"/plants/{number}", entity="detail"))
            return [answer for _, answer in got]

    answers: list[object] = run_virtually(ask())
    return asked, answers


def test_after_twenty_failures_in_a_row_nothing_of_the_kind_is_asked_for() -> None:
    asked, answers = _asked(range(100))
    assert 20 <= asked <= 20 + 8  # those under way are asked for all the same
    assert all(isinstance(answer, SourceUnavailable) for answer in answers)
    assert "the last 2" in str(answers[-1])


@pytest.mark.parametrize("failing", [range(0, 100, 2), range(10)])
def test_failures_between_answers_end_nothing(failing: range) -> None:
    asked, answers = _asked(failing)
    assert asked == 100
    assert sum(isinstance(answer, SourceUnavailable) for answer in answers) == len(failing)
