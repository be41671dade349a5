"""Which readings of power and irradiance stand, and which are left out before anything is integrated.

What belongs here: limits, outliers, stale values. What does not: registers (register.py), writing flags.

A reading is left out only if it is both impossible (or, without a rating, alone among its neighbours) and out of the
device's own course: registries are often wrong about ratings, and a device that runs above its rating day after day
keeps its energy.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.series.arrays import ReadingArrays

RATING_TOLERANCE: Final = 1.2
"""Above this share of a rating power is taken for impossible (kpis: limits before integration)."""

HIGHEST_DRAW: Final = 0.05
"""Of its capacity a plant without a battery draws no more (our choice)."""

HIGHEST_IRRADIANCE_W_PER_M2: Final = 1500.0
LOWEST_IRRADIANCE_W_PER_M2: Final = -20.0
"""Beyond these irradiance is invalid; from the lowest to 0 it is the offset a pyranometer shows at night."""

AT_LIMIT: Final = 0.95
"""From this share of a rating on power may stand still."""

# The ends of integers of 16 and 32 bits, and -9999, by which devices and gateways say that they have no value.
_ENDS: Final = {32767.0: False, 65535.0: False, 2.0**31 - 1: False, 2.0**32 - 1: False}
_NEGATIVE_ENDS: Final = {9999.0: True, 32768.0: True, 2.0**31: True}
_NO_NUMBER: Final = sorted(
    (end * 10.0**decade, is_negative)
    for end, is_negative in (_ENDS | _NEGATIVE_ENDS).items()
    for decade in range(-2, 7)
)
_NO_NUMBERS: Final = np.array([end for end, _ in _NO_NUMBER])
_IS_NEGATIVE: Final = np.array([is_negative for _, is_negative in _NO_NUMBER])
_SAME_VALUE: Final = 1e-12

OUT_OF_COURSE: Final = 1.5
"""Times what a device usually shows: beyond that it is out of its own course (kpis: limits)."""

_OUT_OF_SHORT_COURSE: Final = 3.0
_COURSE_QUANTILE: Final = 0.999
_MOST_OUTLIERS: Final = 0.05
_ALONE: Final = 2.0
_LONGEST_APART: Final = 4  # readings in a row that may be a fault of the meter, and their factor above those beside
_RUN_ALONE: Final = 3.0
_MOST_APART: Final = 0.2
_WORTH_A_LOOK: Final = 0.1  # of the highest reading of the series: what is lower cannot be out of its course
_STALE_S: Final = 3 * 3600.0
_STALE_IF_FINE_S: Final = 3600.0
_STALE_AT_NIGHT_S: Final = 3600.0
_DARK_S: Final = 1800.0
_NOTABLE: Final = 0.01
_LEAST_VALUES: Final = 8
_FINE_VALUES: Final = 60  # from so many different values on a series is too fine to repeat one by chance
_STALE_IF_UNIQUE_S: Final = 1800.0
_LEAST_REPEATS: Final = 4
_UNIQUE_SHARE: Final = 0.8  # of a series' notable readings differ from all others, if it never repeats one by chance
_NATURAL_STEPS, _NATURAL_SHARE = 3.0, 0.1  # so far power falls from one reading to the next (our choice)
_INTERRUPTION: Final = 12  # readings between two of the same value that may be another fault ...
_SAME_SHARE: Final = 0.75  # ... as long as most are the same


def no_numbers(value: Floats) -> Booleans:
    """Readings of values that stand for "no value", in whatever decade of the unit (all else is a coincidence)."""
    found = np.zeros(len(value), dtype=bool)
    # All of them are whole hundredths: most readings need no search.
    with np.errstate(invalid="ignore", over="ignore"):
        hundredths = np.abs(value)
        hundredths *= 100
        off = np.rint(hundredths)
        off -= hundredths
        np.abs(off, out=off)
        hundredths *= 1e-9
        is_whole = off <= hundredths
        is_whole &= value != 0
    candidates = np.flatnonzero(is_whole)
    size = np.abs(value[candidates])
    near = np.minimum(np.searchsorted(_NO_NUMBERS, size * (1 - _SAME_VALUE)), len(_NO_NUMBERS) - 1)
    is_one = np.isfinite(size) & (np.abs(size - _NO_NUMBERS[near]) <= _SAME_VALUE * size)
    found[candidates] = is_one & ((value[candidates] < 0) | ~_IS_NEGATIVE[near])
    return found


def suspicious_power(readings: ReadingArrays, power_w: Floats, limit_w: Floats) -> Booleans:
    """By series, whether any reading needs a closer look: beyond its limit (NaN: none known), or alone up there."""
    found = np.zeros(len(readings), dtype=bool)
    if len(power_w):
        size_w = np.abs(power_w)
        highest_w = np.zeros(len(readings))
        filled = np.flatnonzero(np.diff(readings.offsets) > 0)
        highest_w[filled] = np.fmax.reduceat(size_w, readings.offsets[:-1][filled])
        found |= highest_w > limit_w
        first, _ = _apart(size_w)
        owner = readings.owners_of(first)
        found[owner[size_w[first] > _WORTH_A_LOOK * highest_w[owner]]] = True
    return found


def is_alone(size_w: Floats) -> Booleans:
    """Readings more than twice as high as both their neighbours, and up to four in a row that are more than thrice."""
    found = np.zeros(len(size_w), dtype=bool)
    for first, last in zip(*(ends.tolist() for ends in _apart(size_w)), strict=True):
        found[first : last + 1] = True
    return found


def _apart(size_w: Floats) -> tuple[Integers, Integers]:
    """First and last place of what stands out among its neighbours; a run needs one on both sides."""
    if not len(size_w):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rises = np.append(size_w[0] > 0, size_w[1:] > _ALONE * size_w[:-1])
    first = np.flatnonzero(rises)
    before_w = np.where(first > 0, size_w[first - 1], 0.0)
    lowest_w = np.full(len(first), np.inf)
    firsts, lasts = [], []
    for length in range(1, _LONGEST_APART + 1):
        last = np.minimum(first + length - 1, len(size_w) - 1)
        lowest_w = np.minimum(lowest_w, size_w[last])
        is_inner = first + length < len(size_w)
        after_w = np.where(is_inner, size_w[np.minimum(last + 1, len(size_w) - 1)], 0.0)
        beside_w = np.maximum(before_w, after_w)
        is_apart = lowest_w > (_ALONE if length == 1 else _RUN_ALONE) * beside_w
        if length > 1:
            is_apart &= is_inner & (first > 0) & (beside_w > 0)
        firsts.append(first[is_apart])
        lasts.append(last[is_apart])
    return np.concatenate(firsts), np.concatenate(lasts)


def outliers(power_w: Floats, limit_w: float, usual_w: float | None) -> Booleans:
    """Of one series, the readings to leave out.

    `limit_w`: the highest possible power, NaN if not known; `usual_w`: the 99.9 % quantile of the 30 days before, None
    if there are no such days. A limit that more than a twentieth of the readings exceed is wrong, and tells nothing.
    """
    size_w = np.abs(power_w)
    beyond = size_w > limit_w
    if beyond.any() and beyond.mean() <= _MOST_OUTLIERS:
        return _out_of_course(size_w, beyond, OUT_OF_COURSE, usual_w)
    alone = is_alone(size_w)
    # What flickers close to zero does not tell that a series goes up and down by itself.
    alone &= size_w > _WORTH_A_LOOK * float(np.quantile(size_w[~alone], _COURSE_QUANTILE)) if not alone.all() else True
    if alone.sum() > _LONGEST_APART and alone.mean() > _MOST_OUTLIERS:
        return np.zeros(len(power_w), dtype=bool)
    if alone.mean() > _MOST_APART:
        return np.zeros(len(power_w), dtype=bool)
    in_a_row = alone & (np.append(alone[1:], False) | np.insert(alone[:-1], 0, False))
    factor = np.where(in_a_row | (usual_w is None), _OUT_OF_SHORT_COURSE, OUT_OF_COURSE)
    return _out_of_course(size_w, alone, factor, usual_w)


def _out_of_course(size_w: Floats, odd: Booleans, factor: float | Floats, usual_w: float | None) -> Booleans:
    """Which of the odd readings are so many times as high as the device goes otherwise."""
    others_w = size_w[~odd]
    if not odd.any() or not len(others_w):
        return np.zeros(len(size_w), dtype=bool)
    highest_w = max(float(np.quantile(others_w, _COURSE_QUANTILE)), usual_w or 0.0)
    found: Booleans = odd & (size_w > factor * highest_w)
    return found


def perhaps_turned(readings: ReadingArrays, power_w: Floats) -> Booleans:
    """By series, whether any reading below 0 that is worth a closer look lies beside one above 0."""
    found = np.zeros(len(readings), dtype=bool)
    if len(power_w):
        owner = readings.owner
        is_own = owner[1:] == owner[:-1]
        after = 1 + np.flatnonzero((power_w[1:] < 0) & (power_w[:-1] > 0) & is_own)
        before = np.flatnonzero((power_w[:-1] < 0) & (power_w[1:] > 0) & is_own)
        turns = np.concatenate([after, before])
        highest_w = np.zeros(len(readings))
        np.maximum.at(highest_w, owner, power_w)
        found[owner[turns[-power_w[turns] > HIGHEST_DRAW * highest_w[owner[turns]]]]] = True
    return found


def turned(power_w: Floats, highest_w: float) -> Booleans:
    """Of one series, runs of readings below 0 beside others above 0 that are more than what the plant draws.

    `highest_w` is the highest power known of the device, beside what it shows here.
    """
    is_below = power_w < 0
    edges = np.flatnonzero(np.diff(is_below.astype(np.int8), prepend=0, append=0))
    runs = [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]
    inner = [(first, after) for first, after in runs if first > 0 and after < len(power_w)]
    inner = [(first, after) for first, after in inner if power_w[first - 1] > 0 or power_w[after] > 0]
    outside_w = power_w.copy()
    for first, after in inner:
        outside_w[first:after] = 0.0
    drawn_w = -float(outside_w.min(initial=0.0))
    limit_w = max(HIGHEST_DRAW * max(highest_w, float(power_w.max(initial=0.0))), _OUT_OF_SHORT_COURSE * drawn_w)
    found = np.zeros(len(power_w), dtype=bool)
    for first, after in inner:
        found[first:after] = -float(power_w[first:after].min()) > limit_w
    return found


def longest_run(is_so: Booleans) -> int:
    """How many in a row are so, at most."""
    ends = np.flatnonzero(np.diff(is_so.astype(np.int8), prepend=0, append=0))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def suspicious_stale(readings: ReadingArrays) -> Booleans:
    """By series, whether a value other than 0 stays the same for so long that it needs a closer look."""
    found = np.zeros(len(readings), dtype=bool)
    if len(readings.value):
        first = readings.first_of_runs
        last = np.append(first[1:], len(readings.value)) - 1
        lasting_s = readings.at_s[last] - readings.at_s[first]
        lasting = first[(lasting_s >= _STALE_AT_NIGHT_S / 2) & (readings.value[first] != 0)]
        found[readings.owners_of(lasting)] = True
    return found


def stale(
    at_s: Floats,
    value: Floats,
    daylight: Sequence[tuple[float, float]] | None,
    rating: float | None,
    at_limit: float = AT_LIMIT,
) -> Booleans:
    """Of one series, readings of a value that did not move for three hours, or that stood still into a dark night.

    An hour is enough for a series of many different values, half an hour for one that never repeats any other.

    `daylight`: the stretches with the sun up, None where it does not matter. A value from a share `at_limit` of the
    rating on may stand still (the device is at its limit), and so may one near 0, and a series that hardly knows other
    values.
    """
    found = np.zeros(len(value), dtype=bool)
    values, counts = np.unique(value, return_counts=True)
    if len(values) < _LEAST_VALUES:
        return found
    notable = _NOTABLE * float(np.abs(value).max())
    limit = np.inf if rating is None else at_limit * rating
    usual_s = _STALE_IF_FINE_S if len(values) >= _FINE_VALUES else _STALE_S
    is_notable = np.abs(value) >= notable
    single = int((counts[np.abs(values) >= notable] == 1).sum())
    for same in values[(counts >= _LEAST_REPEATS) & (np.abs(values) >= notable)]:
        places = np.flatnonzero(value == same)
        is_unique = single >= max(_UNIQUE_SHARE * (is_notable.sum() - len(places)), _LEAST_VALUES)
        stale_s = _STALE_IF_UNIQUE_S if is_unique else usual_s
        for run in np.split(places, np.flatnonzero(np.diff(places) > _INTERRUPTION) + 1):
            if len(run) < (_LEAST_REPEATS if is_unique else _LEAST_VALUES):
                continue
            from_s, to_s = at_s[run[0]], at_s[run[-1]]
            is_dark = daylight is not None and (_is_dark(from_s, daylight) or _is_dark(to_s, daylight))
            lasting_s = to_s - from_s
            if len(run) < _SAME_SHARE * (run[-1] - run[0] + 1):
                continue
            is_long = lasting_s >= min(_STALE_AT_NIGHT_S, stale_s)
            if is_long and (is_dark or (lasting_s >= stale_s and abs(same) < limit)):
                found[run[0] : run[-1] + 1] = True
    return found


def may_be_held(value: Floats, first: int, last: int) -> bool:
    """Whether readings of one value of production, from one place to another, may show a limit that the device is at.

    A limit holds what could be more; a sensor whose last value is repeated may go on anywhere, also far below.
    """
    after = value[last + 1 : last + 3]
    if value[first] <= 0:
        return True
    if not len(after):
        return False
    natural = _NATURAL_STEPS * abs(float(after[-1] - after[0])) + _NATURAL_SHARE * value[first]
    return bool(value[first] - after[0] <= natural)


def _is_dark(at_s: float, daylight: Sequence[tuple[float, float]]) -> bool:
    return all(at_s < rise_s - _DARK_S or at_s > set_s + _DARK_S for rise_s, set_s in daylight)
