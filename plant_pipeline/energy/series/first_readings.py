"""Whether a series was ever read before: a device of which nothing is known may not have been there yet.

What belongs here: asking for earlier readings. What does not: what follows from it (estimates.py, producers.py).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from plant_pipeline.days import utc_span
from plant_pipeline.warehouse import execute

LONGEST_SILENCE: Final = timedelta(days=366)
"""A device without a reading for longer than this no longer counts as part of the plant (our choice)."""


def once_read(connection: Connection, energy_date: date, sensors_until: Sequence[tuple[int, float]]) -> frozenset[int]:
    """Which of the sensors have a reading before their instant (seconds since 1970), but not longer ago than that."""
    if not sensors_until:
        return frozenset()
    from_utc, to_utc = utc_span([energy_date])
    rows = execute(
        connection,
        "energy/series_once_read",
        sensor_ids=[sensor_id for sensor_id, _ in sensors_until],
        ends_utc=[datetime.fromtimestamp(until_s, UTC) for _, until_s in sensors_until],
        from_utc=from_utc - LONGEST_SILENCE,
        to_utc=to_utc,
    )
    return frozenset(rows.scalars())
