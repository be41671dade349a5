"""KPIs of plants whose sensors fail as real ones do, from readings alone. Truth is worked out beside each.

Unless said otherwise: 1 MW AC and 1.25 MWp on the equator, a bell of power and of irradiance from 6 to 18 h.
"""

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import NOW, Site
from plant_pipeline_tests.energy.truth import (
    DAY,
    EQUATOR,
    Reading,
    bell,
    power,
    register,
    replaced,
    steady,
    without,
)

INSOLATION_WH_PER_M2 = 6000.0


def _plant(warehouse: Warehouse, *, technology: str = "solar", capacity_kw: float = 1000.0) -> Site:
    return Site(
        warehouse,
        technology=technology,
        place=EQUATOR,
        capacity_kw=capacity_kw,
        capacity_dc_kw=1.25 * capacity_kw,
    )


def _irradiance(insolation_wh_per_m2: float = INSOLATION_WH_PER_M2) -> list[Reading]:
    """Means of 5 minutes in W/m²: a bell of irradiation is made as one of energy, 1 kWh for 1 Wh/m²."""
    return [(at, value / 1000) for at, value in power(bell(insolation_wh_per_m2))]


def _pyranometer(site: Site, name: str, readings: list[Reading], quantity: str = "irradiance_poa") -> int:
    sensor_id = site.sensor(quantity, 5, device=name, kind="weather_station")
    site.readings(sensor_id, readings)
    return sensor_id


def _meter(site: Site, readings: list[Reading]) -> int:
    sensor_id = site.sensor("ac_power", 5, sign=1)
    site.readings(sensor_id, readings)
    return sensor_id


def _said(row: Any) -> float | str:
    """The value, or the reason why there is none."""
    found: float | str = row.null_reason if row.value is None else row.value
    return found


# -- irradiance --
@pytest.mark.parametrize("quantity", ["irradiance_poa", "irradiance_ghi"])
def test_what_a_pyranometer_shows_at_night_is_no_insolation(warehouse: Warehouse, quantity: str) -> None:
    """1,114 Wh/m² by day, and 6 W/m² for the 12 hours of the night, which would be 72 Wh/m² more.

    While the sun is up, 16 intervals of 5 minutes at the feet of the bell lie below 6 W/m²: they add 5.5 Wh/m².
    """
    site = _plant(warehouse)
    by_day = _irradiance(1114)
    _pyranometer(site, "weather", [(at, max(value, 6.0)) for at, value in by_day], quantity)
    _meter(site, power(bell(1100)))
    name = "reference_yield" if quantity == "irradiance_poa" else "ref_yield_ghi"
    assert site.kpis(DAY)[name].value == pytest.approx(1.114 + 0.0055, abs=1e-4)


def test_a_constant_offset_of_a_pyranometer_does_not_count_at_night(warehouse: Warehouse) -> None:
    """+6 W/m² all day long on 1,114 Wh/m²: was 1,257. By daylight (12.1 h) 73 of its 144 Wh/m² stay."""
    site = _plant(warehouse)
    _pyranometer(site, "weather", [(at, value + 6.0) for at, value in _irradiance(1114)])
    _meter(site, power(bell(1100)))
    assert site.kpis(DAY)["reference_yield"].value == pytest.approx(1.114 + 6 * 12.1 / 1000, abs=0.002)


def test_what_a_pyranometer_shows_at_night_is_no_part_of_a_ratio(warehouse: Warehouse) -> None:
    """6,000 kWh of 1,250 kWp at 6,000 Wh/m²: 0.8. Paired by day and night, 60 W/m² of the night would make it 0.71."""
    site = _plant(warehouse)
    by_day = [at for at, value in _irradiance() if value > 0]
    first_h, last_h = min(at.time() for at in by_day), max(at.time() for at in by_day)
    readings = [(at, value if first_h <= at.time() <= last_h else 60.0) for at, value in _irradiance()]
    _pyranometer(site, "weather", readings)
    _meter(site, without(power(bell(6000)), 0, 1))  # not all of the night, so that the pairs decide
    assert site.kpis(DAY)["performance_ratio"].value == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("dead_w_per_m2", [0.0, -3.0], ids=["zero", "offset"])
def test_a_dead_sensor_does_not_halve_the_irradiance(warehouse: Warehouse, dead_w_per_m2: float) -> None:
    """6,000 Wh/m² and nothing: 6,000. PR 6,000 kWh / (1,250 kWp x 6 h) = 0.8, which half of it would make 1.6."""
    site = _plant(warehouse)
    _pyranometer(site, "weather 1", _irradiance())
    dead_id = _pyranometer(site, "weather 2", [(at, dead_w_per_m2) for at, _ in _irradiance()])
    _meter(site, power(bell(6000)))
    kpis = site.kpis(DAY)
    assert kpis["reference_yield"].value == pytest.approx(6.0)
    assert kpis["performance_ratio"].value == pytest.approx(0.8)
    (measured,) = site.execute("select suspect_sensor_ids from energy.plant_measured")
    assert measured.suspect_sensor_ids == [dead_id]
    (row,) = site.execute("select flags from energy.plant_daily")
    assert "irradiance_suspect" in {*row.flags, *chain.from_iterable(site.reading_flags(dead_id).values())}


@pytest.mark.parametrize("odd_wh_per_m2", [3600, 5100])
def test_of_three_sensors_the_one_that_contradicts_is_voted_out(warehouse: Warehouse, odd_wh_per_m2: float) -> None:
    """6,000 and 6,060 Wh/m² against 3,600 or 5,100 (in the shade, or behind a dirty glass): the mean is 6,030."""
    site = _plant(warehouse)
    ids = [
        _pyranometer(site, f"weather {number}", _irradiance(insolation))
        for number, insolation in enumerate((6000, odd_wh_per_m2, 6060))
    ]
    _meter(site, power(bell(6000)))
    kpis = site.kpis(DAY)
    assert kpis["reference_yield"].value == pytest.approx(6.03)
    (measured,) = site.execute("select suspect_sensor_ids from energy.plant_measured")
    assert measured.suspect_sensor_ids == [ids[1]]


def test_sensors_that_agree_are_all_used(warehouse: Warehouse) -> None:
    site = _plant(warehouse)
    for number, insolation in enumerate((6000, 6120)):
        _pyranometer(site, f"weather {number}", _irradiance(insolation))
    _meter(site, power(bell(6000)))
    assert site.kpis(DAY)["reference_yield"].value == pytest.approx(6.06)
    (row,) = site.execute("select flags from energy.plant_daily")
    assert "irradiance_suspect" not in row.flags


def test_an_impossible_irradiance_is_left_out(warehouse: Warehouse) -> None:
    """65,535 W/m² for five minutes would be 5,461 Wh/m². At noon the bell has 1,000 W/m²: 83 Wh/m² are missing."""
    site = _plant(warehouse)
    sensor_id = _pyranometer(site, "weather", replaced(_irradiance(), 12, 12.05, 65_535.0))
    _meter(site, power(bell(6000)))
    kpis = site.kpis(DAY)
    assert 5.9 < kpis["reference_yield"].value < 6.01
    assert kpis["performance_ratio"].value == pytest.approx(0.8, rel=1e-3)  # both over the same intervals
    assert len(site.reading_flags(sensor_id)) == 1


# -- peaks --
def test_the_peak_of_a_register_with_one_zero(warehouse: Warehouse) -> None:
    """A 120 kW plant that comes to 100 kW (600 kWh, a bell): was 41,561 kW. The top quarter's mean is 99.9 kW."""
    site = _plant(warehouse, capacity_kw=120.0)
    course = bell(600)
    readings = register(course, start_kwh=10_000, step_min=15)
    site.readings(site.register(sign=1), replaced(readings, 10, 10.1, 0.0))
    kpis = site.kpis(DAY)
    top_kw = max(4 * course.between(quarter / 4, (quarter + 1) / 4) for quarter in range(96))
    assert kpis["peak_power_kw"].value == pytest.approx(top_kw, rel=1e-6)
    assert kpis["energy_kwh"].value == pytest.approx(600)


def test_an_outlier_is_in_no_kpi(warehouse: Warehouse) -> None:
    """65,535 kW for a quarter of an hour: peak was 65,535 kW, specific yield more than 130 h of a day."""
    site = _plant(warehouse)
    course = bell(2400)
    sensor_id = site.sensor("ac_power", 15, sign=1)
    site.readings(sensor_id, replaced(power(course, step_min=15), 9, 9.25, 65_535_000.0))
    kpis = site.kpis(DAY)
    top_kw = 4 * course.between(12, 12.25)
    assert kpis["peak_power_kw"].value == pytest.approx(top_kw)
    assert kpis["energy_kwh"].value == pytest.approx(2400, rel=0.03)
    assert kpis["specific_yield"].value == pytest.approx(2400 / 1250, rel=0.03)
    assert kpis["capacity_factor"].value == pytest.approx(0.1, rel=0.03)


# -- storage and hybrids --
def _shifted_bell_kw(hours: float) -> float:
    """Charges at 300 kW from 10 to 14 h, discharges as much from 19 to 23 h: the battery, + is discharge."""
    return -300.0 if 10 <= hours < 14 else 300.0 if 19 <= hours < 23 else 0.0


def test_a_hybrids_ratio_is_that_of_its_photovoltaics(warehouse: Warehouse) -> None:
    """PV 6,000 kWh, PR 6,000 / (1,250 x 6) = 0.8, yield 6,000 / 1,250 = 4.8 h.

    The battery takes 1,200 kWh at noon and gives 1,080 in the evening: the meter shows 5,880 kWh.
    """
    site = _plant(warehouse, technology="hybrid")
    solar = power(bell(6000))
    storage = [(at, 1000 * _shifted_bell_kw(at.hour) * (0.9 if at.hour > 15 else 1.0)) for at, _ in solar]
    site.readings(site.sensor("ac_power", 5, device="inverter", kind="inverter", sign=1), solar)
    site.readings(site.sensor("ac_power", 5, device="battery", kind="battery", sign=1), storage)
    _meter(site, [(at, pv + other) for (at, pv), (_, other) in zip(solar, storage, strict=True)])
    _pyranometer(site, "weather", _irradiance())
    kpis = site.kpis(DAY)
    assert kpis["energy_kwh"].value == pytest.approx(6000 - 1200 + 1080)
    assert kpis["performance_ratio"].value == pytest.approx(0.8, rel=1e-6)
    assert kpis["specific_yield"].value == pytest.approx(4.8, rel=1e-6)


def test_storage_has_no_capacity_factor_and_no_yield(warehouse: Warehouse) -> None:
    site = _plant(warehouse, technology="storage")
    _meter(site, [(at, 1000 * _shifted_bell_kw(at.hour)) for at, _ in power(steady(0))])
    kpis = site.kpis(DAY)
    for name in ("capacity_factor", "specific_yield", "yield_ac", "full_load_hours", "performance_ratio"):
        assert _said(kpis[name]) == "not_applicable", name


# -- completeness --
def test_half_a_days_readings_make_no_capacity_factor(warehouse: Warehouse) -> None:
    """Only from 6 to 12 h, half of the bell: energy is known to be half missing; PR is that of the half."""
    site = _plant(warehouse)
    _pyranometer(site, "weather", _irradiance())
    _meter(site, without(power(bell(6000)), 12, 24))
    kpis = site.kpis(DAY)
    for name in ("capacity_factor", "specific_yield", "yield_ac", "full_load_hours"):
        assert _said(kpis[name]) == "low_completeness", name
    assert kpis["performance_ratio"].value == pytest.approx(0.8, rel=1e-3)
    assert kpis["performance_ratio"].coverage == pytest.approx(0.5, abs=0.01)
    assert kpis["reference_yield"].value == pytest.approx(6.0)


def test_a_day_with_an_hour_less_keeps_its_yield(warehouse: Warehouse) -> None:
    """11 of 12.1 h of daylight are more than 0.90: the yield stands."""
    site = _plant(warehouse)
    _meter(site, without(power(bell(6000)), 8, 9))
    kpis = site.kpis(DAY)
    assert kpis["specific_yield"].value == pytest.approx(4.8, rel=0.07)
    assert kpis["capacity_factor"].value == pytest.approx(0.25, rel=0.07)


def test_a_register_total_serves_the_ratio_only_if_irradiance_is_whole(warehouse: Warehouse) -> None:
    """The sun was measured from 6 to 12 h alone: PR over these hours, from the register's steps, is 0.8 as well."""
    site = _plant(warehouse)
    _pyranometer(site, "weather", without(_irradiance(), 12, 24))
    site.readings(site.register(sign=1), register(bell(6000), start_kwh=10_000))
    kpis = site.kpis(DAY)
    assert kpis["performance_ratio"].value == pytest.approx(0.8, rel=1e-3)
    assert kpis["energy_kwh"].value == pytest.approx(6000)


def test_months_count_complete_days_only(warehouse: Warehouse) -> None:
    """14 June whole, the 15th restated and then cut to half a day: the month is the 14th, 2,400 kWh."""
    site = _plant(warehouse)
    sensor_id = _meter(site, power(bell(2400)))
    site.kpis("2026-06-14")
    assert site.kpis(DAY)["energy_kwh"].value == pytest.approx(2400)
    of_day = "sensor_id = %(id)s and period_start between '2026-06-15 00:00Z' and '2026-06-15 23:59Z'"
    site.execute(f"update energy.reading set value = 0.9 * value where {of_day}", id=sensor_id)
    site.kpis(DAY, now_utc=NOW + timedelta(days=1))
    june = "select value, days_with_value from kpi.plant_monthly where kpi = 'energy_kwh'"
    assert [tuple(row) for row in site.execute(june)] == [(pytest.approx(2400 + 2160), 2)]
    site.execute(f"delete from energy.reading where {of_day} and period_start > '2026-06-15 12:00Z'", id=sensor_id)
    site.kpis(DAY, now_utc=NOW + timedelta(days=2))
    assert [tuple(row) for row in site.execute(june)] == [(pytest.approx(2400), 1)]
    (row,) = site.execute("select status from energy.plant_daily where energy_date = '2026-06-15'")
    assert row.status == "provisional"
    assert len(site.execute("select * from energy.restatement")) == 2


# -- temperature --
def test_the_ratio_at_25_degrees(warehouse: Warehouse) -> None:
    """Modules at 45 °C, γ -0.0035/K: 0.8 / (1 - 0.0035 x 20) = 0.8 / 0.93."""
    site = _plant(warehouse)
    _pyranometer(site, "weather", _irradiance())
    _pyranometer(site, "weather", [(at, 45.0 + at.minute % 2) for at, _ in _irradiance()], "module_temperature")
    _meter(site, power(bell(6000)))
    value = site.kpis(DAY)["performance_ratio_25c"].value
    assert value == pytest.approx(0.8 / (1 - 0.0035 * 20.5), rel=2e-3)
