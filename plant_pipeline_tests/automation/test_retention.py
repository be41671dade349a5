from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.definitions import definitions_for, defs
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.inspection import read_ledger
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.landing.retention import REMOVABLE, first_kept
from plant_pipeline.orchestration import range_tags
from plant_pipeline.warehouse import Warehouse, ensure_month_partitions
from plant_pipeline_tests.plants import add_plant


def test_the_job_deletes_what_was_received_before_the_days_that_are_kept(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, now_utc = FileArchive(tmp_path / "archive"), datetime.now(UTC)
    for days_ago in (2, 20):
        ledger = FetchLedger(warehouse, archive, "voke", f"run-{days_ago}")
        at = now_utc - timedelta(days=days_ago)
        ledger.record(Received("plant", "/plants", None, 200, b"[]", [], 1, at))
        ledger.flush()
    for name, value in {
        "VOKE_BASE_URL": "https://voke.test",
        "VOKE_TOKEN": "token",
        "WAREHOUSE_URL": warehouse_url,
        "ARCHIVE_URL": archive.root.as_uri(),
        "ARCHIVE_RETENTION_DAYS": "10",
    }.items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("retention").execute_in_process(instance=instance).success
    assert [row["run_id"] for row in read_ledger(warehouse)] == ["run-2"]
    assert len(list(archive.keys(""))) == 2


@pytest.fixture
def configured(warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "VOKE_BASE_URL": "https://voke.test",
        "VOKE_TOKEN": "token",
        "WAREHOUSE_URL": warehouse_url,
        "ARCHIVE_URL": (tmp_path / "archive").as_uri(),
        "READING_RETENTION_DAYS": "450",
        "FORECAST_RETENTION_DAYS": "400",
        "SAMPLE_RETENTION_DAYS": "600",
    }.items():
        monkeypatch.setenv(name, value)


def _filled(warehouse: Warehouse, days_ago: tuple[int, ...], now_utc: datetime) -> None:
    """A reading, a forecast and samples so many days ago, and the energy of a plant-local day."""
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, "Old", "UTC")
        for days in days_ago:
            at = now_utc - timedelta(days=days)
            for table in ("energy.reading", "ravenwits.forecast", "voke.energy_sample", "voke.plant_status_sample"):
                ensure_month_partitions(connection, table, at.date(), at.date())
            own = {"at": at, "day": at.date(), "plant": plant_id}
            for statement in (
                "insert into energy.reading values (1, %(at)s, 1)",
                "insert into ravenwits.forecast values ('Old', %(at)s, %(at)s, '1', 1)",
                "insert into voke.energy_sample (plant_id, sampled_at, energy_date) values ('v', %(at)s, %(day)s)",
                "insert into voke.plant_status_sample (plant_id, sampled_at) values ('v', %(at)s)",
            ):
                connection.exec_driver_sql(statement, own)
            connection.exec_driver_sql(
                "insert into energy.plant_daily (plant_id, energy_date, produced_kwh, status, hours_in_day, run_id, "
                "computed_at, flags) values (%(plant)s, %(day)s, 5, 'final', 24, 'r', %(at)s, '{}')",
                own,
            )


def _days_ago(warehouse: Warehouse, table: str, column: str, now_utc: datetime) -> list[int]:
    with warehouse.transaction() as connection:
        found = connection.exec_driver_sql(f"select {column} from {table} order by 1 desc").scalars()
        return [(now_utc - instant).days for instant in found]


@pytest.mark.usefixtures("configured")
def test_readings_forecasts_and_samples_go_after_their_days_and_what_was_computed_stays(warehouse: Warehouse) -> None:
    now_utc = datetime.now(UTC)
    _filled(warehouse, (10, 440, 500, 700), now_utc)
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("retention").execute_in_process(instance=instance).success
        assert _days_ago(warehouse, "energy.reading", "period_start", now_utc) == [10, 440]
        assert _days_ago(warehouse, "ravenwits.forecast", "period_end", now_utc) == [10]
        for table in ("voke.energy_sample", "voke.plant_status_sample"):
            assert _days_ago(warehouse, table, "sampled_at", now_utc) == [10, 440, 500]
        gone = (now_utc - timedelta(days=500)).date()
        for key in ("energy/plant_daily", "kpi/plant_daily", "energy/reading", "raptor_maps/delivery"):
            done = (
                definitions_for([gone])
                .resolve_job_def("nightly_sync")
                .execute_in_process(
                    instance=instance,
                    raise_on_error=False,
                    asset_selection=[dg.AssetKey(key.split("/"))],
                    tags=range_tags([gone]),
                )
            )
            assert not done.success
            assert any("cannot be computed again" in str(event.event_specific_data) for event in done.all_events)
    told = CliRunner().invoke(cli, ["sync", "--date", str(gone)], catch_exceptions=False)
    assert (told.exit_code, f"{gone} cannot be computed again" in told.output) == (2, True)
    told = CliRunner().invoke(cli, ["replay", "--from", str(gone), "--to", str(gone)], catch_exceptions=False)
    assert (told.exit_code, f"{gone} cannot be computed again" in told.output) == (2, True)
    with warehouse.transaction() as connection:
        assert connection.exec_driver_sql("select sum(produced_kwh) from energy.plant_daily").scalar_one() == 20


@pytest.mark.usefixtures("configured")
def test_nothing_that_is_still_to_be_sent_or_computed_loses_its_readings(warehouse: Warehouse) -> None:
    now_utc = datetime.now(UTC)
    _filled(warehouse, (10, 500, 530, 700), now_utc)
    undelivered, waiting = ((now_utc - timedelta(days=days)).date() for days in (480, 505))
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "insert into raptor_maps.delivery (observation_date, part, file_name, sha256, byte_count, row_count, "
            "status, run_id, is_current, is_to_send, object_key, parts) values (%(day)s, 1, 'f', 's', 1, 1, 'failed', "
            "'r', true, true, 'k', 1)",
            {"day": undelivered},
        )
    retention = defs.resolve_job_def("retention")
    with dg.DagsterInstance.ephemeral() as instance:
        waiting_run = instance.create_run_for_job(
            defs.resolve_job_def("onboard_plant"), tags=range_tags([waiting]), status=dg.DagsterRunStatus.STARTED
        )
        assert retention.execute_in_process(instance=instance).success
        assert _days_ago(warehouse, "energy.reading", "period_start", now_utc) == [10, 500, 530]
        instance.delete_run(waiting_run.run_id)
        assert retention.execute_in_process(instance=instance).success
        assert _days_ago(warehouse, "energy.reading", "period_start", now_utc) == [10, 500]


def test_without_a_setting_all_is_kept(warehouse: Warehouse, configured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now_utc = datetime.now(UTC)
    _filled(warehouse, (10, 4000), now_utc)
    for kind in ("READING", "FORECAST", "SAMPLE"):
        monkeypatch.delenv(f"{kind}_RETENTION_DAYS")
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("retention").execute_in_process(instance=instance).success
    assert _days_ago(warehouse, "energy.reading", "period_start", now_utc) == [10, 4000]
    with warehouse.transaction() as connection:
        assert first_kept(connection, REMOVABLE) is None
