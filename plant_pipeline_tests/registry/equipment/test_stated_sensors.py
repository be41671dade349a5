"""What people say of sensors wins over the rules, until it is taken back."""

from collections.abc import Mapping

import pytest

from plant_pipeline.registry.decisions.statements import Decision, check_decision
from plant_pipeline.registry.equipment.classify import Classification, ClassifiedSensor, classify
from plant_pipeline.sources.shapes import SensorFact
from plant_pipeline_tests.registry.facts import SOURCE, device_fact, sensor_fact

Stated = Mapping[str, Mapping[str, str]]


def _classified(stated: Stated, *sensors: SensorFact, kinds: Mapping[str, str]) -> Classification:
    devices = [device_fact(path, kind) for path, kind in kinds.items()]
    return classify(devices, sensors, stated={(SOURCE, sensor): said for sensor, said in stated.items()})


def _only(sensor: SensorFact, kind: str, **said: str) -> ClassifiedSensor:
    (row,) = _classified(
        {sensor.source_sensor_id: said}, sensor, kinds={"P": "site", sensor.source_asset_id: kind}
    ).sensors
    return row


def test_a_quantity_that_nobody_could_tell_is_stated() -> None:
    vague = sensor_fact("P/X", "value 7", "kW")
    assert _only(vague, "box").quantity is None
    stated = _only(vague, "box", quantity="ac_power")
    assert (stated.quantity, stated.unit, stated.finding, stated.needs_person) == ("ac_power", "W", None, False)


def test_a_quantity_that_the_rules_tell_is_corrected_or_left_out() -> None:
    power = sensor_fact("P/X", "active power", "kW")
    assert _only(power, "inverter").quantity == "ac_power"
    assert _only(power, "inverter", quantity="consumption_power").quantity == "consumption_power"
    left_out = _only(power, "inverter", quantity="none")
    assert (left_out.quantity, left_out.is_main, left_out.needs_person) == (None, False, False)
    assert left_out.finding == "a person says that it is not to be used"


def test_a_quantity_of_another_unit_than_the_sensor_has_meanwhile_does_not_hold() -> None:
    power = sensor_fact("P/X", "active power", "kW")
    assert _only(power, "inverter", quantity="production_energy").quantity == "ac_power"


def test_a_counter_and_a_sign_are_stated() -> None:
    energy = sensor_fact("P/X", "production energy", "kWh", 15)
    assert not _only(energy, "meter").is_cumulative
    assert _only(energy, "meter", cumulative="true").is_cumulative
    counter = sensor_fact("P/X", "production energy", "kWh", 0)
    assert _only(counter, "meter").is_cumulative
    assert not _only(counter, "meter", cumulative="false").is_cumulative
    assert _only(energy, "meter").sign is None
    assert [_only(energy, "meter", sign=sign).sign for sign in ("1", "-1")] == [1, -1]
    said_at_source = sensor_fact("P/X", "power", "kW", attributes={"consumption_is_positive": True})
    assert (_only(said_at_source, "meter").sign, _only(said_at_source, "meter", sign="1").sign) == (-1, 1)


def test_of_two_sensors_that_repeat_each_other_the_stated_one_is_used() -> None:
    slow, quick = sensor_fact("P/X", "active power", "kW", 15), sensor_fact("P/X", "active power 2", "kW", 15)
    kinds = {"P": "site", "P/X": "inverter"}
    by_rules = _classified({}, slow, quick, kinds=kinds).sensors
    assert [row.quantity for row in by_rules] == [None, None]
    stated = _classified({quick.source_sensor_id: {"quantity": "ac_power"}}, slow, quick, kinds=kinds).sensors
    assert {row.fact.name: row.quantity for row in stated} == {"active power": None, "active power 2": "ac_power"}


@pytest.mark.parametrize(
    ("said", "mains"),
    [
        ({}, set()),
        ({"P/M2:active power": {"role": "main"}}, {"P/M2"}),
        ({"P/M1:active power": {"role": "check"}}, {"P/M2"}),
        ({"P/M1:active power": {"role": "main"}, "P/M2:active power": {"role": "check"}}, {"P/M1"}),
    ],
)
def test_which_of_several_meters_is_the_main_one_is_stated(said: Stated, mains: set[str]) -> None:
    sensors = [sensor_fact(f"P/M{number}", "active power", "kW") for number in (1, 2)]
    found = _classified(said, *sensors, kinds={"P": "site", "P/M1": "meter", "P/M2": "meter"})
    assert {row.fact.source_asset_id for row in found.sensors if row.is_main} == mains


def test_a_meter_that_the_tree_puts_beside_some_inverters_is_the_main_one_if_a_person_says_so() -> None:
    kinds = {"P": "site", "P/A": "block", "P/A/M": "meter", "P/A/I": "inverter", "P/B": "block", "P/B/I": "inverter"}
    sensors = [sensor_fact(path, "active power", "kW") for path in ("P/A/M", "P/A/I", "P/B/I")]
    assert not any(row.is_main for row in _classified({}, *sensors, kinds=kinds).sensors)
    stated = _classified({"P/A/M:active power": {"role": "main"}}, *sensors, kinds=kinds).sensors
    assert {row.fact.source_asset_id for row in stated if row.is_main} == {"P/A/M"}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"sensor": "voke:1", "field": "quantity", "value": "ac_power"}, None),
        ({"sensor": "voke:1", "field": "sign", "value": "-1"}, None),
        ({"sensor": "voke:1", "field": "colour", "value": "red"}, "use one of quantity, cumulative, sign, role"),
        ({"sensor": "voke:1", "field": "sign", "value": "2"}, "one of 1, -1"),
        ({"sensor": "voke:1", "field": "quantity", "value": "joy"}, "one of ac_power"),
        ({"sensor": "voke", "field": "sign", "value": "1"}, "'voke' is no sensor: write SOURCE:ID"),
        ({"sensor": "voke:1", "field": "sign", "value": "1", "last_value": 0.0}, "alone"),
        ({"sensor": "voke:1", "field": "sign", "value": "1", "source": "voke"}, "alone"),
    ],
)
def test_the_form_of_a_statement(values: dict[str, object], problem: str | None) -> None:
    given: dict[str, object] = {"source": "", "source_plant_id": "", "who": "jana"} | values
    found = check_decision(Decision("set", **given))  # type: ignore[arg-type] # of the field's type each
    assert [problem in text for text in found] == [True] if problem else found == []
