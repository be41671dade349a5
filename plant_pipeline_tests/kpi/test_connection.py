"""Communication availability, from samples put there by hand."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.explain import explain_kpi
from plant_pipeline_tests.kpi.computed import DAY, compute, outcome, rows
from plant_pipeline_tests.kpi.fleet import Fleet

_QUARTER = timedelta(minutes=15)
_MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
_KPI = "communication_availability"


def _quarters(first: datetime, hours: float) -> list[datetime]:
    return [first + number * _QUARTER for number in range(int(hours * 4))]


@pytest.fixture
def plant(connection: Connection, fleet: Fleet) -> UUID:
    plant_id = fleet.plant("P-A")
    fleet.energy(plant_id, DAY, 320.0)
    return plant_id


def test_two_hours_without_connection(connection: Connection, fleet: Fleet, plant: UUID) -> None:
    """From half an hour before the day until after it; offline from 6 to 8 h."""
    fleet.connected(plant, _quarters(_MIDNIGHT - 2 * _QUARTER, 6.5))
    fleet.connected(plant, _quarters(_MIDNIGHT + timedelta(hours=6), 2), "offline")
    fleet.connected(plant, _quarters(_MIDNIGHT + timedelta(hours=8), 18), "Online")
    compute(connection)
    row = rows(connection)[_KPI]
    assert row["value"] == pytest.approx(22 / 24)
    assert (row["numerator"], row["denominator"], row["coverage"]) == pytest.approx((22, 24, 1))
    explained = "\n".join(explain_kpi(connection, "P-A", DAY, _KPI).lines())
    assert "connected_h = 22 (registry.status_sample)" in explained


def test_time_for_which_nobody_asked_is_left_out(connection: Connection, fleet: Fleet, plant: UUID) -> None:
    """Asked from 0 to 12 h: the last sample stands for half an hour; what was not stated is no answer."""
    fleet.connected(plant, _quarters(_MIDNIGHT, 12))
    fleet.connected(plant, _quarters(_MIDNIGHT + timedelta(hours=14), 4), None)
    compute(connection)
    row = rows(connection)[_KPI]
    assert (row["value"], row["denominator"], row["coverage"]) == pytest.approx((1.0, 12.25, 12.25 / 24))


def test_a_day_with_few_samples_and_a_plant_nobody_is_asked_for(
    connection: Connection, fleet: Fleet, plant: UUID
) -> None:
    other = fleet.plant("P-B")
    fleet.energy(other, DAY, 320.0)
    fleet.connected(plant, _quarters(_MIDNIGHT + timedelta(hours=3), 6))
    compute(connection)
    assert outcome(rows(connection)[_KPI]) == "low_completeness"
    assert rows(connection)[_KPI]["denominator"] == pytest.approx(6.25)
    assert outcome(rows(connection, "P-B")[_KPI]) == "no_data"


def test_two_gateways_of_a_plant_are_averaged(connection: Connection, fleet: Fleet, plant: UUID) -> None:
    fleet.connected(plant, _quarters(_MIDNIGHT, 25))
    fleet.connected(plant, _quarters(_MIDNIGHT, 25), "OFFLINE", gateway="second")
    compute(connection)
    assert outcome(rows(connection)[_KPI]) == pytest.approx(0.5)


def test_a_day_of_23_hours(connection: Connection, fleet: Fleet) -> None:
    spring = date(2026, 3, 29)
    plant_id = fleet.plant("P-A", timezone="Europe/Madrid")
    fleet.energy(plant_id, spring, 320.0, hours_in_day=23.0)
    fleet.connected(plant_id, _quarters(datetime(2026, 3, 28, 22, tzinfo=UTC), 26))
    compute(connection, day=spring)
    row = rows(connection, day=spring)[_KPI]
    assert (row["value"], row["denominator"], row["coverage"]) == pytest.approx((1.0, 23.0, 1.0))
