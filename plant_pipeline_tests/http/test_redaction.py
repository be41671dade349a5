import json
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest

from plant_pipeline.errors import SourceError, SourceRejected
from plant_pipeline.http import Answer, StaticHeaders, call_each
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
@pytest.mark.parametrize("secret", [PASSWORD, "token-1-abcdef"])
def test_no_secret_in_messages_logs_and_archive(
    server: Server,
    everything_logged: pytest.LogCaptureFixture,
    echo: Callable[[str], Respond],
    secret: str,
) -> None:
    server.on(LOGIN, ok({"token": "token-1-abcdef"})).on(DATA, echo(secret))
    credentials = login_token()
    client = server.client(credentials)
    with pytest.raises(SourceError) as refused:
        run(client, lambda c: c.get_json(f"{DATA}?key={quote(secret, safe='')}", entity="data"))
    error = refused.value
    seen = [repr(error), str(error), repr(error.__cause__), repr(credentials), repr(client), repr(server.archived)]
    _assert_unseen(secret, *seen, everything_logged.text)
    assert all(secret.encode() not in received.body for received in server.archived)
    # The name of what failed is not lost with it.
    assert str(error).startswith("sun: /data: ")


def test_a_text_is_cut_after_its_secrets_are_gone(server: Server) -> None:
    server.on(DATA, status(400, {"message": "x" * 290 + "token-1-abcdef"}))
    error = server.refusal(credentials=StaticHeaders({"X-API-Key": "token-1-abcdef"}, "token-1-abcdef"))
    assert "token" not in str(error)


@pytest.mark.parametrize(
    ("key", "sent", "kept"),
    [
        ("key-12345", b'{"you": "Bearer key-12345"}', b'{"you": "Bearer ***"}'),
        ("key/12345+x", b'{"you": "key\\/12345+x"}', b'{"you": "***"}'),
        ("key-12345", b'{"you": ["\\u006bey-12345"]}', b'{"you":["***"]}'),
        (PASSWORD, b'{"a": "Pa\\"ss w\\u00f6rd/+1"}', b'{"a": "***"}'),
        ("key-12345", b"<html>key-12345</html>", b"<html>***</html>"),
    ],
)
def test_a_credential_that_the_server_repeats_is_kept_as_stars(
    server: Server, everything_logged: pytest.LogCaptureFixture, key: str, sent: bytes, kept: bytes
) -> None:
    server.on(DATA, lambda _: httpx.Response(200 if sent.startswith(b"{") else 404, content=sent))
    client = server.client(StaticHeaders({"X-API-Key": "sent"}, key))
    results = run(client, lambda c: call_each([DATA], lambda path: c.get_json(path, entity="data")))
    assert [received.body for received in server.archived] == [kept]
    ((_, answer),) = results
    if isinstance(answer, Answer):
        assert (answer.body, answer.json) == (kept, json.loads(kept))
    assert "kept as ***" in everything_logged.text
    _assert_unseen(key, everything_logged.text)


@pytest.mark.parametrize("password", ["solar", "no", "pv2024", "12345678", "photovoltaics"])
def test_a_password_that_is_a_word_changes_nothing_but_fields_that_hold_passwords(
    server: Server, password: str
) -> None:
    record = {"technology_type": password, "name": f"{password} park", "login": {"Password": password, "n": 1}}
    server.on(DATA, ok([record]))
    answer = server.get(credentials=StaticHeaders({}, password))
    kept = {**record, "login": {"Password": "***", "n": 1}}
    assert answer.json == [kept]
    assert [json.loads(received.body) for received in server.archived] == [[kept]]


def test_a_malformed_header_does_not_show_itself(server: Server) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"Illegal header value {request.headers['X-Key'].encode()!r}", request=request)

    error = server.on(DATA, refuse).refusal(credentials=StaticHeaders({"X-Key": "odd\tkey"}, "odd\tkey"))
    assert isinstance(error, SourceRejected)
    assert "odd" not in str(error)
    error = server.refusal(credentials=StaticHeaders({"X-Key": "kéy-12345"}, "kéy-12345"))
    assert isinstance(error, SourceRejected)
    assert "12345" not in repr(error)


def test_an_answer_and_its_token_are_not_in_any_repr(server: Server) -> None:
    answer = server.on(DATA, ok({"token": "token-1-abcdef"}, **{"Set-Cookie": "session=token-1-abcdef"})).get()
    assert "token-1-abcdef" not in repr(answer) + repr(server.archived)


def test_httpx_does_not_log_addresses(server: Server, everything_logged: pytest.LogCaptureFixture) -> None:
    server.on(DATA, ok())
    run(server.client(), lambda c: c.get_json(DATA, {"signature": "abcdef"}))
    assert "abcdef" not in everything_logged.text


def test_a_code_that_holds_a_secret_is_none(server: Server) -> None:
    server.on(DATA, lambda _: httpx.Response(400, content=b"<Error><Code>SecretWordIsWrong</Code></Error>"))
    assert server.refusal().code == "SecretWordIsWrong"
    assert server.refusal(credentials=StaticHeaders({"X-API-Key": "SecretWord"}, "SecretWord")).code is None


def test_the_query_of_a_request_is_kept_without_its_secrets(server: Server) -> None:
    server.on(DATA, ok())
    credentials = StaticHeaders({"X-API-Key": "key-12345"}, "key-12345")
    client = server.client(credentials)
    params = {"start": "2026-03-28T00:00:00+01:00", "source": "7", "note": "by key-12345", "access_token": "other"}
    run(client, lambda c: c.get_json(DATA, params, entity="data"))
    run(server.client(), lambda c: c.get_json(DATA, entity="data"))
    assert [received.query for received in server.archived] == [
        "start=2026-03-28T00%3A00%3A00%2B01%3A00&source=7&note=by+***&access_token=***",
        None,
    ]
