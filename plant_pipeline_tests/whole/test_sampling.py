"""A day of a gateway that measures nothing else, from the sampling job to its energy."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline import orchestration
from plant_pipeline.definitions import defs
from plant_pipeline.sandbox.production import daily_energy_kwh
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse

_DAY = date(2026, 11, 17)  # in Prague from 23:00 UTC of the day before to 23:00 UTC
_TICKS = tuple(
    datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    for day, hour, minute in ((16, 22, 30), (16, 23, 59), (17, 0, 1), (17, 11, 0), (17, 23, 15))
)


def test_samples_of_a_gateway_become_the_energy_of_its_day(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = World.of().by_key["budejovice"]
    now = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
    monkeypatch.setattr(orchestration, "utc_now", lambda: now)
    with (
        serve(world=World([plant]), clock=lambda: now) as sandbox,
        dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance,
    ):
        for name, value in sandbox.environment.items():
            if name.startswith("VOKE_"):
                monkeypatch.setenv(name, value)
        monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
        monkeypatch.setenv("ARCHIVE_URL", (tmp_path / "archive").as_uri())

        def run(job: str, **options: object) -> None:
            done = defs.resolve_job_def(job).execute_in_process(instance=instance, **options)  # type: ignore[arg-type] # of several types
            assert done.success

        run("registry_sync")
        for tick in _TICKS:
            now = tick
            run("voke_energy_sampling")
        now = datetime(2026, 11, 18, 3, 30, tzinfo=UTC)
        energy = dg.AssetKey(["energy", "plant_daily"])
        run("nightly_sync", asset_selection=[energy], tags=orchestration.range_tags([_DAY]))

    with warehouse.transaction() as connection:
        sampled_at = connection.exec_driver_sql("select distinct sampled_at from voke.energy_sample order by 1")
        assert list(sampled_at.scalars()) == list(_TICKS)
        (found,) = connection.exec_driver_sql("select * from energy.plant_daily").mappings()
    assert (found["energy_date"], found["method"], found["null_reason"]) == (_DAY, "voke_sampled", None)
    whole_kwh = found["produced_kwh"] + (found["gap_kwh"] or 0.0)
    assert (
        abs(whole_kwh - daily_energy_kwh(plant, _DAY)) <= found["uncertainty_kwh"] + 0.01
    )  # of counters in watt-hours
    assert found["produced_kwh"] > 0
