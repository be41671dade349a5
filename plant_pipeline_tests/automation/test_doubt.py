"""What a record measures while it may be another plant is of no plant, until a person answers."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from plant_pipeline.registry.review import open_proposals, reject
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import DAYS, LATEST, Fleet

IN_DOUBT = date(2026, 9, 17)


@pytest.fixture
def fleet(warehouse: Warehouse, tmp_path: Path) -> Fleet:
    """Record `b` is 556 km from where it was since 6 o'clock of a day of which all readings came."""
    fleet = Fleet(warehouse, tmp_path, "ab")
    fleet.night(*DAYS)
    fleet.moved["b"] = 5.0
    fleet.sync_registry()
    for record, power_kw in (("a", 800.0), ("b", 500.0)):
        sensor_id = fleet.value("select sensor_id from registry.sensor where source_sensor_id = %(r)s", r=record)
        fleet.readings(sensor_id, IN_DOUBT, power_kw, hours=24)
    fleet.now += timedelta(days=1)
    fleet.sync_registry()
    fleet.night(LATEST, IN_DOUBT, takes_up=True)
    return fleet


def _reason(fleet: Fleet) -> str | None:
    statement = "select null_reason from energy.plant_daily where plant_id = %(b)s and energy_date = %(day)s"
    reason: str | None = fleet.value(statement, b=fleet.plant("b"), day=IN_DOUBT)
    return reason


def _answer(fleet: Fleet) -> None:
    with fleet.warehouse.transaction() as connection:
        (question,) = open_proposals(connection)
        reject(connection, question.proposal_id, "jana", fleet.now, None, fleet._records())
        fleet._place(connection)


def test_days_since_a_doubt_began_are_of_no_plant_and_those_before_stay(fleet: Fleet) -> None:
    assert fleet.produced(LATEST) == {"a": 19_200.0, "b": 12_000.0}
    assert fleet.produced(IN_DOUBT) == {"a": 19_200.0, "b": None}
    assert _reason(fleet) == "identity_in_doubt"
    reasons = fleet.rows(
        "select distinct null_reason from kpi.plant_daily where plant_id = %(b)s and kpi_date = %(day)s "
        "and kpi = 'capacity_factor'", b=fleet.plant("b"), day=IN_DOUBT,
    )  # fmt: skip
    assert reasons == [("identity_in_doubt",)]


def test_an_answer_gives_the_days_back_and_taking_it_back_takes_them(fleet: Fleet) -> None:
    _answer(fleet)
    assert dict(fleet.night(takes_up=True).done) == {IN_DOUBT: 1}
    assert fleet.produced(IN_DOUBT) == {"a": 19_200.0, "b": 12_000.0}
    fleet.undo()
    fleet.night(takes_up=True)
    assert _reason(fleet) == "identity_in_doubt"


def test_a_source_that_takes_it_back_by_itself_gives_the_days_back(fleet: Fleet) -> None:
    fleet.moved.clear()
    fleet.sync_registry()
    fleet.night(takes_up=True)
    assert fleet.produced(IN_DOUBT) == {"a": 19_200.0, "b": 12_000.0}
    (touched,) = fleet.rows("select from_utc, to_utc from registry.touched where why like '%%no longer in doubt%%'")
    assert touched == (fleet.now - timedelta(days=1), None)
