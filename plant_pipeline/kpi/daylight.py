"""When the sun stands above the horizon at plants, for one local day each.

What belongs here: sunrise and sunset without refraction. What does not: irradiance, zones, the database.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from pvlib import spa

from plant_pipeline.days import DayWindow

_DELTA_T_S = 69.0  # terrestrial minus universal time
_POLAR_OVERLAP_H = 1 / 60  # solar days are not exactly 24 h long; a polar day must not show a gap between two of them


def daylight_of(
    plants: Sequence[tuple[UUID, DayWindow, float, float]],
) -> list[tuple[UUID, datetime, datetime]]:
    """Plant, first and last instant (UTC) with solar elevation above 0°, for every solar day that touches the window.

    `plants` holds id, local day, latitude and longitude in degrees. The sun's place at noon (NREL's SPA, through pvlib)
    gives rise and set to about a minute. No row where the sun stays down; a whole solar day where it stays up.
    """
    daylight: list[tuple[UUID, datetime, datetime]] = []
    if not plants:
        return daylight
    latitudes = np.radians([latitude for _, _, latitude, _ in plants])
    longitudes = np.array([longitude for *_, longitude in plants])
    for offset in range(-1, 3):
        days = [window.start_utc.date() + timedelta(days=offset) for _, window, _, _ in plants]
        mean_noon_s = np.array([_midnight(day).timestamp() for day in days]) + (12 - longitudes / 15) * 3600
        sidereal, ascension, declination = spa.solar_position_numpy(
            mean_noon_s, 0, 0, 0, 0, 0, _DELTA_T_S, 0, 1, sst=True
        )
        hour_angle = (sidereal + longitudes - ascension + 180) % 360 - 180
        noon_s = mean_noon_s - hour_angle / 15 * 3600
        cosine = -np.tan(latitudes) * np.tan(np.radians(declination))
        half_h = np.degrees(np.arccos(np.clip(cosine, -1, 1))) / 15 + np.where(cosine <= -1, _POLAR_OVERLAP_H, 0)
        for (plant_id, window, _, _), noon, half in zip(plants, noon_s, half_h, strict=True):
            rise_utc, set_utc = _instant(noon - half * 3600), _instant(noon + half * 3600)
            if half > 0 and set_utc > window.start_utc and rise_utc < window.end_utc:
                daylight.append((plant_id, rise_utc, set_utc))
    return daylight


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(round(float(epoch_s)), UTC)
