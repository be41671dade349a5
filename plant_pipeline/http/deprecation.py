"""What an answer says of the end of its endpoint: the headers Deprecation (RFC 9745) and Sunset (RFC 8594).

What belongs here: reading them. What does not: who is told.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_HEADERS = ("Deprecation", "Sunset")
_LONGEST = 100
_EPOCH = re.compile(r"@(\d{1,11})")
_ID = re.compile(r"(?<=/)(?:\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?=/|$)")


def stated_end(headers: Mapping[str, str]) -> str | None:
    """The headers in words; None: the endpoint stays, as far as the server says."""
    found = [f"{name} {_told(headers[name])}" for name in _HEADERS if headers.get(name, "false").lower() != "false"]
    return ", ".join(found) or None


def without_ids(path: str) -> str:
    """The path with `{id}` for each number and UUID in it, so that one endpoint is one path."""
    return _ID.sub("{id}", path)


def _told(value: str) -> str:
    epoch = _EPOCH.fullmatch(value.strip())
    if epoch is not None:
        return f"{datetime.fromtimestamp(int(epoch[1]), UTC):%Y-%m-%d}"
    return "".join(character for character in value[:_LONGEST] if character.isprintable())
