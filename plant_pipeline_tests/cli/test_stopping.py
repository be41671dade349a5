"""Ctrl-C, and the signal by which a machine ends what runs on it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.automation.command_line_runs import STOPPED
from plant_pipeline.automation.problems import list_problems
from plant_pipeline.warehouse import Warehouse

_MAIN = [sys.executable, "-W", "ignore", "-c", "from plant_pipeline.cli import main; main()"]
_MOST_TRIES = 12
_PATIENCE_S = 10


def _ended(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[str, str]:
    """Stop it as a person does: again where Python lost the signal, as it ignores exceptions in a callback."""
    for _ in range(_MOST_TRIES):
        process.send_signal(number)
        try:
            return process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("it does not stop")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_stopped_begins_nothing_more_and_a_person_is_told(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    """Of a first sync, which has two runs, while a source takes the call and does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PLANT_PIPELINE_HOME": str(tmp_path),
            "WAREHOUSE_URL": warehouse_url,
            "RAVENWITS_TOKEN": "not-a-real-token",
            "RAVENWITS_BASE_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
        }
        command = [*_MAIN, "sync", "--no-upload"]
        with subprocess.Popen(
            command, env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                asked, _ = server.accept()
                output, errors = _ended(process, number)
            finally:
                process.kill()
            asked.close()
    assert (process.returncode, output, errors.splitlines()[-1]) == (130, "", "stopped")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        assert [run.job_name for run in instance.get_runs()] == ["registry_sync"]
    with warehouse.transaction() as connection:
        problems = [(row["kind"], row["subject"], row["message"]) for row in list_problems(connection)]
    assert problems == [("run_failed", "nightly_sync", STOPPED)]
