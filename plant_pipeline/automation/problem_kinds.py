"""The kinds of problems, as data: what each is called, and the first thing to do about it.

What belongs here: words. What does not: when a problem is one (`current_problems`). `docs/operating.md` has a line for
each kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its `name` in `automation.problem`, its `title` for a person, what to do first (`advice`)."""

    name: str
    title: str
    advice: str


WAREHOUSE_UNREACHABLE: Final = "warehouse_unreachable"
DISK_ALMOST_FULL: Final = "disk_almost_full"
NIGHTLY_OVERDUE: Final = "nightly_overdue"
RUN_FAILED: Final = "run_failed"
STREAM_FAILED: Final = "stream_failed"
LISTING_INCOMPLETE: Final = "listing_incomplete"
UNDELIVERED_DAYS: Final = "undelivered_days"
MISSED_DAYS: Final = "missed_days"
QUARANTINE_ABOVE_LIMIT: Final = "quarantine_above_limit"
CHECK_FAILED: Final = "check_failed"
PLANT_SILENT: Final = "plant_silent"
SENSORS_SILENT: Final = "sensors_silent"

PROBLEM_KINDS: Final[Mapping[str, ProblemKind]] = {
    kind.name: kind
    for kind in (  # in the order in which a person is to read them
        ProblemKind(
            WAREHOUSE_UNREACHABLE,
            "warehouse not reachable",
            "start PostgreSQL, or mend WAREHOUSE_URL; `plant-pipeline doctor` says whether it answers",
        ),
        ProblemKind(DISK_ALMOST_FULL, "disk almost full", "make room, or set PLANT_PIPELINE_HOME to a larger disk"),
        ProblemKind(
            NIGHTLY_OVERDUE,
            "no successful night",
            "see that `plant-pipeline serve` runs, and its schedules; `plant-pipeline sync` makes up for the night",
        ),
        ProblemKind(
            RUN_FAILED, "run failed", "open the run; mend what it names and repeat it, or wait for the next one"
        ),
        ProblemKind(
            STREAM_FAILED,
            "stream failed",
            "see that the source answers: `plant-pipeline doctor`; its rows are the last good ones",
        ),
        ProblemKind(
            LISTING_INCOMPLETE,
            "listing incomplete",
            "look at the source's own listing: plants that were sold are ended by `plant-pipeline registry retire`",
        ),
        ProblemKind(
            UNDELIVERED_DAYS,
            "days not delivered",
            "see `plant-pipeline raptor status`; the next night sends them again",
        ),
        ProblemKind(
            MISSED_DAYS,
            "days not computed",
            "nights catch them up; at once: `plant-pipeline sync --from D --to D`",
        ),
        ProblemKind(QUARANTINE_ABOVE_LIMIT, "many records rejected", "see `plant-pipeline quarantine list`"),
        ProblemKind(CHECK_FAILED, "check failed", "open the run and the asset's checks"),
        ProblemKind(
            PLANT_SILENT,
            "plant silent",
            "have the plant's logger and its connection looked at, or retire it: `plant-pipeline registry retire`",
        ),
        ProblemKind(SENSORS_SILENT, "sensors silent", "have the devices looked at: `plant-pipeline registry show`"),
    )
}
