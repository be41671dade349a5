"""Looking at the archive: what it holds, whether all of it is as it was stored, and removing whole days.

What belongs here: objects held against their indexes and the ledger, retention. What does not: storing (`archive`,
`packs`), printing.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from psycopg.rows import dict_row

from plant_pipeline.errors import ArchiveDamaged, UsageError
from plant_pipeline.landing.archive import Archive, BodyPlace, open_member, read_body
from plant_pipeline.landing.packs import INDEX, OBJECT, PackIndex, body_place, day_of, index_key, read_index
from plant_pipeline.landing.run_record import RUNS, read_run_record
from plant_pipeline.warehouse import Warehouse, driver_connection, execute, query

_Row = Mapping[Any, Any]
_COMPARED = ("object_key", "byte_offset", "byte_length", "sha256", "byte_count")
_HASH = re.compile("[0-9a-f]{64}")
_ROWS_AT_ONCE = 2_000
_UNDER_WAY = timedelta(days=1)  # nothing takes that long to write


@dataclass(frozen=True)
class ObjectVerdict:
    """What one object is worth: how many bodies were read, and what is wrong, each in words."""

    object_key: str
    bodies: int
    problems: tuple[str, ...] = ()


def verify_archive(archive: Archive, ledger: Iterable[_Row]) -> Iterator[ObjectVerdict]:
    """Each object of answers, and each that `ledger` names, with what is wrong about it; then the records of runs.

    Every body is read and held against its hash in the ledger and in the index, every object against that of its
    index, the rows of the index against those of the ledger. An object that no row of the ledger names is well: its
    run was killed, or the ledger is another's. The rows of `ledger` come by the keys of their objects in the order of
    their bytes, as `ledger_by_object` has them: those of one object are held at a time, and the keys of all.
    """
    present = {key for key in archive.keys("") if day_of(key) is not None}
    named = {index.removesuffix(INDEX) + OBJECT for index in present if index.endswith(INDEX)}
    named |= {key for key in present if key.endswith(OBJECT)}
    rows = ((row["object_key"], row) for row in ledger)
    both = merge(((key, None) for key in sorted(named)), rows, key=itemgetter(0))
    for key, own in groupby(both, itemgetter(0)):
        yield _verdict(archive, key, [row for _, row in own if row is not None], has_index=index_key(key) in present)
    for key in sorted(key for key in present if key.startswith(RUNS)):
        try:
            read_run_record(archive, key)
        except ArchiveDamaged as error:
            yield ObjectVerdict(key, 0, (str(error),))


def _verdict(archive: Archive, key: str, ledger: list[_Row], *, has_index: bool) -> ObjectVerdict:
    problems: list[str] = []
    index = None
    if has_index:
        try:
            index = read_index(archive, index_key(key))
        except ArchiveDamaged as error:
            problems.append(str(error))
    elif any(row["byte_offset"] is not None for row in ledger):
        problems.append(f"{key} has lost its index {index_key(key)}; restore it from a backup")
    try:
        content = archive.read(key)
    except ArchiveDamaged as error:
        return ObjectVerdict(key, 0, (*problems, str(error)))
    if index is not None:
        problems += _index_problems(key, content, index, ledger)
    rows = {(row["byte_offset"], row["sha256"]): row for row in [*(index.rows if index else ()), *ledger]}
    if not rows:
        problems += _unlisted_problems(key, content)
    for row in rows.values():
        try:
            open_member(_member(content, place := body_place(row)), place)
        except ArchiveDamaged as error:
            problems.append(str(error))
    return ObjectVerdict(key, len(rows) or 1, tuple(problems))


def _member(content: bytes, place: BodyPlace) -> bytes:
    if place.byte_offset is None or place.byte_length is None:
        return content
    return content[place.byte_offset : place.byte_offset + place.byte_length]


def _index_problems(key: str, content: bytes, index: PackIndex, ledger: list[_Row]) -> list[str]:
    problems = []
    if hashlib.sha256(content).hexdigest() != index.object_sha256:
        problems.append(f"archive object {key} was changed after it was stored; restore it from a backup")
    indexed = {tuple(row[name] for name in _COMPARED) for row in index.rows}
    unknown = {tuple(row[name] for name in _COMPARED) for row in ledger} - indexed
    if unknown:
        problems.append(f"{len(unknown)} row(s) of landing.fetch are not those of the index of {key}: one was changed")
    return problems


def _unlisted_problems(key: str, content: bytes) -> list[str]:
    """Of an object that neither ledger nor index tells of: one body of an earlier version, named for its hash, or a
    pack of a run that was killed before it could say what is in it.
    """
    try:
        sha256 = hashlib.sha256(gzip.decompress(content)).hexdigest()
    except (OSError, EOFError, ValueError) as error:
        return [f"archive object {key} cannot be read ({type(error).__name__})"]
    name = key.rpartition("/")[2].removesuffix(OBJECT)
    if not _HASH.fullmatch(name) or name == sha256:  # a pack whose index was not written: nothing speaks of it
        return []
    return [f"archive object {key} has no index, and its content is not the one it is named for"]


def read_ledger(warehouse: Warehouse, first: date | None = None, last: date | None = None) -> list[_Row]:
    """The rows of `landing.fetch`, or those of some UTC days, in order."""
    with warehouse.transaction() as connection:
        rows = execute(connection, "landing/fetches", first=first or date.min, last=last or date(9999, 12, 30))
        return list(rows.mappings())


@contextmanager
def ledger_by_object(warehouse: Warehouse) -> Iterator[Iterator[_Row]]:
    """All rows of `landing.fetch` that have a body, as they come from the database, those of an object together."""
    with (
        warehouse.transaction() as connection,
        driver_connection(connection).cursor("ledger_by_object", row_factory=dict_row) as cursor,
    ):
        cursor.itersize = _ROWS_AT_ONCE
        yield iter(cursor.execute(query("landing/fetches_by_object")))


def read_fetch(warehouse: Warehouse, archive: Archive, fetch_id: int) -> tuple[_Row, bytes]:
    """A row of the ledger and its body; raises `UsageError` if there is none, or `ArchiveDamaged`."""
    with warehouse.transaction() as connection:
        row = execute(connection, "landing/fetch_by_id", fetch_id=fetch_id).mappings().first()
    if row is None:
        raise UsageError(f"no answer has the number {fetch_id}; `plant-pipeline archive list` shows them")
    return row, read_body(archive, body_place(row))


def _first_kept(today_utc: date, kept_days: int) -> date:
    return today_utc - timedelta(days=min(kept_days, (today_utc - date.min).days))


def expired_keys(archive: Archive, today_utc: date, kept_days: int) -> Iterator[str]:
    """Keys of answers, indexes and records of runs of the whole UTC days before the last `kept_days`.

    What a person gets delivered (`raptor_maps/`) is no answer and stays.
    """
    first_kept = _first_kept(today_utc, kept_days)
    for key in archive.keys(""):
        day = day_of(key)
        is_answer = key.endswith((OBJECT, INDEX)) or key.startswith(RUNS)
        if is_answer and day is not None and day < first_kept:
            yield key


def remove_expired(archive: Archive, warehouse: Warehouse, today_utc: date, kept_days: int) -> int:
    """Delete whole UTC days from ledger and archive, in that order: a row never speaks of a body that is gone.

    Returns how many objects were deleted; what a killed process left unfinished goes too, and is none.
    """
    keys = list(expired_keys(archive, today_utc, kept_days))
    with warehouse.transaction() as connection:
        execute(connection, "landing/forget_fetches", first_kept=_first_kept(today_utc, kept_days))
    for key in keys:
        archive.delete(key)
    archive.remove_unfinished(datetime.combine(today_utc, time(), UTC) - _UNDER_WAY)
    return len(keys)
