"""What a person is shown of a pair, and what rules a pair out."""

from dataclasses import replace

import pytest

from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.evidence import contradiction, evidence, name_contradiction
from plant_pipeline.registry.matching.likelihood import match_weights
from plant_pipeline.registry.matching.match import Match, find_matches
from plant_pipeline.sources.shapes import PlantCandidate, Technology
from plant_pipeline_tests.registry.given import record

_ONE = record("ravenwits:1", "Lhota", 50.0, 14.0, capacity_ac_kw=1000.0)
_OTHER = record("voke:2", "Lhota", 50.0, 14.0, capacity_dc_kw=1200.0)
_MATCH = Match(
    one=_ONE, other=_OTHER, score=0.99, is_clear=True, name_similarity=1.0, distance_km=0.0, capacity_ratio=0.94,
    alone=0.99, values=(1.0, 0.5) + (0.0,) * (len(FEATURES) - 2), weights=match_weights(),
)  # fmt: skip


def _north(candidate: PlantCandidate, km: float) -> PlantCandidate:
    """The record moved north; a degree of latitude is 111.195 km on a sphere of 6,371.0088 km."""
    assert candidate.latitude is not None
    return replace(candidate, latitude=candidate.latitude + km / 111.195)


def _reasons(
    one: PlantCandidate, other: PlantCandidate, match: Match | None = None, shared: str | None = None
) -> object:
    return evidence(one, other, match, shared)["reasons"]


def _doubts(one: PlantCandidate, other: PlantCandidate, match: Match | None = None) -> object:
    return evidence(one, other, match, None)["doubts"]


# ------------------------------------------------------------------------------------------------ what rules a pair out
def test_one_id_may_span_fifty_kilometres_and_no_more() -> None:
    assert contradiction(_ONE, _north(_OTHER, 49.9)) is None
    assert contradiction(_ONE, _north(_OTHER, 50.1)) == "50 km apart"
    assert contradiction(_ONE, replace(_OTHER, latitude=None)) is None


@pytest.mark.parametrize(
    ("one", "other", "is_ruled_out"),
    [
        ("solar", "wind", True),
        ("solar", "other", True),
        ("wind", "other", True),
        ("solar", "solar", False),
        ("solar", "hybrid", False),
        ("solar", "storage", False),
        ("wind", "storage", False),
        ("wind", None, False),
    ],
)
def test_a_battery_may_stand_at_any_plant_but_the_sun_does_not_turn_a_rotor(
    one: Technology, other: Technology | None, is_ruled_out: bool
) -> None:
    first, second = replace(_ONE, technology=one), replace(_OTHER, technology=other)
    assert (contradiction(first, second) is not None) == is_ruled_out
    assert (contradiction(second, first) is not None) == is_ruled_out


def test_a_contradiction_names_both_technologies() -> None:
    assert contradiction(_ONE, replace(_OTHER, technology="wind")) == "technologies differ: solar, wind"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Lhota 1", "Lhota 2", "phase 1 against 2"),
        ("Lhota I y II", "Lhota III", "phase 1 and 2 against 3"),
        ("Lhota 117", "Lhota 118", "number 117 against 118"),
        ("Lhota North", "Lhota South", "compass point north against south"),
        ("Dolní Lhota", "Horní Lhota", "the names say the opposite in height"),
        ("Lhota 1", "Lhota", None),
        ("Lhota", "Lhota North", None),
        ("Lhota 2", "Lhota II", None),
        ("Dolní Lhota", "Dolni Lhota", None),
        ("Dolní Lhota", "Velká Lhota", "one name says lower, the other great"),
        ("Aura", "Aurora", None),
        ("n/a", "Lhota 2", None),
        ("Lhota 2", "n/a", None),
    ],
)
def test_names_that_number_or_place_two_plants_side_by_side(one: str, other: str, said: str | None) -> None:
    assert name_contradiction(replace(_ONE, name=one), replace(_OTHER, name=other)) == said


# ---------------------------------------------------------------------------------------------- what a person is shown
def test_both_records_stand_side_by_side_with_what_they_are() -> None:
    found = evidence(replace(_ONE, name="Lhota II, III", storage_kwh=500.0), _north(_OTHER, 2.3456), _MATCH, None)
    assert found["record"] == {
        "source": "ravenwits", "source_plant_id": "1", "name": "Lhota II, III", "technology": "solar", "latitude": 50.0,
        "longitude": 14.0, "capacity_ac_kw": 1000.0, "capacity_dc_kw": None, "storage_kwh": 500.0,
        "phases": ["2", "3"],
    }  # fmt: skip
    assert (found["other_source"], found["other_source_plant_id"]) == ("voke", "2")
    assert found["distance_km"] == 2.346
    assert (found["name_similarity"], found["capacity_ratio"], found["shared_id"]) == (1.0, 0.94, None)


def test_what_was_not_compared_and_what_is_unknown_is_empty() -> None:
    found = evidence(replace(_ONE, latitude=None), replace(_OTHER, name="n/a"), None, "main")
    assert (found["distance_km"], found["name_similarity"], found["capacity_ratio"]) == (None, None, None)
    assert found["shared_id"] == "main"
    assert isinstance(found["other"], dict)
    assert found["other"]["phases"] == []


def test_reasons_are_told_from_the_id_to_the_technology() -> None:
    assert _reasons(_ONE, _OTHER, _MATCH, "main") == [
        "both carry the id 'main'",
        "the names are the same",
        "0.0 km apart",
        "the capacities agree: ravenwits 1,000 kW AC, voke 1,200 kW DC",
        "both are solar",
    ]
    unlike = replace(_MATCH, name_similarity=0.819, capacity_ratio=0.899)
    assert _reasons(replace(_ONE, technology=None), replace(_north(_OTHER, 5.1), technology=None), unlike) == []
    assert _reasons(_ONE, replace(_OTHER, technology="wind"), replace(unlike, capacity_ratio=None)) == ["0.0 km apart"]


def test_reasons_begin_at_their_limits() -> None:
    at_limit = replace(_MATCH, name_similarity=0.82, capacity_ratio=0.9)
    assert _reasons(_ONE, _north(_OTHER, 4.99), at_limit) == [
        "the names are alike (0.82)",
        "5.0 km apart",
        "the capacities agree: ravenwits 1,000 kW AC, voke 1,200 kW DC",
        "both are solar",
    ]
    assert _doubts(_ONE, _north(_OTHER, 4.99), at_limit) == []


def test_doubts_are_told_of_name_place_technology_capacity_and_rivals() -> None:
    weak = replace(_MATCH, score=0.4, name_similarity=0.5, capacity_ratio=0.4)
    south = replace(_north(_OTHER, 6.0), technology="wind", name="Lhota South", storage_kwh=250.0)
    assert _doubts(replace(_ONE, name="Lhota North"), south, weak) == [
        "compass point north against south",
        "the names differ (0.50)",
        "6.0 km apart",
        "technologies differ: solar, wind",
        "the capacities differ: ravenwits 1,000 kW AC, voke 1,200 kW DC and 250 kWh",
        "another record fits as well or nearly so",
    ]


def test_a_rival_is_a_doubt_only_of_what_would_be_clear() -> None:
    rival = "another record fits as well or nearly so"
    assert _doubts(_ONE, _OTHER, replace(_MATCH, score=0.979, alone=0.98)) == [rival]
    assert _doubts(_ONE, _OTHER, replace(_MATCH, score=0.98, alone=0.99)) == []
    assert _doubts(_ONE, _OTHER, replace(_MATCH, score=0.9, alone=0.979)) == []


def test_coordinates_that_fit_the_wrong_way_round_are_a_doubt() -> None:
    swapped = replace(_OTHER, latitude=14.0, longitude=50.0)
    assert "latitude and longitude of one seem to be swapped: then 0.0 km" in str(_doubts(_ONE, swapped, _MATCH))
    assert "swapped" not in str(_doubts(_ONE, swapped, replace(_MATCH, distance_km=4500.0)))


def test_what_each_feature_weighs_is_shown_the_weightiest_first() -> None:
    weights = evidence(_ONE, _OTHER, _MATCH, None)["weights"]
    assert isinstance(weights, dict)
    assert list(weights) == ["any_pair", "spelling"]
    assert evidence(_ONE, _OTHER, None, "main")["weights"] is None


def test_the_distance_is_told_once_and_missing_places_of_either_record() -> None:
    assert _doubts(_ONE, _north(_OTHER, 60.0)) == ["60.0 km apart"]
    assert _doubts(replace(_ONE, latitude=None), replace(_OTHER, longitude=None)) == [
        "ravenwits has no coordinates", "voke has no coordinates",
    ]  # fmt: skip


def test_capacities_that_cannot_be_compared_are_a_doubt() -> None:
    assert _doubts(replace(_ONE, capacity_ac_kw=None), _OTHER, replace(_MATCH, capacity_ratio=None)) == [
        "capacities cannot be compared: ravenwits none, voke 1,200 kW DC"
    ]


def test_notes_come_before_the_doubts_of_the_pair() -> None:
    found = evidence(_ONE, _north(_OTHER, 6.0), None, None, ["the id could mean other records as well"])
    assert found["doubts"] == ["the id could mean other records as well", "6.0 km apart"]


def test_alike_names_of_which_no_error_made_one_of_the_other_are_a_doubt() -> None:
    one, other = replace(_ONE, name="Aura North"), replace(_OTHER, name="Aurora North")
    (match,) = find_matches([one, replace(other, latitude=one.latitude, longitude=one.longitude)])
    assert "the names are alike, but no typing error explains how they differ" in str(_doubts(one, other, match))
