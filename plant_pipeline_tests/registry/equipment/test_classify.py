"""The classification of single sensors: names in many languages, units, and the rules as data."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plant_pipeline.registry.equipment.classify import ONLY_EXCHANGE, ClassifiedSensor, classify
from plant_pipeline.registry.equipment.rules import rules, words_of
from plant_pipeline.sources.shapes import SensorFact
from plant_pipeline_tests.registry.facts import BARE, device_fact, sensor_fact


# -- single sensors --
def _only(
    source_type: str,
    name: str,
    unit: str,
    minutes: int = 15,
    device: str = "X",
    attributes: Mapping[str, object] = BARE,
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
    attributes: Mapping[str, object] = BARE,
) -> ClassifiedSensor:
    path = f"P/{device}"
    sensor = sensor_fact(path, name, unit, minutes, attributes=attributes)
    (row,) = classify([device_fact(path, source_type)], [sensor]).sensors
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


# -- one sensor a device and quantity --
def _quantities(*sensors: SensorFact) -> dict[str, str | None]:
    result = classify([device_fact("P/INV", "inverter")], sensors)
    return {row.fact.name: row.quantity for row in result.sensors}


def test_of_two_powers_of_a_device_the_plainer_named_is_used() -> None:
    found = _quantities(sensor_fact("P/INV", "AC Power", "kW"), sensor_fact("P/INV", "power", "kW", 1))
    assert found == {"AC Power": "ac_power", "power": None}


def test_of_two_alike_the_total_then_the_shorter_interval_is_used() -> None:
    assert _quantities(sensor_fact("P/INV", "AC total", "kW"), sensor_fact("P/INV", "AC power", "kW", 1)) == {
        "AC total": "ac_power",
        "AC power": None,
    }
    assert _quantities(sensor_fact("P/INV", "AC power 5 min", "kW", 5), sensor_fact("P/INV", "AC power", "kW", 15)) == {
        "AC power 5 min": "ac_power",
        "AC power": None,
    }


def test_two_that_may_be_parts_of_a_sum_are_both_left_to_a_person() -> None:
    result = classify(
        [device_fact("P", "solar")], [sensor_fact("P", "PV power", "kW"), sensor_fact("P", "Wind power", "kW")]
    )
    assert [(row.quantity, row.needs_person) for row in result.sensors] == [(None, True), (None, True)]


def test_a_register_and_an_interval_energy_stand_beside_each_other() -> None:
    found = _quantities(sensor_fact("P/INV", "energy", "kWh", 0), sensor_fact("P/INV", "energy 15 min", "kWh"))
    assert found == {"energy": "production_energy", "energy 15 min": "production_energy"}


def test_a_sensor_that_is_gone_does_not_compete_with_its_successor() -> None:
    found = _quantities(
        sensor_fact("P/INV", "ac_power", "kW", is_present=False), sensor_fact("P/INV", "AC power", "kW")
    )
    assert set(found.values()) == {"ac_power"}


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
