"""From a plant's candidates to the day's row: the method chosen, its status, the reason if there is no energy, flags.

What belongs here: the rules between figures of one plant and day. What does not: measuring them, writing them.
"""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from plant_pipeline.energy.candidates import Candidate, choose
from plant_pipeline.energy.plant_days import PlantDay
from plant_pipeline.energy.plant_energy import PlantEnergy

EXPORT_ABOVE_PRODUCTION: Final = "export_above_production"
ABOVE_CAPACITY: Final = "above_capacity"
TERMINALS_CHANGED: Final = "terminals_changed"
"""Flags, joined by `; ` in `energy.plant_daily.flag`. The last says nothing against the energy itself: yesterday's was
measured on the other side of the losses between inverters and meter, so the two days do not compare."""

_EXPORT_TOLERANCE = 0.01
_CAPACITY_TOLERANCE = 0.05
_SMALLEST_EXCESS_KWH = 0.001


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One row of `energy.plant_daily`, but for the date and the run."""

    plant_id: UUID
    produced_kwh: float | None
    imported_kwh: float | None
    exported_kwh: float | None
    method: str | None
    coverage: float | None
    status: Literal["provisional", "final"]
    null_reason: str | None
    hours_in_day: float
    data_completeness: float | None = None
    daylight_completeness: float | None = None
    flag: str | None = None


def judge(plant: PlantDay, energy: PlantEnergy | None, previous_method: str | None, is_failed: bool) -> EnergyRow:
    """The row of one plant. `energy`: None without a time zone; `is_failed`: some sensors could not be read."""
    if energy is None:
        return EnergyRow(plant.plant_id, None, None, None, None, None, "provisional", "no_timezone", plant.hours)
    chosen = choose(energy.candidates)
    produced_kwh = chosen.produced_kwh if chosen else None
    return EnergyRow(
        plant_id=plant.plant_id,
        produced_kwh=produced_kwh,
        imported_kwh=energy.imported_kwh,
        exported_kwh=energy.exported_kwh,
        method=chosen.method if chosen and chosen.null_reason != "no_data" else None,
        coverage=chosen.coverage if chosen else 0.0,
        status="final" if chosen and chosen.is_complete else "provisional",
        null_reason=_null_reason(energy, chosen, is_failed),
        hours_in_day=plant.hours,
        data_completeness=chosen.data_completeness if chosen else 0.0,
        daylight_completeness=chosen.daylight_completeness if chosen else None,
        flag=_flag(plant, energy, chosen, previous_method),
    )


def _null_reason(energy: PlantEnergy, chosen: Candidate | None, is_failed: bool) -> str | None:
    if chosen is not None and chosen.produced_kwh is not None:
        return None
    if energy.meters.is_disputed:
        return "inconsistent_inputs"
    reason = (chosen.null_reason if chosen else None) or "no_data"
    return "source_failed" if reason == "no_data" and is_failed else reason


def _flag(plant: PlantDay, energy: PlantEnergy, chosen: Candidate | None, previous_method: str | None) -> str | None:
    if chosen is None or chosen.produced_kwh is None:
        return None
    flags = []
    highest_export_kwh = chosen.produced_kwh * (1 + _EXPORT_TOLERANCE) + _SMALLEST_EXCESS_KWH
    if energy.exported_kwh is not None and energy.exported_kwh > highest_export_kwh:
        flags.append(EXPORT_ABOVE_PRODUCTION)
    if plant.capacity_kw and chosen.produced_kwh > plant.capacity_kw * plant.hours * (1 + _CAPACITY_TOLERANCE):
        flags.append(ABOVE_CAPACITY)
    if previous_method and (previous_method == "inverter_sum") != (chosen.method == "inverter_sum"):
        flags.append(TERMINALS_CHANGED)
    return "; ".join(flags) or None
