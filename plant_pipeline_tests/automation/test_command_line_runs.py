"""Runs of the command line in Dagster: their code location, their place outside the queue, their end if they died."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.automation.command_line_runs import (
    LOCATION,
    close_dead_runs,
    command_line_tags,
    in_location,
    is_of_command_line,
)

_SETTINGS = Path(__file__).parent.parent.parent / "dagster.yaml"
_WORKSPACE = Path(__file__).parent.parent.parent / "workspace.yaml"
_GONE = dg.DagsterRunStatus.FAILURE
_ALIVE = dg.DagsterRunStatus.STARTED


@dg.op
def _nothing() -> None:
    pass


@dg.job
def _night() -> None:
    _nothing()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with the settings that the project ships."""
    shutil.copy(_SETTINGS, tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def _start(instance: dg.DagsterInstance, run_id: str, **tags: str) -> dg.DagsterRun:
    return instance.create_run_for_job(_night, run_id=run_id, status=_ALIVE, tags=tags)


def _limit(instance: dg.DagsterInstance) -> int:
    config = instance.get_concurrency_config().run_queue_config
    assert config is not None
    return config.max_concurrent_runs


def test_runs_of_the_command_line_take_no_place_in_the_queue(instance: dg.DagsterInstance) -> None:
    assert _limit(instance) == 2
    for _ in range(3):
        run_id = str(uuid.uuid4())
        _start(instance, run_id, **command_line_tags(run_id))
    _start(instance, str(uuid.uuid4()))
    assert _limit(instance) == 2 + 3


def test_a_run_that_repeats_one_of_the_command_line_is_none_of_it(instance: dg.DagsterInstance) -> None:
    tags = command_line_tags(str(uuid.uuid4()))
    repeated = _start(instance, str(uuid.uuid4()), **tags)
    assert not is_of_command_line(repeated)
    assert _limit(instance) == 2
    assert close_dead_runs(instance) == []


def _tags(run_id: str, host: str | None = None, pid: int | None = None, later_s: float = 0.0) -> dict[str, str]:
    tags = command_line_tags(run_id)
    name = next(name for name in tags if name.endswith("process"))
    own_host, own_pid, started = json.loads(tags[name])
    assert own_pid == os.getpid()
    return {**tags, name: json.dumps([host or own_host, pid or own_pid, started + later_s])}


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ({}, _ALIVE),
        ({"pid": 2**22 + 1}, _GONE),  # above the highest number Linux gives
        ({"later_s": -3600.0}, _GONE),  # another process has its number now
        ({"later_s": 1.0}, _ALIVE),  # the clock was set meanwhile
        ({"host": "elsewhere", "pid": 2**22 + 1}, _ALIVE),  # nobody here can know
    ],
)
def test_only_runs_whose_process_is_gone_are_closed(
    process: dict[str, object], expected: dg.DagsterRunStatus, instance: dg.DagsterInstance
) -> None:
    run_id = str(uuid.uuid4())
    _start(instance, run_id, **_tags(run_id, **process))  # type: ignore[arg-type] # of the parametrised test
    closed = [run.run_id for run in close_dead_runs(instance)]
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status == expected
    assert closed == ([run_id] if expected == _GONE else [])
    assert close_dead_runs(instance) == []


def test_they_belong_to_the_code_location_of_the_workspace(instance: dg.DagsterInstance) -> None:
    assert f"location_name: {LOCATION}\n" in _WORKSPACE.read_text()
    with in_location(instance, "_night"):
        inside = _night.execute_in_process(instance=instance)
    outside = _night.execute_in_process(instance=instance)
    label = {".dagster/repository": f"__repository__@{LOCATION}"}  # what the UI lists runs of a location by
    assert [run.run_id for run in instance.get_runs(dg.RunsFilter(tags=label))] == [inside.run_id]
    origin = inside.dagster_run.remote_job_origin
    assert origin is not None
    assert (origin.location_name, origin.job_name) == (LOCATION, "_night")
    assert outside.dagster_run.remote_job_origin is None
