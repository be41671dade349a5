"""One source's records as columns, the form in which thousands of them are compared at once.

What belongs here: names, places, capacities and technologies as arrays. What does not: comparing two fleets (match).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.registry.matching.normalise import PlantName, normalise_name, plain_text, same_sound
from plant_pipeline.registry.places import country_code, country_of_zone, place_of, zone_at
from plant_pipeline.sources.shapes import PlantCandidate, Technology

Texts = NDArray[np.object_]
Bits = NDArray[np.uint64]

TECHNOLOGY_CODES: Final[dict[Technology | None, int]] = {
    None: 0, "solar": 1, "wind": 2, "storage": 3, "hybrid": 4, "other": 5,
}  # fmt: skip
_AXES: Final = {"height": 0, "size": 2, "age": 4}


@dataclass(frozen=True, slots=True)
class Fleet:
    """The records of one source as columns, all of one length; NaN, "" and 0 stand for unknown.

    `texts` are the whole names without anything but letters and digits, "" for those that say nothing. `joined` are the
    distinctive words without spaces, `sorted_words` in alphabetical order with spaces; both with spellings of one sound
    unified; `word_bits` has a bit of 64 for each of them, by which most pairs without a common one are told; `letters`
    counts those of the distinctive words. `numbers`, `additions`, `owners`, `codes`, `compass` and `marks` are 0 for
    none, else equal where the sets are equal (numbers: 1 is {"1"}). `opposites` holds two bits an axis. Capacities are
    in kW and kWh.
    """

    candidates: Sequence[PlantCandidate]
    names: Sequence[PlantName | None]
    texts: Texts
    joined: Texts
    sorted_words: Texts
    word_bits: Bits
    word_counts: Integers
    letters: Integers
    is_distinctive: Booleans
    numbers: Integers
    additions: Integers
    owners: Integers
    codes: Integers
    compass: Integers
    opposites: Integers
    marks: Integers
    technologies: Integers
    positions: Floats
    countries: Texts
    ac_kw: Floats
    dc_kw: Floats
    storage_kwh: Floats

    def has_place(self) -> Booleans:
        """Which records have coordinates."""
        return ~np.isnan(self.positions[:, 0])

    def swapped_positions(self) -> Floats:
        """Where the records would be with latitude and longitude swapped; NaN where that is no place."""
        x, y, z = self.positions.T
        latitude, longitude = np.arcsin(np.clip(z, -1, 1)), np.arctan2(y, x)
        return _on_sphere(np.where(np.abs(longitude) <= np.pi / 2, longitude, np.nan), latitude)


class Codes:
    """Numbers sets of words: 0 is the empty set, the same set has the same number in all fleets of one matching."""

    def __init__(self) -> None:
        self._known: dict[frozenset[str], int] = {frozenset(): 0, frozenset({"1"}): 1}

    def of(self, words: frozenset[str]) -> int:
        """The number of a set."""
        return self._known.setdefault(words, len(self._known))


def build_fleet(candidates: Sequence[PlantCandidate], codes: Codes) -> Fleet:
    """Columns of `candidates`, which are all of one source."""
    names = [normalise_name(candidate.name) for candidate in candidates]
    words = [tuple(map(same_sound, name.words)) if name else () for name in names]
    return Fleet(
        candidates=candidates,
        names=names,
        texts=_texts([plain_text(candidate.name) for candidate in candidates]),
        joined=_texts(["".join(each) for each in words]),
        sorted_words=_texts([" ".join(sorted(each)) for each in words]),
        word_bits=np.array([_bits(each) for each in words], dtype=np.uint64),
        word_counts=np.array([len(each) for each in words], dtype=np.int64),
        letters=np.array([sum(map(len, name.words)) if name else 0 for name in names], dtype=np.int64),
        is_distinctive=np.array([name is not None and name.is_distinctive for name in names], dtype=np.bool_),
        numbers=np.array([codes.of(name.numbers) if name else 0 for name in names], dtype=np.int64),
        additions=np.array([codes.of(name.additions) if name else 0 for name in names], dtype=np.int64),
        owners=np.array([codes.of(name.owner) if name else 0 for name in names], dtype=np.int64),
        codes=np.array([codes.of(name.codes) if name else 0 for name in names], dtype=np.int64),
        compass=np.array([codes.of(name.compass) if name else 0 for name in names], dtype=np.int64),
        opposites=np.array([_opposite_bits(name) for name in names], dtype=np.int64),
        marks=np.array([codes.of(name.marks) if name else 0 for name in names], dtype=np.int64),
        technologies=np.array([TECHNOLOGY_CODES[technology_of(candidate)] for candidate in candidates], dtype=np.int64),
        positions=_positions(candidates),
        countries=_texts([country_of(candidate) or "" for candidate in candidates]),
        ac_kw=_known([candidate.capacity_ac_kw for candidate in candidates]),
        dc_kw=_known([candidate.capacity_dc_kw for candidate in candidates]),
        storage_kwh=_known([candidate.storage_kwh for candidate in candidates]),
    )


def _bits(words: Sequence[str]) -> int:
    """A number with the bits of all words set."""
    bits = 0
    for word in words:
        bits |= 1 << crc32(word.encode()) % 64
    return bits


def technology_of(candidate: PlantCandidate) -> Technology | None:
    """What the record says its technology is, else what the words of its name say."""
    if candidate.technology is not None:
        return candidate.technology
    name = normalise_name(candidate.name)
    return name.hint if name else None


def country_of(candidate: PlantCandidate) -> str | None:
    """ISO alpha-3 as stated, else of the stated zone, the place, or the first of the sensors' zones."""
    stated = country_code(candidate.country) or country_of_zone(candidate.timezone)
    if stated:
        return stated
    place = place_of(candidate)
    if place:
        return country_of_zone(zone_at(*place))
    return next((found for zone in candidate.sensor_timezones if (found := country_of_zone(zone))), None)


def _opposite_bits(name: PlantName | None) -> int:
    bits = 0
    for axis, side in name.opposites if name else ():
        bits |= side << _AXES[axis]
    return bits


def _positions(candidates: Sequence[PlantCandidate]) -> Floats:
    """Points on the unit sphere, shape (n, 3); NaN where the place is unknown."""
    places = [place_of(candidate) or (math.nan, math.nan) for candidate in candidates]
    latitude, longitude = np.radians(np.array(places, dtype=np.float64).reshape(-1, 2)).T
    return _on_sphere(latitude, longitude)


def _on_sphere(latitude: Floats, longitude: Floats) -> Floats:
    level = np.cos(latitude)
    return np.column_stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)])


def _known(values: Sequence[float | None]) -> Floats:
    return np.array([value if value is not None and value > 0 else math.nan for value in values], dtype=np.float64)


def _texts(values: Sequence[str]) -> Texts:
    texts: NDArray[Any] = np.empty(len(values), dtype=np.object_)
    texts[:] = values
    return texts
