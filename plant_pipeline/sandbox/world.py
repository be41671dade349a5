"""The world the sandbox serves: true plants, their records, and the assets and signals of the FlexMeasures account.

What belongs here: putting plants, strays and assets together, numbered. What does not: their values and
answers. Ids are given in the order of the plants, so a larger world keeps the ids of a smaller one.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from plant_pipeline.sandbox.plants import (
    ACCOUNT_ID,
    DATA,
    Record,
    Source,
    TruePlant,
    invented_plant,
    named_plants,
    stray_records,
)
from plant_pipeline.sandbox.weather import DAY_S, HOUR_S

HALF_HOUR_ZONES: Final = frozenset({"Asia/Kolkata", "Australia/Adelaide"})


@dataclass(frozen=True, eq=False)
class Asset:
    """An asset of FlexMeasures, a site or a device below it; `account_id` None is public.

    `plant` is None, on it and on its signals, where nothing was ever recorded.
    """

    id: int
    parent: "Asset | None"
    name: str
    asset_type: str
    timezone: str
    plant: TruePlant | None = None
    account_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    external_id: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    flex_model: Mapping[str, object] = field(default_factory=dict)
    children: list["Asset"] = field(default_factory=list)
    signals: list["Signal"] = field(default_factory=list)

    def subtree(self) -> list["Asset"]:
        """The asset and everything below it, parents first."""
        result = [self]
        for asset in result:
            result.extend(asset.children)
        return result


@dataclass(frozen=True, eq=False)
class Signal:
    """What FlexMeasures calls a sensor: a row of layouts.csv on an asset.

    `curve` is what it measures (production.py). An instantaneous signal has `resolution_s` 0 and is read every
    `reading_s`; `sign` -1 writes exports as negative; `share` is the device's part of the plant's curve.
    """

    id: int
    asset: Asset
    name: str
    curve: str
    unit: str
    resolution_s: int
    reading_s: int
    sign: int
    share: float
    attributes: Mapping[str, object]

    @property
    def is_daily(self) -> bool:
        """Whether it holds one value per local day."""
        return self.resolution_s == DAY_S


class World:
    """Plants, strays and assets of the invented company; the same on every start.

    `ravenwits` and `voke` are what those systems list, by id, each record with its plant if it is one.
    """

    def __init__(self, plants: Sequence[TruePlant]) -> None:
        self.truth = tuple(plants)
        self.by_key = {plant.key: plant for plant in plants}
        self.assets: dict[int, Asset] = {}
        self.signals: dict[int, Signal] = {}
        for stray in DATA["stray"]["flexmeasures"]:
            self._add_site(None, **stray)
        for plant in plants:
            if (record := plant.records.get("flexmeasures")) is not None:
                record["id"] = self._add_site(plant, plant.timezone, plant.style, **record).id
        # The broken record of Ravenwits stands in the middle, the gateways of Voke that are no plants at the end.
        self.ravenwits = _listed(plants, "ravenwits", 0.5)
        self.voke = _listed(plants, "voke", 1.0)

    @classmethod
    def of(cls, plants: int) -> "World":
        """A world of exactly `plants` true plants: the named ones first, then invented ones."""
        named = named_plants()[:plants]
        return cls([*named, *(invented_plant(index) for index in range(plants - len(named)))])

    @staticmethod
    @cache
    def default() -> "World":
        """The named plants; one object per process, so that its production is computed once."""
        return World(named_plants())

    def _add_site(
        self, plant: TruePlant | None, timezone: str = "UTC", style: str | None = None, **record: Any
    ) -> Asset:
        """The asset with the devices and signals of its style."""
        fields = {name: value for name, value in record.items() if name not in ("id", "has_place")}
        site = self._add(None, timezone=timezone, plant=plant, **fields)
        devices = {"": site}
        for row in _layouts().get(style, []):
            name, kind = row["equipment"], row["asset_type"]
            if kind == "battery" and (plant is None or plant.storage_kwh is None):
                continue
            if name not in devices:
                devices[name] = self._add(devices[row["parent"]], name, kind, timezone, plant, ACCOUNT_ID)
            if row["name"]:
                signal = _signal(len(self.signals) + 1, devices[name], row)
                self.signals[signal.id] = signal
                signal.asset.signals.append(signal)
        return site

    def _add(self, parent: Asset | None, *fields: Any, **more: Any) -> Asset:
        asset = Asset(len(self.assets) + 1, parent, *fields, **more)
        self.assets[asset.id] = asset
        if parent is not None:
            parent.children.append(asset)
        return asset


def _listed(plants: Sequence[TruePlant], source: Source, place: float) -> dict[str, tuple[Record, TruePlant | None]]:
    """What a system lists, by id, its strays after a share of `place` of the plants."""
    known: list[tuple[Record, TruePlant | None]]
    known = [(plant.records[source], plant) for plant in plants if source in plant.records]
    at = int(place * len(known))
    known[at:at] = [(record, None) for record in stray_records(source)]
    return {record["id"]: (record, plant) for record, plant in known}


@cache
def _layouts() -> Mapping[str | None, list[dict[str, str]]]:
    """The rows of layouts.csv by style, in their order: parents before their children."""
    result: dict[str | None, list[dict[str, str]]] = {}
    with files(__package__).joinpath("layouts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            result.setdefault(row["style"], []).append(row)
    return result


def _signal(number: int, asset: Asset, row: Mapping[str, str]) -> Signal:
    resolution_s, reading_s, sign = (int(row[name]) for name in ("resolution_s", "reading_s", "sign"))
    if resolution_s == HOUR_S and asset.timezone in HALF_HOUR_ZONES:
        resolution_s = HOUR_S // 2
    share, attributes = float(row["share"]), json.loads(row["attributes"] or "{}")
    return Signal(
        number, asset, row["name"], row["curve"], row["unit"], resolution_s, reading_s, sign, share, attributes
    )
