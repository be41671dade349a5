"""Raptor Maps as its document describes it: token, integrations, signed URL, the PUT of a CSV; `/raptor_maps`.

The store behind the signed URL answers in XML, takes each URL once, and refuses what the signature would not cover.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, Sandbox, Upload


class RaptorMapsApi(Api):
    """The customer API and the store behind its signed URLs."""

    name = "raptor_maps"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._urls: dict[str, tuple[str, datetime]] = {}  # signature and end, by the name of the file

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered."""
        return {
            "POST /oauth/token": self._token,
            "GET /insights/api/v1/integrations/org_integrations/{id}/signed_url": self._signed_url,
            "PUT /store/{id}": self._put,
        }

    def refuse(self, status: int, call: Call, /) -> object:
        """JSON from the API, XML from the store."""
        if call.path.startswith("/store/"):
            return _xml(status, "AccessDenied" if status == 403 else "InternalError", "Request refused")
        return super().refuse(status, call)

    def _token(self, call: Call) -> Json:
        body, own = call.json_object(), self.data["variables"]
        if not all(body.get(name) for name in ("client_id", "client_secret", "audience")):
            raise Refusal(*self.data["denied"]["incomplete"])
        if (body["client_id"], body["client_secret"]) != (own["CLIENT_ID"], own["CLIENT_SECRET"]):
            raise Refusal(*self.data["denied"]["client"])
        if body["audience"] != self.data["audience"]:
            raise Refusal(*self.data["denied"]["audience"])
        token, end = self.issue_token(call.now)
        return {"access_token": token, "expires_in": int((end - call.now).total_seconds()), "token_type": "Bearer"}

    def _signed_url(self, call: Call) -> str:
        """The URL itself as a JSON string; valid for 15 minutes and one PUT."""
        if call.id != self.data["variables"]["INTEGRATION_ID"]:
            raise Refusal(404)
        key = f"org-118-integration-{call.id}-{len(self._urls) + 1:06d}.csv"
        signature = hashlib.sha256(f"{key}:{call.now.isoformat()}".encode()).hexdigest()
        self._urls[key] = signature, call.now + timedelta(seconds=self.data["signed"]["X-Amz-Expires"])
        signed_at = call.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        query = self.data["signed"] | {"X-Amz-Date": signed_at, "X-Amz-Signature": signature}
        return f"{self.url}/store/{key}?{urlencode(query)}"

    async def _put(self, call: Call) -> Response:
        """Read the whole body, into a file if it is accepted; memory stays at one piece."""
        refusal, path = self._refusal(call), self.sandbox.directory / call.id
        digest = hashlib.sha256()
        try:
            with (path if refusal is None else Path(os.devnull)).open("wb") as file:
                async for chunk in call.request.stream():
                    file.write(chunk)
                    digest.update(chunk)
        except ClientDisconnect:
            return _xml(400, "IncompleteBody", "The connection was closed before the whole body had come")
        if refusal is not None:
            return _xml(*refusal)
        self.sandbox.uploads.append(Upload(path, digest.hexdigest()))
        return Response(b"", 200, {"ETag": f'"{digest.hexdigest()[:32]}"'})

    def _refusal(self, call: Call) -> tuple[int, str, str] | None:
        """The first reason of the store's (fleet.toml) against a PUT."""
        headers, (signature, end) = call.request.headers, self._urls.get(call.id, ("", call.now))
        reasons = {
            "no length": "content-length" not in headers,
            "two ways in": "authorization" in headers,
            "not signed": not signature or call.one("X-Amz-Signature") != signature,
            "other type": headers.get("content-type") != "text/csv",
            "too late": call.now >= end,
            "used": any(upload.path.name == call.id for upload in self.sandbox.uploads),
        }
        return next((tuple(self.data["store"][reason]) for reason, holds in reasons.items() if holds), None)


def _xml(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")
