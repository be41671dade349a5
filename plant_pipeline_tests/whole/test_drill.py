"""What it takes for a drill to fail, and that it runs the real command line. The faults themselves: `.ci/nightly`."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.automation.problem_kinds import RUN_FAILED
from plant_pipeline.cli import cli
from plant_pipeline.cli.drill_faults import FAULTS, Drilled, judge_end, require_told
from plant_pipeline.cli.drill_site import (
    MAIN,
    DrillFailed,
    Installation,
    ToldChange,
    Webhook,
    await_line,
    serve_webhook,
    small_files,
)
from plant_pipeline.sandbox.server import serve
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant


def test_the_faults_are_listed_and_an_unknown_one_is_refused() -> None:
    listed = CliRunner().invoke(cli, ["drill", "--list", "--json"])
    assert [row["fault"] for row in json.loads(listed.output)] == list(FAULTS)
    assert CliRunner().invoke(cli, ["drill", "flood"]).exit_code == 2


@pytest.fixture
def own(warehouse: Warehouse, warehouse_url: str, tmp_path: Path) -> Iterator[Installation]:
    with serve() as sandbox:
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PLANT_PIPELINE_HOME": str(tmp_path / "home")}
        yield Installation(tmp_path, warehouse_url, Webhook(), path, sandbox, 0)


def test_a_command_that_does_not_end_as_it_has_to_is_a_failure(own: Installation) -> None:
    own.run("--version")
    own.sync("--date", "2026-02-30", fails=True)
    with pytest.raises(DrillFailed, match=r"was to have failed; it ended with exit code 0:\n.*version"):
        own.run("--version", fails=True)
    with pytest.raises(DrillFailed, match=r"(?s)to have ended well; it ended with exit code 2:\n.*2026-02-30"):
        own.sync("--date", "2026-02-30")


def test_a_moment_is_waited_for_and_one_that_never_comes_is_a_failure(own: Installation) -> None:
    with own.started(code="import time; print('one', flush=True); time.sleep(600)") as process:
        await_line(process, "one")
    assert process.returncode == -signal.SIGKILL  # nothing outlives the context
    with (
        own.started(code="print('one')") as process,
        pytest.raises(DrillFailed, match="the sync never said 'two':\none"),
    ):
        await_line(process, "two")


def test_a_full_disk_is_one_for_the_process(own: Installation) -> None:
    """The limit is the kernel's: a file that it meets is short, and writing it an error."""
    with own.started(
        code=small_files(1000).replace(MAIN, "from pathlib import Path; Path('big').write_bytes(bytes(5000))")
    ) as process:
        output, _ = process.communicate()
    assert "File too large" in output
    assert (own.folder / "big").stat().st_size <= 1000


def _told(event: str, kind: str = "run_failed", at_s: float = 0.0) -> ToldChange:
    return ToldChange(at_s, event, kind, "nightly_sync", "it failed")


@pytest.mark.parametrize(
    ("events", "problems"),
    [
        (["began", "over"], []),
        (["began"], ["never told as over: run_failed nightly_sync"]),
        (["over"], ["told as over, never as begun: run_failed nightly_sync"]),
        (["began", "over", "over"], ["told 2 times: run_failed nightly_sync over"]),
        (["began", "began", "over"], ["told 2 times: run_failed nightly_sync began"]),
    ],
)
def test_a_problem_is_told_once_and_once_as_over(own: Installation, events: list[str], problems: list[str]) -> None:
    own.webhook.told = [_told(event) for event in events]
    drilled = Drilled("killed", "it")
    judge_end(own, drilled, own.contents())
    assert (drilled.problems, drilled.differing, drilled.is_passed) == (problems, [], not problems)


def test_nobody_told_and_told_too_late_are_failures(own: Installation) -> None:
    own.webhook.told = [_told("began", "stream_failed"), _told("over")]
    with pytest.raises(DrillFailed, match="nobody was told of run_failed; told was: began stream_failed"):
        require_told(own, Drilled("killed", "it"), 0.0, RUN_FAILED)
    drilled = Drilled("killed", "it")
    own.webhook.told = [_told("began", at_s=700.0)]
    require_told(own, drilled, 100.0, RUN_FAILED)
    assert drilled.problems == ["a person was told of run_failed after 600 s only"]
    assert not drilled.is_passed


def test_a_number_that_differs_is_found_and_when_it_was_computed_is_not(
    own: Installation, warehouse: Warehouse
) -> None:
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, "Madrid", "Europe/Madrid")
        connection.exec_driver_sql(
            "insert into energy.plant_daily (plant_id, energy_date, produced_kwh, method, status, coverage, flags, "
            "hours_in_day, run_id, computed_at) values (%(id)s, '2026-03-01', 12, 'interval_energy', 'final', 1, '{}', "
            "24, 'one', '2026-03-02Z')",
            {"id": plant_id},
        )
    before = own.contents()
    assert before["energy.plant_daily"][0] == before["registry.plant"][0] == 1
    _change(warehouse, "run_id = 'two', computed_at = '2026-03-03Z'")
    assert own.contents() == before
    _change(warehouse, "produced_kwh = 12.000000000000002")
    drilled = Drilled("killed", "it")
    judge_end(own, drilled, before)
    assert drilled.differing == ["energy.plant_daily (1 rows, 1 undisturbed)"]
    assert not drilled.is_passed


def _change(warehouse: Warehouse, what: str) -> None:
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(f"update energy.plant_daily set {what}")


def test_a_webhook_that_is_gone_takes_nothing() -> None:
    body = {"event": "began", "kind": "run_failed", "subject": "nightly_sync", "message": "it failed"}
    with serve_webhook() as webhook:
        request = urllib.request.Request(webhook.url, json.dumps({"problems": [body]}).encode())  # noqa: S310 -- loopback
        webhook.is_gone = True
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(request)  # noqa: S310 -- loopback
        assert (webhook.refused, webhook.told) == (1, [])
        webhook.is_gone = False
        before_s = time.monotonic()
        urllib.request.urlopen(request).close()  # noqa: S310 -- loopback
        (told,) = webhook.told
        assert (told.event, told.kind, told.subject) == ("began", "run_failed", "nightly_sync")
        assert before_s <= told.at_s <= time.monotonic()
