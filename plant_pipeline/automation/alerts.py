"""Telling a person: one JSON message to the webhook.

What belongs here: the message and its sending. What does not: when to alert (`sensors`).
"""

import asyncio
import logging
from collections.abc import Sequence

import dagster as dg

from plant_pipeline.automation.command_line_runs import DIED
from plant_pipeline.errors import SourceError
from plant_pipeline.http import HttpClient

_log = logging.getLogger(__name__)

_MOST_LINES = 20


def message(title: str, lines: Sequence[str], run_id: str, job_name: str) -> dict[str, object]:
    """The payload: `text` is what chat systems show, the rest is for programs."""
    shown = [*lines[:_MOST_LINES], *([f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])]
    return {
        "text": "\n".join([title, *(f"- {line}" for line in shown)]),
        "title": title,
        "problems": list(lines),
        "run_id": run_id,
        "job_name": job_name,
    }


def send(webhook_url: str, payload: dict[str, object]) -> None:
    """POST the message; raises `SourceUnavailable` or `SourceRejected`, naming the host only."""

    async def post() -> None:
        async with HttpClient("alert webhook", "") as client:
            await client.post_webhook(webhook_url, payload)

    asyncio.run(post())


def tell_of_dead_runs(webhook_url: str | None, runs: Sequence[dg.DagsterRun]) -> None:
    """One message for each run of the command line that could not tell of its own end any more."""
    if webhook_url is None:
        return
    for run in runs:
        try:
            send(webhook_url, message(f"{run.job_name} died", [DIED], run.run_id, run.job_name))
        except SourceError as error:
            _log.error("ALERT_WEBHOOK_URL: the alert on run %s was not delivered: %s", run.run_id, error)
