"""Writing what was computed for one date: rows of the plants, candidates, series, notes on readings.

What belongs here: rows of the warehouse's energy tables. What does not: any rule about energy.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.day.day_series import DAY_MARGIN
from plant_pipeline.energy.figures.plant_figures import Figures
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.plant_energy import PlantEnergy
from plant_pipeline.energy.methods.status import EnergyRow
from plant_pipeline.energy.queued_days import RESTATED_ABOVE_KWH
from plant_pipeline.energy.series.array_dumpers import ARRAY_DUMPERS
from plant_pipeline.energy.series.plant_days import PlantDay, PlantDays
from plant_pipeline.warehouse import (
    copy_rows,
    copy_typed_rows,
    ensure_month_partitions,
    execute,
    instant_array,
    uuid_array,
)

_OF_RUN = {"energy_date": "date", "run_id": "text", "computed_at": "timestamptz"}
_PRODUCTION = {
    "produced_kwh": "float8", "gap_kwh": "float8", "uncertainty_kwh": "float8", "imported_kwh": "float8",
    "exported_kwh": "float8", "method": "text", "coverage": "float8", "data_completeness": "float8",
    "daylight_completeness": "float8", "null_reason": "text", "hours_in_day": "float8", "flags": "text[]",
}  # fmt: skip
_ROW_TYPES = {"plant_id": "uuid", **_PRODUCTION, "status": "text", **_OF_RUN}
_CANDIDATE_TYPES = {"plant_id": "uuid", **_PRODUCTION, "sensor_ids": "int4[]", **_OF_RUN}
_SENSOR_TYPES = {
    "sensor_id": "int4", "readings": "int4", "left_out": "int4", "step_s": "float8", "sign": "int2",
    "forward_kwh": "float8", "reverse_kwh": "float8", "coverage": "float8", "highest_w": "float8",
    "null_reason": "text", "flags": "text[]", **_OF_RUN,
}  # fmt: skip
_MEASURED_TYPES = dict.fromkeys(Figures.columns(), "float8") | {
    "plant_id": "uuid", "power_method": "text", "power_sensor_ids": "int4[]", "poa_sensor_ids": "int4[]",
    "ghi_sensor_ids": "int4[]", "temperature_sensor_ids": "int4[]", "suspect_sensor_ids": "int4[]",
    "quarter_kwh": "float4[]", **_OF_RUN,
}  # fmt: skip
_FLAG_COLUMNS = ("sensor_id", "period_start", "flag", "run_id")
_PARTITIONED = ("energy.plant_daily_candidate", "energy.sensor_daily", "energy.plant_measured")


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


_row_values = attrgetter(*list(_ROW_TYPES)[: -len(_OF_RUN)])


@dataclass(frozen=True, slots=True)
class Writer:
    """Writing what one run computed for one date."""

    connection: Connection
    energy_date: date
    run_id: str
    computed_at: datetime

    def clear(self, plants: Sequence[PlantDay]) -> None:
        """Take away what an earlier computation of these plants' date left in the tables of details."""
        for table in _PARTITIONED:
            ensure_month_partitions(self.connection, table, self.energy_date, self.energy_date)
        plant_ids = uuid_array(plant.plant_id for plant in plants)
        for name in (
            "energy/delete_candidates",
            "energy/delete_sensor_days",
            "energy/delete_measured",
            "energy/delete_unmerged",
            "energy/delete_orphaned_days",
        ):
            execute(self.connection, name, energy_date=self.energy_date, plant_ids=plant_ids)
        windows = {plant.plant_id: plant.window for plant in plants if plant.window}
        execute(
            self.connection,
            "energy/delete_reading_flags",
            plant_ids=uuid_array(windows),
            starts_utc=instant_array(window.start_utc - DAY_MARGIN for window in windows.values()),
            ends_utc=instant_array(window.end_utc + DAY_MARGIN for window in windows.values()),
        )

    def delete_orphaned(self, plants: PlantDays, plant_ids: Collection[UUID] | None) -> int:
        """Take away the rows of plants (`plant_ids`; None: all) that are not computed; returns how many were final."""
        counts = execute(
            self.connection,
            "energy/delete_orphaned",
            energy_date=self.energy_date,
            plant_ids=None if plant_ids is None else uuid_array(plant_ids),
            computed_ids=uuid_array(plant.plant_id for plant in plants.days),
            not_over=list(plants.not_over),
            run_id=self.run_id,
            now_utc=self.computed_at,
        ).one()
        return int(counts.restated)

    def write_candidates(self, plants: Sequence[PlantDay], energies: Mapping[UUID, PlantEnergy]) -> None:
        """The figures of every method that was possible."""
        told = ((plant, energies[plant.plant_id]) for plant in plants if plant.plant_id in energies)
        rows = (row for plant, energy in told for row in self._candidates(plant, energy))
        self._copy("energy.plant_daily_candidate", _CANDIDATE_TYPES, rows)

    def write_series(self, measured: Sequence[Measured]) -> None:
        """What each series says, and the readings that do not count."""
        energies = [own for own in measured if not own.series.is_weather]
        self._copy("energy.sensor_daily", _SENSOR_TYPES, map(self._sensor, energies))
        noted = [own for own in measured if own.notes]
        copy_rows(
            self.connection, "energy.reading_flag", _FLAG_COLUMNS, (row for own in noted for row in self._flags(own))
        )

    def write_figures(self, figures: Sequence[Figures]) -> None:
        """What KPIs are computed from."""
        self._copy("energy.plant_measured", _MEASURED_TYPES, figures)

    def _copy(self, table: str, types: Mapping[str, str], rows: Iterable[tuple[object, ...]]) -> None:
        """Rows of a table; what they have in common follows their own columns."""
        own = (self.energy_date, self.run_id, self.computed_at)
        copy_typed_rows(self.connection, table, types, ((*row, *own) for row in rows), ARRAY_DUMPERS)

    def write_rows(self, rows: Sequence[EnergyRow]) -> EnergyDayResult:
        """The plants' rows, with what changed by them."""
        execute(self.connection, "energy/create_result_table")
        self._copy("energy_result", _ROW_TYPES, map(_row_values, rows))
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

    def _candidates(self, plant: PlantDay, energy: PlantEnergy) -> Iterator[tuple[object, ...]]:
        for candidate in energy.candidates:
            yield (
                plant.plant_id,
                candidate.produced_kwh,
                candidate.gap_kwh,
                candidate.uncertainty_kwh,
                energy.imported_kwh if candidate.reverse_kwh is None else candidate.reverse_kwh,
                energy.exported_kwh,
                candidate.method,
                candidate.coverage,
                candidate.data_completeness,
                candidate.daylight_completeness,
                candidate.null_reason,
                plant.hours,
                candidate.flags,
                candidate.sensor_ids,
            )

    def _sensor(self, own: Measured) -> tuple[object, ...]:
        return (
            own.series.sensor_id,
            own.readings,
            sum(note.flag in ("outlier", "stuck") for note in own.notes),
            own.step_s,
            own.series.sign,
            None if own.forward_wh is None else own.forward_wh / 1000,
            None if own.reverse_wh is None else own.reverse_wh / 1000,
            own.coverage,
            own.highest_w,
            own.null_reason,
            own.flags,
        )

    def _flags(self, own: Measured) -> Iterator[tuple[object, ...]]:
        for at_s, flag in sorted({(note.at_s, note.flag) for note in own.notes}):
            if own.start_s - DAY_MARGIN.total_seconds() <= at_s <= own.end_s + DAY_MARGIN.total_seconds():
                yield own.series.sensor_id, datetime.fromtimestamp(at_s, UTC), flag, self.run_id


def _totals(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for name, number in counts:
        totals[name] += number
    return dict(totals)
