"""The parts of a day on disk: split below the limit, written, checked and hashed in one pass, whole or not at all.

What belongs here: bytes and files. What does not: what the lines say (`csv_file`), where finished parts go (`deliver`).
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from plant_pipeline.errors import UsageError
from plant_pipeline.raptor_maps.contract import HEADER_LINE, file_name, parsed_file_name
from plant_pipeline.raptor_maps.validate import Problem, RowCheck

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class BuiltPart:
    """One finished file of a day; `byte_count` and `sha256` include the header line, `row_count` does not.

    `problems`: how its rows break the contract; a part with any is not to be sent.
    """

    part: int
    path: Path
    sha256: str
    byte_count: int
    row_count: int
    problems: tuple[Problem, ...]

    @property
    def file_name(self) -> str:
        """The name the contract gives it."""
        return self.path.name


class SensorRows(NamedTuple):
    r"""Rows of one sensor without their prefix: `values` and `lines` (`time,value`) are divided by `\n`."""

    times: tuple[bytes, ...]
    values: bytes
    lines: bytes

    def each(self) -> "Iterator[SensorRows]":
        """Every row alone."""
        for time, value in zip(self.times, self.values.split(b"\n"), strict=True):
            yield SensorRows((time,), value, b"%s,%s" % (time, value))


@contextmanager
def open_parts(directory: Path, observation_date: date, max_part_bytes: int) -> Iterator["PartsWriter"]:
    """A writer of the parts of one day into `directory`, made if absent.

    On success the parts appear under their final names and parts of an earlier build with higher numbers are removed;
    on any error, or a kill, none of them appears.
    """
    directory.mkdir(parents=True, exist_ok=True)
    writer = PartsWriter(directory, observation_date, max_part_bytes)
    try:
        yield writer
        writer._publish()
    finally:
        writer._discard()


class PartsWriter:
    """Takes the rows of one sensor after another; made by `open_parts`.

    A part ends between two sensors where it can, so that a longer number in one sensor leaves the other parts as they
    were; only a sensor too large for a part of its own is cut between two rows. Memory: about 1 MiB.
    """

    def __init__(self, directory: Path, observation_date: date, max_part_bytes: int) -> None:
        self._directory, self._date, self._max_part_bytes = directory, observation_date, max_part_bytes
        self._open: _OpenPart | None = None
        self._finished: list[tuple[Path, BuiltPart]] = []
        self.parts: tuple[BuiltPart, ...] = ()

    def write_sensor(self, prefix: bytes, rows: SensorRows) -> None:
        """Add the rows of a sensor, each to be preceded by `prefix`.

        Raises `UsageError` if a single row does not fit into a part.
        """
        if self._fits(len(HEADER_LINE) + len(rows.lines) + len(rows.times) * len(prefix) + 1):
            self._write(prefix, rows)
            return
        for row in rows.each():
            self._write(prefix, row)

    def _fits(self, byte_count: int) -> bool:
        return byte_count < self._max_part_bytes

    def _write(self, prefix: bytes, rows: SensorRows) -> None:
        text = prefix + rows.lines.replace(b"\n", b"\n" + prefix) + b"\n"
        if self._open is not None and not self._fits(self._open.byte_count + len(text)):
            self._close_part()
        if self._open is None:
            if not self._fits(len(HEADER_LINE) + len(text)):
                raise UsageError(
                    f"RAPTOR_MAX_PART_BYTES is {self._max_part_bytes}: the header and one row alone take "
                    f"{len(HEADER_LINE) + len(text)} bytes and have to stay below it; set it higher"
                )
            name = file_name(self._date, len(self._finished) + 1)
            self._open = _OpenPart(self._directory / f".{name}.{os.getpid()}.unfinished", self._directory / name)
        self._open.write(text, prefix, rows)

    def _close_part(self) -> None:
        if self._open is not None:
            self._finished.append((self._open.unfinished, self._open.close(len(self._finished) + 1)))
            self._open = None

    def _publish(self) -> None:
        self._close_part()
        for unfinished, part in self._finished:
            unfinished.replace(part.path)
        self.parts = tuple(part for _, part in self._finished)
        self._finished = []
        for path in self._directory.iterdir():
            named = parsed_file_name(path.name)
            if named and named[0] == self._date and named[1] > len(self.parts):
                path.unlink()
        sync_directory(self._directory)

    def _discard(self) -> None:
        if self._open is not None:
            self._open.abandon()
        for unfinished, _ in self._finished:
            unfinished.unlink(missing_ok=True)


class _OpenPart:
    """A file being written under a name that nobody takes for a part."""

    def __init__(self, unfinished: Path, path: Path) -> None:
        self.unfinished, self._path = unfinished, path
        self.byte_count = len(HEADER_LINE)
        self._hash = hashlib.sha256()
        self._check = RowCheck(path)
        self._pending = [HEADER_LINE]
        self._pending_bytes = 0
        self._file = unfinished.open("wb")

    def write(self, text: bytes, prefix: bytes, rows: SensorRows) -> None:
        self._check.take_sensor(prefix, rows.times, rows.values)
        self.byte_count += len(text)
        self._pending.append(text)
        self._pending_bytes += len(text)
        if self._pending_bytes >= _BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        block = b"".join(self._pending)
        self._pending, self._pending_bytes = [], 0
        self._hash.update(block)
        self._file.write(block)

    def close(self, number: int) -> BuiltPart:
        self._flush()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._check.finish(self.byte_count)
        return BuiltPart(
            number,
            self._path,
            self._hash.hexdigest(),
            self.byte_count,
            self._check.row_count,
            tuple(self._check.problems),
        )

    def abandon(self) -> None:
        with suppress(OSError):  # of what is still to be written where nothing can be
            self._file.close()
        self.unfinished.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
