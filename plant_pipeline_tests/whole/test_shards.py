"""A night that is divided between runs leaves the warehouse that one run leaves."""

import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from plant_pipeline.cli import cli
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import connect, migrate
from plant_pipeline_tests.snapshot import snapshot

FIRST, LAST = date(2026, 10, 31), date(2026, 11, 1)  # the second one has 25 hours in the United States
# When it was: two warehouses are filled one after the other.
_INSTANTS = frozenset({"first_seen_at", "recorded_at", "updated_at", "valid_from", "attempted_at", "uploaded_at"})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


@pytest.fixture
def two_warehouses(postgres_url: str) -> Iterator[list[str]]:
    names = [f"shards_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}")
    urls = [make_url(postgres_url).set(database=name).render_as_string(hide_password=False) for name in names]
    for url in urls:
        with connect(url) as warehouse:
            migrate(warehouse)
    yield urls
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"drop database {name} with (force)")


def _sync(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, url: str, home: Path, shards: int) -> Result:
    values = {**sandbox.environment, "WAREHOUSE_URL": url, "PLANT_PIPELINE_HOME": str(home)}
    for name, value in {**values, "DAGSTER_HOME": str(home / "dagster"), "PLANT_PIPELINE_SHARDS": str(shards)}.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(cli, ["sync", "--from", str(FIRST), "--to", str(LAST)], catch_exceptions=False)


def rows_of(url: str) -> dict[str, list[str]]:
    with connect(url) as warehouse, warehouse.transaction() as connection:
        return snapshot(connection, left_out=_INSTANTS)


def test_one_and_four_shards_give_the_same_warehouse_row_for_row(
    sandbox: Sandbox, two_warehouses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_url, divided_url = two_warehouses
    whole = _sync(monkeypatch, sandbox, whole_url, tmp_path / "whole", 1)
    assert whole.exit_code == 0, whole.output
    divided = _sync(monkeypatch, sandbox, divided_url, tmp_path / "divided", 4)
    assert divided.exit_code == 0, divided.output

    expected, found = rows_of(whole_url), rows_of(divided_url)
    assert sum(map(len, expected.values())) > 50_000
    assert expected["kpi.portfolio_daily"]
    assert {name: set(rows) ^ set(expected[name]) for name, rows in found.items() if rows != expected[name]} == {}
    assert _of_sources(divided.output) == _of_sources(whole.output)

    with dg.DagsterInstance.from_config(str(tmp_path / "divided" / "dagster")) as instance:
        runs = {run.tags["plant_pipeline/part"]: run.status.value for run in instance.get_runs()}
    parts = ["listings", *(f"shard {number}/4" for number in range(1, 5)), "closing"]
    assert runs == dict.fromkeys(parts, "SUCCESS")


def test_a_night_in_shards_is_replayed_in_them(
    two_warehouses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_url, second_url = two_warehouses
    with serve(world=World.of(8)) as small:
        night = _sync(monkeypatch, small, first_url, tmp_path / "home", 2)
    assert night.exit_code == 0, night.output
    monkeypatch.setenv("WAREHOUSE_URL", second_url)
    replayed = CliRunner().invoke(cli, ["replay", "--from", str(FIRST), "--to", str(LAST)], catch_exceptions=False)
    assert replayed.exit_code == 0, replayed.output
    expected, found = rows_of(first_url), rows_of(second_url)
    computed = [name for name in expected if name.startswith(("registry.", "energy.", "kpi."))]
    assert {name: set(found[name]) ^ set(expected[name]) for name in computed if found[name] != expected[name]} == {}
    assert len(found["energy.plant_daily"]) > 5


def _of_sources(output: str) -> list[str]:
    """The lines of the summary that tell what came, and what of."""
    return [line for line in output.splitlines() if line.startswith(("  flexmeasures", "  voke", "Energy", "Raptor"))]
