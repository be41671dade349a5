"""The command line: in this process, or as a program of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(warehouse_url: str) -> Run:
    """Runs a command in this process, in an empty directory."""

    def started(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {"WAREHOUSE_URL": warehouse_url, **variables}
        done = CliRunner().invoke(cli, arguments, prog_name="plant-pipeline", env=environment, catch_exceptions=False)
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return started


@pytest.fixture
def program(tmp_path: Path, warehouse_url: str) -> Run:
    """Runs `plant-pipeline` as a program of its own, in an empty directory."""

    def started(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", "from plant_pipeline.cli import main; main()", *arguments],
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": ":".join(filter(None, sys.path)),
                "WAREHOUSE_URL": warehouse_url,
            }
            | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return started
