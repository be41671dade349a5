"""Series of an invented plant, measured without a warehouse."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from plant_pipeline.energy.day.skies import Skies
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.series.segments import Segments
from plant_pipeline.energy.series.sensors import Kind, Series

PLANT_ID = UUID(int=7)
HOUR_S = 3600.0

Stretch = tuple[float, float, float, float]
"""From, to (s), power at the one and at the other end (W)."""


def device_id(name: str) -> UUID:
    return uuid5(PLANT_ID, name)


def series(sensor_id: int, quantity: str = "ac_power", kind: Kind = "interval", **values: Any) -> Series:
    """A sensor of a main meter unless said otherwise; `device` names what it sits on."""
    device = values.pop("device", "meter")
    given = Series(
        sensor_id=sensor_id,
        plant_id=PLANT_ID,
        equipment_id=device_id(device),
        parent_equipment_id=None,
        equipment_type="meter",
        source="flexmeasures",
        source_sensor_id=str(sensor_id),
        source_asset_id=device,
        equipment_name=device,
        quantity=quantity,
        kind=kind,
        resolution_s=900.0,
        learned_step_s=None,
        sign=1,
        is_sign_learned=False,
        is_main=True,
        is_present=True,
        finding=None,
    )
    return replace(given, **values)


def measured(own: Series, forward_wh: float | None = 0.0, **values: Any) -> Measured:
    """What a series says of a whole day from 0 to 24 h that was measured throughout, unless said otherwise."""
    given = Measured(
        series=own,
        place=0,
        start_s=0.0,
        end_s=24 * HOUR_S,
        readings=96,
        forward_wh=forward_wh,
        reverse_wh=None,
        coverage=1.0,
        data_completeness=1.0,
        daylight_completeness=None,
        null_reason=None if forward_wh is not None else "no_data",
        step_s=900.0,
    )
    return replace(given, **values)


def segments(*of_series: Sequence[Stretch]) -> Segments:
    """Each series by its stretches."""
    columns = np.array([stretch for own in of_series for stretch in own], dtype=np.float64).reshape(-1, 4).T
    return Segments(np.cumsum([0, *(len(own) for own in of_series)]), *columns)


def block(records: Sequence[Measured], *of_series: Sequence[Stretch]) -> Block:
    """Series with their segments; nothing is known of their plants."""
    return Block({}, tuple(records), segments(*of_series), {}, Skies({}))
