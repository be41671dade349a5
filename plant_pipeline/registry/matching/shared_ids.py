"""Records of different sources that carry the same id.

What belongs here: finding them, and telling unmistakable ids from ambiguous ones. What does not: whether place and
technology allow it, and what follows (resolve).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from plant_pipeline.registry.matching.normalise import normalise_key
from plant_pipeline.registry.records import RecordKey, key_of, written
from plant_pipeline.sources.shapes import PlantCandidate

_MOST_PAIRS_OF_ONE_ID = 20  # an id that half a fleet carries ("DEFAULT-SITE") is no use to anybody


@dataclass(frozen=True, slots=True)
class SharedId:
    """Two records of different sources with one id; `is_unique`: no other record of either source could be meant."""

    one: RecordKey
    other: RecordKey
    text: str
    is_unique: bool


def shared_ids(candidates: Iterable[PlantCandidate]) -> list[SharedId]:
    """All pairs that share an id which at least one of the two quotes as an id of another system.

    Ids are compared stripped and casefolded; placeholders and ids shorter than three characters are ignored. Two
    records that both call themselves by an id, without one quoting the other, do not share it.
    """
    own: dict[RecordKey, set[str]] = {}
    quoted: dict[RecordKey, set[str]] = {}
    holders: dict[str, set[RecordKey]] = defaultdict(set)
    for candidate in candidates:
        key = key_of(candidate)
        own[key], quoted[key] = _normalised(candidate.own_keys), _normalised(candidate.external_keys)
        for text in own[key] | quoted[key]:
            holders[text].add(key)
    pairs: list[tuple[RecordKey, RecordKey, str, bool]] = []
    for text in sorted(holders):
        found = [
            (one, other)
            for one, other in combinations(sorted(holders[text]), 2)
            if one[0] != other[0] and (text in quoted[one] or text in quoted[other])
        ]
        if len(found) > _MOST_PAIRS_OF_ONE_ID:
            continue
        of_source = _by_source(holders[text])
        pairs += [(one, other, text, len(of_source[one[0]]) == len(of_source[other[0]]) == 1) for one, other in found]
    partners: dict[tuple[RecordKey, str], set[RecordKey]] = defaultdict(set)
    for one, other, _, _ in pairs:
        partners[one, other[0]].add(other)
        partners[other, one[0]].add(one)
    return [
        SharedId(one, other, text, is_unique and len(partners[one, other[0]]) == len(partners[other, one[0]]) == 1)
        for one, other, text, is_unique in pairs
    ]


def ambiguous_ids(shared: Iterable[SharedId]) -> list[str]:
    """A finding for each id that could mean several records."""
    records: dict[str, set[RecordKey]] = defaultdict(set)
    for each in shared:
        if not each.is_unique:
            records[each.text] |= {each.one, each.other}
    return [
        f"id {text!r} is not used for matching, it could mean several of {', '.join(map(written, sorted(keys)))}"
        for text, keys in sorted(records.items())
    ]


def _normalised(keys: Iterable[str]) -> set[str]:
    return {normalised for key in keys if (normalised := normalise_key(key))}


def _by_source(keys: Iterable[RecordKey]) -> Mapping[str, set[RecordKey]]:
    found: dict[str, set[RecordKey]] = defaultdict(set)
    for key in keys:
        found[key[0]].add(key)
    return found
