"""Which equipment and sensors a plant has in FlexMeasures, as data: eleven ways of naming and cutting the same things.

What belongs here: names, units, resolutions of each style. What does not: ids (catalogue.py) and values (readings.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from plant_pipeline.sandbox.plants import Style, TruePlant

MINUTE: Final = 60
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
HALF_HOUR_ZONES: Final = frozenset({"Asia/Kolkata", "Australia/Adelaide"})


class Quantity(Enum):
    """What a sensor measures, in the fleet's own units (kW, kWh, V, A, W/m², °C, m/s, %)."""

    AC_POWER = "ac power"
    DC_POWER = "dc power"
    DC_VOLTAGE = "dc voltage"
    DC_CURRENT = "dc current"
    METER_POWER = "meter power"
    METER_ENERGY = "energy of the interval"
    REGISTER = "register"
    POA = "irradiance in the module plane"
    GHI = "irradiance on the horizontal"
    MODULE_TEMPERATURE = "module temperature"
    AIR_TEMPERATURE = "air temperature"
    WIND_SPEED = "wind speed"
    BATTERY_POWER = "battery power"
    STORED_ENERGY = "stored energy"
    DAILY_ENERGY = "daily energy"
    PERFORMANCE_RATIO = "performance ratio"
    PEAK_POWER = "peak power"


@dataclass(frozen=True)
class Reading:
    """One sensor: an instantaneous one has `resolution_s` 0 and is read every `reading_s`; `sign` -1: export < 0."""

    name: str
    quantity: Quantity
    unit: str
    resolution_s: int
    reading_s: int = 0
    sign: int = 1
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Equipment:
    """One asset below a site; `share` is its part of the plant's power, `parent` the name of another one or None."""

    name: str
    asset_type: str
    readings: tuple[Reading, ...] = ()
    share: float = 1.0
    parent: str | None = None


_Q = Quantity
_DAILY = (
    Reading("daily energy", _Q.DAILY_ENERGY, "kWh", DAY),
    Reading("performance ratio", _Q.PERFORMANCE_RATIO, "%", DAY),
    Reading("peak power", _Q.PEAK_POWER, "kW", DAY),
)
_SHARES: Final = {2: (0.52, 0.48), 3: (0.36, 0.34, 0.30)}
_CUMULATIVE: Final = {"cumulative": True}


def site_readings(plant: TruePlant) -> tuple[Reading, ...]:
    """The sensors on the site's own asset: daily values shown as KPIs."""
    kept = {
        Style.NORTH: _DAILY,
        Style.IBERIA: _DAILY[:1],
        Style.BLOCKS: (_DAILY[0], _DAILY[2]),
        Style.WIND_HOURLY: (_DAILY[0], _DAILY[2]),
    }
    return kept.get(plant.style, ()) if plant.style is not None else ()


def equipment(plant: TruePlant) -> tuple[Equipment, ...]:
    """Everything below the site of `plant`, parents before their children; empty without a style."""
    if plant.style is None:
        return ()
    hour = HOUR // 2 if plant.timezone in HALF_HOUR_ZONES else HOUR
    if plant.technology == "wind":
        return _wind(plant.style, hour)
    layouts: dict[Style, Callable[[], tuple[Equipment, ...]]] = {
        Style.NORTH: lambda: _north(plant),
        Style.IBERIA: _iberia,
        Style.BLOCKS: _blocks,
        Style.TEN_MINUTES: lambda: _ten_minutes(hour),
        Style.CHECK_METER: _check_meter,
        Style.INVERTERS_ONLY: _inverters_only,
        Style.CONSUMPTION_POSITIVE: _consumption_positive,
        Style.BATTERY: _battery,
    }
    return layouts[plant.style]()


def _row(
    names: tuple[str, ...], asset_type: str, *readings: Reading, parents: tuple[str | None, ...] = ()
) -> list[Equipment]:
    """Machines of one kind that share the plant's power."""
    shares = _SHARES[len(names)]
    above = parents or (None,) * len(names)
    return [
        Equipment(name, asset_type, readings, share, parent)
        for name, share, parent in zip(names, shares, above, strict=True)
    ]


def _north(plant: TruePlant) -> tuple[Equipment, ...]:
    step = 5 * MINUTE
    result = _row(
        ("INV-01", "INV-02"),
        "inverter",
        Reading("ac_power", _Q.AC_POWER, "kW", step, attributes={"consumption_is_positive": False}),
        Reading("dc_power", _Q.DC_POWER, "kW", step),
        Reading("dc_voltage", _Q.DC_VOLTAGE, "V", step),
        Reading("dc_current", _Q.DC_CURRENT, "A", step),
    )
    voltage, current = Reading("dc_voltage", _Q.DC_VOLTAGE, "V", step), Reading("dc_current", _Q.DC_CURRENT, "A", step)
    result.append(Equipment("COMB-1", "combiner", (voltage, current), share=0.13))
    result.append(
        Equipment(
            "MTR-1",
            "meter",
            (
                Reading("production_power", _Q.METER_POWER, "kW", step),
                Reading("production_energy", _Q.REGISTER, "kWh", 0, step, attributes=_CUMULATIVE),
            ),
        )
    )
    if plant.storage_kwh is not None:
        power, stored = (
            Reading("battery_power", _Q.BATTERY_POWER, "kW", step),
            Reading("soc", _Q.STORED_ENERGY, "kWh", step),
        )
        result.append(Equipment("BAT-1", "battery", (power, stored)))
    result.append(
        Equipment(
            "WS-1",
            "weather-station",
            (
                Reading("irradiance_poa", _Q.POA, "W/m²", step),
                Reading("irradiance_ghi", _Q.GHI, "W/m²", step),
                Reading("module_temperature", _Q.MODULE_TEMPERATURE, "°C", step),
            ),
        )
    )
    return tuple(result)


def _iberia() -> tuple[Equipment, ...]:
    voltage, current = (
        Reading("DC Voltage", _Q.DC_VOLTAGE, "V", QUARTER),
        Reading("DC Current", _Q.DC_CURRENT, "A", QUARTER),
    )
    result = _row(
        ("Inversor 1", "Inversor 2"), "inverter", Reading("AC Power", _Q.AC_POWER, "kW", QUARTER), voltage, current
    )
    result.append(Equipment("String Box 1", "combiner", (voltage, current), share=0.08))
    meter = (
        Reading("Active Power", _Q.METER_POWER, "kW", QUARTER),
        Reading("Energy Delivered", _Q.REGISTER, "kWh", 0, QUARTER),
    )
    result.append(Equipment("Contador", "meter", meter))
    weather = (
        Reading("POA", _Q.POA, "W/m²", QUARTER),
        Reading("GHI", _Q.GHI, "W/m²", QUARTER),
        Reading("Module Temp", _Q.MODULE_TEMPERATURE, "°C", QUARTER),
    )
    result.append(Equipment("Met Station", "weather-station", weather))
    return tuple(result)


def _blocks() -> tuple[Equipment, ...]:
    step = 5 * MINUTE
    inverters = _row(
        ("Inverter 1", "Inverter 2", "Inverter 3"),
        "inverter",
        Reading("AC Power", _Q.AC_POWER, "MW", step),
        Reading("DC Power", _Q.DC_POWER, "MW", step),
        parents=("Block 1", "Block 1", "Block 2"),
    )
    meter = (
        Reading("Active Power", _Q.METER_POWER, "MW", step),
        Reading("Energy Delivered", _Q.METER_ENERGY, "MWh", QUARTER),
    )
    return (
        Equipment("Block 1", "solar"),
        Equipment("Block 2", "solar"),
        *inverters,
        Equipment("POI Meter", "meter", meter),
        Equipment("WS", "weather-station", (Reading("POA", _Q.POA, "W/m²", step),)),
    )


def _ten_minutes(hour: int) -> tuple[Equipment, ...]:
    step = 10 * MINUTE
    inverters = _row(
        ("WR 1", "WR 2"),
        "inverter",
        Reading("ac_power", _Q.AC_POWER, "kW", step),
        Reading("dc_voltage", _Q.DC_VOLTAGE, "V", step),
    )
    meter = (
        Reading("production_power", _Q.METER_POWER, "kW", step),
        Reading("production_energy", _Q.METER_ENERGY, "kWh", hour),
    )
    weather = (
        Reading("irradiance_poa", _Q.POA, "W/m²", step),
        Reading("module_temperature", _Q.MODULE_TEMPERATURE, "°C", step),
    )
    return (*inverters, Equipment("Zähler", "meter", meter), Equipment("Wetterstation", "weather-station", weather))


def _check_meter() -> tuple[Equipment, ...]:
    step = 5 * MINUTE
    inverters = _row(("INV A", "INV B", "INV C"), "inverter", Reading("AC Power", _Q.AC_POWER, "kW", step))
    combiner = (Reading("DC Voltage", _Q.DC_VOLTAGE, "V", step), Reading("DC Current", _Q.DC_CURRENT, "A", step))
    meter = (
        Reading("Active Power", _Q.METER_POWER, "kW", step),
        Reading("Energy Delivered", _Q.REGISTER, "kWh", 0, step),
    )
    weather = (Reading("POA", _Q.POA, "W/m²", step), Reading("GHI", _Q.GHI, "W/m²", step))
    return (
        *inverters,
        Equipment("Combiner A1", "combiner", combiner, share=0.06),
        Equipment("Meter 1", "meter", meter),
        Equipment("Meter 2", "meter", meter, share=0.998),
        Equipment("Pyranometer", "weather-station", weather),
    )


def _inverters_only() -> tuple[Equipment, ...]:
    step = 5 * MINUTE
    inverters = _row(
        ("INV1", "INV2", "INV3"),
        "inverter",
        Reading("ac_power", _Q.AC_POWER, "kW", step),
        Reading("dc_voltage", _Q.DC_VOLTAGE, "V", step),
        Reading("dc_current", _Q.DC_CURRENT, "A", step),
    )
    return (*inverters, Equipment("WS1", "weather-station", (Reading("irradiance_ghi", _Q.GHI, "W/m²", step),)))


def _consumption_positive() -> tuple[Equipment, ...]:
    inverters = _row(("INV-A", "INV-B"), "inverter", Reading("AC Power", _Q.AC_POWER, "kW", QUARTER))
    meter = Reading(
        "Active Power", _Q.METER_POWER, "kW", QUARTER, sign=-1, attributes={"consumption_is_positive": True}
    )
    weather = (Reading("POA", _Q.POA, "W/m²", QUARTER), Reading("GHI", _Q.GHI, "W/m²", QUARTER))
    return (
        *inverters,
        Equipment("Revenue Meter", "meter", (meter,)),
        Equipment("Met Mast", "weather-station", weather),
    )


def _wind(style: Style, hour: int) -> tuple[Equipment, ...]:
    step = {Style.WIND_REGISTER: 10 * MINUTE, Style.WIND_HOURLY: QUARTER, Style.WIND_FINE: 5 * MINUTE}[style]
    turbines = ("WTG-01", "WTG-02") if style is Style.WIND_HOURLY else ("WTG-01", "WTG-02", "WTG-03")
    power = Reading("Active Power", _Q.METER_POWER, "kW", step)
    meters = {
        Style.WIND_REGISTER: (power, Reading("Energy Delivered", _Q.REGISTER, "MWh", 0, QUARTER)),
        Style.WIND_HOURLY: (Reading("production_energy", _Q.METER_ENERGY, "kWh", hour),),
        Style.WIND_FINE: (power, Reading("Energy Delivered", _Q.REGISTER, "kWh", 0, step, attributes=_CUMULATIVE)),
    }
    mast = (
        Reading("wind_speed", _Q.WIND_SPEED, "m/s", step),
        Reading("air_temperature", _Q.AIR_TEMPERATURE, "°C", step),
    )
    return (
        *_row(turbines, "turbine", Reading("active_power", _Q.AC_POWER, "kW", step)),
        Equipment("Substation Meter", "meter", meters[style]),
        *(() if style is Style.WIND_HOURLY else (Equipment("Met Mast", "weather-station", mast),)),
    )


def _battery() -> tuple[Equipment, ...]:
    step = 5 * MINUTE
    power, stored = (
        Reading("battery_power", _Q.BATTERY_POWER, "kW", step),
        Reading("soc", _Q.STORED_ENERGY, "kWh", step),
    )
    register = Reading("Energy Delivered", _Q.REGISTER, "kWh", 0, QUARTER, attributes=_CUMULATIVE)
    return (Equipment("Battery 1", "battery", (power, stored)), Equipment("Grid Meter", "meter", (register,)))
