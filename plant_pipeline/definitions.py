"""The only place that wires everything. Importing it does no I/O, reads no environment, opens nothing."""

import dagster as dg

from plant_pipeline.automation.jobs import build_jobs
from plant_pipeline.automation.outcome import build_outcome_asset
from plant_pipeline.automation.schedules import SCHEDULES
from plant_pipeline.automation.sensors import SENSORS
from plant_pipeline.energy.assets import plant_daily as energy_plant_daily
from plant_pipeline.kpi.assets import plant_daily as kpi_plant_daily
from plant_pipeline.orchestration import pipeline_resource
from plant_pipeline.raptor_maps.assets import delivery
from plant_pipeline.readings.assets import build_reading_asset
from plant_pipeline.registry.assets import build_registry_assets
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.assets import build_source_assets

_assets = [
    *(asset for source in SOURCES for asset in build_source_assets(source)),
    *build_registry_assets(SOURCES),
    build_reading_asset(SOURCES),
    energy_plant_daily,
    kpi_plant_daily,
    delivery,
]

defs = dg.Definitions(
    assets=[*_assets, build_outcome_asset([key for asset in _assets for key in asset.keys])],
    jobs=build_jobs(SOURCES),
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources={"pipeline": pipeline_resource},
)
