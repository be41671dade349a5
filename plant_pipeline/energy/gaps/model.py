"""The course of a device's power through gaps, for many gaps at once.

What belongs here: the estimate and what its error depends on, dense in numpy. What does not: how large that error is
(energy/gaps/spread.py), the interface for one gap (energy/gaps/estimate.py).

Power is taken as a reference times an index, plus what the device does beside it:

    own(t) = index × reference(t) × (1 + tilt × sine of the hour angle) + envelope(t) × deviation(t)

The reference is what peers of the device produced at that time, else the clear sky, else a constant; the envelope is
the clear sky, for wind 1. The index is that of the hours around the gap, and so is the tilt: modules that look to the
east or the west are above the clear sky's course on one side of noon and below it on the other. It is drawn to 0 the
more the clouds hide it, and is 0 without a sky and beside peers. Into the gap the deviation is carried from
both ends as the conditional mean of an Ornstein-Uhlenbeck process that is known there: sinh((to - t) / T) /
sinh((to - from) / T) of the one end and the mirror image of the other. So a short gap is interpolated between its
neighbours, and a long one falls back to the index of the hours around it, or to the peers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plant_pipeline.arrays import Booleans, Floats

GapRows = npt.NDArray[np.intp]

MEMORY_S = 3 * 3600.0  # T of the deviation beside a clear sky or a constant
MEMORY_BESIDE_PEERS_S = 3600.0
_END_WEIGHT_S = 700.0  # the readings at the ends of a gap count by exp(-distance / this)
_END_WEIGHT_BESIDE_PEERS_S = 1200.0
_INDEX_WEIGHT_S = 4 * 3600.0  # those that make the index by exp(-distance / this)
_SPREAD_WEIGHT_S = 2400.0  # those that tell how unsteady the hours around are by exp(-distance / this)
_WINDOW_S = 6 * 3600.0  # nothing further from a gap than this counts
_LAG_S = 1200.0
_LITTLE = 0.02  # of the envelope: where it is smaller, as at dawn, a ratio tells little
_OPEN_S = 1800.0  # further than this from a gap's end to the next measurement: the end is open
_FULL = 0.15  # of the envelope: above it a ratio tells the size of the device
_LEAST_COMMON_S = 1800.0  # no gap is estimated from less valid time under the sun than this
_HIGHEST_INDEX = 5.0  # of a device relative to its peers
_TILT_DOUBT = 100.0  # cells that a tilt is weighed against, for each unit of variance beside it (30 to 300 did as well)
_STEEPEST = 0.9
_TURN_S = 86400 / (2 * np.pi)  # a radian of the sun's way


@dataclass(frozen=True, slots=True)
class Profiles:
    """Many series on grids of the same length and step, one a row: what Profile, ClearSky and peers are for one.

    `power_w` is NaN where nothing valid was measured. `peers_w` is what peers produced, of about the size of the device
    (`peers_of`), NaN where unknown. `relative` and `ceiling` are NaN in rows without a clear sky (wind, no place).
    `rating_w` is NaN where unknown. `reading_s` is the usual spacing of the readings behind `power_w`
    (None: 5 minutes).
    """

    start_s: Floats
    step_s: float
    power_w: Floats
    peers_w: Floats | None = None
    relative: Floats | None = None
    ceiling: Floats | None = None
    rating_w: Floats | None = None
    reading_s: Floats | None = None


@dataclass(frozen=True, slots=True)
class Courses:
    """For each of n gaps the estimate and what its error depends on.

    `exposure_h` is the time in the gap, weighted by the envelope; `sun_h` the time in it with the sun up (wind: all).
    `amplitude_w` is the device's power under a full envelope, and `ripple`, `scatter`, `jump` are shares of it: second
    differences over 20 minutes, deviations from the index around the gap, and the difference between its two ends.
    `is_open` where the next measurement under the sun is half an hour or more from one of its ends.
    `limit_wh` is the most that rating and sky allow, inf where no rating is known.
    """

    energy_wh: Floats
    amplitude_w: Floats
    exposure_h: Floats
    sun_h: Floats
    ripple: Floats
    scatter: Floats
    jump: Floats
    limit_wh: Floats
    is_known: Booleans
    is_open: Booleans
    has_peers: Booleans
    has_sky: Booleans


@dataclass(frozen=True, slots=True)
class _View:
    """The hours around n gaps: n rows and as many columns as the widest needs."""

    power_w: Floats  # 0 where not valid
    is_valid: Booleans
    in_gap: Floats  # share of the cell that lies in the gap
    since_s: Floats  # from the gap's beginning to the middle of the cell
    until_s: Floats  # from the middle of the cell to the gap's end
    away_s: Floats  # from the gap to the middle of the cell
    reference: Floats
    envelope: Floats
    ceiling: Floats
    hour_sine: Floats  # of the sun's hour angle, 0 without a sky and beside peers
    has_peers: Booleans
    has_sky: Booleans


def courses(from_s: Floats, to_s: Floats, row: GapRows, profiles: Profiles) -> Courses:
    """Estimates of n gaps, gap i in series `row[i]` from `from_s[i]` to `to_s[i]` (seconds since 1970 UTC)."""
    step_s, hours = profiles.step_s, profiles.step_s / 3600
    view = _view(from_s, to_s, row, profiles)
    near = np.exp(-view.away_s / _INDEX_WEIGHT_S) * view.is_valid
    weight = (near * view.reference).sum(1)
    # Where the reference says nothing (peers that stand still) the index is that of a device like them.
    index = np.divide((near * view.power_w).sum(1), weight, out=np.ones(len(row)), where=weight > 0)
    index = index.clip(0, np.where(view.has_peers, _HIGHEST_INDEX, np.inf))
    expected = index[:, None] * view.reference * _lean(view, near, index)
    beside = np.where(view.is_valid, view.power_w - expected, 0.0)
    tells = view.is_valid & (view.envelope > _LITTLE)
    first_s, last_s = (_nearest_s(away, tells, step_s) for away in (-view.since_s, -view.until_s))
    end_weight_s = np.where(view.has_peers, _END_WEIGHT_BESIDE_PEERS_S, _END_WEIGHT_S)
    first = _end(beside, view, _end_weights(-view.since_s, first_s, end_weight_s, step_s))
    last = _end(beside, view, _end_weights(-view.until_s, last_s, end_weight_s, step_s))
    memory_s = np.where(view.has_peers, MEMORY_BESIDE_PEERS_S, MEMORY_S)
    deviation = _bridge(view, first, last, first_s, last_s, to_s - from_s, memory_s)
    amplitude_w = _amplitude_w(profiles, row, view)
    scatter = _scatter(beside, view)
    ripple = _ripple(beside, view, scatter, _lags(profiles, row))
    sun = view.in_gap * (view.envelope > _LITTLE)
    rating_w = np.full(len(row), np.nan) if profiles.rating_w is None else profiles.rating_w[row]
    limit_wh = rating_w * (view.in_gap * view.ceiling).sum(1) * hours
    limit_wh = np.where(np.isfinite(limit_wh), limit_wh, np.inf)
    energy_wh = (view.in_gap * (expected + view.envelope * deviation)).sum(1) * hours
    scale_w = np.where(amplitude_w > 0, amplitude_w, 1.0)
    return Courses(
        energy_wh.clip(0, limit_wh),
        amplitude_w,
        (view.in_gap * view.envelope).sum(1) * hours,
        sun.sum(1) * hours,
        ripple / scale_w,
        scatter / scale_w,
        np.abs(first - last) / scale_w,
        limit_wh,
        tells.sum(1) * step_s >= _LEAST_COMMON_S,
        np.maximum(first_s, last_s) > _OPEN_S,
        view.has_peers,
        view.has_sky,
    )


def _view(from_s: Floats, to_s: Floats, row: GapRows, profiles: Profiles) -> _View:
    step_s, length = profiles.step_s, profiles.power_w.shape[1]
    width = min(length, int(np.ceil(((to_s - from_s).max() + 2 * _WINDOW_S) / step_s)) + 1)
    first = ((from_s - profiles.start_s[row] - _WINDOW_S) // step_s).astype(np.intp).clip(0, length - width)
    columns = first[:, None] + np.arange(width)
    at = (row[:, None], columns)
    middle_s = profiles.start_s[row][:, None] + (columns + 0.5) * step_s
    since_s, until_s = middle_s - from_s[:, None], to_s[:, None] - middle_s
    in_gap = ((np.minimum(since_s, step_s / 2) + np.minimum(until_s, step_s / 2)) / step_s).clip(0, 1)
    power_w = profiles.power_w[at]
    away_s = np.maximum(np.maximum(-since_s, -until_s), 0.0)
    # What a gap is estimated from must not depend on the longest gap that happens to be computed with it.
    is_valid = np.isfinite(power_w) & (in_gap < 1) & (away_s <= _WINDOW_S)
    has_sky, envelope, ceiling = _sky(profiles, row, at)
    peers_w = np.full_like(power_w, np.nan) if profiles.peers_w is None else profiles.peers_w[at]
    is_common = np.isfinite(peers_w)
    common_s = (is_common & is_valid & (envelope > _LITTLE)).sum(1) * step_s
    has_peers = (common_s >= _LEAST_COMMON_S) & (is_common | (in_gap == 0)).all(1)
    is_valid &= is_common | ~has_peers[:, None]
    reference = np.where(has_peers[:, None], np.nan_to_num(peers_w).clip(0, None), envelope)
    power_w = np.where(is_valid, power_w, 0.0)
    by_sky = has_sky & ~has_peers
    hour_sine = np.zeros(middle_s.shape)
    if by_sky.any():
        hour_sine = _hour_sine(profiles, row, middle_s) * by_sky[:, None]
    return _View(
        power_w, is_valid, in_gap, since_s, until_s, away_s, reference, envelope, ceiling, hour_sine, has_peers, has_sky
    )


def _sky(profiles: Profiles, row: GapRows, at: tuple[GapRows, GapRows]) -> tuple[Booleans, Floats, Floats]:
    """Which gaps have a clear sky, its course, and the most it allows (1 for those without)."""
    if profiles.relative is None or profiles.ceiling is None:
        return np.zeros(len(row), np.bool_), np.ones(at[1].shape), np.ones(at[1].shape)
    has_sky: Booleans = np.all(np.isfinite(profiles.relative), axis=1)[row]
    one = ~has_sky[:, None]
    return has_sky, np.where(one, 1.0, profiles.relative[at]), np.where(one, 1.0, profiles.ceiling[at])


def _hour_sine(profiles: Profiles, row: GapRows, at_s: Floats) -> Floats:
    """Sine of the sun's hour angle at instants around each gap, noon being the middle of its series' clear sky."""
    if profiles.relative is None:
        return np.zeros(at_s.shape)
    relative = np.nan_to_num(profiles.relative)
    turn = (np.arange(relative.shape[1]) + 0.5) * profiles.step_s / _TURN_S
    noon = np.arctan2(relative @ np.sin(turn), relative @ np.cos(turn))
    sine: Floats = np.sin((at_s - profiles.start_s[row][:, None]) / _TURN_S - noon[row][:, None])
    return sine


def _lean(view: _View, near: Floats, index: Floats) -> Floats:
    """What the index of each cell is relative to that of the hours around: 1 + tilt × sine of the hour angle.

    The tilt is a regression of what the device does beside index × sky, weighed against the variance that it leaves
    (a ridge): a clear afternoon tells of the morning, a cloudy one does not.
    """
    is_tilted = view.has_sky & ~view.has_peers & (index > 0)
    if not is_tilted.any():
        return np.ones(near.shape)
    relative_w = np.divide(view.power_w, index[:, None], out=np.zeros(near.shape), where=is_tilted[:, None])
    beside = (near > 0) * (relative_w - view.reference)
    weight = near * view.reference**2
    sine = view.hour_sine - _ratio((weight * view.hour_sine).sum(1), weight.sum(1))[:, None]
    along, across = (near * view.reference * sine * beside).sum(1), (weight * sine**2).sum(1)
    left = beside - _ratio(along, across)[:, None] * view.reference * sine
    variance = _ratio((near * left**2).sum(1), near.sum(1))
    tilt = np.where(is_tilted, _ratio(along, across + _TILT_DOUBT * variance), 0.0)
    lean: Floats = (1 + tilt.clip(-_STEEPEST, _STEEPEST)[:, None] * sine).clip(0, None)
    return lean


def _ratio(above: Floats, below: Floats) -> Floats:
    """0 where there is nothing to divide by."""
    ratio: Floats = np.divide(above, below, out=np.zeros(len(below)), where=below > 0)
    return ratio


def _end(beside: Floats, view: _View, weight: Floats) -> Floats:
    """The deviation at one end of each gap, drawn to 0 where the envelope tells little."""
    weight = weight * view.is_valid
    seen = (weight * view.envelope).sum(1) + _LITTLE * weight.sum(1)
    deviation: Floats = np.divide((weight * beside).sum(1), seen, out=np.zeros(len(seen)), where=seen > 0)
    return deviation


def _nearest_s(away_s: Floats, tells: Booleans, step_s: float) -> Floats:
    """From an end of each gap to the next measurement under the sun; _WINDOW_S if there is none."""
    nearest: Floats = np.where(tells & (away_s > -step_s / 2), away_s, np.inf).min(1)
    return (nearest - step_s / 2).clip(0, _WINDOW_S)


def _end_weights(away_s: Floats, nearest_s: Floats, weight_s: Floats, step_s: float) -> Floats:
    beyond_s = away_s - nearest_s[:, None]
    weights: Floats = np.exp(-beyond_s.clip(0, None) / weight_s[:, None]) * (beyond_s > -step_s / 2)
    return weights


def _bridge(
    view: _View, first: Floats, last: Floats, first_s: Floats, last_s: Floats, long_s: Floats, memory_s: Floats
) -> Floats:
    """The deviation inside each gap, from those at the nearest measurements before and after it."""
    memory_s = memory_s[:, None]
    whole = np.sinh((first_s + long_s + last_s)[:, None] / memory_s)
    since = (view.since_s.clip(0, None) + first_s[:, None]) / memory_s
    until = (view.until_s.clip(0, None) + last_s[:, None]) / memory_s
    carried = (first[:, None] * np.sinh(until) + last[:, None] * np.sinh(since)) / whole
    inside: Floats = np.where(view.in_gap > 0, carried, 0.0)
    return inside


def _amplitude_w(profiles: Profiles, row: GapRows, view: _View) -> Floats:
    """The highest power of each gap's series, where there is a sky relative to it; not below 2 % of the rating."""
    has_envelope = view.envelope > _FULL
    ratio = np.where(view.is_valid & has_envelope, view.power_w, 0.0) / np.where(has_envelope, view.envelope, 1.0)
    least_w = 0.0 if profiles.rating_w is None else np.nan_to_num(0.02 * profiles.rating_w[row])
    amplitude_w: Floats = np.maximum(ratio.max(1), least_w)
    return amplitude_w


def _scatter(beside: Floats, view: _View) -> Floats:
    """Root mean square in W of the deviations around each gap, relative to the envelope."""
    near = np.exp(-view.away_s / _SPREAD_WEIGHT_S) * view.is_valid
    return _root_ratio((near * beside**2).sum(1), (near * view.envelope**2).sum(1))


def _lags(profiles: Profiles, row: GapRows) -> GapRows:
    """In cells: 20 minutes, or the spacing of the readings, as between two of them nothing is to be seen."""
    reading_s = np.zeros(len(row)) if profiles.reading_s is None else profiles.reading_s[row]
    return np.round(np.maximum(_LAG_S, reading_s) / profiles.step_s).astype(np.intp)


def _ripple(beside: Floats, view: _View, scatter: Floats, lags: GapRows) -> Floats:
    """Root mean square in W of the second differences around each gap, relative to the envelope."""
    ripple = scatter.copy()
    near = np.exp(-view.away_s / _SPREAD_WEIGHT_S) * view.is_valid
    for lag in np.unique(lags):
        some = np.flatnonzero(lags == lag)
        before, middle, after = slice(None, -2 * lag), slice(lag, -lag), slice(2 * lag, None)
        course, is_valid = beside[some], view.is_valid[some]
        second = course[:, middle] - (course[:, before] + course[:, after]) / 2
        weight = near[some][:, middle] * is_valid[:, before] * is_valid[:, after]
        squares, scale = (weight * second**2).sum(1), (weight * view.envelope[some][:, middle] ** 2).sum(1)
        ripple[some] = np.where(scale > 0, _root_ratio(squares, scale), ripple[some])
    return ripple


def _root_ratio(squares: Floats, scale: Floats) -> Floats:
    """0 where there is nothing to compare with: then the gap is not known either."""
    root: Floats = np.sqrt(_ratio(squares, scale))
    return root
