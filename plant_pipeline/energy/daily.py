"""The daily energy of one plant-local date: computed from readings and written, in the caller's transaction.

What belongs here: the order of the steps, rows of `energy.plant_daily`, its candidates and restatements. What does not:
any rule about energy (status.py, candidates.py and what they use).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.plant_days import PlantDay, read_plant_days
from plant_pipeline.energy.plant_energy import PlantEnergy, read_plant_energies
from plant_pipeline.energy.status import ABOVE_CAPACITY, EXPORT_ABOVE_PRODUCTION, EnergyRow, judge
from plant_pipeline.registry.equipment import settle_meters
from plant_pipeline.warehouse import copy_rows, ensure_month_partitions, execute, lock_day

RESTATED_ABOVE_KWH = 0.001

_ROW_COLUMNS = (
    "plant_id", "energy_date", "produced_kwh", "imported_kwh", "exported_kwh", "method", "coverage", "status",
    "null_reason", "hours_in_day", "run_id", "computed_at", "data_completeness", "daylight_completeness", "flag",
)  # fmt: skip
_CANDIDATE_COLUMNS = (
    "plant_id", "energy_date", "method", "produced_kwh", "imported_kwh", "exported_kwh", "coverage",
    "data_completeness", "daylight_completeness", "null_reason", "sensor_ids", "hours_in_day", "run_id", "computed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnergyDayResult:
    """What a computation of one date came to: rows of `energy.plant_daily` by what they say.

    `written` rows are new or differ from before, `restated` are final values that moved. `not_over` are the codes of
    plants whose day has not ended yet. `findings` begin with plant and date; a person should look at them.
    """

    energy_date: date
    rows: int = 0
    written: int = 0
    restated: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    by_method: Mapping[str, int] = field(default_factory=dict)
    by_null_reason: Mapping[str, int] = field(default_factory=dict)
    not_over: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def compute_day(
    connection: Connection,
    energy_date: date,
    *,
    now_utc: datetime,
    run_id: str,
    plant_ids: Collection[UUID] | None = None,
    failed_plant_ids: Collection[UUID] = (),
) -> EnergyDayResult:
    """Compute and write the energy of `energy_date` for all plants with sensors (or those of `plant_ids`).

    Holds the lock of the date until the caller's transaction ends. A plant whose day is not over at `now_utc`, or whose
    zone skipped the date, gets no row. Rows that come out as they are stay untouched. `failed_plant_ids`: plants of
    which some sensors could not be read. Main and check meters that the energies tell apart go to the registry.
    """
    lock_day(connection, energy_date)
    plants = read_plant_days(connection, energy_date, now_utc, plant_ids)
    energies = read_plant_energies(connection, energy_date, plants.days)
    previous = previous_methods(connection, energy_date, plants.days)
    failed = set(failed_plant_ids)
    rows = [
        judge(plant, energies.get(plant.plant_id), previous.get(plant.plant_id), plant.plant_id in failed)
        for plant in plants.days
    ]
    run = _Run(connection, energy_date, run_id, now_utc)
    run.write_candidates(plants.days, energies)
    settle_meters(connection, {key: role for energy in energies.values() for key, role in energy.meters.roles.items()})
    findings = [
        f"{plant.plant_code} {energy_date}: {text}"
        for plant, row in zip(plants.days, rows, strict=True)
        for text in findings_of(energies.get(plant.plant_id), row)
    ]
    return replace(run.write_rows(rows), not_over=plants.not_over, findings=tuple(findings))


def findings_of(energy: PlantEnergy | None, row: EnergyRow) -> list[str]:
    """What a person should know about a plant's energy of a day, beside the figures."""
    if energy is None:
        return []
    findings = list(energy.findings)
    if row.null_reason == "meter_unexplained":
        findings += _unexplained(energy)
    elif row.null_reason == "inconsistent_inputs" and not energy.meters.is_disputed:
        findings.append("power of unstated sign shows more consumption than production: state its sign at the source")
    if row.flag and ABOVE_CAPACITY in row.flag:
        findings.append(f"{row.produced_kwh} kWh is more than the plant's capacity allows in {row.hours_in_day} hours")
    if row.flag and EXPORT_ABOVE_PRODUCTION in row.flag:
        findings.append(f"export ({row.exported_kwh} kWh) exceeds production ({row.produced_kwh} kWh)")
    return findings


def _unexplained(energy: PlantEnergy) -> Iterator[str]:
    for one in energy.measured:
        for event in one.register.events if one.register else ():
            if event.kind == "unexplained" and one.series.quantity == "production_energy":
                at_utc = datetime.fromtimestamp(event.at_s, UTC)
                yield (
                    f"the register of {one.series.equipment_name} (sensor {one.series.sensor_id}) went from "
                    f"{event.before_wh / 1000:.3f} to {event.after_wh / 1000:.3f} kWh at {at_utc:%Y-%m-%d %H:%M:%S}Z, "
                    "which neither a reset nor a rollover explains"
                )


def previous_methods(connection: Connection, energy_date: date, plants: Sequence[PlantDay]) -> dict[UUID, str]:
    """By plant, the method of the energy of the date before."""
    rows = execute(
        connection,
        "energy/previous_methods",
        energy_date=energy_date - timedelta(days=1),
        plant_ids=[plant.plant_id for plant in plants],
    )
    return {row.plant_id: row.method for row in rows}


@dataclass(frozen=True, slots=True)
class _Run:
    """Writing what one run computed for one date."""

    connection: Connection
    energy_date: date
    run_id: str
    computed_at: datetime

    def write_candidates(self, plants: Sequence[PlantDay], energies: Mapping[UUID, PlantEnergy]) -> None:
        ensure_month_partitions(self.connection, "energy.plant_daily_candidate", self.energy_date, self.energy_date)
        execute(
            self.connection,
            "energy/delete_candidates",
            energy_date=self.energy_date,
            plant_ids=[plant.plant_id for plant in plants],
        )
        copy_rows(
            self.connection,
            "energy.plant_daily_candidate",
            _CANDIDATE_COLUMNS,
            (row for plant in plants for row in self._candidates(plant, energies.get(plant.plant_id, PlantEnergy()))),
        )

    def _candidates(self, plant: PlantDay, energy: PlantEnergy) -> Iterator[tuple[object, ...]]:
        for candidate in energy.candidates:
            yield (
                plant.plant_id,
                self.energy_date,
                candidate.method,
                candidate.produced_kwh,
                energy.imported_kwh if candidate.reverse_kwh is None else candidate.reverse_kwh,
                energy.exported_kwh,
                candidate.coverage,
                candidate.data_completeness,
                candidate.daylight_completeness,
                candidate.null_reason,
                "{" + ",".join(map(str, candidate.sensor_ids)) + "}",
                plant.hours,
                self.run_id,
                self.computed_at,
            )

    def write_rows(self, rows: Sequence[EnergyRow]) -> EnergyDayResult:
        execute(self.connection, "energy/create_result_table")
        own = {"energy_date": self.energy_date, "run_id": self.run_id, "computed_at": self.computed_at}
        copy_rows(
            self.connection,
            "energy_result",
            _ROW_COLUMNS,
            ([own[name] if name in own else getattr(row, name) for name in _ROW_COLUMNS] for row in rows),
        )
        counts = execute(self.connection, "energy/write_plant_daily", restated_above_kwh=RESTATED_ABOVE_KWH).all()
        return EnergyDayResult(
            energy_date=self.energy_date,
            rows=len(rows),
            written=sum(count.written for count in counts),
            restated=sum(count.restated for count in counts),
            by_status=_totals((count.status, count.plants) for count in counts),
            by_method=_totals((count.method, count.plants) for count in counts if not count.null_reason),
            by_null_reason=_totals((count.null_reason, count.plants) for count in counts if count.null_reason),
        )


def _totals(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for name, number in counts:
        totals[name] += number
    return dict(totals)
