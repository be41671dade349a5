"""The row of a plant and day: its reasons and flags, each limit by numbers worked out by hand."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plant_pipeline.days import day_window
from plant_pipeline.energy.methods.candidates import Candidate
from plant_pipeline.energy.methods.meters import MeterVerdict
from plant_pipeline.energy.methods.plant_energy import PlantEnergy
from plant_pipeline.energy.methods.status import EnergyRow, judge
from plant_pipeline.energy.series.plant_days import PlantDay

PLANT = PlantDay(UUID(int=1), "P-A", "solar", 50.0, 14.0, 10.0, day_window(date(2026, 6, 15), "Europe/Prague"))


def _candidate(produced_kwh: float | None, **values: Any) -> Candidate:
    return replace(
        Candidate(
            method="power_integral",
            produced_kwh=produced_kwh,
            reverse_kwh=None,
            coverage=0.95,
            data_completeness=0.96,
            daylight_completeness=0.97,
            completeness=0.97,
            null_reason=None if produced_kwh is not None else "no_data",
            sensor_ids=(1,),
            gap_kwh=0.25,
            uncertainty_kwh=0.5,
        ),
        **values,
    )


def _energy(*candidates: Candidate, **values: Any) -> PlantEnergy:
    return PlantEnergy(candidates=candidates, **values)


def _row(energy: PlantEnergy | None, plant: PlantDay = PLANT, *, is_failed: bool = False) -> EnergyRow:
    return judge(plant, energy, is_failed)


def test_the_row_holds_what_the_chosen_candidate_says() -> None:
    row = _row(_energy(_candidate(100.0), imported_kwh=3.0, exported_kwh=90.0, calm_kwh=0.0))
    assert row == EnergyRow(
        plant_id=PLANT.plant_id,
        produced_kwh=100.0,
        imported_kwh=3.0,
        exported_kwh=90.0,
        method="power_integral",
        coverage=0.95,
        status="final",  # 0.75 kWh are open, of 100.25
        null_reason=None,
        hours_in_day=24.0,
        data_completeness=0.96,
        daylight_completeness=0.97,
        gap_kwh=0.25,
        uncertainty_kwh=0.5,
        flags=(),
    )


def test_a_calm_day_is_final_within_what_hardly_counts() -> None:
    assert _row(_energy(_candidate(10.0), calm_kwh=0.75)).status == "final"
    assert _row(_energy(_candidate(10.0), calm_kwh=0.74)).status == "provisional"


def test_without_a_zone_there_is_no_day_to_tell_energy_of() -> None:
    row = _row(None, replace(PLANT, window=None))
    assert (row.null_reason, row.status, row.hours_in_day) == ("no_timezone", "provisional", 24.0)
    assert (row.produced_kwh, row.coverage, row.method) == (None, None, None)


def test_the_day_on_which_clocks_change_has_its_own_hours() -> None:
    plant = replace(PLANT, window=day_window(date(2026, 10, 25), "Europe/Prague"))
    assert _row(_energy(), plant).hours_in_day == 25.0


@pytest.mark.parametrize(
    ("energy", "is_failed", "reason"),
    [
        (_energy(), False, "no_data"),
        (_energy(), True, "source_failed"),
        (_energy(_candidate(None)), True, "source_failed"),
        (_energy(_candidate(None, null_reason="low_completeness")), True, "low_completeness"),
        (_energy(_candidate(None), meters=MeterVerdict(is_disputed=True)), True, "inconsistent_inputs"),
        (_energy(_candidate(1.0), meters=MeterVerdict(is_disputed=True)), True, None),
    ],
)
def test_why_there_is_no_energy(energy: PlantEnergy, is_failed: bool, reason: str | None) -> None:
    assert _row(energy, is_failed=is_failed).null_reason == reason


def test_a_row_without_any_candidate_knows_nothing() -> None:
    row = _row(_energy())
    assert (row.produced_kwh, row.method, row.coverage, row.data_completeness) == (None, None, 0.0, 0.0)
    assert (row.daylight_completeness, row.gap_kwh, row.uncertainty_kwh) == (None, None, None)


def test_a_method_without_data_is_none_and_one_without_energy_is_named() -> None:
    assert _row(_energy(_candidate(None))).method is None
    low = _row(_energy(_candidate(None, null_reason="low_completeness")))
    assert (low.method, low.gap_kwh, low.uncertainty_kwh) == ("power_integral", None, None)


@pytest.mark.parametrize(("exported_kwh", "is_flagged"), [(101.0, False), (101.002, True), (None, False)])
def test_more_exported_than_produced_is_told_from_a_hundredth_on(exported_kwh: float | None, is_flagged: bool) -> None:
    row = _row(_energy(_candidate(100.0), exported_kwh=exported_kwh))
    assert ("export_above_production" in row.flags) is is_flagged


def test_an_export_of_a_watt_hour_is_no_contradiction() -> None:
    assert _row(_energy(_candidate(0.0), exported_kwh=0.001)).flags == ()
    assert _row(_energy(_candidate(0.0), exported_kwh=0.0011)).flags == ("export_above_production",)
    assert _row(_energy(_candidate(None), exported_kwh=5.0)).flags == ()


@pytest.mark.parametrize(
    ("produced_kwh", "capacity_kw", "is_flagged"),
    [(252.0, 10.0, False), (252.01, 10.0, True), (1e9, None, False), (1e9, 0.0, False)],
)
def test_more_than_the_capacity_gives_in_the_day_is_told(
    produced_kwh: float, capacity_kw: float | None, is_flagged: bool
) -> None:
    row = _row(_energy(_candidate(produced_kwh)), replace(PLANT, capacity_kw=capacity_kw))
    assert ("above_capacity" in row.flags) is is_flagged


def test_flags_are_those_of_the_choice_and_some_of_every_method_in_their_order() -> None:
    chosen = _candidate(100.0, method="register_difference", flags=("gap_estimated", "outlier"))
    other = _candidate(100.0, flags=("stuck", "reset", "meter_change"))
    energy = _energy(chosen, other, flags=("irradiance_suspect",))
    assert _row(energy, replace(PLANT, is_zone_changed=True)).flags == (
        "outlier", "stuck", "meter_change", "gap_estimated", "zone_changed", "irradiance_suspect",
    )  # fmt: skip
    assert _row(energy).flags == ("outlier", "stuck", "meter_change", "gap_estimated", "irradiance_suspect")
