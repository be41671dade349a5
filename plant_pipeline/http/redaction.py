"""Keeping what must not be seen out of every text.

What belongs here: finding secrets in texts and bodies. What does not: which secrets there are (`auth`, `client`).
"""

import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_SHORTEST_SECRET = 4  # a shorter one would be found in any text
_LONGEST_TEXT = 300


class Secrets:
    """What must not be seen, in every spelling it may have in a text: plain, in JSON, in a query."""

    def __init__(self, values: Iterable[str]) -> None:
        spelled = {
            spelling
            for value in values
            if len(value) >= _SHORTEST_SECRET
            for spelling in (
                value,
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
                quote(value, safe=""),
                quote_plus(value),
            )
        }
        self._spelled = sorted(spelled, key=len, reverse=True)

    def redacted(self, text: str) -> str:
        """The text with `***` in the place of every secret, on one line that any terminal or column takes, cut."""
        for secret in self._spelled:
            text = text.replace(secret, "***")
        return "".join(character if character.isprintable() else " " for character in text[:_LONGEST_TEXT])

    def are_in(self, body: bytes) -> bool:
        """Whether any of them is somewhere in the bytes."""
        return any(secret.encode() in body for secret in self._spelled)
