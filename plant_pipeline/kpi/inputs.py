"""What the KPIs of a day are computed from, read from the warehouse: energy, plant properties valid that day, readings.

What belongs here: running the queries and giving their rows a shape. What does not: rules about a KPI (rules.py).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import DayWindow, utc_span
from plant_pipeline.energy.daylight import Place, daylight_of
from plant_pipeline.energy.plant_days import version_on
from plant_pipeline.warehouse import execute

PHOTOVOLTAIC: Final = ("solar", "hybrid")
"""The technologies to which KPIs of photovoltaics apply."""

LOWEST_IRRADIANCE_W_PER_M2: Final = -20.0
"""The offset a pyranometer may show at night; readings from here to 0 count as 0, lower ones are invalid."""

HIGHEST_IRRADIANCE_W_PER_M2: Final = 2000.0
"""Above what clouds and reflections can add to the sun; higher readings are invalid."""

_MARGIN = timedelta(hours=2)  # readings that reach into the day from outside; as in figures_of_day.sql
_SIGNIFICANT_DIGITS = 12  # sums of floats differ in the last digits with the order of the rows on disk


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


@dataclass(frozen=True, slots=True)
class PlantVersion:
    """Properties of the plant on that day: the version of its history the day's start falls into."""

    valid_from: datetime
    technology: str | None
    timezone: str | None
    latitude: float | None
    longitude: float | None
    capacity_ac_kw: float | None
    capacity_dc_kw: float | None


@dataclass(frozen=True, slots=True)
class RoleSeries:
    """A sensor that serves as `power`, `irradiance_poa` or `irradiance_ghi` of the day.

    `kind`: `instant`, `mean` (of the interval), `energy` (of the interval), `register`; `step_s`: seconds from one
    reading to the next, as resolved or as observed.
    """

    role: str
    method: str
    sensor_id: int
    kind: str
    sign: int
    step_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the day's readings add up to; hours are hours of valid data, `sun` those with the sun above the horizon.

    `paired_*` runs over the intervals for which both power and plane-of-array irradiance are valid. None: no such data.
    """

    sun_h: float | None = None
    poa_wh_per_m2: float | None = None
    poa_h: float | None = None
    poa_sun_h: float | None = None
    ghi_wh_per_m2: float | None = None
    ghi_h: float | None = None
    ghi_sun_h: float | None = None
    power_h: float | None = None
    power_sun_h: float | None = None
    paired_kwh: float | None = None
    paired_wh_per_m2: float | None = None
    paired_h: float | None = None
    paired_sun_h: float | None = None
    peak_power_kw: float | None = None


@dataclass(frozen=True, slots=True)
class DayInputs:
    """Everything the KPIs of one plant and local day depend on."""

    plant_id: UUID
    plant_code: str
    window: DayWindow | None
    energy: Energy
    version: PlantVersion
    has_load: bool | None
    has_import_sensor: bool
    has_export_sensor: bool
    series: tuple[RoleSeries, ...] = ()
    figures: Figures = Figures()


def read_day_inputs(
    connection: Connection, kpi_date: date, plant_ids: Collection[UUID] | None = None
) -> list[DayInputs]:
    """The inputs of every plant that has an energy row for `kpi_date` (or of those in `plant_ids`), by plant id."""
    plants = _plants(connection, kpi_date, plant_ids)
    with_day = [(plant, plant.window) for plant in plants if plant.window is not None]
    series = _series(connection, kpi_date, with_day)
    figures = _figures(connection, kpi_date, with_day, series)
    return [
        DayInputs(
            plant.plant_id,
            plant.plant_code,
            plant.window,
            plant.energy,
            plant.version,
            plant.has_load,
            plant.has_import_sensor,
            plant.has_export_sensor,
            series.get(plant.plant_id, ()),
            figures.get(plant.plant_id, Figures()),
        )
        for plant in plants
    ]


def _plants(connection: Connection, kpi_date: date, plant_ids: Collection[UUID] | None) -> list[DayInputs]:
    rows = execute(
        connection,
        "kpi/plants_of_day",
        kpi_date=kpi_date,
        plant_ids=None if plant_ids is None else list(plant_ids),
    )
    return [_plant(kpi_date, list(versions)) for _, versions in groupby(rows, key=lambda row: row.plant_id)]


def _plant(kpi_date: date, versions: Sequence[Any]) -> DayInputs:
    row, window = version_on(kpi_date, versions)
    return DayInputs(
        row.plant_id,
        row.plant_code,
        window,
        Energy(**{name: getattr(row, name) for name in Energy.__slots__}),
        PlantVersion(**{name: getattr(row, name) for name in PlantVersion.__slots__}),
        row.has_load,
        row.has_import_sensor,
        row.has_export_sensor,
    )


def _series(
    connection: Connection, kpi_date: date, plants: Sequence[tuple[DayInputs, DayWindow]]
) -> dict[UUID, tuple[RoleSeries, ...]]:
    rows = execute(connection, "kpi/series_of_day", kpi_date=kpi_date, **_windows(kpi_date, plants)).mappings()
    return {
        plant_id: tuple(RoleSeries(**{name: row[name] for name in RoleSeries.__slots__}) for row in of_plant)
        for plant_id, of_plant in groupby(rows, key=lambda row: row["plant_id"])
    }


def _figures(
    connection: Connection,
    kpi_date: date,
    plants: Sequence[tuple[DayInputs, DayWindow]],
    series: dict[UUID, tuple[RoleSeries, ...]],
) -> dict[UUID, Figures]:
    flat = [(plant_id, used) for plant_id, of_plant in series.items() for used in of_plant]
    sun = daylight_of(list(_places(plants)))
    rows = execute(
        connection,
        "kpi/figures_of_day",
        **_windows(kpi_date, plants),
        series_plant_ids=[plant_id for plant_id, _ in flat],
        roles=[used.role for _, used in flat],
        sensor_ids=[used.sensor_id for _, used in flat],
        kinds=[used.kind for _, used in flat],
        signs=[float(used.sign) for _, used in flat],
        steps_s=[used.step_s for _, used in flat],
        sun_plant_ids=[plant_id for plant_id, _, _ in sun],
        rises_utc=[rise_utc for _, rise_utc, _ in sun],
        sets_utc=[set_utc for _, _, set_utc in sun],
        lowest_w_per_m2=LOWEST_IRRADIANCE_W_PER_M2,
        highest_w_per_m2=HIGHEST_IRRADIANCE_W_PER_M2,
    ).mappings()
    return {row["plant_id"]: Figures(**{name: _rounded(row[name]) for name in Figures.__slots__}) for row in rows}


def _places(plants: Sequence[tuple[DayInputs, DayWindow]]) -> Iterator[Place]:
    for plant, window in plants:
        version = plant.version
        if version.technology in PHOTOVOLTAIC and version.latitude is not None and version.longitude is not None:
            yield plant.plant_id, window, version.latitude, version.longitude


def _windows(kpi_date: date, plants: Sequence[tuple[DayInputs, DayWindow]]) -> dict[str, object]:
    from_utc, to_utc = utc_span([kpi_date])
    return {
        "plant_ids": [plant.plant_id for plant, _ in plants],
        "starts_utc": [window.start_utc for _, window in plants],
        "ends_utc": [window.end_utc for _, window in plants],
        "from_utc": from_utc - _MARGIN,
        "to_utc": to_utc + _MARGIN,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
