"""`registry link`, `set`, `retire`, `undo`: one door, with its checks."""

import json

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import NOW, record, velka_louka


@pytest.fixture
def code(warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a plant without a time zone, in a registry with others; the records came with an earlier sync."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    plants = [*velka_louka(), record("voke:v9", "Lonely", capacity_ac_kw=900.0)]
    with warehouse.transaction() as connection:
        reconcile(connection, plants, complete_sources=(), now_utc=NOW)
    listed = json.loads(_run("registry", "list", "--json"))
    return str(next(plant["plant_code"] for plant in listed if plant["name"] == "Lonely"))


def _run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def _decisions(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select decision_id, action, source_plant_id, field, value, who, undone_at is null "
            "from registry.decision order by 1"
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("link", "ravenwits:r1", "ravenwits:r1"), "the two records are the same"),
        (("link", "ravenwits:r1", "voke:v9", "--who", ""), "who is needed"),
        (("unlink", "ravenwits:r1", "--who", " "), "who is needed"),
        (("link", "ravenwits:r1", "voke:none"), "voke:none is not known"),
        (("link", "ravenwits:r1", "P-1"), "write SOURCE:ID"),
        (("retire", "P-NONE"), "no plant has the code P-NONE"),
        (("set", "voke:v9", "colour", "red"), "cannot be set"),
        (("set", "voke:v9", "timezone", "Middle/Earth"), "not what is expected"),
        (("set", "voke:v9", "capacity_ac_kw", "many"), "a number"),
        (("set", "voke:v9", "name", " "), "needs a value"),
        (("set", "voke:v9", "commissioned_at", "soon"), "a date such as"),
        (("undo", "99"), "no decision 99 is in force"),
        (("undo", "99", "--who", " "), "who is needed"),
        (("undo", str(10**20)), "not in the range"),
        (("set", "voke:v9", "capacity_ac_kw", "-5"), "a number from 0 up"),
        (("accept", "99"), "99"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_followed_is_refused(
    code: str, warehouse: Warehouse, words: tuple[str, ...], message: str
) -> None:
    assert message in _run("registry", *words, code=2)
    assert _decisions(warehouse) == []


def test_a_stated_time_zone_holds_until_it_is_taken_back(code: str, warehouse: Warehouse) -> None:
    def zone() -> object:
        return json.loads(_run("registry", "show", code, "--json"))["timezone"]

    assert zone() is None
    assert "1 changed" in _run("registry", "set", code, "timezone", "Europe/Prague", "--who", "jana", "--dry-run")
    assert zone() is None
    assert _decisions(warehouse) == []
    assert "noted: plants 0 new, 1 changed" in _run(
        "registry", "set", code, "timezone", "Europe/Prague", "--who", "jana"
    )
    assert zone() == "Europe/Prague"
    ((decision, *rest),) = _decisions(warehouse)
    assert rest == ["set", "v9", "timezone", "Europe/Prague", "jana", True]
    shown = _run("registry", "show", code)
    assert "Europe/Prague" in shown.partition("decisions:")[2]
    assert f"\n{decision} " in shown.partition("decisions:")[2]

    _run("registry", "undo", str(decision), "--who", "petr", "--why", "another roof", "--dry-run")
    assert zone() == "Europe/Prague"
    _run("registry", "undo", str(decision), "--who", "petr", "--why", "another roof")
    assert zone() is None
    assert [row[-1] for row in _decisions(warehouse)] == [False]
    with warehouse.transaction() as connection:
        undone = connection.exec_driver_sql("select undone_by, undone_why from registry.decision").one()
    assert (undone.undone_by, undone.undone_why) == ("petr", "another roof")
    assert "no decision" in _run("registry", "undo", str(decision), code=2)


def test_half_of_the_world_has_negative_coordinates(code: str, warehouse: Warehouse) -> None:
    _run("registry", "set", code, "latitude", "-33.05", "--who", "jana")
    assert json.loads(_run("registry", "show", code, "--json"))["latitude"] == -33.05


def test_a_plant_is_retired_by_its_code(code: str) -> None:
    assert "1 retired" in _run("registry", "retire", code, "--on", "2026-03-01", "--who", "jana")
    shown = json.loads(_run("registry", "show", code, "--json"))
    assert shown["status"] == "retired"
    assert code not in _run("registry", "list")
    assert code in _run("registry", "list", "--all")
