"""A fifth source, installed beside the package: found by its entry point, and at work from variables to KPIs.

Each command is a process of its own, as a person runs it, in a directory that has nothing to do with the package.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import plant_pipeline_tests.suncloud
from plant_pipeline.errors import UsageError, WarehouseError
from plant_pipeline.warehouse import Warehouse, migrate, migration_status, queries, query
from plant_pipeline_tests.source_contract.recording import sql_of
from plant_pipeline_tests.sources.installation import install
from plant_pipeline_tests.suncloud.source import SOURCE

DAY = "2026-06-10"
_TOKEN = "suncloud-token-4711"


class _Portal(BaseHTTPRequestHandler):
    """The portal: one site with two inverters, of which each makes 1 kWh a quarter from 04:00 to 20:00 UTC."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get("Authorization") != f"Bearer {_TOKEN}":
            self._answer(401, {"error": "no"})
        else:
            found = self._found(url.path, {name: values[0] for name, values in parse_qs(url.query).items()})
            self._answer(404 if found is None else 200, found or {"error": "not found"})

    def _found(self, path: str, parameters: dict[str, str]) -> object:
        match path:
            case "/v1/sites":
                assert parameters.get("region", "eu") == "eu"
                site = {"id": "s/1", "name": "Sonnenhof", "powerKw": "100", "peakKwp": 128}
                return _listed({**site, "lat": 48.1, "lon": 11.5, "ownUse": False})
            case "/v1/series":
                own = {"siteId": "s/1", "unit": "kWh", "minutes": 15}
                return _listed(*({"id": f"{n}", "device": f"Inverter {n}", **own} for n in (1, 2)))
            case "/v1/forecast":
                return _listed({"siteId": "s/1", "until": "2026-06-10T11:00:00Z", "kwh": 9})
            case "/v1/series/1/points" | "/v1/series/2/points":
                at, end = (datetime.fromisoformat(parameters[name]) for name in ("from", "to"))
                return list(_points(at.astimezone(UTC), end))
        return None

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        pass


def _listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": items, "total": len(items)}


def _points(at: datetime, end: datetime) -> Iterator[list[float]]:
    at = at.replace(minute=0, second=0)
    while at < end:
        yield [int(at.timestamp()), 1.0 if 4 <= at.hour < 20 else 0.0]
        at += timedelta(minutes=15)


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Portal) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@dataclass
class Installation:
    """A directory on the path of Python, a working directory elsewhere, and the environment of the commands."""

    folder: Path
    warehouse_url: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`plant-pipeline WORDS`."""
        code = "from plant_pipeline.cli import main; main()"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.folder / "site"),
            "WAREHOUSE_URL": self.warehouse_url,
            "PLANT_PIPELINE_HOME": str(self.folder / "home"),
            **self.variables,
        }
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def installation(tmp_path: Path, warehouse_url: str) -> Installation:
    """SunCloud's folder under another name, which is all that is installed of it."""
    folder = Path(plant_pipeline_tests.suncloud.__file__).parent
    site = tmp_path / "site"
    shutil.copytree(folder, site / "suncloud_source", ignore=shutil.ignore_patterns("__pycache__"))
    install(site, "suncloud-source", "suncloud_source.source:SOURCE")
    return Installation(tmp_path, warehouse_url)


def test_a_source_is_installed_and_a_sync_brings_its_plants_to_kpis(
    installation: Installation, portal: str, warehouse: Warehouse
) -> None:
    installation.variables = {"SUNCLOUD_BASE_URL": portal}
    half = installation.run("sync", "--date", DAY)
    assert half.returncode == 2
    assert "suncloud is configured by half: SUNCLOUD_TOKEN or SUNCLOUD_KEY is missing" in half.stderr

    installation.variables |= {"SUNCLOUD_TOKEN": _TOKEN}
    migrated = installation.run("db", "migrate")
    assert migrated.stdout.splitlines() == ["applied suncloud/0001_suncloud", "applied suncloud/0002_shapes"]
    status = json.loads(installation.run("db", "status", "--json").stdout)
    assert [row for row in status if not row["is_applied"]] == []
    assert [row["migration"] for row in status][-2:] == ["suncloud/0001_suncloud", "suncloud/0002_shapes"]

    done = installation.run("sync", "--date", DAY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "voke: not configured" in done.stdout
    with warehouse.transaction() as connection:
        plant = connection.exec_driver_sql(
            "select name, capacity_dc_kw, timezone, a.has_load, a.source_plant_id "
            "from registry.plant inner join registry.plant_alias as a using (plant_id)"
        ).one()
        sensors = connection.exec_driver_sql("select source, quantity from registry.sensor order by source_sensor_id")
        energy = connection.exec_driver_sql(
            "select produced_kwh, method, status from energy.plant_daily where energy_date = %(day)s", {"day": DAY}
        ).one()
        kpis = connection.exec_driver_sql(
            "select kpi, value from kpi.plant_daily where kpi in ('energy_kwh', 'specific_yield') order by kpi"
        )
        assert tuple(plant) == ("Sonnenhof", 128, "Europe/Berlin", False, "s/1")
        assert [tuple(row) for row in sensors] == [("suncloud", "production_energy")] * 2
        # 2 × 64 quarters of an hour with sun, 1 kWh each.
        assert (energy.produced_kwh, energy.method) == (128, "inverter_sum")
        assert [tuple(row) for row in kpis] == [("energy_kwh", 128), ("specific_yield", 1)]
        assert connection.exec_driver_sql("select energy_kwh, source from registry.forecast").one() == (9, "suncloud")

    shutil.rmtree(installation.folder / "site")
    assert installation.run("db", "migrate").stdout == "nothing to apply: the warehouse is up to date\n"


def test_a_broken_source_is_named_and_nothing_runs(installation: Installation) -> None:
    (installation.folder / "site" / "suncloud_source" / "source.py").write_text("import no_such_package", "utf-8")
    installation.variables = {"RAVENWITS_TOKEN": "key"}
    for words in (("sync",), ("--help",)):
        refused = installation.run(*words)
        assert refused.returncode == 2
        assert "the source `suncloud-source` (suncloud_source.source:SOURCE of suncloud-source 1.2" in refused.stderr
        assert "ModuleNotFoundError: No module named 'no_such_package'" in refused.stderr
        assert "mend suncloud-source, or uninstall it" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """SunCloud's folder, its migrations and queries at work in this process."""
    copied = tmp_path / "suncloud"
    shutil.copytree(Path(plant_pipeline_tests.suncloud.__file__).parent, copied)
    with sql_of(replace(SOURCE, folder=copied)):
        yield copied


def test_migrations_of_a_source_come_after_the_pipelines_and_each_once(folder: Path, warehouse: Warehouse) -> None:
    bad = folder / "migrations" / "0003_bad.sql"
    bad.write_text("alter table suncloud.no_such_table add column x text;", "utf-8")
    with pytest.raises(WarehouseError, match=r"the migrations of the source suncloud in .* failed: .*no_such_table"):
        migrate(warehouse)
    bad.write_text("create view suncloud.energy_shape as select 1 as one;", "utf-8")
    assert migrate(warehouse) == ["suncloud/0003_bad"]
    assert migration_status(warehouse)[-3:] == [
        ("suncloud/0001_suncloud", True),
        ("suncloud/0002_shapes", True),
        ("suncloud/0003_bad", True),
    ]
    assert migrate(warehouse) == []
    bad.unlink()
    with pytest.raises(WarehouseError, match=r"1 migration.*written by a newer suncloud"):
        migrate(warehouse)


def test_a_shape_that_lacks_a_column_is_an_error_of_its_source(folder: Path, warehouse: Warehouse) -> None:
    (folder / "migrations" / "0002_shapes.sql").write_text("create view suncloud.forecast_shape as select 1 as one;")
    with pytest.raises(WarehouseError, match=r"of the source suncloud .*source_plant_id"):
        migrate(warehouse)


def test_queries_of_a_source_are_found_by_name_and_named_for_it(folder: Path) -> None:
    assert query("suncloud/present_sites").startswith("-- Ids of the sites")
    (folder / "queries" / "other.sql").write_text("-- name: registry/plant_list\nselect 1;", "utf-8")
    queries.cache_clear()
    with pytest.raises(UsageError, match=r"registry/plant_list has to be named suncloud/<query>"):
        queries()
