"""One running sandbox with a stopped clock for all tests that only read from it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from plant_pipeline.sandbox import flexmeasures, ravenwits, voke
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World

# A Wednesday; Europe has had its 25-hour day (25 October) and its 23-hour day (29 March) of the year.
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with serve(clock=lambda: NOW) as running:
        yield running


@pytest.fixture(scope="session")
def world() -> World:
    return World.default()


@pytest.fixture(scope="session")
def web() -> Iterator[httpx.Client]:
    """A client without any header: making one costs more than a request."""
    with httpx.Client() as client:
        yield client


@pytest.fixture(scope="session")
def ravenwits_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {ravenwits.STATIC_KEY}"}
    with httpx.Client(base_url=f"{sandbox.base_url}/ravenwits", headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def voke_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {voke.TOKEN}", "x-org-id": sandbox.environment["VOKE_ORG_ID"]}
    with httpx.Client(base_url=f"{sandbox.base_url}/voke", headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def flexmeasures_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.base_url}/flexmeasures") as client:
        login = {"email": flexmeasures.EMAIL, "password": flexmeasures.PASSWORD}
        answer = client.post("/api/requestAuthToken", json=login)
        client.headers["Authorization"] = answer.json()["auth_token"]
        yield client
