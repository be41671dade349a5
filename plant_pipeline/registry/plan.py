"""From the registry as it is and the records as delivered to the registry as it shall be; pure.

What belongs here: putting together presence, resolution, golden values and status. What does not: the rules themselves
(lifecycle, resolve, golden), SQL (store), comparing with before (difference).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from plant_pipeline.errors import ContractViolation
from plant_pipeline.registry.golden import DECISION, DERIVED, Golden, Member, disagreements, golden_values
from plant_pipeline.registry.history import local_date
from plant_pipeline.registry.identity import plant_code
from plant_pipeline.registry.lifecycle import (
    Retirement,
    members_of,
    stated_retirement,
    updated_presence,
    with_status,
    without_records,
)
from plant_pipeline.registry.match import find_matches
from plant_pipeline.registry.offers import offer_rows, restored_candidate
from plant_pipeline.registry.records import Alias, FieldKey, FieldRow, Plant, RecordKey, key_of, written
from plant_pipeline.registry.resolve import Known, Resolution, resolve
from plant_pipeline.registry.rulings import Rulings, Step, stated_on, steps_by_field
from plant_pipeline.registry.shared_ids import shared_ids
from plant_pipeline.registry.state import Registry
from plant_pipeline.registry.statements import Decision
from plant_pipeline.sources.shapes import PlantCandidate


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the sources delivered: records by key, and which listings were complete."""

    records: Mapping[RecordKey, PlantCandidate]
    complete_sources: frozenset[str]

    @staticmethod
    def of(candidates: Iterable[PlantCandidate], complete_sources: Collection[str]) -> "Delivery":
        """Raises `ContractViolation` if a record is delivered twice."""
        records: dict[RecordKey, PlantCandidate] = {}
        for candidate in candidates:
            if records.setdefault(key_of(candidate), candidate) is not candidate:
                raise ContractViolation(f"{written(key_of(candidate))} was delivered twice; a record has one candidate")
        return Delivery(records, frozenset(complete_sources))


@dataclass(frozen=True, slots=True)
class PlannedPlant:
    """A plant as it shall be: its row, its offers, what people state of it, and its first values if it is new."""

    plant: Plant
    offers: Mapping[FieldKey, FieldRow] = field(default_factory=dict)
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    retirement: Retirement | None = None
    first: Plant | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The registry as it shall be. `in_play` are the records that were compared with each other."""

    plants: Mapping[UUID, PlannedPlant]
    aliases: Mapping[RecordKey, Alias]
    not_plants: Mapping[RecordKey, tuple[str, str]]
    resolution: Resolution
    in_play: frozenset[RecordKey]
    findings: Sequence[str]


def plan_registry(registry: Registry, delivery: Delivery, rulings: Rulings, now_utc: datetime) -> Plan:
    """The registry as it shall be after this delivery. The order of records does not matter."""
    return _Planner(registry, delivery, rulings, now_utc).plan()


@dataclass
class _Planner:
    registry: Registry
    delivery: Delivery
    rulings: Rulings
    now_utc: datetime
    findings: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        known = {key: self._seen(alias) for key, alias in self.registry.aliases.items()}
        records, denied = self._records()
        resolution = self._resolution(known, records)
        self.findings += resolution.findings
        aliases = {
            key: self._alias(known.get(key), records[key], plant_id, resolution)
            for key, plant_id in resolution.plant_of.items()
        }
        denied |= {key: (records[key].name, reason) for key, reason in resolution.not_plants.items()}
        plants = self._plants(aliases, records)
        self.findings += [f"decision {each} is overruled by a newer one" for each in self.rulings.overruled]
        self.findings += self._unheard_of(aliases.keys() | denied.keys())
        not_plants = denied | self._still_not_plants(aliases.keys() | denied.keys())
        return Plan(plants, aliases, not_plants, resolution, frozenset(records), self.findings)

    # ------------------------------------------------------------------------------------------------------ records
    def _may_be_plant(self, candidate: PlantCandidate) -> bool:
        return candidate.is_plant is not False or key_of(candidate) in self.rulings.linked

    def _seen(self, alias: Alias) -> Alias:
        candidate = self.delivery.records.get(alias.key)
        if candidate is not None and not self._may_be_plant(candidate):
            candidate = None
        return updated_presence(alias, candidate, self.delivery.complete_sources)

    def _records(self) -> tuple[dict[RecordKey, PlantCandidate], dict[RecordKey, tuple[str, str]]]:
        """Known records, as delivered or as remembered, and new ones that are there; and those that are no plants."""
        delivered = self.delivery.records
        records = {
            key: delivered.get(key) or restored_candidate(alias, self.registry.offers.get(alias.plant_id, {}))
            for key, alias in self.registry.aliases.items()
        }
        denied: dict[RecordKey, tuple[str, str]] = {}
        for key, candidate in delivered.items():
            if not candidate.is_present:
                continue
            if self._may_be_plant(candidate):
                records.setdefault(key, candidate)
                continue
            denied[key] = candidate.name, candidate.reason or "its source says that it is no plant"
            if key in records:
                self.findings.append(f"{written(key)} is no longer a plant by its source: {denied[key][1]}")
        return records, denied

    def _resolution(self, known: Mapping[RecordKey, Alias], records: Mapping[RecordKey, PlantCandidate]) -> Resolution:
        present = frozenset(key for key in records if key not in known or known[key].is_present)
        compared = [records[key] for key in present if key not in self.rulings.not_plants]
        shared, matches = shared_ids(compared), find_matches(compared)
        return resolve(Known(records, present, known, self.registry.plants, self.rulings, shared, matches))

    def _alias(self, known: Alias | None, candidate: PlantCandidate, plant_id: UUID, resolution: Resolution) -> Alias:
        key = key_of(candidate)
        alias = known or Alias(
            source=candidate.source,
            source_plant_id=candidate.source_plant_id,
            plant_id=plant_id,
            source_name=candidate.name,
            method="new",
            score=None,
            is_present=True,
            is_duplicate=False,
            absences=0,
            first_seen_at=self.now_utc,
            last_seen_at=candidate.observed_at,
        )
        alias = replace(
            alias,
            plant_id=plant_id,
            is_duplicate=key in self.rulings.duplicates,
            has_load=candidate.has_load,
        )
        bond = resolution.bonds.get(key)
        return replace(alias, method=bond.method, score=bond.score) if bond else alias

    def _still_not_plants(self, decided: Collection[RecordKey]) -> dict[RecordKey, tuple[str, str]]:
        """Records that were no plants, of which nothing new is known."""
        kept = {}
        for key, row in self.registry.not_plants.items():
            candidate = self.delivery.records.get(key)
            is_gone = key[0] in self.delivery.complete_sources and (candidate is None or not candidate.is_present)
            if key not in decided and not is_gone:
                kept[key] = row
        return kept

    def _unheard_of(self, heard_of: Collection[RecordKey]) -> list[str]:
        """Findings on decisions about records that nobody has seen: they may be mistyped."""
        rulings = self.rulings
        named = {record for records in rulings.joined for record in records} | {*rulings.stated, *rulings.retired}
        unknown = sorted(named - set(heard_of) - self.registry.not_plants.keys())
        return [f"a decision names {written(record)}, which no source has delivered" for record in unknown]

    # ------------------------------------------------------------------------------------------------------- plants
    def _plants(
        self, aliases: Mapping[RecordKey, Alias], records: Mapping[RecordKey, PlantCandidate]
    ) -> dict[UUID, PlannedPlant]:
        members: dict[UUID, list[Alias]] = defaultdict(list)
        for alias in aliases.values():
            members[alias.plant_id].append(alias)
        former: dict[UUID, list[RecordKey]] = defaultdict(list)
        for key, alias in self.registry.aliases.items():
            former[alias.plant_id].append(key)
        planned = {}
        codes = {plant.plant_code for plant in self.registry.plants.values()}
        for plant_id in sorted(members.keys() - self.registry.plants.keys()):
            code = plant_code(plant_id, codes)
            codes.add(code)
            planned[plant_id] = self._planned(_blank(plant_id, code, self.now_utc), members[plant_id], records)
        for plant_id, plant in self.registry.plants.items():
            if plant_id in members:
                planned[plant_id] = self._planned(plant, members[plant_id], records)
            elif plant_id in former:
                moved = [aliases[key] for key in former[plant_id] if key in aliases]
                planned[plant_id] = PlannedPlant(without_records(plant, moved, self.now_utc))
            else:
                planned[plant_id] = PlannedPlant(plant)
        return planned

    def _planned(
        self, plant: Plant, aliases: Sequence[Alias], records: Mapping[RecordKey, PlantCandidate]
    ) -> PlannedPlant:
        members = members_of(aliases, records, self.rulings)
        is_live = any(member.is_live for member in members)
        decisions = [decision for alias in aliases for decision in self.rulings.stated.get(alias.key, ())]
        retired = [self.rulings.retired[alias.key] for alias in aliases if alias.key in self.rulings.retired]
        is_new = plant.plant_id not in self.registry.plants
        if not (is_new or is_live or decisions):  # the last known values stay
            retirement = stated_retirement(retired, plant, self.now_utc)
            gone = with_status(plant, aliases, retirement, self.now_utc)
            return PlannedPlant(gone, self._known_offers(plant, aliases), {}, retirement)
        steps, golden = self._golden(members, decisions)
        updated = _with(plant, golden)
        if updated != plant:
            updated = replace(updated, updated_at=self.now_utc)
        retirement = stated_retirement(retired, updated, self.now_utc)
        updated = with_status(updated, aliases, retirement, self.now_utc)
        if is_live and updated.status == "active":
            self.findings += disagreements(updated.plant_code, updated.name, members, golden, self.now_utc)
        first = _with(plant, golden_values(members, _undated(decisions))) if is_new else None
        return PlannedPlant(updated, offer_rows(golden, members, self.now_utc), steps, retirement, first)

    def _golden(
        self, members: Sequence[Member], decisions: Sequence[Decision]
    ) -> tuple[Mapping[str, Sequence[Step]], Golden]:
        """What is stated of the plant by local date, and the values of today."""
        if not decisions:
            return {}, golden_values(members, {})
        roughly = golden_values(members, stated_on(steps_by_field(decisions, "UTC"), self.now_utc.date()))
        zone = str(roughly.values["timezone"] or "UTC")
        steps = steps_by_field(decisions, zone)
        return steps, golden_values(members, stated_on(steps, local_date(self.now_utc, zone)))

    def _known_offers(self, plant: Plant, aliases: Sequence[Alias]) -> Mapping[FieldKey, FieldRow]:
        own = {alias.key for alias in aliases}
        known = self.registry.offers.get(plant.plant_id, {})
        return {key: row for key, row in known.items() if key[1:] in own or key[1] in (DECISION, DERIVED)}


def _undated(decisions: Iterable[Decision]) -> dict[str, object]:
    """What people state without a date, which holds for a new plant from its beginning."""
    steps = steps_by_field((each for each in decisions if each.valid_from is None), "UTC")
    return {name: of_field[-1].value for name, of_field in steps.items()}


def _blank(plant_id: UUID, code: str, now_utc: datetime) -> Plant:
    return Plant(
        plant_id=plant_id, plant_code=code, name="", technology=None, latitude=None, longitude=None, timezone=None,
        country=None, capacity_ac_kw=None, capacity_dc_kw=None, storage_kwh=None, commissioned_at=None,
        status="active", merged_into=None, first_seen_at=now_utc, updated_at=now_utc, retired_at=None,
    )  # fmt: skip


def _with(plant: Plant, golden: Golden) -> Plant:
    return replace(plant, **golden.values)  # type: ignore[arg-type] # one value of the right type for each field
