"""How a plant's day compares: with its forecast, with its own last days, with plants like it nearby.

What belongs here: pure rules from figures to shares, and the order in which plants need a look. What does not: reading,
drawing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from statistics import median
from typing import Literal

import numpy as np
from scipy.spatial import KDTree

from plant_pipeline.report.fleet_days import RecentDays
from plant_pipeline.report.headline import ReportPlant

LOW = 0.7
BELOW = 0.9
ABOVE = 1.1
FEWEST_OWN_DAYS = 7
FEWEST_PEERS = 3
MOST_PEERS = 8
PEER_KM = 150.0
_EARTH_KM = 6371.0

JudgedBy = Literal["performance_ratio", "forecast", "peers"]
DayStanding = Literal["low", "below", "normal", "above", "not_compared", "no_energy", "no_sensors"]


@dataclass(frozen=True, slots=True)
class DayComparison:
    """A plant's day over what it is compared with, 1 as expected; None: there is nothing to compare with.

    `forecast`: energy over forecast energy. `own_days`: energy over the median of its other known days of the span.
    `own_ratio`: the same of its performance ratio, which the weather moves less. `peers`: energy per AC capacity over
    the median of the nearest plants of its technology. `usual_kwh`: that median of its own days.
    """

    forecast: float | None = None
    own_days: float | None = None
    own_ratio: float | None = None
    peers: float | None = None
    peer_count: int = 0
    usual_kwh: float | None = None

    @property
    def basis(self) -> JudgedBy | None:
        """What the plant is judged by: its performance ratio, else its forecast, else its peers; None: by nothing.

        Not by its energy of other days: that is weather.
        """
        if self.own_ratio is not None:
            return "performance_ratio"
        if self.forecast is not None:
            return "forecast"
        return "peers" if self.peers is not None else None

    @property
    def share(self) -> float | None:
        """The day over what was to be expected by that basis."""
        return next((own for own in (self.own_ratio, self.forecast, self.peers) if own is not None), None)


def compare_plants(plants: Sequence[ReportPlant], days: Mapping[str, RecentDays]) -> dict[str, DayComparison]:
    """The comparison of each plant with known energy, by plant code."""
    known = [plant for plant in plants if plant.produced_kwh is not None]
    peers = nearest_peers(known)
    load = {plant.plant_code: plant.figures["full_load_hours"] for plant in known if "full_load_hours" in plant.figures}
    compared = {}
    for plant in known:
        own = days.get(plant.plant_code)
        of_peers = [load[code] for code in peers.get(plant.plant_code, ()) if code in load]
        is_compared = plant.plant_code in load and len(of_peers) >= FEWEST_PEERS
        compared[plant.plant_code] = DayComparison(
            forecast=share_of(plant.produced_kwh, plant.figures.get("forecast_energy_kwh")),
            own_days=share_of(plant.produced_kwh, _usual(own.produced_kwh)) if own else None,
            own_ratio=share_of(own.performance_ratio[-1], _usual(own.performance_ratio)) if own else None,
            usual_kwh=_usual(own.produced_kwh) if own else None,
            peers=share_of(load[plant.plant_code], median(of_peers)) if is_compared else None,
            peer_count=len(of_peers) if is_compared else 0,
        )
    return compared


def share_of(value: float | None, expected: float | None) -> float | None:
    """`value / expected`; None where either is unknown, or nothing was expected."""
    return value / expected if value is not None and expected is not None and expected > 0 else None


def _usual(series: Sequence[float | None]) -> float | None:
    """The median of all days but the last, if enough of them are known."""
    others = [value for value in series[:-1] if value is not None]
    return median(others) if len(others) >= FEWEST_OWN_DAYS else None


def nearest_peers(plants: Iterable[ReportPlant]) -> dict[str, list[str]]:
    """Of each plant with a place, the codes of the nearest others of its technology, within `PEER_KM`."""
    by_technology: dict[str, list[tuple[str, tuple[float, float, float]]]] = defaultdict(list)
    for plant in plants:
        if plant.technology and plant.latitude is not None and plant.longitude is not None:
            point = _on_sphere(plant.latitude, plant.longitude)
            by_technology[plant.technology].append((plant.plant_code, point))
    chord = 2 * sin(PEER_KM / _EARTH_KM / 2)
    peers = {}
    for placed in by_technology.values():
        codes = [code for code, _ in placed]
        points = np.array([point for _, point in placed])
        _, found = KDTree(points).query(points, k=MOST_PEERS + 1, distance_upper_bound=chord)
        for number, near in enumerate(np.asarray(found).tolist()):
            # Where fewer are near enough the rest of the row is the number of points.
            peers[codes[number]] = [codes[other] for other in near if other not in (number, len(codes))][:MOST_PEERS]
    return peers


def _on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    north, east = radians(latitude), radians(longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def standing_of(plant: ReportPlant, compared: DayComparison | None) -> DayStanding:
    """How a plant stands on the day, as map and ranking show it."""
    if plant.missing_reason is not None:
        return "no_sensors" if plant.missing_reason == "no_sensors" else "no_energy"
    share = compared.share if compared else None
    if share is None:
        return "not_compared"
    if share < LOW:
        return "low"
    if share < BELOW:
        return "below"
    return "above" if share > ABOVE else "normal"


def shortfall_kwh(plant: ReportPlant, compared: DayComparison | None) -> float:
    """Energy that the day lacks to what was to be expected, kWh; 0 where nothing does."""
    share = compared.share if compared else None
    if compared is None or share is None or share >= 1 or plant.produced_kwh is None:
        return 0.0
    if share > 0:
        return plant.produced_kwh * (1 / share - 1)
    return plant.figures.get("forecast_energy_kwh") or compared.usual_kwh or 0.0


_ORDER: Sequence[DayStanding] = ("no_energy", "low", "below")


def ranked(plants: Iterable[ReportPlant], compared: Mapping[str, DayComparison]) -> list[ReportPlant]:
    """The plants that need a look first.

    Without energy the largest first, low ones by what they lack, then those that may still change, then by share.
    """

    def place(plant: ReportPlant) -> tuple[int, float, float, str]:
        own = compared.get(plant.plant_code)
        standing = standing_of(plant, own)
        share = own.share if own and own.share is not None else 1.0
        if standing in _ORDER:
            lacking = (plant.capacity_kw or 0.0) if standing == "no_energy" else shortfall_kwh(plant, own)
            return _ORDER.index(standing), -lacking, share, plant.plant_code
        return len(_ORDER) + (plant.status != "provisional"), 0.0, share, plant.plant_code

    return sorted(plants, key=place)
