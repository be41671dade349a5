"""The score of a pair, part by part, and what a clear match needs beside it. Scores are worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from plant_pipeline.registry.fleet import Codes, build_fleet
from plant_pipeline.registry.similarity import Scores, score_pairs
from plant_pipeline.sources.shapes import PlantCandidate, Technology
from plant_pipeline_tests.registry.given import record

_NAME = "Dlouhá Lhota"
_ONE = record("ravenwits:1", _NAME, 50.0, 14.0, capacity_ac_kw=1000.0)
_OTHER = record("voke:2", _NAME, 50.0, 14.0, capacity_ac_kw=1000.0)


def _scores(one: PlantCandidate, other: PlantCandidate) -> Scores:
    codes, first = Codes(), np.array([0])
    return score_pairs(
        build_fleet([one], codes, frozenset()), build_fleet([other], codes, frozenset()), first, first.copy()
    )


def _score(one: PlantCandidate, other: PlantCandidate) -> float:
    score = float(_scores(one, other).score[0])
    assert float(_scores(other, one).score[0]) == pytest.approx(score)
    return score


def _is_sound(one: PlantCandidate, other: PlantCandidate) -> bool:
    is_sound = bool(_scores(one, other).is_sound[0])
    assert bool(_scores(other, one).is_sound[0]) == is_sound
    return is_sound


def _north(candidate: PlantCandidate, km: float) -> PlantCandidate:
    """The record moved north from 50 degrees; a degree of latitude is 111.195 km on a sphere of 6,371.0088 km."""
    return replace(candidate, latitude=50.0 + km / 111.195)


# ---------------------------------------------------------------------------------------------------------------- score
def test_the_same_in_everything_is_one() -> None:
    scores = _scores(_ONE, _OTHER)
    assert (float(scores.score[0]), float(scores.name[0]), float(scores.capacity_ratio[0])) == (1, 1, 1)
    assert float(scores.distance_km[0]) == 0


@pytest.mark.parametrize("name", ["Rum", "Příbram", "Brzdy Křivé"])
def test_names_that_have_less_in_common_than_any_two_do_not_count_against_a_pair(name: str) -> None:
    other = replace(_OTHER, name=name)
    assert float(_scores(_ONE, other).name[0]) < 0.4
    assert _score(_ONE, other) == pytest.approx(0.5)


# Place weighs 0.30: 0.7 + 0.3 (0.4 exp(-d / 1.5) + 0.6 exp(-(d / 8) ** 1.5)).
@pytest.mark.parametrize(("km", "score"), [(1.0, 0.9338), (5.0, 0.8141), (10.0, 0.7446)])
def test_a_pair_loses_by_distance(km: float, score: float) -> None:
    assert _score(_ONE, _north(_OTHER, km)) == pytest.approx(score, abs=0.0002)


# Capacity weighs 0.15, agreement goes in straight lines from 0 at 0.4 over 0.5 at 0.667 and 0.9 at 0.9 to 1 at 0.97.
@pytest.mark.parametrize(
    ("capacity_kw", "score"), [(400.0, 0.85), (667.0, 0.925), (900.0, 0.985), (970.0, 1.0), (300.0, 0.85)]
)
def test_a_pair_loses_by_capacity(capacity_kw: float, score: float) -> None:
    assert _score(_ONE, replace(_OTHER, capacity_ac_kw=capacity_kw)) == pytest.approx(score)


def test_what_is_unknown_is_left_out_for_a_small_discount() -> None:
    assert _score(_ONE, replace(_OTHER, capacity_ac_kw=None)) == pytest.approx(0.97)
    assert _score(_ONE, replace(_OTHER, latitude=None)) == pytest.approx(0.88)
    # Far apart and without a capacity: (0.5 + 0.05) of 0.85, times 0.97.
    assert _score(replace(_ONE, capacity_ac_kw=None), _north(_OTHER, 500.0)) == pytest.approx(0.55 / 0.85 * 0.97)


# Technology weighs 0.05: all for agreement, half for unknown, a quarter times 0.92 for a battery elsewhere, none times
# 0.5 for what cannot be.
@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("solar", "hybrid", 1.0),
        ("storage", "hybrid", 1.0),
        ("wind", None, 0.975),
        (None, None, 0.975),
        ("wind", "storage", 0.9625 * 0.92),
        ("solar", "storage", 0.9625 * 0.92),
        ("wind", "hybrid", 0.9625 * 0.92),
        ("solar", "wind", 0.95 * 0.5),
        ("other", "wind", 0.95 * 0.5),
        ("other", "solar", 0.95 * 0.5),
    ],
)
def test_a_pair_loses_by_technology(one: Technology | None, other: Technology | None, score: float) -> None:
    assert _score(replace(_ONE, technology=one), replace(_OTHER, technology=other)) == pytest.approx(score)


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("Dlouhá Lhota 1", "Dlouhá Lhota 2", 0.62),
        ("Dlouhá Lhota 117", "Dlouhá Lhota 118", 0.62),
        ("Dlouhá Lhota", "Dlouhá Lhota 1", 0.93),
        ("Dlouhá Lhota", "Dlouhá Lhota 2", 0.92),
        ("Dlouhá Lhota", "Dlouhá Lhota 117", 1.0),
        ("Dlouhá Lhota 2", "Dlouhá Lhota II", 1.0),
    ],
)
def test_numbers_in_names_take_their_share(one: str, other: str, factor: float) -> None:
    assert _score(replace(_ONE, name=one), replace(_OTHER, name=other)) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dolní Lhota", "Horní Lhota"),
        ("Velká Lhota", "Malá Lhota"),
        ("Stará Lhota", "Nová Lhota"),
        ("Lhota sever", "Lhota jih"),
        ("Lhota", "Lhota sever"),
    ],
)
def test_opposites_and_compass_points_are_never_clear(one: str, other: str) -> None:
    assert not _is_sound(replace(_ONE, name=one), replace(_OTHER, name=other))


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("Dolní Lhota", "Horní Lhota", 0.62),
        ("Velká Lhota", "Malá Lhota", 0.62),
        ("Stará Lhota", "Nová Lhota", 0.62),
        ("Dolní Lhota", "Velká Lhota", 1.0),
        ("Dolní Lhota", "Lhota", 1.0),
        ("Stará Lhota", "Lhota", 1.0),
    ],
)
def test_opposites_in_names_take_their_share(one: str, other: str, factor: float) -> None:
    # Names weigh 0.50, from a similarity of 0.4, which any two have, to 1; all else is the same.
    first, second = replace(_ONE, name=one), replace(_OTHER, name=other)
    name = float(_scores(first, second).name[0])
    assert 0.4 < name < 1
    assert _score(first, second) == pytest.approx((0.5 + 0.5 * (name - 0.4) / 0.6) * factor)


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
        found = _scores(replace(_ONE, name=first), replace(_OTHER, name=second)).name[0]
        assert float(found) == pytest.approx(similarity)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ({"ac": 900.0}, {"ac": 1000.0}, 0.9),
        ({"dc": 900.0}, {"dc": 1000.0}, 0.9),
        ({"ac": 800.0, "dc": 900.0}, {"ac": 1000.0, "dc": 1000.0}, 0.9),
        # DC with AC: 0.94 for a usual ratio of 0.95 to 1.5, else less by how far it is from that.
        ({"dc": 1200.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 950.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 1500.0}, {"ac": 1000.0}, 0.94),
        ({"dc": 3000.0}, {"ac": 1000.0}, 0.47),
        ({"dc": 475.0}, {"ac": 1000.0}, 0.47),
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
        found = float(_scores(here, there).capacity_ratio[0])
        assert np.isnan(found) if ratio is None else found == pytest.approx(ratio)


# ------------------------------------------------------------------------------------------- what a clear match needs
@pytest.mark.parametrize(
    ("capacity_kw", "km", "is_sound"),
    [
        (960.0, 4.99, True),
        (960.0, 5.01, False),
        # Of one name and capacity, up to 8 km.
        (975.0, 7.99, True),
        (975.0, 8.01, False),
        (970.0, 7.99, True),
        (969.0, 7.99, False),
        (500.0, 4.99, True),
        (499.0, 4.99, False),
        (None, 4.99, True),
        (None, 5.01, False),
    ],
)
def test_a_clear_match_is_near_and_of_a_capacity_that_fits(
    capacity_kw: float | None, km: float, is_sound: bool
) -> None:
    assert _is_sound(_ONE, replace(_north(_OTHER, km), capacity_ac_kw=capacity_kw)) is is_sound


def test_a_technology_that_is_not_known_stands_against_no_clear_match() -> None:
    assert _is_sound(_ONE, replace(_OTHER, technology=None))


@pytest.mark.parametrize(
    ("one", "other", "km", "capacity_kw", "is_sound"),
    [
        # 5 of 5 and 6 letters are the same: 10 / 11 = 0.91, enough for a longer name or on the same site.
        ("Lhota", "Lhotka", 0.99, 900.0, True),
        ("Lhota", "Lhotka", 1.01, 900.0, False),
        ("Lhota", "Lhotka", 0.99, 899.0, False),
        ("Lhota", "Lhota", 4.99, 600.0, True),
        ("Lhotka", "Lhotkav", 4.99, 600.0, True),
        # 11 of 12 and 13 letters and spaces: 22 / 25 = 0.88, enough without the capacity.
        ("Dlouhá Lhota", "Dlouhý Lhotka", 0.5, 600.0, True),
        # A further word, unless the capacity agrees.
        ("Dlouhá Lhota", "Dlouhá Lhota Radotín", 0.5, 900.0, True),
        ("Dlouhá Lhota", "Dlouhá Lhota Radotín", 0.5, 899.0, False),
        ("Dlouhá Lhota", "Dlouhá Lhota Radotín", 0.5, None, False),
        # A general word or a code is no name.
        ("Bor", "Bor", 0.5, 1000.0, False),
        ("Solar Park", "Solar Park", 0.5, 1000.0, False),
        # Nor is another one enough, whatever else is the same.
        ("Dlouhá Lhota", "Dlouhá Rakovnice", 0.5, 1000.0, False),
    ],
)
def test_a_clear_match_has_a_name(one: str, other: str, km: float, capacity_kw: float | None, is_sound: bool) -> None:
    moved = replace(_north(_OTHER, km), name=other, capacity_ac_kw=capacity_kw)
    assert _is_sound(replace(_ONE, name=one), moved) is is_sound


@pytest.mark.parametrize(
    ("name", "capacity_kw", "country", "is_sound"),
    [
        ("Holešice", 900.0, "CZE", True),
        ("Bohumín", 900.0, "CZE", False),
        ("Holešice", 899.0, "CZE", False),
        ("Holešice", None, "CZE", False),
        ("Holešice", 900.0, "POL", False),
        ("Holešice", 900.0, None, False),
    ],
)
def test_without_a_place_a_clear_match_has_one_long_name_capacity_and_country(
    name: str, capacity_kw: float | None, country: str | None, is_sound: bool
) -> None:
    placed = replace(_ONE, name=name, country="CZE")
    placeless = replace(_OTHER, name=name, latitude=None, capacity_ac_kw=capacity_kw, country=country)
    assert _is_sound(placed, placeless) is is_sound


def test_without_a_place_names_that_are_only_alike_are_no_clear_match() -> None:
    placeless = replace(_OTHER, name="Holešicer", latitude=None, country="CZE")
    assert not _is_sound(replace(_ONE, name="Holešice", country="CZE"), placeless)


@pytest.mark.parametrize(
    ("change", "is_same_spot"),
    [
        ({}, True),
        ({"capacity_ac_kw": 899.0}, False),
        ({"capacity_ac_kw": None}, False),
        ({"technology": None}, False),
        ({"latitude": 50.0 + 1.01 / 111.195}, False),
        ({"name": "Dlouhá Lhota"}, False),
        ({"name": "n/a"}, True),
    ],
)
def test_a_code_for_a_name_needs_the_same_site_capacity_and_technology(
    change: dict[str, object], is_same_spot: bool
) -> None:
    code = replace(_OTHER, name="PLT-0042", latitude=50.0 + 0.99 / 111.195, capacity_ac_kw=900.0)
    changed = replace(code, **change)  # type: ignore[arg-type] # values of the right type for each field
    assert bool(_scores(_ONE, changed).is_same_spot[0]) is is_same_spot
