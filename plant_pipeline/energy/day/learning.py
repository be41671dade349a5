"""What series are found to be that do not say so: the direction in which their values count, and how they are read.

What belongs here: learning over a trailing window, so that all days are read alike. What does not: using it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.warehouse import execute, uuid_array

WINDOW: Final = timedelta(days=30)
"""How many days on either side of the day are looked at, as far as there are readings of them."""

TURNED_WITHIN: Final = timedelta(days=7)
"""How many days on either side tell whether a meter was turned round for good."""

_FEW_DAYS: Final = 3
_MANY_DAYS: Final = 7
"""Days on end that a direction is seen: from the first number on it counts, from the second on without doubt (ours)."""

CLEARLY: Final = 3.0
"""Production goes so many times higher than what a plant draws (our choice)."""

_LEAST_SHARE: Final = 0.05
"""Of the capacity (a device's share of it): below it nothing tells production from what a plant draws (our choice)."""


def learn_signs(connection: Connection, energy_date: date, plants: Mapping[UUID, PlantDay]) -> set[int]:
    """Find and store the direction of power series of the plants that neither state one nor have it learned.

    Returns the sensors whose readings speak against either direction, and where no capacity tells production from what
    a plant draws, those that never come to rest.
    """
    unsigned = execute(connection, "energy/unsigned_series", plant_ids=uuid_array(plants)).all()
    if not unsigned:
        return set()
    devices = Counter(row.plant_id for row in unsigned if not row.is_metering)
    midnight_utc = datetime.combine(energy_date, time(), UTC)
    heights = execute(
        connection,
        "energy/learn_signs",
        sensor_ids=[row.sensor_id for row in unsigned],
        from_utc=midnight_utc - WINDOW,
        to_utc=midnight_utc + WINDOW,
    )
    of_sensor = {row.sensor_id: (row.above, row.below, row.rest) for row in heights}
    learned: dict[int, int] = {}
    undecided: set[int] = set()
    for row in unsigned:
        capacity_kw = plants[row.plant_id].capacity_kw or 0.0
        share_w = capacity_kw * 1000 / (1 if row.is_metering else devices[row.plant_id])
        above_w, below_w, rest_w = of_sensor.get(row.sensor_id, (0.0, 0.0, 0.0))
        sign = sign_of(above_w, below_w, _LEAST_SHARE * share_w)
        is_steady = share_w == 0 and rest_w > _LEAST_SHARE * max(above_w, below_w)
        if sign is not None and not is_steady:
            learned[row.sensor_id] = sign
        elif max(above_w, below_w) > _LEAST_SHARE * share_w:
            undecided.add(row.sensor_id)
    _store(connection, energy_date, learned)
    return undecided


def learn_steps(connection: Connection, energy_date: date, plant_ids: Collection[UUID] | None = None) -> None:
    """Store how far apart the readings of registers and instants usually are, and how far off whole steps they lie.

    Of the days up to `energy_date` that were measured, and the sensors of `plant_ids` (None: all); those whose course
    is as it was stay as they are.
    """
    midnight_utc = datetime.combine(energy_date, time(), UTC)
    execute(
        connection,
        "energy/learn_steps",
        energy_date=energy_date,
        from_date=energy_date - WINDOW,
        plant_ids=None if plant_ids is None else uuid_array(plant_ids),
        from_utc=midnight_utc - timedelta(days=1),
        to_utc=midnight_utc + timedelta(days=2),
    )


def sign_of(above_w: float, below_w: float, least_w: float) -> int | None:
    """The direction of production, from the heights that power reaches on both sides of 0; None: not to be told.

    What stays below `least_w` may be what a plant draws while it stands still, in either direction.
    """
    if max(above_w, below_w) <= least_w:
        return None
    if above_w >= CLEARLY * below_w:
        return 1
    return -1 if below_w >= CLEARLY * above_w else None


@dataclass(frozen=True, slots=True)
class Turn:
    """A series that runs the other way than was learned: its direction on the day, None if only few days show it."""

    sign: int | None
    is_settled: bool


def learn_turns(connection: Connection, energy_date: date, signs: Mapping[int, int]) -> dict[int, Turn]:
    """By sensor of those that contradict their learned sign (`signs`) on the day, what the days around say.

    A direction that is settled is what the sensor has learned from now on, if no later day was computed yet.
    """
    midnight_utc = datetime.combine(energy_date, time(), UTC)
    rows = execute(
        connection,
        "energy/daily_heights",
        sensor_ids=list(signs),
        from_utc=midnight_utc - TURNED_WITHIN,
        to_utc=midnight_utc + TURNED_WITHIN + timedelta(days=1),
    )
    daily: dict[int, dict[date, int | None]] = defaultdict(dict)
    for row in rows:
        daily[row.sensor_id][row.day] = sign_of(row.above, row.below, 0.0)
    found = {}
    for sensor_id, sign in signs.items():
        days = 1 + sum(_days_on_end(daily[sensor_id], energy_date, timedelta(days=step), -sign) for step in (-1, 1))
        found[sensor_id] = Turn(-sign if days >= _FEW_DAYS else None, days >= _MANY_DAYS)
    settled = {sensor_id: turn.sign for sensor_id, turn in found.items() if turn.sign and turn.is_settled}
    _store(connection, energy_date, settled)
    return found


def _days_on_end(daily: Mapping[date, int | None], energy_date: date, step: timedelta, sign: int) -> int:
    """How many days next to each other show the direction; those that show none are passed over."""
    days, day = 0, energy_date + step
    while day in daily and daily[day] in (sign, None):
        days += daily[day] == sign
        day += step
    return days


def _store(connection: Connection, energy_date: date, signs: Mapping[int, int]) -> None:
    ids: Sequence[int] = list(signs)
    if ids:
        execute(
            connection,
            "energy/store_signs",
            sensor_ids=ids,
            signs=[signs[sensor_id] for sensor_id in ids],
            energy_date=energy_date,
        )
