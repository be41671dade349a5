"""What should have arrived of a date, by source, and what did; Dagster shows it by date."""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from plant_pipeline.energy.arrival import HeardPlant, arrival_of, read_arrivals
from plant_pipeline.energy.assets import arrival_check, arrival_evaluation
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import LATEST, RECENT, Fleet

_DAY = date(2026, 3, 9)


def _plant(code: str, *heard: int, source: str = "voke", computed: int = 0) -> HeardPlant:
    """Heard so many days before, and computed so many days before."""
    return HeardPlant(code, source, [_DAY - timedelta(days=days) for days in heard], [_DAY - timedelta(days=computed)])


def test_a_plant_is_expected_for_a_week_after_it_gave_something() -> None:
    plants = [
        _plant("P-A", 0, 1),
        _plant("P-B", 1),
        _plant("P-C", 7),
        _plant("P-D", 8),
        _plant("P-E", 0),
        _plant("P-F", 1, computed=1),  # its day is not over yet
        _plant("P-G", 0, 1, source="flexmeasures"),
    ]
    arrival = arrival_of(plants, _DAY)
    assert arrival.expected == {"voke": 4, "flexmeasures": 1}
    assert arrival.silent == {"voke": ("P-B", "P-C")}
    assert arrival.description == (
        "voke: 2 of 4 plants gave nothing: P-B, P-C; flexmeasures: each of 1 plants gave something"
    )
    nothing = arrival_of([], _DAY)
    assert not nothing.is_complete
    assert nothing.description == "not judged, no plant had readings in the 7 days before"


def test_each_date_is_its_own_partition_of_the_check(warehouse: Warehouse, tmp_path: Path) -> None:
    fleet = Fleet(warehouse, tmp_path)
    fleet.night(RECENT, LATEST)
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "update energy.sensor_daily set readings = 0 where energy_date = %(day)s and sensor_id = "
            "(select sensor_id from registry.sensor where source_sensor_id = 'b')",
            {"day": LATEST},
        )
        code = connection.exec_driver_sql(
            "select plant_code from registry.plant inner join registry.sensor using (plant_id) "
            "where source_sensor_id = 'b'"
        ).scalar_one()
        first, last = read_arrivals(connection, [LATEST, RECENT])
        assert read_arrivals(connection, []) == []
    assert (first.day, first.expected, first.silent) == (RECENT, {"flexmeasures": 3}, {})
    assert (last.day, last.expected, last.silent) == (LATEST, {"flexmeasures": 3}, {"flexmeasures": (code,)})
    evaluations = [arrival_evaluation(own, None) for own in (first, last)]
    assert [(own.partition, own.passed) for own in evaluations] == [(str(RECENT), True), (str(LATEST), False)]
    check = arrival_check([first, last])
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert str(check.description).startswith(f"{LATEST}: flexmeasures: 1 of 3 plants gave nothing: {code}")
