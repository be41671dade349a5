"""The fleet report as a Dagster asset: a file a day, and what of it the UI shows.

What belongs here: which dates, reporting. What does not: the report.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.landing.stream import RunIssue, replace_issues
from plant_pipeline.orchestration import (
    OWNERS,
    ROW_COUNT,
    Pipeline,
    asset_body,
    dates_of_run,
    run_id_of,
)
from plant_pipeline.registry.review import open_proposals
from plant_pipeline.report.comparison import DayStanding
from plant_pipeline.report.files import newest_date, report_file, reports_folder, write_reports
from plant_pipeline.report.fleet_days import read_conflicts
from plant_pipeline.report.fleet_report import FleetReport
from plant_pipeline.report.headline import ReportPlant, read_plants_of_day
from plant_pipeline.report.markdown import (
    md_conflicts,
    md_deliveries,
    md_headline,
    md_image,
    md_map,
    md_proposals,
    md_ranking,
    md_work,
)
from plant_pipeline.report.trend import draw_trend

_log = logging.getLogger(__name__)
_NO_DAY = date(1, 1, 1)


@dg.asset(
    key=dg.AssetKey(["fleet_report"]),
    description=(
        "The fleet on one HTML page, a file for each date in `reports` of the data directory: that of the run's newest "
        "date, and anew those of its other dates that exist. `plant-pipeline report` writes any date's anywhere."
    ),
    group_name="report",
    owners=OWNERS,
    kinds={"html"},
    deps=[
        dg.AssetKey(["kpi", "plant_daily"]),
        dg.AssetKey(["kpi", "portfolio_daily"]),
        dg.AssetKey(["raptor_maps", "delivery"]),
    ],
)
@asset_body
def fleet_report(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """A file that cannot be written is a failure of the run, and of nothing before it."""
    report = write_run_reports(pipeline, dates_of_run(context.instance, context.run), run_id_of(context))
    if report is None:
        return dg.MaterializeResult(metadata={ROW_COUNT: 0})
    return dg.MaterializeResult(metadata=shown_of(report, pipeline))


def write_run_reports(pipeline: Pipeline, dates: Sequence[date], run_id: str) -> FleetReport | None:
    """Write the reports of a run over `dates`, or of the newest date there is; a file that could not be is an issue."""
    folder = reports_folder(pipeline.settings.home)
    report, issues = None, []
    with pipeline.warehouse.transaction() as connection:
        newest = newest_date(connection)
        own = list(dates) or ([newest] if newest else [])
        try:
            report = write_reports(connection, folder, own)
        except OSError as error:
            text = f"the fleet report could not be written to {folder}: {error.strerror}; `plant-pipeline report` does"
            issues.append(RunIssue("report", "fleet", text))
    with pipeline.warehouse.transaction() as connection:
        replace_issues(connection, run_id, "report", ["fleet"], issues)
    for issue in issues:
        _log.error("%s", issue.message)
    return report


def registry_shown(connection: Connection, table: str) -> Mapping[str, Any]:
    """What Dagster shows of a table of the registry beside its columns: the fleet on a map, what waits for people."""
    if table == "match_proposal":
        return {"review queue": dg.MetadataValue.md(md_proposals(open_proposals(connection)))}
    if table != "plant":
        return {}
    plants = [own for own in read_plants_of_day(connection, _NO_DAY) if own.is_active]
    placed = [(own, _measured(own), own.technology or "technology unknown") for own in plants]
    return {
        "map": dg.MetadataValue.md(md_map(placed, "the fleet, plants without a sensor as small circles")),
        "disagreements": dg.MetadataValue.md(md_conflicts(read_conflicts(connection))),
    }


def _measured(plant: ReportPlant) -> DayStanding:
    return "normal" if plant.has_sensors else "no_sensors"


def shown_of(report: FleetReport, pipeline: Pipeline) -> Mapping[str, Any]:
    """The report's figures, work, pictures and ranking, and where its file is."""
    headline = report.headline
    file = report_file(reports_folder(pipeline.settings.home), headline.report_date)
    return {
        "file": dg.MetadataValue.path(file),
        "date": str(headline.report_date),
        "headline": dg.MetadataValue.md(md_headline(report)),
        "needs a person": dg.MetadataValue.md(md_work(report)),
        "map": dg.MetadataValue.md(md_map(report.on_map(), f"the fleet on {headline.report_date}")),
        "energy": dg.MetadataValue.md(md_image(draw_trend(headline.trend, headline.report_date), "energy by date")),
        "plants": dg.MetadataValue.md(md_ranking(report)),
        "deliveries": dg.MetadataValue.md(md_deliveries(report)),
        ROW_COUNT: len(headline.plants),
    }
