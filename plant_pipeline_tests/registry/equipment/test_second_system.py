"""Devices of a platform whose energy is told apart: their own main meter, directions it states, no second export."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from plant_pipeline.registry.equipment.classify import ClassifiedSensor, classify
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact

_PLANTS = {("flexmeasures", "1"): "plant", ("voke", "gate"): "plant"}
_NO: Mapping[str, object] = {}


def _asset(asset_id: str, source_type: str, name: str) -> EquipmentFact:
    return EquipmentFact("flexmeasures", asset_id, "1", name, source_type, is_present=True)


def _gateway_device(device_id: str, source_type: str, name: str) -> EquipmentFact:
    return EquipmentFact("voke", device_id, "gate", name, source_type, is_present=True)


def _sensor(asset_id: str, name: str, unit: str = "kW") -> SensorFact:
    return SensorFact("flexmeasures", f"{asset_id}:{name}", asset_id, name, unit, timedelta(minutes=15), True)


def _metric(device_id: str, name: str, unit: str = "kW", attributes: Mapping[str, object] = _NO) -> SensorFact:
    return SensorFact(
        "voke", f"gate/{device_id}/{name}", device_id, name, unit, timedelta(), True, None, attributes, "voke_telemetry"
    )


_ASSETS = [_asset("1", "solar", "Park"), _asset("2", "meter", "Main Meter"), _asset("3", "inverter", "INV 1")]
_SENSORS = [_sensor("2", "Active Power"), _sensor("3", "AC Power")]
_GATEWAY = [
    _gateway_device("gate", "GATEWAY", "FVE Park"),
    _gateway_device("d1", "METER", "Elektroměr E1"),
    _gateway_device("d2", "INVERTER", "Střídač INV1"),
]
_METRICS = [
    _metric("d1", "productionRegisterKwh", "kWh", {"direction": "production", "cumulative": True}),
    _metric("d1", "activePowerKw", attributes={"direction": "grid"}),
    _metric("d2", "activePowerKw"),
    _metric("gate", "gridPowerKw", attributes={"direction": "grid", "consumption_is_positive": True}),
    _metric("gate", "consumptionPowerKw", attributes={"direction": "consumption"}),
    _metric("gate", "batteryPowerKw"),
]


def _classified(
    equipment: list[EquipmentFact], sensors: list[SensorFact], plants: Mapping[tuple[str, str], str]
) -> dict[str, ClassifiedSensor]:
    rows = classify(equipment, sensors, plants).sensors
    return {row.fact.source_sensor_id: row for row in rows}


def test_a_source_may_state_the_direction_that_a_name_does_not() -> None:
    found = _classified(_GATEWAY, _METRICS, {("voke", "gate"): "plant"})
    assert {name.partition("/")[2]: (row.quantity, row.sign, row.is_cumulative) for name, row in found.items()} == {
        "d1/productionRegisterKwh": ("production_energy", None, True),
        "d1/activePowerKw": ("grid_power", None, False),
        "d2/activePowerKw": ("ac_power", None, False),
        "gate/gridPowerKw": ("grid_power", -1, False),
        "gate/consumptionPowerKw": ("consumption_power", None, False),
        "gate/batteryPowerKw": (None, None, False),
    }


@pytest.mark.parametrize("stated", ["S", "", 180, None])
def test_a_direction_that_is_none_leaves_the_name_to_decide(stated: object) -> None:
    sensor = SensorFact("flexmeasures", "a", "2", "Active Power", "kW", timedelta(minutes=15), True, None,
                        {"direction": stated})  # fmt: skip
    assert _classified(_ASSETS, [sensor], {("flexmeasures", "1"): "plant"})["a"].quantity == "ac_power"


def test_each_system_has_a_main_meter_and_neither_is_in_question() -> None:
    found = _classified([*_ASSETS, *_GATEWAY], [*_SENSORS, *_METRICS], _PLANTS)
    mains = {name for name, row in found.items() if row.is_main}
    assert mains == {"2:Active Power", "gate/d1/productionRegisterKwh"}
    assert [row.finding for name, row in found.items() if name in mains] == [None, None]


def test_a_plant_goes_to_raptor_maps_once() -> None:
    both = _classified([*_ASSETS, *_GATEWAY], [*_SENSORS, *_METRICS], _PLANTS)
    assert {name for name, row in both.items() if row.raptor_sensor_type} == {"2:Active Power", "3:AC Power"}
    alone = _classified(_GATEWAY, _METRICS, {("voke", "gate"): "plant"})
    exported = {name for name, row in alone.items() if row.raptor_sensor_type}
    assert exported == {"gate/d1/productionRegisterKwh", "gate/d2/activePowerKw"}


def test_where_the_other_system_measures_no_production_the_platform_is_exported() -> None:
    found = _classified([*_ASSETS[:1], *_GATEWAY], _METRICS, _PLANTS)
    assert {name for name, row in found.items() if row.raptor_sensor_type} == {
        "gate/d1/productionRegisterKwh",
        "gate/d2/activePowerKw",
    }


def test_a_gateway_without_a_meter_stands_in_for_it() -> None:
    metric = _metric("gate", "fvePowerKw", attributes={"direction": "production", "consumption_is_positive": False})
    found = _classified(_GATEWAY, [metric, _metric("d2", "activePowerKw")], {("voke", "gate"): "plant"})
    power = found["gate/gate/fvePowerKw"]
    assert (power.quantity, power.sign, power.is_main) == ("ac_power", 1, True)
