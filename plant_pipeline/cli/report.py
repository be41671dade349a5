"""`plant-pipeline report`: the fleet report, or the page of a plant, as HTML files."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.output import output_file
from plant_pipeline.errors import UsageError
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.html import render_report, write_report, write_whole
from plant_pipeline.report.plant_page import pages_beside, write_plant_page


@click.command()
@click.option("--date", "day", type=click.DateTime(formats=["%Y-%m-%d"]), required=True, help="Plant-local date.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="HTML file to write.")
@click.option("--plant", "plant_code", help="The page of this plant (plant_code) instead.")
@click.option("--pages", is_flag=True, help="A page for each plant too, in a folder beside the file, linked from it.")
def report(day: datetime, out: Path, plant_code: str | None, *, pages: bool) -> None:
    """Write the fleet report of a date, or the page of a plant."""
    if plant_code and pages:
        raise UsageError("--plant is one plant's page, --pages the fleet's: give one of the two")
    report_date = day.date()
    requested_dates(report_date, None, None, datetime.now(UTC))
    with synced() as connection:
        file = output_file(out)
        if plant_code:
            write_plant_page(connection, plant_code, report_date, file)
            click.echo(f"page of {plant_code} on {report_date} in {out}")
        elif pages:
            count = _write_all(connection, report_date, file)
            click.echo(f"report of {report_date} in {out}, {count} pages of plants beside it")
        else:
            write_report(connection, report_date, file)
            click.echo(f"report of {report_date} in {out}")


def _write_all(connection: Connection, report_date: date, file: Path) -> int:
    """The fleet's report and a page for each plant of its ranking; how many."""
    fleet = read_fleet_report(connection, report_date)
    places = pages_beside(fleet, file)
    with click.progressbar(places.items(), label="pages of plants", file=sys.stderr) as shown:
        for code, place in shown:
            page = file.parent / place
            page.parent.mkdir(exist_ok=True)
            write_plant_page(connection, code, report_date, page, back=f"../{file.name}")
    write_whole(file, render_report(fleet, places))
    return len(places)
