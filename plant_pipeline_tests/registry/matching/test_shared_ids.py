"""Which records share an id, and whether it could mean another record as well."""

import pytest

from plant_pipeline.registry.matching.shared_ids import SharedId, ambiguous_ids, shared_ids
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import record

_R, _V, _F = ("ravenwits", "1"), ("voke", "1"), ("flexmeasures", "1")


def _uniqueness(*records: PlantCandidate) -> dict[tuple[str, str, str], bool]:
    """Whether an id means one pair, by id and the two records."""
    return {
        (shared.text, ":".join(shared.one), ":".join(shared.other)): shared.is_unique for shared in shared_ids(records)
    }


@pytest.mark.parametrize(("voke", "flexmeasures", "pairs"), [(4, 5, 20), (3, 7, 0)])
def test_an_id_that_half_a_fleet_quotes_is_no_id(voke: int, flexmeasures: int, pairs: int) -> None:
    records = [
        record(f"{source}:{number}", "A", external_keys=("DEFAULT-SITE",))
        for source, count in (("voke", voke), ("flexmeasures", flexmeasures))
        for number in range(count)
    ]
    found = shared_ids(records)
    assert len(found) == pairs
    assert not any(shared.is_unique for shared in found)


def test_an_id_that_half_a_fleet_quotes_leaves_the_others_their_meaning() -> None:
    fleet = [
        record(f"{source}:{number}", "A", external_keys=("DEFAULT-SITE",))
        for source in ("voke", "flexmeasures")
        for number in range(5)
    ]
    assert _uniqueness(
        *fleet,
        record("ravenwits:1", "A", own_keys=("MAIN",)),
        record("voke:9", "A", external_keys=("MAIN",)),
    ) == {("main", "ravenwits:1", "voke:9"): True}


def test_one_record_that_quotes_what_another_is_called_is_enough() -> None:
    called = record("ravenwits:1", "A", own_keys=("MAIN",))
    assert shared_ids([called, record("voke:1", "B", external_keys=(" main ",))]) == [SharedId(_R, _V, "main", True)]
    # `one` is of the alphabetically first source, whoever quotes.
    assert shared_ids([called, record("flexmeasures:1", "B", external_keys=("MAIN",))]) == [
        SharedId(_F, _R, "main", True)
    ]
    assert shared_ids([called, record("voke:1", "B", own_keys=("MAIN",))]) == []
    assert shared_ids([called, record("ravenwits:2", "B", external_keys=("MAIN",))]) == []


def test_one_id_in_three_systems_means_one_plant() -> None:
    assert _uniqueness(
        record("ravenwits:1", "A", own_keys=("MAIN",)),
        record("voke:1", "B", external_keys=("MAIN",)),
        record("flexmeasures:1", "C", external_keys=("MAIN",)),
    ) == {
        ("main", "flexmeasures:1", "ravenwits:1"): True,
        ("main", "flexmeasures:1", "voke:1"): True,
        ("main", "ravenwits:1", "voke:1"): True,
    }


@pytest.mark.parametrize("twice", ["ravenwits", "voke"])
def test_an_id_that_two_records_of_a_source_carry_means_neither(twice: str) -> None:
    other = "voke" if twice == "ravenwits" else "ravenwits"
    found = _uniqueness(
        record(f"{twice}:1", "A", external_keys=("MAIN",)),
        record(f"{twice}:2", "A", external_keys=("MAIN",)),
        record(f"{other}:1", "B", external_keys=("MAIN",)),
    )
    assert len(found) == 2
    assert not any(found.values())


def test_a_second_record_that_only_calls_itself_by_the_id_makes_it_ambiguous_too() -> None:
    # voke:2 quotes nothing and so pairs with nothing of voke, but the id could mean it as well.
    found = _uniqueness(
        record("ravenwits:1", "A", own_keys=("MAIN",)),
        record("voke:1", "B", external_keys=("MAIN",)),
        record("voke:2", "C", own_keys=("MAIN",)),
    )
    assert found == {("main", "ravenwits:1", "voke:1"): False}


@pytest.mark.parametrize("quoting", ["ravenwits", "voke"])
def test_a_record_that_shares_ids_with_two_of_a_source_means_neither(quoting: str) -> None:
    other = "voke" if quoting == "ravenwits" else "ravenwits"
    found = _uniqueness(
        record(f"{quoting}:1", "A", external_keys=("ALPHA", "BETA")),
        record(f"{other}:1", "B", own_keys=("ALPHA",)),
        record(f"{other}:2", "C", own_keys=("BETA",)),
    )
    assert [key[0] for key in found] == ["alpha", "beta"]
    assert not any(found.values())


def test_two_ids_of_one_pair_do_not_get_in_each_others_way() -> None:
    found = _uniqueness(
        record("ravenwits:1", "A", own_keys=("ALPHA", "BETA")), record("voke:1", "B", external_keys=("ALPHA", "BETA"))
    )
    assert list(found.values()) == [True, True]


def test_a_finding_names_all_records_that_an_ambiguous_id_could_mean() -> None:
    shared = shared_ids(
        [
            record("ravenwits:1", "A", own_keys=("MAIN", "ALPHA")),
            record("voke:2", "B", external_keys=("MAIN",)),
            record("voke:10", "C", external_keys=("MAIN",)),
            record("flexmeasures:1", "D", external_keys=("ALPHA",)),
        ]
    )
    assert ambiguous_ids(shared) == [
        "id 'main' is not used for matching, it could mean several of ravenwits:1, voke:10, voke:2"
    ]
