"""Any course of power, asked at any instants: the truth lies within what is told, in any zone and on any day."""

from datetime import date
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.arrays import Floats
from plant_pipeline.days import day_window
from plant_pipeline.energy.day.day_series import bounds_of
from plant_pipeline.energy.methods.samples import SampledRecord, sampled_day
from plant_pipeline.energy.methods.utc_counters import UTC_DAY_S, CounterSamples, counter_steps
from plant_pipeline.energy.series.plant_days import PlantDay

_STEP_S = 300
_CAPACITY_KW = 1000.0
_DAYS = (
    ("Europe/Prague", date(2026, 3, 29)),
    ("Europe/Prague", date(2026, 10, 25)),
    ("America/Los_Angeles", date(2026, 3, 8)),
    ("America/Los_Angeles", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour back
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 6, 15)),
    ("Pacific/Apia", date(2026, 6, 15)),
    ("Pacific/Pago_Pago", date(2026, 6, 15)),
    ("UTC", date(2026, 6, 15)),
)


def _energy_kwh(edges_s: Floats, power_kw: Floats, from_s: Floats | float, to_s: Floats | float) -> Floats:
    """The integral of power between two instants, on steps of its own."""
    summed = np.append(0.0, np.cumsum(power_kw * np.diff(edges_s) / 3600))
    found: Floats = np.interp(to_s, edges_s, summed) - np.interp(from_s, edges_s, summed)
    return found


@given(
    place=st.sampled_from(_DAYS),
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(0, 400),
    calm_share=st.floats(0, 1),
    beside_midnight=st.booleans(),
    late=st.booleans(),
)
def test_the_truth_lies_within_the_uncertainty(
    place: tuple[str, date], seed: int, samples: int, calm_share: float, beside_midnight: bool, late: bool
) -> None:
    zone, day = place
    window = day_window(day, zone)
    assert window is not None
    plant = PlantDay(UUID(int=1), "P-A", "wind", None, None, _CAPACITY_KW, window)
    start_s, end_s = bounds_of(plant)
    random = np.random.default_rng(seed)
    edges_s = np.arange(start_s - 2 * UTC_DAY_S, end_s + 3 * UTC_DAY_S + 1, _STEP_S)
    power_kw = _CAPACITY_KW * random.random(len(edges_s) - 1) * (random.random(len(edges_s) - 1) >= calm_share)
    at_s = random.uniform(start_s - UTC_DAY_S, end_s + UTC_DAY_S, samples)
    if beside_midnight:
        midnights_s = np.arange(start_s // UTC_DAY_S * UTC_DAY_S, end_s + UTC_DAY_S, UTC_DAY_S)
        at_s = np.concatenate([at_s, midnights_s - 60, midnights_s + 60])
    at_s = np.sort(at_s)
    midnight_s = at_s // UTC_DAY_S * UTC_DAY_S
    if late:  # for ten minutes the source still shows the day before
        midnight_s = np.where(at_s - midnight_s < 600, midnight_s - UTC_DAY_S, midnight_s)
    counted_until_s = np.minimum(at_s, midnight_s + UTC_DAY_S)
    count_kwh = _energy_kwh(edges_s, power_kw, midnight_s, counted_until_s)
    nothing = np.full(len(at_s), np.nan)
    record = SampledRecord("voke", "gate", at_s, midnight_s, count_kwh, nothing, nothing, nothing)
    found = sampled_day(plant, [record]).candidate
    truth_kwh = float(_energy_kwh(edges_s, power_kw, start_s, end_s))
    assert 0 <= found.coverage <= 1
    if found.produced_kwh is None:
        assert found.null_reason in ("source_day_not_local", "low_completeness")
    elif found.uncertainty_kwh is not None and found.gap_kwh is not None:
        told_kwh = found.produced_kwh + found.gap_kwh
        assert abs(told_kwh - truth_kwh) <= found.uncertainty_kwh + 1e-5
    if found.is_final(0.0):
        assert abs((found.whole_kwh or 0.0) - truth_kwh) <= 0.01 * truth_kwh + 1e-5


def test_steps_of_a_day() -> None:
    """Asked at 6 (10 kWh) and 18 h (40 kWh), and of the next day at 6 h (5 kWh)."""
    at_s = np.array([6.0, 18.0, 30.0]) * 3600
    samples = CounterSamples(at_s, np.array([0.0, 0.0, UTC_DAY_S]), np.array([10.0, 40.0, 5.0]))
    steps = counter_steps(samples, 0.0, UTC_DAY_S, 0.0, UTC_DAY_S)
    assert (steps.from_s / 3600).tolist() == [0, 6, 18, 24, 30]
    assert (steps.to_s / 3600).tolist() == [6, 18, 24, 30, 48]
    assert np.array_equal(steps.energy_kwh, [10, 30, np.nan, 5, np.nan], equal_nan=True)
    assert (steps.usual_s, steps.has_fallen) == (12 * 3600, False)


def test_a_counter_that_falls_on_another_day_says_nothing_of_this_one() -> None:
    """One kWh an hour; the next day it begins anew between 11 and 12 h."""
    hours = np.arange(1.0, 48.0)
    midnight_s = np.where(hours <= 24, 0.0, UTC_DAY_S)
    count_kwh = np.where(hours <= 24, hours, np.where(hours < 36, hours - 24, hours - 36))
    samples = CounterSamples(hours * 3600, midnight_s, count_kwh)
    first, second = (counter_steps(samples, 0.0, UTC_DAY_S, day_s, day_s + UTC_DAY_S) for day_s in (0.0, UTC_DAY_S))
    assert (first.has_fallen, second.has_fallen) == (False, True)
    # A local day that ends at 11 h of the second UTC day or begins at noon is sound, one with the time between is not.
    for start_h, end_h, has_fallen in ((11, 35, False), (11, 36, True), (35, 48, True), (36, 48, False)):
        assert counter_steps(samples, 0.0, UTC_DAY_S, start_h * 3600, end_h * 3600).has_fallen is has_fallen
