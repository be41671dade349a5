"""The daily energy of one plant-local date: computed from readings and written, in the caller's transaction.

What belongs here: the order of the steps, findings in words. What does not: any rule about energy (status.py,
candidates.py and what they use), rows of the warehouse (writing.py).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from plant_pipeline.energy.day.day_series import DaySeries, read_day_series
from plant_pipeline.energy.day.learning import learn_signs, learn_turns
from plant_pipeline.energy.day.meter_changes import read_meter_changes
from plant_pipeline.energy.day.skies import Skies
from plant_pipeline.energy.doubts.hard_to_believe import turned_round, with_doubts
from plant_pipeline.energy.figures.plant_figures import Figures, figures_of
from plant_pipeline.energy.judging.register import MeterChange
from plant_pipeline.energy.measuring.measurement import Block, measure
from plant_pipeline.energy.methods.candidates import choose
from plant_pipeline.energy.methods.plant_energy import PlantEnergy, is_wanted, plant_energies, with_suspects
from plant_pipeline.energy.methods.samples import read_samples
from plant_pipeline.energy.methods.status import ABOVE_CAPACITY, EXPORT_ABOVE_PRODUCTION, EnergyRow, judge
from plant_pipeline.energy.plain import beside, measure_plain
from plant_pipeline.energy.queued_days import begin_energy
from plant_pipeline.energy.series.plant_days import PlantDay, read_plant_days
from plant_pipeline.energy.series.sensors import PRODUCTION, read_series
from plant_pipeline.energy.writing import EnergyDayResult, Writer
from plant_pipeline.garbage import collection_paused
from plant_pipeline.registry.equipment.placing import settle_meters
from plant_pipeline.shards import Shard
from plant_pipeline.warehouse import execute, lock_day, uuid_array

_SENSORS_AT_ONCE = 500
_APART = frozenset({"voke_telemetry", "voke_sampled"})  # where they measure is not told


def compute_day(
    connection: Connection,
    energy_date: date,
    *,
    now_utc: datetime,
    run_id: str,
    plant_ids: Collection[UUID] | None = None,
    failed_plant_ids: Collection[UUID] = (),
    shard: Shard | None = None,
) -> EnergyDayResult:
    """Compute and write the energy of `energy_date` for all plants with sensors or samples (or those of `plant_ids`).

    Holds the lock of the date (of its `shard`, whose plants these are) until the caller's transaction ends. A plant
    whose day is not over at `now_utc`, or whose zone skipped the date, gets no row. Rows that come out as they are stay
    untouched; those of plants that have no energy of their own on this date any more, as they were merged, go.
    `failed_plant_ids`: plants of which some sensors could not be read. Main and check meters that the energies tell
    apart go to the registry.
    """
    lock_day(connection, energy_date, shard)
    begin_energy(connection, energy_date, plant_ids, now_utc)
    plants = read_plant_days(connection, energy_date, now_utc, plant_ids)
    failed = set(failed_plant_ids)
    writer = Writer(connection, energy_date, run_id, now_utc)
    writer.clear(plants.days)
    orphaned = writer.delete_orphaned(plants, plant_ids)
    rows: list[EnergyRow] = []
    findings: list[str] = []
    for some in _blocks(plants.days):
        with collection_paused():
            energies, own = _compute_block(writer, some, failed)
        rows += own
        findings += [
            f"{plant.plant_code} {energy_date}: {text}"
            for plant, row in zip(some, own, strict=True)
            for text in findings_of(energies.get(plant.plant_id), row)
        ]
    changed = _changed_terminals(connection, energy_date, plants.days, rows)
    result = writer.write_rows(rows)
    return replace(
        result, restated=result.restated + orphaned, not_over=plants.not_over, findings=(*findings, *changed)
    )


def _compute_block(
    writer: Writer, plants: Sequence[PlantDay], failed: Collection[UUID]
) -> tuple[Mapping[UUID, PlantEnergy], list[EnergyRow]]:
    """Compute some plants and write all but their rows."""
    computed = compute_plants(writer.connection, writer.energy_date, plants)
    energies = computed.energies
    writer.write_candidates(plants, energies)
    writer.write_series([measured for energy in energies.values() for measured in energy.measured])
    writer.write_figures(computed.figures)
    roles = {key: role for energy in energies.values() for key, role in energy.meters.roles.items()}
    settle_meters(writer.connection, roles)
    return energies, [judge(plant, energies.get(plant.plant_id), plant.plant_id in failed) for plant in plants]


def _blocks(plants: Sequence[PlantDay]) -> Iterator[Sequence[PlantDay]]:
    """The plants in parts with so few sensors that their readings fit into memory; each has a plant at least."""
    first, sensors = 0, 0
    for index, plant in enumerate(plants):
        own = max(plant.sensors, 1)  # without any, it is sampled
        if index > first and sensors + own > _SENSORS_AT_ONCE:
            yield plants[first:index]
            first, sensors = index, 0
        sensors += own
    if plants:
        yield plants[first:]


@dataclass(frozen=True, slots=True)
class Computed:
    """What readings say of some plants, without anything written but what was learned of their sensors."""

    energies: Mapping[UUID, PlantEnergy]
    figures: Sequence[Figures]


def compute_plants(
    connection: Connection, energy_date: date, plants: Sequence[PlantDay], *, by_rules_alone: bool = False
) -> Computed:
    """Energies and figures of the plants with a known time zone.

    `by_rules_alone`: plain plants are not told from the others, which takes longer and comes to the same.
    """
    known = {plant.plant_id: plant for plant in plants if plant.window is not None}
    block = _measured(connection, energy_date, known, by_rules_alone=by_rules_alone)
    samples = read_samples(connection, energy_date, list(known.values()))
    energies = plant_energies(connection, energy_date, block, samples, by_rules_alone=by_rules_alone)
    chosen = {key: choose(energy.candidates, energy.calm_kwh) for key, energy in energies.items()}
    figures = figures_of(block, energies, {key: own for key, own in chosen.items() if own is not None})
    for own in figures:
        if own.suspect_sensor_ids:
            energies[own.plant_id] = with_suspects(energies[own.plant_id], own.suspect_sensor_ids)
    return Computed(energies, figures)


def _measured(
    connection: Connection, energy_date: date, plants: Mapping[UUID, PlantDay], *, by_rules_alone: bool
) -> Block:
    """All series of the plants: those of plain ones at once, the others by the rules."""
    undecided = learn_signs(connection, energy_date, plants)
    series = [
        sensor
        for sensor in read_series(connection, list(plants))
        if is_wanted(sensor) and not plants[sensor.plant_id].is_after(sensor.doubted_since)
    ]
    changes = read_meter_changes(connection, plants, series)
    day = read_day_series(connection, plants, series)
    if by_rules_alone:
        return _judged(connection, energy_date, plants, day, undecided, changes)
    plain = measure_plain(day, plants, {*undecided, *changes})
    others = {key: plant for key, plant in plants.items() if key not in plain.plant_ids}
    block = _judged(connection, energy_date, others, day.at(plain.others), undecided, changes)
    return beside(block, plain, plants, day.suns)


def _judged(
    connection: Connection,
    energy_date: date,
    plants: Mapping[UUID, PlantDay],
    day: DaySeries,
    undecided: set[int],
    changes: Mapping[int, Sequence[MeterChange]],
) -> Block:
    """The series of a day; anew where power turns out to run against the direction that was learned."""
    skies = Skies(plants)
    series = day.series
    block = with_doubts(
        connection, energy_date, measure(connection, energy_date, plants, day, undecided, changes, skies)
    )
    turned = turned_round(block)
    if not turned:
        return block
    signs = {own.sensor_id: own.sign for own in series if own.sensor_id in turned and own.sign}
    turns = learn_turns(connection, energy_date, signs)
    undecided |= {sensor_id for sensor_id, turn in turns.items() if turn.sign is None}
    series = [
        replace(own, sign=turns[own.sensor_id].sign or own.sign) if own.sensor_id in turns else own for own in series
    ]
    day = read_day_series(connection, plants, series)
    block = measure(connection, energy_date, plants, day, undecided, changes, skies)
    doubts = {sensor_id: text for sensor_id, text in turned.items() if not turns[sensor_id].is_settled}
    return with_doubts(connection, energy_date, block, doubts)


def findings_of(energy: PlantEnergy | None, row: EnergyRow) -> list[str]:
    """What a person should know about a plant's energy of a day, beside the figures."""
    if energy is None:
        return []
    findings = list(energy.findings)
    findings += [text for own in energy.measured for text in own.doubts]
    findings += _left_out(energy)
    findings += _resets(energy)
    findings += _undeclared(energy, is_unexplained=row.null_reason == "meter_unexplained")
    if row.null_reason == "inconsistent_inputs" and not energy.meters.is_disputed:
        findings.append(
            "power of unstated sign does not tell production from consumption: state its sign at the source"
        )
    if ABOVE_CAPACITY in row.flags and ABOVE_CAPACITY not in energy.flags:
        findings.append(f"{row.produced_kwh} kWh is more than the plant's capacity allows in {row.hours_in_day} hours")
    if EXPORT_ABOVE_PRODUCTION in row.flags:
        findings.append(f"export ({row.exported_kwh} kWh) exceeds production ({row.produced_kwh} kWh)")
    return findings


def _left_out(energy: PlantEnergy) -> Iterator[str]:
    """Series of production that showed what cannot be."""
    for own in energy.measured:
        if "outlier" in own.flags and own.series.quantity in PRODUCTION:
            yield (
                f"{own.series.equipment_name} (sensor {own.series.sensor_id}) showed values that cannot be: they are "
                "left out and kept as received; if it happens again, check the meter and its connection"
            )


def _resets(energy: PlantEnergy) -> Iterator[str]:
    """Production registers that began anew."""
    for own in energy.measured:
        for event in own.events:
            if own.series.quantity == "production_energy" and event.kind == "reset" and not event.is_declared:
                at_utc = datetime.fromtimestamp(event.at_s, UTC)
                yield (
                    f"the register of {own.series.equipment_name} (sensor {own.series.sensor_id}) fell from "
                    f"{event.before_wh / 1000:.3f} to {event.after_wh / 1000:.3f} kWh at {at_utc:%Y-%m-%d %H:%M:%S}Z: "
                    "what it counted in between is estimated; if the meter was exchanged, state its last and first "
                    f"value: `plant-pipeline registry meter-change {own.series.source}:{own.series.source_sensor_id} "
                    "--at INSTANT --last V --first V`"
                )


def _undeclared(energy: PlantEnergy, *, is_unexplained: bool) -> Iterator[str]:
    """Breaks of production registers that look like another meter, or like nothing known."""
    kinds = ("meter_change", "meter_unexplained") if is_unexplained else ("meter_change",)
    for own in energy.measured:
        for event in own.events:
            if own.series.quantity == "production_energy" and event.kind in kinds and not event.is_declared:
                at_utc = datetime.fromtimestamp(event.at_s, UTC)
                yield (
                    f"the register of {own.series.equipment_name} (sensor {own.series.sensor_id}) went from "
                    f"{event.before_wh / 1000:.3f} to {event.after_wh / 1000:.3f} kWh at {at_utc:%Y-%m-%d %H:%M:%S}Z, "
                    "which neither a reset nor a rollover explains; if the meter was exchanged: `plant-pipeline "
                    f"registry meter-change {own.series.source}:{own.series.source_sensor_id} --at INSTANT`"
                )


def _changed_terminals(
    connection: Connection, energy_date: date, plants: Sequence[PlantDay], rows: Sequence[EnergyRow]
) -> list[str]:
    """Plants whose energy of the date before was measured on the other side of the losses up to the meter."""
    previous = execute(
        connection,
        "energy/previous_methods",
        energy_date=energy_date - timedelta(days=1),
        plant_ids=uuid_array(plant.plant_id for plant in plants),
    )
    methods = {row.plant_id: row.method for row in previous}
    return [
        f"{plant.plant_code} {energy_date}: measured by {row.method}, the day before by {methods[plant.plant_id]}: "
        "the losses between inverters and meter lie between the two"
        for plant, row in zip(plants, rows, strict=True)
        if row.method is not None
        and plant.plant_id in methods
        and _APART.isdisjoint((row.method, methods[plant.plant_id]))
        and (methods[plant.plant_id] == "inverter_sum") != (row.method == "inverter_sum")
    ]
