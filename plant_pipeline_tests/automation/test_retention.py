from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.definitions import defs
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.inspection import read_ledger
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.warehouse import Warehouse


def test_the_job_deletes_what_was_received_before_the_days_that_are_kept(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, now_utc = FileArchive(tmp_path / "archive"), datetime.now(UTC)
    for days_ago in (2, 20):
        ledger = FetchLedger(warehouse, archive, "voke", f"run-{days_ago}")
        at = now_utc - timedelta(days=days_ago)
        ledger.record(Received("plant", "/plants", None, 200, b"[]", [], 1, at))
        ledger.flush()
    for name, value in {
        "VOKE_BASE_URL": "https://voke.test",
        "VOKE_TOKEN": "token",
        "WAREHOUSE_URL": warehouse_url,
        "ARCHIVE_URL": archive.root.as_uri(),
        "ARCHIVE_RETENTION_DAYS": "10",
    }.items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("retention").execute_in_process(instance=instance).success
    assert [row["run_id"] for row in read_ledger(warehouse)] == ["run-2"]
    assert len(list(archive.keys(""))) == 2
