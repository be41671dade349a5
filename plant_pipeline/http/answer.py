"""What an answer means: usable, a passing fault, or a refusal for good.

What belongs here: HTTP statuses, and whether a body is what was asked for. What does not: sending (`client`), waiting
(`retry`), the meaning of any field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from plant_pipeline.errors import SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.http.body import error_code, error_text, parse_json
from plant_pipeline.http.redaction import Secrets
from plant_pipeline.http.retry import TryAgain

_TRANSIENT = frozenset({408, 425, 429})  # beside every 5xx but what is not implemented or supported
_FOR_GOOD = frozenset({501, 505})
_WITHOUT_BODY = frozenset({204, 205})
_A_PART = 206
_NAMES_A_TIME = frozenset({429, 503})  # some servers send Retry-After with every answer


@dataclass(frozen=True)
class Answer:
    """A usable answer: status 2xx and, where JSON was asked for, a body that is JSON. The body may hold a token.

    `received_at`: when it came; from the archive, when it came then.
    """

    path: str
    http_status: int
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    received_at: datetime
    attempts: int = 1


def keep_body(response: httpx.Response, secrets: Secrets) -> bytes:
    """The body as it is kept: without secrets, for archive and tables alike."""
    body = response.extensions["body"] = secrets.out_of(response.content)
    return body


def _body_of(response: httpx.Response) -> bytes:
    body: bytes = response.extensions.get("body", response.content)
    return body


def json_of(response: httpx.Response) -> tuple[Any, bool]:
    """The body as JSON, and whether it is JSON; parsed once."""
    if "json" not in response.extensions:
        response.extensions["json"] = parse_json(_body_of(response))
    value, is_json = response.extensions["json"]
    return value, is_json


def read_answer(
    source: str,
    path: str,
    response: httpx.Response,
    secrets: Secrets,
    *,
    wants_json: bool = True,
    carries_key: bool = False,
) -> Answer:
    """The answer of a response that was read; raises `TryAgain` or `SourceRejected` if it is not usable."""
    status, (value, is_json) = response.status_code, json_of(response)
    if not 200 <= status < 300:
        raise _refusal(source, path, response, secrets, carries_key=carries_key)
    if wants_json and status == _A_PART:
        raise SourceShapeChanged(source, path, f"answered {status}, a part of the answer that nobody asked for", status)
    if wants_json and status in _WITHOUT_BODY:
        raise SourceShapeChanged(source, path, f"answered {status}, no content, where a body is documented", status)
    if wants_json and not is_json:
        kind = secrets.redacted(response.headers.get("content-type", "no content type").partition(";")[0])
        raise TryAgain(SourceUnavailable(source, path, f"answered {status} but not JSON ({kind})", status))
    received_at: datetime = response.extensions["received_at"]
    return Answer(path, status, _body_of(response), value, dict(response.headers.items()), received_at)


def _refusal(
    source: str, path: str, response: httpx.Response, secrets: Secrets, *, carries_key: bool
) -> TryAgain | SourceRejected:
    status, (value, _) = response.status_code, json_of(response)
    said = secrets.redacted(error_text(value))
    message = f"answered {status}" + (f": {said}" if said else "")
    code = error_code(response.content, value)
    if code is not None and secrets.are_in(code.encode()):
        code = None
    if status in _TRANSIENT or (status >= 500 and status not in _FOR_GOOD):
        headers = dict(response.headers.items()) if status in _NAMES_A_TIME else {}
        return TryAgain(SourceUnavailable(source, path, message, status, code), headers)
    if 300 <= status < 400:
        where = _redirect_target(response, secrets)
        message = f"answered {status}, a redirect to {where}, which is not followed: check the base URL"
    elif status == 401 and carries_key:
        message += "; the key or token is not accepted: a person has to check it"
    return SourceRejected(source, path, message, status, code, said if isinstance(value, dict) else None)


def _redirect_target(response: httpx.Response, secrets: Secrets) -> str:
    """Where it leads, without what may be a credential: user and query are left out."""
    location = response.headers.get("location", "")
    try:
        target = response.request.url.join(location) if location else None
    except httpx.InvalidURL:
        target = None
    if target is None or not target.host:
        return "nowhere"
    return secrets.redacted(str(target.copy_with(userinfo=b"", query=None, fragment=None)))
