"""The versions of a plant as they are stored, against the spans of time that they shall be.

What belongs here: what to write, what is replaced and kept, for which time a plant is no longer what it was taken for.
Pure. What does not: which values hold when (timeline).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from plant_pipeline.days import day_window
from plant_pipeline.registry.records import GOLDEN_FIELDS, LIFE_FIELDS, Plant

BEGINNING_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
TRACKED_FIELDS: Final = (*GOLDEN_FIELDS, *LIFE_FIELDS)
FIELDS_OF_FIGURES: Final = (
    "technology", "latitude", "longitude", "timezone", "capacity_ac_kw", "capacity_dc_kw", "storage_kwh", "status",
)  # fmt: skip
"""What energy and KPIs of a day depend on."""


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `registry.plant_history`: the plant as it was from `valid_from` until `valid_to` (None: now)."""

    plant: Plant
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PlantSpan:
    """The tracked values of a plant from an instant on, until the next span."""

    start: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TouchedTime:
    """A time for which something changed; None: since the beginning, until now."""

    from_utc: datetime | None
    to_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What to write: versions new or changed, those to delete, what was replaced, and when figures are touched."""

    written: tuple[Version, ...] = ()
    deleted: tuple[datetime, ...] = ()
    superseded: tuple[Version, ...] = ()
    touched: tuple[TouchedTime, ...] = ()


def local_midnight(day_date: date, zone: str | None) -> datetime:
    """The first instant of a plant-local date, or of the next one that exists; in UTC without a zone."""
    while True:
        window = day_window(day_date, zone or "UTC")
        if window is not None:
            return window.start_utc
        day_date += timedelta(days=1)


def local_date(instant_utc: datetime, zone: str | None) -> date:
    """The plant-local date at an instant."""
    return instant_utc.astimezone(ZoneInfo(zone or "UTC")).date()


def tracked_values(plant: Plant) -> dict[str, Any]:
    """The values of a plant that its history keeps, by field."""
    return {field: getattr(plant, field) for field in TRACKED_FIELDS}


def spans_of(known: Sequence[Version]) -> list[PlantSpan]:
    """Stored versions as spans."""
    return [PlantSpan(version.valid_from, tracked_values(version.plant)) for version in known]


def revise(known: Sequence[Version], spans: Sequence[PlantSpan], plant: Plant, now_utc: datetime) -> Revision:
    """Bring the stored versions of a plant, oldest first, to its spans; `plant` is its present row."""
    distinct = [span for index, span in enumerate(spans) if index == 0 or span.values != spans[index - 1].values]
    midnight = local_midnight(local_date(now_utc, plant.timezone), plant.timezone)
    before = {version.valid_from: version for version in known}
    written: list[Version] = []
    superseded: list[Version] = []
    for index, span in enumerate(distinct):
        valid_to = distinct[index + 1].start if index + 1 < len(distinct) else None
        old = before.pop(span.start, None)
        if old is None:
            written.append(Version(replace(plant, **span.values), span.start, valid_to, now_utc))
        elif tracked_values(old.plant) != span.values:
            superseded.append(old)
            written.append(Version(replace(plant, **span.values), span.start, valid_to, now_utc))
        elif old.valid_to != valid_to:
            is_rewritten = valid_to is not None and valid_to < midnight
            superseded += [old] if is_rewritten else []
            written.append(replace(old, valid_to=valid_to, recorded_at=now_utc if is_rewritten else old.recorded_at))
    superseded += before.values()
    touched = tuple(_touched(spans_of(known), distinct, midnight)) if known else ()
    return Revision(tuple(written), tuple(before), tuple(superseded), touched)


def _touched(before: Sequence[PlantSpan], after: Sequence[PlantSpan], until: datetime) -> Iterator[TouchedTime]:
    """The stretches before `until` in which values that figures depend on differ; neighbours are one."""
    starts = sorted({span.start for span in (*before, *after) if span.start < until})
    begin: datetime | None = None
    for start in starts:
        differs = _figures_at(before, start) != _figures_at(after, start)
        if differs and begin is None:
            begin = start
        elif not differs and begin is not None:
            yield TouchedTime(_since(begin), start)
            begin = None
    if begin is not None:
        yield TouchedTime(_since(begin), until)


def _since(begin: datetime) -> datetime | None:
    return None if begin == BEGINNING_UTC else begin


def _figures_at(spans: Sequence[PlantSpan], instant: datetime) -> tuple[object, ...]:
    values = next((span.values for span in reversed(spans) if span.start <= instant), spans[0].values)
    return tuple(values[field] for field in FIELDS_OF_FIGURES)
