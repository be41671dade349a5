"""Retention of what days are computed from: which days go, and that none of them is computed again."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.days import day_window
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.retention import (
    LOOKS_BACK,
    first_kept,
    note_removed,
    removable_before,
    remove_days,
    require_days,
)
from plant_pipeline.warehouse import Warehouse, ensure_month_partitions

TODAY = date(2026, 12, 1)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def _store(warehouse: Warehouse, instants: Iterable[datetime]) -> None:
    with warehouse.transaction() as connection:
        for instant in instants:
            ensure_month_partitions(connection, "energy.reading", instant.date(), instant.date())
            connection.exec_driver_sql("insert into energy.reading values (1, %(at)s, 1)", {"at": instant})


def _stored(warehouse: Warehouse) -> list[datetime]:
    with warehouse.transaction() as connection:
        return list(connection.exec_driver_sql("select period_start from energy.reading order by 1").scalars())


def test_a_year_a_month_and_the_trailing_days_are_always_kept() -> None:
    assert removable_before(TODAY, 1000, 3, []) == date(2024, 3, 6)
    assert removable_before(TODAY, 400, 3, []) == TODAY - timedelta(days=403)
    assert removable_before(TODAY, 1, 3, []) == TODAY - timedelta(days=403)


@given(kept=st.integers(1, 3000), trailing=st.integers(0, 60), needed=st.lists(st.dates(date(2015, 1, 1), TODAY)))
def test_no_day_that_is_needed_loses_what_it_is_computed_from(kept: int, trailing: int, needed: list[date]) -> None:
    before = removable_before(TODAY, kept, trailing, needed)
    assert before <= TODAY - timedelta(days=400 + trailing)
    assert all(day - LOOKS_BACK >= before for day in needed)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Niue"])
def test_whole_days_go_and_the_first_one_kept_is_whole_everywhere(warehouse: Warehouse, zone: str) -> None:
    before = date(2025, 3, 10)
    window = day_window(before, zone)
    assert window is not None
    old = [datetime(2024, 12, 31, tzinfo=UTC), datetime(2025, 2, 28, 23, tzinfo=UTC), datetime(2025, 3, 7, tzinfo=UTC)]
    kept = [window.start_utc - timedelta(hours=1), window.start_utc, datetime(2025, 4, 1, tzinfo=UTC)]
    _store(warehouse, [*old, *kept])
    assert remove_days(warehouse, "energy.reading", "period_start", before) == 31 + 28 + 1
    assert _stored(warehouse) == kept
    assert remove_days(warehouse, "energy.reading", "period_start", before) == 0
    _store(warehouse, old[:1])  # a month that went may come again
    assert _stored(warehouse)[0] == old[0]


def test_a_table_without_partitions_is_cut_as_well(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        for day in (date(2025, 3, 7), date(2025, 3, 9)):
            connection.exec_driver_sql(
                "insert into energy.reading_flag values (1, %(at)s, 'stuck', 'run')",
                {"at": datetime(day.year, day.month, day.day, tzinfo=UTC)},
            )
    assert remove_days(warehouse, "energy.reading_flag", "period_start", date(2025, 3, 10)) == 1


def test_days_that_are_gone_and_the_month_after_them_are_not_computed_again(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        require_days(connection, [date(2000, 1, 1)], ["reading", "sample"])
        assert first_kept(connection, ["reading"]) is None
        assert note_removed(connection, "reading", date(2025, 3, 1), NOON) == date(2025, 3, 1)
        assert note_removed(connection, "reading", date(2025, 2, 1), NOON) == date(2025, 3, 1)
        note_removed(connection, "forecast", date(2025, 5, 1), NOON)
        assert first_kept(connection, ["reading", "sample"]) == date(2025, 4, 1)
        require_days(connection, [date(2025, 4, 1)], ["reading", "sample"])
        require_days(connection, [date(2000, 1, 1)], ["sample"])
        for kinds, first in ((["reading"], "2025-04-01"), (["reading", "forecast"], "2025-06-01")):
            with pytest.raises(UsageError, match=f"^2025-03-31 cannot be computed again: .*from {first} on"):
                require_days(connection, [date(2025, 7, 1), date(2025, 3, 31)], kinds)  # type: ignore[arg-type] # texts
