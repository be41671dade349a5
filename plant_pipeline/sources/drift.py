"""What a listing differs in from its document, field by field: counted, each with one value as a sample.

What belongs here: counting and describing. What does not: finding the differences (`contract`), keeping them
(`landing.drift`).

Samples are for people to read, and nobody knows what is in a field that the document does not have, or in free text:
of those only the type is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from plant_pipeline.http import storable_text
from plant_pipeline.landing.drift import Drift, DriftKind
from plant_pipeline.sources.columns import Meaning

_MOST_EXTRA_FIELDS = 20  # of an entity; ids as names of fields would be thousands
_LONGEST_NAME = 100
_LONGEST_VALUE = 500
_LONGEST_SAMPLE = 60
_KINDS: Mapping[str, DriftKind] = {"type": "type", "null": "null", "missing": "missing_field"}


@dataclass
class Differences:
    """Cells that differ from the document, by record and column.

    `failures`: those that did not pass, with the check. `kept`: unknown values that stay as they came.
    """

    failures: dict[tuple[int, str], str] = field(default_factory=dict)
    kept: set[tuple[int, str]] = field(default_factory=set)


def drift_of(
    objects: Sequence[Mapping[str, Any]], meanings: Mapping[str, Meaning], differences: Differences, *, with_vital: bool
) -> list[Drift]:
    """The drift of a listing. What rejects a record is in quarantine, and only told here `with_vital` fields."""
    places: dict[tuple[str, DriftKind], list[int]] = {}
    checks: dict[tuple[str, DriftKind], str] = {}
    for (i, name), check in differences.failures.items():
        if with_vital or not meanings[name].is_vital:
            kind = _KINDS.get(check, "unknown_value")
            places.setdefault((name, kind), []).append(i)
            checks[name, kind] = check
    for i, name in differences.kept:
        places.setdefault((name, "unknown_value"), []).append(i)
    found = []
    for (name, kind), own in sorted(places.items()):
        meaning = meanings[name]
        # Many an API leaves out what is null; a field that no record has may have got another name.
        if kind == "missing_field" and meaning.is_nullable and len(own) < len(objects):
            continue
        value = objects[min(own)].get(meaning.field)
        seen = None if kind in ("missing_field", "null") else _sample(value, meaning)
        is_checked = kind == "unknown_value" and (name, kind) in checks and not meaning.choices
        documented = meaning.documented + (f", {checks[name, kind]}" if is_checked else "")
        is_kept = (min(own), name) in differences.kept
        found.append(Drift(name, kind, documented, seen, len(own), len(objects), is_kept=is_kept))
    return [*found, *_extra_fields(objects, meanings)]


def _extra_fields(objects: Sequence[Mapping[str, Any]], meanings: Mapping[str, Meaning]) -> list[Drift]:
    known = {meaning.field for meaning in meanings.values()}
    counted: Counter[str] = Counter()
    types: dict[str, str] = {}
    for record in objects:
        for name in () if record.keys() <= known else record.keys() - known:
            counted[name] += 1
            types.setdefault(name, _type_of(record[name]))
    shown: dict[str, Drift] = {}
    for name, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_MOST_EXTRA_FIELDS]:
        column = storable_text(name)[:_LONGEST_NAME]
        shown.setdefault(column, Drift(column, "extra_field", None, types[name], count, len(objects), is_kept=False))
    return list(shown.values())


def _sample(value: Any, meaning: Meaning) -> str:
    kind = _type_of(value)
    is_listed = bool(meaning.choices) or meaning.is_expected is not None
    is_free = meaning.kind in ("document", "array") or (meaning.kind == "text" and not is_listed)
    is_told = kind in ("number", "boolean") or (kind == "string" and not is_free)
    return f"{kind} {json_text(value)}"[:_LONGEST_SAMPLE] if is_told else kind


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def json_text(value: Any) -> str | None:
    """A value as it was received, cut at length; text without quotes, None for null."""
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError:
        return "(nested too deeply)"
    return storable_text(text)[:_LONGEST_VALUE]
