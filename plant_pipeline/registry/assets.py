"""The registry as Dagster assets: reconcile all sources, then place equipment and sensors.

What belongs here: reading facts from the warehouse, calling the rules, reporting. What does not: any rule.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings
from plant_pipeline.landing.run_record import note_begin
from plant_pipeline.landing.stream import RunIssue, complete_sources, replace_issues
from plant_pipeline.orchestration import (
    OWNERS,
    ROW_COUNT,
    Pipeline,
    asset_body,
    check_result,
    content_version,
    run_id_of,
    table_metadata,
)
from plant_pipeline.registry.decisions.crosswalk import parse_crosswalk
from plant_pipeline.registry.equipment.placing import EquipmentChanges, write_equipment
from plant_pipeline.registry.meter_changes import meter_changes_of_nothing
from plant_pipeline.registry.reconcile import RegistryChanges, reconcile
from plant_pipeline.registry.sensor_statements import statements_of_nothing
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.sources.source import Facts, Source
from plant_pipeline.sources.stream import quarantined_now
from plant_pipeline.warehouse import execute, read_table

_log = logging.getLogger(__name__)

_MOST_TEXTS = 20

# Each table with the one it follows from; the first of a step follows from what other steps wrote.
PLANT_TABLES: Mapping[str, tuple[str | None, str]] = {
    "plant_alias": (None, "Which record of which source is which plant, and how that was found."),
    "not_a_plant": ("plant_alias", "Records of sources that are no plants, with the reason."),
    "match_proposal": ("plant_alias", "Doubtful matches that wait for a person."),
    "plant_field": ("plant_alias", "Every value each source offers for each field; which one was selected."),
    "plant": ("plant_field", "One row per real plant with its golden values."),
    "plant_history": ("plant", "The registry as it was valid at any time."),
}
EQUIPMENT_TABLES: Mapping[str, tuple[str | None, str]] = {
    "equipment": (None, "Devices of each plant."),
    "sensor": ("equipment", "What each sensor measures, in which unit, with which sign."),
}


def _specs(tables: Mapping[str, tuple[str | None, str]], read_by_the_step: Sequence[dg.AssetKey]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            ["registry", name],
            description=description,
            group_name="registry",
            owners=OWNERS,
            kinds={"python", "postgres"},
            deps=read_by_the_step if parent is None else [dg.AssetKey(["registry", parent])],
        )
        for name, (parent, description) in tables.items()
    ]


def _results(
    connection: Connection,
    tables: Iterable[str],
    checks: Callable[[str, int], list[dg.AssetCheckResult]],
    shown: "Shown",
) -> list[dg.MaterializeResult[None]]:
    """What Dagster is to show of each table; `checks` are those of a table with so many rows."""
    return [
        dg.MaterializeResult(
            asset_key=["registry", name],
            metadata=(metadata := {**table_metadata(connection, f"registry.{name}"), **shown(connection, name)}),
            data_version=content_version(connection, f"registry.{name}"),
            check_results=checks(name, metadata[ROW_COUNT]),
        )
        for name in tables
    ]


Shown = Callable[[Connection, str], Mapping[str, Any]]
"""What Dagster is to show of a table of the registry beside its columns and rows."""


def build_registry_assets(
    sources: Sequence[Source], shown: Shown = lambda _connection, _table: {}
) -> list[dg.AssetsDefinition]:
    """The registry's assets over these sources."""
    listings = [
        dg.AssetKey(source.entity(name).table.split(".")) for source in sources for name in source.fact_entities
    ]

    @dg.multi_asset(
        name="reconcile_plants",
        specs=_specs(PLANT_TABLES, listings),
        check_specs=[
            dg.AssetCheckSpec(
                "no_proposal_waits",
                asset=["registry", "match_proposal"],
                description="No doubtful match waits for a person.",
            ),
            dg.AssetCheckSpec(
                "every_plant_has_a_zone",
                asset=["registry", "plant"],
                description="Every active plant has a time zone; without one it has no days.",
            ),
            dg.AssetCheckSpec(
                "systems_agree",
                asset=["registry", "plant_field"],
                description="No system contradicts the values in force beyond tolerance (registry.plant_conflict).",
            ),
        ],
    )
    @asset_body
    def reconcile_plants(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with pipeline.warehouse.transaction() as connection:
            changes = reconcile_now(connection, sources, pipeline, run_id_of(context))
            zoneless = execute(connection, "registry/plants_without_zone").scalars().all()
            conflicts = execute(connection, "registry/conflicts_in_words").scalars().all()
            results = _results(
                connection, PLANT_TABLES, lambda name, _: plant_checks(name, changes, zoneless, conflicts), shown
            )
        _log.info("registry: %s", changes)
        yield from results

    @dg.multi_asset(
        name="place_equipment",
        specs=_specs(EQUIPMENT_TABLES, [dg.AssetKey(["registry", "plant_alias"])]),
        check_specs=[
            dg.AssetCheckSpec(
                "every_sensor_is_classified",
                asset=["registry", "sensor"],
                description="Every sensor's quantity, unit and place are known.",
            )
        ],
    )
    @asset_body
    def place_equipment(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with pipeline.warehouse.transaction() as connection:
            changes = place_equipment_now(connection, sources, pipeline, run_id_of(context))
            results = _results(
                connection, EQUIPMENT_TABLES, lambda name, rows: sensor_checks(name, changes, rows), shown
            )
        _log.info(
            "registry: %d devices new, %d changed; %d sensors new, %d changed; %d findings",
            changes.equipment.new,
            changes.equipment.changed,
            changes.sensors.new,
            changes.sensors.changed,
            len(changes.findings),
        )
        yield from results

    return [reconcile_plants, place_equipment]


def read_facts(
    connection: Connection, sources: Sequence[Source], settings: Mapping[str, SourceSettings]
) -> list[Facts]:
    """The facts of every source, from the typed tables as they are now."""

    read = partial(read_table, connection)
    return [source.facts(read, quarantined_now(connection, source), settings.get(source.name)) for source in sources]


def reconcile_now(
    connection: Connection, sources: Sequence[Source], pipeline: Pipeline, run_id: str
) -> RegistryChanges:
    """Reconcile the registry with the typed tables; only listings complete in `run_id` say who is gone.

    What a person should know stands in the findings of that run.
    """
    crosswalk_path = pipeline.settings.crosswalk_path
    crosswalk = parse_crosswalk(crosswalk_path) if crosswalk_path else None
    plants = known_records(connection, sources, pipeline)
    complete = complete_sources(connection, run_id, {s.name: s.plant_entity for s in sources})
    now_utc = note_begin(pipeline.clock, "registry")
    changes = reconcile(connection, plants, complete_sources=complete, now_utc=now_utc, crosswalk=crosswalk)
    _note(connection, run_id, "plants", changes.findings)
    return changes


def known_records(connection: Connection, sources: Sequence[Source], pipeline: Pipeline) -> list[PlantCandidate]:
    """The records of all sources that may be plants, from the typed tables as they are now."""
    return [plant for facts in read_facts(connection, sources, pipeline.settings.sources) for plant in facts.plants]


def place_equipment_now(
    connection: Connection, sources: Sequence[Source], pipeline: Pipeline, run_id: str | None = None
) -> EquipmentChanges:
    """Place equipment and sensors of all sources on the plants of the registry; findings as in `reconcile_now`."""
    facts = read_facts(connection, sources, pipeline.settings.sources)
    changes = write_equipment(
        connection,
        [fact for part in facts for fact in part.equipment],
        [fact for part in facts for fact in part.sensors],
    )
    decisions_of_nothing = [*meter_changes_of_nothing(connection), *statements_of_nothing(connection)]
    _note(connection, run_id, "sensors", [*changes.findings, *decisions_of_nothing])
    return changes


def _note(connection: Connection, run_id: str | None, subject: str, findings: Sequence[str]) -> None:
    if run_id is not None:
        issues = [RunIssue("registry", subject, text, "finding") for text in findings]
        replace_issues(connection, run_id, "registry", [subject], issues)


def _describe_zones(active: int, zoneless: Sequence[str]) -> str:
    if not active:
        return "not judged: the registry knows no active plant"
    return f"no time zone known: {', '.join(zoneless)}" if zoneless else f"each of {active} active plants has a zone"


def plant_checks(
    name: str, changes: RegistryChanges, zoneless: Sequence[str], conflicts: Sequence[str]
) -> list[dg.AssetCheckResult]:
    """The checks of one of the registry's tables.

    `zoneless`: codes of active plants without a time zone; `conflicts`: what systems say against the values in force.
    """
    waiting = f"{changes.proposals_open} proposal(s) wait; `plant-pipeline registry review` shows them"
    are_zoned = not zoneless and changes.plants_active > 0
    found = {
        "match_proposal": ("no_proposal_waits", changes.proposals_open == 0, waiting),
        "plant_field": ("systems_agree", not conflicts, _some(conflicts) or "no system contradicts a value in force"),
        "plant": ("every_plant_has_a_zone", are_zoned, _describe_zones(changes.plants_active, zoneless)),
    }
    return [check_result(*found[name], asset_key=["registry", name])] if name in found else []


def _some(texts: Sequence[str]) -> str:
    further = f"; and {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
    return "; ".join(texts[:_MOST_TEXTS]) + further


def sensor_checks(name: str, changes: EquipmentChanges, rows: int) -> list[dg.AssetCheckResult]:
    """The checks of a table with so many rows of equipment or sensors."""
    if name != "sensor":
        return []
    well = f"each of {rows} sensors is classified" if rows else "no source has a sensor"
    described = _some(changes.findings) or well
    return [check_result("every_sensor_is_classified", not changes.findings, described, asset_key=["registry", name])]
