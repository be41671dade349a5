"""Whatever sources deliver and people decide, undo, merge, split, write into a file and carry to another warehouse: the
registry is what its records and the decisions in force make it.

Each seed is a course of its own. After every step the same delivery again changes nothing; in the end the decisions in
force, made anew at their times over the same deliveries, lead to the same plants, values and history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.crosswalk import contradictions
from plant_pipeline.registry.decisions.statements import Action, Decision, check_decision
from plant_pipeline.registry.equipment.placing import write_equipment
from plant_pipeline.registry.files import export_registry, import_registry
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.registry.review import accept, decide_together, open_proposals, reject, undo
from plant_pipeline.registry.store import add_decisions, read_decisions
from plant_pipeline.registry.whole_plants import merging, splitting
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import ALL_SOURCES, NOW, decision, record
from plant_pipeline_tests.registry.test_undone import TABLES, named
from plant_pipeline_tests.snapshot import snapshot

_NAMES = (
    "Velká Louka",
    "VELKA_LOUKA_01",
    "Velka Louka 2",
    "Bor",
    "Bor rozšíření",
    "Villanueva",
    "Lhota u Lesa",
    "風場",
)
_DATES = (None, None, date(2026, 1, 1), date(2026, 3, 11), date(2026, 3, 13))
_STATED = (("capacity_ac_kw", "1500"), ("name", "Renamed"), ("technology", "hybrid"), ("timezone", "America/New_York"))
_SENSORS = {**TABLES, "sensor": "plant_id, source, source_sensor_id, quantity, sign, is_main, is_cumulative"}
_EMPTY = "truncate registry.plant, registry.decision, registry.not_a_plant, registry.touched cascade"


@dataclass
class _Course:
    """One registry, what was delivered to it and when, and the lines of its file of decisions."""

    warehouse: Warehouse
    chance: Random
    folder: Path
    fleet: list[PlantCandidate]
    now: datetime = NOW
    deliveries: list[tuple[datetime, Sequence[PlantCandidate], bool]] = field(default_factory=list)
    delivered: Sequence[PlantCandidate] = ()
    lines: list[Decision] = field(default_factory=list)

    # -- what happens --
    def night(self) -> None:
        """Another day: some records changed, some gone, and the file as it stands."""
        self.now = NOW + timedelta(days=(self.now - NOW).days + 1)
        self.fleet = [self._changed(each) for each in self.fleet]
        self._deliver([each for each in self.fleet if self.chance.random() < 0.85])

    def again(self) -> None:
        """The same once more, in another order."""
        before = self.state()
        self.now += timedelta(minutes=7)
        shuffled = list(self.delivered)
        self.chance.shuffle(shuffled)
        self._reconcile(shuffled, complete=False)
        assert self.state() == before

    def edit_file(self) -> None:
        """Lines are added, taken out, or given another reason; one that contradicts others would stop the sync."""
        self.lines = [each for each in self.lines if self.chance.random() < 0.7]
        self.lines = [replace(each, why=self.chance.choice(("a", "b", None))) for each in self.lines]
        made = replace(self._any_decision(), line=len(self.lines) + 2)
        if made.sensor is None and not check_decision(made) and not contradictions([*self.lines, made]):
            self.lines.append(made)
        self._deliver(self.delivered, complete=False)

    def decide(self) -> None:
        made = self._any_decision()
        self._try(lambda connection: decide_together(connection, [made], self.now, self.delivered))

    def answer(self) -> None:
        """One of the questions that wait."""
        with self.warehouse.transaction() as connection:
            waiting = [each.proposal_id for each in open_proposals(connection)]
        if waiting:
            answer, proposal_id = self.chance.choice((accept, accept, reject)), self.chance.choice(waiting)
            self._try(lambda connection: answer(connection, proposal_id, "jana", self.now, None, self.delivered))

    def merge(self) -> None:
        codes = self._codes()
        if len(codes) > 1:
            one, other = self.chance.sample(codes, 2)
            self._try(
                lambda connection: decide_together(
                    connection, merging(connection, one, other, "jana", None), self.now, self.delivered
                )
            )

    def split(self) -> None:
        with self.warehouse.transaction() as connection:
            rows = connection.exec_driver_sql(
                "select plant_code, array_agg(source order by source, source_plant_id), "
                "array_agg(source_plant_id order by source, source_plant_id) from registry.plant_alias "
                "inner join registry.plant using (plant_id) group by plant_code having count(*) > 1 order by plant_code"
            ).all()
        if rows:
            code, sources, ids = self.chance.choice(rows)
            going = self.chance.sample(list(zip(sources, ids, strict=True)), self.chance.randint(1, len(ids) - 1))
            self._try(
                lambda connection: decide_together(
                    connection, splitting(connection, code, going, "jana", None), self.now, self.delivered
                )
            )

    def take_back(self) -> None:
        """Any decision in force, also one of a group, or of a line that stays in the file."""
        with self.warehouse.transaction() as connection:
            ids = [own.decision.decision_id for own in read_decisions(connection) if own.is_in_force]
        if ids:
            chosen = self.chance.choice(ids)
            self._try(lambda connection: undo(connection, chosen or 0, "petr", self.now, None, self.delivered))

    def carry_over(self) -> None:
        """To an empty warehouse, as files."""
        with self.warehouse.transaction() as connection:
            files = list(export_registry(connection, self.folder))
            connection.exec_driver_sql(_EMPTY)
            import_registry(connection, self.folder)
        assert len(files) > 1
        self.now += timedelta(minutes=1)
        self._reconcile(self.delivered, complete=False)

    # -- how --
    def _changed(self, each: PlantCandidate) -> PlantCandidate:
        if self.chance.random() < 0.8:
            return each
        changes: Sequence[dict[str, Any]] = (
            {"name": self.chance.choice(_NAMES)},
            {"capacity_ac_kw": self.chance.choice((None, 900.0, 2000.0))},
            {"latitude": 58.0, "technology": "wind", "name": "Nordsee"},
            {"latitude": 50.0},
            {"is_plant": self.chance.choice((True, None, False))},
        )
        return replace(each, **self.chance.choice(changes))

    def _any_decision(self) -> Decision:
        names = [f"{each.source}:{each.source_plant_id}" for each in self.fleet]
        one, other = self.chance.sample(names, 2)
        since = self.chance.choice(_DATES)
        actions: Sequence[Action] = ("link", "link", "unlink", "reject", "set", "set", "retire", "not_a_plant")
        match self.chance.choice(actions):
            case "set" if self.chance.random() < 0.3:
                stated = self.chance.choice((("quantity", "none"), ("sign", "-1"), ("role", "check"), ("sign", "1")))
                sensor = f"flexmeasures:{other.partition(':')[2]}"
                return Decision("set", "", "", "jana", field=stated[0], value=stated[1], sensor=sensor)
            case "set":
                field_name, value = self.chance.choice(_STATED)
                return decision("set", one, field=field_name, value=value, valid_from=since)
            case "link":
                return decision("link", one, other, value=self.chance.choice((None, None, "duplicate")))
            case "unlink" | "reject" as action:
                to = self.chance.choice((other, None))
                return decision(action, one, to, valid_from=since if action == "unlink" and to is None else None)
            case "retire":
                return decision("retire", one, valid_from=since)
            case action:
                return decision(action, one)

    def _try(self, deed: Callable[[Any], object]) -> None:
        """What is refused leaves everything as it is."""
        self.now += timedelta(minutes=1)
        before = self.state()
        try:
            with self.warehouse.transaction() as connection:
                deed(connection)
                self._place(connection)
        except UsageError:
            assert self.state() == before
        else:
            self.deliveries.append((self.now, self.delivered, False))

    def _deliver(self, records: Sequence[PlantCandidate], *, complete: bool = True) -> None:
        self.now += timedelta(minutes=1)
        self.delivered = records
        self._reconcile(records, complete=complete)

    def _reconcile(self, records: Sequence[PlantCandidate], *, complete: bool, with_file: bool = True) -> None:
        if with_file:
            self.deliveries.append((self.now, records, complete))
        with self.warehouse.transaction() as connection:
            reconcile(
                connection, records, complete_sources=ALL_SOURCES if complete else (), now_utc=self.now,
                crosswalk=self.lines if with_file else None,
            )  # fmt: skip
            self._place(connection)

    def _place(self, connection: Any) -> None:
        """A meter of FlexMeasures for each record of it."""
        own = [each.source_plant_id for each in self.fleet if each.source == "flexmeasures"]
        quarter = timedelta(minutes=15)
        meters = [EquipmentFact("flexmeasures", f"meter {each}", each, "meter", "meter", True) for each in own]
        sensors = [
            SensorFact("flexmeasures", each, f"meter {each}", "ac power", "W", quarter, True, "UTC") for each in own
        ]
        write_equipment(connection, meters, sensors)

    def _codes(self) -> list[str]:
        with self.warehouse.transaction() as connection:
            statement = (
                "select distinct plant_code from registry.plant_alias inner join registry.plant using (plant_id)"
            )
            return sorted(connection.exec_driver_sql(statement).scalars())

    # -- what stands there --
    def state(self) -> Mapping[str, Sequence[str]]:
        with self.warehouse.transaction() as connection:
            return snapshot(connection)

    def tables(self) -> dict[str, set[tuple[Any, ...]]]:
        """With plants that only decisions make named by their records; of proposals those that wait."""
        with self.warehouse.transaction() as connection:
            found = {
                name: {tuple(row) for row in connection.exec_driver_sql(f"select {columns} from registry.{name}")}
                for name, columns in _SENSORS.items()
            }
        found["match_proposal"] = {row for row in found["match_proposal"] if row[5] == "open"}
        return named(found)

    def made_anew(self) -> dict[str, set[tuple[Any, ...]]]:
        """The same after the same deliveries, and what is in force now decided when it was."""
        with self.warehouse.transaction() as connection:
            in_force = [own.decision for own in read_decisions(connection) if own.is_in_force]
            connection.exec_driver_sql(_EMPTY)
        for now, records, complete in self.deliveries:
            self.now, self.delivered = now, records
            due = [each for each in in_force if (each.decided_at or now) <= now]
            in_force = in_force[len(due) :]
            with self.warehouse.transaction() as connection:
                for each in due:
                    add_decisions(connection, [each], each.decided_at or now)
            self._reconcile(records, complete=complete, with_file=False)
        assert in_force == []
        return self.tables()


def _fleet(chance: Random) -> list[PlantCandidate]:
    return [
        record(
            f"{chance.choice(ALL_SOURCES)}:{number}", chance.choice(_NAMES),
            chance.choice([None, 50.0, 50.0, 50.01, 52.0]), 14.0,
            technology=chance.choice(["solar", "solar", "wind", None]),
            capacity_ac_kw=chance.choice([None, 500.0, 1000.0, 1500.0]),
            is_plant=chance.choice([True, True, True, None]),
        )
        for number in range(chance.randint(3, 7))
    ]  # fmt: skip


def run_course(warehouse: Warehouse, folder: Path, seed: int, steps: int) -> None:
    chance = Random(seed)  # noqa: S311 -- a course of events, not a secret
    course = _Course(warehouse, chance, folder, _fleet(chance))
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(_EMPTY)
    happenings = (
        course.night, course.night, course.decide, course.decide, course.answer, course.merge, course.split,
        course.take_back, course.take_back, course.edit_file, course.carry_over,
    )  # fmt: skip
    course.night()
    for _ in range(steps):
        chance.choice(happenings)()
        course.again()
    for _ in range(2):
        course.night()
        course.again()
    found, expected = course.tables(), course.made_anew()
    differences = {name: (found[name] - rows, rows - found[name]) for name, rows in expected.items()}
    assert {name: each for name, each in differences.items() if any(each)} == {}


@pytest.mark.parametrize("seed", range(4))
def test_any_course_leads_to_what_its_records_and_decisions_in_force_make(
    warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    run_course(warehouse, tmp_path, seed, steps=8)
