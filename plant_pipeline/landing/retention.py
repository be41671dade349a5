"""Retention of what days are computed from: readings, forecasts and samples that are old enough go, whole days of them.

What belongs here: removing days of a table, remembering which are gone, refusing to compute those. What does not: which
tables and settings there are, and which days somebody still needs (`automation.retention`); the archive (`inspection`).

A day is computed from the days before it too, as signs and limits are learned from them. So the days that follow those
removed are not computed again either: what was computed of them then is better than what could be now.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from psycopg import sql
from sqlalchemy import Connection

from plant_pipeline.environment import FEWEST_RETENTION_DAYS
from plant_pipeline.errors import UsageError
from plant_pipeline.warehouse import Warehouse, driver_connection, execute

Removable = Literal["reading", "forecast", "sample"]
REMOVABLE: Final[tuple[Removable, ...]] = ("reading", "forecast", "sample")

LOOKS_BACK: Final = timedelta(days=31)
_ELSEWHERE: Final = timedelta(days=2)  # a plant-local day begins 14 h before it does in UTC, and is read 36 h beyond
_MONTH: Final = re.compile(r"_(\d{4})_(\d{2})$")
_LONGEST_WAIT: Final = "30s"  # whoever reads a month while it is dropped would keep all others waiting


def removable_before(today_utc: date, kept_days: int, trailing_days: int, needed: Iterable[date]) -> date:
    """The date before which nothing has to be kept: older than `kept_days`, and needed for no day of `needed`."""
    oldest = today_utc - timedelta(days=max(kept_days, FEWEST_RETENTION_DAYS + trailing_days))
    return min([oldest, *(day - LOOKS_BACK for day in needed)])


def note_removed(connection: Connection, kind: Removable, before: date, now_utc: datetime) -> date:
    """Remember that nothing of a kind is kept of dates before one; what is gone stays gone. Returns the date then."""
    row = execute(connection, "landing/note_removed", kind=kind, before_date=before, now_utc=now_utc).scalar_one()
    assert isinstance(row, date)  # noqa: S101 -- the type of the column
    return row


def first_kept(connection: Connection, kinds: Sequence[Removable]) -> date | None:
    """The first plant-local date that can be computed as ever; None: all can."""
    before = execute(connection, "landing/removed_before", kinds=list(kinds)).scalar_one()
    return None if before is None else before + LOOKS_BACK


def require_days(connection: Connection, dates: Sequence[date], kinds: Sequence[Removable]) -> None:
    """Raise `UsageError` if what one of `dates` is computed from is no longer kept."""
    first = first_kept(connection, kinds)
    gone = [day for day in dates if first is not None and day < first]
    if gone:
        raise UsageError(
            f"{min(gone)} cannot be computed again: {' and '.join(f'{kind}s' for kind in kinds)} are kept for days "
            f"from {first} on, with the month before it; what was computed of it stays"
        )


def remove_days(warehouse: Warehouse, table: str, column: str, before: date) -> int:
    """Delete the rows whose `column` lies so far before a date that they belong to an earlier one everywhere.

    Whole months go as partitions. Returns how many UTC days were removed wholly as partitions, or rows one by one.
    """
    before_utc = datetime.combine(before, time(), UTC) - _ELSEWHERE
    removed = 0
    with warehouse.transaction() as connection:
        partitions = list(_months(connection, table))
    for partition, begin, end in partitions:
        if end <= before_utc.date():
            with warehouse.transaction() as connection:
                connection.exec_driver_sql(f"set local lock_timeout = '{_LONGEST_WAIT}'")
                driver_connection(connection).execute(
                    sql.SQL("drop table {}").format(sql.Identifier(*partition.split(".")))
                )
            removed += (end - begin).days
        elif begin < before_utc.date():
            removed += _delete(warehouse, partition, column, before_utc)
    return removed if partitions else _delete(warehouse, table, column, before_utc)


def _delete(warehouse: Warehouse, table: str, column: str, before_utc: datetime) -> int:
    statement = sql.SQL("delete from {table} where {column} < {before}").format(
        table=sql.Identifier(*table.split(".")), column=sql.Identifier(column), before=sql.Literal(before_utc)
    )
    with warehouse.transaction() as connection:
        return driver_connection(connection).execute(statement).rowcount


def _months(connection: Connection, table: str) -> Iterator[tuple[str, date, date]]:
    """The monthly partitions of a table, each with its first day and that of the next month."""
    schema, _, name = table.partition(".")
    for partition in execute(connection, "landing/partitions", schema=schema, name=name).scalars():
        if month := _MONTH.search(partition):
            begin = date(int(month[1]), int(month[2]), 1)
            yield f"{schema}.{partition}", begin, (begin + timedelta(days=32)).replace(day=1)
