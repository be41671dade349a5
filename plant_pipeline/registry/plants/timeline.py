"""What was true of a plant when: from what sources said of its records at any time, and what people state.

What belongs here: where a span of time begins, what a value learned late says of earlier days. Pure. What does not:
choosing values (golden), comparing with what is stored (history).

The first span begins at 1970-01-01 UTC, a later one at the plant-local midnight of the day a change was noticed, or at
the date a person states. A value unknown until then was learned, not changed, and holds for all earlier spans.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from plant_pipeline.registry.decisions.rulings import Step, stated_on
from plant_pipeline.registry.plants.golden import golden_values
from plant_pipeline.registry.plants.history import (
    BEGINNING_UTC,
    PlantSpan,
    Version,
    local_date,
    local_midnight,
    spans_of,
    tracked_values,
)
from plant_pipeline.registry.plants.lifecycle import Retirement, Standing, members_of, with_status
from plant_pipeline.registry.plants.remembered import ABSENCES_OF_THE_GONE, remembered
from plant_pipeline.registry.records import GOLDEN_FIELDS, LIFE_FIELDS, Plant, RecordVersion

_FIRST_DATE: Final = BEGINNING_UTC.date()


@dataclass(frozen=True, slots=True)
class Track:
    """A record of a plant through time: as it stands now, and its versions, oldest first."""

    standing: Standing
    versions: Sequence[RecordVersion]


@dataclass(frozen=True, slots=True)
class Told:
    """What people state of a plant: values by field, and whether it is out of service."""

    steps: Mapping[str, Sequence[Step]]
    retirement: Retirement | None = None


def timeline(plant: Plant, tracks: Sequence[Track], told: Told, now_utc: datetime) -> list[PlantSpan]:
    """The spans of a plant with records, oldest first; the last one has the values of its present row."""
    zone = plant.timezone
    told = _until(told, local_date(now_utc, zone))
    noticed = _noticed(tracks, zone)
    starts = sorted({*noticed, *_starts_of_statements(told, zone)})
    known_starts = sorted(noticed)
    spans = []
    for start in starts[:-1]:
        instant = noticed[known_starts[bisect_right(known_starts, start) - 1]]
        standings = [standing for track in tracks if (standing := _standing_at(track, instant)) is not None]
        on_date = _FIRST_DATE if start == BEGINNING_UTC else local_date(start, zone)
        golden = golden_values(members_of(standings), stated_on(told.steps, on_date))
        retirement = told.retirement if told.retirement and _start(told.retirement, zone) <= start else None
        then = with_status(replace(plant, **golden.values), standings, retirement)  # type: ignore[arg-type] # its fields
        spans.append(PlantSpan(start, tracked_values(then)))
    spans.append(PlantSpan(starts[-1], tracked_values(plant)))
    return _with_what_was_learned(spans, told, zone)


def merged_away(plant: Plant) -> list[PlantSpan]:
    """A plant that people joined to another one, or that only a decision since undone had made: it never was one."""
    return [PlantSpan(BEGINNING_UTC, tracked_values(plant))]


def ended(known: Sequence[Version], plant: Plant, now_utc: datetime) -> list[PlantSpan]:
    """A plant whose records went elsewhere by themselves: as it was, and from today on as its row says."""
    midnight = local_midnight(local_date(now_utc, plant.timezone), plant.timezone)
    life = {field: getattr(plant, field) for field in LIFE_FIELDS}
    spans = [span for span in spans_of(known) if span.start < midnight]
    if not spans:
        return merged_away(plant)
    return [*spans, PlantSpan(midnight, {**spans[-1].values, **life})]


def _noticed(tracks: Sequence[Track], zone: str | None) -> dict[datetime, datetime]:
    """By the begin of each span: the instant at which what records said in it was last noticed."""
    instants = sorted({version.valid_from for track in tracks for version in track.versions})
    found: dict[datetime, datetime] = {}
    for index, instant in enumerate(instants):
        is_first = index == 0 or instant == BEGINNING_UTC
        found[BEGINNING_UTC if is_first else local_midnight(local_date(instant, zone), zone)] = instant
    return found


def _until(told: Told, today: date) -> Told:
    """What is stated by today: a date in the future waits, however far it is."""
    steps = {field: [step for step in own if step.from_date <= today] for field, own in told.steps.items()}
    return replace(told, steps=steps)


def _starts_of_statements(told: Told, zone: str | None) -> Iterator[datetime]:
    for steps in told.steps.values():
        for step in steps:
            yield BEGINNING_UTC if step.from_date <= _FIRST_DATE else local_midnight(step.from_date, zone)
    if told.retirement:
        yield _start(told.retirement, zone)


def _start(retirement: Retirement, zone: str | None) -> datetime:
    return max(BEGINNING_UTC, local_midnight(local_date(retirement.from_utc, zone), zone))


def _standing_at(track: Track, instant: datetime) -> Standing | None:
    """The record as it stood at an instant; None if it was not there yet."""
    version = next((each for each in reversed(track.versions) if each.valid_from <= instant), None)
    if version is None:
        return None
    if version == track.versions[-1]:
        return track.standing
    is_gone = version.absences >= ABSENCES_OF_THE_GONE
    return replace(
        track.standing,
        candidate=remembered(version),
        absences=version.absences,
        gone_since=version.valid_from if is_gone else None,
    )


def _with_what_was_learned(spans: Sequence[PlantSpan], told: Told, zone: str | None) -> list[PlantSpan]:
    """The spans with values that were first unknown filled in, but for those that a person dated."""
    if len(spans) == 1:
        return list(spans)
    found = [dict(span.values) for span in spans]
    for field in GOLDEN_FIELDS:
        first = next((index for index, values in enumerate(found) if values[field] is not None), 0)
        steps = [step for step in told.steps.get(field, ()) if step.is_dated and step.from_date > _FIRST_DATE]
        dated = {local_midnight(step.from_date, zone) for step in steps}
        if first and spans[first].start not in dated:
            for values in found[:first]:
                values[field] = found[first][field]
    return [PlantSpan(span.start, values) for span, values in zip(spans, found, strict=True)]
