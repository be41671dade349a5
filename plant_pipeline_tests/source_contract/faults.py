"""What goes wrong between an API and us: answers instead of the one that was recorded."""

from collections.abc import Callable, Mapping
from typing import Final

import httpx

from plant_pipeline_tests.source_contract.recording import Answering, Recording

_HTML: Final = "<html><body>Maintenance</body></html>"


def _refused(seconds: str | None) -> Answering:
    headers = {} if seconds is None else {"Retry-After": seconds}
    return lambda _request: httpx.Response(429, json={"message": "Too many requests"}, headers=headers)


def _status(code: int) -> Answering:
    return lambda _request: httpx.Response(code, json={"message": "no"})


def _no_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused", request=request)


def _html(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html=_HTML)


def _elsewhere(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(302, headers={"Location": "https://login.test/sign-in"})


# A fault that passes is ridden out; `cut` is made of the answer itself.
PASSING: Final[Mapping[str, Answering | None]] = {
    "429 with Retry-After": _refused("1"),
    "429 without Retry-After": _refused(None),
    "500": _status(500),
    "no connection": _no_connection,
    "cut body": None,
    "HTML with 200": _html,
}
LASTING: Final[Mapping[str, Answering | None]] = {
    **PASSING,
    "400": _status(400),
    "401": _status(401),
    "403": _status(403),
    "204": lambda _request: httpx.Response(204),
    "redirect": _elsewhere,
    "404 of a proxy": lambda _request: httpx.Response(404, html=_HTML),
}


def cut(answer: httpx.Response) -> httpx.Response:
    """The answer without its second half."""
    return httpx.Response(200, content=answer.content[: len(answer.content) // 2], headers=answer.headers)


def once(recording: Recording, fault: Answering | None) -> Answering:
    """The first request goes wrong, whatever it asks for."""
    return _while(recording, fault, lambda count: count == 1)


def always(recording: Recording, fault: Answering | None) -> Answering:
    """Every request goes wrong."""
    return _while(recording, fault, lambda _count: True)


def _while(recording: Recording, fault: Answering | None, is_bad: Callable[[int], bool]) -> Answering:
    asked = 0

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if not is_bad(asked):
            return recording.answer(request)
        return (
            cut(httpx.Response(200, json=recording.documents.get(request.url.path, {})))
            if fault is None
            else fault(request)
        )

    return respond
