"""The figures of the fleet on one date, read from the warehouse and added up.

What belongs here: which rows count towards which figure. What does not: layout, number formats, plots.

Only final and restated energy is added up; provisional energy is shown beside it, with its own count.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import hypot

from sqlalchemy import Connection

from plant_pipeline.kpi.inputs import PHOTOVOLTAIC
from plant_pipeline.landing.stream import StreamOutcome, read_outcomes
from plant_pipeline.warehouse import execute, read_objects

TREND_DAYS = 14


@dataclass(frozen=True, slots=True)
class ReportPlant:
    """One plant on the date; `figures` and `null_reasons` are its KPIs by name, `was_run` whether energy has a row."""

    plant_code: str
    name: str
    technology: str | None
    is_active: bool
    capacity_kw: float | None
    has_sensors: bool
    was_run: bool
    produced_kwh: float | None
    gap_kwh: float | None
    uncertainty_kwh: float | None
    method: str | None
    coverage: float | None
    status: str | None
    null_reason: str | None
    flags: Sequence[str]
    figures: Mapping[str, float]
    null_reasons: Mapping[str, str]
    performance_kwh: float | None
    performance_reference_kwh: float | None
    announced: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    country: str | None = None

    @property
    def missing_reason(self) -> str | None:
        """Why there is no energy: a null reason, `no_sensors` or `not_computed`; None if there is."""
        if self.produced_kwh is not None:
            return None
        if self.was_run:
            return self.null_reason
        return "not_computed" if self.has_sensors else "no_sensors"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a day's delivery in its current state; `is_of_run`: this run built or sent it."""

    observation_date: date
    part: int
    file_name: str
    status: str
    http_status: int | None
    row_count: int
    byte_count: int
    uploaded_at: datetime | None
    is_of_run: bool


@dataclass(frozen=True, slots=True)
class UnknownKpis:
    """KPIs that are unknown for one reason at the same plants."""

    kpis: Sequence[str]
    null_reason: str
    plants: Sequence[ReportPlant]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Energy of one technology on one date."""

    energy_date: date
    technology: str
    final_kwh: float
    provisional_kwh: float


@dataclass(frozen=True)
class Headline:
    """The fleet on `report_date`."""

    report_date: date
    plants: Sequence[ReportPlant]
    trend: Sequence[TrendPoint]
    proposals: int
    quarantined_records: int
    queued_plant_days: int
    parts: Sequence[Part]
    undelivered: Sequence[date]
    latest_run_at: datetime | None
    streams: Sequence[StreamOutcome]
    last_good_night_at: datetime | None = None

    @property
    def active(self) -> list[ReportPlant]:
        """The plants of the fleet today."""
        return [plant for plant in self.plants if plant.is_active]

    @property
    def summed(self) -> list[ReportPlant]:
        """Plants whose energy is final or restated."""
        return [plant for plant in self.plants if plant.produced_kwh is not None and plant.status != "provisional"]

    @property
    def provisional(self) -> list[ReportPlant]:
        """Plants whose energy is known but may change."""
        return [plant for plant in self.plants if plant.produced_kwh is not None and plant.status == "provisional"]

    @property
    def missing(self) -> list[ReportPlant]:
        """Plants without energy, retired ones only if the day was run for them."""
        return [plant for plant in self.plants if plant.missing_reason is not None]

    @property
    def energy_kwh(self) -> float | None:
        """Final and restated energy of the fleet; None if there is none at all."""
        return sum(plant.produced_kwh or 0.0 for plant in self.summed) if self.summed else None

    @property
    def gap_kwh(self) -> float:
        """What the plants of the sum probably produced while nothing was measured."""
        return sum(plant.gap_kwh or 0.0 for plant in self.summed)

    @property
    def uncertainty_kwh(self) -> float:
        """Half width of the 95 % interval of sum and gaps around the truth, plants taken to err independently."""
        return hypot(*(plant.uncertainty_kwh or 0.0 for plant in self.summed))

    @property
    def provisional_kwh(self) -> float:
        """Energy left out of the sum because it may change."""
        return sum(plant.produced_kwh or 0.0 for plant in self.provisional)

    @property
    def capacity_share(self) -> float | None:
        """Share of the fleet's capacity whose energy is in the sum; None if no capacity is known."""
        whole_kw = sum(plant.capacity_kw or 0.0 for plant in self.plants)
        return sum(plant.capacity_kw or 0.0 for plant in self.summed) / whole_kw if whole_kw else None

    @property
    def performance_ratio(self) -> float | None:
        """Sum of energy over sum of reference energy, of the solar plants with a performance ratio."""
        reference_kwh = sum(plant.performance_reference_kwh or 0.0 for plant in self._with_performance)
        energy_kwh = sum(plant.performance_kwh or 0.0 for plant in self._with_performance)
        return energy_kwh / reference_kwh if reference_kwh else None

    @property
    def performance_plants(self) -> int:
        """How many plants the fleet's performance ratio rests on."""
        return len(self._with_performance)

    @property
    def solar_plants(self) -> int:
        """How many plants have photovoltaics."""
        return sum(plant.technology in PHOTOVOLTAIC for plant in self.plants)

    @property
    def _with_performance(self) -> list[ReportPlant]:
        return [
            plant for plant in self.plants if "performance_ratio" in plant.figures and plant.status != "provisional"
        ]

    @property
    def asked_streams(self) -> list[StreamOutcome]:
        """Streams of the latest run, without those of sources that are not configured."""
        return [stream for stream in self.streams if stream.state != "not_configured"]

    @property
    def failed_streams(self) -> list[StreamOutcome]:
        """Streams of the latest run that did not end well."""
        return [stream for stream in self.streams if stream.is_failure]

    def unknown_kpis(self, kpis: Sequence[str]) -> list[UnknownKpis]:
        """Which of `kpis` are unknown where energy is known and the KPI applies, with the plants; grouped by reason."""
        plants: dict[tuple[str, str], list[ReportPlant]] = defaultdict(list)
        for plant in self.plants:
            for kpi in kpis:
                reason = plant.null_reasons.get(kpi, "not_applicable")
                if plant.missing_reason is None and reason != "not_applicable":
                    plants[reason, kpi].append(plant)
        together: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for (reason, kpi), concerned in plants.items():
            together[reason, tuple(plant.plant_code for plant in concerned)].append(kpi)
        return [UnknownKpis(names, reason, plants[reason, names[0]]) for (reason, _), names in sorted(together.items())]


def read_headline(connection: Connection, report_date: date) -> Headline:
    """Everything the report of `report_date` (plant-local) shows."""
    run = execute(connection, "report/latest_run", run_id=None).mappings().one_or_none()
    work = execute(connection, "report/open_work").mappings().one()
    return Headline(
        report_date=report_date,
        plants=read_plants_of_day(connection, report_date),
        trend=list(_trend(connection, report_date)),
        proposals=work["proposals"],
        quarantined_records=work["quarantined_records"],
        queued_plant_days=work["queued_plant_days"],
        parts=read_parts(connection, [report_date], run["run_id"] if run else ""),
        undelivered=read_undelivered(connection),
        latest_run_at=run["finished_at"] if run else None,
        streams=read_outcomes(connection, run["run_id"]) if run else [],
        last_good_night_at=execute(connection, "report/last_good_night").scalar_one_or_none(),
    )


def read_plants_of_day(connection: Connection, report_date: date) -> list[ReportPlant]:
    """Every plant of the fleet, and any other with energy of the date."""
    return read_objects(connection, ReportPlant, "report/plants_of_day", report_date=report_date)


def read_parts(connection: Connection, dates: Sequence[date], run_id: str) -> list[Part]:
    """The current state of each part of the dates' deliveries."""
    return read_objects(connection, Part, "report/deliveries_of_dates", dates=list(dates), run_id=run_id)


def read_undelivered(connection: Connection) -> list[date]:
    """Days that a run was to send and the receiver has not accepted, oldest first."""
    return list(execute(connection, "raptor_maps/undelivered").scalars())


def _trend(connection: Connection, report_date: date) -> Iterator[TrendPoint]:
    rows = execute(
        connection,
        "report/energy_of_span",
        from_date=report_date - timedelta(days=TREND_DAYS - 1),
        to_date=report_date,
    )
    for row in rows:
        yield TrendPoint(row.energy_date, row.technology, row.final_kwh or 0.0, row.provisional_kwh or 0.0)
