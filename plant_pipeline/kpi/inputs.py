"""What the KPIs of a day are computed from, read from the warehouse: energy, sums of the day's readings, forecasts.

What belongs here: running the queries and giving their rows a shape. What does not: rules about a KPI (rules.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import DayWindow, utc_span
from plant_pipeline.energy.figures.plant_figures import Figures
from plant_pipeline.energy.series.plant_days import version_on
from plant_pipeline.registry.records import source_order
from plant_pipeline.warehouse import execute, instant_array, uuid_array

PHOTOVOLTAIC: Final = ("solar", "hybrid")
"""The technologies to which KPIs of photovoltaics apply."""


@dataclass(frozen=True, slots=True)
class Energy:
    """The plant's row of `energy.plant_daily`, as far as KPIs use it."""

    produced_kwh: float | None
    imported_kwh: float | None
    exported_kwh: float | None
    method: str | None
    coverage: float | None
    null_reason: str | None
    hours_in_day: float
    data_completeness: float | None
    daylight_completeness: float | None
    flags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What had been forecast for the day when it began, and its errors (positive: too much was forecast).

    `energy_kwh` and `hours`: what the periods give within the day. Errors run over `compared_h` of whole periods that
    were measured; `paired_*` and `persistence_*` (the error of the production 24 h earlier, the sun in the same place)
    over `paired_h`, in which both days were. Squares are kW² × h. `vintage_utc`: when the last of its values came.
    """

    step_s: float
    vintage_utc: datetime
    energy_kwh: float
    hours: float
    compared_h: float | None = None
    error_kwh: float | None = None
    absolute_error_kwh: float | None = None
    squared_error_kw2h: float | None = None
    observed_kwh: float | None = None
    paired_h: float | None = None
    paired_squared_error_kw2h: float | None = None
    persistence_squared_error_kw2h: float | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """For how many hours of the day a source told whether it was in touch with the plant, and for how many it was."""

    sampled_h: float
    connected_h: float


@dataclass(frozen=True, slots=True)
class PlantVersion:
    """A plant as it was on the day: the version of its history the day's start falls into. `window`: that day.

    `window` is None without a known time zone, or where the zone skipped the date.
    """

    valid_from: datetime
    is_active: bool
    technology: str | None
    latitude: float | None
    longitude: float | None
    capacity_ac_kw: float | None
    capacity_dc_kw: float | None
    window: DayWindow | None


@dataclass(frozen=True, slots=True)
class DayInputs:
    """Everything the KPIs of one plant and local day depend on; `measured` comes without the profile of the day."""

    plant_id: UUID
    plant_code: str
    energy: Energy
    version: PlantVersion
    has_load: bool | None
    has_import_sensor: bool
    has_export_sensor: bool
    measured: Figures
    forecast: Forecast | None = None
    contact: Contact | None = None

    @property
    def window(self) -> DayWindow | None:
        """The day in UTC."""
        return self.version.window


# Where the query has the columns of both: after plant_id and plant_code.
_ENERGY: Final = slice(2, 2 + len(Energy.__slots__))
_MEASURED: Final = slice(_ENERGY.stop, _ENERGY.stop + len(Figures.columns()) - 2)  # without plant and profile
_forecast_of = attrgetter(*Forecast.__slots__)


def read_fleet(
    connection: Connection, kpi_date: date, plant_ids: Collection[UUID] | None = None
) -> dict[UUID, PlantVersion]:
    """Every plant of the registry (or of `plant_ids`) as it was on `kpi_date`."""
    rows = execute(
        connection,
        "energy/plant_versions",
        energy_date=kpi_date,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    ).all()
    return dict(_version(kpi_date, list(versions)) for _, versions in groupby(rows, key=lambda row: row.plant_code))


def _version(kpi_date: date, versions: Sequence[Any]) -> tuple[UUID, PlantVersion]:
    row, window = version_on(kpi_date, versions)
    return row.plant_id, PlantVersion(
        valid_from=row.valid_from,
        is_active=row.status == "active" and row.present_status != "merged",
        technology=row.technology,
        latitude=row.latitude,
        longitude=row.longitude,
        capacity_ac_kw=row.capacity_ac_kw,
        capacity_dc_kw=row.capacity_dc_kw,
        window=window,
    )


def read_day_inputs(
    connection: Connection,
    kpi_date: date,
    fleet: Mapping[UUID, PlantVersion],
    plant_ids: Collection[UUID] | None = None,
) -> list[DayInputs]:
    """The inputs of every plant of `fleet` that has an energy row for `kpi_date` (or of `plant_ids`), by plant id."""
    found = execute(
        connection,
        "kpi/plants_of_day",
        kpi_date=kpi_date,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    ).all()
    rows = [row for row in found if row.plant_id in fleet]
    windows = {row.plant_id: window for row in rows if (window := fleet[row.plant_id].window) is not None}
    forecasts, contacts = _forecasts(connection, kpi_date, windows), _contacts(connection, kpi_date, windows)
    return [
        DayInputs(
            row.plant_id,
            row.plant_code,
            Energy(*row[_ENERGY]),
            fleet[row.plant_id],
            row.has_load,
            row.has_import_sensor,
            row.has_export_sensor,
            Figures(row.plant_id, *row[_MEASURED]),
            forecasts.get(row.plant_id),
            contacts.get(row.plant_id),
        )
        for row in rows
    ]


def _forecasts(connection: Connection, kpi_date: date, days: Mapping[UUID, DayWindow]) -> dict[UUID, Forecast]:
    from_utc, to_utc = utc_span([kpi_date, kpi_date + timedelta(days=1)])  # a period may reach into the next day
    rows = execute(
        connection,
        "kpi/forecasts_of_day",
        kpi_date=kpi_date,
        sources=list(source_order()),
        from_utc=from_utc,
        to_utc=to_utc,
        **_of_days(days),
    )
    return {row.plant_id: Forecast(*_forecast_of(row)) for row in rows}


def _contacts(connection: Connection, kpi_date: date, days: Mapping[UUID, DayWindow]) -> dict[UUID, Contact]:
    from_utc, to_utc = utc_span([kpi_date])
    rows = execute(connection, "kpi/connection_of_day", from_utc=from_utc, to_utc=to_utc, **_of_days(days))
    return {row.plant_id: Contact(row.sampled_h, row.connected_h) for row in rows}


def _of_days(days: Mapping[UUID, DayWindow]) -> dict[str, Any]:
    return {
        "plant_ids": uuid_array(days),
        "starts_utc": instant_array(window.start_utc for window in days.values()),
        "ends_utc": instant_array(window.end_utc for window in days.values()),
    }
