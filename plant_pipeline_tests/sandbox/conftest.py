"""One running sandbox with a stopped clock for all tests that only read from it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest

from plant_pipeline.sandbox.plants import DATA
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World

# What the APIs' own users know: the variables of each, and keys that never end.
APIS: Final = DATA["api"]
FLEXMEASURES_LOGIN: Final = {name.lower(): APIS["flexmeasures"]["variables"][name] for name in ("EMAIL", "PASSWORD")}
RAVENWITS_LOGIN: Final = {name.lower(): APIS["ravenwits"]["variables"][name] for name in ("EMAIL", "PASSWORD")}

# A Wednesday; Europe has had its 25-hour day (25 October) and its 23-hour day (29 March) of the year.
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with serve(clock=lambda: NOW) as running:
        yield running


@pytest.fixture(scope="session")
def world() -> World:
    return World.of()


@pytest.fixture(scope="session")
def web() -> Iterator[httpx.Client]:
    """A client without any header: making one costs more than a request."""
    with httpx.Client() as client:
        yield client


@pytest.fixture(scope="session")
def ravenwits_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {APIS['ravenwits']['key']}"}
    with httpx.Client(base_url=f"{sandbox.base_url}/ravenwits", headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def voke_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {
        "Authorization": f"Bearer {sandbox.environment['VOKE_TOKEN']}",
        "x-org-id": sandbox.environment["VOKE_ORG_ID"],
    }
    with httpx.Client(base_url=f"{sandbox.base_url}/voke", headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def flexmeasures_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.base_url}/flexmeasures") as client:
        answer = client.post("/api/requestAuthToken", json=FLEXMEASURES_LOGIN)
        client.headers["Authorization"] = answer.json()["auth_token"]
        yield client
