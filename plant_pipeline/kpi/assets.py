"""Daily KPIs as a Dagster asset.

What belongs here: one transaction a day, reporting. What does not: formulas.
"""

import logging
from collections.abc import Sequence
from datetime import date

import dagster as dg

from plant_pipeline.energy.assets import selected_plants
from plant_pipeline.kpi.daily import KpiDayResult, combine_groups, compute_kpis
from plant_pipeline.landing.retention import REMOVABLE
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
    has_run,
    report_days,
    require_kept,
    require_over,
    run_id_of,
    table_metadata,
)

_log = logging.getLogger(__name__)
_PLANT_DAILY = dg.AssetKey(["kpi", "plant_daily"])
_PORTFOLIO_DAILY = dg.AssetKey(["kpi", "portfolio_daily"])


@dg.asset(
    key=_PLANT_DAILY,
    description=(
        "KPIs of each plant-local day at the capacity valid that day, and of the fleet (kpi.portfolio_daily); NULL "
        "with a reason where unknown."
    ),
    group_name="kpi",
    owners=OWNERS,
    kinds={"sql", "postgres"},
    deps=[dg.AssetKey(["energy", "plant_daily"]), dg.AssetKey(["registry", "plant_history"])],
    partitions_def=DAILY,
    backfill_policy=MONTH_A_RUN,
    check_specs=[
        dg.AssetCheckSpec(
            "inputs_are_consistent",
            asset=_PLANT_DAILY,
            description="No ratio left its physical range (PR, CF, export).",
        )
    ],
)
@asset_body
def plant_daily(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """The days of the run, and what Dagster shows of each."""
    dates = dates_of(context)
    require_over(pipeline, dates)
    require_kept(pipeline, dates, *REMOVABLE)
    run_id = run_id_of(context)
    computed, findings = compute_kpi_days(pipeline, dates, run_id)
    with pipeline.warehouse.transaction() as connection:
        counts = count_days(connection, "kpi.plant_daily", "kpi_date", dates)
        figures = {day: pipeline.show_day(connection, "kpi.plant_daily", day, run_id) for day in dates}
        metadata = table_metadata(connection, "kpi.plant_daily", is_daily=True)
        has_sensors = connection.exec_driver_sql("select exists (select from registry.sensor)").scalar_one()
    report_days(context, counts, figures)
    known = sum(result.values for result in computed)
    return dg.MaterializeResult(
        metadata=metadata, check_results=[kpi_check(known, findings, has_sensors=bool(has_sensors))]
    )


@dg.asset(
    key=_PORTFOLIO_DAILY,
    description=(
        "KPIs of the fleet and its groups of each date, combined from those of their plants. A run that computes these "
        "itself has combined them in the transaction of each date; here are those of shards, or of this asset alone."
    ),
    group_name="kpi",
    owners=OWNERS,
    kinds={"sql", "postgres"},
    deps=[_PLANT_DAILY],
    partitions_def=DAILY,
    backfill_policy=MONTH_A_RUN,
)
@asset_body
def portfolio_daily(
    context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
) -> dg.MaterializeResult[None]:
    """Each date in a transaction of its own."""
    dates = dates_of(context)
    if not has_run(context, _PLANT_DAILY):
        note_begin(pipeline.clock, "kpi of groups")
        for kpi_date in dates:
            with pipeline.warehouse.transaction() as connection:
                changed = combine_groups(connection, kpi_date)
            _log.info("kpi %s: %d figures of groups changed", kpi_date, changed)
    with pipeline.warehouse.transaction() as connection:
        counts = count_days(connection, "kpi.portfolio_daily", "kpi_date", dates)
        shown = {day: pipeline.show_day(connection, "kpi.portfolio_daily", day, run_id_of(context)) for day in dates}
        report_days(context, counts, shown)
        return dg.MaterializeResult(metadata=table_metadata(connection, "kpi.portfolio_daily", is_daily=True))


def compute_kpi_days(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> tuple[list[KpiDayResult], list[str]]:
    """Each date in a transaction of its own; returns the results, and the findings in words."""
    findings: list[str] = []
    results: list[KpiDayResult] = []
    for kpi_date in dates:
        with pipeline.warehouse.transaction() as connection:
            result = compute_kpis(
                connection,
                kpi_date,
                now_utc=note_begin(pipeline.clock, f"kpi {kpi_date}"),
                run_id=run_id,
                plant_ids=selected_plants(connection, pipeline),
                shard=pipeline.shard,
            )
            found = [f"{kpi_date} {finding.plant_code} {finding.message}" for finding in result.findings]
            issues = [RunIssue("kpi", str(kpi_date), text, "finding") for text in found]
            replace_issues(connection, run_id, "kpi", [str(kpi_date)], issues)
        findings += found
        results.append(result)
        _log.info("kpi %s: %d plants, %d of %d figures known", kpi_date, result.plants, result.values, result.rows)
    return results, findings


def kpi_check(known: int, findings: Sequence[str], *, has_sensors: bool) -> dg.AssetCheckResult:
    """Whether the `known` figures can be; where sensors are and nothing is known, nothing was judged."""
    if findings:
        text = "; ".join(findings[:30])
    elif known:
        text = f"each of {known} figures is within its physical range"
    elif has_sensors:
        text = "not judged: no figure of these days is known"
    else:
        text = "no plant has sensors: no figure to judge"
    return dg.AssetCheckResult(
        check_name="inputs_are_consistent",
        passed=not findings and (known > 0 or not has_sensors),
        severity=dg.AssetCheckSeverity.WARN,
        description=text,
        metadata={"figures known": known, "findings": len(findings)},
    )
