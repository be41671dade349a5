"""Finds the coefficients of plant_pipeline/energy/gaps/spread.py, and draws docs/uncertainty.svg.

    python -m benchmarks.uncertainty            # coverage and sharpness of the coefficients in use, and the plot
    python -m benchmarks.uncertainty --fit      # coefficients found anew, to be copied by hand

Data are taken out of the public series in plant_pipeline_tests/energy/public. Coefficients are found on the even ISO
weeks and proved on the odd ones. A half width is a quantile of the error of a day given its features: the coefficients
minimise the pinball loss of log |error| - log half width (Koenker and Bassett, Econometrica 46 (1978) 33), which is the
mean logarithm of the half width that is needed to hold so many of the days. The quantile is a little above 95 %, as
weeks that coefficients have not seen hold fewer days than those they were found on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gaps.spread import ALONE, CLEAR_SKY, PEERS, Spread
from plant_pipeline_tests.energy.damage import SCENARIOS, Trial, damaged, rises, together
from plant_pipeline_tests.energy.public_series import SERIES, PublicDays, complete_days

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]

PLOT = Path(__file__).parent.parent / "docs" / "uncertainty.svg"
QUANTILE = 0.955
ROUNDS = 4
BINS = 12
NOTHING = 1e-5  # of the day's energy
LEAST = 1e-3  # of a coefficient: the logarithms of all but the powers are found
NORMAL_95 = 1.959964
POWERS = ("growth", "level")
FIXED: dict[str, tuple[str, ...]] = {"clear sky": POWERS, "alone": ("jump",), "peers": ("jump",)}
"""Coefficients that bring nothing to a basis, and stay what they are."""
TITLES = {"clear sky": "PV, clear sky", "alone": "wind, by itself", "peers": "wind, beside peers"}


@dataclass(frozen=True)
class Proof:
    """One basis: its coefficients in use, and the series they are found on (even weeks) and proved on (odd weeks)."""

    basis: str
    spread: Spread
    series: Sequence[PublicDays]

    def found_on(self, seed: int = 1) -> Trial:
        """Damaged days of the even weeks."""
        return _damaged(self.series, 0, seed)

    def proved_on(self, seed: int = 1) -> Trial:
        """Damaged days of the odd weeks."""
        return _damaged(self.series, 1, seed + ROUNDS)


def proofs() -> list[Proof]:
    """PV under the clear sky, wind by itself, and wind beside its peers."""
    days = {series.name: complete_days(series) for series in SERIES}
    wind = days["la_haute_borne"]
    return [
        Proof("clear sky", CLEAR_SKY, [days["serf_east"], days["pvdaq_50"]]),
        Proof("alone", ALONE, [wind.without_peers()]),
        Proof("peers", PEERS, [wind]),
    ]


def _damaged(series: Sequence[PublicDays], odd: int, seed: int) -> Trial:
    weeks = [_weeks(days, odd) for days in series]
    return together([damaged(days, seed + round_) for days in weeks for round_ in range(ROUNDS)])


def _weeks(days: PublicDays, odd: int) -> PublicDays:
    return days.some([at for at, day in enumerate(days.dates) if day.isocalendar().week % 2 == odd])


def shares(trial: Trial, spread: Spread) -> tuple[Floats, Floats]:
    """Error and half width of each day as shares of what it produced."""
    return np.abs(trial.error_wh) / trial.produced_wh, half_width_wh(trial, spread) / trial.produced_wh


def half_width_wh(trial: Trial, spread: Spread) -> Floats:
    """Of each day with these coefficients."""
    return trial.half_width_wh(spread.half_width_wh(trial.courses))


def fit(trial: Trial, start: Spread, fixed: Sequence[str] = ()) -> Spread:
    """The coefficients that damaged days ask for, from those given, of which the fixed ones stay."""
    names = [name for name in Spread.__dataclass_fields__ if name not in fixed]
    error = np.log(np.abs(trial.error_wh) / trial.produced_wh + NOTHING)

    def spread(values: Vector) -> Spread:
        found = zip(names, values.tolist(), strict=True)
        return replace(start, **{name: value if name in POWERS else float(np.exp(value)) for name, value in found})

    def loss(values: Vector) -> float:
        beyond = error - np.log(half_width_wh(trial, spread(values)) / trial.produced_wh + NOTHING)
        return float(np.maximum(QUANTILE * beyond, (QUANTILE - 1) * beyond).mean())

    begun = {name: getattr(start, name) for name in names}
    values = [value if name in POWERS else np.log(value + LEAST) for name, value in begun.items()]
    found = minimize(loss, values, method="Nelder-Mead", options={"maxfev": 500, "adaptive": True, "fatol": 1e-6})
    return spread(found.x)


def table(basis: str, trial: Trial, spread: Spread) -> str:
    """Coverage, and medians in percent of the day; `normal` is what their ratio would be (`normal_ratio`)."""
    error, width = shares(trial, spread)
    lines = []
    for name in [*SCENARIOS, "all"]:
        chosen = trial.scenario == name if name != "all" else np.full(len(error), True)
        if chosen.any():
            within = (error <= width)[chosen].mean()
            middle, wide = np.median(error[chosen]), np.median(width[chosen])
            lines.append(
                f"{basis:10} {name:20} {chosen.sum():5} days  {within:6.1%} within  median error {middle:7.2%}  "
                f"median half width {wide:7.2%}  normal {normal_ratio(width[chosen]):4.1f}  ratio {wide / middle:4.1f}"
            )
    return "\n".join(lines)


def normal_ratio(width: Floats, seed: int = 0) -> float:
    """Median half width over median error, if errors were normally distributed and the half widths exactly 95 %.

    2.9 where all are alike; more where small and large ones are mixed, as an error of 0 is as likely at each of them.
    """
    errors = np.abs(np.random.default_rng(seed).standard_normal((100, len(width)))) * width / NORMAL_95
    return float((np.median(width) / np.median(errors, axis=1)).mean())


def main() -> None:
    """Print the table, with --fit new coefficients first; draw the plot of those in use."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    is_fit = parser.parse_args().fit
    found = proofs()
    for proof in found:
        spread = fit(proof.found_on(), proof.spread, FIXED[proof.basis]) if is_fit else proof.spread
        print(f"{proof.basis}: {spread}\n{table(proof.basis, proof.proved_on(), spread)}\n")
    print(rise_table())
    print(across_table())
    if not is_fit:
        draw(found)


def across_table() -> str:
    """The two PV systems each by the coefficients that all weeks of the other one ask for."""
    spread, systems = next((proof.spread, proof.series) for proof in proofs() if proof.basis == "clear sky")
    lines = []
    for found_on, proved_on in (systems, systems[::-1]):
        trials = [
            together([damaged(days, seed + round_) for round_ in range(ROUNDS)])
            for days, seed in ((found_on, 1), (proved_on, 1 + ROUNDS))
        ]
        found = fit(trials[0], spread, FIXED["clear sky"])
        lines.append(f"{proved_on.series.name} by {found}\n{table(proved_on.series.name, trials[1], found)}")
    return "\n".join(lines)


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
        error, width = shares(proof.proved_on(), proof.spread)
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
