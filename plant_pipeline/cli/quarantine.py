"""`plant-pipeline quarantine`: rejected records."""

import click
import orjson
from rich.console import Console
from rich.table import Table

from plant_pipeline.config import load_settings
from plant_pipeline.landing.quarantine import list_rejected, show_rejected
from plant_pipeline.warehouse import open_warehouse


@click.group()
def quarantine() -> None:
    """Records that break their documented schema."""


@quarantine.command("list")
@click.option("--state", type=click.Choice(["open", "replayed", "waived"]), default="open", show_default=True)
def list_command(state: str) -> None:
    """List rejected fields, newest first."""
    with open_warehouse(load_settings()) as warehouse, warehouse.transaction() as connection:
        rows = list_rejected(connection, state)
    if not rows:
        click.echo(f"no {state} record in quarantine")
        return
    table = Table("id", "source", "entity", "record", "field", "check", "value", "times", "last seen (UTC)")
    for row in rows:
        table.add_row(
            str(row["rejected_id"]),
            row["source"],
            row["entity"],
            row["record_key"] or "–",
            row["column_name"],
            row["check_name"],
            (row["value"] or "–")[:40],
            str(row["times_seen"]),
            f"{row['last_seen_at']:%Y-%m-%d %H:%M}",
        )
    Console().print(table)


@quarantine.command()
@click.argument("rejected_id", type=int)
def show(rejected_id: int) -> None:
    """Show one rejected field and its record as received."""
    with open_warehouse(load_settings()) as warehouse, warehouse.transaction() as connection:
        row = show_rejected(connection, rejected_id)
    for name, value in row.items():
        if name not in ("payload", "payload_sha256"):
            click.echo(f"{name}: {value}")
    click.echo("payload:")
    click.echo(orjson.dumps(row["payload"], option=orjson.OPT_INDENT_2).decode())
    click.echo(
        f"Correct the record in {row['source']}: the next sync takes it up. Until then its last good row stands."
    )
