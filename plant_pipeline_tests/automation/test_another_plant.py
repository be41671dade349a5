"""Energy of a plant whose only record is another plant since: each day is of the plant that it was of, once."""

from datetime import date
from pathlib import Path

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import DAYS, LATEST, LONG_AGO, RECENT, Fleet


@pytest.fixture
def fleet(warehouse: Warehouse, tmp_path: Path) -> Fleet:
    fleet = Fleet(warehouse, tmp_path)
    fleet.night(*DAYS)
    return fleet


@pytest.mark.parametrize("since", [RECENT, date(2026, 9, 1)])
def test_energy_is_conserved_when_a_record_becomes_another_plant(fleet: Fleet, since: date) -> None:
    energy, was = fleet.energy(), fleet.plant("b")
    fleet.decide("unlink", "b", valid_from=since)
    fleet.sync_registry()
    assert fleet.plant("b") != was
    # Also when the days before are asked for by name, and computed from readings that are the other plant's now.
    fleet.night(*DAYS, takes_up=True)
    assert fleet.produced(LONG_AGO) == {"a": 19_200.0, "c": 7_200.0, f"? {was}": 12_000.0}
    for day in (RECENT, LATEST):
        assert fleet.produced(day) == {"a": 19_200.0, "b": 12_000.0, "c": 7_200.0}
    assert {fleet.fleet_kwh(day) for day in DAYS} == {38_400.0}
    assert fleet.queue() == []
    fleet.undo()
    fleet.night(LATEST, takes_up=True)
    assert fleet.plant("b") == was
    assert fleet.energy() == energy
