"""The roles of people and programs in PostgreSQL, and what each may do."""

import re
from collections.abc import Iterable
from itertools import chain

from sqlalchemy import Connection

from plant_pipeline.warehouse.named_queries import SQL_FOLDERS, bundled, driver_connection, execute

READABLE_SCHEMAS = ("registry", "energy", "kpi", "raptor_maps", "report", "automation")
"""What people's tools read whole, by the role `bi_ro`."""


def hand_over(connection: Connection) -> None:
    """Make the roles, if there are none, and give them the warehouse; see `create_roles`."""
    for name in ("access/missing_roles", "access/take_over"):
        _execute_all(connection, execute(connection, name).scalars().all())
    grant_access(connection)


def grant_access(connection: Connection) -> None:
    """Let `etl_rw` own and `bi_ro` read what is new since `create_roles`; before that nothing is done."""
    files = sorted((bundled("sql") / "migrations").glob("*.sql"))
    created = [re.findall(r"^create schema (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE) for file in files]
    schemas = [*chain.from_iterable(created), *SQL_FOLDERS]
    due = execute(connection, "access/due", schemas=schemas, readable=list(READABLE_SCHEMAS))
    _execute_all(connection, due.scalars().all())


def _execute_all(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        driver_connection(connection).execute(statement.encode())
