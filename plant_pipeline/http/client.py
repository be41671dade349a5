"""The one way out: an async HTTP client with timeouts, the only retry loop, a concurrency limit and redaction.

What belongs here: transport. What does not: paths, paging, the meaning of any answer. httpx is imported nowhere else
outside the tests and the sandbox.

How long a call may take: `RetryPolicy.attempts` tries for a passing fault, with exponential waits between them; a 429
or 503 that names a time is waited for (by all calls of the client) and tried `patient_attempts` times at most; one try
lasts `longest_try_s` at most. A source that did not answer at all `give_up_after` calls in a row is not asked again by
this client.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import unquote, unquote_plus

import httpx
import tenacity

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.http.auth import Authenticator, Secrets
from plant_pipeline.http.body import error_text, parse_json, printable
from plant_pipeline.http.retry import RetryPolicy, TryAgain, signal_of

_log = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # they log whole URLs, and a signed URL is a secret

Parameters = Mapping[str, str | int] | Sequence[tuple[str, str | int]]
_TRANSIENT = frozenset({408, 425, 429})  # beside every 5xx
_NAMES_A_TIME = frozenset({429, 503})  # some servers send Retry-After with every answer
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=None)
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=10.0, read=600.0, pool=None)  # storage answers once it holds all bytes
_BLOCK_BYTES = 1 << 20
_LONGEST_ERROR_TEXT = 300

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """A usable answer: status 2xx and, where JSON was asked for, a body that is JSON. The body may hold a token."""

    path: str
    http_status: int
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    attempts: int


@dataclass(frozen=True)
class Received:
    """One response as it came, usable or not, for whoever archives it."""

    entity: str
    path: str
    http_status: int
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    attempt: int
    received_at: datetime


@dataclass(frozen=True)
class _Reply:
    response: httpx.Response
    parsed: Any
    is_json: bool


@dataclass
class _Tally:
    calls: int = 0
    retries: int = 0
    unanswered_in_a_row: int = 0


@dataclass
class _Call:
    """One call with all its tries. A login takes no slot: it runs in that of the call that needs it."""

    path: str
    send: Callable[[Mapping[str, str]], Awaitable[httpx.Response]]
    entity: str | None = None
    wants_json: bool = True
    signer: Authenticator | None = None
    takes_slot: bool = True
    longest_try_s: float | None = None
    secrets: Sequence[str] = ()
    tries: int = 0
    has_renewed: bool = False


class HttpClient:
    """Async context manager around one httpx client for one API."""

    def __init__(
        self,
        source: str,
        base_url: str,
        authenticator: Authenticator | None = None,
        *,
        concurrency: int = 8,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        recorder: Callable[[Received], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.source = source
        self._base_url = base_url.rstrip("/")
        self._authenticator = authenticator
        self._retry = retry or RetryPolicy()
        self._recorder = recorder
        self._sleep = sleep
        self._clock = clock
        self._slots = asyncio.Semaphore(concurrency)
        self._pause_until = 0.0
        self.tally = _Tally()
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            headers={"Accept": "application/json", "User-Agent": "plant-pipeline"},
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    # -- calls --
    async def get_json(self, path: str, params: Parameters | None = None, *, entity: str | None = None) -> Answer:
        """GET `path` and parse it as JSON; `entity` names what it holds and has it archived.

        Raises `SourceUnavailable` after the retries, `SourceRejected` for any other status but 2xx.
        """
        return await self._call("GET", path, params=params, entity=entity)

    async def post_json(self, path: str, payload: object, *, authenticated: bool = True) -> Answer:
        """POST JSON (logins and tokens only: nothing here writes to a source); never archived."""
        return await self._call("POST", path, payload=payload, authenticated=authenticated)

    async def put_file(self, url: str, file: Path, content_type: str) -> Answer:
        """PUT a file to an absolute signed URL: byte for byte, with Content-Length, without Authorization.

        Errors name host and path only; a signature never leaves this function.
        """
        target = self._address(url)
        headers = {"Content-Type": content_type, "Content-Length": str(file.stat().st_size)}
        return await self._complete(
            _Call(
                f"{target.host}{target.path}",
                lambda _: self._http.put(url, content=_file_blocks(file), headers=headers, timeout=_UPLOAD_TIMEOUT),
                wants_json=False,
                secrets=(url, *_query_secrets(target.query.decode())),
            )
        )

    async def post_webhook(self, url: str, payload: object) -> None:
        """POST JSON to a full address that is itself a secret; errors name the host only."""
        target = self._address(url)
        await self._complete(
            _Call(
                target.host,
                lambda _: self._http.post(url, json=payload),
                wants_json=False,
                longest_try_s=self._retry.longest_try_s,
                secrets=(url, target.raw_path.decode(), target.path),
            )
        )

    def _address(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL:
            target = httpx.URL()
        if target.scheme not in ("http", "https") or not target.host:
            raise SourceShapeChanged(self.source, "(address)", "what should be an http(s) address is none")
        return target

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        payload: object = None,
        entity: str | None = None,
        authenticated: bool = True,
    ) -> Answer:
        return await self._complete(
            _Call(
                path.partition("?")[0],
                lambda headers: self._http.request(
                    method, self._base_url + path, params=_query(params), headers=headers, json=payload
                ),
                entity=entity,
                signer=self._authenticator if authenticated else None,
                takes_slot=authenticated,
                longest_try_s=self._retry.longest_try_s,
            )
        )

    # -- tries --
    async def _complete(self, call: _Call) -> Answer:
        self.tally.calls += 1
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._retry.is_enough,
            wait=self._retry.wait_s,
            sleep=self._sleep,
            before_sleep=self._note_retry,
            reraise=True,
        )
        slot: AbstractAsyncContextManager[object] = self._slots if call.takes_slot else nullcontext()
        try:
            async with slot:  # kept while waiting, or a thousand calls would make their first try at a dead server
                return await retrying(self._once, call)
        except TryAgain as signal:
            if signal.error.http_status is None:
                self.tally.unanswered_in_a_row += 1
            raise signal.error from None

    async def _once(self, call: _Call) -> Answer:
        headers = await call.signer.headers(self) if call.signer else {}
        reply = await self._receive(call, headers)
        if reply.response.status_code == 401 and call.signer and not call.has_renewed:
            call.has_renewed = True
            if await call.signer.renew(self, headers):
                self.tally.retries += 1
                reply = await self._receive(call, await call.signer.headers(self))
        return self._checked(call, reply)

    async def _receive(self, call: _Call, headers: Mapping[str, str]) -> _Reply:
        await self._wait_for_pause()
        if self.tally.unanswered_in_a_row >= self._retry.give_up_after:
            raise SourceUnavailable(
                self.source,
                call.path,
                f"not asked: the last {self._retry.give_up_after} calls went unanswered; it is taken to be down",
            )
        call.tries += 1
        try:
            async with asyncio.timeout(call.longest_try_s):
                response = await call.send(headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeEncodeError) as error:
            reason = f"the request cannot be sent ({type(error).__name__}): an address or a credential is malformed"
            raise SourceRejected(self.source, call.path, reason) from None  # the cause may quote a header
        except TimeoutError:
            reason = f"no whole answer within {call.longest_try_s:g} s"
            raise TryAgain(SourceUnavailable(self.source, call.path, reason)) from None
        except httpx.RequestError as error:
            reason = f"{type(error).__name__}: {self._redacted(call, str(error)) or 'no answer'}"
            raise TryAgain(SourceUnavailable(self.source, call.path, f"no usable answer ({reason})")) from None
        self.tally.unanswered_in_a_row = 0
        reply = _Reply(response, *parse_json(response.content))
        self._record(call, reply)
        return reply

    def _record(self, call: _Call, reply: _Reply) -> None:
        if call.entity is None or self._recorder is None:
            return
        body = reply.response.content
        if self._secrets(call).are_in(body):
            _log.warning("%s: %s: the answer repeats a credential and is not archived", self.source, call.path)
            return
        self._recorder(
            Received(
                call.entity,
                call.path,
                reply.response.status_code,
                body,
                reply.parsed,
                call.tries,
                self._clock(),
            )
        )

    def _checked(self, call: _Call, reply: _Reply) -> Answer:
        status, headers = reply.response.status_code, reply.response.headers
        if not 200 <= status < 300:
            raise self._refusal(call, reply)
        if call.wants_json and not reply.is_json:
            kind = headers.get("content-type", "no content type").partition(";")[0]
            reason = f"answered {status} but not JSON ({self._redacted(call, kind)})"
            raise TryAgain(SourceUnavailable(self.source, call.path, reason, status))
        return Answer(call.path, status, reply.response.content, reply.parsed, dict(headers), call.tries)

    def _refusal(self, call: _Call, reply: _Reply) -> TryAgain | SourceRejected:
        status = reply.response.status_code
        said = self._redacted(call, error_text(reply.parsed))
        message = f"answered {status}" + (f": {said}" if said else "")
        if status in _TRANSIENT or status >= 500:
            text = reply.response.headers.get("retry-after", "").strip() if status in _NAMES_A_TIME else ""
            wait_s = self._retry.retry_after_s(text, self._clock())
            if wait_s is not None:
                self._pause_until = max(self._pause_until, asyncio.get_running_loop().time() + wait_s)
            error = SourceUnavailable(self.source, call.path, message, status)
            return TryAgain(error, wait_s, is_patient=wait_s is not None or status == 429)
        if 300 <= status < 400:
            message = f"answered {status}, a redirect, which is not followed: check the base URL"
        elif status == 401 and call.signer is not None:
            message += "; the key or token is not accepted: a person has to check it"
        return SourceRejected(self.source, call.path, message, status)

    # -- waiting --
    def _note_retry(self, state: tenacity.RetryCallState) -> None:
        self.tally.retries += 1
        _log.debug("%s; try %d failed", signal_of(state), state.attempt_number)

    async def _wait_for_pause(self) -> None:
        wait_s = self._pause_until - asyncio.get_running_loop().time()
        if wait_s > 0:
            await self._sleep(wait_s)

    # -- redaction --
    def _secrets(self, call: _Call) -> Secrets:
        return Secrets((*call.secrets, *(self._authenticator.secrets() if self._authenticator else ())))

    def _redacted(self, call: _Call, text: str) -> str:
        return printable(self._secrets(call).redacted(text)[:_LONGEST_ERROR_TEXT])


async def call_each(
    items: Sequence[Item], call: Callable[[Item], Awaitable[Result]]
) -> list[tuple[Item, Result | SourceError]]:
    """One call per item side by side (the client limits how many at once); a failed call gives its error as result."""

    async def one(item: Item) -> tuple[Item, Result | SourceError]:
        try:
            return item, await call(item)
        except SourceError as error:
            return item, error

    return list(await asyncio.gather(*map(one, items)))


def _query(params: Parameters | None) -> list[tuple[str, str | int | float | bool | None]] | None:
    """Pairs for httpx; None, not an empty list, leaves a query that the path itself carries as it is."""
    if not params:
        return None
    return [(name, str(value)) for name, value in (params.items() if isinstance(params, Mapping) else params)]


def _query_secrets(query: str) -> list[str]:
    """The query, and every value in it however it may be quoted back."""
    values = [pair.partition("=")[2] for pair in query.split("&")]
    return [query, *values, *map(unquote, values), *map(unquote_plus, values)]


async def _file_blocks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block
