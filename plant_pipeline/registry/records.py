"""What the registry's tables hold, as values: plants, aliases, proposals, and the order of sources.

What belongs here: rows and their natural order. What does not: how they are read or written (store), any rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from plant_pipeline.sources.shapes import PlantCandidate, Technology

if TYPE_CHECKING:
    from plant_pipeline.sources.source import Source

RecordKey = tuple[str, str]  # source, source_plant_id
MatchMethod = Literal["decision", "external_id", "name_place", "new"]
ProposalKind = Literal["match", "split", "part_of"]
Status = Literal["active", "retired", "merged"]
FieldKey = tuple[str, str, str]  # field, source, source_plant_id

GOLDEN_FIELDS: Final = (
    "name", "technology", "latitude", "longitude", "timezone", "country",
    "capacity_ac_kw", "capacity_dc_kw", "storage_kwh", "commissioned_at",
)  # fmt: skip
LIFE_FIELDS: Final = ("status", "merged_into", "retired_at")


@dataclass(frozen=True, slots=True)
class Plant:
    """A row of `registry.plant`."""

    plant_id: UUID
    plant_code: str
    name: str
    technology: str | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    country: str | None
    capacity_ac_kw: float | None
    capacity_dc_kw: float | None
    storage_kwh: float | None
    commissioned_at: date | None
    status: Status
    merged_into: UUID | None
    first_seen_at: datetime
    updated_at: datetime
    retired_at: datetime | None

    def golden(self) -> dict[str, object]:
        """The golden values by field."""
        return {field: getattr(self, field) for field in GOLDEN_FIELDS}


PLANT_COLUMNS: Final = tuple(column.name for column in fields(Plant))


@dataclass(frozen=True, slots=True)
class Alias:
    """A row of `registry.plant_alias`: one source's record of a plant."""

    source: str
    source_plant_id: str
    plant_id: UUID
    source_name: str
    method: MatchMethod
    score: float | None
    is_present: bool
    is_duplicate: bool
    absences: int
    first_seen_at: datetime
    last_seen_at: datetime
    has_load: bool | None = None

    @property
    def key(self) -> RecordKey:
        """The record it stands for."""
        return self.source, self.source_plant_id


ALIAS_COLUMNS: Final = tuple(column.name for column in fields(Alias))


@dataclass(frozen=True, slots=True)
class Record:
    """A row of `registry.record`: where a record belongs by itself; `plant_id` is None if it would be no plant.

    `doubted_since` is when its source began to describe another plant under its id (changed_identity), `waits_since`
    the same as long as nobody has answered; `weights_id` are the adopted weights by which it was linked, if any.
    """

    source: str
    source_plant_id: str
    plant_id: UUID | None
    method: MatchMethod | None
    score: float | None
    first_seen_at: datetime
    doubted_since: datetime | None = None
    waits_since: datetime | None = None
    weights_id: int | None = None

    @property
    def key(self) -> RecordKey:
        """Which record it is."""
        return self.source, self.source_plant_id


RECORD_COLUMNS: Final = tuple(column.name for column in fields(Record))


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A row of `registry.record_version`: what a source said of a record from `valid_from` on."""

    source: str
    source_plant_id: str
    valid_from: datetime
    absences: int
    name: str
    technology: Technology | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    country: str | None
    capacity_ac_kw: float | None
    capacity_dc_kw: float | None
    storage_kwh: float | None
    sensor_timezone: str | None
    has_load: bool | None

    @property
    def key(self) -> RecordKey:
        """Which record it is of."""
        return self.source, self.source_plant_id


VERSION_COLUMNS: Final = tuple(column.name for column in fields(RecordVersion))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row of `registry.match_proposal`: this record may belong to that plant, or (`split`) may have ceased to."""

    source: str
    source_plant_id: str
    plant_id: UUID
    score: float
    evidence: Mapping[str, object]
    status: Literal["open", "accepted", "rejected"] = "open"
    proposal_id: int | None = None
    kind: ProposalKind = "match"

    @property
    def key(self) -> tuple[str, str, UUID]:
        """What is unique about it."""
        return self.source, self.source_plant_id, self.plant_id


@dataclass(frozen=True, slots=True)
class FieldRow:
    """The value part of a row of `registry.plant_field`."""

    value: str | None
    is_selected: bool
    observed_at: datetime


def key_of(candidate: PlantCandidate) -> RecordKey:
    """Which record a candidate is."""
    return candidate.source, candidate.source_plant_id


SourceOrder = tuple[str, ...]


@cache
def source_order() -> SourceOrder:
    """The sources by their rank."""
    return tuple(source.name for source in _sources())


@cache
def dc_source_order() -> SourceOrder:
    """The sources by their rank in what they know of DC capacity."""
    ranks = {own.name: own.rank if own.dc_capacity_rank is None else own.dc_capacity_rank for own in _sources()}
    return tuple(sorted(ranks, key=lambda name: (ranks[name], name)))


def _sources() -> "Sequence[Source]":
    from plant_pipeline.sources.all import SOURCES  # pandas: a second that commands which only look do not need

    return SOURCES


def source_rank(source: str, order: SourceOrder) -> tuple[int, str]:
    """Sort key of a source: the known order first, any further source after it by name."""
    return (order.index(source) if source in order else len(order), source)


def founding_order(key: RecordKey) -> tuple[tuple[int, str], str]:
    """Sort key of a record: source in order, then id."""
    return source_rank(key[0], source_order()), key[1]


def written(key: RecordKey) -> str:
    """A record as people write it: `SOURCE:ID`."""
    return f"{key[0]}:{key[1]}"
