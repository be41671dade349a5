"""Energy that a second system tells: by itself, beside the plant's own meters, and against them."""

from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site

DAY = "2026-06-15"
_BEFORE = "2026-06-14 22:00"  # two hours before the day, to two hours after it
_HOURS = 28


def _apart(site: Site, sensor_id: int) -> int:
    """The sensor belongs to a platform that tells its energy apart."""
    site.execute(
        "update registry.sensor set energy_method = 'voke_telemetry', source = 'voke' where sensor_id = %(id)s",
        id=sensor_id,
    )
    site.execute(
        "update registry.equipment set source = 'voke' where equipment_id in "
        "(select equipment_id from registry.sensor where sensor_id = %(id)s)",
        id=sensor_id,
    )
    return sensor_id


def _register(site: Site, kw: float, **properties: Any) -> int:
    """A register that rises evenly, read every half hour."""
    sensor_id = site.register(**properties)
    site.series(sensor_id, _BEFORE, 30, [5e6 + 500 * kw * step for step in range(2 * _HOURS)])
    return sensor_id


def _power(site: Site, kw: float, **properties: Any) -> int:
    sensor_id = site.sensor("ac_power", 0, sign=1, **properties)
    site.series(sensor_id, _BEFORE, 5, [1000 * kw] * (12 * _HOURS))
    return sensor_id


def test_a_plant_that_only_a_platform_measures(warehouse: Warehouse) -> None:
    """100 kW for 24 h, by the register of its meter; its inverters (2 x 51 kW) say 2 % more and do not add to it."""
    site = Site(warehouse)
    _apart(site, _register(site, 100.0, device="E1"))
    for name in ("INV1", "INV2"):
        _apart(site, _power(site, 51.0, device=name, kind="inverter"))
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status, row.flags) == (2400.0, "voke_telemetry", "final", [])
    assert set(site.candidates(DAY)) == {"voke_telemetry"}


def test_inverters_of_a_platform_alone_add_up(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    for name in ("INV1", "INV2"):
        _apart(site, _power(site, 50.0, device=name, kind="inverter"))
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (pytest.approx(2400.0), "voke_telemetry", "final")


def test_the_plants_own_meter_goes_first_and_the_platform_confirms_it(warehouse: Warehouse) -> None:
    """Same inverters in both systems: each sum is one plant's, not two."""
    site = Site(warehouse)
    _register(site, 100.0, device="meter")
    _apart(site, _register(site, 101.0, device="E1"))
    for kw, name in ((50.0, "A"), (50.0, "B")):
        _power(site, kw, device=name, kind="inverter")
        _apart(site, _power(site, kw, device=f"{name} at the platform", kind="inverter"))
    row, candidates = site.day(DAY), site.candidates(DAY)
    assert (row.produced_kwh, row.method, row.status, row.flags) == (2400.0, "register_difference", "final", [])
    assert {method: round(own.produced_kwh, 3) for method, own in candidates.items()} == {
        "register_difference": 2400.0,
        "inverter_sum": 2400.0,
        "voke_telemetry": 2424.0,
    }


def test_a_platform_that_says_something_else_keeps_the_day_from_being_final(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _register(site, 100.0, device="meter")
    _apart(site, _register(site, 90.0, device="E1"))
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (2400.0, "register_difference", "provisional")
    assert row.flags == ["methods_disagree"]
    assert any("voke telemetry says 2160.0 kWh" in finding for finding in result.findings)


def test_a_stuck_register_loses_against_the_platform(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _register(site, 0.0, device="meter")
    _apart(site, _power(site, 100.0, device="gateway"))
    row = site.day(DAY)
    assert (row.produced_kwh, row.method) == (pytest.approx(2400.0), "voke_telemetry")
    assert row.status == "provisional"
    assert set(row.flags) == {"stuck", "methods_disagree"}


def test_the_platform_tells_what_the_plants_own_meters_missed(warehouse: Warehouse) -> None:
    """The meter was silent all day; the day is known and final all the same."""
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 0, sign=1, device="meter"), "2026-06-13 00:00", 5, [1e5] * 100)
    _apart(site, _register(site, 100.0, device="E1"))
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (2400.0, "voke_telemetry", "final")


def test_import_is_told_by_whoever_measures_it(warehouse: Warehouse) -> None:
    """Positive is import at the platform's grid meter: 20 kW for 24 h."""
    site = Site(warehouse)
    _register(site, 100.0, device="meter")
    grid = site.sensor("grid_power", 0, sign=-1, device="gateway", is_main=False)
    site.series(_apart(site, grid), _BEFORE, 5, [20_000.0] * (12 * _HOURS))
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh, row.exported_kwh) == (2400.0, pytest.approx(480.0), 0.0)


def test_kpis_come_from_it_as_from_any_meter(warehouse: Warehouse) -> None:
    """100 kW all day at 1,000 kW: capacity factor 0.1, the highest quarter of an hour 100 kW."""
    site = Site(warehouse)
    _apart(site, _power(site, 100.0, device="gateway"))
    kpis = site.kpis(DAY)
    assert (kpis["energy_kwh"].method, kpis["energy_kwh"].value) == ("voke_telemetry", pytest.approx(2400.0))
    assert kpis["capacity_factor"].value == pytest.approx(0.1)
    assert kpis["peak_power_kw"].value == pytest.approx(100.0)
