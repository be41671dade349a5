"""The course of one register. Instants are minutes after the day's start; the day has 60 of them unless said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.energy.register import RegisterEnergy, RegisterReading, register_energy

HOUR = 3600.0


def _energy(
    *readings: tuple[float, float], to_min: float = 60, max_power_kw: float | None = 12, reach_min: float = 60
) -> RegisterEnergy:
    """Readings as (minute, kWh)."""
    return register_energy(
        [RegisterReading(minute * 60.0, kwh * 1000.0, index > 0) for index, (minute, kwh) in enumerate(readings)],
        0.0,
        to_min * 60.0,
        reach_min * 60.0,
        None if max_power_kw is None else max_power_kw * 1000.0,
    )


def _kinds(energy: RegisterEnergy) -> list[str]:
    return [event.kind for event in energy.events]


def test_readings_on_both_ends_are_taken_as_they_are() -> None:
    assert _energy((0, 100), (30, 104), (60, 109)).energy_wh == 9000.0


def test_ends_between_readings_lie_on_the_line_between_them() -> None:
    # -10 to 10 min: 100 to 102 kWh, so 101 at the start; 50 to 70 min: 106 to 110 kWh, so 108 at the end.
    energy = _energy((-10, 100), (10, 102), (50, 106), (70, 110))
    assert (energy.start_wh, energy.end_wh, energy.energy_wh) == (101000.0, 108000.0, 7000.0)


def test_two_readings_too_far_apart_do_not_tell_the_end_between_them() -> None:
    energy = _energy((0, 100), (30, 103), (91, 107))
    assert (energy.energy_wh, energy.null_reason, energy.end_wh) == (None, "low_completeness", None)
    assert _energy((0, 100), (30, 103), (90, 107)).energy_wh == 5000.0  # 103 + 4 / 2 = 105 at the end


def test_a_gap_inside_the_day_loses_nothing() -> None:
    assert _energy((0, 100), (600, 150), (1440, 220), to_min=1440).energy_wh == 120_000.0


def test_nothing_before_the_first_or_after_the_last_reading() -> None:
    assert _energy((5, 100), (60, 104)).null_reason == "low_completeness"
    assert _energy((0, 100), (55, 104)).null_reason == "low_completeness"
    assert _energy().null_reason == "low_completeness"


def test_rollover_counts_up_to_the_modulus() -> None:
    # 999,998.5 kWh and a step of 1.5 kWh to the modulus, then 0.4: 1.9 kWh in 10 minutes, at most 2 at 12 kW.
    energy = _energy((0, 999_997.5), (10, 999_998.5), (20, 0.4), (30, 1.4), (60, 3.0))
    assert _kinds(energy) == ["rollover"]
    assert energy.energy_wh == 1000 + 1900 + 1000 + 1600


def test_rollover_of_a_binary_counter() -> None:
    # 32 bits of Wh: 4,294,967,296 - 4,294,967,000 = 296 Wh, and 104 after it.
    energy = _energy((0, 4_294_967.0), (30, 0.104), (60, 1.0))
    assert _kinds(energy) == ["rollover"]
    assert energy.energy_wh == 296 + 104 + 896
    # 16 bits of kWh: 65,536 - 65,535 = 1 kWh, and 1 after it.
    energy = _energy((0, 65_535), (30, 1), (60, 2))
    assert (_kinds(energy), energy.energy_wh) == (["rollover"], 3000.0)


def test_far_from_a_modulus_is_a_reset_even_if_it_could_be_reached() -> None:
    # 900 kWh is 100 kWh from 1 MWh, which 1200 kW make in 5 minutes; but a tenth is not near.
    energy = _energy((0, 899.5), (10, 900), (20, 0.5), (60, 1), max_power_kw=1200)
    assert (_kinds(energy), energy.energy_wh) == (["reset"], 500.0 + 500.0 + 500.0)


def test_near_a_modulus_but_too_far_for_the_time() -> None:
    # 5 kWh to the modulus in 10 minutes would be 30 kW; 0.4 kWh since a reset is possible.
    energy = _energy((0, 999_995.0), (10, 999_995.0), (20, 0.4), (60, 1.0))
    assert _kinds(energy) == ["reset"]
    assert energy.energy_wh == 1000.0


def test_reset_counts_what_the_register_shows_since() -> None:
    energy = _energy((0, 5000), (20, 5002), (30, 1), (40, 2), (60, 4))
    assert _kinds(energy) == ["reset"]
    assert energy.energy_wh == 2000 + 1000 + 3000


def test_a_reset_to_more_than_can_have_been_produced_is_unexplained() -> None:
    # 2.1 kWh in 10 minutes would be 12.6 kW.
    energy = _energy((0, 5000), (20, 5002), (30, 2.1), (40, 3), (60, 4))
    assert (energy.energy_wh, energy.null_reason, _kinds(energy)) == (None, "meter_unexplained", ["unexplained"])


def test_without_a_highest_rate_only_zero_is_a_reset() -> None:
    assert _energy((0, 5000), (30, 0.1), (40, 0.1), (60, 1), max_power_kw=None).null_reason == "meter_unexplained"
    assert _energy((0, 5000), (30, 0), (40, 0), (60, 1), max_power_kw=None).energy_wh == 1000.0


def test_low_readings_that_come_back_are_passed_over() -> None:
    energy = _energy((0, 100), (10, 101), (20, 0), (30, 103), (60, 106))
    assert (energy.energy_wh, _kinds(energy)) == (6000.0, ["glitch"])
    energy = _energy((0, 100), (10, 101), (20, 0), (30, 0), (40, 0), (50, 105), (60, 106))
    assert (energy.energy_wh, _kinds(energy)) == (6000.0, ["glitch"] * 3)


def test_a_glitch_on_an_end_is_replaced_by_the_line_around_it() -> None:
    assert _energy((-10, 100), (0, 0), (10, 102), (60, 110)).energy_wh == 9000.0


def test_low_readings_for_too_long_are_a_reset_and_then_an_impossible_jump() -> None:
    low = [(10.0 * step, 0.0) for step in range(2, 6)]
    energy = _energy((0, 100), (10, 101), *low, (70, 120), (80, 121), to_min=80)
    assert (_kinds(energy), energy.null_reason) == (["reset", "unexplained"], "meter_unexplained")


def test_a_fall_to_another_level_is_unexplained() -> None:
    energy = _energy((0, 1000), (10, 1001), (20, 700), (30, 701), (60, 704))
    assert (energy.energy_wh, energy.null_reason) == (None, "meter_unexplained")


def test_a_small_fall_after_a_possible_rise_is_no_spike() -> None:
    energy = _energy((0, 100), (10, 101), (20, 100.5), (30, 100.6), (60, 100.9))
    assert (_kinds(energy), energy.null_reason) == (["unexplained"], "meter_unexplained")
    energy = _energy((0, 4999), (10, 5000), (30, 0.1), (40, 0.1), (60, 1), max_power_kw=None)
    assert _kinds(energy) == ["unexplained"]


def test_an_impossible_rise_that_comes_back_is_passed_over() -> None:
    energy = _energy((0, 100), (10, 101), (20, 9000), (30, 103), (60, 106))
    assert (energy.energy_wh, _kinds(energy)) == (6000.0, ["glitch"])


def test_a_spike_within_an_hour_of_production_is_found_by_its_fall() -> None:
    # 8 kWh in 10 minutes are 48 kW, though an hour at 12 kW would be enough for them.
    energy = _energy((0, 100), (10, 101), (20, 109), (30, 103), (40, 104), (50, 105), (60, 106), (70, 107))
    assert (energy.energy_wh, _kinds(energy)) == (6000.0, ["glitch"])


def test_an_impossible_rise_that_stays_is_unexplained() -> None:
    energy = _energy((0, 100), (10, 101), (20, 9000), (30, 9001), (60, 9004))
    assert (energy.energy_wh, energy.null_reason) == (None, "meter_unexplained")


def test_a_meter_that_always_exceeds_the_capacity_disproves_it() -> None:
    energy = _energy(*[(60.0 * hour, 100.0 * hour) for hour in range(5)], to_min=240)
    assert (energy.energy_wh, _kinds(energy)) == (400_000.0, [])
    assert _energy((0, 100), (60, 112)).energy_wh == 12_000.0  # just the highest rate


def test_glitches_do_not_disprove_the_capacity() -> None:
    spikes = [(5.0 + 10 * step, 9000.0) for step in range(3)]
    sound = [(10.0 * step, 100.0 + step) for step in range(4)]
    energy = _energy(*sorted(spikes + sound), (40, 9000), (50, 9001), (60, 9002))
    assert (_kinds(energy), energy.null_reason) == (["glitch"] * 3 + ["unexplained"], "meter_unexplained")


def test_a_register_in_coarse_steps_is_no_spike() -> None:
    # 10 kWh at once is 600 kW in a minute, but less than an hour at 12 kW.
    assert _energy((0, 100), (29, 100), (30, 110), (31, 110), (60, 110)).energy_wh == 10_000.0


def test_a_last_odd_reading_is_left_until_more_have_come() -> None:
    assert _energy((0, 100), (50, 105), (60, 0)).null_reason == "low_completeness"
    assert _energy((0, 100), (60, 105), (70, 0)).energy_wh == 5000.0


def test_what_happens_outside_the_day_does_not_matter() -> None:
    readings = [(-30.0, 900.0), (-20.0, 400.0), (-10.0, 401.0), (0.0, 402.0), (60.0, 404.0)]
    assert _energy(*readings).energy_wh == 2000.0
    assert _energy((-20, 900), (-10, 901), (0, 400), (10, 401), (60, 404)).energy_wh == 4000.0
    assert _energy(*readings, (80, 300), (90, 301), (99, 302)).energy_wh == 2000.0


def test_a_fall_across_an_end_spoils_both_days() -> None:
    readings = [(-70.0, 500.0), (-5.0, 502.0), (5.0, 300.0), (15.0, 301.0), (65.0, 302.0), (75.0, 303.0)]
    assert _energy(*readings).null_reason == "meter_unexplained"
    shifted = [(minute + 60, kwh) for minute, kwh in readings]
    assert _energy(*shifted).null_reason == "meter_unexplained"


@given(
    rises_wh=st.lists(st.integers(min_value=0, max_value=2000), min_size=20, max_size=80),
    first_wh=st.sampled_from([5_000_000, 10**9 - 10_000]),
    shift_min=st.integers(min_value=0, max_value=19),
    reset_at=st.integers(min_value=1, max_value=90),
    glitches=st.sets(st.integers(min_value=2, max_value=90), max_size=3),
)
def test_consecutive_days_add_up_to_the_whole(
    rises_wh: list[int], first_wh: int, shift_min: int, reset_at: int, glitches: set[int]
) -> None:
    """A reading every 20 minutes, up to 2 kWh more than the last (6 kW); days of 2 hours begin anywhere between.

    The register rolls over at a million kWh, begins anew once, and a few readings that came as 0 are to be ignored.
    """
    sure = len(rises_wh) - 5  # what comes last is only judged with what comes after it
    counters_wh, totals_wh = [first_wh], [0.0]
    for index, rise_wh in enumerate(rises_wh[1:], start=1):
        is_reset = index == reset_at <= sure and first_wh < 10**8
        counters_wh.append(((0 if is_reset else counters_wh[-1]) + rise_wh) % 10**9)
        totals_wh.append(totals_wh[-1] + rise_wh)
    # A glitch just before the register begins anew may be its new beginning: nobody can tell.
    ignored = {index for index in glitches if index < sure and 10_000 < counters_wh[index] <= counters_wh[index + 1]}
    readings = [
        RegisterReading(index * 1200.0, 0.0 if index in ignored else float(counter_wh), index > 0)
        for index, counter_wh in enumerate(counters_wh)
    ]
    first_s = shift_min * 60.0
    days = int((readings[sure].at_s - first_s) // 7200)
    energies = [
        register_energy(readings, first_s + day * 7200, first_s + (day + 1) * 7200, 4 * HOUR, 6000.0).energy_wh
        for day in range(days)
    ]

    def counted_wh(at_s: float) -> float:
        """The sum of all rises up to an instant, on the line between sound readings."""
        known = [(index * 1200.0, value) for index, value in enumerate(totals_wh) if index not in ignored]
        after = next(position for position, (known_s, _) in enumerate(known) if known_s >= at_s)
        (from_s, from_wh), (to_s, to_wh) = known[max(after - 1, 0)], known[after]
        return to_wh if to_s == at_s else from_wh + (to_wh - from_wh) * (at_s - from_s) / (to_s - from_s)

    whole_wh = counted_wh(first_s + days * 7200) - counted_wh(first_s)
    assert sum(energy for energy in energies if energy is not None) == pytest.approx(whole_wh, abs=1e-4)
    assert None not in energies
