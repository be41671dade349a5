"""Several records of one system that are together what another system has as one: the phases of a site.

What belongs here: finding them among compared pairs, by their sizes. What does not: what becomes of them (resolve).
"""

from collections import defaultdict
from itertools import combinations
from typing import Final

import numpy as np

from plant_pipeline.arrays import Booleans, Floats, Integers
from plant_pipeline.registry.matching.comparison import LEAST_NAME, NEAR_KM, SAME_CAPACITY_RATIO, Comparison
from plant_pipeline.registry.matching.fleet import Fleet

SUM_TOLERANCE: Final = 0.02
"""The sizes of the parts add up to that of the whole within it (our choice: both are from one permit)."""

MOST_PARTS: Final = 6


def parts_of_wholes(left: Fleet, right: Fleet, pairs: Comparison) -> tuple[Booleans, Booleans]:
    """Of each pair, whether the right record is a part of the left one, and the other way round.

    Parts stand near the whole under a name like its own, none has its size, and all together have it: AC with AC,
    where all of them have one, else DC with DC.
    """
    is_part_like = (
        (pairs.name >= LEAST_NAME) & (pairs.distance_km <= NEAR_KM) & (pairs.capacity_ratio < SAME_CAPACITY_RATIO)
    )
    places = np.flatnonzero(is_part_like)
    return (
        _add_up(left, right, pairs.left, pairs.right, places),
        _add_up(right, left, pairs.right, pairs.left, places),
    )


def _add_up(whole: Fleet, part: Fleet, wholes: Integers, parts: Integers, places: Integers) -> Booleans:
    found = np.zeros(len(wholes), dtype=np.bool_)
    of_whole: dict[int, list[int]] = defaultdict(list)
    for place in places.tolist():
        of_whole[int(wholes[place])].append(place)
    for index, own in of_whole.items():
        if 1 < len(own) <= MOST_PARTS:
            found[_chosen(whole, part, index, np.array(own), parts)] = True
    return found


def _chosen(whole: Fleet, part: Fleet, index: int, own: Integers, parts: Integers) -> list[int]:
    """The largest set of pairs whose parts add up to the whole; empty if none does."""
    for whole_kw, part_kw in ((whole.ac_kw, part.ac_kw), (whole.dc_kw, part.dc_kw)):
        size_kw, sizes_kw = whole_kw[index], part_kw[parts[own]]
        if np.isnan(size_kw) or np.isnan(sizes_kw).any():
            continue
        for count in range(len(own), 1, -1):
            for some in combinations(range(len(own)), count):
                if _is_sum(sizes_kw[list(some)], size_kw):
                    return [int(own[place]) for place in some]
        return []
    return []


def _is_sum(sizes_kw: Floats, whole_kw: float) -> bool:
    return bool(abs(sizes_kw.sum() - whole_kw) <= SUM_TOLERANCE * whole_kw)
