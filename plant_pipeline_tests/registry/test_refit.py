"""Weights moved by the decisions made in a registry: tried, adopted, taken back as if they had never been."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.files import export_registry, import_registry
from plant_pipeline.registry.matching.likelihood import LINK_PROBABILITY, match_weights
from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline.registry.refit import Refit, adopt, refit, take_back
from plant_pipeline.registry.store import adopted_weights
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import Given, at, decision, record

_NAMES = (
    "Lhota",
    "Bor",
    "Kranj",
    "Opatov",
    "Vrbno",
    "Mokrá",
    "Újezd",
    "Skalice",
    "Rybná",
    "Chlumec",
    "Lipno",
    "Jasień",
)


def _pair(number: int, name: str, km: float = 2.5) -> list[PlantCandidate]:
    """One plant in two systems, of which one writes the owner's short name behind that of the place."""
    latitude = 45.0 + number / 2
    return [
        record(f"ravenwits:{number}", name, latitude, 14.0, timezone="UTC", country="CZE"),
        record(f"voke:{number}", f"{name} Kxw", latitude + km / 111.195, 14.0),
    ]


_DECIDED = [each for number, name in enumerate(_NAMES) for each in _pair(number, name)]
_NEW = _pair(50, "Hradiště")
_LINKS = [decision("link", f"voke:{number}", f"ravenwits:{number}") for number in range(len(_NAMES))]


def _asked_pairs(given: Given) -> Refit:
    """A fleet of which every pair was asked about and found to be one plant."""
    given.sync([*_DECIDED, _NEW[0]])
    given.decide(*_LINKS)
    given.sync([*_DECIDED, _NEW[0]], day=1)
    with given.warehouse.transaction() as connection:
        return refit(connection, [*_DECIDED, *_NEW], at(1))


def test_a_pair_like_those_decided_would_link_and_nothing_is_written(given: Given) -> None:
    (match,) = find_matches(_NEW)
    assert 0.05 < match.score < LINK_PROBABILITY  # else nothing is shown here
    found = _asked_pairs(given)
    assert (found.same, found.different, found.links) == (12, 0, 1)
    (shift,) = found.shifts
    assert (shift.one, shift.other, shift.before, shift.after) == ("ravenwits:50", "voke:50", "ask", "link")
    assert str(shift) == (
        f"ravenwits:50 'Hradiště' = voke:50 'Hradiště Kxw': {match.score:.2f} -> {shift.probability_after:.2f}, "
        "would link by itself"
    )
    before = given.state()
    given.sync([*_DECIDED, *_NEW[:1]], day=2)
    assert given.state() == before
    with given.warehouse.transaction() as connection:
        assert adopted_weights(connection) is match_weights()


def test_what_people_rejected_makes_such_pairs_less_likely(given: Given) -> None:
    given.sync([*_DECIDED, *_NEW])
    given.decide(*(decision("reject", f"voke:{number}", f"ravenwits:{number}") for number in range(len(_NAMES))))
    with given.warehouse.transaction() as connection:
        found = refit(connection, [*_DECIDED, *_NEW], at(1))
    assert (found.same, found.different) == (0, 12)
    (before,) = find_matches(_NEW)
    shifts = {shift.other: shift.probability_after for shift in found.shifts}
    assert shifts.get("voke:50", 0.0) < before.score
    assert found.links == 0


@pytest.mark.parametrize(
    "decisions",
    [
        [],
        [decision("link", "voke:1", "voke:2")],  # of one system
        [decision("link", "voke:1", "ravenwits:1", value="duplicate")],
        [decision("unlink", "voke:1"), decision("set", "voke:1", field="name", value="A")],
        [decision("link", "voke:1", "flexmeasures:unheard")],
    ],
)
def test_without_a_decision_on_a_pair_there_is_nothing_to_fit_to(given: Given, decisions: Sequence[object]) -> None:
    given.sync(_DECIDED)
    given.decide(*decisions)  # type: ignore[arg-type] # decisions
    with given.warehouse.transaction() as connection, pytest.raises(UsageError, match="nothing to fit to"):
        refit(connection, _DECIDED, at(1))


def _adopt(given: Given, fleet: Sequence[PlantCandidate], day: float) -> None:
    with given.warehouse.transaction() as connection:
        adopt(connection, "jana", at(day), "our names", fleet)


def _take_back(given: Given, fleet: Sequence[PlantCandidate], day: float) -> None:
    with given.warehouse.transaction() as connection:
        take_back(connection, "petr", at(day), fleet)


def test_adopted_weights_link_what_comes_and_taken_back_they_are_as_if_never_adopted(given: Given) -> None:
    _asked_pairs(given)
    fleet = [*_DECIDED, *_NEW]
    _adopt(given, [*_DECIDED, _NEW[0]], 1)
    given.sync(fleet, day=2)
    assert ["ravenwits:50", "voke:50"] in given.plants()
    settled = given.state()
    given.sync(fleet[::-1], day=3)
    assert given.state() == settled
    _take_back(given, fleet, 4)
    assert ["voke:50"] in given.plants()
    assert given.proposals() == ["voke:50"]
    settled = given.state()
    given.sync(fleet[::-1], day=5)
    assert given.state() == settled
    assert given.rows("select who, why, withdrawn_by, decisions from registry.match_weights") == [
        ("jana", "our names", "petr", 12)
    ]
    with given.warehouse.transaction() as connection, pytest.raises(UsageError, match="nothing to take back"):
        take_back(connection, "petr", at(6), fleet)


def test_what_is_not_delivered_when_weights_are_taken_back_stays_until_it_is(given: Given) -> None:
    _asked_pairs(given)
    fleet = [*_DECIDED, *_NEW]
    _adopt(given, [*_DECIDED, _NEW[0]], 1)
    given.sync(fleet, day=2)
    _take_back(given, _DECIDED, 4)
    assert ["ravenwits:50", "voke:50"] in given.plants()
    given.sync(fleet, day=5)
    assert ["voke:50"] in given.plants()


def test_plants_that_are_two_stay_two_and_are_asked_about(given: Given) -> None:
    given.sync([*_DECIDED, *_NEW])
    given.decide(*_LINKS)
    _adopt(given, [*_DECIDED, *_NEW], 1)
    assert ["voke:50"] in given.plants()
    assert given.proposals() == ["voke:50"]


def test_adopted_weights_are_those_beside_which_they_were_fitted_and_no_others(given: Given) -> None:
    _asked_pairs(given)
    _adopt(given, _DECIDED, 1)
    with given.warehouse.transaction() as connection:
        assert adopted_weights(connection).weights_id == 1
        connection.exec_driver_sql("update registry.match_weights set base_version = base_version - 1")
        assert adopted_weights(connection) is match_weights()


def test_the_last_adopted_weights_count_and_go_first(given: Given) -> None:
    _asked_pairs(given)
    for day in (1, 2):
        _adopt(given, _DECIDED, day)
    for left in (1, None):
        _take_back(given, _DECIDED, 3)
        with given.warehouse.transaction() as connection:
            assert adopted_weights(connection).weights_id == left


def test_adopted_weights_are_carried_to_another_warehouse(given: Given, tmp_path: Path) -> None:
    _asked_pairs(given)
    _adopt(given, _DECIDED, 1)
    with given.warehouse.transaction() as connection:
        before = adopted_weights(connection)
        assert list(export_registry(connection, tmp_path))
        connection.exec_driver_sql("truncate registry.plant, registry.decision, registry.match_weights cascade")
        import_registry(connection, tmp_path)
        after = adopted_weights(connection)
    assert (after.weights_id, after.weights.tolist()) == (1, before.weights.tolist())
    given.sync([*_DECIDED, *_NEW], day=2)
    assert ["ravenwits:50", "voke:50"] in given.plants()


def test_a_record_that_is_corrected_is_compared_as_it_is_now(given: Given) -> None:
    given.sync(_DECIDED)
    given.decide(_LINKS[0])
    far = [replace(each, latitude=60.0) if each.source_plant_id == "0" else each for each in _DECIDED]
    given.sync(far, day=1)
    with given.warehouse.transaction() as connection:
        found = refit(connection, far, at(1))
    assert (found.same, found.different) == (1, 0)
