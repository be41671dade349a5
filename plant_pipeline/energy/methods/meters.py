"""A plant's meters: which of them measure its production, what each says, and what flows to and from the grid.

What belongs here: the choice between meters by their energies, import and export. What does not: inverters and turbines
(producers.py), the choice by names (registry.equipment.main_meter), storing it (registry.equipment.placing).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar
from uuid import UUID

from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import (
    AGREEMENT,
    FINAL_COMPLETENESS,
    METHODS_DISAGREE,
    Candidate,
    DeviceView,
    to_kwh,
)
from plant_pipeline.energy.methods.parts import added_up
from plant_pipeline.energy.series.sensors import PRODUCTION, Series
from plant_pipeline.registry.equipment.main_meter import CHECK_METER, PARTIAL_METER, SEVERAL_METERS, MeterRole

_GRID_SIDE = ("meter", "other")

Exchange = Literal["import_energy", "export_energy"]
Meters = Mapping[UUID, Sequence[Measured]]
_Id = TypeVar("_Id")


@dataclass(slots=True)
class MeterVerdict:
    """What the production meters say: one candidate a method, none if they are not to be trusted or do not exist.

    `roles`: what the day says of meters in question (equipment_ids).
    """

    candidates: tuple[Candidate, ...] = ()
    findings: tuple[str, ...] = ()
    is_disputed: bool = False
    roles: Mapping[UUID, MeterRole] = field(default_factory=dict)


def is_metering(series: Series) -> bool:
    """Whether the series may be that of a production meter, or of what the plant exchanges with the grid."""
    if series.quantity in PRODUCTION:
        return series.is_main or (series.equipment_type == "meter" and series.finding != PARTIAL_METER)
    return series.equipment_type in _GRID_SIDE


def production_of_meters(measured: Sequence[Measured], view: DeviceView) -> MeterVerdict:
    """The candidates of a plant's main meter, or of all its parts' main meters together.

    Meters that no name tells apart are main and check meter if their energies lie within 2 % of each other; the first
    by its id at the source is the main one, and stays it. If they differ, none is used.
    """
    meters = _by_equipment(own for own in measured if own.series.quantity in PRODUCTION and is_metering(own.series))
    verdict = _verdict(meters, view)
    if any(METHODS_DISAGREE in candidate.flags for candidate in verdict.candidates):
        rivalries = [text for own in meters.values() for text in view.rivalries(own)]
        verdict = replace(verdict, findings=(*verdict.findings, *rivalries))
    return verdict


def _verdict(meters: Meters, view: DeviceView) -> MeterVerdict:
    if len(meters) < 2:
        return MeterVerdict(_candidates(list(meters.values()), view))
    mains = {key: own for key, own in meters.items() if any(record.series.is_main for record in own)}
    checks = {key: own for key, own in meters.items() if any(record.series.finding == CHECK_METER for record in own)}
    unmarked = {
        key: own for key, own in meters.items() if any(record.series.finding == SEVERAL_METERS for record in own)
    }
    in_question = {**mains, **checks} if mains else unmarked or meters
    if len(in_question) > 1 and (checks or not mains):
        return _decide(in_question, mains, view)
    return MeterVerdict(_candidates(list(in_question.values()), view))


def _by_equipment(measured: Iterable[Measured]) -> dict[UUID, list[Measured]]:
    """By meter, in order of their ids at the source; without those that left and have no readings of the day."""
    found: dict[UUID, list[Measured]] = defaultdict(list)
    for series in sorted(measured, key=lambda own: _source_order(own.series)):
        if series.series.is_present or series.readings:
            found[series.series.equipment_id].append(series)
    return found


def _source_order(series: Series) -> tuple[str, int, str, int]:
    return (series.source, len(series.source_asset_id), series.source_asset_id, series.sensor_id)


def _decide(in_question: Meters, mains: Meters, view: DeviceView) -> MeterVerdict:
    chosen = {key: view.choice(own) for key, own in in_question.items()}
    known = {key: choice for key, choice in chosen.items() if choice is not None and choice.produced_kwh is not None}
    energies_kwh = {key: choice.produced_kwh or 0.0 for key, choice in known.items()}
    if not known:
        return MeterVerdict(_candidates(list(mains.values()) or [next(iter(in_question.values()))], view))
    agreed = first_if_agreed(energies_kwh)
    if agreed is None:
        return MeterVerdict(findings=(_dispute(in_question, energies_kwh),), is_disputed=True)
    main = next((key for key in mains if key in known), agreed)
    verdict = MeterVerdict(_candidates([in_question[main]], view))
    is_settled = not mains and energies_kwh[main] > 0 and all(map(_is_evident, in_question.values(), chosen.values()))
    roles: dict[UUID, MeterRole] = {key: "main" if key == main else "check" for key in in_question}
    return replace(verdict, roles=roles) if is_settled else verdict


def _is_evident(measured: Sequence[Measured], chosen: Candidate | None) -> bool:
    return chosen is not None and chosen.is_complete and all(record.series.is_present for record in measured)


def first_if_agreed(energies_kwh: Mapping[_Id, float]) -> _Id | None:
    """The first meter if all energies (of the same time) lie within 2 % of the largest, else None."""
    highest = max(energies_kwh.values())
    is_agreed = highest - min(energies_kwh.values()) <= AGREEMENT * highest
    return next(iter(energies_kwh)) if is_agreed else None


def _dispute(meters: Meters, energies_kwh: Mapping[UUID, float]) -> str:
    said = ", ".join(f"{meters[key][0].series.equipment_name} {energy:.1f} kWh" for key, energy in energies_kwh.items())
    return f"production meters differ by more than 2 % ({said}): the inverters decide"


def _candidates(parts: Sequence[Sequence[Measured]], view: DeviceView) -> tuple[Candidate, ...]:
    """By method, the sum over the parts' meters."""
    return added_up([view.candidates(part) for part in parts], view.calm_kwh)


# -- exchange with the grid --
def exchanged_kwh(
    measured: Sequence[Measured], roles: Mapping[UUID, MeterRole], quantity: Exchange
) -> tuple[float | None, str | None]:
    """What the plant took from or gave to the grid (kWh), None if no sensor says it for the whole day; and a finding.

    `roles`: what the day itself says of meters in question. Registers and interval energies of the main meter count
    first, then those of other meters if they agree within 2 %, then power at the grid of stated sign.
    """
    if not any(record.series.quantity in (quantity, "grid_power") for record in measured):
        return None, None
    mains = {record.series.equipment_id for record in measured if record.series.is_main}
    mains |= {key for key, role in roles.items() if role == "main"}
    at_grid = [record for record in measured if record.series.equipment_type in _GRID_SIDE or record.series.is_main]
    for own_quantity in (quantity, "grid_power"):
        meters = _by_equipment(record for record in at_grid if record.series.quantity == own_quantity)
        energies_kwh = {key: _exchange_of(own, quantity) for key, own in meters.items()}
        known = {key: energy for key, energy in energies_kwh.items() if energy is not None}
        if known:
            return _agreed(known, meters, mains)
    return None, None


def _exchange_of(measured: Sequence[Measured], quantity: Exchange) -> float | None:
    """One meter's energy; a part of the day is no answer, as nothing beside the figure would say so."""
    for record in sorted(
        measured, key=lambda one: (one.series.kind != "register", -one.coverage, one.series.sensor_id)
    ):
        if record.coverage < FINAL_COMPLETENESS or record.forward_wh is None:
            continue
        if record.series.quantity == quantity:
            return to_kwh(record.forward_wh)
        if record.series.sign is not None and record.reverse_wh is not None:
            return to_kwh(record.forward_wh if quantity == "export_energy" else record.reverse_wh)
    return None


def _agreed(known: Mapping[UUID, float], meters: Meters, mains: set[UUID]) -> tuple[float | None, str | None]:
    of_mains = [energy for key, energy in known.items() if key in mains]
    if of_mains or len(known) == 1:
        return sum(of_mains or known.values()), None
    agreed = first_if_agreed(known)
    if agreed is None:
        return None, f"{_dispute(meters, known).partition(':')[0]}: neither import nor export is told"
    return known[agreed], None
