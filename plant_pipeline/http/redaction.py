"""Keeping what must not be seen out of every text.

What belongs here: finding secrets in texts and bodies. What does not: which secrets there are (`auth`, `client`).
"""

import functools
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

_SHORTEST_SECRET = 4  # a shorter one would be found in any text
_LONGEST_TEXT = 300


_CREDENTIAL = re.compile(
    r"(?i)pass(word|wd|phrase)?$|secret|token|signature|credential|authorization|api[-_]?key|access[-_]?key"
)


def _is_credential(name: str) -> bool:
    """Whether a field of that name holds a credential."""
    return _CREDENTIAL.search(name) is not None


_SURELY_NO_WORD = 8
_LONGEST_WORD = 16
_FIELD = re.compile(rb'("((?:[^"\\\\]|\\\\.){1,60})"\s*:\s*)"((?:[^"\\\\]|\\\\.){1,60})"')


def _is_word(secret: str) -> bool:
    """Whether it may well stand in the data without being meant."""
    is_plain = secret.isalpha() or secret.isdecimal()
    return len(secret) < (_LONGEST_WORD if is_plain else _SURELY_NO_WORD)


def _without_word(field: re.Match[bytes], words: Sequence[str]) -> bytes:
    is_secret = _is_credential(field[2].decode(errors="replace")) and field[3].decode(errors="replace") in words
    return field[1] + b'"***"' if is_secret else field[0]


class Secrets:
    """What must not be seen, in every spelling it may have in a text: plain, in JSON, in a query."""

    def __init__(self, values: Iterable[str]) -> None:
        values = [value for value in values if value]
        self._words = [value for value in values if _is_word(value)]
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
                json.dumps(value)[1:-1].replace("/", "\\/"),
            )
        }
        self._spelled = sorted(spelled, key=len, reverse=True)

    def out_of(self, body: bytes) -> bytes:
        """The body with `***` in the place of every secret.

        One that could be a word of the data as well (`solar`) is taken for a secret where the field's name says so.
        """
        for secret in self._spelled:
            if not _is_word(secret):
                body = body.replace(secret.encode(), b"***")
        if any(word.encode() in body for word in self._words):
            body = _FIELD.sub(lambda field: _without_word(field, self._words), body)
        return self._out_of_escaped(body) if b"\\u00" in body else body

    def _out_of_escaped(self, body: bytes) -> bytes:
        """For bodies that spell letters by their numbers."""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        hidden = self._out_of_value(value)
        return body if hidden == value else orjson.dumps(hidden)

    def _out_of_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._without(value, [secret for secret in self._spelled if not _is_word(secret)])
        if isinstance(value, list):
            return [self._out_of_value(item) for item in value]
        if isinstance(value, dict):
            return {self._out_of_value(name): self._out_of_value(item) for name, item in value.items()}
        return value

    def redacted(self, text: str) -> str:
        """The text with `***` in the place of every secret, on one line that any terminal or column takes, cut."""
        text = self._without(text, self._spelled)
        return "".join(character if character.isprintable() else " " for character in text[:_LONGEST_TEXT])

    def query_without(self, query: str) -> str:
        """The query of an address with `***` for every secret, and for each value whose name says that it is one."""
        pairs = [pair.partition("=") for pair in query.split("&")]
        hidden = [
            (name, sign, "***" if _is_credential(name) else self._without(value, self._spelled))
            for name, sign, value in pairs
        ]
        return "&".join("".join(pair) for pair in hidden)

    @staticmethod
    def _without(text: str, secrets: Iterable[str]) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    def are_in(self, body: bytes) -> bool:
        """Whether any of them is somewhere in the bytes."""
        return any(secret.encode() in body for secret in self._spelled)


@functools.lru_cache(maxsize=64)
def secrets_of(values: tuple[str, ...]) -> Secrets:
    """The same for the same values: a client asks for every call."""
    return Secrets(values)
