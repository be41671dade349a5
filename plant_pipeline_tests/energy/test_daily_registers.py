"""Whole days by registers and energies of intervals, in a real warehouse. Numbers are worked out by hand."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site

DAY = "2026-06-15"


def test_register_between_readings_at_midnight_and_across_a_gap_in_the_day(warehouse: Warehouse) -> None:
    """Read every 30 min at :10 and :40; 10 kWh each. A hole of 6 h (12 readings) at noon loses nothing."""
    site = Site(warehouse)
    values: list[float | None] = [1_000_000 + 10_000 * step for step in range(-4, 56)]
    values[4 + 20 : 4 + 32] = [None] * 12
    site.series(site.register(), "2026-06-14 22:10", 30, values)
    row = site.day(DAY)
    assert (row.produced_kwh, row.coverage, row.status) == (480.0, 1.0, "final")
    assert row.data_completeness == pytest.approx(36 / 48)


def test_a_gap_at_midnight_splits_the_rise_and_leaves_it_uncertain(warehouse: Warehouse) -> None:
    """Every 15 min 5 kWh, but nothing from 23:15 to 00:15: between 23:00 and 00:30 the register rises by 30 kWh.

    In proportion to time 20 kWh fall before midnight and 10 after it: 10 + 470. All of the 10 may have fallen before
    it, which is more than 1 % of 480.
    """
    site = Site(warehouse)
    steps = range(-8, 100)
    site.series(
        site.register(),
        "2026-06-14 22:00",
        15,
        [None if -3 <= step <= 1 else 1_000_000 + 5000 * step for step in steps],
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.coverage) == (pytest.approx(480.0), 0.0, 1.0)
    assert (row.status, row.null_reason, row.method) == ("provisional", None, "register_difference")
    assert 4.8 < row.uncertainty_kwh <= 10.0
    assert row.data_completeness == pytest.approx(95 / 96)
    # Power that lacks nothing decides where the register is uncertain: 20.1 kW in 15-minute means.
    site.series(site.sensor("ac_power", 15), "2026-06-15 00:00", 15, [20_100] * 96)
    row = site.day(DAY)
    assert (row.produced_kwh, row.method, row.status) == (pytest.approx(482.4), "power_integral", "final")
    assert site.candidates(DAY)["register_difference"].produced_kwh == pytest.approx(480.0)


def _hourly_register(site: Site, change: dict[int, float], *, sign: int | None = None) -> int:
    """500 kWh at midnight and 40 kWh more each hour, readings 3 h beyond both ends, some of them changed."""
    sensor_id = site.register(sign=sign)
    values = {hour: change.get(hour, 500_000 + 40_000 * hour) * (sign or 1) for hour in range(-3, 28)}
    site.series(sensor_id, "2026-06-14 21:00", 60, values.values())
    return sensor_id


def test_register_reset(warehouse: Warehouse) -> None:
    """10 hours up to 900 kWh, then anew from 0: 30 kWh an hour later, 40 more each of the following 13 hours.

    30 kWh of the hour of the reset are certain; at the rate of both sides 10 more went before it, 1.04 % of 960 kWh.
    """
    site = Site(warehouse)
    _hourly_register(site, {hour: 30_000 + 40_000 * (hour - 11) for hour in range(11, 28)})
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.flags) == (
        10 * 40 + 30 + 13 * 40,
        "provisional",
        ["reset", "gap_estimated"],
    )
    assert row.gap_kwh == pytest.approx(10)
    assert row.coverage == pytest.approx(23 / 24)


def test_register_rollover(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    # As if the counter had five digits: 99,580 kWh at midnight, 100,000 reached after ten and a half hours.
    _hourly_register(site, {hour: (99_580_000 + 40_000 * hour) % 100_000_000 for hour in range(-3, 28)})
    assert site.day(DAY).produced_kwh == 960.0


def test_register_glitch_and_upward_spike(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _hourly_register(site, {8: 0.0, 14: 9_999_000_000.0})
    assert site.day(DAY).produced_kwh == 960.0


def test_glitch_on_midnight_is_bridged_if_its_neighbours_are_near(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    values = [1_000_000.0 + 10_000 * step for step in range(-8, 104)]
    values[8] = 0.0
    site.series(site.register(), "2026-06-14 22:00", 15, values)
    assert site.day(DAY).produced_kwh == 960.0


def test_an_undeclared_exchange_loses_its_step_and_is_not_final_without_a_witness(warehouse: Warehouse) -> None:
    """The register falls from 940 kWh at 11:00 to 780 at 12:00 and goes on: 40 kWh of that hour are lost of 960."""
    site = Site(warehouse)
    _hourly_register(site, {hour: 300_000 + 40_000 * hour for hour in range(12, 28)})
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (920.0, pytest.approx(40), "provisional")
    assert (row.null_reason, row.flags) == (None, ["meter_change", "gap_estimated"])
    assert row.coverage == pytest.approx(23 / 24)
    (finding,) = result.findings
    assert "940.000 to 780.000 kWh at 2026-06-15 12:00:00Z" in finding
    assert finding.startswith("P-SITE 2026-06-15: ")
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [40_000] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.method) == (960.0, "final", "power_integral")
    assert row.flags == ["meter_change"]
    assert site.candidates(DAY)["register_difference"].produced_kwh == 920.0
    assert site.compute(DAY).findings == result.findings


def test_an_upward_jump_that_stays_is_no_production(warehouse: Warehouse) -> None:
    """From 940 kWh at 11:00 to 700,480 at 12:00: all but the 40 kWh of that hour are known."""
    site = Site(warehouse)
    _hourly_register(site, {hour: 700_000_000 + 40_000 * hour for hour in range(12, 28)})
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.status) == (920.0, pytest.approx(40), "provisional")
    assert row.flags == ["meter_change", "gap_estimated"]


def test_register_with_a_negative_sign_counts_down(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    _hourly_register(site, {}, sign=-1)
    assert site.day(DAY).produced_kwh == 960.0


def test_two_readings_a_day_on_both_midnights_are_enough(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.register(), "2026-06-14 00:00", 1440, [0, 100_000, 350_000])
    row = site.day(DAY)
    assert (row.produced_kwh, row.coverage, row.data_completeness) == (250.0, 1.0, 1.0)


# -- energies of intervals --
def test_intervals_across_midnight_count_by_their_share(warehouse: Warehouse) -> None:
    """India, UTC+5:30: the day begins at 18:30 UTC, in the middle of hourly intervals on the full UTC hour.

    The interval of 18:00 UTC (10 kWh) gives half, 23 of 20 kWh, the one of 18:00 a day later (30 kWh) half again.
    """
    site = Site(warehouse, zone="Asia/Kolkata")
    site.series(site.sensor("production_energy", 60), "2026-06-14 18:00", 60, [10_000] + [20_000] * 23 + [30_000])
    row = site.day(DAY)
    assert (row.produced_kwh, row.coverage, row.method) == (5 + 460 + 15, 1.0, "interval_energy")


def test_missing_intervals_lower_coverage_and_are_not_made_up(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    sensor_id = site.sensor("production_energy", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [10_000] * 10 + [None] * 4 + [10_000] * 10)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.null_reason) == (200.0, "provisional", None)
    assert row.coverage == row.data_completeness == pytest.approx(20 / 24)


@pytest.mark.parametrize(("hours", "produced_kwh", "reason"), [(8, 80.0, None), (7, None, "low_completeness")])
def test_below_a_third_there_is_no_energy(
    warehouse: Warehouse, hours: int, produced_kwh: float | None, reason: str | None
) -> None:
    site = Site(warehouse)
    site.series(site.sensor("production_energy", 60), "2026-06-15 03:00", 60, [10_000] * hours)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.status) == (produced_kwh, reason, "provisional")
    assert row.coverage == pytest.approx(hours / 24)


def test_overlapping_intervals_end_where_the_next_begins(warehouse: Warehouse) -> None:
    """The grid moved by 30 min at noon: the interval of 11:00 counts for half an hour."""
    site = Site(warehouse)
    sensor_id = site.sensor("ac_power", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [10_000] * 12)
    site.series(sensor_id, "2026-06-15 11:30", 60, [20_000] * 13)
    row = site.day(DAY)
    assert (row.produced_kwh, row.coverage) == (11.5 * 10 + 12.5 * 20, 1.0)


def test_zero_is_measured_and_nothing_is_not(warehouse: Warehouse) -> None:
    measured, unknown = Site(warehouse, code="P-ZERO"), Site(warehouse, code="P-NONE")
    measured.series(measured.sensor("production_energy", 60), "2026-06-15 00:00", 60, [0] * 24)
    unknown.sensor("production_energy", 60)
    assert measured.day(DAY).produced_kwh == 0.0
    row = unknown.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.method, row.coverage) == (None, "no_data", None, 0.0)
    assert unknown.candidates(DAY)["interval_energy"].null_reason == "no_data"


def test_a_plant_whose_source_could_not_be_read_says_so(warehouse: Warehouse) -> None:
    silent, partial = Site(warehouse, code="P-FAIL"), Site(warehouse, code="P-PART")
    silent.sensor("production_energy", 60)
    partial.series(partial.sensor("production_energy", 60), "2026-06-15 00:00", 60, [1000] * 24)
    failed = [silent.plant_id, partial.plant_id]
    assert silent.day(DAY, failed_plant_ids=failed).null_reason == "source_failed"
    assert partial.day(DAY, failed_plant_ids=failed).produced_kwh == 24.0
