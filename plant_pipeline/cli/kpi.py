"""`plant-pipeline kpi`: KPIs as a file."""

from datetime import UTC, datetime
from pathlib import Path

import click

from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.output import output_file
from plant_pipeline.errors import UsageError
from plant_pipeline.kpi.export import export_kpis

_DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def kpi() -> None:
    """Daily KPIs."""


@kpi.command("export")
@click.option("--from", "first", type=_DATE, required=True, help="First plant-local date.")
@click.option("--to", "last", type=_DATE, required=True, help="Last plant-local date, included.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write.")
def kpi_export(first: datetime, last: datetime, out: Path) -> None:
    """Write the KPIs of a range of dates as CSV."""
    if last < first:
        raise UsageError(f"--from {first.date()} lies after --to {last.date()}")
    requested_dates(first.date(), None, None, datetime.now(UTC))
    with synced() as connection:
        rows = export_kpis(connection, first.date(), last.date(), output_file(out))
    click.echo(f"{rows} rows in {out}")
