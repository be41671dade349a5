"""Golden values that are not made again are those that would be made."""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plant_pipeline
from plant_pipeline.registry.decisions.rulings import Rulings, rule
from plant_pipeline.registry.plants import basis, golden
from plant_pipeline.registry.plants.basis import RULES_OF_OTHERS, digest, rule_files
from plant_pipeline.registry.plants.golden import Golden, Member, Offer, disagreements, golden_values
from plant_pipeline.registry.plants.plan import plan_registry
from plant_pipeline.registry.plants.planned import Delivery, Plan, blank_plant
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.records import FieldKey
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import ALL_SOURCES, NOW, Given, applied, decision, record, velka_louka

_VALUES: dict[str, tuple[Any, ...]] = {
    "name": ("Louka", "PV-0042", "n/a", "Bor"),
    "technology": ("solar", "storage", "wind", "other", "hybrid", None),
    "latitude": (None, 50.0, 50.01, 55.0, 14.0, 0.0),
    "longitude": (14.0, 3.0, 50.0, 0.0, None),
    "timezone": (None, "Europe/Prague", "Europe/Berlin", "Asia/Seoul", "Asia/Pyongyang", "Europe/London", "CET+1"),
    "country": (None, "CZE", "NLD", "nowhere"),
    "capacity_ac_kw": (None, 1000.0, 1050.0, 2000.0, 0.0),
    "capacity_dc_kw": (None, 1200.0, 1500.0),
    "storage_kwh": (None, 500.0, 900.0),
    "sensor_timezones": ((), ("Europe/Prague",), ("Europe/Berlin", "Europe/Prague", "Europe/Berlin"), ("UTC",)),
    "has_load": (None, True),
    "own_keys": ((), ("LOUKA-7",)),
    "external_keys": ((), ("LOUKA-7",)),
}
# Seoul and Pyongyang part in 2015 and have one offset again since 2018; summer and winter lie half a year apart.
_NIGHTS = tuple(datetime(year, month, 10, 3, tzinfo=UTC) for year in (2015, 2016, 2018, 2019) for month in (1, 7))
_IDS = ("ravenwits:1", "ravenwits:2", "voke:1", "flexmeasures:1", "flexmeasures:2")


@st.composite
def _changed(draw: st.DrawFn, candidate: PlantCandidate) -> PlantCandidate:
    field = draw(st.sampled_from(sorted(_VALUES)))
    return replace(candidate, **{field: draw(st.sampled_from(_VALUES[field]))})


@st.composite
def _fleets(draw: st.DrawFn) -> list[PlantCandidate]:
    """Records of one plant mostly: they share name, place and id."""
    chosen = draw(st.lists(st.sampled_from(_IDS), min_size=1, unique=True))
    fleet = [record(written, "Louka", 50.0, 14.0, capacity_ac_kw=1000.0) for written in chosen]
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(fleet) - 1))
        fleet[place] = draw(_changed(fleet[place]))
    return fleet


def _rulings(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Rulings:
    actions = [
        decision("set", draw(st.sampled_from(_IDS)), field="capacity_ac_kw", value="1300"),
        decision("set", draw(st.sampled_from(_IDS)), field="timezone", value="Europe/London"),
        decision("retire", draw(st.sampled_from(_IDS))),
        decision("link", *draw(st.permutations(_IDS))[:2]),
        decision("not_a_plant", draw(st.sampled_from(_IDS))),
    ]
    made = draw(st.lists(st.sampled_from(actions), max_size=2))
    return rule([replace(each, decision_id=number, decided_at=_NIGHTS[0]) for number, each in enumerate(made)])


def _next_fleet(draw: Callable[[st.SearchStrategy[Any]], Any], fleet: Sequence[PlantCandidate]) -> list[PlantCandidate]:
    """Most nights bring the same."""
    changed = draw(st.sampled_from([None, None, None, *range(len(fleet))]))
    gone = draw(st.sampled_from([None, None, None, *range(len(fleet))]))
    return [
        replace(draw(_changed(each)) if number == changed else each, is_present=number != gone)
        for number, each in enumerate(fleet)
    ]


def _said(plan: Plan) -> object:
    rows = {key: (own.plant, own.course, own.standings, own.told) for key, own in plan.plants.items()}
    return rows, sorted(plan.findings)


@given(_fleets(), st.data())
def test_what_is_not_made_again_is_as_if_it_were(fleet: list[PlantCandidate], data: st.DataObject) -> None:
    registry = Registry()
    stored: dict[UUID, Mapping[FieldKey, Offer]] = {}
    for night in sorted(data.draw(st.lists(st.sampled_from(_NIGHTS), min_size=2, max_size=4))):
        fleet, rulings = _next_fleet(data.draw, fleet), _rulings(data.draw)
        delivery = Delivery.of(fleet, ALL_SOURCES)
        plan = plan_registry(registry, delivery, rulings, night)
        full = plan_registry(replace(registry, bases={}), delivery, rulings, night)
        assert _said(plan) == _said(full)
        for plant_id, planned in plan.plants.items():
            stored[plant_id] = stored[plant_id] if planned.offers is None else planned.offers
            assert stored[plant_id] == full.plants[plant_id].offers
            assert planned.basis == full.plants[plant_id].basis
        registry = applied(registry, plan)


@given(_fleets(), st.data())
def test_a_row_that_somebody_changed_is_made_again(fleet: list[PlantCandidate], data: st.DataObject) -> None:
    delivery = Delivery.of(fleet, ALL_SOURCES)
    registry = applied(Registry(), plan_registry(Registry(), delivery, Rulings(), NOW))
    field, value = data.draw(st.sampled_from([("capacity_ac_kw", 7.0), ("name", "Elsewhere"), ("timezone", None)]))
    spoiled_value: dict[str, Any] = {field: value}
    spoiled = {key: replace(plant, **spoiled_value) for key, plant in registry.plants.items()}
    again = plan_registry(replace(registry, plants=spoiled), delivery, Rulings(), NOW)
    for key, planned in again.plants.items():
        assert planned.plant.golden() == registry.plants[key].golden()


# ------------------------------------------------------------------------------------------------------ what it is of
_PLANT = blank_plant(UUID(int=1), "P-1", NOW, NOW)
_NO_VALUES = {"is_plant", "is_present", "observed_at", "reason", "own_keys", "external_keys", "has_load"}
_OTHER: dict[str, Any] = {
    "source": "voke", "source_plant_id": "2", "name": "Bor", "technology": "wind", "latitude": 50.1, "longitude": 14.1,
    "timezone": "Europe/Berlin", "country": "CZE", "capacity_ac_kw": 1000, "capacity_dc_kw": 5.0, "storage_kwh": 5.0,
    "sensor_timezones": ("Europe/Berlin",),
}  # fmt: skip


@pytest.mark.parametrize("field", [each.name for each in fields(PlantCandidate) if each.name not in _NO_VALUES])
def test_every_value_of_a_record_counts(field: str) -> None:
    one = record("ravenwits:1", "Louka", 50.0, 14.0, capacity_ac_kw=1000.0)
    other = replace(one, **{field: _OTHER[field]})
    assert digest(_PLANT, [Member(one)]) != digest(_PLANT, [Member(other)])


def test_whether_a_record_is_there_and_counts_counts() -> None:
    own = record("ravenwits:1", "Louka", 50.0, 14.0)
    members = [Member(own), Member(own, is_live=False), Member(own, is_counted=False)]
    assert len({digest(_PLANT, [each]) for each in members}) == 3


@given(_fleets())
def test_what_does_not_count_changes_nothing(fleet: list[PlantCandidate]) -> None:
    other = [
        replace(each, is_plant=None, is_present=False, observed_at=NOW + timedelta(days=1), reason="a", own_keys=("a",),
                external_keys=("b",), has_load=True)
        for each in fleet
    ]  # fmt: skip
    assert _valued(other) == _valued(fleet)


def _valued(fleet: Sequence[PlantCandidate]) -> tuple[Golden, list[str], bytes]:
    members = [Member(each) for each in fleet]
    found = golden_values(members, {})
    return found, disagreements("P-1", "Louka", members, found, NOW), digest(_PLANT, members)


# ---------------------------------------------------------------------------------------------------------- the rules
def test_all_code_that_values_are_made_by_counts() -> None:
    """What `golden` imports, and what that imports, is among the files and packages of the rules."""
    root = Path(plant_pipeline.__file__).parent
    counted = {"plant_pipeline." + ".".join(file.relative_to(root).with_suffix("").parts) for file in rule_files()}
    open_, own, others = [golden.__name__], set(), set()
    while open_:
        name = open_.pop()
        own.add(name)
        for imported in _imports(root, name):
            package = imported.partition(".")[0]
            if package != "plant_pipeline":
                others.add(package)
            elif imported not in own:
                open_.append(imported)
    own -= {"plant_pipeline.sources.all"}  # the order of sources alone, which counts by itself
    assert own <= counted
    assert "plant_pipeline.registry.places" in own
    assert others - sys.stdlib_module_names <= set(RULES_OF_OTHERS)


def _imports(root: Path, name: str) -> Iterator[str]:
    """The modules that one of ours imports; of a package what it imports itself."""
    if name == "plant_pipeline.sources.all":
        return
    tree = ast.parse(_file_of(root, name).read_text("utf-8"))
    typing_only = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = {inner for node in typing_only for inner in ast.walk(node)}
    for node in (each for each in ast.walk(tree) if each not in skipped):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _file_of(root: Path, name: str) -> Path:
    path = root.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_other_rules_make_all_values_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    members = [Member(record("ravenwits:1", "Louka"))]
    file = tmp_path / "rules.py"
    file.write_text("TOLERANCE = 1")
    monkeypatch.setattr(basis, "RULES", (file,))
    seen = set()
    for text in ("TOLERANCE = 1", "TOLERANCE = 2"):
        file.write_text(text)
        basis._rules.cache_clear()
        seen.add(digest(_PLANT, members))
    basis._rules.cache_clear()
    assert len(seen) == 2


# ------------------------------------------------------------------------------------------------------- in a warehouse
def test_plants_that_stay_as_they_are_are_not_valued_again(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    bor = record("voke:v2", "Bor", 49.0, 14.0, capacity_ac_kw=500.0)
    given.sync([*velka_louka(), bor])
    valued: list[str] = []

    def counted(members: Sequence[Member], stated: Mapping[str, object]) -> Golden:
        valued.append(members[0].candidate.name)
        return golden_values(members, stated)

    monkeypatch.setattr("plant_pipeline.registry.plants.lives.golden_values", counted)
    given.sync([*velka_louka(), bor], day=1)
    assert valued == []
    given.sync([*velka_louka(), replace(bor, capacity_ac_kw=600.0)], day=2)
    assert valued == ["Bor"]
    assert given.plant("voke:v2")["capacity_ac_kw"] == 600
    assert given.rows(
        "select value from registry.plant_field where field = 'capacity_ac_kw' and source_plant_id = 'v2'"
    ) == [("600.0",)]


def test_a_plant_whose_records_begin_to_disagree_by_the_clock_alone_is_told(given: Given) -> None:
    """Seoul and Pyongyang had one offset until August 2015."""
    both = [
        record("ravenwits:1", "Louka", timezone="Asia/Seoul", own_keys=("LOUKA-7",)),
        record("voke:1", "Louka", timezone="Asia/Pyongyang", external_keys=("LOUKA-7",)),
    ]
    nights = [(datetime(year, 1, 10, tzinfo=UTC) - NOW).days for year in (2013, 2014, 2016)]
    told = [[text for text in given.sync(both, day=night).findings if "Pyongyang" in text] for night in nights]
    assert given.plants() == [["ravenwits:1", "voke:1"]]
    assert (told[0], told[1], len(told[2])) == ([], [], 1)


def test_a_statement_counts_though_no_record_changed(given: Given) -> None:
    given.sync(velka_louka())
    given.decide(decision("set", "voke:v1", field="capacity_ac_kw", value="1300"), day=0.5)
    given.sync(velka_louka(), day=1)
    assert given.plant("voke:v1")["capacity_ac_kw"] == 1300
    given.undo("set", day=1.5)
    given.sync(velka_louka(), day=2)
    assert given.plant("voke:v1")["capacity_ac_kw"] == 1000
