"""Loading readings: whole windows of many sensors at once, idempotent, in bulk.

What belongs here: arrays in, rows of `energy.reading` out. What does not: where readings come from (`readings`), or
what they mean.

A window is compared with what is stored before anything is written: a re-run that brings nothing new costs one read.
Sensors that differ are replaced whole, by COPY BINARY, sensor by sensor, so that a sensor's rows lie together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from plant_pipeline.warehouse import driver_connection, ensure_month_partitions, execute, query

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
_NOTHING = (b"", b"")

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
    found = zip(windows, map(rows_of, windows), _stored(connection, windows), strict=True)
    changed = [(window, rows, stored) for window, rows, stored in found if _bytes_of(rows) != stored]
    _delete(connection, [window for window, _, stored in changed if stored != _NOTHING])
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


def _bytes_of(rows: Rows) -> tuple[bytes, bytes]:
    return rows["start_us"].tobytes(), rows["value"].tobytes()


def _stored(connection: Connection, windows: Sequence[SensorWindow]) -> list[tuple[bytes, bytes]]:
    """Instants and values that each window has now, spelled as in `_ROW`."""
    with driver_connection(connection).cursor(binary=True) as cursor:
        cursor.execute(query("energy/stored_windows"), _spans(windows))
        return [(starts or b"", values or b"") for starts, values in cursor]


def _delete(connection: Connection, windows: Sequence[SensorWindow]) -> None:
    if windows:
        execute(connection, "energy/delete_windows", **_spans(windows))


def _spans(windows: Sequence[SensorWindow]) -> dict[str, Any]:
    return {
        "sensor_ids": [window.sensor_id for window in windows],
        "starts_utc": [window.start_utc for window in windows],
        "ends_utc": [window.end_utc for window in windows],
        "from_utc": min(window.start_utc for window in windows),
        "to_utc": max(window.end_utc for window in windows),
    }


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
