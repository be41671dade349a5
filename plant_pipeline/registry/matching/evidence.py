"""What speaks for and against two records being one plant, in numbers and in words.

What belongs here: comparing a single pair for a person, and what rules a pair out. What does not: probabilities
(likelihood).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from plant_pipeline.registry.matching.comparison import (
    NEAR_KM,
    SAME_CAPACITY_RATIO,
    TECHNOLOGY_AGREEMENT,
)
from plant_pipeline.registry.matching.fleet import TECHNOLOGY_CODES, technology_of
from plant_pipeline.registry.matching.likelihood import LINK_PROBABILITY
from plant_pipeline.registry.matching.match import Match
from plant_pipeline.registry.matching.normalise import normalise_name
from plant_pipeline.registry.matching.traits import are_other_words, crossed_marks
from plant_pipeline.registry.places import NOT_SWAPPED_KM, SWAPPED_WITHIN_KM, distance_km, place_of
from plant_pipeline.sources.shapes import PlantCandidate

FARTHEST_FOR_ONE_ID_KM: Final = 50.0
ALIKE_NAMES: Final = 0.82
_SIDE: Final = (
    "source", "source_plant_id", "name", "latitude", "longitude", "capacity_ac_kw", "capacity_dc_kw", "storage_kwh",
)  # fmt: skip


def contradiction(one: PlantCandidate, other: PlantCandidate) -> str | None:
    """Why the two cannot be one plant even if they share an id (technology, or more than 50 km); None: they can."""
    if technologies_contradict(one, other):
        return f"technologies differ: {technology_of(one)}, {technology_of(other)}"
    distance = known_distance_km(one, other)
    if distance is not None and distance > FARTHEST_FOR_ONE_ID_KM:
        return f"{distance:.0f} km apart"
    return None


def technologies_contradict(one: PlantCandidate, other: PlantCandidate) -> bool:
    """Whether no plant is both."""
    codes = TECHNOLOGY_CODES[technology_of(one)], TECHNOLOGY_CODES[technology_of(other)]
    return bool(TECHNOLOGY_AGREEMENT[codes] == 0)


def name_contradiction(one: PlantCandidate, other: PlantCandidate) -> str | None:
    """How the names number or place two plants side by side; None if they do not."""
    names = normalise_name(one.name), normalise_name(other.name)
    if names[0] is None or names[1] is None:
        return None
    for what, here, there in (
        ("phase", names[0].numbers, names[1].numbers),
        ("number", names[0].codes, names[1].codes),
        ("compass point", names[0].compass, names[1].compass),
        ("owner", names[0].owner, names[1].owner),
    ):
        if here and there and here != there:
            return f"{what} {_and(here)} against {_and(there)}"
    if names[0].additions != names[1].additions:
        return f"one name says {_and(names[0].additions ^ names[1].additions)}, the other does not"
    sides = dict(names[0].opposites), dict(names[1].opposites)
    axis = next((each for each in sides[0] if each in sides[1] and sides[0][each] != sides[1][each]), None)
    if axis:
        return f"the names say the opposite in {axis}"
    crossed = crossed_marks(names[0], names[1])
    return f"one name says {_and(crossed[0])}, the other {_and(crossed[1])}" if crossed else None


def evidence(
    record: PlantCandidate, other: PlantCandidate, match: Match | None, shared_id: str | None, notes: Sequence[str] = ()
) -> dict[str, object]:
    """What a person needs to judge a proposal: both records side by side, numbers, and reasons in words.

    `match` is the comparison of the two, if they were compared; `weights` are what each feature of it adds to the
    log-odds; `notes` are further doubts.
    """
    distance = known_distance_km(record, other)
    return {
        "record": side(record),
        "other": side(other),
        "other_source": other.source,
        "other_source_plant_id": other.source_plant_id,
        "distance_km": None if distance is None else round(distance, 3),
        "name_similarity": match.name_similarity if match else None,
        "capacity_ratio": match.capacity_ratio if match else None,
        "weights": match.parts() if match else None,
        "shared_id": shared_id,
        "reasons": list(_reasons_for(record, other, match, shared_id)),
        "doubts": [*notes, *_doubts(record, other, match)],
    }


def side(candidate: PlantCandidate) -> Mapping[str, object]:
    """What a person is shown of a record beside another one."""
    name = normalise_name(candidate.name)
    phases = sorted(name.numbers) if name else []
    return {field: getattr(candidate, field) for field in _SIDE} | {
        "technology": technology_of(candidate),
        "phases": phases,
    }


def _reasons_for(
    one: PlantCandidate, other: PlantCandidate, match: Match | None, shared_id: str | None
) -> Iterator[str]:
    if match is not None and match.whole is not None:
        whole, part = (match.one, match.other) if match.whole == "one" else (match.other, match.one)
        yield f"{whole.source} has as one plant what {part.source} has as several: their capacities add up to its own"
    if shared_id is not None:
        yield f"both carry the id {shared_id!r}"
    if match is not None and match.name_similarity >= ALIKE_NAMES:
        yield (
            "the names are the same"
            if match.name_similarity == 1
            else f"the names are alike ({match.name_similarity:.2f})"
        )
    distance = known_distance_km(one, other)
    if distance is not None and distance <= NEAR_KM:
        yield f"{distance:.1f} km apart"
    if match is not None and match.capacity_ratio is not None and match.capacity_ratio >= SAME_CAPACITY_RATIO:
        yield f"the capacities agree: {_capacity(one)}, {_capacity(other)}"
    technology = technology_of(one)
    if technology is not None and technology == technology_of(other):
        yield f"both are {technology}"


def _doubts(one: PlantCandidate, other: PlantCandidate, match: Match | None) -> Iterator[str]:
    named = name_contradiction(one, other)
    names = normalise_name(one.name), normalise_name(other.name)
    if named:
        yield named
    if match is not None and match.name_similarity < ALIKE_NAMES:
        yield f"the names differ ({match.name_similarity:.2f})"
    elif names[0] is not None and names[1] is not None and are_other_words(names[0], names[1]):
        yield "the names are alike, but no typing error explains how they differ"
    yield from _place_doubts(one, other, match)
    ruled_out = contradiction(one, other)
    if ruled_out and "km" not in ruled_out:
        yield ruled_out
    if match is None:
        return
    if match.capacity_ratio is None:
        yield f"capacities cannot be compared: {_capacity(one)}, {_capacity(other)}"
    elif match.capacity_ratio < SAME_CAPACITY_RATIO and match.whole is None:
        yield f"the capacities differ: {_capacity(one)}, {_capacity(other)}"
    if match.score < LINK_PROBABILITY <= match.alone and match.whole is None:
        yield "another record fits as well or nearly so"


def _place_doubts(one: PlantCandidate, other: PlantCandidate, match: Match | None) -> Iterator[str]:
    distance = known_distance_km(one, other)
    if distance is not None and distance > NEAR_KM:
        yield f"{distance:.1f} km apart"
        is_swapped = distance > NOT_SWAPPED_KM and match is not None and (match.distance_km or 0.0) <= SWAPPED_WITHIN_KM
        if match is not None and is_swapped:
            yield f"latitude and longitude of one seem to be swapped: then {match.distance_km:.1f} km"
    for candidate in (one, other):
        if place_of(candidate) is None:
            yield f"{candidate.source} has no coordinates"


def known_distance_km(one: PlantCandidate, other: PlantCandidate) -> float | None:
    """The distance of two records; None if either has no place."""
    places = place_of(one), place_of(other)
    return distance_km(places[0], places[1]) if places[0] and places[1] else None


def _capacity(candidate: PlantCandidate) -> str:
    known = [
        f"{value:,.0f} {unit}"
        for value, unit in (
            (candidate.capacity_ac_kw, "kW AC"),
            (candidate.capacity_dc_kw, "kW DC"),
            (candidate.storage_kwh, "kWh"),
        )
        if value
    ]
    return f"{candidate.source} {' and '.join(known) or 'none'}"


def _and(words: frozenset[str]) -> str:
    return " and ".join(sorted(words))
