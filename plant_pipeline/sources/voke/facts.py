"""What Voke's typed tables say of plants and equipment.

What belongs here: which records are plants, what capacities and devices mean. What does not: matching with other
systems. Voke's "plant" is a gateway at a site and need not belong to a power plant at all.

The serial number is no key of a plant: it names the gateway, which can be replaced or moved, and is unique within one
organisation only.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact, Technology
from plant_pipeline.sources.source import Facts, ReadTable
from plant_pipeline.sources.voke.metrics import attributes_of, unit_of
from plant_pipeline.sources.voke.telemetry import OF_PLANT

SOURCE = "voke"
ENERGY_METHOD = "voke_telemetry"
_PLANT_DEVICES = frozenset({"INVERTER", "METER", "BATTERY"})
_NOT_BY_ITSELF = (
    "no capacity, no inverter, meter or battery, no externalPlantId: a plant only if it clearly matches one elsewhere"
)


def facts(
    read: ReadTable,
    quarantined: Mapping[str, set[str]],  # noqa: ARG001 -- the seam's signature: a bad record keeps its last good row
    settings: SourceSettings | None,  # noqa: ARG001 -- the seam's signature: the key alone decides whose plants come
) -> Facts:
    """A candidate for each plant ever listed, all of their devices, and what is measured at both.

    A plant that sends telemetry of its own is a device as well.
    """
    plants = read("voke.plant")
    devices_of, metrics_of = _by_plant(read("voke.sub_device")), _by_plant(read("voke.metric"))
    equipment: list[EquipmentFact] = []
    sensors: list[SensorFact] = []
    for plant in plants:
        devices, metrics = devices_of[plant["id"]], metrics_of[plant["id"]]
        if any(metric["device"] == OF_PLANT for metric in metrics):
            equipment.append(_gateway(plant))
        equipment += [_equipment(device) for device in devices]
        sensors += _sensors(plant, devices, metrics)
    return Facts([_candidate(plant, devices_of[plant["id"]]) for plant in plants], equipment, sensors)


def _by_plant(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["plant_id"]].append(row)
    return found


def _candidate(plant: Mapping[str, Any], devices: list[Mapping[str, Any]]) -> PlantCandidate:
    peak_kwp, storage_kwh = _above_zero(plant["fve_peak_power_kwp"]), _above_zero(plant["capacity_kwh"])
    is_plant = peak_kwp is not None or storage_kwh is not None or bool(plant["external_plant_id"])
    # Nobody asks for the devices of a plant that has left: what it had last still says what it was.
    is_plant = is_plant or any(
        device["type"] in _PLANT_DEVICES and (device["is_present"] or not plant["is_present"]) for device in devices
    )
    place = (plant["latitude"], plant["longitude"])
    has_place = None not in place and place != (0.0, 0.0)
    return PlantCandidate(
        source=SOURCE,
        source_plant_id=plant["id"],
        name=plant["name"],
        is_plant=True if is_plant else None,
        is_present=plant["is_present"],
        observed_at=plant["fetched_at"],
        reason=None if is_plant else _NOT_BY_ITSELF,
        technology=_technology(peak_kwp, storage_kwh),
        latitude=place[0] if has_place else None,
        longitude=place[1] if has_place else None,
        capacity_dc_kw=peak_kwp,
        storage_kwh=storage_kwh,
        own_keys=(plant["id"],),
        external_keys=(plant["external_plant_id"],) if plant["external_plant_id"] else (),
        has_load=plant["plant_with_load"],
    )


def _above_zero(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _technology(peak_kwp: float | None, storage_kwh: float | None) -> Technology | None:
    if peak_kwp is not None:
        return "hybrid" if storage_kwh is not None else "solar"
    return "storage" if storage_kwh is not None else None


def _equipment(device: Mapping[str, Any]) -> EquipmentFact:
    return EquipmentFact(
        source=SOURCE,
        source_asset_id=device["id"],
        source_plant_id=device["plant_id"],
        name=device["name"] or device["external_id"] or device["id"],
        source_type=device["type"] or "",
        is_present=device["is_present"],
    )


def _gateway(plant: Mapping[str, Any]) -> EquipmentFact:
    return EquipmentFact(
        source=SOURCE,
        source_asset_id=plant["id"],
        source_plant_id=plant["id"],
        name=plant["name"],
        source_type=plant["type"] or "",
        is_present=plant["is_present"],
    )


def _sensors(
    plant: Mapping[str, Any], devices: Sequence[Mapping[str, Any]], metrics: Sequence[Mapping[str, Any]]
) -> Iterator[SensorFact]:
    """The series of a plant; those of a device that was never listed wait for it."""
    by_external_id = {device["external_id"]: device for device in devices if device["external_id"]}
    for metric in metrics:
        device = plant if metric["device"] == OF_PLANT else by_external_id.get(metric["device"])
        if device is not None:
            yield SensorFact(
                source=SOURCE,
                source_sensor_id=metric["id"],
                source_asset_id=device["id"],
                name=metric["metric"],
                unit=metric["unit"] or unit_of(metric["metric"]),
                resolution=timedelta(),
                is_present=plant["is_present"] and device["is_present"],
                attributes=attributes_of(metric["metric"], device["type"] or ""),
                energy_method=ENERGY_METHOD,
            )
