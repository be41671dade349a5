"""`plant-pipeline quarantine`: rejected records."""

import textwrap
from typing import Final

import click
import orjson

from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.tables import cell, json_option, show_json, show_rows
from plant_pipeline.landing.quarantine import list_rejected, show_rejected

_WIDEST_VALUE: Final = 60


@click.group()
def quarantine() -> None:
    """Records that break their documented schema."""


@quarantine.command("list")
@click.option("--state", type=click.Choice(["open", "replayed", "waived"]), default="open", show_default=True)
@json_option
def quarantine_list(state: str, as_json: bool) -> None:
    """List rejected fields, newest first."""
    with synced() as connection:
        rows = list_rejected(connection, state)
    if not as_json:  # a value may be a whole document; `show` has it all
        rows = [{**row, "value": textwrap.shorten(cell(row["value"]), _WIDEST_VALUE)} for row in rows]
    show_rows(rows, as_json=as_json, empty=f"no {state} record in quarantine")


@quarantine.command("show")
@click.argument("rejected_id", type=int)
@json_option
def quarantine_show(rejected_id: int, as_json: bool) -> None:
    """Show one rejected field and its record as received."""
    with synced() as connection:
        row = show_rejected(connection, rejected_id)
    if as_json:
        show_json(row)
        return
    for name, value in row.items():
        if name not in ("payload", "payload_sha256"):
            click.echo(f"{name:16} {cell(value)}")
    click.echo("payload:")
    click.echo(orjson.dumps(row["payload"], option=orjson.OPT_INDENT_2).decode())
    click.echo(
        f"Correct the record in {row['source']}: the next sync takes it up. Until then its last good row stands."
    )
