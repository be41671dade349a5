"""Which calls a client may make: methods and paths, all others are refused before they are sent.

What belongs here: comparing a request with the list. What does not: the lists (`sources/<name>/client`).
"""

import re
from collections.abc import Sequence

import httpx

_SEGMENT = r"(?!\.{1,2}(?:/|$))[^/]+"
_PLACE = re.compile(r"\{[a-z_]+\}")


class AllowedCalls:
    """Calls below `base_url`, each as `GET /plants/{id}`, where `{id}` is any one segment of a path."""

    def __init__(self, base_url: str, calls: Sequence[str]) -> None:
        self._base = httpx.URL(base_url)
        self._patterns = [_pattern(self._base.path.rstrip("/"), call) for call in calls]

    def permit(self, request: httpx.Request) -> bool:
        """Whether the request is one of them, also as the server will read its path."""
        url = request.url
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            return False
        return any(pattern.fullmatch(f"{request.method} {url.path}") for pattern in self._patterns)


def _pattern(prefix: str, call: str) -> re.Pattern[str]:
    method, _, path = call.partition(" ")
    literal = _PLACE.split(path)
    return re.compile(re.escape(f"{method} {prefix}") + _SEGMENT.join(map(re.escape, literal)))
