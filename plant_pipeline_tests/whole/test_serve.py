"""`plant-pipeline serve`: the command line's runs are in its UI, and nothing of it stays behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from plant_pipeline.automation.schedules import NIGHT_TAG
from plant_pipeline.embedded_postgres import stop_embedded_server
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import Sandbox, serve

_PATIENCE_S = 120
_MAIN = [sys.executable, "-W", "ignore", "-c", "from plant_pipeline.cli import main; main()"]
_LOCATIONS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }"
_RUNS = (
    "{ runsOrError { ... on Runs { results { runId status tags { key } "
    "repositoryOrigin { repositoryLocationName } } } } }"
)
_TICKS = """{ sensorOrError(sensorSelector: {repositoryLocationName: "plant_pipeline", repositoryName: "__repository__",
sensorName: "new_plant_sensor"}) { ... on Sensor { sensorState { ticks(limit: 9) { status skipReason } } } } }"""
# What "Re-execute from failure" sends.
_REPEAT = """mutation { launchPipelineReexecution(reexecutionParams: {parentRunId: "%s", strategy: FROM_FAILURE}) {
__typename ... on LaunchRunSuccess { run { runId } } } }"""
_RUN = """{ runOrError(runId: "%s") { ... on Run {
status stepStats { stepKey } assetMaterializations { assetKey { path } } } } }"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


@pytest.fixture
def environment(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """A data directory that PostgreSQL may own; one source configured, which is down."""
    sandbox.faults.clear()
    sandbox.faults.add(Fault("ravenwits", "*", status=503))
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-serve-", ignore_cleanup_errors=True) as home:
        yield {
            "HOME": home,
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PLANT_PIPELINE_HOME": home,
            **{name: value for name, value in sandbox.environment.items() if name.startswith("RAVENWITS_")},
        }
        stop_embedded_server(Path(home) / "postgres")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _ask(port: int, query: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- as above
        return json.load(answer)["data"]


def _until(get: Callable[[], Any]) -> Any:
    """What `get` gives once it gives anything."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            value = get()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def _processes_of(home: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == home or f"{home}/postgres" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def _listening(home: str) -> set[tuple[str, int]]:
    """Where its processes accept connections; each has its home."""
    found = set()
    for process in _processes_of(home):
        with suppress(psutil.Error):  # some live for a moment only
            connections = process.net_connections(kind="inet")
            found |= {(own.laddr[0], own.laddr[1]) for own in connections if own.status == psutil.CONN_LISTEN}
    return found


def test_it_shows_and_repeats_the_runs_of_the_command_line(environment: dict[str, str], sandbox: Sandbox) -> None:
    home = environment["HOME"]
    synced = subprocess.run([*_MAIN, "sync", "--date", "2026-11-11"], env=environment, cwd=home, check=False)
    assert synced.returncode == 1  # its only source is dead
    with _served(environment, signal.SIGINT) as port:
        runs = _ask(port, _RUNS)["runsOrError"]["results"]
        (run,) = (each for each in runs if NIGHT_TAG not in {tag["key"] for tag in each["tags"]})  # one may just be due
        assert run["status"] == "FAILURE"
        assert run["repositoryOrigin"]["repositoryLocationName"] == "plant_pipeline"
        sensor = _until(lambda: [t for t in _ticks(port) if t["status"] != "STARTED"])
        assert (sensor[-1]["status"], sensor[-1]["skipReason"]) == ("SKIPPED", "no new plant")
        _assert_repeated(port, run["runId"], sandbox)


def test_killed_it_leaves_nothing_behind(environment: dict[str, str]) -> None:
    with _served(environment, signal.SIGKILL):
        pass


@contextmanager
def _served(environment: dict[str, str], ending: signal.Signals) -> Iterator[int]:
    """The port of a UI that is ready; after `ending` no process of it may be left."""
    home, port = environment["HOME"], _free_port()
    served = subprocess.Popen([*_MAIN, "serve", "--port", str(port)], env=environment, cwd=home)
    try:
        locations = _until(lambda: _ask(port, _LOCATIONS)["repositoriesOrError"]["nodes"])
        assert [node["location"]["name"] for node in locations] == ["plant_pipeline"]
        assert _listening(home) == {("127.0.0.1", port)}
        yield port
    finally:
        served.send_signal(ending)
        code = served.wait(_PATIENCE_S)
    assert code == (0 if ending == signal.SIGINT else -ending)
    _until(lambda: not _processes_of(home))


def _assert_repeated(port: int, failed_id: str, sandbox: Sandbox) -> None:
    """Repeated while the source is down the run fails again; once it is back it has what was lacking."""
    still_dead = _repeat(port, failed_id)
    assert (still_dead["status"], _materialized(still_dead)) == ("FAILURE", set())
    sandbox.faults.clear()
    back = _repeat(port, still_dead["runId"])
    assert back["status"] == "SUCCESS"
    assert [step["stepKey"] for step in back["stepStats"]] == ["run_outcome"]
    assert {"ravenwits/plant", "ravenwits/forecast", "kpi/plant_daily"} <= _materialized(back)


def _repeat(port: int, run_id: str) -> dict[str, Any]:
    """The ended run that repeats another, as the UI starts it."""
    launched = _ask(port, _REPEAT % run_id)["launchPipelineReexecution"]
    assert launched["__typename"] == "LaunchRunSuccess"
    repeated = launched["run"]["runId"]

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = _ask(port, _RUN % repeated)["runOrError"]
        return {**run, "runId": repeated} if run["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None

    run: dict[str, Any] = _until(ended)
    return run


def _materialized(run: dict[str, Any]) -> set[str]:
    return {"/".join(event["assetKey"]["path"]) for event in run["assetMaterializations"]}


def _ticks(port: int) -> list[dict[str, Any]]:
    ticks: list[dict[str, Any]] = _ask(port, _TICKS)["sensorOrError"]["sensorState"]["ticks"]
    return ticks


def test_a_port_that_is_taken_is_said_before_anything_starts(environment: dict[str, str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = subprocess.run(
            [*_MAIN, "serve", "--port", str(port)],
            env=environment,
            cwd=environment["HOME"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert not Path(environment["HOME"], "postgres").exists()
