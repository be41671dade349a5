"""Readings as a Dagster asset.

What belongs here: which dates, which sources, reporting. What does not: getting readings (`pull`), storing them.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from plant_pipeline.landing.stream import RunIssue, StreamOutcome, write_issues, write_outcome
from plant_pipeline.markdown import md_table
from plant_pipeline.orchestration import (
    DAILY,
    MONTH_A_RUN,
    OWNERS,
    Pipeline,
    asset_body,
    dates_of,
    report_days,
    require_kept,
    require_over,
    run_id_of,
    table_metadata,
)
from plant_pipeline.readings.pull import knows_sensors, plan_plants, pull_readings
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import execute

_READING = dg.AssetKey(["energy", "reading"])


def build_reading_asset(sources: Sequence[Source]) -> dg.AssetsDefinition:
    """`energy/reading` over the sources that have readings."""

    @dg.asset(
        key=_READING,
        description="Readings of all classified sensors in canonical units (W, Wh, V, A, W/m², °C).",
        group_name="energy",
        owners=OWNERS,
        kinds={"python", "postgres"},
        deps=[dg.AssetKey(["registry", "sensor"])],
        partitions_def=DAILY,
        backfill_policy=MONTH_A_RUN,
        check_specs=[
            dg.AssetCheckSpec("every_sensor_was_read", asset=_READING, description="Every sensor asked for answered.")
        ],
    )
    @asset_body
    def reading(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
        run = Run.of(pipeline, run_id_of(context))
        dates = dates_of(context)
        require_over(pipeline, dates)
        require_kept(pipeline, dates, "reading")
        outcomes: list[StreamOutcome] = []
        issues: list[RunIssue] = []
        has_sensors = False
        for source in sources:
            settings = pipeline.settings_to_ask(source.name)
            if source.fetch_readings is None or settings is None:
                continue
            with pipeline.warehouse.transaction() as connection:
                plans = plan_plants(
                    connection,
                    source.name,
                    dates,
                    pipeline.clock(),
                    pipeline.plant_code,
                    asked_dates=pipeline.asked_dates(dates),
                    shard=pipeline.shard,
                )
                has_sensors |= bool(plans) or knows_sensors(
                    connection, source.name, pipeline.plant_code, pipeline.shard
                )
            outcome, found = pull_readings(run, source, settings, plans)
            outcomes.append(outcome)
            issues += found
        with pipeline.warehouse.transaction() as connection:
            for outcome in outcomes:
                write_outcome(connection, run.run_id, outcome, run.clock())
            write_issues(connection, run.run_id, issues)
            if pipeline.shard is None:
                report_days(
                    context, {day: execute(connection, "energy/readings_of_day", day=day).scalar_one() for day in dates}
                )
            metadata = table_metadata(connection, "energy.reading", is_daily=True)
        return dg.MaterializeResult(
            metadata={**metadata, **_asked(outcomes)},
            check_results=[reading_check(outcomes, issues, has_sensors=has_sensors)],
        )

    return reading


def _asked(outcomes: Sequence[StreamOutcome]) -> dict[str, Any]:
    """What the run asked for, all its dates together."""
    rows = [
        (
            own.source,
            own.state.replace("_", " "),
            f"{own.got or 0:,} of {own.expected or 0:,}",
            f"{own.retried:,}",
            f"{own.seconds:,.0f}",
        )
        for own in outcomes
    ]
    return {
        "sensors asked": sum(own.expected or 0 for own in outcomes),
        "sensors that did not answer": sum(own.failed for own in outcomes),
        "sources": dg.MetadataValue.md(md_table(("source", "state", "sensors read", "calls again", "seconds"), rows)),
    }


def reading_check(
    outcomes: Sequence[StreamOutcome], issues: Sequence[RunIssue], *, has_sensors: bool
) -> dg.AssetCheckResult:
    """Whether every sensor asked for answered; asking none is well only where there is none to ask."""
    asked = sum(outcome.expected or 0 for outcome in outcomes)
    severity = dg.AssetCheckSeverity.ERROR
    if issues:
        text = "; ".join(issue.message for issue in issues[:20])
    elif asked:
        text = f"each of {asked} sensors answered"
    elif not outcomes:
        text = "no source with readings is configured: no sensor was asked"
    elif not has_sensors:
        text = "no sensor with readings is known: none was asked"
    else:
        severity = dg.AssetCheckSeverity.WARN
        text = "not judged, no sensor was asked: the days are not over where the plants are"
    return dg.AssetCheckResult(
        check_name="every_sensor_was_read",
        passed=not issues and severity == dg.AssetCheckSeverity.ERROR,
        severity=severity,
        description=text,
        metadata={"sensors asked": asked, "sensors that did not answer": sum(own.failed for own in outcomes)},
    )
