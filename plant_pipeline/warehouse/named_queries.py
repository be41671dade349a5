"""The named queries of `sql/queries` and of installed sources: found by name, run, and read as rows, objects or frames.

What belongs here: how a query is found and what its rows become. What does not: any query of a room's own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row
from sqlalchemy import Connection, CursorResult

from plant_pipeline.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


def bundled(name: str) -> Path:
    """A file or folder that ships with the project (`sql`, `dagster.yaml`), from the wheel or beside the checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_bundled" / name
    return inside if inside.exists() else package.parent / name


SQL_FOLDERS: dict[str, Path] = {}
"""Those of installed sources, by the schema that each has."""


def add_sql_folder(schema: str, folder: Path) -> None:
    """Let the `migrations/*.sql` and `queries/*.sql` of `folder` count in this process, after the pipeline's own.

    `schema`: that of their tables. It begins the names of the queries, as `schema/name`, and of the migrations.
    """
    SQL_FOLDERS[schema] = folder
    queries.cache_clear()


@cache
def queries() -> Mapping[str, str]:
    """Every query of `sql/queries/<schema>/*.sql`, and of folders added, by its name `<schema>/<query>`.

    A query begins with a line `-- name: <schema>/<query>` and has psycopg's named parameters `%(name)s`. Long ones have
    a file of their own, the short ones of a schema share `short.sql`.
    """
    found = dict(_own_queries())
    for schema, folder in SQL_FOLDERS.items():
        own = _queries_in(sorted((folder / "queries").glob("*.sql")))
        if foreign := sorted(name for name in own if not name.startswith(f"{schema}/")):
            raise UsageError(f"{folder / 'queries'}: {', '.join(foreign)} has to be named {schema}/<query>")
        found |= own
    return found


@cache
def _own_queries() -> Mapping[str, str]:
    return _queries_in(sorted((bundled("sql") / "queries").glob("*/*.sql")))


def _queries_in(files: Iterable[Path]) -> dict[str, str]:
    parts = [part for file in files for part in file.read_text(encoding="utf-8").split("-- name: ")[1:]]
    return {name: text.strip() for name, _, text in (part.partition("\n") for part in parts)}


def query(name: str) -> str:
    """The text of a named query; `KeyError` if there is none."""
    return queries()[name]


def execute(connection: Connection, name: str, /, **parameters: object) -> CursorResult[Any]:
    """Run a named query; see `queries`."""
    return connection.exec_driver_sql(query(name), parameters)


def uuid_array(ids: Iterable[UUID]) -> str:
    """A parameter of type `uuid[]`; psycopg takes many times as long over a list of them."""
    return f"{{{','.join([own.hex for own in ids])}}}"


def integer_array(ids: Iterable[int]) -> str:
    """A parameter of type `integer[]`, likewise."""
    return f"{{{','.join(map(str, ids))}}}"


def instant_array(instants: Iterable[datetime]) -> str:
    """A parameter of type `timestamptz[]`, likewise; the instants are aware."""
    return f"{{{','.join([instant.isoformat() for instant in instants])}}}"


def read_objects(connection: Connection, kind: type[T], name: str, /, **parameters: object) -> list[T]:
    """Rows of a named query, each as a `kind` whose fields have the names of the columns."""
    with driver_connection(connection).cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query(name), parameters).fetchall()


def read_tuples(connection: Connection, name: str, /, **parameters: object) -> list[tuple[Any, ...]]:
    """Rows of a named query; for many of them, as they cost a fraction of those of `execute`."""
    return driver_connection(connection).execute(query(name), parameters).fetchall()


def read_table(connection: Connection, table: str) -> list[dict[str, Any]]:
    """All rows of a table (`schema.name`), each by the names of its columns, in the order of the first."""
    statement = sql.SQL("select * from {} order by 1").format(sql.Identifier(*table.split(".")))
    with driver_connection(connection).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement).fetchall()


def has_rows(connection: Connection, table: str) -> bool:
    """Whether a table (`schema.name`) has any row."""
    statement = sql.SQL("select exists(select from {})").format(sql.Identifier(*table.split(".")))
    return bool(connection.exec_driver_sql(statement.as_string()).scalar_one())


def read_frame(connection: Connection, statement: str, /, **parameters: object) -> "pd.DataFrame":
    """Rows of a SQL text as a frame of Python objects (None stays None, jsonb is already parsed)."""
    import pandas as pd  # half a second that whoever needs no frame is spared

    result = connection.exec_driver_sql(statement, parameters)
    return pd.DataFrame([tuple(row) for row in result.fetchall()], columns=list(result.keys()), dtype=object)


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection below, for COPY; it shares the transaction."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101 -- the engine is always built with psycopg
    return raw
