"""The whole warehouse as comparable values: what an unchanged re-run may change is left out."""

from collections.abc import Collection

from sqlalchemy import Connection

MAY_CHANGE = frozenset(
    {"run_id", "computed_at", "fetched_at", "last_seen_at", "observed_at", "retrieved_at", "sampled_at"}
)
MAY_GROW = (
    "landing.%",
    "quarantine.%",
    "voke.certificate_stats",
    "voke.plant_status_sample%",
    "voke.energy_sample%",
    "public.%",
)


def snapshot(connection: Connection, left_out: Collection[str] = ()) -> dict[str, list[str]]:
    """Rows of every table as sorted text, by table; `left_out`: further columns that do not count."""
    tables = connection.exec_driver_sql(
        "select n.nspname || '.' || c.relname from pg_class as c "
        "inner join pg_namespace as n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p') and not c.relispartition "
        "and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1"
    ).scalars()
    kept = [name for name in tables if not any(_is_like(name, pattern) for pattern in MAY_GROW)]
    return {name: _rows(connection, name, left_out) for name in kept}


def _is_like(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("%") else name == pattern


def _rows(connection: Connection, table: str, left_out: Collection[str]) -> list[str]:
    schema, _, name = table.partition(".")
    columns = connection.exec_driver_sql(
        "select column_name from information_schema.columns where table_schema = %(schema)s and table_name = %(name)s "
        "order by ordinal_position",
        {"schema": schema, "name": name},
    ).scalars()
    kept = ", ".join(f'"{column}"' for column in columns if column not in MAY_CHANGE and column not in left_out)
    rows = connection.exec_driver_sql(f'select row({kept})::text from "{schema}"."{name}"').scalars()
    return sorted(rows)
