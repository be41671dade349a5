"""A person's word that a plant is out of service, and plants that are joined to it before and after."""

from collections.abc import Sequence

import pytest

from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline_tests.registry.given import Given, day, decision, record

_FLEET = [
    record("ravenwits:1", "Alba", 40.0, -3.0, capacity_ac_kw=100.0, timezone="UTC"),
    record("flexmeasures:1", "Alba", 40.0, -3.0, capacity_ac_kw=100.0),
    record("ravenwits:2", "Bosque", 40.1, -3.0, capacity_ac_kw=200.0, timezone="UTC"),
    record("ravenwits:3", "Cerro", 40.2, -3.0, capacity_ac_kw=300.0, timezone="UTC"),
]
_RETIRED = decision("retire", "ravenwits:1")


def _after(given: Given, *decisions: Decision) -> Sequence[str]:
    """Decide a day after the other, each followed by a night; what a person is told of the last one."""
    given.sync(_FLEET)
    findings: Sequence[str] = ()
    for number, made in enumerate(decisions, start=1):
        given.decide(made, day=number)
        findings = given.sync(_FLEET, day=number + 0.5).findings
    return findings


@pytest.mark.parametrize("link", [("ravenwits:1", "ravenwits:2"), ("ravenwits:2", "ravenwits:1"),
                                  ("flexmeasures:1", "ravenwits:2"), ("ravenwits:2", "flexmeasures:1")])  # fmt: skip
def test_what_is_joined_later_is_in_service_whichever_records_the_link_names(
    given: Given, link: tuple[str, str]
) -> None:
    findings = _after(given, _RETIRED, decision("link", *link))
    plant = given.plant("ravenwits:1")
    assert (plant["status"], plant["capacity_ac_kw"]) == ("active", 300.0)
    (finding,) = (each for each in findings if "retired" in each)
    assert "retired, but joined since to ravenwits:2, which is in service, and so is the plant" in finding
    given.undo("link", day=3)
    given.sync(_FLEET, day=4)
    assert given.plant("ravenwits:1")["status"] == "retired"
    assert given.plant("ravenwits:2")["status"] == "active"


def test_what_was_joined_before_ends_with_it(given: Given) -> None:
    _after(given, decision("link", "flexmeasures:1", "ravenwits:2"), _RETIRED)
    assert given.plant("ravenwits:2")["status"] == "retired"


def test_of_retired_plants_that_are_joined_the_last_ends_the_whole(given: Given) -> None:
    ends = [decision("retire", f"ravenwits:{each}", valid_from=day(-each)) for each in (1, 2, 3)]
    joined = [decision("link", f"ravenwits:{each}", "ravenwits:1") for each in (2, 3)]
    _after(given, *ends, *joined)
    plant = given.plant("ravenwits:3")
    assert (plant["status"], plant["retired_at"].date()) == ("retired", day(-1))
    assert [row[1] for row in given.versions("ravenwits:1", "status")] == ["active", "retired"]


def test_what_is_gone_from_its_source_keeps_no_retired_plant_in_service(given: Given) -> None:
    _after(given, _RETIRED, decision("link", "ravenwits:2", "ravenwits:1"))
    without = [each for each in _FLEET if each.source_plant_id != "2"]
    for night in (4, 5):
        given.sync(without, day=night)
    assert given.plant("ravenwits:1")["status"] == "retired"


def test_a_later_word_on_the_whole_ends_the_whole(given: Given) -> None:
    _after(given, _RETIRED, decision("link", "ravenwits:2", "ravenwits:1"), decision("retire", "ravenwits:2"))
    assert given.plant("ravenwits:1")["status"] == "retired"
