"""An async HTTP client with timeouts, the only retry loop, and a concurrency limit.

What belongs here: transport. What does not: paths, paging, what an answer means (`answer`), who may ask (`auth`).

How long a call may take: `RetryPolicy.attempts` tries for a passing fault, with exponential waits between them; a 429
or 503 that names a time is waited for (by all calls of the client) and tried `patient_attempts` times at most; one try
with all that it waits for lasts `longest_try_s` at most. A source that did not answer at all `give_up_after` calls in a
row is not asked again by this client.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import unquote, unquote_plus

import httpx
import tenacity

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.http.answer import Answer, json_of, read_answer
from plant_pipeline.http.auth import Credentials
from plant_pipeline.http.redaction import Secrets
from plant_pipeline.http.retry import RetryPolicy, TryAgain, signal_of

_log = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # they log whole URLs, and a signed URL is a secret

Parameters = Mapping[str, str | int | Sequence[str]]
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=None)
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=10.0, read=600.0, pool=None)  # storage answers once it holds all bytes
_BLOCK_BYTES = 1 << 20

Item = TypeVar("Item")
Result = TypeVar("Result")


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


@dataclass
class _Tally:
    calls: int = 0
    retries: int = 0
    unanswered_in_a_row: int = 0


@dataclass
class _Call:
    """One call with all its tries; travels with its request, so that what sees the request knows the call."""

    path: str
    entity: str | None = None
    wants_json: bool = True
    credentials: Credentials | None = None
    is_upload: bool = False
    secrets: Sequence[str] = ()
    request: httpx.Request | None = None
    tries: int = 0


class HttpClient:
    """Async context manager around one httpx client for one API."""

    def __init__(
        self,
        source: str,
        base_url: str,
        credentials: Credentials | None = None,
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
        self._credentials = credentials
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
            event_hooks={"request": [self._before_request], "response": [self._after_response]},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    # -- calls --
    async def get_json(self, path: str, params: Parameters | None = None, *, entity: str | None = None) -> Answer:
        """GET `path` and parse it as JSON; `entity` names what it holds and has it archived.

        Raises `SourceUnavailable` after the retries, `SourceRejected` for any other status but 2xx.
        """
        call = _Call(path.partition("?")[0], entity, credentials=self._credentials)
        # None, not an empty mapping, leaves a query that the path itself carries as it is.
        return await self._complete(call, "GET", self._base_url + path, params=params or None)

    async def put_file(self, url: str, file: Path, content_type: str) -> Answer:
        """PUT a file to an absolute signed URL: byte for byte, with Content-Length, without Authorization.

        Errors name host and path only; a signature never leaves this function.
        """
        target = self._address(url)
        headers = {"Content-Type": content_type, "Content-Length": str(file.stat().st_size)}
        secrets = (url, *_query_secrets(target.query.decode()))
        call = _Call(f"{target.host}{target.path}", wants_json=False, secrets=secrets, is_upload=True)
        body = _FileBlocks(file)
        return await self._complete(call, "PUT", url, content=body, headers=headers, timeout=_UPLOAD_TIMEOUT)

    async def post_webhook(self, url: str, payload: object) -> None:
        """POST JSON to a full address that is itself a secret; errors name the host only."""
        target = self._address(url)
        secrets = (url, target.raw_path.decode(), target.path)
        call = _Call(target.host, wants_json=False, secrets=secrets)
        await self._complete(call, "POST", url, json=payload)

    def _address(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL:
            target = httpx.URL()
        if target.scheme not in ("http", "https") or not target.host:
            raise SourceShapeChanged(self.source, "(address)", "what should be an http(s) address is none")
        return target

    # -- tries --
    async def _complete(self, call: _Call, method: str, url: str, **content: Any) -> Answer:
        self.tally.calls += 1
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._retry.is_enough,
            wait=self._retry.wait_s,
            sleep=self._sleep,
            before_sleep=lambda state: _log.debug("%s; try %d failed", signal_of(state), state.attempt_number),
            reraise=True,
        )
        try:
            async with self._slots:  # kept while waiting, or a thousand calls would make a first try at a dead server
                return await retrying(self._try, call, method, url, content)
        except TryAgain as signal:
            if signal.error.http_status is None:
                self.tally.unanswered_in_a_row += 1
            raise signal.error from None

    async def _try(self, call: _Call, method: str, url: str, content: Mapping[str, Any]) -> Answer:
        try:
            if call.request is None:
                call.request = self._http.build_request(method, url, extensions={"call": call}, **content)
            async with asyncio.timeout(None if call.is_upload else self._retry.longest_try_s):
                response = await self._http.send(call.request, auth=call.credentials)
            secrets, carries_key = self._secrets(call), call.credentials is not None
            answer = read_answer(
                self.source, call.path, response, secrets, wants_json=call.wants_json, carries_key=carries_key
            )
            return replace(answer, attempts=call.tries)
        except TryAgain as signal:  # from here, or from a login on the way
            signal.wait_s = self._retry.retry_after_s(signal.retry_after, self._clock())
            if signal.wait_s is not None:
                self._pause_until = max(self._pause_until, asyncio.get_running_loop().time() + signal.wait_s)
            raise
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeEncodeError) as error:
            reason = f"the request cannot be sent ({type(error).__name__}): an address or a credential is malformed"
            raise SourceRejected(self.source, call.path, reason) from None  # the cause may quote a header
        except TimeoutError:
            reason = f"no whole answer within {self._retry.longest_try_s:g} s"
            raise TryAgain(SourceUnavailable(self.source, call.path, reason)) from None
        except httpx.RequestError as error:
            reason = f"{type(error).__name__}: {self._secrets(call).redacted(str(error)) or 'no answer'}"
            message = f"no usable answer ({reason})"
            raise TryAgain(SourceUnavailable(self.source, _path_of(error.request), message)) from None

    async def _before_request(self, request: httpx.Request) -> None:
        wait_s = self._pause_until - asyncio.get_running_loop().time()
        if wait_s > 0:
            await self._sleep(wait_s)
        if self.tally.unanswered_in_a_row >= self._retry.give_up_after:
            calls = f"the last {self._retry.give_up_after} calls went unanswered"
            raise SourceUnavailable(self.source, _path_of(request), f"not asked: {calls}; it is taken to be down")
        if call := request.extensions.get("call"):
            call.tries += 1
            self.tally.retries += call.tries > 1

    async def _after_response(self, response: httpx.Response) -> None:
        await response.aread()
        self.tally.unanswered_in_a_row = 0
        call: _Call | None = response.request.extensions.get("call")
        status, body = response.status_code, response.content
        if call is None or call.entity is None or self._recorder is None:
            return
        if self._secrets(call).are_in(body):
            _log.warning("%s: %s: the answer repeats a credential and is not archived", self.source, call.path)
            return
        value, _ = json_of(response)
        self._recorder(Received(call.entity, call.path, status, body, value, call.tries, self._clock()))

    def _secrets(self, call: _Call) -> Secrets:
        return Secrets((*call.secrets, *(self._credentials.secrets() if self._credentials else ())))


def _path_of(request: httpx.Request) -> str:
    call: _Call | None = request.extensions.get("call")  # None: a login
    return call.path if call else request.url.path


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


def _query_secrets(query: str) -> list[str]:
    """The query, and every value in it however it may be quoted back."""
    values = [pair.partition("=")[2] for pair in query.split("&")]
    return [query, *values, *map(unquote, values), *map(unquote_plus, values)]


@dataclass(frozen=True)
class _FileBlocks:
    """A file as the body of a request; every try reads it from its first byte."""

    file: Path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.file.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                yield block
