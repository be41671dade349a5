"""Writing devices and sensors to a real warehouse."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from plant_pipeline.registry.equipment.main_meter import CHECK_METER, SEVERAL_METERS
from plant_pipeline.registry.equipment.placing import (
    EquipmentChanges,
    TableChanges,
    equipment_id_of,
    settle_meters,
    write_equipment,
)
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline.warehouse import Warehouse

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_PLANT_1, _PLANT_2 = uuid.UUID(int=1), uuid.UUID(int=2)
_SOURCE = "flexmeasures"


def _device(asset_id: str, name: str, source_type: str, plant: str = "4", parent: str | None = "4") -> EquipmentFact:
    return EquipmentFact(_SOURCE, asset_id, plant, name, source_type, True, parent)


def _sensor(sensor_id: str, asset_id: str, name: str, unit: str, minutes: int = 15) -> SensorFact:
    return SensorFact(_SOURCE, sensor_id, asset_id, name, unit, timedelta(minutes=minutes), True, "Europe/Amsterdam")


# Plant 4: an inverter in a block, a meter with a register; asset 99 belongs to a record that is in no plant.
_EQUIPMENT = [
    _device("7", "INV-01", "inverter", parent="6"),
    _device("6", "Block 1", "solar"),
    _device("8", "MTR-1", "meter"),
    _device("99", "INV-01", "inverter", plant="90", parent="90"),
]
_SENSORS = [
    _sensor("20", "7", "ac_power", "kW", 5),
    _sensor("9", "8", "production_energy", "kWh", 0),
    _sensor("10", "8", "voltage of something", "furlong"),
    _sensor("30", "99", "ac_power", "kW"),
    _sensor("31", "404", "ac_power", "kW"),
]


@pytest.fixture
def plants(warehouse: Warehouse) -> Warehouse:
    """Two plants; the FlexMeasures record 4 is the first one."""
    with warehouse.transaction() as connection:
        for plant_id, code in ((_PLANT_1, "P-1"), (_PLANT_2, "P-2")):
            connection.exec_driver_sql(
                "insert into registry.plant (plant_id, plant_code, name, status, first_seen_at, updated_at)"
                " values (%(id)s, %(code)s, %(code)s, 'active', %(at)s, %(at)s)",
                {"id": plant_id, "code": code, "at": _AT},
            )
        _alias(connection, "4", _PLANT_1)
    return warehouse


def _alias(connection: Connection, record: str, plant_id: uuid.UUID, *, source: str = _SOURCE) -> None:
    connection.exec_driver_sql(
        "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present,"
        " first_seen_at, last_seen_at) values (%(source)s, %(record)s, %(plant)s, 'x', 'new', true, %(at)s, %(at)s)",
        {"source": source, "record": record, "plant": plant_id, "at": _AT},
    )


def _write(
    warehouse: Warehouse, equipment: Sequence[EquipmentFact] = _EQUIPMENT, sensors: Sequence[SensorFact] = _SENSORS
) -> EquipmentChanges:
    with warehouse.transaction() as connection:
        return write_equipment(connection, equipment, sensors)


def _rows(warehouse: Warehouse, statement: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def _versions(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """The physical row versions: they change with every write, even of equal values."""
    return _rows(
        warehouse,
        "select 'e', equipment_id::text, ctid::text, xmin::text from registry.equipment"
        " union all select 's', sensor_id::text, ctid::text, xmin::text from registry.sensor order by 1, 2",
    )


def test_devices_and_sensors_of_plants_are_written_the_others_skipped(plants: Warehouse) -> None:
    changes = _write(plants)
    assert changes.equipment == TableChanges(new=3, changed=0, gone=0, same=0, skipped=1)
    assert changes.sensors == TableChanges(new=3, changed=0, gone=0, same=0, skipped=2)
    assert len(changes.findings) == 1
    assert changes.findings[0].startswith(
        "flexmeasures sensor 10 (MTR-1: voltage of something): the unit 'furlong' is none"
    )
    equipment = _rows(
        plants,
        "select source_asset_id, plant_id, name, equipment_type, equipment_id, parent_equipment_id, is_present"
        " from registry.equipment order by source_asset_id",
    )
    block = equipment_id_of(_SOURCE, "6")
    assert equipment == [
        ("6", _PLANT_1, "Block 1", "other", block, None, True),
        ("7", _PLANT_1, "INV-01", "inverter", equipment_id_of(_SOURCE, "7"), block, True),
        ("8", _PLANT_1, "MTR-1", "meter", equipment_id_of(_SOURCE, "8"), None, True),
    ]
    sensors = _rows(
        plants,
        "select source_sensor_id, equipment_id, plant_id, name, quantity, source_unit, unit, is_cumulative, sign,"
        " is_main, resolution, timezone, raptor_sensor_type, is_reference, is_present, finding is null"
        " from registry.sensor order by source_sensor_id::integer",
    )
    zone, minutes = "Europe/Amsterdam", timedelta(minutes=1)
    meter, inverter = equipment_id_of(_SOURCE, "8"), equipment_id_of(_SOURCE, "7")
    assert sensors == [
        (
            *("9", meter, _PLANT_1, "production_energy", "production_energy", "kWh", "Wh", True, None, True),
            *(0 * minutes, zone, "production_meter_energy", False, True, True),
        ),
        (
            *("10", meter, _PLANT_1, "voltage of something", None, "furlong", None, False, None, False),
            *(15 * minutes, zone, None, False, True, False),
        ),
        (
            *("20", inverter, _PLANT_1, "ac_power", "ac_power", "kW", "W", False, None, False),
            *(5 * minutes, zone, "ac_power", False, True, True),
        ),
    ]


def test_unchanged_facts_in_another_order_change_no_row(plants: Warehouse) -> None:
    _write(plants)
    before = _versions(plants)
    changes = _write(plants, _EQUIPMENT[::-1], _SENSORS[::-1])
    assert (changes.equipment, changes.sensors) == (TableChanges(0, 0, 0, 3, 1), TableChanges(0, 0, 0, 3, 2))
    assert _versions(plants) == before


def test_only_what_differs_is_written_and_ids_stay(plants: Warehouse) -> None:
    _write(plants)
    before = dict(_rows(plants, "select source_sensor_id, sensor_id from registry.sensor"))
    versions = _versions(plants)
    equipment = [replace(fact, name="INV-01 new") if fact.source_asset_id == "7" else fact for fact in _EQUIPMENT]
    sensors = [
        *(replace(fact, unit="W") if fact.source_sensor_id == "20" else fact for fact in _SENSORS),
        _sensor("11", "8", "power", "kW"),
    ]
    changes = _write(plants, equipment, sensors)
    assert changes.equipment == TableChanges(new=0, changed=1, gone=0, same=2, skipped=1)
    assert changes.sensors == TableChanges(new=1, changed=1, gone=0, same=2, skipped=2)
    after = dict(_rows(plants, "select source_sensor_id, sensor_id from registry.sensor"))
    assert after == {**before, "11": after["11"]}
    assert len(set(versions) & set(_versions(plants))) == 4  # of 3 devices and 3 sensors, one each was touched


@pytest.mark.parametrize(("before_kw", "after_kw"), [(None, 250.0), (250.0, 300.0), (250.0, None)])
def test_the_rating_of_a_device_is_what_its_source_documents_now(
    plants: Warehouse, before_kw: float | None, after_kw: float | None
) -> None:
    for rating_kw, changed in ((before_kw, 0), (after_kw, 1)):
        equipment = [replace(_EQUIPMENT[0], capacity_ac_kw=rating_kw), *_EQUIPMENT[1:]]
        changes = _write(plants, equipment).equipment
        assert changes.changed == changed
        statement = "select capacity_ac_kw from registry.equipment where source_asset_id = '7'"
        assert _rows(plants, statement) == [(rating_kw,)]


@pytest.mark.parametrize("is_told", [True, False], ids=["still listed as gone", "no longer listed"])
def test_what_disappears_is_kept_as_gone_and_may_return(plants: Warehouse, is_told: bool) -> None:
    _write(plants)
    equipment = [replace(fact, is_present=False) for fact in _EQUIPMENT if fact.source_asset_id == "8" and is_told]
    sensors = [replace(fact, is_present=False) for fact in _SENSORS if fact.source_asset_id == "8" and is_told]
    remaining = [fact for fact in _EQUIPMENT if fact.source_asset_id != "8"]
    changes = _write(plants, [*remaining, *equipment], [*(f for f in _SENSORS if f.source_asset_id != "8"), *sensors])
    assert (changes.equipment.gone, changes.sensors.gone) == (1, 2)
    assert _rows(plants, "select source_asset_id, is_present from registry.equipment order by 1") == [
        *(("6", True), ("7", True)),
        ("8", False),
    ]
    assert _rows(plants, "select count(*) from registry.sensor where not is_present") == [(2,)]
    again = _write(plants)
    assert (again.equipment.changed, again.equipment.gone, again.sensors.changed, again.sensors.gone) == (1, 0, 2, 0)
    assert _rows(plants, "select count(*) from registry.sensor where not is_present") == [(0,)]


def test_a_source_that_says_nothing_loses_nothing(plants: Warehouse) -> None:
    _write(plants)
    before = _versions(plants)
    changes = _write(plants, [], [])
    assert changes.equipment == changes.sensors == TableChanges(0, 0, 0, 0, 0)
    assert _versions(plants) == before


def test_devices_follow_their_record_to_another_plant(plants: Warehouse) -> None:
    _write(plants)
    with plants.transaction() as connection:
        connection.exec_driver_sql("update registry.plant_alias set plant_id = %(to)s", {"to": _PLANT_2})
    changes = _write(plants)
    assert (changes.equipment.changed, changes.sensors.changed) == (3, 3)
    assert _rows(plants, "select distinct plant_id from registry.equipment") == [(_PLANT_2,)]
    assert _rows(plants, "select distinct plant_id from registry.sensor") == [(_PLANT_2,)]


def test_two_writes_fit_into_one_transaction(plants: Warehouse) -> None:
    with plants.transaction() as connection:
        write_equipment(connection, _EQUIPMENT, _SENSORS)
        assert write_equipment(connection, _EQUIPMENT, _SENSORS).equipment.same == 3


# -- main meters by energies --
_METERS = [_device("10", "Meter north", "meter"), _device("9", "Meter south", "meter")]
_POWERS = [
    _sensor("1", "10", "power", "kW"),
    _sensor("2", "9", "power", "kW"),
    _sensor("3", "9", "energy", "kWh", 0),
    _sensor("4", "9", "daily energy", "kWh", 24 * 60),
]
_NORTH, _SOUTH = equipment_id_of(_SOURCE, "10"), equipment_id_of(_SOURCE, "9")
_UNDECIDED = [("1", False, SEVERAL_METERS), ("2", False, SEVERAL_METERS), ("3", False, SEVERAL_METERS)]
_DECIDED = [("1", False, CHECK_METER), ("2", True, None), ("3", True, None)]
_DAILY = [("4", False, None)]


def _states(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return _rows(warehouse, "select source_sensor_id, is_main, finding from registry.sensor order by 1")


def _settle(warehouse: Warehouse, main: uuid.UUID, check: uuid.UUID) -> None:
    with warehouse.transaction() as connection:
        settle_meters(connection, {main: "main", check: "check"})


def test_what_energies_decided_is_stored_and_outlives_the_next_listing(plants: Warehouse) -> None:
    assert len(_write(plants, _METERS, _POWERS).findings) == 3
    assert _states(plants) == _UNDECIDED + _DAILY
    _settle(plants, main=_SOUTH, check=_NORTH)
    assert _states(plants) == _DECIDED + _DAILY
    before = _versions(plants)
    assert _write(plants, _METERS, _POWERS).findings == ()
    _settle(plants, main=_NORTH, check=_SOUTH)
    assert _versions(plants) == before


def test_energies_do_not_overrule_names(plants: Warehouse) -> None:
    _write(plants, [replace(_METERS[0], name="Main meter"), _METERS[1]], _POWERS)
    named = _states(plants)
    assert named[0] == ("1", True, None)
    _settle(plants, main=_SOUTH, check=_NORTH)
    assert _states(plants) == named


def test_a_third_meter_reopens_the_question(plants: Warehouse) -> None:
    _write(plants, _METERS, _POWERS)
    _settle(plants, main=_SOUTH, check=_NORTH)
    third = _device("11", "Meter west", "meter")
    _write(plants, [*_METERS, third], [*_POWERS, _sensor("5", "11", "power", "kW")])
    assert _states(plants) == [*_UNDECIDED, *_DAILY, ("5", False, SEVERAL_METERS)]


def test_a_record_that_repeats_another_has_no_say(plants: Warehouse) -> None:
    with plants.transaction() as connection:
        _alias(connection, "5", _PLANT_1)
        connection.exec_driver_sql("update registry.plant_alias set is_duplicate = true where source_plant_id = '5'")
    twin = _device("50", "Meter", "meter", plant="5", parent="5")
    _write(plants, [_METERS[0], twin], [_POWERS[0], _sensor("60", "50", "power", "kW")])
    assert _states(plants) == [("1", True, None), ("60", False, None)]
