"""How calls are authorised, and how what authorises them is kept out of sight.

What belongs here: keys, logins and their renewal, redaction. What does not: sending anything (`client`), where a
source's login is or how its header is called (`sources/<name>/client`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, quote_plus

from plant_pipeline.errors import SourceRejected, SourceShapeChanged

if TYPE_CHECKING:
    from plant_pipeline.http.client import Answer, HttpClient

_SHORTEST_SECRET = 4  # a shorter one would be found in any text


class Authenticator(Protocol):
    """Signs requests; asked anew for every try, so that a retry carries fresh credentials."""

    async def headers(self, client: "HttpClient") -> Mapping[str, str]:
        """Headers that authorise a request; may log in through `client` first."""

    async def renew(self, client: "HttpClient", refused: Mapping[str, str]) -> bool:
        """Called when a request with the headers `refused` got a 401; False if there is nothing to renew."""

    def secrets(self) -> Sequence[str]:
        """Everything that must never appear in a message."""


@dataclass
class StaticHeaders:
    """Authenticates with headers that never change (a key or token made by hand)."""

    values: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)

    async def headers(self, client: "HttpClient") -> Mapping[str, str]:  # noqa: ARG002 -- the protocol's signature
        """The fixed headers."""
        return self.values

    async def renew(
        self,
        client: "HttpClient",  # noqa: ARG002 -- the protocol's signature
        refused: Mapping[str, str],  # noqa: ARG002 -- the protocol's signature
    ) -> bool:
        """Nothing to renew: a person has to make a new key."""
        return False

    def secrets(self) -> Sequence[str]:
        """The key itself."""
        return (self.secret,)


@dataclass
class LoginToken:
    """Logs in once, carries the token, and logs in again when the API says 401.

    `login` posts the credentials and returns the token; if the API refuses them, that is final and nothing is posted
    again, as every further try would bring a locked account nearer. `header` turns the token into headers.
    """

    login: Callable[["HttpClient"], Awaitable[str]] = field(repr=False)
    header: Callable[[str], Mapping[str, str]] = field(repr=False)
    credentials: Sequence[str] = field(repr=False)
    _token: str | None = field(default=None, init=False, repr=False)
    _past_tokens: list[str] = field(default_factory=list, init=False, repr=False)
    _refusal: SourceRejected | SourceShapeChanged | None = field(default=None, init=False, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def headers(self, client: "HttpClient") -> Mapping[str, str]:
        """Headers with the current token; logs in first if there is none."""
        async with self._lock:
            return self.header(self._token if self._token is not None else await self._log_in(client))

    async def renew(self, client: "HttpClient", refused: Mapping[str, str]) -> bool:
        """Log in again, unless another call has done so since the refused headers were made."""
        async with self._lock:
            if self._token is None or self.header(self._token) == refused:
                await self._log_in(client)
        return True

    def secrets(self) -> Sequence[str]:
        """Credentials and every token seen."""
        return (*self.credentials, *self._past_tokens)

    async def _log_in(self, client: "HttpClient") -> str:
        if self._refusal is not None:
            raise self._refusal
        self._token = None
        try:
            self._token = await self.login(client)
        except (SourceRejected, SourceShapeChanged) as error:
            self._refusal = error
            raise
        self._past_tokens.append(self._token)
        return self._token


def token_from(answer: "Answer", source: str, field_names: Sequence[str]) -> str:
    """The first of the named fields of a login answer; raises `SourceShapeChanged` if none holds a usable token."""
    for name in field_names:
        value = answer.json.get(name) if isinstance(answer.json, dict) else None
        if isinstance(value, str) and value and value.isascii() and value.isprintable():
            return value
    raise SourceShapeChanged(source, answer.path, f"the login answer has no {' or '.join(field_names)}")


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
        """The text with `***` in the place of every secret."""
        for secret in self._spelled:
            text = text.replace(secret, "***")
        return text

    def are_in(self, body: bytes) -> bool:
        """Whether any of them is somewhere in the bytes."""
        return any(secret.encode() in body for secret in self._spelled)
