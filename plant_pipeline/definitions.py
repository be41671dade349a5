"""The only place that wires everything. Importing it does no I/O, reads no environment, opens nothing."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import dagster as dg

from plant_pipeline.automation.divided_nights import listing_keys
from plant_pipeline.automation.jobs import build_jobs
from plant_pipeline.automation.last_steps import build_outcome_asset, build_second_try_asset
from plant_pipeline.automation.outcome import OUTCOME_STEP
from plant_pipeline.automation.queued_days import queued_day
from plant_pipeline.automation.retention import retention_job, retention_schedule
from plant_pipeline.automation.schedules import NightKeys, build_schedules
from plant_pipeline.automation.sensors import SENSORS
from plant_pipeline.energy.assets import plant_daily as energy_plant_daily
from plant_pipeline.kpi.assets import plant_daily as kpi_plant_daily
from plant_pipeline.kpi.assets import portfolio_daily as kpi_portfolio_daily
from plant_pipeline.orchestration import (
    EARLIER_DAYS,
    FIRST_DATE,
    QUEUED_DAY,
    SECOND_TRY,
    build_pipeline_resource,
    daily_from,
)
from plant_pipeline.raptor_maps.assets import delivery
from plant_pipeline.readings.assets import build_reading_asset
from plant_pipeline.registry.assets import build_registry_assets
from plant_pipeline.report.assets import fleet_report, registry_shown
from plant_pipeline.report.shown import day_shown
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.assets import build_source_assets
from plant_pipeline.sources.settings import load_settings

_ASSETS = [
    *(asset for source in SOURCES for asset in build_source_assets(source)),
    *build_registry_assets(SOURCES, registry_shown),
    build_reading_asset(SOURCES),
    energy_plant_daily,
    kpi_plant_daily,
    kpi_portfolio_daily,
    build_second_try_asset(SOURCES),
    queued_day,
    delivery,
    fleet_report,
]


def _day_keys(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetKey]:
    """The assets of days, and the last steps of a run over days."""
    of_days = [spec.key for asset in assets for spec in asset.specs if spec.partitions_def is not None]
    return [*of_days, SECOND_TRY, QUEUED_DAY, dg.AssetKey([OUTCOME_STEP])]


def _night_keys() -> list[dg.AssetKey]:
    """The assets of a night but its last step."""
    apart = {entity.table for source in SOURCES for entity in source.entities if not entity.is_nightly}
    return [key for asset in _ASSETS for key in asset.keys if ".".join(key.path) not in apart]


NIGHT_KEYS = NightKeys(_day_keys(_ASSETS), listing_keys(_night_keys()))


def build_definitions(first_date: date = FIRST_DATE) -> dg.Definitions:
    """Everything, with days from `first_date` on: Dagster refuses a run over days before the first it knows."""
    return dg.Definitions(
        assets=[
            asset.map_asset_specs(partial(_with_days, days=daily_from(first_date)))
            for asset in (*_ASSETS, build_outcome_asset(SOURCES, _last_keys(_ASSETS)))
        ],
        jobs=[*(build_jobs(SOURCES).jobs or ()), retention_job],
        schedules=[
            *build_schedules(SOURCES, NIGHT_KEYS),
            retention_schedule,
        ],
        sensors=SENSORS,
        resources={"pipeline": build_pipeline_resource(load_settings, day_shown)},
    )


def definitions_for(dates: Sequence[date]) -> dg.Definitions:
    """`defs`, or the same with an earlier first day if `dates` begin before it."""
    return build_definitions(min(dates)) if dates and min(dates) < FIRST_DATE else defs


def _with_days(spec: dg.AssetSpec, days: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    if spec.partitions_def is None:
        return spec
    return spec.replace_attributes(partitions_def=days, description=f"{spec.description}\n\n{EARLIER_DAYS}")


def _last_keys(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetKey]:
    """The assets of the steps nothing else waits for: whoever waits for them waits for all that a night makes."""
    awaited = {key for asset in assets for key in set(asset.dependency_keys) - set(asset.keys)}
    awaited |= {
        dg.AssetKey(entity.table.split("."))
        for source in SOURCES
        for entity in source.entities
        if not entity.is_nightly
    }
    return [key for asset in assets if awaited.isdisjoint(asset.keys) for key in asset.keys]


defs = build_definitions()
