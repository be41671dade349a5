"""How likely two records are one plant: weights of what they have in common, and rivals.

What belongs here: from features to probabilities, and the weights as data (match_weights.toml). What does not: the
features (comparison), fitting (`python -m benchmarks.fit_matching`).

The log-odds of a pair are the weighted sum of its features, as Fellegi and Sunter (1969) add up the weights of fields.
A record is one record of another source or none, so of the odds of a pair and of all its rivals (pairs that share one
of its records) the pair has its share: odds / (1 + odds + those of its rivals). The weights make what is known of the
lists they were fitted to as likely as can be; slope and offset make a share as frequent as it says.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.registry.matching.comparison import FEATURES

LINK_PROBABILITY: Final = 0.98
"""From it on two records link by themselves. A false link costs as much as asking a person a hundred times, and of the
pairs held out (benchmarks) more than 99 of 100 are right from this mark on, those just above it included."""

ASK_PROBABILITY: Final = 0.05
"""From it on a person is asked: a plant that stays two costs as much as asking twenty times."""

HARDLY_LOG_ODDS: Final = -6.0
"""Pairs below it are no rivals of any other."""

_HIGHEST_LOG_ODDS: Final = 40.0


@dataclass(frozen=True)
class Weights:
    """Log-odds by feature, what turns shares into frequencies, and from when they are."""

    version: int
    fitted_on: date
    slope: float
    offset: float
    weights: Floats

    def log_odds(self, values: Floats) -> Floats:
        """Of each pair by itself, from its features (pairs, features)."""
        return np.asarray(values @ self.weights, dtype=np.float64)

    def parts(self, values: Floats) -> dict[str, float]:
        """What each feature of one pair adds to its log-odds, the weightiest first; none that add nothing."""
        added = {feature: round(float(part), 2) for feature, part in zip(FEATURES, values * self.weights, strict=True)}
        return dict(sorted(((name, part) for name, part in added.items() if part), key=lambda item: -abs(item[1])))

    def probability(self, log_odds: Floats) -> Floats:
        """Calibrated, from the log-odds of a share."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * log_odds + self.offset))), dtype=np.float64)


@cache
def match_weights() -> Weights:
    """The weights in force."""
    stated = tomllib.loads(files(__package__).joinpath("match_weights.toml").read_text("utf-8"))
    return Weights(
        stated["version"],
        stated["fitted_on"],
        stated["calibration"]["slope"],
        stated["calibration"]["offset"],
        np.array([stated["weights"][feature] for feature in FEATURES], dtype=np.float64),
    )


def log_odds_among_rivals(left: Integers, right: Integers, log_odds: Floats) -> Floats:
    """The log-odds of each pair's share; rivals are the other pairs with its `left` or its `right` record."""
    odds = np.exp(np.minimum(log_odds, _HIGHEST_LOG_ODDS))
    rivals = sum(np.maximum(np.bincount(group, odds)[group] - odds, 0) for group in (left, right))
    return np.asarray(np.minimum(log_odds, _HIGHEST_LOG_ODDS) - np.log1p(rivals), dtype=np.float64)
