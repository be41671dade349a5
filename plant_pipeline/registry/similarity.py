"""How alike two plant records are: names, places, capacities and technologies of many pairs at once, as one score.

What belongs here: the comparison of given pairs, with its weights and limits. What does not: which pairs are worth
comparing and which of them are decided (match).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.registry.fleet import TECHNOLOGY_CODES, Fleet, Texts
from plant_pipeline.registry.places import EARTH_RADIUS_KM

NAME_WEIGHT: Final = 0.50
PLACE_WEIGHT: Final = 0.30
CAPACITY_WEIGHT: Final = 0.15
TECHNOLOGY_WEIGHT: Final = 0.05

UNRELATED_NAMES: Final = 0.40  # the similarity that two unrelated names have by chance
SITE_SCALE_KM: Final = 1.5  # coordinates of one site rarely differ by more
AREA_SCALE_KM: Final = 8.0
USUAL_DC_AC_RATIO: Final = (0.95, 1.5)
USUAL_RATIO: Final = 0.94  # agreement of a DC with an AC capacity that may belong together: less than of equal ones

# What a score is multiplied by; any of the first three, and every trait marked weak, also forbids a clear match.
OTHER_NUMBER: Final = 0.62  # phases I and II, north and south, upper and lower
OTHER_TECHNOLOGY: Final = 0.50  # solar and wind
WEAK_TRAIT: Final = 0.92
FIRST_OR_NONE: Final = 0.93  # "Louka 1" beside "Louka": likely one plant, unless another is called "Louka 1" as well
NO_PLACE: Final = 0.88
NO_CAPACITY: Final = 0.97

# What a clear match needs beside its score.
CLEAR_NAME: Final = 0.82
CLEAR_SPELLING: Final = 0.88  # if the capacity does not confirm it
CLEAR_SHORT_NAME: Final = 0.95  # below `SHORT_NAME_LETTERS`, unless place and capacity agree closely
CLEAR_DISTANCE_KM: Final = 5.0
CLEAR_DISTANCE_OF_EQUALS_KM: Final = 8.0  # if name and capacity are the same
CLEAR_CAPACITY_RATIO: Final = 0.5
CLEAR_NAME_LETTERS_WITHOUT_PLACE: Final = 8
SHORT_NAME_LETTERS: Final = 6
LONG_WORD_LETTERS: Final = 8
SAME_SITE_KM: Final = 1.0
SAME_CAPACITY_RATIO: Final = 0.9
EQUAL_CAPACITY_RATIO: Final = 0.97

_CAPACITY_CURVE: Final = ((0.4, 0.667, 0.9, 0.97), (0.0, 0.5, 0.9, 1.0))  # ratio, agreement
_AGREE, _NEUTRAL, _WEAK, _CONTRADICT = 1.0, 0.5, 0.25, 0.0


def _technology_agreement() -> Floats:
    """Agreement by pair of technology codes. A battery may stand at any plant, so it contradicts none."""
    unknown, solar, wind, storage, hybrid, other = (
        TECHNOLOGY_CODES[technology] for technology in (None, "solar", "wind", "storage", "hybrid", "other")
    )
    table = np.full((6, 6), _WEAK)
    np.fill_diagonal(table, _AGREE)
    table[unknown, :] = table[:, unknown] = _NEUTRAL
    for one, two, agreement in (
        (solar, hybrid, _AGREE),
        (storage, hybrid, _AGREE),
        (solar, wind, _CONTRADICT),
        (other, solar, _CONTRADICT),
        (other, wind, _CONTRADICT),
    ):
        table[one, two] = table[two, one] = agreement
    return table


TECHNOLOGY_AGREEMENT: Final = _technology_agreement()


@dataclass(frozen=True, slots=True)
class Scores:
    """Columns of compared pairs: positions in the two fleets, the parts of the score, and what stands against it.

    `name` is 0..1; `distance_km` and `capacity_ratio` (smaller by larger, a little less for DC against AC) are NaN if
    unknown. `is_sound`: the evidence would carry a clear match if the score is high and unrivalled. `is_same_spot`: the
    names say nothing (a code, a general word), but place, capacity and technology are the same.
    """

    left: Integers
    right: Integers
    score: Floats
    name: Floats
    distance_km: Floats
    capacity_ratio: Floats
    is_sound: Booleans
    is_same_spot: Booleans

    def where(self, chosen: Booleans | Integers) -> "Scores":
        """The chosen pairs only."""
        return Scores(*(getattr(self, column.name)[chosen] for column in fields(self)))


def joined(parts: list[Scores]) -> Scores:
    """Several lots of pairs as one."""
    return Scores(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Scores)))


def score_pairs(left: Fleet, right: Fleet, i: Integers, j: Integers) -> Scores:
    """Compare record `i[k]` of `left` with record `j[k]` of `right`, for all k."""
    spelling, name = name_similarity(left, right, i, j)
    distance = _distance_km(left, right, i, j)
    capacity = capacity_ratio(left, right, i, j)
    technology = TECHNOLOGY_AGREEMENT[left.technologies[i], right.technologies[j]]
    is_other, is_weak = _traits(left, right, i, j)
    is_first = (left.numbers[i] != right.numbers[j]) & ~is_other & ~is_weak
    has_place, has_capacity = ~np.isnan(distance), ~np.isnan(capacity)

    weighted = NAME_WEIGHT * np.clip((name - UNRELATED_NAMES) / (1 - UNRELATED_NAMES), 0, 1)
    weighted += PLACE_WEIGHT * np.where(has_place, _nearness(distance), 0)
    weighted += CAPACITY_WEIGHT * np.where(has_capacity, np.interp(capacity, *_CAPACITY_CURVE), 0)
    weighted += TECHNOLOGY_WEIGHT * technology
    known = NAME_WEIGHT + TECHNOLOGY_WEIGHT + PLACE_WEIGHT * has_place + CAPACITY_WEIGHT * has_capacity
    score = weighted / known
    for factor, applies in (
        (OTHER_NUMBER, is_other),
        (OTHER_TECHNOLOGY, technology == _CONTRADICT),
        (WEAK_TRAIT, is_weak | (technology == _WEAK)),
        (FIRST_OR_NONE, is_first),
        (NO_PLACE, ~has_place),
        (NO_CAPACITY, ~has_capacity),
    ):
        score[applies] *= factor

    has_traits = ~is_other & ~is_weak & (technology >= _NEUTRAL)
    is_sound = has_traits & _has_evidence(left, right, i, j, spelling, name, distance, capacity)
    is_same_spot = ~is_other & (technology == _AGREE) & _same_spot(distance, capacity)
    is_same_spot &= ~(left.is_distinctive[i] & right.is_distinctive[j])
    return Scores(i, j, score, name, distance, capacity, is_sound, is_same_spot)


def _nearness(distance_km: Floats) -> Floats:
    """1 at the same spot, 0.8 at 1 km, 0.4 at 5 km, 0.1 at 10 km."""
    return 0.4 * np.exp(-distance_km / SITE_SCALE_KM) + 0.6 * np.exp(-((distance_km / AREA_SCALE_KM) ** 1.5))


def name_similarity(left: Fleet, right: Fleet, i: Integers, j: Integers) -> tuple[Floats, Floats]:
    """Two columns, 0..1: how alike the whole names are spelled, words in any order; and that or, if better, how well
    the words of the shorter name are found in the longer one.
    """
    spelling = _percent(left.joined[i], right.joined[j], fuzz.ratio)
    inside = np.zeros_like(spelling)
    open_ = np.flatnonzero((spelling < 1) & ((left.word_counts[i] > 1) | (right.word_counts[j] > 1)))
    if len(open_):
        one, two = left.sorted_words[i[open_]], right.sorted_words[j[open_]]
        spelling[open_] = np.maximum(spelling[open_], _percent(one, two, fuzz.ratio))
        fewer = np.minimum(left.word_counts[i[open_]], right.word_counts[j[open_]])
        shorter = np.minimum(left.letters[i[open_]], right.letters[j[open_]])
        # A name inside the other is less than the same name, one short word of it still less.
        share = np.where((fewer > 1) | (shorter >= LONG_WORD_LETTERS), 0.92, 0.84)
        inside[open_] = _percent(one, two, fuzz.token_set_ratio) * share
    is_nameless = (left.word_counts[i] == 0) | (right.word_counts[j] == 0)
    spelling[is_nameless] = inside[is_nameless] = 0
    return spelling, np.maximum(spelling, inside)


def _percent(one: Texts, two: Texts, scorer: Callable[..., float]) -> Floats:
    compared = process.cpdist(one.tolist(), two.tolist(), scorer=scorer, dtype=np.float32)
    return np.asarray(compared, dtype=np.float64) / 100


def capacity_ratio(left: Fleet, right: Fleet, i: Integers, j: Integers) -> Floats:
    """Agreement of AC with AC or DC with DC, else of DC with AC, else of storage; NaN if nothing can be compared."""
    alike = np.fmax(_ratio(left.ac_kw[i], right.ac_kw[j]), _ratio(left.dc_kw[i], right.dc_kw[j]))
    across = np.fmax(_across(left.dc_kw[i], right.ac_kw[j]), _across(right.dc_kw[j], left.ac_kw[i]))
    power = np.where(np.isnan(alike), across, alike)
    return np.where(np.isnan(power), _ratio(left.storage_kwh[i], right.storage_kwh[j]), power)


def _ratio(one: Floats, two: Floats) -> Floats:
    return np.fmin(one, two) / np.fmax(one, two) + 0 * (one + two)


def _across(dc_kw: Floats, ac_kw: Floats) -> Floats:
    lowest, highest = USUAL_DC_AC_RATIO
    quotient = dc_kw / ac_kw
    return USUAL_RATIO * np.minimum(1, np.minimum(quotient / lowest, highest / quotient))


def _distance_km(left: Fleet, right: Fleet, i: Integers, j: Integers) -> Floats:
    chord = np.linalg.norm(left.positions[i] - right.positions[j], axis=1)
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1, chord / 2)), dtype=np.float64)


def _traits(left: Fleet, right: Fleet, i: Integers, j: Integers) -> tuple[Booleans, Booleans]:
    """Whether numbers, compass points or opposites differ; and whether one name has one where the other has none.

    "Louka" and "Louka 1" may well be one plant, "Louka" and "Louka 2" are probably not.
    """
    is_other = np.zeros(len(i), dtype=np.bool_)
    is_weak = np.zeros(len(i), dtype=np.bool_)
    for one, two, silent in (
        (left.numbers[i], right.numbers[j], 1),
        (left.compass[i], right.compass[j], 0),
        (left.codes[i], right.codes[j], np.iinfo(np.int64).max),
    ):
        differs = one != two
        both = (one > 0) & (two > 0)
        is_other |= differs & both
        is_weak |= differs & ~both & (np.maximum(one, two) > silent)
    one, two = left.opposites[i], right.opposites[j]
    for shift in (0, 2, 4):
        side_1, side_2 = (one >> shift) & 3, (two >> shift) & 3
        is_other |= (side_1 > 0) & (side_2 > 0) & ((side_1 & side_2) == 0)
    return is_other, is_weak


def _has_evidence(
    left: Fleet,
    right: Fleet,
    i: Integers,
    j: Integers,
    spelling: Floats,
    name: Floats,
    distance: Floats,
    capacity: Floats,
) -> Booleans:
    letters = np.minimum(left.letters[i], right.letters[j])
    is_same_spot = _same_spot(distance, capacity)
    has_name = left.is_distinctive[i] & right.is_distinctive[j]
    has_name &= name >= np.where((letters < SHORT_NAME_LETTERS) & ~is_same_spot, CLEAR_SHORT_NAME, CLEAR_NAME)
    # A further word may name the neighbour of another owner: then the capacity has to agree.
    has_name &= (spelling >= CLEAR_SPELLING) | (capacity >= SAME_CAPACITY_RATIO)
    are_equal = (spelling >= CLEAR_SHORT_NAME) & (capacity >= EQUAL_CAPACITY_RATIO)
    near = distance <= np.where(are_equal, CLEAR_DISTANCE_OF_EQUALS_KM, CLEAR_DISTANCE_KM)
    capacity_fits = np.isnan(capacity) | (capacity >= CLEAR_CAPACITY_RATIO)
    without_place = (
        np.isnan(distance)
        & (name >= 1)
        & (letters >= CLEAR_NAME_LETTERS_WITHOUT_PLACE)
        & (capacity >= SAME_CAPACITY_RATIO)
        & (left.countries[i] == right.countries[j])
    )
    return np.asarray(has_name & ((near & capacity_fits) | without_place), dtype=np.bool_)


def _same_spot(distance: Floats, capacity: Floats) -> Booleans:
    return np.asarray((distance <= SAME_SITE_KM) & (capacity >= SAME_CAPACITY_RATIO), dtype=np.bool_)
