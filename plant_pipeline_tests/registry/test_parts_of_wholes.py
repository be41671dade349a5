"""Several records of one system that are together what another system has as one: asked about, never linked."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline.registry.review import accept, open_proposals, reject
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import Given, at, planned, record
from plant_pipeline_tests.registry.plans import asked

WHOLE = record("ravenwits:w", "FVE Lhota", 50.0, 14.0, capacity_ac_kw=30_000.0)
NAMES = ("FVE Lhota I", "FVE Lhota II", "FVE Lhota III")


def _parts(*sizes_kw: float, source: str = "voke", latitude: float = 50.001) -> list[PlantCandidate]:
    return [
        record(f"{source}:{number}", name, latitude, 14.0, capacity_ac_kw=size_kw)
        for number, (name, size_kw) in enumerate(zip(NAMES, sizes_kw, strict=False), 1)
    ]


def _kinds(fleet: Sequence[PlantCandidate]) -> list[str]:
    return [proposal.kind for proposal in planned(fleet, rule([])).resolution.proposals]


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        (_parts(10_000, 20_000), ["part_of"] * 2),
        (_parts(20_000, 10_000), ["part_of"] * 2),
        (_parts(25_000, 5_000), ["part_of"] * 2),
        (_parts(10_000, 10_000, 10_000), ["part_of"] * 3),
        (_parts(10_000, 20_590), ["part_of"] * 2),  # 30,590: 1.97 % more
        (_parts(10_000, 20_610), ["match"] * 2),  # 2.03 % more
        (_parts(10_000, 20_000, source="flexmeasures"), ["part_of"] * 2),
        (_parts(28_000, 2_000), []),  # 93 % of it: one is the plant itself
        (_parts(10_000, 20_000, latitude=50.046), ["match"]),  # 5.1 km away, and a third of it hardly likely
    ],
)
def test_parts_that_add_up_are_asked_about_as_such(parts: list[PlantCandidate], kinds: list[str]) -> None:
    assert _kinds([WHOLE, *parts]) == kinds


def test_the_sizes_that_count_are_of_one_kind() -> None:
    in_dc = [replace(each, capacity_ac_kw=None, capacity_dc_kw=each.capacity_ac_kw) for each in _parts(10_000, 20_000)]
    assert "part_of" not in _kinds([WHOLE, *in_dc])
    assert _kinds([replace(WHOLE, capacity_dc_kw=30_000.0), *in_dc]) == ["part_of"] * 2


def test_only_those_that_add_up_are_parts() -> None:
    proposals = planned([WHOLE, *_parts(10_000, 20_000, 7_000)], rule([])).resolution.proposals
    kinds = {proposal.source_plant_id: proposal.kind for proposal in proposals}
    assert {record: kind for record, kind in kinds.items() if kind == "part_of"} == {"1": "part_of", "2": "part_of"}


def test_whichever_source_comes_first_the_parts_are_proposed_to_the_whole() -> None:
    whole = replace(WHOLE, source="voke", source_plant_id="w")
    parts = _parts(10_000, 20_000, source="ravenwits")
    assert asked(planned([whole, *parts], rule([]))) == [("ravenwits:1", "voke:w"), ("ravenwits:2", "voke:w")]


def test_a_person_puts_the_parts_together_one_after_the_other(given: Given) -> None:
    fleet = [WHOLE, *_parts(10_000, 20_000)]
    given.sync(fleet)
    for _ in range(2):
        with given.warehouse.transaction() as connection:
            question = open_proposals(connection)[0]
            assert question.kind == "part_of"
            assert "their capacities add up to its own" in question.reasons[0]
            accept(connection, question.proposal_id, "jana", at(1))
    given.sync(fleet, day=2)
    assert given.plants() == [["ravenwits:w", "voke:1", "voke:2"]]
    assert given.proposals() == []
    assert given.plant("ravenwits:w")["capacity_ac_kw"] == 30_000


def test_a_part_that_is_none_is_not_asked_about_again(given: Given) -> None:
    fleet = [WHOLE, *_parts(10_000, 20_000)]
    given.sync(fleet)
    with given.warehouse.transaction() as connection:
        reject(connection, open_proposals(connection)[0].proposal_id, "jana", at(1))
    given.sync(fleet, day=2)
    assert len(given.plants()) == 3
    assert given.proposals("rejected") == ["voke:1"]


# -- what is another plant by its name --
@pytest.mark.parametrize(
    ("one", "other", "is_linked"),
    [
        ("Lhota", "FVE Lhota", True),
        ("Lhota", "Lhota extension", False),
        ("Lhota extension", "Lhota - Erweiterung", True),
        ("Lhota", "Windpark Lhota Repowering", False),
        ("Lhota", "Lhota (resubmission)", False),
        ("Aspen Solar LLC (Community Garden)", "Birch Solar LLC (Community Garden)", False),
        ("Aspen Solar LLC (Community Garden)", "Aspen LLC (Community Garden)", True),
        ("Aspen Solar LLC (Community Garden)", "Community Garden", True),
    ],
)
def test_an_addition_or_another_company_is_a_question(one: str, other: str, is_linked: bool) -> None:
    pair = [
        record("ravenwits:1", one, 50.0, 14.0, technology=None),
        record("voke:2", other, 50.001, 14.0, technology=None),
    ]
    (match,) = find_matches([replace(each, capacity_ac_kw=5_000.0) for each in pair])
    assert match.is_clear == is_linked
