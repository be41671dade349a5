"""The PostgreSQL warehouse: opening it, migrating it, locks, named queries, bulk writes.

What belongs here: everything every room needs from the database. What does not: any room's own tables or rules; those
live in `sql/` and in the rooms.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.abc import Dumper
from psycopg.rows import class_row, dict_row
from psycopg.types.json import JsonbDumper
from sqlalchemy import Connection, CursorResult, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from plant_pipeline.config import Settings
from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.errors import UsageError, WarehouseError
from plant_pipeline.migrations import apply_migrations, read_migrations

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


def bundled(name: str) -> Path:
    """A file or folder that ships with the project (`sql`, `dagster.yaml`), from the wheel or beside the checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "_bundled" / name
    return inside if inside.exists() else package.parent / name


READABLE_SCHEMAS = ("registry", "energy", "kpi", "raptor_maps", "report", "automation")
"""What people's tools read whole, by the role `bi_ro`."""
_FOLDERS: dict[str, Path] = {}  # of installed sources, by the schema that each has


def add_sql_folder(schema: str, folder: Path) -> None:
    """Let the `migrations/*.sql` and `queries/*.sql` of `folder` count in this process, after the pipeline's own.

    `schema`: that of their tables. It begins the names of the queries, as `schema/name`, and of the migrations.
    """
    _FOLDERS[schema] = folder
    queries.cache_clear()


@cache
def queries() -> Mapping[str, str]:
    """Every query of `sql/queries/<schema>/*.sql`, and of folders added, by its name `<schema>/<query>`.

    A query begins with a line `-- name: <schema>/<query>` and has psycopg's named parameters `%(name)s`. Long ones have
    a file of their own, the short ones of a schema share `short.sql`.
    """
    found = dict(_own_queries())
    for schema, folder in _FOLDERS.items():
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


# -- migrations --
def migrate(warehouse: Warehouse) -> list[str]:
    """Apply what the warehouse has not: of `sql/migrations`, then of folders added; returns the ids, oldest first.

    Those of a source that is no longer installed stay. Raises `WarehouseError` for one of a version to come, or of an
    installed source that fails.
    """
    applied = apply_migrations(warehouse.url, bundled("sql") / "migrations")
    for schema, folder in _FOLDERS.items():
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


def create_roles(warehouse: Warehouse) -> None:
    """Make the roles `etl_rw` and `bi_ro`, if there are none, and give them this warehouse.

    `etl_rw` owns what the pipeline makes, `bi_ro` reads results. The user of the connection has to own the warehouse
    and may create roles. Raises `WarehouseError` if it may not.
    """
    try:
        with warehouse.transaction() as connection:
            for name in ("access/missing_roles", "access/take_over"):
                _execute_all(connection, execute(connection, name).scalars().all())
            grant_access(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the user of WAREHOUSE_URL may not hand the warehouse over to roles: {error.diag.message_primary}; do it "
            "as its owner, with the right to create roles"
        ) from error


def grant_access(connection: Connection) -> None:
    """Let `etl_rw` own and `bi_ro` read what is new since `create_roles`; before that nothing is done."""
    created = [
        re.findall(r"^create schema (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE) for file in _migrations()
    ]
    schemas = [*chain.from_iterable(created), *_FOLDERS]
    due = execute(connection, "access/due", schemas=schemas, readable=list(READABLE_SCHEMAS))
    _execute_all(connection, due.scalars().all())


def _execute_all(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        driver_connection(connection).execute(statement.encode())


def _migrations() -> list[Path]:
    return sorted((bundled("sql") / "migrations").glob("*.sql"))


def migration_status(warehouse: Warehouse) -> list[tuple[str, bool]]:
    """Each migration's id and whether it has been applied, oldest first."""
    found = read_migrations(warehouse.url, bundled("sql") / "migrations")
    for schema, folder in _FOLDERS.items():
        found += read_migrations(warehouse.url, folder / "migrations", schema)
    return found


def ensure_month_partitions(connection: Connection, table: str, first: date, last: date) -> None:
    """Create the monthly partitions of `table` that hold the dates (or UTC instants on them) from `first` to `last`."""
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        schema, _, name = table.partition(".")
        partition = f"{name}_{month:%Y_%m}"
        if connection.exec_driver_sql("select to_regclass(%(t)s)", {"t": f"{schema}.{partition}"}).scalar() is None:
            lock_name(connection, f"partition {schema}.{partition}")
            statement = sql.SQL("create table if not exists {} partition of {} for values from ({}) to ({})").format(
                sql.Identifier(schema, partition),
                sql.Identifier(schema, name),
                sql.Literal(f"{month.isoformat()}"),
                sql.Literal(f"{following.isoformat()}"),
            )
            driver_connection(connection).execute(statement)
        month = following


# -- locks --
def lock_day(connection: Connection, day_date: date) -> None:
    """Hold the advisory lock of one date until the transaction ends."""
    lock_name(connection, f"plant_pipeline day {day_date.isoformat()}")


def lock_registry(connection: Connection) -> None:
    """Hold the advisory lock of the registry until the transaction ends."""
    lock_name(connection, "plant_pipeline registry")


def lock_name(connection: Connection, name: str) -> None:
    """Hold an advisory lock of any name until the transaction ends."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    connection.exec_driver_sql("select pg_advisory_xact_lock(%(key)s)", {"key": key})


# -- queries --
def execute(connection: Connection, name: str, /, **parameters: object) -> CursorResult[Any]:
    """Run a named query; see `queries`."""
    return connection.exec_driver_sql(query(name), parameters)


def uuid_array(ids: Iterable[UUID]) -> str:
    """A parameter of type `uuid[]`; psycopg takes many times as long over a list of them."""
    return f"{{{','.join([own.hex for own in ids])}}}"


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
