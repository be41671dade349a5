"""What a delivery is, and what is planned from it: the registry as it shall be.

What belongs here: the shapes that pass between planning, comparing and storing. What does not: how one is made (plan).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from plant_pipeline.errors import ContractViolation
from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.plants.basis import GoldenBasis
from plant_pipeline.registry.plants.changed_identity import Doubt
from plant_pipeline.registry.plants.golden import Offer
from plant_pipeline.registry.plants.lifecycle import Standing
from plant_pipeline.registry.plants.resolve import Resolution
from plant_pipeline.registry.plants.timeline import Told
from plant_pipeline.registry.records import (
    Alias,
    FieldKey,
    Plant,
    Record,
    RecordKey,
    RecordVersion,
    key_of,
    written,
)
from plant_pipeline.sources.shapes import PlantCandidate

Course = Literal["lived", "merged", "ended", "unchanged"]


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
    """A plant as it shall be: its row, its offers, its records as they stand, and what people state of it.

    `course` is where its history comes from: `lived` with its records; `merged` away by a decision, or made by one that
    is undone; `ended` as its records went elsewhere by themselves; `unchanged`. `offers` of None are those it had;
    `basis` is what its golden values were made from, if they need not be made again as long as that is the same.
    """

    plant: Plant
    course: Course
    offers: Mapping[FieldKey, Offer] | None = field(default_factory=dict)
    standings: Sequence[Standing] = ()
    told: Told = field(default_factory=lambda: Told({}))
    basis: GoldenBasis | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The registry as it shall be.

    `records` and `versions` are what is remembered of each record; `in_play` those that were compared with each other;
    `doubts` those that may be another plant than they were, as long as nobody has answered; `reborn` since when those
    are another one of which a person said so.
    """

    plants: Mapping[UUID, PlannedPlant]
    aliases: Mapping[RecordKey, Alias]
    not_plants: Mapping[RecordKey, tuple[str, str]]
    records: Mapping[RecordKey, Record]
    versions: Mapping[RecordKey, RecordVersion]
    resolution: Resolution
    rulings: Rulings
    in_play: frozenset[RecordKey]
    doubts: Mapping[RecordKey, Doubt]
    reborn: Mapping[RecordKey, datetime]
    now_utc: datetime
    findings: Sequence[str]


def blank_plant(plant_id: UUID, code: str, first_seen_at: datetime, now_utc: datetime) -> Plant:
    """A plant of which nothing is known yet."""
    return Plant(
        plant_id=plant_id, plant_code=code, name="", technology=None, latitude=None, longitude=None, timezone=None,
        country=None, capacity_ac_kw=None, capacity_dc_kw=None, storage_kwh=None, commissioned_at=None,
        status="active", merged_into=None, first_seen_at=first_seen_at, updated_at=now_utc, retired_at=None,
    )  # fmt: skip
