import asyncio
from collections.abc import Mapping

import httpx
import pytest

from plant_pipeline.errors import SourceUnavailable
from plant_pipeline.http import (
    Answer,
    HttpClient,
    RetryPolicy,
    call_each,
)
from plant_pipeline_tests.http.server import (
    DATA,
    Respond,
    Server,
    failing,
    ok,
    run,
    status,
)


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(502),
        status(503),
        status(504),
        status(408),
        status(425),
        failing(httpx.ConnectError, "refused"),
        failing(httpx.ReadTimeout),
        failing(httpx.RemoteProtocolError, "peer closed connection without sending complete message body"),
        failing(httpx.DecodingError, "incorrect header check"),
        lambda _: httpx.Response(200, content=b'{"data": [1, 2'),
        lambda _: httpx.Response(200, html="<html>Maintenance</html>"),
        lambda _: httpx.Response(200, content=b""),
        lambda _: httpx.Response(200, content=b"\xff\xfe\x00"),
    ],
)
def test_a_passing_fault_is_tried_again_and_ridden_out(server: Server, fault: Respond) -> None:
    answer = server.on(DATA, fault, fault, ok()).get()
    assert (answer.json, answer.attempts, server.asked(DATA)) == ({"ok": True}, 3, 3)
    # 0.4 s, then twice that, each plus up to a quarter.
    assert [0.4 <= server.waits[0] <= 0.5, 0.8 <= server.waits[1] <= 1.0] == [True, True]


@pytest.mark.parametrize(
    "fault",
    [status(500, {"error": "boom"}), failing(httpx.ConnectError, "refused"), lambda _: httpx.Response(200, text="hi")],
)
def test_a_fault_that_lasts_is_given_up_after_four_tries(server: Server, fault: Respond) -> None:
    error = server.on(DATA, fault).refusal()
    assert isinstance(error, SourceUnavailable)
    assert error.is_transient
    assert server.asked(DATA) == 4
    assert len(server.waits) == 3
    assert str(error).startswith("sun: /data: ")


def test_waits_grow_up_to_their_bound(server: Server) -> None:
    server.on(DATA, status(500)).refusal(retry=RetryPolicy(attempts=9))
    assert all(10.0 <= wait <= 12.5 for wait in server.waits[5:])  # 0.4 * 2**5 = 12.8 is above 10


def test_a_try_that_never_ends_is_cut(server: Server) -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    client = server.client(transport=httpx.MockTransport(hang), retry=RetryPolicy(attempts=2, longest_try_s=0.01))
    with pytest.raises(SourceUnavailable, match=r"no whole answer within 0\.01 s"):
        run(client, lambda c: c.get_json(DATA))


def test_tries_are_counted_for_the_outcome(server: Server) -> None:
    client = server.on(DATA, status(500), status(500), ok()).client()
    run(client, lambda c: c.get_json(DATA))
    assert (client.tally.calls, client.tally.retries) == (1, 2)


# -- being asked to wait --
@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("Tue, 10 Mar 2026 04:00:09 GMT", 9.0),
        ("Tue, 10 Mar 2026 05:00:08 +0100", 8.0),
        ("Tue, 10 Mar 2026 03:59:00 GMT", 0.0),
        ("Tue, 10 Mar 2026 04:00:09 -0000", 9.0),
    ],
)
def test_the_time_named_is_waited_for(server: Server, code: int, retry_after: str, wait_s: float) -> None:
    server.on(DATA, status(code, Retry_After=retry_after), ok()).get()
    assert server.waits == ([wait_s] if wait_s else [])


@pytest.mark.parametrize("retry_after", ["soon", "nan", "inf", ""])
def test_where_no_time_is_named_one_second_is_waited(server: Server, retry_after: str) -> None:
    server.on(DATA, status(429, Retry_After=retry_after), ok()).get()
    assert server.waits == [1.0]


def test_retry_after_on_any_other_answer_is_ignored(server: Server) -> None:
    server.on(DATA, ok(**{"Retry-After": "60"})).get()
    assert server.waits == []
    server.on(DATA, status(500, Retry_After="60"), ok()).get()
    assert server.waits[0] <= 0.5


@pytest.mark.parametrize(("headers", "first_s"), [({"Retry_After": "3"}, 3.0), ({}, 1.0)])
def test_a_server_that_wants_us_to_wait_is_waited_for_longer_and_longer(
    server: Server, headers: Mapping[str, str], first_s: float
) -> None:
    error = server.on(DATA, status(429, {"message": "slow down"}, **headers)).refusal()
    assert server.waits == [first_s, max(2.0, first_s), 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert sum(server.waits) <= 300
    assert error.http_status == 429
    assert "slow down" in str(error)


def test_a_call_that_is_refused_while_others_are_answered_is_given_up(server: Server) -> None:
    server.on(DATA, status(429)).on("/other", ok())

    async def both(client: HttpClient) -> list[object]:
        async def ask_others() -> None:
            while not refused.done():
                await client.get_json("/other")

        refused = asyncio.create_task(call_each([0], lambda _: client.get_json(DATA)))
        await ask_others()
        return [result for _, result in await refused]

    (error,) = run(server.client(), both)
    assert isinstance(error, SourceUnavailable)
    assert server.asked(DATA) == 8


# -- a source that is down --
def test_a_source_that_does_not_answer_is_not_asked_for_everything(server: Server) -> None:
    server.on(DATA, failing(httpx.ConnectTimeout))
    policy = RetryPolicy(attempts=2, give_up_after=3)
    client = server.client(retry=policy, concurrency=2)
    answers = run(client, lambda c: call_each(range(100), lambda _: c.get_json(DATA)))
    assert all(isinstance(answer, SourceUnavailable) for _, answer in answers)
    assert "taken to be down" in str(answers[-1][1])
    # Two at a time: the two that are under way when the third fails may each make one more try.
    assert server.asked(DATA) <= 2 * 3 + 2


def test_any_answer_ends_the_count_of_unanswered_calls(server: Server) -> None:
    silent = failing(httpx.ConnectError)
    server.on(DATA, silent, silent, status(404), silent, silent, ok())

    async def calls(client: HttpClient) -> list[object]:
        return [result for i in range(6) for _, result in await call_each([i], lambda _: client.get_json(DATA))]

    results = run(server.client(retry=RetryPolicy(attempts=1, give_up_after=3)), calls)
    assert isinstance(results[-1], Answer)
