"""What a day of a fleet costs, step by step, at sizes that grow tenfold: seconds, bytes and what each is of a plant.

    python -m benchmarks.fleet_size [--plants 1000 10000] [--sensors 20]

Every size gets an embedded PostgreSQL database of its own with a day of five-minute readings of a meter, inverters and
three weather sensors a plant. Each step is the night's own code, once and in one process: energy, KPIs of the plants
and of the fleet, the same for one of eight shards, the Raptor Maps file. Loading is measured on new sensors, a million
readings. Seconds, and beside them processor time of this process and of the server's for it, which other work on the
machine disturbs least. `docs/scale.md` has the figures.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.daily_energy import _INVERTER, _MEAN, DAY, FLEETS, NOW, WEATHER, Fleet, Kind, _cost, _database, _fill
from benchmarks.load_readings import windows
from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.energy.daily import compute_day
from plant_pipeline.kpi.daily import combine_groups, compute_kpis
from plant_pipeline.raptor_maps.csv_file import build_day
from plant_pipeline.readings.load import load_windows
from plant_pipeline.shards import Shard
from plant_pipeline.warehouse import Warehouse, execute

_SHARD = Shard(1, 8)
_LOADED = 1_000_000
_TABLES = ("energy.reading", "energy.plant_daily", "energy.plant_daily_candidate", "energy.sensor_daily",
           "energy.plant_measured", "kpi.plant_daily")  # fmt: skip
_SIZE = """
select coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size(%(table)s::regclass))
from pg_partition_tree(%(table)s::regclass)
"""
_FOR_RAPTOR_MAPS = """
update registry.sensor as s
set raptor_sensor_type = case s.quantity when 'irradiance_poa' then 'irradiance_poa' else 'ac_power' end
from registry.equipment as e
where e.equipment_id = s.equipment_id and s.quantity in ('ac_power', 'irradiance_poa')
"""


def main() -> None:
    """Print a block for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plants", nargs="+", type=int, default=[1000, 10_000])
    parser.add_argument("--sensors", type=int, default=20)
    arguments = parser.parse_args()
    kinds = (_MEAN, *(arguments.sensors - 1 - len(WEATHER)) * (_INVERTER,), *WEATHER)
    with tempfile.TemporaryDirectory(prefix="fleet-size-", ignore_cleanup_errors=True) as directory:
        server_url = start_embedded_server(Path(directory) / "postgres")
        for plants in arguments.plants:
            with _database(server_url) as warehouse:
                _measure_size(warehouse, kinds, plants, Path(directory) / "csv")


def _measure_size(warehouse: Warehouse, kinds: Sequence[Kind], plants: int, folder: Path) -> None:
    print(f"{plants:,} plants of {len(kinds)} sensors", flush=True)
    _tell("filled by SQL", plants, _timed(lambda: _fill(warehouse, tuple(kinds), plants)))
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(_FOR_RAPTOR_MAPS)
    for title in ("energy", "energy again"):
        _step(warehouse, title, plants, lambda c: compute_day(c, DAY, now_utc=NOW, run_id="size"))
    _step(warehouse, "KPIs and the fleet", plants, lambda c: compute_kpis(c, DAY, now_utc=NOW, run_id="size"))
    _step(warehouse, "the fleet alone", plants, lambda c: combine_groups(c, DAY))
    _step(warehouse, f"energy and KPIs of shard {_SHARD}", plants, _compute_shard)
    started = time.perf_counter()
    built = build_day(warehouse, DAY, folder, now_utc=NOW)
    _tell("Raptor Maps file", plants, time.perf_counter() - started)
    rows, size = sum(part.row_count for part in built.parts), sum(part.byte_count for part in built.parts)
    print(f"  {'the file':32}{rows:>14,} rows {size:>16,} bytes in {len(built.parts)} parts", flush=True)
    shutil.rmtree(folder)
    _print_bytes(warehouse, plants)
    new = [
        [window for window in plant if window.sensor_id > plants * len(kinds)]
        for plant in windows(_LOADED + 288 * plants * len(kinds), 1.0)
    ]
    new = [plant for plant in new if plant]
    _step(warehouse, f"load of {_LOADED:,} readings", plants, lambda c: [load_windows(c, plant) for plant in new])


def _compute_shard(connection: Connection) -> None:
    own = list(execute(connection, "energy/plants_of_shard", number=_SHARD.number, count=_SHARD.count).scalars())
    compute_day(connection, DAY, now_utc=NOW + timedelta(hours=1), run_id="shard", plant_ids=own, shard=_SHARD)
    compute_kpis(connection, DAY, now_utc=NOW, run_id="shard", plant_ids=own, shard=_SHARD)


def _step(warehouse: Warehouse, title: str, plants: int, work: Callable[[Connection], object]) -> None:
    def once(connection: Connection, _fleet: Fleet) -> None:
        work(connection)

    cost = _cost(warehouse, FLEETS[-1], once)
    _tell(title, plants, cost.wall_s, cost.cpu_s)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _tell(title: str, plants: int, wall_s: float, cpu_s: float | None = None) -> None:
    cpu = f", processors {cpu_s:8.1f} s{cpu_s / plants * 1000:10.2f} ms a plant" if cpu_s is not None else ""
    print(f"  {title:32}{wall_s:9.1f} s{cpu}", flush=True)


def _print_bytes(warehouse: Warehouse, plants: int) -> None:
    with warehouse.transaction() as connection:
        for table in _TABLES:
            size = int(connection.exec_driver_sql(_SIZE, {"table": table}).scalar_one())
            print(f"  {table:32}{size:>14,} bytes{size / plants:12,.0f} a plant", flush=True)


if __name__ == "__main__":
    main()
