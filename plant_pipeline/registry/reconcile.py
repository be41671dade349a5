"""The registry brought up to date with what the sources delivered: one lock, one reading, one writing.

What belongs here: the order of steps. What does not: rules (plan and what it calls), comparing (difference), SQL
(store).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.registry.difference import RegistryChanges, changes, difference
from plant_pipeline.registry.history import Revision, Stated, local_midnight, revise, statements
from plant_pipeline.registry.plan import Delivery, Plan, PlannedPlant, plan_registry
from plant_pipeline.registry.rulings import rule
from plant_pipeline.registry.state import Registry
from plant_pipeline.registry.statements import Decision
from plant_pipeline.registry.store import (
    add_decisions,
    read_decisions,
    read_history,
    read_registry,
    withdraw_decisions,
    write_difference,
)
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import lock_registry

__all__ = ["RegistryChanges", "reconcile"]

_CROSSWALK: Final = "crosswalk"  # who undid a decision whose line was taken out


def reconcile(
    connection: Connection,
    candidates: Sequence[PlantCandidate],
    *,
    complete_sources: Collection[str],
    now_utc: datetime,
    crosswalk: Sequence[Decision] | None = None,
) -> RegistryChanges:
    """Bring the registry up to date; everything happens in the caller's transaction, under the registry's lock.

    `candidates` are the records of all sources as last known; a known record that is not among them is remembered. Only
    the listings of `complete_sources` tell who is gone. `crosswalk` are the decisions of the file as it stands: all of
    them are in force, and none that it held before; None: there is no file.
    Raises `ContractViolation` if a record is delivered twice.
    """
    delivery = Delivery.of(candidates, complete_sources)
    lock_registry(connection)
    told_of_lines = [] if crosswalk is None else _follow_crosswalk(connection, crosswalk, now_utc)
    rulings = rule([own.decision for own in read_decisions(connection) if own.is_in_force])
    registry = read_registry(connection)
    plan = plan_registry(registry, delivery, rulings, now_utc)
    written = difference(registry, plan, delivery)
    written.revisions = _revisions(connection, registry, plan, now_utc)
    write_difference(connection, written, now_utc)
    return changes(registry, plan, written, told_of_lines)


def _follow_crosswalk(connection: Connection, crosswalk: Sequence[Decision], now_utc: datetime) -> list[str]:
    """Write the lines that are not in force yet, and take back those that are gone; returns findings on both.

    What a person undid stays undone until the line says why it holds after all.
    """
    known = read_decisions(connection)
    in_force = {own.decision.content() for own in known if own.is_in_force}
    refused = {own.decision.content() for own in known if not own.is_in_force and own.undone_by != _CROSSWALK}
    stated = {line.content(): line for line in crosswalk}
    gone = [own.decision for own in known if own.is_in_force and own.decision.from_crosswalk]
    gone = [decision for decision in gone if decision.content() not in stated]
    fresh = [line for content, line in stated.items() if content not in in_force | refused]
    withdraw_decisions(connection, gone, _CROSSWALK, now_utc)
    add_decisions(connection, [replace(line, from_crosswalk=True) for line in fresh], now_utc)
    return [
        *(f"crosswalk: {decision} is no longer in force, its line was taken out" for decision in gone),
        *(
            f"crosswalk line {line.line}: this decision was undone; take the line out, or give it another reason (why)"
            for content, line in stated.items()
            if content in refused - in_force
        ),
    ]


def _revisions(connection: Connection, registry: Registry, plan: Plan, now_utc: datetime) -> dict[UUID, Revision]:
    """What the history of each plant needs that changed, or of which people state a past."""
    touched = {
        plant_id
        for plant_id, planned in plan.plants.items()
        if registry.plants.get(plant_id) != planned.plant
        or _stated(planned, now_utc)
        or plant_id in registry.without_history
    }
    known = read_history(connection, touched & registry.plants.keys())
    return {
        plant_id: revise(
            known.get(plant_id, []),
            plan.plants[plant_id].plant,
            _stated(plan.plants[plant_id], now_utc),
            now_utc,
            first=plan.plants[plant_id].first,
        )
        for plant_id in sorted(touched)
    }


def _stated(planned: PlannedPlant, now_utc: datetime) -> list[Stated]:
    zone = planned.plant.timezone
    steps = {
        name: [(local_midnight(step.from_date, zone), step.value, step.is_dated) for step in of_field]
        for name, of_field in planned.steps.items()
        if hasattr(planned.plant, name)
    }
    found = statements(steps, now_utc)
    if planned.retirement is not None and planned.retirement.is_dated:
        from_utc = planned.retirement.from_utc
        found += [Stated("status", "retired", from_utc, None), Stated("retired_at", from_utc, from_utc, None)]
    return found
