"""Records of runs in the archive: what a run was asked to do, of whom, and what its clock said where work began.

What belongs here: the record, the clocks that make and read it, which runs computed which days. What does not: the
answers a run had (`archived_run`), running anything.

Without them an archive holds answers that nobody can put to use again: no body says for which days it was asked for.
"""

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import orjson

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import ArchiveDamaged, UsageError
from plant_pipeline.landing.archive import Archive
from plant_pipeline.landing.packs import began_at_of, day_of

RUNS: Final = "runs/"
_BEFORE = timedelta(hours=38)  # a day begins 14 h before it does in UTC; the day before, the forecast of it was had
_OVER = timedelta(days=1, hours=12)  # it ends 12 h after it does in UTC
_WITHOUT_DAYS = "nodays"
_DAYS_IN_KEY = re.compile(r"-(?:nodays|(\d{8})_(\d{8}))-[^/]*\.json$")

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
    """Where a source was asked, and as whom; no secret. `choices`: values of those variables that have only a few."""

    base_url: str
    account: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """What a run was asked to do and when.

    `rows_id`: the id under which its rows stand. `assets`: the keys it was limited to, as `schema/table`; None: all of
    its job. `noted`: what its clock said, by the work that began then. `objects`: the keys of the packs that hold its
    answers; None: an earlier version did not note them. `part`: of a night divided between runs, what this one did;
    `divided`: the run that began that night.
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
    objects: tuple[str, ...] | None = None
    part: str | None = None
    divided: str | None = None

    @property
    def key(self) -> str:
        """Its key in the archive, which tells when it began and for which days."""
        began_at = self.began_at.astimezone(UTC)
        days = f"{min(self.dates):%Y%m%d}_{max(self.dates):%Y%m%d}" if self.dates else _WITHOUT_DAYS
        return f"{RUNS}{began_at:%Y/%m/%d/%H%M%S.%f}-{self.job}-{days}-{self.run_id}.json"

    def settings_of(self, name: str, configured: SourceSettings | None) -> SourceSettings:
        """The settings of a source as they were, with credentials that are none."""
        account = self.sources[name]
        known = configured or SourceSettings(name, account.base_url)
        nobody: dict[str, Any] = {"token": "archive", "api_key": None, "email": None, "password": None}
        others = {**known.others, **account.choices}
        return replace(known, base_url=account.base_url, account=account.account, others=others, **nobody)


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
                "objects": None if fields.get("objects") is None else tuple(fields["objects"]),
                "sources": {name: SourceAccount(**account) for name, account in fields["sources"].items()},
                "noted": {
                    work: [datetime.fromisoformat(instant) for instant in instants]
                    for work, instants in fields["noted"].items()
                },
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveDamaged(f"the record of a run {key} cannot be read ({type(error).__name__})") from error


@dataclass(frozen=True)
class _Told:
    """What the key of a record tells: when the run began, and its first and last day; () if it computed none.

    An earlier version's key does not tell the days: then the record has been read for them.
    """

    key: str
    began_at: datetime
    days: tuple[date, ...]
    record: RunRecord | None = None

    def read(self, archive: Archive) -> RunRecord:
        """The record itself."""
        return self.record or read_run_record(archive, self.key)


def _told(archive: Archive, key: str) -> _Told | None:
    began_at, found = began_at_of(key), _DAYS_IN_KEY.search(key)
    if began_at is None:
        return None
    if found is None:
        record = read_run_record(archive, key)
        return _Told(key, record.began_at, record.dates, record)
    return _Told(key, began_at, tuple(date.fromisoformat(text) for text in found.groups() if text))


def runs_of(archive: Archive, first: date, last: date) -> list[RunRecord]:
    """The runs that computed days from `first` to `last`, and those without days that these found something of.

    Those are the ones from before the days began until they are over, and the ones just before a run that computed
    them. In the order they began; the records of no others are read. Raises `UsageError` if there is none.
    """
    since = datetime.combine(first, time(), UTC) - _BEFORE
    over = datetime.combine(last, time(), UTC) + _OVER
    keys = (key for key in archive.keys(RUNS) if (day := day_of(key)) is not None and day >= since.date())
    told = [own for key in keys if (own := _told(archive, key)) is not None]
    computing = [own.read(archive) for own in told if own.days and min(own.days) <= last and max(own.days) >= first]
    if not computing:
        raise UsageError(
            f"the archive knows no run that computed a day from {first} to {last}{_days_known(told)}; "
            "ARCHIVE_URL says which archive is read"
        )
    spans = [(since, over), *((run.began_at - _BEFORE, run.ended_at) for run in computing)]
    others = [
        own.read(archive)
        for own in told
        if not own.days and own.began_at >= since and any(begin <= own.began_at <= end for begin, end in spans)
    ]
    return sorted([*computing, *others], key=lambda run: run.began_at)


def _days_known(told: Iterable[_Told]) -> str:
    days = [day for own in told for day in own.days]
    return f"; it knows runs of {min(days)} to {max(days)}" if days else ""
