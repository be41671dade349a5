"""What the readings of one day say of each series: energy, and how much of the day has data.

What belongs here: the working tables, running the measurements in SQL, their results as values. What does not: which
series counts for a plant (meters.py, producers.py), the course of a register (register.py).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import DayWindow, utc_span
from plant_pipeline.energy.daylight import Place, daylight_of
from plant_pipeline.energy.plant_days import PlantDay
from plant_pipeline.energy.register import (
    READINGS_AFTER,
    READINGS_BEFORE,
    RegisterEnergy,
    RegisterReading,
    register_energy,
)
from plant_pipeline.energy.series import Kind, Series
from plant_pipeline.warehouse import copy_rows, execute

HIGHEST_SHARE_OF_CAPACITY = 1.2
"""Above this share of the plant's capacity a register's rise is taken for a fault (our choice)."""

_SPAN_MARGIN = timedelta(days=2)
_MEASURES: dict[Kind, str] = {
    "register": "energy/measure_registers",
    "interval": "energy/measure_intervals",
    "instant": "energy/measure_instants",
}
_SERIES_COLUMNS = (
    "sensor_id", "plant_id", "kind", "step", "sign", "wh_per_unit_s", "highest_rise_wh", "start_utc", "end_utc",
    "daylight", "bright_from_utc", "bright_until_utc",
)  # fmt: skip

_Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one series says of one plant-local day.

    `forward_wh` is energy in the direction the quantity is named after (production, import, export), `reverse_wh` the
    other one, None if not known for `null_reason`; `bright_wh` is their difference by daylight (of the whole day where
    daylight does not matter) if the sign is not stated. `coverage` is the share of the day whose energy is known,
    `data_completeness` and `daylight_completeness` the shares with readings; the last is None where daylight does not
    matter.
    """

    series: Series
    readings: int
    forward_wh: float | None
    reverse_wh: float | None
    bright_wh: float
    coverage: float
    data_completeness: float
    daylight_completeness: float | None
    null_reason: str | None
    register: RegisterEnergy | None = None

    @property
    def completeness(self) -> float:
        """The share that decides whether the energy can be used."""
        if self.series.kind == "register" or self.daylight_completeness is None:
            return self.coverage
        return self.daylight_completeness


@dataclass(frozen=True, slots=True)
class CommonTime:
    """Shares of the day and of its daylight (None where that does not matter) in which several series all have data."""

    coverage: float
    daylight_coverage: float | None


class Measurement:
    """The measurement of one date's series within one transaction, in whose temporary tables it lives."""

    def __init__(
        self, connection: Connection, energy_date: date, plants: Iterable[PlantDay], series: Iterable[Series]
    ) -> None:
        from_utc, to_utc = utc_span([energy_date])
        self._connection = connection
        self._bounds = {"from_utc": from_utc - _SPAN_MARGIN, "to_utc": to_utc + _SPAN_MARGIN}
        self._plants = {plant.plant_id: plant for plant in plants if plant.window is not None}
        self._series = {one.sensor_id: one for one in series if one.plant_id in self._plants}
        execute(connection, "energy/create_working_tables")
        copy_rows(connection, "energy_series", _SERIES_COLUMNS, self._rows())
        execute(connection, "energy/observe_steps", **self._bounds)
        execute(connection, "energy/day_spans")

    def measure(self) -> dict[int, Measured]:
        """Every series over its plant's day, by sensor."""
        self._measure_spans(self._series.values())
        rows = execute(self._connection, "energy/measured", **self._bounds).all()
        around_suspects = self._around_suspects() if any(row.is_suspect for row in rows) else {}
        return {
            row.sensor_id: self._register(row, around_suspects.get(row.sensor_id))
            if self._series[row.sensor_id].kind == "register"
            else self._integral(row)
            for row in rows
        }

    def common_time(self, members: Sequence[Series]) -> dict[UUID, CommonTime]:
        """By plant, the time in which all of its series among `members` have data. After `measure`."""
        rows = execute(self._connection, "energy/common_time", **_members(members))
        return {
            row.plant_id: CommonTime(
                coverage=_share(row.missing_s, row.day_s),
                daylight_coverage=_share(row.missing_daylight_s, row.daylight_s) if row.daylight_s else None,
            )
            for row in rows
        }

    def measure_gaps(self, members: Sequence[Series]) -> dict[int, tuple[float, float]]:
        """By sensor, energy (Wh, forward and reverse) at times when another of the plant's `members` has no data.

        After it nothing else can be asked of this measurement.
        """
        execute(self._connection, "energy/gap_spans", **_members(members))
        self._measure_spans(members)
        rows = execute(self._connection, "energy/measured_sums")
        return {row.sensor_id: (row.forward_wh, row.reverse_wh) for row in rows}

    def _rows(self) -> Iterator[tuple[object, ...]]:
        days = self._days()
        for one in self._series.values():
            plant = self._plants[one.plant_id]
            start_utc, end_utc, daylight, (bright_from_utc, bright_until_utc) = days[one.plant_id]
            resolution = timedelta(seconds=one.resolution_s)
            highest_w = _highest_power_w(plant, one)
            yield (
                one.sensor_id,
                one.plant_id,
                one.kind,
                resolution,
                one.sign,
                None if one.kind == "register" else 1 / (3600 if one.is_power else one.resolution_s),
                math.inf if highest_w is None else highest_w,  # in one hour
                start_utc,
                end_utc,
                daylight,
                bright_from_utc - resolution / 2,
                bright_until_utc - resolution / 2,
            )

    def _days(self) -> dict[UUID, tuple[datetime, datetime, str | None, _Stretch]]:
        """By plant, its day, its daylight as PostgreSQL writes a multirange, and the longest stretch of that.

        Where daylight does not matter, there is none, and the whole day takes its place; it may be empty in winter.
        """
        stretches: dict[UUID, list[_Stretch]] = defaultdict(list)
        for plant_id, rise_utc, set_utc in daylight_of(list(self._places())):
            stretches[plant_id].append((rise_utc, set_utc))
        days: dict[UUID, tuple[datetime, datetime, str | None, _Stretch]] = {}
        for plant_id, plant in self._plants.items():
            start_utc, end_utc = _window(plant).start_utc, _window(plant).end_utc
            if plant.has_daylight:
                own = stretches[plant_id]
                daylight = "{" + ",".join(f"[{rise.isoformat()},{sets.isoformat()})" for rise, sets in own) + "}"
                bright = max(own, key=lambda stretch: stretch[1] - stretch[0], default=(start_utc, start_utc))
                days[plant_id] = (start_utc, end_utc, daylight, bright)
            else:
                days[plant_id] = (start_utc, end_utc, None, (start_utc, end_utc))
        return days

    def _places(self) -> Iterator[Place]:
        for plant in self._plants.values():
            if plant.has_daylight and plant.latitude is not None and plant.longitude is not None:
                yield plant.plant_id, _window(plant), plant.latitude, plant.longitude

    def _measure_spans(self, series: Iterable[Series]) -> None:
        for kind in sorted({one.kind for one in series}):
            execute(self._connection, _MEASURES[kind], **self._bounds)

    def _around_suspects(self) -> dict[int, list[RegisterReading]]:
        rows = execute(
            self._connection,
            "energy/register_neighbours",
            before=READINGS_BEFORE,
            after=READINGS_AFTER,
            **self._bounds,
        )
        return {
            sensor_id: [RegisterReading(row.at_s, row.value_wh, row.is_next) for row in own]
            for sensor_id, own in groupby(rows, key=lambda row: row.sensor_id)
        }

    def _register(self, row: Any, around_suspects: list[RegisterReading] | None) -> Measured:
        series = self._series[row.sensor_id]
        plant = self._plants[series.plant_id]
        register = register_energy(
            around_suspects or _around_ends(row),
            _window(plant).start_utc.timestamp(),
            _window(plant).end_utc.timestamp(),
            reach_s=max(1.5 * row.step_s, 3600.0),
            max_power_w=_highest_power_w(plant, series),
        )
        return Measured(
            series=series,
            readings=row.readings,
            forward_wh=register.energy_wh,
            reverse_wh=None,
            bright_wh=0.0,
            coverage=0.0 if register.energy_wh is None else 1.0,
            data_completeness=_share(row.missing_s, row.day_s),
            daylight_completeness=_daylight_share(row),
            null_reason=register.null_reason if row.readings or register.energy_wh is not None else "no_data",
            register=register,
        )

    def _integral(self, row: Any) -> Measured:
        is_finite = math.isfinite(row.forward_wh + row.reverse_wh)
        null_reason = None if row.readings and is_finite else ("inconsistent_inputs" if row.readings else "no_data")
        coverage = _share(row.missing_s, row.day_s)
        return Measured(
            series=self._series[row.sensor_id],
            readings=row.readings,
            forward_wh=None if null_reason else row.forward_wh,
            reverse_wh=None if null_reason else row.reverse_wh,
            bright_wh=row.bright_wh,
            coverage=coverage,
            data_completeness=coverage,
            daylight_completeness=_daylight_share(row),
            null_reason=null_reason,
        )


def _window(plant: PlantDay) -> DayWindow:
    assert plant.window is not None  # noqa: S101 -- only plants with a window are measured
    return plant.window


def _highest_power_w(plant: PlantDay, series: Series) -> float | None:
    """What a register may count at most; of what the plant exchanges with the grid no limit is known."""
    if plant.capacity_kw is None or series.quantity != "production_energy":
        return None
    return HIGHEST_SHARE_OF_CAPACITY * plant.capacity_kw * 1000


def _around_ends(row: Any) -> list[RegisterReading]:
    """The readings around both ends of the day, of a register that rises steadily between them."""
    readings: list[RegisterReading] = []
    for at_s, value_wh, is_next in (
        (row.before_start_s, row.before_start_wh, False),
        (row.after_start_s, row.after_start_wh, True),
        (row.before_end_s, row.before_end_wh, False),
        (row.after_end_s, row.after_end_wh, True),
    ):
        if at_s is not None and (not readings or at_s > readings[-1].at_s):
            readings.append(RegisterReading(at_s, value_wh, is_next))
    return readings


def _share(missing_s: float, whole_s: float) -> float:
    return min(max(1.0 - missing_s / whole_s, 0.0), 1.0)


def _daylight_share(row: Any) -> float | None:
    if not row.has_daylight or row.daylight_s == 0:
        return None
    return 1.0 if row.daylight_s is None else _share(row.missing_daylight_s, row.daylight_s)


def _members(series: Sequence[Series]) -> dict[str, object]:
    return {
        "plant_ids": [one.plant_id for one in series],
        "sensor_ids": [one.sensor_id for one in series],
    }
