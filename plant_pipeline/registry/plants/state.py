"""The registry as one value, and what is to be written to it.

What belongs here: the two shapes that planning and SQL hand to each other. What does not: filling them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from plant_pipeline.registry.matching.likelihood import Weights, match_weights
from plant_pipeline.registry.plants.basis import GoldenBasis
from plant_pipeline.registry.plants.history import Revision, TouchedTime
from plant_pipeline.registry.records import (
    Alias,
    FieldKey,
    FieldRow,
    Plant,
    Proposal,
    Record,
    RecordKey,
    RecordVersion,
)


@dataclass(frozen=True)
class Registry:
    """The registry as it is: by plant, by record (alias, not a plant, where it belongs by itself, its latest version,
    of those in doubt the last one before, and all versions of those of which a person said which plant they are), what
    the values of plants were made from, by proposal; the weights that matching goes by, and the ids of those that were
    adopted and taken back.
    """

    plants: Mapping[UUID, Plant] = field(default_factory=dict)
    aliases: Mapping[RecordKey, Alias] = field(default_factory=dict)
    not_plants: Mapping[RecordKey, tuple[str, str]] = field(default_factory=dict)
    records: Mapping[RecordKey, Record] = field(default_factory=dict)
    versions: Mapping[RecordKey, RecordVersion] = field(default_factory=dict)
    trusted: Mapping[RecordKey, RecordVersion] = field(default_factory=dict)
    pasts: Mapping[RecordKey, Sequence[RecordVersion]] = field(default_factory=dict)
    bases: Mapping[UUID, GoldenBasis] = field(default_factory=dict)
    proposals: Mapping[tuple[str, str, UUID], Proposal] = field(default_factory=dict)
    without_history: frozenset[UUID] = frozenset()
    weights: Weights = field(default_factory=match_weights)
    withdrawn_weights: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Touched:
    """A row of `registry.touched` to be: a plant is no longer what it was taken for during a stretch of time."""

    plant_id: UUID
    stretch: TouchedTime
    why: str


@dataclass
class Difference:
    """What has to be written to bring the registry up to date."""

    plants: list[Plant] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    deleted_aliases: list[RecordKey] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    deleted_records: list[RecordKey] = field(default_factory=list)
    versions: list[RecordVersion] = field(default_factory=list)
    not_plants: dict[RecordKey, tuple[str, str]] = field(default_factory=dict)
    deleted_not_plants: list[RecordKey] = field(default_factory=list)
    offers: dict[tuple[UUID, FieldKey], FieldRow] = field(default_factory=dict)
    deleted_offers: list[tuple[UUID, FieldKey]] = field(default_factory=list)
    bases: dict[UUID, GoldenBasis] = field(default_factory=dict)
    deleted_bases: list[UUID] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    deleted_proposals: list[Proposal] = field(default_factory=list)
    revisions: dict[UUID, Revision] = field(default_factory=dict)
    touched: list[Touched] = field(default_factory=list)
