"""What is found when two records are compared, feature by feature, and what forbids a link. Values are by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from plant_pipeline.registry.matching.comparison import FEATURES, Comparison, compare
from plant_pipeline.registry.matching.fleet import Codes, build_fleet
from plant_pipeline.sources.shapes import PlantCandidate, Technology
from plant_pipeline_tests.registry.given import record

_NAME = "Dlouhá Lhota"
_ONE = record("ravenwits:1", _NAME, 50.0, 14.0, capacity_ac_kw=1000.0)
_OTHER = record("voke:2", _NAME, 50.0, 14.0, capacity_ac_kw=1000.0)


def _compared(one: PlantCandidate, other: PlantCandidate) -> Comparison:
    codes, first = Codes(), np.array([0])
    return compare(build_fleet([one], codes), build_fleet([other], codes), first, first.copy())


def _features(one: PlantCandidate, other: PlantCandidate) -> dict[str, float]:
    """Those that are not 0; the same whichever record comes first."""
    values, turned = (_compared(*pair).values[0].tolist() for pair in ((one, other), (other, one)))
    assert values == pytest.approx(turned)
    return {feature: value for feature, value in zip(FEATURES, values, strict=True) if value}


def _is_allowed(one: PlantCandidate, other: PlantCandidate) -> bool:
    is_allowed = bool(_compared(one, other).is_allowed[0])
    assert bool(_compared(other, one).is_allowed[0]) == is_allowed
    return is_allowed


def _north(candidate: PlantCandidate, km: float) -> PlantCandidate:
    """The record moved north from 50 degrees; a degree of latitude is 111.195 km on a sphere of 6,371.0088 km."""
    return replace(candidate, latitude=50.0 + km / 111.195)


# ------------------------------------------------------------------------------------------------------------- features
def test_the_same_in_everything() -> None:
    # 11 letters of 14.
    assert _features(_ONE, _OTHER) == pytest.approx(
        {"any_pair": 1, "spelling": 1, "close_spelling": 1, "same_long_name": 11 / 14, "same_text": 1}
    )


@pytest.mark.parametrize(("km", "value"), [(0.3, math.log(2)), (2.7, math.log(10)), (29.7, math.log(100))])
def test_distance_counts_by_its_logarithm(km: float, value: float) -> None:
    assert _features(_ONE, _north(_OTHER, km))["distance"] == pytest.approx(value, rel=1e-3)


def test_a_place_that_is_not_known_has_no_distance() -> None:
    found = _features(_ONE, replace(_OTHER, latitude=None))
    assert (found["place_unknown"], found.get("distance")) == (1, None)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"capacity_ac_kw": None}, {"capacity_unknown": 1.0}),
        ({"capacity_ac_kw": 1000 * math.exp(-0.075)}, {"capacity_differs": 0.5, "capacity_far_off": 0.075}),
        ({"capacity_ac_kw": 1000 / math.e}, {"capacity_differs": 1.0, "capacity_far_off": 1.0}),
        ({"capacity_ac_kw": 1.0}, {"capacity_differs": 1.0, "capacity_far_off": 2.5}),
        ({"capacity_ac_kw": None, "capacity_dc_kw": 1220.0}, {"capacity_across": 1.0}),
        (
            {"capacity_ac_kw": None, "capacity_dc_kw": 1220 * math.exp(0.7)},
            {"capacity_across": 1.0, "capacity_far_off": 0.5, "capacity_off_ratio": 0.5},
        ),
    ],
)
def test_capacities_count_by_how_far_they_are_off(other: dict[str, float], expected: dict[str, float]) -> None:
    found = _features(_ONE, replace(_OTHER, **other))  # type: ignore[arg-type] # numbers for capacities
    assert {name: value for name, value in found.items() if name.startswith("capacity")} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other", "traits"),
    [
        ("Dlouhá Lhota 1", "Dlouhá Lhota 2", {"other_number"}),
        ("Dlouhá Lhota 117", "Dlouhá Lhota 118", {"other_code"}),
        ("Dlouhá Lhota 117", "Dlouhá Lhota 117", {"same_code"}),
        ("Dlouhá Lhota", "Dlouhá Lhota 1", {"first_number"}),
        ("Dlouhá Lhota", "Dlouhá Lhota 2", {"further_number"}),
        ("Dlouhá Lhota", "Dlouhá Lhota 117", {"further_code"}),
        ("Dlouhá Lhota 2", "Dlouhá Lhota II", {"same_number"}),
        ("Lhota sever", "Lhota jih", {"other_compass"}),
        ("Dolní Lhota", "Horní Lhota", {"other_opposite"}),
        ("Velká Lhota", "Malá Lhota", {"other_opposite"}),
        ("Stará Lhota", "Nová Lhota", {"other_opposite"}),
        ("Dolní Lhota", "Velká Lhota", {"further_opposite"}),
        ("Stará Lhota", "Lhota", {"further_opposite"}),
        ("Lhota", "Lhota sever", set()),
        ("n/a", "n/a", set()),
    ],
)
def test_numbers_compass_points_and_opposites(one: str, other: str, traits: set[str]) -> None:
    told = {"number", "code", "compass", "opposite"}
    found = _features(replace(_ONE, name=one), replace(_OTHER, name=other))
    assert {name for name in found if name.rpartition("_")[2] in told} == traits


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Arrache 4006", "ARRACHE-4006", True),
        ("Arrache 4006", "Arrache 4013", False),
        ("Žďár PV", "Zdar PV", True),
        ("n/a", "n/a", False),
    ],
)
def test_the_same_letters_and_digits(one: str, other: str, is_same: bool) -> None:
    found = _features(replace(_ONE, name=one), replace(_OTHER, name=other))
    assert ("same_text" in found) is is_same


# A name inside another counts 0.84, or 0.92 if it has two words or a long one: less than the same name.
@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("Lhota", "Lhota Radotín", 0.84),
        ("Bohumín", "Bohumín Radotín", 0.84),
        ("Holešice", "Holešice Radotín", 0.92),
        ("Dlouhá Lhota", "Dlouhá Lhota Radotín", 0.92),
        ("Bor Háj", "Bor Háj Radotín", 0.92),
        ("Radotín Lhota", "Lhota Radotín", 1.0),
        ("n/a", "Lhota", 0.0),
        ("n/a", "n/a", 0.0),
    ],
)
def test_the_similarity_of_names(one: str, other: str, similarity: float) -> None:
    for first, second in ((one, other), (other, one)):
        found = _compared(replace(_ONE, name=first), replace(_OTHER, name=second)).name[0]
        assert float(found) == pytest.approx(similarity)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ({"ac": 900.0}, {"ac": 1000.0}, 0.9),
        ({"dc": 900.0}, {"dc": 1000.0}, 0.9),
        ({"ac": 800.0, "dc": 900.0}, {"ac": 1000.0, "dc": 1000.0}, 0.9),
        # DC with AC: 0.94 for a ratio of 1.22 give or take exp 0.2, else less by how far it is from that.
        ({"dc": 1200.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 1000.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 1490.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 2440.0 * math.exp(0.2)}, {"ac": 1000.0}, 0.47),
        ({"dc": 610.0 * math.exp(-0.2)}, {"ac": 1000.0}, 0.47),
        # What can be compared with its like is; storage only where no power can be.
        ({"ac": 500.0, "dc": 1200.0}, {"ac": 1000.0}, 0.5),
        ({"ac": 900.0, "kwh": 100.0}, {"ac": 1000.0, "kwh": 1000.0}, 0.9),
        ({"kwh": 500.0}, {"kwh": 1000.0}, 0.5),
        ({"kwh": 500.0}, {"ac": 1000.0}, None),
        ({}, {"ac": 1000.0}, None),
    ],
)
def test_capacities_are_compared_with_their_like(
    one: dict[str, float], other: dict[str, float], ratio: float | None
) -> None:
    first, second = (
        replace(each, capacity_ac_kw=given.get("ac"), capacity_dc_kw=given.get("dc"), storage_kwh=given.get("kwh"))
        for each, given in ((_ONE, one), (_OTHER, other))
    )
    for here, there in ((first, second), (second, first)):
        found = float(_compared(here, there).capacity_ratio[0])
        assert np.isnan(found) if ratio is None else found == pytest.approx(ratio)


# -------------------------------------------------------------------------------------------------- what forbids a link
@pytest.mark.parametrize(
    ("one", "other", "is_possible", "is_allowed"),
    [
        ("solar", "hybrid", True, True),
        ("storage", "hybrid", True, True),
        ("wind", None, True, True),
        (None, None, True, True),
        ("wind", "storage", True, False),
        ("solar", "storage", True, False),
        ("wind", "hybrid", True, False),
        ("solar", "wind", False, False),
        ("other", "wind", False, False),
        ("other", "solar", False, False),
    ],
)
def test_a_battery_elsewhere_is_asked_about_and_sun_is_no_wind(
    one: Technology | None, other: Technology | None, is_possible: bool, is_allowed: bool
) -> None:
    first, second = replace(_ONE, technology=one), replace(_OTHER, technology=other)
    assert bool(_compared(first, second).is_possible[0]) is is_possible
    assert _is_allowed(first, second) is is_allowed


@pytest.mark.parametrize(
    ("one", "other", "is_allowed"),
    [
        ("Lhota 1", "Lhota 2", False),
        ("Lhota 117", "Lhota 118", False),
        ("Lhota sever", "Lhota jih", False),
        ("Dolní Lhota", "Horní Lhota", False),
        ("Dlouhá Lhota", "Zbraslav", False),
        ("Dlouhá Lhota", "n/a", False),
        ("Lhota", "Lhota 2", True),
        ("Lhota", "Lhota sever", True),
        ("Lhota", "Lhotka", True),
    ],
)
def test_names_that_tell_two_plants_are_asked_about(one: str, other: str, is_allowed: bool) -> None:
    assert _is_allowed(replace(_ONE, name=one), replace(_OTHER, name=other)) is is_allowed


@pytest.mark.parametrize(
    ("km", "capacity_kw", "is_possible", "is_allowed"),
    [
        (4.99, None, True, True),
        (9.99, None, True, True),
        (10.01, None, True, False),
        (5.01, 900.0, True, True),
        (5.01, 899.0, True, False),
        (0.0, 500.0, True, True),
        (0.0, 499.0, True, False),
        (29.9, 499.0, True, False),
        (30.1, 899.0, False, False),
        (30.1, 900.0, True, True),
    ],
)
def test_place_or_capacity_confirms_a_name(
    km: float, capacity_kw: float | None, is_possible: bool, is_allowed: bool
) -> None:
    other = replace(_north(_OTHER, km), capacity_ac_kw=capacity_kw)
    assert bool(_compared(_ONE, other).is_possible[0]) is is_possible
    assert _is_allowed(_ONE, other) is is_allowed


def test_without_a_place_capacity_the_whole_name_and_the_country_confirm_it() -> None:
    one, other = replace(_ONE, country="CZE"), replace(_OTHER, latitude=None, country="CZE")
    assert _is_allowed(one, other)
    assert not _is_allowed(one, replace(other, capacity_ac_kw=899.0))
    assert not _is_allowed(one, replace(other, country="POL"))
    assert not _is_allowed(one, replace(other, name="Dlouhá Lhotka"))
    assert _is_allowed(one, replace(other, name="Dlouhá Lhota 1"))
    assert not _is_allowed(one, replace(other, name="Dlouhá Lhota 2"))
    assert not _is_allowed(one, replace(other, name="Dlouhá Lhota 501"))
    assert _is_allowed(replace(one, name="Bohumín"), replace(other, name="Bohumín"))
    assert not _is_allowed(replace(one, name="Bohumín"), replace(other, name="Bohumín", capacity_ac_kw=None))


@pytest.mark.parametrize(
    ("km", "capacity_kw", "is_allowed"), [(0.99, 900.0, True), (1.01, 900.0, False), (0.99, 899.0, False)]
)
def test_a_general_name_is_confirmed_by_both(km: float, capacity_kw: float, is_allowed: bool) -> None:
    one, other = replace(_ONE, name="Solar Park"), replace(_OTHER, name="Solar Park", capacity_ac_kw=capacity_kw)
    assert _is_allowed(one, _north(other, km)) is is_allowed


def test_coordinates_the_wrong_way_round_are_found_and_asked_about() -> None:
    # 0.01 degrees at 14 degrees of latitude: cos 14° of 1.112 km.
    found = _compared(_ONE, replace(_OTHER, latitude=14.0, longitude=50.01))
    assert float(found.distance_km[0]) == pytest.approx(1.079, abs=0.001)
    assert not found.is_allowed[0]
    assert float(_compared(_ONE, replace(_OTHER, latitude=14.0, longitude=51.0)).distance_km[0]) > 1000
