"""`plant-pipeline doctor`: one line per thing that can be wrong.

What belongs here: the checks and their wording. What does not: mending anything.
"""

import asyncio
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import click

from plant_pipeline.automation.alerts import send
from plant_pipeline.automation.problem_messages import plain_message
from plant_pipeline.cli.instance import is_own
from plant_pipeline.cli.invocation import copyable, sandbox_apis, say
from plant_pipeline.cli.opening import is_created
from plant_pipeline.cli.tables import json_option, show_json
from plant_pipeline.config import Settings, SourceSettings
from plant_pipeline.errors import PlantPipelineError, UsageError
from plant_pipeline.http import Answer
from plant_pipeline.landing.archive import FileArchive, open_archive
from plant_pipeline.landing.stream import check_account
from plant_pipeline.orchestration import utc_now
from plant_pipeline.raptor_maps.client import open_raptor_client
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import Warehouse, bundled, execute, migration_status, open_warehouse

_MOST_SKEW_S = 60
_MINUTES_A_DAY, _LONGEST_NIGHT_MINUTES = 24 * 60, 180
_GIB: Final = 2**30
# More than what is kept in reserve for small files: an empty file can be made on a full disk too.
_PROBE_BYTES: Final = 2**20


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, and what to do if not."""

    subject: str
    is_well: bool
    message: str


@click.command()
@click.option("--min-free-gib", default=2.0, show_default=True, help="Free space that each disk written to must have.")
@json_option
@sandbox_apis()
def doctor(min_free_gib: float, as_json: bool) -> None:
    """Check configuration, APIs, rate limits, webhook, warehouse, disks and clocks; exit code 1 if anything is wrong.

    The webhook gets a message that says it is a test.
    """
    findings = []
    for finding in _findings(load_settings(), min_free_gib):
        findings.append(finding)
        if not as_json:
            say(f"{'ok     ' if finding.is_well else 'PROBLEM'}  {finding.subject}: {finding.message}")
    if as_json:
        states = {True: "ok", False: "problem"}
        show_json([{"name": f.subject, "state": states[f.is_well], "message": copyable(f.message)} for f in findings])
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


def _findings(settings: Settings, min_free_gib: float) -> Iterator[Finding]:
    yield _attempt("configuration", lambda: _configured(settings))
    for source in SOURCES:
        yield from _source(source, settings.sources.get(source.name))
    yield _raptor_maps(settings)
    yield _attempt("alert webhook", lambda: _webhook(settings))
    yield _attempt("data directory", lambda: _folder(settings.home, "PLANT_PIPELINE_HOME", min_free_gib))
    yield _attempt("Dagster's folder", lambda: _folder(settings.dagster_home, "DAGSTER_HOME", min_free_gib))
    yield _attempt("Dagster's settings", lambda: _dagster_settings(settings.dagster_home / "dagster.yaml"))
    yield _attempt("archive", lambda: _archive(settings.archive_url, min_free_gib))
    if not is_created(settings):
        yield Finding("warehouse", is_well=True, message="not created yet; the first `plant-pipeline sync` does it")
        return
    try:
        with open_warehouse(settings, migrate_first=False) as warehouse:
            yield from _warehouse(warehouse, settings)
    except PlantPipelineError as error:
        yield Finding("warehouse", is_well=False, message=str(error))


def _configured(settings: Settings) -> str:
    settings.require_any_source()
    return ", ".join(settings.sources)


def _attempt(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, is_well=True, message=check())
    except (PlantPipelineError, OSError) as error:
        return Finding(subject, is_well=False, message=str(error))


def _source(source: Source, settings: SourceSettings | None) -> Iterator[Finding]:
    if settings is None:
        yield Finding(source.name, is_well=True, message="not configured")
        return
    try:
        answer = asyncio.run(_probe(source, settings))
    except PlantPipelineError as error:
        yield Finding(source.name, is_well=False, message=str(error))
        return
    version = answer.headers.get(source.version_header.lower()) if source.version_header else None
    told = f"{settings.base_url} answers and accepts the credentials" + (f", version {version}" if version else "")
    yield Finding(source.name, is_well=True, message=told)
    yield from _clock(source.name, answer)


async def _probe(source: Source, settings: SourceSettings) -> Answer:
    path, params = source.probe
    async with source.client(settings) as client:
        return await client.get_json(path, params)


def _clock(name: str, answer: Answer) -> Iterator[Finding]:
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return
    skew_s = abs((utc_now() - stated.replace(tzinfo=stated.tzinfo or UTC)).total_seconds())
    message = f"this machine and {name} differ by {skew_s:.0f} s"
    is_well = skew_s <= _MOST_SKEW_S
    yield Finding("clock", is_well, message if is_well else f"{message}: set the clock of this machine (NTP)")


def _raptor_maps(settings: Settings) -> Finding:
    configured = settings.raptor_maps
    if configured is None:
        return Finding("raptor_maps", is_well=True, message="not configured")

    async def check() -> None:
        async with open_raptor_client(configured) as client:
            await client.check_access()

    def attempt() -> str:
        asyncio.run(check())
        return f"{configured.base_url} gives signed URLs for integration {configured.integration_id}"

    return _attempt("raptor_maps", attempt)


def _webhook(settings: Settings) -> str:
    if settings.alert_webhook_url is None:
        return "not configured"
    text = "plant-pipeline doctor: a test, nothing is wrong"
    send(settings.alert_webhook_url, plain_message(text))
    return "took a test message"


def _folder(folder: Path, variable: str, min_free_gib: float) -> str:
    """A file is really written, and there is room for more; a folder that is not there yet is not made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}); mend it, or set {variable}") from error
    free_gib = shutil.disk_usage(there).free / _GIB
    if free_gib < min_free_gib:
        raise UsageError(
            f"the disk of {folder} has {free_gib:.1f} GiB free, less than {min_free_gib:g}: make room or set {variable}"
        )
    return f"{folder} is writable, {free_gib:.1f} GiB free"


def _archive(archive_url: str, min_free_gib: float) -> str:
    archive = open_archive(archive_url)
    if isinstance(archive, FileArchive):
        return _folder(archive.root, "ARCHIVE_URL", min_free_gib)
    return archive.check_writable()


def _dagster_settings(file: Path) -> str:
    if is_own(file):
        return "this project's"
    return f"{file} was changed by a person and stays so; this version's is {bundled('dagster.yaml')}: compare them"


def _warehouse(warehouse: Warehouse, settings: Settings) -> Iterator[Finding]:
    pending = [name for name, is_applied in migration_status(warehouse) if not is_applied]
    version = warehouse.engine.dialect.server_version_info or ()
    where = f"PostgreSQL {'.'.join(map(str, version))}"
    if pending:
        todo = f"{where}: {len(pending)} migration(s) to apply; the next `plant-pipeline sync` does it"
        yield Finding("warehouse", is_well=True, message=todo)
        return
    yield Finding("warehouse", is_well=True, message=f"{where}, schema up to date")
    with warehouse.transaction() as connection:
        database_now = execute(connection, "landing/database_now").scalar_one()
    yield _database_clock(database_now)
    for source in settings.sources.values():
        yield _attempt(f"{source.name} account", lambda source=source: _account(warehouse, source))  # type: ignore[misc] # binds the loop's value
    for known in SOURCES:
        if known.name in settings.sources:
            yield _rate(warehouse, known, settings.sources[known.name])


def _account(warehouse: Warehouse, source: SourceSettings) -> str:
    with warehouse.engine.connect() as connection:  # looked at, not remembered: rolled back
        check_account(connection, source, utc_now())
    return "the one this warehouse was filled from, or the first"


def _database_clock(database_now: datetime) -> Finding:
    skew_s = abs((utc_now() - database_now).total_seconds())
    return Finding("clock", skew_s <= _MOST_SKEW_S, f"this machine and the warehouse differ by {skew_s:.0f} s")


def _rate(warehouse: Warehouse, source: Source, settings: SourceSettings) -> Finding:
    """The calls of a night and those between the nights against the strictest limit that is known."""
    now_utc = utc_now()
    with warehouse.transaction() as connection:
        needed = execute(connection, "registry/calls_a_night", source=source.name).scalar_one()
        made = execute(
            connection,
            "landing/calls_of_source",
            source=source.name,
            since=now_utc - timedelta(days=7),
            day_ago=now_utc - timedelta(days=1),
        ).one()
        budget = execute(connection, "landing/known_budget", source=source.name).first()
    calls = max(needed, int(made.calls_a_night))
    told = f"a night needs about {calls} calls, {made.calls_between} were made between the nights in the last 24 h"
    limit, origin = _limit(source, settings, budget)
    if budget is not None and budget.paused_until and budget.paused_until > now_utc:
        told += f"; it wants none before {budget.paused_until:%Y-%m-%d %H:%M} UTC"
    if limit is None:
        return Finding(f"{source.name} rate limit", is_well=True, message=f"{told}; no limit is known")
    left = limit - float(made.calls_between) / _MINUTES_A_DAY
    minutes = calls / left if left > 0 else math.inf
    is_well = minutes <= _LONGEST_NIGHT_MINUTES
    message = f"{told}; the limit is {limit:.4g} a minute ({origin})"
    message += f": at least {minutes:.0f} minute(s)" if left > 0 else ": nothing is left for the night"
    if not is_well:
        message += f"; have it raised by {source.name}"
    return Finding(f"{source.name} rate limit", is_well, message)


def _limit(source: Source, settings: SourceSettings, budget: Any) -> tuple[float | None, str]:
    """The strictest limit in calls a minute, and who says so."""
    is_silent = source.states_limit and budget is not None and budget.is_silent
    known: list[tuple[float, str]] = []
    if settings.calls_per_minute:
        known.append((settings.calls_per_minute, source.variables.calls_per_minute))
    elif source.requests_per_minute and not is_silent:
        known.append((source.requests_per_minute, "documented"))
    if budget is not None and budget.calls_per_minute:
        known.append((budget.calls_per_minute, "learned from its refusals"))
    return min(known, default=(None, ""))
