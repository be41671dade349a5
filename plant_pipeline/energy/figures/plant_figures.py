"""What the KPIs of a plant's day are computed from, taken from the same segments as its energy.

What belongs here: irradiation, energy over common valid times, the highest quarter of an hour. What does not: ratios
(kpi), which series give the plant's energy (meters.py, producers.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.energy.day.day_series import Stretch, Sun, bounds_of
from plant_pipeline.energy.figures.irradiance import voted_out
from plant_pipeline.energy.figures.pieces import QUARTER_S, Pieces, means, pieces_of, sums
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.methods.candidates import Candidate
from plant_pipeline.energy.methods.plant_energy import PlantEnergy
from plant_pipeline.energy.series.segments import GAP_STEPS
from plant_pipeline.energy.series.sensors import WEATHER

COARSEST_STEP_S: Final = 3600.0
"""A series read more seldom gives no power to pair with irradiance (our choice)."""

TEMPERATURE_COEFFICIENT_PER_K: Final = -0.0035
"""Of crystalline silicon, where nobody states another (kpis: γ)."""

_SIGNIFICANT_DIGITS: Final = 12  # sums of floats differ in the last digits with the order of the rows on disk
_STANDARD_CELL_TEMPERATURE_C: Final = 25.0

_POWER_ORDER: Final = (
    "power_integral", "interval_energy", "register_difference", "inverter_sum", "voke_telemetry"
)  # fmt: skip
_Columns = dict[str, Sequence[Any]]


class Figures(NamedTuple):
    """One row of `energy.plant_measured`, but for the date and the run; see the comments of its columns."""

    plant_id: UUID
    sun_h: float | None = None
    poa_wh_per_m2: float | None = None
    poa_h: float | None = None
    poa_sun_h: float | None = None
    ghi_wh_per_m2: float | None = None
    ghi_h: float | None = None
    ghi_sun_h: float | None = None
    power_h: float | None = None
    power_sun_h: float | None = None
    paired_kwh: float | None = None
    paired_wh_per_m2: float | None = None
    paired_h: float | None = None
    paired_sun_h: float | None = None
    warm_kwh: float | None = None
    warm_wh_per_m2: float | None = None
    warm_corrected_wh_per_m2: float | None = None
    warm_h: float | None = None
    warm_sun_h: float | None = None
    peak_power_kw: float | None = None
    pv_kwh: float | None = None
    pv_coverage: float | None = None
    power_method: str | None = None
    power_step_s: float | None = None
    power_sensor_ids: tuple[int, ...] = ()
    poa_sensor_ids: tuple[int, ...] = ()
    ghi_sensor_ids: tuple[int, ...] = ()
    temperature_sensor_ids: tuple[int, ...] = ()
    suspect_sensor_ids: tuple[int, ...] = ()
    temperature_coefficient_per_k: float | None = None
    quarter_kwh: Floats | None = None

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The names of the columns."""
        return cls._fields


@dataclass(slots=True)
class _Chosen:
    """The series of one plant that its figures come from; `power` are a hybrid's devices, `whole_plant` its energy."""

    plant_id: UUID
    bounds_s: Stretch
    method: str | None
    power: Sequence[Measured]
    whole_plant: Sequence[Measured]
    poa: Sequence[Measured]
    ghi: Sequence[Measured]
    temperature: Sequence[Measured]
    suspects: set[int]
    pv: Candidate | None
    sun: Sun | None

    def unread(self, block: Block) -> list[Stretch]:
        """Where a register of the plant rose without being read: what it counted is known, but not when."""
        return [stretch for own in (*self.power, *self.whole_plant) for stretch in _unread(block, own)]

    def interrupted(self, block: Block) -> list[Stretch]:
        """Where one of the series was not measured, or not by time."""
        series = (*self.power, *self.whole_plant, *self.poa, *self.ghi, *self.temperature)
        return [*(gap for own in series for gap in own.gaps), *self.unread(block)]

    @property
    def bin_s(self) -> float:
        """Width of the intervals over which power and irradiance are paired; 0: the figures do not depend on them."""
        series = [*self.power, *self.poa]
        is_plain = not self.poa and not self.ghi
        if is_plain and not any(own.gaps or own.reverse_wh for own in (*self.power, *self.whole_plant)):
            return 0.0
        return max((own.step_s or QUARTER_S for own in series), default=QUARTER_S)


def figures_of(block: Block, energies: Mapping[UUID, PlantEnergy], chosen: Mapping[UUID, Candidate]) -> list[Figures]:
    """The figures of every plant of the block that has any to tell. `chosen`: what tells each plant's energy."""
    weather: dict[UUID, list[Measured]] = defaultdict(list)
    for own in block.measured:
        if own.series.is_weather:
            weather[own.series.plant_id].append(own)
    alike: dict[tuple[float, ...], list[_Chosen]] = defaultdict(list)
    for plant_id in block.plants:
        one = _chosen(block, plant_id, energies[plant_id], chosen.get(plant_id), weather.get(plant_id, ()))
        (start_s, end_s), bin_s = one.bounds_s, one.bin_s
        alike[end_s - start_s, bin_s, start_s % bin_s if bin_s else 0.0].append(one)
    found = {own.plant_id: own for (_, bin_s, _), some in alike.items() for own in _of_plants(block, bin_s, some)}
    return [found[plant_id] for plant_id in block.plants]


def _chosen(
    block: Block, plant_id: UUID, energy: PlantEnergy, chosen: Candidate | None, weather: Sequence[Measured]
) -> _Chosen:
    sun, is_hybrid = block.suns.get(plant_id), block.plants[plant_id].technology == "hybrid"
    method, power = power_series(energy, chosen, only_devices=is_hybrid)
    _, whole_plant = power_series(energy, chosen, only_devices=False) if is_hybrid else (method, power)
    poa, ghi, temperature = (
        [own for own in weather if own.series.quantity == role and own.coverage > 0] if weather else []
        for role in WEATHER
    )
    suspects = voted_out(block, poa, sun) | voted_out(block, ghi, sun)
    return _Chosen(
        plant_id,
        bounds_of(block.plants[plant_id]),
        method,
        power,
        whole_plant,
        [own for own in poa if own.series.sensor_id not in suspects],
        [own for own in ghi if own.series.sensor_id not in suspects],
        temperature,
        suspects,
        next((candidate for candidate in energy.candidates if candidate.method == "inverter_sum"), None)
        if is_hybrid
        else None,
        sun,
    )


def _of_plants(block: Block, bin_s: float, some: Sequence[_Chosen]) -> Iterator[Figures]:
    """The figures of plants with equally long days and bins."""
    bounds_s = np.array([choice.bounds_s for choice in some])
    suns = [choice.sun.stretches if choice.sun else () for choice in some]
    others = [choice.interrupted(block) if bin_s else () for choice in some]
    pieces = pieces_of(bounds_s[:, 0], bounds_s[:, 1], bin_s, suns, others)
    is_read = ~pieces.within([choice.unread(block) for choice in some])
    energy_wh, has_power = sums(block.segments, pieces, [choice.whole_plant for choice in some])
    columns = _power(pieces, [choice.whole_plant for choice in some], energy_wh, has_power & is_read)
    has_place = np.array([choice.sun is not None for choice in some])
    poa, has_poa = means(block.segments, pieces, [choice.poa for choice in some])
    columns |= _irradiation(pieces, poa, has_poa, has_place, "poa", [bool(choice.poa) for choice in some])
    ghi, has_ghi = means(block.segments, pieces, [choice.ghi for choice in some])
    columns |= _irradiation(pieces, ghi, has_ghi, has_place, "ghi", [bool(choice.ghi) for choice in some])
    by_day = pieces.has_sun | ~has_place[:, None]
    if has_poa.any():
        if any(choice.power is not choice.whole_plant for choice in some):
            energy_wh, has_power = sums(block.segments, pieces, [choice.power for choice in some])
        temperature = means(block.segments, pieces, [choice.temperature for choice in some])
        irradiation = np.where(by_day, np.maximum(poa, 0), 0.0)
        columns |= _paired(pieces, energy_wh, irradiation, has_power & is_read & has_poa, *temperature)
    columns |= _own_columns(some)
    unknown = [None] * len(some)
    yield from map(Figures._make, zip(*(columns.get(name, unknown) for name in Figures.columns()), strict=True))


def _own_columns(some: Sequence[_Chosen]) -> _Columns:
    """What is told of each plant without its readings."""
    return {
        "plant_id": [one.plant_id for one in some],
        "sun_h": [None if one.sun is None else _rounded(one.sun.seconds / 3600) for one in some],
        "pv_kwh": [one.pv.produced_kwh if one.pv else None for one in some],
        "pv_coverage": [one.pv.completeness if one.pv and one.pv.produced_kwh is not None else None for one in some],
        "power_method": [one.method for one in some],
        "power_step_s": [max((own.step_s or 0.0 for own in one.power), default=None) for one in some],
        "power_sensor_ids": [_ids(one.power) for one in some],
        "poa_sensor_ids": [_ids(one.poa) for one in some],
        "ghi_sensor_ids": [_ids(one.ghi) for one in some],
        "temperature_sensor_ids": [_ids(one.temperature) for one in some],
        "suspect_sensor_ids": [tuple(sorted(one.suspects)) for one in some],
        "temperature_coefficient_per_k": [TEMPERATURE_COEFFICIENT_PER_K if one.temperature else None for one in some],
    }


def _ids(series: Sequence[Measured]) -> tuple[int, ...]:
    return tuple(sorted([own.series.sensor_id for own in series])) if series else ()


def power_series(
    energy: PlantEnergy, chosen: Candidate | None, *, only_devices: bool
) -> tuple[str | None, list[Measured]]:
    """The series that give the plant's power (`only_devices`: its devices'), and the method they come from.

    Those that energy was computed from, unless they are a register or coarser than a quarter of an hour and others are
    not; registers count by their increments.
    """
    if chosen is None or chosen.produced_kwh is None:
        return None, []
    series = {own.series.sensor_id: own for own in energy.measured}
    known = []
    for rank, candidate in enumerate(energy.candidates):
        if candidate.produced_kwh is None or (only_devices and candidate.method != "inverter_sum"):
            continue
        own = [series[sensor_id] for sensor_id in candidate.sensor_ids if sensor_id in series]
        step_s = max((record.step_s or np.inf for record in own), default=np.inf)
        is_own = candidate.method == chosen.method != "register_difference"
        if step_s <= COARSEST_STEP_S:
            order = _POWER_ORDER.index(candidate.method)
            known.append(((step_s > QUARTER_S, not is_own, order, rank), candidate.method, own))
    if not known:
        return None, []
    _, method, own = min(known, key=lambda entry: entry[0])
    return ("register_increments" if method == "register_difference" else method), own


def _unread(block: Block, own: Measured) -> list[Stretch]:
    if own.series.kind != "register" or own.step_s is None:
        return []
    if block.segments.longest_s[own.place] <= GAP_STEPS * own.step_s:
        return []
    part = block.segments.of(own.place)
    from_s, to_s = block.segments.from_s[part], block.segments.to_s[part]
    is_unread = (to_s - from_s > GAP_STEPS * own.step_s) & (block.segments.from_w[part] > 0)
    return list(zip(from_s[is_unread].tolist(), to_s[is_unread].tolist(), strict=True))


def _irradiation(
    pieces: Pieces,
    irradiation: Floats,
    is_valid: Booleans,
    has_place: Booleans,
    role: str,
    is_measured: Sequence[bool],
) -> _Columns:
    """Irradiation while the sun is up (of the whole day, where the place is unknown); a night offset does not count."""
    if not any(is_measured):
        return {}
    counts = is_valid & (pieces.has_sun | ~has_place[:, None])
    return {
        f"{role}_wh_per_m2": _column(np.maximum(irradiation, 0), counts, is_measured),
        f"{role}_h": _column(pieces.hours, is_valid, is_measured),
        f"{role}_sun_h": _column(pieces.hours, is_valid & pieces.has_sun, is_measured),
    }


def _power(pieces: Pieces, series: Sequence[Sequence[Measured]], energy_wh: Floats, is_valid: Booleans) -> _Columns:
    is_known = np.array([len(own) > 0 for own in series])
    is_fine = np.array([bool(own) and max(record.step_s or 0.0 for record in own) <= QUARTER_S for own in series])
    whole = pieces.by_quarter(~is_valid) == 0
    energy_kwh = pieces.by_quarter(energy_wh) / 1000
    peak_kw = np.where(whole, energy_kwh / pieces.by_quarter(pieces.hours), -np.inf).max(axis=1)
    quarters = np.where(whole, energy_kwh, np.nan)
    return {
        "power_h": _column(pieces.hours, is_valid, is_known),
        "power_sun_h": _column(pieces.hours, is_valid & pieces.has_sun, is_known),
        # Of a coarser series its even share: what counts are sums over whole steps of it.
        "quarter_kwh": [own if known else None for own, known in zip(quarters, is_known, strict=True)],
        "peak_power_kw": [
            _rounded(own) if known and own >= 0 else None for own, known in zip(peak_kw.tolist(), is_fine, strict=True)
        ],
    }


def _paired(
    pieces: Pieces,
    energy_wh: Floats,
    irradiation: Floats,
    has_both: Booleans,
    degree_hours: Floats,
    has_temperature: Booleans,
) -> _Columns:
    """Sums over the bins in which power and irradiance are valid throughout, and of those with a temperature too."""
    pairs = pieces.whole_bins(has_both)
    warm = pieces.whole_bins(has_both & has_temperature)
    mean_c = np.divide(degree_hours, pieces.hours, out=np.zeros_like(degree_hours), where=pieces.hours > 0)
    excess_k = mean_c - _STANDARD_CELL_TEMPERATURE_C
    corrected = irradiation * (1 + TEMPERATURE_COEFFICIENT_PER_K * excess_k)
    return {
        **_over(pieces, pairs, "paired", energy_wh, irradiation),
        **_over(pieces, warm, "warm", energy_wh, irradiation),
        "warm_corrected_wh_per_m2": _column(corrected, warm, _any_time(pieces, warm)),
    }


def _over(pieces: Pieces, chosen: Booleans, name: str, energy_wh: Floats, irradiation: Floats) -> _Columns:
    has_any = _any_time(pieces, chosen)
    return {
        f"{name}_kwh": _column(energy_wh / 1000, chosen, has_any),
        f"{name}_wh_per_m2": _column(irradiation, chosen, has_any),
        f"{name}_h": _column(pieces.hours, chosen, has_any),
        f"{name}_sun_h": _column(pieces.hours, chosen & pieces.has_sun, has_any),
    }


def _any_time(pieces: Pieces, chosen: Booleans) -> Booleans:
    found: Booleans = np.any(chosen & (pieces.hours > 0), axis=1)
    return found


def _column(values: Floats, chosen: Booleans, is_known: Sequence[bool] | Booleans) -> list[float | None]:
    """By plant the sum of the chosen pieces' values."""
    summed = np.where(chosen, values, 0.0).sum(axis=1)
    return [_rounded(own) if known else None for own, known in zip(summed.tolist(), is_known, strict=True)]


def _rounded(value: float) -> float:
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
