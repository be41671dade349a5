"""Where a plant's energy of a day came from, or why it is not known.

What belongs here: gathering what stands in the warehouse and what its readings say now. What does not: rules about
energy, the words in which it is printed (cli).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.days import utc_span
from plant_pipeline.energy.daily import compute_plants, findings_of
from plant_pipeline.energy.day.day_series import Note, Stretch, bounds_of
from plant_pipeline.energy.judging.register import RegisterEvent
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import Candidate
from plant_pipeline.energy.methods.plant_energy import PlantEnergy
from plant_pipeline.energy.methods.samples import SampledRecord
from plant_pipeline.energy.methods.status import EnergyRow, judge
from plant_pipeline.energy.methods.utc_counters import UTC_DAY_S
from plant_pipeline.energy.series.plant_days import PlantDay, read_plant_days
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import execute

_END_OF_TIME_UTC = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SensorExplanation:
    """One sensor of the plant: what it is, its readings of the local day, and what they say.

    `is_used`: its readings make up the figure. `energy_kwh` in the direction of its quantity; None, with the reason if
    there is one, where it is not known or the sensor says nothing about energy. `learned_…`: what was found over many
    days where nothing is stated; `step_s`: usual seconds between readings of this day; `gaps`, `notes`, `events`: what
    is missing, what was left out, what a register went through; `ends`: of a register, the readings around both ends of
    the day.
    """

    sensor_id: int
    source: str
    source_sensor_id: str
    name: str
    equipment_name: str
    equipment_type: str
    quantity: str | None
    unit: str | None
    is_cumulative: bool
    resolution: timedelta
    sign: int | None
    learned_sign: int | None
    learned_step: timedelta | None
    learned_phase: timedelta | None
    is_main: bool
    is_reference: bool
    is_present: bool
    finding: str | None
    readings: int
    first_utc: datetime | None
    last_utc: datetime | None
    is_used: bool
    energy_kwh: float | None = None
    coverage: float | None = None
    null_reason: str | None = None
    step_s: float | None = None
    gaps: tuple[Stretch, ...] = ()
    notes: tuple[Note, ...] = ()
    events: tuple[RegisterEvent, ...] = ()
    ends: tuple[tuple[datetime, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SamplesExplanation:
    """What one record was asked for around the day: how often within it, and the last count in kWh of each UTC day."""

    record: str
    samples: int
    counts: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class AnnouncedLimit:
    """What a source announced for part of the day: the power that remains, in its own words what it is and why."""

    begins_at: datetime
    ends_at: datetime
    available_kw: float
    kind: str
    remarks: str | None


@dataclass(frozen=True, slots=True)
class MissingAtSource:
    """A sensor whose source itself misses data of the day: since when, when it said so last, and in which words."""

    equipment_name: str
    name: str
    source: str
    missing_since: datetime
    told_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class EnergyExplanation:
    """Everything behind one plant's energy of one date.

    `stored` is its row of `energy.plant_daily` (None: never computed), `computed` what the readings of now give;
    `absent_reason` says why the date has no row at all; `waits_because` why it is to be computed again, if it is.
    """

    plant_code: str
    plant_name: str
    energy_date: date
    plant: PlantDay | None
    stored: Mapping[str, Any] | None
    computed: EnergyRow | None
    candidates: tuple[Candidate, ...] = ()
    sensors: tuple[SensorExplanation, ...] = ()
    samples: tuple[SamplesExplanation, ...] = ()
    limits: tuple[AnnouncedLimit, ...] = ()
    missing: tuple[MissingAtSource, ...] = ()
    restatements: tuple[Mapping[str, object], ...] = ()
    findings: tuple[str, ...] = ()
    absent_reason: str | None = None
    waits_because: str | None = None


def explain_energy(connection: Connection, plant_code: str, energy_date: date) -> EnergyExplanation:
    """Compute the day once more without writing, beside what is stored. Raises `UsageError` for an unknown code."""
    known = execute(connection, "registry/plant_by_code", plant_code=plant_code).one_or_none()
    if known is None:
        raise UsageError(f"no plant has the code {plant_code}: see `plant-pipeline registry list`")
    key = {"plant_id": known.plant_id, "energy_date": energy_date}
    stored = execute(connection, "energy/stored_day", **key).mappings().one_or_none()
    days = read_plant_days(connection, energy_date, _END_OF_TIME_UTC, [known.plant_id]).days
    energies = compute_plants(connection, energy_date, days, by_rules_alone=True).energies
    plant = days[0] if days else None
    energy = energies.get(known.plant_id)
    row = judge(plant, energy, is_failed=False) if plant else None
    return EnergyExplanation(
        plant_code=plant_code,
        plant_name=known.name,
        energy_date=energy_date,
        plant=plant,
        stored=dict(stored) if stored else None,
        computed=row,
        candidates=energy.candidates if energy else (),
        sensors=_sensors(connection, plant, energy, row),
        samples=tuple(_samples(plant, record) for record in energy.sampled) if plant and energy else (),
        limits=_limits(connection, plant),
        missing=_missing(connection, plant),
        restatements=tuple(dict(restated) for restated in execute(connection, "energy/restatements", **key).mappings()),
        findings=tuple(findings_of(energy, row)) if row else (),
        absent_reason=None if plant else _absence(known.status, known.timezone, energy_date),
        waits_because=_waits_because(connection, known.plant_id, energy_date, plant),
    )


def _waits_because(connection: Connection, plant_id: UUID, energy_date: date, plant: PlantDay | None) -> str | None:
    start_utc, end_utc = utc_span([energy_date])
    if plant is not None and plant.window is not None:
        start_utc, end_utc = plant.window.start_utc, plant.window.end_utc
    span = {"start_utc": start_utc, "end_utc": end_utc}
    why = execute(connection, "energy/why_queued", plant_id=plant_id, energy_date=energy_date, **span).scalar_one()
    return None if why is None else str(why)


def _limits(connection: Connection, plant: PlantDay | None) -> tuple[AnnouncedLimit, ...]:
    return tuple(AnnouncedLimit(*row) for row in _of_day(connection, "energy/unavailabilities", plant))


def _missing(connection: Connection, plant: PlantDay | None) -> tuple[MissingAtSource, ...]:
    return tuple(MissingAtSource(*row) for row in _of_day(connection, "energy/missing_at_source", plant))


def _of_day(connection: Connection, name: str, plant: PlantDay | None) -> Sequence[tuple[Any, ...]]:
    if plant is None or plant.window is None:
        return ()
    span = {"from_utc": plant.window.start_utc, "to_utc": plant.window.end_utc}
    return [tuple(row) for row in execute(connection, name, plant_id=plant.plant_id, **span)]


def _samples(plant: PlantDay, record: SampledRecord) -> SamplesExplanation:
    start_s, end_s = bounds_of(plant)
    is_told = np.isfinite(record.produced_kwh)
    last = is_told & np.append(np.diff(record.midnight_s) != 0, True)
    last &= (record.at_s > start_s - UTC_DAY_S) & (record.midnight_s < end_s)
    counts = zip(record.at_s[last].tolist(), record.produced_kwh[last].tolist(), strict=True)
    return SamplesExplanation(
        record=f"{record.source}:{record.source_plant_id}",
        samples=int((is_told & (record.at_s >= start_s) & (record.at_s < end_s)).sum()),
        counts=tuple((datetime.fromtimestamp(at_s, UTC), count_kwh) for at_s, count_kwh in counts),
    )


def _absence(status: str, zone: str | None, energy_date: date) -> str:
    if status != "active":
        return f"the plant is {status}"
    return f"the plant has neither sensors nor samples, was not active yet, or {zone} had no {energy_date}"


def _sensors(
    connection: Connection, plant: PlantDay | None, energy: PlantEnergy | None, row: EnergyRow | None
) -> tuple[SensorExplanation, ...]:
    if plant is None or plant.window is None or energy is None or row is None:
        return ()
    measured = {own.series.sensor_id: own for own in energy.measured}
    used = _used(energy.candidates, row)
    bounds = {"from_utc": plant.window.start_utc, "to_utc": plant.window.end_utc}
    ends: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    registers = [own.series.sensor_id for own in energy.measured if own.series.kind == "register"]
    for reading in execute(connection, "energy/readings_at_ends", sensor_ids=registers, **bounds):
        ends[reading.sensor_id].append((reading.period_start, reading.value))
    return tuple(
        SensorExplanation(
            **properties,
            is_used=properties["sensor_id"] in used,
            ends=tuple(ends[properties["sensor_id"]]),
            **_facts_of(measured.get(properties["sensor_id"])),
        )
        for properties in execute(connection, "energy/sensor_readings", plant_id=plant.plant_id, **bounds).mappings()
    )


def _facts_of(own: Measured | None) -> dict[str, Any]:
    if own is None:
        return {}
    return {
        "energy_kwh": None if own.forward_wh is None or own.series.is_weather else own.forward_wh / 1000,
        "coverage": own.coverage,
        "null_reason": own.null_reason,
        "step_s": own.step_s,
        "gaps": own.gaps,
        "notes": own.notes,
        "events": own.events,
    }


def _used(candidates: Sequence[Candidate], row: EnergyRow) -> frozenset[int]:
    return frozenset(
        sensor_id for candidate in candidates if candidate.method == row.method for sensor_id in candidate.sensor_ids
    )
