"""Loading readings against `COPY BINARY` into a table without index, in one run.

    python -m benchmarks.load_readings [--rows 1000000] [--rounds 3]

Ratio = time of the bare COPY / time of our load, on the first load and on a re-run that brings the same rows again and
one that changes every value. The bare COPY into a table with the same key is shown beside it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.readings.load import SensorWindow, load_windows, rows_of
from plant_pipeline.warehouse import (
    Warehouse,
    connect,
    driver_connection,
    ensure_month_partitions,
    migrate,
)

_START = datetime(2026, 3, 1, tzinfo=UTC)
_PER_SENSOR = 288
_SENSORS_A_PLANT = 50


def windows(rows: int, factor: float) -> list[list[SensorWindow]]:
    """Plants of fifty sensors with a day of five-minute readings each."""
    starts_us = int(_START.timestamp()) * 1_000_000 + np.arange(_PER_SENSOR, dtype=np.int64) * 300_000_000
    sensors = [
        SensorWindow(number, _START, _START + timedelta(days=1), starts_us, np.full(_PER_SENSOR, number * factor))
        for number in range(1, rows // _PER_SENSOR + 1)
    ]
    return [sensors[i : i + _SENSORS_A_PLANT] for i in range(0, len(sensors), _SENSORS_A_PLANT)]


def bare_copy(connection: Connection, table: str, plants: list[list[SensorWindow]]) -> None:
    """The limit: the same binary rows into a plain table."""
    header, trailer = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
    statement = f"copy {table} from stdin with (format binary)"
    with driver_connection(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(header)
        for plant in plants:
            copy.write(b"".join(rows_of(window).tobytes() for window in plant))
        copy.write(trailer)


def timed(warehouse: Warehouse, work: Callable[[Connection], object]) -> float:
    """Seconds of one transaction."""
    started = time.perf_counter()
    with warehouse.transaction() as connection:
        work(connection)
    return time.perf_counter() - started


def load(warehouse: Warehouse, plants: list[list[SensorWindow]]) -> float:
    """Seconds of loading plant by plant, a transaction each, as a night does."""
    return sum(timed(warehouse, partial(load_windows, windows=plant)) for plant in plants)


def measure(warehouse: Warehouse, rows: int) -> dict[str, float]:
    """One round: seconds of each way."""
    first, changed = windows(rows, 1.5), windows(rows, 2.5)
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("drop table if exists bare, keyed")
        for name, key in (("bare", ""), ("keyed", ", primary key (sensor_id, period_start)")):
            connection.exec_driver_sql(
                f"create table {name} (sensor_id integer not null, period_start timestamptz not null, "
                f"value double precision not null{key})"
            )
        connection.exec_driver_sql("truncate energy.reading")
        ensure_month_partitions(connection, "energy.reading", _START.date(), _START.date())
    return {
        "COPY BINARY, no index (limit)": timed(warehouse, lambda c: bare_copy(c, "bare", first)),
        "COPY BINARY, with key": timed(warehouse, lambda c: bare_copy(c, "keyed", first)),
        "first load": load(warehouse, first),
        "re-run, same values": load(warehouse, first),
        "re-run, all values changed": load(warehouse, changed),
    }


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        url = start_embedded_server(Path(directory) / "postgres")
        with connect(url) as warehouse:
            migrate(warehouse)
            rounds = [measure(warehouse, arguments.rows) for _ in range(arguments.rounds)]
    medians = {way: statistics.median(figures[way] for figures in rounds) for way in rounds[0]}
    limit = medians["COPY BINARY, no index (limit)"]
    print(f"{arguments.rows} rows, {arguments.rounds} rounds, medians; ratio = limit / way")
    for way, seconds in medians.items():
        print(f"{way:32} {seconds:7.2f} s   {limit / seconds:5.2f}")


if __name__ == "__main__":
    main()
