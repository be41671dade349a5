"""`registry refit`: shown first, adopted only on request, taken back."""

import json

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.store import add_decisions
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import NOW, decision, villanueva


def _run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["registry", "refit", *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_nothing_changes_without_a_request(
    warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    with warehouse.transaction() as connection:
        reconcile(connection, villanueva(), complete_sources=(), now_utc=NOW)
    assert "there is nothing to fit to" in _run(code=2)
    with warehouse.transaction() as connection:
        add_decisions(connection, [decision("link", "flexmeasures:8", "ravenwits:r2")], NOW)
    shown = _run()
    assert "fitted beside version" in shown
    assert "1 decisions on pairs, 1 of them one plant; 0 links would change" in shown
    assert json.loads(_run("--json")) == []
    assert _adopted(warehouse) == []
    assert "exclude each other" in _run("--adopt", "--take-back", code=2)
    assert "noted" in _run("--adopt", "--who", "jana", "--why", "ours")
    assert _adopted(warehouse) == [("jana", "ours", None)]
    assert "noted" in _run("--take-back", "--who", "petr")
    assert _adopted(warehouse) == [("jana", "ours", "petr")]
    assert "nothing to take back" in _run("--take-back", code=2)


def _adopted(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql("select who, why, withdrawn_by from registry.match_weights order by 1")
        return [tuple(row) for row in rows]
