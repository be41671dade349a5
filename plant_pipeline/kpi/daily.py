"""Computing and storing the KPIs of one plant-local day for many plants at once.

What belongs here: the order of work inside one transaction, and what changed by it. What does not: the rules
(rules.py), reading the inputs (inputs.py), Dagster.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.methods.status import ABOVE_CAPACITY
from plant_pipeline.energy.queued_days import begin_kpis
from plant_pipeline.garbage import collection_paused
from plant_pipeline.kpi.catalogue import CATALOGUE, evaluate
from plant_pipeline.kpi.inputs import DayInputs, PlantVersion, read_day_inputs, read_fleet
from plant_pipeline.kpi.rules import KpiValue
from plant_pipeline.shards import Shard
from plant_pipeline.warehouse import copy_typed_rows, ensure_month_partitions, execute, lock_day, uuid_array

WHOLE_FLEET = "all"
"""Group of every plant."""

_NOTABLE_PERFORMANCE_RATIO = 1.0
_TYPES = {
    "plant_id": "uuid",
    "kpi": "text",
    "value": "float8",
    "unit": "text",
    "numerator": "float8",
    "denominator": "float8",
    "coverage": "float8",
    "null_reason": "text",
    "method": "text",
    "formula_version": "int4",
}


@dataclass(frozen=True, slots=True)
class KpiFinding:
    """Something a person should look at: a figure that cannot be right, or is only just possible."""

    plant_code: str
    kpi: str
    message: str


@dataclass(frozen=True)
class KpiDayResult:
    """What one computation of a day came to; `written` counts rows that are new or whose figures changed.

    `group_rows`: those of `kpi.portfolio_daily` among them.
    """

    kpi_date: date
    plants: int
    rows: int
    values: int
    written: int
    removed: int
    group_rows: int
    null_reasons: Mapping[str, int]
    findings: Sequence[KpiFinding]


@collection_paused()
def compute_kpis(
    connection: Connection,
    kpi_date: date,
    *,
    now_utc: datetime,
    run_id: str,
    plant_ids: Collection[UUID] | None = None,
    shard: Shard | None = None,
) -> KpiDayResult:
    """Compute every KPI of the catalogue for each plant with an energy row of `kpi_date`, in the caller's transaction.

    Takes the lock of the day, or that of its `shard`, whose plants these are: then groups are left to
    `combine_groups`, once all shards are there. A row is written only where it is new or anything but `run_id` and
    `computed_at` differs; rows of plants without energy of that date are removed. `plant_ids` restricts all of this to
    some plants; groups are combined anew from all of theirs.
    """
    lock_day(connection, kpi_date, shard)
    begin_kpis(connection, kpi_date, plant_ids)
    ensure_month_partitions(connection, "kpi.plant_daily", kpi_date, kpi_date)
    fleet = read_fleet(connection, kpi_date)
    days = read_day_inputs(connection, kpi_date, fleet, plant_ids)
    evaluated = [(day, evaluate(day)) for day in days]
    written = _write(connection, kpi_date, evaluated, now_utc, run_id)
    removed = execute(
        connection,
        "kpi/delete_orphaned",
        kpi_date=kpi_date,
        kpis=list(CATALOGUE),
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    ).rowcount
    values = [value for _, of_plant in evaluated for value in of_plant]
    reasons = Counter(value.null_reason for value in values if value.null_reason is not None)
    return KpiDayResult(
        kpi_date=kpi_date,
        plants=len(days),
        rows=len(values),
        values=sum(value.value is not None for value in values),
        written=written,
        removed=removed,
        group_rows=_write_portfolio(connection, kpi_date, fleet) if shard is None else 0,
        null_reasons=dict(sorted(reasons.items())),
        findings=tuple(finding for day, of_plant in evaluated for finding in _findings(day, of_plant)),
    )


def combine_groups(connection: Connection, kpi_date: date) -> int:
    """Combine the KPIs of a date's plants anew, under the lock of the day; returns how many figures changed."""
    lock_day(connection, kpi_date)
    return _write_portfolio(connection, kpi_date, read_fleet(connection, kpi_date))


def _write(
    connection: Connection,
    kpi_date: date,
    evaluated: Sequence[tuple[DayInputs, list[KpiValue]]],
    now_utc: datetime,
    run_id: str,
) -> int:
    execute(connection, "kpi/create_computed")
    copy_typed_rows(connection, "kpi_computed", _TYPES, _rows(evaluated))
    written = execute(
        connection, "kpi/write_computed", kpi_date=kpi_date, run_id=run_id, computed_at=now_utc
    ).scalar_one()
    return int(written)


def _write_portfolio(connection: Connection, kpi_date: date, fleet: Mapping[UUID, PlantVersion]) -> int:
    active = {plant_id: version for plant_id, version in fleet.items() if version.is_active}
    combined = [kpi for kpi in CATALOGUE.values() if kpi.combination is not None]
    groups: dict[str, list[UUID]] = {WHOLE_FLEET: list(active)}
    for group in execute(connection, "kpi/groups_of_day", kpi_date=kpi_date, whole_fleet=WHOLE_FLEET):
        members = [plant_id for plant_id in group.plant_ids if plant_id in active]
        groups |= {group.group_code: members} if members else {}
    execute(connection, "kpi/delete_groups", kpi_date=kpi_date, group_codes=list(groups))
    return sum(
        execute(
            connection,
            "kpi/write_portfolio",
            group_code=group_code,
            kpi_date=kpi_date,
            plant_ids=uuid_array(members),
            capacities_kw=[active[plant_id].capacity_ac_kw or active[plant_id].capacity_dc_kw for plant_id in members],
            kpis=[kpi.name for kpi in combined],
            units=[kpi.unit for kpi in combined],
            combines=[kpi.combination for kpi in combined],
        ).scalar_one()
        for group_code, members in groups.items()
    )


def _rows(evaluated: Sequence[tuple[DayInputs, list[KpiValue]]]) -> Iterator[tuple[object, ...]]:
    for day, values in evaluated:
        for value in values:
            kpi = CATALOGUE[value.kpi]
            yield (
                day.plant_id,
                kpi.name,
                value.value,
                kpi.unit,
                value.numerator,
                value.denominator,
                value.coverage,
                value.null_reason,
                value.method,
                kpi.formula_version,
            )


def _findings(day: DayInputs, values: Sequence[KpiValue]) -> Iterator[KpiFinding]:
    is_rating_wrong = ABOVE_CAPACITY in day.energy.flags  # which energy tells a person
    for value in values:
        if (
            value.null_reason == "inconsistent_inputs"
            and not is_rating_wrong
            and value.numerator is not None
            and value.denominator
        ):
            ratio = value.numerator / value.denominator
            message = (
                f"{value.kpi} would be {ratio:.3g} ({value.numerator:.6g} / {value.denominator:.6g}), which cannot be: "
                "check capacity, unit and sign of the sensors"
            )
            yield KpiFinding(day.plant_code, value.kpi, message)
        elif value.kpi == "performance_ratio" and (value.value or 0.0) > _NOTABLE_PERFORMANCE_RATIO:
            message = f"performance ratio {value.value:.3f} is above 1: cold sun, or a wrong capacity or irradiance"
            yield KpiFinding(day.plant_code, value.kpi, message)
