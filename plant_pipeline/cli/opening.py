"""Opening a warehouse for commands that look at what a sync left there, or decide on it.

What belongs here: telling a warehouse that was never synced from an empty result. What does not: creating one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from plant_pipeline.cli.invocation import is_sandbox
from plant_pipeline.config import Settings
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse, execute, migrate, open_warehouse

if TYPE_CHECKING:
    from plant_pipeline.orchestration import Pipeline


def require_created(settings: Settings) -> None:
    """Raise `UsageError` if the embedded database does not exist: opening it would create it."""
    if not is_created(settings):
        raise never_synced(settings)


def is_created(settings: Settings) -> bool:
    """Whether there is a database to open: always so for `WAREHOUSE_URL`."""
    return settings.warehouse_url is not None or (settings.home / "postgres" / "PG_VERSION").exists()


def never_synced(settings: Settings) -> UsageError:
    """The error of a command that needs what a sync brings."""
    place = "the warehouse of WAREHOUSE_URL" if settings.warehouse_url else f"the warehouse in {settings.home}"
    other = "" if is_sandbox() else "; the warehouse of `make run` is another one: add --sandbox to the command"
    return UsageError(f"{place} has never been synced: `plant-pipeline sync` fills it{other}")


@contextmanager
def synced_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The warehouse, its schema up to date. Raises `UsageError`, having created nothing, if it was never synced."""
    require_created(settings)
    with open_warehouse(settings, migrate_first=False) as warehouse:
        with warehouse.transaction() as connection:
            if not _is_synced(connection):
                raise never_synced(settings)
        migrate(warehouse)
        yield warehouse


def _is_synced(connection: Connection) -> bool:
    is_there = execute(connection, "landing/is_created").scalar_one()
    return bool(is_there and execute(connection, "report/is_synced").scalar_one())


@contextmanager
def synced() -> Iterator[Connection]:
    """A transaction on the configured warehouse, for a command that reads results."""
    with synced_warehouse(load_settings()) as warehouse, warehouse.transaction() as connection:
        yield connection


@contextmanager
def synced_pipeline(settings: Settings) -> Iterator["Pipeline"]:
    """The pipeline over a warehouse that was synced, for a command that works on its results."""
    from plant_pipeline.orchestration import Pipeline  # Dagster: a second that commands which only look do not need

    with synced_warehouse(settings) as warehouse:
        yield Pipeline(settings, warehouse, open_archive(settings.archive_url))
