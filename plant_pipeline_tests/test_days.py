from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline import days

_ZONES = sorted(zone for zone in available_timezones() if days.is_zone(zone))


def _utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def _window(day: date, zone: str) -> days.DayWindow:
    window = days.day_window(day, zone)
    assert window is not None
    return window


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), "Europe/Amsterdam", 24),
        (date(2026, 3, 29), "Europe/Amsterdam", 23),
        (date(2026, 10, 25), "Europe/Amsterdam", 25),
        # Lord Howe moves its clock by half an hour: forward on the first Sunday of October, back on that of April.
        (date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 3, 29), "UTC", 24),
        (date(2026, 3, 29), "Asia/Kathmandu", 24),
    ],
)
def test_a_day_is_as_long_as_it_really_was(day: date, zone: str, hours: float) -> None:
    assert _window(day, zone).hours == hours


@pytest.mark.parametrize(
    ("day", "zone", "start", "end"),
    [
        # Clocks jump from 24:00 to 01:00, so the day begins at 01:00 and has 23 hours.
        (date(2026, 4, 24), "Africa/Cairo", _utc(2026, 4, 23, 22), _utc(2026, 4, 24, 21)),
        (date(2026, 3, 29), "Asia/Beirut", _utc(2026, 3, 28, 22), _utc(2026, 3, 29, 21)),
        (date(2026, 9, 6), "America/Santiago", _utc(2026, 9, 6, 4), _utc(2026, 9, 7, 3)),
        # Toronto once went from 23:30 to 00:30, five hours behind UTC: midnight lies inside the gap.
        (date(1919, 3, 31), "America/Toronto", _utc(1919, 3, 31, 4, 30), _utc(1919, 4, 1, 4)),
        # And from 24:00 back to 23:00: the day before has 25 hours.
        (date(2026, 4, 4), "America/Santiago", _utc(2026, 4, 4, 3), _utc(2026, 4, 5, 4)),
        # Havana goes from 01:00 back to 00:00: midnight comes twice, and the first one counts.
        (date(2026, 11, 1), "America/Havana", _utc(2026, 11, 1, 4), _utc(2026, 11, 2, 5)),
    ],
)
def test_midnights_that_do_not_exist_or_come_twice(day: date, zone: str, start: datetime, end: datetime) -> None:
    window = _window(day, zone)
    assert (window.start_utc, window.end_utc) == (start, end)


def test_a_date_that_was_skipped_has_no_window_and_counts_as_over() -> None:
    # Samoa went from the 29th straight to the 31st, at 10:00 UTC.
    apia = "Pacific/Apia"
    assert days.day_window(date(2011, 12, 30), apia) is None
    assert _window(date(2011, 12, 29), apia).end_utc == _window(date(2011, 12, 31), apia).start_utc
    assert _window(date(2011, 12, 31), apia).start_utc == _utc(2011, 12, 30, 10)
    assert days.is_over(date(2011, 12, 30), apia, _utc(2011, 12, 30, 10))
    assert not days.is_over(date(2011, 12, 30), apia, _utc(2011, 12, 30, 9))
    assert days.latest_date_over([apia], _utc(2011, 12, 30, 11)) == date(2011, 12, 30)


@given(zone=st.sampled_from(_ZONES), day=st.dates(date(1975, 1, 1), date(2037, 12, 31)))
def test_consecutive_windows_join_without_gap_and_hold_their_own_date(zone: str, day: date) -> None:
    window = days.day_window(day, zone)
    following = [w for i in (1, 2, 3) if (w := days.day_window(day + timedelta(days=i), zone)) is not None]
    if window is None:  # skipped: the neighbours join
        before = _window(day - timedelta(days=1), zone)
        assert before.end_utc == following[0].start_utc
        return
    assert window.start_utc < window.end_utc == following[0].start_utc
    assert window.start_utc.tzinfo is UTC
    local = ZoneInfo(zone)
    assert window.start_utc.astimezone(local).date() == day
    assert (window.start_utc - timedelta(seconds=1)).astimezone(local).date() < day
    begin, end = days.utc_span([day])
    assert begin <= window.start_utc < window.end_utc <= end


@given(
    zones=st.lists(st.sampled_from(_ZONES), max_size=4),
    now=st.integers(0, 68 * 365 * 86_400).map(lambda s: _utc(1970, 1, 1) + timedelta(seconds=s)),
    grace_h=st.integers(0, 3),
)
def test_the_latest_date_over_is_over_everywhere_and_the_next_one_is_not(
    zones: list[str], now: datetime, grace_h: int
) -> None:
    grace = timedelta(hours=grace_h)
    latest = days.latest_date_over(zones, now, grace)
    everywhere = zones or ["UTC"]
    assert all(days.is_over(latest, zone, now, grace) for zone in everywhere)
    assert not all(days.is_over(latest + timedelta(days=1), zone, now, grace) for zone in everywhere)
    assert latest <= days.latest_date_over_anywhere(now)


def test_a_day_ends_first_in_the_easternmost_of_the_zones() -> None:
    # 1 July ends in Auckland (UTC+12 in winter) at 12:00 UTC, in Prague (UTC+2) at 22:00, in Chicago (UTC-5) at 05:00.
    zones = ("America/Chicago", "Pacific/Auckland", "Europe/Prague")
    assert days.first_end_utc(date(2026, 7, 1), zones) == _utc(2026, 7, 1, 12)
    assert days.first_end_utc(date(2026, 7, 1), zones[:1]) == _utc(2026, 7, 2, 5)


def test_the_latest_date_over_waits_for_the_last_zone_and_an_hour_of_grace() -> None:
    zones = ["Australia/Adelaide", "America/Denver"]
    # The 28th ends in Denver (UTC-6) at 06:00 UTC of the 29th.
    assert days.latest_date_over(zones, _utc(2026, 3, 29, 6, 59)) == date(2026, 3, 27)
    assert days.latest_date_over(zones, _utc(2026, 3, 29, 7, 0)) == date(2026, 3, 28)
    assert days.latest_date_over(zones[:1], _utc(2026, 3, 29, 6, 59)) == date(2026, 3, 28)
    assert days.latest_date_over([], _utc(2026, 3, 29, 1, 0)) == date(2026, 3, 28)


def test_a_date_is_over_first_at_utc_plus_14() -> None:
    assert days.latest_date_over_anywhere(_utc(2026, 3, 28, 9, 59)) == date(2026, 3, 27)
    assert days.latest_date_over_anywhere(_utc(2026, 3, 28, 10, 0)) == date(2026, 3, 28)


def test_dates_between_includes_both_ends() -> None:
    assert days.dates_between(date(2026, 2, 27), date(2026, 3, 1)) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
    assert days.dates_between(date(2026, 3, 2), date(2026, 3, 1)) == []


def test_the_span_of_dates_reaches_from_the_first_zone_of_the_world_to_the_last() -> None:
    """UTC+14 (Kiritimati) and UTC-12 (Baker Island)."""
    span = days.utc_span([date(2026, 3, 2), date(2026, 3, 1)])
    assert span == (_utc(2026, 2, 28, 10), _utc(2026, 3, 3, 12))
    assert span[0] == _window(date(2026, 3, 1), "Pacific/Kiritimati").start_utc
    assert span[1] == _window(date(2026, 3, 2), "Etc/GMT+12").end_utc


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kathmandu", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_names_of_the_iana_database_are_zones(zone: str) -> None:
    assert days.is_zone(zone)


@pytest.mark.parametrize(
    "zone",
    [
        *(None, "", "+02:00", "CEST", "Europe", "europe/madrid", "Europe/Madrid ", "../etc/passwd", "/etc/passwd"),
        *("a\x00b", "localtime", "posixrules", "right/UTC", "tzdata.zi", "Factory", "x" * 10_000),
    ],
)
def test_anything_else_is_no_zone(zone: str | None) -> None:
    assert not days.is_zone(zone)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-06-15T12:00+02:00", None, _utc(2026, 6, 15, 10)),
        ("2026-06-15 12:00Z", "Europe/Madrid", _utc(2026, 6, 15, 12)),
        (" 2026-06-15T12:00 ", "Europe/Madrid", _utc(2026, 6, 15, 10)),
        ("2026-01-15T12:00:30", "Asia/Kathmandu", datetime(2026, 1, 15, 6, 15, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", "Europe/Madrid", _utc(2026, 10, 25, 1, 30)),
    ],
)
def test_an_instant_has_its_offset_or_is_local_time(text: str, zone: str | None, expected: datetime) -> None:
    found = days.instant_of(text, zone)
    assert (found, found.tzinfo) == (expected, UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-06-15T12:00", None, "date and time with offset"),
        ("2026-06-15", "Europe/Madrid", "or local time of Europe/Madrid"),
        ("20260615", "Europe/Madrid", "or local time of Europe/Madrid"),
        ("noon", "Europe/Madrid", "or local time of Europe/Madrid"),
        ("", None, "date and time with offset"),
        ("0001-01-01T00:00+14:00", None, "date and time with offset"),
        ("0001-01-01T00:00", "Asia/Kathmandu", "or local time of Asia/Kathmandu"),
        ("2026-10-25T02:30", "Europe/Madrid", "Europe/Madrid had twice or never"),
        ("2026-03-29T02:30", "Europe/Madrid", "Europe/Madrid had twice or never"),
    ],
)
def test_what_names_no_single_instant_is_refused(text: str, zone: str | None, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        days.instant_of(text, zone)
