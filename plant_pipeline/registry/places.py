"""Where a plant is: distances on the sphere, the time zone and the country at a place.

What belongs here: geography of single places. What does not: which of several places is believed (golden).
"""

import math
from functools import lru_cache
from importlib.resources import files
from typing import Final

import pycountry
import tzfpy

from plant_pipeline.days import is_zone
from plant_pipeline.sources.shapes import PlantCandidate

EARTH_RADIUS_KM: Final = 6371.0088  # mean radius, IUGG
SWAPPED_WITHIN_KM: Final = 5.0  # coordinates the wrong way round, where the right way is farther than ...
NOT_SWAPPED_KM: Final = 100.0

Coordinates = tuple[float, float]
"""Latitude and longitude in degrees."""


def place_of(candidate: PlantCandidate) -> Coordinates | None:
    """Latitude and longitude of a record; None if unknown, impossible, or 0,0, which systems write for unknown."""
    latitude, longitude = candidate.latitude, candidate.longitude
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return None if latitude == 0 and longitude == 0 else (float(latitude), float(longitude))


def distance_km(one: Coordinates, other: Coordinates) -> float:
    """Great-circle distance of two places (haversine)."""
    latitude_1, longitude_1, latitude_2, longitude_2 = map(math.radians, (*one, *other))
    half = (
        math.sin((latitude_2 - latitude_1) / 2) ** 2
        + math.cos(latitude_1) * math.cos(latitude_2) * math.sin((longitude_2 - longitude_1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


def are_swapped(one: Coordinates, other: Coordinates) -> bool:
    """Whether two far places are one if latitude and longitude of either are exchanged."""
    is_place = abs(one[1]) <= 90
    return (
        is_place and distance_km(one, other) > NOT_SWAPPED_KM and distance_km(swapped(one), other) <= SWAPPED_WITHIN_KM
    )


def swapped(place: Coordinates) -> Coordinates:
    """With latitude and longitude exchanged."""
    return place[1], place[0]


@lru_cache(maxsize=200_000)
def zone_at(latitude: float, longitude: float) -> str | None:
    """IANA zone at a place; at sea a fixed offset (`Etc/GMT-1`)."""
    zone = tzfpy.get_tz(longitude, latitude)
    return zone if is_zone(zone) else None


@lru_cache(maxsize=1024)
def country_code(text: str | None) -> str | None:
    """`text` as ISO 3166 alpha-3 if it is one (any case), else None."""
    found = pycountry.countries.get(alpha_3=text.strip().upper()) if text else None
    return str(found.alpha_3) if found else None


@lru_cache(maxsize=1024)
def country_of_zone(zone: str | None) -> str | None:
    """ISO 3166 alpha-3 of the country a zone belongs to, by the zone database's own table; None for none (Etc/UTC)."""
    if zone is None:
        return None
    countries = _alpha_2_of_zones()
    alpha_2 = countries.get(zone) or countries.get(_zone_links().get(zone, ""))
    found = pycountry.countries.get(alpha_2=alpha_2) if alpha_2 else None
    return str(found.alpha_3) if found else None


@lru_cache(maxsize=1)
def _alpha_2_of_zones() -> dict[str, str]:
    rows = (line.split("\t") for line in _zone_file("zone.tab") if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@lru_cache(maxsize=1)
def _zone_links() -> dict[str, str]:
    """Old names of zones and what they are called now (lines `L <zone> <old name>` of the compiled source)."""
    rows = (line.split() for line in _zone_file("tzdata.zi") if line.startswith("L "))
    return {row[2]: row[1] for row in rows}


def _zone_file(name: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
