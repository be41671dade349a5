"""An async HTTP client with timeouts, the only retry loop, and a concurrency limit.

What belongs here: transport. What does not: paths, paging, what an answer means (`answer`), who may ask (`auth`).

How long a call may take: `RetryPolicy.attempts` tries for a passing fault, with exponential waits between them. A
refusal (429, or 503 that names a time) is waited out by all who ask the source (`pacing`). A source or entity without
any usable answer is given up after a while (`pacing`, `breaker`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import unquote, unquote_plus

import httpx
import tenacity

from plant_pipeline.errors import CallNotAllowed, SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.http.allowed import AllowedCalls
from plant_pipeline.http.answer import Answer, json_of, keep_body, read_answer
from plant_pipeline.http.auth import Credentials
from plant_pipeline.http.breaker import Breaker
from plant_pipeline.http.deprecation import stated_end, without_ids
from plant_pipeline.http.no_cookies import CookielessClient
from plant_pipeline.http.pacing import Pacer, SharedBudget
from plant_pipeline.http.rate_headers import asked_wait_s, stated_wait_s
from plant_pipeline.http.redaction import Secrets, secrets_of
from plant_pipeline.http.retry import RetryPolicy, TryAgain, signal_of
from plant_pipeline.http.transport import Transport

_log = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # they log whole URLs, and a signed URL is a secret

Parameters = Mapping[str, str | int | Sequence[str]]
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=None)
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=10.0, read=600.0, pool=None)  # storage answers once it holds all bytes
_BLOCK_BYTES = 1 << 20
_OF_CERTIFICATES = "CERTIFICATE_VERIFY_FAILED"

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Received:
    """One response, usable or not, for whoever archives it; as it came, but a secret in query or body is `***`."""

    entity: str
    path: str
    query: str | None
    http_status: int
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    attempt: int
    received_at: datetime


@dataclass
class _Tally:
    """What a client has done. `deprecated`: what servers said, by path, of endpoints that are to go."""

    calls: int = 0
    retries: int = 0
    answered: int = 0
    deprecated: dict[str, str] = field(default_factory=dict)


@dataclass
class _Call:
    """One call with all its tries. `failures`: tries that failed; `refusals`: those refused while others were answered.

    The rest is of the try under way: when its last request was sent, how many calls were over then, and whether that
    request has its turn still.
    """

    path: str
    entity: str | None = None
    wants_json: bool = True
    credentials: Credentials | None = None
    is_upload: bool = False
    secrets: Sequence[str] = ()
    request: httpx.Request | None = None
    tries: int = 0
    failures: int = 0
    refusals: int = 0
    answered_before: int = 0
    sent_at_s: float = 0.0
    over_before: int = 0
    has_turn: bool = False
    deadline: asyncio.Timeout | None = None


_CALL: ContextVar[_Call | None] = ContextVar("_CALL", default=None)  # known to its logins too


class HttpClient:
    """Async context manager around one httpx client for one API.

    `allowed`: the only calls that may be made, as `GET /plants/{id}`; None: any. `makes_many_calls`: for a client that
    uploads nothing (`transport` says why). `stamp`: the clock by which answers are dated, that of the run; `clock` is
    the one that waits are measured by.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        credentials: Credentials | None = None,
        *,
        allowed: Sequence[str] | None = None,
        concurrency: int = 8,
        makes_many_calls: bool = False,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        recorder: Callable[[Received], None] | None = None,
        budget: SharedBudget | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        stamp: Callable[[], datetime] | None = None,
    ) -> None:
        self.source = source
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._allowed = None if allowed is None else AllowedCalls(self._base_url, allowed)
        self._retry = retry or RetryPolicy()
        self._recorder = recorder
        self._sleep = sleep
        self._clock = clock
        self._stamp = stamp or clock
        self._slots = asyncio.Semaphore(concurrency)
        self._pacer = Pacer(source, budget or SharedBudget(), self._retry.patience_s, sleep, clock)
        self._breaker = Breaker(self._retry.give_up_after, self._retry.patience_s)
        self.tally = _Tally()
        own = Transport(concurrency, of_aiohttp=makes_many_calls) if transport is None else None
        self._proxy_secrets = own.secrets() if own else ()
        self._http = CookielessClient(
            transport=transport or own,
            timeout=_TIMEOUT,
            headers={"Accept": "application/json", "User-Agent": "plant-pipeline"},
            trust_env=False,  # the transport does
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
        try:
            async with self._slots:  # kept while waiting, or a thousand calls would make a first try at a dead server
                try:
                    return await self._try(call, method, url, content)
                except TryAgain as signal:  # most calls need no more, and a loop around one try is dear
                    return await self._again(signal, call, method, url, content)
        except TryAgain as signal:
            self._breaker.failed_call(call.entity, is_unanswered=signal.error.http_status is None)
            raise signal.error from None

    async def _again(self, first: TryAgain, call: _Call, method: str, url: str, content: Mapping[str, Any]) -> Answer:
        """The tries after the `first`, which counts as one."""
        failed = [first]

        async def one() -> Answer:
            if failed:
                raise failed.pop()
            return await self._try(call, method, url, content)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._retry.is_enough,
            wait=self._retry.wait_s,
            sleep=self._sleep_between,
            before_sleep=lambda state: _log.debug("%s; try %d failed", signal_of(state), state.attempt_number),
            reraise=True,
        )
        return await retrying(one)

    async def _sleep_between(self, seconds: float) -> None:
        if seconds:
            await self._sleep(seconds)

    async def _try(self, call: _Call, method: str, url: str, content: Mapping[str, Any]) -> Answer:
        token = _CALL.set(call)
        try:
            answer = await self._send(call, method, url, content)
        except TryAgain as signal:  # of the call, or of a login on the way
            self._note_failure(call, signal)
            raise
        except SourceRejected:
            self._note_answer(call, {})
            raise
        finally:
            self._end_turn(call)
            _CALL.reset(token)
        self._note_answer(call, answer.headers)
        return answer

    async def _send(self, call: _Call, method: str, url: str, content: Mapping[str, Any]) -> Answer:
        try:
            if call.request is None:
                call.request = self._http.build_request(method, url, extensions={"call": call}, **content)
            async with asyncio.timeout(None) as call.deadline:  # begins with each turn
                response = await self._http.send(call.request, auth=call.credentials)
            secrets, carries_key = self._secrets(call), call.credentials is not None
            answer = read_answer(
                self.source, call.path, response, secrets, wants_json=call.wants_json, carries_key=carries_key
            )
            return replace(answer, attempts=call.tries)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeEncodeError) as error:
            reason = f"the request cannot be sent ({type(error).__name__}): an address or a credential is malformed"
            raise SourceRejected(self.source, call.path, reason) from None  # the cause may quote a header
        except TimeoutError:
            reason = f"no whole answer within {self._retry.longest_try_s:g} s"
            raise TryAgain(SourceUnavailable(self.source, call.path, reason)) from None
        except httpx.RequestError as error:
            reason = f"{type(error).__name__}: {self._secrets(call).redacted(str(error)) or 'no answer'}"
            message = f"no usable answer ({reason})"
            if _OF_CERTIFICATES in str(error):
                message += "; if it is a company's own authority, let SSL_CERT_FILE name its certificates"
            raise TryAgain(SourceUnavailable(self.source, _path_of(error.request), message)) from None

    def _note_answer(self, call: _Call, headers: Mapping[str, str]) -> None:
        self.tally.answered += 1
        self._breaker.answered(call.entity)
        self._pacer.answered(headers, call.over_before)

    def _note_failure(self, call: _Call, signal: TryAgain) -> None:
        """Raises `SourceUnavailable` if that was the last try at the source."""
        self._breaker.failed_try(call.entity, self._pacer.now_s())
        error = signal.error
        retry_after_s = asked_wait_s(signal.headers, self._clock())
        if retry_after_s is None and error.http_status == 429:
            retry_after_s = stated_wait_s(signal.headers, self._clock())
        signal.is_refusal = error.http_status == 429 or retry_after_s is not None
        if signal.is_refusal:
            call.refusals += self.tally.answered > call.answered_before
            signal.is_last = call.refusals >= self._retry.patient_attempts
            why = self._pacer.refused(call.sent_at_s, retry_after_s, error.reason)
        else:
            call.failures += 1
            why = self._pacer.failed(error.reason)
        signal.failures, call.answered_before = call.failures, self.tally.answered
        if why:
            raise SourceUnavailable(self.source, error.path, why, error.http_status, error.code) from None

    # -- every request, logins too --
    async def _before_request(self, request: httpx.Request) -> None:
        call, path = _CALL.get(), _path_of(request)
        if self._allowed and not self._allowed.permit(request):
            reason = f"{request.method} is not on the list of calls that may be made here; it was not sent"
            raise CallNotAllowed(self.source, path, reason)
        if why := self._breaker.reason(call.entity if call else None, self._pacer.now_s()):
            raise SourceUnavailable(self.source, path, f"not asked: {why}")
        if call is None:
            return
        _set_deadline(call, None)
        call.sent_at_s = await self._pacer.turn(path)
        call.over_before = self._pacer.over
        call.has_turn = True
        _set_deadline(call, None if call.is_upload else self._retry.longest_try_s)
        if "call" in request.extensions:
            call.tries += 1
            self.tally.retries += call.tries > 1

    def _end_turn(self, call: _Call) -> None:
        if call.has_turn:
            call.has_turn = False
            self._pacer.done()

    async def _after_response(self, response: httpx.Response) -> None:
        await response.aread()
        received_at: datetime = response.extensions.setdefault("received_at", self._stamp())
        if under_way := _CALL.get():
            self._end_turn(under_way)
        self._breaker.unanswered = 0
        call: _Call | None = response.request.extensions.get("call")
        if call is None or call.entity is None:
            return
        status, secrets = response.status_code, self._secrets(call)
        if said := stated_end(response.headers):
            self.tally.deprecated.setdefault(without_ids(call.path), secrets.redacted(said))
        body = keep_body(response, secrets)
        if body != response.content:
            _log.warning("%s: %s: the answer repeats a credential, which is kept as ***", self.source, call.path)
        if self._recorder is None:
            return
        value, _ = json_of(response)
        query = secrets.query_without(response.request.url.query.decode()) or None
        self._recorder(Received(call.entity, call.path, query, status, body, value, call.tries, received_at))

    def _secrets(self, call: _Call) -> Secrets:
        own = self._credentials.secrets() if self._credentials else ()
        return secrets_of((*call.secrets, *own, *self._proxy_secrets))


def _set_deadline(call: _Call, seconds: float | None) -> None:
    if call.deadline is not None:
        call.deadline.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)


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
