"""The tutorial as it is written: what its blocks say is typed into a shell, against an empty server as there."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from plant_pipeline.embedded_postgres import start_embedded_server, stop_embedded_server
from plant_pipeline_tests.real_flexmeasures.plant import PRODUCED_KWH
from plant_pipeline_tests.real_flexmeasures.server import serve

pytestmark = pytest.mark.real
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A folder that is not below pytest's own, which each session that begins as root closes to PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-tutorial-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_the_tutorial_ends_with_the_energy_of_the_day(checkout: Path) -> None:
    text = (_ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8").partition("<!-- from here on")[2]
    blocks = "\n".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    typed = "\n".join(re.findall(r"^\$ (.*)", blocks, re.MULTILINE))
    assert typed.count("plant-pipeline") >= 8
    (checkout / ".venv").symlink_to(sys.prefix)  # a checkout in which nothing but the tutorial was done
    with serve(_ROOT / ".plant_pipeline" / "real_flexmeasures") as url:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(checkout),
            "PYTHONPATH": str(_ROOT),
            "REAL_FLEXMEASURES_URL": url,
            "REAL_FLEXMEASURES_EMAIL": "etl@operator.example",
            "REAL_FLEXMEASURES_PASSWORD": "Operator-Etl-2026",
        }
        done = subprocess.run(
            ["bash", "-e"], input=typed, env=environment, cwd=checkout, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROBLEM" not in done.stdout
    assert (checkout / "report.html").stat().st_size > 1000
    assert re.search(rf"2025-10-26 +\| +{PRODUCED_KWH:.0f} \| register_difference \| final +\| +25", done.stdout)
    data = checkout / ".plant_pipeline" / "tutorial" / "postgres"
    try:
        with psycopg.connect(start_embedded_server(data)) as connection:
            assert connection.execute("select count(*) from energy.plant_daily").fetchone() == (1,)
    finally:
        stop_embedded_server(data)
