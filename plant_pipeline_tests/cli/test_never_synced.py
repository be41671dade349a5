"""A command that looks at results says that there are none yet, instead of showing an empty fleet."""

from pathlib import Path

import pytest

from plant_pipeline_tests.cli.conftest import Run

_READING = [
    ("report", "--date", "2026-03-20", "--out", "report.html"),
    ("explain", "P-1", "2026-03-20"),
    ("explain", "P-1", "2026-03-20", "capacity_factor"),
    ("findings",),
    ("registry", "list"),
    ("registry", "show", "P-1"),
    ("registry", "review"),
    ("registry", "export", "--out", "registry"),
    ("registry", "accept", "1"),
    ("registry", "link", "ravenwits:r1", "voke:v1"),
    ("registry", "set", "P-1", "timezone", "Europe/Prague"),
    ("quarantine", "list"),
    ("quarantine", "show", "1"),
    ("quarantine", "replay"),
    ("quarantine", "waive", "1"),
    ("kpi", "export", "--from", "2026-03-20", "--to", "2026-03-20", "--out", "kpi.csv"),
    ("raptor", "status"),
    ("raptor", "export", "--date", "2026-03-20", "--out", "raptor"),
    ("db", "rebind", "voke"),
]


@pytest.mark.parametrize("words", _READING, ids=" ".join)
def test_no_database_is_made_by_looking(run: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*words, WAREHOUSE_URL="")
    assert done.returncode == 2, done.stderr
    assert f"the warehouse in {tmp_path}/.plant_pipeline has never been synced" in done.stderr
    assert "plant-pipeline sync` fills it" in done.stderr
    assert "--sandbox" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [_READING[0], _READING[4]], ids=" ".join)
def test_a_migrated_warehouse_is_not_a_synced_one(run: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*words)
    assert done.returncode == 2, done.stderr
    assert "the warehouse of WAREHOUSE_URL has never been synced" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_in_the_sandbox_the_way_is_the_sandbox_s(run: Run, tmp_path: Path) -> None:
    done = run("registry", "list", "--sandbox")
    assert done.returncode == 2
    assert f"{tmp_path}/.plant_pipeline/sandbox has never been synced" in done.stderr
    assert "sync --sandbox` fills it" in done.stderr


@pytest.mark.parametrize("words", [("db", "status"), ("db", "shell")], ids=" ".join)
def test_looking_at_the_schema_makes_no_database_either(program: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    done = program(*words, WAREHOUSE_URL="")
    assert done.returncode == 2, done.stderr
    assert "has never been synced" in done.stderr
    assert list(tmp_path.iterdir()) == []
