"""Plants as they shall be, from the records that each of them has: values, status, and where its history comes from.

What belongs here: putting together golden values, what people state, coming and going, for every plant. What does not:
which records a plant has (plan), the rules themselves (golden, lifecycle), since when a value holds (timeline).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings, Step, contrary_statements, stated_on, steps_by_field
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.plants.basis import GoldenBasis, basis_of
from plant_pipeline.registry.plants.changed_identity import up_to, version_before
from plant_pipeline.registry.plants.golden import Golden, Member, Offer, disagreements, golden_values
from plant_pipeline.registry.plants.history import local_date
from plant_pipeline.registry.plants.identity import plant_code
from plant_pipeline.registry.plants.lifecycle import (
    Birth,
    Standing,
    ended_as_another,
    is_of_life,
    members_of,
    retirement_of,
    standing_now,
    with_status,
    without_records,
)
from plant_pipeline.registry.plants.planned import PlannedPlant, blank_plant
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.plants.timeline import Told
from plant_pipeline.registry.records import Alias, FieldKey, Plant, Record, RecordKey, RecordVersion, written
from plant_pipeline.sources.shapes import PlantCandidate


@dataclass(frozen=True, slots=True)
class _Valued:
    """A plant with its golden values, and what they were chosen from; `offers` of None: they are as they were."""

    plant: Plant
    offers: Mapping[FieldKey, Offer] | None
    basis: GoldenBasis | None
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    disagreements: Sequence[str] = ()


@dataclass
class Lives:
    """What the plants of a registry become.

    `homes` are the plants of records by themselves before, `births` when records became another one, `former` those of
    them that they are no more; `findings` is what a person should know of them.
    """

    registry: Registry
    rulings: Rulings
    homes: Mapping[RecordKey, UUID]
    births: Mapping[RecordKey, Sequence[Birth]]
    former: Mapping[RecordKey, Sequence[UUID]]
    now_utc: datetime
    findings: list[str] = field(default_factory=list)

    def plants(
        self,
        aliases: Mapping[RecordKey, Alias],
        records: Mapping[RecordKey, Record],
        versions: Mapping[RecordKey, RecordVersion],
        candidates: Mapping[RecordKey, PlantCandidate],
    ) -> dict[UUID, PlannedPlant]:
        """All plants, those to be among them, from the records as they shall be."""
        members: dict[UUID, list[Standing]] = defaultdict(list)
        at_home: dict[UUID, list[Standing]] = defaultdict(list)
        for key, record in records.items():
            if record.plant_id is None and key not in aliases:
                continue
            at_source = versions[key]
            alias = aliases.get(key)
            births = self.births.get(key, ()) if alias is None or alias.plant_id != record.plant_id else ()
            for plant_id, ended in self._ended(record, at_source, births):
                members[plant_id].append(ended)
            if record.plant_id is not None:
                at_home[record.plant_id].append(standing_now(record, at_source, candidates[key], at_source.absences))
            if alias is not None:
                standing = standing_now(record, at_source, candidates[key], alias.absences)
                if alias.is_duplicate or key in self.rulings.linked:
                    is_linked = key in self.rulings.linked
                    standing = replace(standing, is_linked=is_linked, is_duplicate=alias.is_duplicate)
                members[alias.plant_id].append(replace(standing, birth=births[-1]) if births else standing)
        planned = {}
        codes = {plant.plant_code for plant in self.registry.plants.values()}
        for plant_id in sorted((members.keys() | at_home.keys()) - self.registry.plants.keys()):
            code = plant_code(plant_id, codes)
            codes.add(code)
            own = at_home.get(plant_id) or members[plant_id]
            first_seen_at = min(
                max(each.first_seen_at, each.birth.since) if each.birth else each.first_seen_at for each in own
            )
            planned[plant_id] = blank_plant(plant_id, code, first_seen_at, self.now_utc)
        return {
            plant_id: self._planned(plant, members.get(plant_id, ()), at_home.get(plant_id, ()), aliases)
            for plant_id, plant in (planned | dict(self.registry.plants)).items()
        }

    def _ended(
        self, record: Record, at_source: RecordVersion, births: Sequence[Birth]
    ) -> Iterator[tuple[UUID, Standing]]:
        """A record in the plants that it was, if it became others."""
        if not births:
            return
        versions = up_to(self.registry.pasts.get(record.key, ()), at_source)
        if record.plant_id is not None:
            was = self.registry.trusted.get(record.key) or version_before(versions, births[0].since)
            yield record.plant_id, ended_as_another(record, was, None, births[0])
        for plant_id, (birth, death) in zip(self.former[record.key], pairwise(births), strict=True):
            yield plant_id, ended_as_another(record, version_before(versions, death.since), birth, death)

    def _planned(
        self,
        plant: Plant,
        members: Sequence[Standing],
        at_home: Sequence[Standing],
        aliases: Mapping[RecordKey, Alias],
    ) -> PlannedPlant:
        if members:
            return self._lived(plant, members)
        if at_home:
            moved = [aliases[each.key] for each in at_home if each.key in aliases]
            as_alone = self._updated(plant, golden_values(members_of(at_home), {}))
            denied = [each.decided_at for own in at_home if (each := self.rulings.not_plants.get(own.key))]
            since = max((each for each in denied if each), default=self.now_utc)
            return PlannedPlant(without_records(replace(as_alone, retired_at=since), moved, self.now_utc), "merged")
        was_home = self._were_home.get(plant.plant_id, ())
        left = [aliases[key] for key in (*was_home, *self._were_members.get(plant.plant_id, ())) if key in aliases]
        if was_home or plant.plant_id in self._were_members:
            return PlannedPlant(without_records(plant, left, self.now_utc), "ended" if was_home else "merged")
        return PlannedPlant(plant, "unchanged")

    @cached_property
    def _were_home(self) -> Mapping[UUID, Sequence[RecordKey]]:
        return _grouped((plant_id, key) for key, plant_id in self.homes.items())

    @cached_property
    def _were_members(self) -> Mapping[UUID, Sequence[RecordKey]]:
        return _grouped((alias.plant_id, key) for key, alias in self.registry.aliases.items())

    def _lived(self, plant: Plant, standings: Sequence[Standing]) -> PlannedPlant:
        members = members_of(standings)
        said = ((each, own) for each in standings for own in self.rulings.stated.get(each.key, ()))
        decisions = [own for each, own in said if is_of_life(own, each)]
        valued = self._valued(plant, members, decisions)
        retirement, serving = retirement_of(standings, self.rulings, valued.plant.timezone, self.now_utc)
        updated = with_status(valued.plant, standings, retirement)
        if serving is not None:
            self.findings.append(
                f"{updated.plant_code} {updated.name}: retired, but joined since to {written(serving)}, which is in "
                "service, and so is the plant; `plant-pipeline registry retire` ends the whole"
            )
        if updated.status == "active" and any(member.is_live for member in members):
            self.findings += valued.disagreements
        self.findings += contrary_statements(updated.plant_code, updated.name, decisions)
        told = Told(valued.steps, retirement)
        return PlannedPlant(updated, "lived", valued.offers, standings, told, valued.basis)

    def _valued(self, plant: Plant, members: Sequence[Member], decisions: Sequence[Decision]) -> _Valued:
        known = None if decisions else self.registry.bases.get(plant.plant_id)
        if known is not None and known.holds(plant, members, self.now_utc):
            return _Valued(plant, None, known)
        steps, golden = self._golden(plant, members, decisions)
        updated = self._updated(plant, golden)
        told = disagreements(updated.plant_code, updated.name, members, golden, self.now_utc)
        basis = None if decisions or told else basis_of(updated, members, golden)
        return _Valued(updated, golden.offers, basis, steps, told)

    def _updated(self, plant: Plant, golden: Golden) -> Plant:
        if golden.values == plant.golden():
            return plant
        return replace(plant, updated_at=self.now_utc, **golden.values)  # type: ignore[arg-type] # each of its field's type

    def _golden(
        self, plant: Plant, members: Sequence[Member], decisions: Sequence[Decision]
    ) -> tuple[Mapping[str, Sequence[Step]], Golden]:
        """What is stated of the plant by local date, and the values of today."""
        if not decisions:
            return {}, golden_values(members, {})
        since, today = plant.first_seen_at, self.now_utc.date()
        roughly = golden_values(members, stated_on(steps_by_field(decisions, "UTC", since), today))
        zone = str(roughly.values["timezone"] or "UTC")
        steps = steps_by_field(decisions, zone, since)
        return steps, golden_values(members, stated_on(steps, local_date(self.now_utc, zone)))


def _grouped(pairs: Iterable[tuple[UUID, RecordKey]]) -> dict[UUID, list[RecordKey]]:
    found: dict[UUID, list[RecordKey]] = defaultdict(list)
    for plant_id, key in pairs:
        found[plant_id].append(key)
    return found
