import asyncio
import json
from collections.abc import Generator

import httpx
import pytest

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged
from plant_pipeline.http import (
    Answer,
    RetryPolicy,
    StaticHeaders,
    call_each,
)
from plant_pipeline.http.auth import Credentials
from plant_pipeline_tests.http.server import (
    DATA,
    LOGIN,
    PASSWORD,
    Respond,
    Server,
    failing,
    login_token,
    ok,
    run,
    status,
)


def test_a_static_key_that_is_refused_is_final(server: Server) -> None:
    error = server.on(DATA, status(401)).refusal(credentials=StaticHeaders({"X-API-Key": "key-12345"}, "key-12345"))
    assert (error.http_status, server.asked(DATA)) == (401, 1)
    assert "a person has to check it" in str(error)


def test_an_ended_token_is_renewed_once_and_the_new_one_is_sent(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"}), ok({"token": "token-2"})).on(DATA, status(401), ok())
    answer = server.get(credentials=login_token())
    assert answer.attempts == 2
    sent = [r.headers.get("Authorization") for r in server.requests]
    assert sent == [None, "Bearer token-1", None, "Bearer token-2"]
    assert server.waits == []


def test_a_token_refused_after_renewal_is_final(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"})).on(DATA, status(401, {"detail": "no"}))
    error = server.refusal(credentials=login_token())
    assert (error.http_status, server.asked(LOGIN), server.asked(DATA)) == (401, 2, 2)


def test_a_call_renews_once_whatever_comes_between(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"}), ok({"token": "token-2"}))
    server.on(DATA, status(401), status(503), status(401))
    assert server.refusal(credentials=login_token()).http_status == 401
    assert (server.asked(LOGIN), server.asked(DATA)) == (2, 3)


def test_a_refused_login_is_final_for_all_calls_of_the_client(server: Server) -> None:
    server.on(LOGIN, status(401, {"error": "Invalid credentials; incorrect password."})).on(DATA, ok())
    results = run(server.client(login_token()), lambda c: call_each(range(10), lambda _: c.get_json(DATA)))
    assert {type(result) for _, result in results} == {SourceRejected}
    assert {result.path for _, result in results if isinstance(result, SourceError)} == {LOGIN}
    assert (server.asked(LOGIN), server.asked(DATA)) == (1, 0)


def test_a_login_refused_at_renewal_is_final_for_all_calls(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"}), status(401)).on(DATA, status(401))
    results = run(server.client(login_token()), lambda c: call_each(range(10), lambda _: c.get_json(DATA)))
    assert {type(result) for _, result in results} == {SourceRejected}
    assert server.asked(LOGIN) == 2


def test_a_login_is_tried_again_after_a_passing_fault(server: Server) -> None:
    server.on(LOGIN, status(503), ok({"auth_token": "token-1"})).on(DATA, ok())
    server.get(credentials=login_token())
    assert server.requests[-1].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 5}, {"token": "a\nb"}, {"token": "tök"}, [], "token"])
def test_a_login_answer_without_a_usable_token_is_a_changed_shape(server: Server, body: object) -> None:
    error = server.on(LOGIN, ok(body)).refusal(credentials=login_token())
    assert isinstance(error, SourceShapeChanged)
    assert "auth_token or token" in str(error)


def test_every_retry_is_signed_anew(server: Server) -> None:
    class Counting(Credentials):
        count = 0

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            self.count += 1
            request.headers["Authorization"] = f"signature-{self.count}"
            yield request

        def secrets(self) -> list[str]:
            return []

    server.on(DATA, status(500), failing(httpx.ReadError), ok())
    server.get(credentials=Counting())
    assert [r.headers["Authorization"] for r in server.requests] == ["signature-1", "signature-2", "signature-3"]


# -- many calls at once --
@pytest.mark.parametrize("concurrency", [1, 4])
def test_logins_and_renewals_need_no_place_of_their_own(server: Server, concurrency: int) -> None:
    def data(request: httpx.Request) -> httpx.Response:
        return ok()(request) if request.headers["Authorization"] == "Bearer second" else status(401)(request)

    server.on(LOGIN, ok({"token": "first"}), ok({"token": "second"})).on(DATA, data)
    client = server.client(login_token(), concurrency=concurrency)
    answers = run(client, lambda c: asyncio.wait_for(call_each(range(20), lambda _: c.get_json(DATA)), timeout=20))
    assert all(isinstance(answer, Answer) for _, answer in answers)
    assert server.asked(LOGIN) == 2  # one login, and one renewal for all
    assert server.busiest <= concurrency


def test_locks_made_outside_a_loop_serve_inside_one_even_when_contended(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"})).on(DATA, ok())
    for _ in range(2):  # a loop and a client of its own each time, as in a night of several streams
        client = server.client(login_token(), concurrency=2)
        run(client, lambda c: call_each(range(10), lambda _: c.get_json(DATA)))
    assert server.asked(LOGIN) == 2


def test_all_calls_wait_when_a_login_is_told_to(server: Server) -> None:
    waits_before_login: list[list[float]] = []

    def note_waits(respond: Respond) -> Respond:
        def noting(request: httpx.Request) -> httpx.Response:
            waits_before_login.append(list(server.waits))
            return respond(request)

        return noting

    server.on(LOGIN, note_waits(status(429, Retry_After="30")), note_waits(ok({"token": "token-1"}))).on(DATA, ok())
    answers = run(server.client(login_token()), lambda c: call_each(range(3), lambda _: c.get_json(DATA)))
    assert all(isinstance(answer, Answer) for _, answer in answers)
    assert waits_before_login == [[], [30.0]]


def test_a_login_that_gets_no_answer_is_named_and_counts_as_unanswered(server: Server) -> None:
    server.on(LOGIN, failing(httpx.ConnectError, f"cannot send {PASSWORD}"))
    client = server.client(login_token(), retry=RetryPolicy(attempts=2, give_up_after=2), concurrency=1)
    results = run(client, lambda c: call_each(range(3), lambda _: c.get_json(DATA)))
    messages = [str(error) for _, error in results]
    assert messages[0] == "sun: /login: no usable answer (ConnectError: cannot send ***)"
    assert "not asked" in messages[2]
    assert (server.asked(LOGIN), server.asked(DATA)) == (4, 0)


def test_a_login_is_sent_as_any_other_request_is(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"})).on(DATA, ok())
    server.get(credentials=login_token())
    login, data = server.requests
    assert (login.method, json.loads(login.content)) == ("POST", {"password": PASSWORD})
    assert login.extensions["timeout"] == data.extensions["timeout"]
    assert [login.headers[name] for name in ("User-Agent", "Accept")] == ["plant-pipeline", "application/json"]
