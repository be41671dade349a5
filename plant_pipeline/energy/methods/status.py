"""From a plant's candidates to the day's row: the method chosen, its status, the reason if there is no energy, flags.

What belongs here: the rules between figures of one plant and day. What does not: measuring them, writing them.
"""

from typing import Final, Literal, NamedTuple
from uuid import UUID

from plant_pipeline.energy.methods.candidates import Candidate, choose
from plant_pipeline.energy.methods.plant_energy import PlantEnergy
from plant_pipeline.energy.series.plant_days import PlantDay

FLAGS: Final = (
    "outlier", "stuck", "reset", "rollover", "meter_change", "meter_unexplained", "methods_disagree", "sign_learned",
    "step_irregular", "gap_estimated", "device_silent", "zone_changed", "above_capacity", "export_above_production",
    "irradiance_suspect",
)  # fmt: skip
"""The closed list, in the order in which they are stored."""

EXPORT_ABOVE_PRODUCTION: Final = "export_above_production"
ABOVE_CAPACITY: Final = "above_capacity"

_EXPORT_TOLERANCE = 0.01
_CAPACITY_TOLERANCE = 0.05
_SMALLEST_EXCESS_KWH = 0.001


class EnergyRow(NamedTuple):
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
    gap_kwh: float | None = None
    uncertainty_kwh: float | None = None
    flags: tuple[str, ...] = ()


def judge(plant: PlantDay, energy: PlantEnergy | None, is_failed: bool) -> EnergyRow:
    """The row of one plant. `energy`: None without a time zone; `is_failed`: some sensors could not be read."""
    if energy is None:
        return EnergyRow(plant.plant_id, None, None, None, None, None, "provisional", "no_timezone", plant.hours)
    chosen = choose(energy.candidates, energy.calm_kwh)
    is_known = chosen is not None and chosen.produced_kwh is not None
    return EnergyRow(
        plant_id=plant.plant_id,
        produced_kwh=chosen.produced_kwh if chosen else None,
        imported_kwh=energy.imported_kwh,
        exported_kwh=energy.exported_kwh,
        method=chosen.method if chosen and chosen.null_reason != "no_data" else None,
        coverage=chosen.coverage if chosen else 0.0,
        status="final" if chosen and chosen.is_final(energy.calm_kwh) else "provisional",
        null_reason=_null_reason(plant, energy, chosen, is_failed),
        hours_in_day=plant.hours,
        data_completeness=chosen.data_completeness if chosen else 0.0,
        daylight_completeness=chosen.daylight_completeness if chosen else None,
        gap_kwh=chosen.gap_kwh if chosen and is_known else None,
        uncertainty_kwh=chosen.uncertainty_kwh if chosen and is_known else None,
        flags=_flags(plant, energy, chosen),
    )


def _null_reason(plant: PlantDay, energy: PlantEnergy, chosen: Candidate | None, is_failed: bool) -> str | None:
    if chosen is not None and chosen.produced_kwh is not None:
        return None
    if energy.meters.is_disputed:
        return "inconsistent_inputs"
    reason = (chosen.null_reason if chosen else None) or "no_data"
    if reason in ("no_data", "source_day_not_local") and plant.is_after(plant.doubted_since):
        return "identity_in_doubt"
    return "source_failed" if reason == "no_data" and is_failed else reason


def _flags(plant: PlantDay, energy: PlantEnergy, chosen: Candidate | None) -> tuple[str, ...]:
    found = set(chosen.flags) if chosen else set()
    found |= {flag for candidate in energy.candidates for flag in candidate.flags if flag in ("stuck", "meter_change")}
    found |= set(energy.flags)
    if plant.is_zone_changed:
        found.add("zone_changed")
    if chosen is not None and chosen.produced_kwh is not None:
        highest_export_kwh = chosen.produced_kwh * (1 + _EXPORT_TOLERANCE) + _SMALLEST_EXCESS_KWH
        if energy.exported_kwh is not None and energy.exported_kwh > highest_export_kwh:
            found.add(EXPORT_ABOVE_PRODUCTION)
        if plant.capacity_kw and chosen.produced_kwh > plant.capacity_kw * plant.hours * (1 + _CAPACITY_TOLERANCE):
            found.add(ABOVE_CAPACITY)
    return tuple(flag for flag in FLAGS if flag in found) if found else ()
