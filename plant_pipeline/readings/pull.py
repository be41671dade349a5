"""Getting the readings of the days: which sensors, which windows, fetched side by side, loaded plant by plant.

What belongs here: planning and the pull. What does not: how a source is asked (`sources/<name>/readings`), how rows get
into the table (`load`), energy.

One request per sensor covers the whole range of days and a margin beyond both ends, so that a register can be read at
midnight; a register without a reading there is asked again for up to 36 hours beyond. A plant's readings are committed
together; a plant whose sensors could not all be had is named.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, CursorResult

from plant_pipeline.config import SourceSettings
from plant_pipeline.days import DayWindow, day_window
from plant_pipeline.errors import SourceError
from plant_pipeline.http import call_each
from plant_pipeline.landing.stream import RunIssue, State, StreamOutcome
from plant_pipeline.readings.load import SensorWindow, load_windows
from plant_pipeline.shards import Shard
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import FetchContext, Source
from plant_pipeline.units import conversion
from plant_pipeline.warehouse import execute, lock_day

_log = logging.getLogger(__name__)

STAGE = "readings"
DATA = "data"  # the stream that readings are reported as
_MARGIN = timedelta(hours=1)
_MARGIN_STEPS = 1.5
_REGISTER_REACH = timedelta(hours=36)
_PLANTS_AT_ONCE = 4
_LONGEST_REQUEST = timedelta(days=32)


Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class PlantPlan:
    """What to ask one source about one plant for some dates.

    `kept`: by sensor, the only span of its readings that is stored; None: all that is asked for.
    """

    plant_id: UUID
    plant_code: str
    dates: tuple[date, ...]
    series: tuple[SensorSeries, ...]
    kept: Mapping[int, Span] | None = None


def plan_plants(
    connection: Connection,
    source_name: str,
    dates: Sequence[date],
    now_utc: datetime,
    plant_code: str | None = None,
    *,
    asked_dates: Sequence[date] | None = None,
    shard: Shard | None = None,
) -> list[PlantPlan]:
    """The plants of a source with the series to fetch, for those of `dates` that are over where the plant is.

    `asked_dates`: the series are fetched for these, though only the readings of `dates` are wanted. `shard`: its plants
    alone.
    """
    sensors_of: dict[tuple[UUID, str, str], list[Any]] = defaultdict(list)
    for row in _sensors_to_read(connection, source_name, plant_code, shard):
        sensors_of[row.plant_id, row.plant_code, row.timezone].append(row)
    plans = []
    for (plant_id, code, zone), sensors in sensors_of.items():
        windows = _windows_over(dates, zone, now_utc)
        asked = _windows_over(asked_dates or dates, zone, now_utc)
        if windows:
            series = tuple(_series(asked, sensor) for sensor in sensors)
            wanted = (_series(windows, sensor) for sensor in sensors)
            kept = None if windows == asked else {own.sensor_id: _span_of(own) for own in wanted}
            plans.append(PlantPlan(plant_id, code, tuple(w.day_date for w in windows), series, kept))
    return plans


def _windows_over(dates: Sequence[date], zone: str, now_utc: datetime) -> list[DayWindow]:
    return [w for day in dates if (w := day_window(day, zone)) is not None and w.end_utc <= now_utc]


def knows_sensors(
    connection: Connection, source_name: str, plant_code: str | None = None, shard: Shard | None = None
) -> bool:
    """Whether any sensor of a source has readings to ask for, on whatever day."""
    return _sensors_to_read(connection, source_name, plant_code, shard).first() is not None


def _sensors_to_read(
    connection: Connection, source_name: str, plant_code: str | None, shard: Shard | None
) -> CursorResult[Any]:
    own = shard or Shard(1, 1)
    return execute(
        connection,
        "energy/sensors_to_read",
        source=source_name,
        plant_code=plant_code,
        shard=own.number,
        shards=own.count,
    )


def _series(windows: Sequence[DayWindow], sensor: Any) -> SensorSeries:
    margin = max(_MARGIN, _MARGIN_STEPS * sensor.resolution)
    start_utc, end_utc = min(w.start_utc for w in windows), max(w.end_utc for w in windows)
    return SensorSeries(
        sensor_id=sensor.sensor_id,
        source_sensor_id=sensor.source_sensor_id,
        unit=sensor.source_unit,
        resolution=sensor.resolution,
        start_utc=start_utc - margin,
        end_utc=end_utc + margin,
        needs_until_utc=start_utc if sensor.is_cumulative else None,
        needs_from_utc=end_utc if sensor.is_cumulative else None,
    )


def _span_of(series: SensorSeries) -> Span:
    """All that may be asked for the days of a series, with what lies beyond its ends."""
    reach = _REGISTER_REACH if series.needs_from_utc else timedelta()
    return series.start_utc - reach, series.end_utc + reach


def pull_readings(
    run: Run,
    source: Source,
    settings: SourceSettings,
    plans: Sequence[PlantPlan],
    *,
    expected: int | None = None,
    tries: int = 1,
) -> tuple[StreamOutcome, list[RunIssue]]:
    """Fetch and load all plans; the outcome of the stream `data`, and an issue for each plant that lacks something.

    `expected`: how many sensors the outcome speaks of, if some were read by an earlier of the run's `tries`.
    """
    pulled = run.pull(
        source,
        settings,
        DATA,
        lambda client, now_utc: _pull_all(run, source, FetchContext(client, settings, run.read, now_utc), plans),
    )
    results = pulled.result
    failed = sum(result.failed for result in results)
    total = sum(len(plan.series) for plan in plans) if expected is None else expected
    outcome = StreamOutcome(
        source.name,
        DATA,
        state_of(failed, total),
        expected=total,
        got=total - failed,
        failed=failed,
        retried=pulled.retried,
        seconds=run.seconds_since(pulled.started_at),
        message=next((result.issue.message for result in results if result.issue), None),
        seen_changed=sum(result.changed for result in results),
        is_transient=any(result.is_transient for result in results),
        tries=tries,
    )
    return outcome, [result.issue for result in results if result.issue]


def state_of(failed: int, total: int) -> State:
    """How a stream ended of whose `total` sensors some could not be read."""
    if failed == 0:
        return "complete"
    return "failed" if failed == total else "incomplete"


@dataclass(frozen=True)
class _PlantResult:
    failed: int
    changed: int
    issue: RunIssue | None
    is_transient: bool


async def _pull_all(run: Run, source: Source, context: FetchContext, plans: Sequence[PlantPlan]) -> list[_PlantResult]:
    waiting = list(reversed(plans))
    results: list[_PlantResult] = []

    async def work() -> None:
        while waiting:
            results.append(await _pull_plant(run, source, context, waiting.pop()))
            if len(results) % -(-len(plans) // 10) == 0 or len(results) == len(plans):
                _log.info("%s data: %d of %d plants", source.name, len(results), len(plans))

    await asyncio.gather(*(work() for _ in range(_PLANTS_AT_ONCE)))
    return results


async def _pull_plant(run: Run, source: Source, context: FetchContext, plan: PlantPlan) -> _PlantResult:
    answers = await _ask(source, context, [part for series in plan.series for part in _parts(series)])
    further = [part for series, answer in answers if isinstance(answer, Readings) for part in _further(series, answer)]
    answers += await _ask(source, context, further)
    errors = {series.sensor_id: answer for series, answer in answers if isinstance(answer, SourceError)}
    windows = [
        window
        for series, answer in answers
        if isinstance(answer, Readings) and series.sensor_id not in errors
        if (window := _kept(_window(series, answer), plan)) is not None
    ]
    with run.warehouse.transaction() as connection:
        for day in sorted(plan.dates):
            lock_day(connection, day, run.shard)
        changed = load_windows(connection, windows)
    is_transient = any(error.is_transient for error in errors.values())
    return _PlantResult(len(errors), changed, _issue(plan, errors) if errors else None, is_transient)


async def _ask(
    source: Source, context: FetchContext, series: Sequence[SensorSeries]
) -> list[tuple[SensorSeries, Readings | SourceError]]:
    """Each series with what was answered; those that one request can bring, over the same time, are asked together."""
    assert source.fetch_readings is not None  # noqa: S101 -- only sources with readings are planned
    fetch = source.fetch_readings
    together: dict[Hashable, list[SensorSeries]] = defaultdict(list)
    for own in series:
        together[source.asked_together(own), own.start_utc, own.end_utc].append(own)
    answers = await call_each(list(together.values()), lambda some: fetch(context, some))
    return [
        (own, answer if isinstance(answer, SourceError) else answer[place])
        for some, answer in answers
        for place, own in enumerate(some)
    ]


def _parts(series: SensorSeries) -> list[SensorSeries]:
    """The series in requests of bearable size: one for a night, several for a long backfill."""
    starts = [series.start_utc]
    while series.end_utc - starts[-1] > _LONGEST_REQUEST:
        starts.append(starts[-1] + _LONGEST_REQUEST)
    ends = [*starts[1:], series.end_utc]
    return [
        replace(
            series,
            start_utc=start,
            end_utc=end,
            needs_until_utc=series.needs_until_utc if start == series.start_utc else None,
            needs_from_utc=series.needs_from_utc if end == series.end_utc else None,
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _further(series: SensorSeries, readings: Readings) -> list[SensorSeries]:
    """What lies beyond both ends of the series, if it is a register that was not read there."""
    wider: list[SensorSeries] = []
    if series.needs_until_utc and not any(at_s <= series.needs_until_utc.timestamp() for at_s in readings.epochs_s):
        wider.append(replace(series, start_utc=series.start_utc - _REGISTER_REACH, end_utc=series.start_utc))
    if series.needs_from_utc and not any(at_s >= series.needs_from_utc.timestamp() for at_s in readings.epochs_s):
        wider.append(replace(series, start_utc=series.end_utc, end_utc=series.end_utc + _REGISTER_REACH))
    return wider


def _window(series: SensorSeries, readings: Readings) -> SensorWindow:
    converted = conversion(readings.unit)
    assert converted is not None  # noqa: S101 -- a sensor without canonical unit is never planned
    _, factor, offset = converted
    return SensorWindow(
        sensor_id=series.sensor_id,
        start_utc=series.start_utc,
        end_utc=series.end_utc,
        starts_us=np.rint(np.asarray(readings.epochs_s, dtype=np.float64) * 1e6).astype(np.int64),
        values=np.asarray(readings.values, dtype=np.float64) * factor + offset,
    )


def _kept(window: SensorWindow, plan: PlantPlan) -> SensorWindow | None:
    """The part of a window that is to be stored."""
    if plan.kept is None:
        return window
    start_utc, end_utc = plan.kept[window.sensor_id]
    start_utc, end_utc = max(start_utc, window.start_utc), min(end_utc, window.end_utc)
    return replace(window, start_utc=start_utc, end_utc=end_utc) if start_utc < end_utc else None


def _issue(plan: PlantPlan, errors: Mapping[int, SourceError]) -> RunIssue:
    days = f"{min(plan.dates)}" + (f" to {max(plan.dates)}" if len(plan.dates) > 1 else "")
    first = next(iter(errors.values()))
    return RunIssue(
        STAGE,
        plan.plant_code,
        f"{plan.plant_code}, {days}: {len(errors)} of {len(plan.series)} sensors could not be read; first: {first}",
        energy_date=max(plan.dates),
    )
