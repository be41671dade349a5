"""The registry brought up to date with what the sources delivered: one lock, one reading, one writing.

What belongs here: the order of steps. What does not: rules (plan and what it calls), comparing (difference), SQL
(store).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from plant_pipeline.garbage import collection_paused
from plant_pipeline.registry.decisions.rulings import refused_links, rule
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.difference import RegistryChanges, changes, difference
from plant_pipeline.registry.meter_changes import touched_by_meter_changes
from plant_pipeline.registry.places import distance_km, place_of
from plant_pipeline.registry.plants.changed_identity import while_in_doubt
from plant_pipeline.registry.plants.history import PlantSpan, Version, revise
from plant_pipeline.registry.plants.lifecycle import versions_in_plant
from plant_pipeline.registry.plants.plan import plan_registry
from plant_pipeline.registry.plants.planned import Delivery, Plan, PlannedPlant
from plant_pipeline.registry.plants.remembered import remembered
from plant_pipeline.registry.plants.state import Difference, Registry, Touched
from plant_pipeline.registry.plants.timeline import Track, ended, merged_away, timeline
from plant_pipeline.registry.precedence import write_precedence
from plant_pipeline.registry.records import RecordKey, RecordVersion
from plant_pipeline.registry.sensor_statements import touched_by_sensor_statements
from plant_pipeline.registry.store import (
    add_decisions,
    read_decisions,
    read_history,
    read_offers,
    read_registry,
    read_versions,
    reword_decisions,
    withdraw_decisions,
    write_difference,
)
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import lock_registry

__all__ = ["RegistryChanges", "reconcile"]

PARTS_WITHIN_KM: Final = 50.0  # farther apart than any plant is wide, offshore wind farms included
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
    with collection_paused():
        return _reconcile(connection, delivery, now_utc, crosswalk)


def _reconcile(
    connection: Connection, delivery: Delivery, now_utc: datetime, crosswalk: Sequence[Decision] | None
) -> RegistryChanges:
    told_of_lines = [] if crosswalk is None else _follow_crosswalk(connection, crosswalk, now_utc)
    decided = read_decisions(connection)
    registry = read_registry(connection)
    in_force = [own.decision for own in decided if own.is_in_force]
    refused = refused_links(in_force, partial(_far_apart_km, registry, delivery))
    rulings = rule([each for each in in_force if each.decision_id not in refused])
    registry = replace(registry, pasts=read_versions(connection, rulings.settled.keys()))
    plan = plan_registry(registry, delivery, rulings, now_utc)
    valued_anew = (key for key, planned in plan.plants.items() if planned.offers is not None)
    offers = read_offers(connection, registry.plants.keys() & set(valued_anew))
    written = difference(registry, plan, delivery, offers)
    _revise(connection, registry, plan, written, {own.decision.record for own in decided}, now_utc)
    written.touched += touched_by_meter_changes(connection, now_utc)
    written.touched += touched_by_sensor_statements(connection, now_utc)
    write_difference(connection, written, now_utc)
    write_precedence(connection)
    return changes(registry, plan, written, list(refused.values()), told_of_lines)


def _far_apart_km(registry: Registry, delivery: Delivery, one: RecordKey, other: RecordKey) -> float | None:
    """The distance of two records, if no plant is that wide."""
    found = [delivery.records.get(key) or _last_known(registry, key) for key in (one, other)]
    places = [place for candidate in found if candidate is not None and (place := place_of(candidate)) is not None]
    far_km = distance_km(*places) if len(places) == 2 else 0.0
    return far_km if far_km > PARTS_WITHIN_KM else None


def _last_known(registry: Registry, key: RecordKey) -> PlantCandidate | None:
    version = registry.versions.get(key)
    return None if version is None else remembered(version)


def _follow_crosswalk(connection: Connection, crosswalk: Sequence[Decision], now_utc: datetime) -> list[str]:
    """Write the lines that are not in force yet, and take back those that are gone; returns findings on both.

    A line that says the same for another reason goes on, from when it was first there. What a person undid stays undone
    until the line says why it holds after all.
    """
    known = read_decisions(connection)
    in_force = {own.decision.content() for own in known if own.is_in_force}
    refused = {own.decision.content() for own in known if not own.is_in_force and own.undone_by != _CROSSWALK}
    stated = {line.content(): line for line in crosswalk}
    gone = [own.decision for own in known if own.is_in_force and own.decision.from_crosswalk]
    gone = [decision for decision in gone if decision.content() not in stated]
    fresh = [line for content, line in stated.items() if content not in in_force | refused]
    gone, fresh = _reworded(connection, gone, fresh)
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


def _reworded(
    connection: Connection, gone: Sequence[Decision], fresh: Sequence[Decision]
) -> tuple[list[Decision], list[Decision]]:
    """Give decisions whose line has another reason or person the new one; returns the others, gone and fresh."""
    known: dict[tuple[object, ...], list[Decision]] = defaultdict(list)
    for decision in gone:
        known[decision.substance()].append(decision)
    others, reworded = [], []
    for line in fresh:
        same = known[line.substance()]
        if same:
            reworded.append(replace(same.pop(0), who=line.who, why=line.why))
        else:
            others.append(line)
    reword_decisions(connection, reworded)
    return [decision for left in known.values() for decision in left], others


def _revise(
    connection: Connection, registry: Registry, plan: Plan, written: Difference, named: Collection[RecordKey],
    now_utc: datetime,
) -> None:  # fmt: skip
    """Add to what is written what the history of each plant needs that changed or that people speak of."""
    moved = {change.plant_id for change in written.touched}  # and so touched as a whole
    of_plants = set(moved)
    of_plants |= {plan.aliases[version.key].plant_id for version in written.versions if version.key in plan.aliases}
    of_plants |= {alias.plant_id for key in named if (alias := plan.aliases.get(key))}
    of_plants |= {home for key in named if (record := plan.records.get(key)) and (home := record.plant_id)}
    of_plants |= {plant.plant_id for plant in written.plants} | registry.without_history
    lived = {plant_id: planned for plant_id in of_plants if (planned := plan.plants[plant_id]).course != "unchanged"}
    members = {standing.key for planned in lived.values() for standing in planned.standings}
    past = read_versions(connection, members & registry.versions.keys())
    known = read_history(connection, lived.keys() & registry.plants.keys())
    for plant_id, planned in sorted(lived.items()):
        spans = _spans(planned, past, plan, known.get(plant_id, []), now_utc)
        revision = revise(known.get(plant_id, []), spans, planned.plant, now_utc)
        written.revisions[plant_id] = revision
        if plant_id not in moved:
            written.touched += [Touched(plant_id, stretch, "values of the plant") for stretch in revision.touched]


def _spans(
    planned: PlannedPlant,
    past: Mapping[RecordKey, Sequence[RecordVersion]],
    plan: Plan,
    known: Sequence[Version],
    now_utc: datetime,
) -> list[PlantSpan]:
    match planned.course:
        case "lived":
            tracks = [
                Track(standing, versions_in_plant(_versions(plan, standing.key, past.get(standing.key, ())), standing))
                for standing in planned.standings
            ]
            return timeline(planned.plant, tracks, planned.told, now_utc)
        case "ended":
            return ended(known, planned.plant, now_utc)
        case _:
            return merged_away(planned.plant)


def _versions(plan: Plan, key: RecordKey, past: Sequence[RecordVersion]) -> list[RecordVersion]:
    """The versions of a record, the latest among them, as its plant takes them."""
    latest = plan.versions[key]
    versions = [*(version for version in past if version.valid_from < latest.valid_from), latest]
    return while_in_doubt(versions, plan.doubts[key]) if key in plan.doubts else versions
