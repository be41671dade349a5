"""A server in memory; nothing sleeps: waits are collected instead."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest

from plant_pipeline.errors import SourceError
from plant_pipeline.http import (
    Answer,
    HttpClient,
    LoginToken,
    Received,
)
from plant_pipeline.http.auth import Credentials

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PASSWORD = 'Pa"ss wörd/+1'
LOGIN = "/login"
DATA = "/data"

Respond = Callable[[httpx.Request], httpx.Response]
Result = TypeVar("Result")


def ok(body: object = None, **headers: str) -> Respond:
    return lambda _: httpx.Response(200, json={"ok": True} if body is None else body, headers=headers)


def status(code: int, body: object = None, **headers: str) -> Respond:
    return lambda _: httpx.Response(code, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def failing(error: type[httpx.RequestError], message: str = "") -> Respond:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error(message, request=request)

    return respond


@dataclass
class Server:
    """Answers of a path in turn, the last one again and again; remembers requests, waits and what was archived."""

    answers: dict[str, list[Respond]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    archived: list[Received] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    def on(self, path: str, *answers: Respond) -> "Server":
        self.answers[path] = list(answers)
        return self

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(_as_sent(request))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)  # others may come in between
        self.busy -= 1
        waiting = self.answers[request.url.path]
        return (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def asked(self, path: str) -> int:
        return sum(request.url.path == path for request in self.requests)

    def client(self, credentials: Credentials | None = None, **options: Any) -> HttpClient:
        return HttpClient(
            "sun",
            "https://api.sun.example/",
            credentials,
            **{
                "transport": httpx.MockTransport(self),
                "sleep": self.sleep,
                "clock": lambda: NOW,
                "recorder": self.archived.append,
                **options,
            },
        )

    def get(self, path: str = DATA, **options: Any) -> Answer:
        return run(self.client(**options), lambda client: client.get_json(path, entity="data"))

    def refusal(self, path: str = DATA, **options: Any) -> SourceError:
        with pytest.raises(SourceError) as refused:
            self.get(path, **options)
        return refused.value


def run(client: HttpClient, call: Callable[[HttpClient], Awaitable[Result]]) -> Result:
    async def work() -> Result:
        async with client:
            return await call(client)

    return asyncio.run(work())  # the client, with its locks, was made outside this loop


def _as_sent(request: httpx.Request) -> httpx.Request:
    """A copy: the next try gives the same request other headers."""
    sent = copy.copy(request)
    sent.headers, sent.extensions = request.headers.copy(), request.extensions
    return sent


def login_token() -> LoginToken:
    return LoginToken(
        "sun", f"https://api.sun.example{LOGIN}", {"password": PASSWORD}, ("password",), ("auth_token", "token")
    )
