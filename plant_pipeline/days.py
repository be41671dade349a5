"""Plant-local calendar days as UTC windows, and which days are over.

What belongs here: dates, zones and instants. What does not: readings, plants, anything that reads the clock.
Every difference is taken in UTC: Python subtracts two datetimes of one zone on the wall clock, which calls a day with
a clock change 24 hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo, available_timezones

WESTERNMOST_ZONE = "Etc/GMT+12"
EASTERNMOST_ZONE = "Etc/GMT-14"


@dataclass(frozen=True)
class DayWindow:
    """One plant-local calendar day: [start_utc, end_utc)."""

    day_date: date
    start_utc: datetime
    end_utc: datetime

    @cached_property
    def bounds_s(self) -> tuple[float, float]:
        """Both ends, in seconds since 1970."""
        return self.start_utc.timestamp(), self.end_utc.timestamp()

    @cached_property
    def hours(self) -> float:
        """Real length of the day in hours: 23, 23.5, 24, 24.5 or 25."""
        return (self.end_utc - self.start_utc).total_seconds() / 3600


def is_zone(name: str | None) -> bool:
    """Whether `name` is a zone of the IANA database, in its spelling; an offset such as `+02:00` is none."""
    return name in zone_names()


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """All zones of the IANA database that there are on this machine."""
    # `localtime` is whatever this machine is set to, and `Factory` says that nothing is set.
    return frozenset(available_timezones() - {"localtime", "Factory"})


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=65536)
def day_window(day_date: date, zone: str) -> DayWindow | None:
    """The first to the last instant of a civil date in a zone; None where the date was skipped (Apia, 2011-12-30)."""
    start_utc = _first_instant(day_date, _zone(zone))
    end_utc = _first_instant(day_date + timedelta(days=1), _zone(zone))
    return DayWindow(day_date, start_utc, end_utc) if end_utc > start_utc else None


@lru_cache(maxsize=65536)
def _first_instant(day_date: date, zone: ZoneInfo) -> datetime:
    """First instant whose local date is `day_date` or later (midnight itself may not exist)."""
    midnight = datetime.combine(day_date, time(), zone)
    earlier, later = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier.astimezone(zone).date() == day_date:
        return earlier
    # A gap holds midnight: the day begins where the gap ends, at an instant between the two readings of 00:00.
    low, high = earlier - timedelta(days=1), later + timedelta(days=1)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if middle.astimezone(zone).date() >= day_date else (middle, high)
    return high.replace(microsecond=0)


def instant_of(text: str, zone: str | None = None) -> datetime:
    """The instant that ISO 8601 text tells, with its offset, else as local time of `zone` if there is one.

    Raises `ValueError` saying what is expected.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-06-15"):
            raise ValueError("a date alone")
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if zone is None:
            raise ValueError("of no zone")
        earlier, later = (moment.replace(tzinfo=_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError) as error:
        local = f", or local time of {zone} such as 2026-06-15T12:00" if zone else ""
        raise ValueError(f"date and time with offset such as 2026-06-15T12:00+02:00{local}") from error
    if earlier != later:
        raise ValueError(f"with its offset a time that {zone} had twice or never")
    return earlier


def is_over(day_date: date, zone: str, now_utc: datetime, grace: timedelta = timedelta()) -> bool:
    """Whether the local day has ended, `grace` included; a date the zone skipped counts as over."""
    return _first_instant(day_date + timedelta(days=1), _zone(zone)) + grace <= now_utc


def first_end_utc(day_date: date, zones: Iterable[str]) -> datetime:
    """The instant at which the local day ends in the first of `zones`."""
    return min(_first_instant(day_date + timedelta(days=1), _zone(zone)) for zone in zones)


def latest_date_over(zones: Iterable[str], now_utc: datetime, grace: timedelta = timedelta(hours=1)) -> date:
    """The latest date that is over, plus `grace`, in every one of `zones` (UTC if there are none)."""
    return min(_latest_over(zone, now_utc - grace) for zone in (set(zones) or {"UTC"}))


def latest_date_over_anywhere(now_utc: datetime) -> date:
    """The latest date that is over in some zone of the world (UTC+14 is first)."""
    return _latest_over(EASTERNMOST_ZONE, now_utc)


def _latest_over(zone: str, now_utc: datetime) -> date:
    day_date = now_utc.astimezone(_zone(zone)).date()
    while not is_over(day_date, zone, now_utc):
        day_date -= timedelta(days=1)
    return day_date


def dates_between(first_date: date, last_date: date) -> list[date]:
    """Both ends included; empty if `last_date` lies before `first_date`."""
    return list(_each_date(first_date, last_date))


def _each_date(first_date: date, last_date: date) -> Iterator[date]:
    while first_date <= last_date:
        yield first_date
        first_date += timedelta(days=1)


def utc_span(dates: Iterable[date]) -> tuple[datetime, datetime]:
    """UTC bounds that hold these local dates in any zone of the world, for constant time bounds in queries."""
    ordered = sorted(dates)
    return (
        datetime.combine(ordered[0], time(), UTC) - timedelta(hours=14),
        datetime.combine(ordered[-1] + timedelta(days=1), time(), UTC) + timedelta(hours=12),
    )
