from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.sources.fake_api import FakeApi, Handler, Puller, status

PLANTS = "/api/v1/plants"
ALERTS = "/api/v1/alerts"
STATS = f"{PLANTS}/certificate-stats"
ORGANIZATION_ID = "5d0a8a52-9b5e-4a52-8b0f-0c7f1b1d2e3f"
TEMPLATE_ID = "b2f6d1d4-3c55-4f0e-9a57-6f1c2d3e4f50"


def plant_id(number: int) -> str:
    return f"7e57c0de-0000-4000-8000-{number:012d}"


def listed(number: int = 1, **changes: object) -> dict[str, Any]:
    """A plant as the list gives it."""
    return {
        "activatedAt": "2025-04-01T08:30:00Z",
        "authFailureCount": 2,
        "authMethod": "MTLS",
        "certificateExpiresAt": "2027-04-01T08:30:00Z",
        "certificateFingerprint": "9f:3b:aa",
        "certificateSerialNumber": "00412",
        "createdAt": "2025-03-28T12:00:00Z",
        "id": plant_id(number),
        "lastAuthFailureAt": None,
        "lastSeenAt": "2026-03-10T03:58:12.250Z",
        "lifecycleStatus": "ACTIVE",
        "metadata": {"site": "north"},
        "name": f"FVE Gate {number}",
        "organizationId": ORGANIZATION_ID,
        "secretRotatedAt": None,
        "serialNumber": f"VK-{number:08d}",
        "status": "ONLINE",
        "template": {"id": TEMPLATE_ID, "name": "Cabinet", "level": "PLANT", "signals": [], "actions": []},
        "templateId": TEMPLATE_ID,
        "type": "GATEWAY",
        "updatedAt": "2026-02-02T02:02:02Z",
        **changes,
    }


def detail(number: int = 1, **changes: object) -> dict[str, Any]:
    """A plant as its own address gives it."""
    return {
        **listed(number),
        "alerts": [],
        "capacityKwh": 0,
        "configEnabled": True,
        "description": "",
        "esiState": "PLC_READY",
        "externalPlantId": None,
        "fvePeakPowerKwp": 480.5,
        "latitude": 50.11,
        "longitude": 14.62,
        "plantGroups": [],
        "plantWithLoad": True,
        "tag": None,
        **changes,
    }


def page(records: Sequence[object], total: object = None, number: int = 1) -> dict[str, Any]:
    """An answer of a paged list; `total` is what it claims (default: the truth)."""
    claimed = len(records) if total is None else total
    return {"data": list(records), "meta": {"limit": 100, "page": number, "total": claimed, "totalPages": 1}}


def envelope(http_status: int, code: str) -> Handler:
    """An error as Voke words it: statusCode is 400 whatever the status."""
    return status(http_status, {"statusCode": 400, "code": code, "error": "E", "message": "Said so", "details": {}})


def alert(number: int, plant: int = 1, **changes: object) -> dict[str, Any]:
    """An alert of a plant."""
    return {
        "id": f"alert-{number}",
        "plantId": plant_id(plant),
        "type": "THRESHOLD_EXCEEDED",
        "severity": "WARNING",
        "status": "ACTIVE",
        "message": "power below threshold",
        "createdAt": "2026-03-09T11:00:00Z",
        "updatedAt": "2026-03-09T11:00:00Z",
        "acknowledgedAt": None,
        "acknowledgedBy": None,
        "resolvedAt": None,
        **changes,
    }


def command(number: int, plant: int = 1, **changes: object) -> dict[str, Any]:
    """A command that was sent to a plant."""
    return {
        "id": f"command-{number}",
        "cmdId": f"c{number}",
        "plantId": plant_id(plant),
        "command": "setpoint",
        "payload": {"activePowerKw": 250},
        "response": None,
        "responseStatus": None,
        "sentAt": "2026-03-09T11:00:00Z",
        "ackedAt": None,
        "createdAt": "2026-03-09T10:59:59Z",
        **changes,
    }


class VokeApi(FakeApi):
    """A fake Voke with plants that have details, and no sub-devices unless said."""

    def has(self, *details: dict[str, Any]) -> "VokeApi":
        """These are all plants from now on."""
        self.on(PLANTS, page([listed_part(record) for record in details]))
        for record in details:
            self.on(f"{PLANTS}/{record['id']}", record)
        return self


def listed_part(record: dict[str, Any]) -> dict[str, Any]:
    """What the list tells of a plant."""
    return {name: value for name, value in record.items() if name in listed()}


def by_page(pages: dict[str, object]) -> Handler:
    """Pages by number, as JSON."""
    return lambda request: httpx.Response(200, json=pages[request.url.params["page"]])


@pytest.fixture
def api() -> VokeApi:
    return VokeApi()


@pytest.fixture
def pull(api: VokeApi, warehouse: Warehouse, tmp_path: Path) -> Puller:
    settings = SourceSettings("voke", "https://voke.test", account=ORGANIZATION_ID, token="vk-token-91c2")
    return Puller(VOKE, settings, api, warehouse, tmp_path / "archive")
