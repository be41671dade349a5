"""What FlexMeasures' typed tables say of plants, equipment and sensors.

What belongs here: which assets are plants, what their attributes mean. What does not: matching with other systems,
what a sensor measures.

A plant is an asset whose parent is not in the listing and that is of a generation or storage type, or below which power
or energy is measured. Everything below a plant is its equipment; the plant's own asset is too, if sensors sit on it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.flexmeasures.power import MOST_KW, power_in_kw
from plant_pipeline.sources.flexmeasures.variables import account_id
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact, Technology
from plant_pipeline.sources.source import Facts, ReadTable
from plant_pipeline.units import conversion

SOURCE = "flexmeasures"
_TECHNOLOGY_WORDS: Mapping[str, Technology] = {
    "solar": "solar",
    "pv": "solar",
    "photovoltaic": "solar",
    "photovoltaics": "solar",
    "wind": "wind",
    "windmill": "wind",
    "battery": "storage",
    "storage": "storage",
    "bess": "storage",
    "hydro": "other",
    "biomass": "other",
    "biogas": "other",
    "chp": "other",
    "generator": "other",
    "geothermal": "other",
}


@dataclass(frozen=True)
class _Tree:
    """The listing as a tree: assets by id, children, sensors by asset."""

    assets: Mapping[int, Mapping[str, Any]]
    sensors: Sequence[Mapping[str, Any]]
    quarantined_ids: Set[str]

    def parent(self, asset_id: int) -> int | None:
        """The parent, if the listing holds it; an asset that is still there does not leave with its parent."""
        parent = self.assets[asset_id]["parent_asset_id"]
        if parent not in self.assets or parent == asset_id:
            return None
        is_left_behind = self.assets[asset_id]["is_present"] and not self.assets[parent]["is_present"]
        return None if is_left_behind else int(parent)

    @cached_property
    def children(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for asset_id in self.assets:
            if (parent := self.parent(asset_id)) is not None:
                found[parent].append(asset_id)
        return found

    @cached_property
    def sensors_of(self) -> Mapping[int, list[Mapping[str, Any]]]:
        found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for sensor in self.sensors:
            found[sensor["generic_asset_id"]].append(sensor)
        return found

    def trees(self) -> Iterator[list[int]]:
        """Each top asset with everything below it, parents first.

        What hangs below a quarantined parent waits with it. Of a circle of parents the asset with the lowest id counts
        as the top: none may vanish.
        """
        tops = [asset_id for asset_id in self.assets if self.parent(asset_id) is None]
        waiting = {asset_id for asset_id in tops if self._waits(asset_id)}
        seen: set[int] = set()
        for top in [*tops, *sorted(self.assets)]:
            if top not in seen:
                members = self._below(top)
                seen.update(members)
                if top not in waiting:
                    yield members

    def _waits(self, asset_id: int) -> bool:
        parent = self.assets[asset_id]["parent_asset_id"]
        return parent not in self.assets and str(parent) in self.quarantined_ids

    def _below(self, asset_id: int) -> list[int]:
        found, waiting = {asset_id: None}, [asset_id]
        while waiting:
            for child in self.children.get(waiting.pop(), ()):
                if child not in found:
                    found[child] = None
                    waiting.append(child)
        return list(found)


def facts(read: ReadTable, quarantined: Mapping[str, set[str]], settings: SourceSettings | None) -> Facts:
    """Plants, equipment and sensors of the account.

    What belongs to no account (templates), or to another one, is in the listing if it is so configured, and never a
    plant by itself: the topmost of it are named as what they are. An asset of the account below one of these is a top.
    """
    account = account_id(settings)
    type_names = {row["id"]: row["name"] for row in read("flexmeasures.asset_type")}
    listed = [{**row, "type_name": _type_name(row, type_names)} for row in read("flexmeasures.asset")]
    sensors_listed, quarantined_ids = read("flexmeasures.sensor"), quarantined.get("asset", set())
    tree = _Tree({row["id"]: row for row in listed if _is_own(row, account)}, sensors_listed, quarantined_ids)
    others = _Tree(
        {row["id"]: row for row in listed if not _is_own(row, account) and row["is_present"]}, (), quarantined_ids
    )
    foreign = [_foreign(others, members[0], account) for members in others.trees()]
    plants, equipment, sensors = [], [], []
    for members in tree.trees():
        root = members[0]
        candidate = _candidate(tree, root, members)
        plants.append(candidate)
        if candidate.is_plant:
            equipment += [
                _equipment(tree, root, asset_id) for asset_id in members if _is_equipment(tree, root, asset_id)
            ]
            sensors += [_sensor(sensor) for asset_id in members for sensor in tree.sensors_of.get(asset_id, ())]
    return Facts([*plants, *foreign], equipment, sensors)


def _foreign(tree: _Tree, root: int, account: str | None) -> PlantCandidate:
    owner = tree.assets[root]["account_id"]
    whose = "it belongs to no account: a public asset" if owner is None else f"of account {owner}, not of {account}"
    return replace(_candidate(tree, root, [root]), is_plant=False, reason=whose)


def _is_own(asset: Mapping[str, Any], account: str | None) -> bool:
    return asset["account_id"] is not None and account in (None, str(asset["account_id"]))


def _type_name(asset: Mapping[str, Any], type_names: Mapping[int, str]) -> str:
    described = asset["generic_asset_type"]
    if isinstance(described, dict) and isinstance(described.get("name"), str):
        return str(described["name"])
    return type_names.get(asset["generic_asset_type_id"], "")


def technology_of_type(type_name: str) -> Technology | None:
    """The technology a type's name states; None for types that do not generate or store."""
    words = re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", type_name).lower())
    found = [_TECHNOLOGY_WORDS[word] for word in words if word in _TECHNOLOGY_WORDS]
    return _joined(set(found))


def _joined(technologies: set[Technology]) -> Technology | None:
    if len(technologies) < 2:
        return next(iter(technologies), None)
    generation = technologies - {"storage", "hybrid"}
    return "hybrid" if "storage" in technologies or "hybrid" in technologies or len(generation) > 1 else None


def _candidate(tree: _Tree, root: int, members: list[int]) -> PlantCandidate:
    asset = tree.assets[root]
    sensors = [sensor for asset_id in members for sensor in tree.sensors_of.get(asset_id, ())]
    own_technology = technology_of_type(asset["type_name"])
    is_plant = own_technology is not None or any(_measures_power_or_energy(sensor) for sensor in sensors)
    below: set[Technology] = {
        technology
        for asset_id in members[1:]
        if (technology := technology_of_type(tree.assets[asset_id]["type_name"])) is not None
    }
    observed_at: datetime = asset["fetched_at"]
    return PlantCandidate(
        source=SOURCE,
        source_plant_id=str(root),
        name=asset["name"],
        is_plant=is_plant,
        is_present=asset["is_present"],
        observed_at=observed_at,
        reason=None
        if is_plant
        else f"type {asset['type_name']!r} does not generate or store, and no power is measured",
        technology=own_technology or _joined(below),
        latitude=_coordinate(asset, "latitude"),
        longitude=_coordinate(asset, "longitude"),
        capacity_ac_kw=_capacity_ac_kw(asset),
        external_keys=(asset["external_id"],) if asset["external_id"] else (),
        sensor_timezones=tuple(sensor["timezone"] for sensor in sensors if sensor["timezone"]),
    )


def _measures_power_or_energy(sensor: Mapping[str, Any]) -> bool:
    converted = conversion(sensor["unit"] or "")
    return converted is not None and converted[0] in ("W", "Wh")


def _coordinate(asset: Mapping[str, Any], name: str) -> float | None:
    """A coordinate, unless it is half a pair or the null island."""
    pair = (asset["latitude"], asset["longitude"])
    return None if None in pair or pair == (0.0, 0.0) else float(asset[name])


def _capacity_ac_kw(asset: Mapping[str, Any]) -> float | None:
    attributes = asset["attributes"] if isinstance(asset["attributes"], dict) else {}
    flex_model = asset["flex_model"] if isinstance(asset["flex_model"], dict) else {}
    found = (power_in_kw(attributes.get("capacity_in_mw"), "MW"), power_in_kw(flex_model.get("power-capacity"), None))
    return next((round(in_kw, 6) for in_kw in found if in_kw is not None and 0 < in_kw <= MOST_KW), None)


def _is_equipment(tree: _Tree, root: int, asset_id: int) -> bool:
    return asset_id != root or bool(tree.sensors_of.get(root))


def _equipment(tree: _Tree, root: int, asset_id: int) -> EquipmentFact:
    asset = tree.assets[asset_id]
    parent = tree.parent(asset_id) if asset_id != root else None
    return EquipmentFact(
        source=SOURCE,
        source_asset_id=str(asset_id),
        source_plant_id=str(root),
        name=asset["name"],
        source_type=asset["type_name"],
        is_present=asset["is_present"],
        parent_source_asset_id=str(parent) if parent is not None and _is_equipment(tree, root, parent) else None,
        capacity_ac_kw=_capacity_ac_kw(asset),
    )


def _sensor(sensor: Mapping[str, Any]) -> SensorFact:
    return SensorFact(
        source=SOURCE,
        source_sensor_id=str(sensor["id"]),
        source_asset_id=str(sensor["generic_asset_id"]),
        name=sensor["name"],
        unit=sensor["unit"] or "",
        resolution=sensor["event_resolution"],
        is_present=sensor["is_present"],
        timezone=sensor["timezone"],
        attributes=sensor["attributes"] if isinstance(sensor["attributes"], dict) else {},
    )
