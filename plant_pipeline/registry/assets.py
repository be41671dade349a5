"""The registry as Dagster assets: reconcile all sources, then place equipment and sensors.

What belongs here: reading facts from the warehouse, calling the rules, reporting. What does not: any rule.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings
from plant_pipeline.landing.stream import RunIssue, complete_sources, replace_issues
from plant_pipeline.orchestration import (
    OWNERS,
    ROW_COUNT,
    Pipeline,
    content_version,
    run_id_of,
    table_metadata,
    translate_errors,
)
from plant_pipeline.registry.decisions import parse_crosswalk
from plant_pipeline.registry.equipment import EquipmentChanges, write_equipment
from plant_pipeline.registry.reconcile import RegistryChanges, reconcile
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.sources.source import Facts, Source
from plant_pipeline.sources.stream import quarantined_now
from plant_pipeline.warehouse import execute, read_table

_log = logging.getLogger(__name__)

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


def build_registry_assets(sources: Sequence[Source]) -> list[dg.AssetsDefinition]:
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
        ],
    )
    @translate_errors
    def reconcile_plants(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with pipeline.warehouse.transaction() as connection:
            changes = reconcile_now(connection, sources, pipeline, run_id_of(context))
            zoneless = execute(connection, "registry/plants_without_zone").scalars().all()
            metadata = {name: table_metadata(connection, f"registry.{name}") for name in PLANT_TABLES}
            versions = {name: content_version(connection, f"registry.{name}") for name in PLANT_TABLES}
        _log.info("registry: %s", changes)
        for name in PLANT_TABLES:
            yield dg.MaterializeResult(
                asset_key=["registry", name],
                metadata=metadata[name],
                data_version=versions[name],
                check_results=plant_checks(name, changes, zoneless),
            )

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
    @translate_errors
    def place_equipment(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with pipeline.warehouse.transaction() as connection:
            changes = place_equipment_now(connection, sources, pipeline, run_id_of(context))
            metadata = {name: table_metadata(connection, f"registry.{name}") for name in EQUIPMENT_TABLES}
            versions = {name: content_version(connection, f"registry.{name}") for name in EQUIPMENT_TABLES}
        _log.info(
            "registry: %d devices new, %d changed; %d sensors new, %d changed; %d findings",
            changes.equipment.new,
            changes.equipment.changed,
            changes.sensors.new,
            changes.sensors.changed,
            len(changes.findings),
        )
        for name in EQUIPMENT_TABLES:
            yield dg.MaterializeResult(
                asset_key=["registry", name],
                metadata=metadata[name],
                data_version=versions[name],
                check_results=[_sensor_check(changes, metadata[name][ROW_COUNT])] if name == "sensor" else [],
            )

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
    crosswalk = parse_crosswalk(crosswalk_path) if crosswalk_path else ()
    plants = known_records(connection, sources, pipeline)
    complete = complete_sources(connection, run_id, {s.name: s.plant_entity for s in sources})
    changes = reconcile(connection, plants, complete_sources=complete, now_utc=pipeline.clock(), crosswalk=crosswalk)
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
    _note(connection, run_id, "sensors", changes.findings)
    return changes


def _note(connection: Connection, run_id: str | None, subject: str, findings: Sequence[str]) -> None:
    if run_id is not None:
        issues = [RunIssue("registry", subject, text, "finding") for text in findings]
        replace_issues(connection, run_id, "registry", [subject], issues)


def _describe_zones(active: int, zoneless: Sequence[str]) -> str:
    if not active:
        return "not judged: the registry knows no active plant"
    return f"no time zone known: {', '.join(zoneless)}" if zoneless else f"each of {active} active plants has a zone"


def plant_checks(name: str, changes: RegistryChanges, zoneless: Sequence[str]) -> list[dg.AssetCheckResult]:
    """The checks of one of the registry's tables; `zoneless`: codes of active plants without a time zone."""
    if name == "match_proposal":
        return [
            dg.AssetCheckResult(
                asset_key=["registry", "match_proposal"],
                check_name="no_proposal_waits",
                passed=changes.proposals_open == 0,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{changes.proposals_open} proposal(s) wait; `plant-pipeline registry review` shows them",
            )
        ]
    if name == "plant":
        return [
            dg.AssetCheckResult(
                asset_key=["registry", "plant"],
                check_name="every_plant_has_a_zone",
                passed=not zoneless and changes.plants_active > 0,
                severity=dg.AssetCheckSeverity.WARN,
                description=_describe_zones(changes.plants_active, zoneless),
            )
        ]
    return []


def _sensor_check(changes: EquipmentChanges, sensors: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=["registry", "sensor"],
        check_name="every_sensor_is_classified",
        passed=not changes.findings,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(changes.findings[:20])
        or (f"each of {sensors} sensors is classified" if sensors else "no source has a sensor"),
    )
