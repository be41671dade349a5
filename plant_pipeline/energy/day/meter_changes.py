"""Exchanges of meters that people declared, as what judges a register takes them.

What belongs here: reading those in force. What does not: what they mean for a register (register.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.day.day_series import REGISTER_REACH, bounds_of
from plant_pipeline.energy.judging.register import MeterChange
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.sensors import Series
from plant_pipeline.units import conversion
from plant_pipeline.warehouse import execute, integer_array


def read_meter_changes(
    connection: Connection, plants: Mapping[UUID, PlantDay], series: Sequence[Series]
) -> dict[int, list[MeterChange]]:
    """By sensor, the exchanges as far around its plant's day as registers are looked up; all plants have a window."""
    bounds_s = {own.sensor_id: bounds_of(plants[own.plant_id]) for own in series if own.kind == "register"}
    found: dict[int, list[MeterChange]] = defaultdict(list)
    if not bounds_s:
        return found
    reach_s = REGISTER_REACH.total_seconds()
    rows = execute(
        connection,
        "energy/meter_changes",
        sensor_ids=integer_array(bounds_s),
        from_utc=datetime.fromtimestamp(min(start_s for start_s, _ in bounds_s.values()) - reach_s, UTC),
        to_utc=datetime.fromtimestamp(max(end_s for _, end_s in bounds_s.values()) + reach_s, UTC),
    )
    for row in rows:
        start_s, end_s = bounds_s[row.sensor_id]
        if not start_s - reach_s <= row.valid_at.timestamp() <= end_s + reach_s:
            continue
        last_wh, first_wh = (_wh(value, row.unit) for value in (row.last_value, row.first_value))
        found[row.sensor_id].append(MeterChange(row.valid_at.timestamp(), last_wh, first_wh))
    return found


def _wh(value: float | None, unit: str) -> float | None:
    """What a person read off the meter, which counts upwards whatever the sign of its readings."""
    converted = conversion(unit)
    return None if value is None or converted is None else value * converted[1]
