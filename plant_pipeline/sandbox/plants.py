"""The true plants of fleet.toml, their continuation to any size, and what each system says of them.

What belongs here: reading the data, and deriving a system's record from the truth: coordinates and capacities differ by
small amounts fixed per plant and system. What does not: assets and signals (world.py).
"""

import math
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, Literal

from plant_pipeline.sandbox.noise import between, fraction

Technology = Literal["solar", "wind", "storage", "hybrid"]
Source = Literal["ravenwits", "voke", "flexmeasures"]
# What one system says of a plant, or of something that is none, under names of its own.
Record = dict[str, Any]
Stated = Record | None

DATA: Final[Mapping[str, Any]] = tomllib.loads(files(__package__).joinpath("fleet.toml").read_text("utf-8"))
COMPANY: Final[str] = DATA["company"]
ACCOUNT_ID: Final = 1
NAMESPACE: Final = uuid.UUID("5b0f5d3a-6f6e-4b39-9a57-4a6f0e6a1c11")


@dataclass(frozen=True)
class Quirk:
    """What is crooked about the measurements of a plant, on purpose: signals, times, effect; as a rule all of them.

    Signals: of one `device`, of one `curve`. Times: from `since` until before `until`, in local `hours` from the first
    until before the second (over midnight if that is smaller), on `weekdays` (Monday is 0), with `every_days` on every
    so many-th day only, 2026-11-01 among them: 4 finds one in each window of `plant-pipeline sync`. Effect: no rows,
    values times `factor`, or always `shows` (in the signal's unit); `has_forecast` adds a forecaster's;
    `stands_still` is the share of the plant that truly produces nothing. A register `loses` a share of its reading
    once, `at` an instant, or at noon of every `day_of_month` or with `every_days`, and goes on from `begins_kwh` more;
    its clock strays by up to `jitter_min`.
    """

    device: str | None = None
    curve: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    hours: tuple[float, float] = (0, 24)
    weekdays: tuple[int, ...] = tuple(range(7))
    every_days: int | None = None
    is_silent: bool = False
    factor: float = 1.0
    shows: float | None = None
    stands_still: float = 0.0
    has_forecast: bool = False
    loses: float = 0.0
    begins_kwh: float = 0.0
    jitter_min: int = 0
    at: datetime | None = None
    day_of_month: int = 1


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
    def has_sun(self) -> bool:
        """Whether it has solar modules."""
        return self.technology in ("solar", "hybrid")

    @property
    def source_ids(self) -> dict[Source, str]:
        """The id of this plant in every system that knows it."""
        return {source: str(record["id"]) for source, record in self.records.items()}


def record_id(source: str, key: str) -> str:
    """The UUID under which a UUID-keyed system knows `key`."""
    return str(uuid.uuid5(NAMESPACE, f"{source}:{key}"))


def named_plants() -> list[TruePlant]:
    """All plants of fleet.toml, those known to three systems first; new objects at every call."""
    return [_known(**row) for row in DATA["plant"]]


def stray_records(source: Source) -> list[Record]:
    """What a system lists that is no plant, or breaks its documented range."""
    rows = (dict(row) for row in DATA["stray"][source])
    return [{"id": record_id(source, row.pop("key")), **row} for row in rows]


def invented_plant(index: int) -> TruePlant:
    """Plant number `index` (from 0), a function of the index alone, so that a larger fleet only adds plants.

    A unique name, a place in one of eight zones; of six plants two are in all systems, three in each pair of two, one
    in a single system.
    """
    invented, is_wind, case = DATA["invented"], index % 3 == 2, (index + index // 6) % 6
    spot, region = divmod(index, len(invented["regions"]))
    zone, country, latitude, half_height, longitude, half_width = invented["regions"][region]
    ac_kw = 100.0 * round(math.exp(between(math.log(15), math.log(900), "invented", index, "capacity")))
    name = _invented_name(index, invented["stems"], invented["endings"])
    code = name.upper().replace(" ", "_")
    ravenwits_name = f"{code}_WF" if is_wind else f"{code}_{index % 7 + 1:02d}" if index % 2 else code
    external_id = f"{code}-{index:04d}" if index % 4 == 0 or is_wind else None
    # A gateway at a wind farm says nothing of its capacity: the external id is what links it.
    voke_id = external_id if case != 3 else ravenwits_name if is_wind else None
    ravenwits: Record = {"name": ravenwits_name} | ({} if index % 5 else {"timezone": ""})
    voke = {"name": f"{'VTE' if is_wind else 'FVE'} {name}", "externalPlantId": voke_id}
    flexmeasures = {"name": f"{name} {'Wind Farm' if is_wind else 'Solar Park'}", "external_id": external_id}
    styles = invented["wind_styles" if is_wind else "solar_styles"]
    in_flexmeasures = case in (0, 1, 2, 4) or (case == 5 and index % 2 == 1)
    return _known(
        ravenwits if case in (0, 1, 2, 3) or (case == 5 and index % 2 == 0) else None,
        voke if case in (0, 1, 3, 4) else None,
        flexmeasures if in_flexmeasures else None,
        key=f"invented-{index:05d}",
        name=name,
        technology="wind" if is_wind else "solar",
        latitude=round(latitude + half_height * (2.0 * _radical_inverse(spot + 1, 2) - 1.0), 5),
        longitude=round(longitude + half_width * (2.0 * _radical_inverse(spot + 1, 3) - 1.0), 5),
        timezone=zone,
        country=country,
        capacity_ac_kw=ac_kw,
        capacity_dc_kw=None if is_wind else round(ac_kw * (1.1 + 0.2 * fraction("invented", index, "dc")), -1),
        style=styles[(index // 6) % len(styles)] if in_flexmeasures else None,
    )


def _known(ravenwits: Stated = None, voke: Stated = None, flexmeasures: Stated = None, **truth: Any) -> TruePlant:
    """A true plant with its record in each system that states something about it."""
    plant = TruePlant(**{**truth, "quirks": tuple(Quirk(**row) for row in truth.get("quirks", ()))})
    stated: dict[Source, Stated] = {"ravenwits": ravenwits, "voke": voke, "flexmeasures": flexmeasures}
    for source, own in stated.items():
        if own is not None:
            place = _near(plant, source) if own.get("has_place", True) else {}
            plant.records[source] = {"id": record_id(source, plant.key), **place, **_derived(plant)[source], **own}
    return plant


def _near(plant: TruePlant, source: Source) -> Record:
    """The plant's coordinates as one system has them: up to about 250 m off, rounded."""
    north, east = (between(-0.0022, 0.0022, plant.key, source, side) for side in ("north", "east"))
    digits = 4 if source == "flexmeasures" else 5
    return {"latitude": round(plant.latitude + north, digits), "longitude": round(plant.longitude + east, digits)}


def _derived(plant: TruePlant) -> dict[Source, Record]:
    """What the systems say of a plant: MW, kWp within 1 % of the true DC capacity (none for wind), kWh of storage."""
    ac_mw, dc_kw = plant.capacity_ac_kw / 1000.0, plant.capacity_dc_kw
    inverters = (("INV1", "INVERTER"), ("INV2", "INVERTER")) if plant.has_sun else ()
    batteries = (("BAT1", "BATTERY"),) if plant.storage_kwh is not None else ()
    return {
        "ravenwits": {
            "installed_capacity_mw": (dc_kw or plant.capacity_ac_kw) / 1000.0,
            "nominal_capacity_mw": ac_mw,
            "area": plant.country,
            "technology_type": "eolica" if plant.technology == "wind" else "solar",
            "timezone": plant.timezone,
        },
        "voke": {
            "fvePeakPowerKwp": round((dc_kw or 0.0) * between(0.99, 1.01, plant.key, "kwp"), 1),
            "capacityKwh": plant.storage_kwh or 0.0,
            "devices": (("R1", "CABINET"), ("E1", "METER"), *inverters, *batteries),
        },
        "flexmeasures": {
            "asset_type": {"storage": "battery", "wind": "wind"}.get(plant.technology, "solar"),
            "account_id": ACCOUNT_ID,
            "attributes": {"capacity_in_mw": round(ac_mw, 3)},
        },
    }


def _invented_name(index: int, stems: list[str], endings: list[str]) -> str:
    """A place name; the first 1,517 are two syllables, later ones carry a number."""
    turn, stem = divmod(index, len(stems))
    name = stems[stem] + endings[(3 * stem + turn) % len(endings)]
    repeat = turn // len(endings)
    return name if repeat == 0 else f"{name} {repeat + 1}"


def _radical_inverse(index: int, base: int) -> float:
    """The Halton sequence: spreads points evenly, and adding points moves none."""
    result, weight = 0.0, 1.0 / base
    while index:
        index, digit = divmod(index, base)
        result += digit * weight
        weight /= base
    return result
