from datetime import UTC, date, datetime

import pytest

from plant_pipeline.automation.planning import default_dates, has_active_plants, requested_dates
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant


def _default(warehouse: Warehouse, now_utc: datetime, trailing_days: int = 1) -> list[date]:
    with warehouse.transaction() as connection:
        return default_dates(connection, now_utc, trailing_days)


def test_without_plants_the_latest_date_is_one_that_is_over_everywhere(warehouse: Warehouse) -> None:
    # 1 March ends at UTC-12 at noon UTC of 2 March; an hour of grace makes it 13:00.
    assert _default(warehouse, datetime(2026, 3, 2, 12, 59, tzinfo=UTC))[-1] == date(2026, 2, 28)
    assert _default(warehouse, datetime(2026, 3, 2, 13, 0, tzinfo=UTC)) == [date(2026, 2, 28), date(2026, 3, 1)]


def test_the_westernmost_active_plant_decides(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        assert not has_active_plants(connection)
        add_plant(connection, "Adelaide", "Australia/Adelaide")
        add_plant(connection, "Denver", "America/Denver")
        add_plant(connection, "Honolulu", "Pacific/Honolulu", status="retired")
        assert has_active_plants(connection)
    # 1 March ends in Denver (UTC-7) at 07:00 UTC of 2 March.
    assert _default(warehouse, datetime(2026, 3, 2, 7, 59, tzinfo=UTC))[-1] == date(2026, 2, 28)
    assert _default(warehouse, datetime(2026, 3, 2, 8, 0, tzinfo=UTC))[-1] == date(2026, 3, 1)


_NOW = datetime(2026, 3, 2, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "first", "last", "message"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), None, "either"),
        (None, date(2026, 3, 1), None, "go together"),
        (None, date(2026, 3, 1), date(2026, 2, 28), "lies after"),
        (date(2026, 3, 2), None, None, "not over anywhere"),
        (date(1999, 1, 1), None, None, "before 2010"),
    ],
)
def test_impossible_dates_are_refused(day: date | None, first: date | None, last: date | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        requested_dates(day, first, last, _NOW)


def test_a_date_over_in_the_easternmost_zone_may_be_asked_for() -> None:
    # 2 March ends at UTC+14 at 10:00 UTC of 2 March.
    assert requested_dates(date(2026, 3, 2), None, None, datetime(2026, 3, 2, 10, 0, tzinfo=UTC)) == [date(2026, 3, 2)]
    assert requested_dates(None, None, None, _NOW) is None
    assert requested_dates(None, date(2026, 2, 27), date(2026, 3, 1), _NOW) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
