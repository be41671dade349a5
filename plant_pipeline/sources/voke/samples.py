"""What Voke tells of this moment only, asked for many times a day, each answer kept under the time it was had at.

What belongs here: the calls and the writes, and whose turn it is. What does not: what the samples of a day come to
(energy, kpi).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.sources.each_plant import ask_each_plant
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.sources.voke.client import PLANTS, fetch_paged
from plant_pipeline.sources.voke.schema import ENERGY_TODAY, PLANT_STATUS
from plant_pipeline.warehouse import UpsertCounts, ensure_month_partitions, query, upsert_rows

TICK: Final = timedelta(minutes=15)

_FIELDS = ("id", "status", "lastSeenAt")
_SHARE_OF_LIMIT = 0.5  # the other calls of the source are to get through as well
_TICKS_A_DAY = timedelta(days=1) // TICK
_LATELY = timedelta(days=7)


# -- connection --
async def fetch_statuses(context: FetchContext) -> Listing:
    """The connection of all plants, from the pages of their list: a call for each hundred."""
    listing = await fetch_paged(context.client, PLANTS, "plant_status")
    return replace(listing, records=[_status_of(record) for record in listing.records])


def _status_of(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {name: record[name] for name in _FIELDS if name in record}


def write_statuses(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add the statuses under the time they were fetched at."""
    day = context.fetched_at.date()
    ensure_month_partitions(context.connection, "voke.plant_status_sample", day, day)
    stamped = [{**row, "sampled_at": context.fetched_at} for row in rows]
    columns = ("sampled_at", *PLANT_STATUS.columns)
    return upsert_rows(context.connection, "voke.plant_status_sample", ("plant_id", "sampled_at"), stamped, columns)


# -- energy --
@dataclass(frozen=True)
class SamplingTurn:
    """Who is asked now, and every how many ticks everybody is."""

    plant_ids: tuple[str, ...]
    ticks: int


def turn_of(plant_ids: Sequence[str], now_utc: datetime, calls_per_minute: float | None) -> SamplingTurn:
    """The plants whose turn it is: all, or as many as half of the limit permits in a tick, one part after the other.

    Who is asked follows from the clock alone. Beside midnight, just before and just after, it is the same part, each
    day another one.
    """
    if calls_per_minute is None:
        return SamplingTurn(tuple(plant_ids), 1)
    at_once = max(int(_SHARE_OF_LIMIT * calls_per_minute * TICK.total_seconds() / 60), 1)
    ticks = max(math.ceil(len(plant_ids) / at_once), 1)
    number = round(now_utc.timestamp() / TICK.total_seconds())
    return SamplingTurn(tuple(plant_ids[(number + number // _TICKS_A_DAY) % ticks :: ticks]), ticks)


async def fetch_energies(context: FetchContext) -> Listing:
    """What each plant whose turn it is has counted since the UTC midnight; one call a plant.

    A plant that left meanwhile (404) is no failure. Raises `SourceRejected` (403) if all are refused.
    """
    plants = context.read(query("voke/plants_to_sample"), from_date=(context.now_utc - _LATELY).date())
    limit = _calls_per_minute(context)
    turn = turn_of(list(plants["id"]), context.now_utc, limit)
    names = dict(zip(plants["id"], plants["name"], strict=True))
    asked = await ask_each_plant(
        {plant_id: names[plant_id] for plant_id in turn.plant_ids}, lambda plant_id: _fetch_energy(context, plant_id)
    )
    stretched = (
        f"{len(turn.plant_ids)} of {len(plants)} plants are asked at a time, each every "
        f"{turn.ticks * TICK // timedelta(minutes=1)} minutes: half of {limit:.3g} calls a minute allows no more"
        if limit is not None and turn.ticks > 1
        else None
    )
    notes = [stretched, asked.note("energies")]
    return Listing(
        list(asked.answers.values()),
        problem=asked.problem("energies"),
        note="; ".join(note for note in notes if note) or None,
        is_transient=asked.is_transient,
    )


def _calls_per_minute(context: FetchContext) -> float | None:
    """The strictest limit that is known; None: none is."""
    learned = context.read(query("landing/learned_limit"), source=context.client.source)["calls_per_minute"]
    known = [*learned.tolist(), *([context.settings.calls_per_minute] if context.settings.calls_per_minute else [])]
    return min(known, default=None)


async def _fetch_energy(context: FetchContext, plant_id: str) -> Mapping[str, Any]:
    answer = await context.client.get_json(f"{PLANTS}/{plant_id}/energy/today", entity="energy_today")
    if not isinstance(answer.json, dict):
        raise SourceShapeChanged(context.client.source, answer.path, "expected an object with the energy of a day")
    # Many calls take their time: each answer has its own.
    return {**answer.json, "plantId": plant_id, "sampledAt": answer.received_at.isoformat()}


def write_energies(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add the energies under the time they were answered at."""
    if not rows:
        return UpsertCounts()
    days = [row["sampled_at"].date() for row in rows]
    ensure_month_partitions(context.connection, "voke.energy_sample", min(days), max(days))
    dated = [{**row, "energy_date": row["energy_date"].date()} for row in rows]
    columns = tuple(ENERGY_TODAY.columns)
    return upsert_rows(context.connection, "voke.energy_sample", ("plant_id", "sampled_at"), dated, columns)
