"""A decision between two nights: the later one computes the day of the earlier again and sends it anew."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.definitions import defs
from plant_pipeline.orchestration import WITHOUT_DATES_TAG, range_tags
from plant_pipeline.sandbox.server import serve
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.cli.conftest import Run, run

__all__ = ["run"]  # a fixture

_EARLIER, _LATER = date(2026, 10, 5), date(2026, 11, 11)
_CANDIDATES = """
    with plant as (
        select p.plant_id, p.latitude, p.longitude, e.produced_kwh, min(a.source || ':' || a.source_plant_id) as record
        from registry.plant as p
        inner join registry.plant_alias as a using (plant_id)
        inner join energy.plant_daily as e using (plant_id)
        where e.energy_date = %(day)s and e.status = 'final' and e.produced_kwh > 0 and p.technology = 'solar'
        group by p.plant_id, e.produced_kwh
        having count(*) = 1 and min(a.source) = 'flexmeasures'
    )
    select one.* from plant as one inner join plant as other on one.plant_id <> other.plant_id
    order by abs(one.latitude - other.latitude) + abs(one.longitude - other.longitude), one.record
    limit 2
"""
"""The two that are next to each other among those of which one system alone knows."""


def _known_kwh(warehouse: Warehouse) -> float:
    """Of the earlier day: the sum over all plants. The fleet's KPI is of those that are final, then and now."""
    with warehouse.transaction() as connection:
        all_kwh, final_kwh, fleet_kwh = connection.exec_driver_sql(
            "select sum(produced_kwh), sum(produced_kwh) filter (where status <> 'provisional'), "
            "(select value from kpi.portfolio_daily where kpi_date = %(day)s and group_code = 'all' "
            "and kpi = 'energy_kwh') from energy.plant_daily where energy_date = %(day)s",
            {"day": _EARLIER},
        ).one()
    assert fleet_kwh == pytest.approx(final_kwh, rel=1e-9)
    return float(all_kwh)


def test_two_plants_become_one_between_two_nights(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    with serve() as sandbox, dg.instance_for_test() as instance:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
        monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
        job = defs.resolve_job_def("nightly_sync")
        assert job.execute_in_process(instance=instance, tags=range_tags([_EARLIER])).success
        before = _known_kwh(warehouse)
        with warehouse.transaction() as connection:
            kept, left = connection.exec_driver_sql(_CANDIDATES, {"day": _EARLIER}).all()
        assert run("registry", "link", left.record, kept.record, "--why", "one site").returncode == 0
        with warehouse.transaction() as connection:
            if not connection.exec_driver_sql("select count(*) from registry.touched").scalar_one():
                for plant_id in (kept.plant_id, left.plant_id):
                    connection.exec_driver_sql(
                        "insert into registry.touched (plant_id, why, touched_at) values (%(id)s, 'one site', "
                        "'2026-11-30 12:00Z')",
                        {"id": plant_id},
                    )
        sandbox.uploads.clear()
        tags = {**range_tags([_LATER]), WITHOUT_DATES_TAG: "true"}
        assert job.execute_in_process(instance=instance, tags=tags).success

        assert _known_kwh(warehouse) == pytest.approx(before, rel=1e-9)
        with warehouse.transaction() as connection:
            rows = connection.exec_driver_sql(
                "select p.merged_into, e.produced_kwh from registry.plant as p left join energy.plant_daily as e "
                "on p.plant_id = e.plant_id and e.energy_date = %(day)s where p.plant_id = any(%(ids)s) order by 1",
                {"day": _EARLIER, "ids": [kept.plant_id, left.plant_id]},
            ).all()
            queued = connection.exec_driver_sql("select count(*) from energy.queued_day").scalar_one()
        (merged_into, none_kwh), (_, both_kwh) = rows
        assert (merged_into in (kept.plant_id, left.plant_id), none_kwh, queued) == (True, None, 0)
        assert both_kwh == pytest.approx(kept.produced_kwh + left.produced_kwh, rel=1e-9)
        assert len(sandbox.uploads) == 2
        with warehouse.transaction() as connection:
            statement = "select observation_date from raptor_maps.delivery where status = 'uploaded' order by 1"
            assert list(connection.exec_driver_sql(statement).scalars()) == [_EARLIER, _EARLIER, _LATER]
