"""The versions of a plant: what was true of it from when on, revised when something new is learned.

What belongs here: where a version begins, what a new value replaces. Pure. What does not: choosing values (golden).

The first version begins at 1970-01-01 UTC, a later one at the plant-local midnight of the day the change was noticed,
or at the date a person states. A value unknown until then was learned, not changed, and goes into all earlier
versions. What a revision replaces is handed back, to be kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from plant_pipeline.days import day_window
from plant_pipeline.registry.records import GOLDEN_FIELDS, LIFE_FIELDS, Plant

BEGINNING_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
TRACKED_FIELDS: Final = (*GOLDEN_FIELDS, *LIFE_FIELDS)


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `registry.plant_history`: the plant as it was from `valid_from` until `valid_to` (None: now)."""

    plant: Plant
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Stated:
    """A value a person states from an instant on, until the next statement of the same field, if there is one."""

    field: str
    value: object
    from_utc: datetime
    until_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What to write: versions new or changed, those to delete, and what was replaced."""

    written: tuple[Version, ...] = ()
    deleted: tuple[datetime, ...] = ()
    superseded: tuple[Version, ...] = ()


@dataclass
class _Span:
    """A version in the making."""

    start: datetime
    values: dict[str, Any]


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


def revise(
    known: Sequence[Version], plant: Plant, stated: Sequence[Stated], now_utc: datetime, *, first: Plant | None = None
) -> Revision:
    """Bring the versions of a plant up to its present row.

    `known` are its versions, oldest first; `stated` what people say of earlier times; `first` the values of the first
    version of a plant without any (default: the present ones).
    """
    spans = [_Span(version.valid_from, _values(version.plant)) for version in known]
    if not spans:
        spans = [_Span(BEGINNING_UTC, _values(first or plant))]
    midnight = local_midnight(local_date(now_utc, plant.timezone), plant.timezone)
    for each in stated:
        _paint(spans, each.field, each.value, each.from_utc, each.until_utc)
    for field in TRACKED_FIELDS:
        value = getattr(plant, field)
        if spans[-1].values[field] == value:
            continue
        is_learned = field in GOLDEN_FIELDS and all(span.values[field] is None for span in spans)
        _paint(spans, field, value, BEGINNING_UTC if is_learned else max(midnight, spans[-1].start), None)
    distinct = [span for index, span in enumerate(spans) if index == 0 or span.values != spans[index - 1].values]
    return _difference(known, distinct, plant, now_utc, midnight)


def _values(plant: Plant) -> dict[str, Any]:
    return {field: getattr(plant, field) for field in TRACKED_FIELDS}


def _paint(spans: list[_Span], field: str, value: object, start: datetime, end: datetime | None) -> None:
    """Give a field a value from `start` until `end`, cutting spans in two only where it differs."""
    index = 0
    while index < len(spans):
        span = spans[index]
        until = spans[index + 1].start if index + 1 < len(spans) else None
        overlaps = (until is None or until > start) and (end is None or span.start < end)
        if overlaps and span.values[field] != value:
            if end is not None and (until is None or until > end):
                spans.insert(index + 1, _Span(end, dict(span.values)))
            if span.start < start:
                spans.insert(index + 1, _Span(start, {**span.values, field: value}))
                index += 1
            else:
                span.values[field] = value
        index += 1


def _difference(
    known: Sequence[Version], spans: Sequence[_Span], plant: Plant, now_utc: datetime, midnight: datetime
) -> Revision:
    before = {version.valid_from: version for version in known}
    written: list[Version] = []
    superseded: list[Version] = []
    for index, span in enumerate(spans):
        valid_to = spans[index + 1].start if index + 1 < len(spans) else None
        old = before.pop(span.start, None)
        if old is None:
            written.append(Version(replace(plant, **span.values), span.start, valid_to, now_utc))
        elif _values(old.plant) != span.values:
            superseded.append(old)
            written.append(Version(replace(plant, **span.values), span.start, valid_to, now_utc))
        elif old.valid_to != valid_to:
            is_rewritten = valid_to is not None and valid_to < midnight
            superseded += [old] if is_rewritten else []
            written.append(replace(old, valid_to=valid_to, recorded_at=now_utc if is_rewritten else old.recorded_at))
    superseded += before.values()
    return Revision(tuple(written), tuple(before), tuple(superseded))


def statements(steps: Mapping[str, Sequence[tuple[datetime, object, bool]]], now_utc: datetime) -> list[Stated]:
    """Dated statements in force, each until the next one of its field; steps are (from, value, is dated) in order."""
    found = []
    for field, of_field in steps.items():
        for index, (from_utc, value, is_dated) in enumerate(of_field):
            until = of_field[index + 1][0] if index + 1 < len(of_field) else None
            if is_dated and from_utc <= now_utc:
                found.append(Stated(field, value, from_utc, until if until and until <= now_utc else None))
    return found
