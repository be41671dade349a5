"""Everything the page of one plant and date says, gathered.

What belongs here: reading its parts in one transaction. What does not: drawing, layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from plant_pipeline.days import DayWindow, day_window, is_zone
from plant_pipeline.errors import UsageError
from plant_pipeline.report.fleet_days import RecentDays, read_spans, span_of
from plant_pipeline.warehouse import execute, read_objects

QUARTER_H = 0.25


@dataclass(frozen=True, slots=True)
class MethodFigure:
    """What one method says of the day, and whether it is the one that counts."""

    method: str
    is_chosen: bool
    produced_kwh: float | None
    gap_kwh: float | None
    uncertainty_kwh: float | None
    coverage: float | None
    null_reason: str | None
    flags: Sequence[str]
    sensors: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Readings of a sensor that energy did not use, and why."""

    equipment_name: str
    sensor_name: str
    flag: str
    readings: int
    first_utc: datetime
    last_utc: datetime


@dataclass(frozen=True, slots=True)
class SensorDay:
    """What a series says of the day; `readings` None: nothing was computed of it."""

    equipment_name: str
    sensor_name: str
    quantity: str | None
    is_main: bool
    finding: str | None
    readings: int | None
    left_out: int | None
    coverage: float | None
    forward_kwh: float | None
    null_reason: str | None
    flags: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlantValues:
    """The values of a plant from a plant-local date on."""

    valid_from: date
    is_begin_known: bool
    name: str
    technology: str | None
    capacity_ac_kw: float | None
    capacity_dc_kw: float | None
    storage_kwh: float | None
    timezone: str | None
    status: str


@dataclass(frozen=True, slots=True)
class PlantRecord:
    """A record of a source that is the plant."""

    source: str
    source_plant_id: str
    source_name: str
    method: str
    is_present: bool
    is_duplicate: bool
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Restated:
    """Energy of a day that had been final and changed."""

    energy_date: date
    recorded_at: datetime
    old_value_kwh: float | None
    new_value_kwh: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class PlantKpi:
    """A KPI of the day; `value` None: not known, for `null_reason`."""

    kpi: str
    value: float | None
    null_reason: str | None


@dataclass(frozen=True, slots=True)
class DayCourse:
    """The day in quarters of an hour from local midnight: power in kW, irradiance in W/m²; None: not known."""

    power_kw: Sequence[float | None]
    w_per_m2: Sequence[float | None]
    is_plane_of_array: bool


@dataclass(frozen=True)
class PlantReport:
    """The page of a plant and date; `energy` is its row of `energy.plant_daily`, None where the day was not run."""

    report_date: date
    plant: RowMapping
    energy: RowMapping | None
    kpis: Sequence[PlantKpi]
    course: DayCourse | None
    methods: Sequence[MethodFigure]
    left_out: Sequence[LeftOut]
    sensors: Sequence[SensorDay]
    dates: Sequence[date]
    days: RecentDays | None
    versions: Sequence[PlantValues]
    records: Sequence[PlantRecord]
    restated: Sequence[Restated]


def read_plant_report(connection: Connection, plant_code: str, report_date: date) -> PlantReport:
    """The page of a plant by its code. Raises `UsageError` if there is none."""
    plant = execute(connection, "report/plant_of_code", plant_code=plant_code).mappings().one_or_none()
    if plant is None:
        raise UsageError(f"no plant has the code {plant_code}: `plant-pipeline registry list` shows them")
    dates = span_of(report_date)
    own: dict[str, Any] = {"plant_id": plant["plant_id"]}
    of_day = {**own, "report_date": report_date}
    window = day_window(report_date, plant["timezone"]) if is_zone(plant["timezone"]) else None
    of_window = {**own, "begins_utc": window.start_utc, "ends_utc": window.end_utc} if window else None
    span = {**own, "from_date": dates[0], "to_date": dates[-1]}
    return PlantReport(
        report_date=report_date,
        plant=plant,
        energy=execute(connection, "report/energy_of_plant_day", **of_day).mappings().one_or_none(),
        kpis=read_objects(connection, PlantKpi, "report/kpis_of_plant_day", **of_day),
        course=_read_course(connection, plant["plant_id"], report_date, window) if window else None,
        methods=read_objects(connection, MethodFigure, "report/candidates_of_day", **of_day),
        left_out=read_objects(connection, LeftOut, "report/left_out_of_day", **of_window) if of_window else [],
        sensors=read_objects(connection, SensorDay, "report/sensors_of_plant_day", **of_day),
        dates=dates,
        days=read_spans(connection, report_date, plant["plant_id"]).get(plant_code),
        versions=read_objects(connection, PlantValues, "report/history_of_plant", **own),
        records=read_objects(connection, PlantRecord, "report/records_of_plant", **own),
        restated=read_objects(connection, Restated, "report/restatements_of_plant", **span),
    )


def _read_course(connection: Connection, plant_id: UUID, report_date: date, window: DayWindow) -> DayCourse | None:
    row = execute(connection, "report/course_of_day", plant_id=plant_id, report_date=report_date).one_or_none()
    if row is None:
        return None
    quarters = round((window.end_utc - window.start_utc).total_seconds() / 900)
    energy = [*(row.quarter_kwh or ()), *[None] * quarters][:quarters]
    irradiance: list[float | None] = [None] * quarters
    found = execute(
        connection,
        "report/irradiance_of_day",
        sensor_ids=row.irradiance_sensor_ids,
        begins_utc=window.start_utc,
        ends_utc=window.end_utc,
    )
    for own in found:
        irradiance[own.quarter] = own.w_per_m2
    power = [None if kwh is None else kwh / QUARTER_H for kwh in energy]
    return DayCourse(power, irradiance, is_plane_of_array=row.is_plane_of_array)
