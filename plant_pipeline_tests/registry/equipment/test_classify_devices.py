"""The classification of devices: their kinds, who stands in for a missing meter, and which meter counts."""

from dataclasses import replace
from typing import Literal

import pytest

from plant_pipeline.registry.equipment.classify import ONLY_EXCHANGE, classify
from plant_pipeline.registry.equipment.main_meter import CHECK_METER, PARTIAL_METER, SEVERAL_METERS, Key
from plant_pipeline.sources.shapes import SensorFact
from plant_pipeline_tests.registry.facts import SOURCE, device_fact, sensor_fact


# -- kinds of devices --
def _kinds(assets: list[tuple[str, str]], *sensors: SensorFact) -> dict[str, str]:
    result = classify([device_fact(path, source_type) for path, source_type in assets], sensors)
    return {row.fact.source_asset_id: row.equipment_type for row in result.equipment}


def _mains(assets: list[tuple[str, str]], *sensors: SensorFact) -> set[str]:
    result = classify([device_fact(path, source_type) for path, source_type in assets], sensors)
    return {row.fact.source_sensor_id for row in result.sensors if row.is_main}


@pytest.mark.parametrize(
    ("source_type", "name", "kind"),
    [
        ("INVERTER", "INV1", "inverter"),
        ("device", "Wechselrichter 3", "inverter"),
        ("device", "WR 3", "inverter"),
        ("device", "Střídač 1", "inverter"),
        ("device", "Hauptzähler", "meter"),
        ("device", "Elektroměr", "meter"),
        ("device", "Contador fiscal", "meter"),
        ("device", "Wetterstation", "weather_station"),
        ("device", "String Box 4", "combiner"),
        ("device", "Battery inverter", "battery"),
        ("meter", "INV-01", "meter"),  # the type of the asset comes first
        ("wind", "T1", "turbine"),
        ("device", "Aerogenerador 7", "turbine"),
        ("device", "Transformer", "other"),
    ],
)
def test_words_tell_the_kind_of_a_device(source_type: str, name: str, kind: str) -> None:
    assert _kinds([(f"P/{name}", source_type)]) == {f"P/{name}": kind}


def test_what_is_measured_tells_the_kind_where_words_do_not() -> None:
    kinds = _kinds(
        [("P/A", "device"), ("P/B", "device"), ("P/C", "device"), ("P/D", "device")],
        sensor_fact("P/A", "poa", "W/m²"),
        sensor_fact("P/B", "AC power", "kW"),
        sensor_fact("P/B", "DC voltage", "V"),
        sensor_fact("P/C", "soc", "%"),
        sensor_fact("P/D", "import", "kWh", 0),
        sensor_fact("P/D", "export", "kWh", 0),
    )
    assert kinds == {"P/A": "weather_station", "P/B": "inverter", "P/C": "battery", "P/D": "meter"}


def test_the_name_of_a_plant_is_no_description_of_a_device() -> None:
    assert _kinds([("Battery Park Solar", "solar")]) == {"Battery Park Solar": "other"}


def test_a_group_of_devices_is_none_of_them() -> None:
    kinds = _kinds([("P/Inverters", "folder"), ("P/Inverters/A", "inverter")])
    assert kinds == {"P/Inverters": "other", "P/Inverters/A": "inverter"}


# -- who stands in for a missing meter --
@pytest.mark.parametrize("name_and_unit", [("power", "kW"), ("energy", "kWh"), ("Solar production", "kWh")])
def test_a_plant_with_only_its_own_sensor_is_its_own_meter(name_and_unit: tuple[str, str]) -> None:
    sensor = sensor_fact("P", *name_and_unit)
    assert _kinds([("P", "solar")], sensor) == {"P": "meter"}
    assert _mains([("P", "solar")], sensor) == {sensor.source_sensor_id}


def test_a_wind_farm_with_only_its_own_power_is_its_own_meter() -> None:
    assert _mains([("P", "wind")], sensor_fact("P", "power", "MW", 10)) == {"P:power"}


def test_the_plant_s_own_power_acts_as_meter_beside_inverters_but_not_beside_a_meter() -> None:
    own, inverter, meter = (sensor_fact(path, "power", "kW") for path in ("P", "P/INV 1", "P/Zähler"))
    with_inverter = [("P", "solar"), ("P/INV 1", "inverter")]
    assert _mains(with_inverter, own, inverter) == {"P:power"}
    with_meter = [*with_inverter, ("P/Zähler", "device")]
    assert _kinds(with_meter, own, inverter, meter)["P"] == "other"
    assert _mains(with_meter, own, inverter, meter) == {"P/Zähler:power"}


def test_the_plant_s_own_power_acts_as_meter_above_meters_of_blocks() -> None:
    assets = [("P", "solar"), ("P/1", "block"), ("P/2", "block"), ("P/1/M", "meter"), ("P/2/M", "meter")]
    sensors = [sensor_fact(path, "power", "kW") for path in ("P", "P/1/M", "P/2/M")]
    assert _mains(assets, *sensors) == {"P:power"}


def test_a_plant_with_only_irradiance_on_it_is_a_weather_station() -> None:
    assert _kinds([("P", "solar")], sensor_fact("P", "ghi", "W/m²")) == {"P": "weather_station"}


def test_the_power_of_a_building_is_not_taken_for_production_but_its_panels_are() -> None:
    building, panels = ("Home", "building"), ("Home/PV", "solar")
    power, solar = sensor_fact("Home", "power", "kW"), sensor_fact("Home/PV", "power", "kW")
    assert _kinds([building, panels], power, solar) == {"Home": "other", "Home/PV": "meter"}
    assert _mains([building, panels], power, solar) == {"Home/PV:power"}


def test_several_arrays_without_any_meter_are_added_up_like_inverters() -> None:
    arrays = [("P/East", "solar"), ("P/West", "solar")]
    sensors = [sensor_fact(path, "power", "kW") for path, _ in arrays]
    assert set(_kinds(arrays, *sensors).values()) == {"inverter"}
    assert _mains(arrays, *sensors) == set()


def test_a_gateway_s_own_readings_are_told_apart_by_their_names() -> None:
    names = {
        "fvePowerKw": "ac_power",
        "gridPowerKw": "grid_power",
        "batteryPowerKw": None,
        "consumptionPowerKw": "consumption_power",
    }
    result = classify([device_fact("G", "GATEWAY")], [sensor_fact("G", name, "kW", 1) for name in names])
    assert {row.fact.name: row.quantity for row in result.sensors} == names
    assert [row.fact.name for row in result.sensors if row.is_main] == ["fvePowerKw"]


# -- which meter counts --
def _meter_rows(*paths: str, more: tuple[str, ...] = ()) -> dict[str, tuple[bool, str | None]]:
    """Main flag and finding by path, of meters with a power each; `more` are inverters with a power each."""
    equipment = [device_fact(path, "meter") for path in paths] + [device_fact(path, "inverter") for path in more]
    blocks = {path.rpartition("/")[0] for path in (*paths, *more)} - {"P"}
    equipment += [device_fact(block, "block") for block in blocks]
    result = classify(equipment, [sensor_fact(path, "ac power", "kW") for path in (*paths, *more)])
    return {
        row.fact.source_asset_id: (row.is_main, row.finding)
        for row in result.sensors
        if row.fact.source_asset_id in paths
    }


def test_the_only_production_meter_is_main() -> None:
    assert _meter_rows("P/A") == {"P/A": (True, None)}


@pytest.mark.parametrize(
    ("main", "other"),
    [
        ("Revenue meter", "Meter 2"),
        ("Hauptzähler", "Zähler"),
        ("POI", "Check meter"),
        ("Meter", "Backup meter"),
        ("Meter A", "Kontrollzähler"),
        ("Main meter", "Main check meter"),
        ("Contador principal", "Contador de respaldo"),
    ],
)
def test_words_of_the_names_tell_the_main_meter(main: str, other: str) -> None:
    assert _meter_rows(f"P/{main}", f"P/{other}") == {f"P/{main}": (True, None), f"P/{other}": (False, None)}


def test_several_unmarked_meters_are_left_to_their_energies() -> None:
    assert _meter_rows("P/A", "P/B") == {"P/A": (False, SEVERAL_METERS), "P/B": (False, SEVERAL_METERS)}


def test_a_meter_of_import_or_load_is_no_candidate() -> None:
    assets = [device_fact("P/A", "meter"), device_fact("P/Load meter", "meter"), device_fact("P/B", "meter")]
    sensors = [
        sensor_fact("P/A", "power", "kW"),
        sensor_fact("P/Load meter", "power", "kW"),
        sensor_fact("P/B", "import", "kWh", 0),
    ]
    assert {row.fact.source_asset_id for row in classify(assets, sensors).sensors if row.is_main} == {"P/A"}


def test_meters_of_different_blocks_are_no_check_meters_of_each_other() -> None:
    assert _meter_rows("P/1/A", "P/2/B") == {"P/1/A": (False, PARTIAL_METER), "P/2/B": (False, PARTIAL_METER)}


def test_a_meter_of_one_block_is_not_the_meter_of_a_plant_with_more() -> None:
    assert _meter_rows("P/1/A", more=("P/2/INV",)) == {"P/1/A": (False, PARTIAL_METER)}
    assert _meter_rows("P/1/A", more=("P/1/INV",)) == {"P/1/A": (True, None)}


def test_the_meter_above_the_blocks_is_main() -> None:
    assert _meter_rows("P/A", "P/1/B", "P/2/C") == {"P/A": (True, None), "P/1/B": (False, None), "P/2/C": (False, None)}


def test_a_meter_that_is_gone_leaves_its_place_to_the_other() -> None:
    assets = [device_fact("P/A", "meter", is_present=False), device_fact("P/B", "meter")]
    result = classify(assets, [sensor_fact("P/A", "power", "kW"), sensor_fact("P/B", "power", "kW")])
    assert [row.is_main for row in result.sensors] == [False, True]


def test_a_plant_that_left_its_source_keeps_its_main_meter() -> None:
    sensor = sensor_fact("P/A", "power", "kW", is_present=False)
    (row,) = classify([device_fact("P/A", "meter", is_present=False)], [sensor]).sensors
    assert row.is_main


def test_decided_meters_stay_decided_while_they_are_the_same() -> None:
    assets = [device_fact("P/A", "meter"), device_fact("P/B", "meter")]
    sensors = [sensor_fact("P/A", "power", "kW"), sensor_fact("P/B", "power", "kW")]
    settled: dict[Key, Literal["main", "check"]] = {(SOURCE, "P/A"): "main", (SOURCE, "P/B"): "check"}
    rows = classify(assets, sensors, settled=settled).sensors
    assert [(row.is_main, row.finding) for row in rows] == [(True, None), (False, CHECK_METER)]
    third = classify(
        [*assets, device_fact("P/C", "meter")],
        [*sensors, sensor_fact("P/C", "power", "kW")],
        settled=settled,
    ).sensors
    assert {(row.is_main, row.finding) for row in third} == {(False, SEVERAL_METERS)}


def test_two_records_joined_into_one_plant_have_a_main_meter_each() -> None:
    assets = [device_fact("P/A", "meter"), device_fact("Q/A", "meter")]
    sensors = [sensor_fact("P/A", "power", "kW"), sensor_fact("Q/A", "power", "kW")]
    joined = {(SOURCE, "P"): 1, (SOURCE, "Q"): 1}
    assert all(row.is_main for row in classify(assets, sensors, joined).sensors)
    without_one = classify(assets, [*sensors, sensor_fact("Q/B", "power", "kW")], joined)
    assert all(row.is_main for row in without_one.sensors)  # a sensor of no known device is left out
    unclear = classify([*assets, device_fact("Q/B", "meter")], [*sensors, sensor_fact("Q/B", "power", "kW")], joined)
    assert {(row.is_main, row.finding) for row in unclear.sensors} == {(False, PARTIAL_METER)}


def test_a_record_that_repeats_another_has_no_main_meter() -> None:
    assets = [device_fact("P/A", "meter"), device_fact("Q/A", "meter")]
    sensors = [sensor_fact("P/A", "power", "kW"), sensor_fact("Q/A", "power", "kW")]
    rows = classify(assets, sensors, {(SOURCE, "P"): 1}).sensors
    assert [row.is_main for row in rows] == [True, False]


def test_the_same_plant_in_two_systems_has_one_main_meter_at_most() -> None:
    assets = [device_fact("P/A", "meter"), replace(device_fact("V/E1", "METER"), source="voke")]
    sensors = [sensor_fact("P/A", "power", "kW"), replace(sensor_fact("V/E1", "power", "kW"), source="voke")]
    plants = {(SOURCE, "P"): 1, ("voke", "V"): 1}
    assert {row.finding for row in classify(assets, sensors, plants).sensors} == {SEVERAL_METERS}
    named = [replace(assets[0], name="Revenue meter"), assets[1]]
    assert [row.is_main for row in classify(named, sensors, plants).sensors] == [True, False]


def test_exchange_with_the_grid_alone_is_not_taken_for_production() -> None:
    rows = classify(
        [device_fact("P/A", "meter")], [sensor_fact("P/A", name, "kWh", 0) for name in ("export", "import")]
    ).sensors
    assert [(row.is_main, row.finding) for row in rows] == [(False, ONLY_EXCHANGE), (False, None)]
