import math
from collections.abc import Sequence

import numpy as np
import pytest

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.gaps.estimate import Estimate, combine, estimate_gaps, peers_of, split_rise
from plant_pipeline.energy.gaps.model import Profiles
from plant_pipeline.energy.series.clear_sky import ClearSky, clear_sky_of

STEP_S = 300.0
HOUR_S = 3600.0
CELLS = 28 * 12
MIDNIGHT_S = 1_466_492_400.0  # 2016-06-21 00:00 in Golden, Colorado (UTC-7 in the series used here)
START_S = MIDNIGHT_S - 2 * HOUR_S
HOURS = (np.arange(CELLS) + 0.5) / 12 - 2  # of the local day, at the middle of each cell


def _sky(latitude: float = 39.74, longitude: float = -105.18) -> ClearSky:
    relative, ceiling = clear_sky_of(np.array([latitude]), np.array([longitude]), np.array([START_S]), STEP_S, CELLS)
    return ClearSky(START_S, STEP_S, relative[0], ceiling[0])


def _gap(from_h: float, to_h: float) -> tuple[float, float]:
    return MIDNIGHT_S + from_h * HOUR_S, MIDNIGHT_S + to_h * HOUR_S


def _without(power_w: Floats, from_h: float, to_h: float) -> Floats:
    """The power with a hole, which holds whole cells."""
    return np.where((from_h < HOURS) & (to_h > HOURS), np.nan, power_w)


def _estimate(
    gap: tuple[float, float],
    own_w: Floats,
    *,
    peers: Sequence[Floats] = (),
    clear_sky: ClearSky | None = None,
    rating_w: float | None = None,
) -> Estimate:
    """Of one gap in the power of one device."""
    profiles = Profiles(
        np.array([START_S]),
        STEP_S,
        own_w[None],
        peers_of(np.stack([own_w, *peers]))[:1] if peers else None,
        None if clear_sky is None else clear_sky.relative[None],
        None if clear_sky is None else clear_sky.ceiling[None],
        None if rating_w is None else np.array([rating_w]),
        np.array([300.0]),
    )
    found = estimate_gaps(np.array([gap[0]]), np.array([gap[1]]), np.zeros(1, np.intp), profiles)
    return Estimate(float(found.energy_wh[0]), float(found.half_width_wh[0]), found.basis[0])


def _energy_wh(power_w: Floats, from_h: float, to_h: float) -> float:
    return float(power_w[(from_h < HOURS) & (to_h > HOURS)].sum() / 12)


# A register's rise around an instant.


def test_without_a_sky_a_rise_is_split_in_proportion_to_time() -> None:
    at_wh, half_width_wh = split_rise(0.0, 1000.0, 3600.0, 1100.0, 900.0, None)
    assert at_wh == pytest.approx(1025.0)
    assert 0 < half_width_wh <= 100


def test_a_register_that_did_not_rise_is_known_at_every_instant_between() -> None:
    assert split_rise(0.0, 1000.0, 36 * HOUR_S, 1000.0, 9 * HOUR_S, None) == (1000.0, 0.0)


@pytest.mark.parametrize(("boundary_s", "at_wh"), [(0.0, 1000.0), (3600.0, 1100.0)])
def test_a_reading_at_the_instant_is_the_register(boundary_s: float, at_wh: float) -> None:
    assert split_rise(0.0, 1000.0, 3600.0, 1100.0, boundary_s, None) == (at_wh, 0.0)


def test_a_rise_that_the_sun_made_before_the_instant_is_all_before_it() -> None:
    # A place three hours west of its zone: the sun is up until 22:30 and from 07:30.
    from_s, to_s = MIDNIGHT_S - 2 * HOUR_S + 1, MIDNIGHT_S + 4 * HOUR_S
    assert split_rise(from_s, 0.0, to_s, 500.0, MIDNIGHT_S, _sky(39.74, -150.0)) == (500.0, 0.0)


def test_a_rise_between_two_suns_is_split_by_them_and_uncertain() -> None:
    # With the zone's midnight at noon of the place half of the rise lies before it, give or take the planes' tilt.
    at_wh, half_width_wh = split_rise(START_S, 0.0, MIDNIGHT_S + 2 * HOUR_S, 400.0, MIDNIGHT_S, _sky(39.74, 75.0))
    assert at_wh == pytest.approx(200.0, rel=0.05)
    assert 0 < half_width_wh <= 200


def test_the_sun_down_all_the_time_leaves_nothing_uncertain() -> None:
    at_wh, half_width_wh = split_rise(
        MIDNIGHT_S, 0.0, MIDNIGHT_S + 4 * HOUR_S, 1.0, MIDNIGHT_S + 3 * HOUR_S, _sky(39.74, -105.18)
    )
    assert (at_wh, half_width_wh) == (0.75, 0.0)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("long_h", [0.1, 1.0, 36.0, 500.0])
def test_the_register_lies_between_its_readings(share: float, long_h: float) -> None:
    at_wh, half_width_wh = split_rise(0.0, 0.0, long_h * HOUR_S, 100.0, share * long_h * HOUR_S, None)
    assert 0 < at_wh < 100
    assert half_width_wh <= max(at_wh, 100 - at_wh) + 1e-9


def test_an_instant_outside_the_readings_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the readings"):
        split_rise(0.0, 0.0, 1.0, 1.0, 2.0, None)


# Gaps in power.


def test_a_clear_day_is_known_in_a_short_gap_and_in_a_whole_morning() -> None:
    sky = _sky()
    power_w = 800.0 * sky.relative
    short = _estimate(_gap(11, 11.25), _without(power_w, 11, 11.25), clear_sky=sky)
    assert short.basis == "neighbours"
    assert short.energy_wh == pytest.approx(_energy_wh(power_w, 11, 11.25), rel=1e-3)
    morning = _estimate(_gap(0, 12), _without(power_w, 0, 12), clear_sky=sky)
    assert morning.basis == "clear_sky"
    assert morning.energy_wh == pytest.approx(_energy_wh(power_w, 0, 12), rel=1e-3)
    assert short.half_width_wh / short.energy_wh < morning.half_width_wh / morning.energy_wh


@pytest.mark.parametrize("tilt", [-0.4, 0.4])
def test_modules_that_look_to_the_east_or_west_tell_so_in_the_afternoon(tilt: float) -> None:
    sky = _sky()
    noon_h = float(np.average(HOURS, weights=sky.relative))
    power_w = 800.0 * sky.relative * (1 + tilt * np.sin((HOURS - noon_h) * np.pi / 12))
    morning = _estimate(_gap(0, 12), _without(power_w, 0, 12), clear_sky=sky)
    assert morning.energy_wh == pytest.approx(_energy_wh(power_w, 0, 12), rel=0.03)


def test_clouds_of_an_afternoon_are_not_taken_for_the_plane_of_the_modules() -> None:
    sky = _sky()
    clouds = 0.6 + 0.4 * np.sign(np.sin(HOURS * 7))
    morning = _estimate(_gap(0, 12), _without(800.0 * sky.relative * clouds, 0, 12), clear_sky=sky)
    assert morning.energy_wh == pytest.approx(0.6 * 800.0 * _energy_wh(sky.relative, 0, 12), rel=0.15)


def test_a_night_is_exactly_nothing_even_if_nobody_measured_all_day() -> None:
    sky = _sky()
    nothing = np.full(CELLS, np.nan)
    assert _estimate(_gap(0, 4), nothing, clear_sky=sky) == Estimate(0.0, 0.0, "clear_sky")


def test_without_any_measurement_under_the_sun_nothing_is_guessed() -> None:
    sky = _sky()
    estimate = _estimate(_gap(3, 22), _without(800.0 * sky.relative, 3, 22), clear_sky=sky, rating_w=1000.0)
    assert estimate.basis == "none"
    assert math.isnan(estimate.energy_wh)
    assert math.isnan(estimate.half_width_wh)


def test_between_steady_neighbours_wind_is_interpolated() -> None:
    power_w = np.where(HOURS < 10, 1000.0, 3000.0)
    estimate = _estimate(_gap(9, 11), _without(power_w, 9, 11))
    assert estimate.basis == "neighbours"
    assert estimate.energy_wh == pytest.approx(4000.0, rel=0.02)


def test_a_lull_that_only_the_peers_saw_is_in_the_estimate() -> None:
    lull = np.where((HOURS > 9) & (HOURS < 12), 0.1, 1.0)
    own, peers = _without(2000.0 * lull, 9, 12), [size * lull for size in (900.0, 4000.0)]
    assert _estimate(_gap(9, 12), own).energy_wh == pytest.approx(6000.0, rel=0.01)
    with_peers = _estimate(_gap(9, 12), own, peers=peers)
    assert with_peers.basis == "peers"
    assert with_peers.energy_wh == pytest.approx(600.0, rel=0.01)


def test_peers_that_are_missing_at_the_same_time_do_not_count() -> None:
    power_w = np.full(CELLS, 1000.0)
    own, peer = _without(power_w, 9, 12), _without(power_w, 10, 11)
    assert _estimate(_gap(9, 12), own, peers=[peer]).basis == "neighbours"


def test_an_unsteady_day_is_less_certain_than_a_steady_one() -> None:
    sky = _sky()
    clouds = 0.6 + 0.4 * np.sign(np.sin(HOURS * 7))
    steady = _estimate(_gap(11, 12), _without(800.0 * sky.relative, 11, 12), clear_sky=sky)
    unsteady = _estimate(_gap(11, 12), _without(800.0 * sky.relative * clouds, 11, 12), clear_sky=sky)
    assert unsteady.half_width_wh > 4 * steady.half_width_wh


def test_no_more_is_thought_possible_than_the_rating_under_the_clear_sky() -> None:
    sky = _sky()
    clouds = 0.6 + 0.4 * np.sign(np.sin(HOURS * 7))
    gap, own = _gap(5, 12), _without(800.0 * sky.relative * clouds, 5, 12)
    most_wh = 900.0 * _energy_wh(sky.ceiling, 5, 12)
    estimate = _estimate(gap, own, clear_sky=sky, rating_w=900.0)
    assert estimate.energy_wh + estimate.half_width_wh <= 2 * most_wh
    assert estimate.half_width_wh <= max(estimate.energy_wh, most_wh - estimate.energy_wh)


def test_many_gaps_at_once_are_what_each_is_alone() -> None:
    sky = _sky()
    generator = np.random.default_rng(7)
    power_w = sky.relative * generator.uniform(100, 1000, (3, CELLS))
    hours = [(8.0, 8.25), (10.0, 13.0), (12.0, 12.5)]
    profiles = Profiles(
        np.full(3, START_S),
        STEP_S,
        np.stack([_without(power, *gap) for power, gap in zip(power_w, hours, strict=True)]),
        relative=np.tile(sky.relative, (3, 1)),
        ceiling=np.tile(sky.ceiling, (3, 1)),
    )
    gaps = [_gap(*gap) for gap in hours]
    found = estimate_gaps(
        np.array([gap[0] for gap in gaps]), np.array([gap[1] for gap in gaps]), np.arange(3), profiles
    )
    for index, gap in enumerate(gaps):
        alone = _estimate(gap, profiles.power_w[index], clear_sky=sky)
        assert found.energy_wh[index] == pytest.approx(alone.energy_wh, rel=1e-6)
        assert found.half_width_wh[index] == pytest.approx(alone.half_width_wh, rel=1e-6)


def test_peers_of_a_device_are_scaled_to_each_other_and_leave_it_out() -> None:
    wind = np.array([1.0, 2.0, 3.0, 4.0])
    power_w = np.stack([wind * 10, wind * 20, np.where(wind == 4, np.nan, wind * 60)])
    peers_w = peers_of(power_w)
    for device in range(3):
        assert peers_w[device, :3] / peers_w[device, 0] == pytest.approx(wind[:3])
    assert np.isnan(peers_of(power_w[:1])).all()


# Several gaps of one day.


def test_errors_of_a_day_are_independent_unless_said_otherwise() -> None:
    gaps = [Estimate(100.0, 30.0, "neighbours"), Estimate(50.0, 40.0, "clear_sky")]
    assert combine(gaps, correlation=0.0) == Estimate(150.0, 50.0, "clear_sky")
    assert combine(gaps, correlation=1.0) == Estimate(150.0, 70.0, "clear_sky")
    assert combine(gaps) == combine(gaps, correlation=0.0)
    assert combine([]).half_width_wh == 0


def test_a_day_with_an_unknown_gap_is_unknown() -> None:
    together = combine([Estimate(100.0, 30.0, "neighbours"), Estimate(math.nan, math.nan, "none")])
    assert math.isnan(together.energy_wh)
    assert together.basis == "none"
