"""What is undone is as if it had never been decided, whatever else was decided and delivered meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plant_pipeline.registry.decisions.statements import Action, Decision
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.review import undo
from plant_pipeline.registry.store import add_decisions
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import ALL_SOURCES, at, decision, record

_NAMES = ("Velká Louka", "VELKA_LOUKA_01", "Bor", "Villanueva", "Lhota u Lesa")
_STATED = (("capacity_ac_kw", "1500"), ("name", "Renamed"), ("technology", "hybrid"), ("timezone", "America/New_York"))
TABLES = {
    "plant": "plant_id, name, technology, latitude, timezone, capacity_ac_kw, status, merged_into, retired_at",
    "plant_alias": "source, source_plant_id, plant_id, method, score, is_present, is_duplicate, absences",
    "plant_field": "plant_id, field, source, source_plant_id, value, is_selected",
    "plant_history": "plant_id, valid_from, valid_to, name, technology, timezone, capacity_ac_kw, status, merged_into, "
    "retired_at",
    "not_a_plant": "source, source_plant_id, reason",
    "match_proposal": "kind, source, source_plant_id, plant_id, score, status, decided_by",
    "record": "source, source_plant_id, plant_id, method, score, doubted_since",
    "record_version": "source, source_plant_id, valid_from, absences, name, technology, capacity_ac_kw",
}


@dataclass(frozen=True)
class Night:
    """A day: the fleet as delivered, then decisions, each with whether and after how many days it is undone."""

    fleet: tuple[PlantCandidate, ...]
    decisions: tuple[tuple[Decision, int | None], ...]


@st.composite
def _nights(draw: st.DrawFn) -> list[Night]:
    count = draw(st.integers(2, 6))
    fleet = [
        record(
            f"{draw(st.sampled_from(ALL_SOURCES))}:{number}", draw(st.sampled_from(_NAMES)),
            draw(st.sampled_from([50.0, 50.01, 52.0])), 14.0,
            technology=draw(st.sampled_from(["solar", "solar", "wind", None])),
            capacity_ac_kw=draw(st.sampled_from([None, 1000.0, 1100.0])),
            is_plant=draw(st.sampled_from([True, True, None, False])),
        )
        for number in range(count)
    ]  # fmt: skip
    nights = []
    for _ in range(draw(st.integers(2, 4))):
        delivered = tuple(
            replace(each, name=draw(st.sampled_from([each.name, each.name, "Other"])),
                    latitude=draw(st.sampled_from([each.latitude, each.latitude, 58.0])),
                    capacity_ac_kw=draw(st.sampled_from([each.capacity_ac_kw, 900.0])))
            for each in fleet if draw(st.sampled_from([True, True, True, False]))
        )  # fmt: skip
        made = tuple(
            (draw(_decisions(fleet)), draw(st.sampled_from([None, 0, 1]))) for _ in range(draw(st.integers(0, 2)))
        )
        nights.append(Night(delivered, made))
    return nights


@st.composite
def _decisions(draw: st.DrawFn, fleet: Sequence[PlantCandidate]) -> Decision:
    written = [f"{each.source}:{each.source_plant_id}" for each in fleet]
    one, other = draw(st.permutations(written))[:2]
    since = draw(st.sampled_from([None, date(2026, 1, 1), date(2026, 3, 11)]))
    action: Action = draw(st.sampled_from(["link", "link", "link", "unlink", "reject", "set", "retire", "not_a_plant"]))
    match action:
        case "set":
            field, value = draw(st.sampled_from(_STATED))
            return decision("set", one, field=field, value=value, valid_from=since)
        case "retire":
            return decision("retire", one, valid_from=since)
        case "not_a_plant":
            return decision("not_a_plant", one)
        case "link":
            return decision("link", one, other, value=draw(st.sampled_from([None, None, "duplicate"])))
        case "reject":
            return decision("reject", one, draw(st.sampled_from([other, None])))
        case "unlink" if draw(st.booleans()):
            return decision("unlink", one, valid_from=since)
        case _:
            return decision(action, one, other)


def _lived(warehouse: Warehouse, nights: Sequence[Night], *, with_undone: bool) -> dict[str, set[tuple[Any, ...]]]:
    """The registry after these nights, and one more; with what was undone, or as if it had never been decided."""
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("truncate registry.plant, registry.decision, registry.not_a_plant cascade")
    due: list[tuple[int, int]] = []
    for number, night in enumerate([*nights, Night(nights[-1].fleet, ()), Night(nights[-1].fleet, ())]):
        with warehouse.transaction() as connection:
            reconcile(connection, night.fleet, complete_sources=ALL_SOURCES, now_utc=at(number))
            for minute, (made, undone_after) in enumerate(night.decisions):
                if not with_undone and undone_after is not None:
                    continue
                now_utc = at(number) + timedelta(minutes=minute + 1)
                add_decisions(connection, [made], now_utc)
                reconcile(connection, night.fleet, complete_sources=(), now_utc=now_utc)
                if undone_after is not None:
                    last = connection.exec_driver_sql("select max(decision_id) from registry.decision").scalar_one()
                    due.append((number + undone_after, last))
            for _, decision_id in [each for each in due if each[0] == number]:
                undo(connection, decision_id, "jana", at(number) + timedelta(hours=1), candidates=night.fleet)
    with warehouse.transaction() as connection:
        return {
            name: {tuple(row) for row in connection.exec_driver_sql(f"select {columns} from registry.{name}")}
            for name, columns in TABLES.items()
        }


def named(tables: dict[str, set[tuple[Any, ...]]]) -> dict[str, set[tuple[Any, ...]]]:
    """The rows with plants that only decisions make named by their records, without plants that have none any more.

    An id once issued stays, so such a plant may have been given the id of another one that has since been undone.
    """
    homes = {row[2] for row in tables["record"]}
    members: dict[Any, list[str]] = defaultdict(list)
    for source, source_plant_id, plant_id, *_ in sorted(tables["plant_alias"], key=lambda row: row[:2]):
        members[plant_id].append(f"{source}:{source_plant_id}")
    names = {plant_id: plant_id if plant_id in homes else ", ".join(of) for plant_id, of in members.items()}
    gone = {row[0] for row in tables["plant"]} - homes - members.keys()
    assert all(row[6] != "active" for row in tables["plant"] if row[0] in gone)
    return {
        name: {tuple(names.get(each, each) for each in row) for row in rows if row[0] not in gone}
        for name, rows in tables.items()
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=_nights())
def test_what_is_undone_is_as_if_it_had_never_been_decided(warehouse: Warehouse, nights: list[Night]) -> None:
    found = _lived(warehouse, nights, with_undone=True)
    expected = _lived(warehouse, nights, with_undone=False)
    found, expected = named(found), named(expected)
    differences = {name: (found[name] - rows, rows - found[name]) for name, rows in expected.items()}
    assert {name: each for name, each in differences.items() if any(each)} == {}
