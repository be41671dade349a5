"""Weights as pairs of known truth move them, and the figures that are drawn of them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.fit_matching import Pairs, wilson
from benchmarks.plot_matching import precision_and_recall, reliability
from plant_pipeline.registry.matching.comparison import FEATURES, Comparison
from plant_pipeline.registry.matching.fitting import SHARE_OF_OTHERS, curvature, moved_by
from plant_pipeline.registry.matching.likelihood import match_weights

_TODAY = date(2026, 12, 1)
_DISTANCE, _SPELLING = FEATURES.index("distance"), FEATURES.index("spelling")


def test_pairs_that_say_what_the_weights_say_move_them_hardly_and_others_the_more_the_more_there_are() -> None:
    weights = match_weights()
    values = np.zeros((1, len(FEATURES)))
    values[0, [FEATURES.index("any_pair"), _SPELLING, _DISTANCE]] = 1.0, 1.0, 1.0
    before = float(weights.log_odds(values)[0])
    assert before > 3
    moved = [
        float(moved_by(weights, np.repeat(values, count, axis=0), np.full(count, is_true), _TODAY).log_odds(values)[0])
        for count, is_true in ((1, True), (1, False), (20, False), (400, False))
    ]
    assert before <= moved[0] < before + 0.5
    assert before > moved[1] > moved[2] > moved[3]
    assert moved[3] < 0


def test_what_differs_never_speaks_for_a_pair_whatever_is_decided() -> None:
    values = np.zeros((500, len(FEATURES)))
    values[:, _DISTANCE] = 5.0
    moved = moved_by(match_weights(), values, np.ones(500, dtype=np.bool_), _TODAY)
    assert moved.weights[_DISTANCE] == 0.0
    assert moved.fitted_on == _TODAY


def test_no_pairs_move_nothing() -> None:
    moved = moved_by(match_weights(), np.zeros((0, len(FEATURES))), np.zeros(0, dtype=np.bool_), _TODAY)
    assert moved.weights.tolist() == pytest.approx(match_weights().weights.tolist(), abs=1e-6)


def test_the_curvature_of_a_parabola_is_its_matrix() -> None:
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = curvature(lambda at: (float(at @ matrix @ at) / 2, matrix @ at), np.array([0.3, -0.2]))
    assert found == pytest.approx(matrix)


def test_what_the_weights_were_fitted_to_counts_for_its_share() -> None:
    """Of one feature: the minimum of share * information / 2 * moved² + log(1 + exp(-(slope * moved + offset)))."""
    one = np.zeros((1, len(FEATURES)))
    one[0, _SPELLING] = 1.0
    information = np.eye(len(FEATURES)) * 1e9
    information[_SPELLING, _SPELLING] = 4.0
    weights = replace(match_weights(), slope=1.0, offset=0.0, weights=np.zeros(len(FEATURES)), information=information)
    moved = moved_by(weights, one, np.array([True]), _TODAY).weights[_SPELLING]
    assert SHARE_OF_OTHERS * 4.0 * moved == pytest.approx(1 / (1 + np.exp(moved)), rel=1e-3)


def _pairs(is_true: list[bool], is_allowed: list[bool]) -> Pairs:
    count = len(is_true)
    places, nothing = np.arange(count), np.zeros(count)
    compared = Comparison(
        places, places, np.zeros((count, len(FEATURES))), nothing, nothing, nothing, np.ones(count, dtype=np.bool_),
        np.array(is_allowed),
    )  # fmt: skip
    return Pairs("drawn", compared, np.array(is_true), np.ones(count, dtype=np.bool_), true_pairs=5)


def test_the_points_of_the_figures() -> None:
    part = _pairs([True, True, False, True, True, False], [True, True, True, False, True, True])
    probability = np.array([0.995, 0.995, 0.7, 0.995, 0.6, 0.3])
    points = {
        (round(recall, 3), round(precision, 3)) for recall, precision, _, _ in precision_and_recall(part, probability)
    }
    assert points == {(0.4, 1.0), (0.4, 0.667), (0.6, 0.75)}  # from 0.99, 0.7 and 0.6 on; one is forbidden
    part = _pairs([True] * 4 + [False] * 2, [True] * 6)
    ((mean, share, low, high),) = reliability(part, np.array([0.8, 0.81, 0.82, 0.83, 0.84, 0.6]))
    assert mean == pytest.approx(0.82)
    assert (share, low, high) == (0.8, *wilson(4, 5))
    assert wilson(4, 5) == pytest.approx((0.3755, 0.9638), abs=1e-4)  # Agresti and Coull 1998 give 0.376 to 0.964
