"""Runs that a command executes in its own process, outside Dagster's queue: tagged, not counted, closed when it died.

What belongs here: how such a run is told from others, and what becomes of it if its process is gone. What does not:
executing it (`cli.instance`).
"""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import dagster as dg
import psutil

# Public names have no way to say "a run of this code location" for a run that no code server executes. The origin is
# read from the text in which Dagster's own database keeps it, which every later version has to read.
from dagster_shared.serdes import deserialize_value

_log = logging.getLogger(__name__)

LOCATION, DEFINITIONS = "plant_pipeline", "plant_pipeline.definitions"  # as in workspace.yaml
# The tag's value is the run's id: a run that repeats this one in the UI is given the same tags, and is not ours.
COMMAND_LINE_TAG = "plant_pipeline/command_line"
DIED = "the process that ran it is gone: killed, or the machine was restarted; what it wrote stays"
STOPPED = "stopped by a person (Ctrl-C), or ended with its machine; what it wrote stays"
_PROCESS_TAG = "plant_pipeline/process"  # host, process id, its start in seconds since 1970
_CLOCK_TOLERANCE_S = 5.0  # a process's start is reckoned from the boot time, which moves when the clock is set
_UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def command_line_tags(run_id: str) -> dict[str, str]:
    """The tags of a run that this process executes."""
    process = psutil.Process()
    return {
        COMMAND_LINE_TAG: run_id,
        _PROCESS_TAG: json.dumps([socket.gethostname(), process.pid, process.create_time()]),
    }


def is_of_command_line(run: dg.DagsterRun) -> bool:
    """Whether a command executes this run, and tells of its failure itself."""
    return run.tags.get(COMMAND_LINE_TAG) == run.run_id


@contextmanager
def in_location(instance: dg.DagsterInstance, job_name: str) -> Iterator[None]:
    """Runs created meanwhile belong to the code location, as scheduled ones do: listed, linked, repeatable there."""
    origin_text = {
        "__class__": "ExternalPipelineOrigin",
        "external_repository_origin": {
            "__class__": "ExternalRepositoryOrigin",
            "repository_location_origin": {
                "__class__": "RegisteredRepositoryLocationOrigin",
                "location_name": LOCATION,
            },
            "repository_name": "__repository__",
        },
        "pipeline_name": job_name,
    }
    create = instance.create_run_for_job
    # `execute_in_process` takes no origin but creates its run by this method of the instance, which does.
    origin: Any = deserialize_value(json.dumps(origin_text))
    instance.create_run_for_job = partial(create, remote_job_origin=origin)  # type: ignore[method-assign]
    try:
        yield
    finally:
        instance.create_run_for_job = create  # type: ignore[method-assign]


class PipelineRunCoordinator(dg.QueuedRunCoordinator):
    """Dagster's queue, whose limit is for the runs it starts: those of the command line take no place in it."""

    def get_run_queue_config(self) -> Any:
        """The configured limits, the one on all runs raised by the runs of the command line that are under way."""
        config = super().get_run_queue_config()
        if config.max_concurrent_runs < 0:
            return config  # no limit
        ours = len(_under_way(self._instance))
        return config._replace(max_concurrent_runs=config.max_concurrent_runs + ours)


def close_dead_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Mark the command line's runs of this host as failed whose process is gone; returns those, for whoever tells."""
    closed = []
    for run in _under_way(instance):
        host, pid, started = json.loads(run.tags[_PROCESS_TAG])
        if host != socket.gethostname() or _is_alive(pid, started):
            continue
        instance.report_run_failed(run, DIED)
        _log.warning("run %s of %s is closed as failed: %s", run.run_id, run.job_name, DIED)
        closed.append(run)
    return closed


def _under_way(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    return [run for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)) if is_of_command_line(run)]


def _is_alive(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - started) <= _CLOCK_TOLERANCE_S
        return is_same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
