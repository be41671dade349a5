"""Watching: what is seen becomes problems, and a person is told when one begins and when it is over, once each.

What belongs here: the order of looking, noting and telling, with the warehouse or without. What does not: what is wrong
(`current_problems`), what a message says (`problem_messages`).

A kill between sending a message and noting that it was sent sends it again; its `message_id` is the same.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from plant_pipeline.automation.alerts import (
    hand_on_notes,
    keep_notes,
    send,
    store_kept_issues,
    tell_waiting,
    write_open,
)
from plant_pipeline.automation.command_line_runs import DIED
from plant_pipeline.automation.current_problems import note_current_problems, note_time_and_space
from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.automation.problem_kinds import WAREHOUSE_UNREACHABLE
from plant_pipeline.automation.problem_messages import ProblemChange, problem_message
from plant_pipeline.automation.problems import (
    RunEnd,
    Sighting,
    list_problems,
    lock_problems,
    note_problem,
    note_run_end,
)
from plant_pipeline.automation.spool import MESSAGES_WAIT
from plant_pipeline.automation.under_way import UnderWay, span_of_run
from plant_pipeline.config import Settings
from plant_pipeline.errors import SourceError, WarehouseError
from plant_pipeline.orchestration import utc_now
from plant_pipeline.warehouse import Warehouse, execute, lock_name, open_warehouse

_log = logging.getLogger(__name__)


# -- looking --
def watch(
    settings: Settings,
    notes: Sequence[Sighting | RunEnd] = (),
    *,
    under_way: UnderWay | None = None,
    now_utc: datetime | None = None,
) -> bool:
    """Note what was seen, look at what is wrong, and tell of what is new or over; returns whether the warehouse is up.

    `under_way`: the runs whose rows are no verdict yet; None: only time and space are looked at. Never raises for a
    warehouse, a webhook or a folder that fails: what cannot be noted or sent now is by the next look.
    """
    now_utc = now_utc or utc_now()
    tell_waiting(settings, now_utc=now_utc)
    try:
        with open_warehouse(settings) as warehouse:
            store_kept_issues(settings, warehouse)
            hand_on_notes(settings, lambda note, seen_at, told_at: _store(warehouse, note, seen_at, told_at), now_utc)
            with warehouse.transaction() as connection:
                lock_problems(connection)
                for note in notes:
                    _write(connection, note, now_utc)
                note_time_and_space(connection, settings, now_utc)
                if under_way is not None:
                    note_current_problems(connection, settings, under_way, now_utc)
                open_now = {(row["kind"], row["subject"]) for row in list_problems(connection)}
            with suppress(OSError):
                write_open(settings, open_now)
            tell_problems(settings, warehouse, now_utc)
    except (WarehouseError, DBAPIError, psycopg.Error) as error:
        keep_notes(settings, [*notes, _unreachable(error)], now_utc)
        return False
    return True


def note_without_warehouse(settings: Settings, error: Exception, consequence: str = "") -> None:
    """Note that the warehouse did not answer, to whoever needed it, and what comes of that."""
    keep_notes(settings, [_unreachable(error, consequence)], utc_now())


def run_end(run: dg.DagsterRun, failures: Sequence[str] = ()) -> RunEnd:
    """How a run of Dagster ended."""
    resources: Any = run.run_config.get("resources", {})
    config = resources.get("pipeline", {}).get("config", {})
    dates = span_of_run(run)
    return RunEnd(
        run.job_name,
        run.run_id,
        tuple(failures),
        plant_code=config.get("plant"),
        last_date=dates[1] if dates else None,
        is_replay=config.get("replayed") is not None,
        catches_up=MISSED_TAG in run.tags,
    )


def watch_dead_runs(settings: Settings, runs: Sequence[dg.DagsterRun]) -> None:
    """Note the runs of the command line that could not tell of their own end any more."""
    if runs:
        watch(settings, [run_end(run, [DIED]) for run in runs])


def _unreachable(error: Exception, consequence: str = "") -> Sighting:
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    text = f"{said}; {consequence}" if consequence else said
    return Sighting(WAREHOUSE_UNREACHABLE, "warehouse", text)


def _store(warehouse: Warehouse, note: Sighting | RunEnd, seen_at: datetime, told_at: datetime | None) -> None:
    with warehouse.transaction() as connection:
        lock_problems(connection)
        _write(connection, note, seen_at, told_at)


def _write(connection: Connection, note: Sighting | RunEnd, seen_at: datetime, told_at: datetime | None = None) -> None:
    if isinstance(note, RunEnd):
        note_run_end(connection, note, seen_at, told_at)
    else:
        note_problem(connection, note, seen_at, told_at)


# -- telling --
def tell_problems(settings: Settings, warehouse: Warehouse, now_utc: datetime) -> None:
    """Send one message over all that nobody was told of; never raises for a webhook that fails.

    One process at a time: the other one waits, and finds nothing left.
    """
    with warehouse.transaction() as connection:
        lock_name(connection, "plant_pipeline telling")
        if settings.alert_webhook_url is None:
            execute(connection, "automation/settle_over")
            return
        rows = execute(connection, "automation/untold_problems").all()
        if rows:
            changes = [change for row in rows for change in _changes(row)]
            try:
                send(settings.alert_webhook_url, problem_message(changes, settings.ui_url))
            except SourceError as error:
                _log.warning("ALERT_WEBHOOK_URL: %d message(s) on problems wait: %s", len(changes), error)
                _mark_waiting(settings, is_waiting=True)
                return
            began = [row.problem_id for row in rows if row.is_begin_untold]
            over = [row.problem_id for row in rows if row.over_at is not None]
            execute(connection, "automation/mark_told", problem_ids=began, now_utc=now_utc)
            execute(connection, "automation/mark_over_told", problem_ids=over, now_utc=now_utc)
    _mark_waiting(settings, is_waiting=False)


def tell_all_waiting(settings: Settings) -> None:
    """Send what the webhook did not take before, from the spool and from the warehouse; never raises for either."""
    tell_waiting(settings)
    if waiting_file(settings).exists():
        with suppress(WarehouseError, DBAPIError, psycopg.Error), open_warehouse(settings) as warehouse:
            tell_problems(settings, warehouse, utc_now())


def waiting_file(settings: Settings) -> Path:
    """Is there while messages wait in the warehouse: commands that do not need it look there first."""
    return settings.dagster_home / "spool" / MESSAGES_WAIT


def _changes(row: Row[tuple[object, ...]]) -> list[ProblemChange]:
    sighting = Sighting(row.kind, row.subject, row.message, row.run_id)
    began = ProblemChange("began", sighting, row.first_seen_at, None, row.problem_id)
    over = ProblemChange("over", sighting, row.first_seen_at, row.over_at, row.problem_id)
    return [*([began] if row.is_begin_untold else []), *([over] if row.over_at is not None else [])]


def _mark_waiting(settings: Settings, *, is_waiting: bool) -> None:
    file = waiting_file(settings)
    with suppress(OSError):
        if is_waiting:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        else:
            file.unlink(missing_ok=True)
