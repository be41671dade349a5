"""The fetch ledger: one row in `landing.fetch` for each archived body.

What belongs here: taking what the HTTP client received to the archive and into the ledger. What does not: outcomes of
whole streams (`stream`).
"""

from datetime import UTC
from typing import Any

from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.warehouse import Warehouse, copy_rows, ensure_month_partitions

_FLUSH_ROWS = 500


class FetchLedger:
    """Archives each body as it arrives; the ledger rows follow in batches and at `flush`."""

    def __init__(self, warehouse: Warehouse, archive: FileArchive, source: str, run_id: str) -> None:
        self._warehouse, self._archive, self._source, self._run_id = warehouse, archive, source, run_id
        self._rows: list[dict[str, Any]] = []

    def record(self, received: Received) -> None:
        """Archive one body and note it."""
        stored = self._archive.put(self._source, received.entity, received.body, received.received_at)
        self._rows.append(
            {
                "fetched_at": received.received_at.astimezone(UTC),
                "source": self._source,
                "entity": received.entity,
                "path": received.path.partition("?")[0],
                "query": received.query,
                "http_status": received.http_status,
                "object_key": stored.object_key,
                "sha256": stored.sha256,
                "byte_count": stored.byte_count,
                "record_count": count_records(received.json) if 200 <= received.http_status < 300 else None,
                "attempts": received.attempt,
                "run_id": self._run_id,
            }
        )
        if len(self._rows) >= _FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Commit the rows noted so far."""
        if not self._rows:
            return
        dates = [row["fetched_at"].date() for row in self._rows]
        with self._warehouse.transaction() as connection:
            ensure_month_partitions(connection, "landing.fetch", min(dates), max(dates))
            copy_rows(connection, "landing.fetch", list(self._rows[0]), (list(row.values()) for row in self._rows))
        self._rows = []


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
