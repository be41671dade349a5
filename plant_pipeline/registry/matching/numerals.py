"""Numbers, phases and part letters in the names of plants, however they are written.

What belongs here: finding them among the words of a name. What does not: what they say about two plants (traits), all
else that a name consists of (normalise).
"""

import re
import unicodedata
from collections.abc import Container
from typing import Final

from plant_pipeline.registry.matching.vocabulary import ALPHABETS, CARDINALS, ORDINALS, PHASE_WORDS, SMALL_WORDS

PART_LETTERS: Final = "abcdefgh"
"""Letters that count as numbers; later ones are themselves."""

_NUMBER = re.compile(r"0*(\d+)([a-z]?)")
_HAN_DIGITS: Final = "一二三四五六七八九"
# With the sign of an ordinal before it, or of a phase, number or block behind it; elsewhere it is part of a name.
_HAN_NUMBER = re.compile("第([一二三四五六七八九十]{1,3})|([一二三四五六七八九十]{1,3})(?=[期号號区區])")
_LAST_LETTER = re.compile(r"(?<=[\s\-–—,(])([^\W\d_])[\W_]*$")
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_ANYWHERE: Final = frozenset({"ii", "iv", "ix"})
_LEAST_ROMAN_LETTERS: Final = 3  # no word has as many of these alone
_ROMAN_DIGITS: Final = {"i": 1, "v": 5, "x": 10}
_LONGEST_COUNT: Final = 2  # digits of what plants are counted by


def han_numbers_as_digits(name: str) -> str:
    """A name with its Chinese numerals up to 99 written in digits."""
    return _HAN_NUMBER.sub(lambda found: f" {_han_value(found[1] or found[2])} ", name)


def without_part_letter(name: str) -> tuple[str, str | None]:
    """A name without a last letter of another script than Latin that stands alone, and the letter.

    Of alphabets by which parts are lettered it is the Latin one of that place, else itself: transliteration makes many
    of them one and the same, or nothing.
    """
    found = _LAST_LETTER.search(name)
    letter = unicodedata.normalize("NFKC", found[1]).casefold() if found else ""
    if found is None or len(letter) != 1 or unicodedata.name(letter, "LATIN").startswith("LATIN"):
        return name, None
    place = next((alphabet.index(letter) for alphabet in ALPHABETS if letter in alphabet), None)
    return name[: found.start(1)], letter if place is None else PART_LETTERS[place]


def without_numerals(tokens: list[str], letter: str | None, general: Container[str]) -> tuple[list[str], list[str]]:
    """The tokens without numbers and the words that announce them, and the numbers in canonical form.

    `letter` is one that stood at the end, `general` are words that may stand behind a number at the end.
    """
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
    if letter is not None and words and words[-1] in PHASE_WORDS:
        words.pop()
    words, trailing, part = _without_trailing(words, general) if letter is None else (words, [], letter)
    inside = {index: roman for index, word in enumerate(words) if index and (roman := _roman_anywhere(word))}
    numerals += [*trailing, *map(str, inside.values())]
    return [word for index, word in enumerate(words) if index not in inside], _with_part(numerals, part)


def is_count(numeral: str) -> bool:
    """Whether a numeral counts plants or their parts; longer ones number something else."""
    return not numeral.isdigit() or len(numeral) <= _LONGEST_COUNT


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
    return str(PART_LETTERS.index(token) + 1) if len(token) == 1 and token in PART_LETTERS else None


def _without_trailing(words: list[str], general: Container[str]) -> tuple[list[str], list[str], str | None]:
    """Take a last Roman numeral or number word for a number, a single letter for a part; general words after it do not
    count.
    """
    specific = [index for index, word in enumerate(words) if len(word) == 1 or word not in general]
    numerals: list[str] = []
    part: str | None = None
    is_last = True
    taken: set[int] = set()
    while len(specific) > 1:
        word = words[specific[-1]]
        roman = _roman(word)
        if roman:
            numerals.append(str(roman))
        elif is_last and (word in CARDINALS or word in ORDINALS):
            numerals.append(CARDINALS.get(word) or ORDINALS[word])
        elif is_last and len(word) == 1 and (word in PART_LETTERS or word not in SMALL_WORDS):
            part = word
        elif is_last or len(word) > 1:
            break
        is_last = False
        taken.add(specific.pop())
    return [word for index, word in enumerate(words) if index not in taken], numerals, part


def _with_part(numerals: list[str], part: str | None) -> list[str]:
    """The numbers with a part letter: of the one number there is ("2 B" as "2b"), else as a number itself."""
    if part is None:
        return numerals
    counts = [numeral for numeral in numerals if numeral.isdigit() and is_count(numeral)]
    if len(counts) == 1:
        return [numeral + part if numeral == counts[0] else numeral for numeral in numerals]
    return [*numerals, str(PART_LETTERS.index(part) + 1) if part in PART_LETTERS else part]


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


def _han_value(digits: str) -> int:
    """The value of a Chinese numeral up to 99."""
    tens, ten, ones = digits.rpartition("十")
    if not ten:
        return int("".join(str(_HAN_DIGITS.index(digit) + 1) for digit in digits))
    return 10 * (_HAN_DIGITS.index(tens[-1]) + 1 if tens else 1) + (_HAN_DIGITS.index(ones[-1]) + 1 if ones else 0)
