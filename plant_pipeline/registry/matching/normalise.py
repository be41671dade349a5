"""What identifies a plant in its name: distinctive words, phase numbers, compass points; the rest is dropped.

What belongs here: the way from a name as a person typed it to a comparable `PlantName`, and of an id to a comparable
key. What does not: comparing two of them (match), the word lists (vocabulary).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from plant_pipeline.registry.matching.vocabulary import (
    ABBREVIATIONS,
    ADDITIONS,
    CARDINALS,
    COMPASS,
    LEGAL_WORDS,
    OPPOSITES,
    ORDINALS,
    PHASE_WORDS,
    PLACEHOLDERS,
    PLANT_WORDS,
    SMALL_WORDS,
    TECHNOLOGY_WORDS,
)
from plant_pipeline.sources.shapes import Technology

SHORTEST_DISTINCTIVE_LETTERS: Final = 4
SHORTEST_KEY_LETTERS: Final = 3
_CODES: Final = range(100, 1000)  # plants are not counted in hundreds: these number something, but no phases
_YEARS: Final = range(1980, 2050)

_CAPACITY = re.compile(r"\d+(?:[.,]\d+)?[\s_]*(?:[kmg]w(?:p|h|hp|el|e|n)?|[km]va)(?![a-z])", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")
_PART_BREAK = re.compile(r"\s[-|/]+\s|[,;()\[\]]")
_POLISH_LIMITED = re.compile(r"\bsp\.?\s*z\s*o\.?\s*o\b\.?")
_DOTTED = re.compile(r"\b(?:[a-z]\.\s?){2,}")
_ORDINAL_SUFFIX = re.compile(r"\b(\d+)(?:st|nd|rd|th|er|eme|ra|da|ta)\b")
_LETTER_THEN_DIGIT = re.compile(r"(?<=[a-z])(?=\d)")
_DIGIT_THEN_WORD = re.compile(r"(?<=\d)(?=[a-z]{2})")
_LETTERS = re.compile(r"[a-z]+")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"0*(\d+)([a-z]?)")
_HAN_DIGITS: Final = "一二三四五六七八九"
# With the sign of an ordinal before it, or of a phase, number or block behind it; elsewhere it is part of a name.
_HAN_NUMBER = re.compile("第([一二三四五六七八九十]{1,3})|([一二三四五六七八九十]{1,3})(?=[期号號区區])")
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_ANYWHERE: Final = frozenset({"ii", "iv", "ix"})
_LEAST_ROMAN_LETTERS: Final = 3  # no word has as many of these alone
_ROMAN_DIGITS: Final = {"i": 1, "v": 5, "x": 10}
_PHASE_LETTERS: Final = "abcdefgh"
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
    words take; `hint` the technology that the dropped words state.
    `is_distinctive` is false for names so short or general that any two plants may have them.
    """

    words: tuple[str, ...]
    numbers: frozenset[str]
    additions: frozenset[str]
    owner: frozenset[str]
    codes: frozenset[str]
    compass: frozenset[str]
    opposites: frozenset[tuple[str, int]]
    hint: Technology | None
    is_distinctive: bool


@lru_cache(maxsize=200_000)
def normalise_name(name: str | None) -> PlantName | None:
    """The identifying part of `name`; None for a name that says nothing ("", "-", "n/a", "test", ...)."""
    text = _plain(name or "")
    if is_placeholder(text):
        return None
    tokens, company = _tokens_and_company(text)
    tokens = [ABBREVIATIONS.get(token, token) for token in tokens]
    spoken = tokens
    tokens, numerals = _without_numerals(tokens)
    numbers = frozenset(numeral for numeral in numerals if not numeral.isdigit() or len(numeral) < 3)
    kept = [token for token in tokens if token not in _GENERIC]
    is_general = not kept
    words = tuple(kept or [token for token in tokens if token not in LEGAL_WORDS] or tokens)
    return PlantName(
        words=tuple(COMPASS.get(word, word) for word in words),
        numbers=numbers,
        additions=frozenset(ADDITIONS[token] for token in spoken if token in ADDITIONS),
        owner=frozenset(token for token in company if token not in _GENERIC),
        codes=frozenset(numeral for numeral in numerals if numeral.isdigit() and _is_code(int(numeral))),
        compass=frozenset(COMPASS[word] for word in words if word in COMPASS),
        opposites=frozenset(OPPOSITES[word] for word in words if word in OPPOSITES),
        hint=_hint(tokens),
        is_distinctive=not is_general and sum(map(len, words)) >= SHORTEST_DISTINCTIVE_LETTERS,
    )


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
    ascii_name = _ascii(_HAN_NUMBER.sub(lambda found: f" {_han_value(found[1] or found[2])} ", name))
    return _CAMEL.sub(" ", _CAPACITY.sub(" ", ascii_name)).casefold().strip()


def _han_value(digits: str) -> int:
    """The value of a Chinese numeral up to 99."""
    tens, ten, ones = digits.rpartition("十")
    if not ten:
        return int("".join(str(_HAN_DIGITS.index(digit) + 1) for digit in digits))
    return 10 * (_HAN_DIGITS.index(tens[-1]) + 1 if tens else 1) + (_HAN_DIGITS.index(ones[-1]) + 1 if ones else 0)


def _spaced(text: str) -> str:
    text = _POLISH_LIMITED.sub(" spzoo ", text)
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    text = _ORDINAL_SUFFIX.sub(r"\1 ", text)
    return _DIGIT_THEN_WORD.sub(" ", _LETTER_THEN_DIGIT.sub(" ", text))


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


def _without_numerals(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The tokens without numbers and the words that announce them, and the numbers in canonical form."""
    words: list[str] = []
    numerals: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        if token in PHASE_WORDS and following is not None and (announced := _announced(following)):
            numerals.append(announced)
            position += 2
            continue
        if following in PHASE_WORDS and token in ORDINALS:
            numerals.append(ORDINALS[token])
            position += 2
            continue
        number = _NUMBER.fullmatch(token)
        if number:
            numerals.append(number.group(1) + number.group(2))
            position += 2 if following in PHASE_WORDS else 1
            continue
        words.append(token)
        position += 1
    words, numerals = _without_trailing(words, numerals)
    inside = {index: roman for index, word in enumerate(words) if index and (roman := _roman_anywhere(word))}
    return [word for index, word in enumerate(words) if index not in inside], [*numerals, *map(str, inside.values())]


def _announced(token: str) -> str | None:
    """The number a token is when a word like "phase" stands before it."""
    number = _NUMBER.fullmatch(token)
    if number:
        return number.group(1) + number.group(2)
    if token in ORDINALS:
        return ORDINALS[token]
    roman = _roman(token)
    if roman:
        return str(roman)
    return str(_PHASE_LETTERS.index(token) + 1) if len(token) == 1 and token in _PHASE_LETTERS else None


def _without_trailing(words: list[str], numerals: list[str]) -> tuple[list[str], list[str]]:
    """Take a last Roman numeral, number word or single letter for a number; general words after it do not count."""
    specific = [index for index, word in enumerate(words) if len(word) == 1 or word not in _GENERIC]
    is_last = True
    taken: set[int] = set()
    while len(specific) > 1:
        word = words[specific[-1]]
        roman = _roman(word)
        if roman:
            numerals.append(str(roman))
        elif is_last and word in CARDINALS:
            numerals.append(CARDINALS[word])
        elif is_last and len(word) == 1 and word in _PHASE_LETTERS:
            numerals.append(str(_PHASE_LETTERS.index(word) + 1))
        elif is_last or len(word) > 1:
            break
        is_last = False
        taken.add(specific.pop())
    return [word for index, word in enumerate(words) if index not in taken], numerals


def _roman_anywhere(word: str) -> int | None:
    """The value of a word that is a Roman numeral wherever it stands."""
    return _roman(word) if word in _ROMAN_ANYWHERE or len(word) >= _LEAST_ROMAN_LETTERS else None


def _roman(token: str) -> int | None:
    """The value of a Roman numeral up to 39, None for anything else."""
    found = _ROMAN.fullmatch(token)
    if not token or not found:
        return None
    ones = {"ix": 9, "iv": 4}.get(found.group(2))
    if ones is None:
        ones = sum(_ROMAN_DIGITS[digit] for digit in found.group(2))
    return 10 * len(found.group(1)) + ones
