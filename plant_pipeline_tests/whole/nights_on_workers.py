"""How long a night takes on one and two Celery workers, in one run and in eight shards.

`python -m plant_pipeline_tests.whole.nights_on_workers [PLANTS]`: not one of the ratios of `make bench`, as workers,
sandbox, Redis and PostgreSQL share the machine. Each night fills a warehouse of its own over the same two days.
"""

import sys
import tempfile
import uuid
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline_tests.whole.test_workers import Machines, wait_for

_NIGHTS = ((1, 1), (1, 8), (2, 1), (2, 8))
_ENDS = ("SUCCESS", "FAILURE")


def main(plants: int) -> None:
    """Run the four nights and print their seconds."""
    with tempfile.TemporaryDirectory(prefix="divided-nights-") as folder, serve(world=World.of(plants)) as sandbox:
        server_url = start_embedded_server(Path(folder) / "postgres")
        for workers, shards in _NIGHTS:
            home = Path(folder) / f"{workers}_{shards}"
            home.mkdir()
            machines = Machines(
                home, {**sandbox.environment, **_urls(server_url), "PLANT_PIPELINE_SHARDS": str(shards)}
            )
            try:
                print(f"{workers} worker(s), {shards} shard(s): {_night(machines, workers, shards)}", flush=True)
            finally:
                machines.end()


def _urls(server_url: str) -> dict[str, str]:
    names = [f"{what}_{uuid.uuid4().hex[:8]}" for what in ("warehouse", "instance")]
    with psycopg.connect(server_url, autocommit=True) as server:
        for name in names:
            server.execute(f"create database {name}")
    warehouse, instance = (make_url(server_url).set(database=name) for name in names)
    instance = instance.set(drivername="postgresql+psycopg2")
    return {
        "WAREHOUSE_URL": warehouse.render_as_string(hide_password=False),
        "DAGSTER_POSTGRES_URL": instance.render_as_string(hide_password=False),
    }


def _night(machines: Machines, workers: int, shards: int) -> str:
    for number in range(workers):
        machines.start_worker(f"worker{number}")
    machines.launch(shards)
    last = "closing" if shards > 1 else "whole"
    wait_for("the end of the night", lambda: any(own.part == last and own.status in _ENDS for own in machines.runs()))
    runs = machines.runs()
    inner = [own for own in runs if own.part.startswith(("shard", "whole"))]
    night_s = max(own.end_s for own in runs) - min(own.start_s for own in runs)
    inner_s = max(own.end_s for own in inner) - min(own.start_s for own in inner)
    work_s = sum(own.end_s - own.start_s for own in runs)
    return (
        f"{night_s:.0f} s, its shards {inner_s:.0f} s, seconds of work in all runs {work_s:.0f}; "
        f"{', '.join(sorted({own.status for own in runs}))}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
