"""Telling a person: one JSON message to the webhook, kept in the spool until the webhook has taken it.

What belongs here: the message and its way. What does not: when to alert (`sensors`, the command line).
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import dagster as dg

from plant_pipeline.automation.command_line_runs import DIED
from plant_pipeline.automation.spool import Spool
from plant_pipeline.config import Settings
from plant_pipeline.errors import SourceError
from plant_pipeline.http import HttpClient, RetryPolicy
from plant_pipeline.landing.stream import RunIssue, write_issues
from plant_pipeline.orchestration import utc_now
from plant_pipeline.warehouse import Warehouse

_log = logging.getLogger(__name__)

_MOST_LINES = 20
# Short: what is not taken now is tried again at the next tick, and a tick has a minute.
_RETRY = RetryPolicy(attempts=2, patient_attempts=2, patience_s=5.0, longest_try_s=10.0)


def message(title: str, lines: Sequence[str], run_id: str, job_name: str) -> dict[str, Any]:
    """The payload: `text` is what chat systems show, the rest is for programs."""
    shown = [*lines[:_MOST_LINES], *([f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])]
    return {
        "text": "\n".join([title, *(f"- {line}" for line in shown)]),
        "title": title,
        "problems": list(lines),
        "run_id": run_id,
        "job_name": job_name,
    }


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
        tell_waiting(settings)


def tell_once(settings: Settings, subject: str, occasion: str, payload: dict[str, Any]) -> None:
    """Tell of a lasting trouble the first time it is met: once for each `occasion` until `note_over`."""
    marker = settings.dagster_home / "spool" / "told" / subject
    try:
        if marker.exists() and marker.read_text(encoding="utf-8") == occasion:
            return
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(occasion, encoding="utf-8")
    except OSError as error:
        _log.error("%s: that it was told cannot be noted: %s", subject, error)
    tell(settings, payload)


def note_over(settings: Settings, subject: str) -> None:
    """Note that a lasting trouble has passed: its return is told again."""
    (settings.dagster_home / "spool" / "told" / subject).unlink(missing_ok=True)


def tell_waiting(settings: Settings) -> None:
    """Send what waits in the spool, oldest first, each message once; never raises for a webhook that fails."""
    if settings.alert_webhook_url is None:
        return
    url = settings.alert_webhook_url
    try:
        left = _spool(settings).hand_on(lambda payload: send(url, payload), utc_now())
    except OSError as error:
        _log.error("the alerts that wait cannot be read: %s", error)
        return
    if left:
        _log.warning("ALERT_WEBHOOK_URL: %d alert(s) wait in %s", left, _spool(settings).directory)


def send(webhook_url: str, payload: dict[str, Any]) -> None:
    """POST the message; raises `SourceUnavailable` or `SourceRejected`, naming the host only."""

    async def post() -> None:
        async with HttpClient("alert webhook", "", retry=_RETRY) as client:
            await client.post_webhook(webhook_url, payload)

    asyncio.run(post())


def tell_of_dead_runs(settings: Settings, runs: Sequence[dg.DagsterRun]) -> None:
    """One message for each run of the command line that could not tell of its own end any more."""
    for run in runs:
        tell(settings, message(f"{run.job_name} died", [DIED], run.run_id, run.job_name))


def keep_issues(settings: Settings, run_id: str, issues: Sequence[RunIssue]) -> None:
    """Keep what a run could not do for a warehouse that cannot be written now; `store_kept_issues` writes it."""
    try:
        _issues(settings).put({"run_id": run_id, "issues": [asdict(issue) for issue in issues]}, utc_now())
    except OSError as error:
        _log.error("what run %s could not do cannot be kept: %s", run_id, error)


def store_kept_issues(settings: Settings, warehouse: Warehouse) -> None:
    """Write what was kept while the warehouse was down."""

    def store(entry: dict[str, Any]) -> None:
        with warehouse.transaction() as connection:
            write_issues(connection, entry["run_id"], [RunIssue(**issue) for issue in entry["issues"]])

    _issues(settings).hand_on(store, utc_now())


def _spool(settings: Settings) -> Spool:
    return Spool(settings.dagster_home / "spool")


def _issues(settings: Settings) -> Spool:
    return Spool(settings.dagster_home / "spool" / "issues")
