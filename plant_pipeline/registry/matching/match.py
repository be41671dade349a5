"""Which records of different systems are the same plant, judged by name, place, capacity and technology.

What belongs here: finding pairs worth comparing, and sorting them into clear and doubtful ones. Pure: records in,
matches out. What does not: the comparison of a pair (comparison), its probability (likelihood), decisions, ids, what is
already in the registry (resolve).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, permutations
from typing import Final, Literal

import numpy as np
from rapidfuzz import fuzz, process
from scipy.spatial import KDTree

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.registry.matching.comparison import (
    FARTHEST_KM,
    Comparison,
    are_told_apart,
    compare,
    do_not_contradict,
    joined,
)
from plant_pipeline.registry.matching.fleet import Codes, Fleet, build_fleet
from plant_pipeline.registry.matching.likelihood import (
    ASK_PROBABILITY,
    HARDLY_LOG_ODDS,
    LINK_PROBABILITY,
    Weights,
    log_odds_among_rivals,
    match_weights,
)
from plant_pipeline.registry.matching.parts import parts_of_wholes
from plant_pipeline.registry.places import EARTH_RADIUS_KM, SWAPPED_WITHIN_KM
from plant_pipeline.registry.records import RecordKey, key_of
from plant_pipeline.sources.shapes import PlantCandidate

NAME_ONLY_SIMILARITY: Final = 0.80
SAME_NAME_LETTERS: Final = 6

_RECORDS_A_CHUNK: Final = 500
_PAIRS_AT_ONCE: Final = 200_000
_NAME_ROWS_A_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Match:
    """Two records of different sources that are, or may be, one plant; `one` is of the alphabetically first source.

    `score` is the probability that they are, rivals considered, `alone` what it would be without any; `values` are the
    features it comes from (comparison). `name_similarity` is 0..1; `distance_km` and `capacity_ratio` are
    None if unknown. A match that is not clear is for a person. `whole`: which of the two the other is a part of, with
    further records of its source.
    """

    one: PlantCandidate
    other: PlantCandidate
    score: float
    is_clear: bool
    name_similarity: float
    distance_km: float | None
    capacity_ratio: float | None
    alone: float
    values: tuple[float, ...]
    weights: Weights = field(repr=False, compare=False)
    whole: Literal["one", "other"] | None = None

    def parts(self) -> dict[str, float]:
        """What each feature adds to the log-odds of the two, the weightiest first."""
        return self.weights.parts(np.array(self.values))


@dataclass(frozen=True, slots=True)
class ComparedSources:
    """The records of two sources, and those pairs of them that are not hardly possible."""

    left: Fleet
    right: Fleet
    pairs: Comparison
    weights: Weights


def find_matches(candidates: Sequence[PlantCandidate]) -> list[Match]:
    """All clear and doubtful matches between records of different sources, in an order that depends on their ids alone.

    Clear: as likely as `LINK_PROBABILITY`, and nothing forbids the link (comparison). No record has two clear matches
    in one source: their shares add up to one at most.
    """
    return matches_among(compare_sources(candidates))


def compare_sources(candidates: Sequence[PlantCandidate], weights: Weights | None = None) -> list[ComparedSources]:
    """The records of each source compared with those of each other one; `weights` of None are those of the package."""
    weights = weights or match_weights()
    by_source: dict[str, list[PlantCandidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda each: (each.source, each.source_plant_id)):
        by_source[candidate.source].append(candidate)
    found = []
    for one, other in combinations(sorted(by_source), 2):
        codes = Codes()
        left, right = build_fleet(by_source[one], codes), build_fleet(by_source[other], codes)
        pairs = compared_pairs(left, right, weights)
        if pairs is not None:
            found.append(ComparedSources(left, right, pairs, weights))
    return found


def matches_among(compared: Sequence[ComparedSources], apart: Collection[frozenset[RecordKey]] = ()) -> list[Match]:
    """Clear and doubtful matches; the two of a pair that is `apart` are no match, and so no rivals of others."""
    return [match for each in compared for match in _matches(each, _without(each, apart))]


def _without(compared: ComparedSources, apart: Collection[frozenset[RecordKey]]) -> Comparison:
    if not apart:
        return compared.pairs
    left = {key_of(each): index for index, each in enumerate(compared.left.candidates)}
    right = {key_of(each): index for index, each in enumerate(compared.right.candidates)}
    width = len(right)
    found = [
        left[one] * width + right[other]
        for pair in apart
        for one, other in permutations(pair, 2)
        if one in left and other in right
    ]
    return compared.pairs.where(~np.isin(compared.pairs.left * width + compared.pairs.right, found))


def _matches(compared: ComparedSources, pairs: Comparison) -> list[Match]:
    left, right, weights = compared.left, compared.right, compared.weights
    log_odds = weights.log_odds(pairs.values)
    probability = weights.probability(log_odds_among_rivals(pairs.left, pairs.right, log_odds))
    alone = weights.probability(log_odds)
    is_right_part, is_left_part = parts_of_wholes(left, right, pairs)
    is_part = is_right_part | is_left_part
    is_clear = pairs.is_allowed & (probability >= LINK_PROBABILITY) & ~is_part
    return [
        Match(
            one=left.candidates[pairs.left[k]],
            other=right.candidates[pairs.right[k]],
            score=round(float(probability[k]), 4),
            is_clear=bool(is_clear[k]),
            name_similarity=round(float(pairs.name[k]), 3),
            distance_km=_known(pairs.distance_km[k]),
            capacity_ratio=_known(pairs.capacity_ratio[k]),
            alone=round(float(alone[k]), 4),
            values=tuple(pairs.values[k].tolist()),
            weights=weights,
            whole=None if not is_part[k] else "one" if is_right_part[k] else "other",
        )
        for k in np.flatnonzero((probability >= ASK_PROBABILITY) | is_part)
    ]


def features_of(one: PlantCandidate, other: PlantCandidate) -> Floats:
    """What two records of different sources have in common, (features,)."""
    codes, at = Codes(), np.zeros(1, dtype=np.int64)
    left, right = (build_fleet([each], codes) for each in (one, other))
    return np.asarray(compare(left, right, at, at).values[0], dtype=np.float64)


def compared_pairs(
    left: Fleet, right: Fleet, weights: Weights, may_link_from: float = LINK_PROBABILITY
) -> Comparison | None:
    """Each pair that is not hardly possible, in the order of the two fleets; None if there is none.

    Names are told apart word by word where the probability is `may_link_from` or more.
    """
    lots = [
        lot.where(lot.is_possible & (weights.log_odds(lot.values) >= HARDLY_LOG_ODDS))
        for i, j in _pairs(left, right)
        if len(i)
        for lot in [compare(left, right, *_of_one_technology(left, right, i, j))]
    ]
    if not lots:
        return None
    pairs = joined(lots)
    _, first = np.unique(pairs.left * len(right.candidates) + pairs.right, return_index=True)
    pairs = pairs.where(first)
    # Rivals make a pair less likely only: what would not link alone needs no further look.
    may_link = pairs.is_allowed & (weights.probability(weights.log_odds(pairs.values)) >= may_link_from)
    return replace(pairs, is_allowed=pairs.is_allowed & ~are_told_apart(left, right, pairs, may_link))


def _of_one_technology(left: Fleet, right: Fleet, i: Integers, j: Integers) -> tuple[Integers, Integers]:
    is_possible = do_not_contradict(left.technologies[i], right.technologies[j])
    return i[is_possible], j[is_possible]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


# -------------------------------------------------------------------------------------------------- pairs to compare
def _pairs(left: Fleet, right: Fleet) -> Iterator[tuple[Integers, Integers]]:
    """Lots of pairs worth comparing: near each other; alike in name where a place is missing; of one rare name."""
    yield from _near_pairs(left.positions, right.positions, FARTHEST_KM)
    yield from _near_pairs(left.swapped_positions(), right.positions, SWAPPED_WITHIN_KM)
    yield from _placeless_pairs(left, right)
    yield _same_name_pairs(left, right)


def _near_pairs(left: Floats, right: Floats, radius_km: float) -> Iterator[tuple[Integers, Integers]]:
    placed_left, placed_right = (np.flatnonzero(~np.isnan(positions[:, 0])) for positions in (left, right))
    if not len(placed_left) or not len(placed_right):
        return
    tree = KDTree(right[placed_right])
    chord = 2 * np.sin(radius_km / EARTH_RADIUS_KM / 2)
    for start in range(0, len(placed_left), _RECORDS_A_CHUNK):
        chunk = placed_left[start : start + _RECORDS_A_CHUNK]
        near = KDTree(left[chunk]).sparse_distance_matrix(tree, chord, output_type="ndarray")
        for first in range(0, len(near), _PAIRS_AT_ONCE):
            some = near[first : first + _PAIRS_AT_ONCE]
            yield chunk[some["i"]], placed_right[some["j"]]


def _placeless_pairs(left: Fleet, right: Fleet) -> Iterator[tuple[Integers, Integers]]:
    yield from _named_alike(left, right, np.flatnonzero(~left.has_place()), np.arange(len(right.joined)))
    for j, i in _named_alike(right, left, np.flatnonzero(~right.has_place()), np.flatnonzero(left.has_place())):
        yield i, j


def _named_alike(one: Fleet, other: Fleet, rows: Integers, choices: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Pairs of `rows` of `one` and `choices` of `other` with similar names in the same country, as far as known."""
    rows = rows[one.is_distinctive[rows]]
    choices = choices[other.is_distinctive[choices]]
    if not len(choices):
        return
    names = other.joined[choices].tolist()
    for start in range(0, len(rows), _NAME_ROWS_A_CHUNK):
        chunk = rows[start : start + _NAME_ROWS_A_CHUNK]
        similarity = process.cdist(
            one.joined[chunk].tolist(),
            names,
            scorer=fuzz.ratio,
            score_cutoff=100 * NAME_ONLY_SIMILARITY,
            dtype=np.uint8,
        )
        at, to = np.nonzero(similarity)
        i, j = chunk[at], choices[to]
        country_1, country_2 = one.countries[i], other.countries[j]
        may_be_same = (country_1 == country_2) | (country_1 == "") | (country_2 == "")
        yield i[may_be_same], j[may_be_same]


def _same_name_pairs(left: Fleet, right: Fleet) -> tuple[Integers, Integers]:
    """Pairs whose long name has one place in each source, however far apart: one of the places may be wrong."""
    places_of_name = [_rare_names(left), _rare_names(right)]
    shared = sorted(places_of_name[0].keys() & places_of_name[1].keys())
    pairs = np.array([[names[name] for name in shared] for names in places_of_name], dtype=np.int64)
    return pairs[0], pairs[1]


def _rare_names(fleet: Fleet) -> dict[str, int]:
    said = np.flatnonzero(fleet.has_place() & fleet.is_distinctive)
    named = [(fleet.joined[index], int(index)) for index in said if len(fleet.joined[index]) >= SAME_NAME_LETTERS]
    counts = Counter(name for name, _ in named)
    return {name: index for name, index in named if counts[name] == 1}
