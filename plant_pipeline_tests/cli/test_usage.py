"""Wrong usage and configuration: exit code 2, a message that says what to do, and no request."""

from pathlib import Path

import pytest

from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.cli.conftest import Run
from plant_pipeline_tests.registry.given import NOW, velka_louka


def test_without_configuration_sync_refuses_and_names_the_sandbox(program: Run) -> None:
    done = program("sync")
    assert done.returncode == 2
    assert "no source is configured" in done.stderr
    assert "plant-pipeline sandbox" in done.stderr


def test_half_a_configuration_names_every_alternative(run: Run) -> None:
    done = run("sync", VOKE_BASE_URL="https://voke.example")
    assert done.returncode == 2
    assert "VOKE_TOKEN or VOKE_API_KEY" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--date", "2999-01-01"), "not over anywhere"),
        (("--date", "tomorrow"), "does not match the format"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "lies after"),
        (("--from", "2026-03-02"), "go together"),
        (("--plant", "P-NONE"), "no plant has the code"),
        (("--colour", "red"), "No such option"),
    ],
)
def test_wrong_arguments(run: Run, arguments: tuple[str, ...], message: str) -> None:
    # Nothing listens at this address: a request would take retries and end with 1.
    done = run("sync", *arguments, RAVENWITS_TOKEN="x", RAVENWITS_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("report", "--date", "2999-01-01", "--out", "report.html"), "2999-01-01 is not over anywhere on Earth yet"),
        (("explain", "P-1", "2999-01-01"), "2999-01-01 is not over anywhere on Earth yet"),
        (("explain", "P-1", "2999-01-01", "energy_kwh"), "2999-01-01 is not over anywhere on Earth yet"),
        (
            ("kpi", "export", "--from", "2999-01-01", "--to", "2999-01-02", "--out", "kpi.csv"),
            "2999-01-01 is not over anywhere on Earth yet",
        ),
        (("sandbox", "--port", "99999"), "99999 is not in the range"),
        (("sandbox", "--", "nosuchcommand"), "cannot start nosuchcommand: No such file or directory"),
        (("raptor", "check", "nosuchfile"), "does not exist"),
        (("nosuchcommand",), "No such command"),
    ],
    ids=" ".join,
)
def test_slips(run: Run, words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("PLANT_PIPELINE_HOME", ("sync",)),
        ("PLANT_PIPELINE_HOME", ("sync", "--sandbox")),
        ("PLANT_PIPELINE_HOME", ("serve",)),
        ("PLANT_PIPELINE_HOME", ("db", "migrate")),
        ("DAGSTER_HOME", ("sync",)),
        ("DAGSTER_HOME", ("serve",)),
    ],
    ids=str,
)
def test_a_folder_that_cannot_be_written_is_one_sentence(run: Run, variable: str, words: tuple[str, ...]) -> None:
    # Nobody, root neither, makes files in /proc.
    own = {"WAREHOUSE_URL": ""} if variable == "PLANT_PIPELINE_HOME" else {}
    done = run(
        *words, **{"RAVENWITS_TOKEN": "x", "RAVENWITS_BASE_URL": "http://127.0.0.1:9", variable: "/proc/x", **own}
    )
    assert done.returncode == 2, done.stderr
    assert "/proc/x" in done.stderr
    assert "cannot be written" in done.stderr
    assert f"set {variable}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_synced_warehouse_names_what_is_not_in_it(run: Run, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        reconcile(connection, velka_louka(), complete_sources=(), now_utc=NOW)
    for words, message in (
        (("explain", "P-NONE", "2026-03-20"), "P-NONE"),
        (("explain", "P-NONE", "2026-03-20", "energy_kwh"), "P-NONE"),
        (("registry", "show", "P-NONE"), "no plant has the code P-NONE"),
        (("quarantine", "show", "99"), "99"),
        (("quarantine", "waive", "99"), "no rejected record 99"),
        (("quarantine", "replay", "99"), "no rejected record 99"),
        (("findings", "--run", "none"), "no run none is known"),
        (("findings",), "no run"),
        (("report", "--date", "2026-03-20", "--out", "nowhere/report.html"), "the folder nowhere does not exist"),
        (("report", "--date", "2026-03-20", "--out", "/proc/report.html"), "cannot write to /proc"),
        (("kpi", "export", "--from", "2026-03-20", "--to", "2026-03-20", "--out", "nowhere/k.csv"), "does not exist"),
        (("registry", "export", "--out", "/proc/registry"), "cannot write to /proc/registry"),
        (("raptor", "export", "--date", "2026-03-20", "--out", "/proc/raptor"), "cannot write to /proc/raptor"),
    ):
        done = run(*words)
        assert done.returncode == 2, (words, done.stderr)
        assert message in done.stderr, words
        assert len(done.stderr.splitlines()) == 1, words


def test_an_unreachable_warehouse_is_told_without_its_password(program: Run) -> None:
    done = program("sync", RAVENWITS_TOKEN="x", WAREHOUSE_URL="postgresql://someone:very-secret@127.0.0.1:9/none")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "very-secret" not in done.stderr


def test_contradicting_crosswalk_lines_stop_before_any_request(run: Run, tmp_path: Path) -> None:
    crosswalk = tmp_path / "crosswalk.csv"
    crosswalk.write_text(
        "action,source,source_plant_id,other_source,other_source_plant_id,field,value,valid_from,who,why\n"
        "link,ravenwits,a,voke,b,,,,me,same\n"
        "unlink,ravenwits,a,voke,b,,,,me,not the same\n"
    )
    done = run(
        "sync",
        RAVENWITS_TOKEN="x",
        RAVENWITS_BASE_URL="http://127.0.0.1:9",
        PLANT_CROSSWALK=str(crosswalk),
    )
    assert done.returncode == 2, done.stderr
    assert "line 2" in done.stderr
    assert "line 3" in done.stderr


def test_the_schema_can_be_looked_at(run: Run, program: Run) -> None:
    assert "up to date" in run("db", "migrate").stdout
    assert "PENDING" not in run("db", "status").stdout
    assert "1" in program("db", "shell", "-Atc", "select 1").stdout
