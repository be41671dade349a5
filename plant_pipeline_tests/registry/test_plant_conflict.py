"""Whose value is taken, as data, and where sources disagree beyond tolerance."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plant_pipeline.warehouse import Warehouse, execute
from plant_pipeline_tests.registry.given import Given, decision, velka_louka

_CONFLICTS = "select field, selected_source, selected_value, other_source, other_value, difference, tolerance "
_FROM = "from registry.plant_conflict order by field, other_source"


def test_whose_value_is_taken_can_be_read(given: Given) -> None:
    given.sync(velka_louka())
    asked = {
        field: given.rows(
            "select source, rank, tolerance from registry.field_precedence where field = %(field)s order by rank",
            field=field,
        )
        for field in ("capacity_ac_kw", "capacity_dc_kw", "latitude", "country", "commissioned_at")
    }
    sources = {field: [row[0] for row in rows] for field, rows in asked.items()}
    assert sources["capacity_ac_kw"][:4] == ["decision", "ravenwits", "voke", "flexmeasures"]
    assert sources["capacity_dc_kw"][:4] == ["decision", "voke", "ravenwits", "flexmeasures"]  # Voke has the panels'
    assert sources["country"][-1] == "derived"
    assert sources["commissioned_at"] == ["decision"]
    assert [row[1] for row in asked["latitude"]] == list(range(len(asked["latitude"])))
    assert [row[2] for row in asked["capacity_ac_kw"][1:4]] == [0.1] * 3
    assert [row[2] for row in asked["latitude"][1:4]] == [5.0] * 3


def test_a_source_that_is_gone_has_no_rank(given: Given) -> None:
    with given.warehouse.transaction() as connection:
        connection.exec_driver_sql("insert into registry.field_precedence values ('name', 'gone', 9, null)")
    given.sync(velka_louka())
    assert given.rows("select source from registry.field_precedence where source = 'gone'") == []
    before = given.rows("select field, source, xmin::text from registry.field_precedence order by 1, 2")
    given.sync(velka_louka(), day=1)
    assert given.rows("select field, source, xmin::text from registry.field_precedence order by 1, 2") == before


def test_sources_disagree_beyond_tolerance(given: Given) -> None:
    ravenwits, voke, flexmeasures = velka_louka()
    given.sync([ravenwits, voke, flexmeasures])
    assert given.rows(_CONFLICTS + _FROM) == []
    # 0.09 degrees of latitude of 111.195 km each: 10.01 km. FlexMeasures says 1,110 kW: 11 % more.
    elsewhere = [ravenwits, replace(voke, latitude=50.09), replace(flexmeasures, capacity_ac_kw=1110.0)]
    given.sync(elsewhere, day=1)
    capacity, place = given.rows(_CONFLICTS + _FROM)
    assert capacity[:5] == ("capacity_ac_kw", "ravenwits", "1000", "flexmeasures", "1110")
    assert capacity[5:] == (pytest.approx(0.11), 0.1)
    assert place[:5] == ("place", "ravenwits", "50, 14", "voke", "50.09, 14")
    assert place[5:] == (pytest.approx(10.0075, abs=0.001), 5.0)
    code = given.plant("voke:v1")["plant_code"]
    with given.warehouse.transaction() as connection:
        words = execute(connection, "registry/conflicts_in_words").scalars().all()
    assert words == [
        f"{code}: Ravenwits and Voke disagree by 10.0 km on its place",
        f"{code}: Ravenwits says 1000, Flexmeasures says 1110 of its capacity_ac_kw",
    ]
    # What a person states is settled; what is off by 9 % is none.
    given.decide(decision("set", "voke:v1", field="capacity_ac_kw", value="1300"), day=1)
    given.sync([ravenwits, voke, replace(flexmeasures, capacity_ac_kw=1110.0)], day=2)
    assert given.rows(_CONFLICTS + _FROM) == []
    given.undo("set", day=2)
    given.sync([ravenwits, voke, replace(flexmeasures, capacity_ac_kw=1090.0)], day=3)
    assert given.rows(_CONFLICTS + _FROM) == []


def test_a_technology_that_contradicts_is_a_conflict_and_a_part_of_a_hybrid_is_none(given: Given) -> None:
    links = [decision("link", "voke:v1", "ravenwits:r1"), decision("link", "flexmeasures:7", "ravenwits:r1")]
    ravenwits, voke, flexmeasures = velka_louka()
    given.decide(*links, day=-1)
    given.sync([ravenwits, replace(voke, technology="wind"), replace(flexmeasures, technology="other")])
    assert given.rows(_CONFLICTS + _FROM) == [("technology", "ravenwits", "solar", "voke", "wind", None, None)]
    given.sync([ravenwits, replace(voke, technology="storage"), flexmeasures], day=1)
    assert given.plant("voke:v1")["technology"] == "hybrid"
    assert given.rows(_CONFLICTS + _FROM) == []


def test_parts_of_a_source_add_up_and_what_is_gone_says_nothing(given: Given) -> None:
    ravenwits, voke, flexmeasures = velka_louka()
    half = replace(flexmeasures, capacity_ac_kw=500.0)
    other = replace(half, source_plant_id="8", name="Second half")
    links = [decision("link", f"flexmeasures:{each}", "ravenwits:r1") for each in (7, 8)]
    given.decide(*links, day=-1)
    given.sync([ravenwits, voke, half, other])
    assert given.rows(_CONFLICTS + _FROM) == []
    for day in (1, 2):
        given.sync([ravenwits, voke, half], day=day)
    ((_, _, selected, source, said, *_),) = given.rows(_CONFLICTS + _FROM)
    assert (selected, source, said) == ("1000", "flexmeasures", "500")


def test_the_planner_knows_the_tables_that_the_first_sync_fills(given: Given) -> None:
    """Else it takes 13,000 plants for 46 and compares all of them with all: a quarter of an hour for this view."""
    given.sync(velka_louka())
    known = given.rows("select distinct tablename from pg_stats where schemaname = 'registry'")
    assert {"plant", "plant_alias", "plant_field", "record"} <= {name for (name,) in known}


_MANY_PLANTS = """
insert into registry.plant (plant_id, plant_code, name, technology, status, first_seen_at, updated_at)
select gen_random_uuid(), 'P-' || n, 'P-' || n, 'solar', 'active', now(), now() from generate_series(1, 400) as n;
insert into registry.plant_alias
(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at)
select s, plant_code, plant_id, name, 'new', true, now(), now()
from registry.plant cross join unnest(array['ravenwits', 'voke', 'flexmeasures']) as s;
insert into registry.plant_field (plant_id, field, source, source_plant_id, value, is_selected, observed_at)
select plant_id, f, source, source_plant_id, '50', source = 'ravenwits', now() from registry.plant_alias
cross join unnest(array['latitude', 'longitude', 'capacity_ac_kw', 'technology', 'name']) as f
"""


@pytest.mark.parametrize("is_analyzed", [False, True])
def test_values_are_compared_with_those_of_their_plant_alone(warehouse: Warehouse, is_analyzed: bool) -> None:
    with warehouse.transaction() as connection:
        for statement in _MANY_PLANTS.split(";"):
            connection.exec_driver_sql(statement)
        if is_analyzed:
            connection.exec_driver_sql("analyze registry.plant, registry.plant_alias, registry.plant_field")
        explain = "explain (analyze, timing off, format json) select * from registry.plant_conflict"
        (plan,) = connection.exec_driver_sql(explain).scalar_one()
    assert _compared_in_vain(plan["Plan"]) < 20_000  # of 1,200 records


def _compared_in_vain(node: Mapping[str, Any]) -> float:
    """Pairs of rows that were looked at and did not belong together."""
    own = node.get("Rows Removed by Join Filter", 0) * node["Actual Loops"]
    return float(own) + sum(_compared_in_vain(inner) for inner in node.get("Plans", ()))
