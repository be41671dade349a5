"""What all readings of a date say of each plant's energy: every method's candidate, import and export.

What belongs here: putting measurements, meters and producers together. What does not: the choice between methods
(candidates.py), rows of the warehouse (daily.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.day.day_series import Sun
from plant_pipeline.energy.judging.limits import RATING_TOLERANCE
from plant_pipeline.energy.measuring.estimates import NOTHING_MISSING, Missing, missing_of
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.measuring.registers import Usual, usual_powers
from plant_pipeline.energy.methods.candidates import (
    CALM_SHARE,
    FINAL_COMPLETENESS,
    FINAL_SHARE,
    METHODS_DISAGREE,
    Candidate,
    DeviceView,
    Method,
    candidate_of,
    choose,
    compared,
    method_of,
)
from plant_pipeline.energy.methods.courses import held_against_each_other
from plant_pipeline.energy.methods.meters import (
    Exchange,
    MeterVerdict,
    exchanged_kwh,
    is_metering,
    production_of_meters,
)
from plant_pipeline.energy.methods.parts import PlantPart, added_up, by_part, sum_of_told
from plant_pipeline.energy.methods.plausibility import (
    NOTABLE_SHARE,
    above_ratings,
    held_against_capacity,
)
from plant_pipeline.energy.methods.producers import (
    Producer,
    ProducerSum,
    producer_candidate,
    silent_sensors,
    sum_of_producers,
)
from plant_pipeline.energy.methods.samples import SampledDay, SampledRecord
from plant_pipeline.energy.series.first_readings import once_read
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.sensors import PRODUCTION, TYPES, Series
from plant_pipeline.registry.equipment.main_meter import MeterRole
from plant_pipeline.warehouse import execute, uuid_array


@dataclass(slots=True)
class PlantEnergy:
    """Everything the readings of a day say of one plant; `members` are the series of the sum of its devices.

    `calm_kwh`: the energy that hardly counts beside what the plant gives in the day. `sampled`: samples around it.
    """

    candidates: tuple[Candidate, ...] = ()
    imported_kwh: float | None = None
    exported_kwh: float | None = None
    findings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    meters: MeterVerdict = field(default_factory=MeterVerdict)
    measured: tuple[Measured, ...] = ()
    members: tuple[Measured, ...] = ()
    calm_kwh: float = 0.0
    sampled: tuple[SampledRecord, ...] = ()


def is_wanted(series: Series) -> bool:
    """Whether a series can tell energy or what a KPI of it needs."""
    return series.is_weather or is_metering(series) or _is_produced(series)


def plant_energies(
    connection: Connection,
    energy_date: date,
    block: Block,
    samples: Mapping[PlantPart, SampledDay],
    *,
    by_rules_alone: bool = False,
) -> dict[UUID, PlantEnergy]:
    """By plant of the block. `by_rules_alone`: also where there is nothing to compare."""
    measured = by_part(block.measured)
    parts = _parts(block.plants, [*measured, *samples])
    missing = missing_of(block)
    of_one_meter: dict[UUID, PlantEnergy] = {}
    for key, plant in () if by_rules_alone else block.plants.items():
        whole = PlantPart(key)
        is_alone = parts[key] == [whole] and key not in block.misplaced and whole not in samples
        if is_alone and (energy := _of_one_meter(plant, measured.get(whole, ()), missing)):
            of_one_meter[key] = energy
    others = {part: plant for key, plant in block.plants.items() if key not in of_one_meter for part in parts[key]}
    found = _compared_energies(connection, energy_date, block, others, measured, missing, samples) if others else {}
    return {key: of_one_meter.get(key) or _together({part: found[part] for part in parts[key]}) for key in block.plants}


def _parts(plants: Collection[UUID], told: Iterable[PlantPart]) -> dict[UUID, list[PlantPart]]:
    """The parts of each plant of which anything is told; at least the plant itself."""
    found: dict[UUID, list[PlantPart]] = {key: [] for key in plants}
    for part in dict.fromkeys(told):
        found[part.plant_id].append(part)
    return {key: own or [PlantPart(key)] for key, own in found.items()}


def _of_one_meter(plant: PlantDay, measured: Sequence[Measured], missing: Mapping[int, Missing]) -> PlantEnergy | None:
    """The energy of a plant with one production series, that of its meter, where its capacity has nothing to say.

    None: there may be something to compare. What is idle is held against the days before.
    """
    energies = [record for record in measured if not record.series.is_weather]
    if len(energies) != 1 or not plant.capacity_kw or _is_idle(plant, energies):
        return None
    series, highest_w = energies[0].series, energies[0].highest_w or 0.0
    is_metered = series.quantity in PRODUCTION and is_metering(series) and series.equipment_type not in TYPES
    is_metered &= series.is_present or energies[0].readings > 0
    tolerance = 1.0 if series.kind == "register" else RATING_TOLERANCE
    is_plausible = 1000 * NOTABLE_SHARE * plant.capacity_kw <= highest_w <= 1000 * tolerance * plant.capacity_kw
    if not is_metered or not is_plausible or series.energy_method is not None:
        return None
    candidate = candidate_of(method_of(series), energies[0], missing.get(series.sensor_id, NOTHING_MISSING))
    return PlantEnergy(
        candidates=(candidate,),
        imported_kwh=_drawn_kwh((candidate,)),
        meters=MeterVerdict((candidate,)),
        measured=tuple(measured),
        calm_kwh=CALM_SHARE * plant.capacity_kw * plant.hours,
    )


def _compared_energies(
    connection: Connection,
    energy_date: date,
    block: Block,
    plants: Mapping[PlantPart, PlantDay],
    measured: Mapping[PlantPart, Sequence[Measured]],
    missing: Mapping[int, Missing],
    samples: Mapping[PlantPart, SampledDay],
) -> dict[PlantPart, PlantEnergy]:
    """By part of `plants`, with its methods, meters and devices held against each other."""
    measured = {key: measured.get(key, ()) for key in plants}
    sums = _producer_sums(connection, energy_date, plants, measured)
    silent = [sensor for own in sums.values() for chosen in own.values() if chosen.has_lost for sensor in chosen.series]
    idle = [record for key, plant in plants.items() if _is_idle(plant, measured[key]) for record in measured[key]]
    unrated = [record for key, plant in plants.items() for record in measured[key] if _is_beyond_rating(plant, record)]
    asked = {record.series.sensor_id for record in (*silent, *idle, *unrated)}
    usual = usual_powers(connection, list(asked), energy_date)
    usual_w = {sensor_id: own.highest_w for sensor_id, own in usual.items()}
    views = {key: DeviceView(missing, _calm_kwh(plant, measured[key], usual_w)) for key, plant in plants.items()}
    return {
        key: _plant_energy(block, plant, measured[key], sums.get(key, {}), views[key], usual, samples.get(key))
        for key, plant in plants.items()
    }


def _is_beyond_rating(plant: PlantDay, one: Measured) -> bool:
    """Whether only the days before tell if the series shows what it can."""
    return not plant.capacity_kw or (one.highest_w or 0.0) > 1000 * RATING_TOLERANCE * plant.capacity_kw


def _production_wh(measured: Sequence[Measured]) -> list[float]:
    return [record.forward_wh or 0.0 for record in measured if record.series.quantity in PRODUCTION]


def _is_idle(plant: PlantDay, measured: Sequence[Measured]) -> bool:
    """Whether the plant gave so little that the share of its capacity that hardly counts may be much of it."""
    idle_kwh = CALM_SHARE / FINAL_SHARE * (plant.capacity_kw or 0.0) * plant.hours
    return sum(_production_wh(measured)) / 1000 < idle_kwh


def _calm_kwh(plant: PlantDay, measured: Sequence[Measured], usual_w: Mapping[int, float]) -> float:
    """The energy that hardly counts beside what the plant gives in the day.

    That of its capacity; but a capacity stated a thousand times too high must not hide a whole day: of an idle plant no
    more than that of the power of the days before, where they are known.
    """
    calm_kwh = CALM_SHARE * (plant.capacity_kw or 0.0) * plant.hours
    if not _is_idle(plant, measured):
        return calm_kwh
    before_w = sum(
        usual_w.get(record.series.sensor_id, 0.0) for record in measured if record.series.quantity in PRODUCTION
    )
    return min(calm_kwh, CALM_SHARE * before_w / 1000 * plant.hours) if before_w > 0 else calm_kwh


def with_suspects(energy: PlantEnergy, sensor_ids: Collection[int]) -> PlantEnergy:
    """With the irradiance sensors flagged that contradict the others."""
    names = [
        f"{record.series.equipment_name} (sensor {record.series.sensor_id})"
        for record in energy.measured
        if record.series.sensor_id in sensor_ids
    ]
    finding = f"irradiance of {', '.join(names)} contradicts the other sensors and is left out: check or clean it"
    return replace(energy, flags=(*energy.flags, "irradiance_suspect"), findings=(*energy.findings, finding))


def _is_produced(series: Series) -> bool:
    return series.quantity in PRODUCTION and series.equipment_type in TYPES


def _producer_sums(
    connection: Connection,
    energy_date: date,
    plants: Mapping[PlantPart, PlantDay],
    measured: Mapping[PlantPart, Sequence[Measured]],
) -> dict[PlantPart, dict[str | None, ProducerSum]]:
    """By part, and by what energy from the devices is called (None: by what they measure)."""
    producers: dict[PlantPart, list[Producer]] = defaultdict(list)
    days = {part.plant_id: plant for part, plant in plants.items()}
    for row in execute(connection, "energy/producers", plant_ids=uuid_array(days)).all():
        if not days[row.plant_id].is_after(row.doubted_since):
            producers[PlantPart(row.plant_id, row.part_id)].append(Producer(*tuple(row)))
    by_device: dict[UUID, list[Measured]] = defaultdict(list)
    for of_plant in measured.values():
        for own in of_plant:
            if _is_produced(own.series):
                by_device[own.series.equipment_id].append(own)
    silent = [
        (sensor_id, plant.window.end_utc.timestamp())
        for part, plant in plants.items()
        if plant.window
        for sensor_id in silent_sensors(producers.get(part, ()), by_device)
    ]
    read_before = once_read(connection, energy_date, silent)
    sums: dict[PlantPart, dict[str | None, ProducerSum]] = defaultdict(dict)
    for part, plant in plants.items():
        methods = {own.series.source: own.series.energy_method for own in measured[part]}
        for method, devices in _by_method(producers.get(part, ()), methods).items():
            chosen = sum_of_producers(plant.technology, devices, by_device, read_before)
            if chosen is not None:
                sums[part][method] = chosen
    return sums


def _by_method(producers: Sequence[Producer], methods: Mapping[str, str | None]) -> dict[str | None, list[Producer]]:
    found: dict[str | None, list[Producer]] = defaultdict(list)
    for producer in producers:
        found[methods.get(producer.source)].append(producer)
    return found


def _plant_energy(
    block: Block,
    plant: PlantDay,
    measured: Sequence[Measured],
    producers: Mapping[str | None, ProducerSum],
    view: DeviceView,
    usual: Mapping[int, Usual],
    sampled: SampledDay | None,
) -> PlantEnergy:
    groups: dict[str | None, list[Measured]] = {None: []}
    for record in measured:
        groups.setdefault(record.series.energy_method, []).append(record)
    usual_w = {sensor_id: own.highest_w for sensor_id, own in usual.items()}
    sun = block.suns.get(plant.plant_id)
    said = {method: _said_by(own, producers.get(method), view, usual_w, sun) for method, own in groups.items()}
    own_said = said.pop(None)
    meters = own_said.meters
    apart = [own.as_one(method, view.calm_kwh) for method, own in said.items() if own.candidates]
    apart += [sampled.candidate] if sampled else []
    candidates, contradictions = compared([*own_said.candidates, *apart], view.calm_kwh)
    candidates, apart_in_time = held_against_each_other(block, plant, candidates, measured)
    candidates, impossible = held_against_capacity(block, plant, candidates, measured, usual)
    roles = {key: role for own in (own_said, *said.values()) for key, role in own.meters.roles.items()}
    imported_kwh, import_finding = _exchanged_kwh(groups, roles, "import_energy")
    exported_kwh, export_finding = _exchanged_kwh(groups, roles, "export_energy")
    if imported_kwh is None:
        imported_kwh = _drawn_kwh(candidates)
    used = {sensor_id for candidate in candidates for sensor_id in candidate.sensor_ids}
    above, above_own = above_ratings(block, plant, [own for own in measured if own.series.sensor_id in used])
    findings = (
        *(text for own in (own_said, *said.values()) for text in own.findings),
        *contradictions,
        *apart_in_time,
        *impossible,
        *(sampled.findings if sampled else ()),
        *dict.fromkeys(filter(None, (import_finding, export_finding))),
        *([_misplaced(plant, block.misplaced[plant.plant_id])] if plant.plant_id in block.misplaced else []),
    )
    return PlantEnergy(
        candidates=tuple(candidates),
        imported_kwh=sampled.imported_kwh if imported_kwh is None and sampled else imported_kwh,
        exported_kwh=sampled.exported_kwh if exported_kwh is None and sampled else exported_kwh,
        findings=(*findings, *above, *above_own),
        flags=("above_capacity",) if above else (),
        meters=replace(meters, roles=roles),
        measured=tuple(measured),
        members=own_said.members,
        calm_kwh=view.calm_kwh,
        sampled=sampled.records if sampled else (),
    )


def _together(parts: Mapping[PlantPart, PlantEnergy]) -> PlantEnergy:
    """The sum of the parts' energies, held against what is measured of the whole plant."""
    if len(parts) == 1:
        return next(iter(parts.values()))
    calm_kwh = max(own.calm_kwh for own in parts.values())
    whole = [candidate for part, own in parts.items() if part.part_id is None for candidate in own.candidates]
    apart = [own for part, own in parts.items() if part.part_id is not None and own.candidates]
    summed = added_up([{candidate.method: candidate for candidate in own.candidates} for own in apart], calm_kwh)
    by_method = {candidate.method: candidate for candidate in (*whole, *summed)}
    candidates, contradictions = compared(list(by_method.values()), calm_kwh) if whole else (list(summed), [])
    told = list(parts.values())
    return PlantEnergy(
        candidates=tuple(candidates),
        imported_kwh=sum_of_told([own.imported_kwh for own in told]),
        exported_kwh=sum_of_told([own.exported_kwh for own in told]),
        findings=tuple(dict.fromkeys((*(text for own in told for text in own.findings), *contradictions))),
        flags=tuple(dict.fromkeys(flag for own in told for flag in own.flags)),
        meters=MeterVerdict(
            is_disputed=any(own.meters.is_disputed for own in told),
            roles={key: role for own in told for key, role in own.meters.roles.items()},
        ),
        measured=tuple(record for own in told for record in own.measured),
        members=tuple(record for own in told for record in own.members),
        calm_kwh=calm_kwh,
        sampled=tuple(record for own in told for record in own.sampled),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What the meters and devices of one system say of a plant."""

    meters: MeterVerdict
    candidates: tuple[Candidate, ...]
    members: tuple[Measured, ...]
    findings: tuple[str, ...]

    def as_one(self, method: str | None, calm_kwh: float) -> Candidate:
        """The best of it, under the name that tells it apart."""
        held, _ = compared(self.candidates, calm_kwh)
        best = choose(held, calm_kwh)
        assert best is not None  # noqa: S101 -- asked only where there are candidates
        return replace(best, method=cast(Method, method))


def _said_by(
    measured: Sequence[Measured],
    producers: ProducerSum | None,
    view: DeviceView,
    usual_w: Mapping[int, float],
    sun: Sun | None,
) -> _Said:
    meters = production_of_meters(measured, view)
    if producers is None:
        return _Said(meters, meters.candidates, (), meters.findings)
    summed, members = producer_candidate(producers, view, usual_w, sun)
    is_contradicted = METHODS_DISAGREE in summed.flags
    of_devices = [text for own in producers.devices for text in view.contradictions(own)] if is_contradicted else []
    return _Said(meters, (*meters.candidates, summed), members, (*meters.findings, *producers.findings, *of_devices))


def _exchanged_kwh(
    groups: Mapping[str | None, Sequence[Measured]], roles: Mapping[UUID, MeterRole], quantity: Exchange
) -> tuple[float | None, str | None]:
    """By the first system that tells it; the plant's own meters come first."""
    found = [exchanged_kwh(measured, roles, quantity) for measured in groups.values()]
    told = [own for own in found if own[0] is not None]
    return told[0] if told else found[0]


def _misplaced(plant: PlantDay, late_s: float) -> str:
    place = f"{plant.latitude}, {plant.longitude}"
    if late_s:
        return (
            f"it begins and ends to produce about {abs(late_s) / 60:.0f} minutes {'after' if late_s > 0 else 'before'} "
            f"the sun does at its coordinates {place}: a clock or time zone of its meters looks wrong (or the place "
            "is); the energy of the day stands, its course by the hour does not: correct the time stamps at the source"
        )
    return (
        f"it produces while the sun is down at its coordinates {place}, which look wrong "
        "(or its meters' clock is): daylight is left out of account; correct them: `plant-pipeline registry set "
        f"{plant.plant_code} longitude VALUE`"
    )


def _drawn_kwh(candidates: Sequence[Candidate]) -> float | None:
    """What the plant drew by its own power measurement: the main meter's, else that of its devices."""
    for method in ("power_integral", "inverter_sum", "voke_telemetry"):
        for candidate in candidates:
            if candidate.method == method and candidate.null_reason is None and candidate.reverse_kwh is not None:
                return candidate.reverse_kwh if candidate.coverage >= FINAL_COMPLETENESS else None
    return None
