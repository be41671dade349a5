"""Migrations of a database: those of one folder, each applied once and in order.

What belongs here: what yoyo has to be told. What does not: which folders there are (`warehouse`).

yoyo notes the hash of each migration's id. The ids of a source's migrations begin with its schema, as `suncloud/0001`,
so that those of several never collide and each folder is judged by its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from plant_pipeline.errors import WarehouseError


def apply_migrations(url: str, folder: Path, schema: str | None = None) -> list[str]:
    """Apply what `folder` has and the database has not; returns the ids, oldest first.

    `schema`: that of the source they belong to; None: they are the pipeline's own. Raises `WarehouseError` if the
    database has a migration of theirs that the folder lacks.
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
        pending = backend.to_apply(migrations)
        backend.apply_migrations(pending)
        return [migration.id for migration in pending]


def read_migrations(url: str, folder: Path, schema: str | None = None) -> list[tuple[str, bool]]:
    """Each migration's id and whether it has been applied, oldest first."""
    with _backend(url) as backend:
        applied = set(backend.get_applied_migration_hashes())
        return [(migration.id, migration.hash in applied) for migration in _migrations(folder, schema)]


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
