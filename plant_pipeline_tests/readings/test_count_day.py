"""The readings of a day, as the Dagster UI shows their number."""

from datetime import UTC, date, datetime, timedelta

from plant_pipeline.warehouse import Warehouse, ensure_month_partitions, execute
from plant_pipeline_tests.kpi.fleet import Fleet

_DAY = date(2026, 3, 29)  # 23 hours in Madrid: 28 March 23:00 UTC to 29 March 22:00 UTC


def test_a_days_readings_are_those_between_the_midnights_of_each_plant(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        first = datetime(2026, 3, 28, tzinfo=UTC)
        ensure_month_partitions(connection, "energy.reading", date(2026, 3, 1), date(2026, 4, 1))
        for code, zone in (("MADRID", "Europe/Madrid"), ("APIA", "Pacific/Apia"), ("NOWHERE", None)):
            sensor_id = fleet.sensor(fleet.plant(code, timezone=zone), "ac_power", minutes=60)
            connection.exec_driver_sql(
                "insert into energy.reading (sensor_id, period_start, value) "
                "select %(sensor_id)s, %(first)s + n * interval '1 hour', 1 from generate_series(0, 71) as n",
                {"sensor_id": sensor_id, "first": first},
            )
        counted = {
            day: execute(connection, "energy/readings_of_day", day=day).scalar_one()
            for day in (_DAY, _DAY + timedelta(days=1), _DAY + timedelta(days=9))
        }
    # Madrid has 23 of 29 March and 24 of 30 March; Apia (UTC+13) 24 of 29 March and 24 of 30 March.
    assert counted == {_DAY: 47, _DAY + timedelta(days=1): 48, _DAY + timedelta(days=9): 0}
