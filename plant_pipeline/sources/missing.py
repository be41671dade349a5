"""Naming what did not come.

What belongs here: the words of it. What does not: whether something is missing (the fetches know).
"""

from collections.abc import Sequence

_MOST_NAMES = 20


def named(names: Sequence[str]) -> str:
    """The names, the first 20 of many, in one line."""
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown
