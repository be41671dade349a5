"""What two plant records have in common: the features of many pairs at once, and what forbids a link by itself.

What belongs here: the comparison of given pairs. What does not: how much each feature weighs (likelihood), which pairs
are worth comparing and which of them are decided (match).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.registry.matching.fleet import TECHNOLOGY_CODES, Fleet, Texts
from plant_pipeline.registry.matching.traits import are_other_words, crossed_marks
from plant_pipeline.registry.places import EARTH_RADIUS_KM, NOT_SWAPPED_KM, SWAPPED_WITHIN_KM

FEATURES: Final = (
    "any_pair",
    "spelling", "close_spelling", "name_within", "same_long_name", "same_text", "general_name",
    "place_unknown", "distance",
    "capacity_unknown", "capacity_across", "capacity_differs", "capacity_far_off", "capacity_off_ratio",
    "same_number", "other_number", "first_number", "further_number",
    "same_code", "other_code", "further_code",
    "other_compass", "other_opposite", "further_opposite",
)  # fmt: skip
"""What is compared, in the order of the columns of `Comparison.values`; see `_features`."""

USUAL_DC_AC_RATIO: Final = 1.22  # of solar plants, give or take a fifth
_USUAL_SPREAD: Final = 0.2
USUAL_RATIO: Final = 0.94  # agreement of a DC with an AC capacity that may belong together: less than of equal ones

LONG_WORD_LETTERS: Final = 8
FARTHEST_KM: Final = 30.0  # beyond, one name is only worth a look if the capacity agrees too

# What a link by itself needs, however likely the pair is; without it a person is asked.
LEAST_NAME: Final = 0.6  # names less alike are two names
NEAR_KM: Final = 5.0  # beside the name the place confirms it ...
NEAR_BY_ONE_NAME_KM: Final = 10.0  # ... of one long name and unknown capacity also a less exact one ...
SAME_CAPACITY_RATIO: Final = 0.9  # ... or the capacity
SAME_SITE_KM: Final = 1.0  # a general name needs both, and so near
SAME_SPOT_KM: Final = 0.1  # ... or, of unknown capacity, to be on the spot
LONG_NAME_LETTERS: Final = 8  # the least of a name without a place
OTHER_CAPACITY_RATIO: Final = 0.5  # half the size is another plant, or a part of it
_DISTANCE_SCALE_KM: Final = 0.3
_FARTHEST_TOLD_KM: Final = 1000.0
_SMALL_DIFFERENCE: Final = 0.15
_LARGEST_DIFFERENCE: Final = 2.5  # logarithm of a factor of twelve
_LETTERS_OF_A_LONG_NAME: Final = 14
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


def do_not_contradict(one: Integers, two: Integers) -> Booleans:
    """Which technologies, by their codes, one plant may have."""
    return np.asarray(TECHNOLOGY_AGREEMENT[one, two] > _CONTRADICT, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Columns of compared pairs: positions in the two fleets and what was found.

    `values` are the features, shape (pairs, len(FEATURES)). `name` is 0..1; `distance_km` and `capacity_ratio` (smaller
    by larger, a little less for DC against AC) are NaN if unknown. `is_possible`: neither technology nor distance
    rules the pair out. `is_allowed`: nothing forbids that it links by itself, however likely it is: names that number
    or place two plants side by side or differ (each by what the other lacks: `are_told_apart`), a technology of another
    kind, half the capacity, neither place nor capacity that confirms the name (a general one needs both), no place and
    not one long name of one country, coordinates that only fit the wrong way round.
    """

    left: Integers
    right: Integers
    values: Floats
    name: Floats
    distance_km: Floats
    capacity_ratio: Floats
    is_possible: Booleans
    is_allowed: Booleans

    def where(self, chosen: Booleans | Integers) -> "Comparison":
        """The chosen pairs only."""
        return Comparison(*(getattr(self, column.name)[chosen] for column in fields(self)))


def joined(parts: list[Comparison]) -> Comparison:
    """Several lots of pairs as one."""
    return Comparison(
        *(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Comparison))
    )


def compare(left: Fleet, right: Fleet, i: Integers, j: Integers) -> Comparison:
    """Compare record `i[k]` of `left` with record `j[k]` of `right`, for all k."""
    spelling, name = name_similarity(left, right, i, j)
    distance_km, is_swapped = _distance_km(left, right, i, j)
    capacity = _Capacities.of(left, right, i, j)
    traits = _Traits.of(left, right, i, j)
    technology = TECHNOLOGY_AGREEMENT[left.technologies[i], right.technologies[j]]
    is_general = ~(left.is_distinctive[i] & right.is_distinctive[j])
    letters = np.minimum(left.letters[i], right.letters[j])
    is_one_name = _is_one_long_name(left, right, i, j, spelling)
    is_allowed = (
        (technology >= _NEUTRAL)
        & (name >= LEAST_NAME)
        & ~(traits.is_other() | is_swapped | (capacity.ratio < OTHER_CAPACITY_RATIO))
        & _is_confirmed(distance_km, capacity.ratio, is_general, is_one_name)
        & (~np.isnan(distance_km) | is_one_name | _is_name_and_size(left, right, i, j, spelling, capacity.ratio))
    )
    columns: dict[str, Floats | Booleans] = {
        "any_pair": np.ones(len(i)),
        "spelling": spelling,
        "close_spelling": np.maximum(0, spelling - 0.75) * 4,
        "name_within": name - spelling,
        "same_long_name": (spelling >= 1) * np.minimum(letters / _LETTERS_OF_A_LONG_NAME, 1),
        "same_text": (left.texts[i] == right.texts[j]) & (left.texts[i] != ""),
        "general_name": is_general,
        "place_unknown": np.isnan(distance_km),
        "distance": np.log1p(np.minimum(np.nan_to_num(distance_km), _FARTHEST_TOLD_KM) / _DISTANCE_SCALE_KM),
        **capacity.features(),
        **traits.features(),
    }
    return Comparison(
        left=i,
        right=j,
        values=np.column_stack([np.asarray(columns[feature], dtype=np.float64) for feature in FEATURES]),
        name=name,
        distance_km=distance_km,
        capacity_ratio=capacity.ratio,
        is_possible=do_not_contradict(left.technologies[i], right.technologies[j])
        & (~(distance_km > FARTHEST_KM) | (capacity.ratio >= SAME_CAPACITY_RATIO)),
        is_allowed=is_allowed,
    )


def are_told_apart(left: Fleet, right: Fleet, pairs: Comparison, is_open: Booleans) -> Booleans:
    """Whether either name has what the other lacks: a mark of neighbours, or, of those spelled otherwise, a word.

    Of the `is_open` pairs; looked at one by one, which is worth its time for those that would link.
    """
    found = np.zeros(len(pairs.left), dtype=np.bool_)
    one, two = left.marks[pairs.left], right.marks[pairs.right]
    is_respelled = pairs.values[:, FEATURES.index("spelling")] < 1
    for k in np.flatnonzero(is_open & (is_respelled | ((one > 0) & (two > 0) & (one != two)))).tolist():
        names = left.names[pairs.left[k]], right.names[pairs.right[k]]
        if names[0] is not None and names[1] is not None:
            found[k] = crossed_marks(names[0], names[1]) is not None or are_other_words(names[0], names[1])
    return found


def _is_confirmed(distance_km: Floats, capacity_ratio: Floats, is_general: Booleans, is_one_name: Booleans) -> Booleans:
    """Whether place or capacity confirm the name; a general one, as any two plants may have, both or the very spot."""
    is_same = capacity_ratio >= SAME_CAPACITY_RATIO
    is_spot = np.isnan(capacity_ratio) & (distance_km <= SAME_SPOT_KM)
    is_both = is_spot | (is_same & (distance_km <= SAME_SITE_KM))
    is_near = distance_km <= np.where(is_one_name & np.isnan(capacity_ratio), NEAR_BY_ONE_NAME_KM, NEAR_KM)
    return np.asarray(np.where(is_general, is_both, is_same | is_near), dtype=np.bool_)


def _is_name_and_size(
    left: Fleet, right: Fleet, i: Integers, j: Integers, spelling: Floats, capacity_ratio: Floats
) -> Booleans:
    """Whether name, capacity and country are the same, so that neither a place nor a long name is needed.

    Of the numbers one may be missing where the other is the first ("Louka", "Louka 1").
    """
    is_name = (spelling >= 1) & left.is_distinctive[i] & right.is_distinctive[j] & (left.codes[i] == right.codes[j])
    numbers = left.numbers[i], right.numbers[j]
    is_number = (numbers[0] == numbers[1]) | ((np.minimum(*numbers) == 0) & (np.maximum(*numbers) == 1))
    is_country = (left.countries[i] == right.countries[j]) & (left.countries[i] != "")
    return np.asarray(is_name & is_number & is_country & (capacity_ratio >= SAME_CAPACITY_RATIO), dtype=np.bool_)


def _is_one_long_name(left: Fleet, right: Fleet, i: Integers, j: Integers, spelling: Floats) -> Booleans:
    """Whether the names are the same, numbers included, long, and of one country: what is needed without a place."""
    is_long = np.minimum(left.letters[i], right.letters[j]) >= LONG_NAME_LETTERS
    is_same = (spelling >= 1) & (left.numbers[i] == right.numbers[j]) & (left.codes[i] == right.codes[j])
    return np.asarray(is_long & is_same & (left.countries[i] == right.countries[j]), dtype=np.bool_)


# ---------------------------------------------------------------------------------------------------------------- names
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
        # Without a common word the words of one are found in the other no better than the whole name.
        common = np.flatnonzero((left.word_bits[i[open_]] & right.word_bits[j[open_]]) != 0)
        open_, one, two = open_[common], one[common], two[common]
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


# --------------------------------------------------------------------------------------------------------------- places
def _distance_km(left: Fleet, right: Fleet, i: Integers, j: Integers) -> tuple[Floats, Booleans]:
    """The distances, and whether latitude and longitude of one record had to be swapped to make the two meet."""
    one, two = left.positions[i], right.positions[j]
    distance_km, swapped_km = _arc_km(one, two), _arc_km(left.swapped_positions()[i], two)
    is_swapped = (distance_km > NOT_SWAPPED_KM) & (swapped_km <= SWAPPED_WITHIN_KM)
    return np.where(is_swapped, swapped_km, distance_km), np.asarray(is_swapped, dtype=np.bool_)


def _arc_km(one: Floats, two: Floats) -> Floats:
    chord = np.linalg.norm(one - two, axis=1)
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1, chord / 2)), dtype=np.float64)


# ----------------------------------------------------------------------------------------------------------- capacities
@dataclass(frozen=True, slots=True)
class _Capacities:
    """AC with AC or DC with DC, else DC with AC, else storage.

    `difference` is the logarithm of their ratio, across beyond what is usual; NaN if nothing can be compared.
    """

    ratio: Floats
    difference: Floats
    is_across: Booleans

    @classmethod
    def of(cls, left: Fleet, right: Fleet, i: Integers, j: Integers) -> "_Capacities":
        alike = np.fmax(_ratio(left.ac_kw[i], right.ac_kw[j]), _ratio(left.dc_kw[i], right.dc_kw[j]))
        off_1, off_2 = (_off_usual(left.dc_kw[i], right.ac_kw[j]), _off_usual(right.dc_kw[j], left.ac_kw[i]))
        off = np.fmin(off_1, off_2)
        is_across = np.isnan(alike) & ~np.isnan(off)
        storage = _ratio(left.storage_kwh[i], right.storage_kwh[j])
        same = np.where(np.isnan(alike), storage, alike)
        return cls(
            ratio=np.where(is_across, USUAL_RATIO * np.exp(-off), same),
            difference=np.where(is_across, off, -np.log(same)),
            is_across=is_across,
        )

    def features(self) -> dict[str, Floats | Booleans]:
        """Unknown, across, and how far off: the first seventh on a scale of its own, then up to a factor of twelve."""
        is_known = ~np.isnan(self.difference)
        off = np.minimum(np.nan_to_num(self.difference), _LARGEST_DIFFERENCE)
        return {
            "capacity_unknown": ~is_known,
            "capacity_across": self.is_across,
            "capacity_differs": np.where(self.is_across, 0, np.minimum(off, _SMALL_DIFFERENCE) / _SMALL_DIFFERENCE),
            "capacity_far_off": off,
            "capacity_off_ratio": np.where(self.is_across, off, 0),
        }


def _ratio(one: Floats, two: Floats) -> Floats:
    return np.fmin(one, two) / np.fmax(one, two) + 0 * (one + two)


def _off_usual(dc_kw: Floats, ac_kw: Floats) -> Floats:
    """The logarithm of how far the ratio of DC to AC is beyond the usual ones; 0 within them."""
    return np.maximum(0, np.abs(np.log(dc_kw / ac_kw / USUAL_DC_AC_RATIO)) - _USUAL_SPREAD)


# ------------------------------------------------------------------------------------------ phases, compass, opposites
@dataclass(frozen=True, slots=True)
class _Traits:
    """What names number or place: 0 for none, equal numbers for equal sets (fleet); opposites as bits."""

    numbers: tuple[Integers, Integers]
    additions: tuple[Integers, Integers]
    owners: tuple[Integers, Integers]
    codes: tuple[Integers, Integers]
    compass: tuple[Integers, Integers]
    opposites: tuple[Integers, Integers]

    @classmethod
    def of(cls, left: Fleet, right: Fleet, i: Integers, j: Integers) -> "_Traits":
        return cls(
            (left.numbers[i], right.numbers[j]),
            (left.additions[i], right.additions[j]),
            (left.owners[i], right.owners[j]),
            (left.codes[i], right.codes[j]),
            (left.compass[i], right.compass[j]),
            (left.opposites[i], right.opposites[j]),
        )

    def features(self) -> dict[str, Floats | Booleans]:
        """ "Louka" and "Louka 1" may well be one plant, "Louka" and "Louka 2" are less likely to be, 1 and 2 hardly."""
        is_first = np.maximum(*self.numbers) == 1
        return {
            "same_number": _same(self.numbers),
            "other_number": _other(self.numbers),
            "first_number": _one_sided(self.numbers) & is_first,
            "further_number": _one_sided(self.numbers) & ~is_first,
            "same_code": _same(self.codes),
            "other_code": _other(self.codes),
            "further_code": _one_sided(self.codes),
            "other_compass": _other(self.compass),
            "other_opposite": self._on_any_axis(lambda one, two: (one > 0) & (two > 0) & ((one & two) == 0)),
            "further_opposite": self._on_any_axis(lambda one, two: (one > 0) != (two > 0)),
        }

    def is_other(self) -> Booleans:
        """Whether the names say that there are two; an extension is not the plant, nor that of another owner."""
        features = self.features()
        names = ("other_number", "other_code", "other_compass", "other_opposite")
        found: Booleans = np.any([features[name] for name in names], axis=0)
        return np.asarray(found | (self.additions[0] != self.additions[1]) | _other(self.owners), dtype=np.bool_)

    def _on_any_axis(self, test: Callable[[Integers, Integers], Booleans]) -> Booleans:
        one, two = self.opposites
        found: Booleans = np.any([test((one >> shift) & 3, (two >> shift) & 3) for shift in (0, 2, 4)], axis=0)
        return found


def _same(sides: tuple[Integers, Integers]) -> Booleans:
    return np.asarray((sides[0] > 0) & (sides[0] == sides[1]), dtype=np.bool_)


def _other(sides: tuple[Integers, Integers]) -> Booleans:
    return np.asarray((sides[0] > 0) & (sides[1] > 0) & (sides[0] != sides[1]), dtype=np.bool_)


def _one_sided(sides: tuple[Integers, Integers]) -> Booleans:
    return np.asarray((sides[0] > 0) != (sides[1] > 0), dtype=np.bool_)
