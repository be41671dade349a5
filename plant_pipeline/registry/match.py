"""Which records of different systems are the same plant, judged by name, place, capacity and technology.

What belongs here: finding pairs worth comparing, and sorting them into clear and doubtful ones. Pure: records in,
matches out. What does not: decisions, ids, what is already in the registry (resolve).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from scipy.spatial import KDTree

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.registry.fleet import Codes, Fleet, build_fleet, one_sided_words
from plant_pipeline.registry.places import EARTH_RADIUS_KM
from plant_pipeline.registry.similarity import Scores, joined, score_pairs
from plant_pipeline.sources.shapes import PlantCandidate

SEARCH_RADIUS_KM: Final = 30.0
CLEAR_SCORE: Final = 0.74
DOUBTFUL_SCORE: Final = 0.58
MARGIN: Final = 0.04  # by which a clear match leads the next best on both sides
RIVAL_MARGIN: Final = 0.12  # a doubtful pair this far behind the best of both its records is not worth a person's time
NAME_ONLY_SIMILARITY: Final = 0.88
FAR_CAPACITY_RATIO: Final = 0.95  # one name beyond the search radius is only worth a look if the capacity agrees too
SAME_NAME_LETTERS: Final = 6

_RECORDS_A_CHUNK: Final = 2_000
_NAME_ROWS_A_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Match:
    """Two records of different sources that are, or may be, one plant; `one` is of the alphabetically first source.

    `score` is 0..1, `name_similarity` too; `distance_km` and `capacity_ratio` are None if unknown. `lead` is by how
    much it leads the next best match of either record, negative if it is behind. A match that is not clear is for a
    person.
    """

    one: PlantCandidate
    other: PlantCandidate
    score: float
    is_clear: bool
    name_similarity: float
    distance_km: float | None
    capacity_ratio: float | None
    lead: float


def find_matches(candidates: Sequence[PlantCandidate]) -> list[Match]:
    """All clear and doubtful matches between records of different sources, in an order that depends on their ids alone.

    Clear: the score reaches `CLEAR_SCORE`, the evidence is sound (similarity), each is the other's best in its source,
    and no rival comes within `MARGIN` on either side.
    """
    by_source: dict[str, list[PlantCandidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda each: (each.source, each.source_plant_id)):
        by_source[candidate.source].append(candidate)
    return [
        match
        for one, other in combinations(sorted(by_source), 2)
        for match in match_sources(by_source[one], by_source[other])
    ]


def match_sources(one: Sequence[PlantCandidate], other: Sequence[PlantCandidate]) -> list[Match]:
    """Clear and doubtful matches between the records of two sources."""
    codes, ignored = Codes(), one_sided_words(one, other)
    left, right = build_fleet(one, codes, ignored), build_fleet(other, codes, ignored)
    lots = [
        scores.where((scores.score >= DOUBTFUL_SCORE) | scores.is_same_spot)
        for i, j in _pairs(left, right)
        if len(i)
        for scores in [score_pairs(left, right, i, j)]
    ]
    if not lots:
        return []
    scores = _unique(joined(lots), len(right.candidates))
    lead_left, lead_right = _lead(scores.left, scores.score), _lead(scores.right, scores.score)
    lead = np.minimum(lead_left, lead_right)
    is_clear = scores.is_sound & (scores.score >= CLEAR_SCORE) & (lead >= MARGIN)
    is_near = ~(scores.distance_km > SEARCH_RADIUS_KM) | (scores.capacity_ratio >= FAR_CAPACITY_RATIO)
    is_plausible = is_clear | (is_near & (np.minimum(lead_left, lead_right) >= -RIVAL_MARGIN))
    return [
        _match(left, right, scores, int(k), bool(is_clear[k]), float(lead[k])) for k in np.flatnonzero(is_plausible)
    ]


def _match(left: Fleet, right: Fleet, scores: Scores, k: int, is_clear: bool, lead: float) -> Match:
    return Match(
        one=left.candidates[scores.left[k]],
        other=right.candidates[scores.right[k]],
        score=round(float(scores.score[k]), 3),
        is_clear=is_clear,
        name_similarity=round(float(scores.name[k]), 3),
        distance_km=_known(scores.distance_km[k]),
        capacity_ratio=_known(scores.capacity_ratio[k]),
        lead=round(lead, 3),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _unique(scores: Scores, right_count: int) -> Scores:
    """Each pair once, in the order of the two fleets."""
    _, first = np.unique(scores.left * right_count + scores.right, return_index=True)
    return scores.where(first)


def _lead(group: Integers, score: Floats) -> Floats:
    """How far each pair leads the best other pair of its group; negative if it is behind, the score itself if alone."""
    pairs = pd.DataFrame({"group": group, "score": score})
    rank = pairs.groupby("group")["score"].rank(method="first", ascending=False)
    best, second = (pairs["group"].map(pairs[rank == place].set_index("group")["score"]) for place in (1, 2))
    rival = np.where(rank == 1, second.fillna(0.0), best)
    return np.asarray(score - rival, dtype=np.float64)


# -------------------------------------------------------------------------------------------------- pairs to compare
def _pairs(left: Fleet, right: Fleet) -> Iterator[tuple[Integers, Integers]]:
    """Lots of pairs worth comparing: near each other; alike in name where a place is missing; of one rare name."""
    yield from _near_pairs(left, right)
    yield from _placeless_pairs(left, right)
    yield _same_name_pairs(left, right)


def _near_pairs(left: Fleet, right: Fleet) -> Iterator[tuple[Integers, Integers]]:
    placed_left, placed_right = np.flatnonzero(left.has_place()), np.flatnonzero(right.has_place())
    if not len(placed_left) or not len(placed_right):
        return
    tree = KDTree(right.positions[placed_right])
    chord = 2 * np.sin(SEARCH_RADIUS_KM / EARTH_RADIUS_KM / 2)
    for start in range(0, len(placed_left), _RECORDS_A_CHUNK):
        chunk = placed_left[start : start + _RECORDS_A_CHUNK]
        near = KDTree(left.positions[chunk]).sparse_distance_matrix(tree, chord, output_type="ndarray")
        yield chunk[near["i"]], placed_right[near["j"]]


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
