"""`registry set SENSOR FIELD VALUE`: what is refused, what it leads to, and taking it back."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.errors import RegistryConflict
from plant_pipeline.registry.decisions.crosswalk import CROSSWALK_COLUMNS, parse_crosswalk
from plant_pipeline.registry.equipment.placing import write_equipment
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.sensor_statements import statements_of_nothing
from plant_pipeline.sources.shapes import EquipmentFact, SensorFact
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import NOW, record

_SOURCE = "flexmeasures"


@pytest.fixture
def plant(warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """One plant with a meter: power by a name that says nothing, and a register."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    with warehouse.transaction() as connection:
        reconcile(connection, [record("flexmeasures:4", "Lhota", 50.0, 14.0)], complete_sources=(), now_utc=NOW)
    _place(warehouse)
    return warehouse


def _place(warehouse: Warehouse) -> None:
    devices = [EquipmentFact(_SOURCE, "8", "4", "Box", "thing", True, "4")]
    quarter = timedelta(minutes=15)
    sensors = [
        SensorFact(_SOURCE, sensor_id, "8", name, unit, resolution, True, "UTC")
        for sensor_id, name, unit, resolution in (("20", "value 7", "kW", quarter), ("21", "x", "furlong", quarter))
    ]
    with warehouse.transaction() as connection:
        write_equipment(connection, devices, sensors)


def _run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def _quantities(warehouse: Warehouse) -> dict[str, str | None]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql("select source_sensor_id, quantity from registry.sensor")
        return {row.source_sensor_id: row.quantity for row in rows}


def test_a_sensor_is_what_a_person_says_until_it_is_taken_back(plant: Warehouse) -> None:
    assert _quantities(plant) == {"20": None, "21": None}
    said = _run("registry", "set", "flexmeasures:20", "quantity", "production_energy", code=2)
    assert "flexmeasures:20 is in 'kW', which is no unit of production_energy: it may be ac_power" in said
    said = _run("registry", "set", "flexmeasures:20", "quantity", "ac_power", "--who", "jana", "--why", "seen on site")
    assert "quantity of flexmeasures:20 is stated to be ac_power" in said
    _place(plant)
    assert _quantities(plant) == {"20": "ac_power", "21": None}
    _run("registry", "set", "flexmeasures:20", "quantity", "dc_power", "--who", "jana")
    _place(plant)
    assert _quantities(plant)["20"] == "dc_power"
    with plant.transaction() as connection:
        code = connection.exec_driver_sql("select plant_code from registry.plant").scalar_one()
        touched = connection.exec_driver_sql("select from_utc, to_utc from registry.touched where why like '%%20%%'")
        assert [tuple(row) for row in touched] == [(None, None)] * 2
    listed = json.loads(_run("registry", "show", code, "--json"))["decisions"]
    assert [(row["action"], row["sensor"], row["field"], row["value"]) for row in listed] == [
        ("set", "flexmeasures:20", "quantity", "ac_power"),
        ("set", "flexmeasures:20", "quantity", "dc_power"),
    ]
    for decision in reversed(listed):
        assert "is no longer stated to be" in _run("registry", "undo", str(decision["decision_id"]), "--who", "petr")
        _place(plant)
    assert _quantities(plant) == {"20": None, "21": None}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("flexmeasures:99", "sign", "1"), "no sensor flexmeasures:99 (SOURCE:ID) is known"),
        (("P-1", "sign", "1"), "'P-1' is no sensor: write SOURCE:ID"),
        (("flexmeasures:20", "sign", "0"), "one of 1, -1"),
        (("flexmeasures:21", "quantity", "ac_power"), "nothing measured in it is used"),
        (("flexmeasures:20", "sign", "1", "--from", "2026-01-01"), "needs sensor, field and value alone"),
    ],
)
def test_what_cannot_be_followed_is_refused(plant: Warehouse, words: tuple[str, ...], message: str) -> None:
    assert message in _run("registry", "set", *words, code=2)
    with plant.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from registry.decision").scalar_one() == 0


def _file(folder: Path, *statements: tuple[str, str, str]) -> Path:
    file = folder / f"{uuid.uuid4()}.csv"
    lines = [f"set,,,,,{field},{value},,jana,,{sensor}" for sensor, field, value in statements]
    file.write_text("\n".join([",".join((*CROSSWALK_COLUMNS, "sensor")), *lines]) + "\n", encoding="utf-8")
    return file


def test_a_file_states_it_and_what_it_mistypes_is_pointed_out(plant: Warehouse, tmp_path: Path) -> None:
    own = ("flexmeasures:20", "quantity", "ac_power")
    lines = parse_crosswalk(_file(tmp_path, own, ("flexmeasures:77", "quantity", "dc_power")))
    with plant.transaction() as connection:
        reconcile(connection, [], complete_sources=(), now_utc=NOW, crosswalk=lines)
        assert statements_of_nothing(connection) == [
            "set quantity names flexmeasures:77, which no source has as a sensor"
        ]
    _place(plant)
    assert _quantities(plant)["20"] == "ac_power"
    with plant.transaction() as connection:
        reconcile(connection, [], complete_sources=(), now_utc=NOW + timedelta(days=1), crosswalk=[])
    _place(plant)
    assert _quantities(plant)["20"] is None
    with pytest.raises(RegistryConflict, match="lines 2, 3: different statements of quantity of flexmeasures:20"):
        parse_crosswalk(_file(tmp_path, own, ("flexmeasures:20", "quantity", "dc_power")))
