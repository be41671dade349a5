import gzip
import hashlib
import io
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.errors import ArchiveDamaged, UsageError
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.inspection import (
    ObjectVerdict,
    ledger_by_object,
    read_fetch,
    read_ledger,
    remove_expired,
    verify_archive,
)
from plant_pipeline.landing.ledger import FetchLedger, write_rows
from plant_pipeline.landing.packs import index_key
from plant_pipeline.landing.run_record import RunRecord, write_run_record
from plant_pipeline.warehouse import Warehouse

_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
_BODIES = (b'[{"id": 1}]', b"[]", b'{"name": "\xc3\x98st"}')


@pytest.fixture
def archive(warehouse: Warehouse, tmp_path: Path) -> FileArchive:
    """Three bodies in a pack, one alone in an object as earlier versions had it, and the record of a run."""
    archive = FileArchive(tmp_path)
    ledger = FetchLedger(warehouse, archive, "voke", "run-1")
    for i, body in enumerate(_BODIES):
        ledger.record(Received("plant", "/plants", None, 200, body, [], 1, _AT + timedelta(seconds=i)))
    ledger.flush()
    sha256 = hashlib.sha256(b"alone").hexdigest()
    key = f"voke/plant/2026/03/10/{sha256}.json.gz"
    archive.put(key, io.BytesIO(gzip.compress(b"alone")))
    row = {
        "fetched_at": _AT,
        "source": "voke",
        "entity": "plant",
        "path": "/plants",
        "http_status": 200,
        "object_key": key,
        "sha256": sha256,
        "byte_count": 5,
        "attempts": 1,
        "run_id": "run-0",
    }
    write_rows(warehouse, [row])
    write_run_record(archive, RunRecord("run-1", "run-1", "nightly_sync", _AT, _AT + timedelta(minutes=1)))
    return archive


def _problems(archive: FileArchive, warehouse: Warehouse) -> list[ObjectVerdict]:
    with ledger_by_object(warehouse) as ledger:
        return [verdict for verdict in verify_archive(archive, ledger) if verdict.problems]


def _by_object(warehouse: Warehouse) -> list[dict[str, Any]]:
    with ledger_by_object(warehouse) as ledger:
        return [dict(row) for row in ledger]


def test_an_archive_as_it_was_stored_is_well(archive: FileArchive, warehouse: Warehouse) -> None:
    with ledger_by_object(warehouse) as ledger:
        verdicts = list(verify_archive(archive, ledger))
    assert sorted(verdict.bodies for verdict in verdicts) == [1, 3]
    assert _problems(archive, warehouse) == []
    # Without any ledger the indexes, and the names of the older objects, say the same.
    assert [verdict.problems for verdict in verify_archive(archive, [])] == [(), ()]


def test_every_changed_byte_of_every_object_is_noticed(archive: FileArchive, warehouse: Warehouse) -> None:
    ledger = _by_object(warehouse)
    packs = [key for key in archive.keys("") if key.endswith(".json.gz") and len(Path(key).name) < 60]
    assert len(packs) == 1
    file = archive.root / packs[0]
    whole = file.read_bytes()
    for i in range(len(whole)):
        changed = bytearray(whole)
        changed[i] ^= 0x10
        file.write_bytes(changed)
        (verdict,) = (verdict for verdict in verify_archive(archive, ledger) if verdict.problems)
        assert verdict.object_key == packs[0]


def test_what_is_damaged_or_lost_is_named(archive: FileArchive, warehouse: Warehouse) -> None:
    for key in list(archive.keys("")):
        file = archive.root / key
        kept = file.read_bytes()
        for damage in (kept[: len(kept) // 2], b"", None):
            if damage is None:
                file.unlink()
            else:
                file.write_bytes(damage)
            if key.startswith("runs/") and damage is None:
                continue  # an archive of earlier versions has none
            problems = _problems(archive, warehouse)
            assert len(problems) == 1, key
            assert key in " ".join(problems[0].problems)
        file.write_bytes(kept)
    assert _problems(archive, warehouse) == []


def test_a_changed_row_of_the_ledger_is_noticed(archive: FileArchive, warehouse: Warehouse) -> None:
    ledger = _by_object(warehouse)
    packed = next(row for row in ledger if row["byte_offset"] == 0)
    packed["sha256"] = hashlib.sha256(b"another").hexdigest()
    (verdict,) = (verdict for verdict in verify_archive(archive, ledger) if verdict.problems)
    assert verdict.object_key == packed["object_key"]
    assert any("landing.fetch" in problem for problem in verdict.problems)


def test_one_body_is_shown_by_its_number(archive: FileArchive, warehouse: Warehouse) -> None:
    rows = read_ledger(warehouse)
    bodies = {read_fetch(warehouse, archive, row["fetch_id"])[1] for row in rows}
    assert bodies == {*_BODIES, b"alone"}
    assert [row["fetch_id"] for row in read_ledger(warehouse, date(2026, 3, 11))] == []
    assert len(read_ledger(warehouse, date(2026, 3, 10), date(2026, 3, 10))) == 4
    with pytest.raises(UsageError, match="no answer has the number 99"):
        read_fetch(warehouse, archive, 99)
    packed = next(row for row in rows if row["byte_offset"] == 0)
    (archive.root / packed["object_key"]).write_bytes(b"")
    with pytest.raises(ArchiveDamaged, match=packed["object_key"]):
        read_fetch(warehouse, archive, packed["fetch_id"])


def test_retention_removes_whole_days_and_nothing_that_was_delivered(
    archive: FileArchive, warehouse: Warehouse
) -> None:
    delivered = "raptor_maps/csv/2026/03/10/abc/raptor_maps_2026-03-10_part001.csv"
    archive.put(delivered, io.BytesIO(b"farm_id"))
    later = FetchLedger(warehouse, archive, "voke", "run-2")
    later.record(Received("plant", "/plants", None, 200, b"[]", [], 1, _AT + timedelta(days=1)))
    later.flush()
    (kept_row,) = read_ledger(warehouse, date(2026, 3, 11))
    kept = {delivered, kept_row["object_key"], index_key(kept_row["object_key"])}
    everything = set(archive.keys(""))
    assert remove_expired(archive, warehouse, date(2027, 4, 14), 400) == 0  # 10 March is 400 days ago
    assert set(archive.keys("")) == everything
    assert remove_expired(archive, warehouse, date(2027, 4, 15), 400) == 4
    assert set(archive.keys("")) == kept
    assert [row["fetch_id"] for row in read_ledger(warehouse)] == [kept_row["fetch_id"]]
    assert _problems(archive, warehouse) == []


def test_a_pack_of_a_run_that_was_killed_before_its_index_was_written_is_no_damage(
    archive: FileArchive, warehouse: Warehouse
) -> None:
    archive.put("voke/plant/2026/03/10/left-behind.json.gz", io.BytesIO(gzip.compress(b"[]")))
    assert _problems(archive, warehouse) == []
    archive.put(f"voke/plant/2026/03/10/{'0' * 64}.json.gz", io.BytesIO(gzip.compress(b"[]")))
    assert [verdict.object_key[-72:-8] for verdict in _problems(archive, warehouse)] == ["0" * 64]


def test_what_is_kept_for_ever_is_kept(archive: FileArchive, warehouse: Warehouse) -> None:
    assert remove_expired(archive, warehouse, date(2026, 11, 30), 10**9) == 0
    assert _problems(archive, warehouse) == []


def test_the_ledger_is_taken_object_by_object(tmp_path: Path) -> None:
    """A thousand objects of ten rows: never more than those of one object, and the first of the next, are taken."""
    taken = 0

    def ledger() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for number in range(1000):
            for place in range(10):
                taken += 1
                yield {
                    "object_key": f"voke/plant/2026/03/10/{number:04}.json.gz",
                    "byte_offset": place,
                    "byte_length": 1,
                    "sha256": "0",
                    "byte_count": 1,
                }

    for number, verdict in enumerate(verify_archive(FileArchive(tmp_path), ledger())):
        assert verdict.object_key.endswith(f"{number:04}.json.gz")
        assert taken <= 10 * (number + 1) + 1
    assert taken == 10_000


def test_what_a_kill_left_unfinished_is_removed_unless_it_may_be_under_way(
    archive: FileArchive, warehouse: Warehouse
) -> None:
    today = date(2026, 3, 12)
    folder = archive.root / "voke/plant/2026/03/10"
    left, under_way = folder / ".pack.json.gz.0123.part", folder / ".pack.json.gz.4567.part"
    for file, at in ((left, datetime(2026, 3, 10, 23, tzinfo=UTC)), (under_way, datetime(2026, 3, 11, 1, tzinfo=UTC))):
        file.write_bytes(b"half")
        os.utime(file, (at.timestamp(), at.timestamp()))
    objects = set(archive.keys(""))
    assert remove_expired(archive, warehouse, today, 400) == 0
    assert (left.exists(), under_way.exists()) == (False, True)
    assert set(archive.keys("")) == objects
    assert archive.remove_unfinished(datetime(2026, 3, 13, tzinfo=UTC)) == 1
