from datetime import UTC, date, datetime

from plant_pipeline.warehouse import (
    Warehouse,
    ensure_month_partitions,
    migrate,
    migration_status,
    read_frame,
    upsert_rows,
)

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_COLUMNS = ("id", "name", "description", "fetched_at", "is_present")


def _row(number: int, name: str) -> dict[str, object]:
    return {"id": number, "name": name, "description": None, "fetched_at": _AT, "is_present": True}


def test_migrating_twice_applies_nothing_the_second_time(warehouse: Warehouse) -> None:
    assert migrate(warehouse) == []
    assert all(applied for _, applied in migration_status(warehouse))


def test_upsert_counts_new_changed_and_same_rows(warehouse: Warehouse) -> None:
    def write(*rows: dict[str, object]) -> tuple[int, int, int]:
        with warehouse.transaction() as connection:
            counts = upsert_rows(connection, "flexmeasures.asset_type", ("id",), rows, _COLUMNS)
        return counts.new, counts.changed, counts.same

    assert write(_row(1, "solar"), _row(2, "wind")) == (2, 0, 0)
    assert write(_row(1, "solar"), _row(2, "wind turbine"), _row(3, "meter")) == (1, 1, 1)
    with warehouse.transaction() as connection:
        names = read_frame(connection, "select name from flexmeasures.asset_type order by id")["name"].tolist()
    assert names == ["solar", "wind turbine", "meter"]


def test_partitions_are_made_once_for_each_month_touched(warehouse: Warehouse) -> None:
    for _ in range(2):
        with warehouse.transaction() as connection:
            ensure_month_partitions(connection, "energy.reading", date(2025, 11, 30), date(2026, 1, 1))
    with warehouse.transaction() as connection:
        names = read_frame(
            connection,
            "select inhrelid::regclass::text as name from pg_inherits "
            "where inhparent = 'energy.reading'::regclass order by 1",
        )["name"].tolist()
    assert names == ["energy.reading_2025_11", "energy.reading_2025_12", "energy.reading_2026_01"]
