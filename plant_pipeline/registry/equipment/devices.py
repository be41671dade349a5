"""The devices of one record of a source: their place in the tree of assets, their kinds, what their sensors measure.

What belongs here: what is decided by looking at the devices and sensors of one plant record together. What does not: a
single sensor's quantity (quantity.py), the choice between meters (main_meter.py), rows of the registry (classify.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from plant_pipeline.registry.equipment.main_meter import Key, MeterRole
from plant_pipeline.registry.equipment.quantity import (
    NO_QUANTITY,
    PRODUCTION_QUANTITIES,
    UNIT_OF_QUANTITY,
    SensorPlace,
    Verdict,
    is_reference,
    measured,
    truth_of,
)
from plant_pipeline.registry.equipment.rules import Words, rules, words_of
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline.units import conversion

StatedOfSensors = Mapping[Key, Mapping[str, str]]
"""By source and id of a sensor, what people say of it: values by `SENSOR_FIELDS` of statements."""

POWER_AND_ENERGY_UNITS = frozenset({"W", "Wh"})
EXCHANGE_QUANTITIES = frozenset({"grid_power", "import_energy", "export_energy"})
PRODUCERS = frozenset({"inverter", "turbine"})
_WEATHER = frozenset({"irradiance_poa", "irradiance_ghi", "module_temperature", "ambient_temperature", "wind_speed"})
_DC = frozenset({"dc_power", "dc_voltage", "dc_current"})
_AC = frozenset({"ac_power", "ac_voltage", "ac_current"})


@dataclass(slots=True)
class Device:
    """One device while it is being classified. `ancestors`: parents, nearest first, without the plant's own asset."""

    fact: EquipmentFact
    is_plant: bool
    name: Words
    source_type: Words
    ancestors: tuple[Key, ...] = ()
    has_children: bool = False
    equipment_type: str = "other"
    sensors: list["Sensor"] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Source and id of the device."""
        return (self.fact.source, self.fact.source_asset_id)

    @property
    def record(self) -> Key:
        """Source and id of the plant record it belongs to."""
        return (self.fact.source, self.fact.source_plant_id)

    @property
    def place(self) -> SensorPlace:
        """What judging one of its sensors needs to know."""
        return SensorPlace(self.equipment_type, self.name, self.source_type, self.is_plant)

    @property
    def scope(self) -> Key | None:
        """The part of the plant it lies in; None: directly in the plant."""
        return self.ancestors[0] if self.ancestors else None

    @property
    def energy_method(self) -> str | None:
        """What energy from it is called, if it is told apart; all sensors of a device come from one source."""
        return next((sensor.fact.energy_method for sensor in self.sensors), None)

    @property
    def stated_role(self) -> MeterRole | None:
        """What people say that this meter is."""
        said = {sensor.stated["role"] for sensor in self.sensors if "role" in sensor.stated}
        return "main" if "main" in said else "check" if said else None

    def counts(self, quantities: frozenset[str]) -> bool:
        """Whether it measures one of these at present, as an input."""
        return any(sensor.is_counted and sensor.verdict.quantity in quantities for sensor in self.sensors)


@dataclass(slots=True)
class Sensor:
    """One sensor while it is being classified. `is_counted`: present and no daily reference.

    `stated`: what people say of it (`SENSOR_FIELDS` of statements), which wins over the rules.
    """

    fact: SensorFact
    unit: str | None
    is_counted: bool
    stated: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=lambda: Verdict(None))

    @property
    def is_cumulative(self) -> bool:
        """Whether a reading is a counter's state, not the energy of an interval."""
        if "cumulative" in self.stated:
            return self.unit == "Wh" and self.stated["cumulative"] == "true"
        return self.unit == "Wh" and (
            not self.fact.resolution or truth_of(self.fact.attributes.get("cumulative")) is True
        )


# -- the asset tree --
def read_devices(
    equipment: Iterable[EquipmentFact], sensors: Iterable[SensorFact], stated: StatedOfSensors
) -> dict[Key, Device]:
    """The devices with their sensors and their places in the tree; a sensor of an unknown device is left out."""
    devices: dict[Key, Device] = {}
    for fact in equipment:
        is_plant = fact.source_asset_id == fact.source_plant_id
        devices[fact.source, fact.source_asset_id] = Device(
            fact, is_plant, words_of(fact.name), words_of(fact.source_type)
        )
    for device in devices.values():
        device.ancestors = tuple(_ancestors(device, devices))
        if device.ancestors:
            devices[device.ancestors[0]].has_children = True
    present = {device.record for device in devices.values() if device.fact.is_present}
    for sensor in sensors:
        owner = devices.get((sensor.source, sensor.source_asset_id))
        if owner is None:
            continue
        converted = conversion(sensor.unit)
        # A plant that left its source altogether is kept as it was last seen.
        is_current = (sensor.is_present and owner.fact.is_present) or owner.record not in present
        is_counted = is_current and not is_reference(sensor)
        said = stated.get((sensor.source, sensor.source_sensor_id), {})
        owner.sensors.append(Sensor(sensor, converted[0] if converted else None, is_counted, said))
    return devices


def _ancestors(device: Device, devices: Mapping[Key, Device]) -> Iterable[Key]:
    """Parents, nearest first, up to but without the plant's own asset."""
    seen = {device.key}
    parent_id = device.fact.parent_source_asset_id
    while parent_id is not None:
        parent = devices.get((device.fact.source, parent_id))
        if parent is None or parent.is_plant or parent.key in seen:
            return
        seen.add(parent.key)
        yield parent.key
        parent_id = parent.fact.parent_source_asset_id


# -- kinds of equipment --
def classify_record(devices: Sequence[Device]) -> None:
    """Kinds and quantities of one record's devices: words first, then what is measured, then who stands in."""
    for device in devices:
        device.equipment_type = _type_by_words(device)
    _undo_groups(devices)
    for device in devices:
        if device.equipment_type == "other":
            device.equipment_type = _type_by_measurements(device)
        for sensor in device.sensors:
            sensor.verdict = _stated_verdict(sensor) or measured(sensor.fact, device.place)
        _settle_duplicates(device)
    _appoint_stand_ins(devices)


def _stated_verdict(sensor: Sensor) -> Verdict | None:
    quantity = sensor.stated.get("quantity")
    if quantity == NO_QUANTITY:
        return Verdict(None, "a person says that it is not to be used", is_settled=True)
    if quantity is None or UNIT_OF_QUANTITY[quantity] != sensor.unit:
        return None
    return Verdict(quantity)


def _type_by_words(device: Device) -> str:
    kinds = rules().equipment_types
    of_type = next((kind for kind, terms in kinds.items() if terms.occur_in(device.source_type)), None)
    if of_type or device.is_plant:
        return of_type or "other"
    for table in (kinds, rules().equipment_short_names):
        of_name = next((kind for kind, terms in table.items() if terms.occur_in(device.name)), None)
        if of_name:
            return of_name
    if "wind" in device.source_type.split and not device.has_children:
        return "turbine"
    return "other"


def _undo_groups(devices: Sequence[Device]) -> None:
    """A device named after the kind of its children ("Inverters") is a group of them."""
    kinds = {device.key: device.equipment_type for device in devices}
    groups = {device.scope for device in devices if device.scope and kinds[device.scope] == device.equipment_type}
    for device in devices:
        is_by_name = not any(terms.occur_in(device.source_type) for terms in rules().equipment_types.values())
        if device.key in groups and is_by_name:
            device.equipment_type = "other"


def _type_by_measurements(device: Device) -> str:
    found = {measured(sensor.fact, device.place).quantity for sensor in device.sensors} - {None}
    units = {sensor.unit for sensor in device.sensors}
    if (found & _WEATHER or "W/m²" in units) and not units & {"W", "Wh", "V", "A"}:
        return "weather_station"
    if device.is_plant:
        return "other"
    if "state_of_charge" in found and not found & (PRODUCTION_QUANTITIES | EXCHANGE_QUANTITIES):
        return "battery"
    has_ac_power = any(s.unit == "W" and rules().has("ac", words_of(s.fact.name)) for s in device.sensors)
    if found & _DC and (has_ac_power or found & _AC):
        return "inverter"
    return "meter" if {"import_energy", "export_energy"} <= found else "other"


def _settle_duplicates(device: Device) -> None:
    """Leave at most one sensor of a device with the same power or energy: adding it twice would double it.

    The better one is named more plainly, or is the total, or has the shorter interval; if none is better, none is used.
    """
    same: dict[tuple[str, bool], list[Sensor]] = defaultdict(list)
    for sensor in device.sensors:
        if sensor.is_counted and sensor.verdict.quantity and sensor.unit in POWER_AND_ENERGY_UNITS:
            same[sensor.verdict.quantity, sensor.is_cumulative].append(sensor)
    for (quantity, _), sensors in same.items():
        best = min(map(_preference, sensors))
        chosen = [sensor for sensor in sensors if _preference(sensor) == best]
        for sensor in sensors:
            if len(chosen) > 1:
                sensor.verdict = Verdict(
                    None,
                    f"one of {len(chosen)} sensors of this device that could be its {quantity}: none is used, as they "
                    "may be the same or parts of a sum; mark the right one with 'total' in its name at the source",
                )
            elif sensor is not chosen[0]:
                sensor.verdict = Verdict(
                    None, f"repeats the {quantity} of this device, for which another sensor is used", is_settled=True
                )


def _preference(sensor: Sensor) -> tuple[bool, bool, bool, timedelta]:
    is_total = rules().has("total", words_of(sensor.fact.name))
    return ("quantity" not in sensor.stated, not sensor.verdict.is_explicit, not is_total, sensor.fact.resolution)


def _appoint_stand_ins(devices: Sequence[Device]) -> None:
    """Let what carries production without being a meter or inverter stand in for them where there is none.

    The plant's own asset acts as the meter unless a meter below sees the plant; of other assets the topmost ones that
    produce act as the meter (one) or as inverters (several).
    """
    carrying = [device for device in devices if device.counts(PRODUCTION_QUANTITIES)]
    meter_scopes = {device.scope for device in carrying if device.equipment_type == "meter"}
    carriers = [device for device in carrying if device.equipment_type == "other"]
    own = [device for device in carriers if device.is_plant]
    if not meter_scopes or (len(meter_scopes) > 1 and None not in meter_scopes):
        for device in own:
            device.equipment_type = "meter"
    if meter_scopes or any(device.equipment_type in PRODUCERS for device in carrying):
        return
    keys = {device.key for device in carriers}
    topmost = [device for device in carriers if not device.is_plant and keys.isdisjoint(device.ancestors)]
    for device in topmost:
        device.equipment_type = "inverter" if own or len(topmost) > 1 else "meter"
