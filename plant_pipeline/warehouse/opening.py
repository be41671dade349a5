"""Opening the warehouse and bringing its schema up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from plant_pipeline.config import Settings
from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.errors import WarehouseError
from plant_pipeline.warehouse.access import grant_access, hand_over
from plant_pipeline.warehouse.migrations import apply_migrations, read_migrations
from plant_pipeline.warehouse.named_queries import SQL_FOLDERS, bundled, execute


@dataclass(frozen=True)
class Warehouse:
    """An open warehouse; made by `open_warehouse`."""

    engine: Engine
    url: str

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on any error."""
        with self.engine.begin() as connection:
            yield connection


@contextmanager
def open_warehouse(settings: Settings, *, migrate_first: bool = True) -> Iterator[Warehouse]:
    """Open the configured warehouse, or the embedded PostgreSQL under the data directory, and bring it up to date.

    Raises `WarehouseError` if it cannot be reached, or is of a newer version than this program.
    """
    url = settings.warehouse_url or start_embedded_server(settings.home / "postgres")
    with connect(url) as warehouse:
        if migrate_first:
            migrate(warehouse)
        yield warehouse


@contextmanager
def connect(url: str) -> Iterator[Warehouse]:
    """Connect to a running PostgreSQL by URL and close the connections at the end."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        parsed,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC -c jit=off", "application_name": "plant_pipeline"},
    )
    is_open = False
    try:
        with engine.connect():
            is_open = True
        yield Warehouse(engine, url)
    except (OperationalError, psycopg.OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if not is_open or "connection" in str(cause).lower():
            where = parsed.render_as_string(hide_password=True)
            raise WarehouseError(
                f"the warehouse at {where} cannot be reached: {cause}; check WAREHOUSE_URL and that it runs"
            ) from error
        raise
    finally:
        engine.dispose()


def migrate(warehouse: Warehouse) -> list[str]:
    """Apply what the warehouse has not: of `sql/migrations`, then of folders added; returns the ids, oldest first.

    Those of a source that is no longer installed stay. Raises `WarehouseError` for one of a version to come, or of an
    installed source that fails.
    """
    applied = apply_migrations(warehouse.url, bundled("sql") / "migrations")
    for schema, folder in SQL_FOLDERS.items():
        try:
            own = apply_migrations(warehouse.url, folder / "migrations", schema)
            if own:
                with warehouse.transaction() as connection:
                    execute(connection, "registry/join_shapes")
        except (psycopg.Error, DBAPIError) as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
            raise WarehouseError(
                f"the migrations of the source {schema} in {folder / 'migrations'} failed: {said}; mend that source or "
                "uninstall it"
            ) from error
        applied += own
    if applied:
        with warehouse.transaction() as connection:
            grant_access(connection)
    return applied


def migration_status(warehouse: Warehouse) -> list[tuple[str, bool]]:
    """Each migration's id and whether it has been applied, oldest first."""
    found = read_migrations(warehouse.url, bundled("sql") / "migrations")
    for schema, folder in SQL_FOLDERS.items():
        found += read_migrations(warehouse.url, folder / "migrations", schema)
    return found


def create_roles(warehouse: Warehouse) -> None:
    """Make the roles `etl_rw` and `bi_ro`, if there are none, and give them this warehouse.

    `etl_rw` owns what the pipeline makes, `bi_ro` reads results. The user of the connection has to own the warehouse
    and may create roles. Raises `WarehouseError` if it may not.
    """
    try:
        with warehouse.transaction() as connection:
            hand_over(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the user of WAREHOUSE_URL may not hand the warehouse over to roles: {error.diag.message_primary}; do it "
            "as its owner, with the right to create roles"
        ) from error
