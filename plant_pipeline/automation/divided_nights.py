"""A night that is divided between runs: listings and registry first, then a run for each shard of the plants, then one
that closes it.

What belongs here: which runs a night has, which of them is due, what the closing one takes over from the others. What
does not: what the steps do; which plants a shard holds (`shards`).

The parts are runs of `nightly_sync` with an asset selection, told apart by their tags. What is due follows from the
runs that there are, so nothing is remembered: after a restart the night goes on where it was.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.automation.command_line_runs import is_of_command_line
from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.automation.outcome import OUTCOME_STEP, failed_steps
from plant_pipeline.landing.stream import (
    RunIssue,
    StreamOutcome,
    read_issues,
    read_outcomes,
    replace_issues,
    write_issues,
    write_outcome,
)
from plant_pipeline.orchestration import (
    DIVIDED_TAG,
    PART_TAG,
    QUEUED_DAY,
    RANGE_END_TAG,
    RANGE_START_TAG,
    SECOND_TRY,
    SHARD_PART,
    rows_id_of,
)
from plant_pipeline.readings.pull import state_of
from plant_pipeline.shards import all_shards

LISTINGS: Final = "listings"
CLOSING: Final = "closing"
SHARDS_TAG: Final = "plant_pipeline/shards"
TRY_TAG: Final = "plant_pipeline/try"
MOST_TRIES: Final = 3
"""So often a part is started whose process was lost."""

SHARD_KEYS: Final = tuple(
    dg.AssetKey(path) for path in (["energy", "reading"], ["energy", "plant_daily"], ["kpi", "plant_daily"])
)
_REPORT: Final = dg.AssetKey(["fleet_report"])
CLOSING_KEYS: Final = (
    dg.AssetKey(["kpi", "portfolio_daily"]),
    SECOND_TRY,
    QUEUED_DAY,
    dg.AssetKey(["raptor_maps", "delivery"]),
    _REPORT,
    dg.AssetKey([OUTCOME_STEP]),
)
NIGHT_JOB: Final = "nightly_sync"
_LONGEST = timedelta(days=2)  # an older night that was not closed is no longer waited for
PRIORITY_TAG: Final = "dagster/priority"
_KEPT = ("plant_pipeline/", RANGE_START_TAG, RANGE_END_TAG, PRIORITY_TAG)
NOT_ENDED: Final = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
LOST: Final = "the process that ran it is gone: killed, or its machine is"


# -- the parts --
def listing_keys(night_keys: Iterable[dg.AssetKey]) -> list[dg.AssetKey]:
    """What the first part makes: all of a night but what its shards and its closing part do."""
    return sorted(set(night_keys) - {*SHARD_KEYS, *CLOSING_KEYS})


def closing_keys(first_tags: Collection[str]) -> list[dg.AssetKey]:
    """What the last part makes of a night whose first run has these tags: days that were missed get no report."""
    return [key for key in CLOSING_KEYS if key != _REPORT or MISSED_TAG not in first_tags]


def shard_parts(count: int) -> list[str]:
    """The names of the parts between the first and the last."""
    return [f"{SHARD_PART}{shard}" for shard in all_shards(count)]


def first_tags(count: int) -> dict[str, str]:
    """The tags of the first part of a night divided into `count` shards."""
    return {PART_TAG: LISTINGS, SHARDS_TAG: str(count)}


def further_tags(part: str, first_run_id: str) -> dict[str, str]:
    """The tags of another part of the night that a run began."""
    return {PART_TAG: part, DIVIDED_TAG: first_run_id}


def night_in_parts(
    count: int, first_keys: Sequence[dg.AssetKey], closing_run_id: str, tags: Mapping[str, str]
) -> Iterator[tuple[str, Sequence[dg.AssetKey], dict[str, str]]]:
    """Run id, assets and tags, `tags` among them, of each part, in order, for whoever runs them one after the other."""
    first_run_id = str(uuid.uuid4())
    yield first_run_id, first_keys, {**tags, **first_tags(count)}
    for part in shard_parts(count):
        yield str(uuid.uuid4()), SHARD_KEYS, {**tags, **further_tags(part, first_run_id)}
    yield closing_run_id, closing_keys(tags), {**tags, **further_tags(CLOSING, first_run_id)}


def is_inner_part(run: dg.DagsterRun) -> bool:
    """Whether another run has the last word on what this one does."""
    return run.tags.get(PART_TAG, CLOSING) != CLOSING


# -- what is due --
@dataclass(frozen=True)
class DividedNight:
    """The runs of a night by part, of each the latest; `first` is the one that began it."""

    first: dg.DagsterRun
    parts: Mapping[str, dg.DagsterRun]

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to start or to wait for."""
        closing = self.parts.get(CLOSING)
        return self._is_stopped if closing is None else closing.status not in NOT_ENDED

    @property
    def _is_stopped(self) -> bool:
        return self.parts[LISTINGS].status == dg.DagsterRunStatus.CANCELED

    def due(self, instance: dg.DagsterInstance) -> list[str]:
        """The parts to start: not begun though those before them have ended, or lost with their process."""
        if self._is_stopped:
            return []
        for stage in ([LISTINGS], shard_parts(int(self.first.tags[SHARDS_TAG])), [CLOSING]):
            due = [part for part in stage if part not in self.parts or _is_to_repeat(instance, self.parts[part])]
            if due or any(self.parts[part].status in NOT_ENDED for part in stage):
                return due
        return []

    def request(self, part: str) -> dg.RunRequest:
        """The run of a part: of the days and the configuration of the first one."""
        before = self.parts.get(part)
        tries = int(before.tags.get(TRY_TAG, "1")) + 1 if before else 1
        kept = {key: text for key, text in self.first.tags.items() if key.startswith(_KEPT)}
        of_ends = {LISTINGS: sorted(self.first.asset_selection or ()), CLOSING: closing_keys(self.first.tags)}
        keys = of_ends.get(part, SHARD_KEYS)
        return dg.RunRequest(
            run_key=f"{self.first.run_id} {part} {tries}",
            run_config=dict(self.first.run_config),
            tags={**kept, **further_tags(part, self.first.run_id), TRY_TAG: str(tries)},
            asset_selection=list(keys),
        )


def _is_to_repeat(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run failed with its process, in no step of its own, and may be started again."""
    is_lost = run.status == dg.DagsterRunStatus.FAILURE and not failed_steps(instance, run.run_id)
    return is_lost and int(run.tags.get(TRY_TAG, "1")) < MOST_TRIES


def open_nights(instance: dg.DagsterInstance, now_utc: datetime) -> list[DividedNight]:
    """The divided nights that are not over, the latest first.

    None that was begun days ago, and none of the command line, which starts its parts itself.
    """
    since = dg.RunsFilter(job_name=NIGHT_JOB, tags={PART_TAG: LISTINGS}, created_after=now_utc - _LONGEST)
    firsts = [run for run in instance.get_runs(since) if DIVIDED_TAG not in run.tags and not is_of_command_line(run)]
    nights = [DividedNight(first, parts_of(instance, first)) for first in firsts]
    return [night for night in nights if not night.is_over]


def parts_of(instance: dg.DagsterInstance, first: dg.DagsterRun) -> dict[str, dg.DagsterRun]:
    """The latest run of each part of the night that `first` began."""
    further = instance.get_runs(dg.RunsFilter(job_name=NIGHT_JOB, tags={DIVIDED_TAG: first.run_id}))
    return {LISTINGS: first} | {run.tags[PART_TAG]: run for run in reversed(further)}


def run_ids_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """The runs of the night that a run closes, its own the last; of any other run its own."""
    first = instance.get_run_by_id(run.tags.get(DIVIDED_TAG, ""))
    inner = parts_of(instance, first) if first is not None and not is_inner_part(run) else {}
    return [*(own.run_id for own in inner.values() if own.run_id != run.run_id), run.run_id]


def lost_runs(nights: Sequence[DividedNight], alive_of: Callable[[Collection[str]], set[str]]) -> list[dg.DagsterRun]:
    """The parts that Dagster takes for under way and that no process works on."""
    started = [run for night in nights for run in night.parts.values() if run.status == dg.DagsterRunStatus.STARTED]
    alive = alive_of([run.run_id for run in started]) if started else set()
    return [run for run in started if run.run_id not in alive]


# -- what comes of the parts --
def gather(connection: Connection, instance: dg.DagsterInstance, run: dg.DagsterRun, now_utc: datetime) -> None:
    """Give the closing run what the other parts of its night came to: their streams, their issues, their failures."""
    first = instance.get_run_by_id(run.tags[DIVIDED_TAG])
    if first is None:
        raise dg.Failure(f"the run {run.tags[DIVIDED_TAG]} that began this night is not known any more")
    run_id, own = rows_id_of(run), parts_of(instance, first)
    inner = {part: of_part for part, of_part in own.items() if is_inner_part(of_part)}
    ids = [rows_id_of(of_part) for of_part in inner.values()]
    for outcome in together(outcome for own_id in ids for outcome in read_outcomes(connection, own_id)):
        write_outcome(connection, run_id, outcome, now_utc)
    for own_id in ids:
        write_issues(connection, run_id, read_issues(connection, own_id))
    failed = [
        RunIssue("run", part, f"{part}: {_why(instance, of_part)}")
        for part, of_part in inner.items()
        if of_part.status != dg.DagsterRunStatus.SUCCESS
    ]
    replace_issues(connection, run_id, "run", list(inner), failed)


def _why(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    steps = [f"{step}: {why}" for step, why in failed_steps(instance, run.run_id).items()]
    return "; ".join(steps) or ("stopped by a person" if run.status == dg.DagsterRunStatus.CANCELED else LOST)


def together(outcomes: Iterable[StreamOutcome]) -> list[StreamOutcome]:
    """One outcome a stream: the readings of a source were asked for by each shard."""
    ordered = sorted(outcomes, key=lambda own: (own.source, own.entity))
    return [_sum(list(same)) for _, same in groupby(ordered, key=lambda own: (own.source, own.entity))]


def _sum(parts: Sequence[StreamOutcome]) -> StreamOutcome:
    if len(parts) == 1:
        return parts[0]
    expected, failed = sum(own.expected or 0 for own in parts), sum(own.failed for own in parts)
    return replace(
        parts[0],
        state=state_of(failed, expected),
        expected=expected,
        got=expected - failed,
        failed=failed,
        retried=sum(own.retried for own in parts),
        seconds=max(own.seconds for own in parts),
        message=next((own.message for own in parts if own.message), None),
        seen_changed=sum(own.seen_changed or 0 for own in parts),
        is_transient=any(own.is_transient for own in parts),
        tries=max(own.tries for own in parts),
    )
