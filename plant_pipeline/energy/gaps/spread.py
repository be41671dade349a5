"""How far from an estimate the truth may lie: the numbers, and the functions they belong to.

What belongs here: calibrated coefficients, all of them, and their formulas. What does not: the estimates themselves
(energy/gaps/model.py). Found by `python -m benchmarks.uncertainty` on public measurements with data taken out
(docs/uncertainty.md tells how, and what came of it); plant_pipeline_tests/energy_proofs/test_calibration.py holds them
to it.
"""

from dataclasses import dataclass

import numpy as np

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gaps.model import Courses

SHORTEST_H = 1 / 12
LEVEL_FLOOR = 0.03

CORRELATION = 0.0
"""Of the errors of two gaps of one series on one day: none was found, what they share lies between their ends."""

RISE_UNDER_SUN = 1.25
RISE_IN_AN_HOUR = 1.25
RISE_GROWTH = 0.25
RISE_TOLD_H = 1.0
"""Of the split of a register's rise, see `rise_spread`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Half width = amplitude × exposure × level^`level` × (`rough` × roughness + drift × sun_h^`growth`).

    The roughness is the root of ripple² + (`jump` × jump)² + (`scatter` × scatter)² + `steady`²: no hours are trusted
    to be steadier than `steady`, a share of the amplitude, however steady they look. The drift is `drift` between two
    measured ends and `drift_open` where one end is open; the level is what the estimate is relative to the device's
    highest power under the same envelope.
    """

    rough: float
    jump: float
    scatter: float
    steady: float
    drift: float
    drift_open: float
    growth: float
    level: float

    def half_width_wh(self, courses: Courses) -> Floats:
        """Half widths of the 95 % intervals in Wh."""
        full_wh = courses.amplitude_w * courses.exposure_h
        level = courses.energy_wh / np.where(full_wh > 0, full_wh, 1.0)
        roughness = np.sqrt(
            courses.ripple**2 + (self.jump * courses.jump) ** 2 + (self.scatter * courses.scatter) ** 2 + self.steady**2
        )
        drift = np.where(courses.is_open, self.drift_open, self.drift)
        drift = drift * np.maximum(courses.sun_h, SHORTEST_H) ** self.growth
        width_wh: Floats = full_wh * (level + LEVEL_FLOOR) ** self.level * (self.rough * roughness + drift)
        return width_wh


CLEAR_SKY = Spread(
    rough=1.76, jump=0.34, scatter=0.21, steady=0.001, drift=0.023, drift_open=0.43, growth=0.0, level=0.0
)
ALONE = Spread(rough=1.39, jump=0.0, scatter=0.41, steady=0.04, drift=0.0205, drift_open=0.196, growth=1.07, level=0.07)
PEERS = Spread(rough=0.74, jump=0.0, scatter=2.2, steady=0.2, drift=0.0065, drift_open=0.096, growth=0.5, level=0.6)


def half_widths_wh(courses: Courses) -> Floats:
    """Half widths of the 95 % intervals in Wh, never further than the least or most that is possible."""
    widths = np.where(
        courses.has_peers,
        PEERS.half_width_wh(courses),
        np.where(courses.has_sky, CLEAR_SKY.half_width_wh(courses), ALONE.half_width_wh(courses)),
    )
    return np.minimum(widths, np.maximum(courses.energy_wh, courses.limit_wh - courses.energy_wh))


def rise_spread(share: float, long_h: float, *, is_under_sun: bool) -> float:
    """Half width of the share of a rise that came before an instant `share` of the way between two readings.

    Under the sun the way is that of the clear sky, and a reading an hour off is no better than one three hours off (it
    is late, and the sun low); otherwise it is time, and the power strays from its mean the further the longer it is:
    from two hours on all of the rise may lie on one side.
    """
    farthest = max(share, 1 - share)
    if is_under_sun:
        return min(RISE_UNDER_SUN * share * (1 - share), farthest)
    calibrated = RISE_IN_AN_HOUR * long_h**RISE_GROWTH * share * (1 - share)
    return float(min(max(calibrated, (long_h - RISE_TOLD_H) * farthest), farthest))
