import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.registry.main_meter import choose_main_meter


@pytest.mark.parametrize(
    ("energies_kwh", "main"),
    [
        ({"7": 100.0, "8": 98.0}, "7"),  # 2 of 100 kWh is just 2 %
        ({"7": 98.0, "8": 100.0}, "7"),
        ({"7": 100.0, "8": 97.9}, None),
        ({"7": 100.0, "8": 99.0, "9": 50.0}, None),
        ({"7": 100.0, "8": 99.0, "9": 98.5}, "7"),
        ({"7": 0.0, "8": 0.0}, None),
        ({"7": -100.0, "8": -99.0}, None),
        ({"7": math.nan, "8": 100.0}, None),
        ({}, None),
    ],
)
def test_meters_within_two_percent_are_main_and_check(energies_kwh: dict[str, float], main: str | None) -> None:
    assert choose_main_meter(energies_kwh) == main


@given(st.lists(st.floats(min_value=0.0, max_value=1e9), min_size=1, max_size=6))
def test_whether_there_is_a_main_meter_does_not_depend_on_the_order(energies: list[float]) -> None:
    forward = choose_main_meter(dict(enumerate(energies)))
    backward = choose_main_meter(dict(enumerate(reversed(energies))))
    assert (forward is None) == (backward is None)
    assert forward in (None, 0)
