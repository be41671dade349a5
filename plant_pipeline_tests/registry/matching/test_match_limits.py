"""Which pairs are compared, linked and proposed at all: the limits of distance, names and rivals."""

from dataclasses import replace

import numpy as np
import pytest

from plant_pipeline.registry.matching import match as match_module
from plant_pipeline.registry.matching.likelihood import ASK_PROBABILITY, LINK_PROBABILITY
from plant_pipeline.registry.matching.match import find_matches
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
    assert bool(_found(_other(_FIVE, km), one=_one(_FIVE))) is is_found


@pytest.mark.parametrize(
    ("name", "km", "capacity_kw", "is_found"),
    [
        (_SIX, 60.0, 1000.0, True),
        (_FIVE, 60.0, 1000.0, False),
        (_SIX, 60.0, 900.0, True),
        (_SIX, 60.0, 899.0, False),
        (_SIX, 29.9, 899.0, True),
        (_SIX, 30.1, 899.0, False),
    ],
)
def test_further_away_one_long_name_of_one_capacity_is_worth_a_look(
    name: str, km: float, capacity_kw: float, is_found: bool
) -> None:
    assert bool(_found(_other(name, km, capacity_kw), one=_one(name))) is is_found


def test_a_name_that_a_source_has_twice_is_not_looked_for_far_away() -> None:
    assert _found(_other(km=500.0), _other(km=600.0, source_plant_id="3")) == {}


@pytest.mark.parametrize(
    ("km", "capacity_kw", "is_clear"),
    [(2.0, 501.0, True), (2.0, 499.0, False), (5.01, 900.0, True), (5.01, 899.0, False), (29.0, 1000.0, True)],
)
def test_beside_one_name_a_link_needs_the_place_or_the_capacity_and_never_half_of_it(
    km: float, capacity_kw: float, is_clear: bool
) -> None:
    assert _found(_other(km=km, capacity_kw=capacity_kw)) == {"2": is_clear}


def test_of_equal_rivals_none_is_linked_and_both_are_asked_about() -> None:
    twins = find_matches([_one(), _other(), _other(source_plant_id="3")])
    assert [match.is_clear for match in twins] == [False, False]
    assert all(match.score < 0.7 < LINK_PROBABILITY < match.alone for match in twins)


def test_a_rival_far_behind_is_neither_an_obstacle_nor_a_question() -> None:
    assert _found(_other(), _other("Dlouhá Lhota Radotín", km=7.0, source_plant_id="3")) == {"2": True}


def test_what_is_told_is_worth_a_question() -> None:
    names = [_LONG, "Dlouhá Lhotka", "Dlouhá", "Krátká Lhota", "Bor"]
    rivals = [_other(name, km=5.0 * n, source_plant_id=str(n)) for n, name in enumerate(names)]
    for rival in rivals:
        for match in find_matches([_one(), rival]):
            assert match.score >= ASK_PROBABILITY
            assert not match.is_clear or match.score >= LINK_PROBABILITY


def test_a_match_says_how_alike_the_records_are_in_three_digits() -> None:
    # 10 of 11 letters are in both names: 0.90909.
    (match,) = find_matches([_one(_FIVE), _other(_SIX, 1.0, 1500.0)])
    assert (match.name_similarity, match.distance_km, match.capacity_ratio) == (0.909, 1.0, 0.667)
    parts = match.parts()
    assert sum(parts.values()) == pytest.approx(np.log(match.alone / (1 - match.alone)), abs=1.0)
    assert list(map(abs, parts.values())) == sorted(map(abs, parts.values()), reverse=True)


def test_a_record_without_a_place_is_compared_by_its_name() -> None:
    placeless = replace(_other(), latitude=None, longitude=None)
    assert _found(placeless) == {"2": True}
    assert _found(placeless, one=replace(_one(), latitude=None, longitude=None)) == {"2": True}
    assert _found(_other(), one=replace(_one(), latitude=None, longitude=None)) == {"2": True}


def test_many_pairs_are_compared_in_parts_without_losing_any(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = [replace(_one(f"Lhota {n}0{n}"), source_plant_id=str(n), latitude=50 + n / 100) for n in range(1, 8)]
    others = [replace(each, source="voke", source_plant_id=f"v{each.source_plant_id}") for each in ones]
    whole = find_matches([*ones, *others])
    assert len(whole) >= len(ones)
    for name, size in (("_PAIRS_AT_ONCE", 3), ("_RECORDS_A_CHUNK", 2)):
        monkeypatch.setattr(match_module, name, size)
        assert find_matches([*ones, *others]) == whole


def test_each_pair_is_told_once_in_the_order_of_its_ids() -> None:
    ones = [replace(_one(), source_plant_id=each) for each in "123"]
    others = [_other(source_plant_id=each) for each in "ab"]
    pairs = [(match.one.source_plant_id, match.other.source_plant_id) for match in find_matches([*others, *ones])]
    assert pairs == [(first, second) for first in "123" for second in "ab"]


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("Krasnohorskolhota", True),
        ("Krasnohorskolhexy", True),  # 14 of 17 letters: 0.824
        ("Krasnohorskoxexyz", False),  # 13: 0.765
    ],
)
def test_a_name_without_a_place_is_worth_a_look_from_80_percent_on(name: str, is_found: bool) -> None:
    placeless = replace(_other(name), latitude=None, longitude=None)
    assert bool(_found(placeless, one=_one("Krasnohorskolhota"))) is is_found


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
