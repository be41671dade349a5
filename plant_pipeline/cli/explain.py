"""`plant-pipeline explain`: where a number came from, or why it is NULL."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import click

from plant_pipeline.automation.planning import requested_dates
from plant_pipeline.cli.invocation import say
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.tables import json_option, show_json
from plant_pipeline.days import DayWindow
from plant_pipeline.energy.explain import EnergyExplanation, SamplesExplanation, SensorExplanation, explain_energy
from plant_pipeline.energy.methods.candidates import Candidate
from plant_pipeline.kpi.explain import KpiExplanation, explain_kpi
from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS

_GAPS_SHOWN = 5


@click.command()
@click.argument("plant")
@click.argument("day", metavar="DATE", type=click.DateTime(formats=["%Y-%m-%d"]))
@click.argument("kpi", required=False)
@json_option
def explain(plant: str, day: datetime, kpi: str | None, as_json: bool) -> None:
    """Explain a plant's energy of a date, or one of its KPIs: inputs, method, formula, reason."""
    requested_dates(day.date(), None, None, datetime.now(UTC))
    with synced() as connection:
        if kpi is not None:
            of_kpi = explain_kpi(connection, plant, day.date(), kpi)
            facts, lines = kpi_facts(of_kpi), of_kpi.lines()
        else:
            of_energy = explain_energy(connection, plant, day.date())
            facts, lines = energy_facts(of_energy), energy_lines(of_energy)
    if as_json:
        show_json(facts)
    else:
        say("\n".join(lines))


def energy_facts(explanation: EnergyExplanation) -> dict[str, object]:
    """What `energy_lines` tells, for programs; `stored` is null where the date has no row, and a reason says why."""
    return {
        "plant_code": explanation.plant_code,
        "plant_name": explanation.plant_name,
        "energy_date": explanation.energy_date,
        "stored": explanation.stored,
        "absent_reason": explanation.absent_reason,
        "waits_because": explanation.waits_because,
        "day": _day(explanation.plant.window if explanation.plant is not None else None),
        "candidates": [asdict(candidate) for candidate in explanation.candidates],
        "sensors": [asdict(sensor) for sensor in explanation.sensors],
        "samples": [asdict(samples) for samples in explanation.samples],
        "limits": [asdict(limit) for limit in explanation.limits],
        "missing": [asdict(missing) for missing in explanation.missing],
        "restatements": explanation.restatements,
        "findings": explanation.findings,
    }


def kpi_facts(explanation: KpiExplanation) -> dict[str, object]:
    """What the lines of a KPI tell, for programs; `now` is what today's inputs and rules give."""
    kpi = explanation.kpi
    return {
        "plant_code": explanation.plant_code,
        "plant_name": explanation.plant_name,
        "kpi_date": explanation.kpi_date,
        "title": kpi.title,
        "unit": kpi.unit,
        "formula": kpi.formula,
        "conditions": kpi.conditions,
        "follows": kpi.source,
        "formula_version": explanation.formula_version,
        "stored": explanation.stored._asdict(),
        "null_reason_text": NULL_REASON_TEXTS.get(explanation.stored.null_reason or ""),
        "day": _day(explanation.window),
        "plant_valid_from": explanation.plant_valid_from,
        "inputs": [asdict(needed) for needed in explanation.inputs],
        "sensors": [asdict(sensor) for sensor in explanation.sensors],
        "is_current": explanation.is_current,
        "now": explanation.now._asdict(),
    }


def _day(window: DayWindow | None) -> dict[str, object] | None:
    if window is None:
        return None
    return {"start_utc": window.start_utc, "end_utc": window.end_utc, "hours": window.hours}


def energy_lines(explanation: EnergyExplanation) -> Iterator[str]:
    """The explanation of an energy as plain text."""
    yield from _figure_lines(explanation)
    if explanation.waits_because is not None:
        yield f"  waits       to be computed again by the next sync without dates: {explanation.waits_because}"
    window = explanation.plant.window if explanation.plant is not None else None
    if window is not None:
        span = f"{window.start_utc:%Y-%m-%d %H:%M}Z to {window.end_utc:%Y-%m-%d %H:%M}Z"
        yield f"  day         {span}, {window.hours:g} h"
    for candidate in explanation.candidates:
        yield f"  candidate   {_candidate(candidate)}"
    for sensor in explanation.sensors:
        yield f"  sensor      {_sensor(sensor)}"
        yield from (f"                {line}" for line in _details(sensor))
    for samples in explanation.samples:
        yield f"  samples     {_sampled(samples)}"
    for limit in explanation.limits:
        remarks = f": {limit.remarks}" if limit.remarks else ""
        span = f"{limit.begins_at:%Y-%m-%d %H:%M}Z to {limit.ends_at:%Y-%m-%d %H:%M}Z"
        yield f"  announced   {span}, {limit.available_kw:,.0f} kW remain, {limit.kind.lower()}{remarks}"
    for missing in explanation.missing:
        yield (
            f"  missing     {missing.equipment_name} / {missing.name}: {missing.source} itself has no data since "
            f"{missing.missing_since:%Y-%m-%d %H:%M}Z, as of {missing.told_at:%Y-%m-%d %H:%M}Z"
            + (f" ({missing.reason})" if missing.reason else "")
        )
    for restatement in explanation.restatements:
        yield (
            f"  restated    {restatement['recorded_at']}: {restatement['old_value_kwh']} to "
            f"{restatement['new_value_kwh']} kWh, {restatement['cause']}"
        )
    for finding in explanation.findings:
        yield f"  finding     {finding}"


def _figure_lines(explanation: EnergyExplanation) -> Iterator[str]:
    """What stands in the warehouse."""
    head = f"Energy of {explanation.plant_code} {explanation.plant_name} on {explanation.energy_date}"
    stored = explanation.stored
    if stored is None:
        reason = explanation.absent_reason or (
            f"the day was not computed yet: `plant-pipeline sync --date {explanation.energy_date}` computes it"
        )
        yield f"{head}: no row; {reason}"
    elif stored["produced_kwh"] is None:
        yield f"{head}: NULL, {stored['null_reason']}"
    else:
        yield f"{head}: {stored['produced_kwh']:,.3f} kWh"
        yield f"  method      {stored['method']}, coverage {stored['coverage']:.1%}, {stored['status']}"
        yield f"  open        {_open(stored['gap_kwh'], stored['uncertainty_kwh']).strip()}"
        if stored["flags"]:
            yield f"  flags       {', '.join(stored['flags'])}"
        for name in ("imported_kwh", "exported_kwh"):
            yield f"  {name:11} {'unknown' if stored[name] is None else f'{stored[name]:,.3f}'}"


def _candidate(candidate: Candidate) -> str:
    if candidate.produced_kwh is None:
        return f"{candidate.method}: {candidate.null_reason}, coverage {candidate.coverage:.1%}"
    figure = (
        f"{candidate.method}: {candidate.produced_kwh:,.3f} kWh{_open(candidate.gap_kwh, candidate.uncertainty_kwh)}"
    )
    flags = f", {', '.join(candidate.flags)}" if candidate.flags else ""
    return f"{figure}, coverage {candidate.coverage:.1%}{flags}"


def _open(gap_kwh: float | None, uncertainty_kwh: float | None) -> str:
    """What is not measured of an energy, and how far all of it may be off."""
    if gap_kwh is None or uncertainty_kwh is None:
        return " (what is missing cannot be estimated)"
    gap = f" + {gap_kwh:,.3f} kWh estimated in gaps" if gap_kwh else ""
    return f"{gap} ± {uncertainty_kwh:,.3f} kWh"


def _sensor(sensor: SensorExplanation) -> str:
    what = sensor.quantity or f"not classified ({sensor.finding})"
    span = f"{sensor.first_utc:%H:%M}Z to {sensor.last_utc:%H:%M}Z" if sensor.first_utc and sensor.last_utc else "none"
    energy = "" if sensor.energy_kwh is None else f", {sensor.energy_kwh:,.3f} kWh"
    used = "used: " if sensor.is_used else ""
    role = "main meter" if sensor.is_main else (sensor.finding or "").partition(":")[0]
    what += f" ({role})" if sensor.quantity and role else ""
    return f"{used}{sensor.equipment_name} / {sensor.name}, {what}, {sensor.readings} readings ({span}){energy}"


def _sampled(samples: SamplesExplanation) -> str:
    counts = ", ".join(f"{count_kwh:,.3f} kWh at {at_utc:%m-%d %H:%M:%S}Z" for at_utc, count_kwh in samples.counts)
    return f"{samples.record}, {samples.samples} in the day; the last of each UTC day: {counts or 'none'}"


def _details(sensor: SensorExplanation) -> Iterator[str]:
    """How the sensor is read, the readings at both ends of the day, what was left out and why, breaks, gaps."""
    if sensor.is_used:
        yield _manner(sensor)
    if sensor.ends:
        yield "ends        " + ", ".join(
            f"{value / 1000:,.3f} kWh at {at_utc:%m-%d %H:%M:%S}Z" for at_utc, value in sensor.ends
        )
    for event in sensor.events:
        if event.kind != "glitch":
            declared = ", declared" if event.is_declared else ""
            yield (
                f"{event.kind} at {_time(event.at_s)}: {event.before_wh / 1000:,.3f} to "
                f"{event.after_wh / 1000:,.3f} kWh, {event.gained_wh / 1000:,.3f} kWh counted{declared}"
            )
    left_out = Counter(note.flag for note in sensor.notes if note.flag in ("outlier", "stuck"))
    for flag, count in sorted(left_out.items()):
        first = next(note for note in sensor.notes if note.flag == flag)
        yield f"left out    {count} as {flag}, the first at {_time(first.at_s)}"
    if sensor.is_used and sensor.gaps:
        shown = ", ".join(f"{_time(from_s)} to {_time(to_s)}" for from_s, to_s in sensor.gaps[:_GAPS_SHOWN])
        more = f" and {len(sensor.gaps) - _GAPS_SHOWN} more" if len(sensor.gaps) > _GAPS_SHOWN else ""
        yield f"not measured {shown}{more}"


def _manner(sensor: SensorExplanation) -> str:
    """Direction and step, stated or learned."""
    sign = sensor.sign or sensor.learned_sign
    direction = {1: "production positive", -1: "consumption positive", None: "direction not stated"}[sign]
    if sensor.sign is None and sign is not None:
        direction += " (learned)"
    step = f"every {sensor.step_s:g} s" if sensor.step_s else "too few readings to tell their step"
    if sensor.resolution and sensor.step_s:
        step += f" (stated {sensor.resolution.total_seconds():g} s)"
    elif sensor.learned_step is not None:
        phase = f" + {sensor.learned_phase.total_seconds():g} s" if sensor.learned_phase else ""
        step += f" (usually {sensor.learned_step.total_seconds():g} s{phase})"
    return f"read        {direction}, {step}"


def _time(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S}Z"
