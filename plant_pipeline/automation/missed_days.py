"""Days that no run has computed: found in the data, whatever kept the nights from it, and given runs of their own.

What belongs here: which days a night catches up, in which runs. What does not: starting them (`schedules`), days that
were computed and are wrong now (`queued_days`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.config import Settings
from plant_pipeline.energy.queued_days import QueuedDate, bounded
from plant_pipeline.landing.retention import REMOVABLE, first_kept
from plant_pipeline.orchestration import FIRST_DATE
from plant_pipeline.warehouse import execute, read_objects

MISSED_TAG: Final = "plant_pipeline/missed_days"
MOST_MISSED_DATES: Final = 31
"""So many dates a night catches up, all plants of each: what one request for a sensor's readings covers."""
_FEW_PLANTS = 3
"""So many plants are caught up one by one; more at once with all others of the date."""


@dataclass(frozen=True, slots=True)
class MissedSpan:
    """Consecutive dates that one run catches up; `plant_code` None: of all plants, as many lack them."""

    first_date: date
    last_date: date
    plant_code: str | None
    plant_ids: frozenset[UUID]

    @property
    def key(self) -> str:
        """The same for the same dates of the same plants: what a run could not mend is not run every night."""
        digest = hashlib.sha256(" ".join(sorted(map(str, self.plant_ids))).encode()).hexdigest()[:12]
        return f"{self.first_date} {self.last_date} {self.plant_code or digest}"


def missed_spans(connection: Connection, own_dates: Sequence[date], settings: Settings) -> list[MissedSpan]:
    """What a night whose own dates are `own_dates` catches up, newest first, so much as a night bears."""
    last = min(own_dates) - timedelta(days=1)
    missed = read_objects(
        connection,
        QueuedDate,
        "automation/missed_days",
        onboarding_days=settings.onboarding_days,
        since_known=False,
        first_date=first_computable_date(connection, max(own_dates), settings),
        last_date=last,
    )
    taken = bounded(missed, most_dates=MOST_MISSED_DATES)
    codes = {row.plant_id: row.plant_code for row in execute(connection, "automation/plant_codes")}
    return gathered_spans(taken, codes)


def first_computable_date(connection: Connection, latest: date, settings: Settings) -> date:
    """The first date whose readings are kept and will be kept tomorrow."""
    kept = first_kept(connection, REMOVABLE)
    days = settings.reading_retention_days
    return max(FIRST_DATE, kept or FIRST_DATE, FIRST_DATE if days is None else latest - timedelta(days=days - 1))


def gathered_spans(missed: Iterable[QueuedDate], codes: dict[UUID, str]) -> list[MissedSpan]:
    """Dates that many plants lack in runs over all plants, the others plant by plant; newest first."""
    of_all: dict[date, frozenset[UUID]] = {}
    of_plant: dict[UUID, list[date]] = defaultdict(list)
    for own in missed:
        if len(own.plant_ids) > _FEW_PLANTS:
            of_all[own.day_date] = frozenset(own.plant_ids)
            continue
        for plant_id in own.plant_ids:
            of_plant[plant_id].append(own.day_date)
    spans = [
        MissedSpan(dates[0], dates[-1], None, frozenset().union(*(of_all[day] for day in dates)))
        for dates in _consecutive(of_all)
    ]
    spans += [
        MissedSpan(dates[0], dates[-1], codes[plant_id], frozenset([plant_id]))
        for plant_id, own_dates in of_plant.items()
        for dates in _consecutive(own_dates)
    ]
    return sorted(spans, key=lambda span: (span.last_date, span.plant_code or ""), reverse=True)


def _consecutive(dates: Iterable[date]) -> Iterator[list[date]]:
    run: list[date] = []
    for day in sorted(dates):
        if run and day - run[-1] > timedelta(days=1):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
