import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline_tests.sandbox.conftest import APIS

CSV = {"content-type": "text/csv"}
BODY = b"farm_id,measured_value\nx,1\n"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 18, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(clock: Clock) -> Iterator[Sandbox]:
    with serve(clock=clock) as running:
        yield running


def _token(web: httpx.Client, sandbox: Sandbox, **changes: str) -> httpx.Response:
    body = {
        "client_id": sandbox.environment["RAPTOR_CLIENT_ID"],
        "client_secret": sandbox.environment["RAPTOR_CLIENT_SECRET"],
        "audience": "api://customer-api",
        **changes,
    }
    return web.post(f"{sandbox.environment['RAPTOR_BASE_URL']}/oauth/token", json=body)


def _api(web: httpx.Client, sandbox: Sandbox, path: str, token: str | None = None) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {token or _token(web, sandbox).json()['access_token']}"}
    url = f"{sandbox.environment['RAPTOR_BASE_URL']}/insights/api/v1/integrations/org_integrations{path}"
    return web.get(url, headers=bearer)


def _signed_url(web: httpx.Client, sandbox: Sandbox) -> str:
    url = _api(web, sandbox, f"/{sandbox.environment['RAPTOR_INTEGRATION_ID']}/signed_url").json()
    assert isinstance(url, str)
    return url


def test_token_and_integrations(web: httpx.Client, receiver: Sandbox) -> None:
    answer = _token(web, receiver).json()
    assert answer["expires_in"] == 86_400
    integrations = _api(web, receiver, "", answer["access_token"]).json()
    assert [(row["id"], row["enabled"]) for row in integrations] == [(4711, True), (4712, False)]
    assert set(integrations[0]) == {
        "id", "org_id", "api_type", "auth_info", "query_interval_secs", "settings", "enabled",
    }  # fmt: skip
    assert _api(web, receiver, "", APIS["raptor_maps"]["key"]).status_code == 200


def test_refused_tokens_and_integrations(web: httpx.Client, receiver: Sandbox) -> None:
    assert _token(web, receiver, client_secret="x").status_code == 401
    assert _token(web, receiver, audience="x").status_code == 403
    assert _token(web, receiver, client_id="").status_code == 400
    assert _api(web, receiver, "", "x").status_code == 401
    assert _api(web, receiver, "/1/signed_url").status_code == 404


def test_an_upload_is_kept_with_its_hash(web: httpx.Client, receiver: Sandbox) -> None:
    url = _signed_url(web, receiver)
    assert url.startswith(receiver.base_url)
    assert {"X-Amz-Signature", "X-Amz-Expires"} <= set(parse_qs(urlsplit(url).query))
    assert web.put(url, content=BODY, headers=CSV).status_code == 200
    (upload,) = receiver.uploads
    assert upload.path.read_bytes() == BODY
    assert upload.sha256 == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/csv; charset=utf-8"},
        {"content-type": "text/csv", "Authorization": "Bearer x"},
    ],
)
def test_what_the_signature_does_not_cover_is_refused(
    web: httpx.Client, receiver: Sandbox, headers: dict[str, str]
) -> None:
    answer = web.put(_signed_url(web, receiver), content=BODY, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/xml"
    assert not receiver.uploads


def test_a_url_is_good_once_and_for_a_quarter_of_an_hour(web: httpx.Client, receiver: Sandbox, clock: Clock) -> None:
    url, late = _signed_url(web, receiver), _signed_url(web, receiver)
    assert web.put(url, content=BODY, headers=CSV).status_code == 200
    assert web.put(url, content=BODY, headers=CSV).status_code == 403
    assert web.put(late.replace("X-Amz-Signature=", "X-Amz-Signature=0"), content=BODY, headers=CSV).status_code == 403
    clock.now += timedelta(minutes=15)
    assert web.put(late, content=BODY, headers=CSV).status_code == 403
    assert len(receiver.uploads) == 1


def test_the_length_must_be_announced(web: httpx.Client, receiver: Sandbox) -> None:
    answer = web.put(_signed_url(web, receiver), content=iter([BODY]), headers=CSV)
    assert answer.status_code == 411


def test_a_large_body_streams_through(web: httpx.Client, receiver: Sandbox) -> None:
    piece, pieces = b"0123456789\n" * 10_000, 100
    headers = {**CSV, "content-length": str(len(piece) * pieces)}
    answer = web.put(_signed_url(web, receiver), content=(piece for _ in range(pieces)), headers=headers)
    assert answer.status_code == 200
    assert receiver.uploads[0].path.stat().st_size == len(piece) * pieces
    assert receiver.uploads[0].sha256 == hashlib.sha256(piece * pieces).hexdigest()
