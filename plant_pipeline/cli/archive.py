"""`plant-pipeline archive`: what was received, and whether it is still as it was."""

import dataclasses
import sys
from datetime import date, datetime
from typing import Final

import click

from plant_pipeline.cli.invocation import say
from plant_pipeline.cli.opening import synced_warehouse
from plant_pipeline.cli.tables import cell, json_option, show_json, show_rows
from plant_pipeline.cli.visible import visible
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.inspection import (
    ObjectVerdict,
    ledger_by_object,
    read_fetch,
    read_ledger,
    verify_archive,
)
from plant_pipeline.sources.settings import load_settings

_LISTED: Final = ("fetch_id", "fetched_at", "source", "entity", "path", "query", "http_status", "byte_count")
_DATE: Final = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def archive() -> None:
    """What the sources answered, as it was received."""


@archive.command("verify")
@json_option
def archive_verify(as_json: bool) -> None:
    """Read every body and hold it against its hashes in ledger and index; exit code 1 if any is damaged."""
    settings = load_settings()
    shown: list[ObjectVerdict] = []
    objects = bodies = damaged = 0
    with synced_warehouse(settings) as warehouse, ledger_by_object(warehouse) as ledger:
        for verdict in verify_archive(open_archive(settings.archive_url), ledger):
            objects, bodies, damaged = objects + 1, bodies + verdict.bodies, damaged + bool(verdict.problems)
            if as_json:
                shown.append(verdict)
                continue
            for problem in verdict.problems:
                say(problem)
    if as_json:
        show_json([dataclasses.asdict(verdict) for verdict in shown])
    else:
        say(f"{bodies} bodies in {objects} objects of {settings.archive_url}: {damaged} damaged")
    if damaged:
        raise click.exceptions.Exit(1)


@archive.command("list")
@click.option("--from", "first", type=_DATE, help="First UTC day on which it was received.")
@click.option("--to", "last", type=_DATE, help="Last such day, included.")
@click.option("--source", help="Of this source only.")
@json_option
def archive_list(first: datetime | None, last: datetime | None, source: str | None, as_json: bool) -> None:
    """List what was received, oldest first; `show` gives one body by its number."""
    with synced_warehouse(load_settings()) as warehouse:
        rows = read_ledger(warehouse, _day(first), _day(last))
    rows = [row for row in rows if source in (None, row["source"])]
    show_rows(rows, as_json=as_json, empty="nothing was received", columns=_LISTED)


@archive.command("show")
@click.argument("fetch_id", metavar="FETCH", type=int)
@json_option
def archive_show(fetch_id: int, as_json: bool) -> None:
    """Print one body as it was received, its hash checked; what it is an answer to goes to the other channel."""
    settings = load_settings()
    with synced_warehouse(settings) as warehouse:
        row, body = read_fetch(warehouse, open_archive(settings.archive_url), fetch_id)
    if as_json:
        show_json({**row, "body": body.decode(errors="replace")})
        return
    for name, value in row.items():
        click.echo(f"{name:13} {cell(value)}", err=True)
    # A pipe gets the bytes, a terminal only what can be seen.
    click.echo(visible(body.decode(errors="replace")) if sys.stdout.isatty() else body)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None
