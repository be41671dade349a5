"""What every Dagster asset of the project shares: the pipeline resource, the days, metadata of tables.

What belongs here: Dagster wiring common to all rooms. What does not: jobs, schedules and sensors (`automation`), or any
room's work.
"""

import functools
import inspect
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from plant_pipeline.config import Settings, SourceSettings
from plant_pipeline.days import dates_between, first_end_utc, is_zone
from plant_pipeline.documentation import with_links
from plant_pipeline.errors import PlantPipelineError, UsageError
from plant_pipeline.landing.alive import shown_alive
from plant_pipeline.landing.archive import Archive, FileArchive, open_archive
from plant_pipeline.landing.archived_run import ArchivedRun
from plant_pipeline.landing.retention import Removable, require_days
from plant_pipeline.landing.run_record import (
    ReplayedClock,
    RunClock,
    RunRecord,
    SourceAccount,
    read_run_record,
    write_run_record,
)
from plant_pipeline.landing.stream import check_account
from plant_pipeline.landing.telemetry import export_run, has_collector
from plant_pipeline.shards import Shard
from plant_pipeline.warehouse import Warehouse, execute, open_warehouse

FIRST_DATE = date(2023, 1, 1)
EARLIER_DAYS = (
    f"Days are listed from {FIRST_DATE} on; one shown as missing has not been asked for yet. Earlier days are not "
    "missing: `plant-pipeline sync --from D --to D` brings any day since 2010 into the same table."
)


def daily_from(first_date: date) -> dg.DailyPartitionsDefinition:
    """Plant-local dates from `first_date` on; a date ends in Apia before it ends in UTC, hence one more than UTC's."""
    return dg.DailyPartitionsDefinition(start_date=first_date.isoformat(), timezone="UTC", end_offset=1)


_log = logging.getLogger(__name__)
DAILY = daily_from(FIRST_DATE)
# A backfill from the UI is a run for each month or so: it shows how far it is, ends where it is stopped, and one that
# fails leaves the others alone.
MONTH_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=31)
OWNERS = ["team:plant-data"]
SECOND_TRY = dg.AssetKey(["second_try"])  # before the delivery, so that a day is sent once
QUEUED_DAY = dg.AssetKey(["energy", "queued_day"])  # between the two, as it may change days that were sent
ROW_COUNT = "dagster/row_count"
_SIGHTINGS = ["fetched_at", "last_seen_at", "observed_at"]  # when a row was last seen says nothing new
SYNC_TAG = "plant_pipeline/sync_id"
WITHOUT_DATES_TAG = "plant_pipeline/without_dates"  # nobody asked for particular days: undelivered ones go along
PART_TAG = "plant_pipeline/part"  # of a night that is divided between runs, what this one does
DIVIDED_TAG = "plant_pipeline/divided"  # the run that began such a night; it has none itself
SHARD_PART = "shard "  # and which one, as 2/4: the part that computes it
PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def utc_now() -> datetime:
    """The clock, for whoever wires; logic gets instants passed in."""
    return datetime.now(UTC)


DayShown = Callable[[Connection, str, date, str], Mapping[str, Any]]
"""What Dagster is to show of a table on a date, and of what the run with an id found of it, beside its row count."""


@dataclass(frozen=True)
class Pipeline:
    """An open pipeline: settings, warehouse, archive, clock, and what this run was asked to do.

    `objects`: keys of the packs that hold what the sources have answered in it. `shard`: only its plants' days.
    `show_day`: what its runs show of a date.
    """

    settings: Settings
    warehouse: Warehouse
    archive: Archive
    clock: Callable[[], datetime] = field(default=utc_now)
    plant_code: str | None = None
    upload: bool = True
    replayed: ArchivedRun | None = None
    objects: list[str] = field(default_factory=list)
    shard: Shard | None = None
    show_day: DayShown = lambda *_: {}

    def settings_to_ask(self, source: str) -> SourceSettings | None:
        """The settings of a source that is asked in this run; None if it is not."""
        is_left_out = self.replayed is not None and self.replayed.only_source not in (None, source)
        return None if is_left_out else self.settings.sources.get(source)

    def asked_dates(self, dates: Sequence[date]) -> Sequence[date]:
        """The dates that readings are asked for: a replay may compute a part of what its run was asked for."""
        return (self.replayed.record.dates if self.replayed else ()) or dates

    @property
    def files_folder(self) -> Path:
        """Where files to deliver are kept: in the archive if that is a folder, else beside the other data."""
        return self.archive.root if isinstance(self.archive, FileArchive) else self.settings.home / "archive"


@contextmanager
def open_pipeline(
    settings: Settings,
    *,
    plant_code: str | None = None,
    upload: bool = True,
    clock: Callable[[], datetime] = utc_now,
    shard: Shard | None = None,
) -> Iterator[Pipeline]:
    """Open the pipeline that `settings` describe; refuses a warehouse that was filled from other accounts."""
    with open_warehouse(settings) as warehouse:
        archive = open_archive(settings.archive_url)
        yield Pipeline(settings, warehouse, archive, clock, plant_code, upload, shard=shard)


def build_pipeline_resource(load_settings: Callable[[], Settings], show_day: DayShown) -> dg.ResourceDefinition:
    """The resource `pipeline` of every asset, opened when a run starts; `load_settings` knows the sources."""

    @dg.resource(
        description="Settings from the environment, the warehouse, the archive; opened when a run starts.",
        config_schema={
            "plant": dg.Field(
                dg.Noneable(str), default_value=None, description="plant_code: only this plant's days; null: all plants"
            ),
            "upload": dg.Field(bool, default_value=True, description="false: build the file and send nothing"),
            "replayed": dg.Field(
                dg.Noneable(str),
                default_value=None,
                description="Key of the record of an earlier run in the archive: that answers, and no API is asked.",
            ),
            "source": dg.Field(
                dg.Noneable(str), default_value=None, description="In a replay: take the answers of this source only."
            ),
        },
    )
    @contextmanager
    def pipeline_resource(context: dg.InitResourceContext) -> Iterator[Pipeline]:
        config = context.resource_config
        settings = load_settings()
        if config["replayed"] is not None:
            with _open_replay(settings, config["replayed"], config["source"], config["plant"]) as pipeline:
                yield replace(pipeline, shard=_shard_of(context.run), show_day=show_day)
            return
        settings.require_any_source()
        clock = RunClock(utc_now)
        began_at = clock()
        options = {"plant_code": config["plant"], "upload": config["upload"], "shard": _shard_of(context.run)}
        with open_pipeline(settings, clock=clock, **options) as pipeline, _shown_alive(pipeline, context.run):
            try:
                yield replace(pipeline, show_day=show_day)
            finally:
                _measure_run(context.run, pipeline, began_at)
                try:
                    _record_run(context.run, pipeline, clock, began_at)
                except PlantPipelineError as error:  # Dagster does not tell of it
                    _log.error("the run cannot be replayed, its record was not written: %s", error)
                    raise

    return pipeline_resource


def _shard_of(run: dg.DagsterRun | None) -> Shard | None:
    part = run.tags.get(PART_TAG, "") if run else ""
    return Shard.of(part.removeprefix(SHARD_PART)) if part.startswith(SHARD_PART) else None


def _shown_alive(pipeline: Pipeline, run: dg.DagsterRun | None) -> AbstractContextManager[None]:
    """Only of runs that are started again if their process is lost."""
    if run is None or PART_TAG not in run.tags:
        return nullcontext()
    return shown_alive(pipeline.warehouse, run.run_id)


@contextmanager
def _open_replay(
    settings: Settings, record_key: str, only_source: str | None, plant_code: str | None
) -> Iterator[Pipeline]:
    """A pipeline whose sources are answered by the archive, at the time of the run that was answered then."""
    archive = open_archive(settings.archive_url)
    record = read_run_record(archive, record_key)
    sources = {name: record.settings_of(name, settings.sources.get(name)) for name in record.sources}
    settings = replace(settings, sources=sources, raptor_maps=None)
    clock = ReplayedClock(record.began_at, record.noted)
    with open_warehouse(settings) as warehouse:
        replayed = ArchivedRun(archive, record, clock, only_source)
        yield Pipeline(settings, warehouse, archive, clock, plant_code, upload=False, replayed=replayed)


def _record_run(run: dg.DagsterRun | None, pipeline: Pipeline, clock: RunClock, began_at: datetime) -> None:
    """Put what the run was asked to do into the archive, beside what it was answered."""
    if run is None or not clock.noted:
        return
    first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG)
    last = run.tags.get(RANGE_END_TAG, first)
    selected = run.asset_selection
    record = RunRecord(
        run_id=run.run_id,
        rows_id=rows_id_of(run),
        job=run.job_name,
        began_at=began_at,
        ended_at=clock(),
        dates=tuple(dates_between(date.fromisoformat(first), date.fromisoformat(last))) if first and last else (),
        plant_code=pipeline.plant_code,
        assets=None if selected is None else tuple(sorted("/".join(key.path) for key in selected)),
        sources={
            own.name: SourceAccount(own.base_url, own.account, pipeline.settings.choices_of(own.name))
            for own in pipeline.settings.sources.values()
        },
        noted={work: tuple(instants) for work, instants in clock.noted.items()},
        objects=tuple(pipeline.objects),
        part=run.tags.get(PART_TAG),
        divided=run.tags.get(DIVIDED_TAG),
    )
    write_run_record(pipeline.archive, record)


def _measure_run(run: dg.DagsterRun | None, pipeline: Pipeline, began_at: datetime) -> None:
    if run is None or not has_collector():
        return
    try:
        with pipeline.warehouse.transaction() as connection:
            export_run(connection, rows_id_of(run), run.job_name, began_at, pipeline.clock())
    except DBAPIError as error:
        _log.warning("nothing of the run goes to OpenTelemetry: %s", error)


def check_accounts(pipeline: Pipeline) -> None:
    """Raise `UsageError` if a configured source is another account than the warehouse was filled from."""
    with pipeline.warehouse.transaction() as connection:
        for source in pipeline.settings.sources.values():
            check_account(connection, source, pipeline.clock())


def run_id_of(context: dg.AssetExecutionContext) -> str:
    """The id under which the rows of the context's run stand."""
    return rows_id_of(context.run)


def rows_id_of(run: dg.DagsterRun) -> str:
    """The id under which the rows of a run stand: its own, or that of the run it was made before.

    A run that repeats another is given the other's tags, and has an id of its own all the same.
    """
    return run.run_id if run.parent_run_id else run.tags.get(SYNC_TAG, run.run_id)


def dates_of(context: dg.AssetExecutionContext) -> list[date]:
    """The plant-local dates of the run: its partitions, in order."""
    return [date.fromisoformat(key) for key in sorted(context.partition_keys)]


def has_run(context: dg.AssetExecutionContext, key: dg.AssetKey) -> bool:
    """Whether the context's run itself has made an asset; not so if it goes on where another one broke off."""
    records = context.instance.get_records_for_run(context.run.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS).records
    return any(record.event_log_entry.step_key == key.to_python_identifier() for record in records)


def dates_of_run(instance: dg.DagsterInstance, run: dg.DagsterRun | None) -> list[date]:
    """The plant-local dates of a run, or of the one it repeats: whoever repeats a run may leave its tags out."""
    while run is not None:
        first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG)
        if first is not None:
            return dates_between(date.fromisoformat(first), date.fromisoformat(run.tags.get(RANGE_END_TAG, first)))
        run = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    return []


def require_over(pipeline: Pipeline, dates: Sequence[date]) -> None:
    """Raise `UsageError` if one of `dates` is not over yet for any plant with sensors, and say when it is.

    A date that is over for some plants is run: those where it is not are named, and the next run does them. Without any
    sensor there is nothing to wait for.
    """
    with pipeline.warehouse.transaction() as connection:
        found = execute(connection, "registry/zones_with_sensors", plant_code=pipeline.plant_code).scalars().all()
    zones = {zone if is_zone(zone) else "UTC" for zone in found}
    for day in sorted(dates if zones else ()):
        ends_utc = first_end_utc(day, zones)
        if ends_utc > pipeline.clock():
            whose = pipeline.plant_code or "any plant"
            raise UsageError(f"{day} is not over for {whose} yet: it can be run from {ends_utc:%Y-%m-%d %H:%M} UTC on")


def require_kept(pipeline: Pipeline, dates: Sequence[date], *kinds: Removable) -> None:
    """Raise `UsageError` if retention removed what one of `dates` is computed from: NULL would replace a number."""
    with pipeline.warehouse.transaction() as connection:
        require_days(connection, dates, kinds)


def range_tags(dates: Sequence[date]) -> dict[str, str]:
    """Tags that make a run cover these consecutive dates."""
    return {RANGE_START_TAG: min(dates).isoformat(), RANGE_END_TAG: max(dates).isoformat()}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise dg.Failure(f"configuration: {error}", allow_retries=False) from error
    except PlantPipelineError as error:
        raise dg.Failure(f"{type(error).__name__}: {error}", allow_retries=False) from error


def asset_body(function: Callable[..., Any]) -> Callable[..., Any]:
    """What all bodies share: our errors become failures that say what to do and are not retried; links to the docs."""
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generating(context: dg.AssetExecutionContext, pipeline: Pipeline) -> Iterator[Any]:
            with _translated():
                for shown in function(context, pipeline):
                    yield with_links(shown, _keys_of(context), pipeline.settings.docs_url)

        return _without_return_annotation(generating)

    @functools.wraps(function)
    def returning(context: dg.AssetExecutionContext, pipeline: Pipeline) -> Any:
        with _translated():
            return with_links(function(context, pipeline), _keys_of(context), pipeline.settings.docs_url)

    return _without_return_annotation(returning)


def _keys_of(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Collection[dg.AssetKey]:
    """What a step makes; a step of a job without assets, such as retention, makes none."""
    return context.assets_def.keys if context.has_assets_def else ()


def _without_return_annotation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Dagster takes `MaterializeResult[None]` for the type of a single output and refuses it beside checks."""
    function.__annotations__.pop("return", None)
    signature = inspect.signature(function).replace(return_annotation=inspect.Signature.empty)
    function.__signature__ = signature  # type: ignore[attr-defined] # how functions override their signature
    return function


def table_metadata(connection: Connection, table: str, *, is_daily: bool = False) -> dict[str, Any]:
    """Columns and relation name of a table, as Dagster shows them, and its row count (days have their own)."""
    schema, _, name = table.partition(".")
    rows = execute(connection, "landing/table_columns", schema=schema, name=name).mappings().all()
    columns = [
        dg.TableColumn(
            row["column_name"],
            row["data_type"],
            description=row["description"],
            constraints=dg.TableColumnConstraints(nullable=row["is_nullable"]),
        )
        for row in rows
    ]
    metadata = {"dagster/relation_identifier": table, "dagster/column_schema": dg.TableSchema(columns=columns)}
    if is_daily:
        return metadata
    statement = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
    return {**metadata, ROW_COUNT: connection.exec_driver_sql(statement.as_string()).scalar_one()}


def content_version(connection: Connection, table: str) -> dg.DataVersion:
    """The same as long as the rows say the same, so that Dagster calls days unsynced only after a real change."""
    statement = sql.SQL(
        "select count(*) || ' rows, ' || "
        "coalesce(sum(hashtextextended((to_jsonb(t) - %(sightings)s::text[])::text, 0)::numeric), 0) from {} as t"
    ).format(sql.Identifier(*table.split(".")))
    return dg.DataVersion(connection.exec_driver_sql(statement.as_string(), {"sightings": _SIGHTINGS}).scalar_one())


def check_result(
    check_name: str,
    passed: bool,
    description: str,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN,
    asset_key: Sequence[str] | None = None,
) -> dg.AssetCheckResult:
    """What a check found; `asset_key` is needed where a step makes several assets."""
    return dg.AssetCheckResult(
        check_name=check_name, passed=passed, description=description, severity=severity, asset_key=asset_key
    )


def report_days(
    context: dg.AssetExecutionContext,
    row_counts: Mapping[date, int],
    figures: Mapping[date, Mapping[str, Any]] | None = None,
) -> None:
    """Give each partition of the run its own row count and `figures`: a run over many days has one result."""
    for day in dates_of(context):
        metadata = {ROW_COUNT: row_counts.get(day, 0), **(figures or {}).get(day, {})}
        context.add_asset_metadata(metadata, partition_key=day.isoformat())


def count_days(connection: Connection, table: str, date_column: str, dates: Sequence[date]) -> dict[date, int]:
    """How many rows a table has of each of `dates`; a date without rows is left out."""
    statement = sql.SQL(
        "select {column} as day, count(*) as row_count from {table} where {column} = any(%(dates)s) group by 1"
    ).format(column=sql.Identifier(date_column), table=sql.Identifier(*table.split(".")))
    rows = connection.exec_driver_sql(statement.as_string(), {"dates": list(dates)})
    return {row.day: row.row_count for row in rows}
