"""From the registry as it is and the records as delivered to the registry as it shall be; pure.

What belongs here: putting together presence and resolution, so that every record has its plant. What does not: the
rules themselves (remembered, resolve), what becomes of the plants (lives), SQL (store), comparing with before
(difference).

Records are resolved twice: once as if nobody had decided anything, which is kept (`registry.record`) and goes on from
night to night, and from there under the decisions in force. So what is undone is as if it had never been decided.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.matching.match import ComparedSources, Match, compare_sources, matches_among
from plant_pipeline.registry.matching.shared_ids import SharedId, shared_ids
from plant_pipeline.registry.plants.changed_identity import (
    Doubt,
    as_before,
    find_doubts,
    open_doubts,
    split_proposals,
    waiting,
)
from plant_pipeline.registry.plants.duplicates import marked_duplicates
from plant_pipeline.registry.plants.history import BEGINNING_UTC
from plant_pipeline.registry.plants.identity import plant_ids_of
from plant_pipeline.registry.plants.lifecycle import Birth, births_of
from plant_pipeline.registry.plants.lives import Lives
from plant_pipeline.registry.plants.planned import Delivery, Plan
from plant_pipeline.registry.plants.remembered import ABSENCES_OF_THE_GONE, remembered, seen
from plant_pipeline.registry.plants.resolve import Known, Resolution, resolve
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.records import (
    Alias,
    MatchMethod,
    Record,
    RecordKey,
    RecordVersion,
    key_of,
    written,
)
from plant_pipeline.sources.shapes import PlantCandidate


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
    _compared: dict[frozenset[RecordKey], tuple[list[SharedId], list[ComparedSources]]] = field(default_factory=dict)

    def plan(self) -> Plan:
        records, denied = self._records()
        by_itself = self._by_itself(records)
        resolution = self._decided(by_itself, records) if self.rulings.place_records else by_itself
        self.findings += [
            f"{written(senior)} is back; {written(record)}, which had its place, has to leave"
            for record, senior in by_itself.displaced.items()
            if resolution.plant_of.get(record) != resolution.plant_of.get(senior)
        ]
        self.findings += resolution.findings
        remembered_keys = sorted(self._remembered(resolution))
        versions = {key: self._version(key, by_itself.plant_of.get(key)) for key in remembered_keys}
        doubted = find_doubts(self.registry, versions, by_itself.plant_of)
        known = {key: self._record(key, by_itself, doubted.get(key)) for key in remembered_keys}
        aliases = {
            key: self._alias(known[key], versions[key], plant_id, resolution)
            for key, plant_id in resolution.plant_of.items()
        }
        denied |= {key: (records[key].name, reason) for key, reason in resolution.not_plants.items()}
        aliases = marked_duplicates(aliases, known, self.rulings)
        doubts = open_doubts(doubted, resolution.plant_of, versions, self.registry.pasts, self.rulings)
        known = {key: waiting(record, doubts.get(key)) for key, record in known.items()}
        resolution.proposals += split_proposals(doubts, resolution.plant_of, versions)
        lives = Lives(self.registry, self.rulings, self._homes, self._births, self._former, self.now_utc)
        plants = lives.plants(aliases, known, versions, records | as_before(doubts, records))
        self.findings += lives.findings
        self.findings += [f"decision {each} is overruled by a newer one" for each in self.rulings.overruled]
        self.findings += self._unheard_of(aliases.keys() | denied.keys())
        not_plants = denied | self._still_not_plants(aliases.keys() | denied.keys())
        self.findings += [doubt.finding(key, plants[aliases[key].plant_id].plant) for key, doubt in doubts.items()]
        return Plan(
            plants, aliases, not_plants, known, versions, resolution, self.rulings, frozenset(records), doubts,
            self._reborn, self.now_utc, self.findings,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ records
    def _may_be_plant(self, candidate: PlantCandidate) -> bool:
        return candidate.is_plant is not False or key_of(candidate) in self.rulings.linked

    def _records(self) -> tuple[dict[RecordKey, PlantCandidate], dict[RecordKey, tuple[str, str]]]:
        """Known records, as delivered or as remembered, and new ones that are there; and those that are no plants."""
        delivered = self.delivery.records
        records = {
            key: delivered.get(key) or replace(remembered(version), observed_at=self._last_seen_at(version))
            for key, version in self.registry.versions.items()
            if key in self._homes or key in self.rulings.linked or self._is_new(key)
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

    def _last_seen_at(self, version: RecordVersion) -> datetime:
        alias = self.registry.aliases.get(version.key)
        return alias.last_seen_at if alias else version.valid_from

    def _delivered(self, key: RecordKey) -> PlantCandidate | None:
        """The record as delivered, unless it was a plant by itself and its source says that it is none any more."""
        candidate = self.delivery.records.get(key)
        is_denied = candidate is not None and candidate.is_plant is False and key in self._homes
        return None if is_denied else candidate

    @cached_property
    def _known_versions(self) -> dict[RecordKey, RecordVersion]:
        """The versions of known records after this delivery."""
        complete, now_utc = self.delivery.complete_sources, self.now_utc
        return {
            key: seen(version, self._delivered(key), complete, now_utc, now_utc)
            for key, version in self.registry.versions.items()
        }

    def _absences(self, key: RecordKey) -> int:
        """Successive listings without the record; none if a person says that what is listed is of a plant."""
        candidate, alias = self.delivery.records.get(key), self.registry.aliases.get(key)
        if key not in self._known_versions or (candidate and candidate.is_present and key in self.rulings.linked):
            return 0
        is_silent = candidate is None and key[0] not in self.delivery.complete_sources
        if is_silent and alias is not None and key in self.rulings.linked:
            return alias.absences
        return self._known_versions[key].absences

    @cached_property
    def _births(self) -> dict[RecordKey, list[Birth]]:
        """When records became another plant of which a person says so; of those that are none yet there is none."""
        were = {key: each for key in self.rulings.reborn if (each := self.delivery.records.get(key)) is not None}
        for known in (self.registry.versions, self.registry.trusted):
            were |= {key: remembered(known[key]) for key in self.rulings.reborn if key in known}
        return {
            key: births
            for key, was in were.items()
            if (births := births_of(self.rulings.reborn[key], self.registry.pasts.get(key, ()), was, self.now_utc))
        }

    @cached_property
    def _reborn(self) -> dict[RecordKey, datetime]:
        """Since when records are the plant that they are."""
        return {key: births[-1].since for key, births in self._births.items()}

    @cached_property
    def _former(self) -> dict[RecordKey, list[UUID]]:
        """The plants that records became and are no more, oldest first: each had the next id that a record founds."""
        return {
            key: list(islice((each for each in plant_ids_of(key) if each != self._homes.get(key)), len(births) - 1))
            for key, births in self._births.items()
        }

    # --------------------------------------------------------------------------------------------------- resolution
    @cached_property
    def _homes(self) -> dict[RecordKey, UUID]:
        """The plant each known record belongs to by itself; what weights that are taken back said is judged again."""
        withdrawn = self.registry.withdrawn_weights
        return {
            key: row.plant_id
            for key, row in self.registry.records.items()
            if row.plant_id is not None and not (row.weights_id in withdrawn and self._is_new(key))
        }

    @cached_property
    def _seen_since(self) -> dict[RecordKey, datetime]:
        known = {key: row.first_seen_at for key, row in self.registry.records.items()}
        return dict.fromkeys(self.delivery.records, self.now_utc) | known

    @cached_property
    def _plants_since(self) -> dict[UUID, datetime]:
        return {plant.plant_id: plant.first_seen_at for plant in self.registry.plants.values()}

    def _by_itself(self, records: Mapping[RecordKey, PlantCandidate]) -> Resolution:
        """Who is which plant as if nobody had decided anything."""
        own = {key: each for key, each in records.items() if key in self._homes or self._is_new(key)}
        versions = self._known_versions
        present = frozenset(key for key in own if key not in versions or versions[key].absences == 0)
        shared, matches = self._likenesses(own, present, Rulings())
        return resolve(
            Known(own, present, self._homes, self._seen_since, self._plants_since, Rulings(), shared, matches)
        )

    def _is_new(self, key: RecordKey) -> bool:
        """Whether a record without a plant of its own is there, and may be one."""
        candidate = self.delivery.records.get(key)
        return candidate is not None and candidate.is_present and candidate.is_plant is not False

    def _decided(self, by_itself: Resolution, records: Mapping[RecordKey, PlantCandidate]) -> Resolution:
        """Who is which plant under the decisions in force."""
        present = frozenset(key for key in records if self._absences(key) == 0)
        compared = present.difference(self.rulings.not_plants)
        shared, matches = self._likenesses(records, compared, self.rulings)
        since: dict[UUID, datetime] = {}
        for key, plant_id in by_itself.plant_of.items():
            since[plant_id] = min(since.get(plant_id, self._seen_since[key]), self._seen_since[key])
        return resolve(
            Known(
                records, present, by_itself.plant_of, self._seen_since, since | self._plants_since, self.rulings,
                shared, matches, self._reborn, frozenset(plant_id for ids in self._former.values() for plant_id in ids),
            )
        )  # fmt: skip

    def _likenesses(
        self, records: Mapping[RecordKey, PlantCandidate], compared: frozenset[RecordKey], rulings: Rulings
    ) -> tuple[Sequence[SharedId], Sequence[Match]]:
        """Shared ids and likenesses of some records, without pairs kept apart; the same records are compared once."""
        if compared not in self._compared:
            candidates = [records[key] for key in compared]
            self._compared[compared] = shared_ids(candidates), compare_sources(candidates, self.registry.weights)
        shared, sources = self._compared[compared]
        return shared, matches_among(sources, rulings.apart)

    # ------------------------------------------------------------------------------------------- what is remembered
    def _record(self, key: RecordKey, by_itself: Resolution, doubt: Doubt | None) -> Record:
        known, bond = self.registry.records.get(key), by_itself.bonds.get(key)
        home = by_itself.plant_of.get(key)
        doubted_since = doubt.since if doubt else None
        if known is not None and bond is None and (known.plant_id, known.doubted_since) == (home, doubted_since):
            return known
        of_weights = self.registry.weights.weights_id if bond and bond.method == "name_place" else None
        weights_id = of_weights if bond else known.weights_id if known else None
        method: MatchMethod | None = bond.method if bond else known.method if known else "new"
        score = bond.score if bond else known.score if known else None
        since = self._seen_since[key]
        if home is None:
            return Record(*key, None, None, None, since)
        waits_since = known.waits_since if known else None
        return Record(*key, home, method, score, since, doubted_since, waits_since, weights_id)

    def _remembered(self, resolution: Resolution) -> Iterator[RecordKey]:
        """All records that were ever delivered, but for those that are gone and that nobody misses."""
        delivered = self.delivery.records.items()
        yield from (key for key, each in delivered if each.is_present and key not in self._known_versions)
        for key, version in self._known_versions.items():
            is_missed = key in self._homes or key in resolution.plant_of or key in self.rulings.named
            if is_missed or version.absences < ABSENCES_OF_THE_GONE:
                yield key

    def _version(self, key: RecordKey, home: UUID | None) -> RecordVersion:
        """What is remembered of the record: from now on if it joins a known plant, else from the beginning on."""
        known = self._known_versions.get(key)
        if known is not None:
            return known
        since = self.now_utc if home in self._plants_since else BEGINNING_UTC
        return seen(None, self._delivered(key), self.delivery.complete_sources, since, self.now_utc)

    def _alias(self, record: Record, version: RecordVersion, plant_id: UUID, resolution: Resolution) -> Alias:
        known, bond = self.registry.aliases.get(record.key), resolution.bonds.get(record.key)
        delivered = self._delivered(record.key)
        absences = self._absences(record.key)
        last_seen_at = known.last_seen_at if known else version.valid_from
        if delivered is not None and delivered.is_present:
            last_seen_at = max(last_seen_at, delivered.observed_at) if known else delivered.observed_at
        return Alias(
            source=record.source,
            source_plant_id=record.source_plant_id,
            plant_id=plant_id,
            source_name=version.name,
            method=bond.method if bond else record.method or "decision",
            score=bond.score if bond else record.score,
            is_present=absences == 0,
            is_duplicate=False,
            absences=absences,
            first_seen_at=record.first_seen_at,
            last_seen_at=last_seen_at,
            has_load=version.has_load,
        )

    # --------------------------------------------------------------------------------------------------- not plants
    def _still_not_plants(self, decided: Collection[RecordKey]) -> dict[RecordKey, tuple[str, str]]:
        """Records that were no plants, of which nothing new is known; some were of a plant and count as absent."""
        kept = {}
        for key, row in self.registry.not_plants.items():
            candidate = self.delivery.records.get(key)
            is_gone = key[0] in self.delivery.complete_sources and (candidate is None or not candidate.is_present)
            is_unheard_of = candidate is None and key in self.registry.aliases
            if (key not in decided or is_unheard_of) and not is_gone:
                kept[key] = row
        return kept

    def _unheard_of(self, heard_of: Collection[RecordKey]) -> list[str]:
        """Findings on decisions about records that nobody has seen: they may be mistyped."""
        rulings = self.rulings
        named = {record for records in rulings.joined for record in records} | {*rulings.stated, *rulings.retired}
        unknown = sorted(named - set(heard_of) - self.registry.not_plants.keys())
        return [f"a decision names {written(record)}, which no source has delivered" for record in unknown]
