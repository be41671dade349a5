"""One day to the receiver: build it, store it, send the parts that changed, keep a receipt of each.

What belongs here: what has to be sent and what became of it. What does not: how a file is built (`csv_file`) or a call
is made (`client`).

At least once: a part is sent, then its receipt is written. A kill between the two leaves a part whose outcome nobody
knows; the next run sends it again. A part whose receipt exists is not sent again while its bytes stay the same.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.errors import ArchiveRefused
from plant_pipeline.raptor_maps.client import NAME, Accepted, PartNotAccepted, RaptorClient
from plant_pipeline.raptor_maps.contract import MAX_PART_BYTES
from plant_pipeline.raptor_maps.csv_file import DEFAULT_OPTIONS, BuiltDay, FileOptions, build_day
from plant_pipeline.raptor_maps.parts import BuiltPart, sync_directory
from plant_pipeline.warehouse import Warehouse, execute, lock_name, uuid_array

Outcome = Literal["uploaded", "unchanged", "built", "failed"]


@dataclass(frozen=True)
class PartDelivery:
    """What became of one part; `message` says why it failed, `is_transient` that the reason may pass."""

    part: int
    file_name: str
    row_count: int
    outcome: Outcome
    http_status: int | None = None
    message: str | None = None
    is_transient: bool = False


@dataclass(frozen=True)
class DayDelivery:
    """What became of one day.

    `failures` make the run fail, `findings` want a person's eye, `notes` only explain; each a sentence.
    The counts are those of `csv_file.BuiltDay`.
    """

    observation_date: date
    parts: tuple[PartDelivery, ...]
    rows_skipped: Mapping[str, int]
    plants_left_out: Mapping[str, str]
    sensors_left_out: Mapping[str, int]
    failures: tuple[str, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...]

    def count(self, outcome: Outcome) -> int:
        """How many parts ended so."""
        return sum(part.outcome == outcome for part in self.parts)

    @property
    def may_pass(self) -> bool:
        """Whether a part failed for a reason that may pass."""
        return any(part.is_transient for part in self.parts)


@dataclass(frozen=True)
class _Accepted:
    sha256: str
    content_sha256: str | None
    parts: int


@dataclass(frozen=True)
class _Run:
    warehouse: Warehouse
    observation_date: date
    archive_root: Path
    client: RaptorClient | None
    run_id: str
    clock: Callable[[], datetime]
    notes: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def directory_key(self) -> str:
        return f"{NAME}/csv/{self.observation_date:%Y/%m/%d}"


async def deliver_day(
    warehouse: Warehouse,
    observation_date: date,
    archive_root: Path,
    *,
    client: RaptorClient | None,
    run_id: str,
    clock: Callable[[], datetime],
    upload: bool = True,
    max_part_bytes: int = MAX_PART_BYTES,
    options: FileOptions = DEFAULT_OPTIONS,
) -> DayDelivery:
    """Build the day whole, store each part that is not at the receiver yet, and send it if `upload` and a `client`.

    Without a client (not configured) the day is built and stored only. A part identical to the one last accepted under
    its number is not sent; if nothing but names, places or commissioning dates changed since the whole day was
    accepted, none is. Parts fail one by one: the others are still sent. Every part lies under `archive_root` at its
    `object_key`, with its SHA-256 in `raptor_maps.delivery`, before the upload begins. Deliveries of one day wait for
    each other. A day that cannot be written, as the disk is full, is a failure of this day alone.
    Raises `UsageError` if `max_part_bytes` does not hold a single row.
    """
    run = _Run(warehouse, observation_date, archive_root, client if upload else None, run_id, clock)
    if client is None:
        run.notes.append(f"{NAME}: not configured")
    staging = archive_root / run.directory_key / ".building"
    with warehouse.transaction() as holder:
        lock_name(holder, f"plant_pipeline {NAME} {observation_date.isoformat()}")
        shutil.rmtree(staging, ignore_errors=True)  # what a killed run left
        began_at = clock()
        try:
            with _written_below(archive_root):
                built = build_day(
                    warehouse,
                    observation_date,
                    staging,
                    now_utc=began_at,
                    max_part_bytes=max_part_bytes,
                    options=options,
                )
            parts = await _deliver_parts(run, built)
            if all(part.outcome in ("uploaded", "unchanged") for part in parts):
                _forget_changed(run, began_at)
        except ArchiveRefused as error:
            if run.client is not None:
                _note_unwritten(run)
            why = f"{NAME}: {observation_date} was not delivered: {error}"
            return DayDelivery(observation_date, (), {}, {}, {}, (why,), tuple(run.findings), tuple(run.notes))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return DayDelivery(
        observation_date,
        tuple(parts),
        built.rows_skipped,
        built.plants_left_out,
        built.sensors_left_out,
        tuple(
            f"{NAME}: {part.file_name} was not delivered: {part.message}" for part in parts if part.outcome == "failed"
        ),
        tuple(run.findings),
        tuple(run.notes),
    )


@contextmanager
def _written_below(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveRefused(
            f"its file cannot be written below {folder} ({error.strerror or error}); make room or mend the folder: "
            "the next sync without dates builds and sends it"
        ) from error


async def _deliver_parts(run: _Run, built: BuiltDay) -> list[PartDelivery]:
    with run.warehouse.transaction() as connection:
        rows = execute(connection, "raptor_maps/last_accepted", observation_date=run.observation_date)
        accepted = {row.part: _Accepted(row.sha256, row.content_sha256, row.parts) for row in rows}
    _note_findings(run, built, accepted)
    if _is_same_content(built, accepted):
        if any(accepted[part.part].sha256 != part.sha256 for part in built.parts if part.part in accepted):
            run.notes.append(
                f"{NAME}: {run.observation_date} is not sent again: since it was accepted only names, places or "
                "commissioning dates changed"
            )
        _mark_current(run, {number: part.sha256 for number, part in accepted.items() if _has_content(part, built)})
        return [_delivery(part, "unchanged") for part in built.parts]
    unsent = [p for p in built.parts if p.part not in accepted or accepted[p.part].sha256 != p.sha256]
    if run.client is not None:
        _note_unanswered(run, unsent)
    stored = {part.part: _store(run, built, part) for part in unsent}
    # Only now: until all rows are there, those of the build before say that the day has to be sent.
    _mark_current(run, {part.part: part.sha256 for part in built.parts})
    deliveries = []
    for part in built.parts:
        if part.part not in stored:
            deliveries.append(_delivery(part, "unchanged"))
        elif run.client is None:
            deliveries.append(_delivery(part, "built"))
        else:
            deliveries.append(await _send(run, run.client, part, stored[part.part]))
    if all(part.outcome in ("uploaded", "unchanged") for part in deliveries):
        # Only now does the receiver hold this content: parts that did not change become parts of it.
        for part in built.parts:
            _write(
                run, "raptor_maps/write_unchanged", part, parts=len(built.parts), content_sha256=built.content_sha256
            )
    return deliveries


def _note_unanswered(run: _Run, unsent: Sequence[BuiltPart]) -> None:
    """Say which parts were on their way when a run ended: nobody can be asked whether they arrived."""
    with run.warehouse.transaction() as connection:
        rows = execute(connection, "raptor_maps/unanswered", observation_date=run.observation_date)
        attempted = {(row.part, row.sha256): row.attempted_at for row in rows}
    for part in unsent:
        since = attempted.get((part.part, part.sha256))
        if since is not None:
            run.findings.append(
                f"{NAME}: {part.file_name} was being sent at {since:%Y-%m-%d %H:%M} UTC when its run ended, and "
                "whether it arrived is not known: the same bytes are sent once more"
            )


def _is_same_content(built: BuiltDay, accepted: Mapping[int, _Accepted]) -> bool:
    """Whether the receiver holds the whole day with these very measurements."""
    same = [part for part in accepted.values() if _has_content(part, built)]
    return bool(same) and all(part.parts == len(same) for part in same)


def _has_content(part: _Accepted, built: BuiltDay) -> bool:
    return part.content_sha256 is not None and part.content_sha256 == built.content_sha256


def _mark_current(run: _Run, sha256_of_parts: Mapping[int, str]) -> None:
    with run.warehouse.transaction() as connection:
        execute(
            connection,
            "raptor_maps/mark_current",
            observation_date=run.observation_date,
            parts=list(sha256_of_parts),
            sha256s=list(sha256_of_parts.values()),
        )


def _note_findings(run: _Run, built: BuiltDay, accepted: Mapping[int, _Accepted]) -> None:
    day = run.observation_date
    surplus = sorted(number for number in accepted if number > len(built.parts))
    if surplus and not _is_same_content(built, accepted):
        run.findings.append(
            f"{NAME}: {day} now has {len(built.parts)} part(s), but part {', '.join(map(str, surplus))} was accepted "
            "earlier: the receiver may still hold rows that are no longer in the day"
        )
    for plant, reason in built.plants_left_out.items():
        run.findings.append(f"{NAME}: {day} is without {plant}: {reason}")
    for column, count in built.rows_skipped.items():
        run.findings.append(f"{NAME}: {count} row(s) of {day} were not written, as they have no {column}")


def _store(run: _Run, built: BuiltDay, part: BuiltPart) -> Path:
    """Move a part to its place in the archive and note it; after that nothing of it can be lost."""
    object_key = f"{run.directory_key}/{part.sha256}/{part.file_name}"
    stored = run.archive_root / object_key
    with _written_below(run.archive_root):
        stored.parent.mkdir(parents=True, exist_ok=True)
        part.path.replace(stored)
        sync_directory(stored.parent)
    _write(
        run,
        "raptor_maps/write_built",
        part,
        file_name=part.file_name,
        byte_count=part.byte_count,
        row_count=part.row_count,
        run_id=run.run_id,
        object_key=object_key,
        parts=len(built.parts),
        content_sha256=built.content_sha256,
        is_to_send=run.client is not None,
    )
    return stored


async def _send(run: _Run, client: RaptorClient, part: BuiltPart, stored: Path) -> PartDelivery:
    def note_attempt() -> None:
        _write(run, "raptor_maps/write_attempt", part, attempted_at=run.clock(), run_id=run.run_id)

    try:
        _require_sendable(part, stored)
        accepted = await client.upload(stored, before_put=note_attempt)
    except PartNotAccepted as error:
        _write_outcome(run, part, "failed", error, None)
        return replace(_delivery(part, "failed", error.http_status, str(error)), is_transient=error.is_transient)
    _write_outcome(run, part, "uploaded", accepted, run.clock())
    return _delivery(part, "uploaded", accepted.http_status)


def _require_sendable(part: BuiltPart, stored: Path) -> None:
    if part.problems:
        first = "; ".join(str(problem) for problem in part.problems[:3])
        raise PartNotAccepted(
            f"not sent: the file breaks the contract: {first}; see `plant-pipeline raptor check {stored}`", None
        )


def _write_outcome(
    run: _Run, part: BuiltPart, status: Outcome, answer: Accepted | PartNotAccepted, uploaded_at: datetime | None
) -> None:
    said = {"status": status, "http_status": answer.http_status, "url_host": answer.url_host}
    _write(run, "raptor_maps/write_outcome", part, run_id=run.run_id, uploaded_at=uploaded_at, **said)


def _write(run: _Run, name: str, part: BuiltPart, **parameters: object) -> None:
    with run.warehouse.transaction() as connection:
        execute(
            connection,
            name,
            observation_date=run.observation_date,
            part=part.part,
            sha256=part.sha256,
            **parameters,
        )


def _delivery(
    part: BuiltPart, outcome: Outcome, http_status: int | None = None, message: str | None = None
) -> PartDelivery:
    return PartDelivery(part.part, part.file_name, part.row_count, outcome, http_status, message)


def note_changed(
    connection: Connection, observation_date: date, plant_ids: Collection[UUID], why: str, now_utc: datetime
) -> None:
    """Note that these plants' day was computed again: if it was delivered, the next run that sends builds it again."""
    execute(
        connection,
        "raptor_maps/note_changed",
        observation_date=observation_date,
        plant_ids=uuid_array(plant_ids),
        why=why,
        now_utc=now_utc,
    )


def _forget_changed(run: _Run, built_at: datetime) -> None:
    with run.warehouse.transaction() as connection:
        execute(connection, "raptor_maps/forget_changed", observation_date=run.observation_date, built_at=built_at)


def _note_unwritten(run: _Run) -> None:
    """That the day is to be built again, although no part of it is there to say so."""
    with run.warehouse.transaction() as connection:
        execute(
            connection,
            "raptor_maps/note_unwritten",
            observation_date=run.observation_date,
            why="its file could not be written",
            now_utc=run.clock(),
        )


def undelivered_dates(connection: Connection) -> list[date]:
    """Days with a part that a run was to send and that was not accepted since, or that changed; oldest first."""
    return list(execute(connection, "raptor_maps/undelivered").scalars())


def delivery_status(connection: Connection, since_date: date = date.min) -> list[dict[str, object]]:
    """Rows of `raptor_maps.delivery` for a listing, newest day first; those not `is_current` were replaced since."""
    return [dict(row) for row in execute(connection, "raptor_maps/deliveries_since", since_date=since_date).mappings()]
