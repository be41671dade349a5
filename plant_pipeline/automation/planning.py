"""Which days a run without dates is for, and which night is due.

What belongs here: the rules. What does not: Dagster, command line, days that were missed (`missed_days`).

A night bears the date on which it is due, in the zone of the nightly sync; its latest day is the one before.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from plant_pipeline.days import WESTERNMOST_ZONE, dates_between, latest_date_over, latest_date_over_anywhere
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import execute


def default_dates(connection: Connection, now_utc: datetime, trailing_days: int) -> list[date]:
    """The latest date that is over, plus an hour, in every active plant's zone, and the trailing days before it.

    Without plants: the latest date over everywhere on Earth.
    """
    zones = execute(connection, "automation/active_zones").scalars().all()
    last = latest_date_over(zones or [WESTERNMOST_ZONE], now_utc)
    return dates_between(last - timedelta(days=trailing_days), last)


def latest_night(now_utc: datetime, due_at: time, zone: str) -> date:
    """The latest night whose time has come, once on every date.

    A time that a clock change leaves out comes right after it; of a time that comes twice the first counts.
    """
    night = now_utc.astimezone(ZoneInfo(zone)).date()
    due_utc = datetime.combine(night, due_at, ZoneInfo(zone)).astimezone(UTC)
    return night if due_utc <= now_utc else night - timedelta(days=1)


def night_to_start(connection: Connection, now_utc: datetime, latest: date) -> date:
    """The night that may begin: `latest`, or the one before while a plant far west has not ended that night's day."""
    zones = execute(connection, "automation/active_zones").scalars().all()
    return min(latest, latest_date_over(zones, now_utc) + timedelta(days=1)) if zones else latest


def has_active_plants(connection: Connection) -> bool:
    """Whether the registry knows any plant yet."""
    return bool(execute(connection, "automation/has_active_plants").scalar_one())


def requested_dates(
    day: date | None, first: date | None, last: date | None, now_utc: datetime
) -> Sequence[date] | None:
    """The dates a person asked for; None if no date was given. Raises `UsageError` for anything impossible."""
    if day is not None and (first is not None or last is not None):
        raise UsageError("give either --date or --from and --to")
    if (first is None) != (last is None):
        raise UsageError("--from and --to go together")
    if day is not None:
        first = last = day
    if first is None or last is None:
        return None
    if last < first:
        raise UsageError(f"--from {first} lies after --to {last}")
    latest = latest_date_over_anywhere(now_utc)
    if last > latest:
        raise UsageError(f"{last} is not over anywhere on Earth yet; the latest date that can be run is {latest}")
    if first < date(2010, 1, 1):
        raise UsageError(f"{first} lies before 2010-01-01, the first date this warehouse takes")
    return dates_between(first, last)
