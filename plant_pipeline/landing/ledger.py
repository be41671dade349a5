"""The fetch ledger: one row in `landing.fetch` for each archived body.

What belongs here: taking what the HTTP client received to the archive and into the ledger. What does not: the layout of
objects (`packs`), outcomes of whole streams (`stream`).

A row stands in the ledger only once its body is durable: a kill loses at most bodies that no row speaks of.
"""

import posixpath
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from plant_pipeline.http import Received
from plant_pipeline.landing.archive import Archive
from plant_pipeline.landing.packs import Pack, join_answers
from plant_pipeline.warehouse import Warehouse, copy_rows, ensure_month_partitions

_FLUSH_ROWS = 2_000
_FLUSH_BYTES = 64 << 20
_MOST_TOGETHER = 1_000


class FetchLedger:
    """Packs bodies as they arrive; archive and ledger have them with the next `flush`, or the one after many bodies.

    `is_together`: what is asked many times a day; up to 1,000 answers of an entity share a body and its row.
    `objects`: gets the keys of what was stored.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        archive: Archive,
        source: str,
        run_id: str,
        *,
        is_together: bool = False,
        objects: list[str] | None = None,
    ) -> None:
        self._warehouse, self._archive, self._source, self._run_id = warehouse, archive, source, run_id
        self._is_together, self._objects = is_together, objects
        self._waiting: dict[str, list[Received]] = {}
        self._packs: dict[tuple[str, date], Pack] = {}
        self._rows: list[dict[str, Any]] = []

    def record(self, received: Received) -> None:
        """Take one body along and note it."""
        if not self._is_together:
            self._record(received)
            return
        waiting = self._waiting.setdefault(received.entity, [])
        waiting.append(received)
        if len(waiting) >= _MOST_TOGETHER:
            self._record_together(self._waiting.pop(received.entity))

    def _record_together(self, answers: Sequence[Received]) -> None:
        first = answers[0]
        if len(answers) == 1:
            self._record(first)
            return
        paths = {answer.path.partition("?")[0] for answer in answers}
        joined = replace(
            first,
            path=first.path if len(paths) == 1 else f"{posixpath.commonpath(paths).rstrip('/')}/*",
            query=None,
            http_status=max(answer.http_status for answer in answers),
            body=join_answers(answers),
            attempt=max(answer.attempt for answer in answers),
        )
        counts = [count_records(answer.json) or 0 for answer in answers if 200 <= answer.http_status < 300]
        self._record(joined, answer_count=len(answers), record_count=sum(counts))

    def _record(self, received: Received, **known: int) -> None:
        fetched_at = received.received_at.astimezone(UTC)
        pack = self._pack(received.entity, fetched_at)
        place = pack.add(received.body)
        self._rows.append(
            {
                "fetched_at": fetched_at,
                "source": self._source,
                "entity": received.entity,
                "path": received.path.partition("?")[0],
                "query": received.query,
                "http_status": received.http_status,
                "object_key": place.object_key,
                "byte_offset": place.byte_offset,
                "byte_length": place.byte_length,
                "sha256": place.sha256,
                "byte_count": place.byte_count,
                "record_count": count_records(received.json) if 200 <= received.http_status < 300 else None,
                "attempts": received.attempt,
                "run_id": self._run_id,
                "answer_count": None,
                **known,
            }
        )
        if len(self._rows) >= _FLUSH_ROWS or pack.byte_count >= _FLUSH_BYTES:
            self.flush()

    def _pack(self, entity: str, fetched_at: datetime) -> Pack:
        """The pack of an entity and UTC day: whole days are deleted in the end."""
        key = (entity, fetched_at.date())
        if key not in self._packs:
            self._packs[key] = Pack(self._source, entity, fetched_at)
        return self._packs[key]

    def flush(self) -> None:
        """Seal the packs, then commit the rows of their bodies."""
        waiting, self._waiting = self._waiting, {}
        for answers in waiting.values():
            self._record_together(answers)
        packs, rows = self._packs, self._rows
        self._packs, self._rows = {}, []
        with ExitStack() as closing:
            for pack in packs.values():
                closing.callback(pack.close)
            sealed: list[dict[str, Any]] = []
            try:
                for pack in packs.values():
                    own = [row for row in rows if row["object_key"] == pack.object_key]
                    pack.seal(self._archive, own)
                    sealed += own
                    if self._objects is not None:
                        self._objects.append(pack.object_key)
            finally:  # what is in the archive stays known, also if the next pack is refused
                write_rows(self._warehouse, sealed)


def write_rows(warehouse: Warehouse, rows: list[dict[str, Any]]) -> None:
    """Add rows to the ledger in one transaction."""
    if not rows:
        return
    dates = [row["fetched_at"].date() for row in rows]
    columns = list({name: None for row in rows for name in row})  # an index of an earlier version has fewer
    with warehouse.transaction() as connection:
        ensure_month_partitions(connection, "landing.fetch", min(dates), max(dates))
        copy_rows(connection, "landing.fetch", columns, ([row.get(name) for name in columns] for row in rows))


def count_records(parsed: Any) -> int | None:
    """How many records an answer holds: the length of its list, or 1 for a single object; None if not JSON."""
    if isinstance(parsed, list):
        return len(parsed)
    if isinstance(parsed, dict):
        for name in ("data", "values"):
            if isinstance(parsed.get(name), list):
                return len(parsed[name])
        return 1
    return None if parsed is None else 1
