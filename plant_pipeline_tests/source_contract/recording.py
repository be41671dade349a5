"""What a source's API answers when all is well, and the source's own code made to read it, without a warehouse."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final

import httpx
import pandas as pd

from plant_pipeline import warehouse
from plant_pipeline.config import SourceSettings
from plant_pipeline.http import RetryPolicy
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import Entity, FetchContext, Listing, Source

Documents = Mapping[str, Any]
"""Answers by path, as JSON values."""
Answering = Callable[[httpx.Request], httpx.Response]

AT: Final = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
DAY: Final = date(2026, 3, 9)
TOKEN: Final = "token-7f3a91"
ONCE: Final = RetryPolicy(attempts=2, patient_attempts=2)


@contextmanager
def sql_of(source: Source) -> Iterator[None]:
    """Within this context the migrations and queries that the source brings count, as if it were installed."""
    before = dict(warehouse.SQL_FOLDERS)
    if source.folder is not None:
        warehouse.add_sql_folder(source.name, source.folder)
    try:
        yield
    finally:
        if source.folder is not None:
            warehouse.SQL_FOLDERS.clear()
            warehouse.SQL_FOLDERS.update(before)
            warehouse.queries.cache_clear()


def _at(instant: datetime, response: httpx.Response) -> httpx.Response:
    """The response, as if it came then: what was received when goes into samples."""
    response.extensions["received_at"] = instant
    return response


async def no_wait(_seconds: float) -> None:
    """Instead of sleeping."""


@dataclass(frozen=True)
class Recording:
    """One entity of a source, or the readings of one of its series, and the documents that its API answers by path.

    There should be several records, all good and under different ids. `reads`: rows of the queries that the fetch
    makes, by their SQL text. `series`: what readings are asked for; None: records are.
    """

    source: Source
    entity_name: str
    documents: Documents
    settings: SourceSettings = field(default=SourceSettings("any", "https://api.test", token=TOKEN))
    series: SensorSeries | None = None
    reads: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.entity_name

    @property
    def entity(self) -> Entity:
        """The entity, of a recording of records."""
        return self.source.entity(self.entity_name)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the API answers when all is well."""
        if request.url.path in self.documents:
            return httpx.Response(200, json=self.documents[request.url.path])
        return httpx.Response(404, json={"detail": "Not found."})

    def play(self, answer: Answering | None = None, retry: RetryPolicy = ONCE) -> Listing | list[Readings]:
        """What is made of the answers; lets `SourceError` through, and anything else that should not be."""

        async def work() -> Listing | list[Readings]:
            settings = replace(self.settings, name=self.source.name)
            transport = httpx.MockTransport(lambda request: _at(AT, (answer or self.answer)(request)))
            async with self.source.client(settings, transport=transport, sleep=no_wait, retry=retry) as client:
                context = FetchContext(client, settings, lambda sql, **_: self.reads[sql], AT, [DAY])
                if self.series is None:
                    return await self.entity.fetch(context)
                assert self.source.fetch_readings is not None
                return list(await self.source.fetch_readings(context, [self.series]))

        with sql_of(self.source):
            return asyncio.run(work())

    def good_record(self) -> Mapping[str, Any]:
        """A record that is as documented, as the source gives it to the schema."""
        listing = self.play()
        assert isinstance(listing, Listing)
        record = listing.records[0]
        assert isinstance(record, Mapping)
        return record
