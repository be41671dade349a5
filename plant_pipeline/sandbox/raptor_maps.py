"""Raptor Maps as its document describes it: token, integrations, signed URL, the PUT of a CSV; `/raptor_maps`.

What belongs here: its answers. The store behind the signed URL answers in XML, takes each URL once, and refuses
whatever the signature would not cover.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, Sandbox, Upload

CLIENT_ID: Final = "sandbox-client"
CLIENT_SECRET: Final = "raptor-sandbox-secret"  # noqa: S105 - opens nothing but this sandbox
STATIC_TOKEN: Final = "rm-sandbox-token"  # noqa: S105 - opens nothing but this sandbox
AUDIENCE: Final = "api://customer-api"
INTEGRATION_ID: Final = 4711
ORGANIZATION_ID: Final = 118
URL_LIFETIME: Final = timedelta(minutes=15)
HEADER: Final = (
    "farm_id,farm_name,timezone,commissioning date,farm_latitude,farm_longitude,equipment_id,equipment_name,"
    "equipment_type,sensor_id,sensor_name,sensor_type,observation_time,measured_value"
)

_INTEGRATIONS: Final = "/insights/api/v1/integrations/org_integrations"
_STORE: Final = "/store/{id}"
_SIGNED: Final = ("SignatureDoesNotMatch", "The request signature does not match the signature provided.")


class RaptorMapsApi(Api):
    """The customer API and the store behind its signed URLs."""

    name, prefix, key = "raptor_maps", "RAPTOR", STATIC_TOKEN
    variables: ClassVar = {
        "RAPTOR_CLIENT_ID": CLIENT_ID,
        "RAPTOR_CLIENT_SECRET": CLIENT_SECRET,
        "RAPTOR_INTEGRATION_ID": str(INTEGRATION_ID),
    }
    open_routes = frozenset({"/oauth/token", _STORE})
    token_lifetime = timedelta(hours=24)

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._urls: dict[str, tuple[str, datetime]] = {}  # signature and end, by the name of the file

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered."""
        return {
            **self.fixed(),
            "POST /oauth/token": self._token,
            f"GET {_INTEGRATIONS}/{{id}}/signed_url": self._signed_url,
            f"PUT {_STORE}": self._put,
        }

    def refuse(self, status: int, call: Call, /) -> object:
        """JSON from the API, XML from the store."""
        if call.path.startswith("/store/"):
            return _xml(status, "AccessDenied" if status == 403 else "InternalError", "Request refused")
        return {"message": self.words.get(str(status), self.words["*"])}

    def _token(self, call: Call) -> Json:
        body = call.json_object()
        if not all(body.get(name) for name in ("client_id", "client_secret", "audience")):
            raise _denied(400, "invalid_request", "client_id, client_secret and audience are required")
        if (body["client_id"], body["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            raise _denied(401, "access_denied", "Unauthorized")
        if body["audience"] != AUDIENCE:
            raise _denied(403, "access_denied", "Unknown audience")
        token, _ = self.issue_token(call.now)
        return {
            "access_token": token,
            "expires_in": self.token_lifetime // timedelta(seconds=1),
            "token_type": "Bearer",
        }

    def _signed_url(self, call: Call) -> str:
        """The URL itself as a JSON string; valid for 15 minutes and one PUT."""
        if call.id != str(INTEGRATION_ID):
            raise Refusal(404)
        key = f"org-{ORGANIZATION_ID}-integration-{INTEGRATION_ID}-{len(self._urls) + 1:06d}.csv"
        signature = hashlib.sha256(f"{key}:{call.now.isoformat()}".encode()).hexdigest()
        self._urls[key] = (signature, call.now + URL_LIFETIME)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "SANDBOX/us-east-1/s3/aws4_request",
            "X-Amz-Date": call.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-Expires": int(URL_LIFETIME.total_seconds()),
            "X-Amz-SignedHeaders": "content-type;host",
            "X-Amz-Signature": signature,
        }
        return f"{self.url}{_STORE.format(id=key)}?{urlencode(query)}"

    async def _put(self, call: Call) -> Response:
        """Read the whole body, into a file if it is accepted; memory stays at one piece."""
        refusal, path = self._refusal(call), self.sandbox.directory / call.id
        try:
            with (path if refusal is None else Path(os.devnull)).open("wb") as file:
                async for chunk in call.request.stream():
                    file.write(chunk)
        except ClientDisconnect:
            return _xml(400, "IncompleteBody", "The connection was closed before the whole body had come")
        if refusal is not None:
            return _xml(*refusal)
        upload = _looked_at(path)
        self.sandbox.uploads.append(upload)
        return Response(b"", 200, {"ETag": f'"{upload.sha256[:32]}"'})

    def _refusal(self, call: Call) -> tuple[int, str, str] | None:
        headers, (signature, end) = call.request.headers, self._urls.get(call.id, ("", call.now))
        if "content-length" not in headers:
            return 411, "MissingContentLength", "You must provide the Content-Length HTTP header."
        if "authorization" in headers:
            return 403, "InvalidArgument", "Only one auth mechanism allowed"
        if not signature or call.one("X-Amz-Signature") != signature:
            return 403, *_SIGNED
        if headers.get("content-type") != "text/csv":
            return 403, _SIGNED[0], "Content-Type is signed and must be exactly text/csv."
        if call.now >= end:
            return 403, "AccessDenied", "Request has expired"
        is_used = any(upload.path.name == call.id for upload in self.sandbox.uploads)
        return (403, "AccessDenied", "This URL was already used") if is_used else None


def _denied(status: int, error: str, text: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": text})


def _looked_at(path: Path) -> Upload:
    """What a light look at a received file says of it."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        first = last = file.readline()
        row_count = 0
        for last in file:  # noqa: B007 - the last line is looked at below
            row_count += 1
    problems = [] if first.rstrip(b"\n") == HEADER.encode() else ["the first line is not the 14 headers"]
    problems += [] if last.endswith(b"\n") else ["the last line is not ended"]
    return Upload(path, sha256, row_count, tuple(problems))


def _xml(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")
