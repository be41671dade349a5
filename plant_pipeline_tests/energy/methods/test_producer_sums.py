"""The sum of a plant's inverters and turbines, and what a silent one stands for; numbers by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from plant_pipeline.energy.day.day_series import Sun
from plant_pipeline.energy.measuring.estimates import Missing
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import DeviceView
from plant_pipeline.energy.methods.producers import (
    Producer,
    ProducerSum,
    producer_candidate,
    silent_sensors,
    sum_of_producers,
)
from plant_pipeline_tests.energy.given_series import HOUR_S, PLANT_ID, device_id, measured, series

NUMBERS = {"a": 1, "b": 2, "c": 3}


def _producer(
    name: str, kind: str = "inverter", *, parent: str | None = None, source: str = "x", is_present: bool = True
) -> Producer:
    parent_id = device_id(parent) if parent else None
    return Producer(device_id(name), parent_id, PLANT_ID, kind, source, name, is_present)


def _own(name: str, kwh: float | None = 10.0, **values: Any) -> Measured:
    """A device whose highest power is 1 kW unless said otherwise."""
    own = series(NUMBERS[name], device=name, equipment_type="inverter", is_main=False)
    return measured(own, None if kwh is None else kwh * 1000, **{"highest_w": 1000.0, **values})


def _silent(name: str) -> Measured:
    return _own(name, None, readings=0, highest_w=None)


def _by_device(*records: Measured) -> dict[UUID, list[Measured]]:
    return {record.series.equipment_id: [record] for record in records}


def _names(chosen: Sequence[Sequence[Measured]]) -> list[str]:
    return [own[0].series.equipment_name for own in chosen]


def _sum(
    producers: Sequence[Producer], *records: Measured, technology: str | None = "solar", once_read: Sequence[int] = ()
) -> tuple[list[str], list[str]]:
    chosen = sum_of_producers(technology, producers, _by_device(*records), once_read)
    assert chosen is not None
    assert chosen.null_reason is None
    return _names(chosen.devices), _names(chosen.silent)


# Which devices add up.


def test_wind_farms_have_turbines_and_solar_plants_inverters() -> None:
    producers = [_producer("a"), _producer("b", "turbine")]
    records = [_own("a"), _own("b")]
    assert _sum(producers, *records) == (["a"], [])
    assert _sum(producers, *records, technology="wind") == (["b"], [])
    assert _sum(producers, *records, technology="hybrid") == (["a", "b"], [])
    assert _sum(producers, *records, technology=None) == (["a", "b"], [])
    assert _sum(producers[:1], *records, technology="wind") == (["a"], [])


def test_a_device_that_left_counts_while_it_is_heard() -> None:
    producers = [_producer("a"), _producer("b", is_present=False)]
    assert _sum(producers, _own("a"), _own("b")) == (["a", "b"], [])
    assert _sum(producers, _own("a"), _silent("b"), once_read=[2]) == (["a"], [])


def test_a_silent_device_counts_if_it_was_ever_read() -> None:
    producers = [_producer("a"), _producer("b"), _producer("c")]
    assert _sum(producers, _own("a"), _silent("b"), _silent("c"), once_read=[2]) == (["a"], ["b"])
    assert silent_sensors(producers, _by_device(_own("a"), _silent("b"), _silent("c"))) == [2, 3]


def test_without_any_device_that_measures_there_is_no_sum() -> None:
    assert sum_of_producers("solar", [], {}, ()) is None
    assert sum_of_producers("solar", [_producer("a")], {}, ()) is None
    unheard = sum_of_producers("solar", [_producer("a")], _by_device(_silent("a")), [1])
    assert unheard == ProducerSum((), (), "no_data")
    blind = sum_of_producers("solar", [_producer("a"), _producer("b")], _by_device(_own("a")), ())
    assert blind is not None
    assert (blind.devices, blind.null_reason) == ((), "missing_parameter")
    assert blind.findings == ("no production is measured at b: the sum of the devices is not the plant's",)


def test_a_device_inside_another_that_measures_is_not_counted_twice() -> None:
    producers = [_producer("a"), _producer("b", parent="a"), _producer("c", parent="b")]
    assert _sum(producers, _own("a"), _own("b"), _own("c")) == (["a"], [])
    assert _sum(producers[::-1], _own("a"), _own("b"), _own("c")) == (["a"], [])
    looped = [_producer("a", parent="b"), _producer("b", parent="a")]
    assert sum_of_producers("solar", looped, {}, ()) is None
    outside = [_producer("a", parent="plant"), _producer("b", parent="plant")]
    assert _sum(outside, _own("a"), _own("b")) == (["a", "b"], [])


def test_of_two_systems_the_one_that_hears_more_of_its_devices_counts() -> None:
    producers = [_producer("a", source="x"), _producer("b", source="y"), _producer("c", source="y")]
    assert _sum(producers, _own("a"), _own("b"), _silent("c"), once_read=[3]) == (["a"], [])
    assert _sum(producers, _silent("a"), _own("b"), _silent("c"), once_read=[3]) == (["b"], ["c"])
    assert _sum(producers, _own("a"), _own("b"), _own("c")) == (["a"], [])


# The candidate.


def _candidate(
    heard: Sequence[Measured],
    silent: Sequence[Measured] = (),
    *,
    missing: Mapping[int, Missing] | None = None,
    usual_w: Mapping[int, float] | None = None,
    sun: Sun | None = None,
) -> Any:
    chosen = ProducerSum(tuple((own,) for own in heard), tuple((own,) for own in silent))
    return producer_candidate(chosen, DeviceView(missing or {}), usual_w or {}, sun)[0]


def test_devices_that_measured_all_day_add_up() -> None:
    summed = _candidate(
        [_own("a"), _own("b", 20.0, reverse_wh=None)], missing={1: Missing(1000.0, 300.0), 2: Missing(0.0, 400.0)}
    )
    assert (summed.produced_kwh, summed.gap_kwh, summed.sensor_ids) == (30.0, 1.0, (1, 2))
    # Half as one, half independent: the root of 0.5 x 0.7² + 0.5 x (0.3² + 0.4²).
    assert summed.uncertainty_kwh == pytest.approx(0.37**0.5)
    assert (summed.completeness, summed.coverage, summed.data_completeness) == (1, 1, 1)
    assert (summed.daylight_completeness, summed.flags) == (None, ("gap_estimated",))


def test_a_silent_device_is_estimated_from_the_others_by_its_size() -> None:
    # a and b have 10 and 20 kWh for 1 and 2 kW; c had 3 kW in the days before: 30 kWh, give or take a tenth.
    heard = [_own("a"), _own("b", 20.0, highest_w=2000.0)]
    summed = _candidate(heard, [_silent("c")], usual_w={3: 3000.0})
    assert (summed.produced_kwh, summed.gap_kwh, summed.uncertainty_kwh) == (30.0, 30.0, 3.0)
    assert (summed.coverage, summed.completeness) == (0.5, 0.5)
    assert summed.flags == ("device_silent", "gap_estimated")
    # Of unknown size it is one like the others, of 1.5 kW: 15 kWh.
    unknown = _candidate(heard, [_silent("c")])
    assert (unknown.gap_kwh, unknown.uncertainty_kwh) == (15.0, 1.5)
    assert unknown.completeness == pytest.approx(3 / 4.5)


def test_beside_devices_at_rest_a_silent_one_gave_nothing() -> None:
    summed = _candidate([_own("a", 0.0)], [_silent("c")])
    assert (summed.gap_kwh, summed.uncertainty_kwh, summed.produced_kwh) == (0.0, 0.0, 0.0)


def test_too_few_devices_tell_no_energy() -> None:
    summed = _candidate([_own("a", reverse_wh=1000.0)], [_silent("c")], usual_w={3: 2001.0})
    assert (summed.produced_kwh, summed.reverse_kwh, summed.null_reason) == (None, None, "low_completeness")
    just = _candidate([_own("a", reverse_wh=1000.0)], [_silent("c")], usual_w={3: 2000.0})
    assert (just.produced_kwh, just.reverse_kwh, just.null_reason) == (10.0, 1.0, None)


def test_a_device_without_an_energy_counts_as_a_silent_one() -> None:
    lost = _own("b", None, null_reason="low_completeness", highest_w=1000.0)
    summed = _candidate([_own("a"), lost])
    assert (summed.produced_kwh, summed.gap_kwh, summed.uncertainty_kwh) == (10.0, 10.0, 5.0)
    assert (summed.completeness, summed.sensor_ids) == (0.5, (1,))
    none = _candidate([lost, _own("a", None)])
    assert (none.produced_kwh, none.null_reason, none.sensor_ids) == (None, "low_completeness", (2, 1))


def test_shares_of_the_day_weigh_by_size() -> None:
    one = _own("a", coverage=0.9, data_completeness=0.8, daylight_completeness=0.7, highest_w=3000.0)
    other = _own("b", coverage=1.0, data_completeness=1.0, daylight_completeness=1.0)
    summed = _candidate([one, other])
    assert (summed.coverage, summed.data_completeness) == (pytest.approx(0.925), pytest.approx(0.85))
    assert (summed.daylight_completeness, summed.completeness) == (pytest.approx(0.775), pytest.approx(0.775))
    assert _candidate([one, replace(other, daylight_completeness=None)]).daylight_completeness is None


def test_devices_that_rest_for_as_long_as_is_known_weigh_alike_and_give_nothing() -> None:
    resting = [_own("a", 0.0, coverage=0.9, highest_w=0.0), _own("b", 0.0, highest_w=None)]
    summed = _candidate(resting, usual_w={1: 0.0})
    assert (summed.produced_kwh, summed.null_reason) == (0.0, None)
    assert summed.coverage == pytest.approx(0.95)
    assert (summed.gap_kwh, summed.uncertainty_kwh, summed.is_complete) == (0.0, 0.0, True)
    silent = _candidate(resting, [_silent("c")])
    assert (silent.produced_kwh, silent.completeness) == (0.0, pytest.approx(1.9 / 3))


def test_an_unknown_gap_leaves_the_sum_open() -> None:
    summed = _candidate([_own("a"), _own("b")], missing={1: Missing(None, 0.0)})
    assert (summed.produced_kwh, summed.gap_kwh, summed.uncertainty_kwh) == (20.0, None, None)
    at_rest = [_own("a", highest_w=0.0)]
    assert _candidate(at_rest, [_silent("b")], usual_w={2: 10.0}).gap_kwh is None


@pytest.mark.parametrize(
    ("gaps_h", "sun_h", "is_silent"),
    [
        ([(9, 11)], None, False),
        ([(9, 11.1)], None, True),
        ([(9, 10.5), (12, 13.5)], None, False),
        ([(2, 8.1)], (6, 18), True),
        ([(2, 8)], (6, 18), False),
        ([(15.9, 23)], (6, 18), True),
        ([(16, 23)], (6, 18), False),
        ([(0, 5)], (6, 18), False),
    ],
)
def test_a_device_that_is_not_heard_for_two_hours_by_day_is_named(
    gaps_h: list[tuple[float, float]], sun_h: tuple[float, float] | None, is_silent: bool
) -> None:
    gaps = tuple((from_h * HOUR_S, to_h * HOUR_S) for from_h, to_h in gaps_h)
    sun = Sun(((sun_h[0] * HOUR_S, sun_h[1] * HOUR_S),)) if sun_h else None
    summed = _candidate([_own("a", gaps=gaps), _own("b")], sun=sun)
    assert ("device_silent" in summed.flags) is is_silent
    register = series(1, "production_energy", "register", device="a", equipment_type="inverter")
    assert "device_silent" not in _candidate([measured(register, 1000.0, gaps=gaps, highest_w=1.0)], sun=sun).flags


def test_a_sum_that_cannot_be_says_why() -> None:
    candidate, members = producer_candidate(ProducerSum((), (), "missing_parameter"), DeviceView(), {}, None)
    assert (candidate.null_reason, candidate.completeness, candidate.coverage, members) == (
        "missing_parameter",
        0,
        0,
        (),
    )
    assert candidate.data_completeness == 0
