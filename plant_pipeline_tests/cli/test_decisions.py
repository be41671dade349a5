"""`registry link`, `set`, `retire`, `undo`: one door, with its checks."""

import json
from datetime import timedelta
from typing import Any

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
        (("set", "voke:v9", "name", "L\udcffne"), "value is no text in UTF-8"),
        (("retire", "voke:v9", "--who", "J\udcffrg"), "who is no text in UTF-8"),
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


# --------------------------------------------------------------------------------------------------------- whole plants
@pytest.fixture
def codes(warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Codes by name of two plants of two records each: 1,000 kW, seen first, and 400 kW."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    plants = [
        record("ravenwits:1", "Velká Louka", 50.0, 14.0, capacity_ac_kw=1000.0),
        record("flexmeasures:1", "Velka Louka", 50.0, 14.0),
        record("ravenwits:2", "Borovnice Sever", 50.1, 14.1, capacity_ac_kw=400.0),
        record("flexmeasures:2", "Borovnice Sever", 50.1, 14.1),
    ]
    for number, delivered in enumerate((plants[:2], plants)):
        with warehouse.transaction() as connection:
            reconcile(connection, delivered, complete_sources=(), now_utc=NOW + timedelta(days=number))
    return {plant["name"]: plant["plant_code"] for plant in json.loads(_run("registry", "list", "--json"))}


def _shown(code: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(_run("registry", "show", code, "--json"))
    return shown


def test_merging_two_plants_moves_all_records_and_undone_gives_both_back(codes: dict[str, str]) -> None:
    louka, bor = codes["Velká Louka"], codes["Borovnice Sever"]
    before = (_shown(louka), _shown(bor))
    foreseen = _run("registry", "merge", bor, louka, "--who", "jana", "--dry-run")
    assert f"{bor} Borovnice Sever: merged into {louka}" in foreseen
    assert f"{louka} Velká Louka: capacity_ac_kw 1000.0 -> 1400.0" in foreseen
    assert (_shown(louka), _shown(bor)) == before

    # The id that was first seen stays, whichever is named first; the capacity of the past is that of both.
    merged = _run("registry", "merge", bor, louka, "--who", "jana", "--why", "one site")
    assert "1 merged" in merged
    moved = ", ".join(f"{source}:2 left {bor} and joined {louka}" for source in ("flexmeasures", "ravenwits"))
    assert f"{bor}: {moved}; all its days are computed again" in merged
    assert [row["record"] for row in _shown(louka)["records_of_sources"]] == [
        "flexmeasures:1", "flexmeasures:2", "ravenwits:1", "ravenwits:2",
    ]  # fmt: skip
    assert _shown(louka)["capacity_ac_kw"] == 1400
    assert (_shown(bor)["status"], _shown(bor)["records_of_sources"]) == ("merged", [])

    decision = _shown(louka)["decisions"][0]["decision_id"]
    _run("registry", "undo", str(decision), "--who", "petr")
    for plant, known in zip((louka, bor), before, strict=True):
        told = ("decisions", "updated_at", "days_to_be_computed_again")
        now = {name: value for name, value in _shown(plant).items() if name not in told}
        assert now == {name: value for name, value in known.items() if name not in told}


def test_splitting_gives_records_a_plant_of_their_own_and_is_undone_as_one(codes: dict[str, str]) -> None:
    louka, bor = codes["Velká Louka"], codes["Borovnice Sever"]
    _run("registry", "merge", louka, bor, "--who", "jana")
    # What one decision joined is not torn apart by another: the message names both.
    refused = _run("registry", "split", louka, "flexmeasures:2", "ravenwits:2", "--who", "petr", code=2)
    assert "contradicts decision" in refused
    _run("registry", "undo", "1", "--who", "petr")

    _run("registry", "split", louka, "flexmeasures:1", "--who", "petr")
    assert [row["record"] for row in _shown(louka)["records_of_sources"]] == ["ravenwits:1"]
    assert len(json.loads(_run("registry", "list", "--json"))) == 3
    last = max(row["decision_id"] for row in _shown(louka)["decisions"])
    _run("registry", "undo", str(last), "--who", "petr")
    assert [row["record"] for row in _shown(louka)["records_of_sources"]] == ["flexmeasures:1", "ravenwits:1"]
    assert len(json.loads(_run("registry", "list", "--json"))) == 2


def test_several_records_leave_together(codes: dict[str, str], warehouse: Warehouse) -> None:
    louka, bor = codes["Velká Louka"], codes["Borovnice Sever"]
    with warehouse.transaction() as connection:
        voke = record("voke:1", "Velká Louka", 50.0, 14.0)
        reconcile(connection, [voke], complete_sources=(), now_utc=NOW + timedelta(days=2))
    _run("registry", "split", louka, "voke:1", "flexmeasures:1", "--who", "petr")
    made = next(
        p["plant_code"] for p in json.loads(_run("registry", "list", "--json")) if p["plant_code"] not in codes.values()
    )
    assert [row["record"] for row in _shown(made)["records_of_sources"]] == ["flexmeasures:1", "voke:1"]
    decisions = {row["decision_id"] for row in _shown(made)["decisions"]}
    assert len(decisions) == 2
    _run("registry", "undo", str(min(decisions)), "--who", "petr")
    assert len(_shown(louka)["records_of_sources"]) == 3
    assert _shown(bor)["status"] == "active"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("merge", "LOUKA", "LOUKA"), "cannot be merged with itself"),
        (("merge", "LOUKA", "P-NONE"), "no plant has the code P-NONE"),
        (("split", "LOUKA", "ravenwits:2"), "ravenwits:2 is no record of"),
        (("split", "LOUKA", "ravenwits:1", "flexmeasures:1"), "there is nothing to split"),
        (("not-a-plant", "ravenwits:9"), "ravenwits:9 is not known"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_of_whole_plants_is_refused(
    codes: dict[str, str], warehouse: Warehouse, words: tuple[str, ...], message: str
) -> None:
    named = [codes["Velká Louka"] if word == "LOUKA" else word for word in words]
    assert message in _run("registry", *named, code=2)
    assert _decisions(warehouse) == []


def test_a_record_that_is_no_plant_leaves_and_comes_back(codes: dict[str, str]) -> None:
    louka = codes["Velká Louka"]
    _run("registry", "not-a-plant", "flexmeasures:1", "--who", "jana", "--why", "a test rig")
    assert [row["record"] for row in _shown(louka)["records_of_sources"]] == ["ravenwits:1"]
    _run("registry", "undo", "1", "--who", "jana")
    assert [row["record"] for row in _shown(louka)["records_of_sources"]] == ["flexmeasures:1", "ravenwits:1"]


def test_a_record_is_not_linked_to_plants_at_two_ends_of_a_country(codes: dict[str, str], warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        far = record("ravenwits:3", "Lhota u Lesa", 51.0, 16.0, capacity_ac_kw=500.0)
        reconcile(connection, [far], complete_sources=(), now_utc=NOW + timedelta(days=2))
    _run("registry", "link", "flexmeasures:1", "ravenwits:1", "--who", "jana")
    # Velká Louka is 180 km from there: 111 km south and 141 km west.
    refused = _run("registry", "link", "flexmeasures:1", "ravenwits:3", "--who", "jana", code=2)
    assert "beside decision 1 (link flexmeasures:1 ravenwits:1 (jana))" in refused
    assert "ravenwits:1 and ravenwits:3 are 180 km apart" in refused
    assert len(_decisions(warehouse)) == 1
    # Who means it says it of the two themselves.
    _run("registry", "link", "ravenwits:3", "ravenwits:1", "--who", "jana")
    assert _shown(codes["Velká Louka"])["capacity_ac_kw"] == 1500
