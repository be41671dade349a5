"""The plants of fleet.toml, their continuation to any size, and what each system says of a plant.

What belongs here: reading the data, and deriving a system's record from the truth: coordinates and capacities differ by
small amounts fixed per plant and system. What does not: ids of assets and sensors (catalogue.py).
"""

import math
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from plant_pipeline.sandbox.noise import between, fraction
from plant_pipeline.sandbox.plants import Asset, RavenwitsRecord, TruePlant, VokeRecord

DATA: Final[Mapping[str, Any]] = tomllib.loads(files(__package__).joinpath("fleet.toml").read_text("utf-8"))
COMPANY: Final[str] = DATA["company"]
ACCOUNT_ID: Final = 1
NAMESPACE: Final = uuid.UUID("5b0f5d3a-6f6e-4b39-9a57-4a6f0e6a1c11")

Stated = Mapping[str, Any]


def record_id(source: str, key: str) -> str:
    """The UUID under which a UUID-keyed system knows `key`."""
    return str(uuid.uuid5(NAMESPACE, f"{source}:{key}"))


def named_plants() -> tuple[TruePlant, ...]:
    """All plants of fleet.toml, those known to three systems first."""
    return tuple(_known(**row) for row in DATA["plant"])


def gateways() -> tuple[VokeRecord, ...]:
    """What Voke lists that is no plant."""
    return tuple(_gateway(**row) for row in DATA["gateway"])


def broken_record() -> RavenwitsRecord:
    """The one record of Ravenwits that breaks its documented range."""
    stated = dict(DATA["broken"])
    return RavenwitsRecord(id=record_id("ravenwits", stated.pop("key")), **stated)


def invented_plant(index: int) -> TruePlant:
    """Plant number `index` (from 0), a function of the index alone, so that a larger fleet only adds plants.

    A unique name, a place in one of eight zones; of six plants two are in all systems, three in each pair of two, one
    in a single system.
    """
    invented = DATA["invented"]
    regions, is_wind, case = invented["regions"], index % 3 == 2, (index + index // 6) % 6
    zone, country, latitude, half_height, longitude, half_width = regions[index % len(regions)]
    spot = index // len(regions) + 1
    ac_kw = 100.0 * round(math.exp(between(math.log(15), math.log(900), "invented", index, "capacity")))
    name = _invented_name(index, invented["stems"], invented["endings"])
    code = name.upper().replace(" ", "_")
    ravenwits_name = f"{code}_WF" if is_wind else f"{code}_{index % 7 + 1:02d}" if index % 2 else code
    external_id = f"{code}-{index:04d}" if index % 4 == 0 or is_wind else None
    # A gateway at a wind farm says nothing of its capacity: the external id is what links it.
    voke_id = external_id if case != 3 else ravenwits_name if is_wind else None
    styles = invented["wind_styles" if is_wind else "solar_styles"]
    in_ravenwits = case in (0, 1, 2, 3) or (case == 5 and index % 2 == 0)
    in_flexmeasures = case in (0, 1, 2, 4) or (case == 5 and index % 2 == 1)
    return _known(
        {"name": ravenwits_name, **({} if index % 5 else {"timezone": ""})} if in_ravenwits else None,
        {"name": f"{'VTE' if is_wind else 'FVE'} {name}", "external_plant_id": voke_id}
        if case in (0, 1, 3, 4)
        else None,
        {"name": f"{name} {'Wind Farm' if is_wind else 'Solar Park'}", "external_id": external_id}
        if in_flexmeasures
        else None,
        key=f"invented-{index:05d}",
        name=name,
        technology="wind" if is_wind else "solar",
        latitude=round(latitude + half_height * (2.0 * _radical_inverse(spot, 2) - 1.0), 5),
        longitude=round(longitude + half_width * (2.0 * _radical_inverse(spot, 3) - 1.0), 5),
        timezone=zone,
        country=country,
        capacity_ac_kw=ac_kw,
        capacity_dc_kw=None if is_wind else round(ac_kw * (1.1 + 0.2 * fraction("invented", index, "dc")), -1),
        style=styles[(index // 6) % len(styles)] if in_flexmeasures else None,
    )


def _known(
    ravenwits: Stated | None = None, voke: Stated | None = None, flexmeasures: Stated | None = None, **truth: Any
) -> TruePlant:
    """A true plant with its record in each system that states something about it."""
    plant = TruePlant(**truth)
    return replace(
        plant,
        ravenwits=None if ravenwits is None else _in_ravenwits(plant, ravenwits),
        voke=None if voke is None else _in_voke(plant, **voke),
        flexmeasures=None if flexmeasures is None else _in_flexmeasures(plant, **flexmeasures),
    )


def _near(plant: TruePlant, source: str, digits: int) -> dict[str, float]:
    """The plant's coordinates as one system has them: up to about 250 m off, rounded."""
    north, east = (between(-0.0022, 0.0022, plant.key, source, side) for side in ("north", "east"))
    return {"latitude": round(plant.latitude + north, digits), "longitude": round(plant.longitude + east, digits)}


def _in_ravenwits(plant: TruePlant, stated: Stated) -> RavenwitsRecord:
    """MW, nominal = AC, installed = DC for solar."""
    derived = {
        "id": record_id("ravenwits", plant.key),
        **_near(plant, "ravenwits", 5),
        "installed_mw": (plant.capacity_dc_kw or plant.capacity_ac_kw) / 1000.0,
        "nominal_mw": plant.capacity_ac_kw / 1000.0,
        "area": plant.country,
        "technology_type": "eolica" if plant.technology == "wind" else "solar",
        "timezone": plant.timezone,
    }
    return RavenwitsRecord(**{**derived, **stated})


def _in_voke(plant: TruePlant, has_place: bool = True, **stated: Any) -> VokeRecord:
    """KWp within 1 % of the true DC capacity, kWh of storage, nothing for wind."""
    devices = [("R1", "CABINET"), ("E1", "METER")]
    if plant.technology in ("solar", "hybrid"):
        devices += [("INV1", "INVERTER"), ("INV2", "INVERTER")]
    if plant.storage_kwh is not None:
        devices.append(("BAT1", "BATTERY"))
    derived = {
        "id": record_id("voke", plant.key),
        **(_near(plant, "voke", 5) if has_place else {}),
        "peak_kwp": round((plant.capacity_dc_kw or 0.0) * between(0.99, 1.01, plant.key, "kwp"), 1),
        "capacity_kwh": plant.storage_kwh or 0.0,
        "sub_devices": tuple(devices),
    }
    return VokeRecord(**{**derived, **stated})


def _in_flexmeasures(plant: TruePlant, has_place: bool = True, **stated: Any) -> Asset:
    """MW as an attribute; the asset's id follows when the whole catalogue is numbered."""
    derived = {
        "asset_type": {"storage": "battery", "wind": "wind"}.get(plant.technology, "solar"),
        "account_id": ACCOUNT_ID,
        **(_near(plant, "flexmeasures", 4) if has_place else {}),
        "attributes": {"capacity_in_mw": round(plant.capacity_ac_kw / 1000.0, 3)},
    }
    return Asset(**{**derived, **stated})


def _gateway(key: str, sub_devices: tuple[tuple[str, str], ...] = (), **stated: Any) -> VokeRecord:
    return VokeRecord(record_id("voke", key), sub_devices=tuple((name, kind) for name, kind in sub_devices), **stated)


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
