"""`doctor`: a correct set-up is well before its first night, and what is wrong is found before the night finds it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.cli.doctor import _clock
from plant_pipeline.http import Answer, Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.landing.stream import StreamOutcome, write_outcome
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.warehouse import Warehouse


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


@pytest.mark.usefixtures("home")
def test_all_calls_count_against_what_is_known_of_a_rate_limit(
    warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A night of 7,000 calls and a sampling run of 1,440: a limit of 41 a minute leaves 40, for 175 minutes."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    said = _doctor(code=0)["voke rate limit"]
    assert "a night needs about 0 calls, 0 were made between the nights in the last 24 h; no limit is known" in said

    now_utc = datetime.now(UTC)
    for run_id, entity, calls, is_between in (
        ("night", "plant", 7000, False), ("tick", "energy_today", 1440, True), ("part", "plant", 10, False)
    ):  # fmt: skip
        with warehouse.transaction() as connection:
            outcome = StreamOutcome("voke", entity, "complete", is_between_nights=is_between)
            write_outcome(connection, run_id, outcome, now_utc)
        ledger = FetchLedger(warehouse, FileArchive(tmp_path / "archive"), "voke", run_id, is_together=True)
        for _ in range(calls):
            ledger.record(Received(entity, "/plants", None, 200, b"{}", {}, 1, now_utc - timedelta(hours=1)))
        ledger.flush()
    limits = {"41": ("ok", "at least 175 minute(s)"), "30": ("PROBLEM", "at least 241 minute(s); have it raised")}
    for limit, (state, told) in limits.items():
        monkeypatch.setenv("VOKE_CALLS_PER_MINUTE", limit)
        line = _doctor(code=state == "PROBLEM")["voke rate limit"]
        assert line.startswith(state)
        assert "needs about 7000 calls, 1440 were made between the nights" in line
        assert f"the limit is {limit} a minute (VOKE_CALLS_PER_MINUTE): {told}" in line

    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "insert into landing.source_budget (source, budget, limit_calls, limit_window_s, paused_until, changed_at) "
            "values ('voke', '{}', 15, 900, '2999-12-31 01:02Z', %(now_utc)s)",
            {"now_utc": now_utc},
        )
    line = _doctor(code=1)["voke rate limit"]
    assert "the limit is 1 a minute (learned from its refusals): nothing is left for the night" in line
    assert "it wants none before 2999-12-31 01:02 UTC" in line


@pytest.mark.parametrize("stated", ["yesterday", "", "Tue, 99 Foo 2026 00:00:00 GMT"])
def test_a_date_that_is_none_says_nothing_of_the_clock(stated: str) -> None:
    answer = Answer("/plants", 200, b"[]", [], {"date": stated}, datetime(2026, 3, 10, tzinfo=UTC))
    assert list(_clock("voke", answer)) == []


def test_the_version_of_a_server_is_said_where_it_tells_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment.items():
        if name.startswith("FLEXMEASURES_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    assert _doctor(code=0)["flexmeasures"].endswith("answers and accepts the credentials, version 1.0.1")
