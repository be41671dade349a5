"""What a server states of its limit: how many calls are left, until when, and when a refused one may be made again.

What belongs here: the headers in their usual spellings. What does not: what follows from them (`budget`).

Instants are read by the server's own clock, where an answer carries it: ours may be minutes away from it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_INSTANTS_FROM_S = 1e9  # a smaller number is a span, not seconds since 1970
_INSTANTS_FROM_MS = 1e12
_LONGEST_S = 86_400.0  # nobody who means what he says wants to be left alone for longer
_NAMES = ("x-ratelimit", "x-rate-limit", "ratelimit")
_PARAMETER = re.compile(r"\b([a-z]+)\s*=\s*(\d{1,15})")


@dataclass(frozen=True)
class StatedLimit:
    """`remaining` calls until `reset_s` seconds from now; None where the server does not say."""

    remaining: int | None
    reset_s: float | None


def read_stated_limit(headers: Mapping[str, str], now_utc: datetime) -> StatedLimit | None:
    """From X-RateLimit-*, RateLimit-*, or RateLimit (draft-ietf-httpapi-ratelimit-headers, also its earlier form).

    `headers` have names in small letters. Of several limits it is the one of which least is left. None if the answer
    states nothing.
    """
    if not any(name.startswith(_NAMES) for name in headers):
        return None
    combined = list(_combined(headers.get("ratelimit", "")))
    if combined:
        return min(combined, key=lambda own: (own.remaining or 0, -(own.reset_s or 0.0)))
    for name in _NAMES:
        limit, remaining, reset = (headers.get(f"{name}-{part}", "") for part in ("limit", "remaining", "reset"))
        left = _number(remaining)
        if left is not None or _number(limit) is not None:
            return StatedLimit(None if left is None else int(left), _wait_s(reset, headers, now_utc))
    return None


def asked_wait_s(headers: Mapping[str, str], now_utc: datetime) -> float | None:
    """Seconds that Retry-After asks for, as a number or a date (RFC 9110, section 10.2.3); a day at most.

    None if it says nothing of the kind.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        return _until_s(text, headers, now_utc)
    return min(max(seconds, 0.0), _LONGEST_S) if math.isfinite(seconds) else None


def stated_wait_s(headers: Mapping[str, str], now_utc: datetime) -> float | None:
    """Seconds until the limit that a refusal states begins anew; None if it states none, or that calls are left."""
    stated = read_stated_limit(headers, now_utc)
    return None if stated is None or stated.remaining else stated.reset_s


def _combined(text: str) -> Iterator[StatedLimit]:
    """Each policy with `r` and `t` as parameters; or `limit`, `remaining` and `reset` as members of one dictionary."""
    whole = dict(_PARAMETER.findall(text))
    if "remaining" in whole:
        yield StatedLimit(int(whole["remaining"]), _span_s(whole.get("reset")))
        return
    for policy in text.split(","):
        own = dict(_PARAMETER.findall(policy))
        if "r" in own:
            yield StatedLimit(int(own["r"]), _span_s(own.get("t")))


def _span_s(text: str | None) -> float | None:
    return None if text is None or float(text) > _LONGEST_S else float(text)


def _number(text: str) -> float | None:
    first = text.partition(",")[0].partition(";")[0].strip()
    return float(first) if first.isascii() and first.replace(".", "", 1).isdecimal() and len(first) <= 20 else None


def _wait_s(reset: str, headers: Mapping[str, str], now_utc: datetime) -> float | None:
    """Seconds until a limit begins anew, which is stated as a span, as an instant in (milli)seconds, or in words."""
    stated = _number(reset)
    if stated is None:
        return _until_s(reset, headers, now_utc)
    if stated >= _INSTANTS_FROM_MS:
        stated /= 1000
    if stated >= _INSTANTS_FROM_S:
        stated -= _server_now(headers, now_utc).timestamp()
    return max(stated, 0.0) if stated <= _LONGEST_S else None


def _until_s(text: str, headers: Mapping[str, str], now_utc: datetime) -> float | None:
    moment = _read_date(text)
    if moment is None:
        return None
    return min(max((moment - _server_now(headers, now_utc)).total_seconds(), 0.0), _LONGEST_S)


def _server_now(headers: Mapping[str, str], now_utc: datetime) -> datetime:
    return _read_date(headers.get("date", "")) or now_utc


def _read_date(text: str) -> datetime | None:
    """A date of HTTP, or an instant of ISO 8601."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
