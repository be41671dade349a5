"""The readings of many series at once, as arrays.

What belongs here: bringing them from the warehouse, and cutting them by series. What does not: what a reading means.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.series.array_dumpers import NumbersDumper
from plant_pipeline.warehouse import driver_connection, query

_POSTGRES_EPOCH_S: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class ReadingArrays:
    """Readings of series after series, each in order of time.

    Those of the series at place i are `offsets[i]` to `offsets[i + 1]`; `at_s` are seconds since 1970, `value` is in
    the canonical unit of the series.
    """

    offsets: Integers
    at_s: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def owner(self) -> Integers:
        """The place of the series of each reading."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @cached_property
    def first_of_runs(self) -> Integers:
        """Where readings of another value than the one before begin; each series begins anew."""
        is_new = np.append(True, self.value[1:] != self.value[:-1])[: len(self.value)]
        begins = self.offsets[:-1]
        is_new[begins[begins < len(is_new)]] = True
        return np.flatnonzero(is_new)

    def owners_of(self, index: Integers) -> Integers:
        """The places of the series of some readings."""
        return np.searchsorted(self.offsets, index, side="right") - 1

    def of(self, place: int) -> slice:
        """Where the readings of one series are."""
        return slice(int(self.offsets[place]), int(self.offsets[place + 1]))

    def count_until(self, instants_s: Floats, *, included: bool = True) -> Integers:
        """By series, how many readings it has before its instant, and (`included`) at it."""
        low, high = self.offsets[:-1].copy(), self.offsets[1:].copy()
        is_open = low < high
        while is_open.any():
            middle = np.where(is_open, (low + high) // 2, 0)
            at_s = self.at_s[middle]
            is_before = at_s <= instants_s if included else at_s < instants_s
            low = np.where(is_open & is_before, middle + 1, low)
            high = np.where(is_open & ~is_before, middle, high)
            is_open = low < high
        return low - self.offsets[:-1]

    def only(self, chosen: Booleans) -> "ReadingArrays":
        """Without the readings that are not chosen."""
        if chosen.all():
            return self
        kept = np.concatenate([[0], np.cumsum(chosen)])
        return ReadingArrays(kept[self.offsets], self.at_s[chosen], self.value[chosen])

    def of_places(self, places: Integers) -> "ReadingArrays":
        """The series at `places`, which are in order."""
        if len(places) == len(self):
            return self
        counts = np.diff(self.offsets)[places]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        index = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][places] - offsets[:-1], counts)
        return ReadingArrays(offsets, self.at_s[index], self.value[index])

    def at(self, places: Integers) -> "ReadingArrays":
        """The series at `places`, in their order, if the others have no readings."""
        return ReadingArrays(np.append(self.offsets[places], len(self.value)), self.at_s, self.value)

    def replaced(self, others: "ReadingArrays", places: Sequence[int]) -> "ReadingArrays":
        """With those of `others` for the series at `places`, in the same order."""
        of_other = {place: index for index, place in enumerate(places)}
        parts = [
            (others, others.of(of_other[place])) if place in of_other else (self, self.of(place))
            for place in range(len(self))
        ]
        return _joined([(source.at_s[part], source.value[part]) for source, part in parts])


def read_readings(connection: Connection, sensor_ids: Integers, starts_s: Floats, ends_s: Floats) -> ReadingArrays:
    """The readings of each sensor from its start to its end, both included."""
    if not len(sensor_ids):
        return _joined([])
    with driver_connection(connection).cursor(binary=True) as cursor:
        cursor.adapters.register_dumper(np.ndarray, NumbersDumper)
        cursor.execute(
            query("energy/reading_arrays"),
            {
                "sensor_ids": sensor_ids,
                "starts_s": starts_s,
                "ends_s": ends_s,
                "from_utc": datetime.fromtimestamp(float(starts_s.min()), UTC),
                "to_utc": datetime.fromtimestamp(float(ends_s.max()), UTC) + _DAY,
            },
        )
        return _readings_of(cursor.fetchall())


def _readings_of(rows: Sequence[tuple[bytes | None, bytes]]) -> ReadingArrays:
    """Labels and values as PostgreSQL sends them, a row a series; without labels: those of the series before."""
    at_s: list[Floats] = []
    for labels, _ in rows:
        at_s.append(at_s[-1] if labels is None else np.frombuffer(labels, dtype=">i8") / 1e6 + _POSTGRES_EPOCH_S)
    value = np.frombuffer(b"".join([own for _, own in rows]), dtype=">f8").astype(np.float64)
    return ReadingArrays(np.cumsum([0, *map(len, at_s)]), np.concatenate(at_s), value)


def _joined(parts: Sequence[tuple[Floats, Floats]]) -> ReadingArrays:
    offsets = np.cumsum([0, *(len(at_s) for at_s, _ in parts)])
    if not parts:
        return ReadingArrays(offsets, np.empty(0), np.empty(0))
    return ReadingArrays(
        offsets, np.concatenate([at_s for at_s, _ in parts]), np.concatenate([own for _, own in parts])
    )
