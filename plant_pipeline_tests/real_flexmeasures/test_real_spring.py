"""A sync of a real FlexMeasures server over the day of 23 hours, and a day of which two hours were never measured."""

from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse, read_frame
from plant_pipeline_tests.real_flexmeasures.account import PASSWORD, URL, sync
from plant_pipeline_tests.real_flexmeasures.plant import RealPlant
from plant_pipeline_tests.real_flexmeasures.server import NEIGHBOUR
from plant_pipeline_tests.real_flexmeasures.spring import (
    AFTER,
    BEFORE,
    BY_INTERVALS,
    BY_POWER,
    BY_REGISTER,
    HOURS_LOST,
    POWER_KW,
    SPRING,
    SUN_HOURS,
    fill_spring,
)

pytestmark = pytest.mark.real


def test_a_day_of_23_hours_and_a_day_with_gaps(warehouse: Warehouse, warehouse_url: str, tmp_path: Path) -> None:
    if not URL:
        pytest.fail("these tests need a server: run `make test-real`")
    neighbour = RealPlant(URL, NEIGHBOUR, PASSWORD)
    fill_spring(neighbour)
    neighbour.close()
    done = sync(warehouse_url, tmp_path, "--from", str(BEFORE), "--to", str(AFTER), email=NEIGHBOUR)
    assert done.returncode == 0, done.stdout + done.stderr
    with warehouse.transaction() as connection:
        days = read_frame(
            connection,
            "select p.name, e.* from energy.plant_daily as e inner join registry.plant as p using (plant_id)",
        ).to_dict("records")
        counted = read_frame(
            connection,
            "select p.name, count(*) as readings from energy.reading as r inner join registry.sensor as s "
            "using (sensor_id) inner join registry.plant as p using (plant_id) group by p.name",
        )
    by_day = {(day["name"], day["energy_date"]): day for day in days}
    assert len(by_day) == len(days) == 9
    _assert_day_with_gaps(by_day.pop((BY_POWER, AFTER)))
    for (name, day), row in by_day.items():
        _assert_whole_day(name, day, row)
    # None is lost and none invented: three days, 71 hours, and an hour beyond either end.
    assert dict(zip(counted["name"], counted["readings"], strict=True)) == {
        BY_REGISTER: 73 * 6,
        BY_POWER: (73 - HOURS_LOST) * 4,
        BY_INTERVALS: 73 * 2,
    }


def _assert_whole_day(name: str, day: date, row: Mapping[Hashable, Any]) -> None:
    methods = {BY_REGISTER: "register_difference", BY_POWER: "power_integral", BY_INTERVALS: "interval_energy"}
    assert (row["method"], row["status"], row["null_reason"]) == (methods[name], "final", None)
    assert row["hours_in_day"] == (23 if day == SPRING else 24)
    assert row["produced_kwh"] == pytest.approx(POWER_KW[name] * SUN_HOURS, abs=0.001)
    assert (row["coverage"], row["gap_kwh"]) == (1.0, 0.0)


def _assert_day_with_gaps(row: Mapping[Hashable, Any]) -> None:
    """What was measured counts, and what was not is told beside it: the plant gave the same power before and after."""
    lost_kwh = POWER_KW[BY_POWER] * HOURS_LOST
    assert row["produced_kwh"] == pytest.approx(POWER_KW[BY_POWER] * SUN_HOURS - lost_kwh, abs=0.001)
    assert row["coverage"] == pytest.approx(1 - HOURS_LOST / 24)
    assert (row["method"], list(row["flags"])) == ("power_integral", ["gap_estimated"])
    assert row["gap_kwh"] == pytest.approx(lost_kwh, abs=row["uncertainty_kwh"])
