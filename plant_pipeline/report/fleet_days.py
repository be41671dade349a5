"""The fleet over the days and months before a date, read from the warehouse.

What belongs here: which span is read, and its rows as objects. What does not: judging (comparison.py), drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute, read_objects

SPAN_DAYS = 30
SPAN_MONTHS = 12
CERTIFICATE_DAYS = 30
WHOLE = 0.99
"""Share of a day from which on it counts as measured."""

DayValues = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class RecentDays:
    """The last `SPAN_DAYS` days of a plant, oldest first, the last one the report's; None: not known.

    `is_computed`: whether there is a row of the day.
    """

    plant_code: str
    produced_kwh: DayValues
    performance_ratio: DayValues
    data_completeness: DayValues
    is_computed: Sequence[bool]


@dataclass(frozen=True, slots=True)
class GroupDay:
    """A group of plants on the date: how many have energy, their share of the group's capacity, KPIs by name."""

    group_code: str
    plants: int | None
    capacity_share: float | None
    figures: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class FleetMonth:
    """The fleet in a month, as far as its days are known up to the report's date; `capacity_share` is their mean."""

    month_date: date
    days: int
    produced_kwh: float | None
    capacity_share: float | None
    performance_ratio: float | None
    capacity_factor: float | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two systems that say different things of a plant: the value taken, and the other."""

    plant_code: str
    plant_name: str
    field: str
    selected_source: str
    selected_value: str
    other_source: str
    other_value: str
    difference: float | None
    tolerance: float | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate by which a plant is in touch with a source; `is_over`: it has ended."""

    plant_code: str
    plant_name: str
    source: str
    source_plant_id: str
    ends_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """Something that is broken now; `acknowledged_by`: who said that they know of it."""

    problem_id: int
    kind: str
    subject: str
    message: str
    since: datetime
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class RejectedRecords:
    """Records in quarantine that did not pass the same check."""

    source: str
    entity: str
    column_name: str
    check_name: str
    records: int
    since: datetime
    sample: str | None


@dataclass(frozen=True, slots=True)
class DriftedField:
    """A field that comes otherwise than its document says; `is_kept`: its value stays as it came."""

    source: str
    entity: str
    column_name: str
    kind: str
    documented: str | None
    seen: str | None
    records: int
    of_records: int
    is_kept: bool
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveredDate:
    """A date's file as last built: its parts, and how many were accepted or failed."""

    observation_date: date
    parts: int
    accepted: int
    failed: int
    row_count: int


def span_of(report_date: date) -> list[date]:
    """The dates whose days stand in a `RecentDays`, oldest first."""
    return [report_date - timedelta(days=SPAN_DAYS - 1 - index) for index in range(SPAN_DAYS)]


def read_spans(connection: Connection, report_date: date, plant_id: UUID | None = None) -> dict[str, RecentDays]:
    """The last days of each plant that has any, by plant code; `plant_id`: of this one alone."""
    dates = span_of(report_date)
    rows = read_objects(
        connection,
        RecentDays,
        "report/days_of_plants",
        from_date=dates[0],
        to_date=dates[-1],
        plant_id=plant_id,
    )
    return {row.plant_code: row for row in rows}


def read_causes(connection: Connection, report_date: date) -> dict[str, dict[date, int]]:
    """By cause, how many plants lacked energy or had it only in part on each date of the span; the most first."""
    dates = span_of(report_date)
    causes: dict[str, dict[date, int]] = {}
    for row in execute(connection, "report/causes_of_span", from_date=dates[0], to_date=dates[-1], whole=WHOLE):
        causes.setdefault(row.cause, {})[row.energy_date] = row.plants
    return dict(sorted(causes.items(), key=lambda cause: (-sum(cause[1].values()), cause[0])))


def read_groups(connection: Connection, report_date: date) -> list[GroupDay]:
    """The whole fleet (`all`), then its groups by name."""
    return read_objects(connection, GroupDay, "report/groups_of_day", report_date=report_date)


def read_months(connection: Connection, report_date: date) -> list[FleetMonth]:
    """The months of a year up to the date, the newest first."""
    first = date(report_date.year - (report_date.month < SPAN_MONTHS), report_date.month % SPAN_MONTHS + 1, 1)
    return read_objects(connection, FleetMonth, "report/months_of_fleet", from_date=first, to_date=report_date)


def read_conflicts(connection: Connection) -> list[Conflict]:
    """Where systems disagree now."""
    return read_objects(connection, Conflict, "report/conflicts")


def read_certificates(connection: Connection, now_utc: datetime) -> list[Certificate]:
    """Certificates of active plants that have ended, or will within `CERTIFICATE_DAYS`, the earliest first."""
    before_utc = now_utc + timedelta(days=CERTIFICATE_DAYS)
    return read_objects(connection, Certificate, "report/certificates", now_utc=now_utc, before_utc=before_utc)


def read_open_problems(connection: Connection) -> list[OpenProblem]:
    """What is broken now, what nobody has acknowledged first."""
    return read_objects(connection, OpenProblem, "report/open_problems")


def read_rejected(connection: Connection) -> list[RejectedRecords]:
    """What waits in quarantine now."""
    return read_objects(connection, RejectedRecords, "report/quarantine_by_check")


def read_drifted(connection: Connection, since_utc: datetime) -> list[DriftedField]:
    """Fields seen otherwise than documented since an instant."""
    return read_objects(connection, DriftedField, "report/drift", since_utc=since_utc)


def read_delivered(connection: Connection, report_date: date) -> list[DeliveredDate]:
    """The files of the span's dates, the newest first."""
    dates = span_of(report_date)
    return read_objects(connection, DeliveredDate, "report/delivery_of_span", from_date=dates[0], to_date=dates[-1])
