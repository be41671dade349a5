"""An API in memory for tests of whole streams: answers by path, remembers what it was asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from plant_pipeline.config import SourceSettings
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Source
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse

AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)

Handler = Callable[[httpx.Request], httpx.Response]


def status(code: int, body: object = None) -> Handler:
    """An answer with this status and JSON body; a 404 says in JSON that it is one, as all these APIs do."""
    said = {"message": "Not found"} if body is None and code == 404 else body
    return lambda _request: httpx.Response(code, json=said)


def html(code: int = 200) -> Handler:
    """What a proxy in the way answers."""
    return lambda _request: httpx.Response(code, html="<html><body>Maintenance</body></html>")


def no_answer(request: httpx.Request) -> httpx.Response:
    """A connection that is refused."""
    raise httpx.ConnectError("connection refused", request=request)


@dataclass
class FakeApi:
    """Answers of a path come in turn, the last one again and again; a path never named is a 404."""

    answers: dict[str, list[object]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(self, path: str, *answers: object) -> "FakeApi":
        """Answer `path` with JSON values or handlers."""
        self.answers[path] = list(answers)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        waiting = self.answers.get(request.url.path)
        if not waiting:
            return httpx.Response(404, json={"detail": "Not found."})
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer(request) if callable(answer) else httpx.Response(200, json=answer)

    def asked(self, path: str) -> int:
        """How often `path` was asked for."""
        return sum(request.url.path == path for request in self.requests)


async def _no_wait(_seconds: float) -> None:
    return None


@dataclass
class Puller:
    """Pulls entities of one source from a fake API into a warehouse, as a run does."""

    source: Source
    settings: SourceSettings
    api: FakeApi
    warehouse: Warehouse
    archive: Path

    def __call__(self, entity: str, run_id: str = "run-1", at: datetime = AT, **options: Any) -> StreamOutcome:
        """`options` go to the client."""
        given = {"transport": httpx.MockTransport(self.api), "sleep": _no_wait, **options}
        opened = partial(self.source.open_client, **given)
        source = replace(self.source, open_client=opened)
        run = Run(self.warehouse, FileArchive(self.archive), run_id, lambda: at)
        return pull_entity(run, source, source.entity(entity), self.settings)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a query."""
        with self.warehouse.transaction() as connection:
            return [dict(row) for row in connection.exec_driver_sql(statement).mappings()]

    def column(self, statement: str) -> list[Any]:
        """First column of a query."""
        return [next(iter(row.values())) for row in self.rows(statement)]

    def outcome_of(self, entity: str, run_id: str = "run-1") -> dict[str, Any]:
        """The outcome a run wrote for a stream."""
        return next(
            row
            for row in self.rows("select * from landing.stream_run")
            if (row["run_id"], row["entity"]) == (run_id, entity)
        )


def without(rows: Iterable[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    """The rows without some columns."""
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]
