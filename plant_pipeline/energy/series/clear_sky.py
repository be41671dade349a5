"""Power under a clear sky, relative to full power, for many plants at once.

What belongs here: the course of sun and air mass over planes. What does not: daylight (daylight.py), measured
irradiance, what a device did under that sky.

Clear-sky irradiance of the simplified Solis model (Ineichen, Solar Energy 82 (2008) 758-762, through pvlib) with the
aerosol and water of a usual day at sea level. Its level hardly matters: estimates use its course, scaled by the device.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.series.daylight import GRID, directions_from

TILT_DEG = 25.0
"""Of the plane to expect where none is known, towards the equator; 0° to 45° gave the same errors."""
OVERSIZED = 1.25
"""What modules may deliver relative to the rated power of their inverters (and of cold or bright hours)."""
_GRID_S = GRID.total_seconds()
_STANDARD_W_M2 = 1000.0
_HEIGHTS = np.linspace(0.0, 1.0, 2001)  # sines of the elevation


@dataclass(frozen=True, slots=True)
class ClearSky:
    """Power under a clear sky relative to full power, on the grid of the profile; 0 while the sun is down.

     `relative` is the course to expect of a plane of unknown orientation, `ceiling` the most that any plane can have
    .
    """

    start_s: float
    step_s: float
    relative: Floats
    ceiling: Floats


def clear_sky_of(
    latitudes: Floats, longitudes: Floats, start_s: Floats, step_s: float, length: int
) -> tuple[Floats, Floats]:
    """Relative power to expect, and the most that any plane can have, both of shape (plants, length), 0 sun down.

    Values are those of the middle of each cell; plant i's grid starts at `start_s[i]` (seconds since 1970 UTC).
    Latitudes and longitudes in degrees, north and east positive. A plane tilted towards the equator sees the sun as a
    level one does at a latitude that much nearer to the equator and beyond. The most is a plane that follows the sun.
    """
    starts_s, row = np.unique(start_s, return_inverse=True)
    axis, meridian, east = _to_sun(starts_s[:, None] + (np.arange(length) + 0.5) * step_s)
    to_sun = axis[row], meridian[row], east[row]
    height = _cosines(latitudes, longitudes, to_sun)
    onto_plane = _cosines(latitudes - np.copysign(TILT_DEG, latitudes), longitudes, to_sun)
    beam, diffuse = (np.interp(height, _HEIGHTS, course, left=0.0) for course in _solis())
    relative = beam * onto_plane.clip(0, 1) + diffuse
    return relative, (OVERSIZED * (beam + diffuse)).clip(0, 1)


@cache
def _solis() -> tuple[Floats, Floats]:
    """Beam (normal to it) and diffuse irradiance at the heights of the table, relative to 1000 W/m²."""
    from pvlib.clearsky import simplified_solis  # a second of import time that only energy needs

    sky = simplified_solis(np.degrees(np.arcsin(_HEIGHTS)))
    return sky["dni"] / _STANDARD_W_M2, sky["dhi"] / _STANDARD_W_M2


def _to_sun(at_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors to the sun at instants of any shape, from one solution over the whole time."""
    grid_s = np.arange(at_s.min() // _GRID_S * _GRID_S, at_s.max() + 2 * _GRID_S, _GRID_S)
    axis, meridian, east = directions_from(float(grid_s[0]), len(grid_s))
    return np.interp(at_s, grid_s, axis), np.interp(at_s, grid_s, meridian), np.interp(at_s, grid_s, east)


def _cosines(latitudes: Floats, longitudes: Floats, to_sun: tuple[Floats, Floats, Floats]) -> Floats:
    """Cosine of the angle between the sun and the vertical of each place."""
    axis, meridian, east = to_sun
    latitude, longitude = np.radians(latitudes)[:, None], np.radians(longitudes)[:, None]
    across = np.cos(longitude) * meridian + np.sin(longitude) * east
    cosines: Floats = np.sin(latitude) * axis + np.cos(latitude) * across
    return cosines
