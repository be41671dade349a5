"""A plant's inverters and turbines, and the sum of what they produce.

What belongs here: which devices have to report, which series of each counts, their sum. What does not: meters.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from plant_pipeline.energy.day.day_series import Sun
from plant_pipeline.energy.measuring.estimates import Missing, expected_of_silent
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import Candidate, DeviceView, first_reason, is_too_little, to_kwh, total

LONG_SILENCE_S: Final = 2 * 3600.0
"""A device that is not heard for longer, of a solar plant by daylight, is flagged as silent (our choice)."""


@dataclass(slots=True)
class Producer:
    """An inverter or turbine, with or without sensors; `part_id` and `doubted_since` as in `Series`."""

    equipment_id: UUID
    parent_equipment_id: UUID | None
    plant_id: UUID
    equipment_type: str
    source: str
    name: str
    is_present: bool
    part_id: UUID | None = None
    doubted_since: datetime | None = None


@dataclass(slots=True)
class ProducerSum:
    """The devices that add up to the plant's production, each with its production series.

    `silent` have no reading of the day. None of either, with the reason, if the sum would not be the plant's.
    """

    devices: tuple[tuple[Measured, ...], ...]
    silent: tuple[tuple[Measured, ...], ...] = ()
    null_reason: str | None = None
    findings: tuple[str, ...] = ()

    @property
    def series(self) -> list[Measured]:
        """Of all devices."""
        return [record for own in (*self.devices, *self.silent) for record in own]

    @property
    def has_lost(self) -> bool:
        """Whether a device is to be estimated by its size, of which too little of the day was read."""
        return bool(self.silent) or any(
            all(is_too_little(record.completeness) for record in own) for own in self.devices
        )


def silent_sensors(producers: Iterable[Producer], measured: Mapping[UUID, Sequence[Measured]]) -> list[int]:
    """Sensors of devices of which no reading of the day exists, by device in `measured`."""
    return [
        record.series.sensor_id
        for producer in producers
        if not _is_heard(own := measured.get(producer.equipment_id, ()))
        for record in own
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
    series = [tuple(measured.get(device.equipment_id, ())) for device in devices]
    if not any(series):
        return None
    blind = [device.name for device, own in zip(devices, series, strict=True) if not own]
    if blind:
        finding = f"no production is measured at {', '.join(blind)}: the sum of the devices is not the plant's"
        return ProducerSum((), (), "missing_parameter", (finding,))
    heard = [own for own in series if _is_heard(own)]
    silent: list[tuple[Measured, ...]] = []
    if len(heard) < len(series):
        unheard = [own for own in series if not _is_heard(own)]
        silent = [own for own in unheard if any(record.series.sensor_id in once_read for record in own)]
    return ProducerSum(tuple(heard), tuple(silent)) if heard else ProducerSum((), (), "no_data")


def _of_technology(technology: str | None, producers: Sequence[Producer]) -> list[Producer]:
    """Turbines of wind farms, inverters of solar plants; all that there are, otherwise."""
    preferred = {"wind": "turbine", "solar": "inverter"}.get(technology or "")
    return [producer for producer in producers if producer.equipment_type == preferred] or list(producers)


def _outermost(producers: Sequence[Producer], measured: Mapping[UUID, Sequence[Measured]]) -> list[Producer]:
    """Without devices inside another one that measures: its figures hold theirs."""
    if not any(device.parent_equipment_id for device in producers):
        return list(producers)
    parents = {device.equipment_id: device.parent_equipment_id for device in producers}

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
    if len(by_source) < 2:
        return list(devices)

    def share_heard(source: str) -> float:
        own = by_source[source]
        return sum(_is_heard(measured.get(device.equipment_id, ())) for device in own) / len(own)

    return by_source[max(sorted(by_source), key=share_heard)]


def _is_heard(own: Sequence[Measured]) -> bool:
    for record in own:  # noqa: SIM110 -- asked of every device several times, and a generator takes thrice as long
        if record.readings:
            return True
    return False


def producer_candidate(
    chosen: ProducerSum, view: DeviceView, usual_w: Mapping[int, float], sun: Sun | None
) -> tuple[Candidate, tuple[Measured, ...]]:
    """The sum of what the devices measured, and the series it was taken from.

    `usual_w`: by sensor, the highest power of the days before, where it is known. `sun`: None if it does not matter.

    Complete by the time measured, each device by its size; what a silent one produced is estimated from the others.
    """
    if chosen.null_reason:
        return _unknown(chosen.null_reason, ()), ()
    choices = [view.choice(own) for own in chosen.devices]
    known = [choice for choice in choices if choice is not None and choice.produced_kwh is not None]
    series = {record.series.sensor_id: record for own in chosen.devices for record in own}
    members = tuple(series[sensor_id] for choice in known for sensor_id in choice.sensor_ids)
    lost = [
        own
        for own, choice in zip(chosen.devices, choices, strict=True)
        if choice is None or choice.produced_kwh is None
    ]
    if not known:
        reason = first_reason(choice.null_reason for choice in choices if choice) or "no_data"
        return _unknown(reason, tuple(series)), ()
    summed = total("inverter_sum", known)
    sizes_w = [_size_w((member,), usual_w) for member in members]
    mean_w = sum(sizes_w) / len(sizes_w) or 1.0  # at rest all weigh alike
    missing_w = [_size_w(own, usual_w) or mean_w for own in (*lost, *chosen.silent)]
    missing = [expected_of_silent(members, sizes_w, size_w) for size_w in missing_w]
    weights = [*(size_w or mean_w for size_w in sizes_w), *missing_w]
    shares = _weighted(known, weights)
    is_known = summed.gap_kwh is not None and all(lack.energy_wh is not None for lack in missing)
    is_silent = bool(missing) or any(_falls_silent(member, sun) for member in members)
    flags = [*summed.flags, *(["device_silent"] if is_silent else []), *(["gap_estimated"] if missing else [])]
    null_reason = "low_completeness" if is_too_little(shares.completeness) else None
    return replace(
        shares,
        produced_kwh=None if null_reason else summed.produced_kwh,
        reverse_kwh=None if null_reason else summed.reverse_kwh,
        null_reason=null_reason,
        sensor_ids=tuple(sensor_id for choice in known for sensor_id in choice.sensor_ids),
        gap_kwh=(summed.gap_kwh or 0.0) + sum(to_kwh(lack.energy_wh or 0.0) for lack in missing) if is_known else None,
        uncertainty_kwh=_spread_kwh(known, missing) if is_known else None,
        flags=tuple(dict.fromkeys(flags)),
        is_doubtful=summed.is_doubtful,
    ), members


def _size_w(own: Sequence[Measured], usual_w: Mapping[int, float]) -> float:
    """The highest power of a device, in the days before or, where they are not known, today; else its rating, or 0."""
    usual = max([usual_w.get(record.series.sensor_id, 0.0) for record in own], default=0.0)
    shown = usual or max([record.highest_w or 0.0 for record in own], default=0.0)
    return shown or 1000 * max([record.series.rating_kw or 0.0 for record in own], default=0.0)


def _falls_silent(one: Measured, sun: Sun | None) -> bool:
    return (
        bool(one.gaps)
        and one.series.kind != "register"
        and any(
            (to_s - from_s if sun is None else sun.seconds_within(from_s, to_s)) > LONG_SILENCE_S
            for from_s, to_s in one.gaps
        )
    )


def _unknown(reason: str, sensor_ids: tuple[int, ...]) -> Candidate:
    return Candidate("inverter_sum", None, None, 0.0, 0.0, None, 0.0, reason, sensor_ids)


def _weighted(known: Sequence[Candidate], weights: Sequence[float]) -> Candidate:
    """Shares of time measured, each device by its size; the weights of silent devices come last."""
    whole = sum(weights)

    def share(values: Sequence[float | None]) -> float:
        return sum((value or 0.0) * weight for value, weight in zip(values, weights, strict=False)) / whole

    by_daylight = [candidate.daylight_completeness for candidate in known]
    return Candidate(
        method="inverter_sum",
        produced_kwh=None,
        reverse_kwh=None,
        coverage=min(share([candidate.coverage for candidate in known]), 1.0),
        data_completeness=min(share([candidate.data_completeness for candidate in known]), 1.0),
        daylight_completeness=None if None in by_daylight else min(share(by_daylight), 1.0),
        completeness=min(share([candidate.completeness for candidate in known]), 1.0),
        null_reason=None,
        sensor_ids=(),
    )


def _spread_kwh(known: Sequence[Candidate], missing: Sequence[Missing]) -> float:
    """Half width of the sum: the errors of different devices are taken to be half as one, half independent."""
    widths = [
        *(candidate.uncertainty_kwh or 0.0 for candidate in known),
        *(to_kwh(lack.half_width_wh) for lack in missing),
    ]
    return math.sqrt(0.5 * sum(widths) ** 2 + 0.5 * sum(width**2 for width in widths))
