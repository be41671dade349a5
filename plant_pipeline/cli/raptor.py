"""`plant-pipeline raptor`: the Raptor Maps file without and with delivery."""

import shutil
import tempfile
import uuid
from datetime import date, datetime
from pathlib import Path

import click

from plant_pipeline.automation.outcome import failures_of
from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.instance import dagster_instance, progress, run_job
from plant_pipeline.cli.invocation import sandbox_apis, say
from plant_pipeline.cli.opening import synced, synced_pipeline, synced_warehouse
from plant_pipeline.cli.output import output_folder
from plant_pipeline.cli.tables import json_option, show_rows
from plant_pipeline.errors import UsageError
from plant_pipeline.orchestration import utc_now
from plant_pipeline.raptor_maps.csv_file import build_day
from plant_pipeline.raptor_maps.deliver import delivery_status
from plant_pipeline.raptor_maps.validate import check_file
from plant_pipeline.sources.settings import load_settings

_DATE = click.DateTime(formats=["%Y-%m-%d"])
_STATUS_COLUMNS = (
    "observation_date", "part", "status", "http_status", "row_count", "byte_count", "url_host", "uploaded_at", "sha256",
)  # fmt: skip


@click.group()
def raptor() -> None:
    """The Raptor Maps CSV."""


@raptor.command("export")
@click.option("--date", "day", type=_DATE, required=True, help="Plant-local date.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def raptor_export(day: datetime, out: Path) -> None:
    """Build the file of a date into a folder; nothing is sent or noted."""
    settings = load_settings()
    _asked(day)
    with synced_warehouse(settings) as warehouse, tempfile.TemporaryDirectory(dir=output_folder(out)) as staging:
        built = build_day(
            warehouse,
            day.date(),
            Path(staging) / "parts",
            now_utc=utc_now(),
            max_part_bytes=settings.raptor_max_part_bytes,
        )
        for part in built.parts:
            shutil.move(part.path, out / part.file_name)
            click.echo(f"{out / part.file_name}: {part.row_count} rows, {part.byte_count} bytes, sha256 {part.sha256}")
            for problem in part.problems:
                say(f"{out / part.file_name}: {problem}", err=True)
    for what, count in built.rows_skipped.items():
        say(f"{count} rows left out: {what}")
    for plant, reason in built.plants_left_out.items():
        say(f"{plant} left out: {reason}")
    if not built.parts:
        click.echo(f"{day.date()} has no rows")


@raptor.command()
@click.option("--date", "day", type=_DATE, required=True, help="Plant-local date.")
@sandbox_apis()
def upload(day: datetime) -> None:
    """Build the file of a date and send what the receiver does not have yet."""
    settings = load_settings()
    if settings.raptor_maps is None:
        raise UsageError(
            "raptor_maps: not configured; set RM_API_TOKEN (or RAPTOR_CLIENT_ID and RAPTOR_CLIENT_SECRET) "
            "and RAPTOR_INTEGRATION_ID"
        )
    settings.require_any_source()
    dates = _asked(day)
    sync_id = str(uuid.uuid4())
    with synced_pipeline(settings) as pipeline, dagster_instance(settings) as instance, progress(settings):
        failed = run_job(instance, "raptor_delivery", sync_id, dates)
        with pipeline.warehouse.transaction() as connection:
            failures = [*failed.values(), *failures_of(connection, sync_id)]
    for failure in failures:
        say(failure, err=True)
    if failures:
        raise click.exceptions.Exit(1)


@raptor.command("status")
@json_option
def raptor_status(as_json: bool) -> None:
    """Show what was built and sent, newest date first."""
    with synced() as connection:
        rows = delivery_status(connection)
    show_rows(rows, as_json=as_json, empty="nothing was built yet", columns=_STATUS_COLUMNS)


@raptor.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Remarks count too: the file has to be as this program writes it.")
def raptor_check(file: Path, strict: bool) -> None:
    """Hold any CSV file against what Raptor Maps documents; exit code 1 if it breaks a rule.

    What the document does not ask for (order, line ends, decimals) is a remark. What is found many times is one line.
    """
    report = check_file(file)
    for finding in report.findings:
        say(f"{file}: {finding}")
    wrong = report.problem_count if strict else report.error_count
    remarks = f", {report.remark_count:,} remark(s)" if report.remark_count else ""
    if wrong:
        refused = f"{remarks}, which --strict does not permit," if strict and remarks else remarks
        text = f"{file}: {report.error_count:,} problem(s){refused} in {report.row_count:,} rows"
        click.echo(text, err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{file}: {report.row_count} rows, {report.byte_count} bytes, valid{remarks}; sha256 {report.sha256}")


def _asked(day: datetime) -> list[date]:
    return list(requested_dates(day.date(), None, None, utc_now()) or ())
