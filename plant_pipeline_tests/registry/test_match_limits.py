"""Which pairs are compared and proposed at all: the limits of distance, names and rivals. Scores are by hand.

The score of a pair is 0.50 for the name, 0.30 for the place, 0.15 for the capacity, 0.05 for the technology; of one
name and technology 30 km apart it is 0.55 and what the capacity gives (0.15 if equal, 0.1457 if in the ratio of 0.95).
"""

from dataclasses import replace

import pytest

from plant_pipeline.registry.match import Match, find_matches
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import record

_KM_A_DEGREE = 111.195  # of latitude, on a sphere of 6,371.0088 km
_LONG, _SIX, _FIVE = "Dlouhá Lhota", "Lhotka", "Lhota"


def _one(name: str = _LONG) -> PlantCandidate:
    return record("ravenwits:1", name, 50.0, 14.0, capacity_ac_kw=1000.0, country="CZE")


def _other(
    name: str = _LONG, km: float = 0.0, capacity_kw: float = 1000.0, source_plant_id: str = "2"
) -> PlantCandidate:
    """A record of the other system, so far north of the one."""
    return replace(
        _one(name),
        source="voke",
        source_plant_id=source_plant_id,
        latitude=50.0 + km / _KM_A_DEGREE,
        capacity_ac_kw=capacity_kw,
    )


def _found(*others: PlantCandidate, one: PlantCandidate | None = None) -> dict[str, bool]:
    return {match.other.source_plant_id: match.is_clear for match in find_matches([one or _one(), *others])}


@pytest.mark.parametrize(("km", "is_found"), [(29.9, True), (30.1, False), (45.0, False)])
def test_a_short_name_is_looked_for_up_to_30_km(km: float, is_found: bool) -> None:
    assert (_found(_other(_FIVE, km), one=_one(_FIVE)) == {"2": False}) is is_found


@pytest.mark.parametrize(
    ("name", "km", "capacity_kw", "is_found"),
    [
        (_SIX, 500.0, 1000.0, True),
        (_FIVE, 500.0, 1000.0, False),
        (_SIX, 500.0, 950.0, True),
        (_SIX, 500.0, 949.0, False),
        (_SIX, 29.9, 949.0, True),
        (_SIX, 30.1, 949.0, False),
    ],
)
def test_further_away_one_long_name_of_one_capacity_is_worth_a_look(
    name: str, km: float, capacity_kw: float, is_found: bool
) -> None:
    assert (_found(_other(name, km, capacity_kw), one=_one(name)) == {"2": False}) is is_found


def test_a_name_that_a_source_has_twice_is_not_looked_for_far_away() -> None:
    assert _found(_other(km=500.0), _other(km=600.0, source_plant_id="3")) == {}


def test_a_sound_pair_of_a_low_score_is_for_a_person() -> None:
    # 5 km away 0.3 x 0.3810, and half the capacity 0.15 x 0.1873: 0.6923, where clear ones have 0.74.
    (match,) = find_matches([_one(), _other(km=4.99, capacity_kw=500.0)])
    assert (match.is_clear, match.score) == (False, 0.692)


@pytest.mark.parametrize(
    ("km", "found"),
    [
        (0.3, {"2": False, "3": False}),  # 0.3 x (1 - 0.9231) = 0.023 behind: too close to tell
        (1.0, {"2": True, "3": False}),  # 0.066 behind
        (7.0, {"2": True}),  # 0.220 behind: not worth a person's time
    ],
)
def test_a_rival_is_told_from_the_best_by_how_far_it_is_behind(km: float, found: dict[str, bool]) -> None:
    assert _found(_other(), _other(km=km, source_plant_id="3")) == found


def test_a_match_says_how_alike_the_records_are_in_three_digits() -> None:
    # 10 of 11 letters are in both names: 0.90909. A km apart 0.3 x 0.7794, and a ratio of 2/3 gives 0.15 x 0.4994.
    (match,) = find_matches([_one(_FIVE), _other(_SIX, 1.0, 1500.0)])
    assert match == Match(
        one=_one(_FIVE),
        other=_other(_SIX, 1.0, 1500.0),
        score=0.783,
        is_clear=False,
        name_similarity=0.909,
        distance_km=1.0,
        capacity_ratio=0.667,
        lead=0.783,
    )


def test_a_record_without_a_place_is_compared_by_its_name() -> None:
    placeless = replace(_other(), latitude=None, longitude=None)
    assert _found(placeless) == {"2": True}
    assert _found(placeless, one=replace(_one(), latitude=None, longitude=None)) == {"2": True}
    assert _found(_other(), one=replace(_one(), latitude=None, longitude=None)) == {"2": True}


def test_of_many_rivals_each_is_held_against_the_best() -> None:
    near, middle, far = _other(), _other(km=1.0, source_plant_id="3"), _other(km=2.0, source_plant_id="4")
    leads = {match.other.source_plant_id: match.lead for match in find_matches([_one(), far, near, middle])}
    # 0.7 + 0.3 x 1, x 0.7794 and x 0.6349.
    assert leads == {"2": 0.066, "3": -0.066, "4": -0.11}


def test_each_pair_is_told_once_in_the_order_of_its_ids() -> None:
    ones = [replace(_one(), source_plant_id=each) for each in "123"]
    others = [_other(source_plant_id=each) for each in "ab"]
    pairs = [(match.one.source_plant_id, match.other.source_plant_id) for match in find_matches([*others, *ones])]
    assert pairs == [(first, second) for first in "123" for second in "ab"]


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("Krasnohorskolhota", True),
        ("Krasnohorskolhaty", True),  # 15 of 17 letters: 0.882
        ("Krasnohorskolhexy", False),  # 14: 0.824
    ],
)
def test_a_name_without_a_place_is_worth_a_look_from_88_percent_on(name: str, is_found: bool) -> None:
    placeless = replace(_other(name), latitude=None, longitude=None)
    assert bool(_found(placeless, one=_one("Krasnohorskolhota"))) is is_found


def test_a_name_below_88_percent_is_not_looked_for_without_a_place() -> None:
    placeless = replace(_other("Holežice"), latitude=None, longitude=None)  # 7 of 8 letters: 0.875
    assert _found(placeless, one=_one("Holešice")) == {}


def test_each_record_without_a_place_is_looked_for() -> None:
    placeless = [
        replace(_other(name, source_plant_id=name), latitude=None, longitude=None) for name in (_LONG, "Nové Strašecí")
    ]
    ones = [_one(), replace(_one("Nové Strašecí"), source_plant_id="9")]
    assert {match.other.source_plant_id for match in find_matches([*ones, *placeless])} == {_LONG, "Nové Strašecí"}


def test_a_name_far_away_is_found_among_others() -> None:
    # Each is the second record of its system, or the first.
    ones = [replace(_one("Nové Strašecí"), source_plant_id="0", latitude=30.0), _one()]
    others = [_other(km=500.0), replace(_other("Kralupy", source_plant_id="9"), latitude=10.0)]
    pairs = [(match.one.source_plant_id, match.other.source_plant_id) for match in find_matches([*ones, *others])]
    assert pairs == [("1", "2")]
