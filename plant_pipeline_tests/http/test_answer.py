import pickle

import httpx
import pytest

from plant_pipeline.errors import SourceRejected, SourceShapeChanged
from plant_pipeline.http import HttpClient, StaticHeaders
from plant_pipeline_tests.http.server import DATA, Server, ok, run, status


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 410, 413, 422, 451, 501, 505])
def test_a_refusal_is_final_and_says_what_the_server_said(server: Server, code: int) -> None:
    error = server.on(DATA, status(code, {"message": {"json": {"start": ["Not a valid datetime."]}}})).refusal()
    assert isinstance(error, SourceRejected)
    assert (error.http_status, server.asked(DATA), server.waits) == (code, 1, [])
    assert "Not a valid datetime." in str(error)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Server, code: int) -> None:
    error = server.on(DATA, status(code, Location="https://elsewhere.example/")).refusal()
    assert isinstance(error, SourceRejected)
    assert str(error) == (
        f"sun: /data: answered {code}, a redirect to https://elsewhere.example/, which is not followed: "
        "check the base URL"
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "No."}, "No."),
        ({"errors": ["a", "b"]}, '["a","b"]'),
        ({"code": "FORBIDDEN", "message": "Not yours", "statusCode": 400}, "FORBIDDEN; Not yours"),
        ({"plant_id": ["This field is required."]}, "This field is required."),
        ({"message": "line\n\x00break"}, "line \ufffdbreak"),
        ("just text", "answered 400"),
        (None, "answered 400"),
        ({"message": "x" * 5000}, "x" * 300),
    ],
)
def test_error_bodies_of_any_shape(server: Server, body: object, said: str) -> None:
    message = str(server.on(DATA, status(400, body)).refusal())
    assert said in message
    assert message.isprintable()
    assert len(message) < 400


def test_errors_of_a_worker_reach_its_parent(server: Server) -> None:
    error = server.on(DATA, status(404)).refusal()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- what a process pool does with it


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/login?next=key-12345", "a redirect to https://api.sun.example/login,"),
        ("https://user:pw-9876@www.sun.example/x?token=abc", "a redirect to https://www.sun.example/x,"),
        ("https://www.sun.example/key-12345/", "a redirect to https://www.sun.example/***/,"),
        ("", "a redirect to nowhere,"),
    ],
)
def test_a_redirect_says_where_to_without_secrets(server: Server, location: str, said: str) -> None:
    server.on(DATA, lambda _: httpx.Response(302, headers={"Location": location}))
    message = str(server.refusal(credentials=StaticHeaders({"X-API-Key": "key-12345"}, "key-12345")))
    assert said in message


@pytest.mark.parametrize("code", [204, 205])
def test_an_answer_without_content_is_no_answer_and_not_asked_for_again(server: Server, code: int) -> None:
    error = server.on(DATA, lambda _: httpx.Response(code)).refusal()
    assert isinstance(error, SourceShapeChanged)
    assert f"answered {code}, no content" in str(error)
    assert server.asked(DATA) == 1


def test_a_part_of_an_answer_is_no_answer(server: Server) -> None:
    error = server.on(DATA, status(206, [1, 2], Content_Range="items 0-1/9")).refusal()
    assert isinstance(error, SourceShapeChanged)
    assert "answered 206, a part" in str(error)


def test_what_a_page_of_a_proxy_says_is_not_what_the_api_says(server: Server) -> None:
    said = server.on(DATA, status(404, {"error": "no such plant"})).refusal()
    assert (said.is_absence, said.said) == (True, "no such plant")
    page = server.on(DATA, lambda _: httpx.Response(404, html="<html>nginx</html>")).refusal()
    assert (page.is_absence, page.said) == (False, None)


def test_cookies_are_not_kept(server: Server) -> None:
    server.on(DATA, ok(**{"Set-Cookie": "session=1; Path=/"}))

    async def twice(client: HttpClient) -> None:
        await client.get_json(DATA)
        await client.get_json(DATA)

    run(server.client(), twice)
    assert ["Cookie" in request.headers for request in server.requests] == [False, False]
