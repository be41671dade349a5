"""`plant-pipeline report`: the fleet report as one HTML file."""

from datetime import UTC, datetime
from pathlib import Path

import click

from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.output import output_file
from plant_pipeline.report.html import write_report


@click.command()
@click.option("--date", "day", type=click.DateTime(formats=["%Y-%m-%d"]), required=True, help="Plant-local date.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="HTML file to write.")
def report(day: datetime, out: Path) -> None:
    """Write the fleet report of a date."""
    requested_dates(day.date(), None, None, datetime.now(UTC))
    with synced() as connection:
        write_report(connection, day.date(), output_file(out))
    click.echo(f"report of {day.date()} in {out}")
