from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.sources.fake_api import FakeApi, Puller

PLANTS = "/api/v0/plants/"
LOGIN = "/api/v0/auth/login/"
UNAVAILABILITIES = "/api/v0/unavailabilities/"
FORECAST = "/api/v0/forecasts/normalized/"
BASE_URL = "https://ravenwits.test"


def plant(number: int = 1, **changes: object) -> dict[str, Any]:
    """A plant as the API writes one: numbers are strings, "" is no value."""
    return {
        "id": f"a3c1e5f0-0000-4000-8000-{number:012d}",
        "name": f"SIERRA_{number:02d}",
        "lat": "41.1250000",
        "lon": "-1.8300000",
        "installed_capacity_mw": "24.600",
        "nominal_capacity_mw": "20.000",
        "area": "ESP",
        "technology_type": "solar",
        "last_training_cnn_at": "2026-01-09 07:15",
        "last_training_trees_at": "",
        "agrupation": "",
        "customer_display_name": "",
        "timezone": "Europe/Madrid",
        "created_at": "2025-06-02T10:00:00Z",
        "updated_at": "2025-11-20T16:45:30Z",
        **changes,
    }


def unavailability(number: int = 1, **changes: object) -> dict[str, Any]:
    """An announcement that a plant gives less than it can."""
    return {
        "id": f"0f0e5f00-0000-4000-8000-{number:012d}",
        "plant_id": f"SIERRA_{number:02d}",
        "start_time_utc": "2026-03-09T08:00:00Z",
        "end_time_utc": "2026-03-09T14:30:00Z",
        "available_power_mw": "12.500",
        "availability_type": "CURTAILMENT",
        "observations": "ordered by the grid",
        "source_unit": "kW",
        "source_value": "12500",
        "timezone_source": "Europe/Madrid",
        "created_at": "2026-03-08T16:00:00Z",
        "updated_at": "2026-03-08T16:00:00Z",
        **changes,
    }


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def pull(api: FakeApi, warehouse: Warehouse, tmp_path: Path) -> Puller:
    settings = SourceSettings("ravenwits", BASE_URL, token="static-key-7f3a")
    return Puller(RAVENWITS, settings, api, warehouse, tmp_path / "archive")
