"""The answers that one run had, found again in the archive by what was asked for, in the order they came.

What belongs here: indexes to calls, calls to bodies. What does not: which runs there are (`run_record`), what an answer
means.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from plant_pipeline.errors import ArchiveLost
from plant_pipeline.http import ArchivedAnswer
from plant_pipeline.landing.archive import Archive, read_body
from plant_pipeline.landing.packs import INDEX, began_at_of, body_place, index_key, read_index, split_answers
from plant_pipeline.landing.run_record import ReplayedClock, RunRecord

_Asked = tuple[str, str, str | None]  # entity, path, query
_Row = Mapping[str, Any]


class ArchivedRun:
    """What the sources answered in one run; each answer is given once. `only_source`: the others are not asked."""

    def __init__(
        self, archive: Archive, record: RunRecord, clock: ReplayedClock, only_source: str | None = None
    ) -> None:
        self._archive, self._clock = archive, clock
        self.record, self.only_source = record, only_source
        self._waiting: dict[str, dict[_Asked, deque[_Row]]] = {}

    def find(self, source: str, entity: str | None, path: str, query: str | None) -> ArchivedAnswer | None:
        """The next answer to a call; without an entity, an empty one if the source has an answer left.

        Raises `ArchiveDamaged` if its body is not what was stored.
        """
        if source not in self._waiting:
            rows = rows_of_run(self._archive, source, self.record)
            self._waiting[source] = _calls(answer for row in rows for answer in self._answers(row))
        waiting = self._waiting[source]
        if entity is None:
            return ArchivedAnswer(self._clock(), 200, b"{}") if any(waiting.values()) else None
        left = waiting.get((entity, path, query))
        if not left:
            return None
        row = left.popleft()
        self._clock.move_to(row["fetched_at"])
        body = row["body"] if "body" in row else read_body(self._archive, body_place(row))
        return ArchivedAnswer(row["fetched_at"], row["http_status"], body)

    def _answers(self, row: _Row) -> list[_Row]:
        """The answers of a row, those that share it taken apart, with their bodies."""
        if row.get("answer_count") is None:  # earlier versions had none such
            return [{**row, "is_usable": row["record_count"] is not None}]
        return [{**row, **line} for line in split_answers(read_body(self._archive, body_place(row)))]


def rows_of_run(archive: Archive, source: str, record: RunRecord) -> list[_Row]:
    """The ledger rows of a source in a run, by the indexes in the archive, as the answers came."""
    rows = [row for key in _index_keys(archive, source, record) for row in _rows_in(archive, key)]
    own = [
        row
        for row in rows
        if row["run_id"] == record.rows_id and record.began_at <= row["fetched_at"] <= record.ended_at
    ]
    return sorted(own, key=lambda row: row["fetched_at"])


def _rows_in(archive: Archive, key: str) -> Sequence[_Row]:
    """The rows of an index; none where it is gone: what they told of is then what the run has no answer to."""
    try:
        return read_index(archive, key).rows
    except ArchiveLost:
        return ()


def _index_keys(archive: Archive, source: str, record: RunRecord) -> Iterator[str]:
    if record.objects is not None:
        yield from (index_key(key) for key in record.objects if key.startswith(f"{source}/"))
        return
    for key in _indexes_of_earlier_versions(archive, source):
        instant = began_at_of(key)
        if instant is not None and record.began_at <= instant <= record.ended_at:
            yield key


@lru_cache(maxsize=8)
def _indexes_of_earlier_versions(archive: Archive, source: str) -> tuple[str, ...]:
    """Listed once for all runs whose record does not say where their answers lie: no more of them are made."""
    return tuple(key for key in archive.keys(f"{source}/") if key.endswith(INDEX))


def _calls(rows: Iterable[_Row]) -> dict[_Asked, deque[_Row]]:
    """By what was asked for, the last answer to each call; one that was tried again counts its tries."""
    calls: dict[_Asked, deque[_Row]] = defaultdict(deque)
    for row in rows:
        own = calls[row["entity"], row["path"], row["query"]]
        if own and not own[-1]["is_usable"] and row["attempts"] > own[-1]["attempts"]:
            own[-1] = row
        else:
            own.append(row)
    return calls
