"""A plant's inverters and turbines, and the sum of what they produce.

What belongs here: which devices have to report, which series of each counts, their sum. What does not: meters.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from plant_pipeline.energy.candidates import (
    Candidate,
    contradicts_itself,
    first_reason,
    is_too_little,
    to_kwh,
)
from plant_pipeline.energy.measurement import CommonTime, Measured

TYPES: Final = ("inverter", "turbine")


@dataclass(frozen=True, slots=True)
class Producer:
    """An inverter or turbine, with or without sensors."""

    equipment_id: UUID
    parent_equipment_id: UUID | None
    plant_id: UUID
    equipment_type: str
    source: str
    name: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class ProducerSum:
    """The series that add up to the plant's production, one a device; none, with the reason, if a device lacks one."""

    members: tuple[Measured, ...]
    null_reason: str | None = None
    findings: tuple[str, ...] = ()

    @property
    def has_gaps(self) -> bool:
        """Whether there are times at which not every device reports."""
        return any(member.series.kind != "register" and member.coverage < 1 for member in self.members)


def silent_sensors(producers: Iterable[Producer], measured: Mapping[UUID, Sequence[Measured]]) -> list[int]:
    """Sensors of devices of which no reading of the day exists, by device in `measured`."""
    return [
        one.series.sensor_id
        for producer in producers
        if not _is_heard(own := measured.get(producer.equipment_id, ()))
        for one in own
    ]


def sum_of_producers(
    technology: str | None,
    producers: Sequence[Producer],
    measured: Mapping[UUID, Sequence[Measured]],
    once_read: Collection[int],
) -> ProducerSum | None:
    """Which series to add up for a plant; None if it has no inverters or turbines that measure.

    `measured` holds the production series by device. Every device has to report: those present, and those that left but
    have readings of the day. One that was never read (`once_read` holds the sensors that were) does not exist yet.
    """
    devices = _outermost(_of_technology(technology, producers), measured)
    devices = [device for device in devices if device.is_present or _is_heard(measured.get(device.equipment_id, ()))]
    devices = _of_one_source(devices, measured)
    if not any(measured.get(device.equipment_id) for device in devices):
        return None
    blind = [device.name for device in devices if not measured.get(device.equipment_id)]
    if blind:
        finding = f"no production is measured at {', '.join(blind)}: the sum of the devices is not the plant's"
        return ProducerSum((), "missing_parameter", (finding,))
    own_series = {
        device.name: own
        for device in devices
        if _is_heard(own := measured[device.equipment_id]) or any(one.series.sensor_id in once_read for one in own)
    }
    if not any(map(_is_heard, own_series.values())):
        return ProducerSum((), "no_data")
    return _best_series(list(own_series.values()))


def _of_technology(technology: str | None, producers: Sequence[Producer]) -> list[Producer]:
    """Turbines of wind farms, inverters of solar plants; all that there are, otherwise."""
    preferred = {"wind": "turbine", "solar": "inverter"}.get(technology or "")
    return [one for one in producers if one.equipment_type == preferred] or list(producers)


def _outermost(producers: Sequence[Producer], measured: Mapping[UUID, Sequence[Measured]]) -> list[Producer]:
    """Without devices inside another one that measures: its figures hold theirs."""
    parents = {one.equipment_id: one.parent_equipment_id for one in producers}

    def is_inside(producer: Producer) -> bool:
        parent_id, seen = producer.parent_equipment_id, {producer.equipment_id}
        while parent_id in parents and parent_id not in seen:
            if measured.get(parent_id):
                return True
            seen.add(parent_id)
            parent_id = parents[parent_id]
        return False

    return [producer for producer in producers if not is_inside(producer)]


def _of_one_source(devices: Sequence[Producer], measured: Mapping[UUID, Sequence[Measured]]) -> list[Producer]:
    """Two systems show the same devices: those of the system that hears the larger part of its own."""
    by_source: dict[str, list[Producer]] = defaultdict(list)
    for device in devices:
        by_source[device.source].append(device)

    def share_heard(source: str) -> float:
        own = by_source[source]
        return sum(_is_heard(measured.get(device.equipment_id, ())) for device in own) / len(own)

    return by_source[max(sorted(by_source), key=share_heard)] if by_source else []


def _is_heard(own: Sequence[Measured]) -> bool:
    return any(one.readings for one in own)


def _best_series(devices: Sequence[Sequence[Measured]]) -> ProducerSum:
    """Registers if all devices have one for the whole day, else the fullest interval energy or power of each."""
    registers = [[one for one in own if one.register and one.forward_wh is not None] for own in devices]
    if all(registers):
        return ProducerSum(tuple(own[0] for own in registers))
    integrals = [[one for one in own if not one.register and one.readings] for own in devices]
    if all(integrals):
        return ProducerSum(tuple(max(own, key=_fullness) for own in integrals))
    is_unexplained = any(
        one.null_reason == "meter_unexplained"
        for own, found in zip(devices, integrals, strict=True)
        for one in own
        if not found
    )
    return ProducerSum((), "meter_unexplained" if is_unexplained else "low_completeness")


def _fullness(measured: Measured) -> tuple[bool, float, bool, int]:
    series = measured.series
    return (measured.forward_wh is not None, measured.completeness, not series.is_power, -series.sensor_id)


def producer_candidate(
    chosen: ProducerSum, common: CommonTime | None, in_gaps: Mapping[int, tuple[float, float]]
) -> Candidate:
    """The sum over the times at which every device reports.

    `common` is the share of those times, None if that is always; `in_gaps` the energy (Wh, forward and reverse) each
    series has at other times.
    """
    members = chosen.members
    daylight = [one.daylight_completeness for one in members if one.daylight_completeness is not None]
    coverage = common.coverage if common else min((one.coverage for one in members), default=0.0)
    data_completeness = common.coverage if common else min((one.data_completeness for one in members), default=0.0)
    daylight_completeness = common.daylight_coverage if common else min(daylight, default=None)
    is_whole_day = any(one.register for one in members)
    completeness = coverage if is_whole_day or daylight_completeness is None else daylight_completeness
    reason = chosen.null_reason or first_reason(one.null_reason for one in members)
    if reason is None and contradicts_itself(members):
        reason = "inconsistent_inputs"
    elif reason is None and is_too_little(completeness):
        reason = "low_completeness"
    forward_wh, reverse_wh = (
        sum((whole or 0.0) - outside for whole, outside in pairs)
        for pairs in (
            [(one.forward_wh, in_gaps.get(one.series.sensor_id, (0.0, 0.0))[0]) for one in members],
            [(one.reverse_wh, in_gaps.get(one.series.sensor_id, (0.0, 0.0))[1]) for one in members],
        )
    )
    return Candidate(
        method="inverter_sum",
        produced_kwh=None if reason else to_kwh(max(forward_wh, 0.0)),
        reverse_kwh=None if reason or is_whole_day else to_kwh(max(reverse_wh, 0.0)),
        coverage=coverage,
        data_completeness=data_completeness,
        daylight_completeness=daylight_completeness,
        completeness=completeness,
        null_reason=reason,
        sensor_ids=tuple(one.series.sensor_id for one in members),
    )
