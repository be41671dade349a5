"""What was produced while nothing was measured, and how far from it the truth may lie.

What belongs here: estimates for gaps in power and for the ends of registers, from plain arrays. What does not: which
readings stand, what counts as a gap, the database. The model is in energy/gaps/model.py, its error in
energy/gaps/spread.py; docs/uncertainty.md tells what the numbers mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gaps.model import GapRows, Profiles, courses
from plant_pipeline.energy.gaps.spread import CORRELATION, half_widths_wh, rise_spread
from plant_pipeline.energy.series.clear_sky import ClearSky

Basis = Literal["neighbours", "peers", "clear_sky", "none"]

NEIGHBOURS_UP_TO_H = 2.0
"""The name of an estimate without peers: up to so much time with the sun up it is its neighbours that decide."""

_GAPS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was produced in a gap: best estimate, half width of its 95 % interval, and what it rests on.

    Basis `none`: nothing is known, both numbers are NaN.
    """

    energy_wh: float
    half_width_wh: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of many gaps, each a place in three arrays of the same length."""

    energy_wh: Floats
    half_width_wh: Floats
    basis: npt.NDArray[np.str_]


def split_rise(
    from_s: float, from_wh: float, to_s: float, to_wh: float, boundary_s: float, clear_sky: ClearSky | None
) -> tuple[float, float]:
    """The register at an instant between two of its readings, and the half width of that, both in Wh.

    Linear in time, or with a clear sky in proportion to it; a rise while the sun was down all the time is linear as
    well. Half width 0 if nothing rose, or if the sun was down all the time before the instant or after it; else as far
    as the end of the rise at most. `clear_sky` has to cover both readings.
    """
    if not from_s <= boundary_s <= to_s:
        raise ValueError(f"the instant {boundary_s} lies outside the readings at {from_s} and {to_s}")
    rise_wh = to_wh - from_wh
    if rise_wh == 0 or boundary_s in (from_s, to_s):
        return (to_wh if boundary_s == to_s else from_wh), 0.0
    share = (boundary_s - from_s) / (to_s - from_s)
    spread = rise_spread(share, (to_s - from_s) / 3600, is_under_sun=False)
    if clear_sky is not None:
        before, after = _sun_between(clear_sky, from_s, boundary_s), _sun_between(clear_sky, boundary_s, to_s)
        share = before / (before + after) if before + after > 0 else share
        spread = rise_spread(share, 0.0, is_under_sun=True) if before > 0 and after > 0 else 0.0
    return from_wh + share * rise_wh, spread * abs(rise_wh)


def peers_of(power_w: Floats) -> Floats:
    """For each device (row) what the others produced at the same time, each scaled to the mean size of all.

    NaN where no other device has a value. A device's size is its mean power relative to the mean of those that
    measured at the same time, so that one missing at noon is not taken for a small one.
    """
    is_valid = np.isfinite(power_w)
    power = np.where(is_valid, power_w, 0.0)
    count = is_valid.sum(0)
    mean = power.sum(0) / np.maximum(count, 1)
    beside = (is_valid * mean).sum(1)
    size = np.where(beside > 0, power.sum(1) / np.where(beside > 0, beside, 1.0), 0.0).clip(1e-3, None)
    weight = is_valid * size[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count - is_valid > 0, (power.sum(0) - power) / (weight.sum(0) - weight), np.nan)


def combine(estimates: Sequence[Estimate], correlation: float = CORRELATION) -> Estimate:
    """The sum of the gaps of one day.

    The errors of two gaps share the index of the day, so the half width lies between the root of the sum of squares
    (independent) and the sum (`correlation` 1, as for devices that are silent at the same time).
    """
    if not estimates:
        return Estimate(0.0, 0.0, "neighbours")
    if len(estimates) == 1:
        return estimates[0]
    energies_wh = np.array([estimate.energy_wh for estimate in estimates])
    widths_wh = np.array([estimate.half_width_wh for estimate in estimates])
    half_width_wh = np.sqrt((1 - correlation) * (widths_wh**2).sum() + correlation * widths_wh.sum() ** 2)
    weakest = max(estimates, key=lambda estimate: (estimate.basis == "none", estimate.half_width_wh))
    return Estimate(float(energies_wh.sum()), float(half_width_wh), weakest.basis)


def estimate_gaps(from_s: Floats, to_s: Floats, row: GapRows, profiles: Profiles) -> Estimates:
    """What was produced in many gaps; gap i lies in series `row[i]` from `from_s[i]` to `to_s[i]`."""
    energy_wh, half_width_wh = np.full(len(row), np.nan), np.full(len(row), np.nan)
    basis = np.full(len(row), "none", dtype="<U10")
    order = np.argsort(to_s - from_s, kind="stable")  # gaps of about one length need windows of about one width
    for first in range(0, len(row), _GAPS_AT_ONCE):
        some = order[first : first + _GAPS_AT_ONCE]
        found = courses(from_s[some], to_s[some], row[some], profiles)
        is_dark = found.has_sky & (found.exposure_h == 0)
        is_known = found.is_known | is_dark
        by_sky = (found.has_sky & ~found.has_peers & (found.sun_h > NEIGHBOURS_UP_TO_H)) | is_dark
        name = np.where(by_sky, "clear_sky", np.where(found.has_peers, "peers", "neighbours"))
        energy_wh[some] = np.where(is_known, np.where(is_dark, 0.0, found.energy_wh), np.nan)
        half_width_wh[some] = np.where(is_known, np.where(is_dark, 0.0, half_widths_wh(found)), np.nan)
        basis[some] = np.where(is_known, name, "none")
    return Estimates(energy_wh, half_width_wh, basis)


def _sun_between(clear_sky: ClearSky, from_s: float, to_s: float) -> float:
    """Clear-sky energy from one instant to another, in seconds of full power."""
    edges_s = clear_sky.start_s + np.arange(len(clear_sky.relative) + 1) * clear_sky.step_s
    summed = np.concatenate([[0.0], np.cumsum(clear_sky.relative)]) * clear_sky.step_s
    return float(np.interp(to_s, edges_s, summed) - np.interp(from_s, edges_s, summed))
