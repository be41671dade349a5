"""Answers that were archived, given again: no request leaves this machine.

What belongs here: being the transport of a client. What does not: finding the answers (`landing.archived_run`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from plant_pipeline.errors import NotArchived
from plant_pipeline.http.redaction import secrets_of
from plant_pipeline.http.retry import RetryPolicy

ONE_TRY = RetryPolicy(attempts=1, patient_attempts=0)
"""For a client of archived answers: what was tried again then is not tried again now."""


@dataclass(frozen=True)
class ArchivedAnswer:
    """The last answer to a call that was tried until it was usable or given up, and when it came."""

    received_at: datetime
    http_status: int
    body: bytes = field(repr=False)


FindAnswer = Callable[[str | None, str, str | None], ArchivedAnswer | None]
"""The next answer to (entity, path, query); of no entity, whether the source answered at all."""


class ArchivedTransport(httpx.AsyncBaseTransport):
    """Answers each request from an archive; raises `NotArchived` for what was not asked, or not answered, then."""

    def __init__(self, source: str, find: FindAnswer) -> None:
        self._source, self._find = source, find

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The next answer to this request."""
        call: Any = request.extensions.get("call")
        path = call.path if call else request.url.path
        query = secrets_of(()).query_without(request.url.query.decode()) or None
        answer = self._find(call.entity if call else None, path, query)
        if answer is None:
            asked = f"{request.method} {path}" + (f"?{query}" if query else "")
            reason = (
                f"the archive has no answer of that run to {asked}: there was none then, or this version asks for "
                "something else; `plant-pipeline sync --from D --to D` asks the source itself"
            )
            raise NotArchived(self._source, path, reason)
        headers = {"Content-Type": "application/json"}
        return httpx.Response(
            answer.http_status,
            content=answer.body,
            headers=headers,
            request=request,
            extensions={"received_at": answer.received_at},
        )
