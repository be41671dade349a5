"""How far the truth may lie from an estimate: the formulas of docs/uncertainty.md, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from plant_pipeline.energy.gaps.model import Courses
from plant_pipeline.energy.gaps.spread import ALONE, CLEAR_SKY, PEERS, Spread, half_widths_wh, rise_spread

INF = float("inf")


def _courses(**values: float | bool) -> Courses:
    """One gap of two hours of a device of 1 kW, in which it gave 500 of 2000 Wh."""
    given = Courses(
        energy_wh=np.array([500.0]),
        amplitude_w=np.array([1000.0]),
        exposure_h=np.array([2.0]),
        sun_h=np.array([2.0]),
        ripple=np.array([0.03]),
        scatter=np.array([0.1]),
        jump=np.array([0.1]),
        limit_wh=np.array([INF]),
        is_known=np.array([True]),
        is_open=np.array([False]),
        has_peers=np.array([False]),
        has_sky=np.array([False]),
    )
    return replace(given, **{name: np.array([value]) for name, value in values.items()})


SPREAD = Spread(rough=2.0, jump=0.5, scatter=0.4, steady=0.01, drift=0.02, drift_open=0.3, growth=1.0, level=0.5)


@pytest.mark.parametrize(
    ("values", "half_width_wh"),
    [
        # Roughness √(0.03² + 0.05² + 0.04² + 0.01²) = 0.07141, level 0.28: 2000 √0.28 x (2 x 0.07141 + 0.02 x 2).
        ({}, 193.5),
        ({"is_open": True}, 786.1),
        ({"sun_h": 0.01}, 152.9),  # no less than 5 minutes: 0.02 / 12
        ({"energy_wh": 0.0}, 63.3),  # √0.03
        ({"ripple": 0.0, "scatter": 0.0, "jump": 0.0}, 63.5),  # nothing moves: 2 x 0.01 + 0.04
        ({"exposure_h": 0.0, "energy_wh": 0.0}, 0.0),
    ],
)
def test_half_width_of_a_gap(values: dict[str, float | bool], half_width_wh: float) -> None:
    assert SPREAD.half_width_wh(_courses(**values))[0] == pytest.approx(half_width_wh, abs=0.06)


@pytest.mark.parametrize(
    ("has_peers", "has_sky", "spread"),
    [(False, False, ALONE), (False, True, CLEAR_SKY), (True, True, PEERS), (True, False, PEERS)],
)
def test_peers_count_before_the_sky(has_peers: bool, has_sky: bool, spread: Spread) -> None:
    courses = _courses(has_peers=has_peers, has_sky=has_sky)
    assert half_widths_wh(courses)[0] == spread.half_width_wh(courses)[0] < 500


@pytest.mark.parametrize(("limit_wh", "half_width_wh"), [(800.0, 500.0), (1200.0, 700.0)])
def test_neither_less_than_nothing_nor_more_than_the_limit_can_be_true(limit_wh: float, half_width_wh: float) -> None:
    courses = _courses(is_open=True, scatter=0.9, ripple=0.9, limit_wh=limit_wh)
    assert half_widths_wh(courses)[0] == half_width_wh


@pytest.mark.parametrize(
    ("share", "long_h", "is_under_sun", "spread"),
    [
        (0.25, 9.0, True, 1.25 * 0.25 * 0.75),
        (0.9, 9.0, True, 1.25 * 0.9 * 0.1),
        (0.25, 1.0, False, 1.25 * 0.25 * 0.75),
        (0.25, 0.0625, False, 1.25 * 0.5 * 0.25 * 0.75),  # the fourth root of a sixteenth is a half
        (0.25, 1.5, False, 0.5 * 0.75),  # half an hour beyond one: half of what can be at most
        (0.75, 1.5, False, 0.5 * 0.75),
        (0.25, 2.0, False, 0.75),
        (0.25, 36.0, False, 0.75),
    ],
)
def test_spread_of_a_rise(share: float, long_h: float, is_under_sun: bool, spread: float) -> None:
    assert rise_spread(share, long_h, is_under_sun=is_under_sun) == pytest.approx(spread)
