"""Fit the weights of matching to lists whose links are known, and measure them on what they were not fitted to.

Run `python -m benchmarks.fit_matching [--write]`. Fitted to one half of each real pair of lists (`plant_lists`) and to
invented fleets; measured on the other halves, on lists of another continent and on a fleet of another seed, each beside
the 95 % interval (Wilson).
`--crossed` leaves one real pair out altogether and measures on that, pair by pair: what to expect of a list, a country
and a kind of survey never seen. `--write` puts the weights into `match_weights.toml`.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from scipy.optimize import minimize

from benchmarks.match_registry import HELD_OUT_SEED
from benchmarks.plant_lists import NEVER_FITTED, REAL, ListPair, invented_pair, real_pair
from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.registry.matching.comparison import FEATURES, Comparison
from plant_pipeline.registry.matching.fitting import SPEAKS_FOR, curvature, likeliest
from plant_pipeline.registry.matching.fleet import Codes, build_fleet
from plant_pipeline.registry.matching.likelihood import (
    ASK_PROBABILITY,
    LINK_PROBABILITY,
    Weights,
    log_likelihood,
    log_odds_among_rivals,
    match_weights,
)
from plant_pipeline.registry.matching.match import compared_pairs

INVENTED: Final = ((3000, 1), (3000, 2), (8000, 3))
"""Plants and seed of the invented fleets that are fitted to; the larger ones are the denser."""
REAL_WEIGHT: Final = 3  # a real pair counts as that many invented ones
SHRINKAGE: Final = 0.1
_WILSON_Z: Final = 1.96
_BINS: Final = (0.05, 0.2, 0.5, 0.8, 0.9, 0.98, 0.99)


@dataclass(frozen=True)
class Pairs:
    """The pairs of two lists worth a look, which of them are true, and which count; `true_pairs` are all that count."""

    title: str
    compared: Comparison
    is_true: Booleans
    counts: Booleans
    true_pairs: int

    def other_half(self, lists: ListPair) -> "Pairs":
        """The same, those counted that did not, and the other way round."""
        return replace(self, counts=~self.counts, true_pairs=len(lists.truth) - self.true_pairs)


def read_pairs(lists: ListPair, *, half: bool | None = None) -> Pairs:
    """Compare two lists. `half`: whether those held out count, or the others; None: all."""
    codes = Codes()
    compared = compared_pairs(build_fleet(lists.one, codes), build_fleet(lists.other, codes), _all_pass(), 0.0)
    if compared is None:
        raise SystemExit(f"{lists.title}: nothing to compare")
    chosen = np.array([half is None or lists.is_held_out(record) == half for record in lists.one])
    links = [lists.truth.get(record.source_plant_id) for record in lists.one]
    ids = [record.source_plant_id for record in lists.other]
    pairs = zip(compared.left.tolist(), compared.right.tolist(), strict=True)
    return Pairs(
        lists.title,
        compared,
        np.array([links[i] == ids[j] for i, j in pairs]),
        chosen[compared.left],
        sum(is_chosen and link is not None for is_chosen, link in zip(chosen.tolist(), links, strict=True)),
    )


def _all_pass() -> Weights:
    return replace(match_weights(), weights=np.zeros(len(FEATURES)))


# -- fitting --
def fit(parts: Sequence[Pairs]) -> Weights:
    """The weights that make the true among the counted pairs most likely, and the calibration of what they say."""
    counted = [(part.compared.where(part.counts), part.is_true[part.counts]) for part in parts]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = 0.0, np.zeros(len(weights))
        for pairs, is_true in counted:
            own, slope = log_likelihood(pairs.left, pairs.right, pairs.values @ weights, is_true)
            total += own
            gradient += pairs.values.T @ slope
        shrunk = np.where(np.array(FEATURES) == "any_pair", 0.0, weights)
        return SHRINKAGE * float(shrunk @ shrunk) - total, 2 * SHRINKAGE * shrunk - gradient

    found = likeliest(loss, np.array([1.0 if feature in SPEAKS_FOR else -1.0 for feature in FEATURES]))
    weights = replace(
        match_weights(), fitted_on=datetime.now(UTC).date(), weights=found, information=curvature(loss, found)
    )
    return _calibrated(weights, parts)


def _calibrated(weights: Weights, parts: Sequence[Pairs]) -> Weights:
    """Slope and offset that make shares as frequent as they say."""
    shares = np.concatenate([_shares(weights, part)[part.counts] for part in parts])
    is_true = np.concatenate([part.is_true[part.counts] for part in parts])

    def loss(line: Floats) -> float:
        logit = line[0] * shares + line[1]
        return float(np.logaddexp(0, np.where(is_true, -logit, logit)).sum())

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return replace(weights, slope=float(slope), offset=float(offset))


def probabilities(weights: Weights, part: Pairs) -> Floats:
    """Of each pair, rivals considered."""
    return weights.probability(_shares(weights, part))


def _shares(weights: Weights, part: Pairs) -> Floats:
    return log_odds_among_rivals(part.compared.left, part.compared.right, weights.log_odds(part.compared.values))


# -- measuring --
def report(weights: Weights, part: Pairs) -> str:
    """Precision and recall of links, true pairs that are linked or asked about, and how often a probability is true."""
    probability = probabilities(weights, part)
    is_link = part.counts & part.compared.is_allowed & (probability >= LINK_PROBABILITY)
    is_asked = part.counts & ~is_link & (probability >= ASK_PROBABILITY)
    right, links = int((is_link & part.is_true).sum()), int(is_link.sum())
    found = right + int((is_asked & part.is_true).sum())
    bins = [
        f"{low:g}: {part.is_true[within].mean():.3f} of {within.sum()}"
        for low, high in zip(_BINS, (*_BINS[1:], 2.0), strict=False)
        if (within := part.counts & (probability >= low) & (probability < high)).any()
    ]
    return (
        f"{part.title}: precision {_rate(right, links)}, recall {_rate(right, part.true_pairs)}, linked or asked "
        f"{_rate(found, part.true_pairs)}, asked {is_asked.sum()}\n    true from {', '.join(bins)}"
    )


def _rate(count: int, total: int) -> str:
    if not total:
        return "–"
    low, high = wilson(count, total)
    return f"{count / total:.4f} ({low:.4f} to {high:.4f})"


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    rate, z = count / total, _WILSON_Z
    centre, spread = rate + z * z / (2 * total), z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    low, high = ((centre + side * spread) / (1 + z * z / total) for side in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def _write(weights: Weights, titles: Sequence[str]) -> None:
    lines = [
        "# Log-odds that two records are one plant, by what they have in common (comparison.py), for likelihood.py.",
        "# Written by `python -m benchmarks.fit_matching --write`.",
        "",
        f"version = {weights.version + 1}",
        f"fitted_on = {weights.fitted_on}",
        "fitted_to = [",
        *(f'    "{title}",' for title in titles),
        "]",
        "",
        "[calibration]",
        f"slope = {weights.slope:.3f}",
        f"offset = {weights.offset:.3f}",
        "",
        "[weights]",
        *(f"{feature} = {weight:.3f}" for feature, weight in zip(FEATURES, weights.weights.tolist(), strict=True)),
        "",
        "# How fast the fit worsens around them (second derivatives), in the order of the features: what they weigh",
        "# beside what a person decides (fitting.py).",
        "[information]",
        *(
            f"{feature} = [{', '.join(f'{value:.4g}' for value in row)}]"
            for feature, row in zip(FEATURES, weights.information.tolist(), strict=True)
        ),
    ]
    Path(str(files("plant_pipeline.registry.matching").joinpath("match_weights.toml"))).write_text(
        "\n".join(lines) + "\n"
    )


def main() -> None:
    """Fit, measure, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crossed", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    invented = [read_pairs(invented_pair(*fleet)) for fleet in INVENTED]
    real = [real_pair(title) for title in REAL]
    if arguments.crossed:
        for out in real:
            others = [read_pairs(lists) for lists in real if lists is not out]
            weights = fit([*invented, *others * REAL_WEIGHT])
            print(report(weights, read_pairs(out)))
        return
    halves = [read_pairs(lists, half=False) for lists in real]
    weights = fit([*invented, *halves * REAL_WEIGHT])
    for feature, weight in zip(FEATURES, weights.weights.tolist(), strict=True):
        print(f"{feature:20}{weight:8.2f}")
    print(f"slope {weights.slope:.2f}, offset {weights.offset:.2f}")
    held_out = [half.other_half(lists) for half, lists in zip(halves, real, strict=True)]
    never_fitted = [read_pairs(real_pair(title)) for title in NEVER_FITTED]
    invented_anew = [read_pairs(invented_pair(count, HELD_OUT_SEED)) for count in (3000, 10_000)]
    for part in (*held_out, *never_fitted, *invented_anew):
        print(report(weights, part))
    if arguments.write:
        _write(
            weights,
            [*(f"half of {title}" for title in REAL), *(f"{count} invented, seed {seed}" for count, seed in INVENTED)],
        )


if __name__ == "__main__":
    main()
