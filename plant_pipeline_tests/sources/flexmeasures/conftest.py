import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Handler, Puller

BASE_URL = "https://fm.test"
LOGIN = "/api/requestAuthToken"
TYPES = "/api/v3_0/assets/types"
ASSETS = "/api/v3_0/assets"
SENSORS = "/api/v3_0/sensors"
SETTINGS = SourceSettings("flexmeasures", BASE_URL, token="static-token-7f3a")
_PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> Any:
    """An answer of a real server (FlexMeasures 1.0.1), names changed."""
    return json.loads((_PAYLOADS / f"{name}.json").read_text("utf-8"))


def asset(number: int, name: str = "", **changes: object) -> dict[str, Any]:
    """An asset as the server writes one, JSON inside strings."""
    return {
        "id": number,
        "name": name or f"asset {number}",
        "account_id": 1,
        "generic_asset_type": {"id": 1, "name": "solar"},
        "latitude": 52.1,
        "longitude": 5.2,
        "attributes": "{}",
        "parent_asset_id": None,
        "external_id": None,
        "flex_model": "{}",
        **changes,
    }


def sensor(number: int, asset_id: int, **changes: object) -> dict[str, Any]:
    """A sensor as the server writes one."""
    return {
        "id": number,
        "name": f"sensor {number}",
        "unit": "kW",
        "timezone": "Europe/Amsterdam",
        "event_resolution": "PT15M",
        "generic_asset_id": asset_id,
        "attributes": "{}",
        **changes,
    }


def history(*events: str) -> dict[str, Any]:
    """The history of an asset, as documented: instants without an offset."""
    done = [
        {"event": event, "event_datetime": f"2026-02-01T10:00:{number:02}", "active_user_name": "Ada"}
        for number, event in enumerate(events)
    ]
    return {"data": done, "num_records": len(done), "filtered_records": len(done)}


def job(number: int, **changes: object) -> dict[str, Any]:
    """A job of an asset, as documented."""
    return {
        "job_id": f"job-{number}",
        "queue": "scheduling",
        "asset_or_sensor_type": "asset",
        "asset_id": 4,
        "status": "finished",
        "err": None,
        "enqueued_at": "2026-03-09T23:30:00",
        "metadata_hash": "abc123",
        **changes,
    }


def jobs(*numbers: int) -> dict[str, Any]:
    """What the server remembers of an asset's jobs."""
    return {"jobs": [job(number) for number in numbers], "redis_connection_err": None}


def sensor_status(number: int, **changes: object) -> dict[str, Any]:
    """The status of a sensor whose data are late, as a FlexMeasures 1.0.1 tells it."""
    status = {
        "asset_name": "INV-01",
        "id": number,
        "name": "ac_power",
        "reason": "most recent data is 2 days and 55.10 seconds old, but should not be more than 10 minutes old",
        "relation": "sensor belongs to this asset",
        "resolution": "PT5M",
        "source_type": "user",
        "stale": True,
        "staleness": "P2DT0H0M55.101539S",
        "staleness_since": "2026-03-08T04:00:00+00:00",
        **changes,
    }
    return {"sensors_data": [status], "status": 200}


def pages(records: Sequence[Any], *, per_page: int | None = None) -> Handler:
    """Pages as the server cuts them: an envelope if a page is asked for, a bare list else, 404 past the end."""

    def respond(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        if "page" not in params:
            return httpx.Response(200, json=records)
        size = per_page or int(params["per_page"])
        first = (int(params["page"]) - 1) * size
        part = records[first : first + size]
        if not part and first:
            return httpx.Response(404, json={"message": "Not found", "status": 404})
        total = {"num-records": len(records), "filtered-records": len(records), "status": 200}
        return httpx.Response(200, json={"data": part, **total})

    return respond


@dataclass
class FlexPuller(Puller):
    """Pulls FlexMeasures' entities, those of a day as well."""

    def __call__(
        self, entity: str, run_id: str = "run-1", at: datetime = AT, dates: Sequence[date] = (), **_: Any
    ) -> StreamOutcome:
        opened = partial(self.source.open_client, transport=httpx.MockTransport(self.api), sleep=_no_wait)
        source = replace(self.source, open_client=opened)
        run = Run(self.warehouse, FileArchive(self.archive), run_id, lambda: at)
        return pull_entity(run, source, source.entity(entity), self.settings, dates)


async def _no_wait(_seconds: float) -> None:
    return None


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def pull(api: FakeApi, warehouse: Warehouse, tmp_path: Path) -> FlexPuller:
    return FlexPuller(FLEXMEASURES, SETTINGS, api, warehouse, tmp_path / "archive")
