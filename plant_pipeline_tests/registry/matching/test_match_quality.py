"""The matcher on an invented fleet of a seed it was not tuned on: a change of a library or a word shows here."""

import random

from benchmarks.match_registry import is_true_match, two_systems
from benchmarks.plant_lists import NEVER_FITTED, real_pair
from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline_tests.registry.given import Given

_SEED = 4242


def test_clear_matches_are_right_and_most_of_what_is_there_is_found() -> None:
    records, true_pairs = two_systems(1_500, _SEED)
    matches = find_matches(records)
    clear = [match for match in matches if match.is_clear]
    right = sum(map(is_true_match, clear))
    assert right / len(clear) >= 0.995
    assert right / true_pairs >= 0.78
    assert sum(map(is_true_match, matches)) / true_pairs >= 0.92


def test_a_fleet_in_any_order_makes_the_same_registry_and_keeps_it(given: Given) -> None:
    records, _ = two_systems(150, _SEED)
    given.sync(records)
    before = given.state()
    assert given.proposals()
    given.sync(records, day=1)
    assert given.state() == before
    with given.warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "truncate registry.plant, registry.plant_history, registry.plant_history_superseded "
            "restart identity cascade"
        )
    random.Random(_SEED).shuffle(records)  # noqa: S311 -- an order, not a secret
    given.sync(records)
    assert given.state() == before


def test_lists_that_nothing_was_fitted_to_are_linked_to_the_record_of_the_same_name() -> None:
    """The four that differ from the published links are duplicates in one list, or the links name another plant."""
    (title,) = NEVER_FITTED
    lists = real_pair(title)
    clear = [match for match in find_matches([*lists.one, *lists.other]) if match.is_clear]
    differing = [match for match in clear if lists.truth[match.one.source_plant_id] != match.other.source_plant_id]
    assert sorted((match.one.name, match.other.name) for match in differing) == [
        ("DROGENBOS TGV", "DROGENBOS TGV"),
        ("HKW Wedel", "Wedel power station"),
        ("Karolin 2", "Poznań Karolin EC-II"),
        ("SAINT-PIERRE", "SAINT-PIERRE"),
    ]
    assert len(clear) - len(differing) >= 575  # of 705
