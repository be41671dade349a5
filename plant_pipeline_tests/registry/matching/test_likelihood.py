"""From features to probabilities: what weights must say, and what rivals do."""

import math
from itertools import chain, combinations

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fit_matching import read_pairs, report
from benchmarks.plant_lists import REAL, real_pair
from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.registry.decisions.components import Components
from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.fitting import FREE, SPEAKS_FOR
from plant_pipeline.registry.matching.likelihood import (
    LINK_PROBABILITY,
    log_likelihood,
    log_odds_among_rivals,
    match_weights,
)
from plant_pipeline.registry.matching.match import find_matches


def test_what_agrees_speaks_for_a_pair_and_what_differs_against_it() -> None:
    for feature, weight in zip(FEATURES, match_weights().weights.tolist(), strict=True):
        assert feature in FREE or (weight >= 0 if feature in SPEAKS_FOR else weight <= 0), feature


def _shares(left: Integers, right: Integers, odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds_among_rivals(left, right, np.log(odds)))))


def test_shares_of_rivals() -> None:
    # Odds of 4 and 1 for one record: 4 / 6 and 1 / 6. The third pair has no rival: 9 / 10.
    left, right, odds = np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([4.0, 1.0, 9.0])
    assert _shares(left, right, odds).tolist() == pytest.approx([4 / 6, 1 / 6, 9 / 10])


def test_a_rival_with_a_better_partner_is_less_of_one() -> None:
    # a-1, b-1, b-2 of odds 4, 4, 99. Ways: none 1, one pair 4 + 4 + 99, a-1 beside b-2 4 * 99: 504 in all.
    left, right, odds = np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([4.0, 4.0, 99.0])
    assert _shares(left, right, odds).tolist() == pytest.approx([400 / 504, 4 / 504, (99 + 396) / 504])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(-4, 6)), min_size=1, max_size=8))
def test_all_is_decided_together(pairs: list[tuple[int, int, float]]) -> None:
    """Against all ways to pair the records, one by one; what goes round in a circle is an approximation."""
    chosen = {(i, j): log_odds for i, j, log_odds in pairs}
    edges = list(chosen)
    hypothesis.assume(_is_forest(edges))
    left, right = (np.array([edge[side] for edge in edges]) for side in (0, 1))
    ways = dict.fromkeys([None, *edges], 0.0)
    for some in chain.from_iterable(combinations(edges, count) for count in range(len(edges) + 1)):
        if len({i for i, _ in some}) == len({j for _, j in some}) == len(some):
            weight = math.exp(sum(chosen[edge] for edge in some))
            for edge in (None, *some):
                ways[edge] += weight
    expected = [ways[edge] / ways[None] for edge in edges]
    assert _shares(left, right, np.exp(list(chosen.values()))).tolist() == pytest.approx(expected, abs=1e-4)
    is_true = np.zeros(len(edges), dtype=np.bool_)
    found, slope = log_likelihood(left, right, np.array(list(chosen.values())), is_true)
    assert found == pytest.approx(-math.log(ways[None]), abs=1e-3)
    assert (-slope).tolist() == pytest.approx(expected, abs=1e-4)


def _is_forest(edges: list[tuple[int, int]]) -> bool:
    together = Components()
    for i, j in edges:
        one, other = ("left", str(i)), ("right", str(j))
        if together.are_joined(one, other):
            return False
        together.join(one, other)
    return True


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-20, 60)), min_size=1, max_size=25))
def test_shares_of_one_record_are_one_at_most_and_rivals_only_take(pairs: list[tuple[int, int, float]]) -> None:
    chosen = {(i, j): log_odds for i, j, log_odds in pairs}
    left, right = (np.array([pair[side] for pair in chosen]) for side in (0, 1))
    alone = np.array(list(chosen.values()))
    among = log_odds_among_rivals(left, right, alone)
    assert (among <= alone + 1e-9).all()
    share = 1 / (1 + np.exp(-among))
    for group in (left, right):
        assert np.bincount(group, share).max() <= 1 + 1e-3  # two of a kind, each almost certain, settle slowly


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
