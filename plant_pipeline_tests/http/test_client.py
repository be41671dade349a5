"""The HTTP client against a transport in memory; nothing sleeps: waits are collected instead."""

import asyncio
import gzip
import json
import logging
import pickle
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pytest

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.http import (
    Answer,
    Authenticator,
    HttpClient,
    LoginToken,
    Received,
    RetryPolicy,
    StaticHeaders,
    call_each,
    token_from,
)

_NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
_PASSWORD = 'Pa"ss wörd/+1'
_LOGIN = "/login"
_DATA = "/data"

Respond = Callable[[httpx.Request], httpx.Response]
Result = TypeVar("Result")


def ok(body: object = None, **headers: str) -> Respond:
    return lambda _: httpx.Response(200, json={"ok": True} if body is None else body, headers=headers)


def status(code: int, body: object = None, **headers: str) -> Respond:
    return lambda _: httpx.Response(code, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def failing(error: type[httpx.RequestError], message: str = "") -> Respond:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error(message, request=request)

    return respond


@dataclass
class Server:
    """Answers of a path in turn, the last one again and again; remembers requests, waits and what was archived."""

    answers: dict[str, list[Respond]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    archived: list[Received] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    def on(self, path: str, *answers: Respond) -> "Server":
        self.answers[path] = list(answers)
        return self

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)  # others may come in between
        self.busy -= 1
        waiting = self.answers[request.url.path]
        return (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def asked(self, path: str) -> int:
        return sum(request.url.path == path for request in self.requests)

    def client(self, authenticator: Authenticator | None = None, **options: Any) -> HttpClient:
        return HttpClient(
            "sun",
            "https://api.sun.example/",
            authenticator,
            **{
                "transport": httpx.MockTransport(self),
                "sleep": self.sleep,
                "clock": lambda: _NOW,
                "recorder": self.archived.append,
                **options,
            },
        )

    def get(self, path: str = _DATA, **options: Any) -> Answer:
        return _run(self.client(**options), lambda client: client.get_json(path, entity="data"))

    def refusal(self, path: str = _DATA, **options: Any) -> SourceError:
        with pytest.raises(SourceError) as refused:
            self.get(path, **options)
        return refused.value


def _run(client: HttpClient, call: Callable[[HttpClient], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with client:
            return await call(client)

    return asyncio.run(run())  # the client, with its locks, was made outside this loop


def login_token() -> LoginToken:
    async def login(client: HttpClient) -> str:
        answer = await client.post_json(_LOGIN, {"password": _PASSWORD}, authenticated=False)
        return token_from(answer, client.source, ("auth_token", "token"))

    return LoginToken(login, lambda token: {"Authorization": f"Bearer {token}"}, (_PASSWORD,))


@pytest.fixture
def server() -> Server:
    return Server()


# -- retries of a passing fault --
@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(502),
        status(503),
        status(504),
        status(501),
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
    answer = server.on(_DATA, fault, fault, ok()).get()
    assert (answer.json, answer.attempts, server.asked(_DATA)) == ({"ok": True}, 3, 3)
    # 0.4 s, then twice that, each plus up to a quarter.
    assert [0.4 <= server.waits[0] <= 0.5, 0.8 <= server.waits[1] <= 1.0] == [True, True]


@pytest.mark.parametrize(
    "fault",
    [status(500, {"error": "boom"}), failing(httpx.ConnectError, "refused"), lambda _: httpx.Response(200, text="hi")],
)
def test_a_fault_that_lasts_is_given_up_after_four_tries(server: Server, fault: Respond) -> None:
    error = server.on(_DATA, fault).refusal()
    assert isinstance(error, SourceUnavailable)
    assert error.is_transient
    assert server.asked(_DATA) == 4
    assert len(server.waits) == 3
    assert str(error).startswith("sun: /data: ")


def test_waits_grow_up_to_their_bound(server: Server) -> None:
    server.on(_DATA, status(500)).refusal(retry=RetryPolicy(attempts=9))
    assert all(10.0 <= wait <= 12.5 for wait in server.waits[5:])  # 0.4 * 2**5 = 12.8 is above 10


def test_a_try_that_never_ends_is_cut(server: Server) -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    client = server.client(transport=httpx.MockTransport(hang), retry=RetryPolicy(attempts=2, longest_try_s=0.01))
    with pytest.raises(SourceUnavailable, match=r"no whole answer within 0\.01 s"):
        _run(client, lambda c: c.get_json(_DATA))


def test_tries_are_counted_for_the_outcome(server: Server) -> None:
    client = server.on(_DATA, status(500), status(500), ok()).client()
    _run(client, lambda c: c.get_json(_DATA))
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
        ("86400", 120.0),  # a night is not waited for
    ],
)
def test_the_time_named_is_waited_for(server: Server, code: int, retry_after: str, wait_s: float) -> None:
    server.on(_DATA, status(code, Retry_After=retry_after), ok()).get()
    assert server.waits[0] == wait_s


@pytest.mark.parametrize("retry_after", ["soon", "nan", "inf", ""])
def test_a_time_that_is_none_is_not_waited_for(server: Server, retry_after: str) -> None:
    server.on(_DATA, status(429, Retry_After=retry_after), ok()).get()
    assert 0.4 <= server.waits[0] <= 0.5


def test_retry_after_on_any_other_answer_is_ignored(server: Server) -> None:
    server.on(_DATA, ok(**{"Retry-After": "60"})).get()
    assert server.waits == []
    server.on(_DATA, status(500, Retry_After="60"), ok()).get()
    assert server.waits[0] <= 0.5


@pytest.mark.parametrize("headers", [{"Retry_After": "1"}, {}])
def test_a_server_that_wants_us_to_wait_is_waited_for_longer(server: Server, headers: Mapping[str, str]) -> None:
    error = server.on(_DATA, status(429, {"message": "slow down"}, **headers)).refusal()
    assert server.asked(_DATA) == 8
    assert error.http_status == 429
    assert "slow down" in str(error)


def test_all_calls_of_the_client_wait_when_one_is_told_to(server: Server) -> None:
    server.on(_DATA, status(429, Retry_After="30"), ok()).on("/other", ok())

    async def both(client: HttpClient) -> None:
        await client.get_json(_DATA)
        server.waits.clear()
        await client.get_json("/other")

    _run(server.client(), both)
    assert len(server.waits) == 1
    assert 29 < server.waits[0] <= 30


# -- final answers --
@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 410, 413, 422, 451])
def test_a_refusal_is_final_and_says_what_the_server_said(server: Server, code: int) -> None:
    error = server.on(_DATA, status(code, {"message": {"json": {"start": ["Not a valid datetime."]}}})).refusal()
    assert isinstance(error, SourceRejected)
    assert (error.http_status, server.asked(_DATA), server.waits) == (code, 1, [])
    assert "Not a valid datetime." in str(error)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Server, code: int) -> None:
    error = server.on(_DATA, status(code, Location="https://elsewhere.example/")).refusal()
    assert isinstance(error, SourceRejected)
    assert "base URL" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "No."}, "No."),
        ({"errors": ["a", "b"]}, '["a","b"]'),
        ({"code": "FORBIDDEN", "message": "Not yours", "statusCode": 400}, "FORBIDDEN; Not yours"),
        ({"plant_id": ["This field is required."]}, "This field is required."),
        ({"message": "line\n\x00break"}, "line  break"),
        ("just text", "answered 400"),
        (None, "answered 400"),
        ({"message": "x" * 5000}, "x" * 300),
    ],
)
def test_error_bodies_of_any_shape(server: Server, body: object, said: str) -> None:
    message = str(server.on(_DATA, status(400, body)).refusal())
    assert said in message
    assert message.isprintable()
    assert len(message) < 400


def test_errors_of_a_worker_reach_its_parent(server: Server) -> None:
    error = server.on(_DATA, status(404)).refusal()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- what a process pool does with it


# -- a source that is down --
def test_a_source_that_does_not_answer_is_not_asked_for_everything(server: Server) -> None:
    server.on(_DATA, failing(httpx.ConnectTimeout))
    policy = RetryPolicy(attempts=2, give_up_after=3)
    client = server.client(retry=policy, concurrency=2)
    answers = _run(client, lambda c: call_each(range(100), lambda _: c.get_json(_DATA)))
    assert all(isinstance(answer, SourceUnavailable) for _, answer in answers)
    assert "taken to be down" in str(answers[-1][1])
    # Two at a time: the two that are under way when the third fails may each make one more try.
    assert server.asked(_DATA) <= 2 * 3 + 2


def test_any_answer_ends_the_count_of_unanswered_calls(server: Server) -> None:
    silent = failing(httpx.ConnectError)
    server.on(_DATA, silent, silent, status(404), silent, silent, ok())

    async def calls(client: HttpClient) -> list[object]:
        return [result for i in range(6) for _, result in await call_each([i], lambda _: client.get_json(_DATA))]

    results = _run(server.client(retry=RetryPolicy(attempts=1, give_up_after=3)), calls)
    assert isinstance(results[-1], Answer)


# -- side by side --
def test_no_more_calls_at_once_than_allowed(server: Server) -> None:
    server.on(_DATA, ok())
    _run(server.client(concurrency=3), lambda c: call_each(range(20), lambda _: c.get_json(_DATA)))
    assert server.busiest == 3


@pytest.mark.parametrize("concurrency", [1, 4])
def test_logins_and_renewals_need_no_place_of_their_own(server: Server, concurrency: int) -> None:
    def data(request: httpx.Request) -> httpx.Response:
        return ok()(request) if request.headers["Authorization"] == "Bearer second" else status(401)(request)

    server.on(_LOGIN, ok({"token": "first"}), ok({"token": "second"})).on(_DATA, data)
    client = server.client(login_token(), concurrency=concurrency)
    answers = _run(client, lambda c: asyncio.wait_for(call_each(range(20), lambda _: c.get_json(_DATA)), timeout=20))
    assert all(isinstance(answer, Answer) for _, answer in answers)
    assert server.asked(_LOGIN) == 2  # one login, and one renewal for all
    assert server.busiest <= concurrency


def test_the_results_keep_the_order_of_the_items_and_an_error_is_a_result(server: Server) -> None:
    server.on("/1", ok({"n": 1})).on("/2", status(404)).on("/3", ok({"n": 3}))
    results = _run(server.client(), lambda c: call_each([1, 2, 3], lambda i: c.get_json(f"/{i}")))
    assert [item for item, _ in results] == [1, 2, 3]
    assert [type(result) for _, result in results] == [Answer, SourceRejected, Answer]


# -- authorisation --
def test_a_static_key_that_is_refused_is_final(server: Server) -> None:
    error = server.on(_DATA, status(401)).refusal(authenticator=StaticHeaders({"X-API-Key": "key-12345"}, "key-12345"))
    assert (error.http_status, server.asked(_DATA)) == (401, 1)
    assert "a person has to check it" in str(error)


def test_an_ended_token_is_renewed_once_and_the_new_one_is_sent(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"}), ok({"token": "token-2"})).on(_DATA, status(401), ok())
    answer = server.get(authenticator=login_token())
    assert answer.attempts == 2
    sent = [r.headers.get("Authorization") for r in server.requests]
    assert sent == [None, "Bearer token-1", None, "Bearer token-2"]
    assert server.waits == []


def test_a_token_refused_after_renewal_is_final(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"})).on(_DATA, status(401, {"detail": "no"}))
    error = server.refusal(authenticator=login_token())
    assert (error.http_status, server.asked(_LOGIN), server.asked(_DATA)) == (401, 2, 2)


def test_a_call_renews_once_whatever_comes_between(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"}), ok({"token": "token-2"}))
    server.on(_DATA, status(401), status(503), status(401))
    assert server.refusal(authenticator=login_token()).http_status == 401
    assert (server.asked(_LOGIN), server.asked(_DATA)) == (2, 3)


def test_a_refused_login_is_final_for_all_calls_of_the_client(server: Server) -> None:
    server.on(_LOGIN, status(401, {"error": "Invalid credentials; incorrect password."})).on(_DATA, ok())
    results = _run(server.client(login_token()), lambda c: call_each(range(10), lambda _: c.get_json(_DATA)))
    assert {type(result) for _, result in results} == {SourceRejected}
    assert {result.path for _, result in results if isinstance(result, SourceError)} == {_LOGIN}
    assert (server.asked(_LOGIN), server.asked(_DATA)) == (1, 0)


def test_a_login_refused_at_renewal_is_final_for_all_calls(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"}), status(401)).on(_DATA, status(401))
    results = _run(server.client(login_token()), lambda c: call_each(range(10), lambda _: c.get_json(_DATA)))
    assert {type(result) for _, result in results} == {SourceRejected}
    assert server.asked(_LOGIN) == 2


def test_a_login_is_tried_again_after_a_passing_fault(server: Server) -> None:
    server.on(_LOGIN, status(503), ok({"auth_token": "token-1"})).on(_DATA, ok())
    server.get(authenticator=login_token())
    assert server.requests[-1].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 5}, {"token": "a\nb"}, {"token": "tök"}, [], "token"])
def test_a_login_answer_without_a_usable_token_is_a_changed_shape(server: Server, body: object) -> None:
    error = server.on(_LOGIN, ok(body)).refusal(authenticator=login_token())
    assert isinstance(error, SourceShapeChanged)
    assert "auth_token or token" in str(error)


def test_every_retry_is_signed_anew(server: Server) -> None:
    class Counting:
        count = 0

        async def headers(self, client: HttpClient) -> Mapping[str, str]:  # noqa: ARG002 -- the protocol's signature
            self.count += 1
            return {"Authorization": f"signature-{self.count}"}

        async def renew(self, *_: object) -> bool:
            return False

        def secrets(self) -> list[str]:
            return []

    server.on(_DATA, status(500), failing(httpx.ReadError), ok())
    server.get(authenticator=Counting())
    assert [r.headers["Authorization"] for r in server.requests] == ["signature-1", "signature-2", "signature-3"]


# -- requests --
def test_a_query_is_encoded_and_one_in_the_path_is_kept(server: Server) -> None:
    server.on(_DATA, ok())

    async def calls(client: HttpClient) -> None:
        await client.get_json(_DATA, {"start": "2026-03-28T00:00:00+01:00", "fields": "id|name", "page": 2})
        await client.get_json(f"{_DATA}?cursor=abc")
        await client.get_json(_DATA, [("plant", "A"), ("plant", "B C")])

    _run(server.client(), calls)
    queries = [request.url.raw_path.decode().partition("?")[2] for request in server.requests]
    assert queries == [
        "start=2026-03-28T00%3A00%3A00%2B01%3A00&fields=id%7Cname&page=2",
        "cursor=abc",
        "plant=A&plant=B+C",
    ]
    assert str(server.requests[0].url).startswith("https://api.sun.example/data?")


def test_a_real_socket_without_the_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        body = b'{"ok": tr' if len(requests) == 1 else b'{"ok": true}'  # the first one is cut
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    async def run() -> Answer:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with HttpClient("sun", f"http://127.0.0.1:{port}", retry=RetryPolicy(base_s=0)) as client:
                return await client.get_json("/data", {"at": "12:00+01:00"})

    reply = asyncio.run(run())
    assert (reply.json, reply.attempts) == ({"ok": True}, 2)
    assert requests[1].startswith(b"GET /data?at=12%3A00%2B01%3A00 HTTP/1.1\r\n")
    assert b"authorization" not in requests[1].lower()


@pytest.mark.parametrize("path", ["/a\x00b", "/a\nb"])
def test_an_address_that_cannot_be_asked_is_an_error_of_the_source(server: Server, path: str) -> None:
    assert isinstance(server.refusal(path), SourceRejected)
    assert server.requests == []


# -- JSON as it comes --
@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[NaN, Infinity, -Infinity, 1e999]", ["NaN", "Infinity", "-Infinity", "1e999"]),
        (b'["a\\ud83d", "\\ud83d\\ude00"]', ["a\ufffd", "\U0001f600"]),
        (b"[NaN, 9223372036854775807, 123456789012345678901234567890]", ["NaN", 2**63 - 1, 1.2345678901234568e29]),
        (b'"https://signed.example"', "https://signed.example"),
        (b"null", None),
    ],
)
def test_one_odd_value_does_not_cost_the_whole_answer(server: Server, body: bytes, value: object) -> None:
    assert server.on(_DATA, lambda _: httpx.Response(200, content=body)).get().json == value


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1,]", b"{'a': 1}", b"NaN2", b"[1] [2]"])
def test_what_is_no_json_is_none(server: Server, body: bytes) -> None:
    error = server.on(_DATA, lambda _: httpx.Response(200, content=body)).refusal()
    assert "not JSON" in str(error)


# -- archiving --
def test_every_answer_of_a_named_entity_is_archived_as_it_came(server: Server) -> None:
    server.on(_DATA, status(500, {"error": "x"}), lambda _: httpx.Response(200, content=b'{"b": 1}'))
    server.get()
    assert [(r.http_status, r.body, r.attempt, r.received_at) for r in server.archived] == [
        (500, b'{"error":"x"}', 1, _NOW),
        (200, b'{"b": 1}', 2, _NOW),
    ]
    assert {(r.entity, r.path) for r in server.archived} == {("data", _DATA)}


def test_an_answer_that_came_compressed_is_archived_uncompressed(server: Server) -> None:
    body = gzip.compress(b"[1, 2]")
    server.on(_DATA, lambda _: httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})).get()
    assert server.archived[0].body == b"[1, 2]"


def test_logins_and_calls_without_entity_are_never_archived(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"})).on(_DATA, ok())
    _run(server.client(login_token()), lambda c: c.get_json(_DATA))
    assert server.archived == []


# -- secrets --
@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def _spellings(secret: str) -> list[str]:
    return [secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")]


def _assert_unseen(secret: str, *texts: str) -> None:
    for text in texts:
        for spelling in _spellings(secret):
            assert spelling not in text


@pytest.mark.parametrize(
    "echo",
    [
        lambda secret: status(400, {"message": f"bad {secret}"}),
        lambda secret: status(400, {"errors": {"password": [secret]}}),
        lambda secret: status(500, {"detail": quote(secret, safe="")}),
        lambda secret: status(400, {"message": "x" * 295 + secret}),  # where the text is cut
        lambda secret: failing(httpx.ConnectError, f"cannot send {secret}"),
        lambda secret: lambda _: httpx.Response(200, content=b"x", headers={"Content-Type": quote(secret)}),
    ],
)
@pytest.mark.parametrize("secret", [_PASSWORD, "token-1-abcdef"])
def test_no_secret_in_messages_logs_and_archive(
    server: Server,
    everything_logged: pytest.LogCaptureFixture,
    echo: Callable[[str], Respond],
    secret: str,
) -> None:
    server.on(_LOGIN, ok({"token": "token-1-abcdef"})).on(_DATA, echo(secret))
    authenticator = login_token()
    client = server.client(authenticator)
    with pytest.raises(SourceError) as refused:
        _run(client, lambda c: c.get_json(f"{_DATA}?key={quote(secret, safe='')}", entity="data"))
    error = refused.value
    seen = [repr(error), str(error), repr(error.__cause__), repr(authenticator), repr(client), repr(server.archived)]
    _assert_unseen(secret, *seen, everything_logged.text)
    assert all(secret.encode() not in received.body for received in server.archived)
    # The name of what failed is not lost with it.
    assert str(error).startswith("sun: /data: ")


def test_a_text_is_cut_after_its_secrets_are_gone(server: Server) -> None:
    server.on(_DATA, status(400, {"message": "x" * 290 + "token-1-abcdef"}))
    error = server.refusal(authenticator=StaticHeaders({"X-API-Key": "token-1-abcdef"}, "token-1-abcdef"))
    assert "token" not in str(error)


def test_an_answer_that_repeats_a_credential_is_not_archived_and_that_is_said(
    server: Server, everything_logged: pytest.LogCaptureFixture
) -> None:
    server.on(_DATA, ok({"you": "key-12345"}))
    server.get(authenticator=StaticHeaders({"X-API-Key": "key-12345"}, "key-12345"))
    assert server.archived == []
    assert "not archived" in everything_logged.text
    assert "key-12345" not in everything_logged.text


def test_a_malformed_header_does_not_show_itself(server: Server) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"Illegal header value {request.headers['X-Key'].encode()!r}", request=request)

    error = server.on(_DATA, refuse).refusal(authenticator=StaticHeaders({"X-Key": "odd\tkey"}, "odd\tkey"))
    assert isinstance(error, SourceRejected)
    assert "odd" not in str(error)
    error = server.refusal(authenticator=StaticHeaders({"X-Key": "kéy-12345"}, "kéy-12345"))
    assert isinstance(error, SourceRejected)
    assert "12345" not in repr(error)


def test_an_answer_and_its_token_are_not_in_any_repr(server: Server) -> None:
    answer = server.on(_DATA, ok({"token": "token-1-abcdef"}, **{"Set-Cookie": "session=token-1-abcdef"})).get()
    assert "token-1-abcdef" not in repr(answer) + repr(server.archived)


def test_httpx_does_not_log_addresses(server: Server, everything_logged: pytest.LogCaptureFixture) -> None:
    server.on(_DATA, ok())
    _run(server.client(), lambda c: c.get_json(_DATA, {"signature": "abcdef"}))
    assert "abcdef" not in everything_logged.text


# -- uploads --
_SIGNED = "https://store.example/bucket/part%20001.csv?X-Amz-Credential=AKIA%2F20260310&X-Amz-Signature=dead+beef%3D&b="


def _put(server: Server, file: Path, url: str = _SIGNED, **options: Any) -> Answer:
    key = StaticHeaders({"Authorization": "Bearer key-12345"}, "key-12345")
    return _run(server.client(key, **options), lambda c: c.put_file(url, file, "text/csv"))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    file = tmp_path / "part.csv"
    file.write_bytes(b"a,b\n" * 500_000)  # more than one block of a MiB
    return file


def test_a_put_sends_the_bytes_with_exact_headers_and_without_authorization(server: Server, part: Path) -> None:
    bodies = []

    async def store(request: httpx.Request) -> httpx.Response:
        bodies.append(await request.aread())
        return httpx.Response(200)

    answer = _put(Server(), part, transport=httpx.MockTransport(store))
    assert answer.http_status == 200
    assert bodies == [part.read_bytes()]
    server.on("/bucket/part 001.csv", status(200))
    _put(server, part)
    (request,) = server.requests
    assert request.method == "PUT"
    assert str(request.url) == _SIGNED
    assert request.headers["Content-Type"] == "text/csv"
    assert request.headers["Content-Length"] == str(part.stat().st_size)
    for absent in ("Authorization", "Transfer-Encoding", "Cookie"):
        assert absent not in request.headers


def test_a_put_is_tried_again_from_its_first_byte(part: Path) -> None:
    bodies = []

    async def store(request: httpx.Request) -> httpx.Response:
        bodies.append(await request.aread())
        return httpx.Response(503 if len(bodies) == 1 else 200)

    _put(Server(), part, transport=httpx.MockTransport(store))
    assert bodies == [part.read_bytes()] * 2


@pytest.mark.parametrize(
    "refuse",
    [
        status(403, {"message": f"Request has expired: {_SIGNED}"}),
        status(403, {"error": "signature dead+beef= does not match"}),
        status(500, {"error": "X-Amz-Signature=dead%2Bbeef%3D"}),
        failing(httpx.ConnectError, f"cannot reach {_SIGNED}"),
        status(307, Location=_SIGNED),
    ],
)
def test_the_signature_of_a_put_is_in_no_message_and_no_log(
    server: Server, part: Path, refuse: Respond, everything_logged: pytest.LogCaptureFixture
) -> None:
    server.on("/bucket/part 001.csv", refuse)
    with pytest.raises(SourceError) as refused:
        _put(server, part)
    error = refused.value
    for hidden in ("beef", "AKIA", "X-Amz-Signature=dead"):
        assert hidden not in str(error) + repr(error) + repr(error.__cause__) + everything_logged.text
    assert "store.example" in str(error)
    assert server.archived == []


@pytest.mark.parametrize(
    "url", ["", "store.example/x", "ftp://store.example/x", "https://", "https://a:b:c/", "http://\x00"]
)
def test_a_put_to_what_is_no_address_is_refused_without_repeating_it(server: Server, part: Path, url: str) -> None:
    with pytest.raises(SourceShapeChanged, match="none"):
        _put(server, part, url)
    assert server.requests == []


def test_a_webhook_is_told_by_its_host_alone(server: Server, everything_logged: pytest.LogCaptureFixture) -> None:
    server.on("/hooks/T0/secret-hook", status(404, {"error": "no /hooks/T0/secret-hook"}), ok())
    url = "https://chat.example/hooks/T0/secret-hook"
    with pytest.raises(SourceRejected) as refused:
        _run(server.client(), lambda c: c.post_webhook(url, {"text": "hello"}))
    assert "chat.example" in str(refused.value)
    assert "secret-hook" not in str(refused.value) + everything_logged.text
    _run(server.client(), lambda c: c.post_webhook(url, {"text": "hello"}))
    assert json.loads(server.requests[-1].content) == {"text": "hello"}


# -- loops --
def test_locks_made_outside_a_loop_serve_inside_one_even_when_contended(server: Server) -> None:
    server.on(_LOGIN, ok({"token": "token-1"})).on(_DATA, ok())
    for _ in range(2):  # a loop and a client of its own each time, as in a night of several streams
        client = server.client(login_token(), concurrency=2)
        _run(client, lambda c: call_each(range(10), lambda _: c.get_json(_DATA)))
    assert server.asked(_LOGIN) == 2
