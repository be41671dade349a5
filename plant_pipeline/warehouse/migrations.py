"""Migrations of a database: those of one folder, each applied once and in order.

What belongs here: what yoyo has to be told. What does not: which folders there are (`warehouse`).

yoyo notes the hash of each migration's id. The ids of a source's migrations begin with its schema, as `suncloud/0001`,
so that those of several never collide and each folder is judged by its own.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from plant_pipeline.errors import WarehouseError


def apply_migrations(url: str, folder: Path, schema: str | None = None) -> list[str]:
    """Apply what `folder` has and the database has not; returns the ids, oldest first.

    `schema`: that of the source they belong to; None: they are the pipeline's own. Raises `WarehouseError` if the
    database has a migration of theirs that the folder lacks, or a source's was edited after it was applied (that of our
    own are not, tests see to).
    """
    with _backend(url) as backend, backend.lock():
        migrations = _migrations(folder, schema)
        hashes = set(backend.get_applied_migration_hashes()) - {migration.hash for migration in migrations}
        applied = backend.execute("select migration_hash, migration_id from _yoyo_migration").fetchall()
        if unknown := [own for key, own in applied if key in hashes and _owner(own) == schema]:
            raise WarehouseError(
                f"the warehouse has {len(unknown)} migration(s) this version does not know: it was written by a newer "
                f"{schema or 'plant_pipeline'}; install that version or use another WAREHOUSE_URL"
            )
        if schema is not None:
            _require_unedited(backend, folder, schema)
        pending = backend.to_apply(migrations)
        backend.apply_migrations(pending)
        if schema is not None:
            _note_contents(backend, folder, schema)
        return [migration.id for migration in pending]


def read_migrations(url: str, folder: Path, schema: str | None = None) -> list[tuple[str, bool]]:
    """Each migration's id and whether it has been applied, oldest first."""
    with _backend(url) as backend:
        applied = set(backend.get_applied_migration_hashes())
        return [(migration.id, migration.hash in applied) for migration in _migrations(folder, schema)]


def _require_unedited(backend: Any, folder: Path, schema: str) -> None:
    noted = dict(backend.execute("select migration_id, sha256 from landing.source_migration").fetchall())
    edited = [own for own, sha256 in _contents(folder, schema).items() if noted.get(own, sha256) != sha256]
    if edited:
        raise WarehouseError(
            f"{', '.join(edited)} in {folder} was edited after it was applied to this warehouse, which does not have "
            f"what it says now: give it back what it was, and put the change of the source {schema} into a new one"
        )


def _note_contents(backend: Any, folder: Path, schema: str) -> None:
    """Remember what the applied migrations of a source are; the first time counts."""
    with backend.transaction():
        for migration_id, sha256 in _contents(folder, schema).items():
            backend.execute(
                "insert into landing.source_migration (migration_id, sha256, noted_at) "
                "values (:migration_id, :sha256, :noted_at) on conflict (migration_id) do nothing",
                {"migration_id": migration_id, "sha256": sha256, "noted_at": datetime.now(UTC)},
            )


def _contents(folder: Path, schema: str) -> dict[str, str]:
    """SHA-256 of each migration's file, by its id, oldest first."""
    files = sorted(folder.glob("*.sql"))
    return {f"{schema}/{file.stem}": hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _owner(migration_id: str) -> str | None:
    schema, slash, _ = migration_id.rpartition("/")
    return schema if slash else None


def _migrations(folder: Path, schema: str | None) -> Any:
    from yoyo.migrations import Migration, MigrationList

    prefix = f"{schema}/" if schema else ""
    return MigrationList(
        Migration(f"{prefix}{file.stem}", str(file), str(folder)) for file in sorted(folder.glob("*.sql"))
    )


@contextmanager
def _backend(url: str) -> Iterator[Any]:
    import yoyo  # a second of import time that only migrations need

    parsed = make_url(url).set(drivername="postgresql+psycopg")
    backend = yoyo.get_backend(parsed.render_as_string(hide_password=False))
    try:
        yield backend
    finally:
        backend.connection.close()
