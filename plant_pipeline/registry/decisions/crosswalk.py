"""The crosswalk file of people's decisions: reading it, and refusing it where it contradicts itself.

What belongs here: files of decisions. What does not: the form of one decision (statements), what follows from all that
were ever made, where the newest wins (rulings).
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, TypeVar, cast

from plant_pipeline.days import instant_of
from plant_pipeline.errors import RegistryConflict, UsageError
from plant_pipeline.registry.decisions.components import Components
from plant_pipeline.registry.decisions.statements import METER_CHANGE_FIELDS, Action, Decision, check_decision
from plant_pipeline.registry.records import RecordKey, written

__all__ = ["CROSSWALK_COLUMNS", "Decision", "contradictions", "parse_crosswalk"]

T = TypeVar("T")

CROSSWALK_COLUMNS: Final = (
    "action", "source", "source_plant_id", "other_source", "other_source_plant_id",
    "field", "value", "valid_from", "who", "why",
)  # fmt: skip
"""Those every file has; `METER_CHANGE_FIELDS` may stand beside them."""


def parse_crosswalk(path: Path) -> list[Decision]:
    """The decisions of a crosswalk file: CSV, UTF-8, with its columns in any order.

    Raises `UsageError` if the file cannot be read, `RegistryConflict` naming every malformed or contradicting line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _require_columns(path, reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"PLANT_CROSSWALK {path} cannot be read as a CSV file in UTF-8: {error}") from error
    problems: list[str] = []
    decisions: list[Decision] = []
    for line, row in rows:
        try:
            decisions += _parsed(line, row)
        except ValueError as error:
            problems.append(f"line {line}: {error}")
    problems += contradictions(decisions)
    if problems:
        raise RegistryConflict(f"PLANT_CROSSWALK {path} cannot be followed: {'; '.join(problems)}")
    return decisions


def _require_columns(path: Path, names: Sequence[str]) -> None:
    missing = [column for column in CROSSWALK_COLUMNS if column not in names]
    unknown = [name for name in names if name not in (*CROSSWALK_COLUMNS, *METER_CHANGE_FIELDS)]
    if missing or unknown:
        raise RegistryConflict(
            f"PLANT_CROSSWALK {path} line 1: the columns are {','.join(CROSSWALK_COLUMNS)}, separated by commas, "
            f"for meter_change {','.join(METER_CHANGE_FIELDS)} too; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )


def _parsed(line: int, row: Mapping[str | None, object]) -> list[Decision]:
    """The decision of one line, none of an empty one. Raises `ValueError` with all that is wrong with it."""
    if None in row or None in row.values():
        raise ValueError(f"it does not have {len(row.keys() - {None})} fields")
    cells = {name: str(value).strip() or None for name, value in row.items() if name is not None}
    if not any(cells.values()):
        return []
    decision = Decision(
        action=cast(Action, (cells["action"] or "").casefold()),
        source=(cells["source"] or "").casefold(),
        source_plant_id=cells["source_plant_id"] or "",
        other_source=(cells["other_source"] or "").casefold() or None,
        other_source_plant_id=cells["other_source_plant_id"],
        field=cells["field"],
        value=cells["value"],
        valid_from=_cell(cells, "valid_from", date.fromisoformat, "a date such as 2026-01-31"),
        who=cells["who"] or "",
        why=cells["why"],
        sensor=cells.get("sensor"),
        valid_at=_cell(cells, "valid_at", instant_of, "an instant with its offset such as 2026-01-31T12:00+01:00"),
        last_value=_cell(cells, "last_value", float, "a number"),
        first_value=_cell(cells, "first_value", float, "a number"),
        line=line,
    )
    problems = check_decision(decision)
    if problems:
        raise ValueError(", ".join(problems))
    return [decision]


def _cell(cells: Mapping[str, str | None], name: str, parse: Callable[[str], T], expected: str) -> T | None:
    """What a cell says, None if it is empty or its column absent."""
    text = cells.get(name)
    try:
        return parse(text) if text else None
    except ValueError as error:
        raise ValueError(f"{name} {text!r} is not {expected}") from error


# ------------------------------------------------------------------------------------------------------ contradictions
def contradictions(decisions: Sequence[Decision]) -> list[str]:
    """Which lines of one file cannot hold together, in words; empty if all can."""
    joined = Components()
    for link in _of(decisions, "link"):
        joined.join(link.record, _other(link))
    return [
        *_apart_and_joined(decisions, joined),
        *_no_plant_but_used(decisions),
        *_two_values(decisions, joined),
        *_part_and_duplicate(decisions),
        *_exchanged_twice(decisions),
    ]


def _of(decisions: Sequence[Decision], *actions: Action) -> Iterator[Decision]:
    return (decision for decision in decisions if decision.action in actions)


def _other(decision: Decision) -> RecordKey:
    assert decision.other is not None  # noqa: S101 -- `check_decision` has seen to it
    return decision.other


def _apart_and_joined(decisions: Sequence[Decision], joined: Components) -> Iterator[str]:
    links = list(_of(decisions, "link"))
    for apart in _of(decisions, "unlink", "reject"):
        if apart.other is None and (apart.action == "reject" or apart.valid_from):
            continue  # it stays where it is, or is another plant since then
        if apart.other is None:
            lines = [link.line for link in links if apart.record in (link.record, link.other)]
        elif joined.are_joined(apart.record, apart.other):
            lines = [link.line for link in links if joined.are_joined(link.record, apart.record)]
        else:
            continue
        if lines:
            yield f"line {apart.line} keeps {_named(apart)} apart, against {_lines(lines)}"


def _no_plant_but_used(decisions: Sequence[Decision]) -> Iterator[str]:
    denied = {decision.record: decision.line for decision in _of(decisions, "not_a_plant")}
    for decision in _of(decisions, "link", "set", "retire"):
        for record in (decision.record, decision.other):
            if record in denied:
                yield (
                    f"line {denied[record]} says that {written(record)} is no plant, "
                    f"line {decision.line} treats it as one ({decision.action})"
                )


def _two_values(decisions: Sequence[Decision], joined: Components) -> Iterator[str]:
    stated: dict[tuple[object, ...], list[Decision]] = defaultdict(list)
    for decision in _of(decisions, "set"):
        subject = decision.sensor or min(joined.of(decision.record))
        stated[subject, decision.field, decision.valid_from].append(decision)
    for decision in _of(decisions, "retire"):
        stated[min(joined.of(decision.record)), "retire"].append(decision)
    for same in stated.values():
        if len({(decision.value, decision.action == "retire" and decision.valid_from) for decision in same}) > 1:
            what, whose = same[0].field or "retirement", same[0].sensor or written(same[0].record)
            yield f"{_lines([each.line for each in same])}: different statements of {what} of {whose}"


def _part_and_duplicate(decisions: Sequence[Decision]) -> Iterator[str]:
    pairs: dict[frozenset[RecordKey], list[Decision]] = defaultdict(list)
    for link in _of(decisions, "link"):
        pairs[frozenset((link.record, _other(link)))].append(link)
    for same in pairs.values():
        if len({(link.value, link.value and link.record) for link in same}) > 1:
            lines = _lines([link.line for link in same])
            yield f"{lines}: {_named(same[0])} are linked as parts and as duplicates, or as duplicates of each other"


def _exchanged_twice(decisions: Sequence[Decision]) -> Iterator[str]:
    stated: dict[tuple[object, ...], list[Decision]] = defaultdict(list)
    for decision in _of(decisions, "meter_change"):
        stated[decision.sensor, decision.valid_at].append(decision)
    for same in stated.values():
        if len({(decision.last_value, decision.first_value) for decision in same}) > 1:
            yield f"{_lines([each.line for each in same])}: different values of one exchange of {same[0].sensor}"


def _named(decision: Decision) -> str:
    return f"{written(decision.record)} and {written(decision.other) if decision.other else 'all others'}"


def _lines(lines: Sequence[int | None]) -> str:
    numbers = [str(line) for line in dict.fromkeys(lines)]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers)}"
