"""Records of runs in the archive: what a run was asked to do, of whom, and what its clock said where work began.

What belongs here: the record, the clocks that make and read it, which runs computed which days. What does not: the
answers a run had (`archived_run`), running anything.

Without them an archive holds answers that nobody can put to use again: no body says for which days it was asked for.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import orjson

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import ArchiveDamaged, UsageError
from plant_pipeline.landing.archive import Archive
from plant_pipeline.landing.packs import day_of

RUNS: Final = "runs/"
_BEFORE = timedelta(hours=38)  # a day begins 14 h before it does in UTC; the day before, the forecast of it was had

Clock = Callable[[], datetime]


class RunClock:
    """The clock of a run, which remembers what it said where work began."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.noted: dict[str, list[datetime]] = defaultdict(list)

    def __call__(self) -> datetime:
        """The instant it is now."""
        return self._clock()

    def at(self, work: str) -> datetime:
        """The instant at which `work` begins, which is now."""
        now_utc = self._clock()
        self.noted[work].append(now_utc)
        return now_utc


class ReplayedClock(RunClock):
    """The clock of an earlier run: it says again what it said then, and between that what it said last."""

    def __init__(self, began_at: datetime, noted: Mapping[str, Sequence[datetime]]) -> None:
        super().__init__(lambda: self._now_utc)
        self._now_utc = began_at
        self._left = {work: list(instants) for work, instants in noted.items()}

    def at(self, work: str) -> datetime:
        """The instant at which `work` began then; of work that there was not, what it said last."""
        if self._left.get(work):
            self._now_utc = self._left[work].pop(0)
        return self._now_utc

    def move_to(self, instant: datetime) -> None:
        """An answer came then."""
        self._now_utc = instant


def note_begin(clock: Clock, work: str) -> datetime:
    """The instant at which `work` begins, remembered if `clock` is a run's."""
    return clock.at(work) if isinstance(clock, RunClock) else clock()


@dataclass(frozen=True)
class SourceAccount:
    """Where a source was asked, and as whom; no secret."""

    base_url: str
    account: str | None = None


@dataclass(frozen=True)
class RunRecord:
    """What a run was asked to do and when.

    `rows_id`: the id under which its rows stand. `assets`: the keys it was limited to, as `schema/table`; None: all of
    its job. `noted`: what its clock said, by the work that began then.
    """

    run_id: str
    rows_id: str
    job: str
    began_at: datetime
    ended_at: datetime
    dates: tuple[date, ...] = ()
    plant_code: str | None = None
    assets: tuple[str, ...] | None = None
    sources: Mapping[str, SourceAccount] = field(default_factory=dict)
    noted: Mapping[str, Sequence[datetime]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its key in the archive."""
        began_at = self.began_at.astimezone(UTC)
        return f"{RUNS}{began_at:%Y/%m/%d/%H%M%S.%f}-{self.job}-{self.run_id}.json"

    def settings_of(self, name: str, configured: SourceSettings | None) -> SourceSettings:
        """The settings of a source as they were, with credentials that are none."""
        account = self.sources[name]
        known = configured or SourceSettings(name, account.base_url)
        nobody: dict[str, Any] = {"token": "archive", "api_key": None, "email": None, "password": None}
        return replace(known, base_url=account.base_url, account=account.account, **nobody)


def write_run_record(archive: Archive, record: RunRecord) -> None:
    """Store the record of a run that has ended."""
    archive.put(record.key, io.BytesIO(orjson.dumps(asdict(record))))


def read_run_record(archive: Archive, key: str) -> RunRecord:
    """The record under a key; raises `ArchiveDamaged` if it cannot be read."""
    content = archive.read(key)
    try:
        fields = orjson.loads(content)
        return RunRecord(
            **{
                **fields,
                "began_at": datetime.fromisoformat(fields["began_at"]),
                "ended_at": datetime.fromisoformat(fields["ended_at"]),
                "dates": tuple(map(date.fromisoformat, fields["dates"])),
                "assets": None if fields["assets"] is None else tuple(fields["assets"]),
                "sources": {name: SourceAccount(**account) for name, account in fields["sources"].items()},
                "noted": {
                    work: [datetime.fromisoformat(instant) for instant in instants]
                    for work, instants in fields["noted"].items()
                },
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveDamaged(f"the record of a run {key} cannot be read ({type(error).__name__})") from error


def runs_of(archive: Archive, first: date, last: date) -> list[RunRecord]:
    """The runs that computed days from `first` to `last`, and those without days between them, as they began.

    Raises `UsageError` if there is none.
    """
    since = datetime.combine(first, time(), UTC) - _BEFORE
    keys = [key for key in archive.keys(RUNS) if (day := day_of(key)) is not None and day >= since.date()]
    runs = [read_run_record(archive, key) for key in keys]
    computing = [run for run in runs if any(first <= day <= last for day in run.dates)]
    if not computing:
        raise UsageError(
            f"the archive knows no run that computed a day from {first} to {last}{_days_known(runs)}; "
            "ARCHIVE_URL says which archive is read"
        )
    until = max(run.ended_at for run in computing)
    others = [run for run in runs if not run.dates and since <= run.began_at <= until]
    return sorted([*computing, *others], key=lambda run: run.began_at)


def _days_known(runs: Iterable[RunRecord]) -> str:
    days = [day for run in runs for day in run.dates]
    return f"; it knows runs of {min(days)} to {max(days)}" if days else ""
