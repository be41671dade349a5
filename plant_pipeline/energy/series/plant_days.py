"""Which plants a date is computed for, each with its local day and the properties it had on it.

What belongs here: choosing the version of a plant that counts, its window, who is left out. What does not: sensors,
readings, energy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import DayWindow, day_window, is_over, is_zone
from plant_pipeline.warehouse import execute, uuid_array

_HOURS_WITHOUT_ZONE = 24.0


@dataclass(slots=True)
class PlantDay:
    """One plant on one local date, as it was on that date. `window` is None if its time zone is not known.

    `capacity_kw` is the nominal AC power, or the DC power where only that is known. `is_zone_changed`: the day does not
    begin where the day before ended, as the plant's zone was another one then. `sensors` are how many it has,
    `doubted_since` is when what some of them measure began to be of a plant that is not certain.
    """

    plant_id: UUID
    plant_code: str
    technology: str | None
    latitude: float | None
    longitude: float | None
    capacity_kw: float | None
    window: DayWindow | None
    is_zone_changed: bool = False
    sensors: int = 1
    doubted_since: datetime | None = None

    @property
    def hours(self) -> float:
        """Real length of the day; 24 where the zone is not known."""
        return self.window.hours if self.window else _HOURS_WITHOUT_ZONE

    def is_after(self, instant: datetime | None) -> bool:
        """Whether any of the day lies after an instant that may not have come."""
        return instant is not None and self.window is not None and self.window.end_utc > instant

    @property
    def has_daylight(self) -> bool:
        """Whether only the hours with the sun above the horizon decide if the data are complete."""
        return self.technology in ("solar", "hybrid") and self.latitude is not None and self.longitude is not None


@dataclass(frozen=True, slots=True)
class PlantDays:
    """The plants to compute, by code, and the codes of those whose day is not over yet."""

    days: tuple[PlantDay, ...]
    not_over: tuple[str, ...]


def read_plant_days(
    connection: Connection, energy_date: date, now_utc: datetime, plant_ids: Collection[UUID] | None = None
) -> PlantDays:
    """Every plant with sensors or samples, active on `energy_date` (or those of `plant_ids`), that had such a date."""
    rows = execute(
        connection,
        "energy/plant_versions",
        energy_date=energy_date,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    ).all()
    days: list[PlantDay] = []
    not_over: list[str] = []
    for plant_code, of_plant in groupby(rows, key=lambda row: row.plant_code):
        versions = list(of_plant)
        row, window = version_on(energy_date, versions)
        if not (row.sensors or row.is_sampled) or row.status != "active" or row.present_status == "merged":
            continue
        has_zone = is_zone(row.timezone)
        if has_zone and window is None:
            continue
        if window.end_utc > now_utc if window else not is_over(energy_date, "UTC", now_utc):
            not_over.append(plant_code)
            continue
        days.append(
            PlantDay(
                plant_id=row.plant_id,
                plant_code=plant_code,
                technology=row.technology,
                latitude=row.latitude,
                longitude=row.longitude,
                capacity_kw=row.capacity_ac_kw or row.capacity_dc_kw or None,
                window=window,
                is_zone_changed=_is_zone_changed(energy_date, versions, window),
                sensors=row.sensors,
                doubted_since=row.doubted_since,
            )
        )
    return PlantDays(tuple(days), tuple(not_over))


def _is_zone_changed(energy_date: date, versions: Sequence[Any], window: DayWindow | None) -> bool:
    if len(versions) < 2 or window is None:
        return False
    _, before = version_on(energy_date - timedelta(days=1), versions)
    return before is not None and before.end_utc != window.start_utc


def version_on(energy_date: date, versions: Sequence[Any]) -> tuple[Any, DayWindow | None]:
    """The version valid when the date began in that version's own zone, else the oldest; they come newest first."""
    for row in versions:
        window = day_window(energy_date, row.timezone) if is_zone(row.timezone) else None
        begins = window or day_window(energy_date, "UTC")
        if begins is not None and row.valid_from <= begins.start_utc:
            break
    return row, window
