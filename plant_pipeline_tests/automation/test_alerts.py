"""A person is told when the warehouse is down, the webhook is down, or a command dies; and told once."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from plant_pipeline.automation.alerts import keep_issues, store_kept_issues, tell
from plant_pipeline.automation.problem_messages import plain_message
from plant_pipeline.automation.sensors import new_plant_sensor, problem_sensor, run_failure_alert_sensor
from plant_pipeline.automation.watch import watch
from plant_pipeline.cli import cli
from plant_pipeline.definitions import defs
from plant_pipeline.landing.stream import RunIssue, read_issues
from plant_pipeline.orchestration import RANGE_END_TAG
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse

_REFUSES = "postgresql://operator:pg-secret@127.0.0.1:1/plants"
_HOOK_DOWN = "http://127.0.0.1:1/hook/secret-part"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One source configured, and a warehouse that is down."""
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    monkeypatch.setenv("RAVENWITS_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WAREHOUSE_URL", _REFUSES)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _instance() -> AbstractContextManager[dg.DagsterInstance]:
    """The same instance each time, where the command line has its own."""
    folder = load_settings().home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    return dg.instance_for_test(temp_dir=str(folder))


def _new_plant_tick() -> object:
    with _instance() as instance, dg.build_sensor_context(instance=instance) as context:
        return new_plant_sensor(context)


def _problem_tick() -> object:
    with _instance() as instance, dg.build_sensor_context(instance=instance) as context:
        return problem_sensor(context)


def _told(webhook: list[dict[str, object]]) -> list[list[tuple[str, str]]]:
    """Of each message, event and kind of each problem."""
    return [[(own["event"], own["kind"]) for own in message["problems"]] for message in webhook]  # type: ignore[attr-defined]


def _nightly_tick(at_utc: datetime) -> object:
    schedule = defs.get_repository_def().get_schedule_def("nightly_sync_schedule")
    with _instance() as instance:
        return schedule(dg.build_schedule_context(instance=instance, scheduled_execution_time=at_utc))


def _failed_night() -> None:
    @dg.op
    def energy__plant_daily() -> None:
        raise dg.Failure("the database is gone")

    @dg.job
    def nightly_sync() -> None:
        energy__plant_daily()

    with _instance() as instance:
        result = nightly_sync.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="run_failure_alert_sensor",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()
        run_failure_alert_sensor(context)


def _sync(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sync", "--date", "2026-03-01", *arguments])


_DOWN, _NIGHT = ("began", "warehouse_unreachable"), ("began", "run_failed")


def test_with_the_warehouse_down_a_failed_run_is_told_with_its_steps(
    home: Path, webhook: list[dict[str, object]]
) -> None:
    _failed_night()
    (told,) = webhook
    assert _told(webhook) == [[_DOWN, _NIGHT]]
    assert "nightly_sync: energy__plant_daily: the database is gone; " in str(told["text"])
    assert "cannot be reached" in str(told["text"])
    assert "pg-secret" not in str(told)


def test_an_outage_of_the_warehouse_is_told_once_whoever_meets_it_and_its_end_once(
    home: Path, webhook: list[dict[str, object]], warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert isinstance(_new_plant_tick(), dg.SkipReason)
        assert isinstance(_problem_tick(), dg.SkipReason)
        assert isinstance(_nightly_tick(datetime(2026, 3, 2, 3, 30, tzinfo=UTC)), dg.SkipReason)
    assert _told(webhook) == [[_DOWN]]
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    for _ in range(2):
        _new_plant_tick()
        _problem_tick()
    assert _told(webhook) == [[_DOWN], [("over", "warehouse_unreachable")]]
    monkeypatch.setenv("WAREHOUSE_URL", _REFUSES)
    _new_plant_tick()
    assert _told(webhook)[2:] == [[_DOWN]]


def test_a_night_that_was_due_while_the_warehouse_was_down_starts_with_the_first_tick_after(
    home: Path, webhook: list[dict[str, object]], warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    for quarters in range(3):
        assert isinstance(_nightly_tick(night + timedelta(minutes=15 * quarters)), dg.SkipReason)
    assert _told(webhook) == [[_DOWN]]
    assert "the nightly sync of 2026-03-02 waits" in str(webhook[0]["text"])
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    requests = _nightly_tick(night + timedelta(hours=1))
    assert isinstance(requests, list)
    # Without plants the last day is one that is over everywhere.
    assert [(own.run_key, own.tags[RANGE_END_TAG]) for own in requests] == [("nightly 2026-03-02", "2026-02-28")]


def test_what_a_dead_webhook_did_not_take_goes_out_with_the_next_tick(
    home: Path, webhook: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = load_settings().alert_webhook_url
    monkeypatch.setenv("ALERT_WEBHOOK_URL", _HOOK_DOWN)
    _failed_night()
    _new_plant_tick()
    assert webhook == []
    kept = [path.read_text() for path in (home / "dagster" / "spool").glob("*.json")]
    assert len(kept) == 1
    assert "secret" not in "".join(kept)
    monkeypatch.setenv("ALERT_WEBHOOK_URL", alive or "")
    for _ in range(2):
        _problem_tick()
    assert _told(webhook) == [[_DOWN, _NIGHT]]


def test_a_sync_without_its_warehouse_tells_and_ends_with_1(home: Path, webhook: list[dict[str, object]]) -> None:
    done = _sync()
    assert done.exit_code == 1
    (told,) = webhook
    assert _told(webhook) == [[_DOWN, _NIGHT]]
    assert "cannot be reached" in str(told["problems"])
    assert "pg-secret" not in str(told)


def test_the_next_command_sends_what_waits(
    home: Path, webhook: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = load_settings().alert_webhook_url
    monkeypatch.setenv("ALERT_WEBHOOK_URL", _HOOK_DOWN)
    assert _sync().exit_code == 1
    monkeypatch.setenv("ALERT_WEBHOOK_URL", alive or "")
    for _ in range(2):
        CliRunner().invoke(cli, ["raptor", "status"])
    assert _told(webhook) == [[_DOWN, _NIGHT]]


def test_a_defect_that_ends_a_sync_is_told(
    home: Path, webhook: list[dict[str, object]], warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setattr("plant_pipeline.cli.sync.run_summary", defect)
    assert isinstance(_sync("--no-upload").exception, KeyError)
    (told,) = webhook
    assert _told(webhook) == [[_NIGHT]]
    assert "KeyError: 'a defect'" in str(told["text"])
    assert "run_outcome" in str(told["text"])


def test_a_slip_of_the_person_at_the_terminal_is_not_told(
    home: Path, webhook: list[dict[str, object]], warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    done = CliRunner().invoke(cli, ["sync", "--date", "2999-01-01"])
    assert done.exit_code != 0
    assert webhook == []


def test_issues_kept_while_the_warehouse_was_down_are_stored_later(home: Path, warehouse: Warehouse) -> None:
    issue = RunIssue("run", "kpi__plant_daily", "kpi__plant_daily: the database is gone")
    keep_issues(load_settings(), "run 1", [issue])
    for _ in range(2):
        store_kept_issues(load_settings(), warehouse)
    with warehouse.transaction() as connection:
        assert read_issues(connection, "run 1") == [issue]


def test_without_a_folder_to_keep_it_an_alert_is_sent_at_once(home: Path, webhook: list[dict[str, object]]) -> None:
    home.mkdir()
    (home / "dagster").write_text("a file where a folder should be")
    tell(load_settings(), plain_message("a text"))
    assert [told["text"] for told in webhook] == ["a text"]


def test_without_a_folder_to_keep_it_an_outage_is_told_once_by_a_process(
    home: Path, webhook: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plant_pipeline.automation.alerts._told_unkept", set())
    home.mkdir()
    (home / "dagster").write_text("a file where a folder should be")
    for _ in range(3):
        assert not watch(load_settings())
    assert _told(webhook) == [[_DOWN]]
