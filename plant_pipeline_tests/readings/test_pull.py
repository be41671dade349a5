"""Which sensors are asked for, for which windows; the pull itself is shown end to end."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from plant_pipeline.readings.pull import PlantPlan, _further, _parts, plan_plants
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant

_DAY = date(2026, 3, 29)  # 23 hours in Madrid: 28 March 23:00 UTC to 29 March 22:00 UTC


def _add_sensor(connection: Connection, plant_id: UUID, name: str, resolution: str = "5 min", **more: object) -> None:
    connection.exec_driver_sql(
        "insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type, "
        "is_present) values (%(id)s, %(id)s, 'flexmeasures', %(asset)s, 'M', 'meter', true) on conflict do nothing",
        {"id": plant_id, "asset": str(plant_id)},
    )
    values = {"quantity": "ac_power", "is_reference": False, "is_present": True, **more}
    connection.exec_driver_sql(
        "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, source_unit, "
        "unit, is_cumulative, is_main, resolution, is_reference, is_present) values (%(id)s, %(id)s, 'flexmeasures', "
        "%(name)s, %(name)s, %(quantity)s, 'kW', 'W', false, true, %(resolution)s, %(is_reference)s, %(is_present)s)",
        {"id": plant_id, "name": name, "resolution": resolution, **values},
    )


def _plan(warehouse: Warehouse, dates: list[date], now_utc: datetime, plant_code: str | None = None) -> list[PlantPlan]:
    with warehouse.transaction() as connection:
        return plan_plants(connection, "flexmeasures", dates, now_utc, plant_code)


def test_one_window_covers_all_days_and_a_margin_beyond_both_ends(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        madrid = add_plant(connection, "Madrid", "Europe/Madrid")
        _add_sensor(connection, madrid, "fine")
        _add_sensor(connection, madrid, "hourly", "1 hour")
    (plan,) = _plan(warehouse, [_DAY - timedelta(days=1), _DAY], datetime(2026, 4, 1, tzinfo=UTC))
    windows = {series.source_sensor_id: (series.start_utc, series.end_utc) for series in plan.series}
    first, last = datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert windows["fine"] == (first - timedelta(hours=1), last + timedelta(hours=1))
    assert windows["hourly"] == (first - timedelta(minutes=90), last + timedelta(minutes=90))


def test_of_a_part_of_what_was_asked_a_register_keeps_what_its_ends_need(warehouse: Warehouse) -> None:
    """A register that is read every three hours has nothing within an hour of midnight."""
    with warehouse.transaction() as connection:
        madrid = add_plant(connection, "Madrid", "Europe/Madrid")
        _add_sensor(connection, madrid, "power")
        _add_sensor(connection, madrid, "register", "0", quantity="production_energy")
        connection.exec_driver_sql("update registry.sensor set is_cumulative = true where name = 'register'")
        now = datetime(2026, 4, 2, tzinfo=UTC)
        asked = [_DAY + timedelta(days=number) for number in (-2, -1, 0, 1, 2)]
        (plan,) = plan_plants(connection, "flexmeasures", [_DAY], now, asked_dates=asked)
    assert plan.kept is not None
    kept = {series.source_sensor_id: plan.kept[series.sensor_id] for series in plan.series}
    start_utc, end_utc, hour = (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
        timedelta(hours=1),
    )
    assert kept["power"] == (start_utc - hour, end_utc + hour)
    assert kept["register"] == (start_utc - 37 * hour, end_utc + 37 * hour)


def test_a_day_that_is_not_over_is_left_out(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        _add_sensor(connection, add_plant(connection, "Madrid", "Europe/Madrid"), "m")
        _add_sensor(connection, add_plant(connection, "Denver", "America/Denver"), "d")
    # 22:00 UTC: the day has just ended in Madrid, in Denver it is afternoon.
    plans = _plan(warehouse, [_DAY - timedelta(days=1), _DAY], datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert {plan.plant_code: plan.dates for plan in plans} == {
        "P-MADRID": (_DAY - timedelta(days=1), _DAY),
        "P-DENVER": (_DAY - timedelta(days=1),),
    }


def test_only_classified_present_measurements_of_active_plants_with_a_zone_are_read(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        madrid = add_plant(connection, "Madrid", "Europe/Madrid")
        _add_sensor(connection, madrid, "wanted")
        _add_sensor(connection, madrid, "unclassified", quantity=None)
        _add_sensor(connection, madrid, "daily", is_reference=True)
        _add_sensor(connection, madrid, "gone", is_present=False)
        _add_sensor(connection, add_plant(connection, "Nowhere", None), "zoneless")
        _add_sensor(connection, add_plant(connection, "Old", "Europe/Madrid", status="retired"), "retired")
        _add_sensor(connection, add_plant(connection, "Other", "Europe/Madrid"), "other")
    now = datetime(2026, 4, 1, tzinfo=UTC)
    found = {series.source_sensor_id for plan in _plan(warehouse, [_DAY], now) for series in plan.series}
    assert found == {"wanted", "other"}
    (only,) = _plan(warehouse, [_DAY], now, "P-OTHER")
    assert [series.source_sensor_id for series in only.series] == ["other"]


@pytest.mark.parametrize(("days", "requests"), [(4, 1), (32, 1), (33, 2), (366, 12)])
def test_a_night_is_one_request_and_a_long_backfill_several(days: int, requests: int) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    series = SensorSeries(1, "a", "kW", timedelta(minutes=5), start, start + timedelta(days=days))
    parts = _parts(series)
    assert len(parts) == requests
    assert parts[0].start_utc == start
    assert parts[-1].end_utc == series.end_utc
    assert all(one.end_utc == following.start_utc for one, following in itertools.pairwise(parts))


@pytest.mark.parametrize(
    ("hours", "asked"),
    [
        ([-0.5, 12, 24.5], []),
        ([0, 24], []),
        ([3, 12, 20], [(-37, -1), (25, 61)]),
        ([-0.5, 20], [(25, 61)]),
        ([], [(-37, -1), (25, 61)]),
    ],
    ids=["both ends", "on midnight", "asleep at night", "asleep in the evening", "silent"],
)
def test_a_register_without_a_reading_at_an_end_is_asked_for_further_ones(
    hours: list[float], asked: list[tuple[float, float]]
) -> None:
    start = datetime(2026, 6, 15, tzinfo=UTC)
    hour = timedelta(hours=1)
    day = (start, start + 24 * hour)
    register = SensorSeries(1, "a", "kWh", timedelta(0), start - hour, day[1] + hour, *day)
    readings = Readings(1, "kWh", tuple((start + at * hour).timestamp() for at in hours), (1.0,) * len(hours))
    found = [((span.start_utc - start) / hour, (span.end_utc - start) / hour) for span in _further(register, readings)]
    assert found == asked
    power = replace(register, needs_until_utc=None, needs_from_utc=None)
    assert _further(power, readings) == []
