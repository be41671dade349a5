"""Daily energy as a Dagster asset.

What belongs here: which dates, one transaction a day, reporting. What does not: how energy is computed.
"""

import logging
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.documentation import CHECK_PAGES, DOCUMENTATION, link_to
from plant_pipeline.energy.arrival import Arrival, read_arrivals
from plant_pipeline.energy.daily import compute_day
from plant_pipeline.energy.day.learning import learn_steps
from plant_pipeline.energy.queued_days import take_touched
from plant_pipeline.energy.writing import EnergyDayResult
from plant_pipeline.landing.run_record import note_begin
from plant_pipeline.landing.stream import RunIssue, replace_issues
from plant_pipeline.orchestration import (
    DAILY,
    MONTH_A_RUN,
    OWNERS,
    Pipeline,
    asset_body,
    count_days,
    dates_of,
    report_days,
    require_kept,
    require_over,
    run_id_of,
    table_metadata,
)
from plant_pipeline.readings.pull import STAGE
from plant_pipeline.warehouse import ensure_month_partitions, execute, uuid_array

_log = logging.getLogger(__name__)
_READING = dg.AssetKey(["energy", "reading"])
_PLANT_DAILY = dg.AssetKey(["energy", "plant_daily"])
_TABLE = "energy.plant_daily"
READINGS_HAVE_COME = "readings_have_come"


@dg.asset(
    key=_PLANT_DAILY,
    description="Energy of each plant-local day by the best method its data allow, with coverage and status.",
    group_name="energy",
    owners=OWNERS,
    kinds={"sql", "postgres"},
    deps=[_READING, dg.AssetKey(["registry", "plant_history"])],
    partitions_def=DAILY,
    backfill_policy=MONTH_A_RUN,
    check_specs=[
        dg.AssetCheckSpec(
            "energy_is_known",
            asset=_PLANT_DAILY,
            description="Every plant with sensors has an energy for the days run.",
        ),
        dg.AssetCheckSpec(
            READINGS_HAVE_COME,
            asset=_PLANT_DAILY,
            description="Of each date, by source: every plant that gave readings in the week before gave some.",
        ),
    ],
)
@asset_body
def plant_daily(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """The days of the run, and what Dagster shows of each."""
    dates = dates_of(context)
    require_over(pipeline, dates)
    require_kept(pipeline, dates, "reading", "sample")
    run_id = run_id_of(context)
    results, unknown = compute_energy(pipeline, dates, run_id)
    with pipeline.warehouse.transaction() as connection:
        counts = count_days(connection, _TABLE, "energy_date", dates)
        metadata = table_metadata(connection, _TABLE, is_daily=True)
        arrivals = read_arrivals(connection, dates, selected_plants(connection, pipeline))
        figures = {
            own.energy_date: {**pipeline.show_day(connection, _TABLE, own.energy_date, run_id), **_figures(own)}
            for own in results
        }
    report_days(context, counts, figures)
    for arrival in arrivals if pipeline.shard is None else ():
        context.log_event(arrival_evaluation(arrival, pipeline.settings.docs_url))
    return dg.MaterializeResult(
        metadata=metadata,
        check_results=[energy_check(sum(result.rows for result in results), unknown), arrival_check(arrivals)],
    )


def compute_energy(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> tuple[list[EnergyDayResult], list[str]]:
    """Each date in a transaction of its own: a kill leaves whole days, never half ones.

    Returns the results, and the plant-days without energy in words, those that are not over among them.
    """
    unknown: list[str] = []
    results: list[EnergyDayResult] = []
    with pipeline.warehouse.transaction() as connection:
        take_touched(connection, pipeline.clock())
    for energy_date in dates:
        with pipeline.warehouse.transaction() as connection:
            ensure_month_partitions(connection, "energy.plant_daily_candidate", energy_date, energy_date)
            plant_ids = selected_plants(connection, pipeline)
            result = compute_day(
                connection,
                energy_date,
                now_utc=note_begin(pipeline.clock, f"energy {energy_date}"),
                run_id=run_id,
                plant_ids=plant_ids,
                failed_plant_ids=_plants_not_read(connection, run_id),
                shard=pipeline.shard,
            )
            waiting = [f"{code}: {energy_date} is not over yet there; the next run does it" for code in result.not_over]
            texts = [*result.findings, *waiting]
            subject = str(energy_date)
            issues = [RunIssue("energy", subject, text, "finding") for text in texts]
            replace_issues(connection, run_id, "energy", [subject], issues)
            unknown += waiting
            unknown += [
                f"{energy_date} {row}"
                for row in execute(
                    connection,
                    "energy/unknown_energy",
                    day=energy_date,
                    plant_ids=None if plant_ids is None else uuid_array(plant_ids),
                ).scalars()
            ]
        results.append(result)
        _log.info("%s", describe(result))
    if dates:
        with pipeline.warehouse.transaction() as connection:
            learn_steps(connection, max(dates), selected_plants(connection, pipeline))
    return results, unknown


def energy_check(plant_days: int, unknown: Sequence[str]) -> dg.AssetCheckResult:
    """Whether each of `plant_days` has an energy; `unknown` names those without, days that are not over among them."""
    known = (
        f"each of {plant_days} plant-days has an energy" if plant_days else "no plant has sensors: no energy to know"
    )
    return dg.AssetCheckResult(
        check_name="energy_is_known",
        passed=not unknown,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(unknown[:30]) or known,
        metadata={"plant-days": plant_days, "plant-days without energy": len(unknown)},
    )


def arrival_evaluation(arrival: Arrival, docs_url: str | None) -> dg.AssetCheckEvaluation:
    """The check of one date, which Dagster shows by its partition."""
    return dg.AssetCheckEvaluation(
        asset_key=_PLANT_DAILY,
        check_name=READINGS_HAVE_COME,
        passed=arrival.is_complete,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{arrival.day}: {arrival.description}",
        metadata={
            **{f"{source}, plants expected": count for source, count in arrival.expected.items()},
            DOCUMENTATION: link_to(CHECK_PAGES[READINGS_HAVE_COME], docs_url),
        },
        partition=str(arrival.day),
    )


def arrival_check(arrivals: Sequence[Arrival]) -> dg.AssetCheckResult:
    """The check of the run: its dates together, those of which something lacks first."""
    ordered = sorted(arrivals, key=lambda own: own.is_complete)
    return dg.AssetCheckResult(
        check_name=READINGS_HAVE_COME,
        passed=all(own.is_complete for own in arrivals),
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{own.day}: {own.description}" for own in ordered[:7]) or "no date was run",
        metadata={"dates of which readings lack": sum(not own.is_complete for own in arrivals)},
    )


def _figures(result: EnergyDayResult) -> dict[str, int]:
    return {
        "plants whose day is not over": len(result.not_over),
        "final values restated": result.restated,
    }


def describe(result: EnergyDayResult) -> str:
    """One line that tells a person how a day ended."""
    methods = ", ".join(f"{count} by {method}" for method, count in sorted(result.by_method.items()))
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(result.by_null_reason.items()))
    parts = [
        f"{result.rows} plants" + (f" ({methods})" if methods else ""),
        f"unknown: {reasons}" if reasons else "",
        f"{result.restated} restated" if result.restated else "",
        f"not over yet: {', '.join(result.not_over)}" if result.not_over else "",
    ]
    return f"energy {result.energy_date}: {'; '.join(part for part in parts if part)}"


def selected_plants(connection: Connection, pipeline: Pipeline) -> list[UUID] | None:
    """The one plant a run was asked for, or those of its shard; None: all."""
    if pipeline.plant_code is not None:
        found = execute(connection, "registry/plant_by_code", plant_code=pipeline.plant_code)
        return [plant.plant_id for plant in found]
    if pipeline.shard is None:
        return None
    own = pipeline.shard
    return list(execute(connection, "energy/plants_of_shard", number=own.number, count=own.count).scalars())


def _plants_not_read(connection: Connection, run_id: str) -> list[UUID]:
    return list(execute(connection, "energy/plants_not_read", run_id=run_id, stage=STAGE).scalars())
