"""Keeping what must not be seen out of every text.

What belongs here: finding secrets in texts and bodies. What does not: which secrets there are (`auth`, `client`).
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_SHORTEST_SECRET = 4  # a shorter one would be found in any text
_LONGEST_TEXT = 300


_CREDENTIAL = re.compile(
    r"(?i)pass(word|wd|phrase)?$|secret|token|signature|credential|authorization|api[-_]?key|access[-_]?key"
)


def _is_credential(name: str) -> bool:
    """Whether a field of that name holds a credential."""
    return _CREDENTIAL.search(name) is not None


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
        text = self._without(text)
        return "".join(character if character.isprintable() else " " for character in text[:_LONGEST_TEXT])

    def query_without(self, query: str) -> str:
        """The query of an address with `***` for every secret, and for each value whose name says that it is one."""
        pairs = [pair.partition("=") for pair in query.split("&")]
        hidden = [(name, sign, "***" if _is_credential(name) else self._without(value)) for name, sign, value in pairs]
        return "&".join("".join(pair) for pair in hidden)

    def _without(self, text: str) -> str:
        for secret in self._spelled:
            text = text.replace(secret, "***")
        return text

    def are_in(self, body: bytes) -> bool:
        """Whether any of them is somewhere in the bytes."""
        return any(secret.encode() in body for secret in self._spelled)
