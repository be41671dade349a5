"""Daily energy against the bare window query of the same method on the same readings, everything written included.

Run `python benchmarks/daily_energy.py [sensors] [rounds]`. Every method gets a database of its own in an embedded
PostgreSQL: sensors read every five minutes over one day and two hours on either side, in order of sensors, as the
nightly load leaves them. Bare queries and `compute_day` take turns; `first` writes the day, `again` finds it unchanged.
`cpu` are the same ratios in processor time of both sides, which other work on the machine disturbs less.
"""

import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import psutil
import psycopg
from sqlalchemy import Connection, make_url

from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.energy.daily import compute_day
from plant_pipeline.warehouse import (
    Warehouse,
    connect,
    driver_connection,
    ensure_month_partitions,
    migrate,
)

DAY: Final = date(2026, 6, 15)
NOW: Final = datetime(2026, 6, 17, tzinfo=UTC)
LIMIT: Final = 1.5
SENSORS: Final = 5000
ROUNDS: Final = 5

_DIFFERENCE = "case when value >= before then value - before else value end"
_BEFORE = "lag(value) over in_time as before"
_SECONDS = "least(date_part('epoch', lead(period_start) over in_time - period_start), 450) as seconds"
_STEP_S = 300


@dataclass(frozen=True)
class Case:
    """One method: its sensors, the value of a reading, and the bare query's sum over `inner` columns."""

    method: str
    title: str
    quantity: str
    is_cumulative: bool
    resolution_min: int
    sensors_per_plant: int
    value: str
    bare_sum: str
    bare_inner: str


_BELL_W = "greatest(0, 1e5 * sin(pi() * (step - 72) / 144))"
CASES: Final = (
    Case("register_difference", "register", "production_energy", True, 0, 1, "1e9 + 900.0 * step",
         _DIFFERENCE, _BEFORE),
    Case("interval_energy", "interval energy", "production_energy", False, 5, 1, f"{_BELL_W} / 12",
         f"value * seconds / {_STEP_S}", _SECONDS),
    Case("power_integral", "power, means", "ac_power", False, 5, 1, _BELL_W, "value * seconds", _SECONDS),
    Case("power_integral", "power, instants", "ac_power", False, 0, 1, _BELL_W, "(value + next_value) / 2 * seconds",
         f"{_SECONDS}, lead(value) over in_time as next_value"),
    Case("inverter_sum", "inverter sum", "ac_power", False, 5, 10, _BELL_W, "value * seconds", _SECONDS),
    Case("inverter_sum", "inverter sum, 1 % lost", "ac_power", False, 5, 10, _BELL_W, "value * seconds", _SECONDS),
)  # fmt: skip


def main() -> None:
    """Print one line for each method."""
    sensors = int(sys.argv[1]) if len(sys.argv) > 1 else SENSORS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    print(f"{sensors:,} sensors, {sensors * 288:,} readings of the day, median of {rounds} rounds, seconds")
    print(f"{'method':24}{'bare':>8}{'first':>8}{'ratio':>7}{'cpu':>7}{'again':>8}{'ratio':>7}{'cpu':>7}")
    with tempfile.TemporaryDirectory(prefix="daily-energy-", ignore_cleanup_errors=True) as directory:
        server_url = start_embedded_server(Path(directory) / "postgres")
        for case in CASES:
            with _database(server_url) as warehouse:
                _fill(warehouse, case, sensors)
                print(_line(case, *_measure(warehouse, case, rounds)))


def _line(case: Case, bare: "Cost", first: "Cost", again: "Cost") -> str:
    columns = [f"{case.title:24}{bare.wall_s:8.2f}"]
    for cost in (first, again):
        columns += [f"{cost.wall_s:8.2f}{cost.wall_s / bare.wall_s:7.2f}{cost.cpu_s / bare.cpu_s:7.2f}"]
    return "".join(columns)


@contextmanager
def _database(server_url: str) -> Iterator[Warehouse]:
    name = f"energy_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    with connect(make_url(server_url).set(database=name).render_as_string(hide_password=False)) as warehouse:
        migrate(warehouse)
        yield warehouse
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def _fill(warehouse: Warehouse, case: Case, sensors: int) -> None:
    equipment_type = "inverter" if case.method == "inverter_sum" else "meter"
    lost = "random() < 0.01" if "lost" in case.title else "false"
    statements = (
        "select setseed(0.5)",
        f"""
        insert into registry.plant (
            plant_id, plant_code, name, technology, latitude, longitude, timezone, capacity_ac_kw, status,
            first_seen_at, updated_at
        )
        select
            md5('plant ' || n)::uuid, 'P-' || n, 'plant ' || n, 'solar', 52, mod(n, 15), 'UTC', 150, 'active',
            now(), now()
        from generate_series(0, {(sensors - 1) // case.sensors_per_plant}) as n
        """,
        f"""
        insert into registry.equipment (
            equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present
        )
        select
            md5('device ' || n)::uuid, md5('plant ' || n / {case.sensors_per_plant})::uuid, 'flexmeasures', n::text,
            'device ' || n, '{equipment_type}', true
        from generate_series(0, {sensors - 1}) as n
        """,
        f"""
        insert into registry.sensor (
            equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, is_cumulative, is_main, resolution,
            is_present
        )
        select
            equipment_id, plant_id, source, source_asset_id, name, '{case.quantity}',
            '{"W" if case.quantity == "ac_power" else "Wh"}', {case.is_cumulative}, equipment_type = 'meter',
            interval '{case.resolution_min} min', true
        from registry.equipment
        """,
        f"""
        insert into energy.reading (sensor_id, period_start, value)
        select sensor_id, '{DAY}'::timestamp at time zone 'UTC' + step * interval '5 min', {case.value}
        from registry.sensor
        cross join generate_series(-24, 288 + 23) as step
        where not {lost}
        order by sensor_id, step
        """,
    )
    with warehouse.transaction() as connection:
        ensure_month_partitions(connection, "energy.reading", DAY, DAY)
        for statement in statements:
            connection.exec_driver_sql(statement)
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")


def _measure(warehouse: Warehouse, case: Case, rounds: int) -> tuple["Cost", "Cost", "Cost"]:
    tables = ("energy.plant_daily", "energy.plant_daily_candidate", "energy.restatement")
    works: tuple[Callable[[Connection, Case], None], ...] = (_bare, _compute, _compute)
    costs: list[list[Cost]] = [[], [], []]
    for _ in range(rounds):
        with warehouse.transaction() as connection:
            connection.exec_driver_sql(f"truncate {', '.join(tables)}")
        for work, own in zip(works, costs, strict=True):
            own.append(_cost(warehouse, case, work))
    bare, first, again = (
        Cost(statistics.median(one.wall_s for one in own), statistics.median(one.cpu_s for one in own)) for own in costs
    )
    return bare, first, again


@dataclass(frozen=True)
class Cost:
    """Elapsed time, and processor time of this process and of the server's for it."""

    wall_s: float
    cpu_s: float


def _cost(warehouse: Warehouse, case: Case, work: Callable[[Connection, Case], None]) -> Cost:
    with warehouse.engine.connect() as connection:
        server = psutil.Process(driver_connection(connection).info.backend_pid)
        before_s = sum(server.cpu_times()[:2]) + time.process_time()
        started = time.perf_counter()
        work(connection, case)
        connection.commit()
        wall_s = time.perf_counter() - started
        return Cost(wall_s, sum(server.cpu_times()[:2]) + time.process_time() - before_s)


def _bare(connection: Connection, case: Case) -> None:
    connection.exec_driver_sql(
        f"""
        select sensor_id, sum({case.bare_sum})
        from (
            select sensor_id, value, {case.bare_inner}
            from energy.reading
            where period_start >= '{DAY} 00:00Z' and period_start < '{DAY} 24:00Z'
            window in_time as (partition by sensor_id order by period_start)
        ) as stepped
        group by sensor_id
        """
    ).all()


def _compute(connection: Connection, case: Case) -> None:
    result = compute_day(connection, DAY, now_utc=NOW, run_id="benchmark")
    if set(result.by_method) != {case.method}:
        raise SystemExit(f"{case.title}: expected {case.method} for every plant, got {result}")


if __name__ == "__main__":
    main()
