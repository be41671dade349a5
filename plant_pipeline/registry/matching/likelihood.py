"""How likely two records are one plant: weights of what they have in common, and rivals.

What belongs here: from features to probabilities, and the weights as data (match_weights.toml). What does not: the
features (comparison), fitting (`python -m benchmarks.fit_matching`).

The log-odds of a pair are the weighted sum of its features, as Fellegi and Sunter (1969) add up the weights of fields.
A record is one record of another source or none, so a pair competes with its rivals (pairs that share one of its
records), as far as those have no better partner themselves. The weights make what is known of the lists they were
fitted to as likely as can be; slope and offset make a probability as frequent as it says.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.registry.matching.comparison import FEATURES

LINK_PROBABILITY: Final = 0.98
"""From it on two records link by themselves. A false link costs as much as asking a person a hundred times, and of the
pairs held out (benchmarks) more than 99 of 100 are right from this mark on, those just above it included."""

ASK_PROBABILITY: Final = 0.05
"""From it on a person is asked: a plant that stays two costs as much as asking twenty times."""

HARDLY_LOG_ODDS: Final = -6.0
"""Pairs below it are no rivals of any other."""

NEVER_LOG_ODDS: Final = -10.0
"""Pairs below it are not looked at in fitting."""

_HIGHEST_LOG_ODDS: Final = 30.0
_ROUNDS: Final = 30  # of three times as many nothing changes that decides a link


@dataclass(frozen=True)
class Weights:
    """Log-odds by feature, what turns shares into frequencies, and from when they are.

    `information` are the second derivatives of what they were fitted by, (features, features); `weights_id` the number
    of those that a person adopted (`registry.match_weights`), None for those of the package.
    """

    version: int
    fitted_on: date
    slope: float
    offset: float
    weights: Floats
    information: Floats
    weights_id: int | None = None

    def log_odds(self, values: Floats) -> Floats:
        """Of each pair by itself, from its features (pairs, features)."""
        # Not `@`: for so narrow a product BLAS starts threads that wait for each other, on a busy machine for long.
        return np.asarray(np.einsum("ij,j->i", values, self.weights), dtype=np.float64)

    def parts(self, values: Floats) -> dict[str, float]:
        """What each feature of one pair adds to its log-odds, the weightiest first; none that add nothing."""
        added = {feature: round(float(part), 2) for feature, part in zip(FEATURES, values * self.weights, strict=True)}
        return dict(sorted(((name, part) for name, part in added.items() if part), key=lambda item: -abs(item[1])))

    def probability(self, log_odds: Floats) -> Floats:
        """Calibrated, from the log-odds of a share."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * log_odds + self.offset))), dtype=np.float64)


@cache
def match_weights() -> Weights:
    """The weights that the package brings."""
    stated = tomllib.loads(files(__package__).joinpath("match_weights.toml").read_text("utf-8"))
    return Weights(
        stated["version"],
        stated["fitted_on"],
        stated["calibration"]["slope"],
        stated["calibration"]["offset"],
        np.array([stated["weights"][feature] for feature in FEATURES], dtype=np.float64),
        np.array([stated["information"][feature] for feature in FEATURES], dtype=np.float64),
    )


def log_odds_among_rivals(left: Integers, right: Integers, log_odds: Floats) -> Floats:
    """The log-odds of each pair if a record is one of the other source or none, all decided together.

    Rivals are the other pairs with its `left` or its `right` record; one whose other record has a better partner is
    less of a rival.
    """
    free_left, free_right = _free(left, right, log_odds)
    return np.asarray(np.minimum(log_odds, _HIGHEST_LOG_ODDS) + np.log(free_left * free_right), dtype=np.float64)


def log_likelihood(left: Integers, right: Integers, log_odds: Floats, is_true: Booleans) -> tuple[float, Floats]:
    """That exactly the true pairs are (Bethe's approximation of the sum over all ways), and its derivatives."""
    found = np.flatnonzero(log_odds >= NEVER_LOG_ODDS)
    own, i, j = np.minimum(log_odds[found], _HIGHEST_LOG_ODDS), left[found], right[found]
    odds = np.exp(own)
    free_left, free_right = _free(i, j, own)
    ways = np.log1p(np.bincount(i, odds * free_right)).sum() + np.log1p(np.bincount(j, odds * free_left)).sum()
    ways -= np.log1p(odds * free_left * free_right).sum()
    expected = np.zeros(len(log_odds))
    expected[found] = 1 - 1 / (1 + odds * free_left * free_right)
    return float(log_odds[is_true].sum() - ways), is_true - expected


def _free(left: Integers, right: Integers, log_odds: Floats) -> tuple[Floats, Floats]:
    """How likely the left and the right record of each pair are no other pair, without it.

    Passed from pair to pair until it settles: the marginals of a monomer-dimer model by belief propagation (Heilmann
    and Lieb 1972; Bayati, Gamarnik, Katz, Nair and Tetali 2007).
    """
    odds = np.exp(np.minimum(log_odds, _HIGHEST_LOG_ODDS))
    free = np.ones((2, len(odds)))
    for _ in range(_ROUNDS):
        rivals = np.stack([_of_rivals(left, odds * free[1]), _of_rivals(right, odds * free[0])])
        free = np.sqrt(free / (1 + rivals))  # half the way, as two that exchange places would swing for ever
    return free[0], free[1]


def _of_rivals(group: Integers, odds: Floats) -> Floats:
    return np.asarray(np.maximum(np.bincount(group, odds)[group] - odds, 0), dtype=np.float64)
