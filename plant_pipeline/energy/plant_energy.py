"""What all readings of a date say of each plant's energy: every method's candidate, import and export.

What belongs here: putting measurements, meters and producers together. What does not: the choice between methods
(candidates.py), rows of the warehouse (daily.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import utc_span
from plant_pipeline.energy.candidates import FINAL_COMPLETENESS, Candidate
from plant_pipeline.energy.measurement import CommonTime, Measured, Measurement
from plant_pipeline.energy.meters import PRODUCTION, MeterVerdict, exchanged_kwh, is_metering, production_of_meters
from plant_pipeline.energy.plant_days import PlantDay
from plant_pipeline.energy.producers import (
    TYPES,
    Producer,
    ProducerSum,
    producer_candidate,
    silent_sensors,
    sum_of_producers,
)
from plant_pipeline.energy.series import Series, read_series
from plant_pipeline.warehouse import execute

LONGEST_SILENCE = timedelta(days=366)
"""A device without a reading for longer than this no longer counts as part of the plant (our choice)."""


@dataclass(frozen=True, slots=True)
class PlantEnergy:
    """Everything the readings of a day say of one plant."""

    candidates: tuple[Candidate, ...] = ()
    imported_kwh: float | None = None
    exported_kwh: float | None = None
    findings: tuple[str, ...] = ()
    meters: MeterVerdict = field(default_factory=MeterVerdict)
    measured: tuple[Measured, ...] = ()


def read_plant_energies(
    connection: Connection, energy_date: date, plants: Sequence[PlantDay]
) -> dict[UUID, PlantEnergy]:
    """By plant, for those with a known time zone. Writes temporary tables only."""
    plants = [plant for plant in plants if plant.window is not None]
    plant_ids = [plant.plant_id for plant in plants]
    series = [one for one in read_series(connection, plant_ids) if is_metering(one) or _is_produced(one)]
    measurement = Measurement(connection, energy_date, plants, series)
    measured: dict[UUID, list[Measured]] = defaultdict(list)
    for one in measurement.measure().values():
        measured[one.series.plant_id].append(one)
    sums = _producer_sums(connection, energy_date, plants, measured)
    gapped = [one.series for chosen in sums.values() if chosen.has_gaps for one in chosen.members]
    common = measurement.common_time(gapped) if gapped else {}
    usable = [one for one in gapped if _is_usable(common[one.plant_id])]
    in_gaps = measurement.measure_gaps(usable) if usable else {}
    return {
        plant.plant_id: _plant_energy(
            measured[plant.plant_id], sums.get(plant.plant_id), common.get(plant.plant_id), in_gaps
        )
        for plant in plants
    }


def _is_produced(series: Series) -> bool:
    return series.quantity in PRODUCTION and series.equipment_type in TYPES


def _is_usable(common: CommonTime) -> bool:
    return max(common.coverage, common.daylight_coverage or 0.0) > 0


def _producer_sums(
    connection: Connection, energy_date: date, plants: Sequence[PlantDay], measured: Mapping[UUID, Sequence[Measured]]
) -> dict[UUID, ProducerSum]:
    producers: dict[UUID, list[Producer]] = defaultdict(list)
    for row in execute(connection, "energy/producers", plant_ids=[plant.plant_id for plant in plants]).mappings():
        producers[row["plant_id"]].append(Producer(**row))
    by_device: dict[UUID, list[Measured]] = defaultdict(list)
    for own in measured.values():
        for one in own:
            if _is_produced(one.series):
                by_device[one.series.equipment_id].append(one)
    silent = [
        (sensor_id, plant.window.end_utc)
        for plant in plants
        if plant.window
        for sensor_id in silent_sensors(producers.get(plant.plant_id, ()), by_device)
    ]
    once_read = _once_read(connection, energy_date, silent) if silent else frozenset()
    sums = {
        plant.plant_id: sum_of_producers(plant.technology, producers[plant.plant_id], by_device, once_read)
        for plant in plants
        if plant.plant_id in producers
    }
    return {plant_id: chosen for plant_id, chosen in sums.items() if chosen is not None}


def _once_read(
    connection: Connection, energy_date: date, sensors_until: Sequence[tuple[int, datetime]]
) -> frozenset[int]:
    """Which of the sensors have a reading before their instant, but not longer ago than a device may be silent."""
    from_utc, to_utc = utc_span([energy_date])
    rows = execute(
        connection,
        "energy/series_once_read",
        sensor_ids=[sensor_id for sensor_id, _ in sensors_until],
        ends_utc=[end_utc for _, end_utc in sensors_until],
        from_utc=from_utc - LONGEST_SILENCE,
        to_utc=to_utc,
    )
    return frozenset(rows.scalars())


def _plant_energy(
    measured: Sequence[Measured],
    producers: ProducerSum | None,
    common: CommonTime | None,
    in_gaps: Mapping[int, tuple[float, float]],
) -> PlantEnergy:
    meters = production_of_meters(measured)
    candidates = list(meters.candidates)
    if producers is not None:
        candidates.append(producer_candidate(producers, common, in_gaps))
    imported_kwh, import_finding = exchanged_kwh(measured, meters.roles, "import_energy")
    exported_kwh, export_finding = exchanged_kwh(measured, meters.roles, "export_energy")
    return PlantEnergy(
        candidates=tuple(candidates),
        imported_kwh=_drawn_kwh(candidates) if imported_kwh is None else imported_kwh,
        exported_kwh=exported_kwh,
        findings=(*_findings(meters, producers), *dict.fromkeys(filter(None, (import_finding, export_finding)))),
        meters=meters,
        measured=tuple(measured),
    )


def _drawn_kwh(candidates: Sequence[Candidate]) -> float | None:
    """What the plant drew by its own power measurement: the main meter's, else that of its devices."""
    for method in ("power_integral", "inverter_sum"):
        for candidate in candidates:
            if candidate.method == method and candidate.null_reason is None and candidate.reverse_kwh is not None:
                return candidate.reverse_kwh if candidate.coverage >= FINAL_COMPLETENESS else None
    return None


def _findings(meters: MeterVerdict, producers: ProducerSum | None) -> tuple[str, ...]:
    return (*meters.findings, *(producers.findings if producers else ()))
