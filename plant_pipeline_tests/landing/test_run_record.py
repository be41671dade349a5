"""Records of runs: a year of them, of which a replay reads what its days need."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import UsageError
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.archived_run import ArchivedRun, rows_of_run
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.landing.run_record import (
    ReplayedClock,
    RunRecord,
    SourceAccount,
    read_run_record,
    runs_of,
    write_run_record,
)
from plant_pipeline.warehouse import Warehouse

FIRST = date(2025, 3, 1)
NOON = datetime(2025, 3, 1, 13, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Watched(FileArchive):
    """An archive that notes what is asked of it."""

    asked: list[str] = field(default_factory=list, compare=False)

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        self.asked.append(key)
        return super().read(key, offset, length)

    def keys(self, prefix: str) -> Iterator[str]:
        self.asked.append(f"keys {prefix}")
        return super().keys(prefix)


def _night(number: int, *, days: int = 4, at: datetime | None = None) -> RunRecord:
    """The night that begins `number` days after noon of the first day and computes the day before and some others."""
    began_at = at or NOON + number * DAY
    last = FIRST + (number - 1) * DAY
    dates = tuple(last - back * DAY for back in reversed(range(days)))
    return RunRecord(f"night-{number}", f"night-{number}", "nightly_sync", began_at, began_at + DAY / 24, dates)


def _sampling(number: int, hour: int) -> RunRecord:
    at = datetime(2025, 3, 1, hour, tzinfo=UTC) + number * DAY
    name = f"sampling-{number}-{hour}"
    return RunRecord(name, name, "voke_energy_sampling", at, at + timedelta(minutes=1))


def test_of_a_year_of_runs_only_those_that_the_days_need_are_read(tmp_path: Path) -> None:
    archive = Watched(tmp_path)
    for number in range(365):
        for record in (_night(number), _sampling(number, 0), _sampling(number, 12)):
            write_run_record(archive, record)
    wanted = FIRST + 100 * DAY
    runs = runs_of(archive, wanted, wanted)
    # The night after the day and the three that computed it again; what was sampled from 38 h before the day until the
    # last of them began.
    assert [run.run_id for run in runs if run.dates] == [f"night-{number}" for number in (101, 102, 103, 104)]
    sampled = [run.run_id for run in runs if not run.dates]
    assert sampled == ["sampling-98-12", *(f"sampling-{n}-{hour}" for n in range(99, 105) for hour in (0, 12))]
    assert archive.asked.count("keys runs/") == 1
    assert len(archive.asked) == 1 + len(runs)


def test_a_day_that_was_computed_again_much_later_does_not_bring_the_months_between(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    for number in range(200):
        for record in (_night(number), _sampling(number, 12)):
            write_run_record(archive, record)
    later = replace(_night(150), dates=(FIRST + 10 * DAY,), run_id="again", began_at=NOON + 150 * DAY + DAY / 24)
    write_run_record(archive, later)
    runs = runs_of(archive, FIRST + 10 * DAY, FIRST + 10 * DAY)
    assert [run.run_id for run in runs if run.dates][-1] == "again"
    sampled = [int(run.run_id.split("-")[1]) for run in runs if not run.dates]
    assert sampled == [*range(8, 15), 149, 150]


def test_the_record_of_an_earlier_version_is_read_for_its_days(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    record = _night(1)
    fields = orjson.loads(orjson.dumps(record))
    del fields["objects"]
    old_key = f"runs/2025/03/02/{record.began_at:%H%M%S.%f}-nightly_sync-night-1.json"
    archive.put(old_key, io.BytesIO(orjson.dumps(fields)))
    assert runs_of(archive, FIRST, FIRST) == [record]
    with pytest.raises(UsageError, match="it knows runs of 2025-02-26 to 2025-03-01"):
        runs_of(archive, FIRST + DAY, FIRST + DAY)
    write_run_record(archive, record)
    assert read_run_record(archive, record.key) == record


def test_a_replay_asks_as_its_run_was_configured_whatever_is_configured_now(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    account = SourceAccount("https://fm.test", "3", {"FLEXMEASURES_ASSETS": "accessible"})
    record = replace(_night(1), sources={"flexmeasures": account})
    write_run_record(archive, record)
    read = read_run_record(archive, record.key)
    assert read == record
    now = SourceSettings("flexmeasures", "https://other.test", account="4", token="secret-token")
    for configured in (None, now):
        asked = read.settings_of("flexmeasures", configured)
        assert (asked.base_url, asked.account, asked.token) == ("https://fm.test", "3", "archive")
        assert asked.others == {"FLEXMEASURES_ASSETS": "accessible"}


def test_what_a_run_was_answered_is_found_without_listing_the_archive(warehouse: Warehouse, tmp_path: Path) -> None:
    archive = Watched(tmp_path)
    objects: list[str] = []
    for run_id, body in (("other", b"[1]"), ("night-1", b"[2]")):
        ledger = FetchLedger(warehouse, archive, "voke", run_id, objects=objects if run_id == "night-1" else None)
        ledger.record(Received("plant", "/plants", None, 200, body, [2], 1, NOON + DAY))
        ledger.flush()
    record = replace(_night(1), objects=tuple(objects))
    archive.asked.clear()
    (row,) = rows_of_run(archive, "voke", record)
    answer = ArchivedRun(archive, record, ReplayedClock(NOON, {})).find("voke", "plant", "/plants", None)
    assert (row["object_key"], row["run_id"]) == (objects[0], "night-1")
    assert answer is not None
    assert (answer.body, answer.received_at) == (b"[2]", NOON + DAY)
    assert not [asked for asked in archive.asked if asked.startswith("keys")]
    assert rows_of_run(archive, "ravenwits", record) == []
    # Of an earlier version, whose record does not name them, all are listed once for all runs.
    for old in (replace(record, objects=None), replace(record, objects=None, run_id="again")):
        assert rows_of_run(archive, "voke", old) == [row]
    assert [asked for asked in archive.asked if asked.startswith("keys")] == ["keys voke/"]
