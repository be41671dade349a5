"""A source of the tests' own that writes into a real table, night after night."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pandera.pandas as pa

from plant_pipeline.config import SourceSettings, SourceVariables
from plant_pipeline.http import HttpClient
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.sources.columns import integer, text
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Entity, Facts, FetchContext, Listing, Source
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse

AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
NIGHT = timedelta(days=1)
SETTINGS = SourceSettings("flexmeasures", "https://fm.test", token="token-12345")
SCHEMA = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0)),
        "name": text("name", pa.Check.str_length(1, 20)),
        "account_id": integer("account_id", nullable=True),
        "description": text("note", nullable=True),
    },
    strict=True,
)


def plant(number: int, name: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "account_id": 1, **more}


@dataclass
class Night:
    """Pulls what is given, night after night, and looks at what is in the table then."""

    warehouse: Warehouse
    archive: Path
    number: int = 0
    asked: list[FetchContext] = field(default_factory=list)

    def pull(
        self, given: Listing | Sequence[Any] | Exception, settings: SourceSettings | None = SETTINGS, **changes: Any
    ) -> StreamOutcome:
        self.number += 1
        return self.again(given, settings, **changes)

    def again(
        self, given: Listing | Sequence[Any] | Exception, settings: SourceSettings | None = SETTINGS, **changes: Any
    ) -> StreamOutcome:
        """In the same run."""

        async def fetch(context: FetchContext) -> Listing:
            self.asked.append(context)
            await context.client.get_json("/listing", entity="asset")
            if isinstance(given, Exception):
                raise given
            return given if isinstance(given, Listing) else Listing(list(given))

        entity = replace(
            Entity("asset", "flexmeasures.asset", "Assets.", SCHEMA, fetch, guarded_ids="flexmeasures/guarded_ids"),
            **changes,
        )
        at = AT + self.number * NIGHT
        run = Run(self.warehouse, FileArchive(self.archive), f"run-{self.number}", lambda: at)
        return pull_entity(run, source_of(entity), entity, settings, (date(2026, 3, 9),))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.warehouse.transaction() as connection:
            return [dict(row) for row in connection.exec_driver_sql(statement).mappings()]

    def names(self) -> dict[int, str]:
        return {row["id"]: row["name"] for row in self.rows("select id, name from flexmeasures.asset order by id")}

    def present(self) -> set[int]:
        return {row["id"] for row in self.rows("select id from flexmeasures.asset where is_present")}

    def rejected(self) -> list[tuple[Any, ...]]:
        rows = self.rows(
            "select record_key, column_name, check_name from quarantine.rejected_record order by rejected_id"
        )
        return [tuple(row.values()) for row in rows]

    def outcomes(self) -> dict[str, str]:
        rows = self.rows(f"select entity, state from landing.stream_run where run_id = 'run-{self.number}'")
        return {row["entity"]: row["state"] for row in rows}


def source_of(*entities: Entity) -> Source:
    def open_client(settings: SourceSettings, **options: Any) -> HttpClient:
        answer = httpx.MockTransport(lambda _: httpx.Response(200, json=[]))
        return HttpClient(settings.name, settings.base_url, transport=answer, **options)

    return Source(
        name="flexmeasures",
        variables=SourceVariables("flexmeasures", (), ()),
        entities=entities,
        plant_entity="asset",
        open_client=open_client,
        allowed_calls=("GET /listing",),
        probe=("/listing", {}),
        facts=lambda *_: Facts([]),
        fact_entities=(),
    )
