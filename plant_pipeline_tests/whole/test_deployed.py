"""The services of `deploy/compose.yaml` as processes: their commands and health checks as they stand there.

Started are those of the project's own image; the two databases are on the tests' server. Only addresses differ.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlalchemy import make_url

from plant_pipeline.embedded_postgres import embedded_program
from plant_pipeline.sandbox.server import serve

pytestmark = pytest.mark.deployed
_DEPLOY = Path(__file__).parents[2] / "deploy"
_SERVICES: Mapping[str, Any] = yaml.safe_load((_DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
_PATIENCE_S = 180
_LAUNCH = """mutation { launchRun(executionParams: {selector: {repositoryLocationName: "plant_pipeline",
repositoryName: "__repository__", jobName: "registry_sync"}, runConfigData: {}}) {
__typename ... on LaunchRunSuccess { run { runId } } } }"""
_STATUS = '{ runOrError(runId: "%s") { ... on Run { status } } }'


class Machine:
    """A folder for `/data` and the secrets, and the processes of the services."""

    def __init__(self, folder: Path, postgres_url: str, apis: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = {name: _free_port() for name in ("code", "webserver", "viewer")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "dagster").mkdir()
        (folder / "dagster" / "dagster.yaml").write_text((_DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
        place = (_DEPLOY / "workspace.yaml").read_text(encoding="utf-8")
        place = place.replace("host: code", "host: 127.0.0.1").replace("4000", str(self.ports["code"]))
        (folder / "workspace.yaml").write_text(place)
        subprocess.run(["sh", str(_DEPLOY / "make_secrets.sh"), str(folder / "secrets")], check=True)
        server = make_url(postgres_url)
        urls = {
            "warehouse_url": server.set(database="deployed", username="plant_pipeline"),
            "dagster_postgres_url": server.set(database="deployed_instance", drivername="postgresql+psycopg2"),
        }
        for name, url in urls.items():
            (folder / "secrets" / name).unlink()
            (folder / "secrets" / name).write_text(url.render_as_string(hide_password=False) + "\n")
        self.apis = apis

    def environment(self, name: str) -> dict[str, str]:
        """What the service has: files of secrets that are there, for the code the addresses of the sandbox besides."""
        stated = _SERVICES[name]["environment"].items()
        files = {key: value.replace("/run/secrets", str(self.folder / "secrets")) for key, value in stated}
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PLANT_PIPELINE_HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            **{key: value for key, value in files.items() if Path(value).exists()},
            **(self.apis if name in ("migrate", "code") else {}),
        }

    def words(self, name: str, words: list[str]) -> list[str]:
        """A command of the service, as the image's entry point runs it, on this machine's addresses."""
        port = str(self.ports.get(name, ""))
        here = {"3000": port, "4000": port, "entrypoint.sh": str(_DEPLOY / "entrypoint.sh")}
        here["0.0.0.0"] = "127.0.0.1"  # noqa: S104 -- instead of it
        here["/opt/plant_pipeline/workspace.yaml"] = str(self.folder / "workspace.yaml")
        return [here.get(word, word).replace("127.0.0.1:3000/", f"127.0.0.1:{port}/") for word in words]

    def run(self, name: str, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(name, words),
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, name: str) -> None:
        """Start it, and wait until its health check says so."""
        words = self.words(name, ["entrypoint.sh", *_SERVICES[name]["command"]])
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                words, env=self.environment(name), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _PATIENCE_S
        while self.run(name, _SERVICES[name]["healthcheck"]["test"][1:]).returncode != 0:
            assert self.running[name].poll() is None, (self.folder / f"{name}.log").read_text()[-2000:]
            assert time.monotonic() < deadline, f"{name} is not healthy"
            time.sleep(0.5)

    def ask(self, name: str, query: str) -> dict[str, Any]:
        address = f"http://127.0.0.1:{self.ports[name]}/graphql"
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
            data: dict[str, Any] = json.load(answer)["data"]
        return data

    def end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self.running.values():
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    continue
            time.sleep(2)
        for process in self.running.values():
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def machine(postgres_url: str, tmp_path: Path) -> Iterator[Machine]:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in ("deployed", "deployed_instance"):
            server.execute(f"create database {name}")
    with serve() as sandbox:
        one = Machine(tmp_path, postgres_url, sandbox.environment)
        admin_url = make_url(postgres_url).set(database="deployed").render_as_string(hide_password=False)
        subprocess.run(
            [str(embedded_program("psql")), "-Xqd", admin_url, "-f", str(_DEPLOY / "postgres" / "roles.sql")],
            env={**os.environ, "SECRETS": str(tmp_path / "secrets")},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        try:
            yield one
        finally:
            one.end()
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in ("deployed", "deployed_instance"):
            server.execute(f"drop database {name} with (force)")
        for role in ("plant_pipeline", "bi"):
            server.execute(f"drop role {role}")


def test_the_services_become_healthy_and_a_run_goes_from_the_webserver_to_the_code_and_never_from_the_viewer(
    machine: Machine, postgres_url: str
) -> None:
    migrated = machine.run("migrate", _SERVICES["migrate"]["command"])
    assert migrated.returncode == 0, migrated.stderr
    for name in ("code", "daemon", "webserver", "viewer"):
        machine.start(name)
    assert machine.ask("viewer", _LAUNCH)["launchRun"]["__typename"] == "UnauthorizedError"
    launched = machine.ask("webserver", _LAUNCH)["launchRun"]
    run_id = launched["run"]["runId"]
    deadline = time.monotonic() + _PATIENCE_S
    while (status := machine.ask("viewer", _STATUS % run_id)["runOrError"]["status"]) not in ("SUCCESS", "FAILURE"):
        assert time.monotonic() < deadline, status
        time.sleep(0.5)
    assert status == "SUCCESS"
    server = make_url(postgres_url)
    with psycopg.connect(server.set(database="deployed_instance").render_as_string(hide_password=False)) as instance:
        assert (run_id, "SUCCESS") in instance.execute("select run_id, status from runs").fetchall()
    with psycopg.connect(server.set(database="deployed").render_as_string(hide_password=False)) as warehouse:
        (plants,) = warehouse.execute("select count(*) from registry.plant").fetchone() or (0,)
    assert plants > 40
    assert machine.run("code", ["plant-pipeline", "doctor"]).returncode == 0
