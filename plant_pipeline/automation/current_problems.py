"""What is wrong now, as the warehouse has it: streams, days, deliveries, quarantine, silent plants, late nights.

What belongs here: the rules. What does not: runs that failed (whoever ran them notes it), telling (`watch`).
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row

from plant_pipeline.automation.missed_days import first_computable_date
from plant_pipeline.automation.planning import latest_night, night_to_start
from plant_pipeline.automation.problem_kinds import (
    DISK_ALMOST_FULL,
    LISTING_INCOMPLETE,
    MISSED_DAYS,
    NIGHTLY_OVERDUE,
    PLANT_SILENT,
    QUARANTINE_ABOVE_LIMIT,
    SENSORS_SILENT,
    STREAM_FAILED,
    UNDELIVERED_DAYS,
    WAREHOUSE_UNREACHABLE,
)
from plant_pipeline.automation.problems import Sighting, note_current
from plant_pipeline.automation.under_way import UnderWay
from plant_pipeline.config import Settings
from plant_pipeline.landing.archive import FileArchive, open_archive
from plant_pipeline.readings.pull import DATA, STAGE
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.warehouse import execute

LONGEST_WITHOUT_NIGHT: Final = timedelta(hours=26)
"""A day, and two hours for the night itself; as in `deploy/nightly_sync_heartbeat.sh`."""
LEAST_FREE_BYTES: Final = 2**30
_LONGEST_NIGHT = timedelta(hours=8)  # a run is ended after six
_MOST_REJECTED_SHARE, _FEWEST_REJECTED = 0.05, 3
_MOST_NAMED = 10
_RECENT = timedelta(days=7)


def note_current_problems(connection: Connection, settings: Settings, under_way: UnderWay, now_utc: datetime) -> None:
    """Look at all that runs have left, and note what is wrong and what is over."""
    run_ids = list(under_way.run_ids)
    _end_idle_jobs(connection, settings, now_utc)
    _note_streams(connection, settings, run_ids, now_utc)
    note_current(connection, [QUARANTINE_ABOVE_LIMIT], list(_rejected(connection, run_ids)), now_utc)
    _note_undelivered(connection, under_way, now_utc)
    _note_missed(connection, settings, under_way, now_utc)
    if not under_way.reaches(now_utc.date() - _RECENT):  # its readings are there before its verdict on them
        _note_silent(connection, settings, run_ids, now_utc)


def note_time_and_space(connection: Connection, settings: Settings, now_utc: datetime) -> None:
    """Look at what goes wrong without any run; the warehouse is there, as it was asked."""
    note_current(connection, [WAREHOUSE_UNREACHABLE], [], now_utc)
    note_current(connection, [NIGHTLY_OVERDUE], list(_overdue(connection, now_utc)), now_utc)
    note_current(connection, [DISK_ALMOST_FULL], list(_full_disks(_folders(settings))), now_utc)


# -- streams --
def _end_idle_jobs(connection: Connection, settings: Settings, now_utc: datetime) -> None:
    """No run will ever end well of a job whose source is not configured any more."""
    idle = [job.name for source in SOURCES if source.name not in settings.sources for job in source.jobs]
    execute(connection, "automation/end_jobs", jobs=idle, now_utc=now_utc)


def _note_streams(connection: Connection, settings: Settings, run_ids: Collection[str], now_utc: datetime) -> None:
    """Of a source that is not configured any more nothing is asked for, so that nothing is missing."""
    rows = execute(connection, "automation/latest_outcomes", under_way=list(run_ids)).all()
    asked = [row for row in rows if row.source in settings.sources]
    seen = [_stream(row) for row in asked if row.state in ("failed", "incomplete")]
    note_current(connection, [STREAM_FAILED, LISTING_INCOMPLETE], seen, now_utc)


def _stream(row: Row[Any]) -> Sighting:
    """A stream that fails in another way the next night is the same problem."""
    is_short = row.state == "incomplete" and row.entity != DATA
    kind = row.open_kind or (LISTING_INCOMPLETE if is_short else STREAM_FAILED)
    text = row.message or f"{row.state}, without a reason"
    details = {"state": row.state, "expected": row.expected, "got": row.got}
    return Sighting(kind, f"{row.source} {row.entity}", text, row.run_id, details)


def _rejected(connection: Connection, run_ids: Collection[str]) -> Iterator[Sighting]:
    for row in execute(connection, "automation/records_waiting", under_way=list(run_ids)):
        of_records = max(row.got or 0, row.records)
        if row.records >= _FEWEST_REJECTED and row.records > _MOST_REJECTED_SHARE * of_records:
            yield Sighting(
                QUARANTINE_ABOVE_LIMIT,
                f"{row.source} {row.entity}",
                f"{row.records} records wait in quarantine, {of_records} came the last time",
                row.run_id,
                {"records": row.records, "of_records": of_records},
            )


# -- days --
def _note_undelivered(connection: Connection, under_way: UnderWay, now_utc: datetime) -> None:
    days = execute(connection, "automation/undelivered_days").scalars().all()
    _note_days(connection, UNDELIVERED_DAYS, "raptor_maps", "not accepted", days, under_way, now_utc)


def _note_missed(connection: Connection, settings: Settings, under_way: UnderWay, now_utc: datetime) -> None:
    """Not while the nights are known to fail: then that is the problem."""
    due = now_utc - _LONGEST_NIGHT
    night = night_to_start(connection, due, latest_night(due, settings.nightly_time, settings.nightly_zone))
    last = night - timedelta(days=1)
    missed = execute(
        connection,
        "automation/missed_days",
        onboarding_days=0,
        since_known=True,
        first_date=first_computable_date(connection, last, settings),
        last_date=last,
    )
    days = sorted(missed.scalars())
    known = execute(connection, "automation/night_succeeded").one()
    if MISSED_DAYS in known.open_kinds or not known.is_known_to_fail:
        _note_days(connection, MISSED_DAYS, "energy", "not computed", days, under_way, now_utc)


def _note_days(
    connection: Connection,
    kind: str,
    subject: str,
    what: str,
    days: Sequence[date],
    under_way: UnderWay,
    now_utc: datetime,
) -> None:
    """Days that a run works on are left out; where no other is left it is not known how it ends."""
    left = [day for day in days if not under_way.covers(day)]
    seen = [Sighting(kind, subject, _days_text(left, what), details=_days_details(left))] if left else []
    note_current(connection, [kind], seen, now_utc, [subject] if days and not left else [])


def _days_text(days: Sequence[date], what: str) -> str:
    some = ", ".join(map(str, days[:_MOST_NAMED]))
    more = f" and {len(days) - _MOST_NAMED} more up to {days[-1]}" if len(days) > _MOST_NAMED else ""
    return f"{len(days)} day{'s' if len(days) > 1 else ''} {what}: {some}{more}"


def _days_details(days: Sequence[date]) -> dict[str, Any]:
    return {"days": len(days), "first_date": days[0].isoformat(), "last_date": days[-1].isoformat()}


# -- plants --
def _note_silent(connection: Connection, settings: Settings, run_ids: Collection[str], now_utc: datetime) -> None:
    """What could not be read says nothing of a plant: neither that it is silent nor that it is not.

    Of a source that is not configured any more nobody waits for anything.
    """
    sources = execute(connection, "automation/sources_read", entity=DATA, stage=STAGE, under_way=list(run_ids)).all()
    unread = {own.source: set(own.unread_plants) for own in sources if own.source in settings.sources}
    rows = execute(connection, "automation/silent_plants", sources=sorted(unread)).all()
    seen = [own for row in rows if row.plant_code not in unread[row.source] for own in _silent(row)]
    told = [str(subject).split(" ", 1) for subject in execute(connection, "automation/silent_subjects").scalars()]
    asked = [(source, code) for source, code in told if source in settings.sources]
    unknown = [f"{source} {code}" for source, code in asked if source not in unread or code in unread[source]]
    note_current(connection, [PLANT_SILENT, SENSORS_SILENT], seen, now_utc, unknown)


def _silent(row: Row[Any]) -> Iterator[Sighting]:
    subject = f"{row.source} {row.plant_code}"
    last = f"the last one is of {row.last_date}" if row.last_date else "none in a month"
    details = {
        "plant_code": row.plant_code,
        "source": row.source,
        "sensors": row.sensors,
        "silent_sensors": row.silent_sensors,
        "expected_date": row.expected_date.isoformat() if row.expected_date else None,
        "last_date": row.last_date.isoformat() if row.last_date else None,
    }
    if row.is_silent:
        text = f"{row.name}: no reading of {row.expected_date} has come, {last}"
        yield Sighting(PLANT_SILENT, subject, text, details=details)
    if row.is_partly_silent:
        text = f"{row.name}: {row.silent_sensors} of {row.sensors} sensors gave nothing on {row.expected_date}"
        yield Sighting(SENSORS_SILENT, subject, text, details=details)


# -- time and space --
def _overdue(connection: Connection, now_utc: datetime) -> Iterator[Sighting]:
    """Not while the nights are known to fail: then that is the problem."""
    night = execute(connection, "automation/night_succeeded").one()
    if night.since is None or now_utc - night.since <= LONGEST_WITHOUT_NIGHT:
        return
    if NIGHTLY_OVERDUE in night.open_kinds or not night.is_known_to_fail:
        since = f"{night.since:%Y-%m-%d %H:%M} UTC"
        text = f"no successful nightly sync since {since}"
        if not night.has_succeeded:
            text = f"no nightly sync has succeeded yet; the first was on {since}"
        yield Sighting(NIGHTLY_OVERDUE, "nightly_sync", text, details={"since": night.since.isoformat()})


def _folders(settings: Settings) -> list[Path]:
    """All that is written to but by PostgreSQL."""
    archive = open_archive(settings.archive_url) if settings.archive_url.startswith("file:") else None
    archived = [archive.root] if isinstance(archive, FileArchive) else []
    return [settings.home, settings.dagster_home, *archived]


def _full_disks(folders: Iterable[Path]) -> Iterator[Sighting]:
    there = [next(path for path in (own, *own.parents) if path.exists()) for own in folders]
    for folder in {path.stat().st_dev: path for path in reversed(there)}.values():
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            text = f"{free / 2**20:.0f} MiB are free on the disk of {folder}"
            yield Sighting(DISK_ALMOST_FULL, str(folder), text, details={"free_bytes": free})
