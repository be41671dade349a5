"""Finds the coefficients of plant_pipeline/energy/gap_spread.py, and draws docs/uncertainty.svg.

    python -m benchmarks.uncertainty            # coverage and sharpness of the coefficients in use, and the plot
    python -m benchmarks.uncertainty --fit      # coefficients found anew, to be copied by hand

Data are taken out of the public series in plant_pipeline_tests/energy/public. Coefficients are found on the even ISO
weeks and proved on the odd ones. A half width is the 96 % quantile of the error of a day given its features: the
coefficients minimise the pinball loss of log |error| - log half width (Koenker and Bassett, Econometrica 46 (1978) 33).
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gap_spread import ALONE, CLEAR_SKY, PEERS, Spread
from plant_pipeline_tests.energy.damage import SCENARIOS, Trial, damaged, rises, together
from plant_pipeline_tests.energy.public_series import SERIES, PublicDays, complete_days

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]

PLOT = Path(__file__).parent.parent / "docs" / "uncertainty.svg"
QUANTILE = 0.96
ROUNDS = 4
BINS = 12
NOTHING = 1e-5  # of the day's energy
LEAST = 1e-3  # a coefficient of 0 would stay there
TITLES = {"clear sky": "PV, clear sky", "alone": "wind, by itself", "peers": "wind, beside peers"}
FIXED: dict[str, tuple[str, ...]] = {
    "clear sky": ("growth", "level"),
    "alone": ("growth", "level"),
    "peers": ("growth",),
}
"""Coefficients that bring nothing to a basis, and stay what they are."""


@dataclass(frozen=True)
class Proof:
    """One basis: its coefficients in use, and damaged days of the weeks to find them on and to prove them on."""

    basis: str
    spread: Spread
    found_on: Trial
    proved_on: Trial


def proofs(seed: int = 1) -> list[Proof]:
    """PV under the clear sky, wind by itself, and wind beside its peers."""
    days = {series.name: complete_days(series) for series in SERIES}
    wind = days["la_haute_borne"]
    return [
        _proof("clear sky", CLEAR_SKY, [days["serf_east"], days["pvdaq_50"]], seed),
        _proof("alone", ALONE, [wind.without_peers()], seed),
        _proof("peers", PEERS, [wind], seed),
    ]


def _proof(basis: str, spread: Spread, series: list[PublicDays], seed: int) -> Proof:
    even, odd = ([_weeks(days, odd) for days in series] for odd in (0, 1))
    found_on = together([damaged(days, seed + round_) for days in even for round_ in range(ROUNDS)])
    return Proof(basis, spread, found_on, together([damaged(days, seed + ROUNDS) for days in odd]))


def _weeks(days: PublicDays, odd: int) -> PublicDays:
    return days.some([at for at, day in enumerate(days.dates) if day.isocalendar().week % 2 == odd])


def shares(trial: Trial, spread: Spread) -> tuple[Floats, Floats]:
    """Error and half width of each day as shares of what it produced."""
    return np.abs(trial.error_wh) / trial.produced_wh, half_width_wh(trial, spread) / trial.produced_wh


def half_width_wh(trial: Trial, spread: Spread) -> Floats:
    """Of each day with these coefficients."""
    return trial.half_width_wh(spread.half_width_wh(trial.courses))


def fit(proof: Proof) -> Spread:
    """The coefficients that the even weeks ask for."""
    names = [name for name in Spread.__dataclass_fields__ if name not in FIXED[proof.basis]]
    fixed = {name: getattr(proof.spread, name) for name in FIXED[proof.basis]}
    start = [getattr(proof.spread, name) + LEAST for name in names]
    error = np.log(np.abs(proof.found_on.error_wh) / proof.found_on.produced_wh + NOTHING)

    def spread(values: Vector) -> Spread:
        return Spread(**fixed, **{name: abs(value) for name, value in zip(names, values.tolist(), strict=True)})

    def loss(values: Vector) -> float:
        width_wh = half_width_wh(proof.found_on, spread(values))
        beyond = error - np.log(width_wh / proof.found_on.produced_wh + NOTHING)
        return float(np.maximum(QUANTILE * beyond, (QUANTILE - 1) * beyond).mean())

    found = [
        minimize(
            loss,
            [value * by for value in start],
            method="Nelder-Mead",
            options={"maxfev": 3000, "adaptive": True, "fatol": 1e-6},
        )
        for by in (0.8, 1.0, 1.3)
    ]
    return spread(min(found, key=lambda result: float(result.fun)).x)


def table(proof: Proof, spread: Spread) -> str:
    """Coverage, and medians in percent of the day, of the weeks that the coefficients have not seen."""
    error, width = shares(proof.proved_on, spread)
    lines = []
    for name in [*SCENARIOS, "all"]:
        chosen = proof.proved_on.scenario == name if name != "all" else np.full(len(error), True)
        if chosen.any():
            within = (error <= width)[chosen].mean()
            middle, wide = np.median(error[chosen]), np.median(width[chosen])
            lines.append(
                f"{proof.basis:10} {name:20} {chosen.sum():5} days  {within:6.1%} within  "
                f"median error {middle:7.2%}  median half width {wide:7.2%}  ratio {wide / middle:4.1f}"
            )
    return "\n".join(lines)


def main() -> None:
    """Print the table, with --fit new coefficients first; draw the plot of those in use."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    is_fit = parser.parse_args().fit
    found = proofs()
    for proof in found:
        spread = fit(proof) if is_fit else proof.spread
        print(f"{proof.basis}: {spread}\n{table(proof, spread)}\n")
    print(rise_table())
    if not is_fit:
        draw(found)


def rise_table(seed: int = 9) -> str:
    """Coverage of split rises, of all days: their three numbers were read off, not fitted."""
    lines = []
    for series in SERIES:
        found = rises(complete_days(series), seed)
        is_open = found.half_width_wh > 0
        error, width = (np.abs(some / found.rise_wh)[is_open] for some in (found.error_wh, found.half_width_wh))
        lines.append(
            f"{series.name:14} {len(is_open):5} rises  {found.is_within().mean():6.1%} within, those exact included; "
            f"of the others median error {np.median(error):6.1%}, half width {np.median(width):6.1%} of the rise"
        )
    return "\n".join(lines)


def draw(found: list[Proof]) -> None:
    """docs/uncertainty.svg: the median and the 95 % quantile of the error against the half width stated."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "uncertainty", "svg.fonttype": "none", "font.size": 9})
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    for axes, proof in zip(figure.subplots(1, len(found), sharex=True, sharey=True), found, strict=True):
        error, width = shares(proof.proved_on, proof.spread)
        bins = np.array_split(np.argsort(width), BINS)
        at = [100 * np.median(width[chosen]) for chosen in bins]
        axes.plot([0.1, 200], [0.1, 200], color="0.6", linewidth=1, label="half width stated")
        for quantile, style in ((0.95, "o-"), (0.5, "s--")):
            lost = [100 * np.quantile(error[chosen], quantile) for chosen in bins]
            axes.plot(at, lost, style, markersize=4, linewidth=1, label=f"{quantile:.0%} of the days are within")
        axes.set(xscale="log", yscale="log", xlim=(0.1, 200), ylim=(0.05, 200))
        axes.set_title(f"{TITLES[proof.basis]}: {(error <= width).mean():.1%} of {len(error)} days within", fontsize=9)
        axes.set_xlabel("half width, % of the day's energy")
        axes.grid(visible=True, which="major", color="0.92")
    figure.axes[0].set_ylabel("error of the estimate, % of the day's energy")
    figure.axes[0].legend(loc="upper left", frameon=False, fontsize=8)
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    main()
