"""Instants so far apart that something happens between them, and means that the end of a day divides."""

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.measuring.sampling import SAMPLING_SPREAD, SPREAD_GROWTH, sampling_half_widths_wh
from plant_pipeline.energy.series.segments import Segments
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    DAY,
    EQUATOR,
    assert_exact,
    assert_honest,
    bell,
    hour,
    instants,
    intervals,
    steady,
)


def _lines(at_s: list[float], power_w: list[float]) -> Segments:
    at, power = np.array(at_s, np.float64), np.array(power_w, np.float64)
    return Segments(np.array([0, len(at) - 1]), at[:-1], at[1:], power[:-1], power[1:])


def test_a_reading_off_the_line_of_its_neighbours_counts_with_its_share_of_time() -> None:
    """3 kW where the line has 2, an hour apart on both sides: 1 kWh off."""
    lines = _lines([0, 3600, 7200], [1000, 3000, 3000])
    assert sampling_half_widths_wh(lines, np.array([0])) == pytest.approx(SAMPLING_SPREAD * 1000)


@pytest.mark.parametrize("step_s", [300.0, 900.0, 1800.0])
def test_between_readings_close_together_less_happens(step_s: float) -> None:
    """3 kW where the line has 1: 2 kW times the step."""
    lines = _lines([0, step_s, 2 * step_s], [1000, 3000, 1000])
    closeness = min(step_s / 900, 1) ** SPREAD_GROWTH
    expected_wh = SAMPLING_SPREAD * closeness * 2000 * step_s / 3600
    assert sampling_half_widths_wh(lines, np.array([0])) == pytest.approx(expected_wh)


def test_only_the_instants_among_the_series_are_uncertain() -> None:
    one, other = _lines([0, 900, 1800], [1000, 3000, 1000]), _lines([0, 900, 1800], [1000, 1000, 1000])
    both = Segments(
        np.array([0, 2, 4]),
        *(np.concatenate(pair) for pair in zip(_columns(other), _columns(one), strict=True)),
    )
    assert list(sampling_half_widths_wh(both, np.array([1])) > 0) == [False, True]
    assert list(sampling_half_widths_wh(both, np.array([0]))) == [0, 0]
    assert list(sampling_half_widths_wh(both, np.zeros(0, np.int64))) == [0, 0]


def _columns(lines: Segments) -> tuple[Floats, ...]:
    return lines.from_s, lines.to_s, lines.from_w, lines.to_w


def test_a_hole_between_readings_is_no_bend_and_other_series_are_no_instants() -> None:
    lines = Segments(
        np.array([0, 2, 4]),
        np.array([0.0, 7200.0, 0.0, 3600.0]),
        np.array([3600.0, 10800.0, 3600.0, 7200.0]),
        np.array([1000.0, 9000.0, 1000.0, 3000.0]),
        np.array([1000.0, 0.0, 3000.0, 1000.0]),
    )
    assert list(sampling_half_widths_wh(lines, np.array([0]))) == [0, 0]


def test_a_clear_day_seen_every_half_hour_is_final(warehouse: Warehouse) -> None:
    site = Site(warehouse, technology="solar", place=EQUATOR)
    course = bell(6000)
    site.readings(site.sensor("ac_power", 0, sign=1), instants(course, np.arange(-72, 60, 0.5).tolist()))
    row = site.day(DAY)
    assert_honest(row, 6000)
    assert row.status == "final"
    assert 0 < row.uncertainty_kwh < 60


@pytest.mark.parametrize("step_h", [0.25, 0.5, 1.0])
def test_clouds_between_two_readings_are_not_final_and_wrong(warehouse: Warehouse, step_h: float) -> None:
    """Half of each stretch of 26 minutes lies under a cloud: 3,000 kWh, of which a clock sees more or less."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    clear = bell(6000)
    hours = np.arange(-72, 60, step_h)
    seen = [
        (at, value * (hour % (26 / 60) < 13 / 60))
        for (at, value), hour in zip(instants(clear, hours.tolist()), hours, strict=True)
    ]
    site.readings(site.sensor("ac_power", 0, sign=1), seen)
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 3000)


def test_a_clear_day_seen_every_quarter_of_an_hour_is_final(warehouse: Warehouse) -> None:
    site = Site(warehouse, technology="solar", place=EQUATOR)
    site.readings(site.sensor("ac_power", 0, sign=1), instants(bell(6000), np.arange(-72, 60, 0.25).tolist()))
    row = site.day(DAY)
    assert_honest(row, 6000)
    assert row.status == "final"
    assert 0 < row.uncertainty_kwh < 15


def test_steady_power_seen_every_hour_is_final(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.readings(site.sensor("ac_power", 0, sign=1), instants(steady(2400), np.arange(-72, 60, 1.0).tolist()))
    assert_exact(site.day(DAY), 2400)


def test_what_is_read_seldom_for_a_part_of_the_day_is_uncertain_in_that_part(warehouse: Warehouse) -> None:
    """The same clouds, seen each minute until noon, and every half hour from then on."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    hours = [*np.arange(-72 * 60, 12 * 60) / 60, *np.arange(12, 60, 0.5)]
    clear = instants(bell(6000), hours)
    seen = [(at, value * (hour % (26 / 60) < 13 / 60)) for (at, value), hour in zip(clear, hours, strict=True)]
    site.readings(site.sensor("ac_power", 0, sign=1), seen)
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 3000)


@pytest.mark.parametrize("quantity", ["ac_power", "production_energy"])
def test_an_hour_that_midnight_divides_may_lie_on_either_side(warehouse: Warehouse, quantity: str) -> None:
    """In India the day ends at 18:30 UTC; of 150 kWh from 18:00 on 50 came before it, after 23.5 × 100 kWh."""
    site = Site(warehouse, zone="Asia/Kolkata", technology="wind")
    hours = [(hour(label), 150_000.0 if label == 18 else 100_000.0 + label % 7) for label in range(-72, 60)]
    site.readings(site.sensor(quantity, 60, sign=1), hours)
    row = site.day(DAY)
    assert row.status == "provisional"
    assert row.produced_kwh == pytest.approx(23.5 * 100 + 75, abs=0.1)
    assert_honest(row, 23.5 * 100 + 50)


def test_the_dark_divides_an_hour_exactly(warehouse: Warehouse) -> None:
    site = Site(warehouse, zone="Asia/Kolkata", technology="solar", place=EQUATOR)
    site.readings(site.sensor("production_energy", 60, sign=1), intervals(bell(2400), step_min=60))
    assert_exact(site.day(DAY), 2400)
