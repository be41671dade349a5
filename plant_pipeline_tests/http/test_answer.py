import pickle

import pytest

from plant_pipeline.errors import SourceRejected
from plant_pipeline_tests.http.server import DATA, Server, status


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 410, 413, 422, 451])
def test_a_refusal_is_final_and_says_what_the_server_said(server: Server, code: int) -> None:
    error = server.on(DATA, status(code, {"message": {"json": {"start": ["Not a valid datetime."]}}})).refusal()
    assert isinstance(error, SourceRejected)
    assert (error.http_status, server.asked(DATA), server.waits) == (code, 1, [])
    assert "Not a valid datetime." in str(error)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Server, code: int) -> None:
    error = server.on(DATA, status(code, Location="https://elsewhere.example/")).refusal()
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
    message = str(server.on(DATA, status(400, body)).refusal())
    assert said in message
    assert message.isprintable()
    assert len(message) < 400


def test_errors_of_a_worker_reach_its_parent(server: Server) -> None:
    error = server.on(DATA, status(404)).refusal()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- what a process pool does with it
