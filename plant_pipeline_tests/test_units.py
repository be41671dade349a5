import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.units import CANONICAL_UNITS, conversion, quantity_in


@pytest.mark.parametrize(
    ("unit", "canonical", "factor", "offset"),
    [
        ("W", "W", 1, 0),
        ("kW", "W", 1e3, 0),
        ("MW", "W", 1e6, 0),
        ("mW", "W", 1e-3, 0),
        ("kWp", "W", 1e3, 0),
        (" kW ", "W", 1e3, 0),
        ("Wh", "Wh", 1, 0),
        ("kWh", "Wh", 1e3, 0),
        ("MWh", "Wh", 1e6, 0),
        ("GWh", "Wh", 1e9, 0),
        ("MJ", "Wh", 277.777777778, 0),  # 1e6 J / 3600 s
        ("kWh/h", "W", 1e3, 0),
        ("V", "V", 1, 0),
        ("kV", "V", 1e3, 0),
        ("A", "A", 1, 0),
        ("mA", "A", 1e-3, 0),
        ("W/m²", "W/m²", 1, 0),
        ("W/m2", "W/m²", 1, 0),
        ("W/m^2", "W/m²", 1, 0),
        ("kW/m²", "W/m²", 1e3, 0),
        ("kW/m2", "W/m²", 1e3, 0),
        ("°C", "°C", 1, 0),
        ("C", "°C", 1, 0),
        ("K", "°C", 1, -273.15),
        ("°F", "°C", 0.555555555556, -17.777777778),  # (F - 32) * 5/9
        ("m/s", "m/s", 1, 0),
        ("km/h", "m/s", 0.277777777778, 0),
        ("%", "%", 1, 0),
        ("percent", "%", 1, 0),
    ],
)
def test_canonical_unit_factor_and_offset(unit: str, canonical: str, factor: float, offset: float) -> None:
    assert conversion(unit) == (canonical, factor, offset)


@pytest.mark.parametrize(
    "unit",
    [
        *("VA", "kVA", "MVA", "V*A", "V A", "kVAh", "var", "kvar", "kVAr", "kvarh"),  # apparent and reactive
        *("N*m", "N·m", "Wh/m²", "kWh/m²", "Ah", "Hz", "°", "rad", "EUR/kWh", "EUR", "hPa", "mm", "delta_degC"),
        *("", "-", "1", "dimensionless", "ppm", "W/W", "KW", "kwac", "(kW", "kW (AC)", "[W]", "5 kW", "kW\x00", "€"),
    ],
)
def test_any_other_quantity_has_no_canonical_unit(unit: str) -> None:
    assert conversion(unit) is None


def test_a_unit_is_never_calculated() -> None:
    # Left to the parser, the first would take hours and the second all of the stack.
    assert conversion("m**9**9**9") is None
    assert conversion("(" * 5000 + "W" + ")" * 5000) is None


@given(st.text(max_size=12) | st.text(alphabet="WkMhVAm²/^*()%°C s2-1._·d", max_size=12))
def test_any_text_is_a_unit_or_none(unit: str) -> None:
    converted = conversion(unit)
    assert converted is None or converted[0] in CANONICAL_UNITS


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("25 kW", "kW", 25),
        ("25kW", "kW", 25),
        (" 2.5 MW ", "kW", 2500),
        ("1e3 W", "kW", 1),
        ("-5 kW", "kW", -5),
        ("20 °C", "°C", 20),
        ("68 °F", "°C", 20),
        ("20 °C", "°F", 68),
        ("283.15 K", "°F", 50),
    ],
)
def test_a_quantity_in_text(text: str, unit: str, value: float) -> None:
    assert quantity_in(text, unit) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "text",
    ["", "25", "kW", "25 kVA", "25 kWh", "1,5 kW", "nan kW", "inf kW", "1e400 kW", "9**9 kW", "1 kW kW", "2 * 3 kW"],
)
def test_what_is_no_power_is_none(text: str) -> None:
    assert quantity_in(text, "kW") is None
