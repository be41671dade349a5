"""The fleet on a map: outlines of countries, and a mark for each plant by how its day stands.

What belongs here: the outlines, the projection, drawing. What does not: how a plant stands (comparison.py).
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import cos, radians

from markupsafe import Markup

from plant_pipeline.report.comparison import DayStanding
from plant_pipeline.report.headline import ReportPlant
from plant_pipeline.report.svg import element, picture, polyline

WIDTH, MOST_HEIGHT, LEAST_HEIGHT = 960.0, 560.0, 260.0
_LEAST_DEGREES = 4.0
_MARGIN = 0.08
_MANY = 300


# From the back of the picture to its front; a form each, as colours are not seen by all.
STANDINGS: Mapping[DayStanding, str] = {
    "no_sensors": "no sensor",
    "not_compared": "nothing to compare with",
    "normal": "as expected, within 10 %",
    "above": "above, by more than 10 %",
    "below": "below, by 10 to 30 %",
    "low": "low, by more than 30 %",
    "no_energy": "energy unknown",
}
_FORMS: Mapping[DayStanding, str] = {
    "no_sensors": "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z",
    "not_compared": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "normal": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",
    "above": "M0 -6L5.5 4H-5.5Z",
    "below": "M0 6L5.5 -4H-5.5Z",
    "low": "M0 7.5L7 -5H-7Z",
    "no_energy": "M-5 -5L5 5M-5 5L5 -5",
}
_Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Frame:
    """The part of the world that is drawn, degrees; equal distances at its middle look equal."""

    west: float
    east: float
    south: float
    north: float

    @property
    def height(self) -> float:
        """Of the picture, in its own units."""
        degrees = (self.east - self.west) * cos(radians((self.south + self.north) / 2))
        return WIDTH * (self.north - self.south) / degrees

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Where a point is drawn."""
        x = (longitude - self.west) / (self.east - self.west) * WIDTH
        return round(x, 1), round((self.north - latitude) / (self.north - self.south) * self.height, 1)

    def shows(self, ring: _Ring) -> bool:
        """Whether a part of the ring may lie in it."""
        west, east = min(east for east, _ in ring), max(east for east, _ in ring)
        south, north = min(north for _, north in ring), max(north for _, north in ring)
        return west < self.east and east > self.west and south < self.north and north > self.south


def frame_of(points: Sequence[tuple[float, float]]) -> Frame:
    """The frame around points (longitude, latitude), with a margin, in a shape that fits a page."""
    longitudes, latitudes = zip(*points, strict=True)
    west, east = _widened(min(longitudes), max(longitudes), _LEAST_DEGREES)
    south, north = _widened(min(latitudes), max(latitudes), _LEAST_DEGREES)
    shrink = cos(radians((south + north) / 2))
    if WIDTH * (north - south) / ((east - west) * shrink) > MOST_HEIGHT:
        west, east = _widened(west, east, (north - south) * WIDTH / MOST_HEIGHT / shrink, margin=0.0)
    elif WIDTH * (north - south) / ((east - west) * shrink) < LEAST_HEIGHT:
        south, north = _widened(south, north, (east - west) * shrink * LEAST_HEIGHT / WIDTH, margin=0.0)
    return Frame(west, east, max(south, -90.0), min(north, 90.0))


def _widened(low: float, high: float, least: float, *, margin: float = _MARGIN) -> tuple[float, float]:
    half = max((high - low) * (0.5 + margin), least / 2)
    return (low + high) / 2 - half, (low + high) / 2 + half


def draw_map(plants: Sequence[tuple[ReportPlant, DayStanding, str]], *, detail: float = 1.0) -> Markup | None:
    """Plants with their standing and a line of words each, on the countries around them; None: no place is known.

    Outlines have points `detail` units apart, of `WIDTH` units.
    """
    placed = [
        (own, standing, words)
        for own, standing, words in plants
        if own.latitude is not None and own.longitude is not None
    ]
    if not placed:
        return None
    frame = frame_of([(own.longitude or 0.0, own.latitude or 0.0) for own, _, _ in placed])
    order = list(STANDINGS)
    scale = 1.0 if len(placed) <= _MANY else 0.6
    marks = [
        _mark(frame, scale, *own) for own in sorted(placed, key=lambda own: (order.index(own[1]), own[0].plant_code))
    ]
    counts = {name: sum(standing == name for _, standing, _ in placed) for name in reversed(order)}
    said = ", ".join(f"{count} {STANDINGS[name]}" for name, count in counts.items() if count)
    return picture(
        "Map of the fleet by how the day compares with what was to be expected",
        WIDTH,
        round(frame.height),
        element("g", *_outlines(frame, detail), class_="land"),
        element("g", *marks),
        desc=f"{len(placed)} plants with a known place: {said}. The table of plants has the figures.",
        class_="map",
    )


def draw_key(standing: DayStanding) -> Markup:
    """The mark of a standing for a legend beside its words."""
    form = element("path", d=_FORMS[standing], class_=f"m-{standing}", transform="translate(9 9)")
    return picture(STANDINGS[standing], 18, 18, form, class_="key")


def _mark(frame: Frame, scale: float, plant: ReportPlant, standing: DayStanding, words: str) -> Markup:
    x, y = frame.place(plant.longitude or 0.0, plant.latitude or 0.0)
    return element(
        "path",
        element("title", f"{plant.name}: {words}"),
        d=_FORMS[standing],
        class_=f"m-{standing}",
        transform=f"translate({x:g} {y:g})" + (f"scale({scale:g})" if scale != 1 else ""),
    )


def _outlines(frame: Frame, detail: float) -> Iterator[Markup]:
    for country, rings in read_countries().items():
        drawn = [
            polyline(_thinned([frame.place(*point) for point in ring], detail), is_closed=True)
            for ring in rings
            if frame.shows(ring)
        ]
        if drawn:
            yield element("path", element("title", country), d="".join(drawn))


def _thinned(points: Sequence[tuple[float, float]], detail: float) -> list[tuple[float, float]]:
    """Without points that lie within `detail` units of the last one kept: nobody sees them."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= detail:
            kept.append((x, y))
    return kept


@lru_cache(maxsize=1)
def read_countries() -> Mapping[str, Sequence[_Ring]]:
    """The outlines of each country, rings of (longitude, latitude); `world/README.md` says whose."""
    countries: dict[str, list[_Ring]] = {}
    text = files("plant_pipeline.report").joinpath("world", "countries.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        points = [point.split("/") for point in row["ring"].split(" ")]
        countries.setdefault(row["country"], []).append([(float(east), float(north)) for east, north in points])
    return countries
