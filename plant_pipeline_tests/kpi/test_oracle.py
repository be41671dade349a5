"""The sweep over readings against an independent, slow computation of the same figures on a grid of half minutes."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pvlib
import pytest

from plant_pipeline.kpi.inputs import Figures, read_day_inputs
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

GRID_S = 30
MARGIN = timedelta(hours=2)


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
    random: np.random.Generator, kind: str, minutes: int, start: datetime, end: datetime, top: float
) -> Recorded:
    instants = pd.date_range(start - MARGIN, end + MARGIN, freq=f"{minutes}min", inclusive="left")
    values = random.uniform(0, top, len(instants))
    if kind == "register":
        values = 1e9 + np.cumsum(values * minutes / 60)
    if kind == "energy":
        values = values * minutes / 60
    is_kept = random.uniform(size=len(instants)) > 0.06
    gap = int(random.integers(0, len(instants) - 10))
    is_kept[gap : gap + 10] = False
    return Recorded(kind, minutes, pd.Series(values, index=instants)[is_kept])


def expected(
    poa: list[Recorded], power: list[Recorded], start: datetime, end: datetime, place: tuple[float, float]
) -> Figures:
    middles = pd.date_range(start, end, freq=f"{GRID_S}s", inclusive="left") + pd.Timedelta(seconds=GRID_S / 2)
    hours = GRID_S / 3600
    irradiance = pd.concat([one.on(middles) for one in poa], axis=1).mean(axis=1)
    kw = pd.concat([one.on(middles) for one in power], axis=1).sum(axis=1, skipna=False) / 1000
    elevation = pvlib.solarposition.get_solarposition(middles, *place, method="nrel_numpy")["elevation"]
    is_sun = pd.Series((elevation > 0).to_numpy(), index=middles)
    width = max(one.minutes for one in (*poa, *power))
    both = pd.DataFrame({"kw": kw, "irradiance": irradiance})
    is_paired = both.notna().all(axis=1).groupby(middles.floor(f"{width}min")).transform("all")
    quarter = (middles - start) // pd.Timedelta(minutes=15)
    by_quarter = kw.groupby(quarter).agg(lambda values: values.mean(skipna=False))
    return Figures(
        sun_h=is_sun.sum() * hours,
        poa_wh_per_m2=irradiance.sum() * hours,
        poa_h=irradiance.notna().sum() * hours,
        poa_sun_h=(irradiance.notna() & is_sun).sum() * hours,
        power_h=kw.notna().sum() * hours,
        paired_kwh=kw[is_paired].sum() * hours,
        paired_wh_per_m2=irradiance[is_paired].sum() * hours,
        paired_h=is_paired.sum() * hours,
        peak_power_kw=by_quarter.max(),
    )


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
            "register_difference",
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
    power = [recorded(random, kind, minutes, start, end, 5e6) for kind, minutes in power_kinds]
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        plant = fleet.plant("P-A", timezone=zone, place=place)
        for one in poa:
            fleet.readings(_sensor(fleet, plant, "irradiance_poa", one), dict(one.by_instant.items()))
        sensors = [_sensor(fleet, plant, _quantity(one), one) for one in power]
        for sensor, one in zip(sensors, power, strict=True):
            fleet.readings(sensor, dict(one.by_instant.items()))
        fleet.energy(plant, day, 1.0, method=method, sensors={method: sensors})
        (found,) = read_day_inputs(connection, day)
    wanted = expected(poa, power, start, end, place)
    figures = found.figures
    for name in ("poa_wh_per_m2", "poa_h", "power_h", "paired_kwh", "paired_wh_per_m2", "paired_h", "peak_power_kw"):
        assert getattr(figures, name) == pytest.approx(getattr(wanted, name), rel=1e-9), name
    # The grid knows rise and set to half a minute each.
    assert figures.sun_h == pytest.approx(wanted.sun_h, abs=1 / 60)
    assert figures.poa_sun_h == pytest.approx(wanted.poa_sun_h, abs=1 / 60)


def _quantity(one: Recorded) -> str:
    return "production_energy" if one.kind in ("energy", "register") else "ac_power"


def _sensor(fleet: Fleet, plant: uuid.UUID, quantity: str, one: Recorded) -> int:
    minutes = one.minutes if one.kind in ("mean", "energy") else 0
    return fleet.sensor(plant, quantity, minutes=minutes, is_cumulative=one.kind == "register")
