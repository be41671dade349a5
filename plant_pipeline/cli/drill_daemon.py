"""What Dagster's daemon does at a tick, done at once in a process of its own: a drill does not wait for the clock.

The sensor, the schedule and the runs it asks for are the real ones. What belongs here: evaluating them. What does not:
when (`drill_faults`).
"""

import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

import dagster as dg

from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.automation.problems import RunEnd
from plant_pipeline.automation.sensors import problem_sensor
from plant_pipeline.automation.under_way import runs_under_way
from plant_pipeline.automation.watch import watch
from plant_pipeline.cli.instance import dagster_instance, progress, run_job
from plant_pipeline.config import Settings
from plant_pipeline.days import dates_between
from plant_pipeline.definitions import defs
from plant_pipeline.orchestration import RANGE_END_TAG, RANGE_START_TAG
from plant_pipeline.sources.settings import load_settings

_JOB: Final = "nightly_sync"


def look() -> None:
    """A tick of `problem_sensor`, which comes every minute."""
    settings = load_settings()
    with dagster_instance(settings) as instance, dg.build_sensor_context(instance=instance) as context:
        problem_sensor(context)


def night() -> None:
    """A tick of `nightly_sync_schedule`, and the runs that it asks for, one after the other."""
    settings = load_settings()
    with dagster_instance(settings) as instance, progress(settings):
        schedule = defs.resolve_schedule_def("nightly_sync_schedule")
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=datetime.now(UTC))
        requests = schedule.evaluate_tick(context).run_requests or []
        if not any(MISSED_TAG in request.tags for request in requests):
            sys.exit("the night asks for no missed day")
        for request in requests:
            _run(settings, instance, request)


def _run(settings: Settings, instance: dg.DagsterInstance, request: dg.RunRequest) -> None:
    tags: Mapping[str, str] = request.tags
    dates = dates_between(date.fromisoformat(tags[RANGE_START_TAG]), date.fromisoformat(tags[RANGE_END_TAG]))
    plant_code = request.run_config.get("resources", {}).get("pipeline", {}).get("config", {}).get("plant")
    run_id = str(uuid.uuid4())
    keys = request.asset_selection
    failed = run_job(instance, _JOB, run_id, dates, plant_code=plant_code, asset_keys=keys, tags=tags)
    end = RunEnd(_JOB, run_id, tuple(f"{step}: {why}" for step, why in failed.items()), plant_code, dates[-1])
    watch(settings, [end], under_way=runs_under_way(instance))
    if failed:
        sys.exit("; ".join(end.failures))
