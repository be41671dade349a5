"""Which irradiance sensors are voted out; irradiations over a day of 12 h with the sun up, by hand."""

import pytest

from plant_pipeline.energy.day.day_series import Sun
from plant_pipeline.energy.figures.irradiance import voted_out
from plant_pipeline_tests.energy.given_series import HOUR_S, Stretch, block, measured, series

SUN = Sun(((6 * HOUR_S, 18 * HOUR_S),))


def _constant(w_per_m2: float, from_h: float = 0.0, to_h: float = 24.0) -> list[Stretch]:
    return [(from_h * HOUR_S, to_h * HOUR_S, w_per_m2, w_per_m2)]


def _voted_out(*of_sensors: list[Stretch], sun: Sun | None = SUN) -> set[int]:
    """Of sensors with the ids 1, 2, 3 and so on."""
    records = [
        measured(series(place + 1, "irradiance_poa"), place=place, coverage=0.5) for place in range(len(of_sensors))
    ]
    return voted_out(block(records, *of_sensors), records, sun)


@pytest.mark.parametrize(
    ("w_per_m2", "found"),
    [
        ((100, 100, 110), set()),
        ((100, 100, 111), {3}),
        ((100, 90, 100), set()),
        ((89, 100, 100), {1}),
        ((100, 101, 200, 50), {3, 4}),
        # Two say nothing of each other, unless one is dead: below a twentieth.
        ((100, 50), set()),
        ((100, 5), set()),
        ((100, 4.9), {2}),
        ((100, 50, 4.9), {3}),
        ((100, 100, 4.9, 130), {3, 4}),
        ((100,), set()),
        ((), set()),
    ],
)
def test_a_sensor_more_than_a_tenth_from_the_median_of_three_contradicts_them(
    w_per_m2: tuple[float, ...], found: set[int]
) -> None:
    assert _voted_out(*(_constant(own) for own in w_per_m2)) == found


def test_a_dark_day_tells_nothing() -> None:
    assert _voted_out(_constant(17), _constant(0)) == {2}  # 204 Wh/m² in 12 h
    assert _voted_out(_constant(16.6), _constant(0)) == set()  # 199.2
    assert _voted_out(_constant(100), _constant(0), sun=None) == set()
    assert _voted_out(_constant(100), _constant(0), sun=Sun(())) == set()


def test_only_time_with_the_sun_up_counts_and_no_offset_below_zero() -> None:
    night = [*_constant(900, 0, 5), *_constant(100, 5, 24)]
    assert _voted_out(night, _constant(100), _constant(100)) == set()
    offset = [*_constant(-90, 6, 9), *_constant(100, 9, 24)]
    # 900 Wh/m² beside 960 and 948; with the offset it would be 630, far off.
    assert _voted_out(offset, _constant(80), _constant(79)) == set()


def test_sensors_are_compared_over_the_time_that_all_of_them_measured() -> None:
    half = _constant(100, 12, 24)
    assert _voted_out(half, _constant(100), _constant(100)) == set()
    # If that is less than a quarter of it, over the whole day.
    assert _voted_out(_constant(100, 14.9, 24), _constant(100), _constant(100)) == set()
    assert _voted_out(_constant(100, 15.2, 24), _constant(100), _constant(100)) == {1}
