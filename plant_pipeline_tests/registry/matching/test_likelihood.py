"""From features to probabilities: what weights must say, and what rivals do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fit_matching import FREE, SPEAKS_FOR, read_pairs, report
from benchmarks.plant_lists import REAL, real_pair
from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.likelihood import LINK_PROBABILITY, log_odds_among_rivals, match_weights
from plant_pipeline.registry.matching.match import find_matches


def test_what_agrees_speaks_for_a_pair_and_what_differs_against_it() -> None:
    for feature, weight in zip(FEATURES, match_weights().weights.tolist(), strict=True):
        assert feature in FREE or (weight >= 0 if feature in SPEAKS_FOR else weight <= 0), feature


def test_shares_of_rivals() -> None:
    # Odds of 4 and 1 for one record: 4 / 6 and 1 / 6. The third pair has no rival: 9 / 10.
    left, right, odds = np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([4.0, 1.0, 9.0])
    share = 1 / (1 + np.exp(-log_odds_among_rivals(left, right, np.log(odds))))
    assert share.tolist() == pytest.approx([4 / 6, 1 / 6, 9 / 10])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-20, 60)), min_size=1, max_size=25))
def test_shares_of_one_record_are_one_at_most_and_rivals_only_take(pairs: list[tuple[int, int, float]]) -> None:
    chosen = {(i, j): log_odds for i, j, log_odds in pairs}
    left, right = (np.array([pair[side] for pair in chosen]) for side in (0, 1))
    alone = np.array(list(chosen.values()))
    among = log_odds_among_rivals(left, right, alone)
    assert (among <= alone + 1e-9).all()
    share = 1 / (1 + np.exp(-among))
    for group in (left, right):
        assert np.bincount(group, share).max() <= 1 + 1e-9


@pytest.mark.parametrize("title", REAL)
def test_real_lists_are_linked_without_a_false_link(title: str) -> None:
    """Half of each was never fitted to; a change of a library, a word or a weight shows here."""
    lists = real_pair(title)
    matches = find_matches([*lists.one, *lists.other])
    held_out = [match for match in matches if lists.is_held_out(match.one)]
    right = [match for match in held_out if lists.truth.get(match.one.source_plant_id) == match.other.source_plant_id]
    true_pairs = sum(lists.is_held_out(record) and record.source_plant_id in lists.truth for record in lists.one)
    linked = [match for match in held_out if match.is_clear]
    assert min(match.score for match in linked) >= LINK_PROBABILITY
    assert [match for match in linked if match not in right] == []
    assert len(linked) / true_pairs >= 0.97
    assert len(right) / true_pairs >= 0.995


def test_the_fit_reports_what_is_linked_and_asked() -> None:
    part = read_pairs(real_pair("US solar, two surveys"), half=True)
    text = report(match_weights(), part)
    assert text.startswith("US solar, two surveys: precision 1.0000 (")
    assert "linked or asked 0.99" in text
