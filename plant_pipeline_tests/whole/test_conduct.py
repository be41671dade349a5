"""What people do to runs: the same one twice at once, overlapping ones, one that is stopped in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.snapshot import snapshot

_MAIN = [sys.executable, "-W", "ignore", "-c", "from plant_pipeline.cli import main; main()"]


class _Site:
    """A small fleet, and commands that work on it beside each other."""

    def __init__(self, sandbox: Sandbox, warehouse: Warehouse, url: str, home: Path) -> None:
        self.sandbox, self.warehouse, self.home = sandbox, warehouse, home
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **sandbox.environment,
            "WAREHOUSE_URL": url,
            "PLANT_PIPELINE_HOME": str(home / "home"),
            "ALERT_WEBHOOK_URL": os.environ["ALERT_WEBHOOK_URL"],
        }

    def start(self, first: str, last: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*_MAIN, "sync", "--from", first, "--to", last],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, first: str, last: str) -> tuple[int, str]:
        command = self.start(first, last)
        return self.end(command)

    @staticmethod
    def end(command: "subprocess.Popen[str]") -> tuple[int, str]:
        output, _ = command.communicate()
        return command.returncode, output

    def rows(self) -> dict[str, list[str]]:
        with self.warehouse.transaction() as connection:
            return snapshot(connection)

    def runs(self) -> list[dg.DagsterRun]:
        with dg.DagsterInstance.from_config(str(self.home / "home" / "dagster")) as instance:
            return list(instance.get_runs())


@pytest.fixture
def site(warehouse: Warehouse, warehouse_url: str, tmp_path: Path, webhook: list[dict[str, object]]) -> Iterator[_Site]:
    with serve(world=World.of(6)) as sandbox:
        yield _Site(sandbox, warehouse, warehouse_url, tmp_path)


@pytest.mark.parametrize("other", [("2026-11-10", "2026-11-11"), ("2026-11-11", "2026-11-12")])
def test_two_runs_over_the_same_days_at_once_end_well_and_send_each_file_once(
    site: _Site, other: tuple[str, str], webhook: list[dict[str, object]]
) -> None:
    both = [site.start("2026-11-10", "2026-11-11"), site.start(*other)]
    for command in both:
        code, output = site.end(command)
        assert code == 0, output
    sent = [upload.sha256 for upload in site.sandbox.uploads]
    assert len(sent) == len(set(sent)) == (2 if other[0] == "2026-11-10" else 3)
    before = site.rows()
    assert before["energy.plant_daily"]
    code, output = site.run("2026-11-10", other[1])
    assert code == 0, output
    assert {name: set(rows) ^ set(before[name]) for name, rows in site.rows().items() if rows != before[name]} == {}
    assert len(site.sandbox.uploads) == len(sent)
    assert webhook == []


def test_a_run_that_is_stopped_in_the_middle_ends_without_a_traceback_and_the_next_one_completes_it(
    site: _Site,
) -> None:
    stopped = site.start("2026-11-10", "2026-11-11")
    assert stopped.stdout is not None
    output = ""
    with stopped.stdout as lines:
        for line in lines:
            output += line
            if "flexmeasures data: " in line and stopped.poll() is None:
                stopped.send_signal(signal.SIGINT)
                break
        output += lines.read()
    assert stopped.wait() != 0
    assert "Traceback" not in output
    code, output = site.run("2026-11-10", "2026-11-11")
    assert code == 0, output
    assert dg.DagsterRunStatus.STARTED not in {run.status for run in site.runs()}
    assert len(site.sandbox.uploads) == 2
