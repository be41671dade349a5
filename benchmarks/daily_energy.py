"""The daily energy and KPIs of plants against the bare window query on the same readings, everything written included.

Run `python -m benchmarks.daily_energy [sensors] [rounds]`. Every fleet gets a database of its own in an embedded
PostgreSQL: sensors read every five minutes over one day and two hours on either side, in order of sensors, as the
nightly load leaves them. Bare queries and ours take turns. All figures are processor time of both sides, which other
work on the machine disturbs least: bare in µs a sensor, the others as multiples of it.

`first` writes the day, `again` finds it unchanged, `0.2 % lost` lacks readings at random, `with KPIs` is energy and
KPIs of such a day after every plant got two pyranometers and a module thermometer, against the bare query on all of it.
Then: what a plant costs in small and large fleets, and the peak memory of the client (of its own process).
"""

import argparse
import re
import statistics
import subprocess
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
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.warehouse import (
    Warehouse,
    connect,
    driver_connection,
    ensure_month_partitions,
    migrate,
)

DAY: Final = date(2026, 6, 15)
NOW: Final = datetime(2026, 6, 17, tzinfo=UTC)
SENSORS: Final = 2000
ROUNDS: Final = 5
LOST: Final = 0.002
GROWTH: Final = (200, 1000, 5000)
PEAK: Final = (200, 1000)

_DIFFERENCE = "case when value >= before then value - before else value end"
_BEFORE = "lag(value) over in_time as before"
_SECONDS = "least(date_part('epoch', lead(period_start) over in_time - period_start), 450) as seconds"
_MEANS = ("value * seconds", _SECONDS)
_BELL = "greatest(0, 1e5 * sin(pi() * (step - 72) / 144))"
_SUNLIT_H = "least(greatest(step / 12.0 - 4, 0), 16)"
_COUNTED = f"1e9 + 1e5 * ({_SUNLIT_H} / 2 - 4 / pi() * sin(pi() * {_SUNLIT_H} / 8))"


@dataclass(frozen=True)
class Kind:
    """One kind of sensor: `equipment` it sits on, the value of a reading."""

    equipment: str
    quantity: str
    unit: str
    is_cumulative: bool
    resolution_min: int
    value: str


_REGISTER = Kind("meter", "production_energy", "Wh", True, 0, _COUNTED)
_INTERVAL = Kind("meter", "production_energy", "Wh", False, 5, f"{_BELL} / 12")
_MEAN = Kind("meter", "ac_power", "W", False, 5, _BELL)
_INSTANT = Kind("meter", "ac_power", "W", False, 0, _BELL)
_INVERTER = Kind("inverter", "ac_power", "W", False, 5, f"{_BELL} * (1 + 0.01 * mod(n, 7))")
_POA = Kind("weather_station", "irradiance_poa", "W/m²", False, 5, f"{_BELL} / 120")
_GHI = Kind("weather_station", "irradiance_ghi", "W/m²", False, 5, f"{_BELL} / 140")
_TEMPERATURE = Kind("weather_station", "module_temperature", "°C", False, 5, f"10 + {_BELL} / 3000")


@dataclass(frozen=True)
class Fleet:
    """Plants of one shape: the sensors of each, the method expected, and the bare query's sum over `inner` columns."""

    title: str
    method: str
    kinds: tuple[Kind, ...]
    bare: tuple[str, str]


FLEETS: Final = (
    Fleet("register", "register_difference", (_REGISTER,), (_DIFFERENCE, _BEFORE)),
    Fleet("interval energy", "interval_energy", (_INTERVAL,), (f"value * seconds / {300}", _SECONDS)),
    Fleet("power, means", "power_integral", (_MEAN,), _MEANS),
    Fleet("power, instants", "power_integral", (_INSTANT,),
          ("(value + next_value) / 2 * seconds", f"{_SECONDS}, lead(value) over in_time as next_value")),
    Fleet("inverter sum", "inverter_sum", 10 * (_INVERTER,), _MEANS),
    Fleet("mixed", "power_integral", (_MEAN, *16 * (_INVERTER,)), _MEANS),
)  # fmt: skip
WEATHER: Final = (_POA, _GHI, _TEMPERATURE)


@dataclass(frozen=True)
class Cost:
    """Elapsed time, and processor time of this process and of the server's for it."""

    wall_s: float
    cpu_s: float


def main() -> None:
    """Print a line for each fleet, then those of growth and memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sensors", nargs="?", type=int, default=SENSORS)
    parser.add_argument("rounds", nargs="?", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=[fleet.title for fleet in FLEETS], help="one fleet, no growth, no memory")
    parser.add_argument("--peak-of", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        _print_peak(arguments.peak_of)
        return
    print(f"{arguments.sensors:,} sensors, {arguments.sensors * 288:,} readings of the day, {arguments.rounds} rounds")
    print(f"{'fleet':18}{'bare, µs':>10}{'first':>8}{'again':>8}{'0.2 % lost':>12}{'with KPIs':>11}")
    with tempfile.TemporaryDirectory(prefix="daily-energy-", ignore_cleanup_errors=True) as directory:
        server_url = start_embedded_server(Path(directory) / "postgres")
        for fleet in FLEETS:
            if arguments.only in (None, fleet.title):
                plants = max(arguments.sensors // len(fleet.kinds), 1)
                with _database(server_url) as warehouse:
                    print(_line(warehouse, fleet, plants, arguments.rounds), flush=True)
        if arguments.only is None:
            _print_growth(server_url, arguments.rounds)
            _print_peaks(server_url)


def _line(warehouse: Warehouse, fleet: Fleet, plants: int, rounds: int) -> str:
    _fill(warehouse, fleet.kinds, plants)
    bare, first, again = _measure(warehouse, fleet, rounds, (_bare, _compute, _compute))
    columns = [f"{fleet.title:18}{bare.cpu_s / plants / len(fleet.kinds) * 1e6:10.0f}"]
    columns += [f"{first.cpu_s / bare.cpu_s:8.2f}{again.cpu_s / bare.cpu_s:8.2f}"]
    _lose(warehouse)
    bare, lost = _measure(warehouse, fleet, rounds, (_bare, _compute))
    columns += [f"{lost.cpu_s / bare.cpu_s:12.2f}"]
    _fill(warehouse, WEATHER, plants, first=len(fleet.kinds))
    bare, everything = _measure(warehouse, fleet, rounds, (_bare, _compute_all))
    return "".join([*columns, f"{everything.cpu_s / bare.cpu_s:11.2f}"])


def _print_growth(server_url: str, rounds: int) -> None:
    fleet = FLEETS[2]
    for plants in GROWTH:
        with _database(server_url) as warehouse:
            _fill(warehouse, (*fleet.kinds, *WEATHER), plants)
            everything, _ = _measure(warehouse, fleet, rounds, (_compute_all, _bare))
            print(f"{plants:,} plants: {everything.cpu_s / plants * 1e6:.0f} µs a plant, energy and KPIs", flush=True)


def _print_peaks(server_url: str) -> None:
    fleet = FLEETS[-1]
    for plants in PEAK:
        with _database(server_url) as warehouse:
            _fill(warehouse, (*fleet.kinds, *WEATHER), plants)
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.daily_energy", "--peak-of", warehouse.url]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- ourselves
            sensors = len(fleet.kinds) + len(WEATHER)
            print(f"{plants:,} plants of {sensors} sensors: peak {done.stdout.strip()} MB", flush=True)


def _print_peak(url: str) -> None:
    with connect(url) as warehouse, warehouse.transaction() as connection:
        _compute_all(connection, FLEETS[-1])
    # Not ru_maxrss: that begins with the memory of the process that started this one.
    own = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    print(f"{int(own[1]) / 1024:.0f}" if own else "not known")


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


# -- fleets --
def _fill(warehouse: Warehouse, kinds: tuple[Kind, ...], plants: int, first: int = 0) -> None:
    """Add a sensor of every kind, each on a device of its own, and its readings to each plant."""
    with warehouse.transaction() as connection:
        ensure_month_partitions(connection, "energy.reading", DAY, DAY)
        connection.exec_driver_sql("select setseed(0.5)")
        connection.exec_driver_sql(_PLANTS, {"plants": plants, "capacity_kw": 150 * len(kinds)})
        for n, kind in enumerate(kinds, first):
            connection.exec_driver_sql(_DEVICES, {"n": n, "plants": plants, "equipment": kind.equipment})
            connection.exec_driver_sql(_SENSORS, {"n": n, **vars(kind)})
        for n, kind in enumerate(kinds, first):
            connection.exec_driver_sql(_READINGS.format(value=kind.value), {"n": n, "day": DAY})
    _vacuum(warehouse)


_PLANTS = """
insert into registry.plant (
    plant_id, plant_code, name, technology, latitude, longitude, timezone, capacity_ac_kw, capacity_dc_kw, status,
    first_seen_at, updated_at
)
select
    md5('plant ' || p)::uuid, 'P-' || p, 'plant ' || p, 'solar', 52, mod(p, 15), 'UTC', %(capacity_kw)s,
    1.2 * %(capacity_kw)s, 'active', now(), now()
from generate_series(1, %(plants)s) as p
on conflict do nothing
"""
_DEVICES = """
insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present)
select
    md5(p || ' device ' || %(n)s)::uuid, md5('plant ' || p)::uuid, 'flexmeasures', p || '-' || %(n)s,
    'device ' || %(n)s, %(equipment)s, true
from generate_series(1, %(plants)s) as p
"""
_SENSORS = """
insert into registry.sensor (
    equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, is_cumulative, is_main, resolution, sign,
    is_present
)
select
    equipment_id, plant_id, source, source_asset_id, name, %(quantity)s, %(unit)s, %(is_cumulative)s,
    equipment_type = 'meter', %(resolution_min)s * interval '1 min', case when %(unit)s = 'W' then 1 end, true
from registry.equipment
where name = 'device ' || %(n)s
"""
_READINGS = """
insert into energy.reading (sensor_id, period_start, value)
select sensor_id, %(day)s::timestamp at time zone 'UTC' + step * interval '5 min', {value}
from registry.sensor, cast(%(n)s as integer) as n
cross join generate_series(-24, 288 + 23) as step
where name = 'device ' || %(n)s
order by sensor_id, step
"""


def _lose(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("select setseed(0.5)")
        connection.exec_driver_sql("delete from energy.reading where random() < %(lost)s", {"lost": LOST})
    _vacuum(warehouse)


def _vacuum(warehouse: Warehouse) -> None:
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")


# -- measuring --
Work = Callable[[Connection, Fleet], None]
_WRITTEN = ("energy.plant_daily", "energy.plant_daily_candidate", "energy.sensor_daily", "energy.plant_measured",
            "energy.restatement", "kpi.plant_daily", "kpi.portfolio_daily")  # fmt: skip


def _measure(warehouse: Warehouse, fleet: Fleet, rounds: int, works: tuple[Work, ...]) -> list[Cost]:
    """The median cost of each work; before every round the tables are emptied, and a round to warm up is left out."""
    costs: list[list[Cost]] = [[] for _ in works]
    for _ in range(rounds + 1):
        with warehouse.transaction() as connection:
            connection.exec_driver_sql(f"truncate {', '.join(_WRITTEN)}")
        for work, own in zip(works, costs, strict=True):
            own.append(_cost(warehouse, fleet, work))
    return [
        Cost(statistics.median(cost.wall_s for cost in own[1:]), statistics.median(cost.cpu_s for cost in own[1:]))
        for own in costs
    ]


def _cost(warehouse: Warehouse, fleet: Fleet, work: Work) -> Cost:
    with warehouse.engine.connect() as connection:
        server = psutil.Process(driver_connection(connection).info.backend_pid)
        before_s = sum(server.cpu_times()[:2]) + time.process_time()
        started = time.perf_counter()
        work(connection, fleet)
        connection.commit()
        wall_s = time.perf_counter() - started
        return Cost(wall_s, sum(server.cpu_times()[:2]) + time.process_time() - before_s)


def _bare(connection: Connection, fleet: Fleet) -> None:
    total, inner = fleet.bare
    # The processor time of workers would not be counted.
    connection.exec_driver_sql("set local max_parallel_workers_per_gather = 0")
    connection.exec_driver_sql(
        f"""
        select sensor_id, sum({total})
        from (
            select sensor_id, value, {inner}
            from energy.reading
            where period_start >= '{DAY} 00:00Z' and period_start < '{DAY} 24:00Z'
            window in_time as (partition by sensor_id order by period_start)
        ) as stepped
        group by sensor_id
        """
    ).all()


def _compute(connection: Connection, fleet: Fleet) -> None:
    result = compute_day(connection, DAY, now_utc=NOW, run_id="benchmark")
    if set(result.by_method) != {fleet.method}:
        raise SystemExit(f"{fleet.title}: expected {fleet.method} for every plant, got {result}")


def _compute_all(connection: Connection, fleet: Fleet) -> None:
    _compute(connection, fleet)
    result = compute_kpis(connection, DAY, now_utc=NOW, run_id="benchmark")
    if not result.values:
        raise SystemExit(f"{fleet.title}: no KPI has a value: {result}")


if __name__ == "__main__":
    main()
