"""Loading readings: whole windows of many sensors at once, idempotent, in bulk.

What belongs here: arrays in, rows of `energy.reading` out. What does not: where readings come from (`readings`), or
what they mean.

A window is compared with what is stored before anything is written: a re-run that brings nothing new costs one read.
Sensors that differ are replaced whole, by COPY BINARY, sensor by sensor, so that a sensor's rows lie together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.warehouse import driver_connection, ensure_month_partitions

_POSTGRES_EPOCH_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("sensor_length", ">i4"),
        ("sensor_id", ">i4"),
        ("start_length", ">i4"),
        ("start_us", ">i8"),
        ("value_length", ">i4"),
        ("value", ">f8"),
    ]
)
_BLOCK_BYTES = 1 << 20

Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class SensorWindow:
    """Everything one sensor has in [start_utc, end_utc): instants in µs since 1970 and canonical values."""

    sensor_id: int
    start_utc: datetime
    end_utc: datetime
    starts_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def load_windows(connection: Connection, windows: Sequence[SensorWindow]) -> int:
    """Make `energy.reading` hold exactly these readings in these windows; returns how many sensors differed.

    A sensor may have several windows that do not overlap: a long backfill, a register read further on both sides.
    """
    if not windows:
        return 0
    first, last = min(w.start_utc for w in windows), max(w.end_utc for w in windows)
    ensure_month_partitions(connection, "energy.reading", first.date(), last.date())
    stored = _stored(connection, [window.sensor_id for window in windows], first, last)
    found = [(window, rows_of(window), _inside(window, stored)) for window in windows]
    changed = [(window, rows, old) for window, rows, old in found if old.tobytes() != rows.tobytes()]
    _delete(connection, [window for window, _, old in changed if len(old)])
    changed.sort(key=lambda one: (one[0].sensor_id, one[0].start_utc))
    _copy_in(connection, [rows for _, rows, _ in changed])
    return len({window.sensor_id for window, _, _ in changed})


def rows_of(window: SensorWindow) -> Rows:
    """The window as COPY BINARY rows, in order of time, one per instant (the last wins)."""
    inside = (window.starts_us >= _us(window.start_utc)) & (window.starts_us < _us(window.end_utc))
    inside &= np.isfinite(window.values)
    starts_us, values = window.starts_us[inside][::-1], window.values[inside][::-1]
    unique_us, positions = np.unique(starts_us, return_index=True)
    rows = np.empty(len(unique_us), dtype=_ROW)
    rows["fields"], rows["sensor_length"], rows["start_length"], rows["value_length"] = 3, 4, 8, 8
    rows["sensor_id"] = window.sensor_id
    rows["start_us"] = unique_us - _POSTGRES_EPOCH_US
    rows["value"] = values[positions]
    return rows


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _stored(connection: Connection, sensor_ids: Sequence[int], first: datetime, last: datetime) -> Mapping[int, Rows]:
    statement = sql.SQL(
        "copy (select sensor_id, period_start, value from energy.reading where sensor_id = any({ids}::integer[]) "
        "and period_start >= {first} and period_start < {last} order by sensor_id, period_start) "
        "to stdout with (format binary)"
    ).format(ids=sql.Literal(list(sensor_ids)), first=sql.Literal(first), last=sql.Literal(last))
    with driver_connection(connection).cursor() as cursor, cursor.copy(statement) as copy:
        body = b"".join(bytes(block) for block in copy)
    rows = np.frombuffer(body[len(_HEADER) : -len(_TRAILER)], dtype=_ROW)
    ids, starts = np.unique(rows["sensor_id"], return_index=True)
    return {int(sensor_id): part for sensor_id, part in zip(ids, np.split(rows, starts[1:]), strict=False)}


def _inside(window: SensorWindow, stored: Mapping[int, Rows]) -> Rows:
    rows = stored.get(window.sensor_id, np.empty(0, dtype=_ROW))
    start_us, end_us = _us(window.start_utc) - _POSTGRES_EPOCH_US, _us(window.end_utc) - _POSTGRES_EPOCH_US
    return rows[(rows["start_us"] >= start_us) & (rows["start_us"] < end_us)]


def _delete(connection: Connection, windows: Sequence[SensorWindow]) -> None:
    statement = (
        "delete from energy.reading where sensor_id = %(sensor_id)s "
        "and period_start >= %(start)s and period_start < %(end)s"
    )
    with driver_connection(connection).cursor() as cursor:
        cursor.executemany(
            statement, [{"sensor_id": w.sensor_id, "start": w.start_utc, "end": w.end_utc} for w in windows]
        )


def _copy_in(connection: Connection, parts: Sequence[Rows]) -> None:
    if not parts:
        return
    statement = "copy energy.reading (sensor_id, period_start, value) from stdin with (format binary)"
    with driver_connection(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_HEADER)
        for rows in parts:
            body = rows.tobytes()
            for offset in range(0, len(body), _BLOCK_BYTES):
                copy.write(body[offset : offset + _BLOCK_BYTES])
        copy.write(_TRAILER)
