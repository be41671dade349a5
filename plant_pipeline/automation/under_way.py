"""Runs that are under way: what they have written so far is no verdict yet.

What belongs here: which those are, and which dates they work on. What does not: starting or judging them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import dagster as dg

from plant_pipeline.automation.divided_nights import NOT_ENDED, open_nights
from plant_pipeline.orchestration import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, rows_id_of, utc_now

UNDER_WAY: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Ids of the rows that runs under way write, and the spans of plant-local dates they work on."""

    run_ids: frozenset[str] = frozenset()
    spans: tuple[tuple[date, date], ...] = ()

    def covers(self, day: date) -> bool:
        """Whether a run works on the date, or waits to do so."""
        return any(first <= day <= last for first, last in self.spans)

    def reaches(self, day: date) -> bool:
        """Whether a run works on the date or a later one."""
        return any(last >= day for _, last in self.spans)


def runs_under_way(instance: dg.DagsterInstance) -> UnderWay:
    """Ask the instance; of a night that is divided between runs all of them, until the last one has ended."""
    runs = list(instance.get_runs(dg.RunsFilter(statuses=NOT_ENDED)))
    runs += [run for night in open_nights(instance, utc_now()) for run in night.parts.values()]
    spans = [span for run in runs if (span := span_of_run(run)) is not None]
    return UnderWay(frozenset(rows_id_of(run) for run in runs), tuple(spans))


def span_of_run(run: dg.DagsterRun) -> tuple[date, date] | None:
    """The first and the last plant-local date of a run; None if it is for no date, or its tags were left out."""
    first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG)
    if first is None:
        return None
    return date.fromisoformat(first), date.fromisoformat(run.tags.get(RANGE_END_TAG, first))
