"""One way to answer, shared by the four APIs: calls, routes, tokens, pages, refusals, and how faults come between.

What does not belong here: any API's answers, and which fault meets which request (faults.py).
"""

import asyncio
import hashlib
import inspect
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from plant_pipeline.sandbox.faults import Fault, Faults
from plant_pipeline.sandbox.plants import DATA
from plant_pipeline.sandbox.world import World

_PROXY_PAGE: Final = "<!DOCTYPE html><html><head><title>Please stand by</title></head><body>One moment</body></html>"

Json = dict[str, object]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Upload:
    """A file that was accepted; `row_count` excludes the header, `problems` is what a light look found wrong.

    Readable under `path` while the sandbox runs.
    """

    path: Path
    sha256: str
    row_count: int
    problems: tuple[str, ...]


@dataclass
class Sandbox:
    """A running sandbox, and what its APIs share. `environment` points the pipeline here.

    `requests` counts by (api, path template); `uploads` holds every file Raptor Maps accepted, kept in `directory`.
    `hang_up` ends a request's connection, at once or after what was sent.
    """

    base_url: str
    world: World
    faults: Faults
    clock: Callable[[], datetime]
    directory: Path
    hang_up: Callable[[Scope, bool], None]
    environment: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_closing: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `path` is below the API's prefix, the body of a PUT is left to the handler."""

    request: Request
    route: str
    path: str
    query: QueryParams
    body: bytes
    now: datetime

    def one(self, *names: str) -> str | None:
        """The last value of the first of `names` that was sent, a dash written as such or as an underscore."""
        spellings = (spelling for name in names for spelling in (name, name.replace("-", "_")))
        return next((self.query[name] for name in spellings if name in self.query), None)

    @property
    def bearer(self) -> str:
        """The token of an `Authorization: Bearer` header, empty without one."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

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


class Api(ABC):
    """One of the APIs; `open_routes` need no authorization, its `words` and the `headers` of all answers are data.

    `variables` point the pipeline here, beside `<prefix>_BASE_URL`; `key` is a token that never ends.
    """

    name: ClassVar[str]
    prefix: ClassVar[str]
    variables: ClassVar[Mapping[str, str]]
    key: ClassVar[str | None] = None
    open_routes: ClassVar[frozenset[str]] = frozenset()
    token_lifetime: ClassVar[timedelta]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.world, self.url = sandbox, sandbox.world, f"{sandbox.base_url}/{self.name}"
        self._tokens: dict[str, datetime] = {}
        self.headers: dict[str, str] = DATA["headers"].get(self.name, {})
        self.words: Mapping[str, Any] = DATA["words"].get(self.name, {})

    @abstractmethod
    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered, by method and path template; where two fit, the first answers."""

    @abstractmethod
    def refuse(self, status: int, call: Call, /) -> object:
        """The API's own words for a status: unknown path, wrong method, a bare `Refusal` or a fault."""

    def fixed(self) -> Mapping[str, Handler]:
        """The routes whose answers never change (fleet.toml)."""
        fixed = DATA["fixed"][self.name]
        return {f"GET {path}": lambda call: fixed[call.route] for path in fixed}

    def authorize(self, call: Call) -> None:
        """Raise `Refusal` for a caller that may not ask: one without a valid bearer token."""
        self.check_token(call.bearer, call.now)

    def check_token(self, token: str, now: datetime) -> None:
        """Raise `Refusal` unless the token is the key, or was issued here and has not ended."""
        is_running = token in self._tokens and now < self._tokens[token]
        if token != self.key and not (is_running and token.partition(".")[0] == self._generation()):
            raise Refusal(401)

    def issue_token(self, now: datetime) -> tuple[str, datetime]:
        """A new token and when it ends: with its lifetime, or when a test ends them all."""
        seed = f"{self.name}:{len(self._tokens)}:{now.isoformat()}"
        token = f"{self._generation()}.{hashlib.sha256(seed.encode()).hexdigest()}"
        self._tokens[token] = now + self.token_lifetime
        return token, self._tokens[token]

    def _generation(self) -> str:
        return str(self.sandbox.faults.generations[self.name])

    def application(self) -> Starlette:
        """The ASGI application of this API, to be mounted under its name."""

        async def unmatched(request: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            call = await self._call(request, "unmatched")
            return self._respond(self.refuse(status, call), status)

        routes = []
        for entry, handler in self.routes().items():
            method, path = entry.split(" ")
            routes.append(Route(path, self._answering(path, handler), methods=[method]))
        app = Starlette(routes=routes, exception_handlers={404: unmatched, 405: unmatched})
        app.router.redirect_slashes = False
        return app

    async def _call(self, request: Request, route: str) -> Call:
        """The request as a call, counted."""
        self.sandbox.requests[(self.name, route)] += 1
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        body = b"" if request.method == "PUT" else await request.body()
        return Call(request, route, path, request.query_params, body, self.sandbox.clock())

    def _answering(self, route: str, handler: Handler) -> Callable[[Request], object]:
        """Takes a request, lets faults have their say, and passes it on."""

        async def answer(request: Request) -> Response:
            call = await self._call(request, route)
            met = self.sandbox.faults.take(self.name, request.method, route, call.path, call.page)
            for fault in met:
                await self._pause(fault.seconds)
            for fault in met:
                if (instead := self._instead(call, fault)) is not None:
                    return instead
            is_repeated = any(fault.repeats_page for fault in met)
            before = QueryParams({**call.query, "page": call.page - 1})
            shown = replace(call, query=before) if is_repeated else call
            content, status = await self._content(shown, handler)
            for fault in met:
                _retell(content, fault, call.page)
            response = self._respond(content, status)
            cutting = next((fault for fault in met if fault.cuts), None)
            return response if cutting is None else _CutResponse(self.sandbox, response, cutting.keeps_length)

        return answer

    async def _content(self, call: Call, handler: Handler) -> tuple[object, int]:
        """What a handler answers to a caller that may ask, and the status."""
        try:
            if call.route not in self.open_routes:
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
        return Response(body, status, self.headers, media_type="application/json")

    async def _pause(self, seconds: float) -> None:
        """Wait; the end of the sandbox ends the wait."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        while not self.sandbox.is_closing.is_set() and (left_s := end_s - loop.time()) > 0:
            await asyncio.sleep(min(left_s, 0.02))

    def _instead(self, call: Call, fault: Fault) -> Response | None:
        """The answer of a fault that lets no handler answer."""
        if fault.drops:
            return _CutResponse(self.sandbox, Response(), True)
        if fault.is_html:
            return HTMLResponse(_PROXY_PAGE, fault.status or 200)
        if fault.status is None:
            return None
        response = self._respond(self.refuse(fault.status, call), fault.status)
        response.headers.update({} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)})
        return response


def iso(instant: datetime) -> str:
    """An instant in UTC as the APIs write it: whole seconds and `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def found(rows: Mapping[str, Row], call: Call, refusal: Refusal) -> Row:
    """The row under the UUID in the path, which may be written in capitals; raises `refusal` if there is none."""
    if call.id.lower() not in rows:
        raise refusal
    return rows[call.id.lower()]


def page_of(
    call: Call, rows: Sequence[Row], size_name: str, default: int, most: int, invalid: Callable[[str], Refusal]
) -> tuple[Sequence[Row], int, int]:
    """The rows of the page that is asked for, its number (from 1) and the size of a page.

    Raises what `invalid` makes of the name of a number that is none, or is out of bounds.
    """
    numbers = []
    for name, fallback, highest in (("page", 1, 10**9), (size_name, default, most)):
        text = call.one(name) or str(fallback)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= highest):
            raise invalid(name)
        numbers.append(int(text))
    page, size = numbers
    return rows[(page - 1) * size : page * size], page, size


def _retell(content: object, fault: Fault, page: int) -> None:
    """State other totals, in Voke's `meta` or in FlexMeasures' envelope, or the page asked for over another's rows."""
    if isinstance(content, dict):
        meta = content.get("meta", content)
        for name in meta.keys() & {"total", "num-records", "filtered-records"}:
            meta[name] += fault.amount
        if fault.repeats_page and "page" in meta:
            meta["page"] = page


class _CutResponse(Response):
    """Half of a body as if it were all; or, with the whole length announced, cut off (if empty: nothing is sent)."""

    def __init__(self, sandbox: Sandbox, whole: Response, keeps_length: bool) -> None:
        half = bytes(whole.body)[: len(whole.body) // 2]
        headers = {name: value for name, value in whole.headers.items() if keeps_length or name != "content-length"}
        super().__init__(half, whole.status_code, headers)
        self._sandbox, self._hangs_up = sandbox, keeps_length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._hangs_up:
            await super().__call__(scope, receive, send)
            return
        if self.body:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.body, "more_body": True})
        self._sandbox.hang_up(scope, not self.body)
        while (await receive())["type"] != "http.disconnect":
            pass
