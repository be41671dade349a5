from datetime import UTC, date, datetime, timedelta

import pytest

from plant_pipeline.days import DayWindow, day_window
from plant_pipeline.energy.series.daylight import daylight_of


def _daylight(day: str, zone: str, latitude: float, longitude: float) -> list[tuple[datetime, datetime]]:
    window = day_window(date.fromisoformat(day), zone)
    assert window is not None
    (stretches,) = daylight_of([(window, latitude, longitude)])
    return [(datetime.fromtimestamp(rise_s, UTC), datetime.fromtimestamp(set_s, UTC)) for rise_s, set_s in stretches]


def test_without_places_there_is_nothing_to_find() -> None:
    assert daylight_of([]) == []


def test_at_the_equinox_the_day_lasts_twelve_hours_on_the_equator() -> None:
    # No refraction, the sun's centre: 12 h, around noon at 0° east, which is 12:07:26 UTC by the equation of time.
    ((rise, sets),) = _daylight("2026-03-20", "UTC", 0.0, 0.0)
    assert (sets - rise) == pytest.approx(timedelta(hours=12), abs=timedelta(seconds=20))
    assert rise + (sets - rise) / 2 == pytest.approx(
        datetime(2026, 3, 20, 12, 7, 26, tzinfo=UTC), abs=timedelta(seconds=20)
    )


def test_a_summer_day_in_the_north_is_long() -> None:
    # cos(half day) = -tan(52.1°) tan(23.44°): 123.8° or 8 h 15.5 min on either side of noon.
    ((rise, sets),) = _daylight("2026-06-21", "Europe/Amsterdam", 52.1, 5.18)
    assert (sets - rise).total_seconds() / 3600 == pytest.approx(16.52, abs=0.02)


def test_polar_day_and_polar_night() -> None:
    window = day_window(date(2026, 6, 21), "Arctic/Longyearbyen")
    assert window is not None
    assert _daylight("2026-06-21", "Arctic/Longyearbyen", 78.2, 15.6) == [(window.start_utc, window.end_utc)]
    assert _daylight("2026-12-21", "Arctic/Longyearbyen", 78.2, 15.6) == []


def test_a_day_that_begins_in_daylight_has_two_stretches() -> None:
    # A plant in Japan whose zone is given as UTC: sunset about 10 h, sunrise about 19:25 h.
    (first, last) = _daylight("2026-06-21", "UTC", 35.7, 139.7)
    assert first[0] == datetime(2026, 6, 21, tzinfo=UTC)
    assert last[1] == datetime(2026, 6, 22, tzinfo=UTC)
    assert timedelta(hours=9) < last[0] - first[1] < timedelta(hours=10)


def test_each_plant_gets_the_daylight_of_its_own_day_and_place() -> None:
    window = DayWindow(date(2026, 6, 21), datetime(2026, 6, 21, tzinfo=UTC), datetime(2026, 6, 22, tzinfo=UTC))
    daylight = daylight_of([(window, 50.0, longitude) for longitude in (0.0, 15.0, -15.0)])
    rises_s = [stretches[0][0] for stretches in daylight]
    # The earth turns 15 degrees in an hour (the declination moves a little meanwhile).
    assert rises_s[0] - rises_s[1] == pytest.approx(3600, abs=10)
    assert rises_s[2] - rises_s[0] == pytest.approx(3600, abs=10)
