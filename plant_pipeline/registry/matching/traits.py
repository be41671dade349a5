"""What in two names says that they are two plants, though all else agrees.

What belongs here: telling single pairs of names apart. What does not: how alike they are (comparison), what the words
of a name are (normalise).
"""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from plant_pipeline.registry.matching.normalise import (
    CENTRE_MARK,
    SHORTEST_DISTINCTIVE_LETTERS,
    PlantName,
    same_sound,
)

LETTERS_OF_AN_ERROR: Final = 4
"""A word of so many letters may be mistyped once: two that differ by more letters are two words."""

_WITHIN: Final = 80  # per cent of a long name that is found in the other one, written together or apart
_LONG_NAME_LETTERS: Final = 8


def crossed_marks(one: PlantName, other: PlantName) -> tuple[frozenset[str], frozenset[str]] | None:
    """What tells neighbours apart in each name and is not in the other one; None unless both have such.

    "Flat North" is neither "Flat Central" nor "Flat II"; it may be "Flat", or "Flat I". A centre is one beside another
    place only: it may also be a word for a plant.
    """
    own, others = one.marks - other.marks - {"1"}, other.marks - one.marks - {"1"}
    places = (own - one.numbers, others - other.numbers)
    own, others = (
        marks if foreign else marks - {CENTRE_MARK} for marks, foreign in zip((own, others), places[::-1], strict=True)
    )
    return (own, others) if own and others else None


def are_other_words(one: PlantName, other: PlantName) -> bool:
    """Whether each name has a word of which no error made one of the other name.

    Names that share a telling word differ otherwise, and so do long ones of which one is found within the other.
    """
    marks = one.marks | other.marks
    words, others = ([same_sound(word) for word in each.words if word not in marks] for each in (one, other))
    if sum(map(len, set(words) & set(others))) >= SHORTEST_DISTINCTIVE_LETTERS:
        return False
    if not _has_other(words, others) or not _has_other(others, words):
        return False
    texts = "".join(words), "".join(others)
    return min(map(len, texts)) < _LONG_NAME_LETTERS or fuzz.partial_ratio(*texts) < _WITHIN


def _has_other(words: Iterable[str], others: Iterable[str]) -> bool:
    return not all(any(_may_be(word, other) for other in others) for word in words)


def _may_be(word: str, other: str) -> bool:
    errors = max(1, min(len(word), len(other)) // LETTERS_OF_AN_ERROR)
    return DamerauLevenshtein.distance(word, other, score_cutoff=errors) <= errors
