"""A kill at any moment leaves no half-written day, and the next run repairs the rest."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse, read_frame

_DAY = date(2026, 11, 11)
_COMMAND = [
    sys.executable, "-W", "ignore", "-c", "from plant_pipeline.cli import main; main()",
    "sync", "--from", "2026-11-10", "--to", _DAY.isoformat(),
]  # fmt: skip


def _start(environment: dict[str, str], home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        _COMMAND, env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize("moment", ["flexmeasures data: 12 of", "energy 2026-11-10"])
def test_a_killed_run_is_completed_by_the_next(
    moment: str, warehouse: Warehouse, warehouse_url: str, tmp_path: Path, webhook: list[dict[str, object]]
) -> None:
    with serve() as sandbox:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **sandbox.environment,
            "WAREHOUSE_URL": warehouse_url,
            "PLANT_PIPELINE_HOME": str(tmp_path / "home"),
            "ALERT_WEBHOOK_URL": os.environ["ALERT_WEBHOOK_URL"],
        }
        killed = _start(environment, tmp_path)
        assert killed.stdout is not None
        with killed.stdout as lines:
            assert any(moment in line for line in lines), "the moment to kill at never came"
            killed.send_signal(signal.SIGKILL)
        killed.wait()
        (dead,) = _runs(tmp_path)
        assert dead.status == dg.DagsterRunStatus.STARTED
        half_written = _days(warehouse)
        assert all(plants == 27 for plants in half_written.values()), half_written

        finished = _start(environment, tmp_path)
        output, _ = finished.communicate()
        assert finished.returncode == 0, output
        assert _days(warehouse) == {"2026-11-10": 27, "2026-11-11": 27}
        assert len({(upload.sha256) for upload in sandbox.uploads}) == 2

    assert {run.run_id: run.status for run in _runs(tmp_path) if run.run_id == dead.run_id} == {
        dead.run_id: dg.DagsterRunStatus.FAILURE
    }
    told = [(own["event"], own["kind"], own["run_id"]) for message in webhook for own in message["problems"]]  # type: ignore[attr-defined]
    assert told == [("began", "run_failed", dead.run_id), ("over", "run_failed", dead.run_id)]
    (completed,) = (run for run in _runs(tmp_path) if run.run_id != dead.run_id)
    assert completed.status == dg.DagsterRunStatus.SUCCESS
    assert f"run {completed.run_id}" in output


def _runs(home: Path) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(home / "home" / "dagster")) as instance:
        return list(instance.get_runs())


def _days(warehouse: Warehouse) -> dict[str, int]:
    """Plants with an energy row, by date."""
    with warehouse.transaction() as connection:
        frame = read_frame(
            connection, "select energy_date::text as day, count(*) as plants from energy.plant_daily group by 1"
        )
    return dict(zip(frame["day"], frame["plants"], strict=True))


_KILLED_BEFORE_THE_RECEIPT = (
    "import os, signal; from plant_pipeline.raptor_maps import deliver; "
    "deliver._write_outcome = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
    "from plant_pipeline.cli import main; main()"
)


def test_a_part_whose_sender_died_after_the_upload_stays_built_and_is_sent_once_more(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path
) -> None:
    with serve(world=World.of(8)) as sandbox:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **sandbox.environment,
            "WAREHOUSE_URL": warehouse_url,
            "PLANT_PIPELINE_HOME": str(tmp_path / "home"),
        }

        def run(code: str) -> "subprocess.CompletedProcess[str]":
            words = [sys.executable, "-W", "ignore", "-c", code, "sync", "--date", _DAY.isoformat()]
            return subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert run(_KILLED_BEFORE_THE_RECEIPT).returncode == -signal.SIGKILL
        assert len(sandbox.uploads) == 1
        assert _parts(warehouse) == [("built", None)]

        again = run("from plant_pipeline.cli import main; main()")
        assert again.returncode == 0, again.stderr
        assert "the same bytes are sent once more" in again.stdout
        assert [upload.sha256 for upload in sandbox.uploads] == [sandbox.uploads[0].sha256] * 2
        assert [status for status, _ in _parts(warehouse)] == ["uploaded"]

        once_more = run("from plant_pipeline.cli import main; main()")
        assert once_more.returncode == 0, once_more.stderr
        assert "once more" not in once_more.stdout
        assert len(sandbox.uploads) == 2


def _parts(warehouse: Warehouse) -> list[tuple[str, object]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql("select status, uploaded_at from raptor_maps.delivery").all()
    return [(row.status, row.uploaded_at) for row in rows]
