"""One way to answer, shared by the four APIs: calls, routes, tokens, pages, refusals, and how faults come between."""

import hashlib
import inspect
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from plant_pipeline.sandbox.faults import Fault, Faults
from plant_pipeline.sandbox.plants import DATA
from plant_pipeline.sandbox.world import World

Json = dict[str, Any]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Upload:
    """A file that was accepted."""

    path: Path
    sha256: str


@dataclass
class Sandbox:
    """A running sandbox, and what its APIs share. `environment` points the pipeline here.

    `requests` counts by (api, path template); `uploads` holds every file Raptor Maps accepted, kept in `directory`.
    """

    base_url: str
    world: World
    clock: Callable[[], datetime]
    directory: Path
    server: uvicorn.Server
    faults: Faults = field(default_factory=Faults)
    environment: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_closing: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `path` is below the API's prefix, the body of a PUT is left to the handler.

    Faults want the page before (`is_repeated`), and `amount` added to totals.
    """

    request: Request
    route: str
    path: str
    body: bytes
    now: datetime
    is_repeated: bool = False
    amount: int = 0

    def one(self, *names: str) -> str | None:
        """The last value of the first of `names` that was sent, a dash written as such or as an underscore."""
        query = self.request.query_params
        spellings = (spelling for name in names for spelling in (name, name.replace("-", "_")))
        return next((query[name] for name in spellings if name in query), None)

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
        with suppress(orjson.JSONDecodeError):
            if isinstance(parsed := orjson.loads(self.body), dict):
                return parsed
        return {}


class Refusal(Exception):
    """Ends a handler with another answer than the one asked for; without content the API words the status."""

    def __init__(self, status: int, content: object = None) -> None:
        super().__init__(status)
        self.status, self.content = status, content


# Returns what is answered, as JSON or as a response that is ready; may be a coroutine.
Handler = Callable[[Call], object]


class Api(ABC):
    """One of the APIs: its `data` stands under its name in fleet.toml, with the words of its refusals."""

    name: ClassVar[str]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.world, self.url = sandbox, sandbox.world, f"{sandbox.base_url}/{self.name}"
        self.data: Mapping[str, Any] = DATA["api"][self.name]
        self._tokens: dict[str, tuple[int, datetime]] = {}  # generation and end

    @abstractmethod
    def routes(self) -> Mapping[str, Handler]:
        """What is answered, by method and path template, beside what is fixed; where two fit, the first answers."""

    def refuse(self, status: int, _call: Call, /) -> object:
        """The API's own words for a status: unknown path, wrong method, a bare `Refusal` or a fault."""
        words = self.data["words"]
        return {self.data["says"]: words.get(str(status), words["*"])}

    def token(self, call: Call) -> str:
        """The token a caller brings, as a rule in a header `Authorization: Bearer`; empty without one."""
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def authorize(self, call: Call) -> None:
        """Raise `Refusal` unless the token is the key, or was issued here and has not ended."""
        token = self.token(call)
        generation, end = self._tokens.get(token, (-1, call.now))
        is_running = call.now < end and generation == self.sandbox.faults.generations[self.name]
        if token != self.data.get("key") and not is_running:
            raise Refusal(401)

    def issue_token(self, now: datetime) -> tuple[str, datetime]:
        """A new token and when it ends: with its lifetime, or when a test ends them all."""
        generation, end = self.sandbox.faults.generations[self.name], now + timedelta(hours=self.data["token_hours"])
        seed = f"{self.name}:{len(self._tokens)}:{now.isoformat()}"
        token = f"{generation}.{hashlib.sha256(seed.encode()).hexdigest()}"
        self._tokens[token] = generation, end
        return token, end

    def application(self) -> Starlette:
        """The ASGI application of this API, to be mounted under its name."""
        fixed = self.data.get("fixed", {})
        handlers = {f"GET {path}": lambda call: fixed[call.route] for path in fixed} | dict(self.routes())
        routes = []
        for entry, handler in handlers.items():
            method, path = entry.split(" ")
            routes.append(Route(path, partial(self._answer, path, handler), methods=[method]))
        app = Starlette(routes=routes, exception_handlers=dict.fromkeys((404, 405), self._unmatched))
        app.router.redirect_slashes = False
        return app

    async def _unmatched(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        return self._respond(self.refuse(status, await self._call(request, "unmatched")), status)

    async def _call(self, request: Request, route: str) -> Call:
        """The request as a call, counted."""
        self.sandbox.requests[(self.name, route)] += 1
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        body = b"" if request.method == "PUT" else await request.body()
        return Call(request, route, path, body, self.sandbox.clock())

    async def _answer(self, route: str, handler: Handler, request: Request) -> ASGIApp:
        """Take a request, let faults have their say, and pass it on."""
        call = await self._call(request, route)
        met = self.sandbox.faults.take(self.name, request.method, route, call.path, call.page)
        if seconds := sum(fault.seconds for fault in met):
            await run_in_threadpool(self.sandbox.is_closing.wait, seconds)
        for fault in met:
            if (instead := self._instead(call, fault)) is not None:
                return instead
        is_repeated, amount = any(fault.repeats_page for fault in met), sum(fault.amount for fault in met)
        response = self._respond(*await self._content(replace(call, is_repeated=is_repeated, amount=amount), handler))
        cutting = next((fault for fault in met if fault.cuts), None)
        return response if cutting is None else self._half(response, cutting.keeps_length)

    async def _content(self, call: Call, handler: Handler) -> tuple[object, int]:
        """What a handler answers to a caller that may ask, and the status."""
        try:
            if call.route not in self.data.get("open", ()):
                self.authorize(call)
            content = handler(call)
            return (await content if inspect.isawaitable(content) else content), 200
        except Refusal as refusal:
            own_words = refusal.content is None
            return self.refuse(refusal.status, call) if own_words else refusal.content, refusal.status

    def _respond(self, content: object, status: int) -> Response:
        """A JSON answer, arrays of numpy with NaN as null, or the response that was made."""
        if isinstance(content, Response):
            return content
        body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(body, status, self.data.get("headers"), media_type="application/json")

    def _instead(self, call: Call, fault: Fault) -> ASGIApp | None:
        """The answer of a fault that lets no handler answer."""
        if fault.drops:
            return self._half(Response(), True)
        if fault.is_html:
            return HTMLResponse(DATA["proxy"]["page"], fault.status or 200)
        if fault.status is None:
            return None
        response = self._respond(self.refuse(fault.status, call), fault.status)
        response.headers.update({} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)})
        return response

    def _half(self, whole: Response, keeps_length: bool) -> ASGIApp:
        """Half of a body as if it were all; or, with the whole length announced, cut off; of an empty one nothing."""
        half = bytes(whole.body)[: len(whole.body) // 2]
        if not keeps_length:
            headers = {name: value for name, value in whole.headers.items() if name != "content-length"}
            return Response(half, whole.status_code, headers)

        async def hang_up(scope: Scope, receive: Receive, send: Send) -> None:
            if half:
                await send({"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers})
                await send({"type": "http.response.body", "body": half, "more_body": True})
            for connection in self.sandbox.server.server_state.connections:
                if getattr(connection, "client", None) == scope["client"]:
                    getattr(vars(connection)["transport"], "close" if half else "abort")()
            while (await receive())["type"] != "http.disconnect":
                pass

        return hang_up


def iso(instant: datetime) -> str:
    """An instant in UTC as the APIs write it: whole seconds and `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def midnight_utc(instant: datetime) -> datetime:
    """The begin of its UTC day."""
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def found(rows: Mapping[Any, Row], key: object, refusal: Refusal) -> Row:
    """The row under the key; raises `refusal` if there is none."""
    if key not in rows:
        raise refusal
    return rows[key]


def page_of(
    call: Call, rows: list[Json], size_name: str, default: int, most: int, invalid: Callable[[str], Refusal]
) -> tuple[list[Json], int, int, int]:
    """Rows of a page, its number (from 1), size, the total; raises `invalid` of the name of a number out of bounds."""
    numbers = []
    for name, fallback, highest in (("page", 1, 10**9), (size_name, default, most)):
        text = call.one(name) or str(fallback)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= highest):
            raise invalid(name)
        numbers.append(int(text))
    page, size = numbers
    start = (page - 1 - call.is_repeated) * size
    return rows[start : start + size], page, size, len(rows) + call.amount
