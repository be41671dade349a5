"""Draws docs/matching.svg: precision against recall, and how often a probability is right, on what was held out.

Run `python -m benchmarks.plot_matching`. The weights in force, on the halves of the real lists that nothing was fitted
to and on an invented fleet of another seed; intervals are those of Wilson, 95 %.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from benchmarks.fit_matching import Pairs, probabilities, read_pairs, wilson
from benchmarks.match_registry import HELD_OUT_SEED
from benchmarks.plant_lists import REAL, invented_pair, real_pair
from plant_pipeline.arrays import Floats
from plant_pipeline.registry.matching.likelihood import LINK_PROBABILITY, match_weights

PLOT = Path(__file__).parent.parent / "docs" / "matching.svg"
_BINS: Final = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_MARKS: Final = np.concatenate([np.linspace(0.5, 0.99, 50), 1 - np.geomspace(0.01, 1e-6, 30)])
_COLOURS: Final = ("#0b5394", "#38761d", "#b45f06")
_LEAST_PAIRS: Final = 5  # of fewer no share is drawn


def held_out() -> list[Pairs]:
    """The pairs that nothing was fitted to."""
    real = [read_pairs(real_pair(title), half=True) for title in REAL]
    return [*real, read_pairs(invented_pair(3000, HELD_OUT_SEED))]


def precision_and_recall(part: Pairs, probability: Floats) -> list[tuple[float, float, float, float]]:
    """Of each mark from which on pairs would link: recall, precision and its interval; what is forbidden stays so."""
    found = []
    for mark in _MARKS:
        linked = part.counts & part.compared.is_allowed & (probability >= mark)
        right, links = int((linked & part.is_true).sum()), int(linked.sum())
        if links:
            found.append((right / part.true_pairs, right / links, *wilson(right, links)))
    return found


def reliability(part: Pairs, probability: Floats) -> list[tuple[float, float, float, float]]:
    """Of pairs about as likely: the mean probability, the share that is true and its interval."""
    found = []
    for low, high in zip(_BINS, (*_BINS[1:-1], 1.01), strict=False):
        chosen = part.counts & (probability >= low) & (probability < high)
        pairs, true = int(chosen.sum()), int((chosen & part.is_true).sum())
        if pairs >= _LEAST_PAIRS:
            found.append((float(probability[chosen].mean()), true / pairs, *wilson(true, pairs)))
    return found


def calibration_error(parts: Sequence[Pairs]) -> float:
    """How far the share that is true is from the probability, over all pairs of at least the least one drawn."""
    off, pairs = 0.0, 0
    for part in parts:
        probability = probabilities(match_weights(), part)
        for low, high in zip(_BINS, (*_BINS[1:-1], 1.01), strict=False):
            chosen = part.counts & (probability >= low) & (probability < high)
            off += abs(float((probability[chosen] - part.is_true[chosen]).sum()))
            pairs += int(chosen.sum())
    return off / pairs


def draw(parts: Sequence[Pairs], path: Path) -> None:
    """Both plots side by side; the same figures give the same file."""
    mpl.rcParams.update({"svg.hashsalt": "matching", "svg.fonttype": "none", "font.size": 9})
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    curve, calibration = figure.subplots(1, 2)
    for part, colour in zip(parts, _COLOURS, strict=True):
        probability = probabilities(match_weights(), part)
        _curve(curve, part, probability, colour)
        mean, share, low, high = np.array(reliability(part, probability)).T
        bars = np.maximum(np.array([share - low, high - share]), 0)
        calibration.errorbar(mean, share, yerr=bars, fmt="o", ms=4, lw=1, capsize=2, color=colour, label=part.title)
    curve.set(xlabel="recall", ylabel="precision", xlim=(0.75, 1.0), ylim=(0.985, 1.0005))
    curve.axhline(0.998, color="#888888", lw=0.8, ls=":")
    calibration.plot([0, 1], [0, 1], color="#888888", lw=0.8, ls=":")
    calibration.set(xlabel="probability", ylabel="share that is true", xlim=(0, 1.01), ylim=(0, 1.01))
    for axes in (curve, calibration):
        axes.grid(color="#ebebeb")
        axes.set_axisbelow(True)
    curve.legend(loc="lower left", frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _curve(axes: Any, part: Pairs, probability: Floats, colour: str) -> None:
    recall, precision, low, high = np.array(precision_and_recall(part, probability)).T
    axes.plot(recall, precision, color=colour, lw=1.2, label=part.title)
    axes.fill_between(recall, low, high, color=colour, alpha=0.12, lw=0)
    linked = part.counts & part.compared.is_allowed & (probability >= LINK_PROBABILITY)
    right = int((linked & part.is_true).sum())
    axes.plot([right / part.true_pairs], [right / linked.sum()], "o", ms=5, color=colour)


def main() -> None:
    """Draw, and print what is drawn."""
    parts = held_out()
    draw(parts, PLOT)
    for part in parts:
        points = reliability(part, probabilities(match_weights(), part))
        shares = ", ".join(f"{mean:.3f}: {share:.3f} ({low:.3f} to {high:.3f})" for mean, share, low, high in points)
        print(f"{part.title}: true of {shares}")
    print(f"off by {calibration_error(parts):.4f} on average")


if __name__ == "__main__":
    main()
