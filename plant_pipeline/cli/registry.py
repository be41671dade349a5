"""`plant-pipeline registry`: the plants, the review queue, and people's decisions.

What belongs here: arguments and printing. What does not: what a decision leads to. A record of a source is written
SOURCE:ID.
"""

import csv
import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, RowMapping

from plant_pipeline.config import load_settings
from plant_pipeline.errors import UsageError
from plant_pipeline.orchestration import Pipeline, open_pipeline
from plant_pipeline.registry.assets import place_equipment_now, reconcile_now
from plant_pipeline.registry.reconcile import RegistryChanges
from plant_pipeline.registry.review import ProposalView, accept, open_proposals, reject
from plant_pipeline.registry.statements import Action, Decision
from plant_pipeline.registry.store import add_decisions
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.warehouse import execute, lock_registry

_WHO = click.option("--who", default=getpass.getuser, show_default="you", help="Who decides.")
_WHY = click.option("--why", default=None, help="Why, for those who ask later.")


@click.group()
def registry() -> None:
    """Plants, the review queue, and people's decisions."""


@contextmanager
def _opened() -> Iterator[tuple[Pipeline, Connection]]:
    with open_pipeline(load_settings()) as pipeline, pipeline.warehouse.transaction() as connection:
        yield pipeline, connection


# -- looking --
@registry.command("list")
@click.option("--all", "with_past", is_flag=True, help="Retired and merged plants too.")
def list_command(with_past: bool) -> None:
    """List the plants."""
    with _opened() as (_, connection):
        rows = execute(connection, "registry/plant_list", with_past=with_past).mappings().all()
    if not rows:
        click.echo("the registry is empty; `plant-pipeline sync` fills it")
        return
    _print_table(rows)


@registry.command()
@click.argument("plant_code")
def show(plant_code: str) -> None:
    """Show a plant: its values, where each comes from, its records and equipment."""
    with _opened() as (_, connection):
        plant = execute(connection, "registry/plant_by_code", plant_code=plant_code).mappings().first()
        if plant is None:
            raise UsageError(f"no plant has the code {plant_code}; `plant-pipeline registry list` shows them")
        parts = {
            title: execute(connection, name, plant_id=plant["plant_id"]).mappings().all()
            for title, name in (
                ("records of sources", "registry/records_of_plant"),
                ("values and their origin", "registry/fields_of_plant"),
                ("equipment and sensors", "registry/sensors_of_plant"),
                ("decisions", "registry/decisions_on_plant"),
            )
        }
    for name, value in plant.items():
        if value is not None:
            click.echo(f"{name:16} {value}")
    for title, rows in parts.items():
        click.echo(f"\n{title}:" + ("" if rows else " none"))
        if rows:
            _print_table(rows)


@registry.command()
def review() -> None:
    """Show the doubtful matches that wait for a person, with the evidence."""
    with _opened() as (_, connection):
        proposals = open_proposals(connection)
    for proposal in proposals:
        _print_proposal(proposal)
    click.echo("`plant-pipeline registry accept ID` or `reject ID` decides." if proposals else "no proposal waits")


def _print_proposal(proposal: ProposalView) -> None:
    click.echo(
        f"Proposal {proposal.proposal_id}, score {proposal.score:.2f}: is {proposal.record} "
        f"the plant {proposal.plant_code} ({proposal.plant_name})?"
    )
    table = Table("", proposal.record, proposal.other)
    for row in proposal.rows:
        table.add_row(*row)
    Console().print(table)
    for sign, texts in (("+", proposal.reasons), ("-", proposal.doubts)):
        for text in texts:
            click.echo(f"  {sign} {text}")
    click.echo("")


def _print_table(rows: Sequence[RowMapping]) -> None:
    table = Table(*(str(name) for name in rows[0]))
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


# -- deciding --
@registry.command("accept")
@click.argument("proposal_id", type=int)
@_WHO
@_WHY
def accept_command(proposal_id: int, who: str, why: str | None) -> None:
    """Decide that a proposal is right: the two are one plant."""
    with _opened() as (pipeline, connection):
        changes = accept(connection, proposal_id, who, pipeline.clock(), why)
        place_equipment_now(connection, SOURCES, pipeline)
    _tell(changes)


@registry.command("reject")
@click.argument("proposal_id", type=int)
@_WHO
@_WHY
def reject_command(proposal_id: int, who: str, why: str | None) -> None:
    """Decide that a proposal is wrong; it is never made again."""
    with _opened() as (pipeline, connection):
        changes = reject(connection, proposal_id, who, pipeline.clock(), why)
    _tell(changes)


@registry.command()
@click.argument("record")
@click.argument("other")
@click.option("--duplicate", is_flag=True, help="RECORD repeats OTHER: its capacity and energy do not add up.")
@_WHO
@_WHY
def link(record: str, other: str, duplicate: bool, who: str, why: str | None) -> None:
    """Decide that two records (SOURCE:ID) are the same plant."""
    _decide("link", record, other, who, why, value="duplicate" if duplicate else None)


@registry.command()
@click.argument("record")
@click.argument("other", required=False)
@_WHO
@_WHY
def unlink(record: str, other: str | None, who: str, why: str | None) -> None:
    """Decide that a record (SOURCE:ID) is not the plant of OTHER, or of any other record."""
    _decide("unlink", record, other, who, why)


@registry.command()
@click.argument("record")
@click.option("--from", "first", type=click.DateTime(formats=["%Y-%m-%d"]), help="Plant-local date it ended.")
@_WHO
@_WHY
def retire(record: str, first: datetime | None, who: str, why: str | None) -> None:
    """Decide that a record's plant is out of service, whatever the sources say."""
    _decide("retire", record, None, who, why, valid_from=first.date() if first else None)


def _decide(
    action: Action,
    record: str,
    other: str | None,
    who: str,
    why: str | None,
    *,
    value: str | None = None,
    valid_from: date | None = None,
) -> None:
    source, source_plant_id = _record(record)
    other_source, other_id = _record(other) if other is not None else (None, None)
    decision = Decision(
        action=action,
        source=source,
        source_plant_id=source_plant_id,
        other_source=other_source,
        other_source_plant_id=other_id,
        value=value,
        valid_from=valid_from,
        who=who,
        why=why,
    )
    with _opened() as (pipeline, connection):
        lock_registry(connection)
        for key in filter(None, (record, other)):
            _require_known(connection, key)
        add_decisions(connection, [decision], pipeline.clock())
        changes = reconcile_now(connection, SOURCES, pipeline, None)
        place_equipment_now(connection, SOURCES, pipeline)
    _tell(changes)


def _record(text: str) -> tuple[str, str]:
    source, colon, record_id = text.partition(":")
    if not colon or not record_id or source not in {known.name for known in SOURCES}:
        known_names = ", ".join(known.name for known in SOURCES)
        raise UsageError(f"{text!r} is no record; write SOURCE:ID with a source of {known_names}")
    return source, record_id


def _require_known(connection: Connection, record: str) -> None:
    source, record_id = _record(record)
    if execute(connection, "registry/known_record", source=source, source_plant_id=record_id).first() is None:
        raise UsageError(f"{record} is not known; `plant-pipeline registry show PLANT` lists a plant's records")


def _tell(changes: RegistryChanges) -> None:
    click.echo(
        f"noted; plants: {changes.plants_new} new, {changes.plants_changed} changed, {changes.plants_merged} merged, "
        f"{changes.plants_retired} retired; {changes.proposals_open} proposal(s) wait"
    )
    click.echo("Days that this touches are computed anew by the next `plant-pipeline sync` of their dates.")


# -- taking along --
@registry.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def export(out: Path) -> None:
    """Write the registry with all its ids as CSV files, one per table."""
    out.mkdir(parents=True, exist_ok=True)
    with _opened() as (_, connection):
        for table in ("plant", "plant_alias", "decision", "equipment", "sensor"):
            result = connection.exec_driver_sql(f"select * from registry.{table} order by 1, 2")  # noqa: S608 -- names of our own tables
            with (out / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(result.keys())
                writer.writerows(result.fetchall())
            click.echo(f"{out / f'{table}.csv'}")
