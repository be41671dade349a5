"""The rules of classification as data: reading `sensor_rules.toml`, and comparing names with its words.

What belongs here: normalised names, terms, the shapes of the rules. What does not: deciding anything about a sensor or
a device (classify.py).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from anyascii import anyascii

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGITS = re.compile(r"(?<=[a-zA-Z])(?=[0-9])|(?<=[0-9])(?=[a-zA-Z])")
_OTHERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Words:
    """A name in small ASCII letters, once split at capitals too and once not ("ACpower" is one word or two).

    `text` is both readings, apart: what terms are looked for in.
    """

    split: tuple[str, ...]
    joined: tuple[str, ...]
    text: str


@lru_cache(maxsize=65536)
def words_of(name: str) -> Words:
    """Normalise a name of any script: `fvePowerKw` is (fve, power, kw), `Výkon FVE1` is (vykon, fve, 1)."""
    ascii_name = _DIGITS.sub(" ", anyascii(name))
    split, joined = _tokens(_CAPITALS.sub(" ", ascii_name)), _tokens(ascii_name)
    return Words(split, joined, f"{' '.join(split)} | {' '.join(joined)}" if split != joined else " ".join(split))


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_OTHERS.sub(" ", text.casefold()).split())


@dataclass(frozen=True, slots=True)
class Terms:
    """Words or phrases, a star for the rest of a word, compiled for search."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Terms":
        """Compile; longer phrases first, so that they win over their own words."""
        ordered = sorted(set(terms), key=lambda term: (-len(term), term))
        alternatives = "|".join(re.escape(term).replace(r"\*", r"[^ ]*").replace(r"\ ", " ") for term in ordered)
        return cls(re.compile(f"(?<![^ ])(?:{alternatives})(?![^ ])"))

    def occur_in(self, words: Words) -> bool:
        """Whether any term occurs in the name as whole words."""
        return self.pattern.search(words.text) is not None

    def leave_of(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """The words that are left when all terms are taken out."""
        return tuple(self.pattern.sub(" ", " ".join(tokens)).split())


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something recognised that is no measurement looked for; `finding` says what it is."""

    finding: str
    terms: Terms | None
    units: frozenset[str]
    equipment_types: frozenset[str]
    unless: tuple[str, ...]
    is_settled: bool
    skips_references: bool
    is_of_unknown_unit: bool


@dataclass(frozen=True, slots=True)
class QuantityRule:
    """A quantity told by its canonical unit and words of the name."""

    quantity: str
    unit: str
    terms: Terms
    equipment_types: frozenset[str]
    default_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The content of `sensor_rules.toml`, compiled."""

    equipment_types: Mapping[str, Terms]
    equipment_short_names: Mapping[str, Terms]
    terms: Mapping[str, Terms]
    exclusions: tuple[Exclusion, ...]
    quantities: tuple[QuantityRule, ...]
    raptor_sensor_types: Mapping[str, Mapping[str, str]]

    def has(self, group: str, words: Words) -> bool:
        """Whether a term of the group occurs in the name."""
        return self.terms[group].occur_in(words)


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The rules that ship with the package, read once."""
    text = files("plant_pipeline.registry.equipment").joinpath("sensor_rules.toml").read_text(encoding="utf-8")
    return _compiled(tomllib.loads(text))


def _compiled(data: Mapping[str, Any]) -> Rules:
    groups = {name: Terms.of(terms) for name, terms in data["terms"].items()}
    return Rules(
        equipment_types={name: Terms.of(terms) for name, terms in data["equipment_type"].items()},
        equipment_short_names={name: Terms.of(terms) for name, terms in data["equipment_short_name"].items()},
        terms=groups,
        exclusions=tuple(_exclusion(row, groups) for row in data["excluded"]),
        quantities=tuple(
            QuantityRule(
                quantity=row["quantity"],
                unit=row["unit"],
                terms=Terms.of(row["words"]),
                equipment_types=frozenset(row.get("equipment_types", ())),
                default_for=frozenset(row.get("default_for", ())),
            )
            for row in data["quantity"]
        ),
        raptor_sensor_types=data["raptor_sensor_type"],
    )


def _exclusion(row: Mapping[str, Any], groups: Mapping[str, Terms]) -> Exclusion:
    own = Terms.of(row["words"]) if "words" in row else None
    return Exclusion(
        finding=row["finding"],
        terms=groups[row["group"]] if "group" in row else own,
        units=frozenset(row.get("units", ())),
        equipment_types=frozenset(row.get("equipment_types", ())),
        unless=tuple(row.get("unless", ())),
        is_settled=row.get("is_settled", False),
        skips_references=row.get("skips_references", False),
        is_of_unknown_unit=row.get("is_of_unknown_unit", False),
    )
