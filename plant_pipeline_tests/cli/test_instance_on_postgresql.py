"""Dagster's instance on PostgreSQL, by the settings of `deploy/dagster.yaml`."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from sqlalchemy import make_url

from plant_pipeline.cli.instance import dagster_instance, run_job
from plant_pipeline.errors import UsageError, WarehouseError
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import bundled

_SETTINGS = Path(__file__).parents[2] / "deploy" / "dagster.yaml"


@pytest.fixture
def instance_url(postgres_url: str) -> Iterator[str]:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("create database dagster_instance")
        yield make_url(postgres_url).set(database="dagster_instance").render_as_string(hide_password=False)
        server.execute("drop database dagster_instance with (force)")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DAGSTER_HOME with the settings for production."""
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(_SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("DAGSTER_HOME", "DAGSTER_POSTGRES_URL"):  # `dagster_instance` sets them: noted, to be put back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


def test_only_the_storage_differs_from_the_settings_of_a_single_machine() -> None:
    production = yaml.safe_load(_SETTINGS.read_text(encoding="utf-8"))
    assert list(production.pop("storage")) == ["postgres"]
    assert production == yaml.safe_load(bundled("dagster.yaml").read_text(encoding="utf-8"))


def test_a_run_is_recorded_in_postgresql_and_read_back(
    home: Path, instance_url: str, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "instance_url"
    secret.write_text(
        make_url(instance_url).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    )
    monkeypatch.setenv("DAGSTER_POSTGRES_URL_FILE", str(secret))
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    for name, value in {"VOKE_BASE_URL": "https://voke.test", "VOKE_TOKEN": "token"}.items():
        monkeypatch.setenv(name, value)
    run_id = "5ad1f5d2-6a7c-4a52-9f0a-3c6a8f0d1b11"
    with dagster_instance(load_settings()) as instance:
        assert run_job(instance, "retention", run_id, []) == {}
    with dagster_instance(load_settings()) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.SUCCESS
        ended = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
        assert {entry.step_key for entry in ended} == {
            "remove_expired_answers",
            "remove_old_days",
            "make_partitions_ahead",
        }
    with psycopg.connect(instance_url) as connection:
        assert connection.execute("select run_id, status from runs").fetchall() == [(run_id, "SUCCESS")]
    assert list(home.rglob("*.db")) == []


def test_without_the_variable_it_is_named(home: Path) -> None:
    with pytest.raises(UsageError, match="needs DAGSTER_POSTGRES_URL"), dagster_instance(load_settings()):
        pass
    assert home.exists()


def test_a_database_that_does_not_answer_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql+psycopg2://dagster:hush@127.0.0.1:9/dagster")
    with pytest.raises(WarehouseError, match=r"Dagster's database .* cannot be reached") as caught:  # noqa: SIM117
        with dagster_instance(load_settings()):
            pass
    assert "hush" not in str(caught.value)
    assert home.exists()


@pytest.mark.parametrize("url", ["postgresql://d@h/x", "postgresql+psycopg2://d:a@b@h/x"])
def test_an_address_that_dagster_cannot_use_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
    with pytest.raises(UsageError, match="DAGSTER_POSTGRES_URL must be postgresql"):
        load_settings()
