"""A receiver for tests: token, signed URLs that serve once, PUT; strict about what a signed URL is strict about."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from plant_pipeline.config import RaptorSettings
from plant_pipeline.http import RetryPolicy
from plant_pipeline.raptor_maps.client import RaptorClient, open_raptor_client

API_TOKEN = "static-token-7731"
CLIENT_SECRET = "client-secret-4419"
SIGNATURE = "signature-9902"
HOST = "uploads.example"
SECRETS = (API_TOKEN, CLIENT_SECRET, SIGNATURE, "issued-token")


@dataclass
class Receiver:
    """What it answers is set by the tests; what it accepted is in `files`, in order."""

    signed_url: object = None  # the answer instead of a good one
    signed_url_status: int = 200
    integrations: object = None  # what the account lists; None: there is no such list
    put_statuses: list[int] = field(default_factory=list)  # answers of the next PUTs; 200 when used up
    put_error: str = "<Error/>"  # the body of those that are no 200
    breaks_after_storing: bool = False
    expires_tokens: bool = False
    files: list[bytes] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    _issued: int = 0
    _open: set[str] = field(default_factory=set)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == HOST:
            return await self._put(request)
        if request.url.path == "/oauth/token":
            return self._token(json.loads(await request.aread()))
        if request.url.path == "/insights/api/v1/integrations/org_integrations":
            self.calls["list"] += 1
            return httpx.Response(200 if self.integrations is not None else 404, json=self.integrations)
        return self._signed_url(request)

    def _token(self, payload: dict[str, str]) -> httpx.Response:
        self.calls["token"] += 1
        expected = {"client_id": "client", "client_secret": CLIENT_SECRET, "audience": "api://customer-api"}
        if payload != expected:
            return httpx.Response(401, json={"error": "wrong credentials"})
        return httpx.Response(200, json={"access_token": f"issued-token-{self.calls['token']}"})

    def _signed_url(self, request: httpx.Request) -> httpx.Response:
        self.calls["signed_url"] += 1
        assert request.url.path == "/insights/api/v1/integrations/org_integrations/17/signed_url"
        sent = request.headers.get("authorization")
        valid = {f"Bearer {API_TOKEN}", f"Bearer issued-token-{self.calls['token']}"}
        if sent not in valid or (self.expires_tokens and sent.endswith("issued-token-1")):
            return httpx.Response(401, json={"error": f"bad token {sent}"})
        if self.signed_url_status != 200 or self.signed_url is not None:
            return httpx.Response(self.signed_url_status, json=self.signed_url)
        self._issued += 1
        url = f"https://{HOST}/bucket/{self._issued}?X-Amz-Signature={SIGNATURE}-{self._issued}%2Fx"
        self._open.add(url)
        return httpx.Response(200, json=url)

    async def _put(self, request: httpx.Request) -> httpx.Response:
        self.calls["put"] += 1
        body = await request.aread()
        if (
            request.headers.get("content-type") != "text/csv"
            or "authorization" in request.headers
            or request.headers.get("content-length") != str(len(body))
        ):
            self.complaints.append(f"headers {request.headers}")
            return httpx.Response(400)
        url = str(request.url)
        if url not in self._open:
            self.complaints.append("an address that was not issued, or was used")
            return httpx.Response(403, text="<Error><Code>AccessDenied</Code></Error>")
        status = self.put_statuses.pop(0) if self.put_statuses else 200
        if status == 200:
            self._open.discard(url)
            self.files.append(body)
            if self.breaks_after_storing:
                raise httpx.ReadError("connection lost", request=request)
        return httpx.Response(status, text=self.put_error if status != 200 else "")


STATIC = RaptorSettings("https://api.example", "17", api_token=API_TOKEN)
WITH_LOGIN = RaptorSettings("https://api.example", "17", client_id="client", client_secret=CLIENT_SECRET)


@asynccontextmanager
async def client_of(receiver: Receiver, settings: RaptorSettings = STATIC) -> AsyncIterator[RaptorClient]:
    """A client whose every call ends at `receiver`; it waits for nothing and tries twice."""

    async def sleep(_: float) -> None:
        return None

    transport = httpx.MockTransport(receiver.handle)
    async with open_raptor_client(settings, retry=RetryPolicy(attempts=2), transport=transport, sleep=sleep) as client:
        yield client
