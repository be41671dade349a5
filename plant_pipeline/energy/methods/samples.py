"""The lowest rung of the ladder: energy by samples of what a source says of its own running UTC day.

What belongs here: which samples belong to a plant's day, the candidate they make, what else they tell. What does not:
the arithmetic of counters (utc_counters.py), the choice between methods (candidates.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Floats
from plant_pipeline.days import DayWindow
from plant_pipeline.energy.day.day_series import Stretch, bounds_of
from plant_pipeline.energy.methods.candidates import FINAL_COMPLETENESS, Candidate, Method, is_too_little, to_kwh, total
from plant_pipeline.energy.methods.parts import PlantPart
from plant_pipeline.energy.methods.utc_counters import UTC_DAY_S, CountedDay, CounterSamples, counted_day, counter_steps
from plant_pipeline.energy.series.daylight import daylight_of
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.warehouse import execute, uuid_array

METHOD: Final[Method] = "voke_sampled"
SOURCE_DAY_NOT_LOCAL: Final = "source_day_not_local"
"""The source tells of its running day alone, and nobody asked it while this one ran."""

_AROUND: Final = timedelta(days=1)  # a UTC day lies up to a day around the local one
_LARGEST_DIFFERENCE_PCT: Final = 1.0


@dataclass(frozen=True, slots=True)
class SampledRecord:
    """The samples of one record of a plant, in order of time; instants in seconds since 1970, NaN is not told."""

    source: str
    source_plant_id: str
    at_s: Floats
    midnight_s: Floats
    produced_kwh: Floats
    imported_kwh: Floats
    exported_kwh: Floats
    self_consumption_pct: Floats

    def counter(self, count_kwh: Floats) -> CounterSamples:
        """The samples of one of its counters."""
        return CounterSamples(self.at_s, self.midnight_s, count_kwh)


@dataclass(frozen=True, slots=True)
class SampledDay:
    """What samples say of the day of a plant, or of a part of it."""

    candidate: Candidate
    imported_kwh: float | None = None
    exported_kwh: float | None = None
    findings: tuple[str, ...] = ()
    records: tuple[SampledRecord, ...] = ()


def read_samples(connection: Connection, energy_date: date, plants: Sequence[PlantDay]) -> dict[PlantPart, SampledDay]:
    """By part that samples tell of, with any around the day, and by plant that nothing else tells of."""
    known = [plant for plant in plants if plant.window is not None]
    midnight = datetime(energy_date.year, energy_date.month, energy_date.day, tzinfo=UTC)
    rows = execute(
        connection,
        "energy/samples_of_day",
        plant_ids=uuid_array(plant.plant_id for plant in known),
        from_utc=midnight - _AROUND,
        to_utc=midnight + 3 * _AROUND,  # until the next UTC day, which tells of the end of this one
    ).all()
    records: dict[PlantPart, list[SampledRecord]] = defaultdict(list)
    for row in rows:
        arrays = (np.array(values, dtype=np.float64) for values in tuple(row)[4:])
        records[PlantPart(row.plant_id, row.part_id)].append(SampledRecord(row.source, row.source_plant_id, *arrays))
    plant_of = {plant.plant_id: plant for plant in known}
    is_sampled = {part.plant_id for part in records}
    daylights = _daylights([plant_of[plant_id] for plant_id in is_sampled])
    unheard: dict[PlantPart, list[SampledRecord]] = {
        PlantPart(plant.plant_id): [] for plant in known if not plant.sensors and plant.plant_id not in is_sampled
    }
    return {
        part: sampled_day(plant_of[part.plant_id], own, daylights.get(part.plant_id))
        for part, own in (records | unheard).items()
    }


def _daylights(plants: Sequence[PlantDay]) -> Mapping[UUID, Sequence[Stretch]]:
    """Of the plants' days and the UTC days around them."""
    places = {
        plant.plant_id: (
            DayWindow(plant.window.day_date, plant.window.start_utc - _AROUND, plant.window.end_utc + _AROUND),
            plant.latitude,
            plant.longitude,
        )
        for plant in plants
        if plant.has_daylight and plant.window and plant.latitude is not None and plant.longitude is not None
    }
    return dict(zip(places, daylight_of(list(places.values())), strict=True))


def sampled_day(
    plant: PlantDay, records: Sequence[SampledRecord], daylight: Sequence[Stretch] | None = None
) -> SampledDay:
    """What the records' samples say of the plant's day; their energies add up. `daylight`: also of a day around it."""
    parts = [_candidate(plant, record, daylight) for record in records]
    candidate = total(METHOD, parts) if parts else _nothing(SOURCE_DAY_NOT_LOCAL)
    return SampledDay(
        candidate,
        _exchanged_kwh(plant, records, [record.imported_kwh for record in records]),
        _exchanged_kwh(plant, records, [record.exported_kwh for record in records]),
        tuple(text for record in records for text in _contradictions(plant, record)),
        tuple(records),
    )


def _nothing(reason: str, flags: tuple[str, ...] = ()) -> Candidate:
    return Candidate(METHOD, None, None, 0.0, 0.0, None, 0.0, reason, (), flags=flags)


def _midnights_s(plant: PlantDay) -> tuple[float, float]:
    """The midnights of the first UTC day that overlaps the plant's, and of the first one after it."""
    start_s, end_s = bounds_of(plant)
    return start_s // UTC_DAY_S * UTC_DAY_S, -(-end_s // UTC_DAY_S) * UTC_DAY_S


def _candidate(plant: PlantDay, record: SampledRecord, daylight: Sequence[Stretch] | None) -> Candidate:
    first_s, last_s = _midnights_s(plant)
    own = (record.midnight_s >= first_s) & (record.midnight_s < last_s) & np.isfinite(record.produced_kwh)
    if not own.any():
        return _nothing(SOURCE_DAY_NOT_LOCAL)
    steps = counter_steps(record.counter(record.produced_kwh), first_s, last_s, *bounds_of(plant))
    if steps.has_fallen:
        return _nothing("meter_unexplained", ("meter_unexplained",))
    day = counted_day(
        steps,
        *bounds_of(plant),
        highest_kw=plant.capacity_kw or 0.0,
        daylight=daylight,
        is_dark_idle=plant.technology == "solar",
    )
    return _candidate_of(day)


def _candidate_of(day: CountedDay) -> Candidate:
    counted = Candidate(
        method=METHOD,
        produced_kwh=to_kwh(1000 * day.measured_kwh),
        reverse_kwh=None,
        coverage=day.coverage,
        data_completeness=day.data_completeness,
        daylight_completeness=day.daylight_completeness,
        completeness=day.coverage,
        null_reason=None,
        sensor_ids=(),
        gap_kwh=None if day.gap_kwh is None else to_kwh(1000 * day.gap_kwh),
        uncertainty_kwh=None if day.half_width_kwh is None else to_kwh(1000 * day.half_width_kwh),
        flags=("gap_estimated",) if day.gap_kwh else (),
    )
    if not is_too_little(counted.completeness):
        return counted
    return replace(
        counted, produced_kwh=None, gap_kwh=None, uncertainty_kwh=None, null_reason="low_completeness", flags=()
    )


def _exchanged_kwh(plant: PlantDay, records: Sequence[SampledRecord], counts_kwh: Sequence[Floats]) -> float | None:
    """Import or export as far as the production is known too, most of the day; None if that of one record is not."""
    summed_kwh = 0.0
    for record, count_kwh in zip(records, counts_kwh, strict=True):
        steps = counter_steps(record.counter(count_kwh), *_midnights_s(plant), *bounds_of(plant))
        day = counted_day(steps, *bounds_of(plant))
        if steps.has_fallen or day.coverage < FINAL_COMPLETENESS:
            return None
        summed_kwh += day.measured_kwh
    return to_kwh(1000 * summed_kwh) if records else None


def _contradictions(plant: PlantDay, record: SampledRecord) -> Iterator[str]:
    """UTC days whose own figures are not what the source makes of them."""
    first_s, last_s = _midnights_s(plant)
    produced_kwh, exported_kwh, stated_pct = record.produced_kwh, record.exported_kwh, record.self_consumption_pct
    is_told = np.isfinite(produced_kwh) & np.isfinite(exported_kwh) & np.isfinite(stated_pct) & (produced_kwh > 0)
    for midnight_s in np.arange(first_s, last_s, UTC_DAY_S):
        own = np.flatnonzero(is_told & (record.midnight_s == midnight_s))
        if not len(own):
            continue
        last = own[-1]
        computed_pct = 100 * (produced_kwh[last] - exported_kwh[last]) / produced_kwh[last]
        if abs(computed_pct - stated_pct[last]) > _LARGEST_DIFFERENCE_PCT:
            day = datetime.fromtimestamp(midnight_s, UTC)
            yield (
                f"{record.source}:{record.source_plant_id} states {stated_pct[last]:.1f} % self-consumption for "
                f"{day:%Y-%m-%d} UTC, its own production ({produced_kwh[last]:.1f} kWh) and export "
                f"({exported_kwh[last]:.1f} kWh) come to {computed_pct:.1f} %: ask which of them is wrong"
            )
