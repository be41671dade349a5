"""The faults of a drill: what is broken, when, and what has to come of it.

What belongs here: one function a fault, and what all have to keep: a person is told within ten minutes, once when it
begins and once when it is over, and the warehouse ends as if nothing had been. What does not: where it takes place
(`drill_site`), printing (`drill`).
"""

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from plant_pipeline.automation.problem_kinds import (
    MISSED_DAYS,
    NIGHTLY_OVERDUE,
    RUN_FAILED,
    STREAM_FAILED,
    WAREHOUSE_UNREACHABLE,
)
from plant_pipeline.cli.drill_site import (
    LOOK,
    NIGHT,
    Contents,
    DrillFailed,
    Installation,
    Site,
    ToldChange,
    await_line,
    days_slow,
    differing,
    require_end,
    small_archive,
    small_files,
)
from plant_pipeline.sandbox.faults import Fault

LONGEST_UNTOLD_S: Final = 600.0
_WEEK: Final = 8
_LONG_OVER: Final = 20
_MOST_BYTES_A_FILE: Final = 300_000  # less than Dagster's own files need
_MOST_BYTES_AN_OBJECT: Final = 5_000  # less than a day's readings need, packed


@dataclass
class Drilled:
    """What came of a fault; `problems` says why that is not good enough, and is empty if it is."""

    fault: str
    broken: str
    told_after_s: float | None = None
    told: str = ""
    differing: Sequence[str] | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_passed(self) -> bool:
        """Whether all was as it has to be."""
        return not self.problems and self.differing is not None and not self.differing

    def as_row(self) -> Mapping[str, Any]:
        """For programs."""
        return {**asdict(self), "is_passed": self.is_passed}


def drill_fault(name: str, site: Site) -> Drilled:
    """Break what the fault of that name breaks, on a pipeline of its own, and judge what came of it."""
    broken, drill = FAULTS[name]
    drilled = Drilled(name, broken)
    try:
        drill(site, drilled)
    except DrillFailed as error:
        drilled.problems.append(str(error))
    finally:
        site.sandbox.faults.clear()
        site.start_postgres()
    return drilled


# -- the faults --
def _postgres_gone(site: Site, drilled: Drilled) -> None:
    with site.installation("postgres_gone") as own:
        with own.started("sync", *_days(site)) as process:
            await_line(process, "flexmeasures data: 3 of")
            broken_s = time.monotonic()
            site.stop_postgres()
            require_end(process, process.communicate()[0], fails=True)
        require_told(own, drilled, broken_s, WAREHOUSE_UNREACHABLE)
        site.start_postgres()
        own.sync(*_days(site))
        _end(own, drilled, site.undisturbed(_days(site)))


def _webhook_gone(site: Site, drilled: Drilled) -> None:
    with site.installation("webhook_gone") as own:
        site.sandbox.faults.add(Fault("raptor_maps", "*", status=400))
        own.webhook.is_gone = True
        broken_s = time.monotonic()
        own.sync(*_days(site), fails=True)
        if own.webhook.told or not own.webhook.refused:
            raise DrillFailed("the webhook took something while it was gone, or was sent nothing")
        own.webhook.is_gone = False
        own.run(code=LOOK)
        require_told(own, drilled, broken_s, RUN_FAILED)
        site.sandbox.faults.clear()
        own.sync(*_days(site))
        _end(own, drilled, site.undisturbed(_days(site)))


def _voke_gone(site: Site, drilled: Drilled) -> None:
    """Not in the first night: there a source that is missing changes the order in which things are numbered."""
    night_before = ("--date", _days_ago(site, _LONG_OVER + 2))
    with site.installation("voke_gone") as own:
        own.sync(*night_before)
        site.sandbox.faults.add(Fault("voke", "*", drops=True))
        broken_s = time.monotonic()
        own.sync(*_days(site), fails=True)
        require_told(own, drilled, broken_s, STREAM_FAILED)
        site.sandbox.faults.clear()
        own.sync(*_days(site))
        _end(own, drilled, site.undisturbed(night_before, _days(site)))


def _disk_full(site: Site, drilled: Drilled) -> None:
    with site.installation("disk_full") as own:
        broken_s = time.monotonic()
        own.run("sync", *_days(site), code=small_files(_MOST_BYTES_A_FILE), fails=True)
        require_told(own, drilled, broken_s, RUN_FAILED)
        own.run("sync", *_days(site), code=small_archive(_MOST_BYTES_AN_OBJECT), fails=True)
        own.sync(*_days(site))
        _end(own, drilled, site.undisturbed(_days(site)))


def _killed(site: Site, drilled: Drilled) -> None:
    with site.installation("killed") as own:
        with own.started("sync", *_days(site)) as process:
            await_line(process, f"energy {_days_ago(site, _LONG_OVER + 1)}")
            broken_s = time.monotonic()
            process.send_signal(signal.SIGKILL)
            process.wait()
        own.run(code=LOOK)
        require_told(own, drilled, broken_s, RUN_FAILED)
        own.sync(*_days(site))
        _end(own, drilled, site.undisturbed(_days(site)))


def _week_off(site: Site, drilled: Drilled) -> None:
    """The undisturbed one has the first night too, and then every day of the week by name."""
    more = {"PLANT_PIPELINE_TRAILING_DAYS": "0", "PLANT_PIPELINE_ONBOARDING_DAYS": "2", "NIGHTLY_SYNC_TIME": "00:00"}
    with site.installation("week_off", **more) as own, site.installation("week_without", **more) as other:
        for installation in (own, other):
            site.sandbox.clock = lambda: datetime.now(UTC) - timedelta(days=_WEEK)
            installation.run("sync", "--date", _days_ago(site, _WEEK + 2), code=days_slow(_WEEK))
            site.sandbox.clock = lambda: datetime.now(UTC)
        broken_s = time.monotonic()
        own.run(code=LOOK)
        require_told(own, drilled, broken_s, NIGHTLY_OVERDUE, MISSED_DAYS)
        own.run(code=NIGHT)
        first, last = own.span()
        other.sync("--from", first, "--to", last)
        _end(own, drilled, other.contents())


FAULTS: Final[Mapping[str, tuple[str, Callable[[Site, Drilled], None]]]] = {
    "postgres_gone": ("PostgreSQL is stopped in the middle of a sync, and started again", _postgres_gone),
    "webhook_gone": ("the webhook answers 500 while Raptor Maps refuses every file", _webhook_gone),
    "voke_gone": ("Voke closes every connection without an answer", _voke_gone),
    "disk_full": ("the disk of a sync is full, then in another one that of the archive alone", _disk_full),
    "killed": ("the sync is killed when it has written the first of two days", _killed),
    "week_off": (f"nothing runs for {_WEEK} days", _week_off),
}


# -- what all have to keep --
def require_told(own: Installation, drilled: Drilled, broken_s: float, *kinds: str) -> None:
    """Raise `DrillFailed` unless a person was told that a problem of each kind began, soon enough."""
    for kind in kinds:
        began = [told for told in own.webhook.told if (told.event, told.kind) == ("began", kind)]
        if not began:
            raise DrillFailed(f"nobody was told of {kind}; told was: {_listed(own.webhook.told)}")
        after_s = began[0].at_s - broken_s
        if after_s > (drilled.told_after_s or 0.0):
            drilled.told_after_s = round(after_s, 1)
            drilled.told = " ".join(f"{kind} {began[0].subject}: {began[0].message}".split())
        if after_s >= LONGEST_UNTOLD_S:
            drilled.problems.append(f"a person was told of {kind} after {after_s:.0f} s only")


def _end(own: Installation, drilled: Drilled, undisturbed: Contents) -> None:
    """Look once more before the judgement: who tells twice does it at the look after."""
    own.run(code=LOOK)
    judge_end(own, drilled, undisturbed)


def judge_end(own: Installation, drilled: Drilled, undisturbed: Contents) -> None:
    """The fault is over: every problem that began was told as over, each once, and nothing is missing or different."""
    times = Counter((told.kind, told.subject, told.event) for told in own.webhook.told)
    drilled.problems += [f"told {count} times: {' '.join(what)}" for what, count in times.items() if count > 1]
    began = {what[:2] for what in times if what[2] == "began"}
    over = {what[:2] for what in times if what[2] == "over"}
    drilled.problems += [f"never told as over: {' '.join(what)}" for what in sorted(began - over)]
    drilled.problems += [f"told as over, never as begun: {' '.join(what)}" for what in sorted(over - began)]
    drilled.differing = differing(own.contents(), undisturbed)


def _listed(told: Sequence[ToldChange]) -> str:
    return ", ".join(f"{own.event} {own.kind} {own.subject}" for own in told) or "nothing"


def _days_ago(site: Site, days: int) -> str:
    return (site.today_utc - timedelta(days=days)).isoformat()


def _days(site: Site) -> tuple[str, ...]:
    """Words for two days that are long over, so that nothing of them is still to come."""
    return "--from", _days_ago(site, _LONG_OVER + 1), "--to", _days_ago(site, _LONG_OVER)
