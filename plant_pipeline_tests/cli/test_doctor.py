"""`doctor`: a correct set-up is well before its first night, and what is wrong is found before the night finds it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.sandbox.server import Sandbox, serve


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a correct configuration of one source; nothing was run yet."""
    for name, value in sandbox.environment.items():
        if name.startswith("VOKE_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _doctor(*arguments: str, code: int) -> dict[str, str]:
    """The lines, by subject."""
    done = CliRunner().invoke(cli, ["doctor", *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return {line[9:].partition(": ")[0]: line for line in done.output.splitlines()}


def test_all_is_well_before_the_first_sync_and_nothing_is_made(home: Path) -> None:
    said = _doctor(code=0)
    assert "not created yet" in said["warehouse"]
    assert "GiB free" in said["data directory"]
    assert "dagster is writable" in said["Dagster's folder"]
    assert said["alert webhook"].endswith("not configured")
    assert not home.exists()


@pytest.mark.usefixtures("home")
def test_the_lines_as_objects_for_a_program_with_the_same_exit_code() -> None:
    for arguments, code in (((), 0), (("--min-free-gib", "1e9"), 1)):
        lines = list(_doctor(*arguments, code=code).values())
        done = CliRunner().invoke(cli, ["doctor", "--json", *arguments], catch_exceptions=False)
        assert done.exit_code == code
        told = json.loads(done.output)
        words = {"ok": "ok     ", "problem": "PROBLEM"}
        subjects = {line[9:].partition(": ")[0] for line in lines}
        assert subjects == {found["name"] for found in told}
        assert {line[:7] + line[9:].partition(": ")[0] for line in lines} == {
            words[found["state"]] + found["name"] for found in told
        }
        assert any("GiB free" in found["message"] for found in told)


@pytest.mark.usefixtures("home")
def test_a_warehouse_that_the_next_sync_migrates_is_well(
    warehouse_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", postgres_url)  # the server's own database: none of ours
    assert "migration(s) to apply" in _doctor(code=0)["warehouse"]
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    assert "schema up to date" in _doctor(code=0)["warehouse"]


@pytest.mark.usefixtures("home")
def test_a_disk_with_too_little_room_is_a_problem() -> None:
    said = _doctor("--min-free-gib", "1e9", code=1)
    for subject in ("data directory", "Dagster's folder", "archive"):
        assert said[subject].startswith("PROBLEM")
        assert "GiB free, less than 1e+09" in said[subject]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("variable", "value", "subject"),
    [
        ("DAGSTER_HOME", "/proc/dagster", "Dagster's folder"),
        ("PLANT_PIPELINE_HOME", "/proc/home", "data directory"),
        ("ARCHIVE_URL", "file:///proc/archive", "archive"),
    ],
)
def test_a_folder_that_cannot_be_written_is_a_problem(
    variable: str, value: str, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    line = _doctor(code=1)[subject]
    assert line.startswith("PROBLEM")
    assert "cannot be written" in line
    assert f"set {variable}" in line


@pytest.mark.usefixtures("home")
def test_the_webhook_is_tried(webhook: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _doctor(code=0)["alert webhook"].startswith("ok")
    (message,) = webhook
    assert "a test" in str(message["text"])
    monkeypatch.setenv("ALERT_WEBHOOK_URL", "http://127.0.0.1:9/hush")
    line = _doctor(code=1)["alert webhook"]
    assert line.startswith("PROBLEM")
    assert "hush" not in line


def test_settings_of_dagster_that_a_person_changed_are_named(home: Path) -> None:
    assert _doctor(code=0)["Dagster's settings"].endswith("this project's")
    settings = home / "dagster" / "dagster.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("telemetry:\n  enabled: true\n")
    line = _doctor(code=0)["Dagster's settings"]
    assert f"{settings} was changed by a person and stays so" in line
