"""A webhook that takes or refuses messages, and the configuration that names one."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.automation import alerts
from plant_pipeline.automation import watch as watching
from plant_pipeline.config import Settings
from plant_pipeline.sources.settings import load_settings


@dataclass
class Webhook:
    """What the webhook took; `fails` is raised instead."""

    took: list[dict[str, Any]] = field(default_factory=list)
    fails: Exception | None = None

    def send(self, _url: str, payload: dict[str, Any]) -> None:
        if self.fails is not None:
            raise self.fails
        self.took.append(json.loads(json.dumps(payload)))

    @property
    def told(self) -> list[list[tuple[str, str, str]]]:
        return [[(own["event"], own["kind"], own["subject"]) for own in message["problems"]] for message in self.took]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Webhook:
    found = Webhook()
    for module in (watching, alerts):
        monkeypatch.setattr(module, "send", found.send)
    return found


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path) -> Settings:
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    for source in ("VOKE", "FLEXMEASURES"):
        monkeypatch.setenv(f"{source}_BASE_URL", "http://127.0.0.1:1")
        monkeypatch.setenv(f"{source}_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALERT_WEBHOOK_URL", "http://127.0.0.1:1/hook/secret-part")
    monkeypatch.setenv("PLANT_PIPELINE_UI_URL", "https://dagster.example.com/")
    return load_settings()
