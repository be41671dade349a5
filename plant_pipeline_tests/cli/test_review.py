"""`registry review`: the questions printed for a pipe, and asked one after the other in a terminal."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from plant_pipeline.cli import cli
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import ALL_SOURCES, NOW, villanueva


def _review(*arguments: str, answers: str = "") -> Result:
    done = CliRunner().invoke(cli, ["registry", "review", *arguments], input=answers, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def two_questions(warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Two doubtful pairs, alike but for their size: 12 MW, and 120 MW elsewhere."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    large = [
        replace(
            each,
            source_plant_id=f"large {each.source_plant_id}",
            name=each.name.replace("Villanueva", "Tordesillas").replace("VILLANUEVA", "TORDESILLAS"),
            latitude=(each.latitude or 0) + 3,
            capacity_ac_kw=10 * (each.capacity_ac_kw or 0),
        )
        for each in villanueva()
    ]
    with warehouse.transaction() as connection:
        reconcile(connection, [*villanueva(), *large], complete_sources=ALL_SOURCES, now_utc=NOW)
    return warehouse


def _decisions(warehouse: Warehouse) -> list[tuple[str, str, str, str | None]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select action, source_plant_id, who, why from registry.decision order by decision_id"
        )
        return [tuple(row) for row in rows]


@pytest.mark.usefixtures("two_questions")
def test_what_a_wrong_answer_costs_most_is_asked_first() -> None:
    listed = json.loads(_review("--json").output)
    assert [proposal["plant_name"] for proposal in listed] == ["TORDESILLAS_SOLAR", "VILLANUEVA_SOLAR"]
    assert listed[0]["at_stake_mwh"] == pytest.approx(10 * listed[1]["at_stake_mwh"])
    printed = _review().output
    assert printed.index("TORDESILLAS") < printed.index("VILLANUEVA")
    assert f"km apart: is {listed[0]['record']} the plant" in printed
    assert f"registry accept {listed[0]['proposal_id']}`" in printed


def test_a_walk_takes_one_answer_after_the_other(two_questions: Warehouse) -> None:
    said = _review("--walk", "--who", "jana", answers="y\nseen on site\nn\n\n").output
    assert said.index("2 question(s) left") < said.index("TORDESILLAS") < said.index("1 question(s) left")
    assert said.rstrip().endswith("no proposal waits")
    assert _decisions(two_questions) == [
        ("link", "large 8", "jana", "seen on site"),
        ("reject", "8", "jana", _decisions(two_questions)[1][3]),
    ]
    assert _review("--walk").output == "no proposal waits\n"


def test_what_is_for_later_is_asked_once_and_nothing_noted(two_questions: Warehouse) -> None:
    said = _review("--walk", answers="l\nmaybe\nl\n").output
    assert "'maybe' is not one of" in said
    assert said.rstrip().endswith("no proposal waits but 2 for later")
    assert _review("--walk", answers="q\n").output.count("question(s) left") == 1
    assert _decisions(two_questions) == []


def test_the_end_of_the_input_ends_the_walk(two_questions: Warehouse) -> None:
    done = CliRunner().invoke(cli, ["registry", "review", "--walk"], input="y\n")
    assert done.exit_code == 1
    assert _decisions(two_questions) == []
