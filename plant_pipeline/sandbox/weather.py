"""The weather over the invented fleet: sun, clouds, temperature and wind at any place and time.

What belongs here: quantities nature decides. What does not: machines (production.py) and instruments.
Times are seconds since 1970-01-01 UTC as float arrays; nothing reads a clock.
"""

from dataclasses import dataclass

import numpy as np
from pvlib import clearsky, irradiance, solarposition, temperature

from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word

DAY_S = 86_400.0
HOUR_S = 3_600.0
ALBEDO = 0.2


@dataclass(frozen=True)
class Place:
    """A spot on Earth; `cell` seeds its weather, so spots of one cell share it."""

    cell: str
    latitude: float
    longitude: float

    @property
    def tilt_degrees(self) -> float:
        """Tilt of fixed tables: somewhat below the latitude, as is usual for utility plants."""
        return float(np.clip(0.76 * abs(self.latitude) + 3.0, 10.0, 40.0))

    @property
    def azimuth_degrees(self) -> float:
        """Tables look at the equator."""
        return 180.0 if self.latitude >= 0 else 0.0


@dataclass(frozen=True)
class Sky:
    """What a weather station measures: W/m² on the horizontal and in the module plane, °C of air and module."""

    ghi_w_per_m2: Floats
    poa_w_per_m2: Floats
    air_c: Floats
    module_c: Floats


def solar_zenith_and_azimuth(place: Place, times_s: Floats) -> tuple[Floats, Floats]:
    """Zenith and azimuth of the sun in degrees (Spencer 1971, through pvlib; good to a few tenths of a degree)."""
    days = times_s / DAY_S
    # Days since 1970 modulo the mean year: at most a day off the calendar's number, which moves the sun by 0.4 degrees.
    day_of_year = np.mod(days, 365.2425) + 1.0
    declination = solarposition.declination_spencer71(day_of_year)
    equation_minutes = solarposition.equation_of_time_spencer71(day_of_year)
    utc_hours = np.mod(days, 1.0) * 24.0
    solar_hours = utc_hours + place.longitude / 15.0 + equation_minutes / 60.0
    hour_angle = (np.mod(solar_hours, 24.0) - 12.0) * 15.0
    latitude, angle = np.radians(place.latitude), np.radians(hour_angle)
    zenith = solarposition.solar_zenith_analytical(latitude, angle, declination)
    azimuth = solarposition.solar_azimuth_analytical(latitude, angle, declination, zenith)
    return np.degrees(zenith), np.degrees(azimuth)


def solar_hours(place: Place, times_s: Floats) -> Floats:
    """Mean solar time of day in hours."""
    return np.mod(times_s / HOUR_S + place.longitude / 15.0, 24.0)


def clear_fraction(place: Place, times_s: Floats) -> Floats:
    """Share of the clear-sky irradiance that the clouds let through: weather of days, passing clouds within them."""
    days = smooth(word(place.cell, "cloud-days"), times_s, DAY_S)
    hours = smooth(word(place.cell, "cloud-hours"), times_s, HOUR_S)
    return np.clip(0.30 + 0.85 * np.sqrt(days) + 0.30 * (hours - 0.5), 0.12, 1.0)


def air_temperature_c(place: Place, times_s: Floats) -> Floats:
    """Air temperature: climate of the latitude, season, time of day, and the weather of the week."""
    warmth = 29.0 - 0.42 * max(abs(place.latitude) - 10.0, 0.0)
    swing = 0.22 * abs(place.latitude) * (1.0 if place.latitude >= 0 else -1.0)
    season = -swing * np.cos(2.0 * np.pi * (times_s / DAY_S / 365.2425 - 20.0 / 365.2425))
    day = 5.0 * np.cos(2.0 * np.pi * (solar_hours(place, times_s) - 15.0) / 24.0)
    week = 6.0 * (smooth(word(place.cell, "air"), times_s, 2.5 * DAY_S) - 0.5)
    return np.asarray(warmth + season + day + week, dtype=np.float64)


def sky(place: Place, times_s: Floats) -> Sky:
    """Irradiance and temperatures; irradiance is exactly 0 while the sun is below the horizon."""
    zenith, azimuth = solar_zenith_and_azimuth(place, times_s)
    is_day = zenith < 90.0
    elevation = np.where(is_day, 90.0 - zenith, 1.0)
    clear = clearsky.simplified_solis(elevation)
    ghi = np.where(is_day, np.maximum(clear["ghi"], 0.0) * clear_fraction(place, times_s), 0.0)
    day_of_year = np.mod(times_s / DAY_S, 365.2425) + 1.0
    split = irradiance.erbs(ghi, zenith, day_of_year)
    total = irradiance.get_total_irradiance(
        place.tilt_degrees, place.azimuth_degrees, zenith, azimuth, split["dni"], ghi, split["dhi"], albedo=ALBEDO
    )
    poa = np.where(is_day, np.maximum(np.nan_to_num(total["poa_global"]), 0.0), 0.0)
    air = air_temperature_c(place, times_s)
    module = temperature.faiman(poa, air, wind_speed=2.0)
    return Sky(ghi_w_per_m2=ghi, poa_w_per_m2=poa, air_c=air, module_c=np.asarray(module, dtype=np.float64))


def wind_speed_m_per_s(place: Place, times_s: Floats) -> Floats:
    """Wind at hub height: weather systems of days, a daily rhythm, gusty hours; never negative."""
    mean = 7.0 + 2.0 * fraction(place.cell, "wind-mean")
    systems = smooth(word(place.cell, "wind-systems"), times_s, 1.7 * DAY_S)
    hours = smooth(word(place.cell, "wind-hours"), times_s, HOUR_S)
    rhythm = np.cos(2.0 * np.pi * (solar_hours(place, times_s) - 2.0) / 24.0)
    return mean * (0.25 + 1.5 * systems) * (1.0 + 0.12 * rhythm) * (0.85 + 0.30 * hours)
