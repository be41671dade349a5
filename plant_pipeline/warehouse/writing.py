"""Bulk writes: COPY, and an upsert of many rows at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql
from psycopg.abc import Dumper
from psycopg.types.json import JsonbDumper
from sqlalchemy import Connection

from plant_pipeline.warehouse.named_queries import driver_connection


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Bulk-load rows by COPY; dicts and lists go in as jsonb. Returns how many rows were sent."""
    count = 0
    with driver_connection(connection).cursor() as cursor:
        for kind in (dict, list):
            cursor.adapters.register_dumper(kind, JsonbDumper)
        with cursor.copy(_copy_statement(table, columns)) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


def copy_typed_rows(
    connection: Connection,
    table: str,
    types: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
    dumpers: Sequence[type[Dumper]] = (),
) -> None:
    """Bulk-load rows by binary COPY, which spares both sides the detour over text.

    `types`: by column, in order; `dumpers`: of types that psycopg is to write in another way than its own.
    """
    statement = _copy_statement(table, list(types)) + sql.SQL(" (format binary)")
    with driver_connection(connection).cursor() as cursor:
        for dumper in dumpers:
            cursor.adapters.register_dumper(None, dumper)
        with cursor.copy(statement) as copy:
            copy.set_types(list(types.values()))
            for row in rows:
                copy.write_row(row)


def copy_first_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Bulk-load the first rows of a table (`schema.name`), and have the planner look at them.

    Of a table that was never looked at it takes every condition for rare, and joins it row by row.
    """
    name = sql.Identifier(*table.split("."))
    types = dict(
        driver_connection(connection)
        .execute(
            "select attname, atttypid::regtype::text from pg_attribute where attrelid = %s::regclass and attnum > 0",
            [name.as_string()],
        )
        .fetchall()
    )
    copy_typed_rows(connection, table, {column: types[column] for column in columns}, rows)
    driver_connection(connection).execute(sql.SQL("analyze {}").format(name))


def _copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


@dataclass(frozen=True)
class UpsertCounts:
    """What an upsert did to the rows of a table."""

    new: int = 0
    changed: int = 0
    same: int = 0


def upsert_rows(
    connection: Connection,
    table: str,
    key: Sequence[str],
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    *,
    touch: Sequence[str] = ("fetched_at",),
    keeps_newer: bool = False,
) -> UpsertCounts:
    """Insert or update `rows` by `key`, in bulk. `touch` columns are always written but do not count as a change.

    `keeps_newer`: a row that was fetched later than the one to be written stays as it is.

    `key` are the columns of the table's primary key or of another unique key; none of them may be NULL. Of rows with
    the same key the last is written.
    """
    if not rows:
        return UpsertCounts()
    stage = sql.SQL("create temp table staged_rows (like {} including defaults) on commit drop")
    driver_connection(connection).execute(stage.format(sql.Identifier(*table.split("."))))
    unique = {tuple([row[name] for name in key]): row for row in rows}
    copy_rows(connection, "staged_rows", columns, ([row.get(column) for column in columns] for row in unique.values()))
    counts = (
        connection.exec_driver_sql(upsert_statement(table, key, columns, touch=touch, keeps_newer=keeps_newer))
        .mappings()
        .one()
    )
    connection.exec_driver_sql("drop table staged_rows")
    return UpsertCounts(**counts)


def upsert_statement(
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
    *,
    touch: Sequence[str] = ("fetched_at",),
    keeps_newer: bool = False,
) -> str:
    """The SQL that writes `staged_rows` into `table` and returns how many rows are new, changed and the same.

    Keys are joined by `=`, which PostgreSQL can hash or merge; by `is not distinct from` it would compare every staged
    row with every row of the table.
    """
    compared = [column for column in columns if column in key or column not in touch]
    statement = sql.SQL(
        """
        with compared as (
            select
                t.{first_key} is null as is_new,
                t.{first_key} is not null and ({staged}) is distinct from ({stored}) as is_changed
            from staged_rows as s
            left join {table} as t on {same_key}
        ), written as (
            insert into {table} ({names}) select {names} from staged_rows
            on conflict ({keys}) do update set {updates} {unless_newer}
        )
        select
            count(*) filter (where is_new) as new,
            count(*) filter (where is_changed) as changed,
            count(*) filter (where not is_new and not is_changed) as same
        from compared
        """
    )
    return statement.format(
        first_key=sql.Identifier(key[0]),
        staged=_listed("s.{}", compared),
        stored=_listed("t.{}", compared),
        table=sql.Identifier(*table.split(".")),
        same_key=_listed("s.{0} = t.{0}", key, " and "),
        names=_listed("{}", columns),
        keys=_listed("{}", key),
        updates=_listed("{0} = excluded.{0}", [column for column in columns if column not in key]),
        unless_newer=sql.SQL("where {}.fetched_at <= excluded.fetched_at").format(sql.Identifier(*table.split(".")))
        if keeps_newer
        else sql.SQL(""),
    ).as_string()


def _listed(template: LiteralString, names: Sequence[str], separator: LiteralString = ", ") -> sql.Composed:
    return sql.SQL(separator).join([sql.SQL(template).format(sql.Identifier(name)) for name in names])
