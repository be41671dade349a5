"""In which direction a power series counts production, from how high it goes on both sides of zero (W)."""

import pytest

from plant_pipeline.energy.day.learning import sign_of


@pytest.mark.parametrize(
    ("above_w", "below_w", "least_w", "sign"),
    [
        (300.0, 100.0, 50.0, 1),  # thrice as high
        (299.0, 100.0, 50.0, None),
        (100.0, 300.0, 50.0, -1),
        (100.0, 299.0, 50.0, None),
        (300.0, 0.0, 50.0, 1),
        (0.0, 300.0, 50.0, -1),
        (50.0, 0.0, 50.0, None),  # may be drawn
        (50.1, 0.0, 50.0, 1),
        (0.0, 50.1, 50.0, -1),
        (0.0, 0.0, 0.0, None),
    ],
)
def test_production_goes_thrice_as_high_as_what_a_plant_draws(
    above_w: float, below_w: float, least_w: float, sign: int | None
) -> None:
    assert sign_of(above_w, below_w, least_w) == sign
