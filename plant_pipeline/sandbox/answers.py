"""One way to answer, shared by the four APIs: calls, routes, tokens, pages, refusals, and how faults come between.

What belongs here: the frame. What does not: any API's answers, and which fault meets which request (faults.py).
"""

import asyncio
import hashlib
import inspect
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from plant_pipeline.sandbox.faults import Fault, Faults, Kind
from plant_pipeline.sandbox.fleet import Fleet

UNMATCHED: Final = "unmatched"
_PROXY_PAGE: Final = "<!DOCTYPE html><html><head><title>Please stand by</title></head><body>One moment</body></html>"

Json = dict[str, object]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `path` is below the API's prefix, the body of a PUT is left to the handler."""

    request: Request
    route: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    now: datetime

    def one(self, *names: str) -> str | None:
        """The last value of the first of `names` that was sent, a dash written as such or as an underscore."""
        for name in names:
            for spelling in (name, name.replace("-", "_")):
                if spelling in self.query:
                    return self.query[spelling][-1]
        return None

    def header(self, name: str) -> str | None:
        """A header's value."""
        return self.request.headers.get(name)

    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header."""
        scheme, _, token = (self.header("authorization") or "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @property
    def id(self) -> str:
        """The `{id}` of the path."""
        return str(self.request.path_params["id"])

    @property
    def page(self) -> int:
        """The page asked for, 1 without one."""
        text = self.one("page") or ""
        return int(text) if text.isdecimal() else 1

    def json_object(self) -> Json:
        """The body as a JSON object; empty if it is anything else."""
        try:
            parsed = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


class Refusal(Exception):
    """Ends a handler with another answer than the one asked for; without content the API words the status."""

    def __init__(self, status: int, content: object = None) -> None:
        super().__init__(status)
        self.status, self.content = status, content


# Returns what is answered, as JSON or as a response that is ready; may be a coroutine.
Handler = Callable[[Call], object]


@dataclass
class World:
    """What all APIs of one sandbox share; `hang_up` ends a request's connection, at once or after what was sent."""

    fleet: Fleet
    faults: Faults
    clock: Callable[[], datetime]
    base_url: str
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    hang_up: Callable[[Scope, bool], None] = lambda _scope, _at_once: None
    is_closing: threading.Event = field(default_factory=threading.Event)


class Api(ABC):
    """One of the APIs; `headers` come with every answer, `open_routes` need no authorization."""

    name: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}
    open_routes: ClassVar[frozenset[str]] = frozenset()
    token_lifetime: ClassVar[timedelta]

    def __init__(self, world: World) -> None:
        self.world = world
        self._tokens: dict[str, datetime] = {}

    @property
    def url(self) -> str:
        """The base URL of this API."""
        return f"{self.world.base_url}/{self.name}"

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables that point the pipeline here."""

    @abstractmethod
    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered, by method and path template; where two fit, the first answers."""

    @abstractmethod
    def authorize(self, call: Call) -> None:
        """Raise `Refusal` for a caller that may not ask."""

    @abstractmethod
    def refuse(self, status: int, call: Call, /) -> object:
        """The API's own words for a status: unknown path, wrong method, a bare `Refusal` or a fault."""

    def respond(self, content: object, status: int = 200) -> Response:
        """A JSON answer, arrays of numpy with NaN as null, or the response that was made."""
        if isinstance(content, Response):
            return content
        body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(body, status, dict(self.headers), media_type="application/json")

    def issue_token(self, now: datetime) -> tuple[str, datetime]:
        """A new token and when it ends: with its lifetime, or when a test ends them all."""
        seed = f"{self.name}:{len(self._tokens)}:{now.isoformat()}"
        token = f"{self.world.faults.generation(self.name)}.{hashlib.sha256(seed.encode()).hexdigest()}"
        self._tokens[token] = now + self.token_lifetime
        return token, self._tokens[token]

    def is_valid(self, token: str, now: datetime) -> bool:
        """Whether the token was issued here and has not ended."""
        is_running = token in self._tokens and now < self._tokens[token]
        return is_running and token.partition(".")[0] == str(self.world.faults.generation(self.name))

    async def answer(self, call: Call, handler: Handler) -> Response:
        """The answer of a handler to a caller that may ask."""
        try:
            if call.route not in self.open_routes:
                self.authorize(call)
            content = handler(call)
            return self.respond(await content if inspect.isawaitable(content) else content)
        except Refusal as refusal:
            content = self.refuse(refusal.status, call) if refusal.content is None else refusal.content
            return self.respond(content, refusal.status)


def iso(instant: datetime) -> str:
    """An instant in UTC as the APIs write it: whole seconds and `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def found(rows: Mapping[str, Row], call: Call) -> Row:
    """The row under the UUID in the path, which may be written in capitals; 404 if there is none."""
    if call.id.lower() not in rows:
        raise Refusal(404)
    return rows[call.id.lower()]


def page_of(
    call: Call, rows: Sequence[Row], size_name: str, default: int, most: int, invalid: Callable[[str, int], Refusal]
) -> tuple[Sequence[Row], int, int]:
    """The rows of the page that is asked for, its number (from 1) and the size of a page.

    Raises what `invalid` makes of the name and the highest value of a number that is none, or is out of bounds.
    """
    numbers = []
    for name, fallback, highest in (("page", 1, 10**9), (size_name, default, most)):
        text = call.one(name)
        number = fallback if text is None else int(text) if text.isascii() and text.isdecimal() else 0
        if not 1 <= number <= highest:
            raise invalid(name, highest)
        numbers.append(number)
    page, size = numbers
    return rows[(page - 1) * size : page * size], page, size


def application(api: Api) -> Starlette:
    """The ASGI application of one API, to be mounted under its name."""

    async def unmatched(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        api.world.requests[(api.name, UNMATCHED)] += 1
        return api.respond(api.refuse(status, await _call(request, UNMATCHED, api.world)), status)

    routes = []
    for entry, handler in api.routes().items():
        method, template = entry.split(" ")
        routes.append(Route(template, _guarded(api, template, handler), methods=[method]))
    app = Starlette(routes=routes, exception_handlers={404: unmatched, 405: unmatched})
    app.router.redirect_slashes = False
    return app


async def _call(request: Request, route: str, world: World) -> Call:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    body = b"" if request.method == "PUT" else await request.body()
    return Call(request, route, path, query, body, world.clock())


def _guarded(api: Api, route: str, handler: Handler) -> Callable[[Request], object]:
    """Counts a request, lets faults have their say, and passes it on."""
    world = api.world

    async def answer(request: Request) -> Response:
        call = await _call(request, route, world)
        world.requests[(api.name, route)] += 1
        met = {fault.kind: fault for fault in world.faults.take(api.name, request.method, route, call.path, call.page)}
        if Kind.SLOW in met:
            await _pause(world, met[Kind.SLOW].seconds)
        if Kind.DROP in met:
            return _BrokenResponse(world, b"", 0)
        if Kind.HTML in met:
            return HTMLResponse(_PROXY_PAGE, met[Kind.HTML].status)
        if Kind.STATUS in met:
            fault = met[Kind.STATUS]
            response = api.respond(api.refuse(fault.status, call), fault.status)
            response.headers.update({} if fault.retry_after is None else {"Retry-After": fault.retry_after})
            return response
        shown = call
        if Kind.DUPLICATE_PAGE in met:
            shown = replace(call, query={**call.query, "page": [str(call.page - 1)]})
        return _spoiled(world, await api.answer(shown, handler), met, call.page)

    return answer


async def _pause(world: World, seconds: float) -> None:
    """Wait; the end of the sandbox ends the wait."""
    end_s = time.monotonic() + seconds
    while not world.is_closing.is_set() and (left_s := end_s - time.monotonic()) > 0:
        await asyncio.sleep(min(left_s, 0.02))


def _spoiled(world: World, response: Response, met: Mapping[Kind, Fault], page: int) -> Response:
    """The answer with another total, under another page's number, or with half of its body."""
    if not met.keys() & {Kind.CHANGE_TOTAL, Kind.DUPLICATE_PAGE, Kind.CUT_BODY}:
        return response
    body = bytes(response.body)
    if Kind.CHANGE_TOTAL in met:
        body = _with_other_total(body, met[Kind.CHANGE_TOTAL].amount)
    if Kind.DUPLICATE_PAGE in met:
        body = _with_page_number(body, page)
    if Kind.CUT_BODY in met and met[Kind.CUT_BODY].keeps_length:
        return _BrokenResponse(world, body, len(body) // 2, response.status_code)
    if Kind.CUT_BODY in met:
        body = body[: len(body) // 2]
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
