"""Shares of the plants: in Python and in SQL the same, whole, and locked beside each other."""

from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from plant_pipeline.shards import Shard, all_shards
from plant_pipeline.warehouse import Warehouse, execute, lock_day
from plant_pipeline_tests.plants import add_plant

_DAY = date(2026, 3, 2)


@given(st.uuids(), st.integers(1, 500))
def test_each_plant_is_in_one_shard(plant_id: UUID, count: int) -> None:
    assert sum(shard.holds(plant_id) for shard in all_shards(count)) == 1


def test_a_shard_is_told_by_the_first_eight_digits_of_the_id() -> None:
    first = UUID("0000000a-0000-4000-8000-ffffffffffff")  # 10 = 2 * 4 + 2
    assert [shard.holds(first) for shard in all_shards(4)] == [False, False, True, False]
    assert Shard.of("3/4") == Shard(3, 4)
    assert str(Shard(3, 4)) == "3/4"
    with pytest.raises(ValueError, match="no shard 5 of 4"):
        Shard.of("5/4")


def test_the_warehouse_divides_alike_and_a_merged_plant_goes_with_the_one_it_is_counted_in(
    warehouse: Warehouse,
) -> None:
    shards = all_shards(3)
    with warehouse.transaction() as connection:
        ids = [
            add_plant(connection, f"P{index}", "UTC", first_seen_at=datetime(2026, 1, 1, tzinfo=UTC))
            for index in range(60)
        ]
        target = ids[0]
        merged = next(own for own in ids if [s.holds(own) for s in shards] != [s.holds(target) for s in shards])
        connection.exec_driver_sql(
            "update registry.plant set status = 'merged', merged_into = %(target)s where plant_id = %(merged)s",
            {"target": target, "merged": merged},
        )
        held = {
            shard: set(execute(connection, "energy/plants_of_shard", number=shard.number, count=shard.count).scalars())
            for shard in shards
        }
    for shard, found in held.items():
        alone = {own for own in ids if shard.holds(own)} - {merged}
        assert found == alone | ({merged} if shard.holds(target) else set())
    assert Counter(own for found in held.values() for own in found) == Counter(ids)


def test_shards_of_a_date_are_locked_beside_each_other_and_not_beside_the_whole_date(warehouse: Warehouse) -> None:
    def is_free(shard: Shard | None, day: date = _DAY) -> bool:
        with warehouse.transaction() as connection:
            connection.exec_driver_sql("set local lock_timeout = '50ms'")
            try:
                lock_day(connection, day, shard)
            except OperationalError as error:
                if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    return False
                raise
        return True

    with warehouse.transaction() as connection:
        lock_day(connection, _DAY, Shard(1, 2))
        assert is_free(Shard(2, 2))
        assert not is_free(Shard(1, 2))
        assert not is_free(None)
        assert is_free(None, date(2026, 3, 3))
    with warehouse.transaction() as connection:
        lock_day(connection, _DAY)
        assert not is_free(Shard(1, 2))
    assert is_free(Shard(1, 2))
