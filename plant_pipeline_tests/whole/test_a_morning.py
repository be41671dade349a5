"""What a person does the morning after a night: looks, decides, explains, exports."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.warehouse import Warehouse, read_frame

_DAY = "2026-11-11"


@pytest.fixture
def night(warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with serve() as sandbox:
        values = {**sandbox.environment, "WAREHOUSE_URL": warehouse_url, "PLANT_PIPELINE_HOME": str(tmp_path / "home")}
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
        _run("sync", "--date", _DAY)
        yield sandbox


def _run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.output


def test_a_morning(night: Sandbox, warehouse: Warehouse, tmp_path: Path) -> None:
    assert "142.5" in _run("quarantine", "list")
    with warehouse.transaction() as connection:
        rejected = read_frame(connection, "select rejected_id from quarantine.rejected_record")["rejected_id"][0]
        codes = read_frame(
            connection,
            "select p.plant_code from energy.plant_daily as e inner join registry.plant as p using (plant_id) "
            "where e.method = 'register_difference' order by 1",
        )["plant_code"]
        before = connection.exec_driver_sql("select count(*) from registry.plant where status = 'active'").scalar_one()
    assert '"lat": "142.5' in _run("quarantine", "show", str(rejected))
    (replayed,) = json.loads(_run("quarantine", "replay", "--json"))
    assert (replayed["table"], replayed["good"], replayed["still_rejected"]) == ("ravenwits.plant", 0, 1)
    assert "waived_by" not in _run("quarantine", "list")
    assert f"waived: {rejected}" in _run("quarantine", "waive", str(rejected), "--who", "anna", "--why", "a boat")
    assert "no open record in quarantine" in _run("quarantine", "list")
    assert "no open record in quarantine" in _run("quarantine", "replay")
    waived = _run("quarantine", "list", "--state", "waived")
    assert [word in waived for word in ("142.5", "anna", "a boat")] == [True, True, True]
    shown = _run("quarantine", "show", str(rejected))
    assert "waived_by        anna\nwaived_why       a boat\n" in shown
    assert "quarantine waive" not in shown

    explained = _run("explain", codes[0], _DAY)
    assert "register_difference" in explained
    assert "kWh" in explained
    energy = json.loads(_run("explain", codes[0], _DAY, "--json"))
    assert f"{codes[0]} {energy['plant_name']} on {_DAY}: {energy['stored']['produced_kwh']:,.3f} kWh" in explained
    assert f"to {energy['day']['end_utc'][:16].replace('T', ' ')}Z, {energy['day']['hours']:g} h" in explained
    assert explained.count("  candidate   ") == len(energy["candidates"]) > 0
    assert explained.count("  sensor      ") == len(energy["sensors"]) > 0
    for sensor in energy["sensors"]:
        assert f"{sensor['equipment_name']} / {sensor['name']}" in explained
        assert f"{sensor['readings']} readings" in explained
    explained = _run("explain", codes[0], _DAY, "capacity_factor")
    factor = json.loads(_run("explain", codes[0], _DAY, "capacity_factor", "--json"))
    assert f"formula     {factor['formula']}" in explained
    assert f"numerator   {factor['stored']['numerator']:.10g}" in explained
    assert f"{_DAY}: {factor['stored']['value']:.10g}" in explained
    assert (factor["is_current"], factor["now"]["value"]) == (True, factor["stored"]["value"])
    assert [f"input       {given['name']} = " in explained for given in factor["inputs"]].count(False) == 0
    assert factor["inputs"]

    with warehouse.transaction() as connection:
        proposal = connection.exec_driver_sql("select proposal_id from registry.match_proposal").scalar_one()
    review = _run("registry", "review")
    assert f"Proposal {proposal}" in review
    assert "Villanueva" in review
    assert "1 merged" in _run("registry", "accept", str(proposal), "--who", "anna", "--why", "same owner")
    assert "no proposal waits" in _run("registry", "review")
    with warehouse.transaction() as connection:
        after = connection.exec_driver_sql("select count(*) from registry.plant where status = 'active'").scalar_one()
    assert after == before - 1
    assert codes[0] in _run("registry", "list")
    assert "values and their origin" in _run("registry", "show", codes[0])

    out = tmp_path / "out"
    assert "rows" in _run("raptor", "export", "--date", _DAY, "--out", str(out))
    assert "valid" in _run("raptor", "check", str(out / f"raptor_maps_{_DAY}_part001.csv"))
    assert "uploaded" in _run("raptor", "status")
    broken = out / "broken.csv"
    broken.write_text("farm_id\n1\n")
    assert "problem" in _run("raptor", "check", str(broken), code=1)
    # Late readings change the file: its upload is refused once, then accepted.
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("update energy.reading set value = value + 1 where value > 0")
    refused = night.faults.add(Fault("raptor_maps", "*signed_url", status=403))
    assert "was not delivered" in _run("raptor", "upload", "--date", _DAY, code=1)
    night.faults.remove(refused)
    _run("raptor", "upload", "--date", _DAY)
    kpis = tmp_path / "kpis.csv"
    _run("kpi", "export", "--from", _DAY, "--to", _DAY, "--out", str(kpis))
    assert kpis.read_text(encoding="utf-8").startswith("plant_code,")
    _run("registry", "export", "--out", str(tmp_path / "registry"))
    assert (tmp_path / "registry" / "plant.csv").exists()


def test_another_account_is_refused_until_it_is_accepted(night: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = sum(night.requests.values())
    monkeypatch.setenv("VOKE_ORG_ID", "00000000-0000-4000-8000-000000000000")
    assert "plant-pipeline db rebind voke" in _run("sync", "--date", _DAY, code=2)
    assert sum(night.requests.values()) == asked
    _run("db", "rebind", "voke")
    monkeypatch.setenv("VOKE_ORG_ID", night.environment["VOKE_ORG_ID"])
    _run("sync", "--date", _DAY)
