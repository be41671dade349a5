"""Sunrise and sunset against the sun's elevation as pvlib computes it minute by minute."""

import uuid
from datetime import date

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plant_pipeline.days import day_window
from plant_pipeline.kpi.daylight import daylight_of

PLANT = uuid.uuid4()


def minutes_of_sun(zone: str, day: date, latitude: float, longitude: float) -> tuple[np.ndarray, np.ndarray]:
    """For each minute of the local day: whether the sun is up, by our intervals and by its elevation in degrees."""
    window = day_window(day, zone)
    assert window is not None
    minutes = pd.date_range(window.start_utc, window.end_utc, freq="min", inclusive="left")
    ours = np.zeros(len(minutes), dtype=bool)
    for _, rise_utc, set_utc in daylight_of([(PLANT, window, latitude, longitude)]):
        ours |= (minutes >= rise_utc) & (minutes < set_utc)
    return ours, pvlib.solarposition.get_solarposition(minutes, latitude, longitude)["elevation"].to_numpy()


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    st.floats(-65, 65),
    st.sampled_from([("UTC", 0.0), ("Pacific/Apia", -172.0), ("Asia/Kolkata", 78.0), ("America/Denver", -105.0)]),
)
def test_the_sun_is_up_when_its_elevation_says_so(day: date, latitude: float, place: tuple[str, float]) -> None:
    ours, elevation = minutes_of_sun(place[0], day, latitude, place[1])
    # The sun crosses a third of a degree in two minutes or more; nearer to the horizon nothing is claimed.
    is_clear = np.abs(elevation) > 0.35
    assert (ours == (elevation > 0))[is_clear].all()


@pytest.mark.parametrize(("day", "share"), [(date(2026, 6, 21), 1.0), (date(2026, 12, 21), 0.0)])
def test_polar_day_and_night(day: date, share: float) -> None:
    ours, _ = minutes_of_sun("Europe/Oslo", day, 78.2, 15.6)
    assert ours.mean() == share


def test_no_plants() -> None:
    assert daylight_of([]) == []
