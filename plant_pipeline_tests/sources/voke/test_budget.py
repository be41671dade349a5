"""Nights of 300 plants against a server that takes only so many calls, in virtual time, down to the tables."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.http.limited_server import Counted, FixedWindow, SlidingWindow
from plant_pipeline_tests.http.virtual_time import VirtualLoop, virtual_now
from plant_pipeline_tests.sources.fake_api import Puller
from plant_pipeline_tests.sources.voke.conftest import PLANTS, VokeApi, by_page, detail, listed, page, plant_id

_PLANTS = range(1, 301)


class _Virtual(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return VirtualLoop()


@pytest.fixture(autouse=True)
def in_virtual_time() -> Iterator[None]:
    asyncio.set_event_loop_policy(_Virtual())
    yield
    asyncio.set_event_loop_policy(None)


class _Night:
    """A Voke that counts its calls."""

    def __init__(self, warehouse: Warehouse, archive: Path, limit: Counted, **refusal: str) -> None:
        self.api, self.limit, self.refusal = VokeApi(), limit, refusal
        numbers = list(_PLANTS)
        pages: dict[str, object] = {
            str(n): page([listed(i) for i in numbers[100 * (n - 1) : 100 * n]], 300, n) for n in (1, 2, 3)
        }
        self.api.on(PLANTS, by_page(pages))
        for number in numbers:
            self.api.on(f"{PLANTS}/{plant_id(number)}", detail(number))
        self.refused = self.asked = 0
        self.began_s, self.seconds = 0.0, 0.0
        settings = SourceSettings("voke", "https://voke.test", token="vk-token-91c2")
        self.puller = Puller(VOKE, settings, self.api, warehouse, archive)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        self.seconds = asyncio.get_running_loop().time()
        self.asked += 1
        if not self.limit.takes(self.began_s + self.seconds):
            self.refused += 1
            return httpx.Response(429, headers={name.replace("_", "-"): text for name, text in self.refusal.items()})
        return self.api(request)

    def pull(self, entity: str = "plant") -> Any:
        transport = httpx.MockTransport(self.answer)
        return self.puller(entity, transport=transport, sleep=asyncio.sleep, clock=virtual_now)


def test_300_plants_at_120_calls_a_minute(warehouse: Warehouse, tmp_path: Path) -> None:
    night = _Night(warehouse, tmp_path, SlidingWindow(120))
    outcome = night.pull()
    assert (outcome.state, outcome.got, outcome.failed) == ("complete", 300, 0)
    assert night.refused <= 20
    assert night.seconds <= 300
    assert night.puller.column("select count(*) from voke.plant where latitude is not null") == [300]
    ((calls, window_s),) = [
        tuple(row.values())
        for row in night.puller.rows("select limit_calls, limit_window_s from landing.source_budget")
    ]
    assert (calls, window_s) == (120, 60)


def test_details_that_are_all_refused_end_in_minutes_and_name_the_plants(warehouse: Warehouse, tmp_path: Path) -> None:
    night = _Night(warehouse, tmp_path, FixedWindow(3, window_s=1e9), Retry_After="1")
    outcome = night.pull()
    assert (outcome.state, outcome.got) == ("complete", 300)  # the listing; each plant is present
    missing = night.puller.outcome_of("plant_detail")
    assert (missing["state"], missing["failed"]) == ("failed", 300)
    assert missing["message"].startswith("no detail of FVE Gate 1, FVE Gate 2, FVE Gate 3, ")
    assert "FVE Gate 20 and 280 more; first: voke: " in missing["message"]
    assert night.seconds <= 300
    # What follows in the same run is not asked for.
    asked = night.asked
    certificates = night.pull("certificate_stats")
    assert certificates.state == "failed"
    assert "not asked: answered 429, to be asked again after 1 s" in certificates.message
    assert night.asked == asked


def test_an_hour_named_is_the_end_at_once(warehouse: Warehouse, tmp_path: Path) -> None:
    night = _Night(warehouse, tmp_path, FixedWindow(3, window_s=1e9), Retry_After="3600")
    night.pull()
    assert night.seconds < 1
    assert night.refused <= 10
    message = night.puller.outcome_of("plant_detail")["message"]
    assert "answered 429, to be asked again after 3600 s, not before 2026-03-10 05:00:00 UTC; given up" in message
    again = replace(night.puller)
    assert again("certificate_stats", "run-2", sleep=asyncio.sleep, clock=virtual_now).state == "failed"
    assert f"{PLANTS}/certificate-stats" not in {request.url.path for request in night.api.requests}
