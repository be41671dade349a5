"""Devices and sensors of the sources as the registry keeps them: from facts to classified rows.

What belongs here: putting the decisions together for all plants. What does not: the kinds of devices (devices.py), a
single sensor's quantity (quantity.py), the choice between meters (main_meter.py), the words (sensor_rules.toml), the
warehouse (equipment.py).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from plant_pipeline.registry.equipment.devices import (
    POWER_AND_ENERGY_UNITS,
    PRODUCERS,
    Device,
    Sensor,
    StatedOfSensors,
    classify_record,
    read_devices,
)
from plant_pipeline.registry.equipment.main_meter import (
    CHECK_METER,
    Key,
    MainMeters,
    MeterRole,
    PlantDevice,
    main_meters,
)
from plant_pipeline.registry.equipment.quantity import PRODUCTION_QUANTITIES, is_reference, truth_of
from plant_pipeline.registry.equipment.rules import rules, words_of
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact

_NET_OF_LOAD = frozenset({"grid_power", "export_energy"})

ONLY_EXCHANGE = (
    "the plant measures exchange with the grid but no production, and a load behind the meter cannot be ruled out: not "
    "taken for production; put 'production' into the name at the source if it is"
)


@dataclass(frozen=True, slots=True)
class ClassifiedEquipment:
    """One device; `equipment_type` as in `registry.equipment`."""

    fact: EquipmentFact
    equipment_type: str


@dataclass(frozen=True, slots=True)
class ClassifiedSensor:
    """One sensor as in `registry.sensor`: `unit` is canonical, `finding` says why something could not be told.

    `needs_person`: there is something a person should do about the finding.
    """

    fact: SensorFact
    quantity: str | None
    unit: str | None
    is_cumulative: bool
    sign: Literal[1, -1] | None
    is_main: bool
    is_reference: bool
    raptor_sensor_type: str | None
    finding: str | None
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Classification:
    """All devices and sensors, each ordered by source and id. Sensors of unknown devices are left out."""

    equipment: tuple[ClassifiedEquipment, ...]
    sensors: tuple[ClassifiedSensor, ...]


def classify(
    equipment: Iterable[EquipmentFact],
    sensors: Iterable[SensorFact],
    plants: Mapping[Key, Hashable] | None = None,
    settled: Mapping[Key, MeterRole] | None = None,
    stated: StatedOfSensors | None = None,
) -> Classification:
    """Classify all devices and sensors; pure, and the order of the facts does not matter.

    `plants`: which plant each record (source, source_plant_id) that counts belongs to; None: each is a plant of its
    own. A record that is absent there (a duplicate) has no main meter. `settled`: main and check meters as energies
    decided them earlier. `stated`: what people say of sensors, which wins over the rules.
    """
    devices = read_devices(equipment, sensors, stated or {})
    by_record: dict[Key, list[Device]] = defaultdict(list)
    for device in devices.values():
        by_record[device.record].append(device)
    for members in by_record.values():
        classify_record(members)
    by_plant: dict[Hashable, list[Key]] = defaultdict(list)
    for record, plant in (plants or {record: record for record in by_record}).items():
        by_plant[plant].append(record)
    meters = _meters_of_plants(by_record, by_plant.values(), settled)
    exported = _exported(by_record, by_plant.values())
    return Classification(
        tuple(ClassifiedEquipment(device.fact, device.equipment_type) for _, device in sorted(devices.items())),
        tuple(
            sorted(
                (_row(device, sensor, meters, exported) for device in devices.values() for sensor in device.sensors),
                key=lambda row: (row.fact.source, row.fact.source_sensor_id),
            )
        ),
    )


# -- main meters --
def _meters_of_plants(
    by_record: Mapping[Key, Sequence[Device]],
    plants: Iterable[Sequence[Key]],
    settled: Mapping[Key, MeterRole] | None,
) -> MainMeters:
    mains: set[Key] = set()
    findings: dict[Key, str] = {}
    for members in plants:
        devices = [device for record in members for device in by_record.get(record, ())]
        if not any(device.counts(PRODUCTION_QUANTITIES) for device in devices):
            findings.update({device.key: ONLY_EXCHANGE for device in devices if device.counts(_NET_OF_LOAD)})
            continue
        for method in {device.energy_method for device in devices}:
            producing = [d for d in devices if d.energy_method == method and _is_producing(d)]
            chosen = main_meters([_as_plant_device(device) for device in producing], members, settled)
            mains |= chosen.mains
            findings.update(chosen.findings or {})
    return MainMeters(frozenset(mains), findings)


def _exported(by_record: Mapping[Key, Sequence[Device]], plants: Iterable[Sequence[Key]]) -> frozenset[Key]:
    """The devices that may go to Raptor Maps: those of a second system would repeat a plant that another one shows."""
    found: set[Key] = set()
    for members in plants:
        devices = [device for record in members for device in by_record.get(record, ())]
        own = [device for device in devices if device.energy_method is None]
        is_shown = any(_is_producing(device) for device in own)
        found.update(device.key for device in (own if is_shown else devices))
    return frozenset(found)


def _is_producing(device: Device) -> bool:
    return device.equipment_type in {*PRODUCERS, "meter"} and device.counts(PRODUCTION_QUANTITIES)


def _as_plant_device(device: Device) -> PlantDevice:
    is_meter = device.equipment_type == "meter"
    return PlantDevice(device.key, device.record, device.fact.name, device.ancestors, is_meter, device.stated_role)


# -- rows --
def _row(device: Device, sensor: Sensor, meters: MainMeters, exported: Set[Key]) -> ClassifiedSensor:
    quantity = sensor.verdict.quantity
    reference = is_reference(sensor.fact)
    finding, needs_person = sensor.verdict.finding, bool(sensor.verdict.finding) and not sensor.verdict.is_settled
    if reference and quantity is None:
        finding, needs_person = "a daily figure computed elsewhere: kept for comparison, never an input", False
    elif quantity in (PRODUCTION_QUANTITIES | _NET_OF_LOAD) and not reference:
        finding = _finding_on_meter(device, sensor, meters)
        needs_person = finding is not None and finding != CHECK_METER
    return ClassifiedSensor(
        fact=sensor.fact,
        quantity=quantity,
        unit=sensor.unit,
        is_cumulative=sensor.is_cumulative,
        sign=_sign(sensor),
        is_main=not reference and device.key in meters.mains and quantity in PRODUCTION_QUANTITIES,
        is_reference=reference,
        raptor_sensor_type=_raptor_sensor_type(device, sensor) if device.key in exported and not reference else None,
        finding=finding,
        needs_person=needs_person,
    )


def _finding_on_meter(device: Device, sensor: Sensor, meters: MainMeters) -> str | None:
    finding = meters.finding(device.key)
    is_about_production = finding != ONLY_EXCHANGE
    return finding if (sensor.verdict.quantity in PRODUCTION_QUANTITIES) == is_about_production else None


def _sign(sensor: Sensor) -> Literal[1, -1] | None:
    """What people say, else the sensor's attribute: a label on the values as posted; they are not turned by it."""
    if "sign" in sensor.stated:
        return 1 if sensor.stated["sign"] == "1" else -1
    is_consumption_positive = truth_of(sensor.fact.attributes.get("consumption_is_positive"))
    if sensor.unit not in POWER_AND_ENERGY_UNITS or is_consumption_positive is None:
        return None
    return -1 if is_consumption_positive else 1


def _raptor_sensor_type(device: Device, sensor: Sensor) -> str | None:
    quantity = sensor.verdict.quantity
    if quantity is None or rules().has("part", words_of(sensor.fact.name)):
        return None
    if quantity == "production_energy" and not sensor.is_cumulative:
        return None
    return rules().raptor_sensor_types.get(device.equipment_type, {}).get(quantity)
