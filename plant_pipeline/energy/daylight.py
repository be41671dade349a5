"""When the sun stands above the horizon at plants, during one local day each.

What belongs here: the geometry of sun and horizon. What does not: irradiance, zones, the database.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pandas as pd

from plant_pipeline.days import DayWindow

_GRID = timedelta(minutes=5)
_PLANTS_AT_ONCE = 2000

Place = tuple[UUID, DayWindow, float, float]
"""Plant, local day, latitude and longitude in degrees (north and east positive)."""


def daylight_of(places: Sequence[Place]) -> list[tuple[UUID, datetime, datetime]]:
    """Plant, first and last instant (UTC) of each stretch of its local day with a solar elevation above 0°.

    Without refraction, from the Solar Position Algorithm (NREL/TP-560-34302, through pvlib), to a few seconds. No row
    where the sun stays down, the whole day where it stays up; more than one where the local day holds a dark night.
    """
    if not places:
        return []
    start_utc = min(window.start_utc for _, window, _, _ in places)
    end_utc = max(window.end_utc for _, window, _, _ in places)
    instants = pd.date_range(start_utc - _GRID, end_utc + _GRID, freq=_GRID)
    to_sun = directions_to_sun(instants)
    epochs_s = np.array([instant.timestamp() for instant in instants])
    return [
        (plant_id, datetime.fromtimestamp(from_s, UTC), datetime.fromtimestamp(to_s, UTC))
        for first in range(0, len(places), _PLANTS_AT_ONCE)
        for plant_id, from_s, to_s in _stretches(places[first : first + _PLANTS_AT_ONCE], epochs_s, to_sun)
    ]


def directions_to_sun(instants: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
    """Unit vectors to the sun in axes fixed to the earth: along its axis, and to 0° and 90° east on the equator.

    The sun as seen from latitude 0, longitude 0: there the axis lies due north on the horizon. One solution serves
    every place, the parallax (0.002°) being left out.
    """
    from pvlib.solarposition import get_solarposition  # a second of import time that only energy needs

    position = get_solarposition(instants, 0.0, 0.0)
    elevation, azimuth = np.radians(position["elevation"].to_numpy()), np.radians(position["azimuth"].to_numpy())
    return np.stack([np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)])


def _stretches(
    places: Sequence[Place], epochs_s: npt.NDArray[np.float64], to_sun: npt.NDArray[np.float64]
) -> Iterator[tuple[UUID, float, float]]:
    latitudes = np.radians([latitude for _, _, latitude, _ in places])
    longitudes = np.radians([longitude for *_, longitude in places])
    zeniths = np.stack(
        [np.sin(latitudes), np.cos(latitudes) * np.cos(longitudes), np.cos(latitudes) * np.sin(longitudes)], axis=1
    )
    heights = zeniths @ to_sun
    is_up = heights > 0
    rows, columns = np.nonzero(is_up[:, 1:] != is_up[:, :-1])
    low, high = heights[rows, columns], heights[rows, columns + 1]
    step_s = epochs_s[1] - epochs_s[0]
    crossings_s = epochs_s[columns] + step_s * low / (low - high)
    bounds = np.searchsorted(rows, np.arange(len(places) + 1))
    for index, (plant_id, window, _, _) in enumerate(places):
        edges_s = crossings_s[bounds[index] : bounds[index + 1]].tolist()
        # Rises and sets alternate, so a start with the sun up and an end with the sun up complete the pairs.
        edges_s = [epochs_s[0]] * bool(is_up[index, 0]) + edges_s + [epochs_s[-1]] * bool(is_up[index, -1])
        first_s, last_s = window.start_utc.timestamp(), window.end_utc.timestamp()
        for rise_s, set_s in zip(edges_s[::2], edges_s[1::2], strict=True):
            from_s, to_s = max(rise_s, first_s), min(set_s, last_s)
            if to_s > from_s:
                yield plant_id, float(from_s), float(to_s)
