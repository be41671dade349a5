"""The assets and sensors of the FlexMeasures account, numbered: templates, sites, equipment, sensors.

What belongs here: ids and the tree. What does not: values (readings.py) and answers (flexmeasures.py). Ids are given
in the order of the plants, so a larger fleet keeps the ids of a smaller one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from plant_pipeline.sandbox.layouts import DAY, Quantity, Reading, equipment, site_readings
from plant_pipeline.sandbox.plants import TruePlant

ACCOUNT_ID: Final = 1
ACCOUNT_NAME: Final = "Meridian Renewables"
OTHER_ACCOUNT_ID: Final = 2

ASSET_TYPES: Final[Mapping[str, tuple[int, str]]] = {
    "solar": (1, "solar panel(s)"),
    "wind": (2, "wind turbine"),
    "one-way_evse": (3, "uni-directional Electric Vehicle Supply Equipment"),
    "two-way_evse": (4, "bi-directional Electric Vehicle Supply Equipment"),
    "battery": (5, "stationary battery"),
    "building": (6, "building"),
    "process": (7, "process"),
    "heat-storage": (8, "thermal storage / buffer"),
    "inverter": (9, "PV inverter"),
    "combiner": (10, "DC combiner box"),
    "meter": (11, "revenue meter"),
    "weather-station": (12, "weather station / pyranometer"),
    "turbine": (13, "single wind turbine"),
}


@dataclass(frozen=True, eq=False)
class Asset:
    """One asset; `account_id` None is public."""

    id: int
    name: str
    asset_type: str
    account_id: int | None
    parent_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    external_id: str | None = None
    description: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    flex_model: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Sensor:
    """One sensor; `plant` is None where nothing was ever recorded."""

    id: int
    asset_id: int
    reading: Reading
    timezone: str
    plant: TruePlant | None = None
    share: float = 1.0
    equipment_name: str = ""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All assets and sensors, in the order of their ids."""

    assets: tuple[Asset, ...]
    sensors: tuple[Sensor, ...]

    @cached_property
    def asset_by_id(self) -> dict[int, Asset]:
        """Assets by id."""
        return {asset.id: asset for asset in self.assets}

    @cached_property
    def sensor_by_id(self) -> dict[int, Sensor]:
        """Sensors by id."""
        return {sensor.id: sensor for sensor in self.sensors}

    @cached_property
    def children(self) -> dict[int, list[Asset]]:
        """Direct children by the id of their parent."""
        result: dict[int, list[Asset]] = defaultdict(list)
        for asset in self.assets:
            if asset.parent_id is not None:
                result[asset.parent_id].append(asset)
        return dict(result)

    @cached_property
    def sensors_of(self) -> dict[int, list[Sensor]]:
        """Sensors on an asset itself, by the asset's id."""
        result: dict[int, list[Sensor]] = defaultdict(list)
        for sensor in self.sensors:
            result[sensor.asset_id].append(sensor)
        return dict(result)

    def subtree(self, asset_id: int) -> list[Asset]:
        """The asset and everything below it, parents first."""
        result = [self.asset_by_id[asset_id]]
        for asset in result:
            result.extend(self.children.get(asset.id, ()))
        return result

    def account_of(self, sensor: Sensor) -> int | None:
        """The account that owns a sensor's asset."""
        return self.asset_by_id[sensor.asset_id].account_id


class _Numbering:
    """Collects assets and sensors and gives the next ids."""

    def __init__(self) -> None:
        self.assets: list[Asset] = []
        self.sensors: list[Sensor] = []

    def add(self, asset: Asset) -> int:
        numbered = replace(asset, id=len(self.assets) + 1)
        self.assets.append(numbered)
        return numbered.id

    def add_sensor(
        self,
        asset_id: int,
        reading: Reading,
        timezone: str,
        plant: TruePlant | None = None,
        share: float = 1.0,
        equipment_name: str = "",
    ) -> None:
        self.sensors.append(Sensor(len(self.sensors) + 1, asset_id, reading, timezone, plant, share, equipment_name))


def build_catalogue(plants: Sequence[TruePlant]) -> tuple[Catalogue, tuple[TruePlant, ...]]:
    """Number everything; also returns the plants with the ids of their site assets filled in."""
    numbers = _Numbering()
    _add_templates(numbers)
    _add_strangers(numbers)
    known = tuple(plant if plant.flexmeasures is None else _add_site(numbers, plant) for plant in plants)
    return Catalogue(tuple(numbers.assets), tuple(numbers.sensors)), known


def _add_templates(numbers: _Numbering) -> None:
    """The three public templates that a server of this version brings along."""
    power = Reading("electricity-power", Quantity.BATTERY_POWER, "kW", 900)
    state = Reading("state-of-charge", Quantity.STORED_ENERGY, "kWh", 0, 900)
    for name, asset_type, capacity in (
        ("Battery Template", "battery", "500 kW"),
        ("EV Charger Template", "one-way_evse", "11 kW"),
        ("Heat Pump Template", "heat-storage", "5 kW"),
    ):
        key = name.lower().replace(" ", "-")
        attributes = {"template": {"key": key, "kind": "single-asset", "has_scenarios": False}}
        asset_id = numbers.add(
            Asset(0, name, asset_type, None, attributes=attributes, flex_model={"power-capacity": capacity})
        )
        numbers.add_sensor(asset_id, power, "UTC")
        numbers.add_sensor(asset_id, state, "UTC")


def _add_strangers(numbers: _Numbering) -> None:
    """An asset of another account (403 by id), and an own building that generates nothing."""
    rival = numbers.add(Asset(0, "Rival Array", "solar", OTHER_ACCOUNT_ID, latitude=52.3, longitude=4.9))
    numbers.add_sensor(rival, Reading("ac_power", Quantity.AC_POWER, "kW", 900), "Europe/Amsterdam")
    office = Asset(0, "Control Room Praha", "building", ACCOUNT_ID, latitude=50.0755, longitude=14.4378)
    indoor = Reading("indoor temperature", Quantity.AIR_TEMPERATURE, "°C", 900)
    numbers.add_sensor(numbers.add(office), indoor, "Europe/Prague")


def _add_site(numbers: _Numbering, plant: TruePlant) -> TruePlant:
    record = plant.flexmeasures
    if record is None:
        return plant
    site_id = numbers.add(
        Asset(
            id=0,
            name=record.name,
            asset_type=record.asset_type,
            account_id=ACCOUNT_ID,
            latitude=record.latitude,
            longitude=record.longitude,
            external_id=record.external_id,
            attributes=record.attributes,
            flex_model=record.flex_model,
        )
    )
    known = replace(plant, flexmeasures=replace(record, id=str(site_id)))
    ids: dict[str, int] = {}
    for item in equipment(known):
        parent_id = site_id if item.parent is None else ids[item.parent]
        ids[item.name] = numbers.add(Asset(0, item.name, item.asset_type, ACCOUNT_ID, parent_id))
        for reading in item.readings:
            numbers.add_sensor(ids[item.name], reading, known.timezone, known, item.share, item.name)
    for reading in site_readings(known):
        numbers.add_sensor(site_id, reading, known.timezone, known)
    return known


def is_daily(sensor: Sensor) -> bool:
    """Whether the sensor holds one value per local day."""
    return sensor.reading.resolution_s == DAY
