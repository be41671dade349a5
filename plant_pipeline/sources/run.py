"""What all pulls of a run share: warehouse, archive, clock, and an open client whose every answer is kept.

What belongs here: opening and closing around the work. What does not: what is asked for (`stream`, `readings.pull`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

from plant_pipeline.config import SourceSettings
from plant_pipeline.garbage import older_objects_left_alone
from plant_pipeline.http import (
    ONE_TRY,
    ArchivedTransport,
    HttpClient,
    Limit,
    Received,
    RetryPolicy,
    SharedBudget,
)
from plant_pipeline.landing.archive import Archive
from plant_pipeline.landing.archived_run import ArchivedRun
from plant_pipeline.landing.budget import BudgetInWarehouse
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.landing.run_record import note_begin
from plant_pipeline.landing.stream import RunIssue, replace_issues
from plant_pipeline.shards import Shard
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import Warehouse, read_frame

if TYPE_CHECKING:
    import pandas as pd

    from plant_pipeline.orchestration import Pipeline

Result = TypeVar("Result")
SOURCES_STAGE: Final = "sources"
"""The stage of findings about what sources answer."""


@dataclass(frozen=True)
class Pulled(Generic[Result]):
    """What the work gave, when it began, and how many calls were made again."""

    result: Result
    started_at: datetime
    retried: int


async def _no_wait(_seconds: float) -> None:
    return None


@dataclass(frozen=True)
class Run:
    """What every stream of a run shares. `objects`: keys of the packs that its answers were stored in so far."""

    warehouse: Warehouse
    archive: Archive
    run_id: str
    clock: Callable[[], datetime]
    replayed: ArchivedRun | None = None
    objects: list[str] = field(default_factory=list)
    shard: Shard | None = None

    @classmethod
    def of(cls, pipeline: "Pipeline", run_id: str) -> Self:
        """The run that stands under an id, over an open pipeline."""
        return cls(
            pipeline.warehouse,
            pipeline.archive,
            run_id,
            pipeline.clock,
            pipeline.replayed,
            pipeline.objects,
            pipeline.shard,
        )

    def pull(
        self,
        source: Source,
        settings: SourceSettings,
        stream: str,
        work: Callable[[HttpClient, datetime], Awaitable[Result]],
        *,
        is_sample: bool = False,
    ) -> Pulled[Result]:
        """Do `work` with a client of the source and the instant at which it begins.

        What was answered is in archive and ledger, however it ends; answers of a sample share a row.
        """
        started_at = note_begin(self.clock, f"{source.name} {stream}")
        ledger = FetchLedger(
            self.warehouse, self.archive, source.name, self.run_id, is_together=is_sample, objects=self.objects
        )
        client = self.client(source, settings, recorder=ledger.record)

        async def work_with_client() -> Result:
            async with client:
                return await work(client, started_at)

        try:
            with older_objects_left_alone():
                result = asyncio.run(work_with_client())
        finally:
            ledger.flush()
        self._note_deprecated(source, client.tally.deprecated)
        return Pulled(result, started_at, client.tally.retries)

    def _note_deprecated(self, source: Source, deprecated: Mapping[str, str]) -> None:
        """Endpoints that the server says will go are findings of the run, one each."""
        if not deprecated:
            return
        issues = [
            RunIssue(
                SOURCES_STAGE,
                f"{source.name} {path}",
                f"{source.name}: {path} will go, the server says ({said}): look for a newer plant_pipeline in time",
                "finding",
            )
            for path, said in sorted(deprecated.items())
        ]
        with self.warehouse.transaction() as connection:
            replace_issues(connection, self.run_id, SOURCES_STAGE, [issue.subject for issue in issues], issues)

    def client(
        self,
        source: Source,
        settings: SourceSettings,
        *,
        recorder: Callable[[Received], None] | None = None,
        retry: RetryPolicy | None = None,
        asks_again: bool = False,
    ) -> HttpClient:
        """A client of the source within its budget; in a replay one that the archive answers.

        `asks_again`: although the run gave the source up.
        """
        if self.replayed is not None:
            transport = ArchivedTransport(source.name, partial(self.replayed.find, source.name))
            return source.client(settings, transport=transport, retry=ONE_TRY, sleep=_no_wait)
        budget = self._budget(source, settings, asks_again=asks_again)
        return source.client(settings, recorder=recorder, retry=retry, budget=budget, stamp=self.clock)

    def _budget(self, source: Source, settings: SourceSettings, *, asks_again: bool) -> SharedBudget:
        calls = settings.calls_per_minute or source.requests_per_minute
        return SharedBudget(
            BudgetInWarehouse(self.warehouse, source.name, self.clock),
            self.run_id,
            known=Limit(calls) if calls else None,
            until_silent=source.states_limit and settings.calls_per_minute is None,
            asks_again=asks_again,
        )

    def read(self, statement: str, **parameters: object) -> "pd.DataFrame":
        """Rows of a SQL text, in a transaction of its own: what a fetch may want to know of the warehouse."""
        with self.warehouse.transaction() as connection:
            return read_frame(connection, statement, **parameters)

    def seconds_since(self, moment: datetime) -> float:
        """How long ago that is, in seconds."""
        return (self.clock() - moment).total_seconds()
