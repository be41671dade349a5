"""Raptor Maps as its document describes it: token, integrations, signed URL, the PUT of a CSV; `/raptor_maps`.

What belongs here: its answers, and the files it accepted. The store behind the signed URL answers in XML, takes each
URL once, and refuses whatever the signature would not cover.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from plant_pipeline.sandbox.exchange import Call, Endpoint, Tokens, World, bearer, json_response

CLIENT_ID: Final = "sandbox-client"
CLIENT_SECRET: Final = "raptor-sandbox-secret"  # noqa: S105 - opens nothing but this sandbox
STATIC_TOKEN: Final = "rm-sandbox-token"  # noqa: S105 - opens nothing but this sandbox
AUDIENCE: Final = "api://customer-api"
INTEGRATION_ID: Final = 4711
DISABLED_INTEGRATION_ID: Final = 4712
ORGANIZATION_ID: Final = 118
TOKEN_LIFETIME: Final = timedelta(hours=24)
URL_LIFETIME: Final = timedelta(minutes=15)
HEADERS: Final = (
    "farm_id",
    "farm_name",
    "timezone",
    "commissioning date",
    "farm_latitude",
    "farm_longitude",
    "equipment_id",
    "equipment_name",
    "equipment_type",
    "sensor_id",
    "sensor_name",
    "sensor_type",
    "observation_time",
    "measured_value",
)

_INTEGRATIONS: Final = "/insights/api/v1/integrations/org_integrations"
_STORE: Final = "/store/{key}"


@dataclass(frozen=True)
class Upload:
    """A file that was accepted; `row_count` excludes the header, `problems` is what a light look found wrong."""

    key: str
    integration_id: int
    content_type: str
    sha256: str
    byte_count: int
    row_count: int
    received_at: datetime
    problems: tuple[str, ...]
    path: Path

    @property
    def body(self) -> bytes:
        """The bytes as they came; readable while the sandbox runs."""
        return self.path.read_bytes()


@dataclass
class _SignedUrl:
    integration_id: int
    signature: str
    expires_at: datetime
    is_used: bool = False


@dataclass
class RaptorMapsApi:
    """The customer API and the store behind its signed URLs."""

    world: World
    directory: Path
    name: str = "raptor_maps"
    uploads: list[Upload] = field(default_factory=list)
    _tokens: Tokens = field(init=False)
    _urls: dict[str, _SignedUrl] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = Tokens(self.name, self.world, TOKEN_LIFETIME)

    def environment(self, base_url: str) -> dict[str, str]:
        """The variables that point the pipeline here."""
        return {
            "RAPTOR_BASE_URL": f"{base_url}/{self.name}",
            "RAPTOR_CLIENT_ID": CLIENT_ID,
            "RAPTOR_CLIENT_SECRET": CLIENT_SECRET,
            "RAPTOR_INTEGRATION_ID": str(INTEGRATION_ID),
        }

    def endpoints(self) -> Sequence[Endpoint]:
        """Everything that is answered."""
        return (
            Endpoint("POST", "/oauth/token", self._token),
            Endpoint("GET", _INTEGRATIONS, self._integrations),
            Endpoint("GET", f"{_INTEGRATIONS}/{{id}}/signed_url", self._signed_url),
            Endpoint("PUT", _STORE, self._put, is_streamed=True),
        )

    def refuse(self, status: int, call: Call) -> Response:
        """JSON from the API, XML from the store."""
        if call.path.startswith("/store/"):
            return _xml(status, "AccessDenied" if status == 403 else "InternalError", "Request refused")
        texts = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
        return json_response({"message": texts.get(status, "Internal Server Error")}, status)

    def _token(self, call: Call) -> Response:
        body = call.json_object()
        if not all(body.get(name) for name in ("client_id", "client_secret", "audience")):
            text = "client_id, client_secret and audience are required"
            return json_response({"error": "invalid_request", "error_description": text}, 400)
        if body["client_id"] != CLIENT_ID or body["client_secret"] != CLIENT_SECRET:
            return json_response({"error": "access_denied", "error_description": "Unauthorized"}, 401)
        if body["audience"] != AUDIENCE:
            return json_response({"error": "access_denied", "error_description": "Unknown audience"}, 403)
        token, _ = self._tokens.issue(call.now)
        seconds = int(TOKEN_LIFETIME.total_seconds())
        return json_response({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def _is_authorized(self, call: Call) -> bool:
        token = bearer(call)
        return token == STATIC_TOKEN or (token is not None and self._tokens.is_valid(token, call.now))

    def _integrations(self, call: Call) -> Response:
        if not self._is_authorized(call):
            return self.refuse(401, call)
        return json_response(
            [
                {
                    "id": integration_id,
                    "org_id": ORGANIZATION_ID,
                    "api_type": "csv_upload",
                    "auth_info": {"username": "meridian", "password": "not-to-be-logged"},
                    "query_interval_secs": 86_400,
                    "settings": {},
                    "enabled": integration_id == INTEGRATION_ID,
                }
                for integration_id in (INTEGRATION_ID, DISABLED_INTEGRATION_ID)
            ]
        )

    def _signed_url(self, call: Call) -> Response:
        """The URL itself as a JSON string; valid for 15 minutes and one PUT."""
        if not self._is_authorized(call):
            return self.refuse(401, call)
        if call.parameters["id"] != str(INTEGRATION_ID):
            return self.refuse(404, call)
        number = len(self._urls) + 1
        key = f"org-{ORGANIZATION_ID}-integration-{INTEGRATION_ID}-{number:06d}.csv"
        signature = hashlib.sha256(f"{key}:{call.now.isoformat()}".encode()).hexdigest()
        self._urls[key] = _SignedUrl(INTEGRATION_ID, signature, call.now + URL_LIFETIME)
        query = urlencode(
            {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": "SANDBOX/us-east-1/s3/aws4_request",
                "X-Amz-Date": call.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
                "X-Amz-Expires": int(URL_LIFETIME.total_seconds()),
                "X-Amz-SignedHeaders": "content-type;host",
                "X-Amz-Signature": signature,
            }
        )
        return json_response(f"{self.world.base_url}/{self.name}{_STORE.format(key=key)}?{query}")

    async def _put(self, call: Call) -> Response:
        refusal = self._refusal(call)
        path = self.directory / call.parameters["key"] if refusal is None else None
        try:
            summary = await _received(call, path)
        except ClientDisconnect:
            return _xml(400, "IncompleteBody", "The connection was closed before the whole body had come")
        if refusal is not None or path is None:
            return refusal or _xml(500, "InternalError", "Request refused")
        url = self._urls[call.parameters["key"]]
        url.is_used = True
        self.uploads.append(
            Upload(
                key=call.parameters["key"],
                integration_id=url.integration_id,
                content_type=call.headers["content-type"],
                sha256=summary.digest.hexdigest(),
                byte_count=summary.byte_count,
                row_count=max(summary.lines - 1, 0),
                received_at=call.now,
                problems=summary.problems(),
                path=path,
            )
        )
        return Response(b"", 200, {"ETag": f'"{summary.digest.hexdigest()[:32]}"'})

    def _refusal(self, call: Call) -> Response | None:
        url = self._urls.get(call.parameters["key"])
        if "content-length" not in call.headers:
            return _xml(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        if "authorization" in call.headers:
            return _xml(403, "InvalidArgument", "Only one auth mechanism allowed")
        if url is None or call.one("X-Amz-Signature") != url.signature:
            return _xml(403, "SignatureDoesNotMatch", "The request signature does not match the signature provided.")
        if call.headers.get("content-type") != "text/csv":
            return _xml(403, "SignatureDoesNotMatch", "Content-Type is signed and must be exactly text/csv.")
        if call.now >= url.expires_at:
            return _xml(403, "AccessDenied", "Request has expired")
        if url.is_used:
            return _xml(403, "AccessDenied", "This URL was already used")
        return None


class _Summary:
    """What is learned of a body while it streams by."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.byte_count = 0
        self.lines = 0
        self._head = b""
        self._last = b""

    def add(self, chunk: bytes) -> None:
        """Take the next piece."""
        self.digest.update(chunk)
        self.byte_count += len(chunk)
        self.lines += chunk.count(b"\n")
        if len(self._head) < 1000:
            self._head += chunk[:1000]
        self._last = chunk[-1:] or self._last

    def problems(self) -> tuple[str, ...]:
        """What is wrong at first sight."""
        found = []
        if self._head.partition(b"\n")[0] != ",".join(HEADERS).encode():
            found.append("the first line is not the 14 headers")
        if self._last != b"\n":
            found.append("the last line is not ended")
        return tuple(found)


async def _received(call: Call, path: Path | None) -> _Summary:
    """Read the whole body, into `path` if there is one; memory stays at one piece."""
    summary = _Summary()
    if path is None:
        async for _ in call.request.stream():
            pass
        return summary
    with path.open("wb") as file:
        async for chunk in call.request.stream():
            summary.add(chunk)
            file.write(chunk)
    return summary


def _xml(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")
