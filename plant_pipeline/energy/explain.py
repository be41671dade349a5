"""Where a plant's energy of a day came from, or why it is not known.

What belongs here: gathering what stands in the warehouse and what its readings say now. What does not: rules about
energy, the words in which it is printed (cli).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from plant_pipeline.energy.candidates import Candidate
from plant_pipeline.energy.daily import findings_of, previous_methods
from plant_pipeline.energy.plant_days import PlantDay, read_plant_days
from plant_pipeline.energy.plant_energy import PlantEnergy, read_plant_energies
from plant_pipeline.energy.register import RegisterEnergy
from plant_pipeline.energy.status import EnergyRow, judge
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import execute

_END_OF_TIME_UTC = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SensorExplanation:
    """One sensor of the plant: what it is, its readings of the local day, and what they say.

    `is_used`: its readings make up the figure. `energy_kwh` in the direction of its quantity; None, with the reason if
    there is one, where it is not known or the sensor says nothing about energy. `register`: the values at both ends of
    the day and every departure from a steady rise.
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
    register: RegisterEnergy | None = None


@dataclass(frozen=True, slots=True)
class EnergyExplanation:
    """Everything behind one plant's energy of one date.

    `stored` is its row of `energy.plant_daily` (None: never computed), `computed` what the readings of now give;
    `absent_reason` says why the date has no row at all.
    """

    plant_code: str
    plant_name: str
    energy_date: date
    plant: PlantDay | None
    stored: Mapping[str, object] | None
    computed: EnergyRow | None
    candidates: tuple[Candidate, ...] = ()
    sensors: tuple[SensorExplanation, ...] = ()
    restatements: tuple[Mapping[str, object], ...] = ()
    findings: tuple[str, ...] = ()
    absent_reason: str | None = None


def explain_energy(connection: Connection, plant_code: str, energy_date: date) -> EnergyExplanation:
    """Compute the day once more without writing, beside what is stored. Raises `UsageError` for an unknown code."""
    known = execute(connection, "registry/plant_by_code", plant_code=plant_code).one_or_none()
    if known is None:
        raise UsageError(f"no plant has the code {plant_code}: see `plant-pipeline registry list`")
    key = {"plant_id": known.plant_id, "energy_date": energy_date}
    stored = execute(connection, "energy/stored_day", **key).mappings().one_or_none()
    days = read_plant_days(connection, energy_date, _END_OF_TIME_UTC, [known.plant_id]).days
    energies = read_plant_energies(connection, energy_date, days)
    plant = days[0] if days else None
    energy = energies.get(known.plant_id)
    previous = previous_methods(connection, energy_date, days)
    row = judge(plant, energy, previous.get(known.plant_id), is_failed=False) if plant else None
    return EnergyExplanation(
        plant_code=plant_code,
        plant_name=known.name,
        energy_date=energy_date,
        plant=plant,
        stored=dict(stored) if stored else None,
        computed=row,
        candidates=energy.candidates if energy else (),
        sensors=_sensors(connection, plant, energy, row),
        restatements=tuple(dict(one) for one in execute(connection, "energy/restatements", **key).mappings()),
        findings=tuple(findings_of(energy, row)) if row else (),
        absent_reason=None if plant else _absence(known.status, known.timezone, energy_date),
    )


def _absence(status: str, zone: str | None, energy_date: date) -> str:
    if status != "active":
        return f"the plant is {status}"
    return f"the plant has no sensors, was not active yet, or {zone} had no {energy_date}"


def _sensors(
    connection: Connection, plant: PlantDay | None, energy: PlantEnergy | None, row: EnergyRow | None
) -> tuple[SensorExplanation, ...]:
    if plant is None or plant.window is None or energy is None or row is None:
        return ()
    measured = {one.series.sensor_id: one for one in energy.measured}
    used = _used(energy.candidates, row)
    found = []
    for one in execute(
        connection,
        "energy/sensor_readings",
        plant_id=plant.plant_id,
        from_utc=plant.window.start_utc,
        to_utc=plant.window.end_utc,
    ).mappings():
        own = measured.get(one["sensor_id"])
        found.append(
            SensorExplanation(
                **one,
                is_used=one["sensor_id"] in used,
                energy_kwh=None if own is None or own.forward_wh is None else own.forward_wh / 1000,
                coverage=own.coverage if own else None,
                null_reason=own.null_reason if own else None,
                register=own.register if own else None,
            )
        )
    return tuple(found)


def _used(candidates: Sequence[Candidate], row: EnergyRow) -> frozenset[int]:
    return frozenset(
        sensor_id for candidate in candidates if candidate.method == row.method for sensor_id in candidate.sensor_ids
    )
