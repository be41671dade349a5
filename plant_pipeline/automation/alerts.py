"""Telling a person: one JSON message to the webhook, kept in the spool until the webhook has taken it.

What belongs here: the way of a message, and what is kept while the warehouse is down. What does not: what a message
says (`problem_messages`), and when there is one (`watch`).
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from plant_pipeline.automation.problem_messages import ProblemChange, problem_message
from plant_pipeline.automation.problems import RunEnd, Sighting
from plant_pipeline.automation.spool import Spool
from plant_pipeline.config import Settings
from plant_pipeline.errors import ContractViolation, SourceError
from plant_pipeline.http import HttpClient, RetryPolicy
from plant_pipeline.landing.stream import RunIssue, write_issues
from plant_pipeline.orchestration import utc_now
from plant_pipeline.warehouse import Warehouse

_log = logging.getLogger(__name__)

# Short: what is not taken now is tried again at the next tick, and a tick has a minute.
_RETRY = RetryPolicy(attempts=2, patient_attempts=2, patience_s=5.0, longest_try_s=10.0)
_told_unkept: set[tuple[str, str]] = set()  # where no file can be written, a process remembers what it has told


# -- messages --
def send(webhook_url: str, payload: dict[str, Any]) -> None:
    """POST the message; raises `SourceUnavailable` or `SourceRejected`, naming the host only."""

    async def post() -> None:
        async with HttpClient("alert webhook", "", retry=_RETRY) as client:
            await client.post_webhook(webhook_url, payload)

    asyncio.run(post())


def tell(settings: Settings, payload: dict[str, Any], *, now_utc: datetime | None = None) -> None:
    """Send a message after those that still wait; what the webhook does not take now waits for the next attempt.

    Without a webhook nobody is told. Never raises for a webhook or a folder that fails.
    """
    if settings.alert_webhook_url is None:
        return
    try:
        _spool(settings).put(payload, now_utc or utc_now())
    except OSError as error:
        _log.error("the alert cannot be kept (%s) and is sent at once", error)
        try:
            send(settings.alert_webhook_url, payload)
        except SourceError as failure:
            _log.error("ALERT_WEBHOOK_URL: the alert %r is lost: %s", payload["title"], failure)
    else:
        tell_waiting(settings, now_utc=now_utc)


def tell_waiting(settings: Settings, *, now_utc: datetime | None = None) -> None:
    """Send what waits in the spool, oldest first, each message once; never raises for a webhook that fails."""
    if settings.alert_webhook_url is None:
        return
    url = settings.alert_webhook_url
    try:
        left = _spool(settings).hand_on(lambda payload: send(url, payload), now_utc or utc_now())
    except OSError as error:
        _log.error("the alerts that wait cannot be read: %s", error)
        return
    if left:
        _log.warning("ALERT_WEBHOOK_URL: %d alert(s) wait in %s", left, _spool(settings).directory)


# -- while the warehouse is down --
def keep_notes(settings: Settings, notes: Sequence[Sighting | RunEnd], now_utc: datetime) -> None:
    """Keep what was seen for a warehouse that cannot be asked, and tell of problems that nobody was told of yet."""
    sightings = [note.sighting if isinstance(note, RunEnd) else note for note in notes if _is_bad(note)]
    try:
        with Spool(_open_file(settings).parent).alone():
            known = read_open(settings)
            new = [own for own in sightings if (own.kind, own.subject) not in known]
            for note in [*new, *(own for own in notes if not _is_bad(own))]:
                _notes(settings).put(_entry(note, now_utc, is_told=settings.alert_webhook_url is not None), now_utc)
            if new:
                _tell_began(settings, new, now_utc)
                write_open(settings, known | {(own.kind, own.subject) for own in new})
    except OSError as error:
        _log.error("what is wrong cannot be kept: %s", error)
        new = [own for own in sightings if (own.kind, own.subject) not in _told_unkept]
        _told_unkept.update((own.kind, own.subject) for own in new)
        if new:
            _tell_began(settings, new, now_utc)
    tell_waiting(settings, now_utc=now_utc)


def hand_on_notes(
    settings: Settings, take: Callable[[Sighting | RunEnd, datetime, datetime | None], None], now_utc: datetime
) -> None:
    """Give what was kept to `take`, oldest first: each note, when it was made, and when a person was told of it."""

    def take_entry(entry: dict[str, Any]) -> None:
        with _read_as("a note"):
            seen_at, note, is_told = datetime.fromisoformat(entry["seen_at"]), _note(entry), entry["is_told"]
        take(note, seen_at, seen_at if is_told else None)

    try:
        _notes(settings).hand_on(take_entry, now_utc)
    except OSError as error:
        _log.error("what was seen while the warehouse was down cannot be read: %s", error)


def read_open(settings: Settings) -> set[tuple[str, str]]:
    """Kinds and subjects of the problems that were open when the warehouse was asked last, or were told since."""
    try:
        return {(kind, subject) for kind, subject in json.loads(_open_file(settings).read_bytes())}
    except (FileNotFoundError, ValueError):
        return set()


def write_open(settings: Settings, problems: set[tuple[str, str]]) -> None:
    """Remember them; raises `OSError` if nothing can be written."""
    file = _open_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(sorted(problems)), encoding="utf-8")
    partial.replace(file)


def keep_issues(settings: Settings, run_id: str, issues: Sequence[RunIssue]) -> None:
    """Keep what a run could not do for a warehouse that cannot be written now; `store_kept_issues` writes it."""
    try:
        _issues(settings).put({"run_id": run_id, "issues": [asdict(issue) for issue in issues]}, utc_now())
    except OSError as error:
        _log.error("what run %s could not do cannot be kept: %s", run_id, error)


def store_kept_issues(settings: Settings, warehouse: Warehouse) -> None:
    """Write what was kept while the warehouse was down; never raises for a folder that fails."""

    def store(entry: dict[str, Any]) -> None:
        with _read_as("issues of a run"):
            run_id, issues = entry["run_id"], [RunIssue(**issue) for issue in entry["issues"]]
        with warehouse.transaction() as connection:
            write_issues(connection, run_id, issues)

    try:
        _issues(settings).hand_on(store, utc_now())
    except OSError as error:
        _log.error("what runs could not do while the warehouse was down cannot be read: %s", error)


@contextmanager
def _read_as(what: str) -> Iterator[None]:
    """What another version of this program kept may lack something: it must not hold up what comes after it."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ContractViolation(f"not {what} as this version keeps them: {error!r}") from error


def _is_bad(note: Sighting | RunEnd) -> bool:
    return isinstance(note, Sighting) or (bool(note.failures) and not note.is_replay)


def _tell_began(settings: Settings, sightings: Sequence[Sighting], now_utc: datetime) -> None:
    changes = [ProblemChange("began", own, now_utc) for own in sightings]
    tell(settings, problem_message(changes, settings.ui_url), now_utc=now_utc)


def _entry(note: Sighting | RunEnd, seen_at: datetime, *, is_told: bool) -> dict[str, Any]:
    fields = asdict(note)
    if isinstance(note, RunEnd):
        fields["last_date"] = note.last_date.isoformat() if note.last_date else None
    name = "run" if isinstance(note, RunEnd) else "sighting"
    return {"seen_at": seen_at.isoformat(), "is_told": is_told, name: fields}


def _note(entry: dict[str, Any]) -> Sighting | RunEnd:
    if "sighting" in entry:
        return Sighting(**entry["sighting"])
    fields = entry["run"]
    last = date.fromisoformat(fields["last_date"]) if fields["last_date"] else None
    return RunEnd(
        **{
            **fields,
            "failures": tuple(fields["failures"]),
            "passed_checks": tuple(fields["passed_checks"]),
            "last_date": last,
        }
    )


def _spool(settings: Settings) -> Spool:
    return Spool(settings.dagster_home / "spool")


def _issues(settings: Settings) -> Spool:
    return Spool(settings.dagster_home / "spool" / "issues")


def _notes(settings: Settings) -> Spool:
    return Spool(settings.dagster_home / "spool" / "notes")


def _open_file(settings: Settings) -> Path:
    return settings.dagster_home / "spool" / "open" / "problems"
