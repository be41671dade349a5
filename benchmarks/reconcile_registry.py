"""Two systems of many plants reconciled into an empty warehouse, again with nothing changed, and with a tenth changed.

Seconds of the whole reconciliation with its writes, by the wall clock; the plants are those of `match_registry`.
"""

import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.match_registry import HELD_OUT_SEED, two_systems
from plant_pipeline.embedded_postgres import start_embedded_server, stop_embedded_server
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.records import source_order
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import connect, migrate

_NIGHT = datetime(2026, 3, 10, 3, tzinfo=UTC)


def _changed(number: int, candidate: PlantCandidate) -> PlantCandidate:
    """Every tenth record with another capacity."""
    capacity_kw = candidate.capacity_ac_kw
    return replace(candidate, capacity_ac_kw=capacity_kw * 1.01) if number % 10 == 0 and capacity_kw else candidate


def main() -> None:
    """Print one line a night."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    records, _ = two_systems(count, HELD_OUT_SEED)
    sources = {each.source for each in records}
    source_order()  # imports all sources, which a run has done long before
    nights = {
        "first": records,
        "nothing changed": records,
        "a tenth changed": [_changed(number, each) for number, each in enumerate(records)],
    }
    with tempfile.TemporaryDirectory() as folder:
        try:
            with connect(start_embedded_server(Path(folder))) as warehouse:
                migrate(warehouse)
                for number, (name, delivered) in enumerate(nights.items()):
                    now_utc = _NIGHT + timedelta(days=number)
                    started = time.perf_counter()
                    with warehouse.transaction() as connection:
                        reconcile(connection, delivered, complete_sources=sources, now_utc=now_utc)
                    seconds = time.perf_counter() - started
                    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                    print(f"{count} x {count}, {name}: {seconds:.1f} s, peak {peak_mb:.0f} MB")
        finally:
            stop_embedded_server(Path(folder))


if __name__ == "__main__":
    main()
