"""What identifies a plant in its name: distinctive words, phase numbers, compass points; the rest is dropped.

What belongs here: the way from a name as a person typed it to a comparable `PlantName`, and of an id to a comparable
key. What does not: comparing two of them (match), the word lists (vocabulary).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from anyascii import anyascii

from plant_pipeline.registry.matching.numerals import (
    han_numbers_as_digits,
    is_count,
    without_numerals,
    without_part_letter,
)
from plant_pipeline.registry.matching.vocabulary import (
    ABBREVIATIONS,
    ADDITIONS,
    CENTRE,
    CENTRE_OR_PLANT,
    COMPASS,
    LEGAL_WORDS,
    OPPOSITES,
    PLACEHOLDERS,
    PLANT_WORDS,
    SIDES,
    SMALL_WORDS,
    TECHNOLOGY_WORDS,
)
from plant_pipeline.sources.shapes import Technology

SHORTEST_DISTINCTIVE_LETTERS: Final = 4
CENTRE_MARK: Final = "centre"
SHORTEST_KEY_LETTERS: Final = 3
_CODES: Final = range(100, 1000)  # plants are not counted in hundreds: these number something, but no phases
_YEARS: Final = range(1980, 2050)

_CAPACITY = re.compile(r"\d+(?:[.,]\d+)?[\s_]*(?:[kmg]w(?:p|h|hp|el|e|n)?|[km]va)(?![a-z])", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]|[A-Z]{2,}\b)")
_PART_BREAK = re.compile(r"\s[-|/]+\s|[,;()\[\]]")
_POLISH_LIMITED = re.compile(r"\bsp\.?\s*z\s*o\.?\s*o\b\.?")
_DOTTED = re.compile(r"\b(?:[a-z]\.\s?){2,}")
_APOSTROPHE = re.compile(r"([a-z]+)'(?=[a-z])")
_ELISIONS: Final = frozenset(["l", "d", "dell", "dall", "sull", "nell", "all", "degl", "un"])
_ABBREVIATION = re.compile(r"\b([a-z])/([a-z])\b")
_ORDINAL_SUFFIX = re.compile(r"\b(\d+)(?:st|nd|rd|th|er|eme|ra|da|ta)\b")
_LETTER_THEN_DIGIT = re.compile(r"(?<=[a-z])(?=\d)")
_DIGIT_THEN_WORD = re.compile(r"(?<=\d)(?=[a-z]{2})")
_LETTERS = re.compile(r"[a-z]+")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_GENERIC: Final = frozenset(TECHNOLOGY_WORDS) | PLANT_WORDS | LEGAL_WORDS | SMALL_WORDS

# Spellings that systems and transliterations use side by side for one sound; applied to both names, so it loses little.
_SAME_SOUND: Final = (
    (re.compile("ae|aa"), "a"),
    (re.compile("oe"), "o"),
    (re.compile("ue"), "u"),
    (re.compile("kh"), "h"),
    (re.compile("ph"), "f"),
    (re.compile("ck"), "k"),
    (re.compile("[jy]"), "i"),
    (re.compile("w"), "v"),
    (re.compile(r"([a-z])\1+"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class PlantName:
    """What of a name identifies a plant.

    `words` are the distinctive words as spelled (ASCII, lower case), in order; `numbers` the phase or unit numbers
    (I, 1, 01 and A are all "1"); `codes` numbers of three digits and years (longer ones are one system's own numbering
    and are dropped); `additions` what it is to a plant of that name (an extension); `owner` the distinctive words of a
    company named beside it; `compass` the points named, in English; `opposites` which side of height, size and age the
    words take; `marks` all of these that tell neighbours apart (numbers, points, sides, the centre), in English; `hint`
    the technology that the dropped words state.
    `is_distinctive` is false for names so short or general that any two plants may have them.
    """

    words: tuple[str, ...]
    numbers: frozenset[str]
    additions: frozenset[str]
    owner: frozenset[str]
    codes: frozenset[str]
    compass: frozenset[str]
    opposites: frozenset[tuple[str, int]]
    marks: frozenset[str]
    hint: Technology | None
    is_distinctive: bool


@lru_cache(maxsize=200_000)
def normalise_name(name: str | None) -> PlantName | None:
    """The identifying part of `name`; None for a name that says nothing ("", "-", "n/a", "test", ...)."""
    rest, letter = without_part_letter(name or "")
    text = _plain(rest)
    if is_placeholder(text):
        return None
    spoken, company = _tokens_and_company(text)
    spoken = [ABBREVIATIONS.get(token, token) for token in spoken]
    tokens, numerals = without_numerals(spoken, letter, _GENERIC)
    numbers = frozenset(numeral for numeral in numerals if is_count(numeral))
    kept = [token for token in tokens if token not in _GENERIC]
    is_general = not kept
    words = tuple(kept or [token for token in tokens if token not in LEGAL_WORDS] or tokens)
    compass = frozenset(point for word in words for point in _points(word))
    return PlantName(
        words=tuple(part for word in words for part in _points(word) or [word]),
        numbers=numbers,
        additions=frozenset(ADDITIONS[token] for token in spoken if token in ADDITIONS),
        owner=frozenset(token for token in company if token not in _GENERIC),
        codes=frozenset(numeral for numeral in numerals if numeral.isdigit() and _is_code(int(numeral))),
        compass=compass,
        opposites=frozenset(OPPOSITES[word] for word in words if word in OPPOSITES),
        marks=numbers | compass | {SIDES[word] for word in words if word in SIDES} | _centre(tokens),
        hint=_hint(tokens),
        is_distinctive=not is_general and sum(map(len, words)) >= SHORTEST_DISTINCTIVE_LETTERS,
    )


def _points(word: str) -> list[str]:
    """The compass points that a word names, two of a point between them."""
    return COMPASS.get(word, "").split()


def _centre(tokens: Sequence[str]) -> frozenset[str]:
    """Whether the middle is named. A word that may mean a plant does where it begins a name or follows on "energy"."""
    named = any(
        token in CENTRE or (token in CENTRE_OR_PLANT and before not in _GENERIC)
        for before, token in pairwise(["plant", *tokens])
    )
    return frozenset({CENTRE_MARK} if named else ())


def _is_code(number: int) -> bool:
    return number in _CODES or number in _YEARS


@lru_cache(maxsize=200_000)
def plain_text(name: str) -> str:
    """All letters and digits of a name, in ASCII and lower case; "" if it says nothing."""
    text = _ascii(name).casefold()
    return "" if is_placeholder(text) else _NOT_WORD.sub("", text)


@lru_cache(maxsize=200_000)
def _ascii(text: str) -> str:
    return str(anyascii(text))


@lru_cache(maxsize=200_000)
def is_placeholder(text: str) -> bool:
    """Whether a text field holds a way of saying nothing."""
    return " ".join(text.casefold().split()).strip(" .-_/?*#'\"()[]") in PLACEHOLDERS


@lru_cache(maxsize=200_000)
def is_code(name: str) -> bool:
    """Whether a name is a system's numbering ("PV-0042", an UUID) rather than what people call the plant."""
    words = (word for word in _LETTERS.findall(_ascii(name).casefold()) if word not in _GENERIC)
    return any(letter.isdigit() for letter in name) and all(len(word) < SHORTEST_DISTINCTIVE_LETTERS for word in words)


def normalise_key(key: str) -> str | None:
    """An id in comparable form (stripped, casefolded); None if it is a placeholder or too short to mean anything."""
    stripped = key.strip().casefold()
    return None if len(stripped) < SHORTEST_KEY_LETTERS or is_placeholder(stripped) else stripped


@lru_cache(maxsize=200_000)
def same_sound(text: str) -> str:
    """Lower-case ASCII text with spellings unified that stand for one sound (Koeln, Koln; Kyjiv, Kyiv)."""
    for pattern, replacement in _SAME_SOUND:
        text = pattern.sub(replacement, text)
    return text


def _plain(name: str) -> str:
    """ASCII with words apart: transliterated, capacities removed, camel case split, lower case."""
    ascii_name = _ascii(han_numbers_as_digits(name))
    return _CAMEL.sub(" ", _CAPACITY.sub(" ", ascii_name)).casefold().strip()


def _spaced(text: str) -> str:
    text = _POLISH_LIMITED.sub(" spzoo ", _APOSTROPHE.sub(_joined_unless_elided, _ABBREVIATION.sub(r"\1\2", text)))
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    text = _ORDINAL_SUFFIX.sub(r"\1 ", text)
    return _DIGIT_THEN_WORD.sub(" ", _LETTER_THEN_DIGIT.sub(" ", text))


def _joined_unless_elided(found: re.Match[str]) -> str:
    """Of "Wendy's" and of transliterated signs ("V'rbitsa") the apostrophe says nothing; "d'Oro" are two words."""
    return found[1] + (" " if found[1] in _ELISIONS else "")


def _tokens_and_company(text: str) -> tuple[list[str], list[str]]:
    """The words, and those of parts that end in a legal form ("Lhota - Agro s.r.o."), if others say which it is."""
    parts = [[token for token in _NOT_WORD.split(_spaced(part)) if token] for part in _PART_BREAK.split(text)]
    parts = [part for part in parts if part]
    others = [part for part in parts if part[-1] not in LEGAL_WORDS]
    if sum(len(token) for part in others for token in part if token not in _GENERIC) < SHORTEST_DISTINCTIVE_LETTERS:
        others = parts
    companies = [part for part in parts if part[-1] in LEGAL_WORDS] if others is not parts else []
    return [token for part in others or parts for token in part], [token for part in companies for token in part]


def _hint(tokens: Sequence[str]) -> Technology | None:
    stated = {TECHNOLOGY_WORDS[token] for token in tokens if token in TECHNOLOGY_WORDS}
    if stated == {"solar", "storage"}:
        return "hybrid"
    return stated.pop() if len(stated) == 1 else None
