"""A warehouse that the first release filled is brought up to date, keeps all it held, and is synced again."""

import gzip
import json
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import make_url

from plant_pipeline.cli import cli
from plant_pipeline.embedded_postgres import embedded_program
from plant_pipeline.sandbox.server import serve
from plant_pipeline.warehouse import connect, migrate

_DUMP = Path(__file__).parents[1] / "upgrade" / "first_release.sql.gz"
_LAST_THEN = "0006_raptor_delivery_content"
# Columns of then that have another name, or another shape, now.
_RENAMED = {"landing.run_issue": {"room": "stage"}}
_DROPPED = {("energy.plant_daily", "flag")}  # a text, that no day here has; now flags
_TABLES = """select n.nspname || '.' || c.relname from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_'
and n.nspname not in ('information_schema', 'public') order by 1"""


@pytest.fixture
def first_release(postgres_url: str) -> Iterator[str]:
    """URL of a database with the dump in it."""
    name = f"first_release_{uuid.uuid4().hex[:8]}"
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    psql = [str(embedded_program("psql")), "-Xq", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input=gzip.decompress(_DUMP.read_bytes()), stdout=subprocess.DEVNULL, check=True)
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _tables(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, as objects."""
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute(_TABLES).fetchall()]
        rows = "select to_jsonb(t) from {} as t"
        return {
            name: [row for (row,) in connection.execute(sql.SQL(rows).format(sql.Identifier(*name.split("."))))]
            for name in names
        }


def _counted(rows: list[dict[str, Any]], columns: dict[str, str]) -> Counter[str]:
    """Rows by what they say in these columns, each under its name of now."""
    return Counter(json.dumps({now: row[own] for own, now in columns.items()}, sort_keys=True) for row in rows)


def test_all_that_the_first_release_held_is_there_after_every_migration_and_a_sync_goes_on_from_it(
    first_release: str, tmp_path: Path
) -> None:
    before = _tables(first_release)
    assert sum(map(len, before.values())) > 9_000
    with connect(first_release) as warehouse:
        applied = migrate(warehouse)
    assert all(name > _LAST_THEN for name in applied)
    after = _tables(first_release)
    for table, rows in before.items():
        renamed = _RENAMED.get(table, {})
        columns = {own: renamed.get(own, own) for own in (rows or [{}])[0] if (table, own) not in _DROPPED}
        kept = _counted(after[table], {now: now for now in columns.values()})
        assert _counted(rows, columns) - kept == Counter(), table

    with serve() as sandbox:
        own = {name: value for name, value in sandbox.environment.items() if name.startswith("RAVENWITS_")}
        environment = {**own, "WAREHOUSE_URL": first_release, "PLANT_PIPELINE_HOME": str(tmp_path / "home")}
        words = ["sync", "--date", "2026-11-02", "--no-upload"]
        synced = CliRunner().invoke(cli, words, env=environment, catch_exceptions=False)
    assert synced.exit_code == 0, synced.output
    now = _tables(first_release)

    def plants(tables: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, str]]:
        return {row["plant_code"]: (row["plant_id"], row["status"]) for row in tables["registry.plant"]}

    assert plants(now).items() >= plants(before).items()  # the one that a person retired is so still
    assert "retired" in {status for _, status in plants(before).values()}
    assert {"rejected"} == {row["status"] for row in now["registry.match_proposal"] if row["proposal_id"] == 1}
    assert {"2026-10-31", "2026-11-01", "2026-11-02"} <= {row["energy_date"] for row in now["energy.plant_daily"]}
    then = [row for row in now["energy.plant_daily"] if row["energy_date"] < "2026-11-02"]
    known = {(row["plant_id"], row["energy_date"]): row["produced_kwh"] for row in before["energy.plant_daily"]}
    assert {(row["plant_id"], row["energy_date"]): row["produced_kwh"] for row in then} == known
