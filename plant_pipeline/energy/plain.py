"""Plants read without a break of which no rule can find anything odd: measured at once, past the rules.

What belongs here: telling them by bounds, each with the rule that it excludes. What does not: the rules. Whatever is
not told to be plain here is measured by them (measurement.py), and whatever is would come out of them the same.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.energy.day.day_series import DaySeries, Sun
from plant_pipeline.energy.doubts.hard_to_believe import BACKWARDS_SHARE
from plant_pipeline.energy.doubts.jumps import jumps_of
from plant_pipeline.energy.doubts.levels import level_changes
from plant_pipeline.energy.judging.limits import (
    HIGHEST_DRAW,
    HIGHEST_IRRADIANCE_W_PER_M2,
    LOWEST_IRRADIANCE_W_PER_M2,
    RATING_TOLERANCE,
    no_numbers,
    suspicious_power,
    suspicious_stale,
)
from plant_pipeline.energy.judging.standstill import CountedRises, rests_at
from plant_pipeline.energy.measuring.echoes import perhaps_echoed
from plant_pipeline.energy.measuring.increments import perhaps_coarse
from plant_pipeline.energy.measuring.measurement import Block, Measured, watts_per_unit
from plant_pipeline.energy.measuring.misplaced import LATE_S, LATE_SHARE
from plant_pipeline.energy.measuring.registers import signed_registers, suspicious_registers
from plant_pipeline.energy.measuring.sampling import sampling_half_widths_wh
from plant_pipeline.energy.methods.plausibility import NOTABLE_SHARE
from plant_pipeline.energy.series.arrays import ReadingArrays
from plant_pipeline.energy.series.daylight import BRIGHT_S
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import (
    Segments,
    joined_segments,
    segments_of_instants,
    segments_of_means,
    segments_of_steps,
)
from plant_pipeline.energy.series.sensors import PRODUCTION, Series

COARSEST_S: Final = 3600.0
"""A series read more seldom has too few readings to be plain (our choice)."""

_LEAST_READINGS: Final = 20  # of a step that long


@dataclass(frozen=True, slots=True)
class Plain:
    """Series measured past the rules, all those of their plants; their segments lie within the day.

    `others` are the places of all other series of the day: these come first in a block, and places count from there.
    """

    measured: tuple[Measured, ...]
    segments: Segments
    plant_ids: frozenset[UUID]
    others: Integers


def measure_plain(day: DaySeries, plants: Mapping[UUID, PlantDay], in_question: Collection[int]) -> Plain:
    """Measure the plants all of whose series are plain.

    `in_question`: sensors of which something is known that only the rules can judge.
    """
    length, steps_s = len(day), _unbroken_steps(day)
    ordinary = {key for key, plant in plants.items() if _is_ordinary(plant, day.suns.get(key))}
    is_told = [own.plant_id in ordinary and own.sensor_id not in in_question and _is_told(own) for own in day.series]
    candidates = _of_whole_plants(day, np.array(is_told, dtype=bool) & np.isfinite(steps_s))
    day, steps_s = day.at(candidates), steps_s[candidates]
    per_unit = watts_per_unit(day, steps_s)
    segments = _segments_of_day(day, steps_s, per_unit)
    is_odd = _shows_odd_values(day, per_unit)
    figures = _Sums.of(segments, day.places("instant"))
    is_odd |= _is_implausible(day, figures) | _is_loud_at_night(day, segments, figures.highest_w)
    suns = [day.suns.get(own.plant_id) for own in day.series]
    is_odd[[jump.place for jump in jumps_of(segments, day.series, day.rating_w / RATING_TOLERANCE, suns)]] = True
    is_odd[[change.place for change in level_changes(segments, day.series, steps_s.tolist(), plants)]] = True
    places = _of_whole_plants(day, ~is_odd)
    own = day.at(places)
    others = np.setdiff1d(np.arange(length), candidates[places])
    measured = tuple(_measured(own, len(others), steps_s[places], figures.at(places)))
    return Plain(measured, segments.at(places), frozenset(one.plant_id for one in own.series), others)


def beside(block: Block, plain: Plain, plants: Mapping[UUID, PlantDay], suns: Mapping[UUID, Sun]) -> Block:
    """One block of all `plants`, from that of the others and the plain ones."""
    first = len(block.measured)
    suns = {key: suns[key] for key in plain.plant_ids if key in suns} | dict(block.suns)
    parts = [(np.arange(first), block.segments), (first + np.arange(len(plain.measured)), plain.segments)]
    segments = joined_segments([part for part in parts if len(part[0])], first + len(plain.measured))
    return replace(block, plants=plants, measured=(*block.measured, *plain.measured), segments=segments, suns=suns)


# -- what is told without readings --
def _is_ordinary(plant: PlantDay, sun: Sun | None) -> bool:
    """Whether there is a rating, no battery, and no day so short that its darkness explains anything."""
    has_battery = plant.technology in ("hybrid", "storage")
    return bool(plant.capacity_kw) and not has_battery and (sun is None or sun.seconds > BRIGHT_S)


def _is_told(series: Series) -> bool:
    """Whether the series says which way it counts, and has nothing to do with the exchange with the grid."""
    if series.is_weather:
        return True
    return series.quantity == "production_energy" or (series.quantity == "ac_power" and series.sign is not None)


def _of_whole_plants(day: DaySeries, is_plain: Booleans) -> Integers:
    """The places of series whose plants have plain series alone."""
    if is_plain.all():
        return np.arange(len(day))
    others = {day.series[place].plant_id for place in np.flatnonzero(~is_plain).tolist()}
    return np.array([place for place, own in enumerate(day.series) if own.plant_id not in others], dtype=np.int64)


# -- readings without a break --
def _unbroken_steps(day: DaySeries) -> Floats:
    """By series, the seconds from each reading to the next if they are the same throughout, from midnight to midnight.

    NaN for all others. So there are no gaps, no register lacks its ends, and the day has plenty of readings.
    """
    readings = day.readings
    counts = np.diff(readings.offsets)
    if counts.max(initial=0) < _LEAST_READINGS:
        return np.full(len(day), np.nan)
    first = np.minimum(readings.offsets[:-1], len(readings.at_s) - 2)
    first_s, last_s = readings.at_s[first], readings.at_s[readings.offsets[1:] - 1]
    steps_s = np.where(day.stated_s > 0, day.stated_s, readings.at_s[first + 1] - first_s)
    owner = readings.owner
    is_broken = np.zeros(len(day), dtype=bool)
    is_broken[owner[1:][(np.diff(readings.at_s) != steps_s[owner[1:]]) & (owner[1:] == owner[:-1])]] = True
    covered_s = np.where(_is_mean(day), last_s + steps_s, last_s)
    with np.errstate(divide="ignore", invalid="ignore"):
        is_on_grid = ((day.start_s - first_s) % steps_s == 0) & ((day.end_s - first_s) % steps_s == 0)
    is_whole = (counts >= _LEAST_READINGS) & (first_s <= day.start_s) & (covered_s >= day.end_s)
    is_unbroken = is_whole & is_on_grid & ~is_broken & (steps_s > 0) & (steps_s <= COARSEST_S)
    return np.where(is_unbroken, steps_s, np.nan)


def _is_mean(day: DaySeries) -> Booleans:
    return np.array([sensor.kind == "interval" for sensor in day.series], dtype=bool)


def _segments_of_day(day: DaySeries, steps_s: Floats, per_unit: Floats) -> Segments:
    parts: list[tuple[Integers, Segments]] = []
    for kind in ("interval", "instant", "register"):
        places = day.places(kind)
        if len(places):
            own, own_steps_s, unit = _inside(day.at(places), steps_s[places]), steps_s[places], per_unit[places]
            if kind == "interval":
                parts.append((places, segments_of_means(own, own_steps_s, unit)))
            elif kind == "instant":
                parts.append((places, segments_of_instants(own, own_steps_s, unit)))
            else:
                parts.append((places, _segments_of_registers(day, places, own)))
    return joined_segments(parts, len(day))


def _inside(day: DaySeries, steps_s: Floats) -> ReadingArrays:
    """The readings of the day: of means those that begin in it, of others those at both of its ends too."""
    readings = day.readings
    before = (day.start_s - readings.at_s[readings.offsets[:-1]]) / steps_s
    counts = ((day.end_s - day.start_s) / steps_s).astype(np.int64) + ~_is_mean(day)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    begins = readings.offsets[:-1] + before.astype(np.int64)
    index = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], counts)
    return ReadingArrays(offsets, readings.at_s[index], readings.value[index])


def _segments_of_registers(day: DaySeries, places: Integers, own: ReadingArrays) -> Segments:
    counted = signed_registers(day, places, own)
    gained_wh = np.maximum(np.diff(counted.value, prepend=counted.value[:1]), 0.0)
    return segments_of_steps(counted, gained_wh, np.ones(len(gained_wh), dtype=bool))


# -- values that need no judge --
def _shows_odd_values(day: DaySeries, per_unit: Floats) -> Booleans:
    """By series, whether some rule about its readings may have something to say."""
    readings = day.readings
    if not len(day):
        return np.zeros(0, dtype=bool)
    highest = np.maximum.reduceat(readings.value, readings.offsets[:-1]) * per_unit
    lowest = np.minimum.reduceat(readings.value, readings.offsets[:-1]) * per_unit
    highest, lowest = np.maximum(highest, lowest), np.minimum(highest, lowest)
    is_odd = ~(np.isfinite(highest) & np.isfinite(lowest))  # not known where it is not finite
    is_power = np.array([own.kind != "register" and not own.is_weather for own in day.series], dtype=bool)
    # Above the rating: outliers. Below zero by more than a draw: a sign that turns round.
    is_odd |= is_power & ~((highest <= day.rating_w) & (lowest >= -HIGHEST_DRAW * highest))
    powers = np.flatnonzero(is_power)
    if len(powers):
        is_odd[powers] |= _is_odd_power(readings.of_places(powers))
    is_irradiance = np.array([own.quantity.startswith("irradiance") for own in day.series], dtype=bool)
    is_odd |= is_irradiance & ~((highest <= HIGHEST_IRRADIANCE_W_PER_M2) & (lowest >= LOWEST_IRRADIANCE_W_PER_M2))
    registers = day.places("register")
    if len(registers):
        is_odd[registers] |= _is_odd_register(day.at(registers))
    return is_odd


def _is_odd_power(own: ReadingArrays) -> Booleans:
    """Whether power stands still, repeats itself, stands alone, or shows what stands for no number."""
    is_odd = suspicious_stale(own) | perhaps_echoed(own)
    is_odd |= suspicious_power(own, own.value, np.full(len(own), np.nan))
    is_odd[own.owners_of(np.flatnonzero(no_numbers(own.value)))] = True
    return is_odd


def _is_odd_register(day: DaySeries) -> Booleans:
    """Whether a register falls, jumps, counts in coarse increments, or repeats at midnight what was last known."""
    own = signed_registers(day, np.arange(len(day)), day.readings)
    is_odd = suspicious_registers(own, day.rating_w)
    is_odd[perhaps_coarse(own)] = True
    course, fine = CountedRises(own), np.zeros(len(day))
    sunlit_s = day.daylight.until_s(day.end_s)
    for at_s in (day.start_s, day.end_s):
        is_odd |= rests_at(course, at_s, fine, day.start_s, sunlit_s, day.night_around(at_s)).is_stale
    return is_odd


# -- sums that need no judge --
@dataclass(frozen=True, slots=True)
class _Sums:
    """By series, energy in both directions, the highest power of the day, and what instants leave open."""

    forward_wh: Floats
    reverse_wh: Floats
    highest_w: Floats
    half_width_wh: Floats

    @classmethod
    def of(cls, inside: Segments, instants: Integers) -> "_Sums":
        forward_wh = inside.sum_of(inside.above_zero_wh())
        reverse_wh = forward_wh - inside.sum_of(inside.energy_wh)
        return cls(forward_wh, reverse_wh, inside.highest_w(), sampling_half_widths_wh(inside, instants))

    def at(self, places: Integers) -> "_Sums":
        return _Sums(*(column[places] for column in astuple(self)))


def _is_implausible(day: DaySeries, figures: _Sums) -> Booleans:
    """Of production, whether it stands still, flows backwards, is faint, or is more than the plant's capacity."""
    capacity_w = day.rating_w / RATING_TOLERANCE
    # A register may reach its rating within a step that was counted before; over an hour is another question.
    highest_w = np.where([own.kind == "register" for own in day.series], capacity_w, day.rating_w)
    is_plausible = (figures.highest_w >= NOTABLE_SHARE * capacity_w) & (figures.highest_w <= highest_w)
    is_plausible &= (figures.forward_wh > 0) & (figures.reverse_wh <= BACKWARDS_SHARE * figures.forward_wh)
    return ~is_plausible & _is_production(day)


def _is_loud_at_night(day: DaySeries, segments: Segments, highest_w: Floats) -> Booleans:
    """Whether production shows any notable power in the dark, as that of plants that stand elsewhere does."""
    found = np.zeros(len(day), dtype=bool)
    owner = segments.owner
    # Readings are labelled with the beginning of a mean, registers with the end of a step: both ends have to be lit.
    is_dark = (_is_production(day) & day.daylight.matters)[owner]
    power_w = np.maximum(segments.from_w, segments.to_w)
    for rise_s, set_s in day.daylight.edges_s:
        is_lit = (segments.from_s > rise_s[owner] - LATE_S) & (segments.to_s < set_s[owner] + LATE_S)
        is_dark &= ~is_lit
    found[owner[is_dark & (power_w > LATE_SHARE * highest_w[owner])]] = True
    return found


def _is_production(day: DaySeries) -> Booleans:
    return np.array([own.quantity in PRODUCTION for own in day.series], dtype=bool)


def _measured(day: DaySeries, first_place: int, steps_s: Floats, figures: _Sums) -> Iterator[Measured]:
    readings = np.rint((day.end_s - day.start_s) / steps_s).astype(np.int64)
    columns = (day.start_s, day.end_s, readings, *astuple(figures), steps_s)
    rows = zip(day.series, *(column.tolist() for column in columns), strict=True)
    for place, row in enumerate(rows, first_place):
        series, start_s, end_s, count, forward_wh, reverse_wh, highest_w, half_width_wh, step_s = row
        yield Measured(
            series=series,
            place=place,
            start_s=start_s,
            end_s=end_s,
            readings=count,
            forward_wh=forward_wh,
            reverse_wh=None if series.kind == "register" else reverse_wh,
            coverage=1.0,
            data_completeness=1.0,
            daylight_completeness=1.0 if series.plant_id in day.suns else None,
            null_reason=None,
            step_s=step_s,
            highest_w=highest_w,
            own_half_width_wh=half_width_wh,
            flags=("sign_learned",) if series.is_sign_learned else (),
        )
