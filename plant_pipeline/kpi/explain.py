"""Where one stored KPI came from, or why it is NULL.

What belongs here: gathering formula, inputs, sensors and plant version of a stored value, and putting them into words.
What does not: other rules than those that computed it (rules.py), how daily energy chose its method (energy).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from plant_pipeline.days import DayWindow
from plant_pipeline.errors import UsageError
from plant_pipeline.kpi.catalogue import CATALOGUE, Kpi
from plant_pipeline.kpi.inputs import Contact, DayInputs, read_day_inputs, read_fleet
from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS
from plant_pipeline.kpi.rules import KpiValue
from plant_pipeline.warehouse import execute

_PROPERTIES = ("technology", "capacity_ac_kw", "capacity_dc_kw")
_SENSORS_OF_ROLE = {
    "power": "power_sensor_ids",
    "irradiance_poa": "poa_sensor_ids",
    "irradiance_ghi": "ghi_sensor_ids",
    "module_temperature": "temperature_sensor_ids",
    "irradiance_suspect": "suspect_sensor_ids",
}
_Input = float | str | bool | datetime | None


@dataclass(frozen=True, slots=True)
class KpiInput:
    """One thing the figure depends on; `value` None means unknown. `origin` says where it is kept."""

    name: str
    value: _Input
    origin: str


@dataclass(frozen=True, slots=True)
class SensorUse:
    """A sensor whose readings went into the figure, or were left out (role `irradiance_suspect`)."""

    role: str
    sensor_id: int
    name: str
    equipment_name: str
    source: str
    source_sensor_id: str


@dataclass(frozen=True)
class KpiExplanation:
    """A stored KPI with all that led to it; `now` is what the same rules give from today's inputs."""

    plant_code: str
    plant_name: str
    kpi_date: date
    kpi: Kpi
    stored: KpiValue
    formula_version: int
    inputs: Sequence[KpiInput]
    sensors: Sequence[SensorUse]
    window: DayWindow | None
    plant_valid_from: datetime
    now: KpiValue

    @property
    def is_current(self) -> bool:
        """Whether today's inputs and rules still give the stored figure."""
        return self.stored == self.now and self.formula_version == self.kpi.formula_version

    def lines(self) -> Iterator[str]:
        """The explanation as plain text, line by line."""
        yield f"{self.kpi.title} of {self.plant_code} {self.plant_name} on {self.kpi_date}: {self._figure(self.stored)}"
        yield f"  formula     {self.kpi.formula}"
        yield f"  conditions  {self.kpi.conditions}"
        yield f"  follows     {self.kpi.source} (formula version {self.formula_version})"
        if self.stored.numerator is not None:
            yield f"  numerator   {_text(self.stored.numerator)}"
        if self.stored.denominator is not None:
            yield f"  denominator {_text(self.stored.denominator)}"
        if self.stored.coverage is not None:
            yield f"  coverage    {self.stored.coverage:.1%}"
        if self.stored.method is not None:
            yield f"  method      {self.stored.method}"
        if self.window is not None:
            yield f"  day         {self.window.start_utc:%Y-%m-%d %H:%M}Z to {self.window.end_utc:%Y-%m-%d %H:%M}Z"
        yield f"  plant as of {self.plant_valid_from:%Y-%m-%d %H:%M}Z (registry.plant_history)"
        for needed in self.inputs:
            yield f"  input       {needed.name} = {_text(needed.value)} ({needed.origin})"
        for sensor in self.sensors:
            is_left_out = sensor.role == "irradiance_suspect"
            role = "left out, contradicts the others" if is_left_out else sensor.role
            origin = f"sensor {sensor.sensor_id}, {sensor.source} {sensor.source_sensor_id}"
            yield f"  sensor      {role}: {sensor.equipment_name} / {sensor.name} ({origin})"
        if not self.is_current:
            yield (
                f"  note        inputs changed since: now it would be {self._figure(self.now)}; "
                f"`plant-pipeline sync --date {self.kpi_date}` computes it again"
            )

    def _figure(self, value: KpiValue) -> str:
        if value.null_reason is not None:
            return f"NULL, {value.null_reason}: {NULL_REASON_TEXTS[value.null_reason]}"
        return f"{_text(value.value)} {self.kpi.unit}".removesuffix(" 1")


def explain_kpi(connection: Connection, plant_code: str, kpi_date: date, kpi: str) -> KpiExplanation:
    """Explain the stored `kpi` of a plant and plant-local date.

    Raises `UsageError` for an unknown plant or KPI, and where nothing is stored for that day.
    """
    if kpi not in CATALOGUE:
        raise UsageError(f"unknown KPI {kpi!r}; there are {', '.join(CATALOGUE)}")
    plant = execute(connection, "registry/plant_by_code", plant_code=plant_code).mappings().one_or_none()
    if plant is None:
        raise UsageError(f"no plant has the code {plant_code!r}; `plant-pipeline registry list` shows all codes")
    row = (
        execute(connection, "kpi/stored_value", plant_id=plant["plant_id"], kpi_date=kpi_date, kpi=kpi)
        .mappings()
        .one_or_none()
    )
    plant_ids = [plant["plant_id"]]
    days = read_day_inputs(connection, kpi_date, read_fleet(connection, kpi_date, plant_ids), plant_ids)
    if row is None or not days:
        raise UsageError(_nothing_stored(plant, plant_code, kpi_date))
    day = days[0]
    return KpiExplanation(
        plant_code=plant_code,
        plant_name=plant["name"],
        kpi_date=kpi_date,
        kpi=CATALOGUE[kpi],
        stored=KpiValue(kpi, **{name: row[name] for name in KpiValue._fields if name != "kpi"}),
        formula_version=row["formula_version"],
        inputs=[KpiInput(name, *_input(day, name)) for name in CATALOGUE[kpi].inputs],
        sensors=list(_sensors(connection, day, CATALOGUE[kpi].roles)),
        window=day.window,
        plant_valid_from=day.version.valid_from,
        now=CATALOGUE[kpi].rule(day)._replace(kpi=kpi),
    )


def _nothing_stored(plant: Any, plant_code: str, kpi_date: date) -> str:
    if plant["merged_into_code"]:
        return f"plant {plant_code} was merged into {plant['merged_into_code']}: ask for that one"
    return (
        f"no KPIs are stored for plant {plant_code} on {kpi_date}: the day was not run, or the plant has no sensors; "
        f"`plant-pipeline sync --date {kpi_date}` computes it"
    )


def _input(day: DayInputs, name: str) -> tuple[_Input, str]:
    if name in _PROPERTIES:
        return getattr(day.version, name), "registry.plant_history"
    if name in ("has_load", "has_import_sensor"):
        return getattr(day, name), "registry.plant_alias" if name == "has_load" else "registry.sensor"
    if name.startswith("forecast_"):
        return getattr(day.forecast, name.removeprefix("forecast_"), None), "registry.forecast"
    if name in Contact.__slots__:
        return getattr(day.contact, name, None), "registry.status_sample"
    energy_name = name.removeprefix("energy_")
    if hasattr(day.energy, energy_name):
        value = getattr(day.energy, energy_name)
        return (", ".join(value) or "none") if energy_name == "flags" else value, "energy.plant_daily"
    return getattr(day.measured, name), "energy.plant_measured"


def _sensors(connection: Connection, day: DayInputs, roles: Sequence[str]) -> Iterator[SensorUse]:
    for role in roles:
        sensor_ids = list(getattr(day.measured, _SENSORS_OF_ROLE[role]) or ())
        for row in execute(connection, "kpi/sensors", sensor_ids=sensor_ids).mappings():
            yield SensorUse(role, **row)


def _text(value: _Input) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return value if isinstance(value, str) else f"{value:.10g}"
