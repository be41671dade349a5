"""What several methods say of one plant's energy, and which is believed: every limit, by numbers worked out by hand."""

import math
from dataclasses import replace
from typing import Any

import pytest

from plant_pipeline.energy.measuring.estimates import NOTHING_MISSING, Missing
from plant_pipeline.energy.methods.candidates import (
    Candidate,
    DeviceView,
    Method,
    candidate_of,
    choose,
    compared,
    first_reason,
    is_too_little,
    to_kwh,
    total,
)
from plant_pipeline_tests.energy.given_series import measured, series

REGISTER: Method = "register_difference"
POWER: Method = "power_integral"
SUM: Method = "inverter_sum"


def _candidate(
    produced_kwh: float | None,
    method: Method = POWER,
    *,
    gap_kwh: float | None = 0.0,
    uncertainty_kwh: float | None = 0.0,
    completeness: float = 1.0,
    **values: Any,
) -> Candidate:
    return Candidate(
        method=method,
        produced_kwh=produced_kwh,
        coverage=completeness,
        data_completeness=completeness,
        completeness=completeness,
        gap_kwh=gap_kwh,
        uncertainty_kwh=uncertainty_kwh,
        **{
            "reverse_kwh": None,
            "daylight_completeness": None,
            "null_reason": None if produced_kwh is not None else "no_data",
            "sensor_ids": (1,),
            **values,
        },
    )


def _flags(candidates: list[Candidate], calm_kwh: float = 0.0) -> dict[Method, tuple[str, ...]]:
    return {candidate.method: candidate.flags for candidate in compared(candidates, calm_kwh)[0]}


def _chosen(*candidates: Candidate, calm_kwh: float = 0.0) -> Method:
    best = choose(compared(candidates, calm_kwh)[0], calm_kwh)
    assert best is not None
    return best.method


# Complete and final.


@pytest.mark.parametrize(("completeness", "is_complete"), [(0.9, True), (0.9 - 1e-12, True), (0.899, False)])
def test_a_day_is_complete_from_nine_tenths_on(completeness: float, is_complete: bool) -> None:
    assert _candidate(1.0, completeness=completeness).is_complete is is_complete
    assert not _candidate(None, completeness=completeness).is_complete


@pytest.mark.parametrize(
    ("produced_kwh", "gap_kwh", "uncertainty_kwh", "calm_kwh", "is_final"),
    [
        (99.0, 1.0, 0.0, 0.0, True),  # 1 % of 100
        (99.0, 0.5, 0.5, 0.0, False),  # 1 % of 99.5
        (99.0, 0.5, 0.49, 0.0, True),
        (99.0, 1.0, 0.3, 1.3, True),
        (99.0, 1.0, 0.31, 1.3, False),
        (0.0, 0.0, 0.0, 0.0, True),
        (99.0, None, 0.0, 9.0, False),
        (99.0, 0.0, None, 9.0, False),
    ],
)
def test_an_energy_is_final_if_its_gaps_hide_a_hundredth_of_it_or_what_a_calm_day_gives(
    produced_kwh: float, gap_kwh: float | None, uncertainty_kwh: float | None, calm_kwh: float, is_final: bool
) -> None:
    assert _candidate(produced_kwh, gap_kwh=gap_kwh, uncertainty_kwh=uncertainty_kwh).is_final(calm_kwh) is is_final


def test_what_is_doubtful_contradicted_or_incomplete_is_not_final() -> None:
    assert _candidate(100.0, flags=("outlier", "stuck")).is_final(0.0)
    assert not _candidate(100.0, is_doubtful=True).is_final(0.0)
    assert not _candidate(100.0, flags=("methods_disagree",)).is_final(0.0)
    assert not _candidate(100.0, flags=("meter_unexplained",)).is_final(0.0)
    assert not _candidate(100.0, completeness=0.89).is_final(0.0)


def test_the_whole_energy_is_measured_and_estimated_together_or_unknown() -> None:
    assert _candidate(90.0, gap_kwh=10.0).whole_kwh == 100.0
    assert _candidate(90.0, gap_kwh=None).whole_kwh is None
    assert _candidate(90.0, uncertainty_kwh=None).whole_kwh is None
    assert _candidate(None).whole_kwh is None


def test_energies_are_stored_to_the_milliwatt_hour_and_never_as_minus_zero() -> None:
    assert to_kwh(1_234.567_891_5) == 1.234568
    assert (to_kwh(0.0006), to_kwh(0.0004)) == (0.000001, 0.0)
    assert math.copysign(1.0, to_kwh(-0.0004)) == 1.0


def test_below_a_third_of_the_time_no_energy_is_told() -> None:
    assert not is_too_little(1 / 3)
    assert not is_too_little(sum([1 / 72] * 24))
    assert is_too_little(0.333)


def test_the_most_telling_reason_is_named() -> None:
    assert first_reason(["no_data", None, "missing_parameter", "low_completeness"]) == "missing_parameter"
    assert first_reason([None, None]) is None


# Sums.


def test_a_sum_is_as_complete_as_its_least_part_and_adds_the_rest() -> None:
    one = _candidate(
        10.0, gap_kwh=1.0, uncertainty_kwh=0.5, completeness=0.95, reverse_kwh=2.0, flags=("outlier", "stuck")
    )
    other = _candidate(
        20.0, gap_kwh=3.0, uncertainty_kwh=0.25, reverse_kwh=4.0, flags=("stuck",), sensor_ids=(2, 3), is_doubtful=True
    )
    other = replace(other, daylight_completeness=0.98)
    assert total(SUM, [one, other]) == Candidate(
        method=SUM,
        produced_kwh=30.0,
        reverse_kwh=6.0,
        coverage=0.95,
        data_completeness=0.95,
        daylight_completeness=0.98,
        completeness=0.95,
        null_reason=None,
        sensor_ids=(1, 2, 3),
        gap_kwh=4.0,
        uncertainty_kwh=0.75,
        flags=("outlier", "stuck"),
        is_doubtful=True,
    )


def test_a_sum_lacks_what_one_of_its_parts_lacks() -> None:
    whole, lacking = _candidate(10.0, reverse_kwh=1.0), _candidate(20.0, gap_kwh=None, uncertainty_kwh=None)
    summed = total(SUM, [whole, lacking])
    assert (summed.produced_kwh, summed.reverse_kwh, summed.gap_kwh, summed.uncertainty_kwh) == (30.0, None, None, None)
    missing = total(SUM, [whole, _candidate(None), _candidate(None, null_reason="meter_unexplained")])
    assert (missing.produced_kwh, missing.null_reason, missing.is_doubtful) == (None, "meter_unexplained", False)
    assert (missing.gap_kwh, missing.uncertainty_kwh) == (None, None)


def test_a_sum_of_one_part_is_that_part() -> None:
    one = _candidate(10.0, flags=("stuck", "stuck"))
    assert total(POWER, [one]) is one
    assert total(SUM, [one]) == replace(one, method=SUM)


# Methods against each other.


@pytest.mark.parametrize(
    ("one", "other", "calm_kwh", "do_disagree"),
    [
        (_candidate(100.0, SUM), _candidate(98.0), 0.0, False),  # 2 % of the larger
        (_candidate(100.0, SUM), _candidate(97.9), 0.0, True),
        (_candidate(97.9, SUM), _candidate(100.0), 0.0, True),
        (_candidate(90.0, SUM, gap_kwh=9.0), _candidate(100.0), 0.0, False),  # 99 of 100 in all
        (_candidate(100.0, SUM, uncertainty_kwh=2.0), _candidate(95.0, uncertainty_kwh=3.0), 0.0, False),
        (_candidate(100.0, SUM, uncertainty_kwh=2.0), _candidate(94.9, uncertainty_kwh=3.0), 0.0, True),
        (_candidate(10.0, SUM), _candidate(9.0), 5.0, False),  # the calm of a day, up to a tenth of the larger
        (_candidate(10.0, SUM), _candidate(8.9), 5.0, True),
        (_candidate(10.0, SUM), _candidate(9.5), 0.5, False),
        (_candidate(10.0, SUM), _candidate(9.4), 0.5, True),
        (_candidate(100.0, SUM), _candidate(50.0, gap_kwh=None), 0.0, False),  # not known how far apart
        (_candidate(50.0, SUM, gap_kwh=None), _candidate(100.0), 0.0, False),
        (_candidate(100.0, SUM), _candidate(None), 0.0, False),
    ],
)
def test_methods_contradict_each_other_beyond_two_percent_and_both_uncertainties(
    one: Candidate, other: Candidate, calm_kwh: float, do_disagree: bool
) -> None:
    flags = ("methods_disagree",) if do_disagree else ()
    assert _flags([one, other], calm_kwh) == {SUM: flags, POWER: flags}
    assert len(compared([one, other], calm_kwh)[1]) == do_disagree


def test_each_pair_is_held_against_each_other_once() -> None:
    candidates = [_candidate(50.0, REGISTER), _candidate(100.0), _candidate(100.0, SUM)]
    assert _flags(candidates) == {
        REGISTER: ("methods_disagree",),
        POWER: ("methods_disagree",),
        SUM: ("methods_disagree",),
    }
    assert len(compared(candidates, 0.0)[1]) == 2


@pytest.mark.parametrize(
    ("register_kwh", "power_kwh", "calm_kwh", "is_stuck"),
    [
        (0.0, 10.0, 0.0, True),
        (1.0, 10.0, 5.0, True),  # a tenth of what the other says
        (1.1, 10.0, 5.0, False),
        (0.5, 10.0, 0.5, True),
        (0.6, 10.0, 0.5, False),
        (10.0, 0.0, 0.0, False),
    ],
)
def test_a_register_that_stands_still_is_told(
    register_kwh: float, power_kwh: float, calm_kwh: float, is_stuck: bool
) -> None:
    flags = _flags([_candidate(register_kwh, REGISTER), _candidate(power_kwh)], calm_kwh)
    assert ("stuck" in flags[REGISTER]) is is_stuck
    assert "stuck" not in flags[POWER]


def test_against_an_estimate_no_register_stands_still() -> None:
    flags = _flags([_candidate(0.0, REGISTER), _candidate(0.0, gap_kwh=10.0)], 5.0)
    assert flags == {REGISTER: ("methods_disagree",), POWER: ("methods_disagree",)}


def test_a_contradiction_says_how_much_each_method_tells() -> None:
    (nothing,) = compared([_candidate(0.0, REGISTER), _candidate(50.0)], 0.0)[1]
    assert nothing.startswith("register difference says 0.0 kWh, but power integral says 50.0 kWh: not final")
    one, other = _candidate(90.0, REGISTER, gap_kwh=0.0), _candidate(50.0, gap_kwh=7.0)
    (text,) = compared([one, other], 0.0)[1]
    assert text.startswith(
        "register difference says 90.0 kWh, but power integral says 57.0 kWh, 7.0 of them estimated for gaps: not final"
    )


@pytest.mark.parametrize(
    ("other", "is_doubtful"),
    [
        (_candidate(99.0), False),
        (_candidate(97.0), True),
        (_candidate(100.0, completeness=0.5), True),
        (_candidate(100.0, is_doubtful=True), True),
        (_candidate(100.0, gap_kwh=None), True),
        (_candidate(100.0, REGISTER), True),
    ],
    ids=["same", "other", "incomplete", "doubtful", "open", "same method"],
)
def test_a_doubtful_energy_is_confirmed_by_a_sound_one_of_another_method(other: Candidate, is_doubtful: bool) -> None:
    doubtful = _candidate(100.0, REGISTER, is_doubtful=True)
    assert compared([doubtful, other], 0.0)[0][0].is_doubtful is is_doubtful
    assert compared([doubtful], 0.0)[0][0].is_doubtful


# The choice.


def test_the_best_method_that_is_final_is_chosen() -> None:
    assert _chosen(_candidate(100.0, SUM), _candidate(100.0), _candidate(100.0, REGISTER)) == REGISTER
    assert _chosen(_candidate(100.0, REGISTER, uncertainty_kwh=2.0), _candidate(100.0)) == POWER
    assert _chosen(_candidate(100.0, REGISTER, uncertainty_kwh=2.0), _candidate(100.0), calm_kwh=2.0) == REGISTER
    assert _chosen(_candidate(100.0, REGISTER, completeness=0.5), _candidate(100.0)) == POWER


def test_of_contradicting_methods_the_best_is_chosen_unless_its_register_is_broken() -> None:
    assert _chosen(_candidate(100.0, REGISTER), _candidate(50.0)) == REGISTER
    assert _chosen(_candidate(100.0, REGISTER, flags=("reset",)), _candidate(50.0)) == POWER
    assert _chosen(_candidate(0.0, REGISTER), _candidate(50.0)) == POWER
    assert _chosen(_candidate(100.0, REGISTER, flags=("outlier",)), _candidate(50.0)) == REGISTER
    assert _chosen(_candidate(100.0, POWER, flags=("reset",)), _candidate(50.0, SUM)) == POWER
    # Nobody contradicts it, or nobody else knows the whole day.
    assert _chosen(_candidate(100.0, REGISTER, flags=("reset",)), _candidate(100.0)) == REGISTER
    assert _chosen(_candidate(100.0, REGISTER, flags=("reset",)), _candidate(50.0, completeness=0.5)) == REGISTER


def test_if_none_is_final_the_one_that_leaves_least_open_is_chosen() -> None:
    wide = _candidate(100.0, REGISTER, gap_kwh=1.0, uncertainty_kwh=2.5)
    assert _chosen(wide, _candidate(100.0, gap_kwh=2.0, uncertainty_kwh=1.0)) == POWER
    assert _chosen(wide, _candidate(100.0, gap_kwh=3.0, uncertainty_kwh=1.0)) == REGISTER
    assert _chosen(wide, _candidate(100.0, gap_kwh=None)) == REGISTER
    assert _chosen(wide, _candidate(100.0, gap_kwh=0.0, uncertainty_kwh=2.0, completeness=0.5)) == REGISTER
    assert _chosen(replace(wide, completeness=0.5), _candidate(99.0, gap_kwh=1.0, completeness=0.5)) == POWER
    # Where two incomplete ones contradict each other the ladder decides, as between complete ones.
    assert _chosen(replace(wide, completeness=0.5), _candidate(95.0, gap_kwh=3.0, completeness=0.5)) == REGISTER


def test_of_a_meter_and_the_sum_of_the_devices_the_losses_between_them_are_open_as_well() -> None:
    """The sum is 101 kWh, final; what the meter leaves open may be as much as 2 % of that and what the sum does."""
    summed = _candidate(101.0, SUM, uncertainty_kwh=0.5)
    assert _chosen(_candidate(98.5, gap_kwh=1.5, uncertainty_kwh=1.0), summed) == POWER
    assert _chosen(_candidate(98.5, gap_kwh=1.5, uncertainty_kwh=1.1), summed) == SUM
    assert _chosen(_candidate(100.0, gap_kwh=None), summed) == SUM


def test_without_any_energy_the_most_telling_reason_is_chosen() -> None:
    reasons = [_candidate(None, REGISTER), _candidate(None, null_reason="low_completeness"), _candidate(None, SUM)]
    assert _chosen(*reasons) == POWER
    assert choose([], 0.0) is None
    lone = _candidate(None)
    assert choose([lone], 0.0) is lone
    assert _chosen(_candidate(None, REGISTER), _candidate(5.0, SUM, completeness=0.4)) == SUM


# One series, one device.


def test_the_candidate_of_a_series_holds_what_it_measured_and_what_it_lacks() -> None:
    own = measured(
        series(7), 90_000.0, reverse_wh=500.0, coverage=0.8, data_completeness=0.85, daylight_completeness=0.95,
        flags=("outlier",), is_doubtful=True,
    )  # fmt: skip
    assert candidate_of(POWER, own, Missing(1500.0, 250.0)) == Candidate(
        method=POWER,
        produced_kwh=90.0,
        reverse_kwh=0.5,
        coverage=0.8,
        data_completeness=0.85,
        daylight_completeness=0.95,
        completeness=0.95,
        null_reason=None,
        sensor_ids=(7,),
        gap_kwh=1.5,
        uncertainty_kwh=0.25,
        flags=("outlier", "gap_estimated"),
        is_doubtful=True,
    )


def test_of_a_series_that_measured_too_little_no_energy_is_told() -> None:
    own = measured(series(7), 90_000.0, reverse_wh=500.0, coverage=0.3)
    found = candidate_of(POWER, own, Missing(1500.0, 250.0))
    assert (found.produced_kwh, found.reverse_kwh, found.null_reason) == (None, None, "low_completeness")
    assert (found.gap_kwh, found.uncertainty_kwh) == (None, None)
    unexplained = replace(own, null_reason="meter_unexplained")
    assert candidate_of(POWER, unexplained, NOTHING_MISSING).null_reason == "meter_unexplained"
    unknown = candidate_of(POWER, measured(series(7), None, null_reason=None), NOTHING_MISSING)
    assert (unknown.produced_kwh, unknown.reverse_kwh, unknown.gap_kwh) == (None, None, None)


def test_a_gap_that_cannot_be_estimated_is_unknown_and_one_without_energy_is_no_estimate() -> None:
    own = measured(series(7), 90_000.0)
    unknown = candidate_of(POWER, own, Missing(None, 0.0))
    assert (unknown.produced_kwh, unknown.gap_kwh, unknown.uncertainty_kwh, unknown.flags) == (90.0, None, None, ())
    night = candidate_of(POWER, own, Missing(0.0, 250.0))
    assert (night.gap_kwh, night.uncertainty_kwh, night.flags) == (0.0, 0.25, ())


def test_each_method_of_a_device_is_told_by_the_series_that_knows_most() -> None:
    register = measured(series(1, "production_energy", "register"), 100_000.0)
    interval = measured(series(2, "production_energy"), 99_000.0)
    half, unknown = measured(series(3), 40_000.0, coverage=0.5), measured(series(4), None)
    whole, same = measured(series(6), 99_500.0), measured(series(5), 99_600.0)
    view = DeviceView({5: Missing(100.0, 10.0)})
    candidates = view.candidates([unknown, half, whole, same, interval, register])
    assert {method: own.sensor_ids for method, own in candidates.items()} == {
        REGISTER: (1,), "interval_energy": (2,), POWER: (5,),
    }  # fmt: skip
    assert list(candidates) == [REGISTER, "interval_energy", POWER]
    assert candidates[POWER].gap_kwh == 0.1
    choice = view.choice([half, register])
    assert choice is not None
    assert choice.sensor_ids == (1,)
    assert view.choice([]) is None


def test_contradictions_name_the_device() -> None:
    register, power = measured(series(1, "production_energy", "register"), 100_000.0), measured(series(3), 90_000.0)
    (text,) = DeviceView().contradictions([register, power])
    assert text.startswith("meter: register difference says 100.0 kWh, but power integral says 90.0 kWh: not final")
    assert DeviceView(calm_kwh=10.0).contradictions([register, power]) == []
    assert DeviceView(calm_kwh=9.9).contradictions([register, power]) != []
