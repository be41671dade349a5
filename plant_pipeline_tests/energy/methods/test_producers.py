"""The sum of inverters and turbines, in a real warehouse."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site

DAY = "2026-06-15"
MIDNIGHT = "2026-06-15 00:00"


def _inverter(site: Site, name: str, values: list[float | None], *, step_min: float = 60, **properties: object) -> int:
    sensor_id = site.sensor("ac_power", step_min, device=name, kind="inverter", **properties)  # type: ignore[arg-type]  # passed on
    site.series(sensor_id, MIDNIGHT, step_min, values)
    return sensor_id


def test_all_that_was_measured_counts_and_the_rest_is_estimated(warehouse: Warehouse) -> None:
    """10, 20 and 30 kW; the first is silent from 6 to 8 h, the second from 7 to 9 h: 20 and 40 of 1,440 kWh.

    Coverage is by size: (10 x 22/24 + 20 x 22/24 + 30) / 60.
    """
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 6 + [None] * 2 + [10_000.0] * 16)
    _inverter(site, "B", [20_000.0] * 7 + [None] * 2 + [20_000.0] * 15)
    _inverter(site, "C", [30_000.0] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (1380.0, "inverter_sum", "provisional")
    assert row.gap_kwh == pytest.approx(60, abs=0.1)
    assert row.coverage == row.data_completeness == pytest.approx(57.5 / 60)


def test_inverters_of_different_steps(warehouse: Warehouse) -> None:
    """Hourly 10 kW without 06:00 to 07:00; quarter-hourly 8 kW without 12:15 to 12:30: 10 and 2 of 432 kWh, 2.8 %."""
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 6 + [None] + [10_000.0] * 17)
    _inverter(site, "B", [8000.0] * 49 + [None] + [8000.0] * 46, step_min=15)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (420.0, pytest.approx(12), "provisional")
    assert row.coverage == pytest.approx((10 * 23 + 8 * 23.75) / 24 / 18)


def test_means_and_instants_add_up(warehouse: Warehouse) -> None:
    """Means of 10 kW without the first hour; a line from 0 to 24 kW over the day: 230 + 288 kWh.

    The missing hour is worth 10 kWh by what follows it and 0.4 by what the other did then.
    """
    site = Site(warehouse)
    _inverter(site, "A", [None] + [10_000.0] * 23)
    line_id = site.sensor("ac_power", 0, device="B", kind="inverter")
    site.series(line_id, MIDNIGHT, 30, [500.0 * step for step in range(49)])
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(518)
    assert 0.4 < row.gap_kwh < 10
    assert row.coverage == pytest.approx((10 * 23 / 24 + 24) / 34)


def test_a_silent_inverter_of_unknown_size_is_taken_for_one_like_the_others(warehouse: Warehouse) -> None:
    """Of 10 kW and 20 kW, on average 15: 15 x 24 kWh are estimated, and 30 of 45 kW were measured."""
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 24, sign=1)
    _inverter(site, "B", [20_000.0] * 24, sign=1)
    silent_id = site.sensor("ac_power", 60, device="C", kind="inverter")
    site.series(silent_id, "2026-06-10 00:00", 60, [5000] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (720.0, pytest.approx(360), "provisional")
    assert row.coverage == pytest.approx(30 / 45)
    assert row.flags == ["gap_estimated", "device_silent"]


def test_an_inverter_that_was_never_read_is_not_there_yet(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 24)
    new_id = site.sensor("ac_power", 60, device="B", kind="inverter")
    assert site.day(DAY).produced_kwh == 240.0
    site.series(new_id, "2026-06-16 00:00", 60, [5000] * 24)
    assert site.day(DAY).produced_kwh == 240.0


def test_an_inverter_that_left_counts_on_the_days_it_reported(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 24)
    site.device("B", "inverter", is_present=False)
    gone_id = _inverter(site, "B", [5000.0] * 24, is_present=False)
    assert site.day(DAY).produced_kwh == 360.0
    site.execute("delete from energy.reading where sensor_id = %(id)s", id=gone_id)
    assert site.day(DAY).produced_kwh == 240.0


def test_an_inverter_without_sensors_makes_the_sum_impossible(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 24)
    site.device("B", "inverter")
    result = site.compute(DAY)
    assert site.day(DAY).null_reason == "missing_parameter"
    assert result.findings == (
        "P-SITE 2026-06-15: no production is measured at B: the sum of the devices is not the plant's",
    )


def test_registers_of_all_inverters_go_before_their_power(warehouse: Warehouse) -> None:
    """Daily counters: anew from zero after midnight UTC, which in Madrid is two o'clock in the morning.

    22:00 to 22:00 UTC: 24 hourly rises of 30 kWh, but for the one at midnight whose end shows 0: 30 of 720 kWh, 4 %.
    """
    site = Site(warehouse, zone="Europe/Madrid")
    for name, kwh in (("A", 10), ("B", 20)):
        sensor_id = site.register(device=name, kind="inverter")
        # From 20:00 UTC on the 14th: 20, 21 ... 23 hours' worth, then 0, 1, 2 ...
        site.series(sensor_id, "2026-06-14 20:00", 60, [kwh * 1000.0 * (step % 24) for step in range(20, 50)])
    _inverter(site, "A", [10_000.0] * 10)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (23 * 30, "inverter_sum", "provisional")
    assert row.gap_kwh == pytest.approx(30, abs=0.1)
    assert row.flags == ["reset", "gap_estimated"]


def test_a_fall_of_one_inverters_register_leaves_its_power(warehouse: Warehouse) -> None:
    """100 kWh an hour; the register falls from 12:00 to 13:00, and that hour is lost."""
    site = Site(warehouse)
    falling = [50_000_000.0 + 100_000 * step - (20_000_000 if step > 13 else 0) for step in range(27)]
    site.series(site.register(device="A", kind="inverter"), "2026-06-14 23:00", 60, falling)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (2300.0, pytest.approx(100), "provisional")
    assert row.flags == ["meter_change", "gap_estimated"]
    _inverter(site, "A", [100_000.0] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (2400.0, 0.0, "final")


def test_an_undeclared_exchange_at_a_device_is_not_final_however_little_it_hides(warehouse: Warehouse) -> None:
    """1 kWh of a day of 24 is less than 0.0002 x 1000 kW x 24 h = 4.8 kWh; whether it was an exchange nobody said."""
    site = Site(warehouse)
    for name in ("A", "B"):
        falling = [500_000.0 + 1000 * step - (200_000 if name == "A" and step > 13 else 0) for step in range(27)]
        site.series(site.register(device=name, kind="inverter"), "2026-06-14 23:00", 60, falling)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (47.0, pytest.approx(1), "provisional")


def test_methods_of_a_device_that_disagree_are_named(warehouse: Warehouse) -> None:
    """Energy of 10 and power of 12 kW."""
    site = Site(warehouse)
    _inverter(site, "A", [12_000.0] * 24)
    energy_id = site.sensor("production_energy", 60, device="A", kind="inverter")
    site.series(energy_id, MIDNIGHT, 60, [10_000] * 24)
    _inverter(site, "B", [12_000.0] * 24)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.flags) == (528.0, "provisional", ["methods_disagree"])
    (finding,) = result.findings
    assert finding.startswith("P-SITE 2026-06-15: A: interval energy says 240.0 kWh, but power integral says 288.0 kWh")
    assert finding.endswith("a meter that stands still or a wrong unit")


def test_devices_inside_a_measuring_device_are_not_counted_twice(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _inverter(site, "station", [30_000.0] * 24)
    site.device("module 1", "inverter", parent="station")
    site.device("module 2", "inverter", parent="station")
    _inverter(site, "module 1", [15_000.0] * 24)
    assert site.day(DAY).produced_kwh == 720.0


def test_a_device_that_measures_nothing_does_not_stand_for_those_inside(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.device("station", "inverter")
    site.device("module", "inverter", parent="station")
    _inverter(site, "module", [15_000.0] * 24)
    assert site.compute(DAY).findings == (
        "P-SITE 2026-06-15: no production is measured at station: the sum of the devices is not the plant's",
    )
    assert site.day(DAY).null_reason == "missing_parameter"


@pytest.mark.parametrize(("last_day", "gap_kwh"), [("2025-07-15", 240.0), ("2025-06-10", 0.0)])
def test_an_inverter_counts_until_it_has_been_silent_for_a_year(
    warehouse: Warehouse, last_day: str, gap_kwh: float
) -> None:
    site = Site(warehouse)
    _inverter(site, "A", [10_000.0] * 24)
    silent_id = site.sensor("ac_power", 60, device="B", kind="inverter")
    site.series(silent_id, f"{last_day} 00:00", 60, [5000] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh) == (240.0, pytest.approx(gap_kwh))
    assert ("device_silent" in row.flags) == (gap_kwh > 0)


def test_turbines_of_a_wind_farm(warehouse: Warehouse) -> None:
    """Each turbine's own draw is import, not less production: 24 x 100 kWh, and 24 x 2."""
    site = Site(warehouse, technology="wind")
    for name, power_w in (("T1", 100_000.0), ("T2", -2000.0)):
        turbine_id = site.sensor("ac_power", 60, device=name, kind="turbine", sign=1)
        site.series(turbine_id, MIDNIGHT, 60, [power_w] * 24)
    _inverter(site, "house battery", [1000.0] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh) == (2400.0, 48.0)


def test_inverters_of_a_solar_plant_by_daylight(warehouse: Warehouse) -> None:
    """0° N 0° E, up 05:57 to 18:04: nothing at night, and one inverter without 12:00 to 13:00: 10 of 240 kWh, 4 %.

    A night without readings is no silence.
    """
    site = Site(warehouse, technology="solar", place=(0.0, 0.0))
    day: list[float | None] = [None] * 6 + [10_000.0] * 12 + [None] * 6
    _inverter(site, "A", day)
    _inverter(site, "B", [*day[:12], None, *day[13:]])
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (230.0, pytest.approx(10, abs=0.1), "provisional")
    assert row.coverage == pytest.approx(11.5 / 24)
    assert row.daylight_completeness == pytest.approx(11.5 / 12)
    assert row.flags == ["gap_estimated"]


def test_an_inverter_that_is_silent_by_day_is_named(warehouse: Warehouse) -> None:
    """Three hours of twelve."""
    site = Site(warehouse, technology="solar", place=(0.0, 0.0))
    day: list[float | None] = [None] * 6 + [10_000.0] * 12 + [None] * 6
    _inverter(site, "A", day)
    _inverter(site, "B", [*day[:12], None, None, None, *day[15:]])
    assert site.day(DAY).flags == ["gap_estimated", "device_silent"]


def test_a_plant_that_never_moved_as_far_as_is_known_gave_nothing(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    for name in ("a", "b"):
        site.series(site.sensor("ac_power", 15, device=name, kind="turbine"), MIDNIGHT, 15, [0.0] * 96)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.coverage, row.status) == (0, None, 1, "final")
