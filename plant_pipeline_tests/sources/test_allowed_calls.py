"""What each source's client sends, and refuses to send, whoever asks it to."""

import asyncio
from typing import Any

import httpx
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import CallNotAllowed, SourceError
from plant_pipeline.http import HttpClient
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.source import Source

_BASE = "https://api.test/prefix"
_PLANT = "7e57c0de-0000-4000-8000-000000000001"
_ALLOWED = {
    "ravenwits": ["/api/v0/plants/", "/api/v0/forecasts/normalized/?timezone=UTC", "/api/v0/unavailabilities/"],
    "voke": [
        "/api/v1/plants?page=1",
        f"/api/v1/plants/{_PLANT}",
        "/api/v1/plants/certificate-stats",
        f"/api/v1/plants/{_PLANT}/sub-devices",
        f"/api/v1/plants/{_PLANT}/energy/today",
        f"/api/v1/plants/{_PLANT}/commands",
        "/api/v1/alerts",
        f"/api/v1/telemetry?plantId={_PLANT}",
        f"/api/v1/telemetry/{_PLANT}/latest",
    ],
    "flexmeasures": [
        "/api/v3_0/assets",
        "/api/v3_0/assets/types",
        "/api/v3_0/assets/5",
        "/api/v3_0/assets/5/kpis?start=x",
        "/api/v3_0/sensors",
        "/api/v3_0/sensors/7/data",
        "/api/v3_0/sensors/7/stats",
        "/api/dev/sensor/7/chart_data",
    ],
}
_REFUSED = {
    "ravenwits": ["GET /api/v0/plants", "POST /api/v0/plants/", "DELETE /api/v0/plants/5/", "GET /api/v0/strategies/u"],
    "voke": [
        f"GET /api/v1/plants/{_PLANT}/provision/download",
        f"POST /api/v1/plants/{_PLANT}/suspend",
        f"POST /api/v1/plants/{_PLANT}/commands",
        f"PATCH /api/v1/plants/{_PLANT}",
        f"DELETE /api/v1/plants/{_PLANT}",
        "POST /api/v1/plants",
        f"GET /api/v1/plants/x/../{_PLANT}/provision/download",
        "GET /api/v1/plants/..",
        f"GET /api/v1/plants/{_PLANT}%2Fprovision%2Fdownload",
        f"GET /api/v1/plants/{_PLANT}/sub-devices/",
        "GET /api/v1/plants/",
    ],
    "flexmeasures": [
        "DELETE /api/v3_0/assets/5",
        "PATCH /api/v3_0/assets/5",
        "POST /api/v3_0/sensors/7/data",
        "POST /api/v3_0/assets/5/schedules/trigger",
        "GET /api/v3_0/assets/5/auditlog/x",
        "GET /logged-in-user",
    ],
}


def _do(source: Source, work: Any) -> list[httpx.Request]:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=[])

    settings = SourceSettings(source.name, _BASE, token="token-12345")

    async def run() -> None:
        async with source.client(settings, transport=httpx.MockTransport(answer)) as client:
            await work(client)

    asyncio.run(run())
    return sent


@pytest.mark.parametrize(("source", "path"), [(s, path) for s in SOURCES for path in _ALLOWED[s.name]])
def test_what_is_read_is_allowed(source: Source, path: str) -> None:
    (request,) = _do(source, lambda client: client.get_json(path))
    assert request.url.raw_path.decode().startswith("/prefix/api/")


@pytest.mark.parametrize(("source", "call"), [(s, call) for s in SOURCES for call in _REFUSED[s.name]])
def test_anything_else_raises_and_is_not_sent(source: Source, call: str) -> None:
    method, _, path = call.partition(" ")

    async def ask(client: HttpClient) -> None:
        with pytest.raises(CallNotAllowed, match=f"{method} is not on the list"):
            await client._http.request(method, _BASE + path)
        if method == "GET":
            with pytest.raises(SourceError, match="was not sent"):
                await client.get_json(path)

    assert _do(source, ask) == []


@pytest.mark.parametrize("url", ["https://elsewhere.test/prefix/api/v1/plants", "http://api.test/prefix/api/v1/plants"])
def test_nor_is_another_host(url: str) -> None:
    voke = next(source for source in SOURCES if source.name == "voke")

    async def ask(client: HttpClient) -> None:
        with pytest.raises(CallNotAllowed):
            await client._http.get(url)

    assert _do(voke, ask) == []
