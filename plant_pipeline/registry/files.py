"""The registry as files, to take it along to another warehouse: all ids, people's decisions, history.

What belongs here: which tables, their order, writing and reading them. What does not: deciding, reconciling.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import driver_connection, execute, has_rows, lock_registry

EXPORTED: Final = (
    "plant",
    "record",
    "record_version",
    "plant_alias",
    "plant_history",
    "decision",
    "match_proposal",
    "equipment",
    "sensor",
    "match_weights",
)
"""Tables of the registry, each after those that it refers to."""
_LATER: Final = frozenset(
    {"record", "record_version", "plant_history", "match_proposal", "match_weights"}
)  # earlier versions did not export them
_BLOCK_CHARACTERS = 1 << 20


def export_registry(connection: Connection, folder: Path) -> Iterator[Path]:
    """Write each table as a CSV file with its columns' names first, and the plants' places as GeoJSON (RFC 7946).

    NULL is an empty field, an empty text `""`.
    """
    for table in EXPORTED:
        file = folder / f"{table}.csv"
        statement = sql.SQL("copy (select * from {} order by 1, 2) to stdout with (format csv, header)").format(
            sql.Identifier("registry", table)
        )
        with file.open("wb") as out, driver_connection(connection).cursor() as cursor, cursor.copy(statement) as copy:
            for block in copy:
                out.write(block)
        yield file
    map_file = folder / "plant.geojson"
    map_file.write_text(str(execute(connection, "registry/plants_as_geojson").scalar_one()), encoding="utf-8")
    yield map_file


def import_registry(connection: Connection, folder: Path) -> dict[str, int]:
    """Fill an empty registry from what `export_registry` wrote; returns the rows of each table.

    Raises `UsageError` if the registry is not empty, a file is missing, or one does not fit.
    """
    lock_registry(connection)
    there = [table for table in EXPORTED if (folder / f"{table}.csv").is_file()]
    missing = set(EXPORTED) - set(there) - _LATER
    if missing:
        raise UsageError(f"{folder} is no export of a registry: {', '.join(sorted(missing))}.csv is missing")
    filled = [table for table in EXPORTED if has_rows(connection, f"registry.{table}")]
    if filled:
        raise UsageError(
            f"this warehouse has a registry already (registry.{filled[0]} has rows), and none is mixed with another: "
            "import into an empty warehouse"
        )
    return {table: _read(connection, table, folder / f"{table}.csv") for table in there}


def _read(connection: Connection, table: str, file: Path) -> int:
    columns = _columns_of(connection, table, file)
    statement = sql.SQL("copy {} ({}) from stdin with (format csv, header)").format(
        sql.Identifier("registry", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with file.open("rb") as content, driver_connection(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            while block := content.read(_BLOCK_CHARACTERS):
                copy.write(block)
        rows = cursor.rowcount
    _go_on_counting(connection, table)
    return rows


def _columns_of(connection: Connection, table: str, file: Path) -> Sequence[str]:
    """The columns that the file names; one of a later version may be missing in it."""
    with file.open(encoding="utf-8", newline="") as content:
        named = next(csv.reader(content), [])
    known = connection.exec_driver_sql(
        "select column_name from information_schema.columns where table_schema = 'registry' and table_name = %(table)s",
        {"table": table},
    ).scalars()
    unknown = sorted(set(named) - set(known))
    if unknown or not named:
        what = f"names the columns {', '.join(unknown)}, which registry.{table} has not" if unknown else "is empty"
        raise UsageError(f"{file} {what}: it is no export of this version or an earlier one")
    return named


def _go_on_counting(connection: Connection, table: str) -> None:
    """Numbers that the warehouse gives go on after those that came along."""
    numbered = connection.exec_driver_sql(
        "select column_name from information_schema.columns "
        "where table_schema = 'registry' and table_name = %(table)s and is_identity = 'YES'",
        {"table": table},
    ).scalars()
    for column in numbered:
        statement = sql.SQL("select setval(pg_get_serial_sequence({table_text}, {text}), max({column})) from {table}")
        composed = statement.format(
            table_text=sql.Literal(f"registry.{table}"),
            text=sql.Literal(column),
            column=sql.Identifier(column),
            table=sql.Identifier("registry", table),
        )
        connection.exec_driver_sql(composed.as_string())
