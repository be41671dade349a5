"""`--sandbox`, as a newcomer meets it: a sync, and then every command its output names."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plant_pipeline.embedded_postgres import start_embedded_server, stop_embedded_server

_NEXT = re.compile(r"[^\s`]*bin/plant-pipeline [^`\n]+")


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A directory with the program in `.venv/bin`, as after `make run`, and a `.env` with real systems."""
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-sandbox-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        home.chmod(0o755)
        program = home / ".venv" / "bin" / "plant-pipeline"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!{sys.executable}\nfrom plant_pipeline.cli import main\nmain()\n")
        program.chmod(0o755)
        (home / ".env").write_text("RAVENWITS_TOKEN=real\nRAVENWITS_BASE_URL=http://127.0.0.1:9\nWAREHOUSE_URL=wrong\n")
        yield home
        stop_embedded_server(home / ".plant_pipeline" / "sandbox" / "postgres")


def test_every_printed_command_works(checkout: Path) -> None:
    def run(command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S602 -- as a person pastes it
            command,
            shell=True,
            cwd=checkout,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": str(checkout)},
            input="select 1;",  # for psql
            capture_output=True,
            text=True,
            check=False,
        )

    night = run(".venv/bin/plant-pipeline sync --sandbox --date 2026-11-11")
    assert night.returncode == 0, night.stdout + night.stderr
    printed = list(dict.fromkeys(command.strip() for command in _NEXT.findall(night.stdout)))
    words = {tuple(command.split()[1:3]) for command in printed}
    assert {("registry", "review"), ("quarantine", "list"), ("report", "--date"), ("findings", "--run")} <= words
    assert "No energy" in night.stdout
    # What a person has to fill in is an example: a zone for a plant without one.
    printed = [command.replace("Area/City", "Europe/Prague") for command in printed]
    start_embedded_server(checkout / ".plant_pipeline" / "sandbox" / "postgres")  # once, not by each of them
    for command in printed:
        assert command.startswith(".venv/bin/plant-pipeline "), command
        assert command.endswith("--sandbox"), command
        if " db serve" in command:
            continue  # serves until it is interrupted
        done = run(command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert done.stdout.strip(), command
    assert (checkout / "report.html").stat().st_size > 10_000
    assert {path.name for path in (checkout / ".plant_pipeline").iterdir()} == {"sandbox"}
    assert shutil.which("plant-pipeline", path="/usr/bin:/bin") is None
