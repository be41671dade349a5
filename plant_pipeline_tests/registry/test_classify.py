"""The classification of devices and sensors: a whole fleet, single names in many languages, and rules between them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plant_pipeline.registry.classify import ONLY_EXCHANGE, ClassifiedSensor, classify
from plant_pipeline.registry.main_meter import CHECK_METER, PARTIAL_METER, SEVERAL_METERS, Key
from plant_pipeline.registry.rules import rules, words_of
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact

_SOURCE = "flexmeasures"


def _asset(path: str, source_type: str, *, is_present: bool = True) -> EquipmentFact:
    """A device by its path `plant/block/device`; the path is its id, the first part the plant."""
    plant, _, _ = path.partition("/")
    parent, _, name = path.rpartition("/")
    return EquipmentFact(_SOURCE, path, plant, name, source_type, is_present, parent or None)


_NO: Mapping[str, object] = {}


def _sensor(
    asset: str,
    name: str,
    unit: str,
    minutes: int = 15,
    *,
    is_present: bool = True,
    attributes: Mapping[str, object] = _NO,
) -> SensorFact:
    return SensorFact(
        _SOURCE, f"{asset}:{name}", asset, name, unit, timedelta(minutes=minutes), is_present, "UTC", attributes
    )


# Three plants as a FlexMeasures server holds them: (path, type of asset, kind expected).
_ASSETS = [
    ("Sunny Ridge Solar", "solar", "other"),
    ("Sunny Ridge Solar/INV-01", "inverter", "inverter"),
    ("Sunny Ridge Solar/INV-02", "inverter", "inverter"),
    ("Sunny Ridge Solar/COMB-1", "combiner", "combiner"),
    ("Sunny Ridge Solar/MTR-1", "meter", "meter"),
    ("Sunny Ridge Solar/WS-1", "weather-station", "weather_station"),
    ("Mesa Verde PV", "solar", "other"),
    ("Mesa Verde PV/INV-A", "inverter", "inverter"),
    ("Mesa Verde PV/INV-B", "inverter", "inverter"),
    ("Mesa Verde PV/Combiner 7", "combiner", "combiner"),
    ("Mesa Verde PV/Revenue Meter", "meter", "meter"),
    ("Mesa Verde PV/Met Mast", "weather-station", "weather_station"),
    ("Kookaburra Flat", "solar", "other"),
    ("Kookaburra Flat/Block 1", "solar", "other"),
    ("Kookaburra Flat/Block 1/Inverter 1", "inverter", "inverter"),
    ("Kookaburra Flat/Block 1/Inverter 2", "inverter", "inverter"),
    ("Kookaburra Flat/Block 1/COMB-1", "combiner", "combiner"),
    ("Kookaburra Flat/POI Meter", "meter", "meter"),
    ("Kookaburra Flat/WS", "weather-station", "weather_station"),
]

# asset | name | unit | minutes | attributes | expected: quantity, canonical unit, sign, raptor type, flags.
# Flags: M main, C cumulative, R reference.
_SENSORS: list[tuple[str, str, str, int, Mapping[str, object], str | None, str, int | None, str | None, str]] = [
    *(
        row
        for inverter in ("Sunny Ridge Solar/INV-01", "Sunny Ridge Solar/INV-02")
        for row in (
            (inverter, "ac_power", "kW", 5, {"consumption_is_positive": False}, "ac_power", "W", 1, "ac_power", ""),
            (inverter, "dc_power", "kW", 5, _NO, "dc_power", "W", None, "dc_power", ""),
            (inverter, "dc_voltage", "V", 5, _NO, "dc_voltage", "V", None, "dc_voltage", ""),
            (inverter, "dc_current_amp", "A", 5, _NO, "dc_current", "A", None, "dc_current_amp", ""),
        )
    ),
    ("Sunny Ridge Solar/COMB-1", "dc_voltage", "V", 5, _NO, "dc_voltage", "V", None, "dc_voltage", ""),
    ("Sunny Ridge Solar/COMB-1", "dc_current_amp", "A", 5, _NO, "dc_current", "A", None, "dc_current_amp", ""),
    ("Sunny Ridge Solar/COMB-1", "dc_power", "kW", 5, _NO, "dc_power", "W", None, "dc_power", ""),
    # One string of sixteen is a DC current, but not the combiner's.
    *(
        ("Sunny Ridge Solar/COMB-1", f"string_{n:02d}_current", "A", 5, _NO, "dc_current", "A", None, None, "")
        for n in range(1, 13)
    ),
    ("Sunny Ridge Solar/MTR-1", "production_power", "kW", 5, _NO, "ac_power", "W", None, "production_meter_power", "M"),
    (
        *("Sunny Ridge Solar/MTR-1", "production_energy", "kWh", 0, {"cumulative": True}),
        *("production_energy", "Wh", None, "production_meter_energy", "MC"),
    ),
    ("Sunny Ridge Solar/WS-1", "irradiance_poa", "W/m²", 5, _NO, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Sunny Ridge Solar/WS-1", "irradiance_ghi", "W/m²", 5, _NO, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    ("Sunny Ridge Solar/WS-1", "module_temperature", "°C", 15, _NO, "module_temperature", "°C", None, None, ""),
    *(
        row
        for inverter in ("Mesa Verde PV/INV-A", "Mesa Verde PV/INV-B")
        for row in (
            (inverter, "AC Power", "W", 15, _NO, "ac_power", "W", None, "ac_power", ""),
            (inverter, "DC Power", "W", 15, _NO, "dc_power", "W", None, "dc_power", ""),
            (inverter, "DC Voltage", "V", 15, _NO, "dc_voltage", "V", None, "dc_voltage", ""),
            (inverter, "DC Current", "A", 15, _NO, "dc_current", "A", None, "dc_current_amp", ""),
        )
    ),
    ("Mesa Verde PV/Combiner 7", "DC Current", "A", 15, _NO, "dc_current", "A", None, "dc_current_amp", ""),
    ("Mesa Verde PV/Combiner 7", "DC Voltage", "V", 15, _NO, "dc_voltage", "V", None, "dc_voltage", ""),
    (
        *("Mesa Verde PV/Revenue Meter", "Active Power", "W", 15, {"consumption_is_positive": True}),
        *("ac_power", "W", -1, "production_meter_power", "M"),
    ),
    # Interval energy is production, but no register: it has no type in the file.
    ("Mesa Verde PV/Revenue Meter", "Energy Delivered", "Wh", 15, _NO, "production_energy", "Wh", None, None, "M"),
    ("Mesa Verde PV/Met Mast", "POA", "kW/m²", 0, _NO, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Mesa Verde PV/Met Mast", "GHI", "W/m²", 15, _NO, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    *(
        row
        for inverter in ("Kookaburra Flat/Block 1/Inverter 1", "Kookaburra Flat/Block 1/Inverter 2")
        for row in (
            (inverter, "ac_power", "MW", 15, _NO, "ac_power", "W", None, "ac_power", ""),
            (inverter, "dc_power", "MW", 15, _NO, "dc_power", "W", None, "dc_power", ""),
            (inverter, "dc_voltage", "kV", 15, _NO, "dc_voltage", "V", None, "dc_voltage", ""),
        )
    ),
    ("Kookaburra Flat/Block 1/COMB-1", "dc_current", "A", 15, _NO, "dc_current", "A", None, "dc_current_amp", ""),
    ("Kookaburra Flat/POI Meter", "power", "MW", 15, _NO, "ac_power", "W", None, "production_meter_power", "M"),
    ("Kookaburra Flat/POI Meter", "energy", "MWh", 60, _NO, "production_energy", "Wh", None, None, "M"),
    ("Kookaburra Flat/WS", "poa", "W/m²", 15, _NO, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Kookaburra Flat/WS", "ghi", "W/m²", 15, _NO, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    *(
        row
        for site in ("Sunny Ridge Solar", "Mesa Verde PV", "Kookaburra Flat")
        for row in (
            (site, "daily energy", "kWh", 1440, _NO, "production_energy", "Wh", None, None, "R"),
            (site, "performance ratio", "%", 1440, _NO, None, "%", None, None, "R"),
            (site, "peak power", "kW", 1440, _NO, None, "W", None, None, "R"),
        )
    ),
]

_FLEET = [_asset(path, source_type) for path, source_type, _ in _ASSETS]
_FLEET_SENSORS = [
    _sensor(asset, name, unit, minutes, attributes=attributes)
    for asset, name, unit, minutes, attributes, *_ in _SENSORS
]


def test_a_fleet_as_a_server_holds_it_is_classified_device_by_device() -> None:
    result = classify(_FLEET, _FLEET_SENSORS)
    assert {row.fact.source_asset_id: row.equipment_type for row in result.equipment} == {
        path: kind for path, _, kind in _ASSETS
    }


def test_a_fleet_as_a_server_holds_it_is_classified_sensor_by_sensor() -> None:
    rows = {row.fact.source_sensor_id: row for row in classify(_FLEET, _FLEET_SENSORS).sensors}
    assert len(rows) == len(_SENSORS)
    for asset, name, _, _, _, quantity, unit, sign, raptor_sensor_type, flags in _SENSORS:
        row = rows[f"{asset}:{name}"]
        found = (row.quantity, row.unit, row.sign, row.raptor_sensor_type)
        assert found == (quantity, unit, sign, raptor_sensor_type), row
        assert (row.is_main, row.is_cumulative, row.is_reference) == ("M" in flags, "C" in flags, "R" in flags), row
        assert (row.quantity is None) == (row.finding is not None), row
        assert not row.needs_person, row


@settings(deadline=None)  # the first example also reads the rules
@given(st.permutations(_FLEET), st.permutations(_FLEET_SENSORS))
def test_the_order_of_the_facts_never_matters(equipment: list[EquipmentFact], sensors: list[SensorFact]) -> None:
    assert classify(equipment, sensors) == classify(_FLEET, _FLEET_SENSORS)


# -- single sensors --
def _only(
    source_type: str,
    name: str,
    unit: str,
    minutes: int = 15,
    device: str = "X",
    attributes: Mapping[str, object] = _NO,
) -> str:
    """Quantity of a sensor alone on a device below a plant; `?`: none, and a person should look; `-`: none, settled."""
    row = _row(source_type, name, unit, minutes, device, attributes)
    return row.quantity or ("?" if row.needs_person else "-")


def _row(
    source_type: str,
    name: str,
    unit: str,
    minutes: int = 15,
    device: str = "X",
    attributes: Mapping[str, object] = _NO,
) -> ClassifiedSensor:
    path = f"P/{device}"
    sensor = _sensor(path, name, unit, minutes, attributes=attributes)
    (row,) = classify([_asset(path, source_type)], [sensor]).sensors
    return row


@pytest.mark.parametrize(
    ("source_type", "name", "unit", "minutes", "quantity"),
    [
        # power on the two sides of an inverter
        ("inverter", "Leistung", "kW", 15, "ac_power"),
        ("inverter", "Wirkleistung", "kW", 15, "ac_power"),
        ("Wechselrichter", "potencia activa", "kW", 15, "ac_power"),
        ("inverter", "Činný výkon", "kW", 15, "ac_power"),
        ("onduleur", "Puissance AC", "kW", 15, "ac_power"),
        ("inverter", "acPower", "kW", 15, "ac_power"),
        ("inverter", "ACpower", "kW", 15, "ac_power"),
        ("inverter", "P_AC", "W", 15, "ac_power"),
        ("inverter", "Total active power", "kW", 1, "ac_power"),
        ("inverter", "Output power", "W", 15, "ac_power"),
        ("inverter", "Input power", "W", 15, "dc_power"),
        ("inverter", "Pdc", "W", 15, "dc_power"),
        ("inverter", "DC-Leistung", "kW", 15, "dc_power"),
        ("inverter", "PV Power", "W", 15, "?"),
        ("inverter", "AC/DC power", "W", 15, "?"),
        ("inverter", "grid power", "W", 15, "?"),
        ("combiner", "power", "kW", 15, "dc_power"),
        ("combiner", "current", "A", 15, "dc_current"),
        ("turbine", "Active Power", "kW", 10, "ac_power"),
        # one of several parts of a device is not the device
        ("inverter", "Active power L1", "W", 15, "-"),
        ("inverter", "String 3 power", "W", 15, "-"),
        ("meter", "energy HT", "kWh", 0, "-"),
        ("meter", "total power of 3 phases", "W", 15, "ac_power"),
        # what is not measured
        ("inverter", "ac_power forecast", "kW", 15, "-"),
        ("inverter", "Active power setpoint", "kW", 15, "-"),
        ("inverter", "Sollwert Wirkleistung", "kW", 15, "-"),
        ("meter", "production schedule", "kW", 15, "-"),
        ("meter", "power limit", "kW", 15, "-"),
        ("meter", "day-ahead price", "EUR/MWh", 60, "-"),
        ("solar", "installed capacity", "kWp", 15, "-"),
        ("weather-station", "clear-sky POA", "W/m²", 15, "-"),
        # apparent and reactive
        ("inverter", "reactive power", "kVAr", 15, "-"),
        ("inverter", "apparent power", "kVA", 15, "-"),
        ("inverter", "Blindleistung", "kW", 15, "-"),
        ("meter", "jalový výkon", "kW", 15, "-"),
        # directions
        ("meter", "Zählerstand Erzeugung", "kWh", 0, "production_energy"),
        ("meter", "productionRegisterKwh", "kWh", 0, "production_energy"),
        ("meter", "Výroba", "kWh", 0, "production_energy"),
        ("compteur", "énergie produite", "kWh", 0, "production_energy"),
        ("meter", "importRegisterKwh", "kWh", 0, "import_energy"),
        ("meter", "Netzbezug", "kWh", 0, "import_energy"),
        ("meter", "Odběr", "kWh", 0, "import_energy"),
        ("meter", "grid consumption", "kWh", 0, "import_energy"),
        ("meter", "Energia inyectada", "kWh", 0, "export_energy"),
        ("meter", "PV feed-in", "kWh", 0, "export_energy"),
        ("meter", "load", "kWh", 15, "consumption_energy"),
        ("meter", "Verbrauch", "kW", 15, "consumption_power"),
        ("meter", "grid import/export", "kW", 15, "grid_power"),
        ("meter", "exportPower", "kW", 15, "-"),
        ("meter", "import and export energy", "kWh", 0, "?"),
        ("meter", "Eigenverbrauch", "kWh", 15, "-"),
        ("meter", "net power", "kW", 15, "?"),
        ("meter", "net production", "kW", 15, "ac_power"),
        # totals that start again, and lifetime registers
        ("inverter", "E-Today", "kWh", 0, "?"),
        ("inverter", "Tagesertrag", "kWh", 0, "?"),
        ("inverter", "Gesamtertrag", "kWh", 0, "production_energy"),
        ("inverter", "DC energy", "kWh", 0, "-"),
        # irradiance says POA or GHI, or is neither
        ("weather-station", "Einstrahlung", "W/m²", 15, "?"),
        ("weather-station", "irradiance", "W/m²", 15, "?"),
        ("weather-station", "Einstrahlung Modulebene", "W/m²", 15, "irradiance_poa"),
        ("weather-station", "plane of array", "W/m²", 15, "irradiance_poa"),
        ("weather-station", "global tilted irradiance (GTI)", "W/m²", 15, "irradiance_poa"),
        ("weather-station", "irradiancia inclinada", "W/m2", 15, "irradiance_poa"),
        ("weather-station", "Globální horizontální záření", "W/m²", 15, "irradiance_ghi"),
        ("weather-station", "Globalstrahlung", "W/m²", 15, "irradiance_ghi"),
        ("weather-station", "rear POA", "W/m²", 15, "-"),
        ("weather-station", "diffuse horizontal", "W/m²", 15, "-"),
        # other quantities
        ("weather-station", "Modultemperatur", "°C", 15, "module_temperature"),
        ("weather-station", "Außentemperatur", "°C", 15, "ambient_temperature"),
        ("weather-station", "T_amb", "degC", 15, "ambient_temperature"),
        ("weather-station", "temperature", "°C", 15, "?"),
        ("inverter", "temperature", "°C", 15, "-"),
        ("weather-station", "Windgeschwindigkeit", "km/h", 15, "wind_speed"),
        ("weather-station", "wind gust", "m/s", 15, "-"),
        ("inverter", "MPPT1 voltage", "V", 15, "dc_voltage"),
        ("inverter", "Phase A voltage", "V", 15, "ac_voltage"),
        ("inverter", "voltage", "V", 15, "?"),
        ("meter", "voltage", "V", 15, "ac_voltage"),
        ("inverter", "frequency", "Hz", 15, "-"),
        ("meter", "power", "furlong", 15, "?"),
        # batteries and single consumers are not production
        ("battery", "power", "kW", 15, "-"),
        ("battery", "energy", "kWh", 0, "-"),
        ("battery", "SoC", "%", 15, "state_of_charge"),
        ("inverter", "batteryPowerKw", "kW", 15, "-"),
        ("inverter", "fan power", "W", 15, "-"),
        ("weather-station", "power", "W", 15, "-"),
        # a word nobody foresaw leaves it open
        ("meter", "zorblax power", "kW", 15, "?"),
        ("process", "power", "kW", 15, "?"),
    ],
)
def test_the_name_tells_the_quantity(source_type: str, name: str, unit: str, minutes: int, quantity: str) -> None:
    assert _only(source_type, name, unit, minutes) == quantity


@pytest.mark.parametrize(
    ("device", "name", "unit", "quantity"),
    [
        ("Grid meter", "power", "kW", "grid_power"),
        ("Grid meter", "energy", "kWh", "?"),
        ("Load meter", "power", "kW", "consumption_power"),
        ("Auxiliary meter", "energy", "kWh", "consumption_energy"),
        ("Bezugszähler", "Energie", "kWh", "import_energy"),
        ("Einspeisezähler", "Energie", "kWh", "export_energy"),
        ("Erzeugungszähler", "Energie", "kWh", "production_energy"),
        ("Main meter", "energy", "kWh", "production_energy"),
        ("Battery meter", "power", "kW", "?"),
        ("Office building", "power", "kW", "?"),
        ("Grid meter", "production power", "kW", "ac_power"),
    ],
)
def test_a_meter_s_name_tells_what_its_sensors_leave_open(device: str, name: str, unit: str, quantity: str) -> None:
    assert _only("meter", name, unit, 0, device) == quantity


def test_a_weather_station_s_name_tells_its_plane() -> None:
    assert _only("weather-station", "value", "W/m²", 15, "POA pyranometer") == "irradiance_poa"


@pytest.mark.parametrize(
    ("unit", "minutes", "attributes", "is_cumulative"),
    [
        ("kWh", 0, {}, True),
        ("kWh", 15, {}, False),
        ("kWh", 15, {"cumulative": True}, True),
        ("kWh", 15, {"cumulative": "true"}, True),
        ("kWh", 15, {"cumulative": "False"}, False),
        ("kW", 0, {"cumulative": True}, False),  # power is no counter, whatever is said of it
    ],
)
def test_energy_without_resolution_or_said_so_is_a_register(
    unit: str, minutes: int, attributes: dict[str, object], is_cumulative: bool
) -> None:
    assert _row("meter", "production", unit, minutes, attributes=attributes).is_cumulative is is_cumulative


def test_energy_of_no_interval_that_is_no_register_is_left_to_a_person() -> None:
    assert _only("meter", "production", "kWh", 0, attributes={"cumulative": False}) == "?"


@pytest.mark.parametrize(
    ("stated", "sign"),
    [(True, -1), (False, 1), ("true", -1), ("false", 1), (None, None), ("maybe", None)],
)
def test_the_sign_is_what_the_source_states(stated: object, sign: int | None) -> None:
    assert _row("meter", "power", "kW", attributes={"consumption_is_positive": stated}).sign == sign


def test_a_sign_on_what_has_none_is_not_taken_over() -> None:
    assert _row("weather-station", "POA", "W/m²", attributes={"consumption_is_positive": True}).sign is None


def test_daily_sensors_are_references_and_neither_inputs_nor_exported() -> None:
    row = _row("meter", "production energy", "kWh", 1440, attributes={"cumulative": True})
    assert (row.quantity, row.is_reference, row.is_main, row.raptor_sensor_type) == (
        *("production_energy", True, False),
        None,
    )


# -- kinds of devices --
def _kinds(assets: list[tuple[str, str]], *sensors: SensorFact) -> dict[str, str]:
    result = classify([_asset(path, source_type) for path, source_type in assets], sensors)
    return {row.fact.source_asset_id: row.equipment_type for row in result.equipment}


def _mains(assets: list[tuple[str, str]], *sensors: SensorFact) -> set[str]:
    result = classify([_asset(path, source_type) for path, source_type in assets], sensors)
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
        _sensor("P/A", "poa", "W/m²"),
        _sensor("P/B", "AC power", "kW"),
        _sensor("P/B", "DC voltage", "V"),
        _sensor("P/C", "soc", "%"),
        _sensor("P/D", "import", "kWh", 0),
        _sensor("P/D", "export", "kWh", 0),
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
    sensor = _sensor("P", *name_and_unit)
    assert _kinds([("P", "solar")], sensor) == {"P": "meter"}
    assert _mains([("P", "solar")], sensor) == {sensor.source_sensor_id}


def test_a_wind_farm_with_only_its_own_power_is_its_own_meter() -> None:
    assert _mains([("P", "wind")], _sensor("P", "power", "MW", 10)) == {"P:power"}


def test_the_plant_s_own_power_acts_as_meter_beside_inverters_but_not_beside_a_meter() -> None:
    own, inverter, meter = (_sensor(path, "power", "kW") for path in ("P", "P/INV 1", "P/Zähler"))
    with_inverter = [("P", "solar"), ("P/INV 1", "inverter")]
    assert _mains(with_inverter, own, inverter) == {"P:power"}
    with_meter = [*with_inverter, ("P/Zähler", "device")]
    assert _kinds(with_meter, own, inverter, meter)["P"] == "other"
    assert _mains(with_meter, own, inverter, meter) == {"P/Zähler:power"}


def test_the_plant_s_own_power_acts_as_meter_above_meters_of_blocks() -> None:
    assets = [("P", "solar"), ("P/1", "block"), ("P/2", "block"), ("P/1/M", "meter"), ("P/2/M", "meter")]
    sensors = [_sensor(path, "power", "kW") for path in ("P", "P/1/M", "P/2/M")]
    assert _mains(assets, *sensors) == {"P:power"}


def test_a_plant_with_only_irradiance_on_it_is_a_weather_station() -> None:
    assert _kinds([("P", "solar")], _sensor("P", "ghi", "W/m²")) == {"P": "weather_station"}


def test_the_power_of_a_building_is_not_taken_for_production_but_its_panels_are() -> None:
    building, panels = ("Home", "building"), ("Home/PV", "solar")
    power, solar = _sensor("Home", "power", "kW"), _sensor("Home/PV", "power", "kW")
    assert _kinds([building, panels], power, solar) == {"Home": "other", "Home/PV": "meter"}
    assert _mains([building, panels], power, solar) == {"Home/PV:power"}


def test_several_arrays_without_any_meter_are_added_up_like_inverters() -> None:
    arrays = [("P/East", "solar"), ("P/West", "solar")]
    sensors = [_sensor(path, "power", "kW") for path, _ in arrays]
    assert set(_kinds(arrays, *sensors).values()) == {"inverter"}
    assert _mains(arrays, *sensors) == set()


def test_a_gateway_s_own_readings_are_told_apart_by_their_names() -> None:
    names = {
        "fvePowerKw": "ac_power",
        "gridPowerKw": "grid_power",
        "batteryPowerKw": None,
        "consumptionPowerKw": "consumption_power",
    }
    result = classify([_asset("G", "GATEWAY")], [_sensor("G", name, "kW", 1) for name in names])
    assert {row.fact.name: row.quantity for row in result.sensors} == names
    assert [row.fact.name for row in result.sensors if row.is_main] == ["fvePowerKw"]


# -- one sensor a device and quantity --
def _quantities(*sensors: SensorFact) -> dict[str, str | None]:
    result = classify([_asset("P/INV", "inverter")], sensors)
    return {row.fact.name: row.quantity for row in result.sensors}


def test_of_two_powers_of_a_device_the_plainer_named_is_used() -> None:
    found = _quantities(_sensor("P/INV", "AC Power", "kW"), _sensor("P/INV", "power", "kW", 1))
    assert found == {"AC Power": "ac_power", "power": None}


def test_of_two_alike_the_total_then_the_shorter_interval_is_used() -> None:
    assert _quantities(_sensor("P/INV", "AC total", "kW"), _sensor("P/INV", "AC power", "kW", 1)) == {
        "AC total": "ac_power",
        "AC power": None,
    }
    assert _quantities(_sensor("P/INV", "AC power 5 min", "kW", 5), _sensor("P/INV", "AC power", "kW", 15)) == {
        "AC power 5 min": "ac_power",
        "AC power": None,
    }


def test_two_that_may_be_parts_of_a_sum_are_both_left_to_a_person() -> None:
    result = classify([_asset("P", "solar")], [_sensor("P", "PV power", "kW"), _sensor("P", "Wind power", "kW")])
    assert [(row.quantity, row.needs_person) for row in result.sensors] == [(None, True), (None, True)]


def test_a_register_and_an_interval_energy_stand_beside_each_other() -> None:
    found = _quantities(_sensor("P/INV", "energy", "kWh", 0), _sensor("P/INV", "energy 15 min", "kWh"))
    assert found == {"energy": "production_energy", "energy 15 min": "production_energy"}


def test_a_sensor_that_is_gone_does_not_compete_with_its_successor() -> None:
    found = _quantities(_sensor("P/INV", "ac_power", "kW", is_present=False), _sensor("P/INV", "AC power", "kW"))
    assert set(found.values()) == {"ac_power"}


# -- which meter counts --
def _meter_rows(*paths: str, more: tuple[str, ...] = ()) -> dict[str, tuple[bool, str | None]]:
    """Main flag and finding by path, of meters with a power each; `more` are inverters with a power each."""
    equipment = [_asset(path, "meter") for path in paths] + [_asset(path, "inverter") for path in more]
    blocks = {path.rpartition("/")[0] for path in (*paths, *more)} - {"P"}
    equipment += [_asset(block, "block") for block in blocks]
    result = classify(equipment, [_sensor(path, "ac power", "kW") for path in (*paths, *more)])
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
    assets = [_asset("P/A", "meter"), _asset("P/Load meter", "meter"), _asset("P/B", "meter")]
    sensors = [
        _sensor("P/A", "power", "kW"),
        _sensor("P/Load meter", "power", "kW"),
        _sensor("P/B", "import", "kWh", 0),
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
    assets = [_asset("P/A", "meter", is_present=False), _asset("P/B", "meter")]
    result = classify(assets, [_sensor("P/A", "power", "kW"), _sensor("P/B", "power", "kW")])
    assert [row.is_main for row in result.sensors] == [False, True]


def test_a_plant_that_left_its_source_keeps_its_main_meter() -> None:
    sensor = _sensor("P/A", "power", "kW", is_present=False)
    (row,) = classify([_asset("P/A", "meter", is_present=False)], [sensor]).sensors
    assert row.is_main


def test_decided_meters_stay_decided_while_they_are_the_same() -> None:
    assets = [_asset("P/A", "meter"), _asset("P/B", "meter")]
    sensors = [_sensor("P/A", "power", "kW"), _sensor("P/B", "power", "kW")]
    settled: dict[Key, Literal["main", "check"]] = {(_SOURCE, "P/A"): "main", (_SOURCE, "P/B"): "check"}
    rows = classify(assets, sensors, settled=settled).sensors
    assert [(row.is_main, row.finding) for row in rows] == [(True, None), (False, CHECK_METER)]
    third = classify(
        [*assets, _asset("P/C", "meter")],
        [*sensors, _sensor("P/C", "power", "kW")],
        settled=settled,
    ).sensors
    assert {(row.is_main, row.finding) for row in third} == {(False, SEVERAL_METERS)}


def test_two_records_joined_into_one_plant_have_a_main_meter_each() -> None:
    assets = [_asset("P/A", "meter"), _asset("Q/A", "meter")]
    sensors = [_sensor("P/A", "power", "kW"), _sensor("Q/A", "power", "kW")]
    joined = {(_SOURCE, "P"): 1, (_SOURCE, "Q"): 1}
    assert all(row.is_main for row in classify(assets, sensors, joined).sensors)
    without_one = classify(assets, [*sensors, _sensor("Q/B", "power", "kW")], joined)
    assert all(row.is_main for row in without_one.sensors)  # a sensor of no known device is left out
    unclear = classify([*assets, _asset("Q/B", "meter")], [*sensors, _sensor("Q/B", "power", "kW")], joined)
    assert {(row.is_main, row.finding) for row in unclear.sensors} == {(False, PARTIAL_METER)}


def test_a_record_that_repeats_another_has_no_main_meter() -> None:
    assets = [_asset("P/A", "meter"), _asset("Q/A", "meter")]
    sensors = [_sensor("P/A", "power", "kW"), _sensor("Q/A", "power", "kW")]
    rows = classify(assets, sensors, {(_SOURCE, "P"): 1}).sensors
    assert [row.is_main for row in rows] == [True, False]


def test_the_same_plant_in_two_systems_has_one_main_meter_at_most() -> None:
    assets = [_asset("P/A", "meter"), replace(_asset("V/E1", "METER"), source="voke")]
    sensors = [_sensor("P/A", "power", "kW"), replace(_sensor("V/E1", "power", "kW"), source="voke")]
    plants = {(_SOURCE, "P"): 1, ("voke", "V"): 1}
    assert {row.finding for row in classify(assets, sensors, plants).sensors} == {SEVERAL_METERS}
    named = [replace(assets[0], name="Revenue meter"), assets[1]]
    assert [row.is_main for row in classify(named, sensors, plants).sensors] == [True, False]


def test_exchange_with_the_grid_alone_is_not_taken_for_production() -> None:
    rows = classify([_asset("P/A", "meter")], [_sensor("P/A", name, "kWh", 0) for name in ("export", "import")]).sensors
    assert [(row.is_main, row.finding) for row in rows] == [(False, ONLY_EXCHANGE), (False, None)]


# -- the rules as data --
def test_every_group_the_rules_name_exists() -> None:
    named = {group for exclusion in rules().exclusions for group in exclusion.unless}
    assert named <= set(rules().terms)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fvePowerKw", ("fve", "power", "kw")),
        ("Výkon FVE1", ("vykon", "fve", "1")),
        ("irradiance_POA (W/m²)", ("irradiance", "poa", "w", "m", "2")),
        ("", ()),
    ],
)
def test_names_are_compared_as_plain_small_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name).split == words


@settings(deadline=None)  # the first example also reads the rules
@given(st.text(max_size=40), st.sampled_from(["kW", "kWh", "V", "A", "W/m²", "°C", "m/s", "%", "", "EUR"]))
def test_any_name_gets_a_quantity_or_a_finding(name: str, unit: str) -> None:
    row = _row("solar", name, unit)
    assert (row.quantity is None) == (row.finding is not None) or row.finding == ONLY_EXCHANGE
