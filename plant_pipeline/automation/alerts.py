"""Telling a person: one JSON message to the webhook.

What belongs here: the message and its sending. What does not: when to alert (`sensors`).
"""

import asyncio
from collections.abc import Sequence

from plant_pipeline.http import HttpClient

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
