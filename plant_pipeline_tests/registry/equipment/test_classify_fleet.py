"""The classification of a whole fleet, device by device and sensor by sensor."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from plant_pipeline.registry.equipment.classify import classify
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline_tests.registry.facts import BARE, device_fact, sensor_fact

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
            (inverter, "dc_power", "kW", 5, BARE, "dc_power", "W", None, "dc_power", ""),
            (inverter, "dc_voltage", "V", 5, BARE, "dc_voltage", "V", None, "dc_voltage", ""),
            (inverter, "dc_current_amp", "A", 5, BARE, "dc_current", "A", None, "dc_current_amp", ""),
        )
    ),
    ("Sunny Ridge Solar/COMB-1", "dc_voltage", "V", 5, BARE, "dc_voltage", "V", None, "dc_voltage", ""),
    ("Sunny Ridge Solar/COMB-1", "dc_current_amp", "A", 5, BARE, "dc_current", "A", None, "dc_current_amp", ""),
    ("Sunny Ridge Solar/COMB-1", "dc_power", "kW", 5, BARE, "dc_power", "W", None, "dc_power", ""),
    # One string of sixteen is a DC current, but not the combiner's.
    *(
        ("Sunny Ridge Solar/COMB-1", f"string_{n:02d}_current", "A", 5, BARE, "dc_current", "A", None, None, "")
        for n in range(1, 13)
    ),
    (
        "Sunny Ridge Solar/MTR-1",
        "production_power",
        "kW",
        5,
        BARE,
        "ac_power",
        "W",
        None,
        "production_meter_power",
        "M",
    ),
    (
        *("Sunny Ridge Solar/MTR-1", "production_energy", "kWh", 0, {"cumulative": True}),
        *("production_energy", "Wh", None, "production_meter_energy", "MC"),
    ),
    ("Sunny Ridge Solar/WS-1", "irradiance_poa", "W/m²", 5, BARE, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Sunny Ridge Solar/WS-1", "irradiance_ghi", "W/m²", 5, BARE, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    ("Sunny Ridge Solar/WS-1", "module_temperature", "°C", 15, BARE, "module_temperature", "°C", None, None, ""),
    *(
        row
        for inverter in ("Mesa Verde PV/INV-A", "Mesa Verde PV/INV-B")
        for row in (
            (inverter, "AC Power", "W", 15, BARE, "ac_power", "W", None, "ac_power", ""),
            (inverter, "DC Power", "W", 15, BARE, "dc_power", "W", None, "dc_power", ""),
            (inverter, "DC Voltage", "V", 15, BARE, "dc_voltage", "V", None, "dc_voltage", ""),
            (inverter, "DC Current", "A", 15, BARE, "dc_current", "A", None, "dc_current_amp", ""),
        )
    ),
    ("Mesa Verde PV/Combiner 7", "DC Current", "A", 15, BARE, "dc_current", "A", None, "dc_current_amp", ""),
    ("Mesa Verde PV/Combiner 7", "DC Voltage", "V", 15, BARE, "dc_voltage", "V", None, "dc_voltage", ""),
    (
        *("Mesa Verde PV/Revenue Meter", "Active Power", "W", 15, {"consumption_is_positive": True}),
        *("ac_power", "W", -1, "production_meter_power", "M"),
    ),
    # Interval energy is production, but no register: it has no type in the file.
    ("Mesa Verde PV/Revenue Meter", "Energy Delivered", "Wh", 15, BARE, "production_energy", "Wh", None, None, "M"),
    ("Mesa Verde PV/Met Mast", "POA", "kW/m²", 0, BARE, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Mesa Verde PV/Met Mast", "GHI", "W/m²", 15, BARE, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    *(
        row
        for inverter in ("Kookaburra Flat/Block 1/Inverter 1", "Kookaburra Flat/Block 1/Inverter 2")
        for row in (
            (inverter, "ac_power", "MW", 15, BARE, "ac_power", "W", None, "ac_power", ""),
            (inverter, "dc_power", "MW", 15, BARE, "dc_power", "W", None, "dc_power", ""),
            (inverter, "dc_voltage", "kV", 15, BARE, "dc_voltage", "V", None, "dc_voltage", ""),
        )
    ),
    ("Kookaburra Flat/Block 1/COMB-1", "dc_current", "A", 15, BARE, "dc_current", "A", None, "dc_current_amp", ""),
    ("Kookaburra Flat/POI Meter", "power", "MW", 15, BARE, "ac_power", "W", None, "production_meter_power", "M"),
    ("Kookaburra Flat/POI Meter", "energy", "MWh", 60, BARE, "production_energy", "Wh", None, None, "M"),
    ("Kookaburra Flat/WS", "poa", "W/m²", 15, BARE, "irradiance_poa", "W/m²", None, "irradiance_poa", ""),
    ("Kookaburra Flat/WS", "ghi", "W/m²", 15, BARE, "irradiance_ghi", "W/m²", None, "irradiance_ghi", ""),
    *(
        row
        for site in ("Sunny Ridge Solar", "Mesa Verde PV", "Kookaburra Flat")
        for row in (
            (site, "daily energy", "kWh", 1440, BARE, "production_energy", "Wh", None, None, "R"),
            (site, "performance ratio", "%", 1440, BARE, None, "%", None, None, "R"),
            (site, "peak power", "kW", 1440, BARE, None, "W", None, None, "R"),
        )
    ),
]

_FLEET = [device_fact(path, source_type) for path, source_type, _ in _ASSETS]
_FLEET_SENSORS = [
    sensor_fact(asset, name, unit, minutes, attributes=attributes)
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
