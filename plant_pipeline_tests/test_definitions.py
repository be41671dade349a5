"""The code location: loads from nothing, keeps its names, and every asset explains itself."""

import os
import subprocess
import sys
from collections.abc import Set
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pytest

from plant_pipeline.definitions import definitions_for, defs
from plant_pipeline.orchestration import table_metadata
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import Warehouse

_GRAPH = defs.resolve_asset_graph()
_OUTCOME = dg.AssetKey(["run_outcome"])
_WITHOUT_TABLE = {_OUTCOME, dg.AssetKey(["second_try"]), dg.AssetKey(["fleet_report"])}

JOBS = {
    "nightly_sync",
    "registry_sync",
    "raptor_delivery",
    "onboard_plant",
    "forecast_snapshot",
    "voke_energy_sampling",
    "flexmeasures_watch",
    "retention",
}
SCHEDULES = {
    "nightly_sync_schedule": "*/15 * * * *",
    "registry_sync_schedule": "50 * * * *",
    "forecast_snapshot_schedule": "10 */6 * * *",
    "voke_energy_sampling_schedule": ("15,30,45 0 * * *", "*/15 1-23 * * *", "59 23 * * *", "1 0 * * *"),
    "flexmeasures_watch_schedule": "40 6 * * *",
    "retention_schedule": "0 12 * * *",
}
SENSORS = {
    "new_plant_sensor",
    "divided_night_sensor",
    "problem_sensor",
    "run_failure_alert_sensor",
    "check_failure_alert_sensor",
}
DAILY = {
    "flexmeasures/kpi",
    "energy/reading",
    "energy/plant_daily",
    "kpi/plant_daily",
    "kpi/portfolio_daily",
    "raptor_maps/delivery",
}


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
    rest = {
        "energy/reading",
        "energy/plant_daily",
        "energy/queued_day",
        "kpi/plant_daily",
        "kpi/portfolio_daily",
        "raptor_maps/delivery",
        "fleet_report",
        "second_try",
        "run_outcome",
    }
    assert keys == of_sources | of_registry | rest


@pytest.mark.parametrize("key", sorted(_GRAPH.get_all_asset_keys()), ids=lambda key: key.to_user_string())
def test_every_asset_explains_itself(key: dg.AssetKey) -> None:
    node = _GRAPH.get(key)
    assert node.description
    assert node.owners == ["team:plant-data"]
    assert node.group_name not in (None, "default")
    assert node.kinds
    assert (node.partitions_def is not None) == (key.to_user_string() in DAILY)


def _parents(key: str) -> set[str]:
    return {parent.to_user_string() for parent in _GRAPH.get(dg.AssetKey(key.split("/"))).parent_keys}


def test_each_table_follows_from_those_it_is_made_of() -> None:
    assert _parents("registry/plant_alias") == {
        "ravenwits/plant",
        "voke/metric",
        "voke/plant",
        "voke/sub_device",
        "flexmeasures/asset_type",
        "flexmeasures/asset",
        "flexmeasures/sensor",
    }
    assert _parents("registry/plant_history") == {"registry/plant"}
    assert _parents("energy/reading") == {"registry/sensor"}
    assert _parents("energy/plant_daily") == {"energy/reading", "registry/plant_history"}
    assert _parents("kpi/plant_daily") == {"energy/plant_daily", "registry/plant_history"}
    assert _parents("raptor_maps/delivery") == {
        "energy/reading",
        "energy/queued_day",
        "registry/plant",
        "registry/sensor",
    }
    assert _parents("energy/queued_day") == {"second_try"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_the_registry_waits_for_every_table_its_facts_are_read_from(source: Source) -> None:
    read: list[str] = []

    def note(table: str) -> list[dict[str, Any]]:
        read.append(table)
        return []

    source.facts(note, {}, None)
    assert sorted(read) == sorted(source.entity(name).table for name in source.fact_entities)


def _awaited_by_the_outcome(selected: Set[dg.AssetKey]) -> set[dg.AssetKey]:
    """What `run_outcome` comes after if only `selected` assets run; the assets of one step come together."""
    awaited: set[dg.AssetKey] = set()
    to_do = [_OUTCOME]
    while to_do:
        for key in set(defs.resolve_assets_def(to_do.pop()).dependency_keys) - awaited:
            if key in selected:
                step = set(defs.resolve_assets_def(key).keys)
                to_do += step - awaited
                awaited |= step
    return awaited


def test_the_outcome_comes_after_every_other_asset_by_way_of_few() -> None:
    nightly = defs.resolve_job_def("nightly_sync").asset_layer.selected_asset_keys
    assert _awaited_by_the_outcome(nightly) == nightly - {_OUTCOME}
    assert len(_parents("run_outcome")) <= 9
    # The first sync runs the listings and the registry before the rest.
    rest = nightly - defs.resolve_job_def("registry_sync").asset_layer.selected_asset_keys
    assert _awaited_by_the_outcome(rest) == rest - {_OUTCOME}


def test_samples_are_taken_by_a_job_of_their_own() -> None:
    sampled = defs.resolve_job_def("voke_energy_sampling").asset_layer.selected_asset_keys
    assert sampled == {dg.AssetKey(["voke", name]) for name in ("plant_status_sample", "energy_sample")}
    for name in ("nightly_sync", "registry_sync", "onboard_plant"):
        assert not sampled & defs.resolve_job_def(name).asset_layer.selected_asset_keys


def test_days_are_listed_for_three_years_and_each_table_says_how_to_have_earlier_ones() -> None:
    for name in DAILY:
        node = _GRAPH.get(dg.AssetKey(name.split("/")))
        assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
        assert node.partitions_def.start == datetime(2023, 1, 1, tzinfo=UTC)
        assert "not missing" in (node.description or "").replace("\n", " ")
        assert "plant-pipeline sync --from" in (node.description or "")


def test_days_before_the_first_one_shown_have_definitions_of_their_own() -> None:
    assert definitions_for([date(2023, 1, 1)]) is definitions_for(()) is defs
    earlier = definitions_for([date(2019, 1, 2), date(2019, 1, 3)]).resolve_asset_graph()
    days = earlier.get(dg.AssetKey(["kpi", "plant_daily"])).partitions_def
    assert days is not None
    assert days.get_first_partition_key() == "2019-01-02"
    assert earlier.get_all_asset_keys() == _GRAPH.get_all_asset_keys()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_documented_column_is_described(source: Source) -> None:
    for entity in source.entities:
        schema = _GRAPH.get(dg.AssetKey(entity.table.split("."))).metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchema | dg.TableSchemaMetadataValue)
        columns = schema.columns if isinstance(schema, dg.TableSchema) else schema.schema.columns
        assert columns
        assert [column.name for column in columns if not column.description] == [], entity.table


def test_every_column_of_an_assets_table_is_described(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        for key in _GRAPH.get_all_asset_keys() - _WITHOUT_TABLE:
            schema = table_metadata(connection, ".".join(key.path))["dagster/column_schema"]
            assert schema.columns, key
            assert [column.name for column in schema.columns if not column.description] == [], key


def test_jobs_schedules_and_sensors_keep_their_names_and_run() -> None:
    repository = defs.get_repository_def()
    assert {name for name in repository.job_names if not name.startswith("__")} == JOBS
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert {name: schedule.cron_schedule for name, schedule in schedules.items()} == SCHEDULES
    assert all(s.default_status == dg.DefaultScheduleStatus.RUNNING for s in schedules.values())
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert set(sensors) == SENSORS
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in sensors.values())
