"""The last step of a run: it fails if anything failed, and says what.

What belongs here: the verdict. What does not: deciding what is a failure (the rooms wrote that down).
"""

from collections.abc import Iterable

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.landing.stream import read_issues, read_outcomes
from plant_pipeline.orchestration import OWNERS, Pipeline, run_id_of

OUTCOME_STEP = "run_outcome"


def failures_of(connection: Connection, run_id: str) -> list[str]:
    """What a run could not do, one line each: streams, plants and days, deliveries."""
    streams = [
        f"{o.source} {o.entity}: {o.state}" + (f": {o.message}" if o.message else "")
        for o in read_outcomes(connection, run_id)
        if o.is_failure
    ]
    return streams + [issue.message for issue in read_issues(connection, run_id) if issue.severity == "failure"]


def failed_steps(events: Iterable[dg.DagsterEvent]) -> dict[str, str]:
    """By step, why it failed, from the events of a run."""
    return {event.step_key or "run": _reason(event) for event in events if event.is_step_failure}


def _reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else (event.message or "failed")


def build_outcome_asset(upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """`run_outcome`, after everything else."""

    @dg.asset(
        key=dg.AssetKey([OUTCOME_STEP]),
        description="Fails if any stream, day or delivery of the run failed, and names them; all else is written.",
        group_name="run",
        owners=OWNERS,
        kinds={"python"},
        deps=upstream,
    )
    def run_outcome(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.MaterializeResult[None]:
        with pipeline.warehouse.transaction() as connection:
            failures = failures_of(connection, run_id_of(context))
        if failures:
            raise dg.Failure("; ".join(failures), metadata={"failures": failures}, allow_retries=False)
        return dg.MaterializeResult(metadata={"failures": 0, "dagster/row_count": 0})

    return run_outcome
