"""How far the truth may lie from an estimate: the formulas of docs/uncertainty.md, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from plant_pipeline.energy.gap_model import Courses
from plant_pipeline.energy.gap_spread import half_widths_wh, rise_spread

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


@pytest.mark.parametrize(
    ("values", "half_width_wh"),
    [
        # Alone: roughness √(0.03² + 0.019² + 0.015² + 0.005²) = 0.03887; 2000 x (1.6 x 0.03887 + 0.019 x 2).
        ({}, 200.4),
        ({"is_open": True}, 1064.4),
        ({"sun_h": 0.01}, 127.6),  # no less than 5 minutes: 2000 x (0.0622 + 0.019 / 12)
        # Clear sky: √(0.03² + 0.035² + 0.045² + 0.005²) = 0.06461; 2000 x (1.75 x 0.06461 + 0.005).
        ({"has_sky": True}, 236.2),
        ({"has_sky": True, "is_open": True}, 1026.1),
        ({"has_sky": True, "sun_h": 9.0}, 236.2),
        # Peers: √(0.03² + 0.265² + 0.005²) = 0.26674; 2000 x 0.28 ^ 0.47 x (0.77 x 0.26674 + 0.008 x 2).
        ({"has_peers": True, "has_sky": True}, 243.4),
        ({"has_peers": True, "is_open": True}, 401.7),
        ({"has_peers": True, "energy_wh": 0.0, "limit_wh": 9999.0}, 85.2),  # x 0.03 ^ 0.47
        # Nothing moves: what no hours are believed to fall below.
        ({"has_sky": True, "ripple": 0.0, "scatter": 0.0, "jump": 0.0}, 27.5),
        ({"exposure_h": 0.0, "energy_wh": 0.0}, 0.0),
        # Neither less than nothing nor more than the limit can be true.
        ({"is_open": True, "limit_wh": 800.0}, 500.0),
        ({"is_open": True, "limit_wh": 1200.0}, 700.0),
        ({"is_open": True, "limit_wh": 1600.0}, 1064.4),
    ],
)
def test_half_width_of_a_gap(values: dict[str, float | bool], half_width_wh: float) -> None:
    assert half_widths_wh(_courses(**values))[0] == pytest.approx(half_width_wh, abs=0.06)


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
