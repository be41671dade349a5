"""The one way out: an async HTTP client with timeouts, the only retry loop, a concurrency limit and redaction.

What belongs here: transport. What does not: paths, paging, the meaning of any answer. httpx is imported nowhere else
outside the tests and the sandbox.

How long a call may take: `RetryPolicy.attempts` tries for a passing fault, with exponential waits between them; a 429
or 503 that names a time is waited for (by all calls of the client) and tried `patient_attempts` times at most. A source
that did not answer at all `give_up_after` calls in a row is not asked again by this client.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import httpx
import orjson
import tenacity

from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable

_log = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # they log whole URLs, and a signed URL is a secret

Parameters = Mapping[str, str | int] | Sequence[tuple[str, str | int]]
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_BLOCK_BYTES = 1 << 20

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long: waits are `base_s` · 2ⁿ up to `max_s`, plus up to a quarter of jitter."""

    attempts: int = 4
    base_s: float = 0.4
    max_s: float = 10.0
    patient_attempts: int = 8
    longest_retry_after_s: float = 120.0
    give_up_after: int = 5


@dataclass(frozen=True)
class Answer:
    """A usable answer: status 2xx and, where JSON was asked for, a body that is JSON."""

    path: str
    http_status: int
    body: bytes
    json: Any
    headers: Mapping[str, str]
    attempts: int


@dataclass(frozen=True)
class Received:
    """One response as it came, usable or not, for whoever archives it."""

    entity: str
    path: str
    http_status: int
    body: bytes
    json: Any
    attempt: int
    received_at: datetime


class Authenticator(Protocol):
    """Signs requests; asked anew for every try, so that a retry carries fresh credentials."""

    async def headers(self, client: "HttpClient") -> Mapping[str, str]:
        """Headers that authorise a request; may log in through `client` first."""

    async def renew(self, client: "HttpClient") -> bool:
        """Called once on a 401; False if there is nothing to renew (a static key)."""

    def secrets(self) -> Sequence[str]:
        """Everything that must never appear in a message."""


class _Retry(Exception):
    """A signal inside this module, never raised out of it."""

    def __init__(self, error: SourceError, wait_s: float | None = None, *, patient: bool = False) -> None:
        self.error, self.wait_s, self.patient = error, wait_s, patient
        super().__init__(str(error))


@dataclass
class _Tally:
    calls: int = 0
    retries: int = 0
    unanswered_in_a_row: int = 0


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
        self._renewing = asyncio.Lock()
        self._renewals = 0
        self._pause_until = 0.0
        self.tally = _Tally()
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(30.0, connect=10.0, pool=None),
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
        target = httpx.URL(url)
        headers = {"Content-Type": content_type, "Content-Length": str(file.stat().st_size)}
        return await self._retrying(
            f"{target.host}{target.path}",
            lambda: self._http.put(url, content=_file_blocks(file), headers=headers),
            entity=None,
            wants_json=False,
            authenticated=False,
        )

    async def post_webhook(self, url: str, payload: object) -> None:
        """POST JSON to a full address that is itself a secret; errors name the host only."""
        host = httpx.URL(url).host
        await self._retrying(
            host,
            lambda: self._http.post(url, json=payload),
            entity=None,
            wants_json=False,
            authenticated=False,
        )

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
        async def send() -> httpx.Response:
            headers: Mapping[str, str] = {}
            if authenticated and self._authenticator is not None:
                headers = await self._authenticator.headers(self)
            return await self._http.request(
                method,
                self._base_url + path,
                params=_query(params),
                headers=headers,
                json=payload,
            )

        if authenticated and self._authenticator is not None:
            await self._authenticator.headers(self)  # log in before taking a slot
        return await self._retrying(path, send, entity=entity, wants_json=True, authenticated=authenticated)

    # -- retry --
    async def _retrying(
        self,
        path: str,
        send: Callable[[], Awaitable[httpx.Response]],
        *,
        entity: str | None,
        wants_json: bool,
        authenticated: bool,
    ) -> Answer:
        if self.tally.unanswered_in_a_row >= self._retry.give_up_after:
            raise SourceUnavailable(
                self.source,
                path,
                f"not asked: the last {self._retry.give_up_after} calls went unanswered; it is taken to be down",
            )
        self.tally.calls += 1
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Retry),
            stop=self._is_enough,
            wait=self._wait_s,
            sleep=self._sleep,
            before_sleep=self._note_retry,
            reraise=True,
        )
        renewed = False
        try:
            async for attempt in retrying:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    try:
                        answer = await self._once(path, send, entity, wants_json, number)
                    except SourceRejected as error:
                        if error.http_status != 401 or not authenticated or renewed or not await self._renew():
                            raise
                        renewed = True
                        raise _Retry(error, wait_s=0.0) from error
            self.tally.unanswered_in_a_row = 0
        except _Retry as signal:
            if signal.error.is_transient and signal.error.http_status is None:
                self.tally.unanswered_in_a_row += 1
            raise signal.error from signal.__cause__
        return answer

    async def _renew(self) -> bool:
        if self._authenticator is None:
            return False
        seen = self._renewals
        async with self._renewing:
            if self._renewals == seen:  # nobody else renewed while this call waited
                if not await self._authenticator.renew(self):
                    return False
                self._renewals += 1
        return True

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        signal = state.outcome.exception() if state.outcome else None
        patient = isinstance(signal, _Retry) and signal.patient
        return state.attempt_number >= (self._retry.patient_attempts if patient else self._retry.attempts)

    def _wait_s(self, state: tenacity.RetryCallState) -> float:
        signal = state.outcome.exception() if state.outcome else None
        if isinstance(signal, _Retry) and signal.wait_s is not None:
            return signal.wait_s
        wait_s = min(self._retry.base_s * 2.0 ** (state.attempt_number - 1), self._retry.max_s)
        return wait_s * (1 + random.random() / 4)  # noqa: S311 -- jitter, nothing secret

    def _note_retry(self, state: tenacity.RetryCallState) -> None:
        self.tally.retries += 1
        signal = state.outcome.exception() if state.outcome else None
        _log.debug("%s; try %d failed", signal, state.attempt_number)

    async def _once(
        self,
        path: str,
        send: Callable[[], Awaitable[httpx.Response]],
        entity: str | None,
        wants_json: bool,
        number: int,
    ) -> Answer:
        async with self._slots:
            await self._wait_for_pause()
            try:
                response = await send()
            except httpx.TransportError as error:
                reason = f"{type(error).__name__}: {self._redacted(str(error)) or 'no answer'}"
                raise _Retry(SourceUnavailable(self.source, path, f"no usable answer ({reason})")) from None
        parsed, is_json = _parsed(response)
        if entity is not None and self._recorder is not None and not self._holds_secret(response.content):
            self._recorder(
                Received(entity, path, response.status_code, response.content, parsed, number, self._clock())
            )
        self._check_status(path, response, parsed)
        if wants_json and not is_json:
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            raise _Retry(
                SourceUnavailable(
                    self.source,
                    path,
                    f"answered {response.status_code} but not JSON ({kind})",
                    response.status_code,
                )
            )
        return Answer(path, response.status_code, response.content, parsed, dict(response.headers), number)

    def _check_status(self, path: str, response: httpx.Response, parsed: Any) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        said = self._redacted(_error_text(parsed))
        message = f"answered {status}" + (f": {said}" if said else "")
        if status in _TRANSIENT or status >= 500:
            wait_s = self._retry_after_s(response) if status in (429, 503) else None
            if wait_s is not None:
                self._pause_until = max(self._pause_until, asyncio.get_running_loop().time() + wait_s)
            raise _Retry(
                SourceUnavailable(self.source, path, message, status),
                wait_s,
                patient=wait_s is not None or status == 429,
            )
        if 300 <= status < 400:
            message = f"answered {status}, a redirect, which is not followed: check the base URL"
        raise SourceRejected(self.source, path, message, status)

    async def _wait_for_pause(self) -> None:
        wait_s = self._pause_until - asyncio.get_running_loop().time()
        if wait_s > 0:
            await self._sleep(wait_s)

    def _retry_after_s(self, response: httpx.Response) -> float | None:
        text = response.headers.get("retry-after", "").strip()
        if not text:
            return None
        try:
            seconds = float(text)
        except ValueError:
            try:
                moment = parsedate_to_datetime(text)
            except ValueError:
                return None
            seconds = (moment.astimezone(UTC) - self._clock()).total_seconds()
        return min(max(seconds, 0.0), self._retry.longest_retry_after_s)

    # -- redaction --
    def _secrets(self) -> list[str]:
        return [secret for secret in (self._authenticator.secrets() if self._authenticator else ()) if len(secret) > 3]

    def _redacted(self, text: str) -> str:
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return text

    def _holds_secret(self, body: bytes) -> bool:
        return any(secret.encode() in body for secret in self._secrets())


@dataclass
class StaticHeaders:
    """Authenticates with headers that never change (a key or token made by hand)."""

    values: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)

    async def headers(self, client: HttpClient) -> Mapping[str, str]:  # noqa: ARG002 -- the protocol's signature
        """The fixed headers."""
        return self.values

    async def renew(self, client: HttpClient) -> bool:  # noqa: ARG002 -- the protocol's signature
        """Nothing to renew: a person has to make a new key."""
        return False

    def secrets(self) -> Sequence[str]:
        """The key itself."""
        return (self.secret,)


@dataclass
class LoginToken:
    """Logs in once, carries the token, and logs in again when the API says 401 (or the token is about to end).

    `login` posts the credentials and returns the token; a 401 of the login itself is final.
    `header` turns the token into headers.
    """

    login: Callable[[HttpClient], Awaitable[str]] = field(repr=False)
    header: Callable[[str], Mapping[str, str]] = field(repr=False)
    credentials: Sequence[str] = field(repr=False)
    _token: str | None = field(default=None, repr=False)
    _past_tokens: list[str] = field(default_factory=list, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def headers(self, client: HttpClient) -> Mapping[str, str]:
        """Headers with the current token; logs in first if there is none."""
        async with self._lock:
            if self._token is None:
                self._token = await self.login(client)
                self._past_tokens.append(self._token)
            return self.header(self._token)

    async def renew(self, client: HttpClient) -> bool:
        """Forget the token and log in again."""
        self._token = None
        await self.headers(client)
        return True

    def secrets(self) -> Sequence[str]:
        """Credentials and every token seen."""
        return (*self.credentials, *self._past_tokens)


def token_from(answer: Answer, source: str, field_names: Sequence[str]) -> str:
    """The first of the named fields of a login answer; raises `SourceShapeChanged` if none holds text."""
    for name in field_names:
        value = answer.json.get(name) if isinstance(answer.json, dict) else None
        if isinstance(value, str) and value:
            return value
    raise SourceShapeChanged(source, answer.path, f"the login answer has no {' or '.join(field_names)}")


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


def _query(params: Parameters | None) -> list[tuple[str, str | int | float | bool | None]]:
    pairs = params.items() if isinstance(params, Mapping) else (params or ())
    return [(name, str(value)) for name, value in pairs]


def _parsed(response: httpx.Response) -> tuple[Any, bool]:
    try:
        return orjson.loads(response.content), True
    except orjson.JSONDecodeError:
        return None, False


def _error_text(parsed: Any) -> str:
    """What an error body says, in any of the documented shapes (envelope, detail, error, errors, per-field lists)."""
    if not isinstance(parsed, dict):
        return ""
    parts = [parsed[name] for name in ("code", "message", "detail", "error", "errors") if parsed.get(name)]
    text = "; ".join(part if isinstance(part, str) else orjson.dumps(part).decode() for part in (parts or [parsed]))
    return text[:300]


async def _file_blocks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block
