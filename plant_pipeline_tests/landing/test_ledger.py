import gzip
import hashlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any

import pytest

from plant_pipeline.errors import ArchiveRefused
from plant_pipeline.http import Received
from plant_pipeline.landing import ledger as ledger_module
from plant_pipeline.landing.archive import FileArchive, read_body
from plant_pipeline.landing.ledger import FetchLedger, count_records
from plant_pipeline.landing.packs import body_place, index_key, read_index, split_answers
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
    archive = FileArchive(tmp_path)
    assert read_body(archive, body_place(row)) == b"[1, 2]"
    object_key = row.pop("object_key")
    assert re.fullmatch(r"ravenwits/plant/2026/03/31/235959\.999999-[0-9a-f]{12}\.json\.gz", object_key)
    row.pop("fetch_id")
    indexed = {"object_key": object_key, **row}
    assert read_index(archive, index_key(object_key)).rows == [indexed]
    assert row == {
        "source": "ravenwits",
        "entity": "plant",
        "path": "/api/plants/",
        "query": "start=2026-03-31T00%3A00%3A00%2B02%3A00",
        "http_status": 200,
        "fetched_at": _AT,
        "byte_offset": 0,
        "byte_length": len(gzip.compress(b"[1, 2]", 6)),
        "sha256": hashlib.sha256(b"[1, 2]").hexdigest(),
        "byte_count": 6,
        "record_count": 2,
        "attempts": 3,
        "run_id": "run-1",
        "answer_count": None,
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


def test_bodies_of_a_stream_and_day_share_an_object_and_each_is_found_in_it(
    warehouse: Warehouse, ledger: FetchLedger, tmp_path: Path
) -> None:
    bodies = [f"[{i}]".encode() * (1 + i) for i in range(40)]
    for i, body in enumerate(bodies):
        ledger.record(_received(body=body, entity="plant" if i % 2 else "forecast"))
    ledger.record(_received(body=b"next day", at=_AT + timedelta(seconds=1)))
    ledger.flush()
    archive, rows = FileArchive(tmp_path), _rows(warehouse)
    assert sorted(read_body(archive, body_place(row)) for row in rows) == sorted([*bodies, b"next day"])
    objects = {row["object_key"] for row in rows}
    assert sorted(key.rpartition("/")[0] for key in objects) == [
        "ravenwits/forecast/2026/03/31",
        "ravenwits/plant/2026/03/31",
        "ravenwits/plant/2026/04/01",
    ]
    assert set(archive.keys("")) == objects | {index_key(key) for key in objects}
    for key in objects:
        whole = gzip.decompress(archive.read(key))  # as `zcat` shows it
        own = sorted((row for row in rows if row["object_key"] == key), key=lambda row: row["byte_offset"])
        assert whole == b"".join(read_body(archive, body_place(row)) for row in own)
        without_id = [{name: value for name, value in row.items() if name != "fetch_id"} for row in own]
        assert sorted(read_index(archive, index_key(key)).rows, key=lambda row: row["byte_offset"]) == without_id


def test_answers_of_one_moment_share_a_body_and_a_row(warehouse: Warehouse, tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    ledger = FetchLedger(warehouse, archive, "voke", "run-1", is_together=True)
    at = datetime(2026, 3, 10, 4, tzinfo=UTC)
    answers = [
        _received(
            f'{{"id": {i}}}'.encode(),
            {"id": i},
            at + timedelta(milliseconds=i),
            entity="energy_today",
            path=f"/plants/{i}/energy/today?secret=x",
        )
        for i in range(2_300)
    ]
    answers[7] = replace(answers[7], http_status=503, body=b"\xff no UTF-8", json=None, attempt=2)
    for answer in answers:
        ledger.record(answer)
    ledger.record(_received(entity="plant_status", path="/plants", query="page=1", at=at))
    ledger.flush()
    alone, *rows = sorted(_rows(warehouse), key=lambda row: (row["entity"] != "plant_status", row["fetched_at"]))
    assert (alone["path"], alone["query"], alone["answer_count"], alone["record_count"]) == (
        "/plants",
        "page=1",
        None,
        2,
    )
    assert [row["answer_count"] for row in rows] == [1_000, 1_000, 300]
    assert [row["record_count"] for row in rows] == [999, 1_000, 300]
    assert [row["http_status"] for row in rows] == [503, 200, 200]
    assert {row["path"] for row in rows} == {"/plants/*"}
    apart = [answer for row in rows for answer in split_answers(read_body(archive, body_place(row)))]
    assert [(own["path"], own["body"], own["http_status"], own["attempts"], own["fetched_at"]) for own in apart] == [
        (own.path.partition("?")[0], own.body, own.http_status, own.attempt, own.received_at) for own in answers
    ]
    assert [own["path"] for own in apart if not own["is_usable"]] == ["/plants/7/energy/today"]
    assert len([key for key in archive.keys("") if "/energy_today/" in key]) == 2


def test_a_pack_that_is_large_is_sealed(
    warehouse: Warehouse, ledger: FetchLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_FLUSH_BYTES", 5_000)
    for _ in range(10):
        ledger.record(_received(body=os.urandom(2_000)))
    sizes = [file.stat().st_size for file in tmp_path.rglob("*.json.gz")]
    assert len(sizes) == 3
    assert all(5_000 <= size < 7_100 for size in sizes)
    assert len(_rows(warehouse)) == 9
    ledger.flush()


def test_no_row_stands_in_the_ledger_before_its_body_is_durable(
    warehouse: Warehouse, ledger: FetchLedger, tmp_path: Path
) -> None:
    (tmp_path / "ravenwits").write_text("a file where a folder has to be")
    ledger.record(_received())
    with pytest.raises(ArchiveRefused, match="cannot be written"):
        ledger.flush()
    assert _rows(warehouse) == []


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from plant_pipeline.errors import ArchiveRefused
from plant_pipeline.http import Received
from plant_pipeline.landing import ledger
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.warehouse import connect

ledger._FLUSH_ROWS = 3
with connect(sys.argv[1]) as warehouse:
    own = ledger.FetchLedger(warehouse, FileArchive(Path(sys.argv[2])), "voke", "run-1")
    for number in range(8):
        body = str(number).encode()
        own.record(Received("plant", "/plants", None, 200, body, number, 1, datetime(2026, 3, 10, tzinfo=UTC)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_between_bodies_loses_those_that_no_row_speaks_of(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path
) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, warehouse_url, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    archive, rows = FileArchive(tmp_path), _rows(warehouse)
    assert [read_body(archive, body_place(row)) for row in rows] == [str(i).encode() for i in range(6)]
    assert len(list(archive.keys(""))) == 4  # two packs, each with its index, and nothing half done


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


class _Refusing(FileArchive):
    """Takes no objects of one entity."""

    def put(self, key: str, content: IO[bytes]) -> None:
        if "/detail/" in key:
            raise ArchiveRefused("full")
        super().put(key, content)


def test_what_is_in_the_archive_is_known_although_the_next_pack_was_refused(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    ledger = FetchLedger(warehouse, _Refusing(tmp_path), "voke", "run-1")
    ledger.record(_received())
    ledger.record(_received(entity="detail"))
    with pytest.raises(ArchiveRefused, match="full"):
        ledger.flush()
    assert [row["entity"] for row in _rows(warehouse)] == ["plant"]
