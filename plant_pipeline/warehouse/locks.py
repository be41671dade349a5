"""Advisory locks, and the monthly partitions that are made under one."""

import hashlib
from datetime import date, timedelta

from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.shards import Shard
from plant_pipeline.warehouse.named_queries import driver_connection


def lock_day(connection: Connection, day_date: date, shard: Shard | None = None) -> None:
    """Hold the advisory lock of one date until the transaction ends; of a shard, beside the date's other shards.

    Whoever locks the date whole waits for all its shards, and they for it.
    """
    name = f"plant_pipeline day {day_date.isoformat()}"
    if shard is None:
        lock_name(connection, name)
    else:
        connection.exec_driver_sql("select pg_advisory_xact_lock_shared(%(key)s)", {"key": lock_key(name)})
        lock_name(connection, f"{name} shard {shard}")


def lock_registry(connection: Connection) -> None:
    """Hold the advisory lock of the registry until the transaction ends."""
    lock_name(connection, "plant_pipeline registry")


def lock_name(connection: Connection, name: str) -> None:
    """Hold an advisory lock of any name until the transaction ends."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(%(key)s)", {"key": lock_key(name)})


def lock_key(name: str) -> int:
    """The number of the advisory lock of this name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


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
