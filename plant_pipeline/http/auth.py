"""How calls are authorised: keys, and tokens that a login gives.

What belongs here: credentials, logins and their renewal, as flows of httpx. What does not: sending anything (`client`),
where a source's login is or how its header is called (`sources/<name>/client`).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from plant_pipeline.errors import SourceRejected, SourceShapeChanged
from plant_pipeline.http.answer import read_answer
from plant_pipeline.http.redaction import Secrets

_HAS_RENEWED = "has_renewed"  # stays with a request through all its tries


class Credentials(httpx.Auth, ABC):
    """Authorises a request; asked anew for every try, so that a retry carries fresh credentials."""

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """Everything that must never appear in a message."""


@dataclass
class StaticHeaders(Credentials):
    """Authorises with headers that never change (a key or token made by hand)."""

    values: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with the fixed headers."""
        request.headers.update(self.values)
        yield request

    def secrets(self) -> Sequence[str]:
        """The key itself."""
        return (self.secret,)


@dataclass
class LoginToken(Credentials):
    """Logs in once, carries the token, and logs in again, once a call, when the API says 401.

    `payload` is posted to `url` as JSON, `secret_fields` of it are secrets; the token is in the first of `token_fields`
    that holds one. If the API refuses the login, that is final and nothing is posted again, as every further try would
    bring a locked account nearer.
    """

    source: str
    url: str
    payload: Mapping[str, str | None] = field(repr=False)
    secret_fields: Sequence[str]
    token_fields: Sequence[str]
    scheme: str = "Bearer "
    _token: str | None = field(default=None, init=False, repr=False)
    _past_tokens: list[str] = field(default_factory=list, init=False, repr=False)
    _refusal: SourceRejected | SourceShapeChanged | None = field(default=None, init=False, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request with the current token, after a login where there is none or it has ended."""
        refused: str | None = None
        while True:
            async with self._lock:  # who waits here finds the token that another call has got
                if self._refusal is not None:
                    raise self._refusal
                token = self._token
                if token is None or token == refused:
                    self._token = None
                    token = self._token = self._token_in((yield self._login(request)))
            request.headers["Authorization"] = self.scheme + token
            response = yield request
            if response.status_code != 401 or _HAS_RENEWED in request.extensions:
                return
            request.extensions[_HAS_RENEWED] = True
            refused = token

    def secrets(self) -> Sequence[str]:
        """Credentials and every token seen."""
        return (*(self.payload[name] or "" for name in self.secret_fields), *self._past_tokens)

    def _login(self, request: httpx.Request) -> httpx.Request:
        headers = {name: request.headers[name] for name in ("Accept", "User-Agent")}
        timeout = {"timeout": request.extensions["timeout"]}
        return httpx.Request("POST", self.url, json=self.payload, headers=headers, extensions=timeout)

    def _token_in(self, response: httpx.Response) -> str:
        path = response.request.url.path
        try:
            body = read_answer(self.source, path, response, Secrets(self.secrets())).json
            for value in [body.get(name) for name in self.token_fields] if isinstance(body, dict) else []:
                if isinstance(value, str) and value and value.isascii() and value.isprintable():
                    self._past_tokens.append(value)
                    return value
            raise SourceShapeChanged(self.source, path, f"the login answer has no {' or '.join(self.token_fields)}")
        except (SourceRejected, SourceShapeChanged) as error:
            self._refusal = error
            raise
