"""What a server states of its limit: how many calls are left, and until when.

What belongs here: the headers in their usual spellings. What does not: what follows from them (`budget`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_INSTANTS_FROM_S = 1e9  # a smaller number is a span, not seconds since 1970
_NAMES = ("x-ratelimit", "x-rate-limit", "ratelimit")
_PARAMETER = re.compile(r"\b([a-z]+)\s*=\s*(\d{1,15})")


@dataclass(frozen=True)
class StatedLimit:
    """`remaining` calls until `reset_s` seconds from now; None where the server does not say."""

    remaining: int | None
    reset_s: float | None


def read_stated_limit(headers: Mapping[str, str], now_utc: datetime) -> StatedLimit | None:
    """From X-RateLimit-*, RateLimit-*, or RateLimit with r and t (draft-ietf-httpapi-ratelimit-headers).

    `headers` have names in small letters. None if the answer states nothing. A reset that is an instant is read by the
    server's own clock, where it sends one.
    """
    combined = dict(_PARAMETER.findall(headers.get("ratelimit", "")))
    if "r" in combined:
        return StatedLimit(int(combined["r"]), float(combined["t"]) if "t" in combined else None)
    for name in _NAMES:
        limit, remaining, reset = (
            _number(headers.get(f"{name}-{part}", "")) for part in ("limit", "remaining", "reset")
        )
        if limit is not None or remaining is not None:
            left = None if remaining is None else int(remaining)
            return StatedLimit(left, None if reset is None else _span_s(reset, headers.get("date", ""), now_utc))
    return None


def _number(text: str) -> float | None:
    first = text.partition(",")[0].partition(";")[0].strip()
    return float(first) if first.isascii() and first.replace(".", "", 1).isdecimal() and len(first) <= 20 else None


def _span_s(reset: float, date: str, now_utc: datetime) -> float:
    if reset < _INSTANTS_FROM_S:
        return reset
    try:
        server_now = parsedate_to_datetime(date)
    except ValueError:
        server_now = now_utc
    return max(reset - (server_now if server_now.tzinfo else server_now.replace(tzinfo=UTC)).timestamp(), 0.0)
