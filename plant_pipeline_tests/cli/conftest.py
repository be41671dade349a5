"""The command line as a program of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, warehouse_url: str) -> Run:
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
