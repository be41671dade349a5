"""Which meters are a plant's production, and what it took from and gave to the grid; energies by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import DeviceView
from plant_pipeline.energy.methods.meters import exchanged_kwh, is_metering, production_of_meters
from plant_pipeline.registry.equipment.main_meter import CHECK_METER, PARTIAL_METER, SEVERAL_METERS, MeterRole
from plant_pipeline_tests.energy.given_series import device_id, measured, series

VIEW = DeviceView()


def _meter(sensor_id: int, kwh: float | None, device: str, **values: Any) -> Measured:
    """A meter that is neither main nor anything else unless said otherwise."""
    own = {name: values.pop(name) for name in ("is_main", "finding", "is_present", "equipment_type") if name in values}
    given = series(sensor_id, values.pop("quantity", "ac_power"), device=device, **{"is_main": False, **own})
    return measured(given, None if kwh is None else kwh * 1000, **values)


def _kwh(*meters: Measured) -> list[float | None]:
    return [candidate.produced_kwh for candidate in production_of_meters(meters, VIEW).candidates]


# Production.


def test_which_series_are_metering() -> None:
    assert is_metering(series(1))
    assert is_metering(series(1, is_main=False))
    assert is_metering(series(1, is_main=True, equipment_type="inverter"))
    assert not is_metering(series(1, is_main=False, equipment_type="inverter"))
    assert not is_metering(series(1, is_main=False, finding=PARTIAL_METER))
    assert is_metering(series(1, "import_energy", is_main=False, equipment_type="other"))
    assert not is_metering(series(1, "import_energy", is_main=False, equipment_type="inverter"))


def test_a_single_meter_is_the_production() -> None:
    assert _kwh(_meter(1, 100.0, "a")) == [100.0]
    assert not production_of_meters([_meter(1, 100.0, "a")], VIEW).is_disputed
    assert _kwh(_meter(1, 100.0, "a", quantity="import_energy")) == []


def test_of_unmarked_meters_that_agree_the_first_at_the_source_counts() -> None:
    short, long = _meter(1, 98.0, "b"), _meter(2, 100.0, "aa")
    assert _kwh(long, short) == [98.0]  # "9" comes before "10"
    assert _kwh(_meter(1, 97.9, "b"), long) == []
    assert production_of_meters([long, short], VIEW).roles == {device_id("b"): "main", device_id("aa"): "check"}


def test_meters_that_differ_are_named_with_what_they_say() -> None:
    verdict = production_of_meters([_meter(1, 97.9, "b"), _meter(2, 100.0, "c")], VIEW)
    assert verdict.is_disputed
    assert verdict.findings == (
        "production meters differ by more than 2 % (b 97.9 kWh, c 100.0 kWh): the inverters decide",
    )


@pytest.mark.parametrize(
    "other",
    [
        _meter(2, 100.0, "c", coverage=0.89),
        _meter(2, 100.0, "c", is_present=False),
        _meter(2, None, "c"),
    ],
    ids=["part of the day", "left", "no data"],
)
def test_roles_last_only_if_the_day_is_evident(other: Measured) -> None:
    verdict = production_of_meters([_meter(1, 100.0, "b"), other], VIEW)
    assert (len(verdict.candidates), verdict.roles) == (1, {})


def test_two_meters_at_rest_agree_but_get_no_role() -> None:
    verdict = production_of_meters([_meter(1, 0.0, "b"), _meter(2, 0.0, "c")], VIEW)
    assert ([own.produced_kwh for own in verdict.candidates], verdict.roles) == ([0.0], {})


def test_of_meters_without_data_the_first_says_why() -> None:
    verdict = production_of_meters([_meter(1, None, "b"), _meter(2, None, "c", null_reason="low_completeness")], VIEW)
    assert [(own.null_reason, own.sensor_ids) for own in verdict.candidates] == [("no_data", (1,))]


def test_a_main_meter_counts_and_a_check_meter_may_contradict_it() -> None:
    main = _meter(2, 100.0, "main", is_main=True)
    check, unmarked = _meter(1, 99.0, "check", finding=CHECK_METER), _meter(3, 10.0, "side", finding=SEVERAL_METERS)
    assert _kwh(check, main, unmarked) == [100.0]
    assert _kwh(main, unmarked) == [100.0]
    assert production_of_meters([check, main], VIEW).roles == {}
    assert _kwh(replace(check, forward_wh=90_000.0), main) == []
    assert _kwh(check, _meter(2, None, "main", is_main=True)) == [99.0]
    # In question are those of which it is said.
    assert _kwh(_meter(1, 50.0, "a"), _meter(4, 20.0, "b", finding=SEVERAL_METERS)) == [20.0]


def test_main_meters_of_several_parts_add_up() -> None:
    parts = [_meter(1, 100.0, "a", is_main=True), _meter(2, 50.0, "b", is_main=True)]
    assert _kwh(*parts) == [150.0]
    # A part without a register counts by its power.
    register = replace(series(3, "production_energy", "register", device="a"), is_main=True)
    verdict = production_of_meters([*parts, measured(register, 101_000.0)], VIEW)
    assert [(own.method, own.produced_kwh) for own in verdict.candidates] == [
        ("register_difference", 151.0),
        ("power_integral", 150.0),
    ]


def test_a_meter_that_left_counts_while_it_has_readings() -> None:
    here, left = _meter(1, 100.0, "a"), _meter(2, 50.0, "b", is_present=False)
    assert _kwh(here, left) == []
    assert _kwh(here, replace(left, readings=0)) == [100.0]


# Exchange with the grid.


def _exchanged(*meters: Measured, roles: Mapping[str, MeterRole] | None = None, quantity: str = "export_energy") -> Any:
    of_devices = {device_id(name): role for name, role in (roles or {}).items()}
    return exchanged_kwh(meters, of_devices, "import_energy" if quantity == "import_energy" else "export_energy")


def _export(sensor_id: int, kwh: float | None, device: str, **values: Any) -> Measured:
    return _meter(sensor_id, kwh, device, quantity="export_energy", **values)


def test_what_is_exchanged_is_told_for_a_whole_day_only() -> None:
    assert _exchanged(_export(1, 5.0, "a")) == (5.0, None)
    assert _exchanged(_export(1, 5.0, "a", coverage=0.9)) == (5.0, None)
    assert _exchanged(_export(1, 5.0, "a", coverage=0.89)) == (None, None)
    assert _exchanged(_export(1, None, "a")) == (None, None)
    assert _exchanged(_export(1, 5.0, "a"), quantity="import_energy") == (None, None)
    assert _exchanged(_meter(1, 5.0, "a")) == (None, None)
    assert _exchanged() == (None, None)


def test_a_device_does_not_see_the_grid_unless_it_is_the_main_meter() -> None:
    assert _exchanged(_export(1, 5.0, "a", equipment_type="inverter")) == (None, None)
    assert _exchanged(_export(1, 5.0, "a", equipment_type="inverter", is_main=True)) == (5.0, None)
    assert _exchanged(_export(1, 5.0, "a", equipment_type="other")) == (5.0, None)


def test_main_meters_go_before_others_and_add_up() -> None:
    main, other = _export(1, 5.0, "a", is_main=True), _export(2, 3.0, "b")
    assert _exchanged(main, other) == (5.0, None)
    assert _exchanged(main, replace(other, series=replace(other.series, is_main=True))) == (8.0, None)
    assert _exchanged(_export(1, 5.0, "a"), other, roles={"b": "main", "a": "check"}) == (3.0, None)


def test_meters_that_differ_tell_no_exchange() -> None:
    assert _exchanged(_export(1, 100.0, "a"), _export(2, 98.0, "b")) == (100.0, None)
    kwh, finding = _exchanged(_export(1, 100.0, "a"), _export(2, 97.9, "b"))
    assert kwh is None
    assert finding == (
        "production meters differ by more than 2 % (a 100.0 kWh, b 97.9 kWh): neither import nor export is told"
    )


def test_of_one_meter_the_register_counts_and_then_the_fullest_series() -> None:
    power = _export(1, 5.0, "a", coverage=0.95)
    fuller = _export(2, 6.0, "a")
    register = measured(series(3, "export_energy", "register", device="a", is_main=False), 7000.0, coverage=0.9)
    assert _exchanged(power, fuller, register) == (7.0, None)
    assert _exchanged(power, fuller) == (6.0, None)
    assert _exchanged(fuller, replace(power, coverage=1.0)) == (5.0, None)
    assert _exchanged(power, fuller, replace(register, coverage=0.8)) == (6.0, None)


def test_grid_power_tells_both_directions_by_its_sign() -> None:
    power = _meter(1, 8.0, "a", quantity="grid_power", reverse_wh=2000.0)
    assert _exchanged(power) == (8.0, None)
    assert _exchanged(power, quantity="import_energy") == (2.0, None)
    assert _exchanged(replace(power, reverse_wh=None)) == (None, None)
    assert _exchanged(replace(power, series=replace(power.series, sign=None))) == (None, None)
    assert _exchanged(power, _export(2, 9.0, "b")) == (9.0, None)
