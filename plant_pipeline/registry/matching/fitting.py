"""Weights fitted to pairs of which it is known whether they are one plant.

What belongs here: the search for the likeliest weights, and weights moved by what a person decided. What does not: the
lists they were first fitted to (`python -m benchmarks.fit_matching`), what follows from them (likelihood, match).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
from scipy.optimize import minimize

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.registry.matching.comparison import FEATURES
from plant_pipeline.registry.matching.likelihood import Weights

SPEAKS_FOR: Final = frozenset(
    {"spelling", "close_spelling", "name_within", "same_long_name", "same_text", "same_number", "same_code"}
)
FREE: Final = frozenset({"any_pair", "general_name"})
"""All others speak against a pair."""

SHARE_OF_OTHERS: Final = 0.02
"""What the lists that weights were first fitted to count beside the decisions of those whose plants they are: these are
a few hundred pairs that no rule could decide, those some ten thousand, most of them plain (our choice)."""

_STEP: Final = 1e-3
_ROUNDS: Final = 5000

Loss = Callable[[Floats], tuple[float, Floats]]


def likeliest(loss: Loss, start: Floats) -> Floats:
    """The weights of least loss; what agrees never speaks against a pair, what differs never for it."""
    bounds = [
        (None, None) if feature in FREE else (0.0, None) if feature in SPEAKS_FOR else (None, 0.0)
        for feature in FEATURES
    ]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ROUNDS})
    return np.asarray(found.x, dtype=np.float64)


def curvature(loss: Loss, weights: Floats) -> Floats:
    """The second derivatives of a loss, (features, features)."""
    rows = [(loss(weights + step)[1] - loss(weights - step)[1]) / (2 * _STEP) for step in _STEP * np.eye(len(weights))]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2, dtype=np.float64)


def moved_by(weights: Weights, values: Floats, is_true: Booleans, fitted_on: date) -> Weights:
    """The weights as pairs that a person decided move them: features (pairs, features), and whether they are one plant.

    What the weights were fitted to counts by how fast its likelihood falls around them (Laplace), `SHARE_OF_OTHERS` of
    it; calibration stays.
    """
    signs = np.where(is_true, 1.0, -1.0)

    def loss(moved: Floats) -> tuple[float, Floats]:
        pull = SHARE_OF_OTHERS * weights.information @ (moved - weights.weights)
        odds = signs * (weights.slope * (values @ moved) + weights.offset)
        slope = -signs * weights.slope / (1 + np.exp(np.minimum(odds, 500.0)))
        total = float((moved - weights.weights) @ pull) / 2 + float(np.logaddexp(0, -odds).sum())
        return total, np.asarray(pull + values.T @ slope, dtype=np.float64)

    return replace(weights, fitted_on=fitted_on, weights=likeliest(loss, weights.weights))
