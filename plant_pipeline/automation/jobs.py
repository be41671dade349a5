"""The jobs, by selection of assets. Light steps in one process: some fifty a night, many plants in each.

What belongs here: selections and run options. What does not: when they run (`schedules`, `sensors`).
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,  # what define_asset_job returns; it has no public name
)

from plant_pipeline.sources.source import Source

_MAX_RUNTIME_TAG = "dagster/max_runtime"
_HOURS_6, _HOURS_1 = "21600", "3600"


def build_jobs(sources: Sequence[Source]) -> list[AssetJob]:
    """All jobs over these sources."""
    listings = dg.AssetSelection.assets(
        *(dg.AssetKey(e.table.split(".")) for source in sources for e in source.entities if not e.is_daily)
    )
    registry = dg.AssetSelection.groups("registry")
    energy_and_kpi = dg.AssetSelection.groups("energy", "kpi")
    return [
        _job(
            "nightly_sync",
            dg.AssetSelection.all(),
            "Everything, from the APIs to the accepted Raptor Maps file, for the days of the run.",
            _HOURS_6,
        ),
        _job("registry_sync", listings | registry, "Listings and registry only, no days.", _HOURS_1),
        _job(
            "onboard_plant",
            energy_and_kpi,
            "Readings, energy and KPIs of one plant (run config `plant`) for the days of the run.",
            _HOURS_6,
        ),
        _job(
            "raptor_delivery",
            dg.AssetSelection.assets(["raptor_maps", "delivery"]),
            "Builds and sends the Raptor Maps file of the days from what the warehouse holds.",
            _HOURS_6,
        ),
        _job(
            "forecast_snapshot",
            dg.AssetSelection.assets(["ravenwits", "forecast"]),
            "Keeps the forecasts as they are now: the API shows only the latest.",
            _HOURS_1,
        ),
    ]


def _job(name: str, selection: dg.AssetSelection, description: str, max_runtime_s: str) -> AssetJob:
    return dg.define_asset_job(
        name,
        selection=selection,
        description=description,
        executor_def=dg.in_process_executor,
        tags={_MAX_RUNTIME_TAG: max_runtime_s},
    )
