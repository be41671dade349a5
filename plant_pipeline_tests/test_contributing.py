"""Each recipe of CONTRIBUTING.md, followed."""

import shutil
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import WarehouseError
from plant_pipeline.kpi.catalogue import CATALOGUE, Kpi
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.kpi.explain import explain_kpi
from plant_pipeline.kpi.inputs import DayInputs
from plant_pipeline.kpi.rules import KpiValue
from plant_pipeline.registry.equipment import classify as classify_module
from plant_pipeline.registry.equipment import rules as rules_module
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline.warehouse import Warehouse, bundled, migrate, opening, read_table
from plant_pipeline_tests.kpi.fleet import Fleet
from plant_pipeline_tests.source_contract.recording import sql_of
from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Puller
from plant_pipeline_tests.suncloud.source import SOURCE as SUNCLOUD

DAY = date(2026, 3, 9)


# -- a source --
def test_a_source_is_a_declaration_and_its_tables(warehouse: Warehouse, tmp_path: Path) -> None:
    place = {"lat": 48.1, "lon": 11.5, "ownUse": None, "peakKwp": None}
    sites = [
        {"id": "s1", "name": "Sonnenhof", "powerKw": "750", **place},
        {"id": "s2", "name": "Dunkel", "powerKw": -1, **place},
    ]
    api = FakeApi().on("/v1/sites", lambda _: httpx.Response(200, json={"total": 2, "items": sites}))
    pull = Puller(SUNCLOUD, SourceSettings("suncloud", "https://suncloud.test"), api, warehouse, tmp_path)

    with sql_of(SUNCLOUD):
        assert migrate(warehouse) == ["suncloud/0001_suncloud", "suncloud/0002_shapes"]
        assert migrate(warehouse) == []
        outcome = pull("site")
    edited = shutil.copytree(SUNCLOUD.folder or "", tmp_path / "edited")
    with (edited / "migrations/0001_suncloud.sql").open("a") as file:
        file.write("-- one more column would go here\n")
    with (
        sql_of(replace(SUNCLOUD, folder=edited)),
        pytest.raises(WarehouseError, match=r"^suncloud/0001_suncloud in .* was edited after it was applied"),
    ):
        migrate(warehouse)

    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 2, 1)
    assert pull.column("select column_name from quarantine.rejected_record") == ["power_kw"]
    with warehouse.transaction() as connection:
        facts = SUNCLOUD.facts(partial(read_table, connection), {}, None)
        reconcile(connection, facts.plants, complete_sources=["suncloud"], now_utc=AT)
    assert pull.rows("select name, capacity_ac_kw from registry.plant") == [
        {"name": "Sonnenhof", "capacity_ac_kw": 750.0}
    ]


# -- a KPI --
def _daily_revenue(day: DayInputs) -> KpiValue:
    produced_kwh = day.energy.produced_kwh
    return KpiValue("", None, "no_data") if produced_kwh is None else KpiValue("", produced_kwh * 0.08, None)


def test_a_kpi_is_one_record_and_its_rule(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Kpi(
        "revenue_eur", "revenue", "EUR", "energy × 0.08 EUR/kWh", "the day's energy is known", "this test",
        _daily_revenue, ("produced_kwh",),
    )  # fmt: skip
    monkeypatch.setitem(CATALOGUE, record.name, record)
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        fleet.energy(fleet.plant("P-A"), DAY, 250.0)
        compute_kpis(connection, DAY, now_utc=datetime(2026, 3, 11, tzinfo=UTC), run_id="run")
        stored = connection.exec_driver_sql("select value, unit from kpi.plant_daily where kpi = 'revenue_eur'").one()
        explained = list(explain_kpi(connection, "P-A", DAY, "revenue_eur").lines())
    assert (stored.value, stored.unit) == (pytest.approx(20.0), "EUR")
    assert any("produced_kwh = 250" in line for line in explained)


# -- a sensor rule --
def _quantity_of(name: str) -> str | None:
    station = EquipmentFact("flexmeasures", "1", "1", "Station 1", "weather-station", is_present=True)
    sensor = SensorFact("flexmeasures", "2", "1", name, "°C", timedelta(minutes=5), is_present=True)
    (found,) = classify_module.classify([station], [sensor]).sensors
    return found.quantity


def test_a_sensor_rule_is_a_word_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tomllib.loads(Path(rules_module.__file__).with_name("sensor_rules.toml").read_text(encoding="utf-8"))
    assert _quantity_of("Schindel 4") is None
    next(row for row in data["quantity"] if row["quantity"] == "module_temperature")["words"].append("schindel*")
    monkeypatch.setattr(tomllib, "loads", lambda _text: data)
    rules_module.rules.cache_clear()
    try:
        assert _quantity_of("Schindel 4") == "module_temperature"
    finally:
        rules_module.rules.cache_clear()


# -- a migration --
def test_a_migration_is_a_file_that_the_next_start_applies(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(bundled("sql") / "migrations", tmp_path / "sql" / "migrations")
    (tmp_path / "sql" / "migrations" / "9999_owner.sql").write_text(
        "alter table registry.plant add column owner text;\n"
        "comment on column registry.plant.owner is 'who owns the plant; stated by people';\n"
    )
    monkeypatch.setattr(opening, "bundled", lambda name: tmp_path / name)
    assert migrate(warehouse) == ["9999_owner"]
    assert migrate(warehouse) == []
