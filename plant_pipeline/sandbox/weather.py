"""The weather over the invented fleet: sun, clouds, temperature and wind at any plant and time.

What belongs here: quantities nature decides. What does not: machines (production.py) and instruments.
Times are seconds since 1970-01-01 UTC as float arrays; nothing reads a clock. Plants of one `cell` share their weather.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from pvlib import clearsky, irradiance, solarposition, temperature

from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word
from plant_pipeline.sandbox.plants import TruePlant

HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S


def sky(plant: TruePlant, times_s: Floats) -> Mapping[str, Floats]:
    """What a weather station measures: W/m² on the horizontal and in the module plane, °C of air and module.

    Irradiance is exactly 0 while the sun is below the horizon. Clouds are weather of days, and pass within them; the
    air has the climate of the latitude, season, time of day, and the weather of the week. Tables are fixed, look at
    the equator, and are tilted somewhat below the latitude, as is usual for utility plants.
    """
    # At most a day off the calendar's number (modulo the mean year), which moves the sun by 0.4 degrees.
    day_of_year = np.mod(times_s / DAY_S, 365.2425) + 1.0
    # The sun after Spencer 1971 (through pvlib): good to a few tenths of a degree.
    declination = solarposition.declination_spencer71(day_of_year)
    equation_minutes = solarposition.equation_of_time_spencer71(day_of_year)
    hours = np.mod(times_s / DAY_S, 1.0) * 24.0 + plant.longitude / 15.0 + equation_minutes / 60.0
    latitude, angle = np.radians(plant.latitude), np.radians((np.mod(hours, 24.0) - 12.0) * 15.0)
    zenith_rad = solarposition.solar_zenith_analytical(latitude, angle, declination)
    zenith = np.degrees(zenith_rad)
    azimuth = np.degrees(solarposition.solar_azimuth_analytical(latitude, angle, declination, zenith_rad))
    is_day = zenith < 90.0
    clear = clearsky.simplified_solis(np.where(is_day, 90.0 - zenith, 1.0))
    days = smooth(word(plant.cell, "cloud-days"), times_s, DAY_S)
    hours = smooth(word(plant.cell, "cloud-hours"), times_s, HOUR_S)
    clouds = np.clip(0.30 + 0.85 * np.sqrt(days) + 0.30 * (hours - 0.5), 0.12, 1.0)
    ghi = np.where(is_day, np.maximum(clear["ghi"], 0.0) * clouds, 0.0)
    split = irradiance.erbs(ghi, zenith, day_of_year)
    tilt = float(np.clip(0.76 * abs(plant.latitude) + 3.0, 10.0, 40.0))
    facing = 180.0 if plant.latitude >= 0 else 0.0
    total = irradiance.get_total_irradiance(tilt, facing, zenith, azimuth, split["dni"], ghi, split["dhi"], albedo=0.2)
    poa = np.where(is_day, np.maximum(np.nan_to_num(total["poa_global"]), 0.0), 0.0)
    warmth = 29.0 - 0.42 * max(abs(plant.latitude) - 10.0, 0.0)
    season = -0.22 * plant.latitude * np.cos(2.0 * np.pi * (times_s / DAY_S / 365.2425 - 20.0 / 365.2425))
    day = 5.0 * np.cos(2.0 * np.pi * (solar_hours(plant, times_s) - 15.0) / 24.0)
    week = 6.0 * (smooth(word(plant.cell, "air"), times_s, 2.5 * DAY_S) - 0.5)
    air = np.asarray(warmth + season + day + week, dtype=np.float64)
    module = np.asarray(temperature.faiman(poa, air, wind_speed=2.0), dtype=np.float64)
    return {"ghi_w_per_m2": ghi, "poa_w_per_m2": poa, "air_c": air, "module_c": module}


def wind_speed_m_per_s(plant: TruePlant, times_s: Floats) -> Floats:
    """Wind at hub height: weather systems of days, a daily rhythm, gusty hours; never negative."""
    mean = 7.0 + 2.0 * fraction(plant.cell, "wind-mean")
    systems = smooth(word(plant.cell, "wind-systems"), times_s, 1.7 * DAY_S)
    hours = smooth(word(plant.cell, "wind-hours"), times_s, HOUR_S)
    rhythm = np.cos(2.0 * np.pi * (solar_hours(plant, times_s) - 2.0) / 24.0)
    return mean * (0.25 + 1.5 * systems) * (1.0 + 0.12 * rhythm) * (0.85 + 0.30 * hours)


def solar_hours(plant: TruePlant, times_s: Floats) -> Floats:
    """Mean solar time of day in hours."""
    return np.mod(times_s / HOUR_S + plant.longitude / 15.0, 24.0)
