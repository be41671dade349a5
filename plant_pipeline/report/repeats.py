"""What a run says of several days in the same words, told once.

What belongs here: which issues are the same but for their day and its figures, their common text. What does not: layout
(summary_text.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from plant_pipeline.landing.stream import RunIssue

_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_SPAN = re.compile(rf"{_DATE.pattern} to {_DATE.pattern}")
_FIGURES = re.compile(r"(?<![-:\w.])(?<!sensor )\d+(?:\.\d+)?(?:[-: ]\d+(?:\.\d+)?)*Z?")
"""Numbers and instants, but not the numbers of names, of sensors and of records (`flexmeasures:12`)."""


def told_once(issues: Iterable[RunIssue]) -> list[str]:
    """Their texts in order; those alike but for day and figures are one, with the days and the latest one's figures."""
    alike: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
    for issue in issues:
        day, text = _day_and_text(issue)
        alike[_FIGURES.sub("#", text) if day else text].append((day, text))
    return [_text(own) for own in alike.values()]


def _day_and_text(issue: RunIssue) -> tuple[date | None, str]:
    """The day an issue speaks of, and its message without that; None: it names none, or a span of days itself."""
    found = _DATE.search(issue.message)
    day = issue.energy_date or (date.fromisoformat(found[0]) if found else None)
    if day is None or _SPAN.search(issue.message):
        return None, issue.message
    without = re.sub(f",? {day}", "", issue.message, count=1)
    return day, without.removeprefix(f"{day}").strip(" :")


def _text(alike: list[tuple[date | None, str]]) -> str:
    days = sorted({day for day, _ in alike if day is not None})
    day, text = max(alike, key=lambda own: own[0] or date.min)
    if len(days) > 1:
        together = " to " if (days[-1] - days[0]).days + 1 == len(days) else " ... "
        return f"{len(days)} days, {days[0]}{together}{days[-1]}: {text}"
    return f"{day} {text}" if day else text
