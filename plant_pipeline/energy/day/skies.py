"""The clear skies over the plants of a block, computed when they are asked for.

What belongs here: which plants have one, over which time. What does not: the model (clear_sky.py).
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import numpy as np

from plant_pipeline.energy.day.day_series import DAY_MARGIN, REGISTER_REACH, bounds_of
from plant_pipeline.energy.series.clear_sky import ClearSky, clear_sky_of
from plant_pipeline.energy.series.plant_days import PlantDay

STEP_S: Final = 300.0


class Skies:
    """Clear skies of plants driven by the sun alone whose place is known: a battery gives power in the dark."""

    def __init__(self, plants: Mapping[UUID, PlantDay]) -> None:
        self._plants = {
            key: plant for key, plant in plants.items() if plant.has_daylight and plant.technology == "solar"
        }
        self._late_s: dict[UUID, float] = {}
        self._of_day: dict[UUID, ClearSky] = {}
        self._around: dict[UUID, ClearSky] = {}

    def move(self, late_s: Mapping[UUID, float]) -> None:
        """These plants have no clear sky (0), or that of so many seconds before: their clocks are late."""
        for plant_id, own_s in late_s.items():
            self._late_s[plant_id] = own_s
            self._of_day.pop(plant_id, None)
            self._around.pop(plant_id, None)
            if not own_s:
                self._plants.pop(plant_id, None)

    def of_days(self, plant_ids: Collection[UUID]) -> Mapping[UUID, ClearSky]:
        """Over the day and `DAY_MARGIN` on both sides of it, of those of the plants that have one."""
        lacking = [key for key in plant_ids if key in self._plants and key not in self._of_day]
        self._of_day |= self._computed(lacking, DAY_MARGIN)
        return {key: self._of_day[key] for key in plant_ids if key in self._of_day}

    def around(self, plant_id: UUID) -> ClearSky | None:
        """Over the day and as far on both sides as registers are looked up; None: the plant has no clear sky."""
        if plant_id in self._plants and plant_id not in self._around:
            self._around |= self._computed([plant_id], REGISTER_REACH)
        return self._around.get(plant_id)

    def _computed(self, plant_ids: list[UUID], margin: timedelta) -> dict[UUID, ClearSky]:
        if not plant_ids:
            return {}
        plants = [self._plants[key] for key in plant_ids]
        margin_s = margin.total_seconds()
        starts_s = np.array([bounds_of(plant)[0] for plant in plants]) - margin_s
        late_s = np.array([self._late_s.get(key, 0.0) for key in plant_ids])
        longest_s = max(plant.hours for plant in plants) * 3600 + 2 * margin_s
        relative, ceiling = clear_sky_of(
            np.array([plant.latitude for plant in plants], dtype=np.float64),
            np.array([plant.longitude for plant in plants], dtype=np.float64),
            starts_s - late_s,
            STEP_S,
            int(np.ceil(longest_s / STEP_S)),
        )
        return {
            key: ClearSky(float(starts_s[row]), STEP_S, relative[row], ceiling[row])
            for row, key in enumerate(plant_ids)
        }
