"""Devices whose source documents what they give at most."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    DAY,
    EQUATOR,
    assert_honest,
    bell,
    hour,
    power,
    register,
    replaced,
    shifted,
)


def _site(warehouse: Warehouse, rating_kw: float | None) -> Site:
    """Two inverters of half a plant of 1 MW."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    for name in "AB":
        site.device(name, "inverter", rating_kw=rating_kw)
    return site


@pytest.mark.parametrize(("rating_kw", "status"), [(250.0, "final"), (None, "provisional")])
def test_power_that_the_plant_could_give_but_not_the_device(
    warehouse: Warehouse, rating_kw: float | None, status: str
) -> None:
    """200 kW of each at noon, and 600 kW of one for five minutes: without a rating they may be true."""
    site = _site(warehouse, rating_kw)
    for name in "AB":
        readings = power(bell(1200))
        spiked = replaced(readings, 12, 12 + 1 / 12, 6e5) if name == "A" else readings
        site.readings(site.sensor("ac_power", 5, sign=1, device=name, kind="inverter"), spiked)
    row = site.day(DAY)
    assert (row.status, "outlier" in row.flags) == (status, True)
    assert_honest(row, 2400)


def test_a_register_jumps_by_more_than_its_device_can_give(warehouse: Warehouse) -> None:
    """Another 600 kWh within an hour at noon, of a device of 250 kW in a plant of a megawatt."""
    site = _site(warehouse, 250.0)
    for name in "AB":
        readings = register(bell(1200), start_kwh=1e5, step_min=60)
        jumped = shifted(readings, 12, 6e5) if name == "A" else readings
        site.readings(site.register(sign=1, device=name, kind="inverter"), jumped)
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 2400)


def test_a_rating_that_its_device_exceeds_day_by_day_is_wrong(warehouse: Warehouse) -> None:
    site = _site(warehouse, 20.0)
    for name in "AB":
        site.readings(site.sensor("ac_power", 5, sign=1, device=name, kind="inverter"), power(bell(1200)))
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(2400)
    assert row.flags == []
    told = [text for text in site.compute(DAY).findings if "stated to give 20 kW at most" in text]
    assert [name in text for name, text in zip("AB", told, strict=True)] == [True, True]
    assert all("reaches 200 kW" in text for text in told)


def test_a_device_within_its_rating_is_not_told(warehouse: Warehouse) -> None:
    site = _site(warehouse, 200.0)
    for name in "AB":
        site.readings(site.sensor("ac_power", 5, sign=1, device=name, kind="inverter"), power(bell(1200)))
    assert site.day(DAY).produced_kwh == pytest.approx(2400)
    assert not any("stated to give" in text for text in site.compute(DAY).findings)


def test_a_device_that_rests_all_along_counts_by_its_rating(warehouse: Warehouse) -> None:
    """Two of 250 kW and one of 500 that was only read at rest, days ago: it may give as much as the two."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    for name, rating_kw in (("A", 250.0), ("B", 250.0), ("C", 500.0)):
        site.device(name, "inverter", rating_kw=rating_kw)
    sensors = [site.sensor("ac_power", 5, sign=1, device=name, kind="inverter") for name in "ABC"]
    for heard in sensors[:2]:
        site.readings(heard, power(bell(1500)))
    site.readings(sensors[2], [(hour(-60), 0.0)])
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(3000)
    assert row.gap_kwh == pytest.approx(3000, rel=1e-3)
    assert "device_silent" in row.flags
