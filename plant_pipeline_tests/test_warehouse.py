import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from plant_pipeline.errors import WarehouseError
from plant_pipeline.landing.stream import RunIssue, read_issues
from plant_pipeline.warehouse import (
    UpsertCounts,
    Warehouse,
    bundled,
    connect,
    ensure_month_partitions,
    migrate,
    migration_status,
    opening,
    read_frame,
    upsert_rows,
    upsert_statement,
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


def test_upsert_tells_rows_apart_by_every_column_of_a_composite_key(warehouse: Warehouse) -> None:
    key = ("asset_id", "kpi_date", "sensor_id", "title", "downsample_function")

    def write(*values: tuple[int, str, float | None]) -> UpsertCounts:
        rows = [
            {"asset_id": 1, "kpi_date": date(2026, 3, 1), "sensor_id": sensor_id, "title": title,
             "downsample_function": "sum", "unit": None, "value": value, "fetched_at": _AT}
            for sensor_id, title, value in values
        ]  # fmt: skip
        with warehouse.transaction() as connection:
            return upsert_rows(connection, "flexmeasures.kpi", key, rows, (*key, "unit", "value", "fetched_at"))

    assert write((1, "yield", 5.0), (1, "load", None), (2, "yield", 7.0)) == UpsertCounts(new=3)
    assert write((1, "yield", None), (1, "load", None), (2, "load", 7.0)) == UpsertCounts(new=1, changed=1, same=1)
    with warehouse.transaction() as connection:
        stored = read_frame(connection, "select sensor_id, title, value from flexmeasures.kpi order by 1, 2")
    assert stored.to_numpy().tolist() == [[1, "load", None], [1, "yield", None], [2, "load", 7.0], [2, "yield", 7.0]]


def test_of_rows_with_one_key_the_last_is_written(warehouse: Warehouse) -> None:
    rows = [_row(1, "first"), _row(2, "other"), _row(1, "last")]
    with warehouse.transaction() as connection:
        assert upsert_rows(connection, "flexmeasures.asset_type", ("id",), rows, _COLUMNS) == UpsertCounts(new=2)
        stored = read_frame(connection, "select id, name from flexmeasures.asset_type order by id")
    assert stored.to_numpy().tolist() == [[1, "last"], [2, "other"]]


def test_upsert_joins_a_full_table_without_comparing_every_pair_of_rows(warehouse: Warehouse) -> None:
    rows = [_row(number, f"type {number}") for number in range(5_000)]
    with warehouse.transaction() as connection:
        upsert_rows(connection, "flexmeasures.asset_type", ("id",), rows, _COLUMNS)
        connection.exec_driver_sql("analyze flexmeasures.asset_type")
        connection.exec_driver_sql("create temp table staged_rows as select * from flexmeasures.asset_type")
        statement = upsert_statement("flexmeasures.asset_type", ("id",), _COLUMNS)
        plan = "\n".join(connection.exec_driver_sql(f"explain {statement}").scalars())
    assert "Hash Cond: (s.id = t.id)" in plan or "Merge Cond: (s.id = t.id)" in plan, plan
    assert "Nested Loop" not in plan, plan


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


def test_what_runs_noted_by_room_keeps_its_place_as_the_stage(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("create database before_stages")
    with connect(make_url(postgres_url).set(database="before_stages").render_as_string(hide_password=False)) as old:
        earlier = tmp_path / "sql" / "migrations"
        earlier.mkdir(parents=True)
        for file in (bundled("sql") / "migrations").glob("[0-9]*.sql"):
            if file.name < "0012":
                shutil.copy(file, earlier)
        with monkeypatch.context() as patched:
            patched.setattr(opening, "bundled", lambda name: tmp_path / name)
            migrate(old)
        with old.transaction() as connection:
            connection.exec_driver_sql(
                "insert into landing.run_issue (run_id, room, subject, energy_date, severity, message) values "
                "('r', 'energy', 'P-1', '2026-03-01', 'finding', 'silent'), ('r', 'readings', 'P-2', null, "
                "'failure', 'lost')"
            )
        assert "0012_issue_stage" in migrate(old)
        with old.transaction() as connection:
            assert read_issues(connection, "r") == [
                RunIssue("readings", "P-2", "lost"),
                RunIssue("energy", "P-1", "silent", "finding", date(2026, 3, 1)),
            ]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "127.0.0.1:9"])
def test_a_server_that_is_not_there_is_an_error_of_the_warehouse_whatever_the_reason(host: str) -> None:
    with (
        pytest.raises(WarehouseError, match="cannot be reached") as caught,
        connect(f"postgresql://someone:very-secret@{host}/plants"),
    ):
        pass
    assert "very-secret" not in str(caught.value)
