"""What silent devices produced, and what gaps of a register leave open; numbers by hand."""

import pytest

from plant_pipeline.energy.measuring.estimates import NOTHING_MISSING, Missing, expected_of_silent, missing_of
from plant_pipeline_tests.energy.given_series import block, measured, series

ONE, OTHER = (measured(series(number, device=f"inverter {number}"), wh) for number, wh in ((1, 1000.0), (2, 3000.0)))


def test_a_silent_device_is_taken_to_produce_what_its_peers_do_by_their_size() -> None:
    # 10 and 15 Wh a watt: 12.5, give or take twice a spread of 2.5 / 12.5.
    silent = expected_of_silent([ONE, OTHER], [100.0, 200.0], 40.0)
    assert (silent.energy_wh, silent.half_width_wh) == pytest.approx((500.0, 200.0))
    # Alike peers are believed to a tenth, a single one to a half; one without a size tells nothing.
    assert expected_of_silent([ONE, OTHER], [100.0, 300.0], 40.0) == Missing(400.0, 40.0)
    assert expected_of_silent([ONE], [100.0], 40.0) == Missing(400.0, 200.0)
    assert expected_of_silent([ONE, OTHER], [100.0, 0.0], 40.0) == Missing(400.0, 200.0)
    assert expected_of_silent([ONE], [0.0], 40.0) == Missing(None, 0.0)
    assert expected_of_silent([], [], 40.0) == Missing(None, 0.0)


def test_of_a_calm_day_nothing_is_expected() -> None:
    still = [measured(series(number), 0.0) for number in (1, 2)]
    assert expected_of_silent(still, [100.0, 100.0], 40.0) == NOTHING_MISSING


def test_without_gaps_only_the_ends_of_registers_are_open() -> None:
    register = measured(series(1, "production_energy", "register"), 1000.0, own_half_width_wh=30.0)
    assert missing_of(block([register, OTHER])) == {1: Missing(0.0, 30.0)}
