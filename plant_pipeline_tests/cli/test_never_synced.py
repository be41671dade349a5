"""A command that looks at results says that there are none yet, instead of showing an empty fleet."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.stream import StreamOutcome, read_outcomes, write_outcome
from plant_pipeline.report.headline import read_headline
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.run import Run as StreamRun
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.cli.conftest import Run

_NIGHT, _LATER = datetime(2026, 3, 20, 4, tzinfo=UTC), datetime(2026, 3, 20, 9, 15, tzinfo=UTC)
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
    ("archive", "verify"),
    ("archive", "list"),
    ("archive", "show", "1"),
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


def test_samples_between_the_nights_are_no_sync(run: Run, warehouse: Warehouse) -> None:
    """They are taken from the moment on that the program runs; a night that failed before them stays the latest."""
    with warehouse.transaction() as connection:
        sampled = StreamOutcome("voke", "plant_status", "complete", got=1, is_between_nights=True)
        write_outcome(connection, "sampling", sampled, _LATER)
    assert "never been synced" in run("findings").stderr
    with warehouse.transaction() as connection:
        write_outcome(connection, "night", StreamOutcome("voke", "plant", "failed", message="HTTP 503"), _NIGHT)
    assert run("findings").stdout == "run night has no findings\n"
    assert run("findings", "--run", "sampling").stdout == "run sampling has no findings\n"
    with warehouse.transaction() as connection:
        headline = read_headline(connection, _NIGHT.date())
    assert (headline.latest_run_at, [stream.entity for stream in headline.streams]) == (_NIGHT, ["plant"])


def test_each_source_says_what_is_asked_for_between_the_nights_and_so_do_its_outcomes(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    run = StreamRun(warehouse, open_archive(tmp_path.as_uri()), "run", lambda: _NIGHT)
    outcomes = [pull_entity(run, source, entity, None) for source in SOURCES for entity in source.entities]
    found = {(outcome.source, outcome.entity) for outcome in outcomes if outcome.is_between_nights}
    assert found == {
        ("ravenwits", "forecast"), ("voke", "plant_status"), ("voke", "energy_today"),
        ("flexmeasures", "audit_event"), ("flexmeasures", "job"), ("flexmeasures", "sensor_status"),
    }  # fmt: skip
    with warehouse.transaction() as connection:
        assert {(own.source, own.entity) for own in read_outcomes(connection, "run") if own.is_between_nights} == found


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
