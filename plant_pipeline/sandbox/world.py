"""The world the sandbox serves: true plants, their records, and the assets and signals of the FlexMeasures account.

Ids are given in the order of the plants, so a larger world keeps the ids of a smaller one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from plant_pipeline.sandbox.plants import ACCOUNT_ID, DATA, Record, Source, TruePlant, invented_plant, named_plants
from plant_pipeline.sandbox.weather import DAY_S, HOUR_S

HALF_HOUR_ZONES: Final = frozenset({"Asia/Kolkata", "Australia/Adelaide"})


@dataclass(frozen=True, eq=False)
class Asset:
    """An asset of FlexMeasures, a site or a device below it; public without account, never measured without plant."""

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
                record["id"] = self._add_site(plant, plant.timezone, plant.style or "", **record).id
        # The broken record of Ravenwits stands in the middle, the gateways of Voke that are no plants at the end.
        self.ravenwits = _listed(plants, "ravenwits", 0.5)
        self.voke = _listed(plants, "voke", 1.0)

    @staticmethod
    @cache
    def of(plants: int = len(DATA["plant"])) -> "World":
        """A world of named plants, then invented ones; one object a process, so that production is computed once."""
        named = named_plants()[:plants]
        return World([*named, *(invented_plant(index) for index in range(plants - len(named)))])

    def _add_site(self, plant: TruePlant | None, timezone: str = "UTC", style: str = "", **record: Any) -> Asset:
        """The asset with the devices and signals of its style."""
        fields = {name: value for name, value in record.items() if name not in ("id", "has_place")}
        site = self._add(None, timezone=timezone, plant=plant, **fields)
        devices = {"": site}
        for _, name, kind, parent, *layout in _layouts().get(style, []):
            if kind == "battery" and (plant is None or plant.storage_kwh is None):
                continue
            if name not in devices:
                devices[name] = self._add(devices[parent], name, kind, timezone, plant, ACCOUNT_ID)
            signal = Signal(len(self.signals) + 1, devices[name], *layout)
            if signal.resolution_s == HOUR_S and timezone in HALF_HOUR_ZONES:
                signal = replace(signal, resolution_s=HOUR_S // 2)
            if signal.name:
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
    known = [(plant.records[source], plant) for plant in plants if source in plant.records]
    at, strays = int(place * len(known)), [(record, None) for record in DATA["stray"][source]]
    return {record["id"]: (record, plant) for record, plant in [*known[:at], *strays, *known[at:]]}


@cache
def _layouts() -> Mapping[str, list[tuple[Any, ...]]]:
    """The rows of layouts.csv by style, in their order: parents before their children."""
    rows = pd.read_csv(
        str(files(__package__).joinpath("layouts.csv")),
        converters={"attributes": lambda text: json.loads(text or "{}")},
        keep_default_na=False,
    )
    return {str(style): list(own.itertuples(index=False)) for style, own in rows.groupby("style")}
