"""Days that wait to be computed again, as the registry is no longer what they were computed from.

What belongs here: which days wait, which of them a run takes, when one has been done. What does not: what the registry
learned (registry.touched), computing a day (daily.py, and KPIs after it), when that happens (automation).

A day leaves the queue in two steps, each in the transaction of the work that it stands for: its energy, then its KPIs.
Both are noted where that work begins, under the lock of the day: what is queued meanwhile waits for its end, and stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.days import utc_span
from plant_pipeline.landing.retention import REMOVABLE, first_kept
from plant_pipeline.registry.plants.identity import plant_ids_of
from plant_pipeline.warehouse import execute, lock_name, read_objects, uuid_array

QUEUE_STAGE: Final = "queue"
"""The stage under which a run notes what it did of the queue."""

RESTATED_ABOVE_KWH: Final = 0.001
"""Less is no change of an energy."""

MOST_DATES: Final = 400
MOST_PLANT_DAYS: Final = 20_000
"""So many a run computes again, with or without the run's own days: some minutes of a night."""
_IDS_OF_A_RECORD = 9  # a record founds another plant only after it was parted from the one before


@dataclass(frozen=True, slots=True)
class QueuedDate:
    """The plants for which one date waits."""

    day_date: date
    plant_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class LostDay:
    """A day of a plant whose readings are no longer kept: its energy cannot be computed again."""

    plant_id: UUID
    plant_code: str
    day_date: date
    why: str


def take_touched(connection: Connection, now_utc: datetime) -> int:
    """Queue the computed days of every stretch of time that the registry touched since; returns how many.

    A row of `registry.touched` is taken once, in this transaction; a day that waits already waits once.
    """
    lock_name(connection, "plant_pipeline queued days")
    return int(execute(connection, "energy/queue_touched", now_utc=now_utc).scalar_one())


def read_queue(connection: Connection, plant_code: str | None = None) -> list[QueuedDate]:
    """What waits, newest date first; of one plant alone with those that were merged into it."""
    return read_objects(connection, QueuedDate, "energy/queued_dates", plant_code=plant_code)


def bounded(
    queue: Sequence[QueuedDate], most_dates: int = MOST_DATES, most_plant_days: int = MOST_PLANT_DAYS
) -> list[QueuedDate]:
    """The first dates of a queue that are bearable in one run, one at least; a date is never divided."""
    taken: list[QueuedDate] = []
    plant_days = 0
    for queued in queue[:most_dates]:
        plant_days += len(queued.plant_ids)
        if taken and plant_days > most_plant_days:
            break
        taken.append(queued)
    return taken


def begin_energy(connection: Connection, day_date: date, plant_ids: Collection[UUID] | None, now_utc: datetime) -> None:
    """Note, in the transaction in which it is computed, that the energy of a date's plants (None: all) is done."""
    execute(
        connection,
        "energy/begin_queued_energy",
        day_date=day_date,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
        now_utc=now_utc,
    )


def begin_kpis(connection: Connection, day_date: date, plant_ids: Collection[UUID] | None) -> None:
    """Take a date's plants (None: all) whose energy is done from the queue, in the transaction of their KPIs."""
    execute(
        connection,
        "energy/end_queued",
        day_date=day_date,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
    )


def rekey(connection: Connection, lost: Sequence[LostDay], now_utc: datetime, run_id: str) -> None:
    """Give what was computed of one date, which cannot be computed again, to the plants that there are now.

    Energies of plants that became one add up, but for a duplicate's; they are parted again when that is undone. The
    days leave the queue.
    """
    if not lost:
        return
    day_date, plant_ids = lost[0].day_date, uuid_array(day.plant_id for day in lost)
    execute(
        connection,
        "energy/rekey_day",
        energy_date=day_date,
        plant_ids=plant_ids,
        duplicate_ids=uuid_array(_duplicates(connection, plant_ids)),
        restated_above_kwh=RESTATED_ABOVE_KWH,
        run_id=run_id,
        now_utc=now_utc,
    )
    execute(connection, "energy/drop_queued", day_date=day_date, plant_ids=plant_ids)


def _duplicates(connection: Connection, plant_ids: str) -> set[UUID]:
    """Those whose energy another one has as well: the record that founded them repeats another one now."""
    return {
        row.plant_id
        for row in execute(connection, "energy/duplicate_founders", plant_ids=plant_ids)
        if row.plant_id in islice(plant_ids_of((row.source, row.source_plant_id)), _IDS_OF_A_RECORD)
    }


def read_lost(connection: Connection, queued: QueuedDate) -> list[LostDay]:
    """The plants of a queued date whose energy was known and whose readings are gone, or of whose merger that holds."""
    from_utc, to_utc = utc_span([queued.day_date])
    first = first_kept(connection, REMOVABLE)
    return read_objects(
        connection,
        LostDay,
        "energy/lost_days",
        day_date=queued.day_date,
        plant_ids=uuid_array(queued.plant_ids),
        from_utc=from_utc,
        to_utc=to_utc,
        is_removed=first is not None and queued.day_date < first,
    )
