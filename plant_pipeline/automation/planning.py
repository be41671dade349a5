"""Which days a run without dates is for.

What belongs here: the rule. What does not: Dagster, command line.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

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
