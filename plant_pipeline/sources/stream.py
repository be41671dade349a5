"""One stream of one run: fetch, archive, validate, write, and say how it ended.

What belongs here: the order of work that is the same for every entity of every source. What does not: HTTP, fields,
Dagster. A source that fails does not raise: its table keeps the last good rows and the outcome says so.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, datetime

from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError
from plant_pipeline.http import HttpClient
from plant_pipeline.landing.drift import read_drift, write_drift
from plant_pipeline.landing.quarantine import close_rejected, quarantined_keys, write_rejected
from plant_pipeline.landing.stream import (
    RunIssue,
    State,
    StreamOutcome,
    read_outcomes,
    replace_issues,
    write_outcome,
)
from plant_pipeline.sources.contract import Validated, key_reader, validate
from plant_pipeline.sources.run import SOURCES_STAGE, Run
from plant_pipeline.sources.source import Entity, FetchContext, Listing, Source, WriteContext
from plant_pipeline.warehouse import (
    UpsertCounts,
    driver_connection,
    execute,
    lock_name,
    upsert_rows,
)

_MISSING_ONE_IN = 5  # more than 20 %
_MISSING_PLANTS = 5


def pull_entity(
    run: Run,
    source: Source,
    entity: Entity,
    settings: SourceSettings | None,
    dates: Sequence[date] = (),
    tries: int = 1,
) -> StreamOutcome:
    """Fetch one entity and write it in one transaction; the outcome is written too, and returned.

    `tries`: how often the run has asked for it, this time included.
    """
    is_between = source.asks_between_nights(entity)
    if settings is None:
        outcome = StreamOutcome(source.name, entity.name, "not_configured", is_between_nights=is_between)
    elif missing := _missing_need(run, source, entity):
        outcome = StreamOutcome(
            source.name,
            entity.name,
            "failed",
            message=f"not asked, as {source.name} {missing.entity} could not be had",
            is_transient=missing.is_transient,
            tries=tries,
            is_between_nights=is_between,
        )
    else:
        return _pull(run, source, entity, settings, dates, tries)
    with run.warehouse.transaction() as connection:
        write_outcome(connection, run.run_id, outcome, run.clock())
    return outcome


def _missing_need(run: Run, source: Source, entity: Entity) -> StreamOutcome | None:
    with run.warehouse.transaction() as connection:
        outcomes = read_outcomes(connection, run.run_id)
    failed = {o.entity: o for o in outcomes if o.source == source.name and o.state == "failed"}
    return next((failed[name] for name in entity.needs if name in failed), None)


def _pull(
    run: Run, source: Source, entity: Entity, settings: SourceSettings, dates: Sequence[date], tries: int
) -> StreamOutcome:
    pulled = run.pull(
        source,
        settings,
        entity.name,
        lambda client, now_utc: _fetch(run, entity, settings, client, now_utc, dates),
        is_sample=entity.is_sample,
    )
    fetched, started_at = pulled.result, pulled.started_at
    with run.warehouse.transaction() as connection:
        lock_name(connection, f"plant_pipeline stream {entity.table}")
        if isinstance(fetched, StreamOutcome):
            outcome = fetched
        else:
            outcome = _write(connection, run, source, entity, fetched, started_at, dates)
            if entity.detail_entity is not None and fetched.has_details:
                detail = _detail_outcome(source, entity.detail_entity, fetched)
                write_outcome(connection, run.run_id, replace(detail, tries=tries), run.clock())
        outcome = replace(
            outcome,
            retried=pulled.retried,
            seconds=run.seconds_since(started_at),
            tries=tries,
            is_between_nights=source.asks_between_nights(entity),
        )
        write_outcome(connection, run.run_id, outcome, run.clock())
    return outcome


async def _fetch(
    run: Run,
    entity: Entity,
    settings: SourceSettings,
    client: HttpClient,
    now_utc: datetime,
    dates: Sequence[date],
) -> Listing | StreamOutcome:
    try:
        return await entity.fetch(FetchContext(client, settings, run.read, now_utc, dates))
    except SourceError as error:
        state: State = "not_permitted" if entity.is_optional and error.http_status == 403 else "failed"
        is_transient = error.is_transient and state == "failed"
        return StreamOutcome(settings.name, entity.name, state, message=str(error), is_transient=is_transient)


def _write(
    connection: Connection,
    run: Run,
    source: Source,
    entity: Entity,
    listing: Listing,
    fetched_at: datetime,
    dates: Sequence[date],
) -> StreamOutcome:
    validated = validate(listing.records, entity.schema, entity.key_field)
    read_key = key_reader(entity.schema, entity.key_field)
    keys = validated.keys | {key for unfetched in listing.unfetched_keys if (key := read_key(unfetched)) is not None}
    got = len(listing.records) if entity.write is not None else len(keys) + validated.keyless_count
    _write_drift(connection, run, source, entity, validated, fetched_at)
    if validated.mostly_rejected is not None:
        message = (
            f"{validated.mostly_rejected}: more than half of the records are rejected, so none is taken; "
            f"the rows in {entity.table} stay as they were"
        )
        return StreamOutcome(source.name, entity.name, "failed", listing.expected, got, message=message)
    waived = write_rejected(connection, source.name, entity.name, validated.rejections, run.run_id, fetched_at)
    if entity.write is not None:
        counts, gone = entity.write(WriteContext(connection, fetched_at, dates), validated.rows), 0
        problem = listing.problem
    else:
        problem = listing.problem or _total_problem(listing, got) or _guard_problem(connection, source, entity, keys)
        counts, gone = _write_listing(connection, entity, validated, keys, fetched_at, is_complete=problem is None)
        good = [str(row["id"]) for row in validated.rows]
        close_rejected(connection, source.name, entity.name, good, fetched_at)
    return StreamOutcome(
        source.name,
        entity.name,
        "complete" if problem is None else "incomplete",
        expected=listing.expected,
        got=got,
        quarantined=validated.rejected_count - waived,
        message=problem or _remarks(listing, validated, waived),
        seen_new=counts.new,
        seen_changed=counts.changed,
        seen_gone=gone,
        is_transient=problem is not None and listing.is_transient,
    )


def _write_drift(
    connection: Connection, run: Run, source: Source, entity: Entity, validated: Validated, fetched_at: datetime
) -> None:
    """Note what differs from the document: a finding each, that of a field which no document has in its first night."""
    write_drift(connection, source.name, entity.name, validated.drift, run.run_id, fetched_at)
    subject = f"{source.name} {entity.name}"
    findings = [
        RunIssue(SOURCES_STAGE, subject, f"{subject}: {drift}", "finding")
        for drift in read_drift(connection, source.name, entity.name, run.run_id)
        if drift.breaks_the_document or drift.is_new
    ]
    replace_issues(connection, run.run_id, SOURCES_STAGE, [subject], findings)


def _remarks(listing: Listing, validated: Validated, waived: int) -> str | None:
    let_be = [f"{waived} rejected and waived"] if waived else []
    tolerated = [f"{count} {what}" for what, count in sorted(validated.tolerated.items())]
    return ", ".join([*([listing.note] if listing.note else []), *let_be, *tolerated]) or None


def _total_problem(listing: Listing, got: int) -> str | None:
    if listing.expected in (None, got):
        return None
    return f"{got} of {listing.expected} records came"


def _guard_problem(connection: Connection, source: Source, entity: Entity, keys: Set[str]) -> str | None:
    """A listing that suddenly lacks many plants is more likely cut than true (people's retirements not counted)."""
    if entity.guarded_ids is None:
        return None
    before = set(execute(connection, entity.guarded_ids).scalars())
    before -= set(execute(connection, "landing/retired_by_people", source=source.name).scalars())
    lacking = before - keys
    if len(lacking) < _MISSING_PLANTS or len(lacking) * _MISSING_ONE_IN <= len(before):
        return None
    return (
        f"{len(lacking)} of {len(before)} plants are suddenly missing from the listing, none is taken as gone; if they "
        "are, say so with `plant-pipeline registry retire`"
    )


def _write_listing(
    connection: Connection,
    entity: Entity,
    validated: Validated,
    keys: Set[str],
    fetched_at: datetime,
    *,
    is_complete: bool,
) -> tuple[UpsertCounts, int]:
    stamp = {"fetched_at": fetched_at, "is_present": True}
    rows = {row["id"]: {**row, **stamp} for row in validated.rows}  # an id that comes twice is one record, the last
    columns = (*entity.schema.columns, *stamp)
    # That a device was seen again is no change of the plant.
    touch = [name for name in columns if name in ("fetched_at", "last_seen_at")]
    counts = upsert_rows(connection, entity.table, ("id",), list(rows.values()), columns, touch=touch)
    # Quarantined and unfetched records are present as well, with their last good row.
    _mark_present(connection, entity.table, keys, is_present=True)
    gone = _mark_present(connection, entity.table, keys, is_present=False) if is_complete else 0
    return counts, gone


def _mark_present(connection: Connection, table: str, keys: Set[str], *, is_present: bool) -> int:
    statement = sql.SQL(
        "update {table} set is_present = {to} where is_present <> {to} and (id::text = any(%(keys)s)) = {to}"
    ).format(table=sql.Identifier(*table.split(".")), to=sql.Literal(is_present))
    return driver_connection(connection).execute(statement, {"keys": list(keys)}).rowcount


def _detail_outcome(source: Source, name: str, listing: Listing) -> StreamOutcome:
    return StreamOutcome(
        source.name,
        name,
        "failed" if listing.failed else "complete",
        expected=len(listing.records) + len(listing.unfetched_keys),
        got=len(listing.records),
        failed=listing.failed,
        message=listing.failure,
        is_transient=bool(listing.failed) and listing.is_transient,
    )


def quarantined_now(connection: Connection, source: Source) -> dict[str, set[str]]:
    """Ids rejected from the latest listing of each entity of a source."""
    found: dict[str, set[str]] = {}
    for entity in source.entities:
        if entity.write is not None:
            continue
        statement = sql.SQL("select max(fetched_at) from {}").format(sql.Identifier(*entity.table.split(".")))
        latest = connection.exec_driver_sql(statement.as_string()).scalar_one()
        found[entity.name] = quarantined_keys(connection, source.name, entity.name, latest)
    return found
