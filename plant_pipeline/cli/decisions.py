"""What people decide about the registry, as commands of `plant-pipeline registry`.

What belongs here: arguments and printing. What does not: what may be decided and what it leads to (registry.review). A
record of a source and a sensor are written SOURCE:ID, a plant by its code.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

import click
from sqlalchemy import Connection

from plant_pipeline.cli.invocation import say, who_option, why_option
from plant_pipeline.cli.opening import synced_pipeline
from plant_pipeline.days import instant_of
from plant_pipeline.errors import UsageError
from plant_pipeline.registry.assets import known_records, place_equipment_now
from plant_pipeline.registry.decisions.statements import DUPLICATE, SENSOR_FIELDS, Action, Decision
from plant_pipeline.registry.meter_changes import zone_of_register
from plant_pipeline.registry.reconcile import RegistryChanges
from plant_pipeline.registry.records import RecordKey
from plant_pipeline.registry.review import accept, decide, decide_together, reject, undo
from plant_pipeline.registry.whole_plants import merging, record_of_plant, splitting
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.shapes import PlantCandidate

Deed = Callable[[Connection, datetime, Sequence[PlantCandidate]], RegistryChanges]
Command = TypeVar("Command", bound=Callable[..., None])

_MOST_LINES = 20
_DATE = click.DateTime(formats=["%Y-%m-%d"])
_ID = click.IntRange(1, 2**63 - 1)
_OPTIONS = (
    who_option,
    why_option,
    click.option("--dry-run", is_flag=True, help="Say what it would lead to, and leave everything as it is."),
)


def _by_a_person(command: Command) -> Command:
    """Let a command know who decides, why, and whether in earnest."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("accept")
@click.argument("proposal_id", type=int)
@_by_a_person
def accept_command(proposal_id: int, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that a proposal is right: the two are one plant."""
    carry_out(lambda connection, now, records: accept(connection, proposal_id, who, now, why, records), dry_run)


@click.command("reject")
@click.argument("proposal_id", type=int)
@_by_a_person
def reject_command(proposal_id: int, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that a proposal is wrong; it is never made again."""
    carry_out(lambda connection, now, records: reject(connection, proposal_id, who, now, why, records), dry_run)


@click.command()
@click.argument("record")
@click.argument("other")
@click.option("--duplicate", is_flag=True, help="RECORD repeats OTHER: its capacity and energy do not add up.")
@_by_a_person
def link(record: str, other: str, duplicate: bool, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that two records (SOURCE:ID) are the same plant."""
    _decide("link", record, who, why, dry_run, other=other, value=DUPLICATE if duplicate else None)


@click.command()
@click.argument("record")
@click.argument("other", required=False)
@_by_a_person
def unlink(record: str, other: str | None, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that a record (SOURCE:ID) is not the plant of OTHER, or of any other record."""
    _decide("unlink", record, who, why, dry_run, other=other)


@click.command()
@click.argument("plant")
@click.argument("other")
@_by_a_person
def merge(plant: str, other: str, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that two plants (their codes) are one: all records move, the id that was first seen stays."""
    carry_out(
        lambda connection, now, records: decide_together(
            connection, merging(connection, plant, other, who, why), now, records
        ),
        dry_run,
    )


@click.command()
@click.argument("plant")
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@_by_a_person
def split(plant: str, records: tuple[str, ...], who: str, why: str | None, dry_run: bool) -> None:
    """Decide that records (SOURCE:ID) of a plant (its code) are a plant of their own."""
    keys = [_record(text) for text in records]
    carry_out(
        lambda connection, now, known: decide_together(
            connection, splitting(connection, plant, keys, who, why), now, known
        ),
        dry_run,
    )


@click.command("not-a-plant")
@click.argument("record")
@_by_a_person
def not_a_plant(record: str, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that a record (SOURCE:ID) is no plant."""
    _decide("not_a_plant", record, who, why, dry_run)


@click.command()
@click.argument("plant")
@click.option("--on", "--from", "first", type=_DATE, help="Plant-local date it ended.  [default: now]")
@_by_a_person
def retire(plant: str, first: datetime | None, who: str, why: str | None, dry_run: bool) -> None:
    """Decide that a plant (its code, or a record SOURCE:ID) is out of service, whatever the sources say."""
    _decide("retire", plant, who, why, dry_run, valid_from=first)


@click.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("plant")
@click.argument("field")
@click.argument("value")
@click.option("--from", "first", type=_DATE, help="Plant-local date it is valid from.  [default: today]")
@_by_a_person
def set_command(
    plant: str, field: str, value: str, first: datetime | None, who: str, why: str | None, dry_run: bool
) -> None:
    """State a value of a plant (its code, or a record SOURCE:ID) or of a sensor (SOURCE:ID), whatever the sources say.

    FIELD is name, technology, latitude, longitude, timezone, country, capacity_ac_kw, capacity_dc_kw, storage_kwh,
    commissioned_at, farm_id (at Raptor Maps) or group_code (it is reported in); of a sensor, as `registry show PLANT`
    lists it, quantity (none: it is not used), cumulative, sign (-1: production is negative) or role (main or check).
    """
    if field not in SENSOR_FIELDS:
        _decide("set", plant, who, why, dry_run, field=field, value=value, valid_from=first)
        return
    decision = Decision("set", "", "", who, field=field, value=value, valid_from=_date(first), why=why, sensor=plant)
    carry_out(lambda connection, now, records: decide(connection, decision, now, records), dry_run)


@click.command("meter-change")
@click.argument("sensor")
@click.option("--at", "instant", required=True, help="When: ISO 8601 with its offset, else local time of the plant.")
@click.option("--last", type=float, help="What the old meter showed last, in the sensor's unit at its source.")
@click.option("--first", type=float, help="What the new meter showed first, in the same unit.")
@_by_a_person
def meter_change(
    sensor: str, instant: str, last: float | None, first: float | None, who: str, why: str | None, dry_run: bool
) -> None:
    """Declare that the meter behind a cumulative register was exchanged.

    SENSOR is SOURCE:ID as `registry show PLANT` lists it. With both values no energy of the day is lost; without, what
    was counted between the last reading of the old meter and the first of the new one is estimated.
    """

    def deed(connection: Connection, now_utc: datetime, records: Sequence[PlantCandidate]) -> RegistryChanges:
        try:
            at_utc = instant_of(instant, zone_of_register(connection, sensor))
        except ValueError as error:
            raise UsageError(f"--at {instant!r} is not what is expected: {error}") from error
        decision = Decision(
            "meter_change", "", "", who, why=why, sensor=sensor, valid_at=at_utc, last_value=last, first_value=first
        )
        return decide(connection, decision, now_utc, records)

    carry_out(deed, dry_run)


@click.command("undo")
@click.argument("decision_id", type=_ID)
@_by_a_person
def undo_command(decision_id: int, who: str, why: str | None, dry_run: bool) -> None:
    """Take a decision back, with all that the same command decided, as if it had never been made.

    `registry show PLANT` lists the decisions on a plant.
    """
    carry_out(lambda connection, now, records: undo(connection, decision_id, who, now, why, records), dry_run)


def _decide(
    action: Action,
    subject: str,
    who: str,
    why: str | None,
    dry_run: bool,
    *,
    other: str | None = None,
    field: str | None = None,
    value: str | None = None,
    valid_from: datetime | None = None,
) -> None:
    """Note one decision; `subject` is a record, or a plant's code where the action is about a plant."""

    def deed(connection: Connection, now_utc: datetime, records: Sequence[PlantCandidate]) -> RegistryChanges:
        is_plant = action in ("set", "retire") and ":" not in subject
        source, source_plant_id = record_of_plant(connection, subject) if is_plant else _record(subject)
        other_source, other_id = _record(other) if other is not None else (None, None)
        decision = Decision(
            action=action,
            source=source,
            source_plant_id=source_plant_id,
            other_source=other_source,
            other_source_plant_id=other_id,
            field=field,
            value=value,
            valid_from=_date(valid_from),
            who=who,
            why=why,
        )
        return decide(connection, decision, now_utc, records)

    carry_out(deed, dry_run)


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def carry_out(deed: Deed, dry_run: bool = False) -> None:
    """Do it in one transaction with all that follows at once, and tell; a dry run rolls back."""
    with synced_pipeline(load_settings()) as pipeline, pipeline.warehouse.engine.connect() as connection:
        now_utc = pipeline.clock()
        changes = deed(connection, now_utc, known_records(connection, SOURCES, pipeline))
        place_equipment_now(connection, SOURCES, pipeline)
        if dry_run:
            connection.rollback()
        else:
            connection.commit()
    click.echo(
        f"{'nothing noted; it would lead to' if dry_run else 'noted'}: plants {changes.plants_new} new, "
        f"{changes.plants_changed} changed, {changes.plants_merged} merged, {changes.plants_retired} retired; "
        f"{changes.proposals_open} proposal(s) wait"
    )
    for line in changes.details[:_MOST_LINES]:
        say(f"  {line}")
    if len(changes.details) > _MOST_LINES:
        say(f"  and {len(changes.details) - _MOST_LINES} more")
    if not dry_run:
        say("Days that this touches, however old, are computed again by the next `plant-pipeline sync` without dates.")


def _record(text: str) -> RecordKey:
    source, colon, record_id = text.partition(":")
    if not colon or not record_id or source not in {known.name for known in SOURCES}:
        known_names = ", ".join(known.name for known in SOURCES)
        raise UsageError(f"{text!r} is no record; write SOURCE:ID with a source of {known_names}")
    return source, record_id
