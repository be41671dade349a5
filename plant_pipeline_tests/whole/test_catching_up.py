"""`sync` without dates also computes days that were missed, the newest first, each once."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from plant_pipeline.automation.missed_days import MISSED_TAG
from plant_pipeline.cli import cli
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(world=World.of(8)) as server:
        yield server


@pytest.fixture
def configured(sandbox: Sandbox, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    values = {
        **sandbox.environment,
        "WAREHOUSE_URL": warehouse_url,
        "PLANT_PIPELINE_HOME": str(tmp_path / "home"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
        "PLANT_PIPELINE_TRAILING_DAYS": "0",
        "PLANT_PIPELINE_ONBOARDING_DAYS": "3",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "dagster"


def _sync(*words: str) -> Result:
    return CliRunner().invoke(cli, ["sync", "--no-upload", *words], catch_exceptions=False)


def _missed_runs(dagster_home: Path) -> list[str]:
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        runs = instance.get_runs(dg.RunsFilter(job_name="nightly_sync"))
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    return [run.tags[MISSED_TAG] for run in reversed(runs) if MISSED_TAG in run.tags]


def _days(warehouse: Warehouse) -> list[int]:
    """How many days before the newest one the dates with energy lie, and that each has the same plants."""
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select max(energy_date) over () - energy_date as ago, count(*) as plants from energy.plant_daily "
            "group by energy_date order by 1"
        ).all()
    assert len({row.plants for row in rows}) == 1
    return [row.ago for row in rows]


@pytest.mark.parametrize("shards", [1, 2])
def test_what_was_missed_is_caught_up_once_and_not_by_the_first_sync_or_one_with_dates(
    configured: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    monkeypatch.setenv("PLANT_PIPELINE_SHARDS", str(shards))
    first = _sync()
    assert first.exit_code == 0, first.output
    assert _days(warehouse) == [0]
    with warehouse.transaction() as connection:
        newest = connection.exec_driver_sql("select max(energy_date)::text from energy.plant_daily").scalar_one()
    assert _sync("--date", newest).exit_code == 0
    assert _days(warehouse) == [0]

    second = _sync()
    assert second.exit_code == 0, second.output
    caught_up = _days(warehouse)
    assert caught_up == list(range(len(caught_up)))
    assert len(caught_up) in (3, 4)  # as where the plants are, today may be over or not
    runs = _missed_runs(configured)
    assert len(set(runs)) == 1
    assert len(runs) == (1 if shards == 1 else 2 + shards)

    assert _sync().exit_code == 0
    assert _missed_runs(configured) == runs
