"""The code location: loads from nothing, keeps its names, and every asset explains itself."""

import os
import subprocess
import sys

import dagster as dg
import pytest

from plant_pipeline.definitions import defs
from plant_pipeline.sources.all import SOURCES

_GRAPH = defs.resolve_asset_graph()

JOBS = {"nightly_sync", "registry_sync", "raptor_delivery", "onboard_plant", "forecast_snapshot"}
SCHEDULES = {"nightly_sync_schedule": "30 3 * * *", "forecast_snapshot_schedule": "10 */6 * * *"}
SENSORS = {"new_plant_sensor", "run_failure_alert_sensor", "check_failure_alert_sensor"}
DAILY = {"flexmeasures/kpi", "energy/reading", "energy/plant_daily", "kpi/plant_daily", "raptor_maps/delivery"}


def test_loads_with_an_empty_environment_and_does_nothing() -> None:
    code = "import plant_pipeline.definitions as d; d.defs.resolve_all_job_defs(); print('loaded')"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "loaded\n", done.stderr


def test_keys_of_assets_are_schema_and_table() -> None:
    keys = {key.to_user_string() for key in _GRAPH.get_all_asset_keys()}
    of_sources = {entity.table.replace(".", "/") for source in SOURCES for entity in source.entities}
    of_registry = {
        f"registry/{name}"
        for name in (
            "plant",
            "plant_alias",
            "plant_field",
            "plant_history",
            "match_proposal",
            "not_a_plant",
            "equipment",
            "sensor",
        )
    }
    rest = {"energy/reading", "energy/plant_daily", "kpi/plant_daily", "raptor_maps/delivery", "run_outcome"}
    assert keys == of_sources | of_registry | rest


@pytest.mark.parametrize("key", sorted(_GRAPH.get_all_asset_keys()), ids=lambda key: key.to_user_string())
def test_every_asset_explains_itself(key: dg.AssetKey) -> None:
    node = _GRAPH.get(key)
    assert node.description
    assert node.owners == ["team:plant-data"]
    assert node.group_name not in (None, "default")
    assert node.kinds
    assert (node.partitions_def is not None) == (key.to_user_string() in DAILY)


def test_the_daily_tables_follow_each_other_from_source_to_delivery() -> None:
    def parents(key: str) -> set[str]:
        return {parent.to_user_string() for parent in _GRAPH.get(dg.AssetKey(key.split("/"))).parent_keys}

    assert "flexmeasures/sensor" in parents("registry/plant")
    assert "registry/sensor" in parents("energy/reading")
    assert parents("energy/plant_daily") == {"energy/reading"}
    assert parents("kpi/plant_daily") == {"energy/plant_daily"}
    assert "energy/reading" in parents("raptor_maps/delivery")
    assert {"raptor_maps/delivery", "kpi/plant_daily", "voke/plant"} <= parents("run_outcome")


def test_jobs_schedules_and_sensors_keep_their_names_and_run() -> None:
    repository = defs.get_repository_def()
    assert {name for name in repository.job_names if not name.startswith("__")} == JOBS
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert {name: schedule.cron_schedule for name, schedule in schedules.items()} == SCHEDULES
    assert all(s.default_status == dg.DefaultScheduleStatus.RUNNING for s in schedules.values())
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert set(sensors) == SENSORS
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in sensors.values())
