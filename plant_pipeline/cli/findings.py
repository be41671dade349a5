"""`plant-pipeline findings`: everything a run could not do or noticed; its summary shows the first few."""

import click

from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.tables import json_option, show_rows
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.stream import read_issues
from plant_pipeline.warehouse import execute


@click.command()
@click.option("--run", "run_id", help="The run, as its summary names it.  [default: the latest]")
@json_option
def findings(run_id: str | None, as_json: bool) -> None:
    """List what a run could not do (failure) or noticed (finding)."""
    with synced() as connection:
        run = execute(connection, "report/latest_run", run_id=run_id).mappings().first()
        if run is None:
            raise UsageError(f"no run {run_id} is known: without --run the latest is shown")
        issues = read_issues(connection, run["run_id"])
    rows = [
        {"severity": issue.severity, "stage": issue.stage, "date": issue.energy_date, "message": issue.message}
        for issue in issues
    ]
    show_rows(rows, as_json=as_json, empty=f"run {run['run_id']} has no findings")
