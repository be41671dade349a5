"""The verdict on a run: what failed, in words.

What belongs here: reading it. What does not: deciding what is a failure (the rooms wrote that down), the step that
fails because of it (`last_steps`).
"""

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.landing.stream import read_issues, read_outcomes

OUTCOME_STEP = "run_outcome"


def failures_of(connection: Connection, run_id: str) -> list[str]:
    """What a run could not do, one line each: streams, plants and days, deliveries."""
    streams = [
        f"{o.source} {o.entity}: {o.state}" + (f": {o.message}" if o.message else "")
        for o in read_outcomes(connection, run_id)
        if o.is_failure
    ]
    return streams + [issue.message for issue in read_issues(connection, run_id) if issue.severity == "failure"]


def failed_steps(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """By step, why it failed, as Dagster noted it."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in records]
    return {event.step_key or "run": _reason(event) for event in events if event is not None}


def _reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else (event.message or "failed")
