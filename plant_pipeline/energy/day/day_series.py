"""The series of a day as arrays, a row a series: what all steps of measuring share.

What belongs here: their readings and bounds, and notes of what was left out. What does not: what the readings say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.judging.limits import RATING_TOLERANCE
from plant_pipeline.energy.judging.register import RegisterEvent
from plant_pipeline.energy.judging.standstill import Night, reaching_further
from plant_pipeline.energy.series.arrays import ReadingArrays, read_readings
from plant_pipeline.energy.series.daylight import daylight_of
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import GAP_STEPS
from plant_pipeline.energy.series.sensors import TYPES, Series

DAY_MARGIN: Final = timedelta(hours=2)
"""How far beyond both ends of the day readings are looked at."""

REGISTER_REACH: Final = timedelta(hours=36)
"""How far a register that has too few readings there is looked up."""

NIGHT_MARGIN_S: Final = 1800.0
"""So long after sunset, and before sunrise, a register may show what it counted in the light (our choice)."""

_READINGS_BESIDE: Final = 4

Stretch = tuple[float, float]
"""Two instants, seconds since 1970."""


@dataclass(slots=True)
class Sun:
    """The daylight of a plant's day: the stretches with the sun up; none in a polar night.

    `is_only_source`: the plant has no battery that could give power in the dark.
    """

    stretches: tuple[Stretch, ...]
    is_only_source: bool = True

    @property
    def seconds(self) -> float:
        """Length of the daylight."""
        return sum(to_s - from_s for from_s, to_s in self.stretches)

    def seconds_within(self, from_s: float, to_s: float) -> float:
        """Of the time from one instant to another, that with the sun up."""
        return sum(max(min(to_s, set_s) - max(from_s, rise_s), 0.0) for rise_s, set_s in self.stretches)


@dataclass(frozen=True, slots=True)
class Note:
    """A reading that does not count, or before which something happened to a register: its label and the flag."""

    at_s: float
    flag: str


@dataclass(frozen=True, slots=True)
class Daylight:
    """The daylight that matters to each series.

    `edges_s` are begin and end of each stretch: of shape (stretches, 2, series), 0 where a series has fewer.
    `matters` is False of series whose plants need no daylight, or whose place is unknown.
    """

    matters: Booleans
    edges_s: Floats

    def is_up_at(self, instants_s: Floats) -> Booleans:
        """By series and instant (a row a series), whether the sun is up at it, or rises or sets then."""
        found = np.zeros(instants_s.shape, dtype=bool)
        for rise_s, set_s in self.edges_s:
            found |= (instants_s >= rise_s[:, None]) & (instants_s <= set_s[:, None])
        return found

    def night_around(self, instants_s: Floats, may_rise: Booleans) -> Night:
        """By series, the night around an end of its day; none where the sun does not matter, is up, or `may_rise`.

        The next day's sun rises as this day's does, and the last one's set so, but for some minutes.
        """
        sets_s = self.edges_s[:, 1].max(axis=0, initial=0.0)
        rises_s = np.where(self.edges_s[:, 0] > 0, self.edges_s[:, 0], np.inf).min(axis=0, initial=np.inf)
        has_night = self.matters & ~may_rise & (sets_s > 0) & ~self.is_up_at(instants_s[:, None])[:, 0]
        rises_s = np.where(has_night, rises_s, 0.0)
        days_s = 86400.0 * np.rint((instants_s - (rises_s + sets_s) / 2) / 86400 + 0.5)
        from_s, to_s = sets_s + days_s - 86400 + NIGHT_MARGIN_S, rises_s + days_s - NIGHT_MARGIN_S
        return np.where(has_night, from_s, np.inf), np.where(has_night, to_s, -np.inf)

    def until_s(self, end_s: Floats) -> Floats:
        """By series, when the sun goes down for the last time before the end; the end where it does not matter."""
        sets_s = self.edges_s[:, 1].max(axis=0, initial=0.0)
        return np.where(self.matters & (sets_s > 0), np.minimum(sets_s, end_s), end_s)


@dataclass(slots=True)
class DaySeries:
    """Series with the bounds of their plants' day, in seconds since 1970; `rating_w` and `stated_s` may be NaN and 0.

    `readings` shrink as readings are left out; `notes` say which, `flags` what was odd, `events` what happened to
    registers, each by the place of the series; `stale_wh` is what readings left out as stale would have come to;
    `held` are stretches of one value that may be a limit the device was at, or the last one that was known;
    `doubtful` are registers with an exchange that nobody declared, and power so much of which was left out that it may
    be right, `has_battery` tells series of plants whose power follows a set point.
    """

    series: Sequence[Series]
    start_s: Floats
    end_s: Floats
    rating_w: Floats
    stated_s: Floats
    readings: ReadingArrays
    suns: dict[UUID, Sun]
    daylight: Daylight
    has_battery: Booleans
    notes: dict[int, list[Note]] = field(default_factory=dict)
    flags: dict[int, list[str]] = field(default_factory=dict)
    events: dict[int, tuple[RegisterEvent, ...]] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)
    stale_wh: dict[int, float] = field(default_factory=dict)
    held: dict[int, list[Stretch]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.series)

    def night_around(self, instants_s: Floats) -> Night:
        """By series, the night around an end of its day in which it cannot give power."""
        return self.daylight.night_around(instants_s, self.has_battery)

    def places(self, kind: str) -> Integers:
        """Where the series of a kind are."""
        return np.array([place for place, sensor in enumerate(self.series) if sensor.kind == kind], dtype=np.int64)

    def at(self, places: Integers) -> "DaySeries":
        """The series at `places`, which are in order, before anything was noted."""
        if len(places) == len(self):
            return self
        series = [self.series[place] for place in places.tolist()]
        kept = {sensor.plant_id for sensor in series}
        return DaySeries(
            series,
            self.start_s[places],
            self.end_s[places],
            self.rating_w[places],
            self.stated_s[places],
            self.readings.of_places(places),
            {key: sun for key, sun in self.suns.items() if key in kept},
            Daylight(self.daylight.matters[places], self.daylight.edges_s[:, :, places]),
            self.has_battery[places],
        )

    def note(self, place: int, at_s: Floats, flag: str) -> None:
        """Remember readings of a series, and flag it if any of them lies in the day."""
        if len(at_s):
            self.notes.setdefault(place, []).extend(Note(float(at), flag) for at in at_s)
            if ((at_s >= self.start_s[place]) & (at_s < self.end_s[place])).any():
                self.flag(place, flag)

    def flag(self, place: int, flag: str) -> None:
        """Flag a series."""
        own = self.flags.setdefault(place, [])
        if flag not in own:
            own.append(flag)

    def take_for_instants(self, place: int) -> None:
        """Read a series as instants, whatever resolution is stated."""
        self.series = [*self.series[:place], replace(self.series[place], kind="instant"), *self.series[place + 1 :]]
        self.stated_s[place] = 0.0
        self.flag(place, "step_irregular")

    def move_suns(self, late_s: Mapping[UUID, float]) -> None:
        """Daylight does not matter to these plants (0), or is that of so many seconds before: their clocks are late."""
        late = np.array([late_s.get(sensor.plant_id, 0.0) for sensor in self.series])
        edges_s = np.clip(self.daylight.edges_s + late, self.start_s, self.end_s)
        self.daylight.edges_s[:] = np.where(self.daylight.edges_s > 0, edges_s, 0.0)
        forgotten = {key for key, own_s in late_s.items() if not own_s}
        self.daylight.matters[[sensor.plant_id in forgotten for sensor in self.series]] = False
        self.daylight.edges_s[:, :, ~self.daylight.matters] = 0.0
        bounds_s = {sensor.plant_id: (self.start_s[at], self.end_s[at]) for at, sensor in enumerate(self.series)}
        for plant_id, own_s in late_s.items():
            sun = self.suns.pop(plant_id)
            if own_s:
                start_s, end_s = bounds_s[plant_id]
                moved = ((from_s + own_s, to_s + own_s) for from_s, to_s in sun.stretches)
                stretches = tuple((max(from_s, float(start_s)), min(to_s, float(end_s))) for from_s, to_s in moved)
                self.suns[plant_id] = replace(sun, stretches=stretches)


def read_day_series(connection: Connection, plants: Mapping[UUID, PlantDay], series: Sequence[Series]) -> DaySeries:
    """The series with their readings of the day and around it; all plants have a window."""
    rows = {key: row for row, key in enumerate(plants)}
    plant_of = np.array([rows[sensor.plant_id] for sensor in series], dtype=np.int64)
    bounds = np.array([bounds_of(plant) for plant in plants.values()], dtype=np.float64).reshape(-1, 2)
    start_s, end_s = bounds[plant_of].T
    stated_s = np.array([sensor.resolution_s for sensor in series], dtype=np.float64)
    capacity_kw = np.array([plant.capacity_kw for plant in plants.values()], dtype=np.float64)  # None becomes NaN
    is_rated = np.array([sensor.quantity in ("ac_power", "production_energy") for sensor in series], dtype=bool)
    own_kw = np.array([own.rating_kw if own.equipment_type in TYPES else None for own in series], dtype=np.float64)
    rating_w = np.where(is_rated, RATING_TOLERANCE * np.fmin(capacity_kw[plant_of], own_kw) * 1000, np.nan)
    suns = _suns(plants)
    daylight = _daylight([suns.get(key) for key in plants], plant_of)
    has_battery = np.array([plant.technology in ("hybrid", "storage") for plant in plants.values()], dtype=bool)[
        plant_of
    ]
    nothing = ReadingArrays(np.zeros(len(series) + 1, dtype=np.int64), np.empty(0), np.empty(0))
    day = DaySeries(series, start_s, end_s, rating_w, stated_s, nothing, suns, daylight, has_battery)
    day.readings = _readings(connection, day)
    return day


def bounds_of(plant: PlantDay) -> Stretch:
    """Begin and end of a plant's day."""
    assert plant.window is not None  # noqa: S101 -- only plants with a window are measured
    return plant.window.bounds_s


def _readings(connection: Connection, day: DaySeries) -> ReadingArrays:
    series, start_s, end_s = day.series, day.start_s, day.end_s
    margin_s = np.maximum(DAY_MARGIN.total_seconds(), GAP_STEPS * day.stated_s)
    ids = np.array([sensor.sensor_id for sensor in series], dtype=np.int64)
    readings = read_readings(connection, ids, start_s - margin_s, end_s + margin_s)
    lacking = _registers_lacking(series, readings, start_s, end_s)
    lacking = sorted({*lacking, *_registers_resting(day, readings)})
    if not lacking:
        return readings
    reach_s = REGISTER_REACH.total_seconds()
    further = read_readings(connection, ids[lacking], start_s[lacking] - reach_s, end_s[lacking] + reach_s)
    return readings.replaced(further, lacking)


def _registers_lacking(series: Sequence[Series], readings: ReadingArrays, start_s: Floats, end_s: Floats) -> list[int]:
    """Registers with too few readings on either side of the day to be read at its ends and judged there."""
    if not any(sensor.kind == "register" for sensor in series):
        return []
    before = readings.count_until(start_s).tolist()
    after = (np.diff(readings.offsets) - readings.count_until(end_s, included=False)).tolist()
    return [
        place
        for place, sensor in enumerate(series)
        if sensor.kind == "register" and min(before[place], after[place]) < _READINGS_BESIDE
    ]


def _registers_resting(day: DaySeries, readings: ReadingArrays) -> list[int]:
    """Registers that rest at an end of the day for longer than the readings there go back or forth."""
    series = day.series
    is_register = np.array([sensor.kind == "register" for sensor in series], dtype=bool)
    counts = np.diff(readings.offsets)
    places = np.flatnonzero(is_register & (counts > 1))
    if not len(places):
        return []
    chosen = np.zeros(len(series), dtype=bool)
    chosen[places] = True
    own = readings.only(chosen[readings.owner]).at(places)
    sign = np.array([series[place].sign or 1 for place in places.tolist()], dtype=np.float64)
    own = ReadingArrays(own.offsets, own.at_s, own.value * sign[own.owner])
    nights_s = [(night[0][places], night[1][places]) for night in map(day.night_around, (day.start_s, day.end_s))]
    sunlit_s = day.daylight.until_s(day.end_s)
    found = reaching_further(own, day.start_s[places], day.end_s[places], sunlit_s[places], nights_s)
    return [int(place) for place in places[found]]


def _daylight(suns: Sequence[Sun | None], plant_of: Integers) -> Daylight:
    most = max((len(sun.stretches) for sun in suns if sun), default=0)
    edges_s = np.zeros((most, 2, len(suns)))
    for row, sun in enumerate(suns):
        for index, stretch in enumerate(sun.stretches if sun else ()):
            edges_s[index, :, row] = stretch
    matters = np.array([sun is not None for sun in suns], dtype=bool)
    return Daylight(matters[plant_of], edges_s[:, :, plant_of])


def _suns(plants: Mapping[UUID, PlantDay]) -> dict[UUID, Sun]:
    """By plant whose daylight matters, its daylight."""
    lit = {
        key: (plant.window, plant.latitude, plant.longitude)
        for key, plant in plants.items()
        if plant.has_daylight and plant.window and plant.latitude is not None and plant.longitude is not None
    }
    stretches = daylight_of(list(lit.values()))
    return {key: Sun(own, plants[key].technology == "solar") for key, own in zip(lit, stretches, strict=True)}
