"""What a run came to, from the sources to the delivery, and what waits for a person, as data.

What belongs here: reading it from the warehouse. What does not: judging anything anew, the text (summary_text).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from plant_pipeline.energy.queued_days import QUEUE_STAGE
from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.landing.stream import RunIssue, StreamOutcome, read_issues, read_outcomes
from plant_pipeline.report.headline import Part, read_parts, read_undelivered
from plant_pipeline.warehouse import execute, read_objects


@dataclass(frozen=True, slots=True)
class WaitingProposal:
    """A record that may be a plant we know, or may have ceased to be (`split`): a person decides."""

    proposal_id: int
    kind: str
    source: str
    source_plant_id: str
    source_name: str
    plant_code: str
    plant_name: str
    score: float


@dataclass(frozen=True, slots=True)
class RegistryCounts:
    """Plants by status, active ones by technology and number of systems; records by how they found their plant."""

    by_status: Mapping[str, int]
    by_technology: Mapping[str, int]
    by_systems: Mapping[int, int]
    records_by_method: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EnergyCount:
    """Plant days that ended the same way: `outcome` is the method, or the reason why energy is unknown."""

    outcome: str
    is_known: bool
    status: str
    plant_days: int
    produced_kwh: float | None


@dataclass(frozen=True, slots=True)
class PlantWithoutEnergy:
    """An active plant without energy on any of the dates: `reason` is what is missing, or the newest null reason."""

    plant_code: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class KpiCount:
    """How many plant days have a value of one KPI, and why the others have none."""

    kpi: str
    values: int
    null_reasons: Mapping[str, int]


@dataclass(frozen=True)
class RunSummary:
    """Everything a run ends with."""

    run_id: str
    energy_dates: Sequence[date]
    streams: Sequence[StreamOutcome]
    registry: RegistryCounts
    proposals: Sequence[WaitingProposal]
    quarantined_records: int
    energy: Sequence[EnergyCount]
    restated: int
    without_energy: Sequence[PlantWithoutEnergy]
    plant_to_explain: str | None
    kpis: Sequence[KpiCount]
    parts: Sequence[Part]
    undelivered: Sequence[date] = ()
    issues: Sequence[RunIssue] = field(default_factory=tuple)

    @property
    def failures(self) -> list[RunIssue]:
        """What the run could not do."""
        return [issue for issue in self.issues if issue.severity == "failure"]

    @property
    def findings(self) -> list[RunIssue]:
        """What the run noticed."""
        return [issue for issue in self.issues if issue.severity == "finding" and issue.stage != QUEUE_STAGE]

    @property
    def queued(self) -> list[str]:
        """What the run did of the days that wait to be computed again, in words."""
        return [issue.message for issue in self.issues if issue.stage == QUEUE_STAGE]

    @property
    def failed_streams(self) -> list[StreamOutcome]:
        """Streams that did not end well."""
        return [stream for stream in self.streams if stream.is_failure]


def run_summary(connection: Connection, run_id: str, energy_dates: Sequence[date]) -> RunSummary:
    """What the run `run_id` came to, and what the warehouse has for the plant-local dates it was about."""
    dates = list(energy_dates)
    work = execute(connection, "report/open_work").mappings().one()
    return RunSummary(
        run_id=run_id,
        energy_dates=dates,
        streams=read_outcomes(connection, run_id),
        registry=_registry(connection),
        proposals=read_objects(connection, WaitingProposal, "report/open_proposals"),
        quarantined_records=work["quarantined_records"],
        energy=read_objects(connection, EnergyCount, "report/summary_energy", dates=dates),
        restated=execute(connection, "report/restated_days", run_id=run_id).scalar_one(),
        without_energy=[
            PlantWithoutEnergy(**row)
            for row in (execute(connection, "report/summary_without_energy", dates=dates).mappings() if dates else ())
        ],
        plant_to_explain=execute(
            connection, "report/plant_to_explain", energy_date=max(dates, default=None)
        ).scalar_one_or_none(),
        kpis=_kpis(connection, dates),
        parts=read_parts(connection, [*dates, *_taken_up(connection, dates, run_id)], run_id),
        undelivered=read_undelivered(connection),
        issues=read_issues(connection, run_id),
    )


def _taken_up(connection: Connection, dates: Sequence[date], run_id: str) -> list[date]:
    """Earlier days that the run delivered beside its own."""
    delivered = execute(connection, "report/dates_delivered", run_id=run_id).scalars()
    return [day for day in delivered if day not in dates]


def _registry(connection: Connection) -> RegistryCounts:
    rows: Sequence[Any] = execute(connection, "report/summary_registry").mappings().all()
    by_status: Counter[str] = Counter()
    by_technology: Counter[str] = Counter()
    by_systems: Counter[int] = Counter()
    for row in rows:
        by_status[row["status"]] += row["plants"]
        if row["status"] == "active":
            by_technology[row["technology"]] += row["plants"]
            by_systems.update({1: row["in_one"], 2: row["in_two"], 3: row["in_more"]})
    methods = execute(connection, "report/summary_match").mappings()
    return RegistryCounts(
        dict(by_status),
        dict(by_technology.most_common()),
        {systems: count for systems, count in sorted(by_systems.items(), reverse=True) if count},
        {row["method"]: row["records"] for row in methods},
    )


def _kpis(connection: Connection, dates: list[date]) -> list[KpiCount]:
    values: Counter[str] = Counter()
    null_reasons: dict[str, Counter[str]] = {}
    for row in execute(connection, "report/summary_kpi", dates=dates).mappings():
        reasons = null_reasons.setdefault(row["kpi"], Counter())
        if row["null_reason"] is None:
            values[row["kpi"]] += row["plant_days"]
        else:
            reasons[row["null_reason"]] += row["plant_days"]
    known = [kpi for kpi in CATALOGUE if kpi in null_reasons]
    ordered = known + sorted(set(null_reasons) - set(known))
    return [KpiCount(kpi, values[kpi], dict(null_reasons[kpi].most_common())) for kpi in ordered]
