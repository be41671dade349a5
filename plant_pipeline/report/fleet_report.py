"""Everything the fleet report of a date says, gathered.

What belongs here: reading the parts in one transaction, and what follows from several of them. What does not: SQL of a
part, layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.registry.review import ProposalView, open_proposals
from plant_pipeline.report.attention import Work, work_of
from plant_pipeline.report.comparison import DayComparison, DayStanding, compare_plants, ranked, standing_of
from plant_pipeline.report.fleet_days import (
    Certificate,
    Conflict,
    DeliveredDate,
    DriftedField,
    FleetMonth,
    GroupDay,
    OpenProblem,
    RecentDays,
    RejectedRecords,
    read_causes,
    read_certificates,
    read_conflicts,
    read_delivered,
    read_drifted,
    read_groups,
    read_months,
    read_open_problems,
    read_rejected,
    read_spans,
    span_of,
)
from plant_pipeline.report.headline import Headline, ReportPlant, read_headline
from plant_pipeline.report.texts import number_text, percent, reason_text

_DRIFT_DAYS = 2
BASIS_WORDS: Mapping[str, str] = {
    "performance_ratio": "its usual performance ratio",
    "forecast": "its forecast",
    "peers": "its peers",
}


@dataclass(frozen=True)
class FleetReport:
    """The report of `headline.report_date`; `days` by plant code, `causes` of gaps by date."""

    headline: Headline
    days: Mapping[str, RecentDays]
    causes: Mapping[str, Mapping[date, int]]
    groups: Sequence[GroupDay]
    months: Sequence[FleetMonth]
    proposals: Sequence[ProposalView]
    conflicts: Sequence[Conflict]
    rejected: Sequence[RejectedRecords]
    drift: Sequence[DriftedField]
    delivered: Sequence[DeliveredDate]
    certificates: Sequence[Certificate]
    problems: Sequence[OpenProblem]

    @cached_property
    def dates(self) -> list[date]:
        """The days of the heat map and of the calendar, oldest first."""
        return span_of(self.headline.report_date)

    @cached_property
    def compared(self) -> Mapping[str, DayComparison]:
        """How the plants with energy compare_plants, by plant code."""
        return compare_plants(self.headline.plants, self.days)

    @cached_property
    def ranking(self) -> list[ReportPlant]:
        """Plants that can have energy, those that need a look first; those without sensors are one line elsewhere."""
        return ranked([own for own in self.headline.plants if own.missing_reason != "no_sensors"], self.compared)

    @cached_property
    def work(self) -> list[Work]:
        """What needs a person, the most pressing first."""
        return work_of(self.headline, self.compared, self.conflicts, self.certificates, self.problems)

    @property
    def has_forecasts(self) -> bool:
        """Whether any plant can be held against a forecast."""
        return any(own.forecast is not None for own in self.compared.values())

    @property
    def has_peers(self) -> bool:
        """Whether any plant can be held against others."""
        return any(own.peers is not None for own in self.compared.values())

    def standing(self, plant: ReportPlant) -> DayStanding:
        """How a plant stands on the day."""
        return standing_of(plant, self.compared.get(plant.plant_code))

    def standing_words(self, plant: ReportPlant) -> str:
        """How it stands, and by what that is judged: `82 % of its usual performance ratio`."""
        if plant.missing_reason is not None:
            return reason_text(plant.missing_reason)
        own = self.compared.get(plant.plant_code)
        if own is None or own.basis is None:
            return f"{number_text(plant.produced_kwh)} kWh, nothing to compare with"
        return f"{percent(own.share, 0)} % of {BASIS_WORDS[own.basis]}"

    def on_map(self) -> list[tuple[ReportPlant, DayStanding, str]]:
        """Every plant with how it stands, as a mark and in words."""
        return [(own, self.standing(own), self.standing_words(own)) for own in self.headline.plants]

    def in_heat_map(self) -> list[tuple[ReportPlant, RecentDays]]:
        """The plants of the ranking that have days, in its order."""
        return [(own, self.days[own.plant_code]) for own in self.ranking if own.plant_code in self.days]


def read_fleet_report(connection: Connection, report_date: date) -> FleetReport:
    """The report of a plant-local date, as the warehouse has it now."""
    headline = read_headline(connection, report_date)
    latest = headline.latest_run_at
    return FleetReport(
        headline=headline,
        days=read_spans(connection, report_date),
        causes=read_causes(connection, report_date),
        groups=read_groups(connection, report_date),
        months=read_months(connection, report_date),
        proposals=open_proposals(connection),
        conflicts=read_conflicts(connection),
        rejected=read_rejected(connection),
        drift=read_drifted(connection, latest - timedelta(days=_DRIFT_DAYS)) if latest else [],
        delivered=read_delivered(connection, report_date),
        certificates=read_certificates(connection, latest) if latest else [],
        problems=read_open_problems(connection),
    )


def figure(plant: ReportPlant, kpi: str, decimals: int) -> str:
    """A KPI of a plant as its column shows it."""
    value = plant.figures.get(kpi)
    return percent(value, decimals) if CATALOGUE[kpi].unit == "1" else number_text(value, decimals)
