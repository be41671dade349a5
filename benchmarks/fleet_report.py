"""The fleet report of many plants, all with sensors, 30 days of energy and KPIs and a year of the fleet.

Run `python -m benchmarks.fleet_report [plants [file to keep]]`: seconds to read and write it, its size, and how long a
browser takes to show it, if a Chromium is installed: the wall time of a headless screenshot less that of an empty page.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from plant_pipeline.embedded_postgres import start_embedded_server, stop_embedded_server
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.html import render_report
from plant_pipeline.warehouse import connect, ensure_month_partitions, migrate

DAY: Final = date(2026, 6, 15)
_NOW: Final = datetime(2026, 6, 16, 3, tzinfo=UTC)
_ROUNDS: Final = 5
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")

# Places between Lisbon and Vilnius, four of five of the sun, one in fifty low, one in fifty unknown, one in twenty
# provisional; energies and ratios vary from day to day.
_FLEET: Final = """
create temporary table own as
select
    n,
    md5(n::text)::uuid as plant_id,
    case when n %% 5 = 0 then 'wind' else 'solar' end as technology,
    37 + (n * 7919 %% 1700) / 100.0 as latitude,
    -8 + (n * 104729 %% 3300) / 100.0 as longitude,
    1000.0 * (1 + n %% 40) as kw
from generate_series(1, %(plants)s) as n;
insert into registry.plant (plant_id, plant_code, name, technology, latitude, longitude, timezone, capacity_ac_kw,
    capacity_dc_kw, status, first_seen_at, updated_at)
select plant_id, 'P-' || lpad(n::text, 8, '0'), 'Solar park at a place no. ' || n, technology, latitude, longitude,
    'UTC', kw, 1.2 * kw, 'active', %(now)s, %(now)s from own;
insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present)
select plant_id, plant_id, 'flexmeasures', n::text, 'Meter', 'meter', true from own;
insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, is_cumulative,
    is_main, resolution, is_present)
select plant_id, plant_id, 'flexmeasures', n::text, 'Power', 'ac_power', 'W', false, true, interval '15 min',
    true from own;
create temporary table own_day as
select own.*, d::date as day, 0.6 + 0.4 * ((n * 31 + extract(doy from d)::int * 17) %% 97) / 97.0 as weather,
    case when n %% 50 = 1 and d = %(day)s then 0.5 else 1.0 end as health,
    n %% 50 = 2 or (n * 13 + extract(doy from d)::int * 7) %% 41 = 0 as is_unknown
from own, generate_series(%(day)s::date - 29, %(day)s, interval '1 day') as d;
insert into energy.plant_daily (plant_id, energy_date, produced_kwh, gap_kwh, uncertainty_kwh, method, coverage, status,
    null_reason, hours_in_day, data_completeness, run_id, computed_at)
select plant_id, day, case when not is_unknown then 5 * kw * weather * health end, 0.4, 1.7,
    case when not is_unknown then 'register_difference' end, case when not is_unknown then 0.998 end,
    case when n %% 20 = 3 then 'provisional' else 'final' end, case when is_unknown then 'no_data' end, 24, 0.995,
    'run', %(now)s from own_day;
insert into kpi.plant_daily (plant_id, kpi_date, kpi, value, unit, null_reason, formula_version, run_id, computed_at)
select plant_id, day, kpi, case when not is_unknown then value end, '1', case when is_unknown then 'no_data' end, 1,
    'run', %(now)s
from own_day, lateral (values ('performance_ratio', 0.8 * health + weather / 50), ('data_completeness', 0.995),
    ('full_load_hours', 5 * weather * health), ('specific_yield', 4 * weather * health),
    ('capacity_factor', 0.2 * weather * health), ('forecast_energy_kwh', 5 * kw * weather)) as k (kpi, value)
where technology = 'solar' or kpi not in ('performance_ratio', 'specific_yield');
insert into kpi.portfolio_daily (group_code, kpi_date, kpi, value, unit, numerator, denominator, plants, capacity_share)
select 'all', d::date, kpi, 1e6, '1', 8, 10, %(plants)s, 0.98
from generate_series(%(day)s::date - 364, %(day)s, interval '1 day') as d,
    unnest(array['energy_kwh', 'performance_ratio', 'capacity_factor']) as kpi;
analyze energy.plant_daily;
analyze kpi.plant_daily;
"""


def fill(connection: Connection, plants: int) -> None:
    """Put the fleet into an empty warehouse."""
    first = date(2026, 5, 1)
    ensure_month_partitions(connection, "kpi.plant_daily", first, DAY)
    for statement in _FLEET.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement, {"plants": plants, "now": _NOW, "day": DAY})


def seconds_to_show(browser: str, file: Path) -> float:
    """Wall time from starting a browser to its picture of a page, less that of an empty page; medians of a few."""
    empty = file.with_name("empty.html")
    empty.write_text("<!doctype html><title>empty</title>", encoding="utf-8")
    taken: dict[Path, list[float]] = {empty: [], file: []}
    for _ in range(_ROUNDS):
        for page, seconds in taken.items():
            started = time.perf_counter()
            options = ("--headless", "--no-sandbox", "--window-size=1400,1000", f"--screenshot={page}.png")
            subprocess.run([browser, *options, page.as_uri()], capture_output=True, check=True)  # noqa: S603 -- found on PATH
            seconds.append(time.perf_counter() - started)
    return statistics.median(taken[file]) - statistics.median(taken[empty])


def main() -> None:
    """Print one line."""
    plants = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with connect(start_embedded_server(Path(folder) / "postgres")) as warehouse:
                migrate(warehouse)
                with warehouse.transaction() as connection:
                    fill(connection, plants)
                started = time.perf_counter()
                with warehouse.transaction() as connection:
                    report = read_fleet_report(connection, DAY)
                read_s = time.perf_counter() - started
                file = Path(folder) / "report.html"
                file.write_text(render_report(report), encoding="utf-8")
                written_s = time.perf_counter() - started
            shown = f"{seconds_to_show(browser, file):.2f}" if browser else "not measured: no Chromium"
            size_mb = file.stat().st_size / 1e6
            print(
                f"{plants} plants: read in {read_s:.1f} s, written in {written_s:.1f} s, {size_mb:.2f} MB, "
                f"shown in {shown} s"
            )
            if len(sys.argv) > 2:
                shutil.copy(file, sys.argv[2])
        finally:
            stop_embedded_server(Path(folder) / "postgres")


if __name__ == "__main__":
    main()
