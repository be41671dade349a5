"""What all pulls of a run share: warehouse, archive, clock, and an open client whose every answer is kept.

What belongs here: opening and closing around the work. What does not: what is asked for (`stream`, `readings.pull`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from plant_pipeline.config import SourceSettings
from plant_pipeline.http import HttpClient, Limit, SharedBudget
from plant_pipeline.landing.archive import Archive
from plant_pipeline.landing.budget import BudgetInWarehouse
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import Warehouse, read_frame

if TYPE_CHECKING:
    import pandas as pd

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pulled(Generic[Result]):
    """What the work gave, when it began, and how many calls were made again."""

    result: Result
    started_at: datetime
    retried: int


@dataclass(frozen=True)
class Run:
    """What every stream of a run shares."""

    warehouse: Warehouse
    archive: Archive
    run_id: str
    clock: Callable[[], datetime]

    def pull(
        self, source: Source, settings: SourceSettings, work: Callable[[HttpClient], Awaitable[Result]]
    ) -> Pulled[Result]:
        """Do `work` with a client of the source; what was answered is in archive and ledger, however it ends."""
        started_at = self.clock()
        ledger = FetchLedger(self.warehouse, self.archive, source.name, self.run_id)
        client = source.client(settings, recorder=ledger.record, budget=self.budget(source, settings))

        async def work_with_client() -> Result:
            async with client:
                return await work(client)

        try:
            result = asyncio.run(work_with_client())
        finally:
            ledger.flush()
        return Pulled(result, started_at, client.tally.retries)

    def budget(self, source: Source, settings: SourceSettings, *, asks_again: bool = False) -> SharedBudget:
        """The run's part in the budget of a source; `asks_again`: although the run gave the source up."""
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
