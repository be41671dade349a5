"""Bodies of HTTP answers as values: reading JSON as it really comes, what an error body says, what can be stored of it.

What belongs here: the JSON of any API. What does not: what an answer has to look like (`sources/<name>`).
"""

import json
import re
from typing import Any

import orjson

_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
# A word in one of the usual spellings, with a small letter or an underscore: ids of keys have neither.
_CODE = re.compile(r"(?=.*[a-z_])[A-Z][A-Za-z0-9]{2,59}|[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:_[a-z]+)+")
_XML_CODE = re.compile(rb"<(?:\w+:)?Code>\s*(\w{3,60})\s*<", re.ASCII)
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
    return storable_text("; ".join(part if isinstance(part, str) else _as_text(part) for part in (parts or [parsed])))


def _as_text(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # nested too deeply
        return "(unreadable)"


def error_code(body: bytes, parsed: Any) -> str | None:
    """The code in the error body of an object storage (S3, GCS, Azure), in XML or JSON; None if it has none.

    Only a plain word is one: nothing that could be an address, a signature or a sentence.
    """
    outer = parsed if isinstance(parsed, dict) else {}
    holders = [value for value in (outer.get("error"), outer.get("Error"), outer) if isinstance(value, dict)]
    values = [holder.get(name) for holder in holders for name in ("code", "Code", "status", "error")]
    values += [found.decode() for found in _XML_CODE.findall(body)]
    return next((value for value in values if isinstance(value, str) and _CODE.fullmatch(value)), None)


def storable_text(text: str) -> str:
    """The text with U+FFFD for what no text column takes: NUL, and halves of surrogate pairs."""
    return _with_whole_characters(text.replace("\x00", "\ufffd"))


def storable_json(text: bytes) -> bytes:
    """The JSON text without the escaped NUL, which PostgreSQL's jsonb refuses."""
    return _ESCAPED_NUL.sub(rb"\1\\ufffd", text)
