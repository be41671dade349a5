from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.http import Received
from plant_pipeline.landing import ledger as ledger_module
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.ledger import FetchLedger, count_records
from plant_pipeline.warehouse import Warehouse, read_frame

_AT = datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)


def _received(body: bytes = b"[1, 2]", parsed: Any = (1, 2), at: datetime = _AT, **changes: Any) -> Received:
    fields: dict[str, Any] = {
        "entity": "plant",
        "path": "/api/plants/",
        "query": None,
        "http_status": 200,
        "body": body,
        "json": list(parsed) if isinstance(parsed, tuple) else parsed,
        "attempt": 1,
        "received_at": at,
    }
    return Received(**{**fields, **changes})


@pytest.fixture
def ledger(warehouse: Warehouse, tmp_path: Path) -> FetchLedger:
    return FetchLedger(warehouse, FileArchive(tmp_path), "ravenwits", "run-1")


def _rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql("select * from landing.fetch order by fetched_at, fetch_id").mappings()
        return [dict(row) for row in rows]


def test_a_row_tells_what_was_asked_what_came_and_where_it_lies(
    warehouse: Warehouse, ledger: FetchLedger, tmp_path: Path
) -> None:
    ledger.record(_received(attempt=3, query="start=2026-03-31T00%3A00%3A00%2B02%3A00"))
    assert _rows(warehouse) == []  # rows follow in batches
    ledger.flush()
    (row,) = _rows(warehouse)
    object_key = row.pop("object_key")
    assert FileArchive(tmp_path).get(object_key) == b"[1, 2]"
    assert object_key == f"ravenwits/plant/2026/03/31/{row.pop('sha256')}.json.gz"
    row.pop("fetch_id")
    assert row == {
        "source": "ravenwits",
        "entity": "plant",
        "path": "/api/plants/",
        "query": "start=2026-03-31T00%3A00%3A00%2B02%3A00",
        "http_status": 200,
        "fetched_at": _AT,
        "byte_count": 6,
        "record_count": 2,
        "attempts": 3,
        "run_id": "run-1",
    }


def test_a_path_loses_its_query(warehouse: Warehouse, ledger: FetchLedger) -> None:
    ledger.record(_received(path="/api/plants/?token=secret&page=2"))
    ledger.flush()
    assert _rows(warehouse)[0]["path"] == "/api/plants/"


def test_an_error_has_no_record_count(warehouse: Warehouse, ledger: FetchLedger) -> None:
    ledger.record(_received(b"<html>", None, http_status=502))
    ledger.record(_received(b'{"detail": "no"}', {"detail": "no"}, http_status=403))
    ledger.flush()
    assert [row["record_count"] for row in _rows(warehouse)] == [None, None]


def test_rows_on_both_sides_of_a_month_s_end_find_their_partitions(warehouse: Warehouse, ledger: FetchLedger) -> None:
    ledger.record(_received())
    ledger.record(_received(at=_AT + timedelta(microseconds=1)))
    ledger.record(_received(at=datetime(2027, 1, 1, tzinfo=UTC)))
    # Still December in Honolulu when it is January in UTC.
    ledger.record(_received(at=datetime(2027, 1, 31, 20, 0, tzinfo=timezone(timedelta(hours=-10)))))
    ledger.flush()
    with warehouse.transaction() as connection:
        found = read_frame(connection, "select tableoid::regclass::text as part from landing.fetch order by fetched_at")
    assert found["part"].tolist() == [
        "landing.fetch_2026_03",
        "landing.fetch_2026_04",
        "landing.fetch_2027_01",
        "landing.fetch_2027_02",
    ]


def test_many_rows_are_committed_on_the_way_and_none_twice(
    warehouse: Warehouse, ledger: FetchLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_FLUSH_ROWS", 3)
    for i in range(7):
        ledger.record(_received(body=str(i).encode(), parsed=i))
    assert len(_rows(warehouse)) == 6
    ledger.flush()
    ledger.flush()
    assert len(_rows(warehouse)) == 7


@pytest.mark.parametrize(
    ("parsed", "count"),
    [
        ([], 0),
        ([1, None], 2),
        ({"data": [1, 2, 3], "num-records": 9}, 3),
        ({"values": [1, None], "unit": "kW"}, 2),
        ({"id": 1, "data": {"x": 1}}, 1),
        ({}, 1),
        ("https://signed.example", 1),
        (None, None),
    ],
)
def test_how_many_records_an_answer_holds(parsed: object, count: int | None) -> None:
    assert count_records(parsed) == count
