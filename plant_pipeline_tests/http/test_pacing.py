"""Nights against servers that take only so many calls, in virtual time."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import httpx
import pytest

from plant_pipeline.errors import SourceError, SourceUnavailable
from plant_pipeline.http import Answer, Budget, HttpClient, Limit, RetryPolicy, SharedBudget, call_each
from plant_pipeline.http.budget import BudgetInMemory
from plant_pipeline_tests.http.limited_server import (
    Counted,
    FixedWindow,
    LimitedServer,
    SlidingWindow,
    TokenBucket,
)
from plant_pipeline_tests.http.virtual_time import BEGIN, run_virtually, virtual_now

_DETAILS = [f"/plants/{number}" for number in range(300)]


def client_of(server: Callable[[httpx.Request], Any], **options: Any) -> HttpClient:
    return HttpClient(
        "sun", "https://api.sun.example", transport=httpx.MockTransport(server), clock=virtual_now, **options
    )


async def ask(
    server: Callable[[httpx.Request], Any], paths: Sequence[str] = _DETAILS, **options: Any
) -> list[Answer | SourceError]:
    async with client_of(server, **options) as client:
        answers = await call_each(paths, lambda path: client.get_json(path, entity="detail"))
    return [answer for _, answer in answers]


async def timed(work: Any) -> tuple[Any, float]:
    begun_s = asyncio.get_running_loop().time()
    return await work, asyncio.get_running_loop().time() - begun_s


@pytest.mark.parametrize("concurrency", [1, 8, 10])
@pytest.mark.parametrize("latency_s", [0.005, 0.05, 0.5])
@pytest.mark.parametrize(
    "limit",
    [
        partial(FixedWindow, 120),
        partial(FixedWindow, 120, begun_s=40.0),
        partial(SlidingWindow, 120),
        partial(SlidingWindow, 120, counts_refused=False),
        partial(TokenBucket, 120),
    ],
)
def test_a_night_at_an_unstated_limit_loses_nothing_and_is_seldom_refused(
    limit: Callable[[], Counted], latency_s: float, concurrency: int
) -> None:
    server = LimitedServer(limit(), latency_s)
    answers, seconds = run_virtually(timed(ask(server, concurrency=concurrency)))
    assert [answer.path for answer in answers if isinstance(answer, Answer)] == _DETAILS
    assert len(server.refused_s) <= 20
    assert seconds <= 300  # 300 calls at 120 a minute need 90 s at least, in a full bucket or two windows


def test_a_limit_once_learned_is_kept_by_the_next_run() -> None:
    store = BudgetInMemory()
    server = LimitedServer(SlidingWindow(120))

    async def nights() -> list[int]:
        counts = []
        for night in ("run-1", "run-2", "run-3"):
            before = len(server.refused_s)
            await ask(server, budget=SharedBudget(store, night))
            counts.append(len(server.refused_s) - before)
        return counts

    first, *later = run_virtually(nights())
    assert first <= 20
    assert later == [0, 0]


def test_two_runs_at_once_share_one_budget() -> None:
    store = BudgetInMemory()
    server = LimitedServer(SlidingWindow(120))

    async def both() -> tuple[list[Answer | SourceError], ...]:
        return await asyncio.gather(
            ask(server, _DETAILS[:150], budget=SharedBudget(store, "run-1")),
            ask(server, _DETAILS[150:], budget=SharedBudget(store, "run-2")),
        )

    answers = [answer for some in run_virtually(both()) for answer in some]
    assert all(isinstance(answer, Answer) for answer in answers)
    assert len(server.refused_s) <= 2 * 8 + 6  # what both had under way, and one call to see after each pause


@pytest.mark.parametrize("calls", [30, 500])
def test_a_known_limit_is_never_overstepped(calls: int) -> None:
    server = LimitedServer(SlidingWindow(calls))
    paths = [f"/{number}" for number in range(3 * calls)]
    budget = SharedBudget(known=Limit(calls))
    answers, seconds = run_virtually(timed(ask(server, paths, budget=budget, concurrency=50)))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert server.refused_s == []
    assert 120 <= seconds <= 130


def test_what_the_server_says_is_left_is_not_overdrawn() -> None:
    window = FixedWindow(500)

    def stated(at_s: float) -> dict[str, str]:
        left = max(500 - window.taken[int(at_s // 60)], 0)
        reset = (at_s // 60 + 1) * 60
        return {
            "X-RateLimit-Limit": "500",
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(int(BEGIN.timestamp() + reset)),
            "Retry-After": str(int(reset - at_s)),
        }

    server = LimitedServer(window, headers=stated)
    paths = [f"/{number}" for number in range(1200)]
    answers, seconds = run_virtually(timed(ask(server, paths, concurrency=20)))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert server.refused_s == []
    assert seconds <= 130


@pytest.mark.parametrize("left", [0, 3, 20, 21])
def test_answers_that_come_in_another_order_than_they_were_counted_overdraw_nothing(left: int) -> None:
    """As those of a server with several threads: a call that was counted first may be answered last."""
    latencies_s = itertools.cycle([0.9, 0.1, 0.5, 0.05, 0.3])
    counted: list[float] = []
    refused: list[float] = []

    async def respond(_: httpx.Request) -> httpx.Response:
        at_s = asyncio.get_running_loop().time()
        counted.append(at_s)
        in_window = sum(other_s // 60 == at_s // 60 for other_s in counted)
        remaining = (left if at_s < 60 else 500) + 1 - in_window
        await asyncio.sleep(next(latencies_s))
        if remaining < 0:
            refused.append(at_s)
            return httpx.Response(429)
        headers = {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": str(int(60 - at_s % 60) + 1)}
        return httpx.Response(200, json={}, headers=headers)

    async def one_and_then_many() -> list[Answer | SourceError]:
        async with HttpClient(
            "sun", "https://api.sun.example", transport=httpx.MockTransport(respond), concurrency=8, clock=virtual_now
        ) as client:
            await client.get_json("/first")
            return [answer for _, answer in await call_each([f"/{n}" for n in range(60)], client.get_json)]

    answers = run_virtually(one_and_then_many())
    assert all(isinstance(answer, Answer) for answer in answers)
    assert refused == []


def test_a_documented_limit_ends_where_the_server_shows_that_it_has_none() -> None:
    server = LimitedServer(FixedWindow(10**9))
    budget = SharedBudget(known=Limit(60), until_silent=True)
    _, seconds = run_virtually(timed(ask(server, budget=budget)))
    assert seconds < 10


def test_a_server_that_tells_how_many_calls_are_left_is_believed_before_the_document() -> None:
    """60 are documented; this one lets more pass, and says so without a time at which it counts anew."""
    server = LimitedServer(
        FixedWindow(10**9), headers=lambda *_: {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "499"}
    )
    budget = SharedBudget(known=Limit(60), until_silent=True)
    answers, seconds = run_virtually(timed(ask(server, budget=budget)))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert seconds < 10


def test_a_server_with_no_calls_left_is_not_asked_for_a_minute() -> None:
    sent_s: list[float] = []

    async def count(request: httpx.Request) -> httpx.Response:
        sent_s.append(asyncio.get_running_loop().time())
        left = max(99 - len(sent_s) % 100, 0)
        return httpx.Response(200, json={}, headers={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": str(left)})

    answers = run_virtually(ask(count, [f"/{number}" for number in range(150)]))
    assert all(isinstance(answer, Answer) for answer in answers)
    pauses_s = [later - at_s for at_s, later in itertools.pairwise(sent_s) if later - at_s > 1]
    assert pauses_s == [pytest.approx(60, abs=1)]


def test_a_refusal_pauses_every_call() -> None:
    sent_s: list[float] = []

    async def refuse_once(request: httpx.Request) -> httpx.Response:
        sent_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.05)
        return httpx.Response(429, headers={"Retry-After": "45"}) if len(sent_s) <= 8 else httpx.Response(200, json={})

    answers = run_virtually(ask(refuse_once))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert [at_s for at_s in sent_s if 1 < at_s < 45] == []
    after = [at_s for at_s in sent_s if at_s >= 45]
    assert sum(at_s < after[0] + 0.05 for at_s in after) == 1  # one to see


def test_details_that_are_always_refused_end_within_minutes() -> None:
    server = LimitedServer(FixedWindow(0), refusal=lambda _: {"Retry-After": "1"})
    paths = [f"/{number}" for number in range(5000)]
    answers, seconds = run_virtually(timed(ask(server, paths)))
    assert all(isinstance(answer, SourceUnavailable) and answer.is_transient for answer in answers)
    assert seconds <= 300
    assert len(server.calls_s) <= 8 + 10  # what was under way, then 1, 2, 4 ... 60 s apart
    assert "no source is waited for longer than 300 s without a usable answer" in str(answers[0])


def test_a_wait_longer_than_the_patience_is_the_end_at_once() -> None:
    server = LimitedServer(FixedWindow(0), refusal=lambda _: {"Retry-After": "3600"})
    store = BudgetInMemory()
    answers, seconds = run_virtually(timed(ask(server, budget=SharedBudget(store, "run-1"))))
    assert seconds < 1
    assert len(server.calls_s) <= 8
    assert str(answers[0]) == (
        "sun: /plants/0: answered 429: slow down, to be asked again after 3600 s, not before 2026-03-10 05:00:00 UTC; "
        "given up for this run, as no source is waited for longer than 300 s without a usable answer"
    )
    assert str(answers[-1]).startswith("sun: /plants/299: not asked: answered 429: slow down, to be asked again after")

    # Nor is it asked by another run before that time.
    calls = len(server.calls_s)
    (answer,) = run_virtually(ask(server, ["/plants/0"], budget=SharedBudget(store, "run-2")))
    assert isinstance(answer, SourceUnavailable)
    assert "not before 2026-03-10 05:00:00 UTC" in str(answer)
    assert len(server.calls_s) == calls


def test_a_wait_within_the_patience_is_kept_in_full() -> None:
    server = LimitedServer(FixedWindow(1, window_s=250), refusal=lambda at_s: {"Retry-After": str(250 - at_s)})
    answers, seconds = run_virtually(timed(ask(server, ["/1", "/2"], concurrency=1)))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert 250 <= seconds < 251
    assert len(server.refused_s) == 1


def test_a_source_given_up_is_not_asked_by_the_streams_that_follow_but_once_more_on_purpose() -> None:
    server = LimitedServer(FixedWindow(0))
    store = BudgetInMemory()

    async def night() -> tuple[int, int, int]:
        await ask(server, budget=SharedBudget(store, "run-1"))
        first = len(server.calls_s)
        (answer,) = await ask(server, ["/other"], budget=SharedBudget(store, "run-1"))
        assert "not asked" in str(answer)
        second = len(server.calls_s)
        server.limit = FixedWindow(1000)
        await asyncio.sleep(60)
        (answer,) = await ask(server, ["/other"], budget=SharedBudget(store, "run-1", asks_again=True))
        assert isinstance(answer, Answer)
        assert all(isinstance(answer, Answer) for answer in await ask(server, budget=SharedBudget(store, "run-1")))
        return first, second, len(server.refused_s)

    first, second, refused = run_virtually(night())
    assert first == second == refused


def test_a_run_is_patient_anew_whatever_the_night_before_was_like() -> None:
    store = BudgetInMemory()

    async def nights() -> list[Answer | SourceError]:
        await ask(LimitedServer(FixedWindow(0)), budget=SharedBudget(store, "run-1"))
        await asyncio.sleep(86_400)
        return await ask(LimitedServer(FixedWindow(1000)), budget=SharedBudget(store, "run-2"))

    assert all(isinstance(answer, Answer) for answer in run_virtually(nights()))


@pytest.mark.parametrize("answer", [500, 503, 429])
def test_a_source_that_fails_for_minutes_is_given_up(answer: int) -> None:
    calls_s: list[float] = []

    async def fail(_: httpx.Request) -> httpx.Response:
        calls_s.append(asyncio.get_running_loop().time())
        return httpx.Response(answer)

    async def streams() -> list[Answer | SourceError]:
        store, answers = BudgetInMemory(), []
        for _ in range(100):
            answers += await ask(fail, ["/1", "/2"], budget=SharedBudget(store, "run-1"), retry=RetryPolicy(base_s=8.0))
        return answers

    answers = run_virtually(streams())
    assert all(isinstance(error, SourceUnavailable) for error in answers)
    assert max(calls_s) <= 300 + 12.5  # the wait before a last try: at most 10 s and a quarter of jitter
    assert "given up for this run" in str(answers[-1])


def test_a_source_that_fails_now_and_then_is_asked_all_night() -> None:
    statuses = itertools.cycle([502, 200])

    async def night() -> list[int]:
        async with client_of(lambda _: httpx.Response(next(statuses), json={})) as client:
            answers = []
            for path in _DETAILS[:6]:
                answers.append(await client.get_json(path, entity="detail"))
                await asyncio.sleep(200)  # each of them within the patience, all of them beyond it
            return [answer.attempts for answer in answers]

    assert run_virtually(night()) == [2] * 6


def test_an_entity_without_usable_answers_is_given_up_though_others_have_some() -> None:
    async def refuse_details(request: httpx.Request) -> httpx.Response:
        is_detail = request.url.path.startswith("/plants/")
        return httpx.Response(429 if is_detail else 200, json={})

    async def both() -> tuple[list[Any], list[Any]]:
        async with client_of(refuse_details) as client:

            async def list_often() -> None:
                for _ in range(400):
                    await client.get_json("/list", entity="list")
                    await asyncio.sleep(1)

            listing = asyncio.create_task(list_often())
            answers = await call_each(range(5000), lambda n: client.get_json(f"/plants/{n}", entity="detail"))
            listing.cancel()
            return [answer for _, answer in answers], []

    (answers, _), seconds = run_virtually(timed(both()))
    assert all(isinstance(answer, SourceUnavailable) for answer in answers)
    assert seconds <= 400


def test_runs_of_long_ago_are_forgotten_although_the_source_never_came_back() -> None:
    budget, day_s = Budget(), 86_400.0
    for number in range(100):
        at_s, run = number * day_s, f"run-{number}"
        budget = budget.fail(at_s, run).give_up(run, "down")
    assert list(budget.failing_since_s) == [f"run-{number}" for number in range(99, 92, -1)]
    assert set(budget.given_up) == set(budget.failing_since_s)
    assert budget.fail(at_s + 60, run).failing_since_s[run] == at_s  # the first failure of a run counts
