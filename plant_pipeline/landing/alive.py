"""Which runs still have a process: each holds an advisory lock of the warehouse for as long as it works.

What belongs here: holding it and asking for it. What does not: what becomes of a run that has none
(`automation.divided_nights`).

A killed process loses its connection, and the lock with it, on whatever machine it was.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from plant_pipeline.warehouse import Warehouse, execute, lock_key


@contextmanager
def shown_alive(warehouse: Warehouse, run_id: str) -> Iterator[None]:
    """Show, on a connection of its own, that the run has a process; the server finds a lost machine out in minutes."""
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting, seconds in (("tcp_keepalives_idle", 60), ("tcp_keepalives_interval", 15)):
            connection.exec_driver_sql(f"set {setting} = {seconds}")
        connection.exec_driver_sql("select pg_advisory_lock(%(key)s)", {"key": _key(run_id)})
        try:
            yield
        finally:
            connection.exec_driver_sql("select pg_advisory_unlock(%(key)s)", {"key": _key(run_id)})


def alive_runs(connection: Connection, run_ids: Collection[str]) -> set[str]:
    """Those of the runs that have a process."""
    held = set(execute(connection, "landing/advisory_locks").scalars())
    return {run_id for run_id in run_ids if _key(run_id) in held}


def _key(run_id: str) -> int:
    return lock_key(f"plant_pipeline run {run_id}")
