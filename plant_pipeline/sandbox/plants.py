"""The true plants of fleet.toml, their continuation to any size, and what each system says of them.

What belongs here: reading the data, and deriving a system's record from the truth: coordinates and capacities differ by
small amounts fixed per plant and system. What does not: assets and signals (world.py).
"""

import math
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, Literal

import numpy as np

from plant_pipeline.sandbox.noise import between, fraction

Technology = Literal["solar", "wind", "storage", "hybrid"]
Source = Literal["ravenwits", "voke", "flexmeasures"]
SOURCES: Final[tuple[Source, ...]] = ("ravenwits", "voke", "flexmeasures")
# What one system says of a plant, or of something that is none, under names of its own.
Record = dict[str, Any]

DATA: Final[Mapping[str, Any]] = tomllib.loads(files(__package__).joinpath("fleet.toml").read_text("utf-8"))
COMPANY: Final[str] = DATA["company"]
ACCOUNT_ID: Final = 1
NAMESPACE: Final = uuid.UUID("5b0f5d3a-6f6e-4b39-9a57-4a6f0e6a1c11")


@dataclass(frozen=True)
class Quirk:
    """What is crooked about the measurements of a plant, on purpose: signals, times, effect; as a rule all of them.

    Signals: of one `device`, of one `curve`. Times: in local `hours` from the first until before the second (over
    midnight if that is smaller), on `weekdays` (Monday is 0), on `days_of_month`, with `every_days` on every so
    many-th day only, 2026-11-01 among them: 4 finds one in each window of `plant-pipeline sync`. Effect: no rows,
    values times `factor`, or always `shows` (in the signal's unit); `has_forecast` adds a forecaster's; `stands_still`
    is the share of the plant that truly produces nothing. A register `loses` a share of its reading once, `at` an
    instant, or at noon of such days, and goes on from `begins_kwh` more; its clock strays by up to `jitter_min`.
    """

    device: str | None = None
    curve: str | None = None
    hours: tuple[float, float] = (0, 24)
    weekdays: tuple[int, ...] = tuple(range(7))
    days_of_month: tuple[int, ...] = tuple(range(1, 32))
    every_days: int = 1
    is_silent: bool = False
    factor: float = 1.0
    shows: float | None = None
    stands_still: float = 0.0
    has_forecast: bool = False
    loses: float = 0.0
    begins_kwh: float = 0.0
    jitter_min: int = 0
    at: datetime | None = None


@dataclass(frozen=True, eq=False)
class TruePlant:
    """A plant as it really is, and the records it is known under. Capacities in kW AC, kW DC, kWh.

    `style` (layouts.csv) is how it is instrumented in FlexMeasures, None if it is not; quirks as in fleet.toml.
    Compared and hashed by identity: it is the key of the caches of its production.
    """

    key: str
    name: str
    technology: Technology
    latitude: float
    longitude: float
    timezone: str
    country: str
    capacity_ac_kw: float
    capacity_dc_kw: float | None = None
    storage_kwh: float | None = None
    quirks: tuple[Quirk, ...] = ()
    style: str | None = None
    records: dict[Source, Record] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """The degree of latitude and longitude it stands in: what seeds its weather."""
        return f"{math.floor(self.latitude)}:{math.floor(self.longitude)}"

    @property
    def source_ids(self) -> dict[Source, str]:
        """The id of this plant in every system that knows it."""
        return {source: str(record["id"]) for source, record in self.records.items()}


def record_id(source: str, key: str) -> str:
    """The UUID under which a UUID-keyed system knows `key`."""
    return str(uuid.uuid5(NAMESPACE, f"{source}:{key}"))


def named_plants() -> list[TruePlant]:
    """All plants of fleet.toml, those known to three systems first; new objects at every call."""
    return [_named(**row) for row in DATA["plant"]]


def invented_plant(index: int) -> TruePlant:
    """Plant number `index` (from 0), a function of the index alone, so that a larger fleet only adds plants."""
    invented, is_wind, case = DATA["invented"], index % 3 == 2, (index + index // 6) % 6
    technology: Technology = "wind" if is_wind else "solar"
    spot, region = divmod(index, len(invented["regions"]))
    zone, country, latitude, half_height, longitude, half_width = invented["regions"][region]
    # The Halton sequence spreads points evenly, and adding points moves none: digits mirrored at the point.
    mirrored = [(np.base_repr(spot + 1, base)[::-1], base) for base in (2, 3)]
    north, east = (2.0 * (int(digits, base) / base ** len(digits)) - 1.0 for digits, base in mirrored)
    ac_kw = 100.0 * round(math.exp(between(math.log(15), math.log(900), "invented", index, "capacity")))
    dc_kw = None if is_wind else round(ac_kw * (1.1 + 0.2 * fraction("invented", index, "dc")), -1)
    # Two syllables; after the first 1,517 names they carry a number.
    (turn, stem), endings = divmod(index, len(invented["stems"])), invented["endings"]
    repeat = turn // len(endings)
    name = invented["stems"][stem] + endings[(3 * stem + turn) % len(endings)] + (f" {repeat + 1}" if repeat else "")
    code = name.upper().replace(" ", "_")
    ravenwits_name = f"{code}_WF" if is_wind else f"{code}_{index % 7 + 1:02d}" if index % 2 else code
    external_id = f"{code}-{index:04d}" if index % 4 == 0 or is_wind else None
    # A gateway at a wind farm says nothing of its capacity: the external id is what links it.
    voke_id = external_id if case != 3 else ravenwits_name if is_wind else None
    known: list[Source] = invented["known"][case] if case < 5 else [("ravenwits", "flexmeasures")[index % 2]]
    stated: dict[str, Record] = {
        "ravenwits": {"name": ravenwits_name} | ({} if index % 5 else {"timezone": ""}),
        "voke": {"name": f"{'VTE' if is_wind else 'FVE'} {name}", "externalPlantId": voke_id},
        "flexmeasures": {"name": f"{name} {'Wind Farm' if is_wind else 'Solar Park'}", "external_id": external_id},
    }
    styles = invented["styles"][technology]
    plant = TruePlant(
        f"invented-{index:05d}", name, technology, round(latitude + half_height * north, 5),
        round(longitude + half_width * east, 5), zone, country, ac_kw, dc_kw,
        style=styles[(index // 6) % len(styles)] if "flexmeasures" in known else None,
    )  # fmt: skip
    return _known(plant, {source: stated[source] for source in known})


def _named(quirks: Sequence[Record] = (), **row: Any) -> TruePlant:
    stated = {source: row.pop(source) for source in SOURCES if source in row}
    return _known(TruePlant(**row, quirks=tuple(Quirk(**quirk) for quirk in quirks)), stated)


def _known(plant: TruePlant, stated: Mapping[Source, Record]) -> TruePlant:
    """The plant with its record in each system that states something: up to about 250 m off, derived, its own."""
    for source, own in stated.items():
        north, east = (between(-0.0022, 0.0022, plant.key, source, side) for side in ("north", "east"))
        place = {"latitude": plant.latitude + north, "longitude": plant.longitude + east}
        digits = 4 if source == "flexmeasures" else 5
        rounded = {name: round(degrees, digits) for name, degrees in place.items() if own.get("has_place", True)}
        plant.records[source] = {"id": record_id(source, plant.key), **rounded, **_derived(plant)[source], **own}
    return plant


def _derived(plant: TruePlant) -> dict[Source, Record]:
    """What the systems say of a plant: MW, kWp within 1 % of the true DC capacity (none for wind), kWh of storage."""
    ac_mw, dc_kw, kind = plant.capacity_ac_kw / 1000.0, plant.capacity_dc_kw, DATA["technology"][plant.technology]
    return {
        "ravenwits": {
            "installed_capacity_mw": (dc_kw or plant.capacity_ac_kw) / 1000.0,
            "nominal_capacity_mw": ac_mw,
            "area": plant.country,
            "technology_type": kind["technology_type"],
            "timezone": plant.timezone,
        },
        "voke": {
            "fvePeakPowerKwp": round((dc_kw or 0.0) * between(0.99, 1.01, plant.key, "kwp"), 1),
            "capacityKwh": plant.storage_kwh or 0.0,
            "devices": kind["devices"],
        },
        "flexmeasures": {
            "asset_type": kind["asset_type"],
            "account_id": ACCOUNT_ID,
            "attributes": {"capacity_in_mw": round(ac_mw, 3)},
        },
    }
