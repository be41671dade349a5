"""What a source is: its entities, how each is fetched, and the facts that leave it.

What belongs here: the declarations that `sources/<name>/source.py` fills in. What does not: any one source's knowledge,
HTTP, or the order of work (`stream`).
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings, SourceVariables
from plant_pipeline.http import HttpClient
from plant_pipeline.sources.columns import meaning_of
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, Readings, SensorFact, SensorSeries
from plant_pipeline.warehouse import UpsertCounts


@dataclass(frozen=True)
class Listing:
    """What fetching an entity gave.

    `records`: parsed JSON, one per id. `expected`: the total the source stated, or showed by its last page, if any.
    `problem`: why the listing is not complete. `unfetched_keys`: ids the source listed but whose record could not
    be had now: present all the same. `has_details`: whether single records were asked for one by one; `failed`: how
    many of those calls failed; `failure`: what the first of them said. `note`: what is worth saying though nothing
    is wrong. `is_transient`: what is lacking may be had at another try.
    """

    records: list[Any]
    expected: int | None = None
    problem: str | None = None
    unfetched_keys: frozenset[str] = frozenset()
    has_details: bool = True
    failed: int = 0
    failure: str | None = None
    note: str | None = None
    is_transient: bool = True


@dataclass(frozen=True)
class FetchContext:
    """What a fetch may use: the client, the source's settings, the warehouse for ids known already, and the dates.

    `now_utc` is when it began; an answer knows when it came.
    """

    client: HttpClient
    settings: SourceSettings
    read: Callable[..., pd.DataFrame]
    now_utc: datetime
    dates: Sequence[date] = ()


@dataclass(frozen=True)
class WriteContext:
    """What a write of good rows may use, inside the stream's transaction.

    `is_replay`: the rows are of an earlier answer, and a newer row stays as it is.
    """

    connection: Connection
    fetched_at: datetime
    dates: Sequence[date] = ()
    is_replay: bool = False


@dataclass(frozen=True)
class Entity:
    """One documented entity of a source and the table it fills.

    `write` replaces the usual upsert for entities that are appended or belong to a day (`date_column` holds it).
    `guarded_ids` names a query for the ids of the plants now present, which a complete listing must not lack by the
    dozen. `is_optional`: a 403 is `not_permitted` and no failure. `needs`: entities of the same source without which
    there is nothing to ask. `detail_entity`: the stream that calls for single records are reported as. `is_sample`: it
    is asked for many times a day, by a job of its own. `is_apart`: only a job of the source asks for it, no night.
    `instant_column`: of samples and forecasts, the column that says which day a row belongs to: for so many days they
    are kept.
    """

    name: str
    table: str
    description: str
    schema: pa.DataFrameSchema
    fetch: Callable[[FetchContext], Awaitable[Listing]]
    write: Callable[[WriteContext, list[dict[str, Any]]], UpsertCounts] | None = None
    guarded_ids: str | None = None
    is_optional: bool = False
    date_column: str | None = None
    needs: tuple[str, ...] = ()
    detail_entity: str | None = None
    is_sample: bool = False
    is_apart: bool = False
    instant_column: str | None = None

    @property
    def is_daily(self) -> bool:
        """Whether it is asked for day by day."""
        return self.date_column is not None

    @property
    def is_nightly(self) -> bool:
        """Whether a night asks for it."""
        return not (self.is_sample or self.is_apart)

    @property
    def key_field(self) -> str:
        """The API's name of the field that identifies a record."""
        first = next(iter(self.schema.columns.values()))
        return meaning_of(first).field


@dataclass(frozen=True)
class SourceJob:
    """A job of some entities of a source alone, between the nights, and when it is due (`cron` in UTC).

    `reason` says why the night is not enough.
    """

    name: str
    entities: tuple[str, ...]
    description: str
    cron: str | tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Facts:
    """All that leaves a source but readings."""

    plants: list[PlantCandidate]
    equipment: list[EquipmentFact] = field(default_factory=list)
    sensors: list[SensorFact] = field(default_factory=list)


ReadTable = Callable[[str], Sequence[Mapping[str, Any]]]  # all rows of a table, by its name


def _each_alone(series: SensorSeries) -> Hashable:
    return series.sensor_id


@dataclass(frozen=True)
class Source:
    """One system that plants come from.

    `plant_entity` is the listing whose completeness says who is gone. `facts` turns the typed tables of `fact_entities`
    (read by name) and the ids quarantined in the latest listing of each entity into shapes. `fetch_readings` gets the
    readings of some series of one plant, in their order, if the source has any: of those for which `asked_together` is
    the same. `requests_per_minute` is the documented limit, if there is one; `states_limit`: its answers state the
    limit in force, and a server that does not has none.
    `probe`: path and parameters of a small call that shows whether the API answers and accepts the credentials;
    `version_header`: where its answers say which version they are of, if they do.

    `allowed_calls`: the only ones its client may make, each as `GET /plants/{id}`. `concurrency`: how many calls are
    made at once where the configuration does not say. `rank`: a plant known to several sources is named for its record
    in the one of lowest rank, and its values are taken in that order; `dc_capacity_rank` is the rank of its DC capacity
    where that is better known, or worse, than the rest. `jobs`: what is asked for between the nights.
    `folder`: that of a source installed beside the package, with its `migrations/*.sql` and `queries/*.sql`.
    """

    name: str
    variables: SourceVariables
    entities: tuple[Entity, ...]
    plant_entity: str
    open_client: Callable[..., HttpClient]
    allowed_calls: tuple[str, ...]
    probe: tuple[str, Mapping[str, str | int]]
    facts: Callable[[ReadTable, Mapping[str, set[str]], SourceSettings | None], Facts]
    fact_entities: tuple[str, ...]
    fetch_readings: Callable[[FetchContext, Sequence[SensorSeries]], Awaitable[Sequence[Readings]]] | None = None
    asked_together: Callable[[SensorSeries], Hashable] = _each_alone
    requests_per_minute: int | None = None
    states_limit: bool = False
    version_header: str | None = None
    concurrency: int = 4
    rank: int = 100
    dc_capacity_rank: int | None = None
    jobs: tuple[SourceJob, ...] = ()
    folder: Path | None = None

    def client(self, settings: SourceSettings, **options: Any) -> HttpClient:
        """A client of this source that makes its allowed calls and no other; `options` are those of `HttpClient`."""
        concurrency = settings.concurrency or self.concurrency
        return self.open_client(settings, allowed=self.allowed_calls, concurrency=concurrency, **options)

    def asks_between_nights(self, entity: Entity) -> bool:
        """Whether a job between the nights asks for the entity."""
        return entity.is_sample or any(entity.name in job.entities for job in self.jobs)

    def entity(self, name: str) -> Entity:
        """The entity of that name."""
        return next(entity for entity in self.entities if entity.name == name)
