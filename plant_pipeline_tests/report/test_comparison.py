"""Comparisons worked out by hand."""

from typing import Any

import pytest

from plant_pipeline.report.comparison import (
    DayComparison,
    compare_plants,
    nearest_peers,
    ranked,
    shortfall_kwh,
    standing_of,
)
from plant_pipeline.report.fleet_days import DayValues, RecentDays
from plant_pipeline.report.headline import ReportPlant

_NONE = [None] * 30


def plant(code: str, kwh: float | None = 100.0, **columns: Any) -> ReportPlant:
    own: dict[str, Any] = {
        "name": f"Plant {code}",
        "technology": "solar",
        "is_active": True,
        "capacity_kw": 50.0,
        "has_sensors": True,
        "was_run": True,
        "gap_kwh": None,
        "uncertainty_kwh": None,
        "method": "register_difference",
        "coverage": 1.0,
        "status": "final",
        "null_reason": None if kwh is not None else "no_data",
        "flags": (),
        "figures": {},
        "null_reasons": {},
        "performance_kwh": None,
        "performance_reference_kwh": None,
    }
    return ReportPlant(plant_code=code, produced_kwh=kwh, **{**own, **columns})


def days(code: str, energy: DayValues = _NONE, ratio: DayValues = _NONE) -> RecentDays:
    return RecentDays(code, energy, ratio, _NONE, [True] * 30)


def test_a_day_is_held_against_the_median_of_the_days_before() -> None:
    # Six known days before are too few, seven are enough: the median of 10 … 70 is 40, and 30 of 40 is 0.75.
    before = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]
    few = days("A", [*[None] * 23, *before[1:], 30.0])
    enough = days("B", [*[None] * 22, *before, 30.0], [*[None] * 22, *[0.8] * 7, 0.6])
    compared = compare_plants([plant("A", 30.0), plant("B", 30.0)], {"A": few, "B": enough})
    assert compared["A"].own_days is None
    assert compared["A"].basis is None
    assert compared["B"].own_days == pytest.approx(0.75)
    assert compared["B"].own_ratio == pytest.approx(0.75)
    assert compared["B"].basis == "performance_ratio"
    assert shortfall_kwh(plant("B", 30.0), compared["B"]) == pytest.approx(10.0)


def test_a_forecast_counts_where_no_performance_ratio_does_and_one_of_zero_says_nothing() -> None:
    own = plant("A", 60.0, figures={"forecast_energy_kwh": 80.0})
    night = plant("B", 0.0, figures={"forecast_energy_kwh": 0.0})
    compared = compare_plants([own, night], {})
    assert (compared["A"].forecast, compared["A"].basis) == (0.75, "forecast")
    assert compared["B"].share is None
    assert shortfall_kwh(own, compared["A"]) == pytest.approx(20.0)


def test_peers_are_near_and_of_the_same_technology() -> None:
    """Along the equator a degree is 111 km: 0.5° and 1.3° are near, 1.4° is not; a wind farm is no peer."""
    row = [("A", 0.0), ("B", 0.5), ("C", -0.5), ("D", 1.3), ("E", 1.4)]
    plants = [plant(code, latitude=0.0, longitude=east) for code, east in row]
    wind = plant("W", technology="wind", latitude=0.0, longitude=0.0)
    nowhere = plant("X")
    found = nearest_peers([*plants, wind, nowhere])
    assert sorted(found["A"]) == ["B", "C", "D"]
    assert found["W"] == []
    assert "X" not in found


def test_a_plant_is_held_against_the_median_of_its_peers() -> None:
    """Full-load hours of 2 beside 4, 5 and 6: two fifths. With two peers there is no comparison."""
    hours = {"A": 2.0, "B": 4.0, "C": 5.0, "D": 6.0}
    fleet = [
        plant(code, latitude=50.0, longitude=10 + index / 10, figures={"full_load_hours": hours[code]})
        for index, code in enumerate(hours)
    ]
    compared = compare_plants(fleet, {})
    assert compared["A"].peers == pytest.approx(0.4)
    assert (compared["A"].peer_count, compared["A"].basis) == (3, "peers")
    assert compare_plants(fleet[:3], {})["A"].peers is None


@pytest.mark.parametrize(
    ("share", "standing"),
    [(0.69, "low"), (0.7, "below"), (0.89, "below"), (0.9, "normal"), (1.1, "normal"), (1.11, "above")],
)
def test_standing_by_share(share: float, standing: str) -> None:
    assert standing_of(plant("A"), DayComparison(own_ratio=share, forecast=0.1)) == standing


def test_standing_without_a_share() -> None:
    assert standing_of(plant("A"), DayComparison()) == "not_compared"
    assert standing_of(plant("A", None), None) == "no_energy"
    assert standing_of(plant("A", None, was_run=False, has_sensors=False), None) == "no_sensors"


def test_a_plant_that_gave_nothing_lacks_what_was_forecast_or_what_it_usually_gives() -> None:
    idle = plant("A", 0.0, figures={"forecast_energy_kwh": 70.0})
    assert shortfall_kwh(idle, DayComparison(forecast=0.0, usual_kwh=50.0)) == 70.0
    assert shortfall_kwh(plant("A", 0.0), DayComparison(own_ratio=0.0, usual_kwh=50.0)) == 50.0


def test_who_needs_a_look_comes_first() -> None:
    plants = [
        plant("normal"),
        plant("high"),
        plant("provisional", status="provisional"),
        plant("low, small", 10.0),
        plant("low, large", 1000.0),
        plant("silent, small", None, capacity_kw=10.0),
        plant("silent, large", None, capacity_kw=90.0),
        plant("below", 90.0),
    ]
    compared = {
        "normal": DayComparison(own_ratio=1.0),
        "high": DayComparison(own_ratio=1.3),
        "low, small": DayComparison(own_ratio=0.2),
        "low, large": DayComparison(own_ratio=0.6),
        "below": DayComparison(own_ratio=0.8),
    }
    assert [own.plant_code for own in ranked(plants, compared)] == [
        "silent, large",
        "silent, small",
        "low, large",  # lacks 667 kWh
        "low, small",  # lacks 40 kWh
        "below",
        "provisional",
        "normal",
        "high",
    ]
