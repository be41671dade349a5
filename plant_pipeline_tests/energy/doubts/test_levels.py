"""A scale factor for a part of the day, told by irradiance, by the other devices, or by a clear sky alone."""

from collections.abc import Sequence

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.doubts.levels import CELLS_BESIDE, LEVEL_FACTOR, jumps_of_ratio
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import DAY, EQUATOR, Reading, bell, hour, power, register


def _scaled(readings: Sequence[Reading], from_h: float, until_h: float, factor: float) -> list[Reading]:
    return [(at, value * (factor if hour(from_h) <= at < hour(until_h) else 1)) for at, value in readings]


def _cloudy(readings: Sequence[Reading]) -> list[Reading]:
    """A cloud before the sun for a quarter of each three quarters of an hour, of another depth each time."""
    return [(at, value * (1 - 0.1 * (index // 9 % 7) * (index % 9 < 3))) for index, (at, value) in enumerate(readings)]


def _solar(warehouse: Warehouse) -> Site:
    return Site(warehouse, technology="solar", place=EQUATOR)


def _clear(until_h: float = 60) -> list[Reading]:
    """400 kW at noon, as the sine of the hours to the power of 1.2: about what a level plane has under a clear sky."""
    hours = np.arange(-72, until_h, 1 / 12)
    sine = np.clip(np.sin(np.pi * (hours % 24 - 6) / 12), 0, None)
    return [(hour(own), 4e5 * value**1.2) for own, value in zip(hours.tolist(), sine.tolist(), strict=True)]


# -- of rows of cells --
def _ratio(*values: float) -> Floats:
    return np.array([values])


def _cell(own: Floats, beside: Floats | None = None) -> float:
    return _found(own, beside)[0]


def _found(own: Floats, beside: Floats | None) -> list[float]:
    """The cell after the one in which it happens, and the factor."""
    beside = np.ones(own.shape) if beside is None else beside
    cell, jump = jumps_of_ratio(own, beside, np.array([0.4]), np.array([LEVEL_FACTOR]))
    return [int(cell[0]), float(np.exp(jump[0]))]


def test_a_ratio_that_doubles_between_two_steady_hours() -> None:
    hours = [1.0] * CELLS_BESIDE, [2.0] * CELLS_BESIDE
    assert _found(_ratio(*hours[0], 1.5, *hours[1]), None) == pytest.approx([CELLS_BESIDE + 1, 2.0])
    # An hour less a quarter is no hour.
    assert _cell(_ratio(*hours[0], 1.5, *hours[1][1:])) == -1
    # Not steady, by more than 0.4 of the logarithm of two.
    assert _cell(_ratio(1.0, 1.35, 1.0, 1.0, 1.5, *hours[1])) == -1
    assert _cell(_ratio(1.0, 1.25, 1.0, 1.0, 1.5, *hours[1])) == CELLS_BESIDE + 1
    # Below a quarter more.
    assert _cell(_ratio(*hours[0], 1.1, *[1.24] * CELLS_BESIDE)) == -1
    # What is compared with does the same.
    own = _ratio(*hours[0], 1.5, *hours[1])
    assert _cell(own, 3 * own) == -1
    # Unknown in between.
    assert _cell(_ratio(1.0, np.nan, 1.0, 1.0, 1.5, *hours[1])) == -1
    # Next to nothing beside the rest of the day tells nothing.
    assert _cell(_ratio(*[0.01] * CELLS_BESIDE, 0.5, *hours[1])) == -1


# -- of whole days --
def test_a_clear_day_has_one_level(warehouse: Warehouse) -> None:
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _clear())
    assert (site.day(DAY).status, site.compute(DAY).findings) == ("final", ())


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2])
@pytest.mark.parametrize("until_h", [13, 60])
def test_under_a_clear_sky(warehouse: Warehouse, factor: float, until_h: float) -> None:
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(_clear(), 11, until_h, factor))
    findings = site.compute(DAY).findings
    assert site.day(DAY).status == "provisional"
    assert any("beside the clear sky" in text for text in findings)


@pytest.mark.parametrize("quantity", ["irradiance_poa", "irradiance_ghi"])
@pytest.mark.parametrize(("factor", "status"), [(0.7, "provisional"), (1.5, "provisional"), (1, "final")])
def test_under_clouds_that_irradiance_sees_too(warehouse: Warehouse, quantity: str, factor: float, status: str) -> None:
    site = _solar(warehouse)
    clouds = _cloudy(power(bell(2400)))
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(clouds, 11, 15, factor))
    station = site.sensor(quantity, 5, device="mast", kind="weather_station", is_main=False)
    site.readings(station, [(at, value / 500) for at, value in clouds])
    findings = site.compute(DAY).findings
    assert site.day(DAY).status == status
    assert any("beside its irradiance" in text for text in findings) == (status == "provisional")


@pytest.mark.parametrize(("factor", "status"), [(0.5, "provisional"), (1, "final")])
def test_one_of_three_inverters(warehouse: Warehouse, factor: float, status: str) -> None:
    """And the meter, which knows, settles it."""
    site = _solar(warehouse)
    clouds = _cloudy(power(bell(2400)))
    for name in "ABC":
        sensor_id = site.sensor("ac_power", 5, sign=1, device=name, kind="inverter")
        site.readings(sensor_id, _scaled(clouds, 11, 15, factor) if name == "B" else clouds)
    findings = site.compute(DAY).findings
    assert site.day(DAY).status == status
    told = [text for text in findings if "beside the other devices" in text]
    assert len(told) == (status == "provisional")
    assert all(" B (sensor" in text and "0.5 times" in text for text in told)


def test_a_register_that_says_the_same_settles_it(warehouse: Warehouse) -> None:
    """Half of the plant was off from 11 to 15 h, and its meter counted that."""
    site = _solar(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), _scaled(power(bell(2400)), 11, 15, 0.5))
    lost_kwh = 0.0
    counted = []
    for at, value in register(bell(2400), start_kwh=1e5):
        lost_kwh = bell(2400).between(11, min(max((at - hour(0)).total_seconds() / 3600, 11), 15)) / 2
        counted.append((at, value - 1000 * lost_kwh))
    site.readings(site.register(sign=1), counted)
    row = site.day(DAY)
    assert (row.method, row.status, row.flags) == ("register_difference", "final", [])
    assert row.produced_kwh == pytest.approx(2400 - lost_kwh)
