"""The jobs, by selection of assets. Light steps in one process: some fifty a night, many plants in each.

What belongs here: selections and run options. What does not: when they run (`schedules`, `sensors`).
"""

from collections.abc import Iterable, Sequence
from functools import partial

import dagster as dg

from plant_pipeline.errors import UsageError
from plant_pipeline.sources.source import Source

_MAX_RUNTIME_TAG = "dagster/max_runtime"
_HOURS_6, _HOURS_1 = {_MAX_RUNTIME_TAG: "21600"}, {_MAX_RUNTIME_TAG: "3600"}
_job = partial(dg.define_asset_job, executor_def=dg.in_process_executor)


def build_jobs(sources: Sequence[Source]) -> dg.Definitions:
    """All jobs over these sources (`.jobs` of the result: the type of a job over assets has no public name)."""
    entities = [entity for source in sources for entity in source.entities]
    listings = _assets(entity.table for entity in entities if entity.is_nightly and not entity.is_daily)
    apart = _assets(entity.table for entity in entities if not entity.is_nightly)
    registry = dg.AssetSelection.groups("registry")
    energy_and_kpi = dg.AssetSelection.groups("energy", "kpi")
    jobs = [
        _job(
            "nightly_sync",
            dg.AssetSelection.all() - apart,
            description="Everything, from the APIs to the accepted Raptor Maps file, for the days of the run.",
            tags=_HOURS_6,
        ),
        _job(
            "registry_sync",
            listings | registry,
            description="Listings and registry only, no days.",
            tags=_HOURS_1,
        ),
        _job(
            "onboard_plant",
            energy_and_kpi,
            description="Readings, energy and KPIs of one plant (run config `plant`) for the days of the run.",
            tags=_HOURS_6,
        ),
        _job(
            "raptor_delivery",
            dg.AssetSelection.assets(["raptor_maps", "delivery"]),
            description="Builds and sends the Raptor Maps file of the days from what the warehouse holds.",
            tags=_HOURS_6,
        ),
    ]
    jobs += [
        _job(
            own.name,
            _assets(source.entity(name).table for name in own.entities),
            description=own.description,
            tags=_HOURS_1,
        )
        for source in sources
        for own in source.jobs
    ]
    names = [job.name for job in jobs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"there is a job {', '.join(twice)} already: a source has to call its own another name")
    return dg.Definitions(jobs=jobs)


def _assets(tables: Iterable[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(table.split(".")) for table in tables))
