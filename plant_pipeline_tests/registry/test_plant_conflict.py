"""Whose value is taken, as data, and where sources disagree beyond tolerance."""

from dataclasses import replace

import pytest

from plant_pipeline.warehouse import execute
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
