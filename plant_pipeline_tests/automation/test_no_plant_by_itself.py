"""Energy of devices whose record is a plant by a person's word alone: it goes with the word, and comes back with it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import DAYS, LATEST, Fleet

ALONE = {"a": 19_200.0, "c": 7_200.0}


class _WithSite(Fleet):
    """Of which `b` is no plant by itself: a building, perhaps."""

    def sync_registry(self) -> None:
        super().sync_registry()
        if not self.rows("select from registry.decision"):
            self.link("b", "a")

    def _records(self) -> Sequence[PlantCandidate]:
        return [replace(each, is_plant=None) if each.source_plant_id == "b" else each for each in super()._records()]


def test_undone_a_link_leaves_nothing_of_a_record_that_is_no_plant(warehouse: Warehouse, tmp_path: Path) -> None:
    fleet = _WithSite(warehouse, tmp_path)
    fleet.night(*DAYS)
    assert fleet.produced(LATEST)["a"] == 31_200.0
    fleet.undo()
    fleet.night(LATEST, takes_up=True)
    assert [fleet.produced(day) for day in DAYS] == [ALONE] * 3
    fleet.link("b", "a")
    fleet.night(LATEST, takes_up=True)
    assert [fleet.produced(day)["a"] for day in DAYS] == [31_200.0] * 3


def test_what_is_not_a_plant_takes_its_energy_along(warehouse: Warehouse, tmp_path: Path) -> None:
    fleet = Fleet(warehouse, tmp_path)
    fleet.link("b", "a")
    fleet.night(*DAYS)
    assert fleet.produced(LATEST)["a"] == 31_200.0
    fleet.decide("not_a_plant", "b")
    fleet.sync_registry()
    fleet.night(LATEST, takes_up=True)
    assert [fleet.produced(day) for day in DAYS] == [ALONE] * 3
    fleet.undo()
    fleet.sync_registry()
    fleet.night(LATEST, takes_up=True)
    assert fleet.fleet_kwh(LATEST) == 38_400.0


def test_a_plant_that_had_only_such_devices_measures_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    fleet = _WithSite(warehouse, tmp_path)
    fleet.execute("update registry.sensor set quantity = null where source_sensor_id = 'a'")
    fleet.night(*DAYS)
    assert [fleet.produced(day)["a"] for day in DAYS] == [12_000.0] * 3
    fleet.undo()
    fleet.execute("update registry.sensor set quantity = null where source_sensor_id = 'a'")
    fleet.night(LATEST, takes_up=True)
    assert [fleet.produced(day)["a"] for day in DAYS] == [None] * 3
