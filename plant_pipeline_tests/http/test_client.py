import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged
from plant_pipeline.http import (
    Answer,
    HttpClient,
    RetryPolicy,
    StaticHeaders,
    call_each,
)
from plant_pipeline_tests.http.server import (
    DATA,
    LOGIN,
    NOW,
    Respond,
    Server,
    failing,
    login_token,
    ok,
    run,
    status,
)


# -- requests --
def test_a_query_is_encoded_and_one_in_the_path_is_kept(server: Server) -> None:
    server.on(DATA, ok())

    async def calls(client: HttpClient) -> None:
        await client.get_json(DATA, {"start": "2026-03-28T00:00:00+01:00", "fields": "id|name", "page": 2})
        await client.get_json(f"{DATA}?cursor=abc")
        await client.get_json(DATA, {"plant": ["A", "B C"]})

    run(server.client(), calls)
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


# -- side by side --
def test_no_more_calls_at_once_than_allowed(server: Server) -> None:
    server.on(DATA, ok())
    run(server.client(concurrency=3), lambda c: call_each(range(20), lambda _: c.get_json(DATA)))
    assert server.busiest == 3


def test_the_results_keep_the_order_of_the_items_and_an_error_is_a_result(server: Server) -> None:
    server.on("/1", ok({"n": 1})).on("/2", status(404)).on("/3", ok({"n": 3}))
    results = run(server.client(), lambda c: call_each([1, 2, 3], lambda i: c.get_json(f"/{i}")))
    assert [item for item, _ in results] == [1, 2, 3]
    assert [type(result) for _, result in results] == [Answer, SourceRejected, Answer]


# -- archiving --
def test_every_answer_of_a_named_entity_is_archived_as_it_came(server: Server) -> None:
    server.on(DATA, status(500, {"error": "x"}), lambda _: httpx.Response(200, content=b'{"b": 1}'))
    server.get()
    assert [(r.http_status, r.body, r.attempt, r.received_at) for r in server.archived] == [
        (500, b'{"error":"x"}', 1, NOW),
        (200, b'{"b": 1}', 2, NOW),
    ]
    assert {(r.entity, r.path) for r in server.archived} == {("data", DATA)}


def test_an_answer_that_came_compressed_is_archived_uncompressed(server: Server) -> None:
    body = gzip.compress(b"[1, 2]")
    server.on(DATA, lambda _: httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})).get()
    assert server.archived[0].body == b"[1, 2]"


def test_logins_and_calls_without_entity_are_never_archived(server: Server) -> None:
    server.on(LOGIN, ok({"token": "token-1"})).on(DATA, ok())
    run(server.client(login_token()), lambda c: c.get_json(DATA))
    assert server.archived == []


# -- uploads --
_SIGNED = "https://store.example/bucket/part%20001.csv?X-Amz-Credential=AKIA%2F20260310&X-Amz-Signature=dead+beef%3D&b="


def _put(server: Server, file: Path, url: str = _SIGNED, **options: Any) -> Answer:
    key = StaticHeaders({"Authorization": "Bearer key-12345"}, "key-12345")
    return run(server.client(key, **options), lambda c: c.put_file(url, file, "text/csv"))


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

    class Store(httpx.AsyncBaseTransport):  # a mock transport would keep the body of the first try
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            bodies.append(b"".join([block async for block in request.stream]))
            return httpx.Response(503 if len(bodies) == 1 else 200)

    _put(Server(), part, transport=Store())
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
        run(server.client(), lambda c: c.post_webhook(url, {"text": "hello"}))
    assert "chat.example" in str(refused.value)
    assert "secret-hook" not in str(refused.value) + everything_logged.text
    run(server.client(), lambda c: c.post_webhook(url, {"text": "hello"}))
    assert json.loads(server.requests[-1].content) == {"text": "hello"}
