import json
from dataclasses import replace

import httpx
import pytest

from plant_pipeline_tests.sources.fake_api import FakeApi, Puller, status
from plant_pipeline_tests.sources.ravenwits.conftest import BASE_URL, LOGIN, PLANTS, plant

_EMAIL, _PASSWORD = "etl@owner.test", "correct-horse"


def _token(value: str) -> dict[str, str]:
    return {"token": value, "expires_at": "2026-03-10T16:00:00Z", "customer_name": "C", "customer_email": _EMAIL}


def _accepting(token: str) -> object:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] == f"Bearer {token}":
            return httpx.Response(200, json=[plant()])
        return httpx.Response(401, json={"detail": "Invalid token."})

    return handler


@pytest.fixture
def pull_by_login(pull: Puller) -> Puller:
    pull.settings = replace(pull.settings, token=None, email=_EMAIL, password=_PASSWORD)
    return pull


def test_a_static_key_is_sent_as_bearer_without_login(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, _accepting("static-key-7f3a"))
    assert pull("plant").state == "complete"
    assert [str(request.url) for request in api.requests] == [f"{BASE_URL}{PLANTS}"]


def test_a_refused_static_key_is_final(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, _accepting("another"))
    outcome = pull("plant")
    assert outcome.message is not None
    assert outcome.message.startswith("ravenwits: /api/v0/plants/: answered 401: Invalid token.")
    assert len(api.requests) == 1


def test_login_gives_the_token_and_is_never_archived(api: FakeApi, pull_by_login: Puller) -> None:
    api.on(LOGIN, _token("day-token-1")).on(PLANTS, _accepting("day-token-1"))
    assert pull_by_login("plant").state == "complete"
    login = api.requests[0]
    assert (login.method, login.url.path) == ("POST", LOGIN)
    assert json.loads(login.content) == {"email": _EMAIL, "password": _PASSWORD}
    assert "Authorization" not in login.headers
    assert pull_by_login.column("select distinct entity from landing.fetch") == ["plant"]


def test_a_token_that_has_ended_is_renewed_once(api: FakeApi, pull_by_login: Puller) -> None:
    api.on(LOGIN, _token("day-token-1"), _token("day-token-2")).on(PLANTS, _accepting("day-token-2"))
    assert pull_by_login("plant").state == "complete"
    assert (api.asked(LOGIN), api.asked(PLANTS)) == (2, 2)


def test_a_fresh_token_that_is_refused_too_ends_it(api: FakeApi, pull_by_login: Puller) -> None:
    api.on(LOGIN, _token("day-token-1"), _token("day-token-2")).on(PLANTS, _accepting("none"))
    assert pull_by_login("plant").state == "failed"
    assert (api.asked(LOGIN), api.asked(PLANTS)) == (2, 2)


def test_a_refused_login_is_final_and_names_no_secret(api: FakeApi, pull_by_login: Puller) -> None:
    api.on(LOGIN, status(401, {"error": f"Invalid credentials; {_PASSWORD} is wrong."}))
    outcome = pull_by_login("plant")
    assert outcome.message == "ravenwits: /api/v0/auth/login/: answered 401: Invalid credentials; *** is wrong."
    assert [request.url.path for request in api.requests] == [LOGIN]
    not_asked = pull_by_login("forecast")
    assert not_asked.state == "failed"
    assert len(api.requests) == 1


def test_a_login_without_token_is_another_shape(api: FakeApi, pull_by_login: Puller) -> None:
    api.on(LOGIN, {"access": "day-token-1"})
    outcome = pull_by_login("plant")
    assert outcome.message == "ravenwits: /api/v0/auth/login/: the login answer has no token"
