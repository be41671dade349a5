"""The rows of `automation.problem`: a trouble begins, goes on, is acknowledged, is over.

What belongs here: reading and writing them. What does not: what a trouble is (`current_problems`), telling of it
(`watch`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from plant_pipeline.automation.problem_kinds import CHECK_FAILED, RUN_FAILED
from plant_pipeline.errors import UsageError
from plant_pipeline.http import storable_text
from plant_pipeline.landing.heartbeat import write_beat_without_dates
from plant_pipeline.warehouse import execute, lock_name

_LONGEST_MESSAGE = 2000
_MOST_FAILURES = 20
_NIGHT = "nightly_sync"
# What a night over all plants does too: where such a run failed before, nothing is missing after it.
_DONE_BY_A_NIGHT: Final = (_NIGHT, "registry_sync", "onboard_plant", "raptor_delivery", "__ASSET_JOB")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A trouble that is there now: of one `kind`, with one `subject`, in words and, by kind, in figures."""

    kind: str
    subject: str
    message: str
    run_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A run that ended: well, or with `failures` in words.

    `plant_code`: the one plant it was for; None: all. `last_date`: the latest of its plant-local dates, if it had some.
    `is_replay`: it was answered by the archive, and says nothing of today. `passed_checks`: checks of assets that found
    nothing wrong, as `check_failed` names them. `catches_up`: it was over missed days alone, without listings.
    """

    job_name: str
    run_id: str
    failures: tuple[str, ...] = ()
    plant_code: str | None = None
    last_date: date | None = None
    is_replay: bool = False
    passed_checks: tuple[str, ...] = ()
    catches_up: bool = False

    @property
    def subject(self) -> str:
        """What its problem is called."""
        return f"{self.job_name} {self.plant_code}" if self.plant_code else self.job_name

    @property
    def sighting(self) -> Sighting:
        """The problem that it failed."""
        more = len(self.failures) - _MOST_FAILURES
        texts = [*self.failures[:_MOST_FAILURES], *([f"and {more} more"] if more > 0 else [])]
        last = self.last_date.isoformat() if self.last_date else None
        details = {"job": self.job_name, "last_date": last, "failures": len(self.failures)}
        return Sighting(RUN_FAILED, self.subject, "; ".join(texts), self.run_id, details)


def lock_problems(connection: Connection) -> None:
    """Whoever looks does so alone until the transaction ends: an older look never overrules a newer one."""
    lock_name(connection, "plant_pipeline problems")


def note_problem(
    connection: Connection, sighting: Sighting, seen_at: datetime, told_at: datetime | None = None
) -> None:
    """Let a problem begin or go on; `told_at`: a person was told of it by other means."""
    execute(
        connection,
        "automation/note_problem",
        kind=sighting.kind,
        subject=sighting.subject,
        message=storable_text(sighting.message)[:_LONGEST_MESSAGE],
        run_id=sighting.run_id or None,
        details=Jsonb(dict(sighting.details)),
        seen_at=seen_at,
        told_at=told_at,
    )


def note_run_end(connection: Connection, run: RunEnd, ended_at: datetime, told_at: datetime | None = None) -> None:
    """Note that a run failed (`told_at`: a person was told by other means), or what is over as it did not."""
    if run.is_replay:
        return
    if run.failures:
        note_problem(connection, run.sighting, ended_at, told_at)
        return
    is_whole_night = run.job_name == _NIGHT and run.plant_code is None and not run.catches_up
    if run.job_name != _NIGHT and run.last_date is None:
        write_beat_without_dates(connection, run.job_name, run.run_id, ended_at)
    execute(
        connection,
        "automation/end_run_problems",
        subject=run.subject,
        covered_jobs=list(_DONE_BY_A_NIGHT) if is_whole_night else [],
        last_date=run.last_date,
        now_utc=ended_at,
    )
    execute(connection, "automation/end_checks", kind=CHECK_FAILED, subjects=list(run.passed_checks), now_utc=ended_at)


def note_current(
    connection: Connection,
    kinds: Collection[str],
    sightings: Sequence[Sighting],
    now_utc: datetime,
    unknown_subjects: Collection[str] = (),
) -> None:
    """All that is seen now of some kinds; what is not seen any more is over, but for `unknown_subjects`."""
    for sighting in sightings:
        note_problem(connection, sighting, now_utc)
    execute(
        connection,
        "automation/end_problems",
        kinds=list(kinds),
        seen_kinds=[sighting.kind for sighting in sightings],
        seen_subjects=[sighting.subject for sighting in sightings],
        unknown_subjects=list(unknown_subjects),
        now_utc=now_utc,
    )


def list_problems(connection: Connection, *, include_over: bool = False) -> Sequence[Mapping[Any, Any]]:
    """Problems that are not over, and with `include_over` the others after them; newest first."""
    return execute(connection, "automation/problems", include_over=include_over).mappings().all()


def acknowledge_problems(
    connection: Connection, problem_ids: Sequence[int], who: str, why: str | None, now_utc: datetime
) -> None:
    """Note that a person knows of some problems. Raises `UsageError`, and notes nothing, unless all are there."""
    known = execute(
        connection, "automation/acknowledge_problems", problem_ids=list(problem_ids), who=who, why=why, now_utc=now_utc
    ).scalars()
    missing = sorted(set(problem_ids) - set(known))
    if missing:
        raise UsageError(
            f"no problem {', '.join(map(str, missing))} is open; `plant-pipeline problems list` shows those that are"
        )


def list_freshness(connection: Connection, *, include_fresh: bool = False) -> Sequence[Mapping[Any, Any]]:
    """By plant and source what should have arrived and what did, silent plants first."""
    return execute(connection, "automation/freshness", include_fresh=include_fresh).mappings().all()
