"""A problem is told once when it begins and once when it is over, whatever fails in between."""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from plant_pipeline.automation import watch as watching
from plant_pipeline.automation.alerts import keep_issues
from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.automation.problems import RunEnd, Sighting, acknowledge_problems, list_problems
from plant_pipeline.automation.under_way import UnderWay
from plant_pipeline.automation.watch import run_end, watch
from plant_pipeline.cli import cli
from plant_pipeline.config import Settings
from plant_pipeline.errors import SourceRejected, SourceUnavailable, UsageError, WarehouseError
from plant_pipeline.landing.heartbeat import write_heartbeat
from plant_pipeline.landing.stream import RunIssue, State, StreamOutcome, write_outcome
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse, open_warehouse, read_table
from plant_pipeline_tests.automation.conftest import Webhook

_START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_DAY = timedelta(days=1)


def _outcome(
    warehouse: Warehouse, run_id: str, at_utc: datetime, state: State, entity: str = "plant", **values: Any
) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, run_id, StreamOutcome("voke", entity, state, **values), at_utc)


def _open(warehouse: Warehouse) -> list[tuple[str, str]]:
    with warehouse.transaction() as connection:
        return sorted((row["kind"], row["subject"]) for row in list_problems(connection))


def _look(configured: Settings, at_utc: datetime, *notes: Sighting | RunEnd, under_way: UnderWay = UnderWay()) -> None:  # noqa: B008 -- frozen
    assert watch(configured, notes, under_way=under_way, now_utc=at_utc)


def _night(configured: Settings, warehouse: Warehouse, at_utc: datetime, *, is_well: bool) -> None:
    """A night that lacks one stream or none, as the command line ends it, and some ticks after it."""
    run_id = f"run {at_utc:%Y-%m-%d}"
    _outcome(
        warehouse, run_id, at_utc, "complete" if is_well else "failed", message=None if is_well else "answered 503"
    )
    failures = () if is_well else ("voke plant: failed: answered 503",)
    day = at_utc.date() - _DAY
    if is_well:
        with warehouse.transaction() as connection:
            write_heartbeat(connection, "nightly_sync", run_id, [day], at_utc)
    _look(configured, at_utc, RunEnd("nightly_sync", run_id, failures, last_date=day))
    for minutes in (1, 61, 1200):
        _look(configured, at_utc + timedelta(minutes=minutes))


_BEGAN = [("began", "run_failed", "nightly_sync"), ("began", "stream_failed", "voke plant")]
_OVER = [("over", "run_failed", "nightly_sync"), ("over", "stream_failed", "voke plant")]


# -- begin and over --
def test_the_same_failure_each_night_for_a_week_is_one_message_and_one_that_it_is_over(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    for night in range(9):
        _night(configured, warehouse, _START + night * _DAY, is_well=night in (0, 8))
    assert hook.told == [_BEGAN, _OVER]
    assert _open(warehouse) == []
    began, over = hook.took
    assert began["problems"][0]["since"] == "2026-03-03T04:00:00+00:00"
    assert began["problems"][0]["run_url"] == "https://dagster.example.com/runs/run 2026-03-03"
    assert "answered 503" in began["text"]
    assert "after 7 days" in over["text"]


def test_what_comes_back_is_told_again(configured: Settings, warehouse: Warehouse, hook: Webhook) -> None:
    for night, is_well in enumerate((False, True, False, False, True)):
        _night(configured, warehouse, _START + night * _DAY, is_well=is_well)
    assert hook.told == [_BEGAN, _OVER, _BEGAN, _OVER]
    with warehouse.transaction() as connection:
        rows = list_problems(connection, include_over=True)
    assert [(row["kind"], (row["over_at"] - row["since"]).days) for row in rows if row["kind"] == "run_failed"] == [
        ("run_failed", 2),
        ("run_failed", 1),
    ]


def test_what_a_run_under_way_has_written_is_no_verdict(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _outcome(warehouse, "before", _START, "complete")
    _outcome(warehouse, "now", _START + _DAY, "failed", message="answered 503")
    _look(configured, _START + _DAY, under_way=UnderWay(frozenset(["now"])))
    assert hook.told == []
    _look(configured, _START + _DAY)
    assert hook.told == [_BEGAN[1:]]
    _outcome(warehouse, "later", _START + 2 * _DAY, "complete")
    _look(configured, _START + 2 * _DAY, under_way=UnderWay(frozenset(["later"])))
    assert len(hook.took) == 1


def test_a_stream_that_fails_in_another_way_the_next_night_is_the_same_problem(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    states: list[State] = ["incomplete", "failed", "incomplete", "not_permitted"]
    for night, state in enumerate(states):
        _outcome(warehouse, f"run {night}", _START + night * _DAY, state)
        _look(configured, _START + night * _DAY)
    kind = "listing_incomplete"
    assert hook.told == [[("began", kind, "voke plant")], [("over", kind, "voke plant")]]


def test_a_backfill_that_ends_well_does_not_end_the_problem_of_the_nights(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _look(configured, _START, RunEnd("nightly_sync", "1", ("x",), last_date=date(2026, 3, 1)))
    _look(configured, _START + _DAY, RunEnd("nightly_sync", "2", last_date=date(2026, 2, 28)))
    _look(configured, _START + _DAY, RunEnd("nightly_sync", "3", plant_code="P-X", last_date=date(2026, 3, 2)))
    _look(configured, _START + _DAY, RunEnd("nightly_sync", "4", last_date=date(2026, 3, 2), is_replay=True))
    assert _open(warehouse) == [("run_failed", "nightly_sync")]
    _look(configured, _START + _DAY, RunEnd("nightly_sync", "5", last_date=date(2026, 3, 2)))
    assert _open(warehouse) == []


def test_a_night_that_ends_well_ends_what_it_has_done_too_and_nothing_else(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    failed = [
        RunEnd("onboard_plant", "1", ("x",), "P-X", date(2026, 3, 1)),
        RunEnd("registry_sync", "2", ("x",)),
        RunEnd("retention", "3", ("x",)),
    ]
    _look(configured, _START, *failed)
    _look(configured, _START + _DAY, RunEnd("nightly_sync", "4", last_date=date(2026, 3, 2)))
    assert _open(warehouse) == [("run_failed", "retention")]
    with warehouse.transaction() as connection:
        assert read_table(connection, "landing.heartbeat") == []
    _look(configured, _START + _DAY, RunEnd("retention", "5"))
    assert _open(warehouse) == []
    with warehouse.transaction() as connection:
        (beat,) = read_table(connection, "landing.heartbeat")
    assert (beat["job"], beat["succeeded_at"], beat["dates"]) == ("retention", _START + _DAY, [])


# -- the webhook --
@pytest.mark.parametrize(
    "failure",
    [
        SourceUnavailable("alert webhook", "host", "answered 500"),
        SourceUnavailable("alert webhook", "host", "no usable answer (ReadTimeout)"),
        SourceRejected("alert webhook", "host", "answered 404", 404),
    ],
    ids=["500", "hangs", "404"],
)
def test_what_the_webhook_does_not_take_goes_out_later_once_and_in_order(
    configured: Settings, warehouse: Warehouse, hook: Webhook, failure: Exception
) -> None:
    hook.fails = failure
    _night(configured, warehouse, _START, is_well=False)
    _night(configured, warehouse, _START + _DAY, is_well=True)
    assert hook.took == []
    hook.fails = None
    for minutes in (1, 2):
        _look(configured, _START + 2 * _DAY + timedelta(minutes=minutes))
    assert hook.told == [[_BEGAN[0], _OVER[0], _BEGAN[1], _OVER[1]]]


def test_the_next_command_tells_what_the_webhook_did_not_take(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    hook.fails = SourceUnavailable("alert webhook", "host", "answered 500")
    _night(configured, warehouse, _START, is_well=False)
    hook.fails = None
    for _ in range(2):
        assert CliRunner().invoke(cli, ["raptor", "status"]).exit_code == 0
    assert hook.told == [_BEGAN]


def test_many_at_once_tell_once(configured: Settings, warehouse: Warehouse, hook: Webhook) -> None:
    _outcome(warehouse, "run", _START, "failed")
    together = Barrier(6)

    def work() -> None:
        together.wait()
        _look(configured, _START)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hook.told == [_BEGAN[1:]]


def test_a_kill_between_sending_and_noting_so_sends_the_same_message_again(
    configured: Settings, warehouse: Warehouse, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(url: str, payload: dict[str, Any]) -> None:
        hook.send(url, payload)
        raise KeyboardInterrupt

    _outcome(warehouse, "run", _START, "failed")
    monkeypatch.setattr(watching, "send", killed)
    with pytest.raises(KeyboardInterrupt):
        _look(configured, _START)
    monkeypatch.setattr(watching, "send", hook.send)
    for minutes in (1, 2):
        _look(configured, _START + timedelta(minutes=minutes))
    first, second = hook.took
    assert first == second
    assert first["message_id"]


def test_without_a_webhook_problems_are_listed_and_old_ones_are_never_told(
    configured: Settings, warehouse: Warehouse, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALERT_WEBHOOK_URL")
    _night(load_settings(), warehouse, _START, is_well=False)
    assert len(_open(warehouse)) == 2
    _night(load_settings(), warehouse, _START + _DAY, is_well=True)
    _outcome(warehouse, "later", _START + 2 * _DAY, "failed", "alert")
    _look(load_settings(), _START + 2 * _DAY)
    _look(configured, _START + 2 * _DAY)  # with one: what is broken now is told
    assert hook.told == [[("began", "stream_failed", "voke alert")]]


# -- the warehouse --
@pytest.fixture
def is_down(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Takes the warehouse away and gives it back."""

    def switch(is_away: bool) -> None:
        def gone(*_: object, **__: object) -> Any:
            raise WarehouseError("the warehouse cannot be reached")

        monkeypatch.setattr(watching, "open_warehouse", gone if is_away else open_warehouse)

    return switch


def test_a_problem_that_was_told_is_not_told_again_while_the_warehouse_is_down(
    configured: Settings, warehouse: Warehouse, hook: Webhook, is_down: Callable[[bool], None]
) -> None:
    _night(configured, warehouse, _START, is_well=False)
    is_down(True)
    for night in (1, 2):
        end = RunEnd("nightly_sync", f"{night}", ("the warehouse cannot be reached",))
        assert not watch(configured, [end], under_way=UnderWay(), now_utc=_START + night * _DAY)
    assert hook.told == [_BEGAN, [("began", "warehouse_unreachable", "warehouse")]]
    is_down(False)
    _look(configured, _START + 3 * _DAY)
    assert hook.told[2:] == [[("over", "warehouse_unreachable", "warehouse")]]
    assert _open(warehouse) == [("run_failed", "nightly_sync"), ("stream_failed", "voke plant")]


def test_what_began_while_the_warehouse_was_down_is_a_problem_of_it_afterwards(
    configured: Settings, warehouse: Warehouse, hook: Webhook, is_down: Callable[[bool], None]
) -> None:
    is_down(True)
    failed = RunEnd("nightly_sync", "1", ("gone",), last_date=date(2026, 3, 1))
    for _ in range(2):
        watch(configured, [failed], now_utc=_START)
    is_down(False)
    _look(configured, _START + _DAY)
    with warehouse.transaction() as connection:
        rows = {row["kind"]: row for row in list_problems(connection, include_over=True)}
    assert (rows["run_failed"]["since"], rows["run_failed"]["run_id"], rows["run_failed"]["over_at"]) == (
        _START,
        "1",
        None,
    )
    assert rows["run_failed"]["told_at"] == _START
    assert rows["warehouse_unreachable"]["over_at"] == _START + _DAY
    _look(configured, _START + 2 * _DAY, RunEnd("nightly_sync", "2", last_date=date(2026, 3, 2)))
    assert hook.told == [
        [("began", "warehouse_unreachable", "warehouse"), ("began", "run_failed", "nightly_sync")],
        [("over", "warehouse_unreachable", "warehouse")],
        [("over", "run_failed", "nightly_sync")],
    ]


def test_a_run_that_ended_well_while_the_warehouse_was_down_ends_its_problem(
    configured: Settings, warehouse: Warehouse, hook: Webhook, is_down: Callable[[bool], None]
) -> None:
    _look(configured, _START, RunEnd("retention", "1", ("x",)))
    is_down(True)
    watch(configured, [RunEnd("retention", "2", passed_checks=("a b",))], now_utc=_START + _DAY)
    is_down(False)
    _look(configured, _START + 2 * _DAY)
    assert _open(warehouse) == []


_Step = tuple[str, bool]
_STEPS = st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.booleans()), min_size=1, max_size=10)


@pytest.mark.parametrize("flaky", ["webhook", "warehouse", "both"])
@settings(max_examples=5, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS, away=st.sampled_from(["webhook", "warehouse"]))
def test_whatever_fails_when_each_problem_is_told_once_to_begin_and_once_to_be_over(
    configured: Settings,
    warehouse: Warehouse,
    hook: Webhook,
    is_down: Callable[[bool], None],
    flaky: str,
    steps: list[_Step],
    away: str,
) -> None:
    """Steps: which stream fails, and whether what is flaky is there when somebody looks."""
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("truncate automation.problem, landing.stream_run")
    hook.took.clear()
    shutil.rmtree(configured.dagster_home, ignore_errors=True)
    now = _START
    for number, (failing, is_there) in enumerate([*steps, (steps[-1][0], True)]):
        now += timedelta(hours=1)
        for entity in ("a", "b"):
            _outcome(warehouse, f"run {number}", now, "failed" if entity == failing else "complete", entity)
        gone = {"both": away, "webhook": "webhook", "warehouse": "warehouse"}[flaky] if not is_there else ""
        away = "webhook" if away == "warehouse" else "warehouse"
        hook.fails = SourceUnavailable("alert webhook", "host", "answered 500") if gone == "webhook" else None
        is_down(gone == "warehouse")
        notes = [RunEnd("forecast_snapshot", f"run {number}", ("x",) if failing else ())]
        watch(configured, notes, under_way=UnderWay(), now_utc=now)
        is_down(False)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for event, kind, subject in (change for message in hook.told for change in message):
        if flaky != "both":  # else what waits in a warehouse that went away comes after what began since
            assert counts[kind, subject]["began"] - counts[kind, subject]["over"] == (event == "over"), hook.told
        counts[kind, subject][event] += 1
    with warehouse.transaction() as connection:
        rows = list_problems(connection, include_over=True)
    assert {key: own["began"] for key, own in counts.items()} == Counter((r["kind"], r["subject"]) for r in rows)
    assert {key: own["over"] for key, own in counts.items() if own["over"]} == Counter(
        (row["kind"], row["subject"]) for row in rows if row["over_at"]
    )
    expected = [("run_failed", "forecast_snapshot"), ("stream_failed", f"voke {failing}")] if failing else []
    assert _open(warehouse) == expected


# -- people --
def test_an_acknowledged_problem_is_quiet_until_it_is_over_and_stays_listed(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    hook.fails = SourceUnavailable("alert webhook", "host", "answered 500")
    _night(configured, warehouse, _START, is_well=False)
    with warehouse.transaction() as connection:
        ids = [row["problem_id"] for row in list_problems(connection)]
        acknowledge_problems(connection, ids, "anna", "the key is ordered", _START)
    hook.fails = None
    _night(configured, warehouse, _START + _DAY, is_well=False)
    assert hook.told == []
    listed = json.loads(CliRunner().invoke(cli, ["problems", "list", "--json"]).stdout)
    assert [(row["acknowledged_by"], row["acknowledged_why"]) for row in listed] == [("anna", "the key is ordered")] * 2
    _night(configured, warehouse, _START + 2 * _DAY, is_well=True)
    assert hook.told == [_OVER]


def test_what_is_not_open_cannot_be_acknowledged(configured: Settings, warehouse: Warehouse, hook: Webhook) -> None:
    _night(configured, warehouse, _START, is_well=False)
    with warehouse.transaction() as connection:
        first, *_ = list_problems(connection)
    with pytest.raises(UsageError, match="no problem 4711 is open"), warehouse.transaction() as connection:
        acknowledge_problems(connection, [first["problem_id"], 4711], "anna", None, _START)
    with warehouse.transaction() as connection:
        assert {row["acknowledged_by"] for row in list_problems(connection)} == {None}
    done = CliRunner().invoke(cli, ["problems", "acknowledge", "4711"])
    assert done.exit_code == 2


def test_the_command_line_lists_what_is_broken_and_with_all_what_was(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _night(configured, warehouse, _START, is_well=False)
    listed = CliRunner().invoke(cli, ["problems", "list"]).output
    assert re.search(r"stream_failed\s+voke plant\s+2026-03-02 04:00Z\s+–\s+answered 503", listed)
    _night(configured, warehouse, _START + _DAY, is_well=True)
    assert CliRunner().invoke(cli, ["problems", "list"]).output == "no problem is open\n"
    everything = CliRunner().invoke(cli, ["problems", "list", "--all"]).output
    assert re.search(
        r"stream_failed\s+voke plant\s+2026-03-02 04:00Z\s+2026-03-03 04:00Z\s+–\s+answered 503", everything
    )


# -- what would end a problem too early, or never --
def test_missed_days_caught_up_do_not_end_what_the_listings_lack(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _look(configured, _START, RunEnd("registry_sync", "1", ("ravenwits: answered 503",)))
    range_tags = {
        "dagster/asset_partition_range_start": "2026-02-20",
        "dagster/asset_partition_range_end": "2026-02-22",
    }
    caught_up = dg.DagsterRun(job_name="nightly_sync", run_id="2", tags={**range_tags, MISSED_TAG: "2026-02-20"})
    _look(configured, _START + timedelta(hours=1), run_end(caught_up))
    assert _open(warehouse) == [("run_failed", "registry_sync")]
    _look(configured, _START + timedelta(hours=2), run_end(dg.DagsterRun(job_name="nightly_sync", run_id="3")))
    assert hook.told == [[("began", "run_failed", "registry_sync")], [("over", "run_failed", "registry_sync")]]


def test_problems_of_a_source_that_is_not_configured_any_more_are_over(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _outcome(warehouse, "1", _START, "failed", entity="energy_today")  # no night asks for it
    silent = Sighting("plant_silent", "flexmeasures P-ALPHA", "Alpha: no reading")
    _look(configured, _START, RunEnd("voke_energy_sampling", "1", ("answered 503",)), silent)
    began = [("run_failed", "voke_energy_sampling"), ("stream_failed", "voke energy_today")]
    assert _open(warehouse) == [("plant_silent", "flexmeasures P-ALPHA"), *began]
    alone = replace(configured, sources={"ravenwits": configured.sources["ravenwits"]})
    _look(alone, _START + _DAY)
    assert _open(warehouse) == []
    _outcome(warehouse, "2", _START + _DAY, "failed", entity="energy_today")
    _look(configured, _START + 2 * _DAY, RunEnd("voke_energy_sampling", "2", ("answered 503",)))
    assert _open(warehouse) == began


# -- what would keep everybody from being told --
@pytest.mark.parametrize(
    "entry",
    [
        {"seen_at": "2026-03-02T03:00:00+00:00", "is_told": False, "sighting": {"kind": "run_failed", "colour": "red"}},
        {"seen_at": "2026-03-02T03:00:00+00:00", "is_told": False, "run": {"job_name": "x"}},
        {"seen_at": "this morning", "is_told": False, "sighting": {}},
        {"sighting": {}},
    ],
)
def test_a_note_of_another_version_is_set_aside_and_holds_up_nothing(
    configured: Settings, warehouse: Warehouse, hook: Webhook, entry: dict[str, Any]
) -> None:
    folder = configured.dagster_home / "spool" / "notes"
    folder.mkdir(parents=True)
    (folder / "20260302T030000000000Z-1.json").write_text(json.dumps(entry), encoding="utf-8")
    _look(configured, _START, RunEnd("onboard_plant", "1", ("x",)))
    assert _open(warehouse) == [("run_failed", "onboard_plant")]
    assert [file.name for file in folder.glob("2*")] == ["20260302T030000000000Z-1.unreadable"]


def test_a_sign_that_no_text_column_takes_is_told_all_the_same(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    _look(configured, _START, RunEnd("onboard_plant", "1", ("answered 400: a\x00b",)))
    assert hook.took[0]["problems"][0]["message"] == "answered 400: a\ufffdb"


def test_issues_in_a_folder_that_cannot_be_used_hold_up_nothing(
    configured: Settings, warehouse: Warehouse, hook: Webhook
) -> None:
    """As one of another user, who ran a command once."""
    keep_issues(configured, "1", [RunIssue("run", "step", "broken")])
    lock = configured.dagster_home / "spool" / "issues" / ".lock"
    lock.unlink()
    lock.mkdir()
    _look(configured, _START, RunEnd("onboard_plant", "1", ("x",)))
    assert hook.told == [[("began", "run_failed", "onboard_plant")]]
