from dataclasses import replace

import pytest

from plant_pipeline.registry.matching.match import Match, find_matches
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import record, velka_louka, villanueva


def _pairs(matches: list[Match]) -> dict[str, bool]:
    return {f"{match.other.source_plant_id} {match.one.source_plant_id}": match.is_clear for match in matches}


def test_one_plant_under_three_names_is_clear_in_each_pair() -> None:
    matches = find_matches(velka_louka())
    assert _pairs(matches) == {"r1 7": True, "v1 7": True, "v1 r1": True}
    # 0.01 degrees of latitude are 1.11 km on a sphere of 6,371 km; 1480 kW DC with 1000 kW AC is a usual ratio.
    in_voke = next(match for match in matches if match.other.source == "voke" and match.one.source == "ravenwits")
    assert in_voke.distance_km == pytest.approx(1.112, abs=0.001)
    assert in_voke.name_similarity == 1


def test_neighbouring_phases_are_matched_phase_by_phase() -> None:
    plants = [
        record("ravenwits:1", "Los Llanos I", 38.800, -2.88, capacity_ac_kw=20_000.0),
        record("ravenwits:2", "Los Llanos II", 38.809, -2.88, capacity_ac_kw=22_000.0),
        record("flexmeasures:1", "LOS_LLANOS_1", 38.801, -2.88, capacity_ac_kw=20_000.0),
        record("flexmeasures:2", "LOS_LLANOS_2", 38.808, -2.88, capacity_ac_kw=22_000.0),
    ]
    clear = {
        (match.one.source_plant_id, match.other.source_plant_id) for match in find_matches(plants) if match.is_clear
    }
    assert clear == {("1", "1"), ("2", "2")}


def test_phases_of_different_number_are_never_clear_and_barely_a_proposal() -> None:
    one = record("ravenwits:1", "Los Llanos I", 38.8, -2.88, capacity_ac_kw=20_000.0)
    same_size, other_size = (
        record("voke:2", "Los Llanos II", 38.8, -2.88, capacity_dc_kw=capacity_kw) for capacity_kw in (24e3, 240e3)
    )
    assert not any(match.is_clear for match in find_matches([one, same_size]))
    assert find_matches([one, replace(other_size, latitude=38.82)]) == []


def test_one_name_seven_kilometres_apart_with_another_capacity_is_doubtful() -> None:
    (match,) = find_matches(villanueva())
    assert not match.is_clear


_LOUKA = record("ravenwits:1", "Velká Louka", 50.0, 14.0, capacity_ac_kw=1000.0)


@pytest.mark.parametrize(
    "other",
    [
        record("voke:2", "Velká Louka", 50.0, 14.0, capacity_ac_kw=1000.0, technology="wind"),
        record("voke:2", "Malá Louka", 50.0, 14.0, capacity_ac_kw=1000.0),
        record("voke:2", "Velká Louka", 50.0, 14.0, capacity_ac_kw=9000.0),
        record("voke:2", "Velká Louka", 50.1, 14.0, capacity_ac_kw=700.0),
        record("voke:2", "Velká Louka", 50.1, 14.0),
        record("voke:2", "Velká Louka", capacity_ac_kw=2500.0),
        record("voke:2", "Velká Louka", 14.0, 50.0, capacity_ac_kw=1000.0),
        record("voke:2", "PLT-0042", 50.0, 14.0, capacity_ac_kw=1000.0),
    ],
    ids=["technology", "opposite", "capacity", "far and smaller", "far", "no place", "swapped place", "code"],
)
def test_what_stands_against_a_match_keeps_it_from_being_clear(other: PlantCandidate) -> None:
    assert not any(match.is_clear for match in find_matches([_LOUKA, other]))


@pytest.mark.parametrize(
    "other",
    [
        record("voke:2", "Velká Louka 2", 50.0, 14.0, capacity_ac_kw=1000.0),
        record("voke:2", "Velká Louka sever", 50.0, 14.0, capacity_ac_kw=1000.0),
        record("voke:2", "Velká Louka", 50.1, 14.0, capacity_ac_kw=1000.0),
        record("voke:2", "Velká Louka", 50.0, 14.0),
    ],
    ids=["a number", "a compass point", "11 km", "capacity unknown"],
)
def test_what_one_side_alone_says_or_lacks_is_outweighed_by_the_rest(other: PlantCandidate) -> None:
    assert [match.is_clear for match in find_matches([_LOUKA, other])] == [True]


def test_each_phase_takes_its_own_and_leaves_the_plain_name_to_the_first() -> None:
    plain, second = _LOUKA, replace(_LOUKA, source_plant_id="2", name="Velká Louka 2", latitude=50.003)
    others = [
        record("voke:a", "FVE Velká Louka I", 50.0, 14.0, capacity_dc_kw=1200.0),
        record("voke:b", "FVE Velká Louka II", 50.003, 14.0, capacity_dc_kw=1200.0),
    ]
    clear = [match for match in find_matches([plain, second, *others]) if match.is_clear]
    assert [(match.one.source_plant_id, match.other.source_plant_id) for match in clear] == [("1", "a"), ("2", "b")]


def test_names_of_other_plants_do_not_decide_a_pair() -> None:
    others = [record(f"voke:x{n}", f"Lhota{n} Extension", 40.0 + n / 7, 2.0, capacity_ac_kw=500.0) for n in range(40)]
    extension = record("voke:2", "Velká Louka Extension", 50.02, 14.0, capacity_ac_kw=400.0)
    alone = find_matches([_LOUKA, extension])
    assert find_matches([_LOUKA, extension, *others]) == alone
    assert not any(match.is_clear for match in alone)


def test_a_phase_one_may_be_called_by_the_plain_name() -> None:
    (match,) = find_matches([_LOUKA, record("voke:2", "Velka Louka 01", 50.0, 14.0, capacity_ac_kw=1000.0)])
    assert match.is_clear


@pytest.mark.parametrize(
    ("name", "is_clear"), [("Bor", True), ("ABD Farms", True), ("Solar Park", True), ("n/a", False)]
)
def test_a_short_or_general_name_is_one_at_the_same_place_and_of_the_same_capacity(name: str, is_clear: bool) -> None:
    one, other = (record(f"{each}:1", name, 50.0, 14.0, capacity_ac_kw=1000.0) for each in ("ravenwits", "voke"))
    assert any(match.is_clear for match in find_matches([one, other])) is is_clear
    elsewhere = replace(other, latitude=50.2, capacity_ac_kw=800.0)
    assert not any(match.is_clear for match in find_matches([one, elsewhere]))


@pytest.mark.parametrize(
    ("name", "other", "latitude", "capacity_ac_kw"),
    [
        ("Solar Park", "Solar Park", 50.02, 1000.0),
        ("Solar Park", "Solar Park", 50.002, None),
        ("Solar Park", "Solar Park", 50.0, 600.0),
        ("FVE", "FVE", 50.04, None),
        ("Solar plant", "Solar park", 50.02, 1000.0),
    ],
)
def test_a_general_name_is_none_elsewhere_or_without_the_same_capacity(
    name: str, other: str, latitude: float, capacity_ac_kw: float | None
) -> None:
    one = replace(_LOUKA, name=name)
    two = record("voke:2", other, latitude, 14.0, capacity_ac_kw=capacity_ac_kw)
    assert not any(match.is_clear for match in find_matches([one, two]))


@pytest.mark.parametrize(
    ("name", "other"),
    [("Dlouhá Louka", "Dlouhá Louka 3"), ("Nova Ves", "Nova Ves"), ("Brezina nad Jizerou", "Brezany nad Jizerou")],
)
def test_without_any_place_a_name_that_is_short_or_only_alike_links_nothing(name: str, other: str) -> None:
    one, two = (
        record(f"{source}:1", text, capacity_ac_kw=10.0) for source, text in (("ravenwits", name), ("voke", other))
    )
    assert not any(match.is_clear for match in find_matches([one, two]))


def test_two_records_that_fit_equally_well_are_both_doubtful() -> None:
    twins = [record(f"voke:{each}", "FVE Velká Louka", 50.001, 14.0, capacity_ac_kw=1000.0) for each in "ab"]
    assert _pairs(find_matches([_LOUKA, *twins])) == {"a 1": False, "b 1": False}


def test_records_of_one_source_are_never_compared() -> None:
    assert find_matches([_LOUKA, replace(_LOUKA, source_plant_id="2")]) == []


def test_without_coordinates_only_a_long_name_with_the_same_capacity_is_clear() -> None:
    named = replace(_LOUKA, name="Žďár nad Sázavou", country="CZE")
    same = replace(named, source="voke", latitude=None, longitude=None, name="FVE Zdar nad Sazavou")
    assert _pairs(find_matches([named, same])) == {"1 1": True}
    unknown_capacity = replace(same, capacity_ac_kw=None)
    assert _pairs(find_matches([named, unknown_capacity])) == {"1 1": False}
    elsewhere = replace(same, country="POL")
    assert find_matches([named, elsewhere]) == []


def test_a_code_for_a_name_at_the_same_spot_is_proposed() -> None:
    code = record("voke:2", "PLT-0042", 50.001, 14.0, capacity_dc_kw=1200.0)
    assert _pairs(find_matches([_LOUKA, code])) == {"2 1": False}


def test_the_order_of_records_does_not_matter() -> None:
    plants = [*velka_louka(), *villanueva()]
    assert find_matches(plants) == find_matches(plants[::-1])


def test_no_records_no_matches() -> None:
    assert find_matches([]) == []
    assert find_matches([_LOUKA]) == []
