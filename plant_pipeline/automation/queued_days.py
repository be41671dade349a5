"""The days that wait to be computed again, in a night: after its own days, before the delivery.

What belongs here: which of them a run takes, what it says of them, the Dagster step. What does not: how days get into
the queue and leave it (`energy.queued_days`), how a day is computed.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

import dagster as dg

from plant_pipeline.energy.daily import compute_day
from plant_pipeline.energy.queued_days import (
    QUEUE_STAGE,
    LostDay,
    QueuedDate,
    bounded,
    read_lost,
    read_queue,
    rekey,
    take_touched,
)
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.landing.stream import RunIssue, replace_issues
from plant_pipeline.orchestration import (
    OWNERS,
    QUEUED_DAY,
    SECOND_TRY,
    WITHOUT_DATES_TAG,
    Pipeline,
    asset_body,
    run_id_of,
    table_metadata,
)
from plant_pipeline.raptor_maps.deliver import note_changed

_log = logging.getLogger(__name__)
_MOST_NAMED = 3
_DONE, _WAITING, _LOST = "done", "waiting", "lost"  # what the queue's issues are about


@dataclass
class QueueResult:
    """What a run did of the queue: plant-days computed again by date, those that cannot be, and what still waits."""

    done: Counter[date] = field(default_factory=Counter)
    lost: list[LostDay] = field(default_factory=list)
    waiting: Sequence[QueuedDate] = ()

    def issues(self) -> list[RunIssue]:
        """What a person should know, in words."""
        told = []
        if self.done:
            text = f"{_days(self.done)} computed again, as the registry learned something new of them"
            told.append(RunIssue(QUEUE_STAGE, _DONE, text, "finding"))
        if self.waiting:
            waiting = Counter({queued.day_date: len(queued.plant_ids) for queued in self.waiting})
            text = f"{_days(waiting)} still to be computed again: the next sync without dates does it"
            told.append(RunIssue(QUEUE_STAGE, _WAITING, text, "finding"))
        return told + [RunIssue(QUEUE_STAGE, _LOST, text, "finding") for text in _tell_lost(self.lost)]


@dg.asset(
    key=QUEUED_DAY,
    description=(
        "Days that the registry learned something new of are computed again, energy and KPIs, however old they are: in "
        "a run without dates the newest first, so many as a night bears. A run with dates names those that wait."
    ),
    group_name="run",
    owners=OWNERS,
    kinds={"sql", "postgres"},
    deps=[SECOND_TRY],
)
@asset_body
def queued_day(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
    """Days that the run had of its own have left the queue by now."""
    run_id = run_id_of(context)
    result = work_off_queue(pipeline, run_id, takes_up=WITHOUT_DATES_TAG in context.run.tags)
    with pipeline.warehouse.transaction() as connection:
        replace_issues(connection, run_id, QUEUE_STAGE, [_DONE, _WAITING, _LOST], result.issues())
        metadata = table_metadata(connection, "energy.queued_day")
    for issue in result.issues():
        _log.info("%s", issue.message)
    return dg.MaterializeResult(metadata={**metadata, "plant days computed again": result.done.total()})


def work_off_queue(pipeline: Pipeline, run_id: str, *, takes_up: bool) -> QueueResult:
    """Compute what waits, each date with energy and KPIs in one transaction; not `takes_up`: only see what waits."""
    result = QueueResult()
    with pipeline.warehouse.transaction() as connection:
        take_touched(connection, pipeline.clock())
        queue = read_queue(connection, pipeline.plant_code)
    for queued in bounded(queue) if takes_up else ():
        _compute_date(pipeline, run_id, queued, result)
    with pipeline.warehouse.transaction() as connection:
        result.waiting = read_queue(connection)
    return result


def _compute_date(pipeline: Pipeline, run_id: str, queued: QueuedDate, result: QueueResult) -> None:
    with pipeline.warehouse.transaction() as connection:
        lost = read_lost(connection, queued)
        plant_ids = [plant_id for plant_id in queued.plant_ids if plant_id not in {own.plant_id for own in lost}]
        now_utc = pipeline.clock()
        if plant_ids:
            compute_day(connection, queued.day_date, now_utc=now_utc, run_id=run_id, plant_ids=plant_ids)
            note_changed(connection, queued.day_date, plant_ids, "plants of it were computed again", now_utc)
        rekey(connection, lost, now_utc, run_id)
        compute_kpis(connection, queued.day_date, now_utc=now_utc, run_id=run_id, plant_ids=queued.plant_ids)
    result.lost += lost
    if plant_ids:
        result.done[queued.day_date] += len(plant_ids)
        _log.info("energy %s: %d plants computed again", queued.day_date, len(plant_ids))


def _days(counts: Counter[date]) -> str:
    """`12 plant days from 2026-01-01 to 2026-01-06`."""
    total = counts.total()
    span = f"of {min(counts)}" if len(counts) == 1 else f"from {min(counts)} to {max(counts)}"
    return f"{total:,} plant day{'' if total == 1 else 's'} {span}"


def _tell_lost(lost: Iterable[LostDay]) -> list[str]:
    """A sentence for each plant."""
    texts = []
    for plant_code, days in groupby(
        sorted(lost, key=lambda own: (own.plant_code, own.day_date)), lambda d: d.plant_code
    ):
        own = list(days)
        whys = list(dict.fromkeys(day.why for day in own))
        named = "; ".join(whys[:_MOST_NAMED]) + (" and more" if len(whys) > _MOST_NAMED else "")
        texts.append(
            f"{plant_code}: {_days(Counter(day.day_date for day in own))} cannot be computed again ({named}): their "
            "readings are no longer kept, so what was computed of them stands, added up where plants became one"
        )
    return texts
