"""Words of plant names that say what kind of thing it is, not which one, as `normalise` uses them.

What belongs here: the shapes of the word lists. What does not: the words (name_words.toml), any rule how they are used.
"""

import tomllib
from importlib.resources import files
from typing import Any, Final

from plant_pipeline.sources.shapes import Technology

_DATA: Final[dict[str, Any]] = tomllib.loads(files(__package__).joinpath("name_words.toml").read_text("utf-8"))


def _values(table: str) -> dict[str, Any]:
    """What each word of a table stands for: the key in whose text it is."""
    return {word: key for key, words in _DATA[table].items() for word in words.split()}


TECHNOLOGY_WORDS: Final[dict[str, Technology]] = _values("technology")
PLANT_WORDS, LEGAL_WORDS, SMALL_WORDS, PHASE_WORDS = (
    frozenset(_DATA["general"][name].split()) for name in ("plant", "legal", "small", "phase")
)
ADDITIONS: Final[dict[str, str]] = _values("additions")
COMPASS: Final[dict[str, str]] = _values("compass")
OPPOSITES: Final[dict[str, tuple[str, int]]] = {
    word: (axis, side)
    for axis, sides in _DATA["opposites"].items()
    for side, words in enumerate(sides.values(), start=1)
    for word in words.split()
}
SIDES: Final[dict[str, str]] = _values("beside") | {
    word: side for sides in _DATA["opposites"].values() for side, words in sides.items() for word in words.split()
}
CENTRE, CENTRE_OR_PLANT = (frozenset(_DATA["centre"][name].split()) for name in ("alone", "plant"))
ALPHABETS: Final[tuple[tuple[str, ...], ...]] = tuple(tuple(text.split()) for text in _DATA["alphabets"].values())
ABBREVIATIONS: Final[dict[str, str]] = _DATA["abbreviations"]
ORDINALS: Final[dict[str, str]] = _values("ordinals")
CARDINALS: Final[dict[str, str]] = _values("cardinals")
PLACEHOLDERS: Final = frozenset({"", *(" ".join(name.split()) for name in _DATA["placeholders"]["names"].split("|"))})
