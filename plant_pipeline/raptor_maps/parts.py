"""The parts of a day on disk: split below the limit, hashed and written in one pass, whole or not at all.

What belongs here: bytes and files. What does not: what the lines say (`csv_file`), where finished parts go (`deliver`).
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from plant_pipeline.errors import UsageError
from plant_pipeline.raptor_maps.contract import HEADER_LINE, file_name, parsed_file_name

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class BuiltPart:
    """One finished file of a day; `byte_count` and `sha256` include the header line, `row_count` does not."""

    part: int
    path: Path
    sha256: str
    byte_count: int
    row_count: int

    @property
    def file_name(self) -> str:
        """The name the contract gives it."""
        return self.path.name


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

    def write_sensor(self, prefix: bytes, lines: bytes, row_count: int) -> None:
        r"""Add `row_count` rows: `lines` are their endings, divided by `\n`, each to be preceded by `prefix`.

        Raises `UsageError` if a single row does not fit into a part.
        """
        rows = prefix + lines.replace(b"\n", b"\n" + prefix) + b"\n"
        if self._fits(len(HEADER_LINE) + len(rows)):
            self._write(rows, row_count)
            return
        for row in rows.splitlines(keepends=True):
            self._write(row, 1)

    def _fits(self, byte_count: int) -> bool:
        return byte_count < self._max_part_bytes

    def _write(self, rows: bytes, row_count: int) -> None:
        if self._open is not None and not self._fits(self._open.byte_count + len(rows)):
            self._close_part()
        if self._open is None:
            if not self._fits(len(HEADER_LINE) + len(rows)):
                raise UsageError(
                    f"RAPTOR_MAX_PART_BYTES is {self._max_part_bytes}: the header and one row alone take "
                    f"{len(HEADER_LINE) + len(rows)} bytes and have to stay below it; set it higher"
                )
            name = file_name(self._date, len(self._finished) + 1)
            self._open = _OpenPart(self._directory / f".{name}.{os.getpid()}.unfinished", self._directory / name)
            self._open.write(HEADER_LINE, 0)
        self._open.write(rows, row_count)

    def _close_part(self) -> None:
        if self._open is not None:
            part, self._open = self._open, None
            self._finished.append((part.unfinished, part.close(len(self._finished) + 1)))

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
        self.byte_count = self.row_count = 0
        self._hash = hashlib.sha256()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._file = unfinished.open("wb")

    def write(self, data: bytes, row_count: int) -> None:
        self.byte_count += len(data)
        self.row_count += row_count
        self._pending.append(data)
        self._pending_bytes += len(data)
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
        return BuiltPart(number, self._path, self._hash.hexdigest(), self.byte_count, self.row_count)

    def abandon(self) -> None:
        self._file.close()
        self.unfinished.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
