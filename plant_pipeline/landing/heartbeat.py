"""The heartbeat of a job: when a run of it last ended well, for whoever watches from outside.

What belongs here: which runs count, writing it. What does not: watching (`deploy/nightly_sync_heartbeat.sh`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute


def write_heartbeat(connection: Connection, job: str, run_id: str, dates: Sequence[date], now_utc: datetime) -> None:
    """Note a run over all plants that ended well, unless a later day than any of `dates` was done before.

    So neither a backfill nor missed days that are caught up hide that the nights fail.
    """
    if dates:
        execute(
            connection, "landing/write_heartbeat", job=job, run_id=run_id, dates=sorted(dates), succeeded_at=now_utc
        )


def write_beat_without_dates(connection: Connection, job: str, run_id: str, now_utc: datetime) -> None:
    """Note a run that ended well of a job that is for no dates, as that of the registry."""
    execute(connection, "landing/write_heartbeat", job=job, run_id=run_id, dates=[], succeeded_at=now_utc)
