"""The assets and sensors of the FlexMeasures account, numbered: templates, sites, equipment, sensors.

What belongs here: ids and the tree, from the layouts of layouts.csv. What does not: values (readings.py) and answers
(flexmeasures.py). Ids are given in the order of the plants, so a larger fleet keeps the ids of a smaller one.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from plant_pipeline.sandbox.plants import Asset, TruePlant
from plant_pipeline.sandbox.roster import ACCOUNT_ID, DATA

MINUTE: Final = 60
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
HALF_HOUR_ZONES: Final = frozenset({"Asia/Kolkata", "Australia/Adelaide"})


@dataclass(frozen=True)
class Reading:
    """A row of layouts.csv: the sensor `name` on the asset `equipment` (empty: on the site) below `parent`.

    `curve` is what it measures (readings.py). An instantaneous sensor has `resolution_s` 0 and is read every
    `reading_s`; `sign` -1 writes exports as negative; `share` is the equipment's part of the plant's curve. Without a
    name the row is equipment that has no sensor.
    """

    style: str
    equipment: str
    asset_type: str
    parent: str
    name: str
    curve: str
    unit: str
    resolution_s: int
    reading_s: int
    sign: int
    share: float
    attributes: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Sensor:
    """One sensor; `plant` is None where nothing was ever recorded."""

    id: int
    asset_id: int
    reading: Reading
    timezone: str
    plant: TruePlant | None = None

    @property
    def is_daily(self) -> bool:
        """Whether the sensor holds one value per local day."""
        return self.reading.resolution_s == DAY


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
    def children(self) -> Mapping[int | None, list[Asset]]:
        """Direct children by the id of their parent."""
        result: dict[int | None, list[Asset]] = defaultdict(list)
        for asset in self.assets:
            result[asset.parent_id].append(asset)
        return result

    @cached_property
    def sensors_of(self) -> Mapping[int, list[Sensor]]:
        """Sensors on an asset itself, by the asset's id."""
        result: dict[int, list[Sensor]] = defaultdict(list)
        for sensor in self.sensors:
            result[sensor.asset_id].append(sensor)
        return result

    def subtree(self, asset_id: int) -> list[Asset]:
        """The asset and everything below it, parents first."""
        result = [self.asset_by_id[asset_id]]
        for asset in result:
            result.extend(self.children.get(asset.id, ()))
        return result


@cache
def layouts() -> Mapping[str, list[Reading]]:
    """The rows of layouts.csv by style, in their order: parents before their children."""
    result: dict[str, list[Reading]] = defaultdict(list)
    with files(__package__).joinpath("layouts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            numbers = {name: int(row[name] or 0) for name in ("resolution_s", "reading_s", "sign")}
            share, attributes = float(row["share"] or 0), json.loads(row["attributes"] or "{}")
            texts: dict[str, Any] = row | numbers
            result[row["style"]].append(Reading(**(texts | {"share": share, "attributes": attributes})))
    return result


def build_catalogue(plants: Sequence[TruePlant]) -> tuple[Catalogue, tuple[TruePlant, ...]]:
    """Number everything; also returns the plants with the ids of their site assets filled in."""
    assets: list[Asset] = []
    sensors: list[Sensor] = []

    def add(asset: Asset) -> Asset:
        assets.append(replace(asset, id=len(assets) + 1))
        return assets[-1]

    def add_sensor(asset_id: int, reading: Reading, timezone: str, plant: TruePlant | None = None) -> None:
        sensors.append(Sensor(len(sensors) + 1, asset_id, reading, timezone, plant))

    def add_site(plant: TruePlant, record: Asset) -> TruePlant:
        site = add(record)
        known, ids = replace(plant, flexmeasures=site), {"": site.id}
        for reading in _instruments(known):
            if reading.equipment not in ids:
                parent_id = ids[reading.parent]
                ids[reading.equipment] = add(Asset(reading.equipment, reading.asset_type, ACCOUNT_ID, parent_id)).id
            if reading.name:
                add_sensor(ids[reading.equipment], reading, known.timezone, known)
        return known

    for entry in DATA["asset"]:
        stated = {name: value for name, value in entry.items() if name not in ("style", "timezone")}
        asset_id = add(Asset(**stated)).id
        for reading in layouts()[entry["style"]]:
            add_sensor(asset_id, reading, entry.get("timezone", "UTC"))
    known = tuple(plant if plant.flexmeasures is None else add_site(plant, plant.flexmeasures) for plant in plants)
    return Catalogue(tuple(assets), tuple(sensors)), known


def _instruments(plant: TruePlant) -> list[Reading]:
    """The plant's layout: without battery where nothing is stored, half hours where the zone is half an hour off."""
    rows = layouts()[plant.style] if plant.style is not None else []
    if plant.storage_kwh is None:
        rows = [row for row in rows if row.asset_type != "battery"]
    if plant.timezone in HALF_HOUR_ZONES:
        rows = [replace(row, resolution_s=HOUR // 2) if row.resolution_s == HOUR else row for row in rows]
    return rows
