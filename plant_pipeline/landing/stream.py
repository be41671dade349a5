"""Outcomes: how each stream of a run ended, and what a run could not do.

What belongs here: writing and reading `landing.stream_run`, `landing.run_issue` and `landing.source_account`.
What does not: deciding what a source's answer means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import execute, read_objects

State = Literal["complete", "incomplete", "failed", "not_permitted", "not_configured"]
Severity = Literal["failure", "finding"]


@dataclass(frozen=True)
class StreamOutcome:
    """How one stream ended. `expected` is what the source said it has, `got` what arrived (unique ids).

    `is_transient`: it failed for a reason that may pass. `tries`: how often the run asked for it; 0 if the outcome is
    that of the run which this one repeats. `is_between_nights`: jobs between the nights ask for it too.
    """

    source: str
    entity: str
    state: State
    expected: int | None = None
    got: int | None = None
    quarantined: int = 0
    failed: int = 0
    retried: int = 0
    seconds: float = 0.0
    message: str | None = None
    seen_new: int | None = None
    seen_changed: int | None = None
    seen_gone: int | None = None
    is_transient: bool = False
    tries: int = 1
    is_between_nights: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether the run has to end with exit code 1 because of it."""
        return self.state in ("incomplete", "failed")


@dataclass(frozen=True)
class RunIssue:
    """Something a run could not do (`failure`) or noticed (`finding`), in words a person can act on."""

    stage: str
    subject: str
    message: str
    severity: Severity = "failure"
    energy_date: date | None = None


def write_outcome(connection: Connection, run_id: str, outcome: StreamOutcome, finished_at: datetime) -> None:
    """Write one outcome; a retried step replaces its own."""
    execute(connection, "landing/write_outcome", run_id=run_id, finished_at=finished_at, **asdict(outcome))


def read_outcomes(connection: Connection, run_id: str) -> list[StreamOutcome]:
    """The outcomes of a run, by source and entity."""
    return read_objects(connection, StreamOutcome, "landing/outcomes_of_run", run_id=run_id)


def write_issues(connection: Connection, run_id: str, issues: Sequence[RunIssue]) -> None:
    """Add issues to a run; the same one twice is one."""
    for issue in issues:
        execute(connection, "landing/write_issue", run_id=run_id, **asdict(issue))


def replace_issues(
    connection: Connection, run_id: str, stage: str, subjects: Sequence[str], issues: Sequence[RunIssue]
) -> None:
    """Write the issues of a stage about `subjects`, in place of what the run said of them before."""
    execute(connection, "landing/delete_issues", run_id=run_id, stage=stage, subjects=list(subjects))
    write_issues(connection, run_id, issues)


def read_issues(connection: Connection, run_id: str) -> list[RunIssue]:
    """Issues of a run, failures first."""
    return read_objects(connection, RunIssue, "landing/issues_of_run", run_id=run_id)


def complete_sources(connection: Connection, run_id: str, entity_of_source: Mapping[str, str]) -> set[str]:
    """Sources whose plant listing (`entity_of_source`) was complete in this run."""
    return {
        outcome.source
        for outcome in read_outcomes(connection, run_id)
        if outcome.state == "complete" and entity_of_source.get(outcome.source) == outcome.entity
    }


def check_account(connection: Connection, settings: SourceSettings, now_utc: datetime) -> None:
    """Remember host and account of a source at its first sync, which is now; refuse another one later.

    Raises `UsageError`. What is unknown on one side is no difference; neither is the number of an account where an
    e-mail was before: the two cannot be compared.
    """
    row = execute(connection, "landing/source_account", source=settings.name).mappings().first()
    known_host, known_account = (row["host"], row["account"]) if row else (None, None)
    for what, known, given in (("host", known_host, settings.host), ("account", known_account, settings.account)):
        if known and given and ("@" in known) == ("@" in given) and known.casefold() != given.casefold():
            raise UsageError(
                f"{settings.name}: this warehouse was filled from {what} {known}, now {given} is configured; use "
                f"another warehouse, or accept the change with `plant-pipeline db rebind {settings.name}`"
            )
    execute(
        connection,
        "landing/write_account",
        source=settings.name,
        host=settings.host or known_host,
        account=settings.account or known_account,
        first_run_at=now_utc,
    )


def rebind_account(connection: Connection, source: str) -> bool:
    """Forget host and account of a source, so that the next sync remembers anew; False if none was known."""
    return execute(connection, "landing/forget_account", source=source).rowcount > 0
