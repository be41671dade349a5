"""Power whose level changes at once beside what tells how much it should be, as another unit or scale factor makes it.

What belongs here: the ratio of a series to the plant's irradiance, to its other devices, or to the clear sky, and where
it jumps. What does not: jumps that no weather makes (jumps.py), what becomes of the day (hard_to_believe.py).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from uuid import UUID

import numpy as np

from plant_pipeline.arrays import Booleans, Floats
from plant_pipeline.energy.day.day_series import bounds_of
from plant_pipeline.energy.series.clear_sky import clear_sky_of
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import Segments, spans_wh
from plant_pipeline.energy.series.sensors import PRODUCTION, TYPES, Series

Witness = Literal["its irradiance", "the other devices", "the clear sky"]

LEVEL_CELL_S: Final = 900.0
CELLS_BESIDE: Final = 4
"""Cells on either side of the one in which it happens: for an hour before and after, the ratio is steady."""

LEVEL_FACTOR: Final = 1.25
LEVEL_FACTOR_OF_TURBINES: Final = 3.0
"""From so many times on a ratio that is steady on both sides jumps; turbines see winds of their own (our choice)."""

LEVEL_STEADY: Final[Mapping[Witness, float]] = {"its irradiance": 0.4, "the other devices": 0.4, "the clear sky": 0.15}
"""Of the logarithm of the jump: so far the ratio strays on either side. Found on public measurements: no jump in 150
days of devices beside irradiance or each other, 2 % of the days of four plants beside the clear sky, and half to four
fifths (sky: a third) of the days with a factor of 2 in them (docs/uncertainty.md)."""

_NEARLY_ALL: Final = 0.9  # of the logarithm: of two devices each changes as much beside the other
_NOTABLE: Final = 0.02  # of the highest power of a series
_BRIGHT: Final = 0.2  # of the highest of what it is compared with


@dataclass(frozen=True, slots=True)
class LevelChange:
    """Of the series at `place`: from `at_s` on it is `factor` times what it was, relative to `witness`."""

    place: int
    at_s: float
    factor: float
    witness: Witness


def level_changes(
    segments: Segments, series: Sequence[Series], steps_s: Sequence[float | None], plants: Mapping[UUID, PlantDay]
) -> list[LevelChange]:
    """The largest change of each series that has one; the plants have a window. What is read by the hour tells none.

    A plant's meter is held against its irradiance, where that is not measured against the clear sky; a device against
    the others like it.
    """
    is_fine = [0 < (step_s or 0.0) <= LEVEL_CELL_S for step_s in steps_s]
    of_plant: dict[UUID, list[int]] = defaultdict(list)
    for place, one in enumerate(series):
        if is_fine[place] and (one.quantity in PRODUCTION or one.quantity.startswith("irradiance")):
            of_plant[one.plant_id].append(place)
    pairs = [pair for key, places in of_plant.items() for pair in _pairs(places, series, plants[key])]
    if not pairs:
        return []
    places = sorted({place for pair in pairs for place in (pair.place, *pair.beside)})
    cells_w, starts_s = _cells(segments, [series[place] for place in places], places, plants)
    own_w, beside = _held_against(pairs, {place: index for index, place in enumerate(places)}, cells_w)
    by_sky = np.flatnonzero([pair.witness == "the clear sky" for pair in pairs])
    if len(by_sky):
        chosen = [plants[series[pairs[index].place].plant_id] for index in by_sky]
        beside[by_sky] = _skies(chosen, cells_w.shape[1])
    steady = np.array([LEVEL_STEADY[pair.witness] for pair in pairs])
    factor = np.array(
        [LEVEL_FACTOR_OF_TURBINES if series[pair.place].equipment_type == "turbine" else LEVEL_FACTOR for pair in pairs]
    )
    cell, jump = jumps_of_ratio(own_w, beside, steady, factor)
    found = [
        LevelChange(
            pair.place,
            float(starts_s[bisect_left(places, pair.place)] + cell[at] * LEVEL_CELL_S),
            float(np.exp(jump[at])),
            pair.witness,
        )
        for at, pair in enumerate(pairs)
        if cell[at] >= 0
    ]
    return _of_the_odd_one(found, series)


def _of_the_odd_one(found: Sequence[LevelChange], series: Sequence[Series]) -> list[LevelChange]:
    """Without those of devices beside which another one changed more: it is that one which changed."""
    largest: dict[UUID, float] = defaultdict(float)
    for change in found:
        if change.witness == "the other devices":
            plant_id = series[change.place].plant_id
            largest[plant_id] = max(largest[plant_id], abs(np.log(change.factor)))
    return [
        change
        for change in found
        if change.witness != "the other devices"
        or abs(np.log(change.factor)) > _NEARLY_ALL * largest[series[change.place].plant_id]
    ]


class _Pair(NamedTuple):
    """A series and those whose sum (without itself) tells how much it should be; none: the clear sky does."""

    place: int
    witness: Witness
    beside: tuple[int, ...]


def _held_against(pairs: Sequence[_Pair], row: Mapping[int, int], cells_w: Floats) -> tuple[Floats, Floats]:
    """Power of each pair's series, and the sum of those beside it; NaN where one of them is not known."""
    own_w = cells_w[[row[pair.place] for pair in pairs]]
    beside = np.empty(own_w.shape)
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        if pair.beside:
            alike[pair.beside].append(index)
    for group, indexes in alike.items():
        cells = cells_w[[row[place] for place in group]]
        if pairs[indexes[0]].witness == "the other devices":
            nth = {place: index for index, place in enumerate(group)}
            beside[indexes] = _sums_without_each(cells)[[nth[pairs[index].place] for index in indexes]]
        else:
            beside[indexes] = cells.sum(axis=0)
    return own_w, beside


def _sums_without_each(values: Floats) -> Floats:
    """Row by row, the sum of all other rows, from those before and those after it: what is left out must not count."""
    sums = np.zeros(values.shape)
    np.cumsum(values[:-1], axis=0, out=sums[1:])
    sums[:-1] += np.cumsum(values[:0:-1], axis=0)[::-1]
    return sums


def _pairs(places: Sequence[int], series: Sequence[Series], plant: PlantDay) -> list[_Pair]:
    """What the series of one plant are held against."""
    weather = [place for place in places if series[place].is_weather]
    on_plane = [place for place in weather if series[place].quantity == "irradiance_poa"]
    irradiance = tuple(on_plane or weather) if plant.technology == "solar" else ()
    by_device: dict[tuple[str, UUID], int] = {}
    found = []
    for place in places:
        one = series[place]
        if one.is_weather:
            continue
        if one.equipment_type in TYPES:
            by_device.setdefault((one.equipment_type, one.equipment_id), place)
        elif one.kind != "register" and irradiance:
            found.append(_Pair(place, "its irradiance", irradiance))
        elif one.kind != "register" and plant.has_daylight and plant.technology == "solar":
            found.append(_Pair(place, "the clear sky", ()))
    for kind in TYPES:
        devices = tuple(place for (of_kind, _), place in by_device.items() if of_kind == kind)
        if len(devices) > 1:
            own = (place for place in devices if series[place].kind != "register")
            found += [_Pair(place, "the other devices", devices) for place in own]
    return found


def _cells(
    segments: Segments, series: Sequence[Series], places: Sequence[int], plants: Mapping[UUID, PlantDay]
) -> tuple[Floats, Floats]:
    """Mean power of each cell of the day, NaN where it was not measured throughout, and when each day begins."""
    bounds_s = np.array([bounds_of(plants[one.plant_id]) for one in series])
    count = int(np.ceil((bounds_s[:, 1] - bounds_s[:, 0]).max() / LEVEL_CELL_S))
    edges_s = bounds_s[:, :1] + np.arange(count + 1) * LEVEL_CELL_S
    energy_wh, measured_s = spans_wh(segments, np.array(places, dtype=np.int64), edges_s)
    is_whole = (measured_s >= LEVEL_CELL_S - 1) & (edges_s[:, 1:] <= bounds_s[:, 1:])
    return np.where(is_whole, energy_wh * 3600 / LEVEL_CELL_S, np.nan), bounds_s[:, 0]


def _skies(plants: Sequence[PlantDay], cells: int) -> Floats:
    latitudes, longitudes = (
        np.array([getattr(plant, name) for plant in plants], dtype=np.float64) for name in ("latitude", "longitude")
    )
    starts_s = np.array([bounds_of(plant)[0] for plant in plants])
    return clear_sky_of(latitudes, longitudes, starts_s, LEVEL_CELL_S, cells)[0]


def jumps_of_ratio(own_w: Floats, beside: Floats, steady: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """By row, the cell after the one in which its ratio jumps most, -1 without one, and the logarithm of the jump."""
    none = np.full(len(own_w), -1.0), np.zeros(len(own_w))
    if own_w.shape[1] < 2 * CELLS_BESIDE + 1:
        return none
    is_told = _is_notable(own_w, _NOTABLE) & _is_notable(beside, _BRIGHT)
    ratio = np.log(np.divide(own_w, beside, out=np.full(own_w.shape, np.nan), where=is_told))
    columns = own_w.shape[1] - CELLS_BESIDE + 1
    hours = np.array([ratio[:, shift : shift + columns] for shift in range(CELLS_BESIDE)])
    mean, spread = hours.mean(axis=0), hours.max(axis=0) - hours.min(axis=0)
    apart = CELLS_BESIDE + 1
    jump = mean[:, apart:] - mean[:, :-apart]
    with np.errstate(invalid="ignore"):
        size = np.abs(jump)
        is_steady = np.maximum(spread[:, apart:], spread[:, :-apart]) <= steady[:, None] * size
        size = np.where(is_steady & (size > np.log(factor)[:, None]), size, 0.0)
    at = size.argmax(axis=1)
    rows = np.arange(len(own_w))
    is_found = size[rows, at] > 0
    return np.where(is_found, at + apart, -1.0), np.where(is_found, jump[rows, at], 0.0)


def _is_notable(values: Floats, share: float) -> Booleans:
    highest = np.nanmax(np.where(np.isfinite(values), values, -np.inf), axis=1, initial=0.0)
    with np.errstate(invalid="ignore"):
        found: Booleans = (values > share * highest[:, None]) & (highest[:, None] > 0)
    return found
