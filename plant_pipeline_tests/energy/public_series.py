"""The public measurements in `public/`, cut into whole local days on the grid that gaps are estimated on."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gaps.estimate import peers_of
from plant_pipeline.energy.gaps.model import Profiles
from plant_pipeline.energy.series.clear_sky import clear_sky_of

STEP_S = 300.0
AROUND_S = 7200.0
DAY_S = 86400.0
CELLS = round((DAY_S + 2 * AROUND_S) / STEP_S)
IN_DAY = slice(round(AROUND_S / STEP_S), round((AROUND_S + DAY_S) / STEP_S))

SeriesName = Literal["serf_east", "pvdaq_50", "la_haute_borne"]


@dataclass(frozen=True)
class PublicSeries:
    """Where a series was measured and how: 15-minute PV by Golden, Colorado, and 10-minute wind in Lorraine."""

    name: SeriesName
    zone: str
    reading_s: float
    place: tuple[float, float] | None
    unit_w: float


GOLDEN = (39.7406, -105.1774)
SERIES = (
    PublicSeries("serf_east", "Etc/GMT+7", 900.0, GOLDEN, 1.0),
    PublicSeries("pvdaq_50", "America/Denver", 900.0, GOLDEN, 1.0),
    PublicSeries("la_haute_borne", "Europe/Paris", 600.0, None, 1000.0),
)


@dataclass(frozen=True)
class PublicDays:
    """Complete local days of 24 h with 2 h around them, a row each; `produced_wh` is that of the day alone."""

    series: PublicSeries
    dates: list[date]
    profiles: Profiles
    produced_wh: Floats

    def some(self, chosen: list[int]) -> "PublicDays":
        """These days alone, by their places."""

        def cut(values: Floats | None) -> Floats | None:
            return None if values is None else values[chosen]

        profiles = replace(
            self.profiles,
            start_s=self.profiles.start_s[chosen],
            power_w=self.profiles.power_w[chosen],
            peers_w=cut(self.profiles.peers_w),
            relative=cut(self.profiles.relative),
            ceiling=cut(self.profiles.ceiling),
            reading_s=cut(self.profiles.reading_s),
        )
        return PublicDays(self.series, [self.dates[index] for index in chosen], profiles, self.produced_wh[chosen])

    def without_peers(self) -> "PublicDays":
        return replace(self, profiles=replace(self.profiles, peers_w=None))


def readings(name: str) -> tuple[Floats, Floats]:
    """Instants in seconds since 1970 UTC, and values of shape (instants, columns) as they are in the file."""
    frame = pd.read_csv(Path(__file__).parent / "public" / f"{name}.csv.gz")
    at_s = [datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC).timestamp() for text in frame["at_utc"]]
    return np.array(at_s), frame.drop(columns="at_utc").to_numpy(np.float64)


def complete_days(series: PublicSeries) -> PublicDays:
    """The days on which no reading of any column is missing and at least something was produced.

    A value is the mean power of the interval that its instant begins (of the three series that is documented for the
    wind farm alone; a shift by a quarter of an hour would change nothing here). What was drawn at night counts as 0.
    """
    at_s, values = readings(series.name)
    per_reading, rows = round(series.reading_s / STEP_S), round(CELLS * STEP_S / series.reading_s)
    dates, starts_s, power_w = [], [], []
    for day, midnight_s in _midnights(series.zone, at_s[0], at_s[-1]):
        first = int(np.searchsorted(at_s, midnight_s - AROUND_S))
        block, instants_s = values[first : first + rows], at_s[first : first + rows]
        is_whole = len(block) == rows and instants_s[-1] - instants_s[0] == (rows - 1) * series.reading_s
        if is_whole and instants_s[0] == midnight_s - AROUND_S and np.isfinite(block).all():
            dates.append(day)
            starts_s.append(midnight_s - AROUND_S)
            power_w.append(np.repeat(block, per_reading, axis=0).clip(0, None).T * series.unit_w)
    devices_w, start_s = np.array(power_w), np.array(starts_s)
    days = PublicDays(series, dates, _profiles(series, devices_w, start_s), _energy_wh(devices_w[:, 0]))
    return days.some(np.flatnonzero(days.produced_wh > 0.002 * days.produced_wh.max()).tolist())


def _midnights(zone: str, first_s: float, last_s: float) -> list[tuple[date, float]]:
    """Local days of 24 h."""
    day = datetime.fromtimestamp(first_s, ZoneInfo(zone)).date()
    found = []
    while (at := datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) < last_s:
        following = day + timedelta(days=1)
        end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone)).timestamp()
        if end - at == DAY_S:
            found.append((day, at))
        day = following
    return found


def _profiles(series: PublicSeries, devices_w: Floats, start_s: Floats) -> Profiles:
    relative = ceiling = None
    if series.place:
        latitudes, longitudes = (np.full(len(start_s), degrees) for degrees in series.place)
        relative, ceiling = clear_sky_of(latitudes, longitudes, start_s, STEP_S, CELLS)
    peers_w = np.array([peers_of(day_w)[0] for day_w in devices_w]) if devices_w.shape[1] > 1 else None
    return Profiles(
        start_s, STEP_S, devices_w[:, 0], peers_w, relative, ceiling, reading_s=np.full(len(start_s), series.reading_s)
    )


def _energy_wh(power_w: Floats) -> Floats:
    energy_wh: Floats = power_w[:, IN_DAY].sum(1) * STEP_S / 3600
    return energy_wh
