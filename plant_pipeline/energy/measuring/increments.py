"""The increment in which a register counts: what it has not shown yet may be as much as that, at both ends of a day.

What belongs here: learning the increment from readings. What does not: everything else about registers (registers.py).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

import numpy as np
from sqlalchemy import Connection

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.day.day_series import REGISTER_REACH
from plant_pipeline.energy.measuring.left_out import HISTORY
from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.warehouse import execute

_FINE_WH: Final = 50.0  # a finer register is read exactly enough
_LEAST_READINGS: Final = 12  # fewer may be round by chance
_LEAST_RISES: Final = 3  # different ones; fewer may be round by chance, unless the register stands between its moves
_WHOLE_WH: Final = 1e-3
_ROUNDEST: Final = 12  # a power of ten
_SAMPLES: Final = 5
_FARTHEST_WH: Final = 1e17  # of 64 bits; no register counts as far within days


def increments_of(connection: Connection, energy_date: date, sensor_ids: Sequence[int], own: ReadingArrays) -> Floats:
    """By register, the increment (Wh) in which it is seen to count, 0 where that is fine or not to be told.

    The difference of two of its readings is off by less than that. Of a register that stands still the readings of the
    days before tell it, else how round its number is.
    """
    found = np.zeros(len(own))
    untold = []
    for row in perhaps_coarse(own).tolist():
        value = own.value[own.of(row)]
        if len(value) < _LEAST_READINGS or (value == value[0]).all():
            untold.append(row)
        else:
            found[row] = increment_wh(value)
    before = _values_before(connection, energy_date, [sensor_ids[row] for row in untold])
    for row in untold:
        own_value = own.value[own.of(row)]
        value = np.union1d(own_value, before.get(sensor_ids[row], np.zeros(0)))
        is_at_rest = bool((own_value == own_value[0]).all())
        found[row] = increment_wh(value, is_at_rest=is_at_rest) if len(value) > 1 else _roundness_wh(float(value[0]))
    return found


def perhaps_coarse(own: ReadingArrays) -> Floats:
    """The registers a few of whose readings differ by whole multiples of a coarse increment."""
    rows = np.flatnonzero(np.diff(own.offsets) > 0)
    last = np.diff(own.offsets)[rows] - 1
    chosen = own.offsets[rows][:, None] + (last[:, None] * np.linspace(0, 1, _SAMPLES)).astype(np.int64)
    differences = own.value[chosen] - own.value[chosen[:, :1]]
    whole = np.round(np.clip(differences, -_FARTHEST_WH, _FARTHEST_WH))
    common = np.gcd.reduce(whole.astype(np.int64), axis=1)
    is_whole = (np.abs(differences - whole) <= _WHOLE_WH).all(axis=1)
    coarse: Floats = rows[is_whole & ((common == 0) | (common >= _FINE_WH))]
    return coarse


def increment_wh(value: Floats, *, is_at_rest: bool = False) -> float:
    """The largest increment of which all rises of a register are multiples; 0: it is fine, or they do not tell it.

    Of a register that stands still (`is_at_rest`) any of its rises tells.
    """
    differences = np.diff(value)
    whole = np.round(np.clip(differences, -_FARTHEST_WH, _FARTHEST_WH))
    if (np.abs(differences - whole) > _WHOLE_WH).any():
        return 0.0
    common = float(np.gcd.reduce(whole.astype(np.int64)))
    varies = bool((whole == 0).any()) or len(np.unique(whole)) >= _LEAST_RISES
    is_told = is_at_rest or (len(value) >= _LEAST_READINGS and varies)
    return common if is_told and common >= _FINE_WH else 0.0


def _roundness_wh(value_wh: float) -> float:
    """The largest power of ten that a number is a multiple of; 0 is a multiple of all."""
    powers = 10.0 ** np.arange(_ROUNDEST)
    multiples = np.flatnonzero(value_wh % powers == 0)
    roundest = float(powers[multiples[-1]]) if len(multiples) else 0.0
    return roundest if value_wh and roundest >= _FINE_WH else 0.0


def _values_before(connection: Connection, energy_date: date, sensor_ids: Sequence[int]) -> dict[int, Floats]:
    if not sensor_ids:
        return {}
    to_utc = datetime.combine(energy_date, time(), UTC)
    rows = execute(
        connection,
        "energy/register_values",
        sensor_ids=list(sensor_ids),
        from_utc=to_utc - HISTORY,
        to_utc=to_utc + REGISTER_REACH,
    )
    return {row.sensor_id: np.array(row.vals) for row in rows}
