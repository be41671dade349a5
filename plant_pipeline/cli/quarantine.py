"""`plant-pipeline quarantine`: rejected records."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import click
import orjson

from plant_pipeline.cli.invocation import say, who_option, why_option
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.tables import cell, json_option, show_json, show_rows
from plant_pipeline.landing.quarantine import list_rejected, show_rejected, waive_rejected

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
    show_rows(rows, as_json=as_json, empty=f"no {state} record in quarantine", columns=_columns(rows, state))


def _columns(rows: Sequence[Mapping[str, Any]], state: str) -> list[str]:
    """What a person reads of a listing: who let a field be only where that is what is listed."""
    return [name for row in rows[:1] for name in row if state == "waived" or not name.startswith("waived_")]


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
    say(orjson.dumps(row["payload"], option=orjson.OPT_INDENT_2).decode())
    if row["state"] == "waived":
        return
    say(
        f"Correct the record in {row['source']}: the next sync takes it up. Until then its last good row stands. If it "
        f"is to stay as it is there: `plant-pipeline quarantine waive {rejected_id}`"
    )


@quarantine.command("replay")
@click.argument("rejected_ids", metavar="[REJECTED_ID]...", type=int, nargs=-1)
@json_option
def quarantine_replay(rejected_ids: tuple[int, ...], as_json: bool) -> None:
    """Hold rejected records against their schema anew, and take those that are good now to their tables.

    For after an update of this program. Without REJECTED_ID: all that are open.
    """
    from plant_pipeline.sources.all import SOURCES  # pandas: a second that the other commands do not need
    from plant_pipeline.sources.replay import replay_rejected

    with synced() as connection:
        replayed = replay_rejected(connection, SOURCES, rejected_ids or None)
    rows = [asdict(own) for own in replayed]
    show_rows(rows, as_json=as_json, empty="no open record in quarantine")
    if any(own.good for own in replayed) and not as_json:
        say("The next sync takes the good ones up into the registry.")


@quarantine.command("waive")
@click.argument("rejected_ids", metavar="REJECTED_ID...", type=int, nargs=-1, required=True)
@who_option
@why_option
def quarantine_waive(rejected_ids: tuple[int, ...], who: str, why: str | None) -> None:
    """Let rejected fields be: they are not shown as open again while nothing that decides on their record changes."""
    from plant_pipeline.orchestration import utc_now  # Dagster: a second that the other commands do not need

    with synced() as connection:
        waive_rejected(connection, rejected_ids, who, why, utc_now())
    say(f"waived: {', '.join(map(str, rejected_ids))}")
