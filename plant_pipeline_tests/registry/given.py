"""Records as sources deliver them, and a registry to deliver them to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.decisions.statements import Action, Decision
from plant_pipeline.registry.difference import difference
from plant_pipeline.registry.plants.plan import plan_registry
from plant_pipeline.registry.plants.planned import Delivery, Plan
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.reconcile import RegistryChanges, reconcile
from plant_pipeline.registry.store import add_decisions
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import Warehouse, read_frame
from plant_pipeline_tests.snapshot import snapshot

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
ALL_SOURCES = ("ravenwits", "voke", "flexmeasures")
RECORD_COLUMNS = ("source", "source_plant_id")


def record(written: str, name: str, latitude: float | None = None, longitude: float | None = None,
           **values: Any) -> PlantCandidate:  # fmt: skip
    """A record, written `SOURCE:ID`; a present solar plant unless said otherwise."""
    source, _, source_plant_id = written.partition(":")
    given: dict[str, Any] = {"is_plant": True, "is_present": True, "observed_at": NOW, "technology": "solar"}
    return PlantCandidate(
        source=source, source_plant_id=source_plant_id, name=name, latitude=latitude, longitude=longitude,
        **(given | values),
    )  # fmt: skip


def decision(action: Action, written: str, other: str | None = None, *, who: str = "jana", **values: Any) -> Decision:
    """A decision on a record and perhaps another, both written `SOURCE:ID`."""
    source, _, source_plant_id = written.partition(":")
    other_source, _, other_id = (other or "").partition(":")
    return Decision(
        action, source, source_plant_id, who, other_source=other_source or None,
        other_source_plant_id=other_id or None, **values,
    )  # fmt: skip


def velka_louka() -> list[PlantCandidate]:
    """One plant in three systems, about a kilometre apart, with an AC, a DC and again an AC capacity."""
    return [
        record("ravenwits:r1", "VELKA_LOUKA_01", 50.0, 14.0, capacity_ac_kw=1000.0, timezone="Europe/Prague",
               country="CZE"),
        record("voke:v1", "FVE Velká Louka", 50.01, 14.0, capacity_dc_kw=1480.0),
        record("flexmeasures:7", "Velka Louka PV", 50.0, 14.015, capacity_ac_kw=1000.0),
    ]  # fmt: skip


def villanueva() -> list[PlantCandidate]:
    """A doubtful pair: one name, 7 km apart, 18 and 12.5 MW."""
    return [
        record("ravenwits:r2", "VILLANUEVA_SOLAR", 38.183, -2.998, capacity_ac_kw=18_000.0),
        record("flexmeasures:8", "Villanueva Solar", 38.246, -2.998, capacity_ac_kw=12_500.0),
    ]


@dataclass(frozen=True)
class Given:
    """A registry in a real warehouse."""

    warehouse: Warehouse

    def sync(
        self,
        candidates: Sequence[PlantCandidate],
        day: float = 0,
        complete: Collection[str] = ALL_SOURCES,
        crosswalk: Sequence[Decision] | None = None,
    ) -> RegistryChanges:
        """Reconcile on a day after `NOW`."""
        with self.warehouse.transaction() as connection:
            return reconcile(connection, candidates, complete_sources=complete, now_utc=at(day), crosswalk=crosswalk)

    def decide(self, *decisions: Decision, day: float = 0) -> None:
        """Write decisions as a person would, outside a sync."""
        with self.warehouse.transaction() as connection:
            add_decisions(connection, decisions, at(day))

    def undo(self, action: str, day: float = 0) -> None:
        """Undo all decisions with an action."""
        with self.warehouse.transaction() as connection:
            connection.exec_driver_sql(
                "update registry.decision set undone_at = %(at)s where action = %(action)s",
                {"at": at(day), "action": action},
            )

    def rows(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a SQL text."""
        with self.warehouse.transaction() as connection:
            frame = read_frame(connection, statement, **parameters)
        return [tuple(row) for row in frame.itertuples(index=False, name=None)]

    def plants(self) -> list[list[str]]:
        """The records of each active plant, sorted."""
        return [
            row[0]
            for row in self.rows(
                "select array_agg(source || ':' || source_plant_id order by source, source_plant_id) as records "
                "from registry.plant_alias inner join registry.plant using (plant_id) "
                "where status = 'active' group by plant_id order by 1"
            )
        ]

    def plant(self, written: str) -> dict[str, Any]:
        """The plant's row that a record belongs to."""
        with self.warehouse.transaction() as connection:
            result = connection.exec_driver_sql(
                "select plant.* from registry.plant inner join registry.plant_alias using (plant_id) "
                "where source || ':' || source_plant_id = %(written)s",
                {"written": written},
            )
            return dict(result.mappings().one())

    def aliases(self) -> dict[str, tuple[Any, ...]]:
        """Method, presence and absences of each record."""
        rows = self.rows(
            "select source || ':' || source_plant_id, method, is_present, absences from registry.plant_alias order by 1"
        )
        return {row[0]: row[1:] for row in rows}

    def proposals(self, status: str = "open") -> list[str]:
        """The records for which a proposal has a status."""
        statement = (
            "select source || ':' || source_plant_id from registry.match_proposal where status = %(status)s order by 1"
        )
        return [row[0] for row in self.rows(statement, status=status)]

    def not_plants(self) -> dict[str, str]:
        """Records that are no plants, with the reason."""
        return dict(self.rows("select source || ':' || source_plant_id, reason from registry.not_a_plant order by 1"))

    def versions(self, written: str, field: str) -> list[tuple[Any, ...]]:
        """Begin and value of a field in the versions of a record's plant, oldest first."""
        return self.rows(
            f"select valid_from, h.{field} from registry.plant_history as h "
            "inner join registry.plant_alias as a on a.plant_id = h.plant_id "
            "where a.source || ':' || source_plant_id = %(written)s order by 1",
            written=written,
        )

    def state(self) -> dict[str, list[str]]:
        """All rows, without what an unchanged re-run may change."""
        with self.warehouse.transaction() as connection:
            return snapshot(connection)


def at(day: float) -> datetime:
    """An instant some days after `NOW`."""
    return NOW + timedelta(days=day)


def day(number: int) -> date:
    """A date some days after that of `NOW`."""
    return at(number).date()


def applied(registry: Registry, plan: Plan) -> Registry:
    """The registry after a plan was written."""
    known = dict(registry.proposals)
    found = difference(registry, plan, Delivery({}, frozenset(ALL_SOURCES)), {})
    for gone in found.deleted_proposals:
        del known[gone.key]
    known |= {proposal.key: proposal for proposal in found.proposals}
    return Registry(
        plants={key: planned.plant for key, planned in plan.plants.items()},
        aliases=plan.aliases,
        not_plants=plan.not_plants,
        records=plan.records,
        versions=plan.versions,
        trusted={
            key: registry.trusted.get(key) or registry.versions[key]
            for key, record in plan.records.items()
            if record.doubted_since
        },
        pasts={
            key: [*registry.pasts.get(key, ()), *([] if registry.versions.get(key) == version else [version])]
            for key, version in plan.versions.items()
        },
        bases={key: planned.basis for key, planned in plan.plants.items() if planned.basis is not None},
        proposals=known,
    )


def planned(
    fleet: Sequence[PlantCandidate], rulings: Rulings, registry: Registry | None = None, day: float = 0
) -> Plan:
    """The registry as it shall be after a complete delivery on a day after `NOW`, without a warehouse."""
    return plan_registry(registry or Registry(), Delivery.of(fleet, ALL_SOURCES), rulings, at(day))
