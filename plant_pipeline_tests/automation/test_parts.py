"""Plants that different systems measure, put together by a person: what each of them measures adds up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.registry.equipment.placing import write_equipment
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.automation.touched import DAYS, LATEST, LONG_AGO, Fleet

SOURCES = {"a": "flexmeasures", "b": "voke", "ra": "ravenwits", "rb": "ravenwits"}


class TwoSystems(Fleet):
    """Plant `a` is measured by one system (800 kW) and plant `b` by another (500 kW); a third one lists both."""

    sources = SOURCES

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        super().__init__(warehouse, folder, "ab")

    def _records(self) -> Sequence[PlantCandidate]:
        measured = super()._records()
        return [
            replace(own, source=SOURCES[prefix + own.source_plant_id], source_plant_id=prefix + own.source_plant_id)
            for own in measured
            for prefix in ("", "r")
        ]

    def _place(self, connection: Any) -> None:
        devices = [EquipmentFact(SOURCES[own], f"meter {own}", own, f"meter {own}", "meter", True) for own in "ab"]
        first = SensorFact("", "", "", "ac_power", "W", timedelta(hours=1), True, "UTC")
        sensors = [
            replace(
                first,
                source=SOURCES[own],
                source_sensor_id=own,
                source_asset_id=f"meter {own}",
                energy_method="voke_telemetry" if own == "b" else None,
            )
            for own in "ab"
        ]
        write_equipment(connection, devices, sensors)


@pytest.fixture
def fleet(warehouse: Warehouse, tmp_path: Path) -> TwoSystems:
    """Both plants were computed for all days: 19.2 and 12 MWh."""
    fleet = TwoSystems(warehouse, tmp_path)
    fleet.night(*DAYS)
    assert fleet.produced(LONG_AGO) == {"a": 19_200.0, "b": 12_000.0}
    return fleet


@pytest.mark.parametrize(("record", "other"), [("ra", "rb"), ("b", "a"), ("a", "rb")])
def test_two_plants_that_one_system_tells_apart_add_up_whichever_systems_measure_them(
    fleet: TwoSystems, record: str, other: str
) -> None:
    energy, kpis = fleet.energy(), fleet.kpis()
    fleet.link(record, other)
    fleet.night(LATEST, run_id="linked", takes_up=True)
    for day in DAYS:
        assert sum(fleet.produced(day).values()) == 31_200.0
        assert fleet.fleet_kwh(day) == 31_200.0
    told = fleet.rows("select distinct status, method from energy.plant_daily where produced_kwh = 31200")
    assert told == [("restated", "power_integral")]
    factors = "select distinct value from kpi.plant_daily where kpi = 'capacity_factor' and plant_id = %(id)s"
    assert fleet.rows(factors, id=fleet.plant("a")) == [(0.65,)]

    fleet.undo()
    fleet.night(LATEST, run_id="undone", takes_up=True)
    assert (fleet.energy(), fleet.kpis()) == (energy, kpis)


def test_what_two_systems_measure_of_one_plant_is_held_against_each_other(fleet: TwoSystems) -> None:
    """The plant was listed twice; both systems claim to measure it."""
    fleet.link("rb", "ra", duplicate=True)
    fleet.night(LATEST, takes_up=True)
    for day in DAYS:
        assert fleet.produced(day) == {"a": 19_200.0}
    assert fleet.rows("select distinct status, flags::text from energy.plant_daily") == [
        ("provisional", "{methods_disagree,sign_learned}")
    ]
