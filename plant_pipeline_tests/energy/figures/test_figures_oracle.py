"""What a day adds up to (`energy.plant_measured`) against a slow computation of it on a grid of half minutes."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pvlib
import pytest

from plant_pipeline.energy.daily import compute_day
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

GRID_S = 30
DAY_MARGIN = timedelta(hours=2)
SUN_EDGE_S = 10
"""How exactly two computations of rise and set agree, a few seconds at either end of the day."""


@dataclass(frozen=True)
class Recorded:
    """One sensor as it was recorded: minutes between readings, kind, values by instant."""

    kind: str
    minutes: int
    values: "pd.Series[float]"

    @property
    def by_instant(self) -> dict[pd.Timestamp, float]:
        """The values as what a test loads."""
        return dict(zip(pd.DatetimeIndex(self.values.index), self.values, strict=True))

    def on(self, grid: pd.DatetimeIndex) -> "pd.Series[float]":
        """What the sensor says at every instant of a grid, NaN where it is not valid."""
        result = pd.Series(np.nan, index=grid)
        step = pd.Timedelta(minutes=self.minutes)
        instants = list(self.by_instant)
        for index, (instant, value) in enumerate(self.by_instant.items()):
            following = instants[index + 1] if index + 1 < len(instants) else None
            if self.kind in ("mean", "energy"):
                scale = 60 / self.minutes if self.kind == "energy" else 1.0
                result[(grid >= instant) & (grid < instant + step)] = value * scale
            elif following is not None and following - instant <= 1.5 * step:
                between = (grid >= instant) & (grid < following)
                share = (grid[between] - instant) / (following - instant)
                if self.kind == "instant":
                    result[between] = value + (self.values[following] - value) * share
                elif self.values[following] >= value:
                    result[between] = (self.values[following] - value) * (pd.Timedelta(hours=1) / (following - instant))
        return result


def recorded(
    random: np.random.Generator,
    kind: str,
    minutes: int,
    start: datetime,
    end: datetime,
    top: float,
    by_day_at: tuple[float, float] | None = None,
) -> Recorded:
    """Values up to `top`; where it is night at a place a twentieth of that, as no plant produces in the dark."""
    instants = pd.date_range(start - DAY_MARGIN, end + DAY_MARGIN, freq=f"{minutes}min", inclusive="left")
    values = random.uniform(0, top, len(instants))
    if by_day_at is not None:
        elevation = pvlib.solarposition.get_solarposition(instants, *by_day_at)["elevation"].to_numpy()
        values = np.where(elevation > 0, values, values / 20)
    if kind == "register":
        values = 1e9 + np.cumsum(values * minutes / 60)
    if kind == "energy":
        values = values * minutes / 60
    is_kept = random.uniform(size=len(instants)) > 0.06
    gap = int(random.integers(0, len(instants) - 10))
    is_kept[gap : gap + 10] = False
    return Recorded(kind, minutes, pd.Series(values, index=instants)[is_kept])


def share_of_sun(middles: pd.DatetimeIndex, place: tuple[float, float]) -> "pd.Series[float]":
    """Which part of each cell has the sun up: its elevation, linear from one end of the cell to the other, above 0°."""
    edges = middles.append(middles[-1:] + pd.Timedelta(seconds=GRID_S)) - pd.Timedelta(seconds=GRID_S / 2)
    elevation = pvlib.solarposition.get_solarposition(edges, *place, method="nrel_numpy")["elevation"].to_numpy()
    first, last = elevation[:-1], elevation[1:]
    crossing = np.maximum(first, last) / np.abs(last - first)
    return pd.Series(np.where(first * last < 0, crossing, (first + last > 0).astype(float)), index=middles)


def expected(
    poa: list[Recorded], power: list[Recorded], start: datetime, end: datetime, place: tuple[float, float]
) -> dict[str, float]:
    middles = pd.date_range(start, end, freq=f"{GRID_S}s", inclusive="left") + pd.Timedelta(seconds=GRID_S / 2)
    hours = GRID_S / 3600
    irradiance = pd.concat([series.on(middles) for series in poa], axis=1).mean(axis=1)
    kw = pd.concat([series.on(middles) for series in power], axis=1).sum(axis=1, skipna=False) / 1000
    sun = share_of_sun(middles, place)
    width = max(series.minutes for series in (*poa, *power))
    both = pd.DataFrame({"kw": kw, "irradiance": irradiance})
    is_paired = both.notna().all(axis=1).groupby(middles.floor(f"{width}min")).transform("all")
    quarter = (middles - start) // pd.Timedelta(minutes=15)
    by_quarter = kw.groupby(quarter).agg(lambda values: values.mean(skipna=False))
    return {
        "sun_h": sun.sum() * hours,
        "poa_wh_per_m2": (irradiance * sun).sum() * hours,
        "poa_h": irradiance.notna().sum() * hours,
        "poa_sun_h": (irradiance.notna() * sun).sum() * hours,
        "power_h": kw.notna().sum() * hours,
        "power_sun_h": (kw.notna() * sun).sum() * hours,
        "paired_kwh": kw[is_paired].sum() * hours,
        "paired_wh_per_m2": (irradiance * sun)[is_paired].sum() * hours,
        "paired_h": is_paired.sum() * hours,
        "paired_sun_h": sun[is_paired].sum() * hours,
        "peak_power_kw": by_quarter.max(),
    }


@pytest.mark.parametrize(
    ("seed", "zone", "day", "place", "poa_kinds", "power_kinds", "method"),
    [
        (1, "UTC", date(2026, 6, 1), (48.0, 11.0), [("mean", 5), ("mean", 5)], [("mean", 5)], "power_integral"),
        (2, "Europe/Madrid", date(2026, 10, 25), (40.0, -4.0), [("instant", 10)], [("mean", 15)], "power_integral"),
        (3, "Asia/Kolkata", date(2026, 3, 3), (20.0, 78.0), [("mean", 15)], [("energy", 5)], "interval_energy"),
        (4, "Australia/Adelaide", date(2026, 10, 4), (-35.0, 138.0), [("mean", 5)], [("instant", 5)], "power_integral"),
        (
            5,
            "America/Denver",
            date(2026, 3, 8),
            (39.0, -105.0),
            [("mean", 10)],
            [("register", 5)],
            "register_increments",
        ),
        (6, "Pacific/Auckland", date(2026, 1, 9), (-37.0, 175.0), [("mean", 5)], [("mean", 5)] * 3, "inverter_sum"),
    ],
)
def test_figures_agree_with_a_slow_computation(
    warehouse: Warehouse,
    seed: int,
    zone: str,
    day: date,
    place: tuple[float, float],
    poa_kinds: list[tuple[str, int]],
    power_kinds: list[tuple[str, int]],
    method: str,
) -> None:
    random = np.random.default_rng(seed)
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    poa = [recorded(random, kind, minutes, start, end, 1000.0) for kind, minutes in poa_kinds]
    power = [recorded(random, kind, minutes, start, end, 5e6, place) for kind, minutes in power_kinds]
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        plant = fleet.plant("P-A", timezone=zone, place=place, capacity_ac_kw=6000.0)
        for series in poa:
            fleet.readings(_sensor(fleet, plant, "irradiance_poa", series), dict(series.by_instant.items()))
        equipment_type = "inverter" if method == "inverter_sum" else "meter"
        sensors = [_sensor(fleet, plant, _quantity(series), series, equipment_type) for series in power]
        for sensor, series in zip(sensors, power, strict=True):
            fleet.readings(sensor, dict(series.by_instant.items()))
        compute_day(connection, day, now_utc=end + DAY_MARGIN, run_id="run")
        found = connection.exec_driver_sql("select * from energy.plant_measured").mappings().one()
    assert found["power_method"] == method
    # 10 s of daylight at either end of the day, which are 5.6 Wh/m² at the most.
    sun_h = 2 * SUN_EDGE_S / 3600
    tolerances = {"sun_h": sun_h, "poa_sun_h": sun_h, "power_sun_h": sun_h, "paired_sun_h": sun_h}
    tolerances |= dict.fromkeys(("poa_wh_per_m2", "paired_wh_per_m2"), 1000.0 * sun_h)
    for name, value in expected(poa, power, start, end, place).items():
        tolerance = tolerances.get(name, 1e-9 * value)
        assert found[name] == pytest.approx(value, rel=0, abs=tolerance), name


def _quantity(one: Recorded) -> str:
    return "production_energy" if one.kind in ("energy", "register") else "ac_power"


def _sensor(
    fleet: Fleet, plant: uuid.UUID, quantity: str, one: Recorded, equipment_type: str = "weather_station"
) -> int:
    minutes = one.minutes if one.kind in ("mean", "energy") else 0
    return fleet.sensor(
        plant,
        quantity,
        minutes=minutes,
        is_cumulative=one.kind == "register",
        sign=None if quantity == "irradiance_poa" else 1,
        equipment_type=equipment_type,
    )
