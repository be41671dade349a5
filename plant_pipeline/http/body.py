"""Bodies of HTTP answers as values: reading JSON as it really comes, what an error body says, what can be stored of it.

What belongs here: the JSON of any API. What does not: what an answer has to look like (`sources/<name>`).
"""

import json
import re
from typing import Any

import orjson

_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_SAYING = ("code", "message", "detail", "error", "errors")


def parse_json(body: bytes) -> tuple[Any, bool]:
    """The value of a JSON text, and whether it is one (RFC 8259, and what servers send in its place).

    `NaN` and infinities become the texts of that name, halves of surrogate pairs (a name cut inside an emoji) become
    U+FFFD: one such value must not cost all other records of a listing.
    """
    try:
        return orjson.loads(body), True
    except orjson.JSONDecodeError:
        pass
    try:
        value = json.loads(body, parse_constant=str, parse_float=_read_float, parse_int=_read_int)
        return _without_lone_surrogates(value), True
    except (ValueError, RecursionError):
        return None, False


def _read_float(text: str) -> float | str:
    value = float(text)
    return value if abs(value) != float("inf") else text


def _read_int(text: str) -> float | int | str:
    """An integer of 64 bits, else a float, as orjson does."""
    if len(text) <= len(str(-(1 << 63))) and -(1 << 63) <= int(text) < 1 << 64:
        return int(text)
    return _read_float(text)


def _without_lone_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _with_whole_characters(value)
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_with_whole_characters(name): _without_lone_surrogates(item) for name, item in value.items()}
    return value


def _with_whole_characters(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def error_text(parsed: Any) -> str:
    """What an error body says, in any of the documented shapes (envelope, detail, error, errors, per-field lists)."""
    if not isinstance(parsed, dict):
        return ""
    parts = [parsed[name] for name in _SAYING if parsed.get(name)]
    return "; ".join(part if isinstance(part, str) else _as_text(part) for part in (parts or [parsed]))


def _as_text(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # nested too deeply
        return "(unreadable)"


def printable(text: str) -> str:
    """The text on one line, without characters that no terminal and no database column takes."""
    return "".join(character if character.isprintable() else " " for character in text)


def storable_text(text: str) -> str:
    """The text with U+FFFD for what no text column takes: NUL, and halves of surrogate pairs."""
    return _with_whole_characters(text.replace("\x00", "\ufffd"))


def storable_json(text: bytes) -> bytes:
    """The JSON text without the escaped NUL, which PostgreSQL's jsonb refuses."""
    return _ESCAPED_NUL.sub(rb"\1\\ufffd", text)
