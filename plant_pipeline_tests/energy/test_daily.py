"""Energy of whole days from readings in a real warehouse. Numbers are worked out by hand beside each test."""

from datetime import date, datetime, timedelta

import pytest

from plant_pipeline.energy.writing import EnergyDayResult
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import EPOCH, Site, utc

DAY = "2026-06-15"


# -- days --
@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Madrid", "2026-03-29", "2026-03-28 23:00", 23.0),
        ("Europe/Madrid", "2026-03-30", "2026-03-29 22:00", 24.0),
        ("Europe/Madrid", "2026-10-25", "2026-10-24 22:00", 25.0),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03 13:30", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04 13:00", 24.5),
        ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00", 23.0),  # midnight itself does not exist
    ],
)
@pytest.mark.parametrize("method", ["register_difference", "interval_energy", "power_integral"])
def test_days_have_their_real_length(
    warehouse: Warehouse, zone: str, day: str, start: str, hours: float, method: str
) -> None:
    """A constant 60 kW in half hours, from two hours before the day to two hours after it: 60 kWh an hour."""
    site = Site(warehouse, zone=zone)
    steps = int(hours * 2) + 8
    first = (utc(start) - timedelta(hours=2)).isoformat()[:16]
    if method == "register_difference":
        site.series(site.register(), first, 30, [5_000_000 + 30_000 * step for step in range(steps)])
    elif method == "interval_energy":
        site.series(site.sensor("production_energy", 30), first, 30, [30_000] * steps)
    else:
        site.series(site.sensor("ac_power", 30), first, 30, [60_000] * steps)
    row = site.day(day)
    assert (row.produced_kwh, row.hours_in_day, row.method) == (60 * hours, hours, method)
    assert (row.coverage, row.data_completeness, row.status, row.null_reason) == (1.0, 1.0, "final", None)


def test_a_date_the_zone_skipped_has_no_row(warehouse: Warehouse) -> None:
    site = Site(warehouse, zone="Pacific/Apia")
    site.series(site.sensor("ac_power", 60), "2011-12-29 00:00", 60, [1000] * 72)
    assert site.day("2011-12-30") is None
    # 31 December begins at UTC 10:00 on the 30th, where 29 December ended.
    assert site.day("2011-12-31").produced_kwh == 24.0
    assert site.day("2011-12-29").produced_kwh == 24.0


def test_a_day_that_is_not_over_is_left_out_and_named(warehouse: Warehouse) -> None:
    early, late = (
        Site(warehouse, code="P-EARLY", zone="Asia/Tokyo"),
        Site(warehouse, code="P-LATE", zone="America/Lima"),
    )
    for site in (early, late):
        site.series(site.sensor("ac_power", 60), "2026-06-14 00:00", 60, [1000] * 72)
    # Tokyo's 15 June ends at 15:00 UTC, Lima's at 05:00 UTC of the 16th.
    result = early.compute(DAY, now_utc=utc("2026-06-15 15:00"))
    assert (result.rows, result.not_over) == (1, ("P-LATE",))
    assert late.compute(DAY, now_utc=utc("2026-06-16 05:00")).not_over == ()


def test_without_a_zone_there_is_no_energy(warehouse: Warehouse) -> None:
    site = Site(warehouse, zone=None)
    site.series(site.sensor("ac_power", 60), "2026-06-14 00:00", 60, [1000] * 72)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.hours_in_day, row.method) == (None, "no_timezone", 24.0, None)


def test_plants_without_sensors_and_plants_no_longer_active_have_no_row(warehouse: Warehouse) -> None:
    Site(warehouse, code="P-BARE")
    retired = Site(warehouse, code="P-GONE", status="retired")
    retired.series(retired.sensor("ac_power", 60), "2026-06-15 00:00", 60, [1000] * 24)
    assert retired.compute(DAY).rows == 0


def _version(site: Site, valid_from: datetime, valid_to: datetime | None, zone: str, capacity_kw: float) -> None:
    site.execute(
        "insert into registry.plant_history (plant_id, valid_from, valid_to, recorded_at, plant_code, name, "
        "technology, timezone, capacity_ac_kw, status, first_seen_at, updated_at) values (%(plant_id)s, "
        "%(valid_from)s, %(valid_to)s, %(at)s, 'P-SITE', 'P-SITE', 'wind', %(zone)s, %(capacity_kw)s, 'active', "
        "%(at)s, %(at)s)",
        valid_from=valid_from,
        valid_to=valid_to,
        zone=zone,
        capacity_kw=capacity_kw,
        at=EPOCH,
    )


def test_the_version_valid_on_the_day_counts(warehouse: Warehouse) -> None:
    """Until 15 June, 2026-06-14 22:00 UTC, the zone was UTC and the capacity 10 kW; from then on Berlin and 1000 kW."""
    site = Site(warehouse, zone="Europe/Berlin")
    _version(site, EPOCH, utc("2026-06-14 22:00"), "UTC", 10.0)
    _version(site, utc("2026-06-14 22:00"), None, "Europe/Berlin", 1000.0)
    # 20 kW until 22:00 UTC, 100 kW after it: 22 h x 20 + 2 h x 100 on the UTC day of the 14th, 24 x 100 on the 15th.
    site.series(site.sensor("ac_power", 60, sign=1), "2026-06-14 00:00", 60, [20_000] * 22 + [100_000] * 40)
    before, after = site.day("2026-06-14"), site.day("2026-06-15")
    assert (before.produced_kwh, before.flags) == (640.0, ["above_capacity"])
    assert (after.produced_kwh, after.flags) == (2400.0, ["zone_changed"])


def test_a_version_that_begins_with_a_day_in_the_far_west_counts_on_it(warehouse: Warehouse) -> None:
    """In Honolulu 15 June begins at 10:00 UTC. 24 x 100 kWh are too much for the 10 kW of the day before."""
    site = Site(warehouse, zone="Pacific/Honolulu")
    _version(site, EPOCH, utc("2026-06-15 10:00"), "Pacific/Honolulu", 10.0)
    _version(site, utc("2026-06-15 10:00"), None, "Pacific/Honolulu", 1000.0)
    site.series(site.sensor("ac_power", 60, sign=1), "2026-06-14 10:00", 60, [100_000] * 48)
    assert [site.day(day).flags for day in ("2026-06-14", "2026-06-15")] == [["above_capacity"], []]


# -- power --
def test_night_consumption_is_import_and_production_is_gross(warehouse: Warehouse) -> None:
    """12 h of 100 kW and 12 h of -5 kW in quarter hours."""
    site = Site(warehouse)
    site.series(
        site.sensor("ac_power", 15, sign=1), "2026-06-15 00:00", 15, [-5000] * 24 + [100_000] * 48 + [-5000] * 24
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh, row.exported_kwh) == (1200.0, 60.0, None)
    assert row.method == "power_integral"


def test_power_with_consumption_positive_is_turned(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(
        site.sensor("ac_power", 15, sign=-1), "2026-06-15 00:00", 15, [5000] * 24 + [-100_000] * 48 + [5000] * 24
    )
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh) == (1200.0, 60.0)


def test_unstated_sign_with_more_consumption_than_production_is_a_contradiction(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [-10_000] * 13 + [10_000] * 11)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.imported_kwh) == (None, "inconsistent_inputs", None)
    assert len(result.findings) == 1
    assert "state its sign" in result.findings[0]


def test_unstated_sign_of_a_solar_plant_is_judged_by_daylight(warehouse: Warehouse) -> None:
    """On the equator the sun is up from about 6 to 18 h: 1 kW then, and 5 kW drawn by a pump at night."""
    site = Site(warehouse, technology="solar", place=(0.0, 0.0))
    sensor_id = site.sensor("ac_power", 60)
    site.series(sensor_id, "2026-06-15 00:00", 60, [-5000] * 6 + [1000] * 12 + [-5000] * 6)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh) == (12.0, 60.0)
    site.execute("update energy.reading set value = -value where sensor_id = %(sensor_id)s", sensor_id=sensor_id)
    assert site.day(DAY).null_reason == "inconsistent_inputs"


def test_instantaneous_power_is_a_line_between_readings(warehouse: Warehouse) -> None:
    """Every 10 min from 23:55: the line at midnight, and no energy across the two hours without readings.

    100 W more each minute, 0 at midnight: 144 kW x 24 h / 2 = 1728 kWh. Lost are 15:55 to 17:55 with 101.5 kW in the
    middle: 203 kWh, 12 % of the day, as the line between the neighbours says.
    """
    site = Site(warehouse)
    course: list[float | None] = [100.0 * (10 * step - 5) for step in range(147)]
    course[97:108] = [None] * 11  # 16:05 to 17:45
    site.series(site.sensor("ac_power", 0), "2026-06-14 23:55", 10, course)
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(1728 - 203, abs=1e-6)
    assert row.imported_kwh == pytest.approx(0.0, abs=1e-6)
    assert row.gap_kwh == pytest.approx(203, abs=0.01)
    assert (row.method, row.status) == ("power_integral", "provisional")
    assert row.coverage == pytest.approx(22 / 24)


def test_instantaneous_power_that_crosses_zero_is_split_at_zero(warehouse: Warehouse) -> None:
    """Hourly +30 kW, then -10 kW from 12:00 on: between 11:00 and 12:00 the line crosses zero after 45 minutes.

    Produced 11 x 30 + 30 x 0.75 / 2 = 341.25 kWh; imported 10 x 0.25 / 2 + 12 x 10 = 121.25 kWh.
    """
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 0), "2026-06-15 00:00", 60, [30_000] * 12 + [-10_000] * 13)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh, row.coverage) == (341.25, 121.25, 1.0)


def test_one_missing_instant_is_a_gap(warehouse: Warehouse) -> None:
    """Every 10 min 6 kW, but none at 12:00: no energy for the 20 minutes around it, 144 - 2 kWh."""
    site = Site(warehouse)
    course: list[float | None] = [6000.0] * 145
    course[72] = None
    site.series(site.sensor("ac_power", 0), "2026-06-15 00:00", 10, course)
    row = site.day(DAY)
    assert (row.produced_kwh, row.coverage) == (142.0, pytest.approx(1 - 1 / 72))


def test_instants_with_consumption_positive_are_turned(warehouse: Warehouse) -> None:
    """30 kW until 11:00, through zero at 11:45, 10 kW drawn from 12:00: 11 x 30 + 11.25, and 1.25 + 12 x 10 kWh."""
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 0, sign=-1), "2026-06-15 00:00", 60, [-30_000] * 12 + [10_000] * 13)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh) == (341.25, 121.25)


def test_solar_completeness_counts_daylight_only(warehouse: Warehouse) -> None:
    """Nothing is sent at night: half of the day is missing and none of the daylight."""
    site = Site(warehouse, technology="solar", place=(0.0, 0.0))
    site.series(site.sensor("ac_power", 15), "2026-06-15 05:00", 15, [10_000] * 56)
    row = site.day(DAY)
    assert (row.produced_kwh, row.status, row.daylight_completeness) == (140.0, "final", 1.0)
    assert row.coverage == row.data_completeness == pytest.approx(14 / 24)
    assert row.imported_kwh is None  # what it drew at night nobody knows


def test_solar_completeness_of_a_hole_by_day(warehouse: Warehouse) -> None:
    """At 0° N 0° E in mid June the sun is up from 05:57 to 18:04: the middles of 12 hours lie in it; 3 are lost."""
    site = Site(warehouse, technology="solar", place=(0.0, 0.0))
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [1000] * 10 + [None] * 3 + [1000] * 11)
    row = site.day(DAY)
    assert row.daylight_completeness == pytest.approx(9 / 12)
    assert (row.produced_kwh, row.status) == (21.0, "provisional")
    assert row.coverage == pytest.approx(21 / 24)


# -- the choice --
def test_a_complete_lower_method_goes_before_an_incomplete_higher_one(warehouse: Warehouse) -> None:
    """10 and, by power, 10.1 kWh an hour, which agree within 2 %."""
    site = Site(warehouse)
    site.series(site.sensor("production_energy", 60), "2026-06-15 00:00", 60, [10_000] * 20)
    power_id = site.sensor("ac_power", 60)
    site.series(power_id, "2026-06-15 00:00", 60, [10_100] * 19)
    assert site.day(DAY).method == "interval_energy"  # neither is complete: 4 hours are open, not 5
    site.series(power_id, "2026-06-15 19:00", 60, [10_100] * 2)
    assert site.day(DAY).method == "power_integral"  # 20/24 and 21/24: 3 hours are open, not 4
    site.series(power_id, "2026-06-15 21:00", 60, [10_100])
    row = site.day(DAY)
    # 22/24 are complete, but two hours are more than 1 %.
    assert (row.method, row.produced_kwh, row.status) == ("power_integral", pytest.approx(222.2), "provisional")
    assert sorted(site.candidates(DAY)) == ["interval_energy", "power_integral"]
    site.series(power_id, "2026-06-15 22:00", 60, [10_100] * 2)
    row = site.day(DAY)
    assert (row.method, row.produced_kwh, row.status, row.flags) == (
        "power_integral",
        pytest.approx(242.4),
        "final",
        [],
    )


def test_what_exceeds_the_capacity_is_kept_and_flagged(warehouse: Warehouse) -> None:
    site = Site(warehouse, capacity_kw=10.0)
    site.series(site.sensor("ac_power", 60, sign=1), "2026-06-15 00:00", 60, [10_500] * 24)
    assert site.day(DAY).flags == []  # exactly 5 % more
    site.execute("update energy.reading set value = 10_501")
    result = site.compute(DAY)
    assert (site.day(DAY).flags, len(result.findings)) == (["above_capacity"], 1)


# -- import and export --
def test_import_and_export_registers_go_before_power(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60, sign=1), "2026-06-15 00:00", 60, [-5000] * 12 + [10_000] * 12)
    site.series(site.sensor("import_energy", 0, is_cumulative=True), "2026-06-15 00:00", 60, range(0, 25_000, 1000))
    site.series(site.sensor("export_energy", 60), "2026-06-15 00:00", 60, [4000] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh, row.exported_kwh, row.flags) == (120.0, 24.0, 96.0, [])


def test_export_above_production_is_kept_and_flagged(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [10_000] * 24)
    export_id = site.sensor("export_energy", 60)
    site.series(export_id, "2026-06-15 00:00", 60, [10_100] * 24)
    assert site.day(DAY).flags == []  # 1 % is tolerated
    site.execute("update energy.reading set value = 10_101 where sensor_id = %(id)s", id=export_id)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.produced_kwh, row.exported_kwh, row.flags) == (240.0, 242.424, ["export_above_production"])
    assert len(result.findings) == 1


def test_grid_power_of_stated_sign_tells_both_directions(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [10_000] * 24)
    grid_id = site.sensor("grid_power", 60, sign=-1)
    site.series(grid_id, "2026-06-15 00:00", 60, [2000] * 12 + [-7000] * 12)
    row = site.day(DAY)
    assert (row.imported_kwh, row.exported_kwh) == (24.0, 84.0)
    site.execute("update registry.sensor set sign = null where sensor_id = %(id)s", id=grid_id)
    row = site.day(DAY)
    assert (row.imported_kwh, row.exported_kwh) == (0.0, None)


def test_incomplete_import_is_not_told(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.sensor("production_energy", 60), "2026-06-15 00:00", 60, [10_000] * 24)
    site.series(site.sensor("import_energy", 60), "2026-06-15 00:00", 60, [1000] * 21)
    row = site.day(DAY)
    assert (row.produced_kwh, row.imported_kwh) == (240.0, None)


# -- results --
def test_the_result_counts_what_was_written(warehouse: Warehouse) -> None:
    good, empty = Site(warehouse, code="P-GOOD"), Site(warehouse, code="P-EMPTY")
    good.series(good.sensor("ac_power", 60), "2026-06-15 00:00", 60, [1000] * 24)
    empty.sensor("ac_power", 60)
    result = good.compute(DAY)
    assert result == EnergyDayResult(
        date(2026, 6, 15),
        rows=2,
        written=2,
        restated=0,
        by_status={"final": 1, "provisional": 1},
        by_method={"power_integral": 1},
        by_null_reason={"no_data": 1},
    )
    assert good.compute(DAY).written == 0


def test_only_the_plants_asked_for_are_computed(warehouse: Warehouse) -> None:
    one, other = Site(warehouse, code="P-ONE"), Site(warehouse, code="P-OTHER")
    for site in (one, other):
        site.series(site.sensor("ac_power", 60), "2026-06-15 00:00", 60, [1000] * 24)
    assert one.compute(DAY, plant_ids=[one.plant_id]).rows == 1
    assert one.compute(DAY, plant_ids=[]).rows == 0
    assert other.execute("select count(*) from energy.plant_daily")[0].count == 1


def test_daily_references_and_unclassified_sensors_are_no_inputs(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    reference_id = site.sensor("production_energy", 1440)
    site.execute("update registry.sensor set is_reference = true where sensor_id = %(id)s", id=reference_id)
    site.series(reference_id, "2026-06-15 00:00", 60, [1_000_000])
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason) == (None, "no_data")
