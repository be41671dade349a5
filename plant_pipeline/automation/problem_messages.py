"""What a person is told of problems: one JSON message over all that began or are over at once.

What belongs here: its words and fields. What does not: when it is sent (`watch`), and how (`alerts`).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from plant_pipeline.automation.problem_kinds import PROBLEM_KINDS, ProblemKind
from plant_pipeline.automation.problems import Sighting

_FEW = 5
_MOST_SUBJECTS = 10
_LONGEST_TEXT = 400
# Microsoft Teams takes 28 KB a message.
_MOST_BYTES = 16_000
_KNOWN_ORDER: Final = list(PROBLEM_KINDS)


@dataclass(frozen=True, slots=True)
class ProblemChange:
    """A problem that began or is over. `problem_id` None: the warehouse could not be asked."""

    event: Literal["began", "over"]
    sighting: Sighting
    since: datetime
    over_at: datetime | None = None
    problem_id: int | None = None

    @property
    def kind(self) -> ProblemKind:
        """Its kind; one of another version of this program by its name."""
        name = self.sighting.kind
        return PROBLEM_KINDS.get(name) or ProblemKind(
            name, name.replace("_", " "), "see `plant-pipeline problems list`"
        )


def problem_message(changes: Sequence[ProblemChange], ui_url: str | None) -> dict[str, Any]:
    """The payload: `text` is what Slack and Teams show, the rest is for programs.

    `problems` has a field for all that is known of each, as many as a message bears; `more` counts the others.
    """
    ordered = sorted(changes, key=_rank)
    began = [own for own in ordered if own.event == "began"]
    over = [own for own in ordered if own.event == "over"]
    title = _title(began, over)
    lines = [*_lines(began, ui_url, is_titled=len(ordered) > 1), *_lines(over, None, is_titled=len(ordered) > 1)]
    if began:
        lines.append("All that is broken now: `plant-pipeline problems list`")
    shown = list(_bounded(_fields(own, ui_url) for own in ordered))
    return {
        "text": "\n".join([title, *lines]),
        "title": title,
        "problems": shown,
        "more": len(ordered) - len(shown),
        "message_id": hashlib.sha256(repr([_identity(own) for own in ordered]).encode()).hexdigest()[:16],
    }


def plain_message(text: str) -> dict[str, Any]:
    """A payload that tells of no problem."""
    return {"text": text, "title": text, "problems": [], "more": 0, "message_id": None}


def run_url(ui_url: str | None, run_id: str | None) -> str | None:
    """Where a run is shown in Dagster's UI, if it is known where that is."""
    return f"{ui_url}/runs/{run_id}" if ui_url and run_id else None


def _rank(change: ProblemChange) -> tuple[int, str, str, int, bool]:
    """By kind; what befell the same subject in the order in which it did."""
    name = change.sighting.kind
    place = _KNOWN_ORDER.index(name) if name in _KNOWN_ORDER else len(_KNOWN_ORDER)
    return place, name, change.sighting.subject, change.problem_id or 0, change.event == "over"


def _identity(change: ProblemChange) -> tuple[object, ...]:
    own = change.sighting
    return change.event, change.problem_id, own.kind, own.subject, change.since.isoformat()


def _title(began: Sequence[ProblemChange], over: Sequence[ProblemChange]) -> str:
    if len(began) + len(over) == 1:
        (only,) = [*began, *over]
        words = f"{only.kind.title}: {plain_line(only.sighting.subject)}"
        return f"over: {words}" if over else words
    parts = [f"{len(began)} problem{'s' if len(began) > 1 else ''} began"] if began else []
    parts += [f"{len(over)} {'are' if len(over) > 1 else 'is'} over"] if over else []
    text = ", ".join(parts)
    return text if began else text.replace("are over", "problems are over")


def _lines(changes: Sequence[ProblemChange], ui_url: str | None, *, is_titled: bool) -> Iterator[str]:
    """A line each, or one for all of a kind where they are many; `is_titled`: it says what it is about."""
    of_kind: dict[str, list[ProblemChange]] = defaultdict(list)
    for change in changes:
        of_kind[change.sighting.kind].append(change)
    for group in of_kind.values():
        kind, mark = group[0].kind, "over: " if group[0].event == "over" else ""
        if len(group) > _FEW:
            names = ", ".join(plain_line(own.sighting.subject) for own in group[:_MOST_SUBJECTS])
            more = f" and {len(group) - _MOST_SUBJECTS} more" if len(group) > _MOST_SUBJECTS else ""
            yield f"- {mark}{kind.title} ({len(group)}): {names}{more}"
        else:
            for own in group:
                about = f"{mark}{kind.title}: {plain_line(own.sighting.subject)}: " if is_titled else ""
                yield f"- {about}{_line(own, ui_url)}"
        if not mark:
            yield f"  What to do: {kind.advice}"


def _line(change: ProblemChange, ui_url: str | None) -> str:
    if change.event == "over" and change.over_at is not None:
        return f"after {_duration(change.over_at - change.since)}"
    link = run_url(ui_url, change.sighting.run_id)
    return plain_line(change.sighting.message) + (f" {link}" if link else "")


def _duration(lasted: timedelta) -> str:
    minutes = max(int(lasted.total_seconds() // 60), 0)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def plain_line(text: str) -> str:
    """A text on one line that mentions nobody and links nowhere, whatever a source calls its plants."""
    flat = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    shown = flat if len(flat) <= _LONGEST_TEXT else f"{flat[:_LONGEST_TEXT]} ..."
    return shown.replace("<", "‹").replace(">", "›").replace("](", "] (").replace("@", "@\u2060")


def _fields(change: ProblemChange, ui_url: str | None) -> dict[str, Any]:
    own = change.sighting
    return {
        "event": change.event,
        "problem_id": change.problem_id,
        "kind": own.kind,
        "subject": own.subject,
        "since": change.since.isoformat(),
        "over_at": change.over_at.isoformat() if change.over_at else None,
        "message": own.message[:_LONGEST_TEXT],
        "what_to_do": change.kind.advice,
        "run_id": own.run_id,
        "run_url": run_url(ui_url, own.run_id),
    }


def _bounded(fields: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    size = 0
    for own in fields:
        size += len(json.dumps(own))
        if size > _MOST_BYTES:
            return
        yield own
