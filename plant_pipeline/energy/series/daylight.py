"""When the sun stands above the horizon at plants, during one local day each.

What belongs here: the geometry of sun and horizon. What does not: irradiance, zones, the database.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from plant_pipeline.arrays import Floats
from plant_pipeline.days import DayWindow

GRID = timedelta(minutes=5)
_PLANTS_AT_ONCE = 2000
_DECIMALS_S = 6

_RowStretch = tuple[int, float, float]

Place = tuple[DayWindow, float, float]
"""Local day, latitude and longitude in degrees (north and east positive)."""
BRIGHT_S: Final = 2 * 3600.0
"""A solar plant gives something on every day with the sun up for longer (our choice)."""


def daylight_of(places: Sequence[Place]) -> list[tuple[tuple[float, float], ...]]:
    """By place, begin and end (seconds since 1970) of each stretch of its local day with a solar elevation above 0°.

    Without refraction, from the Solar Position Algorithm (NREL/TP-560-34302, through pvlib), to a few seconds. None
    where the sun stays down, the whole day where it stays up; more than one where the local day holds a dark night.
    """
    if not places:
        return []
    bounds_s = np.array([(day.start_utc.timestamp(), day.end_utc.timestamp()) for day, _, _ in places])
    grid_s = GRID.total_seconds()
    epochs_s = np.arange(bounds_s.min() - grid_s, bounds_s.max() + grid_s + 1, grid_s)
    to_sun = directions_from(float(epochs_s[0]), len(epochs_s))
    coordinates = np.radians([place[1:] for place in places])
    found: list[list[tuple[float, float]]] = [[] for _ in places]
    for first in range(0, len(places), _PLANTS_AT_ONCE):
        part = slice(first, first + _PLANTS_AT_ONCE)
        for row, from_s, to_s in _stretches(coordinates[part], bounds_s[part], epochs_s, to_sun):
            found[first + row].append((from_s, to_s))
    return [tuple(own) for own in found]


@lru_cache(maxsize=16)
def directions_from(first_s: float, count: int) -> Floats:
    """Unit vectors to the sun from an instant on, every `GRID`; the blocks of a day ask for the same."""
    epochs_s = first_s + np.arange(count) * GRID.total_seconds()
    return directions_to_sun(pd.to_datetime(epochs_s, unit="s", utc=True))


def directions_to_sun(instants: pd.DatetimeIndex) -> Floats:
    """Unit vectors to the sun in axes fixed to the earth: along its axis, and to 0° and 90° east on the equator.

    The sun as seen from latitude 0, longitude 0: there the axis lies due north on the horizon. One solution serves
    every place, the parallax (0.002°) being left out.
    """
    from pvlib.solarposition import get_solarposition  # a second of import time that only energy needs

    position = get_solarposition(instants, 0.0, 0.0)
    elevation, azimuth = np.radians(position["elevation"].to_numpy()), np.radians(position["azimuth"].to_numpy())
    return np.stack([np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)])


def _stretches(coordinates: Floats, bounds_s: Floats, epochs_s: Floats, to_sun: Floats) -> Iterator[_RowStretch]:
    latitudes, longitudes = coordinates.T
    zeniths = np.stack(
        [np.sin(latitudes), np.cos(latitudes) * np.cos(longitudes), np.cos(latitudes) * np.sin(longitudes)], axis=1
    )
    heights = zeniths @ to_sun
    is_up = heights > 0
    rows, columns = np.nonzero(is_up[:, 1:] != is_up[:, :-1])
    low, high = heights[rows, columns], heights[rows, columns + 1]
    crossings_s = epochs_s[columns] + (epochs_s[1] - epochs_s[0]) * low / (low - high)
    # Rises and sets alternate, so a start with the sun up and an end with the sun up complete the pairs.
    begun, unended = np.flatnonzero(is_up[:, 0]), np.flatnonzero(is_up[:, -1])
    rows = np.concatenate([begun, rows, unended])
    edges_s = np.concatenate([np.full(len(begun), epochs_s[0]), crossings_s, np.full(len(unended), epochs_s[-1])])
    order = np.lexsort((edges_s, rows))
    owner, edges_s = rows[order][::2], np.round(edges_s[order], _DECIMALS_S)
    from_s, to_s = np.maximum(edges_s[::2], bounds_s[owner, 0]), np.minimum(edges_s[1::2], bounds_s[owner, 1])
    is_own = to_s > from_s
    yield from zip(owner[is_own].tolist(), from_s[is_own].tolist(), to_s[is_own].tolist(), strict=True)
