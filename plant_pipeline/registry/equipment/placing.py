"""Devices and sensors into the registry: `registry.equipment`, `registry.sensor`, and main meters as energies decided.

What belongs here: reading and writing those tables. What does not: what a device or sensor is (classify.py), which
meter counts by its name (main_meter.py) or its energy (energy/methods/meters.py).
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row

from plant_pipeline.registry.equipment.classify import Classification, classify
from plant_pipeline.registry.equipment.main_meter import CHECK_METER, SEVERAL_METERS, Key, MeterRole
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline.warehouse import copy_rows, execute, lock_registry, uuid_array

EQUIPMENT_NAMESPACE = uuid.UUID("6a7c0f4e-6f0b-5a52-9c0e-3d2f6f8f7b11")

_OF_FACT = ("source", "source_sensor_id", "name", "resolution", "timezone", "is_present", "energy_method")
_OF_ROW = (
    "quantity", "unit", "is_cumulative", "sign", "is_main", "raptor_sensor_type", "is_reference", "finding",
)  # fmt: skip
_QUERIES = {
    "equipment": ("registry/create_staged_equipment", "registry/write_equipment"),
    "sensor": ("registry/create_staged_sensor", "registry/write_sensor"),
}


@dataclass(frozen=True, slots=True)
class TableChanges:
    """Rows added, changed (`gone` ones among them), no longer present, left as they were, and facts left out."""

    new: int
    changed: int
    gone: int
    same: int
    skipped: int


@dataclass(frozen=True, slots=True)
class EquipmentChanges:
    """What `write_equipment` did; `findings` name the sensors about which a person should do something."""

    equipment: TableChanges
    sensors: TableChanges
    findings: tuple[str, ...]


def equipment_id_of(source: str, source_asset_id: str) -> uuid.UUID:
    """The registry's id of a device: the same for ever for the same source and id."""
    return uuid.uuid5(EQUIPMENT_NAMESPACE, f"{source}:{source_asset_id}")


def write_equipment(
    connection: Connection, equipment: Sequence[EquipmentFact], sensors: Sequence[SensorFact]
) -> EquipmentChanges:
    """Classify all facts of all sources and write the differences; unchanged facts change no row.

    Devices of records that are in no plant, and their sensors, are skipped; those that were in one are of none from
    then on. What is in the registry but no longer among the facts of its source is kept as not present. Holds the
    registry's lock until the transaction ends.
    """
    lock_registry(connection)
    placed, counted = _placed_records(connection)
    known = [fact for fact in equipment if (fact.source, fact.source_plant_id) in placed]
    of_none = [fact for fact in equipment if (fact.source, fact.source_plant_id) not in placed]
    unplaced = uuid_array(equipment_id_of(fact.source, fact.source_asset_id) for fact in of_none)
    execute(connection, "registry/unplace_devices", equipment_ids=unplaced)
    classification = classify(known, sensors, counted, _settled(connection), _stated(connection))
    sources = sorted({fact.source for fact in equipment} | {fact.source for fact in sensors})
    written_equipment = _write(
        connection,
        "equipment",
        list(_equipment_rows(classification, placed)),
        sources,
        skipped=len(equipment) - len(classification.equipment),
    )
    written_sensors = _write(
        connection,
        "sensor",
        list(_sensor_rows(classification, placed)),
        sources,
        skipped=len(sensors) - len(classification.sensors),
    )
    return EquipmentChanges(written_equipment, written_sensors, tuple(_findings(classification)))


def settle_meters(connection: Connection, roles: Mapping[uuid.UUID, MeterRole]) -> None:
    """Store what energies decided between meters in question (by equipment_id); it holds until these are others.

    Names go first: a meter that is not in question stays as it is. Holds the registry's lock until the transaction
    ends.
    """
    if not roles:
        return
    lock_registry(connection)
    execute(
        connection,
        "registry/settle_meters",
        equipment_ids=list(roles),
        main_ids=[equipment_id for equipment_id, role in roles.items() if role == "main"],
        check_meter=CHECK_METER,
        several_meters=SEVERAL_METERS,
    )


# -- reading --
def _placed_records(connection: Connection) -> tuple[dict[Key, Row[Any]], dict[Key, uuid.UUID]]:
    """Every record with its plant, the part of it and since when it is in doubt; and the plants of those that count.

    The meters of duplicates do not count, those of the gone only if all are gone.
    """
    rows = {(row.source, row.source_plant_id): row for row in execute(connection, "registry/plants_of_records")}
    with_present = {row.plant_id for row in rows.values() if row.is_present and not row.is_duplicate}
    counted = {
        key: row.plant_id
        for key, row in rows.items()
        if not row.is_duplicate and (row.is_present or row.plant_id not in with_present)
    }
    return rows, counted


def _settled(connection: Connection) -> dict[Key, MeterRole]:
    rows = execute(connection, "registry/settled_meters", check_meter=CHECK_METER).mappings()
    return {(row["source"], row["source_asset_id"]): row["role"] for row in rows}


def _stated(connection: Connection) -> dict[Key, dict[str, str]]:
    """By source and id of a sensor, the values in force by field; the newest decision wins."""
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for row in execute(connection, "registry/stated_of_sensors"):
        source, _, source_sensor_id = row.sensor.partition(":")
        found[source, source_sensor_id][row.field] = row.value
    return dict(found)


def _equipment_rows(classification: Classification, placed: Mapping[Key, Row[Any]]) -> Iterator[dict[str, object]]:
    written = {(row.fact.source, row.fact.source_asset_id) for row in classification.equipment}
    for row in classification.equipment:
        fact = row.fact
        parent_id = fact.parent_source_asset_id
        has_parent = parent_id is not None and (fact.source, parent_id) in written
        record = placed[fact.source, fact.source_plant_id]
        yield {
            "equipment_id": equipment_id_of(fact.source, fact.source_asset_id),
            "plant_id": record.plant_id,
            "part_id": record.part_id,
            "doubted_since": record.waits_since,
            "source": fact.source,
            "source_asset_id": fact.source_asset_id,
            "name": fact.name,
            "equipment_type": row.equipment_type,
            "parent_equipment_id": equipment_id_of(fact.source, parent_id) if parent_id and has_parent else None,
            "is_present": fact.is_present,
            "capacity_ac_kw": fact.capacity_ac_kw,
        }


def _sensor_rows(classification: Classification, placed: Mapping[Key, Row[Any]]) -> Iterator[dict[str, object]]:
    plant_of_device = {
        (row.fact.source, row.fact.source_asset_id): placed[row.fact.source, row.fact.source_plant_id].plant_id
        for row in classification.equipment
    }
    for row in classification.sensors:
        fact = row.fact
        yield {
            "equipment_id": equipment_id_of(fact.source, fact.source_asset_id),
            "plant_id": plant_of_device[fact.source, fact.source_asset_id],
            "source_unit": fact.unit or None,
            **{name: getattr(fact, name) for name in _OF_FACT},
            **{name: getattr(row, name) for name in _OF_ROW},
        }


def _write(
    connection: Connection,
    table: Literal["equipment", "sensor"],
    rows: Sequence[Mapping[str, object]],
    sources: Sequence[str],
    skipped: int,
) -> TableChanges:
    stage, write = _QUERIES[table]
    execute(connection, stage)
    if rows:
        copy_rows(connection, f"staged_{table}", list(rows[0]), (list(row.values()) for row in rows))
    counts = execute(connection, write, sources=list(sources)).mappings().one()
    return TableChanges(**counts, skipped=skipped)


def _findings(classification: Classification) -> Iterator[str]:
    names = {(row.fact.source, row.fact.source_asset_id): row.fact.name for row in classification.equipment}
    for row in classification.sensors:
        if row.finding and row.needs_person and row.fact.is_present:
            device = names[row.fact.source, row.fact.source_asset_id]
            yield f"{row.fact.source} sensor {row.fact.source_sensor_id} ({device}: {row.fact.name}): {row.finding}"
