"""One request and its answer: what an API's handler sees, and how faults come between.

What belongs here: the frame that the four APIs share (calls, routes, tokens, JSON). What does not: any API's answers.
"""

import asyncio
import hashlib
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from plant_pipeline.sandbox.faults import Fault, Faults, Kind
from plant_pipeline.sandbox.fleet import Fleet

UNMATCHED: Final = "unmatched"
_ERROR_PAGE: Final = (
    '<!DOCTYPE html><html lang="en"><head><title>Please stand by</title></head><body><h1>One moment</h1></body></html>'
)


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `path` is below the API's prefix, `query` keeps repeated parameters."""

    method: str
    path: str
    route: str
    parameters: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Headers
    body: bytes
    now: datetime
    request: Request

    def one(self, *names: str) -> str | None:
        """The last value of the first of `names` that was sent."""
        for name in names:
            if name in self.query:
                return self.query[name][-1]
        return None

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object; empty if it is anything else."""
        try:
            parsed = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


Handler = Callable[[Call], Response | Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """A method, a path template and what answers it; `is_streamed` leaves the body to the handler."""

    method: str
    template: str
    handler: Handler
    is_streamed: bool = False


class Api(Protocol):
    """What the server needs of an API."""

    @property
    def name(self) -> str:
        """The path prefix without slash."""

    def endpoints(self) -> Sequence[Endpoint]:
        """Everything that is answered."""

    def refuse(self, status: int, call: Call, /) -> Response:
        """The API's own error answer with a status it did not choose itself: unknown path, wrong method, or a fault."""


@dataclass
class World:
    """What all APIs of one sandbox share."""

    fleet: Fleet
    faults: Faults
    clock: Callable[[], datetime]
    base_url: str = ""
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    hang_up: Callable[[Scope, bool], None] = lambda _scope, _now: None
    closing: asyncio.Event | None = None


@dataclass
class Tokens:
    """Tokens that a login issues: they end with their lifetime, or when a test ends them all."""

    api: str
    world: World
    lifetime: timedelta
    _expiry: dict[str, datetime] = field(default_factory=dict)

    def issue(self, now: datetime) -> tuple[str, datetime]:
        """A new token and when it ends."""
        seed = f"{self.api}:{len(self._expiry)}:{now.isoformat()}"
        token = f"{self.world.faults.generation(self.api)}.{hashlib.sha256(seed.encode()).hexdigest()}"
        self._expiry[token] = now + self.lifetime
        return token, self._expiry[token]

    def is_valid(self, token: str, now: datetime) -> bool:
        """Whether the token was issued here and has not ended."""
        generation = token.partition(".")[0]
        return (
            token in self._expiry
            and now < self._expiry[token]
            and generation == str(self.world.faults.generation(self.api))
        )


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; NaN becomes null, arrays of numpy are written as they are."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, dict(headers or {}), media_type="application/json")


def bearer(call: Call) -> str | None:
    """The token of an `Authorization: Bearer` header."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def page_window(page: int, size: int) -> slice:
    """The positions of the records on a page, counted from 1."""
    return slice((page - 1) * size, page * size)


def application(api: Api, world: World) -> Starlette:
    """The ASGI application of one API, to be mounted under its name."""
    routes = [
        Route(endpoint.template, _Guard(api, world, endpoint).answer, methods=[endpoint.method])
        for endpoint in api.endpoints()
    ]

    async def unmatched(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        world.requests[(api.name, UNMATCHED)] += 1
        return api.refuse(status, await _call(request, UNMATCHED, world, reads_body=False))

    app = Starlette(routes=routes, exception_handlers={404: unmatched, 405: unmatched})
    app.router.redirect_slashes = False
    return app


async def _call(request: Request, route: str, world: World, reads_body: bool) -> Call:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    body = await request.body() if reads_body else b""
    return Call(
        request.method, path, route, dict(request.path_params), query, request.headers, body, world.clock(), request
    )


class _Guard:
    """Counts a request, lets faults have their say, and passes it on."""

    def __init__(self, api: Api, world: World, endpoint: Endpoint) -> None:
        self._api, self._world, self._endpoint = api, world, endpoint

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        call = await _call(request, self._endpoint.template, self._world, not self._endpoint.is_streamed)
        self._world.requests[(self._api.name, call.route)] += 1
        met = self._world.faults.take(self._api.name, call.method, call.route, call.path, _page(call))
        for fault in met:
            if fault.kind is Kind.SLOW:
                await self._wait(fault.seconds)
        for fault in met:
            refusal = self._instead(fault, call)
            if refusal is not None:
                return refusal
        asked = call
        if any(fault.kind is Kind.DUPLICATE_PAGE for fault in met):
            call = replace(call, query={**call.query, "page": [str(_page(call) - 1)]})
        result = self._endpoint.handler(call)
        response = await result if inspect.isawaitable(result) else result
        for fault in met:
            response = self._afterwards(fault, response, _page(asked))
        return response

    async def _wait(self, seconds: float) -> None:
        if self._world.closing is not None:
            try:
                await asyncio.wait_for(self._world.closing.wait(), seconds)
            except TimeoutError:
                return

    def _instead(self, fault: Fault, call: Call) -> Response | None:
        if fault.kind is Kind.DROP:
            return _BrokenResponse(self._world, b"", 0)
        if fault.kind is Kind.HTML:
            return HTMLResponse(_ERROR_PAGE, fault.status)
        if fault.kind is Kind.STATUS:
            response = self._api.refuse(fault.status, call)
            if fault.retry_after is not None:
                response.headers["Retry-After"] = fault.retry_after
            return response
        return None

    def _afterwards(self, fault: Fault, response: Response, page: int) -> Response:
        if fault.kind is Kind.CHANGE_TOTAL:
            return _with_body(response, _with_other_total(bytes(response.body), fault.amount))
        if fault.kind is Kind.DUPLICATE_PAGE:
            return _with_body(response, _with_page_number(bytes(response.body), page))
        if fault.kind is Kind.CUT_BODY:
            body = bytes(response.body)
            if fault.keeps_length:
                return _BrokenResponse(self._world, body, len(body) // 2, response.status_code)
            return _with_body(response, body[: len(body) // 2])
        return response


def _page(call: Call) -> int:
    text = call.one("page") or ""
    return int(text) if text.isdecimal() else 1


def _with_body(response: Response, body: bytes) -> Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, response.status_code, headers)


def _with_other_total(body: bytes, amount: int) -> bytes:
    """Change the totals of a Voke page (`meta.total`) or a FlexMeasures page (`num-records`, `filtered-records`)."""
    content = orjson.loads(body)
    if not isinstance(content, dict):
        return body
    for holder, name in ((content.get("meta"), "total"), (content, "num-records"), (content, "filtered-records")):
        if isinstance(holder, dict) and name in holder:
            holder[name] += amount
    return orjson.dumps(content)


def _with_page_number(body: bytes, page: int) -> bytes:
    """State the page that was asked for (Voke's `meta.page`) over the records of another."""
    content = orjson.loads(body)
    if isinstance(content, dict) and isinstance(content.get("meta"), dict):
        content["meta"]["page"] = page
    return orjson.dumps(content)


class _BrokenResponse(Response):
    """Sends the first `sent` bytes of a body whose whole length it announces, or nothing at all, and hangs up."""

    def __init__(self, world: World, body: bytes, sent: int, status: int = 200) -> None:
        super().__init__(body, status, media_type="application/json")
        self._world, self._sent = world, sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sent:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": bytes(self.body)[: self._sent], "more_body": True})
        self._world.hang_up(scope, self._sent == 0)
        while (await receive())["type"] != "http.disconnect":
            pass
